"""The export as a RawTable, whatever tool and format it comes from."""

from collections.abc import Mapping
from pathlib import Path

from surveysem.errors import SurveySemError, describe
from surveysem.intake.columns import match
from surveysem.intake.export import read
from surveysem.intake.raw import RawTable


def read_export(path: Path) -> RawTable:
    """Read a survey tool's export. Raises SurveySemError with one message if it cannot be read."""
    if path.is_dir():
        raise SurveySemError(describe(str(path), "is a folder, not a file"))
    try:
        return read(path, path.name, {})
    except FileNotFoundError:
        raise SurveySemError(describe(str(path), "the file does not exist")) from None


def told(table: RawTable, items: Mapping[int, str], texts: Mapping[str, str]) -> dict[str, int]:
    """Item to its column's number (from 1), for those that intake would not find by itself."""
    wanted = {name: [texts[name]] for name in items.values()}
    names, labels = [c.name for c in table.columns], [c.label for c in table.columns]
    found = match(names, labels, wanted, {}, file=table.file, where="").columns
    return {name: k + 1 for k, name in items.items() if found.get(name) != (k,)}
