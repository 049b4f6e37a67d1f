"""What a wave's entry says of its file: decimal commas, rows of headers, columns of times."""

import csv

import openpyxl
import pandas as pd
import pytest

from surveysem.intake.export import read
from surveysem.intake.rows import RowsError
from surveysem.study import StudyError, load

ROWS = [["id", "began", "ended", "done", "tongue", "w", "q1"],
        ["a", "1/2/2024 9:00:00", "1/2/2024 9:03:20", "yes", "de", "1,5", "3"],
        ["b", "2/2/2024 23:59:00", "3/2/2024 0:01:00", "no", "en", "0,75", "4"]]  # fmt: skip


def put(folder, rows, name="wave.csv"):
    with open(folder / name, "w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows(rows)
    return folder / name


def role(table, name):
    return table.cells[table.roles[name]].tolist()


def column(table, name):
    return table.cells[[c.name for c in table.columns].index(name)].tolist()


def finding(table, kind):
    return next(words for what, words in table.findings if what == kind)


def test_decimal_commas(tmp_path):
    rows = [*ROWS, ["c", "3/2/2024 9:00:00", "3/2/2024 9:03:20", "yes", "de", "2", "3"]]
    table = read(put(tmp_path, rows), "wave.csv", {"options": {"decimal": ","}})
    assert column(table, "w") == ["1.5", "0.75", "2"]
    assert finding(table, "decimal comma") == "read in 1 column: w"


def test_a_column_with_other_commas_is_left_alone(tmp_path):
    rows = [["id", "w", "note"], ["a", "1,5", "1,5"], ["b", "2", "well, so"]]
    table = read(put(tmp_path, rows), "wave.csv", {"options": {"decimal": ","}})
    assert (column(table, "w"), column(table, "note")) == (["1.5", "2"], ["1,5", "well, so"])


def test_columns_of_times_completion_and_language(tmp_path):
    told = {"started": "began", "submitted": "ended", "finished": "done", "language": 5}
    table = read(put(tmp_path, ROWS), "wave.csv", {"told": told})
    assert role(table, "finished") == ["1", "0"]
    assert role(table, "language") == ["de", "en"]
    # 1/2 and 2/2 or 3/2: no number above 12, so that nobody knows which is the month
    assert role(table, "submitted") == ["1/2/2024 9:03:20", "3/2/2024 0:01:00"]
    # 200 s either way; over midnight a day later, or a month
    assert role(table, "duration") == ["200", ""]
    assert "1 row with different days left empty" in finding(table, "duration")
    assert [c.name for c in table.columns if c.tool] == [
        "began",
        "ended",
        "done",
        "tongue",
        "(duration)",
    ]


def test_one_column_of_times_tells_the_order_of_the_other(tmp_path):
    rows = [ROWS[0], ["a", "1/2/2024 9:00:00", "13/2/2024 9:03:20", "yes", "de", "1", "3"]]
    table = read(
        put(tmp_path, rows), "wave.csv", {"told": {"started": "began", "submitted": "ended"}}
    )
    assert role(table, "started") == ["2024-02-01T09:00:00"]
    assert role(table, "submitted") == ["2024-02-13T09:03:20"]


def test_zones_by_name_are_left_out(tmp_path):
    """EST is an hour of America and one of Australia."""
    rows = [["id", "t"], ["a", "2024-05-01 10:00:00 EST"], ["b", "2024-05-01 10:00:00 GMT+8"]]
    table = read(put(tmp_path, rows), "wave.csv", {"told": {"submitted": "t"}})
    assert role(table, "submitted") == ["2024-05-01T10:00:00", "2024-05-01T10:00:00+08:00"]


def test_a_column_of_times_that_is_not_there(tmp_path):
    with pytest.raises(RowsError, match=r"columns\.started: .*'begann'") as refused:
        read(put(tmp_path, ROWS), "wave.csv", {"told": {"started": "begann"}})
    assert "did you mean 'began'?" in str(refused.value)


def test_a_title_above_the_header_is_told_by_the_rows_below(tmp_path):
    rows = [["My survey"], [], *ROWS]
    with pytest.raises(RowsError, match=r"options: \{header: 3\}"):
        read(put(tmp_path, rows), "wave.csv", {})
    table = read(put(tmp_path, rows), "wave.csv", {"options": {"header": 3}})
    assert finding(table, "delimiter") == "semicolon"
    assert column(table, "q1") == ["3", "4"]


def workbook(folder, second, *merged):
    book = openpyxl.Workbook()
    for row in (["Respondent ID", "Rate these", "", "Age"], second, ["11", "4", "5", "33"]):
        book.active.append(row)
    for span in merged:
        book.active.merge_cells(span)
    book.save(folder / "wave.xlsx")
    return folder / "wave.xlsx"


def test_merged_cells_over_a_second_header_are_a_question_over_its_rows(tmp_path):
    path = workbook(tmp_path, ["", "Bread", "Milk", "Response"], "B1:C1")
    table = read(path, "wave.xlsx", {"dialect": "surveymonkey"})
    assert [(c.stem, c.label) for c in table.columns][1:3] == [
        ("Rate these", "Bread"), ("Rate these", "Milk"),
    ]  # fmt: skip
    assert table.cells[2].tolist() == ["5"]


@pytest.mark.parametrize("second", [["10", "3", "3", "44"], ["", "Bread", "", "Response"]])
def test_other_merged_cells_are_refused(tmp_path, second):
    """A value in the first column: answers, not a header; a merged column without a name."""
    with pytest.raises(RowsError, match=r"merged cells B1:C1"):
        read(workbook(tmp_path, second, "B1:C1"), "wave.xlsx", {})


def test_durations_in_the_forms_that_people_write(study):
    """In a column that the config names, seconds or minutes and seconds alike."""
    from surveysem.intake.wave import import_wave
    from surveysem.study import plans

    path = study.folder / "data/raw/t1.csv"
    frame = pd.read_csv(path, dtype=str)
    frame["secs"] = (["3:20", "3分20秒", "200", ""] * len(frame))[: len(frame)]
    frame.to_csv(path, index=False)
    config = study.config
    config["respondents"]["duration"] = "secs"
    config["waves"] = config["waves"][:1]
    study.config = config
    loaded = load(study.config, study.folder)
    plan = plans.intake(loaded, loaded.waves["t1"]) | {"key": "a key"}
    source = plan["sources"][0]
    raw = read(study.folder / source["file"], source["file"], source["options"])
    durations = import_wave([raw], **plan)[0]["duration"].tolist()
    assert durations[:3] == [200, 200, 200]
    assert durations[3] != durations[3]  # nan


def test_an_xlsform_may_be_named_from_the_studys_folder(study):
    """And one that is in neither place is said with its path."""
    config = study.config
    config["waves"][0]["xlsform"] = "data/form.xlsx"
    study.config = config
    with pytest.raises(StudyError, match=r"form\.xlsx"):
        load(study.config, study.folder)
    book = openpyxl.Workbook()
    book.active.title = "survey"
    book.active.append(["type", "name", "label"])
    book.active.append(["text", "who", "Who?"])
    book.create_sheet("choices").append(["list_name", "name", "label"])
    book.save(study.folder / "data/form.xlsx")
    wave = load(study.config, study.folder).waves["t1"]
    assert wave.sources[0].options["xlsform"] == "../form.xlsx"


def test_ticked_boxes_are_no_items(study):
    """One code alone is a tick; two codes of the instrument look like an item."""
    path = study.folder / "data/raw/t1.csv"
    frame = pd.read_csv(path, dtype=str)
    frame["owner"] = ["1", ""] * (len(frame) // 2) + [""] * (len(frame) % 2)
    frame.to_csv(path, index=False)
    load(study.config, study.folder)
    frame["owner"] = ["1", "2"] * (len(frame) // 2) + [""] * (len(frame) % 2)
    frame.to_csv(path, index=False)
    with pytest.raises(StudyError, match="column owner: looks like an item"):
        load(study.config, study.folder)


def test_events_of_redcap_are_waves(study):
    """A longitudinal export has several rows a respondent."""
    head, *rows = (study.folder / "data/raw/t1.csv").read_text(encoding="utf-8").splitlines()
    out = [f"record_id,redcap_event_name,redcap_repeat_instance,{head},form_complete"]
    for k, row in enumerate(rows):
        out.append(f"{k // 2},{'base' if k % 2 else 'later'}_arm_1,,{row},2")
    (study.folder / "data/raw/t1.csv").write_text("\n".join(out) + "\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"waves\[0\]\.file: .*they are occasions") as refused:
        load(study.config, study.folder)
    assert "base_arm_1" in str(refused.value)
    config = study.config
    config["waves"][0]["where"] = {"redcap_event_name": "base_arm_1"}
    study.config = config
    load(study.config, study.folder)
