"""environment.yml, requirements.lock and the project's files say the same."""

import ast
import re
import sys

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from helpers import ROOT

sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
from lock import requirements

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
WANTED = [
    Requirement(line)
    for line in requirements(yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8")))
]


def pinned() -> dict[str, list[tuple[Version, str, list[str]]]]:
    """Package to (version, marker, packages that need it) from the lock's annotations."""
    found = {}
    for block in re.split(r"\n(?=\S)", LOCK):
        head = re.match(r"([\w.-]+)==(\S+)(?: ; (.*?))? \\", block)
        if head:
            via = re.findall(r"^    #   (\S+)|^    # via (\S+)", block, flags=re.M)
            names = [a or b for a, b in via]
            entry = (Version(head.group(2)), head.group(3) or "", names)
            found.setdefault(head.group(1).lower(), []).append(entry)
    return found


@pytest.mark.parametrize("wanted", WANTED, ids=lambda r: r.name)
def test_every_direct_dependency_is_pinned_within_its_range(wanted):
    versions = [version for version, _, _ in pinned()[wanted.name.lower()]]
    assert all(version in wanted.specifier for version in versions)


def test_the_lock_holds_nothing_that_nobody_needs():
    """A package is there because environment.yml asks for it or another pinned one does."""
    pins, direct = pinned(), {r.name.lower() for r in WANTED}
    for name, entries in pins.items():
        needed_by = {n for _, _, names in entries for n in names if n != "-r"}
        assert name in direct or needed_by & set(pins), name


def test_dropped_dependencies_leave_the_lock():
    """The lock marks direct dependencies by '-r -'; they are those of environment.yml."""
    direct = {name for name, entries in pinned().items() for _, _, via in entries if "-r" in via}
    assert direct == {r.name.lower() for r in WANTED}


def test_every_pin_has_hashes_and_no_registry_is_named():
    assert "://" not in LOCK
    blocks = [b for b in re.split(r"\n(?=\S)", LOCK) if "==" in b.split("\n")[0]]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_code_imports_nothing_undeclared():
    import_names = {"pyyaml": "yaml", "python-docx": "docx", "pillow": "PIL"}
    allowed = {import_names.get(r.name.lower(), r.name.lower().replace("-", "_")) for r in WANTED}
    allowed |= {"surveysem", "markupsafe"}  # markupsafe: jinja2's own dependency
    for path in (ROOT / "workflow").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                assert top in sys.stdlib_module_names or top in allowed, (path, name)


def test_scripts_stay_thin():
    """A script reads, calls and writes: at most 40 lines."""
    for path in (ROOT / "workflow" / "scripts").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 40, path


STAGES = ("intake", "cleaning", "description", "reliability", "measurement", "structure",
          "robustness", "report")  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_one_name_everywhere(stage):
    assert (ROOT / "workflow" / "rules" / f"{stage}.smk").is_file()
    assert list((ROOT / "workflow" / "scripts").glob(f"{stage}_*.py"))
    assert (ROOT / "workflow" / "surveysem" / stage / "__init__.py").is_file()
    assert list((ROOT / "tests" / stage).glob("test_*.py"))
    text = (ROOT / "workflow" / "rules" / f"{stage}.smk").read_text(encoding="utf-8")
    assert text.startswith('"""')
    assert "REQUIRED INPUTS" in text
    assert f"results/{stage}/" in text


def test_rule_files_never_use_run_blocks():
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        assert not re.search(r"^    run:", path.read_text(encoding="utf-8"), flags=re.M), path


def test_versions_agree():
    import surveysem

    assert f'version = "{surveysem.__version__}"' in (ROOT / "pyproject.toml").read_text()
    assert f"version: {surveysem.__version__}" in (ROOT / "CITATION.cff").read_text()


def test_tests_that_share_a_run_share_a_worker(request):
    """Without its groups xdist scatters them, and every worker makes every run of its own."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("one process: nothing is scattered")
    assert request.node.nodeid.endswith(f"@{request.node.path}")
