"""A wave's CSV file as rows of text: read the same way by the check and by intake.

Imports nothing heavy, since every run of Snakemake passes through here.
"""

import csv
import itertools
import os
import re
from collections.abc import Sequence

from surveysem.errors import SurveySemError, describe

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
CLOSE = 'close it or remove it; a quotation mark within a text is written twice ("")'
MOST_COLUMNS = 16_384  # as many as a spreadsheet has


class RowsError(SurveySemError):
    """A file that is no table."""


def refuse_wide(width: int, shown: str) -> None:
    """Raise RowsError for more columns than any survey has: their names alone would take
    longer to look through than the rows of a real export."""
    if width > MOST_COLUMNS:
        raise RowsError(
            describe(
                shown,
                f"{width:,} columns",
                [f"at most {MOST_COLUMNS:,} columns, as a spreadsheet has"],
                "is this a survey's export, one row a respondent? does its delimiter differ "
                "(options: {delimiter: ...})?",
            )
        )


def read(path: str | os.PathLike, shown: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Column names and rows with their numbers as a spreadsheet shows them (the header is
    row 1). Rows without any text are left out, kept in number.

    Raises RowsError for another encoding or separator and for quotation marks that do not
    match, since these would swallow rows; OSError where the file cannot be opened.
    """
    rows: list[tuple[int, list[str]]] = []
    number = 1
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            first = handle.readline()
            _refuse_separator(first, shown)
            reader = csv.reader(itertools.chain([first], handle), strict=True)
            header = [name.strip() for name in next(reader, [])]
            for number in itertools.count(2):
                row = next(reader, None)
                if row is None:
                    break
                if swallows_rows(row, len(header)):
                    raise RowsError(unmatched(shown, number))
                if any(cell.strip() for cell in row):
                    rows.append((number, row))
    except UnicodeDecodeError as error:
        message = describe(
            shown, f"byte {error.start} is not UTF-8", hint="export the file as CSV UTF-8"
        )
        raise RowsError(message) from None
    except csv.Error as error:
        if "NUL" in str(error):
            raise RowsError(describe(shown, f"not a CSV file: {error}")) from None
        # The strict reader stops at the end of the file or of its limit within quotation
        # marks, and at text behind a closing one: each time in the row where one opens.
        raise RowsError(unmatched(shown, number)) from None
    return header, rows


def uneven(header: Sequence[str], rows: Sequence[tuple[int, list[str]]], shown: str) -> str:
    """Words for the rows with more or fewer cells than columns; '' where there are none.

    Columns without a name at the end of the header may lack.
    """
    least = 1 + max((k for k, name in enumerate(header) if name), default=-1)
    wrong = [(n, row) for n, row in rows if not least <= len(row) <= len(header)]
    if not wrong:
        return ""
    number, row = wrong[0]
    if any("\n" in cell for cell in row):
        hint = f"does a quotation mark in this row belong there? {CLOSE}"
    elif len(row) > len(header):
        hint = "put texts that hold commas between quotation marks"
    else:
        hint = "every row needs a cell (it may be empty) for each column; was the file cut off?"
    more = f"\n  {len(wrong) - 1} more such row(s)" if len(wrong) > 1 else ""
    found = f"{len(row)} cells, but the header has {len(header)} columns"
    return describe(f"{shown}, row {number}", found, hint=hint) + more


def _refuse_separator(first: str, shown: str) -> None:
    names = re.sub('"[^"]*"', "", first)
    for mark, word in SEPARATORS.items():
        if names.count(mark) > names.count(","):
            raise RowsError(
                describe(
                    f"{shown}, row 1",
                    f"the cells look separated by {word}, not by commas",
                    hint="save the file as comma-separated CSV UTF-8 (in LibreOffice: Save as, "
                    "Edit filter settings, field delimiter ','; in Python: "
                    "pandas.read_csv(old, sep=None, engine='python').to_csv(new, index=False))",
                )
            )


def swallows_rows(row: Sequence[str], width: int, delimiter: str = ",") -> bool:
    """Whether a cell of several lines holds whole rows: without its quotation marks, each of
    its lines would have as many cells as the header. (Commas of prose have a space.)"""
    for at, cell in enumerate(row):
        lines = re.split("\r\n|\r|\n", cell)
        if len(lines) == 1 or f"{delimiter} " in cell:
            continue
        cells = [line.count(delimiter) + 1 for line in lines]
        cells[0] += at
        cells[-1] += len(row) - at - 1
        if width > 1 and all(n == width for n in cells):
            return True
    return False


def unmatched(shown: str, number: int) -> str:
    """Words for a quotation mark that opens a text in row `number` and never closes it."""
    return describe(
        f"{shown}, row {number}",
        "a quotation mark opens a text here and does not close it at the end of a cell",
        hint=CLOSE,
    )
