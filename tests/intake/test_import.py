"""A wave's file as a typed table: every row and every answer accounted for."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveysem.errors import SurveySemError
from surveysem.intake.codes import AnswerError
from surveysem.intake.raw import Column, RawTable
from surveysem.intake.read import read_table
from surveysem.intake.wave import LOG_COLUMNS, hash_id, import_wave

AGREE = {"codes": [1, 2, 3, 4, 5], "labels": {"agree": 4, "同意": 4}, "groups": [], "forms": []}
ITEMS = {
    "q1": AGREE,
    "q2": {**AGREE, "groups": ["north"]},
    "q3": {**AGREE, "forms": ["full"]},
}
COLUMNS = {
    "id": "who", "group": "side", "project": None, "cluster": "town", "weight": "w",
    "duration": "secs", "form": "form",
}  # fmt: skip
ROW = {"who": "p1", "side": "north", "town": "t", "w": "", "secs": "", "form": "full",
       "q1": "1", "q2": "2", "q3": "3"}  # fmt: skip


def raw(*rows, first=2, columns=None) -> RawTable:
    """Rows (changes to ROW) as a reader gives them. columns: more of a column than its name."""
    frame = pd.DataFrame([{**ROW, **row} for row in rows], dtype=str)
    frame = frame.apply(lambda cells: cells.str.strip().astype("category"))
    known = tuple((columns or {}).get(name, Column(name)) for name in frame)
    frame.columns = range(frame.shape[1])
    return RawTable("data/raw/t1.csv", known, frame, np.arange(first, first + len(frame)))


def imported(*rows, table=None, roles=COLUMNS, file="data/raw/t1.csv", **changes):
    """Table and log of some rows."""
    table = raw(*rows) if table is None else table
    at = {column.name: k for k, column in enumerate(table.columns)}
    matched = {role: [at[column]] for role, column in roles.items() if column in at}
    matched |= {name: [at[name]] for name in ITEMS if name in at}
    source = {"file": file, "columns": matched, "fixed": {}, "only": True,
              "how": dict.fromkeys(matched, "name")}  # fmt: skip
    settings = {
        "wave": "t1", "sources": [source], "items": ITEMS, "extra": [], "absent": [],
        "reworded": [], "changed": [], "grouped": True, "groups": {},
        "on_invalid": "missing", "missing": [-9, "Don't know"], "key": "a key",
    }  # fmt: skip
    typed, log, _ = import_wave([table], **{**settings, **changes})
    return typed, log


def events(log, column, event):
    """Entries of the log as (row, value, count)."""
    part = log[(log["column"] == column) & (log["event"] == event)]
    return list(part[["row", "value", "count"]].itertuples(index=False, name=None))


# The file ---------------------------------------------------------------------------


def read(path):
    return read_table(path, str(path))


def texts(table, name):
    at = [column.name for column in table.columns].index(name)
    return table.cells[at].tolist()


def written(folder, text, encoding="utf-8"):
    path = folder / "wave.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    """The header is row 1; blank rows count and are left out; a line break in a cell is none."""
    text = 'who,q1\n\na,1\n , \n"b\nc",2\n,,\n\nd,3\n'
    frame = read(written(tmp_path, text))
    assert frame.rows.tolist() == [3, 5, 8]
    assert texts(frame, "who") == ["a", "b\nc", "d"]
    assert texts(frame, "q1") == ["1", "2", "3"]


def test_the_files_dialect(tmp_path):
    """Byte-order mark, spaces around names, quoted commas, CRLF, unnamed columns at the end."""
    text = '\ufeffwho , q1,\r\n"a, b",1\r\nc,2,3\r\n'
    frame = read(written(tmp_path, text))
    assert [column.name for column in frame.columns] == ["who", "q1", ""]
    assert frame.cells.to_numpy().tolist() == [["a, b", "1", ""], ["c", "2", "3"]]


def test_every_cell_is_text(tmp_path):
    """'NA', '1e5' and '007' are what the respondent or the tool wrote."""
    frame = read(written(tmp_path, "who,q1\n007,NA\n1e5,None\n"))
    assert frame.cells.to_numpy().tolist() == [["007", "NA"], ["1e5", "None"]]


UNMATCHED = {
    "to the end of the file": ('who,q1,q2\na,1,2\nb,"1,2\nc,1,2\n', 3),
    "to the next quotation mark": ('who,q1,q2\na,"1,2\nb,1,"x, y"\nc,1,2\n', 2),
    "to one in the same column": ('who,q1,q2\na,1,2\nb,"1,2\nc,1,2\nd,1",2\n', 3),
    "to one in the last column": ('who,q1,q2\na,1,"2\nb,1,2"\nc,1,2\n', 2),
    "to one in another column": ('who,q1,q2\na,"1,2\nb",1,2\nc,1,2\n', 2),
    "in the header": ('who,"q1,q2\na,1,2\n', 1),
    "beyond the reader's limit": ('who,q1,q2\na,"1,2\n' + "b,1,2\n" * 30_000, 2),
}


@pytest.mark.parametrize("case", UNMATCHED)
def test_a_quotation_mark_that_swallows_rows_is_refused(tmp_path, case):
    text, row = UNMATCHED[case]
    path = written(tmp_path, text)
    with pytest.raises(SurveySemError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}, row {row}: ")
    assert re.search("a quotation mark (opens a text here|not closed)", str(refused.value))


def test_a_row_of_several_lines_with_too_many_cells_points_to_its_quotation_marks(tmp_path):
    with pytest.raises(SurveySemError, match="row 2: 4 cells") as refused:
        read(written(tmp_path, 'who,q1,q2\na,"x\ny",1,2\nc,1,2\n'))
    assert "does a quotation mark in this row belong there?" in str(refused.value)


def test_answers_of_several_lines_are_no_swallowed_rows(tmp_path):
    """Commas, quotation marks written twice and line breaks within a text are the text's."""
    written_texts = ["so\nand, well, so", 'He said "no"\r\nthen yes', "1\n2,3", "a\n\nb"]
    path = tmp_path / "wave.csv"
    with open(path, "w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(
            [["who", "q1", "note"], *(["p", "1", t] for t in written_texts)]
        )
    assert texts(read(path), "note") == written_texts


@pytest.mark.parametrize(("row", "cells"), [("b,1", 2), ("b,1,2,", 4)])
def test_a_row_with_another_number_of_cells_is_refused(tmp_path, row, cells):
    path = written(tmp_path, f"who,q1,q2\na,1,2\n\n,,\n{row}\n{row}\n")
    with pytest.raises(SurveySemError) as refused:
        read(path)
    assert f"row 5: {cells} cells, but the header has 3 columns" in str(refused.value)
    assert "1 more such row(s)" in str(refused.value)


# The table --------------------------------------------------------------------------


def test_the_typed_table():
    table, _ = imported({"w": " 1.5", "secs": "300"}, {"who": "p2", "side": " south "})
    assert table.columns.tolist() == [
        "file", "row", "respondent", "group", "project", "cluster", "form", "weight", "duration",
        "started", "submitted", "finished", "language", "q1", "q2", "q3",
    ]  # fmt: skip
    assert table["row"].tolist() == [2, 3]
    assert table["group"].tolist() == ["north", "south"]
    assert table["project"].tolist() == ["", ""]
    assert table["cluster"].tolist() == ["t", "t"]
    np.testing.assert_array_equal(table["weight"], [1.5, np.nan])
    np.testing.assert_array_equal(table["duration"], [300, np.nan])
    assert table["q1"].dtype == float


def test_a_study_without_groups_is_one_group():
    table, _ = imported({}, roles={**COLUMNS, "group": None}, items={"q1": AGREE}, grouped=False)
    assert table["group"].tolist() == ["all"]


def test_an_item_that_the_wave_did_not_ask():
    table, log = imported({}, {"who": "p2"}, absent=["q3"])
    assert table["q3"].isna().all()
    assert log[log["column"] == "q3"][["event", "count"]].to_numpy().tolist() == [
        ["not_in_wave", 2]
    ]


def test_columns_that_nothing_uses_are_listed():
    more = {"score": "9", "note": ""}
    _, log = imported(more, {"who": "p2", **more})
    dropped = log[log["event"] == "column_dropped"]
    assert dropped["column"].tolist() == ["score", "note"]
    assert dropped["count"].tolist() == [2, 2]


# Answers ----------------------------------------------------------------------------


def test_answers_become_codes_and_are_counted():
    rows = [{"q1": v} for v in ("4", "4.0", "同意", "AGREE", "", "-9", "don't know", "0")]
    table, log = imported(*rows)
    np.testing.assert_array_equal(table["q1"], [4, 4, 4, 4, *[np.nan] * 4])
    assert events(log, "q1", "answered") == [("", "", 4)]
    assert events(log, "q1", "unanswered") == [("", "", 1)]
    assert events(log, "q1", "declared_missing") == [("", "-9", 1), ("", "don't know", 1)]
    assert events(log, "q1", "invalid") == [(9, "0", 1)]


def test_an_invalid_answer_stops_the_run_in_words():
    """The message names file, row, column and value, what is allowed, and what to do."""
    with pytest.raises(AnswerError) as refused:
        imported({}, {"q1": "７"}, {"q1": "8"}, {"q1": "x"}, on_invalid="error")
    lines = str(refused.value).splitlines()
    assert lines[0] == "data/raw/t1.csv, row 3, column q1: '７' is not an answer to this item"
    assert lines[1] == "  allowed: 1, 2, 3, 4, 5, agree, 同意"
    assert "intake.missing_codes" in lines[2]
    assert "intake.on_invalid" in lines[2]
    assert lines[3] == "  2 more in this column, also '8', 'x'"


def test_all_columns_with_wrong_values_are_listed_at_once():
    with pytest.raises(AnswerError) as refused:
        imported({"q1": "7", "q3": "x", "w": "?", "secs": "soon"}, on_invalid="error")
    assert [problem.splitlines()[0].partition("column ")[2] for problem in refused.value.problems] == [
        "w: '?' is not a weight", "secs: 'soon' is not a duration",
        "q1: '7' is not an answer to this item", "q3: 'x' is not an answer to this item",
    ]  # fmt: skip


def test_one_invalid_answer_has_no_more():
    with pytest.raises(AnswerError) as refused:
        imported({"q1": "7"}, on_invalid="error")
    assert "more in this column" not in str(refused.value)


def test_each_invalid_answer_is_logged_with_its_row():
    table, log = imported({"q1": "7"}, {}, {"q1": "y" * 50}, {"q1": "7"})
    assert events(log, "q1", "invalid") == [(2, "7", 1), (4, "y" * 40, 1), (5, "7", 1)]
    np.testing.assert_array_equal(table["q1"], [np.nan, 1, np.nan, np.nan])


def test_the_reasons_say_what_stood_where_an_answer_is_missing():
    table = raw({"q1": "-9"}, {"q1": "77"}, {"q1": ""}, {"side": "south", "q2": "-9"})
    at = {column.name: [k] for k, column in enumerate(table.columns)}
    source = {"file": "f.csv", "columns": {"group": at["side"], "q1": at["q1"], "q2": at["q2"]},
              "fixed": {}, "only": True, "how": {}}  # fmt: skip
    _, _, reasons = import_wave(
        [table], wave="t1", sources=[source], items={k: ITEMS[k] for k in ("q1", "q2")}, extra=[],
        absent=[], reworded=[], changed=[], grouped=True, groups={}, on_invalid="missing",
        missing=[-9], key="a key",
    )  # fmt: skip
    assert reasons.to_numpy().tolist() == [
        ["f.csv", 2, "q1", "declared_missing", "-9"],
        ["f.csv", 3, "q1", "invalid", "77"],
    ]


def test_what_a_group_was_not_asked_is_no_answer():
    """Absent by design, whatever stands in the cell; an impossible answer there stops nothing."""
    table, log = imported(
        {"side": "south", "q2": "5"},
        {"side": "south", "q2": ""},
        {"side": "south", "q2": "77"},
        {},
        on_invalid="error",
    )
    np.testing.assert_array_equal(table["q2"], [np.nan, np.nan, np.nan, 2])
    assert events(log, "q2", "not_asked") == [("", "", 3)]
    assert events(log, "q2", "answered_not_asked") == [(2, "5", 1), (4, "77", 1)]
    assert events(log, "q2", "answered") == [("", "", 1)]
    assert events(log, "q2", "invalid") == []


def test_what_a_form_did_not_hold_is_no_answer():
    table, log = imported({"form": "short", "q3": "5"}, {"form": "full"}, {"form": ""})
    np.testing.assert_array_equal(table["q3"], [np.nan, 3, 3])
    assert events(log, "q3", "not_asked") == [("", "", 1)]
    assert events(log, "q3", "answered_not_asked") == [(2, "5", 1)]


def test_a_respondent_of_unknown_group_counts_as_asked():
    table, log = imported({"side": " ", "q2": "5"})
    assert table["q2"].tolist() == [5]
    assert events(log, "q2", "not_asked") == [("", "", 0)]


def test_a_missing_code_where_nothing_was_asked_is_no_answer():
    """Survey tools write such a code into the cells of items that they did not show."""
    _, log = imported({"side": "south", "q2": "-9"}, {"side": "south", "q2": "Don't know"})
    assert events(log, "q2", "answered_not_asked") == []
    assert events(log, "q2", "not_asked") == [("", "", 2)]


# Respondents ------------------------------------------------------------------------


def test_ids_are_hashed_and_the_same_in_every_wave():
    first, _ = imported({"who": "p1"}, {"who": "p2"})
    second, _ = imported({"who": "p2"}, {"who": " p1 "}, wave="t2", file="data/raw/t2.csv")
    assert first["respondent"].tolist() == second["respondent"].tolist()[::-1]
    assert first["respondent"].nunique() == 2
    assert first["respondent"].str.fullmatch("[0-9a-f]{12}").all()


def test_the_key_makes_the_hash():
    assert hash_id("p1", "a key") == hash_id("p1", "a key")
    assert hash_id("p1", "a key") != hash_id("p1", "another key")
    assert hash_id("p1", "a key") != hash_id("p2", "a key")


def test_rows_without_an_id_are_told_apart_by_wave_and_row():
    first, _ = imported({"who": ""}, {"who": " "})
    second, _ = imported({"who": ""}, {"who": ""}, wave="t2")
    assert pd.concat([first, second])["respondent"].nunique() == 4
    again, _ = imported({"who": ""}, {"who": ""})
    assert again["respondent"].tolist() == first["respondent"].tolist()


def test_a_study_without_ids_numbers_its_rows():
    table, _ = imported({"who": "p1"}, {"who": "p1"}, roles={**COLUMNS, "id": None})
    assert table["respondent"].nunique() == 2


ALLOWED = {
    "weight": "a number that is not negative",
    "duration": "seconds, or another form of a duration such as 3:20 or 3分20秒",
}


@pytest.mark.parametrize("role", ["weight", "duration"])
@pytest.mark.parametrize("value", ["-1", "x", "1,5", "nan", "inf", "1e999"])
def test_a_bad_weight_or_duration_is_refused_in_words(role, value):
    with pytest.raises(SurveySemError) as refused:
        imported({}, {COLUMNS[role]: value})
    lines = str(refused.value).splitlines()
    assert lines[0] == (
        f"data/raw/t1.csv, row 3, column {COLUMNS[role]}: '{value}' is not a {role}"
    )
    assert lines[1] == f"  allowed: {ALLOWED[role]}"


@pytest.mark.parametrize(("role", "value"), [("weight", "0"), ("duration", "0.0")])
def test_zero_is_a_number(role, value):
    table, _ = imported({COLUMNS[role]: value})
    assert table[role].tolist() == [0]


# Nothing is lost ----------------------------------------------------------------------

CELLS = st.sampled_from(["", " ", "1", "5.0", "４", "agree", "-9", "77", "no"])
LINES = st.one_of(
    st.none(),  # a blank row
    st.tuples(
        st.sampled_from(["", "p1", "p2", "p3"]),
        st.sampled_from(["north", "south", ""]),
        st.sampled_from(["full", "short", ""]),
        CELLS, CELLS, CELLS,
    ),
)  # fmt: skip


def as_file(folder, lines) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["who", "side", "form", "q1", "q2", "q3"])
    for line in lines:
        writer.writerow(line or [""] * 6)
    return written(folder, text.getvalue())


@given(st.lists(LINES, max_size=12))
def test_every_raw_row_comes_out_exactly_once(tmp_path_factory, lines):
    path = as_file(tmp_path_factory.mktemp("raw"), lines)
    roles = {"id": "who", "group": "side", "form": "form"}
    table, log = imported(table=read(path), roles=roles)

    filled = {k: line for k, line in enumerate(lines, start=2) if line and "".join(line).strip()}
    assert table["row"].tolist() == list(filled)
    assert log.columns.tolist() == LOG_COLUMNS
    known = {"1": 1, "5.0": 5, "４": 4, "agree": 4}
    for k, name in enumerate(ITEMS, start=3):
        asked = [
            (name != "q2" or line[1] != "south") and (name != "q3" or line[2] != "short")
            for line in filled.values()
        ]
        expected = [
            known.get(line[k], np.nan) if yes else np.nan
            for line, yes in zip(filled.values(), asked, strict=True)
        ]
        np.testing.assert_array_equal(table[name], np.array(expected, dtype=float))
        counts = log[log["column"] == name].groupby("event")["count"].sum()
        extra = counts.get("answered_not_asked", 0)  # among those not asked
        assert counts.sum() - extra == len(filled)
        assert counts["not_asked"] == asked.count(False) >= extra
