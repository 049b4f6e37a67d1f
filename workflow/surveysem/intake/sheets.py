"""Workbooks (XLSX, XLS, ODS) as rows of text, by python-calamine.

Calamine gives formulas' cached values and drops formula errors; what it cannot tell stands
in `sheetchecks`.
"""

import datetime
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from surveysem.errors import describe, nearest
from surveysem.intake import sheetchecks
from surveysem.intake.cells import cell_text
from surveysem.intake.damage import reading
from surveysem.intake.rows import RowsError, refuse_wide

TITLE_ROWS = 10  # merged cells that end so near to the first row may be a title


@dataclass(frozen=True, slots=True)
class Sheet:
    """names: k. at: number of the header's row (0: none). numbers: n. rows: n x k texts."""

    names: list[str]
    at: int
    numbers: list[int]
    rows: list[list[str]]
    findings: tuple[tuple[str, str], ...]


def read_sheet(
    path: str | os.PathLike, shown: str, kind: str, sheet: str | int | None, header: bool | int
) -> Sheet:
    """The rows of a workbook's sheet: the one named or numbered from 1, or the first visible
    one with cells. Blank rows are left out.

    Raises RowsError for an encrypted or damaged workbook, an unknown or empty sheet, merged
    cells from the header on, and several sheets with the same header.
    """
    sheetchecks.refuse_far_cells(path, shown, kind)
    sheetchecks.require_sound(path, shown, kind)
    with reading(shown, kind, CalamineError, OSError), _opened(path, shown) as book:
        chosen, said = _chosen(book, shown, sheet)
        grid = chosen.to_python(skip_empty_area=False)
        merged = chosen.merged_cell_ranges
    where = f"{shown}, sheet '{chosen.name}'"
    refuse_wide(len(grid[0]) if grid else 0, where)
    text = _ods_text if kind == "ods" else cell_text
    texts = [[text(cell) for cell in row] for row in grid]
    wrong = sheetchecks.formula_errors(path, shown, kind, chosen.name)
    for row, column, text in wrong:
        if row < len(texts) and column < len(texts[row]):
            texts[row][column] = text
    at, numbers = _header_row(texts, where, header)
    _refuse_merged(path, shown, where, kind, merged, at, texts)
    findings = [("sheet", said)]
    if wrong:
        findings.append(("formula errors", f"{len(wrong)} kept as text, such as '{wrong[0][2]}'"))
    names = (
        [name.strip() for name in texts[at - 1]]
        if at
        else [f"column{k}" for k in range(1, len(texts[0]) + 1)]
    )
    return Sheet(names, at, numbers, [texts[number - 1] for number in numbers], tuple(findings))


def _opened(path: str | os.PathLike, shown: str) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError:
        hint = "open it, remove the password, and save it as XLSX"
        raise RowsError(
            describe(shown, "the workbook is encrypted by a password", hint=hint)
        ) from None


def _ods_text(cell: object) -> str:
    """Calamine leaves an ODS's durations in their ISO form, which nobody typed."""
    iso = re.fullmatch(r"PT(\d+)H(\d+)M(\d+)S", cell) if isinstance(cell, str) else None
    if not iso:
        return cell_text(cell)
    hours, minutes, seconds = map(int, iso.groups())
    return cell_text(datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _header_row(
    texts: Sequence[Sequence[str]], where: str, header: bool | int
) -> tuple[int, list[int]]:
    """Number of the header's row, 0 if there is none, and the numbers of the rows with data."""
    filled = [number for number, row in enumerate(texts, 1) if any(row)]
    if header is False:
        return 0, filled
    at = filled[0] if header is True else header
    if at not in filled:
        found = f"row {header} is blank or not there"
        raise RowsError(describe(where, found, hint="one row has to name the columns"))
    return at, [number for number in filled if number > at]


def _chosen(
    book: CalamineWorkbook, shown: str, wanted: str | int | None
) -> tuple[CalamineSheet, str]:
    """The sheet to read, and words for it."""
    names = book.sheet_names
    if wanted is not None:
        number = int(wanted) if str(wanted).isdigit() and wanted not in names else 0
        name = names[number - 1] if 1 <= number <= len(names) else wanted
        if name not in names:
            near = nearest(str(wanted), names)
            hint = f"did you mean '{near}'?" if near else "name a sheet or give its number, from 1"
            raise RowsError(
                describe(f"{shown}, options.sheet", f"there is no sheet '{wanted}'", names, hint)
            )
        sheet = book.get_sheet_by_name(name)
        if sheet.start is None:
            raise RowsError(describe(shown, f"the sheet '{name}' is empty", names))
        return sheet, f"'{name}' (set in options)"
    usable = [
        info.name
        for info in book.sheets_metadata
        if info.typ == SheetTypeEnum.WorkSheet and info.visible == SheetVisibleEnum.Visible
    ]
    filled = [sheet for name in usable if (sheet := book.get_sheet_by_name(name)).start is not None]
    if not filled:
        hint = "a hidden sheet is read if options: {sheet: ...} names it" if names else ""
        raise RowsError(describe(shown, "the file is empty: no sheet has cells", names, hint))
    heads = [_first_row(sheet) for sheet in filled]
    alike = [s.name for s, head in zip(filled, heads, strict=True) if head == heads[0]]
    if len(alike) > 1 and len(heads[0]) > 1:
        raise RowsError(
            describe(
                shown,
                f"{len(alike)} sheets have the same columns, so each may hold respondents",
                [f"'{name}'" for name in alike],
                "name one in options: {sheet: ...}; a wave may consist of several such entries",
            )
        )
    others = [f"'{sheet.name}'" for sheet in filled[1:]]
    said = f"'{filled[0].name}'" + (f" (not read: {', '.join(others)})" if others else "")
    return filled[0], said


def _first_row(sheet: CalamineSheet) -> list[str]:
    row = next(iter(sheet.to_python(nrows=1)), [])
    texts = [cell_text(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _refuse_merged(path, shown: str, where: str, kind: str, merged, at: int, texts) -> None:
    """Merged cells from the header on hide which column or row a value belongs to.

    Not so where they lie in the first of two header rows, over columns named in the second.
    """
    if kind == "ods":
        if not sheetchecks.ods_has(path, shown, b"table:covered-table-cell"):
            return
        cells = "somewhere in the file"
    else:
        ranges = [span for span in merged or () if span[0] != span[1]]  # one cell hides nothing
        wrong = [(start, end) for start, end in ranges if end[0] + 1 >= max(at, 1)]
        if not wrong or all(_over_second_header(*span, at, texts) for span in wrong):
            return
        cells = ", ".join(
            f"{sheetchecks.a1(*start)}:{sheetchecks.a1(*end)}" for start, end in wrong[:5]
        )
        cells += f", ... ({len(wrong)} in all)" if len(wrong) > 5 else ""
    hint = "unmerge them and give each column its own name"
    last = max(end[0] + 1 for _, end in wrong) if kind != "ods" else 0
    below = next((k for k, row in enumerate(texts, 1) if k > last and any(row)), 0)
    if below and last < at + TITLE_ROWS:
        hint += f"; if they are a title above the header, say options: {{header: {below}}}"
    raise RowsError(describe(where, f"merged cells {cells}", hint=hint))


def _over_second_header(start, end, at: int, texts) -> bool:
    """Whether a merged range in header row `at` stands above a second header row, as SurveyMonkey
    writes it: the first column, named above, has no text there, the merged ones all do."""
    row, (left, right) = start[0] + 1, (start[1], end[1])
    if row != at or end[0] + 1 != at or len(texts) <= at:
        return False
    second = texts[at]
    return bool(texts[at - 1][0]) and not second[0] and all(second[left : right + 1])
