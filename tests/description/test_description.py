"""Items, scales and answers, against scipy, pandas and psych."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reference_data import SCALES, frozen, holes, leadership
from surveysem.description.answers import answer_table
from surveysem.description.wave import item_table, moments, scale_table

NAN = np.nan
ITEMS = ["LEAD01", "LEAD11", "TSIG01", "TSIG03", "HOSTIL02", "HOSTIL03"]
ITEM = {"construct": "C", "codes": [1, 2, 3, 4, 5], "reverse": False, "groups": [], "forms": []}


def item(**changes) -> dict:
    return {**ITEM, **changes}


# Moments --------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["complete", "holes"])
@pytest.mark.parametrize("name", ITEMS)
def test_moments_against_psych(data, name):
    """psych::describe(type = 2): n, mean, SD, median, quartiles, G1 and G2."""
    answers = leadership(ITEMS, rows=300)
    answers = holes(answers) if data == "holes" else answers
    theirs = frozen("description", "moments")[data][name]
    assert theirs["n"] == (300 if data == "complete" else answers[name].count())
    assert moments(answers[name].to_numpy()) == pytest.approx(theirs, rel=1e-11, abs=1e-13)


VARIED = st.lists(
    st.one_of(st.integers(0, 6).map(float), st.just(NAN)), min_size=5, max_size=40
).filter(lambda x: np.isfinite(x).sum() > 3 and np.nanmax(x) > np.nanmin(x))


@given(VARIED)
def test_moments_against_scipy_and_pandas(x):
    found, known, series = moments(np.array(x)), [v for v in x if v == v], pd.Series(x)
    assert found["n"] == len(known)
    assert found["mean"] == pytest.approx(stats.tmean(known))
    assert found["sd"] == pytest.approx(stats.tstd(known))
    assert found["median"] == series.median()
    assert found["q1"] == pytest.approx(series.quantile(0.25))
    assert found["q3"] == pytest.approx(series.quantile(0.75))
    assert found["skew"] == pytest.approx(series.skew(), rel=1e-9, abs=1e-9)
    assert found["kurtosis"] == pytest.approx(series.kurt(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "known"),
    [([], "n"), ([NAN, NAN], "n"), ([3.0], "n mean median q1 q3"),
     ([3.0, NAN], "n mean median q1 q3"), ([1.0, 2.0, 4.0], "n mean sd median q1 q3"),
     ([2.0] * 9, "n mean sd median q1 q3")],
)  # fmt: skip
def test_what_too_few_answers_do_not_tell_is_nan(x, known):
    found = moments(np.array(x, dtype=float))
    assert {name for name, value in found.items() if not np.isnan(value)} == set(known.split())
    assert found["n"] == np.isfinite(x).sum()


# Tables ---------------------------------------------------------------------------------


@pytest.fixture
def people() -> pd.DataFrame:
    """Two groups, two forms, three items; q2 was asked of group a only, q3 in the full form."""
    rows = [
        ("a", "full", 1, 5, 2), ("a", "full", 5, 5, NAN), ("a", "short", 5, NAN, NAN),
        ("b", "full", NAN, NAN, 4), ("b", "short", 2, NAN, NAN),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["group", "form", "q1", "q2", "q3"])


THREE = {"q1": item(), "q2": item(groups=["a"]), "q3": item(forms=["full"])}


def test_items_by_group(people):
    found = item_table(people, "w1", THREE, ["a", "b"]).set_index(["group", "item"])
    assert ("b", "q2") not in found.index  # nobody answered
    assert found["n"].to_dict() == {
        ("a", "q1"): 3, ("a", "q2"): 2, ("a", "q3"): 1, ("b", "q1"): 1, ("b", "q3"): 1,
        ("all", "q1"): 4, ("all", "q2"): 2, ("all", "q3"): 2,
    }  # fmt: skip
    assert found.loc[("all", "q1"), "mean"] == 13 / 4


def test_missing_are_those_asked(people):
    """Group b was not asked q2, the short form not q3: that is no nonresponse."""
    found = item_table(people, "w1", THREE, ["a", "b"]).set_index(["group", "item"])["missing"]
    assert found.to_dict() == {
        ("a", "q1"): 0, ("a", "q2"): 1, ("a", "q3"): 1, ("b", "q1"): 1, ("b", "q3"): 0,
        ("all", "q1"): 1, ("all", "q2"): 1, ("all", "q3"): 1,
    }  # fmt: skip


def test_an_item_that_nobody_answered_keeps_its_row():
    frame = pd.DataFrame({"group": "a", "form": "", "q1": [NAN] * 3, "q2": [2.0] * 3})
    found = item_table(frame, "w1", {"q1": item(), "q2": item()}, ["a", "b"])
    found = found.set_index(["group", "item"])
    assert found.loc[("a", "q1"), ["n", "missing", "note"]].tolist() == [0, 3, "no_answers"]
    assert found.loc[("a", "q2"), ["n", "missing", "note"]].tolist() == [
        3,
        0,
        "few_answers;constant",
    ]
    assert found.loc[("b", "q1"), ["n", "missing", "note"]].tolist() == [0, 0, "no_answers"]


def test_skew_and_kurtosis_beyond_the_conventions_are_named():
    frame = pd.DataFrame({"group": "a", "form": "", "q1": [1.0] * 60 + [5.0]})
    assert item_table(frame, "w1", {"q1": item()}, ["a"])["note"].tolist() == ["skewed;peaked"]


def test_floor_and_ceiling_are_shares_of_the_answers(people):
    found = item_table(people, "w1", THREE, ["a", "b"]).set_index(["group", "item"])
    assert found.loc[("a", "q1"), ["floor", "ceiling"]].tolist() == [1 / 3, 2 / 3]
    assert found.loc[("a", "q2"), ["floor", "ceiling"]].tolist() == [0, 1]
    assert found.loc[("all", "q1"), ["floor", "ceiling"]].tolist() == [1 / 4, 2 / 4]


def test_floor_and_ceiling_are_the_items_own_ends():
    frame = pd.DataFrame({"group": "a", "form": "", "q1": [0.0, 0.0, 1.0, 4.0]})
    found = item_table(frame, "w1", {"q1": item(codes=[0, 1, 2, 3, 4])}, ["a"])
    assert found[["floor", "ceiling"]].to_numpy().tolist() == [[0.5, 0.25]]


def test_scales_use_complete_respondents_only():
    """The mean score of those who answered every item: 2 and 4; 5, 5, nan is left out."""
    frame = pd.DataFrame(
        {"group": ["a", "a", "a", "b"], "form": "", "q1": [1.0, 4, 5, 3], "q2": [2.0, 4, 5, NAN],
         "q3": [3.0, 4, NAN, NAN]}
    )  # fmt: skip
    scale = {"scale": "C", "items": ["q1", "q2", "q3"]}
    found = scale_table(
        frame, "w1", dict.fromkeys(["q1", "q2", "q3"], ITEM),
        [{**scale, "group": "all", "groups": ["a", "b"]}, {**scale, "group": "a", "groups": ["a"]},
         {**scale, "group": "b", "groups": ["b"]}],
    ).set_index("group")  # fmt: skip
    assert found["n_asked"].tolist() == [4, 3, 1]
    assert found["n"].tolist() == [2, 2, 0]
    assert found["missing"].tolist() == [2, 1, 1]
    assert found["items"].tolist() == [3, 3, 3]
    assert found.loc["all", "mean"] == found.loc["a", "mean"] == 3
    assert found.loc["a", "sd"] == pytest.approx(np.sqrt(2))
    assert np.isnan(found.loc["b", "mean"])


def test_scales_of_real_answers():
    """As the study's own author scored them (columns LEAD, TSIG and HOSTILE of the file)."""
    scored = leadership(["LEAD", "TSIG", "HOSTILE"])
    scales = [
        {"scale": name, "group": "all", "groups": ["all"], "items": items}
        for name, items in SCALES.items()
    ]
    items = {name: item() for names in SCALES.values() for name in names}
    found = scale_table(leadership().assign(form=""), "w1", items, scales).set_index("scale")
    for name in SCALES:
        assert found.loc[name, "n"] == len(scored)
        assert found.loc[name, "mean"] == pytest.approx(scored[name].mean(), rel=1e-8)
        assert found.loc[name, "sd"] == pytest.approx(scored[name].std(), rel=1e-8)


def test_a_short_form_is_no_missing_answer(people):
    """q1 and q3 are a scale: the three of the short form were never asked all of it."""
    scale = {"scale": "C", "items": ["q1", "q3"]}
    everyone = {**scale, "group": "all", "groups": ["a", "b"]}
    row = scale_table(people, "w1", THREE, [everyone]).iloc[0]
    assert row[["n_asked", "n", "missing"]].tolist() == [3, 1, 2]
    short = people[people["form"] == "short"]
    row = scale_table(short, "w1", THREE, [everyone]).iloc[0]
    assert row[["n_asked", "n", "missing", "note"]].tolist() == [0, 0, 0, "no_answers;not_together"]


def test_scales_at_their_ends_are_named():
    """Two of ten have the highest possible score (items with 5 and 3 answers), none the lowest."""
    frame = pd.DataFrame(
        {"group": "a", "form": "", "q1": [5.0, 5] + [3] * 8, "q2": [3.0, 3] + [1] * 8}
    )
    items = {"q1": item(), "q2": item(codes=[1, 2, 3])}
    scale = {"scale": "C", "items": ["q1", "q2"], "group": "a", "groups": ["a"]}
    row = scale_table(frame, "w1", items, [scale]).iloc[0]
    assert row[["floor", "ceiling", "note"]].tolist() == [0, 0.2, "ceiling"]


# Answers --------------------------------------------------------------------------------


def test_answers_stand_in_the_codes_that_were_asked():
    """Turned answers of a reverse-keyed item are turned back; codes need not be equidistant."""
    asked = np.array([0.0, 0, 1, 3, NAN])
    frame = pd.DataFrame({"group": "a", "form": "", "q1": asked, "q2": 3 - asked})
    items = {"q1": item(codes=[0, 1, 3]), "q2": item(codes=[0, 1, 3], reverse=True)}
    found = answer_table(frame, "w1", items, ["a"])
    for name, reverse in (("q1", 0), ("q2", 1)):
        one = found[found["item"] == name]
        assert one["code"].tolist() == [0, 1, 3]
        assert one["count"].tolist() == [2, 1, 1]
        assert one["share"].tolist() == [0.5, 0.25, 0.25]
        assert set(one["reverse"]) == {reverse}
        assert set(one["n"]) == {4}


def test_empty_and_sparse_categories_are_named():
    frame = pd.DataFrame({"group": ["a"] * 20, "form": "", "q1": [1.0] * 11 + [2] * 5 + [4] * 4})
    found = answer_table(frame, "w1", {"q1": item()}, ["a", "b"]).set_index(["group", "code"])[
        "note"
    ]
    assert found["a"].tolist() == ["", "", "empty", "sparse", "empty"]
    assert found["b"].tolist() == [""] * 5  # nobody there, so nothing is empty for them


def test_answers_of_a_group_that_was_not_asked_have_no_row(people):
    found = answer_table(people, "w1", THREE, ["a", "b"])
    assert set(found.loc[found["item"] == "q2", "group"]) == {"a", "all"}
