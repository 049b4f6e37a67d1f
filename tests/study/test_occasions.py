"""Several rows of one respondent in one wave: what a tool calls occasions is refused, not lost."""

import numpy as np
import pandas as pd
import pytest

from helpers import Study
from rawtables import table
from surveysem.intake import dialects, repeats
from surveysem.intake.look import look, of_table
from surveysem.study import StudyError, check, load
from surveysem.study.checking import examine


def raw_rows(study: Study, name: str) -> pd.DataFrame:
    return pd.read_csv(study.folder / name, dtype=str)


def with_events(study: Study) -> None:
    """The second wave's file as REDCap exports it: each respondent at two events."""
    one = raw_rows(study, "data/raw/t2.csv").rename(columns={"who": "record_id"})
    both = pd.concat([one.assign(redcap_event_name=f"{e}_arm_1") for e in ("start", "end")])
    both.insert(1, "redcap_event_name", both.pop("redcap_event_name"))
    both.assign(survey_complete="2").to_csv(study.folder / "data/raw/t2.csv", index=False)
    config = study.config
    config["waves"][1]["columns"] = {"id": "record_id"}
    study.config = config


def test_events_in_one_wave_are_refused(study):
    with_events(study)
    with pytest.raises(StudyError) as refused:
        load(study.config, study.folder)
    (problem,) = refused.value.problems
    assert problem.startswith(
        "config.yaml, waves[1].file: data/raw/t2.csv: 320 respondents have several rows "
        "(320 beyond the first); they are occasions, told apart by redcap_event_name"
    )
    assert "where: {redcap_event_name: start_arm_1}" in problem
    assert check(study.folder) == [problem]


def test_the_remedies_that_the_message_names_help(study):
    with_events(study)
    config = study.config
    config["waves"][1]["where"] = {"redcap_event_name": "start_arm_1"}
    load(config, study.folder)
    del config["waves"][1]["where"]
    config["cleaning"] = {"duplicates": False}
    load(config, study.folder)


def test_a_kept_look_says_the_same(study):
    with_events(study)
    path = study.folder / "data/raw/t2.csv"
    first = look(path, "t2.csv", {}, study.folder / "looks")
    again = look(path, "t2.csv", {}, study.folder / "looks")
    assert first.repeats == again.repeats == repeats.Repeats(
        320, 320, {"redcap_event_name": ["start_arm_1", "end_arm_1"]})  # fmt: skip


def redcap_table(rows):
    names = ["record_id", "redcap_event_name", "redcap_repeat_instrument",
             "redcap_repeat_instance", "q1", "survey_complete"]  # fmt: skip
    raw = table({name: [row[k] for row in rows] for k, name in enumerate(names)})
    return dialects.normalise(raw, "redcap")


def test_only_the_columns_that_differ_within_a_respondent_are_named():
    rows = [["1", "a_arm_1", "diary", k, "3", "2"] for k in ("1", "2")]
    rows += [["2", "b_arm_1", "diary", "1", "3", "2"]]
    found = of_table(redcap_table(rows)).repeats
    assert (found.ids, found.rows) == (1, 1)
    assert found.columns == {"redcap_repeat_instance": ["1", "2"]}


def test_one_row_a_respondent_is_no_occasion():
    rows = [[k, f"event_{k}_arm_1", "", "", "3", "2"] for k in ("1", "2", "3")]
    assert of_table(redcap_table(rows)).repeats is None


def test_a_few_people_who_answered_twice_are_cleanings_business(study):
    one = raw_rows(study, "data/raw/t2.csv")
    pd.concat([one, one.iloc[:5]]).to_csv(study.folder / "data/raw/t2.csv", index=False)
    assert examine(study.folder) == ([], [])


def test_many_rows_of_one_id_are_noted_with_the_column_that_tells_them_apart(study):
    one = raw_rows(study, "data/raw/t2.csv")
    both = pd.concat([one.assign(season=s) for s in ("spring", "autumn")])
    both.to_csv(study.folder / "data/raw/t2.csv", index=False)
    problems, notes = examine(study.folder)
    assert problems == []
    (note,) = notes
    assert note.startswith("note: data/raw/t2.csv, wave t2: 320 respondents have several rows")
    assert "cleaning keeps one row an id" in note
    assert "told apart by season, each is a wave of its own: where: {season: autumn}" in note
    shown = study.check()
    assert shown.returncode == 0  # a note is no problem: they may have answered twice
    assert note in shown.stdout
    assert shown.stdout.endswith("Nothing is wrong.\n")
    config = study.config
    config["waves"][1]["where"] = {"season": "spring"}
    study.config = config
    assert examine(study.folder) == ([], [])


def test_files_of_one_wave_that_number_their_respondents_alike_are_noted(study):
    one = raw_rows(study, "data/raw/t2.csv")
    for side, part in one.groupby("side"):
        numbered = part.assign(who=np.arange(len(part)))
        numbered.to_csv(study.folder / f"data/raw/{side}.csv", index=False)
    config = study.config
    config["waves"][1] = {"name": "t2", "files": [
        {"file": f"data/raw/{side}.csv"} for side in ("north", "south")]}  # fmt: skip
    study.config = config
    problems, notes = examine(study.folder)
    assert len(problems) == 1
    assert "respondents.panel: no respondent of t2 is one of t1" in problems[0]
    assert len(notes) == 1
    assert "note: wave t2: 160 ids stand in several of its files (160 rows" in notes[0]


def test_what_tells_rows_apart():
    ids = np.array(["a", "a", "b", "b", "c", "c", ""], dtype=object)
    raw = table({
        "time": ["1", "2", "1", "2", "1", "2", ""],
        "sex": ["f", "f", "m", "m", "f", "f", "m"],
        "stamp": list("1234567"),  # each its own: no occasion
        "late": ["1", "2", "1", "2", "1", "", ""],  # one of them has none
    })  # fmt: skip
    found = repeats.telling(raw, ids, range(4))
    assert (found.ids, found.rows) == (3, 3)
    assert found.columns == {"time": ["1", "2"]}
    assert repeats.telling(raw, np.array(list("abcdefg"), dtype=object), range(4)) is None
