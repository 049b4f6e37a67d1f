"""Snakemake's lock after a kill: removed only when the process that set it is dead."""

from pathlib import Path

import psutil


def unlock(folder: Path) -> str:
    """Remove a stale lock below `folder`; returns what was done, '' where nothing was.

    A lock counts as stale when no living Snakemake process works in the folder.
    """
    locks = folder / ".snakemake" / "locks"
    held = sorted(locks.glob("*.lock")) if locks.is_dir() else []
    if not held:
        return ""
    owner = _snakemake_in(folder.resolve())
    if owner:
        return f"Snakemake (process {owner}) is running in this folder; its lock stays."
    for lock in held:
        lock.unlink(missing_ok=True)
    return "Removed the lock of a run that was stopped; going on from there."


def _snakemake_in(folder: Path) -> int | None:
    """Process id of a Snakemake that runs in a folder, or with --directory to it."""
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.pid == psutil.Process().pid or not any(
            Path(word).name == "snakemake" or word == "snakemake" for word in words[:3]
        ):
            continue
        try:
            cwd = Path(process.cwd())
        except (psutil.Error, OSError):
            continue
        target = cwd
        for flag in ("--directory", "-d"):
            if flag in words[:-1]:
                target = (cwd / words[words.index(flag) + 1]).resolve()
        if folder in (cwd, target) and process.status() != psutil.STATUS_ZOMBIE:
            return process.pid
    return None
