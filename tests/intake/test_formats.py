"""What a file is, by its content, and how its text is encoded and delimited."""

import io
import subprocess
import sys
import zipfile

import pytest

from helpers import ROOT
from surveysem.intake import delimited, encodings
from surveysem.intake.formats import FORMATS, recognise
from surveysem.intake.rows import RowsError

KEPT = ROOT / "tests" / "reference" / "intake"


def put(folder, data: bytes, name="wave.csv") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return stream.getvalue()


def message(call, *args) -> str:
    with pytest.raises(RowsError) as error:
        call(*args)
    return str(error.value)


# Formats ----------------------------------------------------------------------------


def test_importing_it_is_light():
    """Every start of Snakemake passes through here."""
    code = (
        "import sys, surveysem.intake.formats; "
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'pyreadstat') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        (b"$FL2@(#) SPSS DATA FILE", "sav"),
        (b"$FL3@(#) SPSS DATA FILE", "zsav"),
        (b"<stata_dta><header>", "dta"),
        (b"\x72\x02\x01\x00", "dta"),
        (b"PAR1\x15\x04", "parquet"),
        (b"id;q1\n", "csv"),
        # Columns that happen to be called as other formats begin.
        (b"PK,q1\n1,2\n", "csv"),
        (b"PAR1,PAR2\n1,2\n", "csv"),
        (b"PARENT,q1\n1,2\n", "csv"),
        (b"stress,q1\n", "csv"),
    ],
)
def test_a_format_shows_in_the_first_bytes(tmp_path, begins, kind):
    assert recognise(put(tmp_path, begins, "wave"), "wave")[0] == kind


@pytest.mark.parametrize(("name", "kind"), [("quirks.ods", "ods"), ("quirks.xls", "xls")])
def test_a_wrong_ending_is_seen_through_and_said(tmp_path, name, kind):
    path = put(tmp_path, (KEPT / name).read_bytes(), "wave.csv")
    assert recognise(path, "wave.csv") == (
        kind,
        f"{kind} (by its content, though the name ends in .csv)",
    )


def test_a_format_that_the_user_names_stands(tmp_path):
    path = put(tmp_path, b"<table>,q1\n1,2\n")
    assert recognise(path, "wave.csv", "tsv") == ("csv", "csv (set by format:)")
    words = message(recognise, path, "wave.csv", "xslx")
    assert "'xslx' is no format" in words
    assert "did you mean 'xlsx'?" in words
    assert all(kind in words for kind in FORMATS)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7 ", "is a PDF"),
        (b"\x1f\x8b\x08\x00", "is a compressed file"),
        (b"<html><table><tr><td>id</td></tr></table></html>", "is an HTML or XML page"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "is an HTML or XML page"),
        (zipped(**{"a.csv": b"id,q1\n"}), "a ZIP archive without a workbook (it holds a.csv)"),
        (zipped(word__document=b"", **{"[Content_Types].xml": b"wordprocessingml"}), "a ZIP"),
        (zipped(**{"[Content_Types].xml": b"ms-excel.sheet.binary.macro"}), "an XLSB workbook"),
        (zipped(**{"a.csv": b"id,q1\n"})[:30], "a damaged or cut-off XLSX"),
        ((KEPT / "quirks.xls").read_bytes()[:512], "an Office file without a workbook"),
        ((KEPT / "password.xlsx").read_bytes(), "encrypted by a password"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # bytes of a ZIP hold the time
)
def test_what_is_no_table_is_named(tmp_path, data, words):
    found = message(recognise, put(tmp_path, data, "wave.xlsx"), "data/wave.xlsx")
    assert found.startswith("data/wave.xlsx: ")
    assert words in found
    assert "hint: " in found


def test_a_missing_file_and_a_folder(tmp_path):
    put(tmp_path, b"x", "there.csv")
    words = message(recognise, tmp_path / "gone.csv", "gone.csv")
    assert "gone.csv: the file does not exist" in words
    assert "there.csv" in words
    assert message(recognise, tmp_path, "raw") == "raw: is a folder, not a file"


# Encodings --------------------------------------------------------------------------

CHINESE = "序号,城市,1、您对服务是否满意？\n1,北京,非常同意\n2,上海,不清楚\n"
FRENCH = "id,réponse\n1,Tout à fait d’accord\n2,où ? très déçu\n"


@pytest.mark.parametrize("text", [CHINESE, FRENCH, "id,q1\n1,2\n"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_unicode_is_found(tmp_path, text, encoding):
    if encoding == "utf-16-be":
        text = "\ufeff" + text
    path = put(tmp_path, text.encode(encoding))
    codec, words = encodings.of_file(path, "wave.csv")
    with open(path, encoding=codec) as handle:
        assert handle.read() == text.removeprefix("\ufeff")
    assert words.split()[0].startswith(encoding.removesuffix("-sig"))


@pytest.mark.parametrize("text", [CHINESE, "id,q1\n1,5\n"])
def test_utf_16_without_a_mark(tmp_path, text):
    for encoding in ("utf-16-le", "utf-16-be"):
        assert encodings.of_file(put(tmp_path, text.encode(encoding)), "w") == (encoding, encoding)


@pytest.mark.parametrize("text", [CHINESE, "id,姓名\n1,张\n"])
def test_chinese_before_unicode(tmp_path, text):
    path = put(tmp_path, text.encode("gb18030"))
    assert encodings.of_file(path, "wave.csv") == ("gb18030", "gb18030")


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@pytest.mark.parametrize("text", [FRENCH, "id;Größe\n1;weiß nicht\n", "id,q\n1,café\n"])
def test_single_bytes_are_assumed_and_said_to_be(tmp_path, text, encoding):
    codec, words = encodings.of_file(put(tmp_path, text.encode(encoding)), "wave.csv")
    assert text.encode(encoding).decode(codec) == text
    assert words.startswith(f"{codec} (assumed")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("번호,질문\n1,매우 동의합니다 그렇습니다\n2,모르겠습니다 아니요 보통입니다\n", "euc_kr"),
        ("번호,질문\n" + "일,매우동의합니다그렇습니다\n" * 5, "euc_kr"),
        ("番号,質問\n1,とても同意します\n2,わからない\n", "shift_jis"),
        ("番号,質問\n1,とても同意します\n2,わからない\n", "euc_jp"),
        ("id,問題\n1,非常同意這個說法\n2,不清楚\n", "big5"),
        ("id,вопрос\n1,полностью согласен\n2,не знаю\n", "cp1251"),
        ("id,вопрос\n1,полностью согласен\n2,не знаю\n", "koi8_r"),
    ],
)
def test_what_cannot_be_told_is_asked_for(tmp_path, text, encoding):
    path = put(tmp_path, text.encode(encoding))
    words = message(encodings.of_file, path, "wave.csv")
    assert "neither Chinese (GB18030) nor Western" in words
    assert "options: {encoding: ...}" in words
    codec, said = encodings.of_file(path, "wave.csv", encoding)
    assert text.encode(encoding).decode(codec) == text
    assert said == f"{encoding} (set in options)"


def test_damaged_unicode_is_not_taken_for_another_encoding(tmp_path):
    data = CHINESE.encode()
    words = message(encodings.of_file, put(tmp_path, data[:-2]), "wave.csv")
    assert "the file ends within a character" in words
    at = data.index("北".encode())
    words = message(encodings.of_file, put(tmp_path, data[:at] + b"\xff" + data[at:]), "wave.csv")
    assert f"byte {at} is not UTF-8, though the rest of the text is" in words
    words = message(encodings.of_file, put(tmp_path, b"\xff\xfea\x00\x00"), "wave.csv")
    assert "is not utf-16" in words


def test_an_encoding_that_does_not_exist_or_fit(tmp_path):
    path = put(tmp_path, CHINESE.encode("gb18030"))
    assert "did you mean 'gb18030'?" in message(encodings.of_file, path, "w", "gb1803")
    assert "'hex' is no encoding" in message(encodings.of_file, path, "w", "hex")
    assert "byte 0 is not utf-8" in message(encodings.of_file, path, "w", "utf-8")


# Delimiters -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("id,q1\n1,2\n", ","),
        ("id;q1\n1,5;2,5\n", ";"),
        ("id\tDo you agree, or not?\n1\tyes, no, maybe\n", "\t"),
        ("id|q1\n1|2\n", "|"),
        ('"a, b",q1\n"c;d;e",2\n', ","),
        ("id;a|b;c|d\n1;2;3\n", ";"),
        ("q1\n1\n2\n", ""),
        ("a,b,c\n1,2,3\n1,2\n3,4,5\n", ","),
    ],
)
def test_the_delimiter_that_gives_even_rows(sample, delimiter):
    assert delimited.likeliest(sample, True) == delimiter


def test_the_line_that_excel_reads(tmp_path):
    """`sep=;` names the delimiter and is no row."""
    for end in ("\n", "\r\n", "\r"):
        path = put(tmp_path, end.join(["sep=;", "id;q1", "1;a,b,c", ""]).encode())
        text = delimited.recognise(path, "wave.csv", {})
        assert text.findings[1] == ("delimiter", "semicolon (named by the line sep=)")
        names, at, blocks = delimited.header_and_rows(text, True)
        assert (names, at, list(blocks)) == (["id", "q1"], 1, [([2], [["1", "a,b,c"]])])


def test_a_delimiter_that_is_none(tmp_path):
    path = put(tmp_path, b"id,q1\n1,2\n")
    for wrong in ("", ",,", '"', "\n"):
        assert "is no delimiter" in message(delimited.recognise, path, "w", {"delimiter": wrong})
    refused = message(delimited.recognise, path, "w", {"delimiter": "tab"})
    assert "'tab' makes one column of the whole file" in refused
    path = put(tmp_path, b"id\tq1\n1\t2\n")
    assert delimited.recognise(path, "w", {"delimiter": "tab"}).delimiter == "\t"
