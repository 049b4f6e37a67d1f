"""Pin environment.yml into requirements.lock: hashes, no registry address.

`make lock` runs it; it needs uv. The workflow itself never does.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import yaml


def requirements(environment: dict) -> list[str]:
    """Pip requirement lines for the direct dependencies of a conda environment."""
    entries = []
    for entry in environment["dependencies"]:
        entries += entry["pip"] if isinstance(entry, dict) else [entry]
    renamed = {"snakemake-minimal": "snakemake", "matplotlib-base": "matplotlib"}
    lines = []
    for entry in entries:
        name, _, versions = entry.partition(" ")
        if name not in ("python", "pip") and not name.startswith("-"):
            lines.append(renamed.get(name, name) + versions.strip())
    return lines


if __name__ == "__main__":
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as handle:
        wanted = requirements(yaml.safe_load(handle))
    command = "uv pip compile --generate-hashes --universal --python-version 3.11 --no-header -q -o"
    with tempfile.TemporaryDirectory() as folder:  # the file's name, no path, ends in the lock
        Path(folder, "environment").write_text("\n".join(wanted) + "\n", encoding="utf-8")
        words = [*command.split(), str(Path(target).resolve()), "environment"]
        subprocess.run(words, cwd=folder, check=True)
