"""A digest of the code that a script uses, so that editing it reruns just those jobs.

Snakemake watches a script but not what it imports. The digest follows the imports of
package surveysem from the script on, so that editing the report refits no model.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Dotted names of surveysem modules that a file may import, as written."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return tuple(name for name in names if name.split(".")[0] == PACKAGE.name)


def _files(dotted: str) -> list[Path]:
    """Source files that importing a dotted name runs: each package's __init__ on the way."""
    parts = dotted.split(".")[1:]
    files = [PACKAGE / "__init__.py"]
    for depth in range(1, len(parts) + 1):
        base = PACKAGE.joinpath(*parts[:depth])
        files += [f for f in (base / "__init__.py", base.with_suffix(".py")) if f.is_file()]
    return files


def sources(script: Path) -> list[Path]:
    """All source files of the package that a script uses, sorted."""
    seen: set[Path] = set()
    queue = [file for name in _imports(script) for file in _files(name)]
    while queue:
        file = queue.pop()
        if file not in seen:
            seen.add(file)
            queue += [f for name in _imports(file) for f in _files(name)]
    return sorted(seen)


def code_digest(script: Path, more: Iterable[Path] = ()) -> str:
    """Digest of the package's files that a script uses, and of `more` (templates, say)."""
    digest = hashlib.sha256()
    for file in (*sources(script), *sorted(more)):
        digest.update(str(file.name).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class Digests:
    """Code digests of the scripts in a folder, by name: the `code` param of each rule."""

    def __init__(self, scripts: Path):
        self.scripts = scripts

    def __call__(self, script: str, *more: str) -> str:
        """Digest for a script; `more` are globs of further files below the package."""
        files = [f for pattern in more for f in PACKAGE.glob(pattern) if f.is_file()]
        return code_digest(self.scripts / script, files)
