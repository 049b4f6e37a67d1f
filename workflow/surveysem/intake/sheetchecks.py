"""What python-calamine cannot tell of a workbook: formula errors and cells far away."""

import os
import re
import zipfile
from collections.abc import Iterator

from surveysem.errors import describe
from surveysem.intake.rows import RowsError

# Calamine lays a sheet out from its first to its last cell and ends the process where
# memory lacks: one stray cell at the lower right corner would be 17 thousand million.
MOST_CELLS = 60_000_000
BLOCK = 1 << 20


def refuse_far_cells(path: str | os.PathLike, shown: str, kind: str) -> None:
    """Raise RowsError for an XLSX sheet whose declared extent is beyond MOST_CELLS."""
    if kind != "xlsx":
        return  # XLS has 16.8 million cells at most
    from openpyxl.utils.cell import range_boundaries  # lean, and only for such files

    for head in _sheet_heads(path):
        extent = re.search(rb'<dimension ref="([A-Z]+\d+:[A-Z]+\d+)"', head)
        if not extent:
            continue
        left, top, right, bottom = range_boundaries(extent.group(1).decode())
        if (right - left + 1) * (bottom - top + 1) > MOST_CELLS:
            found = f"cells from {extent.group(1).decode().replace(':', ' to ')}"
            raise RowsError(
                describe(
                    shown,
                    found,
                    [f"at most {MOST_CELLS:,} cells"],
                    "delete the stray cell at the end, or save the sheet as CSV UTF-8",
                )
            )


def formula_errors(
    path: str | os.PathLike, shown: str, kind: str, sheet: str
) -> list[tuple[int, int, str]]:
    """Row and column (from 0) and text ('#REF!') of cells whose formula failed.

    Raises RowsError for an ODS that has some, since nothing here can place them.
    """
    if kind == "ods":
        if ods_has(path, b'calcext:value-type="error"'):
            hint = "mend the formulas (#REF!, #N/A, ...), or save the file as XLSX or CSV UTF-8"
            raise RowsError(describe(shown, "cells with formula errors", hint=hint))
        return []
    if kind == "xls":
        return _xls_errors(path, sheet)
    return _xlsx_errors(path, sheet) if _xlsx_has_errors(path) else []


def ods_has(path: str | os.PathLike, mark: bytes) -> bool:
    """Whether an ODS's content has this mark of a cell."""
    with zipfile.ZipFile(path) as archive:
        return _stream_has(archive, "content.xml", mark)


def a1(row: int, column: int) -> str:
    """A cell's name in a spreadsheet, from its row and column (from 0)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _sheet_heads(path: str | os.PathLike) -> Iterator[bytes]:
    """The beginning of each sheet, where its extent is declared."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as member:
                    yield member.read(8192)


def _xlsx_has_errors(path: str | os.PathLike) -> bool:
    """Whether any sheet has a cell of type error: worth a second reader, which is slow."""
    with zipfile.ZipFile(path) as archive:
        return any(
            _stream_has(archive, name, b't="e"')
            for name in archive.namelist()
            if name.startswith("xl/worksheets/")
        )


def _xlsx_errors(path: str | os.PathLike, sheet: str) -> list[tuple[int, int, str]]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        return [
            (cell.row - 1, cell.column - 1, str(cell.value))
            for row in book[sheet].iter_rows()
            for cell in row
            if cell.data_type == "e" and cell.value is not None
        ]
    finally:
        book.close()


def _xls_errors(path: str | os.PathLike, sheet: str) -> list[tuple[int, int, str]]:
    import io

    import xlrd

    with xlrd.open_workbook(str(path), on_demand=True, logfile=io.StringIO()) as book:
        page = book.sheet_by_name(sheet)
        return [
            (row, column, xlrd.error_text_from_code.get(page.cell_value(row, column), "#ERROR!"))
            for row in range(page.nrows)
            for column, kind in enumerate(page.row_types(row))
            if kind == xlrd.XL_CELL_ERROR
        ]


def _stream_has(archive: zipfile.ZipFile, name: str, mark: bytes) -> bool:
    before = b""
    with archive.open(name) as member:
        while block := member.read(BLOCK):
            if mark in before + block:
                return True
            before = block[-len(mark) :]
    return False
