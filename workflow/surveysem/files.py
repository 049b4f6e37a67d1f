"""Writing files so that a killed job leaves none half-written."""

import os
from collections.abc import Callable
from pathlib import Path


def replace(path: str | os.PathLike, write: Callable[[str], object]) -> None:
    """Let `write` write to a temporary name beside `path`, then move the file into place."""
    temporary = f"{path}.part"
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_text(text: str, path: str | os.PathLike) -> None:
    """Write a UTF-8 text file."""
    replace(path, lambda to: Path(to).write_text(text, encoding="utf-8", newline="\n"))
