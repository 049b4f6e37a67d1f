"""What is refused in rows of text, whatever the format that they come from.

Imports nothing heavy, since every run of Snakemake passes through here.
"""

import re
from collections.abc import Sequence

from surveysem.errors import SurveySemError, describe

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
