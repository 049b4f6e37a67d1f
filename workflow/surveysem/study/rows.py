"""A study's CSV file as rows, and what is wrong with it, collected by place."""

import csv
import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surveysem.errors import describe, nearest
from surveysem.intake.formats import OLE
from surveysem.intake.rows import swallows_rows, unmatched
from surveysem.text import number_hint

NAME = re.compile(r"[^\W\d][\w.]*\Z")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SAVE = "save the file as CSV UTF-8, with commas"
LISTED = 5  # rows named in one message


@dataclass(frozen=True, slots=True)
class Rows:
    """rows: cells by column, stripped, with the row's number under '#row' (the header is row 1);
    of a row that cannot be told apart into cells just the first, under '#broken'. lacking:
    required columns that the file has not, whose cells are ''. readable: whether there is a
    table at all. problems: worded."""

    rows: list[dict] = field(default_factory=list)
    lacking: frozenset[str] = frozenset()
    readable: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def whole(self) -> list[dict]:
        """The rows that are not broken."""
        return [row for row in self.rows if "#broken" not in row]


def read_rows(
    path: Path,
    shown: str,
    required: Sequence[str],
    optional: Sequence[str] = (),
    may_be_empty: bool = False,
) -> Rows:
    """Read a CSV file.

    Other columns are left to people, but not one that looks like a misspelt `optional` one.
    """
    try:
        numbered = list(_numbered(path, shown))
    except FileNotFoundError:
        hint = "check the path in config.yaml"
        return Rows(problems=[describe(shown, "the file does not exist", hint=hint)])
    except IsADirectoryError:
        return Rows(problems=[describe(shown, "is a folder, not a file")])
    except OSError as error:
        return Rows(problems=[describe(shown, f"cannot be opened: {error.strerror}")])
    except UnicodeDecodeError as error:
        return Rows(problems=[_undecoded(path, shown, error.start)])
    except _NoTableError as error:
        return Rows(problems=[str(error)])
    if not numbered:
        found = f"the file is empty: row 1 has to name the columns {', '.join(required)}"
        return Rows(problems=[describe(shown, found)])
    (_, header), *body = numbered
    header = [name.strip() for name in header]
    lacking = [name for name in required if name not in header]
    found = _header(shown, header, required, optional)
    if len(lacking) == len(required):
        return Rows(problems=found)
    rows = []
    for number, cells in body:
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        row = dict.fromkeys([*header, *required], "") | {"#row": number}
        if any(cells[len(header) :]):
            hint = "put texts that hold commas between quotation marks"
            what = f"more cells than the header has columns ({len(header)})"
            found.append(describe(f"{shown}, row {number}", what, hint=hint))
            rows.append(row | {header[0]: cells[0], "#broken": True})
        else:
            rows.append(row | dict(zip(header, cells, strict=False)))
    if not rows and not found and not may_be_empty:
        found.append(describe(shown, "the file has a header and no rows"))
    return Rows(rows, frozenset(lacking), True, found)


class _NoTableError(Exception):
    """Text that is no CSV; the message is for the user."""


def _numbered(path: Path, shown: str) -> Iterator[tuple[int, list[str]]]:
    number, line, width = 0, 0, 0
    with open(path, encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle, strict=True)
        try:
            for number, cells in enumerate(reader, 1):
                width = width or len(cells)
                if reader.line_num - line > 1 and swallows_rows(cells, width):
                    raise _NoTableError(unmatched(shown, number))
                line = reader.line_num
                yield number, cells
        except csv.Error:
            raise _NoTableError(unmatched(shown, number + 1)) from None


def _undecoded(path: Path, shown: str, byte: int) -> str:
    with open(path, "rb") as handle:
        head = handle.read(8)
    if head.startswith((b"PK\x03\x04", OLE)):
        return describe(shown, "is a workbook, whatever its name says", hint=SAVE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return describe(shown, "is UTF-16 text ('Unicode text'), not UTF-8", hint=SAVE)
    return describe(shown, f"byte {byte} is not UTF-8", hint="save the file as CSV UTF-8")


def _header(
    shown: str, header: Sequence[str], required: Sequence[str], optional: Sequence[str]
) -> list[str]:
    """What is wrong with the columns' names."""
    where, found = f"{shown}, row 1", []
    lacking = [name for name in required if name not in header]
    if lacking:
        mark = next((m for m in SEPARATORS if len(header) == 1 and m in header[0]), None)
        if mark:
            return [describe(where, f"the cells are separated by {SEPARATORS[mark]}", hint=SAVE)]
        free = [name for name in header if name not in {*required, *optional}]
        close = {name: near for name in lacking if (near := nearest(name, free))}
        hints = [f"is '{name}' the column '{near}'?" for name, near in close.items()]
        if len(close) < len(lacking):
            hints.append(f"the file has: {', '.join(header)}")
        names = " and ".join(f"'{name}'" for name in lacking)
        are = "column {} is" if len(lacking) == 1 else "columns {} are"
        what = f"the {are.format(names)} missing"
        found.append(describe(where, what, hint="; ".join(hints)))
    for name in dict.fromkeys(name for k, name in enumerate(header) if name in header[:k] and name):
        what = f"the column '{name}' stands there twice"
        found.append(describe(where, what, hint="rename or remove one"))
    meant = {nearest(name, header) for name in lacking}
    for name, close in _misspelt(header, {*required, *optional, *meant}, optional):
        hint = f"did you mean '{close}'? If not, give it a name less alike"
        found.append(describe(where, f"the column '{name}' is unknown", hint=hint))
    return found


def _misspelt(
    header: Sequence[str], known: Collection[str | None], optional: Sequence[str]
) -> list[tuple[str, str]]:
    """Columns that are nearly an optional one which the header has not, with its name."""
    free = {name.casefold(): name for name in optional if name not in header}
    pairs = []
    for column in (name for name in header if name and name not in known):
        close = difflib.get_close_matches(column.casefold(), free, n=1, cutoff=0.8)
        pairs += [(column, free[name]) for name in close]
    return pairs


def split(text: str) -> tuple[str, ...]:
    """Entries of a cell that holds a list, separated by semicolons."""
    return tuple(part.strip() for part in re.split("[;；]", text or "") if part.strip())


def several(value: str, allowed: Collection[str], mark: str = ";") -> str:
    """A hint for names that are allowed and wrongly separated; '' for anything else."""
    parts = [part for part in re.split(r"[\s,，、/|;；]+", value) if part]
    if len(parts) > 1 and all(part in allowed for part in parts):
        return f"separate them by '{mark}': {f'{mark} '.join(parts)}"
    return ""


class Collector:
    """Problems of one file: each once, with all rows that have it. What concerns a broken row
    or a column that is not there is no problem of its own."""

    def __init__(self, shown: str, table: Rows):
        self.shown, self.lacking = shown, table.lacking
        self._before = list(table.problems)
        self._found: dict[tuple, list[int]] = {}

    @property
    def problems(self) -> list[str]:
        """All of them, worded."""
        return self._before + [
            describe(f"{self.shown}, {_places(rows)}, column {column}", found, allowed, hint)
            for (column, found, allowed, hint), rows in self._found.items()
        ]

    @property
    def columns(self) -> set[str]:
        """Columns with a problem in some row."""
        return {column for column, *_ in self._found}

    def add(
        self, row: Mapping, column: str, found: str, allowed: Iterable = (), hint: str = ""
    ) -> None:
        """One problem of a cell."""
        if column not in self.lacking and "#broken" not in row:
            key = (column, found, tuple(allowed), hint)
            self._found.setdefault(key, []).append(row["#row"])

    def known(self, row: Mapping, column: str, value: str, allowed: Collection[str] | None) -> bool:
        """Whether a value is allowed (None: whatever it is); a problem if not."""
        if allowed is None or value in allowed:
            return True
        close = nearest(value, allowed)
        hint = several(value, allowed) or (f"did you mean '{close}'?" if close else "")
        found = f"'{value}' is unknown" if value else "the cell is empty"
        self.add(row, column, found, allowed, hint)
        return False

    def unique(self, rows: Sequence[Mapping], column: str) -> None:
        """Each row has a name of its own in a column."""
        first: dict[str, int] = {}
        for row in rows:
            name = row[column]
            if name in first:
                found = f"'{name}' stands in row {first[name]} already"
                self.add(row, column, found, hint="rename one")
            elif not name:
                self.add(row, column, "the cell is empty")
            else:
                first[name] = row["#row"]

    def alike(self, rows: Sequence[Mapping], column: str) -> None:
        """Names that differ in upper and lower case only: people and file systems mix them up."""
        first: dict[str, Mapping] = {}
        for row in rows:
            other = first.setdefault(row[column].casefold(), row)
            if other[column] != row[column]:
                found = f"'{row[column]}' differs from '{other[column]}' (row {other['#row']}) in case only"
                self.add(row, column, found, hint="write both alike, or give one another name")

    def usable(
        self, rows: Sequence[Mapping], column: str, hint: str, taken: Iterable[str] = ()
    ) -> None:
        """Names that models and tables can hold: no spaces or signs, and none that is taken.

        hint: what else a new name asks for, behind the example.
        """
        for row in rows:
            name = row[column]
            if name and not NAME.match(name):
                better = re.sub(r"\W+", "_", name).strip("_") or "x"
                better = better if NAME.match(better) else f"x{better}"
                self.add(
                    row,
                    column,
                    f"'{name}' is not a usable name",
                    ["a letter (of any script), then letters, digits, underscores or dots"],
                    f"for example '{better}'; {hint.format(new=better, old=name)}",
                )
            elif name in taken:
                again = f"rename it, e.g. '{name}_1'"
                self.add(row, column, f"the name '{name}' is taken", hint=again)

    def number(self, row: Mapping, column: str, convert: Callable, kind: str):
        """A cell as a number, None where it is none."""
        text = row[column]
        try:
            return convert(text)
        except ValueError:
            whole = re.fullmatch(r"([+-]?\d+)[.,]0+", text)
            hint = f"write {whole[1]}" if whole and convert is int else number_hint(text)
            found = f"'{text}' is not {kind}" if text else "the cell is empty"
            self.add(row, column, found, [kind], hint)
            return None


def _places(rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return f"row {rows[0]}"
    more = f" and {len(rows) - LISTED} more" if len(rows) > LISTED else ""
    return f"rows {', '.join(map(str, rows[:LISTED]))}{more}"
