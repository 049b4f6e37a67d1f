"""Waves as config.yaml may describe them: several files, other names, other answers, events."""

import csv
from pathlib import Path

import numpy as np
import pytest

from helpers import Study
from surveysem.intake.export import read
from surveysem.intake.wave import import_wave
from surveysem.privacy import KEY, pseudonyms, read_key
from surveysem.study import StudyError, load, plans


def of(study: Study):
    return load(study.config, study.folder)


def problems(study: Study) -> str:
    with pytest.raises(StudyError) as refused:
        of(study)
    return str(refused.value)


def imported(study: Study, name: str):
    """Table, log and reasons of a wave, as the job makes them."""
    found = of(study)
    plan = plans.intake(found, found.waves[name]) | {"key": "a key"}
    raws = [read(study.folder / s["file"], s["file"], s["options"]) for s in plan["sources"]]
    return import_wave(raws, **plan)


def set_wave(study: Study, k: int, **changes) -> None:
    config = study.config
    config["waves"][k] = {key: v for key, v in {**config["waves"][k], **changes}.items() if v}
    study.config = config


def rows(study: Study, name: str) -> list[list[str]]:
    with open(study.folder / name, encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle))


def test_a_file_a_group(study):
    """Each file has one group and only what that group was asked."""
    head, *answers = rows(study, "data/raw/t2.csv")
    whole, _, _ = imported(study, "t2")
    study.edit("data/instrument.csv", "qua2,QUA,Item 2 of QUA,,", "qua2,QUA,Item 2 of QUA,north,")
    for side in ("north", "south"):
        keep = [
            k
            for k, name in enumerate(head)
            if name != "side" and (side == "north" or name != "qua2")
        ]
        part = [[row[k] for k in keep] for row in [head, *(r for r in answers if r[1] == side)]]
        study.write(f"data/raw/{side}.csv", part)
    set_wave(study, 1, file=None, files=[
        {"file": f"data/raw/{side}.csv", "set": {"group": side}} for side in ("north", "south")
    ])  # fmt: skip
    table, _, _ = imported(study, "t2")
    assert table["group"].tolist() == ["north"] * 160 + ["south"] * 160
    assert table["file"].nunique() == 2
    assert table["row"].tolist() == [*range(2, 162)] * 2
    assert table["qua2"].isna().sum() == 160
    np.testing.assert_array_equal(table["loy3"], whole["loy3"])
    assert table["respondent"].tolist() == whole["respondent"].tolist()


def test_columns_of_another_name(study):
    study.edit("data/raw/t2.csv", "who,side,qua1,qua2", "Person,Where from?,Item 1 of QUA,q_2")
    set_wave(study, 1, columns={"id": "Person", "group": "where from", "qua2": 4})
    table, log, _ = imported(study, "t2")
    assert table["group"].value_counts().to_dict() == {"north": 160, "south": 160}
    told = log[log["event"] == "column_matched"].set_index("column")["value"]
    assert told["qua1"] == "Item 1 of QUA (by text)"
    assert told["qua2"] == "q_2 (by config)"


def test_several_columns_for_one_item(study):
    """Where groups answered in columns of their own, the first answer counts; two contradict."""
    head, *answers = rows(study, "data/raw/t2.csv")
    at = head.index("qua1")
    twice = [[*r[:at], r[at] if r[1] == "north" else "", *r[at + 1 :],
              r[at] if r[1] == "south" else ""] for r in answers]  # fmt: skip
    study.write("data/raw/t2.csv", [[*head, "qua1_b"], *twice])
    set_wave(study, 1, columns={"qua1": ["qua1", "qua1_b"]})
    table, _, _ = imported(study, "t2")
    assert table["qua1"].tolist() == [float(r[at]) for r in answers]
    twice[0][-1] = str((int(twice[0][at]) + 1) % 4)
    study.write("data/raw/t2.csv", [[*head, "qua1_b"], *twice])
    done = study.check()
    assert "data/raw/t2.csv, row 2, column qua1" in done.stdout


def test_events_of_one_file_are_waves(study):
    head, *first = rows(study, "data/raw/t1.csv")
    _, *second = rows(study, "data/raw/t2.csv")
    both = [[*r, event] for event, part in (("start", first), ("end", second)) for r in part]
    study.write("data/raw/both.csv", [[*head, "event"], *both])
    for k, event in enumerate(("start", "end")):
        set_wave(study, k, file="data/raw/both.csv", where={"event": event})
    table, log, _ = imported(study, "t2")
    assert table["row"].tolist() == list(range(322, 642))
    assert "320 of 640 where event is end" in log["value"].tolist()
    set_wave(study, 1, where={"event": "middle"})
    assert "'where' asks for 'middle', which no row has" in problems(study)


def test_other_answers_in_one_wave(study):
    study.edit(
        "data/responses.csv",
        "scale,code,en,zh\n",
        "scale,code,en,zh\nlong,0,No,否\nlong,9,Yes,是\n",
    )
    head, *answers = rows(study, "data/raw/t2.csv")
    at = head.index("qua3")
    study.write(
        "data/raw/t2.csv",
        [head, *([*r[:at], "9" if r[at] > "1" else "No", *r[at + 1 :]] for r in answers)],
    )
    assert "is not an answer to this item" in study.check().stdout
    set_wave(study, 1, responses={"qua3": "long"}, reworded=["qua1"])
    found = of(study)
    assert found.items_of(found.waves["t2"])["qua3"].codes == (0, 9)
    assert found.items_of(found.waves["t1"])["qua3"].codes == (0, 1, 2, 3)
    cleaning = plans.cleaning(found, found.waves["t2"])["items"]["qua3"]
    assert (cleaning["low"], cleaning["high"]) == (0, 9)  # what a reversed item is turned by
    table, log, _ = imported(study, "t2")
    assert set(table["qua3"]) == {0, 9}
    events = set(log[["column", "event"]].itertuples(index=False, name=None))
    assert {("qua3", "other_responses"), ("qua1", "reworded")} <= events


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"columns": {"qua11": "x"}}, ["waves[1].columns: 'qua11' is neither an item", "'qua1'?"]),
     ({"columns": {"qua1": "sid"}}, ["waves[1].columns.qua1", "no column 'sid'", "'side'?"]),
     ({"responses": {"qua1": "fitt"}}, ["waves[1].responses.qua1: 'fitt' is no answer scale", "'fit'?"]),
     ({"responses": {"qua": "fit"}}, ["waves[1].responses: 'qua' is neither an item"]),
     ({"reworded": ["qua9"]}, ["waves[1].reworded: 'qua9' is not an item"]),
     ({"where": {"evnt": "x"}}, ["'where' names the column 'evnt'"]),
     ({"files": [{"file": "data/raw/t2.csv"}]}, ["waves[1]: the wave has both file and files"]),
     ({"file": None}, ["waves[1]: the wave has neither file nor files"]),
     ({"dialect": "qualtrics"}, ["data/raw/t2.csv", "qualtrics"]),
     ({"format": "xlsx"}, ["data/raw/t2.csv", "xlsx"]),
     ({"options": {"encoding": "utf-9"}}, ["data/raw/t2.csv", "utf-9"])],
)  # fmt: skip
def test_mistakes_name_the_key_and_a_way_out(study, changes, words):
    set_wave(study, 1, **changes)
    said = problems(study)
    for word in words:
        assert word in said


def test_groups_may_be_called_by_their_labels(study):
    config = study.config
    config["respondents"]["groups"] = {"north": {"en": "Up there", "zh": "北方"}, "south": "South"}
    study.config = config
    text = (study.folder / "data/raw/t2.csv").read_text(encoding="utf-8")
    text = text.replace(",north,", ",北方,").replace(",south,", ",SOUTH,")
    (study.folder / "data/raw/t2.csv").write_text(text, encoding="utf-8")
    table, _, _ = imported(study, "t2")
    assert table["group"].value_counts().to_dict() == {"north": 160, "south": 160}


def test_a_look_is_read_once_and_follows_the_file(study, monkeypatch):
    of(study)
    looks = list((study.folder / ".snakemake/surveysem/looks").glob("*.json"))
    assert len(looks) == 2
    monkeypatch.setattr("surveysem.intake.export.read", None)  # reading again would fail
    first = of(study)
    assert first.waves["t1"].levels == ("north", "south")
    monkeypatch.undo()
    study.edit("data/raw/t1.csv", "\nn3,north,", "\nn3,suoth,")
    assert "suoth" in of(study).waves["t1"].levels


def test_a_real_study_makes_a_key_of_its_own(tmp_path):
    told = pseudonyms({"study": {"synthetic": False}, "seed": 1}, tmp_path)
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    assert len(read_key(told, tmp_path)) == 64
    assert read_key(told, tmp_path) not in str(told)
    assert pseudonyms({"study": {"synthetic": False}, "seed": 1}, tmp_path) == told
    public = pseudonyms({"study": {"synthetic": True}, "seed": 1}, Path("nowhere"))
    assert "demonstration" in read_key(public)


def test_one_cause_is_one_problem(study):
    """A question that stands twice is ambiguous, and not missing as well."""
    study.edit("data/raw/t2.csv", "qua1,qua2", "Item 1 of QUA,Item 1 of QUA.")
    study.edit("data/instrument.csv", "qua2,QUA,Item 2 of QUA", "qua2,QUA,Second")
    set_wave(study, 1, without=["qua2"])
    said = problems(study)
    assert "2 columns fit 'qua1'" in said
    assert "no column" not in said


def test_a_form_that_is_not_there_is_not_the_export(study):
    set_wave(study, 1, xlsform="form.xlsx")
    assert "data/raw/t2.csv: xlsform names 'form.xlsx', which is not there" in problems(study)


def test_the_hint_for_a_question_can_be_pasted(study):
    head, *answers = rows(study, "data/raw/t1.csv")
    study.write("data/raw/t1.csv", [[*head, "How, then: is it?"], *([*r, "2"] for r in answers)])
    assert 'intake.ignore_columns: ["How, then: is it?"]' in problems(study)


def test_a_contact_is_no_extra_column(study):
    """It may be hashed to find persons who answered twice, and goes nowhere else."""
    for name in ("data/raw/t1.csv", "data/raw/t2.csv"):
        head, *answers = rows(study, name)
        study.write(name, [[*head, "E-mail"], *([*r, f"{r[0]}@example.org"] for r in answers)])
    config = study.config
    config["respondents"]["extra"] = {"mail": "E-mail"}
    study.config = config
    assert (
        "respondents.extra.mail: the column 'E-mail' of data/raw/t1.csv looks like a contact"
        in (problems(study))
    )
    study.config = config | {"cleaning": {"same_person": ["mail"]}}
    table, _, _ = imported(study, "t1")
    assert not table["mail"].str.contains("@").any()


def test_an_edited_form_reaches_the_look_and_the_run(study):
    from openpyxl import Workbook

    def form(label):
        book = Workbook()
        for title, table in {
            "survey": [["type", "name", "label"], ["integer", "qua1", label]],
            "choices": [["list_name", "name", "label"]],
        }.items():
            sheet = book.create_sheet(title)
            for row in table:
                sheet.append(row)
        book.save(study.folder / "data/raw/form.xlsx")

    form("First wording")
    set_wave(study, 1, xlsform="form.xlsx")
    looked = study.folder / ".snakemake/surveysem/looks"
    wave = of(study).waves["t2"]
    assert wave.inputs == ["data/raw/t2.csv", "data/raw/form.xlsx"]
    before = len(list(looked.iterdir()))
    of(study)
    assert len(list(looked.iterdir())) == before
    form("A second wording of it")
    of(study)
    assert len(list(looked.iterdir())) == before + 1
