"""What python-calamine cannot tell of a workbook: formula errors and cells far away."""

import io
import os
import re
import zipfile
from collections.abc import Iterator

from surveysem.errors import describe
from surveysem.intake.damage import reading
from surveysem.intake.formats import BROKEN_ZIP
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

    with reading(shown, kind, *BROKEN_ZIP):
        heads = list(_sheet_heads(path))
    for head in heads:
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


def require_sound(path: str | os.PathLike, shown: str, kind: str) -> None:
    """Raise RowsError for an XLS that xlrd finds damaged: calamine panics at it, and a panic
    writes its own stack to the screen before it can be caught."""
    if kind == "xls":
        with reading(shown, kind), _xls(path):
            pass


def formula_errors(
    path: str | os.PathLike, shown: str, kind: str, sheet: str
) -> list[tuple[int, int, str]]:
    """Row and column (from 0) and text ('#REF!') of cells whose formula failed.

    Raises RowsError for an ODS that has some, since nothing here can place them, and for an
    XLSX whose formulas were never calculated.
    """
    if kind == "ods":
        if ods_has(path, shown, b'calcext:value-type="error"'):
            hint = "mend the formulas (#REF!, #N/A, ...), or save the file as XLSX or CSV UTF-8"
            raise RowsError(describe(shown, "cells with formula errors", hint=hint))
        return []
    if kind == "xls":
        with reading(shown, kind):
            return _xls_errors(path, sheet)
    empty = _in_xlsx(path, shown, UNCALCULATED)
    if empty:
        cell = re.search(rb' r="([A-Z]+[0-9]+)"', empty)
        where = f", such as cell {cell[1].decode()}" if cell else ""
        hint = "open the file in Excel or LibreOffice and save it, which calculates them"
        raise RowsError(describe(shown, f"formulas without a calculated value{where}", hint=hint))
    if not _in_xlsx(path, shown, FAILED):
        return []
    with reading(shown, kind):
        return _xlsx_errors(path, sheet)


def ods_has(path: str | os.PathLike, shown: str, mark: bytes) -> bool:
    """Whether an ODS's content has this mark of a cell."""
    with reading(shown, "ods", *BROKEN_ZIP), zipfile.ZipFile(path) as archive:
        return bool(_found_in(archive, "content.xml", re.compile(re.escape(mark))))


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


def _in_xlsx(path: str | os.PathLike, shown: str, pattern: re.Pattern) -> bytes:
    """What first matches in any sheet: worth a look, where a second reader would be slow."""
    with reading(shown, "xlsx", *BROKEN_ZIP), zipfile.ZipFile(path) as archive:
        members = [
            name
            for name in archive.namelist()
            if name.startswith("xl/worksheets/") and name.endswith(".xml")
        ]
        return next(filter(None, (_found_in(archive, name, pattern) for name in members)), b"")


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


def _found_in(archive: zipfile.ZipFile, name: str, pattern: re.Pattern) -> bytes:
    before = b""
    with archive.open(name) as member:
        while block := member.read(BLOCK):
            before += block
            if found := pattern.search(before):
                return found[0]
            before = before[-OVERLAP:]
    return b""
