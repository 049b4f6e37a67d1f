"""Which format a file has, by what is in it; the name's ending only serves for words.

Imports nothing heavy, since the check of a study asks as well.
"""

import os
import re
import struct
import zipfile
import zlib
from pathlib import Path

from surveysem.errors import describe, nearest
from surveysem.intake.rows import RowsError

# Format to the endings that its files usually have.
FORMATS = {
    "csv": (".csv", ".tsv", ".txt", ".tab", ".dat"),
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "ods": (".ods",),
    "sav": (".sav",),
    "zsav": (".zsav", ".sav"),
    "dta": (".dta",),
    "parquet": (".parquet", ".pq"),
}
ALLOWED = ("CSV or TSV", "XLSX", "XLS", "ODS", "SPSS .sav or .zsav", "Stata .dta", "Parquet")
# What Python's zipfile raises on a damaged archive. KeyError: a member that is not there.
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, NotImplementedError,
              RuntimeError, UnicodeDecodeError, struct.error)  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file: old Office, and encrypted new one
HEAD = 4096
AS_XLSX = "open it and save it as XLSX or CSV UTF-8"
AS_TOOL = "export it as CSV UTF-8, XLSX or .sav"
# Beginnings of files that are no tables to us: pattern, what it is, what to do.
FOREIGN = (
    (rb"\$FL1|.{0,80}ASCII SPSS PORT FILE", "an SPSS portable file", "save it as .sav"),
    (rb"\x00{12}\xc2\xea\x81\x60", "a SAS data file", "export it as CSV UTF-8 or .sav"),
    (rb"HEADER RECORD\*{7}LIB", "a SAS transport file", "export it as CSV UTF-8 or .sav"),
    (rb"PARE[\x00-\x08\x0e-\x1f]", "an encrypted Parquet file", "write it without encryption"),
    (
        rb"\x1f\x8b|BZh\d1AY|\xfd7zXZ|7z\xbc\xaf|Rar!\x1a|\x28\xb5\x2f\xfd",
        "a compressed file",
        "unpack it",
    ),
    (rb"%PDF-", "a PDF", AS_TOOL),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "a picture", AS_TOOL),
    (rb"\{\\rtf", "a rich-text document", AS_TOOL),
    (rb"\x09[\x00\x02\x04\x08]\x06?\x00", "a workbook older than Excel 97", AS_XLSX),
    (rb"RDX[23]\n|[XA]\n\x00", "an R data file", "export it as CSV UTF-8 or .sav"),
    (rb"SQLite format 3", "an SQLite database", AS_TOOL),
)
# A page of the web that a survey tool named .xls or .csv. Case and a mark before it aside.
PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head|table\b|meta|\?xml)", re.IGNORECASE)


def recognise(path: str | os.PathLike, shown: str, wanted: str | None = None) -> tuple[str, str]:
    """Format (a key of FORMATS) of a file and words for the finding.

    `wanted` overrides what the content says. Raises RowsError for a missing or empty file,
    a folder, an unknown `wanted`, and content that is none of the formats.
    """
    head = _head(Path(path), shown)
    if wanted is not None:
        return _named(wanted, shown), f"{_named(wanted, shown)} (set by format:)"
    found = _by_content(path, shown, head)
    ending = Path(path).suffix.lower()
    usual = any(ending in endings for endings in FORMATS.values())
    if usual and ending not in FORMATS[found]:
        return found, f"{found} (by its content, though the name ends in {ending})"
    return found, found


def _named(wanted: str, shown: str) -> str:
    name = {"tsv": "csv", "txt": "csv", "xlsm": "xlsx"}.get(
        str(wanted).lower(), str(wanted).lower()
    )
    if name in FORMATS:
        return name
    near = nearest(name, FORMATS)
    hint = f"did you mean '{near}'?" if near else "leave format: out to have it recognised"
    raise RowsError(describe(f"{shown}, format", f"'{wanted}' is no format", FORMATS, hint))


def _head(path: Path, shown: str) -> bytes:
    """The first bytes, of which there is one at least."""
    try:
        with open(path, "rb") as handle:
            head = handle.read(HEAD)
    except FileNotFoundError:
        folder = path.parent
        there = sorted(p.name for p in folder.iterdir())[:10] if folder.is_dir() else []
        hint = f"the folder has: {', '.join(there)}" if there else "check the path in config.yaml"
        raise RowsError(describe(shown, "the file does not exist", hint=hint)) from None
    except IsADirectoryError:
        raise RowsError(describe(shown, "is a folder, not a file")) from None
    except OSError as error:
        raise RowsError(describe(shown, f"cannot be opened: {error.strerror}")) from None
    if not head:
        hint = "export it again; it has no bytes"
        raise RowsError(describe(shown, "the file is empty", hint=hint))
    return head


def _by_content(path: str | os.PathLike, shown: str, head: bytes) -> str:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_zip(path, shown)
    if head.startswith(OLE):
        return _in_ole(path, shown)
    if head.startswith((b"$FL2", b"$FL3", b"2LF$")):
        return "zsav" if head.startswith(b"$FL3") else "sav"
    if head.startswith(b"<stata_dta>") or re.match(rb"[\x66-\x73][\x01\x02]\x01\x00", head):
        return "dta"
    # A CSV file may begin with a column PAR1; Parquet's first page begins with \x15.
    if re.match(rb"PAR1($|[\x00-\x08\x0e-\x1f])", head):
        return "parquet"
    for pattern, what, hint in FOREIGN:
        if re.match(pattern, head, re.DOTALL):
            raise RowsError(describe(shown, f"is {what}, not a table", ALLOWED, hint))
    if PAGE.match(head.replace(b"\x00", b"")):
        raise RowsError(
            describe(shown, "is an HTML or XML page, whatever its name says", ALLOWED, AS_XLSX)
        )
    return "csv"


def _in_zip(path: str | os.PathLike, shown: str) -> str:
    """Workbooks are ZIP archives of known members."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.read("[Content_Types].xml") if "[Content_Types].xml" in names else b""
            if "mimetype" in names:
                kind = archive.read("mimetype")
    except BROKEN_ZIP:
        hint = "is the download complete? export it again"
        found = "a damaged or cut-off XLSX, ODS or ZIP file"
        raise RowsError(describe(shown, found, ALLOWED, hint)) from None
    if b"opendocument.spreadsheet" in kind:
        return "ods"
    if b"sheet.binary" in kind:
        raise RowsError(describe(shown, "is an XLSB workbook", ALLOWED, AS_XLSX))
    if b"spreadsheetml" in kind or b"ms-excel.sheet" in kind:
        return "xlsx"
    found = f"is a ZIP archive without a workbook (it holds {', '.join(names[:5]) or 'nothing'})"
    raise RowsError(describe(shown, found, ALLOWED, "unpack it and name the file in it"))


def _in_ole(path: str | os.PathLike, shown: str) -> str:
    """Compound files name their streams in UTF-16."""
    data = Path(path).read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        hint = "open it, remove the password, and save it as XLSX"
        raise RowsError(describe(shown, "the workbook is encrypted by a password", hint=hint))
    if any(name.encode("utf-16-le") + b"\0\0" in data for name in ("Workbook", "Book", "WORKBOOK")):
        return "xls"
    found = "an Office file without a workbook, or one that is cut off"
    raise RowsError(describe(shown, found, ALLOWED, AS_XLSX))
