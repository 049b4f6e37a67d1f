"""Any other table: names and labels as the file has them."""

from collections.abc import Mapping
from dataclasses import replace

from surveysem.intake.dialects.common import Dialect, noted, tidy, with_columns
from surveysem.intake.raw import RawTable


def marks(table: RawTable) -> Mapping[str, int]:
    """None: a plain table is what no tool's marks are found in."""
    return {}


def normalise(table: RawTable) -> RawTable:
    """Names and labels on one line."""
    table = with_columns(
        table, (replace(c, name=tidy(c.name), label=tidy(c.label)) for c in table.columns)
    )
    unnamed = any(what == "header" and said.startswith("none") for what, said in table.findings)
    how = "columns by their numbers" if unnamed else "names and labels as the file has them"
    return noted(table, ("dialect", f"plain: {how}"))


DIALECT = Dialect(
    name="plain",
    looked_for="a table with names in its first row",
    marks=marks,
    enough=0,
    normalise=normalise,
)
