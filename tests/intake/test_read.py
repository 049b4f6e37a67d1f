"""Any tool's file as one table of texts, with every row accounted for."""

import csv
import datetime
import io
import itertools
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import ROOT
from surveysem.intake import export
from surveysem.intake.read import read_table
from surveysem.intake.rows import RowsError

KEPT = ROOT / "tests" / "reference" / "intake"
ODD = ["<b>非常同意</b>", "=SUM(A1:A9)", "@x", "1e5", "007", "NA", '5" screen', "a, b; c|d", "+1"]


def put(folder, data: bytes | str, name="wave.csv") -> str:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def table(folder, data, name="wave.csv", **options):
    return read_table(put(folder, data, name), "wave", None, options)


def cells(read) -> list[list[str]]:
    return read.cells.astype(str).to_numpy().tolist()


def names(read) -> list[str]:
    return [column.name for column in read.columns]


def message(call, *args, **more) -> str:
    with pytest.raises(RowsError) as error:
        call(*args, **more)
    return str(error.value)


def attempt(path, shown):
    """The table and no words, or none and the words of the one error allowed."""
    try:
        return read_table(path, shown), ""
    except RowsError as error:
        return None, str(error)


def workbook(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# The same table in every format -------------------------------------------------------

SAME = pd.DataFrame(
    {
        "id": ["007", "b", "同意", "d e", ""],
        "q1": [1.0, 2.0, np.nan, 5.0, 3.0],
        "share": [0.1, 2.5, 1e-05, np.nan, 1234567.125],
        "day": pd.to_datetime(["2024-03-01", "2024-02-29", None, "1999-12-31", "2024-03-01"]),
        "text": ["a, b", 'say "hi"', "", "二; 三|四\t五", "<i>x</i>"],
    }
)
TEXTS = [
    ["007", "1", "0.1", "2024-03-01", "a, b"],
    ["b", "2", "2.5", "2024-02-29", 'say "hi"'],
    ["同意", "", "1e-05", "", ""],
    ["d e", "5", "", "1999-12-31", "二; 三|四\t五"],
    ["", "3", "1234567.125", "2024-03-01", "<i>x</i>"],
]


def days() -> pd.DataFrame:
    """SAME with days rather than moments, which formats with a type for days can tell."""
    return SAME.assign(day=[None if pd.isna(d) else d.date() for d in SAME["day"]])


def as_csv(delimiter, encoding) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([list(SAME), *TEXTS])
    return stream.getvalue().encode(encoding)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
def test_csv_in_any_delimiter_and_encoding(tmp_path, delimiter, encoding):
    read = table(tmp_path, as_csv(delimiter, encoding))
    assert names(read) == list(SAME)
    assert cells(read) == TEXTS
    assert read.rows.tolist() == [2, 3, 4, 5, 6]
    assert [key for key, _ in read.findings] == ["format", "encoding", "delimiter"]


@pytest.mark.parametrize("kind", ["xlsx", "sav", "zsav", "dta", "parquet", "categories"])
def test_other_formats_give_the_same_cells(tmp_path, kind):
    path = tmp_path / f"wave.{kind}"
    if kind == "xlsx":
        days().to_excel(path, index=False)
    elif kind in ("sav", "zsav"):
        pyreadstat.write_sav(days(), path, compress=kind == "zsav")
    elif kind == "dta":
        pyreadstat.write_dta(days(), path, version=15)
    elif kind == "parquet":
        days().to_parquet(path)
    else:
        days().astype({"id": "category", "text": "category"}).to_parquet(path)
    read = read_table(path, "wave")
    assert names(read) == list(SAME)
    assert cells(read) == TEXTS
    assert read.findings[0] == ("format", "parquet" if kind == "categories" else kind)
    assert all(isinstance(read.cells[k].dtype, pd.CategoricalDtype) for k in read.cells)


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_older_and_open_workbooks(kind):
    """Made by LibreOffice: see generate.py beside them."""
    read = read_table(KEPT / f"quirks.{kind}", "wave")
    assert names(read) == ["id", "q1", "share", "day", "at", "sum", "问题", "took"]
    when = ["2024-03-01", "2024-03-01T12:30:05"]
    assert cells(read) == [
        ["007", "3", "0.1", *when, "4", "同意", "30:02:00"],
        ["008", "1234567890123", "2.5", *when, "0", "<b>a</b>", "30:02:00"],
    ]
    assert read.rows.tolist() == [2, 4]
    assert read.findings[1:] == (
        ("sheet", "'data' (not read: 'notes')"),
        ("blank rows", "1 left out"),
    )


# CSV --------------------------------------------------------------------------------


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    read = table(tmp_path, 'who,q1\n\na,1\n , \n"b\nc",2\n,,\n\nd,3\n')
    assert read.rows.tolist() == [3, 5, 8]
    assert cells(read) == [["a", "1"], ["b\nc", "2"], ["d", "3"]]
    assert ("blank rows", "4 left out") in read.findings


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(tmp_path, end):
    read = table(tmp_path, end.join(["who , q1,", '"a, b",1', f'"c{end}d",2,3', ""]))
    assert names(read) == ["who", "q1", ""]
    assert cells(read) == [["a, b", "1", ""], [f"c{end}d", "2", "3"]]


def test_every_cell_is_text_and_repeated_names_stay(tmp_path):
    read = table(tmp_path, "q1,q1,q2\n007,NA, 1e5 \n1.0,None,1e5\n")
    assert names(read) == ["q1", "q1", "q2"]
    assert cells(read) == [["007", "NA", "1e5"], ["1.0", "None", "1e5"]]
    assert read.cells[2].cat.categories.tolist() == ["1e5"]


def test_without_a_header_and_below_a_title(tmp_path):
    read = table(tmp_path, "a,1\nb,2\n", header=False)
    assert names(read) == ["column1", "column2"]
    assert read.rows.tolist() == [1, 2]
    assert read.findings[-1] == ("header", "none (set in options)")
    read = table(tmp_path, "A survey\n\nid,q1\na,1\n", header=3, delimiter=",")
    assert names(read) == ["id", "q1"]
    assert read.rows.tolist() == [4]
    assert read.findings[-1] == ("header", "row 3 (set in options), the 2 above left out")
    read = table(tmp_path, "\n\nid,q1\na,1\n")
    assert read.rows.tolist() == [4]
    assert read.findings[-1] == ("header", "row 3, the first that is not blank")
    assert "row 9 is blank or not there" in message(table, tmp_path, "id,q1\na,1\n", header=9)


def test_the_log_does_not_speak_of_names_that_are_not_there(tmp_path):
    path = put(tmp_path, "a,1\nb,2\n")
    said = dict(export.read(Path(path), "wave", {"options": {"header": False}}).findings)
    assert said["dialect"] == "plain: columns by their numbers"
    said = dict(export.read(Path(path), "wave", {}).findings)
    assert said["dialect"] == "plain: no survey tool's marks"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,q1\na,1\nb,2,3\nc\n", "wave, row 3: 3 cells, but the header has 2 columns"),
        ("id,q1\na,1\nb,2,3\nc\n", "1 more such row(s)"),
        ("id;q1\na;1\nb;2;3\n", "hold the delimiter (semicolon) between quotation marks"),
        ("id,q1\na,1\nb\n", "was the file cut off?"),
        ('id,q1\na,1\n"b,2\nc,3\n', "wave, row 3: a quotation mark opens a text here"),
        ('id,q1,q2\na,"1,2\nb,3,4\nc,5",6\nd,7,8\n', "wave, row 2: a quotation mark"),
        ('id;q1;q2\ra;"1;2\rb;3;4\rc;5";6\rd;7;8\r', "wave, row 2: a quotation mark"),
        ('id,q1\n"a"b,1\n', "wave, row 2: a quotation mark"),
        ("id,q1\na\0b,1\n", "byte 7 is NUL"),
        (f"id,q1\na,{'x' * 10_000_000}\n", "wave, row 2: a cell of more than 131,072 characters"),
        (f'id,q1\na,"{"x" * 10_000_000}\nb,1\n', "was a quotation mark not closed?"),
        (",".join(f"q{k}" for k in range(1_000_000)) + "\n", "1,000,000 columns"),
        ("\n \n\n", "the file is empty"),
        ("\ufeff", "the file is empty"),
    ],
)
def test_what_would_lose_rows_is_refused(tmp_path, text, words):
    assert words in message(table, tmp_path, text)


def test_options_are_checked(tmp_path):
    assert "did you mean 'delimiter'?" in message(table, tmp_path, "a,b\n", delimeter=";")
    assert "no option of a file in the format csv" in message(table, tmp_path, "a,b\n", sheet=1)
    for wrong in ("yes", 0, -1, 1.5):
        assert "neither a row's number nor" in message(table, tmp_path, "a,b\n", header=wrong)


def test_a_large_file_costs_little_memory(tmp_path):
    """The texts once, a byte a cell: far less than the rows as lists."""
    text = "id,city\n" + "".join(f"{k},city{k % 7}\n" for k in range(30_000))
    path = put(tmp_path, text)
    read_table(path, "warm up")
    tracemalloc.start()
    read = read_table(path, "wave")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.cells[1].array.codes.dtype == np.int8
    assert read.rows[-1] == 30_001
    assert peak < 12e6


# Workbooks ----------------------------------------------------------------------------


def test_cells_of_a_workbook(tmp_path):
    """Numbers, truths, times, and a formula that failed."""
    at = datetime.datetime(2024, 3, 1, 12, 30, 5)
    book = openpyxl.Workbook()
    book.active.append(["id", 2024, "b", "t", "long", "took", "err"])
    book.active.append(["007", 3, True, at, 12345678901, at.time(), "#REF!"])
    book.active["G2"].data_type = "e"
    book.active.append(["008", 0.30000000000000004, False, at.date(), 1e15, None, "#REF!"])
    read = table(tmp_path, saved(book), "wave.xlsx")
    assert names(read) == ["id", "2024", "b", "t", "long", "took", "err"]
    assert cells(read) == [
        ["007", "3", "TRUE", "2024-03-01T12:30:05", "12345678901", "12:30:05", "#REF!"],
        ["008", "0.3", "FALSE", "2024-03-01", "1000000000000000", "", "#REF!"],
    ]
    assert read.findings[-1] == ("formula errors", "2 kept as text, such as '#REF!'")


def test_formula_errors_in_other_workbooks():
    assert cells(read_table(KEPT / "failed.xls", "wave")) == [["a", "1", "#DIV/0!"]]
    assert "cells with formula errors" in message(read_table, KEPT / "failed.ods", "wave")


def test_formulas_that_nobody_calculated(tmp_path):
    """A program without a calculator stores formulas and no values."""
    words = message(table, tmp_path, workbook(["id", "q1"], ["a", "=1+1"]), "wave.xlsx")
    assert "wave: formulas without a calculated value" in words
    assert "LibreOffice" in words


def test_merged_cells_are_named(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(workbook(["id", "q", None], ["a", 1, 2])))
    book.active.merge_cells("B1:C1")
    words = message(table, tmp_path, saved(book), "wave.xlsx")
    assert "wave, sheet 'Sheet': merged cells B1:C1" in words
    assert "merged cells B1:C1" in message(read_table, KEPT / "merged.xls", "wave")
    assert "merged cells" in message(read_table, KEPT / "merged.ods", "wave")
    titled = openpyxl.load_workbook(
        io.BytesIO(workbook(["A survey", None], ["id", "q1"], ["a", 1], ["b", None]))
    )
    titled.active.merge_cells("A1:B1")
    assert "options: {header: 2}" in message(table, tmp_path, saved(titled), "wave.xlsx")
    assert cells(table(tmp_path, saved(titled), "wave.xlsx", header=2)) == [["a", "1"], ["b", ""]]
    titled.active.merge_cells("B3:B4")
    words = message(table, tmp_path, saved(titled), "wave.xlsx", header=2)
    assert "merged cells B3:B4" in words


def test_which_sheet(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "empty"
    hidden = book.create_sheet("hidden")
    hidden.append(["id", "q1"])
    hidden.sheet_state = "hidden"
    north = book.create_sheet("north")
    for row in (["id", "q1"], ["a", 1]):
        north.append(row)
    book.create_sheet("notes").append(["a note"])
    read = table(tmp_path, saved(book), "wave.xlsx")
    assert read.findings[1] == ("sheet", "'north' (not read: 'notes')")
    read = table(tmp_path, saved(book), "wave.xlsx", sheet=4)
    assert (names(read), read.findings[1][1]) == (["a note"], "'notes' (set in options)")
    assert cells(read) == []
    assert "the sheet 'empty' is empty" in message(
        table, tmp_path, saved(book), "wave.xlsx", sheet="empty"
    )
    words = message(table, tmp_path, saved(book), "wave.xlsx", sheet="nort")
    assert "did you mean 'north'?" in words
    south = book.create_sheet("south")
    for row in (["id", "q1"], ["b", 2]):
        south.append(row)
    words = message(table, tmp_path, saved(book), "wave.xlsx")
    assert "2 sheets have the same columns" in words
    assert "'north', 'south'" in words
    assert cells(table(tmp_path, saved(book), "wave.xlsx", sheet="south")) == [["b", "2"]]


def test_workbooks_that_cannot_be_read(tmp_path):
    book = openpyxl.Workbook()
    assert "no sheet has cells" in message(table, tmp_path, saved(book), "wave.xlsx")
    book.active["A1"] = "id"
    book.active.cell(1_048_576, 16_384).value = 1
    words = message(table, tmp_path, saved(book), "wave.xlsx")
    assert "cells from A1 to XFD1048576" in words
    words = message(table, tmp_path, workbook(["id"], ["a"])[:-300], "wave.xlsx")
    assert "damaged or cut-off" in words
    words = message(table, tmp_path, (KEPT / "quirks.xls").read_bytes()[:-3000], "wave.xls")
    assert words.startswith("wave: ")
    assert "Traceback" not in words


# Statistics files ---------------------------------------------------------------------


def test_spss_labels_and_missing_codes(tmp_path):
    frame = pd.DataFrame({"q1": [1.0, 9.0, 97.0, 98.5, np.nan], "s": ["x", "NA", "y", "z", "u"]})
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(
        frame,
        path,
        column_labels={"q1": "您是否满意？"},
        variable_value_labels={"q1": {1: "同意", 9: "Refused", 99: "Don't know"}},
        missing_ranges={"q1": [9, {"lo": 97, "hi": 99}], "s": ["NA"]},
    )
    read = read_table(path, "wave")
    q1, s = read.columns
    assert (q1.name, q1.label) == ("q1", "您是否满意？")
    assert q1.values == {"1": "同意", "9": "Refused", "99": "Don't know"}
    assert q1.missing == {
        "9": "Refused", "97": "user-missing", "98.5": "user-missing", "99": "Don't know",
    }  # fmt: skip
    assert s.missing == {"NA": "user-missing"}
    assert cells(read) == [["1", "x"], ["9", "NA"], ["97", "y"], ["98.5", "z"], ["", "u"]]
    assert read.rows.tolist() == [1, 2, 3, 4, 5]
    assert read.findings[1] == ("encoding", "utf-8")


def test_stata_tagged_missing_values_and_floats(tmp_path):
    frame = pd.DataFrame({"q1": [1.0, "a", "z", 2.5], "letter": ["a", "b", "", "c"]})
    path = tmp_path / "wave.dta"
    pyreadstat.write_dta(
        frame,
        path,
        column_labels={"q1": "Satisfied?"},
        variable_value_labels={"q1": {1: "yes", "a": "refused"}},
        missing_user_values={"q1": ["a", "z"]},
    )
    read = read_table(path, "wave")
    assert cells(read) == [["1", "a"], [".a", "b"], [".z", ""], ["2.5", "c"]]
    assert read.columns[0].values == {"1": "yes", ".a": "refused"}
    assert read.columns[0].missing == {".a": "refused", ".z": "user-missing"}
    assert read.columns[1].missing == {}
    pd.DataFrame({"x": np.array([0.1, 3], np.float32)}).to_stata(path, write_index=False)
    assert cells(read_table(path, "wave")) == [["0.1"], ["3"]]


def test_times_of_statistics_files(tmp_path):
    frame = pd.DataFrame(
        {
            "day": [datetime.date(2024, 3, 1), None, None],
            "at": [
                datetime.datetime(2024, 3, 1, 0, 0),
                datetime.datetime(2024, 3, 1, 1, 2, 3),
                None,
            ],
            "took": [datetime.time(1, 2, 3), None, None],
        }
    )
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(frame, path)
    read = read_table(path, "wave")
    assert cells(read) == [
        ["2024-03-01", "2024-03-01T00:00:00", "01:02:03"],
        ["", "2024-03-01T01:02:03", ""],
    ]
    assert read.rows.tolist() == [1, 2]
    assert read.findings[-1] == ("blank rows", "1 left out")


def recoded(data: bytes, texts, codec) -> bytes:
    """A file's texts in an older encoding, each padded to as many bytes as before."""
    for text in texts:
        new = text.encode(codec)
        data = data.replace(text.encode(), new + b" " * (len(text.encode()) - len(new)))
    return data


@pytest.mark.parametrize(
    ("texts", "codec"),
    [(["同意吗你们", "不清楚"], "gb18030"), (["très déçu", "plutôt ça va"], "cp1252")],
)
def test_old_statistics_files_in_an_encoding_that_they_do_not_tell(tmp_path, texts, codec):
    frame = pd.DataFrame({"s": texts, "x": [1.0, 2.0]})
    path = tmp_path / "wave.sav"
    labels = {"x": {1: texts[1]}}
    pyreadstat.write_sav(frame, path, column_labels={"x": texts[0]}, variable_value_labels=labels)
    read = table(tmp_path, recoded(path.read_bytes(), texts, codec), "wave.sav")
    assert cells(read) == [[texts[0], "1"], [texts[1], "2"]]
    assert (read.columns[1].label, read.columns[1].values) == (texts[0], {"1": texts[1]})
    assert read.findings[1][1].startswith(codec)
    pyreadstat.write_dta(frame, path, version=12)
    read = table(tmp_path, recoded(path.read_bytes(), texts, codec), "wave.dta")
    assert cells(read) == [[texts[0], "1"], [texts[1], "2"]]
    assert read.findings[1][1].startswith(codec)
    read = table(tmp_path, recoded(path.read_bytes(), texts, codec), "wave.dta", encoding=codec)
    assert read.findings[1] == ("encoding", f"{codec} (set in options)")


# Parquet --------------------------------------------------------------------------------


def test_types_of_parquet(tmp_path):
    at = datetime.datetime(2024, 3, 1, 12, 30, 5)
    columns = {
        "whole": pa.array([1, None], pa.int64()),
        "narrow": pa.array([0.1, 3], pa.float32()),
        "truth": pa.array([True, None]),
        "price": pa.array(["1.50", "2.00"]).cast(pa.decimal128(9, 2)),
        "coded": pa.array(["b", None]).dictionary_encode(),
        "large": pa.array(["x", " y "], pa.large_string()),
        "at": pa.array([at, None], pa.timestamp("us")),
        "zone": pa.array([at, None], pa.timestamp("ms", tz="UTC")),
        "chosen": pa.array([["a", "b"], None]),
    }
    path = tmp_path / "wave.parquet"
    pq.write_table(pa.table(columns), path)
    read = read_table(path, "wave")
    assert cells(read) == [
        ["1", "0.1", "TRUE", "1.5", "b", "x", "2024-03-01T12:30:05",
         "2024-03-01T12:30:05+00:00", '["a", "b"]'],
        ["", "3", "", "2", "", "y", "", "", ""],
    ]  # fmt: skip
    pq.write_table(pa.table({"at": pa.array([2**60], pa.timestamp("us"))}), path)
    assert "wave: not readable as parquet" in message(read_table, path, "wave")
    pq.write_table(pa.table({"blob": pa.array([b"\xff"])}), path)
    assert "wave, column blob: holds bytes" in message(read_table, path, "wave")


def test_the_index_that_pandas_writes(tmp_path):
    path = tmp_path / "wave.parquet"
    frame = pd.DataFrame({"q1": [1, 2, 3]}, index=[5, 7, 9])
    frame.to_parquet(path)
    read = read_table(path, "wave")
    assert names(read) == ["q1"]
    assert read.findings[1][0] == "index"
    frame.rename_axis("id").to_parquet(path)
    assert names(read_table(path, "wave")) == ["q1", "id"]


# Whatever comes -------------------------------------------------------------------------

CELL = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    st.text(st.sampled_from('ab1"\n,;|\t 同'), max_size=8),
)
MUTATED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@MUTATED
@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_what_csv_writes_comes_back(tmp_path, rows, delimiter, encoding):
    """Every row that has text, in order and with its number, or one error."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([["id", "问题", "q1"], *rows])
    read, words = attempt(put(tmp_path, stream.getvalue().encode(encoding)), "wave")
    if read is None:
        # Texts that hold whole rows, or rare characters that are not known to be Chinese.
        assert "quotation mark" in words or encoding == "gb18030"
        return
    if dict(read.findings)["encoding"] in (encoding, "utf-8 with byte-order mark") or (
        encoding == "utf-16"
    ):
        stripped = [[cell.strip() for cell in row] for row in rows]
        assert cells(read) == [row for row in stripped if any(row)]
        assert read.rows.tolist() == [k for k, row in enumerate(stripped, 2) if any(row)]


def samples() -> dict[str, bytes]:
    """A small file in each format."""
    frame = days().rename(columns={"text": "t"})
    made = {"csv": as_csv(",", "utf-8"), "tsv": as_csv("\t", "utf-16")}
    made |= {"gb.csv": as_csv(";", "gb18030"), "xls": (KEPT / "quirks.xls").read_bytes()}
    made |= {"ods": (KEPT / "quirks.ods").read_bytes()}
    stream = io.BytesIO()
    frame.to_excel(stream, index=False)
    made["xlsx"] = stream.getvalue()
    stream = io.BytesIO()
    frame.to_parquet(stream)
    made["parquet"] = stream.getvalue()
    return made


SAMPLES = samples()


def mutate(data: bytes, kind: str, at: float, junk: bytes) -> bytes:
    place = int(at * len(data))
    if kind == "cut":
        return data[:place]
    if kind == "insert":
        return data[:place] + junk + data[place:]
    if kind == "overwrite":
        return data[:place] + junk + data[place + len(junk) :]
    return data[:place] + data[place + len(junk) :]


@MUTATED
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.sampled_from(["cut", "insert", "overwrite", "remove"]),
    st.floats(0, 1),
    st.binary(min_size=1, max_size=30),
)
def test_damaged_files_give_one_error_or_a_whole_table(tmp_path, name, kind, at, junk):
    """Never another exception; and a table has as many cells as rows and columns say."""
    path = put(tmp_path, mutate(SAMPLES[name], kind, at, junk), f"wave.{name}")
    read, words = attempt(path, "data/raw/wave")
    if read is None:
        assert words.startswith("data/raw/wave")
        assert "Traceback" not in words
        return
    assert read.cells.shape == (len(read.rows), len(read.columns))
    assert not read.cells.isna().any(axis=None)
    assert all(a < b for a, b in itertools.pairwise(read.rows))


@pytest.mark.parametrize("kind", ["sav", "zsav", "dta"])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999])
def test_statistics_files_that_are_cut_off(tmp_path, kind, share):
    path = tmp_path / f"wave.{kind}"
    if kind == "dta":
        pyreadstat.write_dta(days(), path)
    else:
        pyreadstat.write_sav(days(), path, compress=kind == "zsav")
    data = path.read_bytes()
    read, _ = attempt(put(tmp_path, data[: int(share * len(data))], f"cut.{kind}"), "wave")
    assert read is None or cells(read) == TEXTS


@MUTATED
@given(st.binary(max_size=300))
def test_random_bytes(tmp_path, data):
    read, _ = attempt(put(tmp_path, data), "wave")
    assert read is None or read.cells.shape == (len(read.rows), len(read.columns))


def test_a_workbook_in_a_csv_reader_and_the_reverse(tmp_path):
    """A format that the user names wrongly is one error too."""
    book = put(tmp_path, workbook(["id", "q1"], ["a", 1]), "wave.xlsx")
    text = put(tmp_path, "id,q1\na,1\n")
    for kind in ("csv", "xls", "ods", "sav", "zsav", "dta", "parquet"):
        assert message(read_table, book, "wave", kind).startswith("wave")
    for kind in ("xlsx", "xls", "ods", "sav", "zsav", "dta", "parquet"):
        assert message(read_table, text, "wave", kind).startswith("wave")
    with zipfile.ZipFile(io.BytesIO(workbook(["id"]))) as archive:
        assert "xl/workbook.xml" in archive.namelist()


@pytest.mark.parametrize(
    ("first", "refused"),
    [("r1,a,3,2,3,1", True), ("1,0,1,1,0", True), ("2.5,2.5,x", True),
     ("0,1,2,3,4", False), ("id,1,2,3", False), ("q1,q1,3", False)],
)  # fmt: skip
def test_a_first_row_of_answers_is_no_header(tmp_path, first, refused):
    """Taken for names it would be lost; numbered columns are names, and who says so is right."""
    path = tmp_path / "w.csv"
    path.write_text(f"{first}\n{first}\n")
    if refused:
        with pytest.raises(RowsError, match="looks like answers"):
            read_table(path, "w.csv")
    else:
        assert len(read_table(path, "w.csv").rows) == 1
    assert len(read_table(path, "w.csv", None, {"header": 1}).rows) == 1
    assert len(read_table(path, "w.csv", None, {"header": False}).rows) == 2
