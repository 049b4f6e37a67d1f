"""Whatever a user writes into a study's files: problems in words, or a study whose jobs can be told
what to do. Never another exception, whatever the mistake."""

import copy
import csv
import io

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import Study
from surveysem.study import check, load, plans, respondents, scaleplans
from surveysem.study.objects import StudyError

TRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
SCALARS = [None, True, 0, -1, 2, 1.5, float("nan"), "", "x", "north", "suoth", "qua1", "QUA", "t1",
           "who", "side", "fit", "data", "data/raw/t1.csv", "data/raw/none.csv", "１", "a:b", "ML",
           "非常同意", "../x", "=1+1", "en", "100%"]  # fmt: skip
JUNK = st.recursive(
    st.sampled_from(SCALARS),
    lambda part: st.one_of(
        st.lists(part, max_size=2),
        st.dictionaries(st.sampled_from(["en", "name", "north", "t1", "qua1", 1, "x y"]), part,
                        max_size=2),
    ),
    max_leaves=3,
)  # fmt: skip
CELLS = ["", "x", "0", "1", "-1", "1.0", "１", "１.5", "nan", "QUA", "QUA;TRU", "QUA,TRU", "qua1", "fit",
         "north", "nort", "north;south", "path", "total", "indirect", "QUA:before", "-", "−", "+",
         "t1", "n1", "keep", "drop", "a\nb", 'a "b"', "40%", "0,4", "1,200", "=1", "a" * 300,
         "attention", "\u00a0", "<b>", "🙂"]  # fmt: skip


@pytest.fixture(scope="module")
def rich(tmp_path_factory) -> Study:
    """A sound study that sets a great many keys."""
    study = Study.make(tmp_path_factory.mktemp("rich") / "s", n=12)
    (study.folder / "data/own.lav").write_text("LOY ~ TRU + QUA\nTRU ~ QUA\n")
    study.write("data/margins.csv", [
        ["variable", "level", "share", "count", "wave", "group"],
        ["side", "north", "40", "", "", ""], ["side", "south", "60", "", "", ""]])  # fmt: skip
    study.write("data/overrides.csv", [
        ["wave", "respondent", "row", "decision", "reason"],
        ["t1", "n1", "", "keep", "tried"], ["t2", "", "5", "drop", "tried"]])  # fmt: skip
    config = study.config
    config["respondents"] |= {"groups": {"north": {"en": "N"}, "south": "S"}, "extra": {"part": "side"},
                              "cluster": "who"}  # fmt: skip
    config["waves"][0] |= {"label": {"en": "First"}, "columns": {"qua1": 3, "qua2": "qua2"},
                           "reworded": ["tru1"], "responses": {"tru1": "fit"}, "without": [],
                           "options": {"delimiter": ",", "header": 1}, "format": "csv"}  # fmt: skip
    config["waves"][1] = {"name": "t2", "files": [
        {"file": "data/raw/t2.csv", "where": {"side": ["north", "south"]}, "dialect": "plain"}]}  # fmt: skip
    config |= {
        "instrument": "data/instrument.csv",
        "intake": {"on_invalid": "missing", "missing_codes": [-9, "None"], "ignore_columns": ["zz"]},
        "sample": {"invited": {"t1": {"north": 20, "south": 30}, "t2": 99},
                   "dispositions": [{"wave": "t1", "group": "north", "refusal": 3}]},
        "weights": {"margins": "data/margins.csv", "trim_upper": 5},
        "cleaning": {"eligible": {"part": ["north", "south"]}, "overrides": "data/overrides.csv",
                     "same_person": [], "longstring": None},
        "models": config["models"] | {"own": {"syntax": "data/own.lav", "groups": ["north"]}},
        "questionnaire": {"order": "seeded", "instructions": {"en": "Hello"}, "forms": ["a"]},
    }  # fmt: skip
    study.config = config
    assert check(study.folder) == []
    return study


def in_words(study: Study) -> list[str]:
    """The problems; with none, every job can be told what to do."""
    problems = check(study.folder)
    assert all(isinstance(problem, str) and problem.strip() for problem in problems)
    assert len(set(problems)) == len(problems), problems
    config = yaml.safe_load((study.folder / "config.yaml").read_text(encoding="utf-8"))
    if problems:
        return problems
    found = load(config, study.folder)
    for wave in found.waves.values():
        told = [plans.intake, plans.cleaning, scaleplans.reliability, respondents.description,
                respondents.weights]  # fmt: skip
        assert all(tell(found, wave) for tell in told)
        assert all(plans.structure(found, model, wave) for model in found.models.values())
    return problems


def places(value, path=()):
    """Every place in a config, its own included."""
    yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for k, part in enumerate(value):
            yield from places(part, (*path, k))


def spoiled(config: dict, draw) -> dict:
    """A config in which something is replaced, left out or misspelt, once to three times."""
    config = copy.deepcopy(config)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(config))[1:]))
        *before, last = path
        parent = config
        for key in before:
            parent = parent[key]
        how = draw(st.sampled_from(["replaced", "replaced", "left out", "misspelt"]))
        if how == "replaced" or isinstance(last, int):
            parent[last] = draw(JUNK)
        else:
            value = parent.pop(last)
            if how == "misspelt":
                parent[f"{last}s"] = value
        if not config:
            break
    return config


@settings(TRIED, max_examples=50)
@given(st.data())
def test_any_mistake_in_the_config(rich, data):
    sound = rich.config
    try:
        rich.config = spoiled(sound, data.draw)
        in_words(rich)
    finally:
        rich.config = sound


TABLES = ["data/instrument.csv", "data/constructs.csv", "data/hypotheses.csv", "data/responses.csv",
          "data/margins.csv", "data/overrides.csv", "data/raw/t1.csv", "data/own.lav",
          "config.yaml"]  # fmt: skip


def torn(text: str, draw) -> bytes:
    """A table in which something is wrong: a cell, a row, a column, a sign, its encoding."""
    rows = list(csv.reader(io.StringIO(text)))
    how = draw(st.sampled_from(["cell", "cell", "cell", "row gone", "row twice", "column gone", "sign",
                                "separator", "encoding", "cut"]))  # fmt: skip
    row = draw(st.integers(0, len(rows) - 1))
    column = draw(st.integers(0, max(len(rows[row]) - 1, 0)))
    if how == "cell" and rows[row]:
        rows[row][column] = draw(st.sampled_from(CELLS))
    elif how == "row gone":
        del rows[row]
    elif how == "row twice":
        rows.insert(row, rows[row])
    elif how == "column gone":
        rows = [cells[:column] + cells[column + 1 :] for cells in rows]
    elif how in ("sign", "cut"):
        at = draw(st.integers(0, len(text)))
        sign = draw(st.sampled_from(list(",;\"'\n\t：:[]{}&*!%@`#|>-\0")))
        return (text[:at] if how == "cut" else text[:at] + sign + text[at:]).encode()
    stream = io.StringIO()
    mark = ";" if how == "separator" else ","
    csv.writer(stream, delimiter=mark, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode("utf-16" if how == "encoding" else "utf-8")


@settings(TRIED, max_examples=60)
@given(st.sampled_from(TABLES), st.data())
def test_any_mistake_in_a_file(rich, name, data):
    path = rich.folder / name
    sound = path.read_bytes()
    try:
        path.write_bytes(torn(sound.decode(), data.draw))
        if name == "config.yaml":
            problems = check(rich.folder)
            assert all(isinstance(problem, str) for problem in problems)
        else:
            in_words(rich)
    finally:
        path.write_bytes(sound)


def test_a_study_that_is_refused_is_refused_by_snakemake_in_the_same_words(rich):
    """What `load` raises is what `check` lists, but for the rows of the answers."""
    sound = rich.config
    rich.config = {**sound, "seed": "x", "languages": ["xx"]}
    try:
        with pytest.raises(StudyError) as refused:
            load(rich.config, rich.folder)
        assert list(refused.value.problems) == check(rich.folder)
    finally:
        rich.config = sound
