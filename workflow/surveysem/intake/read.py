"""Any file that a survey tool exports, as a `RawTable`.

The library of a format is imported only when such a file is read.
"""

import os
import re
from collections.abc import Mapping, Sequence

import numpy as np

from surveysem.errors import describe, nearest
from surveysem.intake import damage, formats
from surveysem.intake.raw import Column, RawTable
from surveysem.intake.rows import RowsError

# Format to the options that its files take.
OPTIONS = {
    "csv": ("encoding", "delimiter", "decimal", "header"),
    "xlsx": ("sheet", "decimal", "header"),
    "xls": ("sheet", "decimal", "header"),
    "ods": ("sheet", "decimal", "header"),
    "sav": ("encoding",),
    "zsav": ("encoding",),
    "dta": ("encoding",),
    "parquet": (),
}
Findings = list[tuple[str, str]]


def read_table(
    path: str | os.PathLike,
    shown: str,
    format: str | None = None,
    options: Mapping[str, object] | None = None,
) -> RawTable:
    """Read a file. format: a key of `formats.FORMATS`, else found by content.

    options: `encoding`, `delimiter`, `sheet` (name, or number from 1), `header` (a row's
    number, or false where no row names the columns, which then are column1, column2, ...);
    `decimal` is for those who know which cells are numbers.
    Findings are format, encoding, delimiter, sheet, header, and what else there is to say.
    Raises RowsError, with `shown` as the file's name, for whatever is wrong with the file.
    """
    options = {key: value for key, value in (options or {}).items() if value is not None}
    kind, said = formats.recognise(path, shown, format)
    _check_options(options, kind, shown)
    readers = {"csv": _csv, "xlsx": _sheet, "xls": _sheet, "ods": _sheet, "parquet": _parquet}
    try:
        columns, cells, rows, findings = readers.get(kind, _statfile)(path, shown, kind, options)
    except MemoryError:
        raise RowsError(damage.too_large(shown)) from None
    if not columns:
        raise RowsError(describe(shown, "the file is empty: it has no columns"))
    if kind in ("csv", "xlsx", "xls", "ods") and options.get("header", True) is True:
        _refuse_answers([column.name for column in columns], shown)
    return RawTable(
        file=shown,
        columns=tuple(columns),
        cells=cells,
        rows=rows,
        findings=(("format", said), *findings),
    )


def _csv(path, shown: str, kind: str, options: Mapping):
    from surveysem.intake import assemble, delimited

    text = delimited.recognise(path, shown, options)
    header = options.get("header", True)
    names, at, blocks = delimited.header_and_rows(text, header)
    cells = assemble.Cells(len(names))
    numbers: list[np.ndarray] = []
    for block_numbers, block in blocks:
        cells.add(block)
        numbers.append(np.asarray(block_numbers, np.int64))
    rows = np.concatenate(numbers) if numbers else np.zeros(0, np.int64)
    findings = [*text.findings, *_header_finding(at, header), *_blank_finding(rows, at)]
    return [Column(name) for name in names], cells.frame(), rows, findings


def _sheet(path, shown: str, kind: str, options: Mapping):
    from surveysem.intake import assemble, sheets

    header = options.get("header", True)
    sheet = sheets.read_sheet(path, shown, kind, options.get("sheet"), header)
    cells = assemble.Cells(len(sheet.names))
    if sheet.rows:
        cells.add(sheet.rows)
    rows = np.asarray(sheet.numbers, np.int64)
    findings = [
        *sheet.findings,
        *_header_finding(sheet.at, header),
        *_blank_finding(rows, sheet.at),
    ]
    return [Column(name) for name in sheet.names], cells.frame(), rows, findings


def _statfile(path, shown: str, kind: str, options: Mapping):
    from surveysem.intake import statfiles

    columns, cells, findings = statfiles.read_statfile(path, shown, kind, options.get("encoding"))
    cells, rows, blank = _numbered(cells)
    return columns, cells, rows, [*findings, *blank]


def _parquet(path, shown: str, kind: str, options: Mapping):
    from surveysem.intake import parquet

    columns, cells, findings = parquet.read_parquet(path, shown)
    cells, rows, blank = _numbered(cells)
    return columns, cells, rows, [*findings, *blank]


def _refuse_answers(names: Sequence[str], shown: str) -> None:
    """Raise RowsError for names that are a respondent's answers: mostly numbers, some of them
    repeated. Taken for names, that row would be lost unseen."""
    filled = [name for name in names if name]
    numbers = [name for name in filled if re.fullmatch(r"-?\d+([.,]\d+)?", name)]
    if len(numbers) > len(filled) / 2 and len(set(numbers)) < len(numbers):
        raise RowsError(
            describe(
                f"{shown}, row 1",
                f"looks like answers, not like the columns' names: {', '.join(filled[:8])}, ...",
                hint="a file without names needs options: {header: false} (init: --header false), and "
                "columns: to say which is which; where these are the names after all, options: {header: 1}",
            )
        )


def _numbered(cells):
    """Cells, numbers and finding of the rows that have any text, as in any format."""
    from surveysem.intake import assemble

    every = np.arange(1, len(cells) + 1, dtype=np.int64)
    cells, rows = assemble.without_blank(cells, every)
    return cells, rows, _blank_words(len(every) - len(rows))


def _blank_finding(rows: np.ndarray, at: int) -> Findings:
    """Blank rows between the header (row `at`) and the last row with text."""
    return _blank_words(int(rows[-1]) - at - len(rows)) if len(rows) else []


def _blank_words(count: int) -> Findings:
    return [("blank rows", f"{count} left out")] if count else []


def _header_finding(at: int, header: bool | int) -> Findings:
    if not at:
        return [("header", "none (set in options)")]
    if header is not True:
        above = f", the {at - 1} above left out" if at > 1 else ""
        return [("header", f"row {at} (set in options){above}")]
    return [("header", f"row {at}, the first that is not blank")] if at > 1 else []


def _check_options(options: Mapping, kind: str, shown: str) -> None:
    for key in options:
        if key not in OPTIONS[kind]:
            near = nearest(key, OPTIONS[kind])
            hint = f"did you mean '{near}'?" if near else ""
            found = f"no option of a file in the format {kind}"
            raise RowsError(describe(f"{shown}, options.{key}", found, OPTIONS[kind], hint))
    header = options.get("header", True)
    if not isinstance(header, int) or (not isinstance(header, bool) and header < 1):
        raise RowsError(
            describe(
                f"{shown}, options.header",
                f"'{header}' is neither a row's number nor false",
                ["the number of the row that names the columns", "false"],
            )
        )
