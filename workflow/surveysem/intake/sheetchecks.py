"""What python-calamine cannot tell of a workbook: formula errors and cells far away."""

import io
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
OVERLAP = 4096  # bytes of a block that are looked at again with the next
FAILED = re.compile(rb't="e"')
# A formula's cell without a value. An empty text is one: Excel marks it as t="str".
UNCALCULATED = re.compile(rb'<c (?![^>]*t="str")[^>]*><f[^>]*>[^<]*</f>(?:<v ?/>|<v></v>)?</c>')
XLS_ERROR = 5  # xlrd.XL_CELL_ERROR


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


def require_sound(path: str | os.PathLike, kind: str) -> None:
    """Raise whatever xlrd raises for a damaged XLS: calamine panics at it, and a panic
    writes its own stack to the screen before it can be caught."""
    if kind == "xls":
        with _xls(path):
            pass


def formula_errors(
    path: str | os.PathLike, shown: str, kind: str, sheet: str
) -> list[tuple[int, int, str]]:
    """Row and column (from 0) and text ('#REF!') of cells whose formula failed.

    Raises RowsError for an ODS that has some, since nothing here can place them, and for an
    XLSX whose formulas were never calculated.
    """
    if kind == "ods":
        if ods_has(path, b'calcext:value-type="error"'):
            hint = "mend the formulas (#REF!, #N/A, ...), or save the file as XLSX or CSV UTF-8"
            raise RowsError(describe(shown, "cells with formula errors", hint=hint))
        return []
    if kind == "xls":
        return _xls_errors(path, sheet)
    if _xlsx_has(path, UNCALCULATED):
        hint = "open the file in Excel or LibreOffice and save it, which calculates them"
        raise RowsError(describe(shown, "formulas without a calculated value", hint=hint))
    return _xlsx_errors(path, sheet) if _xlsx_has(path, FAILED) else []


def ods_has(path: str | os.PathLike, mark: bytes) -> bool:
    """Whether an ODS's content has this mark of a cell."""
    with zipfile.ZipFile(path) as archive:
        return _stream_has(archive, "content.xml", re.compile(re.escape(mark)))


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


def _xlsx_has(path: str | os.PathLike, pattern: re.Pattern) -> bool:
    """Whether any sheet matches: worth a look, where a second reader would be slow."""
    with zipfile.ZipFile(path) as archive:
        return any(
            _stream_has(archive, name, pattern)
            for name in archive.namelist()
            if name.startswith("xl/worksheets/") and name.endswith(".xml")
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


def _xls(path: str | os.PathLike):
    import xlrd

    return xlrd.open_workbook(str(path), on_demand=True, logfile=io.StringIO())


def _xls_errors(path: str | os.PathLike, sheet: str) -> list[tuple[int, int, str]]:
    with _xls(path) as book:
        page = book.sheet_by_name(sheet)
        return [
            (row, column, _error_words(page.cell_value(row, column)))
            for row in range(page.nrows)
            for column, kind in enumerate(page.row_types(row))
            if kind == XLS_ERROR
        ]


def _error_words(code: int) -> str:
    from xlrd import error_text_from_code

    return error_text_from_code.get(code, "#ERROR!")


def _stream_has(archive: zipfile.ZipFile, name: str, pattern: re.Pattern) -> bool:
    before = b""
    with archive.open(name) as member:
        while block := member.read(BLOCK):
            before += block
            if pattern.search(before):
                return True
            before = before[-OVERLAP:]
    return False
