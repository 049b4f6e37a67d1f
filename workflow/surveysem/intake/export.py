"""A wave's export, whatever tool and format it comes from, as one RawTable."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from surveysem.errors import describe, nearest
from surveysem.intake import dialects
from surveysem.intake.columns import referred
from surveysem.intake.dialects.common import (
    with_columns,
    with_decimal_points,
    with_finished,
    with_roles,
)
from surveysem.intake.dialects.times import with_duration_between, with_times
from surveysem.intake.look import form_of
from surveysem.intake.raw import RawTable
from surveysem.intake.read import read_table
from surveysem.intake.rows import RowsError
from surveysem.text import normalise


def read(path: Path, shown: str, options: Mapping) -> RawTable:
    """Read a file and put it into one shape.

    options: of look.OPTIONS, as in the config, and `told`, the columns of look.TOLD. Raises RowsError
    for a file that is no table, and where a column or a value that is named is not there.
    """
    table = read_table(path, shown, options.get("format"), options.get("options") or {})
    if options.get("xlsform"):
        from surveysem.intake.dialects.xlsform import with_form

        forms = form_of(path, options)
        if not forms:
            there = sorted(p.name for p in path.parent.iterdir())[:10]
            hint = f"the form lies beside the export; the folder has: {', '.join(there)}"
            found = f"xlsform names '{options['xlsform']}', which is not there"
            raise RowsError(describe(shown, found, hint=hint))
        # First, since a form knows questions by their paths, which the dialect shortens.
        table = with_form(table, forms[0])
    table = dialects.normalise(table, options.get("dialect"))
    if (options.get("options") or {}).get("decimal") == ",":
        table = with_decimal_points(table)
    if options.get("told"):
        table = _with_told(table, options["told"])
    for column, value in (options.get("where") or {}).items():
        table = rows_where(table, column, value)
    return table


def _with_told(table: RawTable, told: Mapping) -> RawTable:
    """The table with times, completion and language in the columns that the config names."""
    names, labels = [c.name for c in table.columns], [c.label for c in table.columns]
    numbers, problems = {}, []
    for role, reference in told.items():
        found, wrong = referred(role, reference, names, labels, table.file, "config.yaml, waves")
        problems += wrong
        numbers |= {role: found[0]} if found else {}
    if problems:
        raise RowsError("\n".join(problems))
    times = {role: numbers[role] for role in ("started", "submitted") if role in numbers}
    table = with_finished(with_times(table, **times), numbers.get("finished"))
    table = with_roles(table, language=numbers.get("language"))
    if times:
        roles = table.roles
        table = with_duration_between(table, roles.get("started"), roles.get("submitted"))
    own = {*numbers.values(), table.roles.get("duration")}
    columns = [replace(c, tool=c.tool or k in own) for k, c in enumerate(table.columns)]
    return with_columns(table, columns)


def rows_where(table: RawTable, column: str, value) -> RawTable:
    """The rows whose `column` holds `value` (or one of several). Raises RowsError for none."""
    names = [c.name for c in table.columns]
    if column not in names:
        close = nearest(column, names)
        raise RowsError(
            describe(
                f"{table.file}, row 1",
                f"'where' names the column '{column}', which is not there",
                names,
                f"did you mean '{close}'?" if close else "",
            )
        )
    cells = table.cells[names.index(column)]
    wanted = {normalise(v) for v in (value if isinstance(value, list) else [value])}
    fitting = [text for text in cells.cat.categories if normalise(text) in wanted]
    keep = cells.isin(fitting).to_numpy()
    if not keep.any():
        raise RowsError(
            describe(
                f"{table.file}, column {column}",
                f"'where' asks for {value!r}, which no row has",
                list(cells.cat.categories),
            )
        )
    kept = table.cells[keep].reset_index(drop=True)
    kept = kept.apply(lambda part: part.cat.remove_unused_categories())
    found = ("rows", f"{int(np.sum(keep))} of {len(keep)} where {column} is {value}")
    return replace(table, cells=kept, rows=table.rows[keep], findings=(*table.findings, found))
