"""Drafts of several waves: events of a file, rounds of a panel, several exports; how files are read."""

import csv
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from drafting import AGREE, answers, batch, drafted, items
from helpers import Study, run
from rawtables import Head
from surveysem.errors import SurveySemError
from surveysem.study import check, load
from surveysem.study.checking import examine
from surveysem.study.draft import draft

REPEATS = ["redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"]


def write(path: Path, rows) -> Path:
    with open(path, "w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)
    return path


def redcap(path: Path, n: int = 40, *, diary: int = 0, arms: int = 1) -> Path:
    """A longitudinal project: trust at baseline and at the end, loyalty at the end only; `diary`
    instances of a repeating instrument at baseline."""
    head = ["record_id", *REPEATS, *(f"tru{k}" for k in (1, 2, 3)), *(f"loy{k}" for k in (1, 2, 3)),
            *(f"mood{k}" for k in (1, 2, 3)), "survey_complete", "diary_complete"]  # fmt: skip
    first, last = answers(n, 3, 1), answers(n, 6, 2)
    moods = [answers(n, 3, 3 + j) for j in range(diary)]
    rows = [head]
    for k in range(n):
        arm = 1 + k % arms
        base = [k + 1, f"baseline_arm_{arm}"]
        rows.append([k + 1, f"enrolment_arm_{arm}", "", "", *[""] * 9, 2, ""])
        rows.append([*base, "", "", *first[k], *[""] * 6, 2, ""])
        rows += [
            [*base, "diary", j + 1, *[""] * 6, *mood[k], "", 2] for j, mood in enumerate(moods)
        ]
        rows.append([k + 1, f"end_arm_{arm}", "", "", *last[k], *[""] * 3, 2, ""])
    return write(path, rows)


def entries(folder: Path) -> list[dict]:
    return Study(folder).config["waves"]


def test_each_event_is_a_wave(tmp_path):
    said = draft([redcap(tmp_path / "r.csv")], tmp_path / "s")
    assert entries(tmp_path / "s") == [
        {"name": "w1", "label": "baseline", "file": "data/raw/r.csv",
         "where": {"redcap_event_name": "baseline_arm_1"}, "without": ["loy1", "loy2", "loy3"]},
        {"name": "w2", "label": "end", "file": "data/raw/r.csv",
         "where": {"redcap_event_name": "end_arm_1"}},
    ]  # fmt: skip
    assert Study(tmp_path / "s").config["respondents"] == {"id": "record_id", "panel": True}
    text = "\n".join(said)
    assert "2 waves (by redcap_event_name): w1 baseline: 40 rows; w2 end: 40 rows." in text
    assert "No item was answered in enrolment (40 rows): no waves." in text
    assert "w1 lacks 3 of 6 items: loy1, loy2, loy3." in text
    assert examine(tmp_path / "s") == ([], [])
    assert set(load(Study(tmp_path / "s").config, tmp_path / "s").waves) == {"w1", "w2"}


def test_one_event_of_several_arms_is_one_wave(tmp_path):
    draft([redcap(tmp_path / "r.csv", arms=2)], tmp_path / "s")
    assert [wave["where"] for wave in entries(tmp_path / "s")] == [
        {"redcap_event_name": ["baseline_arm_1", "baseline_arm_2"]},
        {"redcap_event_name": ["end_arm_1", "end_arm_2"]},
    ]
    assert check(tmp_path / "s") == []


def test_each_instance_of_a_repeating_instrument_is_a_wave(tmp_path):
    draft([redcap(tmp_path / "r.csv", diary=2)], tmp_path / "s")
    waves = entries(tmp_path / "s")
    assert [wave["label"] for wave in waves] == ["baseline", "baseline, diary, 1",
                                                 "baseline, diary, 2", "end"]  # fmt: skip
    assert waves[0]["where"] == dict(zip(REPEATS, ["baseline_arm_1", "", ""], strict=True))
    assert waves[2]["where"] == dict(zip(REPEATS, ["baseline_arm_1", "diary", 2], strict=True))
    assert waves[1]["without"] == [f"{stem}{k}" for stem in ("tru", "loy") for k in (1, 2, 3)]
    assert examine(tmp_path / "s") == ([], [])


def panel(n: int = 40, rounds=(9, 10, 11)) -> list[list]:
    """A panel in long format, ordered by person."""
    codes = {r: answers(n, 3, r) for r in rounds}
    return [["person_id", "wave", "tru1", "tru2", "tru3"]] + [
        [f"p{k}", r, *codes[r][k]] for k in range(n) for r in rounds]  # fmt: skip


def test_rounds_of_a_panel_in_one_file_are_waves(tmp_path):
    write(tmp_path / "long.csv", panel())
    said = draft([tmp_path / "long.csv"], tmp_path / "s")
    assert [w["where"] for w in entries(tmp_path / "s")] == [{"wave": r} for r in (9, 10, 11)]
    assert Study(tmp_path / "s").config["respondents"] == {"id": "person_id", "panel": True}
    assert "3 waves (by wave): w1 9: 40 rows" in "\n".join(said)
    assert examine(tmp_path / "s") == ([], [])


def test_people_who_answered_twice_are_named_and_no_waves(tmp_path):
    """Cleaning's rule keeps the first row of an id; few such rows are no occasions."""
    rows = panel(60, rounds=(1,))
    write(tmp_path / "a.csv", [*rows, rows[5], rows[9]])
    said = draft([tmp_path / "a.csv"], tmp_path / "s")
    assert len(entries(tmp_path / "s")) == 1
    assert ("w1: 2 rows have an id that stands there before; cleaning keeps the first of each id."
            in said)  # fmt: skip
    assert examine(tmp_path / "s") == ([], [])


def test_occasions_under_another_name_are_named_not_guessed(tmp_path):
    rows = panel()
    rows[0][1] = "batch"
    write(tmp_path / "a.csv", rows)
    said = "\n".join(draft([tmp_path / "a.csv"], tmp_path / "s"))
    assert len(entries(tmp_path / "s")) == 1
    assert (
        "person_id has 40 values in 120 rows, which batch tells apart: are they occasions" in said
    )
    study = Study(tmp_path / "s")
    study.config = study.config | {"respondents": {"id": "person_id"}}
    problems, notes = examine(study.folder)
    assert problems == []
    assert len(notes) == 1
    assert "note: data/raw/a.csv, wave w1: 40 respondents have several rows (80 beyond" in notes[0]
    assert "told apart by batch" in notes[0]
    assert "where: {batch: 10}" in notes[0]


def two_waves(folder: Path, n: int = 60) -> tuple[Path, Path]:
    """A CSV with codes and an XLSX with labels, of partly other items."""
    a, b = answers(n, 4, 1), answers(n, 4, 2)
    first = {"respondent_id": [f"p{k}" for k in range(n)], "group": ["north", "south"] * (n // 2),
             **batch("tru", a[:, :3]), "loy1": a[:, 0], "loy2": a[:, 1], "loy3": a[:, 2]}  # fmt: skip
    pd.DataFrame(first).to_csv(folder / "spring.csv", index=False)
    texts = np.array(AGREE, dtype=object)[b - 1]
    second = {"respondent_id": [f"q{k}" for k in range(n)], "segment": ["south", "north"] * (n // 2),
              **batch("tru", texts[:, :3]), "loy1": texts[:, 0], "loy3": texts[:, 2],
              "tru4": texts[:, 3]}  # fmt: skip
    pd.DataFrame(second).to_excel(folder / "autumn.xlsx", index=False)
    return folder / "spring.csv", folder / "autumn.xlsx"


def test_several_exports_are_several_waves(tmp_path):
    said = "\n".join(draft(two_waves(tmp_path), tmp_path / "s"))
    study = Study(tmp_path / "s")
    assert study.config["waves"] == [
        {"name": "w1", "label": "spring", "file": "data/raw/spring.csv", "without": ["tru4"]},
        {"name": "w2", "label": "autumn", "file": "data/raw/autumn.xlsx",
         "columns": {"group": "segment"}, "without": ["loy2"]},
    ]  # fmt: skip
    constructs = {r["item"]: r["construct"] for r in study.read("data/instrument.csv")}
    assert constructs["tru4"] == constructs["tru1"] == "TRU"
    # numbers in one file, words in the other: the words are the labels
    assert [(r["code"], r["en"]) for r in study.read("data/responses.csv")] == [
        (str(k), word) for k, word in enumerate(AGREE, start=1)]  # fmt: skip
    assert "w1 lacks 1 of 7 items: tru4." in said
    assert "w2 lacks 1 of 7 items: loy2." in said
    assert study.config["respondents"]["groups"] == {"north": "north", "south": "south"}
    assert check(tmp_path / "s") == []
    listed = study.read("data/draft_columns.csv")
    assert {r["file"] for r in listed} == {"spring.csv", "autumn.xlsx"}


def test_the_same_ids_in_several_exports_make_no_panel_by_themselves():
    """Each export may number its respondents from 1."""
    codes = {"respondent_id": range(90), **batch("tru", answers())}
    found = drafted(codes, codes)
    assert "panel" not in found["config"]["respondents"]
    assert (
        "# panel: true   # 90 ids stand in several waves: are they the same people?"
        in found["text"]
    )


def test_a_group_that_one_export_alone_has_is_remarked():
    columns = batch("tru", answers())
    found = drafted({"group": ["firm", "town"] * 45, **columns},
                    {"group": ["firms", "town"] * 45, **columns})  # fmt: skip
    assert "firms: firms   # only in export2.csv: or another group's name there?" in found["text"]


def test_a_question_that_another_export_asks_as_a_header_is_the_same_item():
    texts = ["I trust them.", "They keep promises.", "They are able."]
    codes = answers()
    first = {Head(f"tru{k + 1}", text): codes[:, k] for k, text in enumerate(texts)}
    second = {f"{k}. {text}": codes[:, k - 1] for k, text in enumerate(texts, start=1)}
    found = drafted(first, second)
    assert list(items(found)) == ["tru1", "tru2", "tru3"]
    assert "columns" not in found["config"]["waves"][1]  # intake finds them by their questions


def test_an_export_without_any_of_the_items_is_refused(tmp_path):
    pd.DataFrame(batch("tru", answers())).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame(batch("xyz", answers())).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(SurveySemError, match=r"b\.csv: none of the 3 items of a\.csv is there"):
        draft([tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "s")
    assert not (tmp_path / "s").exists()


def init(*arguments):
    return run([sys.executable, "-m", "surveysem", "init", *arguments])


def test_options_are_read_by_and_stand_in_the_config(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["nothing here"])
    sheet = book.create_sheet("answers")
    sheet.append(["exported on Monday"])
    sheet.append(["region", "tru1", "tru2", "tru3"])
    for k, row in enumerate(answers()):
        sheet.append([["north", "south", "west"][k % 3], *map(int, row)])
    book.save(tmp_path / "a.xlsx")
    done = init(tmp_path / "a.xlsx", "--sheet", "answers", "--header", "2", "--format", "xlsx",
                "--dialect", "plain", "--where", "region=north", "--where", "region=west",
                "--directory", tmp_path / "s")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("a.xlsx: 60 rows, 4 columns")
    assert entries(tmp_path / "s") == [
        {"name": "w1", "file": "data/raw/a.xlsx", "format": "xlsx", "dialect": "plain",
         "options": {"sheet": "answers", "header": 2}, "where": {"region": ["north", "west"]}}
    ]  # fmt: skip
    assert check(tmp_path / "s") == []


def test_a_file_without_header_and_utf8(tmp_path):
    text = "\n".join(";".join(map(str, row)) for row in answers())
    (tmp_path / "a.csv").write_text(text, encoding="utf-16")
    done = init(tmp_path / "a.csv", "--header", "false", "--encoding", "utf-16",
                "--delimiter", ";", "--directory", tmp_path / "s")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert entries(tmp_path / "s")[0]["options"] == {
        "encoding": "utf-16", "delimiter": ";", "header": False}  # fmt: skip
    assert [r["item"] for r in Study(tmp_path / "s").read("data/instrument.csv")] == [
        "column1", "column2", "column3"]  # fmt: skip
    assert check(tmp_path / "s") == []


def xlsform(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "survey"
    for row in [("type", "name", "label"), *(("select_one agree", f"tru{k}", f"Statement {k}")
                                             for k in (1, 2, 3))]:  # fmt: skip
        book.active.append(row)
    choices = book.create_sheet("choices")
    choices.append(("list_name", "name", "label"))
    for k, word in enumerate(AGREE):
        choices.append(("agree", "abcde"[k], word))
    book.save(path)
    return path


def test_an_xlsform_is_copied_beside_the_export(tmp_path):
    letters = np.array(list("abcde"), dtype=object)[answers() - 1]
    export = pd.DataFrame({"_id": range(90), "_uuid": [f"u{k}" for k in range(90)],
                           "_submission_time": ["2024-05-01T09:00:00"] * 90,
                           **batch("tru", letters)})  # fmt: skip
    export.to_csv(tmp_path / "k.csv", index=False)
    (tmp_path / "forms").mkdir()
    form = xlsform(tmp_path / "forms" / "form.xlsx")
    draft([tmp_path / "k.csv"], tmp_path / "s", form=form)
    study = Study(tmp_path / "s")
    assert (study.folder / "data/raw/form.xlsx").read_bytes() == form.read_bytes()
    assert study.config["waves"][0]["xlsform"] == "form.xlsx"
    assert [r["en"] for r in study.read("data/instrument.csv")] == [
        f"Statement {k}" for k in (1, 2, 3)
    ]
    assert [r["en"] for r in study.read("data/responses.csv")] == AGREE
    assert check(study.folder) == []


WRONG = {
    ("--dialect", "limesurvy"): "--dialect: 'limesurvy' is not allowed",
    ("--format", "xslx"): "did you mean 'xlsx'?",
    ("--sheet", "2"): "options.sheet: no option of a file in the format csv",
    ("--header", "two"): "--header: 'two' has the wrong type",
    ("--encoding", "utf-99"): "'utf-99' is no encoding",
    ("--where", "region"): "--where region: is not COLUMN=VALUE",
    ("--where", "regon=north"): "did you mean 'region'?",
    ("--where", "region=east"): "'where' asks for 'east', which no row has",
    ("--xlsform", "no.xlsx"): "--xlsform no.xlsx: the file does not exist",
}


@pytest.mark.parametrize("option", WRONG)
def test_a_mistaken_option_is_one_message(tmp_path, option):
    pd.DataFrame({"region": ["north"] * 90, **batch("tru", answers())}).to_csv(
        tmp_path / "a.csv", index=False)  # fmt: skip
    done = init(tmp_path / "a.csv", *option, "--directory", tmp_path / "s")
    assert done.returncode == 1
    assert WRONG[option] in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "s").exists()


def test_two_exports_of_one_name_are_refused(tmp_path):
    (tmp_path / "b").mkdir()
    for path in (tmp_path / "a.csv", tmp_path / "b" / "a.csv"):
        pd.DataFrame(batch("tru", answers())).to_csv(path, index=False)
    with pytest.raises(SurveySemError, match=r"a\.csv: two exports have this name"):
        draft([tmp_path / "a.csv", tmp_path / "b" / "a.csv"], tmp_path / "s")
