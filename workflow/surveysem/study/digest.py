"""A digest of the code that a script uses, so that editing it reruns just those jobs.

Snakemake watches a script but not what it imports. The digest follows the imports of
package surveysem from the script on, so that editing the report refits no model.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# Parsing every file takes a second of each start of Snakemake; the few forms that an import has
# do not ask for it.
COMMENT = re.compile(r"#[^\n]*")
IMPORT = re.compile(
    rf"^[ \t]*(?:from[ \t]+({PACKAGE.name}\b(?:\.\w+)*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)"
    rf"|import[ \t]+({PACKAGE.name}\b[^\n]*))",
    re.MULTILINE,
)


def imports(text: str) -> list[str]:
    """Dotted names of surveysem modules that a source text may import, as written."""
    found = []
    for module, names, plain in IMPORT.findall(COMMENT.sub("", text)):
        if module:
            words = [name.split()[0] for name in names.strip("() \n").split(",") if name.strip()]
            found += [module, *(f"{module}.{word}" for word in words)]
        else:
            found += [name.split()[0] for name in plain.split(",")]
    return found


@cache
def _files(dotted: str) -> tuple[Path, ...]:
    """Source files that importing a dotted name runs: each package's __init__ on the way."""
    parts = dotted.split(".")[1:]
    files = [PACKAGE / "__init__.py"]
    for depth in range(1, len(parts) + 1):
        base = PACKAGE.joinpath(*parts[:depth])
        files += [f for f in (base / "__init__.py", base.with_suffix(".py")) if f.is_file()]
    return tuple(files)


@cache
def _imported(file: Path) -> frozenset[Path]:
    """Source files of the package that a file imports itself."""
    names = imports(file.read_text(encoding="utf-8"))
    return frozenset(found for name in names for found in _files(name))


@cache
def _content(file: Path, changed: int) -> bytes:
    """A file's name and the digest of what it holds, as of when it was last changed."""
    return file.name.encode() + hashlib.sha256(file.read_bytes()).digest()


def sources(script: Path) -> list[Path]:
    """All source files of the package that a script uses, sorted."""
    seen: set[Path] = set()
    queue = set(_imported(script))
    while queue:
        seen |= queue
        queue = {found for file in queue for found in _imported(file)} - seen
    return sorted(seen)


def code_digest(script: Path, more: Iterable[Path] = ()) -> str:
    """Digest of the package's files that a script uses, and of `more` (templates, say)."""
    digest = hashlib.sha256()
    for file in (*sources(script), *sorted(more)):
        digest.update(_content(file, file.stat().st_mtime_ns))
    return digest.hexdigest()[:16]


class Digests:
    """Code digests of the scripts in a folder, by name: the `code` param of each rule."""

    def __init__(self, scripts: Path):
        self.scripts = scripts

    def __call__(self, script: str, *more: str) -> str:
        """Digest for a script; `more` are globs of further files below the package."""
        files = [f for pattern in more for f in PACKAGE.glob(pattern) if f.is_file()]
        return code_digest(self.scripts / script, files)
