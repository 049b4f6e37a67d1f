"""What users, tools and disks do to files: a correct import or one clear error, every time.

Never another exception, never a row that is dropped unsaid. Statistics files are read in a child,
as the pipeline's first look does: their library may crash, which test_apart.py looks at.
"""

import csv
import datetime
import io
import json
import os
import traceback
import zipfile

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
from surveysem.intake.cells import cell_text
from surveysem.intake.read import read_table
from surveysem.intake.rows import RowsError

KEPT = ROOT / "tests" / "reference" / "intake"
NAME = "data/raw/wave"
MUTATED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
TEXTS = ["<b>非常同意</b>", "=SUM(A1:A9)", "=1+1", "+1", "-5", "@x", "'=2", "1e5", "007", "１２３",
         "1,5", "80%", "NA", "#REF!", "TRUE", "a\nb", 'say "so"', "<script>x</script>", "😀",
         "非常贊同", "\u00a0x\u00a0", "2024-01-02"]  # fmt: skip
MIXED = st.one_of(
    st.sampled_from(TEXTS),
    st.none(),
    st.booleans(),
    st.integers(-99, 10**6),
    st.sampled_from([0.5, 3.0, -9.0, 1e-7]),
    st.dates(datetime.date(1990, 1, 1), datetime.date(2030, 1, 1)),
)
HEADERS = st.lists(st.sampled_from(["id", "q1", "q1", "问题", "", "<i>q2</i>", "=q3"]),
                   min_size=3, max_size=3)  # fmt: skip
TABLES = st.lists(st.lists(MIXED, min_size=3, max_size=3), max_size=6)


def read(path, **options):
    """The table, or the words of the one error that is allowed."""
    try:
        return read_table(path, NAME, None, options)
    except RowsError as error:
        words = str(error)
    assert words.startswith(NAME)
    return words


def sound(table) -> None:
    """As many cells as rows and columns say, none of them missing, rows in order."""
    assert table.cells.shape == (len(table.rows), len(table.columns))
    assert not table.cells.isna().any(axis=None)
    assert (np.diff(table.rows) > 0).all()


def expected(rows) -> dict[int, list[str]]:
    """Texts of the rows that have any, by number (the header is row 1)."""
    texts = {k: [cell_text(cell) for cell in row] for k, row in enumerate(rows, 2)}
    return {k: row for k, row in texts.items() if any(row)}


def same(table, rows) -> None:
    wanted = expected(rows)
    assert table.rows.tolist() == list(wanted)
    assert table.cells.astype(str).to_numpy().tolist() == list(wanted.values())


def book_of(header, rows) -> openpyxl.Workbook:
    """A workbook whose texts are texts, whatever they begin with."""
    book = openpyxl.Workbook()
    for k, row in enumerate([header, *rows], 1):
        for j, value in enumerate(row, 1):
            cell = book.active.cell(k, j)
            if isinstance(value, str):
                cell.value, cell.data_type = value, "s"
            else:
                cell.value = value
    return book


@settings(MUTATED, max_examples=30)
@given(HEADERS, TABLES)
def test_workbooks_with_anything_in_their_cells(tmp_path, header, rows):
    """Mixed types, HTML and formulas as texts, repeated and empty names."""
    path = tmp_path / "wave.xlsx"
    book_of(header, rows).save(path)
    table = read(path)
    if not any(header):  # then the first filled row is the header, or nothing is there
        return
    filled = max((k for k, row in enumerate(zip(header, *rows, strict=True)) if any(
        cell_text(cell) for cell in row)), default=-1) + 1  # fmt: skip
    assert not isinstance(table, str), table
    sound(table)
    assert [column.name for column in table.columns] == header[:filled]
    same(table, [row[:filled] for row in rows])


@settings(MUTATED, max_examples=20)
@given(TABLES, st.tuples(*[st.integers(1, 4)] * 4), st.booleans())
def test_merged_cells_are_refused_wherever_they_hide_something(tmp_path, rows, corners, formula):
    """From the header on, merged cells are one error that names them; so are formulas that
    nobody calculated."""
    path = tmp_path / "wave.xlsx"
    book = book_of(["id", "q1", "q2"], rows)
    if formula:
        book.active["B2"] = "=1+1"
    top, bottom = sorted(corners[:2])
    left, right = sorted(corners[2:])
    book.active.merge_cells(start_row=top, end_row=bottom, start_column=left, end_column=right)
    book.save(path)
    table = read(path)
    kept = book.active["B2"].data_type == "f"  # merging empties cells
    if kept:
        assert "formulas without a calculated value, such as cell B2" in table
    elif (top, left) != (bottom, right):
        assert "merged cells" in table
    else:
        assert not isinstance(table, str)
        sound(table)


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "big5", "cp1252", "utf-32"]


@settings(MUTATED, max_examples=30)
@given(HEADERS, st.lists(st.lists(st.sampled_from(TEXTS), min_size=3, max_size=3), max_size=6),
       st.sampled_from(ENCODINGS), st.floats(0, 1))  # fmt: skip
def test_texts_in_any_encoding_cut_off_anywhere(tmp_path, header, rows, encoding, at):
    """No row is lost but those behind the cut, and the last is whole or refused."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([header, *rows])
    data = stream.getvalue().encode(encoding, errors="replace")
    cut = data[: int(at * len(data))] if at < 0.7 else data
    path = tmp_path / "wave.csv"
    path.write_bytes(cut)
    table = read(path)
    if isinstance(table, str):
        return
    sound(table)
    said = dict(table.findings)["encoding"].split()[0]
    text = cut.decode("utf-16" if encoding == "utf-16" else said, errors="replace")
    lines = [row for row in csv.reader(io.StringIO(text, newline="")) if any(map(str.strip, row))]
    assert len(table.rows) == max(len(lines) - 1, 0)


def in_child(path) -> str:
    """How reading ends in a child: 'table', 'message', 'crash', or a traceback."""
    out, back = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a panic writes there
        try:
            table = read(path)
            if not isinstance(table, str):
                sound(table)
            end = "message" if isinstance(table, str) else "table"
        except BaseException:
            end = traceback.format_exc()
        os.write(back, json.dumps(end).encode())
        os._exit(0)
    os.close(back)
    with os.fdopen(out, "rb") as handle:
        said = handle.read()
    _, status = os.waitpid(pid, 0)
    return "crash" if os.WIFSIGNALED(status) else json.loads(said)


FRAME = pd.DataFrame(
    {
        "id": ["007", "b", "同意", "d e", ""] * 4,
        "q1": [1.0, 2.0, np.nan, 5.0, 3.0] * 4,
        "day": [datetime.date(2024, 3, 1)] * 20,
        "took": [datetime.time(1, 2, 3)] * 20,
        "text": ["x" * 300, 'say "hi"', "", "二; 三", "<i>x</i>"] * 4,
    }
)
LABELS = {
    "column_labels": {"q1": "您是否满意？"},
    "variable_value_labels": {"q1": {1: "同意", 5: "c"}},
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> dict[str, bytes]:
    """A file of each format that compiled libraries read."""
    folder = tmp_path_factory.mktemp("samples")
    pyreadstat.write_sav(FRAME, folder / "sav", missing_ranges={"q1": [5]}, **LABELS)
    pyreadstat.write_sav(FRAME, folder / "zsav", compress=True, **LABELS)
    pyreadstat.write_dta(FRAME, folder / "dta", version=15, **LABELS)
    FRAME.drop(columns="took").to_parquet(folder / "parquet")
    book_of(list(FRAME), FRAME.to_numpy().tolist()).save(folder / "xlsx.xlsx")
    made = {kind: (folder / kind).read_bytes() for kind in ("sav", "zsav", "dta", "parquet")}
    made |= {kind: (KEPT / f"quirks.{kind}").read_bytes() for kind in ("xls", "ods")}
    return made | {"xlsx": (folder / "xlsx.xlsx").read_bytes()}


def within(data: bytes, member: int, change) -> bytes:
    """A workbook with one of its parts changed and a sound archive around it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        for k, name in enumerate(names):
            part = old.read(name)
            new.writestr(name, change(part) if k == member % len(names) else part)
    return out.getvalue()


@settings(MUTATED, max_examples=100)
@given(
    st.sampled_from(["sav", "zsav", "dta", "parquet", "xls", "ods", "xlsx"]),
    st.sampled_from(["cut", "insert", "overwrite", "remove", "far"]),
    st.floats(0, 1),
    st.booleans(),
    st.binary(min_size=1, max_size=12),
    st.integers(0, 30),
)
def test_damage_anywhere_in_a_file(tmp_path, samples, kind, how, at, early, junk, member):
    """In the header as in the rows, in the archive as in its parts."""

    def change(data: bytes) -> bytes:
        place = int(at * min(len(data), 2000 if early else len(data)))
        if how == "cut":
            return data[:place]
        if how == "insert":
            return data[:place] + junk + data[place:]
        if how == "overwrite":
            return data[:place] + junk + data[place + len(junk) :]
        if how == "far":  # a number that is much too large
            return data[:place] + b"\xff\xff\xff\x7f" + data[place + 4 :]
        return data[:place] + data[place + len(junk) :]

    data = samples[kind]
    inside = kind in ("ods", "xlsx") and member % 2
    path = tmp_path / f"wave.{kind}"
    path.write_bytes(within(data, member // 2, change) if inside else change(data))
    assert in_child(path) in ("table", "message", "crash")


# Sizes and shapes, one by one ----------------------------------------------------------


def test_cells_of_ten_megabytes(tmp_path):
    """A text of that length in one cell: read where the format holds it, else one error."""
    long = "长<b>" * 2_500_000
    path = tmp_path / "wave.parquet"
    pq.write_table(pa.table({"id": ["a", "b"], "text": [long, "x"]}), path)
    table = read(path)
    assert table.cells[1].tolist() == [long, "x"]
    path = tmp_path / "wave.csv"
    path.write_text(f"id,text\na,{long}\nb,x\n", encoding="utf-8")
    assert "row 2: a cell of more than 131,072 characters" in read(path)


@pytest.mark.parametrize("kind", ["csv", "parquet", "sav"])
def test_more_columns_than_a_survey_has(tmp_path, kind):
    path = tmp_path / f"wave.{kind}"
    names = [f"q{k}" for k in range(20_000)]
    if kind == "csv":
        path.write_text(",".join(names) + "\n" + ",".join("1" * 20_000) + "\n")
    elif kind == "parquet":
        pq.write_table(pa.table({name: [1] for name in names}), path)
    else:
        pyreadstat.write_sav(pd.DataFrame(np.ones((1, 20_000)), columns=names), path)
    assert "20,000 columns" in read(path)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "xls", "ods", "sav", "zsav", "dta", "parquet"])
def test_no_bytes_spaces_and_archives_of_something_else(tmp_path, ending):
    path = tmp_path / f"wave.{ending}"
    path.write_bytes(b"")
    assert "the file is empty" in read(path)
    path.write_bytes(b" \r\n\t\r\n")
    assert "the file is empty" in read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("answers.csv", "id,q1\na,1\n")
    assert "is a ZIP archive without a workbook (it holds answers.csv)" in read(path)
