"""Make the workbooks that no installed package writes: XLS and ODS, and one with a password.

By hand, where LibreOffice Calc and msoffcrypto-tool are: python tests/reference/intake/generate.py
"""

import datetime
import io
import subprocess
import tempfile
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent


def quirks() -> openpyxl.Workbook:
    """Texts that look like numbers, numbers, times, a formula, a blank row, other sheets."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "data"
    sheet.append(["id", "q1", "share", "day", "at", "sum", "问题", "took"])
    day, at = datetime.date(2024, 3, 1), datetime.datetime(2024, 3, 1, 12, 30, 5)
    took = datetime.timedelta(hours=30, minutes=2)
    sheet.append(["007", 3, 0.1, day, at, "=B2+1", "同意", took])
    sheet.append([])
    sheet.append(["008", 1234567890123, 2.5, day, at, "=B4*0", " <b>a</b> ", took])
    book.create_sheet("notes").append(["a note"])
    hidden = book.create_sheet("hidden")
    hidden.append(["id", "q1"])
    hidden.sheet_state = "hidden"
    return book


def failed() -> openpyxl.Workbook:
    """A formula that failed."""
    book = openpyxl.Workbook()
    book.active.append(["id", "q1", "q2"])
    book.active.append(["a", 1, "=1/0"])
    return book


def merged() -> openpyxl.Workbook:
    """A header whose cell spans two columns."""
    book = openpyxl.Workbook()
    book.active.append(["id", "q", None])
    book.active.append(["a", 1, 2])
    book.active.merge_cells("B1:C1")
    return book


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for make in (quirks, failed, merged):
            path = Path(folder, f"{make.__name__}.xlsx")
            make().save(path)
            for kind in ("xls", "ods"):
                command = ["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless"]
                command += ["--convert-to", kind, "--outdir", str(HERE), str(path)]
                subprocess.run(command, check=True)
    from msoffcrypto.format.ooxml import OOXMLFile

    plain = io.BytesIO()
    merged().save(plain)
    with open(HERE / "password.xlsx", "wb") as handle:
        OOXMLFile(plain).encrypt("secret", handle)


if __name__ == "__main__":
    main()
