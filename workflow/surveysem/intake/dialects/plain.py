"""Any other table: one header row, names and labels as the file has them.

Headers that share all that stands before a colon or a bracket are rows of one question, as
腾讯问卷 and others write them ('3.stem:row', 'stem (row)').
"""

from collections.abc import Mapping
from dataclasses import replace

from surveysem.intake.dialects.common import Dialect, noted, stems_and_rows, tidy, with_columns
from surveysem.intake.raw import RawTable

_MARKS = ":：(（"


def marks(table: RawTable) -> Mapping[str, int]:
    """None: a plain table is what no tool's marks are found in."""
    return {}


def normalise(table: RawTable) -> RawTable:
    """Names and labels on one line, rows of a question with their stem."""
    texts = [tidy(column.label or column.name) for column in table.columns]
    columns = [
        replace(c, name=tidy(c.name), label=row if stem else tidy(c.label), stem=stem)
        for c, (stem, row) in zip(table.columns, stems_and_rows(texts, _MARKS), strict=True)
    ]
    unnamed = any(what == "header" and said.startswith("none") for what, said in table.findings)
    how = "columns by their numbers" if unnamed else "no survey tool's marks"
    return noted(with_columns(table, columns), ("dialect", f"plain: {how}"))


DIALECT = Dialect(
    name="plain",
    looked_for="a table with names in its first row",
    marks=marks,
    enough=0,
    normalise=normalise,
)
