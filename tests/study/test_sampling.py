"""Mistakes in `sample`, `weights` and the file of margins: each said before anything runs."""

import pytest

from surveysem.study import StudyError, load, plans, respondents

HEADER = ["variable", "level", "share", "count", "wave", "group"]
SIDES = [["side", "north", ".4", "", "", ""], ["side", "south", ".6", "", "", ""]]


def configure(study, rows=None, **changes):
    config = study.config
    config["respondents"] |= changes.pop("respondents", {})
    config |= changes
    if rows is not None:
        study.write("data/margins.csv", [HEADER, *rows])
        config["weights"] = {"margins": "data/margins.csv", **config.get("weights", {})}
    study.config = config


def loaded(study):
    return load(study.config, study.folder)


CASES = {
    "wave": ({"sample": {"invited": {"t3": 90}}}, "sample.invited: 't3' is no wave"),
    "group": ({"sample": {"invited": {"t1": {"nort": 9}}}}, "did you mean 'north'?"),
    "zero": ({"sample": {"invited": {"t1": 0}}}, "sample.invited.t1: 0 is out of range"),
    "words": ({"sample": {"invited": {"t1": "many"}}}, "sample.invited.t1: 'many' has the wrong type"),
    "thresholds": ({"sample": {"complete": 0.4}}, "sample.partial: 0.5 is more than sample.complete"),
    "disposition": (
        {"sample": {"dispositions": [{"wave": "t1", "refusals": 3}]}}, "did you mean 'refusal'?"),
    "twice": (
        {"sample": {"dispositions": [{"wave": "t1"}, {"wave": "t1"}]}},
        "the same wave and group as entry 0",
    ),
    "sum": (
        {"sample": {"invited": {"t1": 9}, "dispositions": [{
            "wave": "t1", "complete": 3, "partial": 1, "refusal": 1, "noncontact": 1, "other": 1,
            "unknown_household": 1, "unknown_other": 2}]}},
        "are 10 together, but 9 were invited",
    ),
    "limits alone": ({"weights": {"trim_upper": 5}}, "limits for trimming, but no margins"),
    "no file": ({"weights": {"margins": "data/m.csv"}}, "data/m.csv: the file does not exist"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_mistakes_of_the_config(study, case):
    changes, words = CASES[case]
    configure(study, **changes)
    with pytest.raises(StudyError) as caught:
        loaded(study)
    assert len(caught.value.problems) == 1, str(caught.value)
    assert words in str(caught.value)


FILES = {
    "variable": ([["sex", "f", "1", "", "", ""]], "'sex' is no column about respondents"),
    "neither": ([["side", "north", "", "", "", ""]], "needs a share or a count"),
    "no number": ([["side", "north", "half", "", "", ""]], "'half' is no number"),
    "negative": ([["side", "north", "", "-3", "", ""]], "'-3' is no number"),
    "sum": ([SIDES[0]], "the shares add up to 0.4"),
    "twice": ([*SIDES, SIDES[0]], "the level 'north' of side stands there twice"),
    "kinds": ([SIDES[0], ["side", "south", "", "60", "", ""]], "has shares and counts"),
    "wave": ([["side", "north", "1", "", "t9", ""]], "'t9' is no wave of the study"),
    "mixed": (
        [*SIDES, ["side", "north", "1", "", "", "north"]],
        "rows with a group and rows for all",
    ),
    "empty level": ([["side", "", "1", "", "", ""]], "column level: the cell is empty"),
}


@pytest.mark.parametrize("case", FILES)
def test_mistakes_of_the_margins(study, case):
    rows, words = FILES[case]
    configure(study, rows)
    with pytest.raises(StudyError) as caught:
        loaded(study)
    assert words in str(caught.value)


def test_margins_reach_the_waves_that_they_are_for(study):
    first = [[v, k, s, "", "t1", ""] for v, k, s, *_ in SIDES]
    configure(study, first)
    s = loaded(study)
    one, two = (respondents.weights(s, w) for w in s.waves.values())
    assert [m["value"] for m in one["margins"]] == [0.4, 0.6]
    assert one["columns"] == {"side": "group"}
    assert two["margins"] == []


def test_weights_are_a_caution_of_models_that_ignore_them(study):
    s = loaded(study)
    assert not respondents.weighted(s)
    configure(study, SIDES)
    s = loaded(study)
    assert respondents.weighted(s)
    assert "weights_ignored" in plans.structure(s, s.models["loyal"], s.waves["t1"])["cautions"]


def test_numbers_by_group_or_for_the_wave(study):
    configure(study, sample={"invited": {"t1": {"south": 9, "north": 8}, "t2": 20}})
    s = loaded(study)
    one, two = (respondents.description(s, w)["asked"]["invited"] for w in s.waves.values())
    assert one == {"north": 8, "south": 9}
    assert two == {"all": 20}
