"""Missing answers: counts and reasons, patterns, Little's test against R."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_data import frozen, holes, leadership
from surveysem.description.mcar import little, mcar_table
from surveysem.description.missing import located, missing_table, pattern_table, reason_table

NAN = np.nan
ITEMS = ["LEAD01", "LEAD11", "TSIG01", "TSIG03", "HOSTIL02", "HOSTIL03"]
NO_REASONS = pd.DataFrame(columns=["file", "row", "item", "status", "reason"])


def item(**changes) -> dict:
    return {"construct": "C", "groups": [], "forms": [], **changes}


@pytest.fixture
def people() -> pd.DataFrame:
    """Two groups, two forms, three items; q2 was asked of group a only, q3 in the full form."""
    rows = [
        (2, "a", "full", 1, 5, 2), (3, "a", "full", 5, 5, NAN), (4, "a", "short", 5, NAN, NAN),
        (6, "b", "full", NAN, NAN, 4), (7, "b", "short", 2, NAN, NAN),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["row", "group", "form", "q1", "q2", "q3"]).assign(
        file="f.csv"
    )


THREE = {"q1": item(), "q2": item(groups=["a"]), "q3": item(forms=["full"])}


# Counts ---------------------------------------------------------------------------------


def test_missing_answers_are_counted_apart_from_what_was_not_asked(people):
    found = missing_table(people, "w1", THREE, ["a", "b"], NO_REASONS)
    columns = ["group", "item", "n", "asked", "answered", "unanswered", "not_asked"]
    assert found[columns].to_numpy().tolist() == [
        ["a", "q1", 3, 3, 3, 0, 0], ["a", "q2", 3, 3, 2, 1, 0], ["a", "q3", 3, 2, 1, 1, 1],
        ["b", "q1", 2, 2, 1, 1, 0], ["b", "q2", 2, 0, 0, 0, 2], ["b", "q3", 2, 1, 1, 0, 1],
        ["all", "q1", 5, 5, 4, 1, 0], ["all", "q2", 5, 3, 2, 1, 2], ["all", "q3", 5, 3, 2, 1, 2],
    ]  # fmt: skip
    assert set(found["wave"]) == {"w1"}
    assert (found["empty"] == found["unanswered"]).all()
    assert found["share"].dropna().tolist() == [0, 1 / 3, 1 / 2, 1 / 2, 0, 1 / 5, 1 / 3, 1 / 3]


def test_a_study_without_groups_has_one_part(people):
    found = missing_table(people, "w1", THREE, ["all"], NO_REASONS)
    assert found["group"].tolist() == ["all"] * 3
    assert found["n"].tolist() == [5] * 3


def test_reasons_concern_analysed_rows_only(people):
    reasons = pd.DataFrame(
        [("f.csv", 4, "q2", "declared_missing", "-9"),
         ("f.csv", 6, "q1", "invalid", "7"),
         ("f.csv", 5, "q1", "invalid", "8")],  # excluded at cleaning
        columns=["file", "row", "item", "status", "reason"],
    )  # fmt: skip
    found = missing_table(people, "w1", THREE, ["a", "b"], reasons).set_index(["group", "item"])
    kinds = ["unanswered", "empty", "declared", "invalid"]
    assert found.loc[("a", "q2"), kinds].tolist() == [1, 0, 1, 0]
    assert found.loc[("b", "q1"), kinds].tolist() == [1, 0, 0, 1]
    assert found.loc[("all", "q3"), kinds].tolist() == [1, 1, 0, 0]
    assert (found["empty"] + found["declared"] + found["invalid"] == found["unanswered"]).all()
    listed = reason_table(people, "w1", ["a", "b"], reasons)
    assert listed.to_numpy().tolist() == [["w1", "a", "q2", "-9", 1], ["w1", "all", "q2", "-9", 1]]


def test_clean_rows_know_where_they_come_from(people):
    fates = pd.DataFrame(
        {"file": "f.csv", "row": [2, 3, 4, 5, 6, 7],
         "fate": ["analysed"] * 3 + ["excluded"] + ["analysed"] * 2}
    )  # fmt: skip
    clean = people.drop(columns=["file", "row"])
    pd.testing.assert_frame_equal(located(clean, fates)[people.columns], people)


# Patterns -------------------------------------------------------------------------------


def test_patterns_hold_what_was_asked_and_not_answered(people):
    found = pattern_table(people, "w1", THREE, ["a", "b"])
    assert found[["group", "pattern", "kind", "n", "items"]].to_numpy().tolist() == [
        ["a", 1, "complete", 1, ""], ["a", 2, "scattered", 1, "q3"], ["a", 3, "scattered", 1, "q2"],
        ["b", 1, "scattered", 1, "q1"], ["b", 2, "complete", 1, ""],
        ["all", 1, "complete", 2, ""], ["all", 2, "scattered", 1, "q3"],
        ["all", 3, "scattered", 1, "q2"], ["all", 4, "scattered", 1, "q1"],
    ]  # fmt: skip


def test_who_stopped_left_out_everything_from_there_on():
    items = {f"q{k}": item(forms=["full"] if k == 3 else []) for k in range(1, 6)}
    rows = [("full", 1, 1, NAN, NAN, NAN), ("short", 1, 1, NAN, NAN, NAN),
            ("full", 1, NAN, 1, NAN, NAN), ("full", 1, 1, 1, 1, NAN)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["form", *items]).assign(group="a")
    found = pattern_table(frame, "w1", items, ["a"]).set_index("items")["kind"].to_dict()
    assert found == {"q3;q4;q5": "breakoff", "q4;q5": "breakoff", "q2;q4;q5": "scattered",
                     "q5": "scattered"}  # fmt: skip


@given(
    st.lists(st.lists(st.sampled_from([1.0, NAN]), min_size=3, max_size=3), min_size=1, max_size=25)
)
def test_patterns_add_up(rows):
    frame = pd.DataFrame(rows, columns=["q1", "q2", "q3"]).assign(group="a", form="")
    items = {name: item() for name in ("q1", "q2", "q3")}
    found = pattern_table(frame, "w1", items, ["a"])
    assert found["n"].sum() == len(frame)
    assert found["share"].sum() == pytest.approx(1)
    assert (found["n"] * found["unanswered"]).sum() == frame.isna().to_numpy().sum()
    assert found["n"].is_monotonic_decreasing


# Little's test --------------------------------------------------------------------------


def related() -> pd.DataFrame:
    """Missing answers that go with the first item; rows are counted from 1."""
    x, row = leadership(ITEMS, rows=300), np.arange(1, 301)
    low = x["LEAD01"].to_numpy() <= 2
    x.loc[low & (row % 3 > 0), "LEAD11"] = NAN
    x.loc[low & (row % 5 == 0), "TSIG03"] = NAN
    return x


DATA = {
    "airquality": lambda: np.array(frozen("description", "nonresponse")["airquality"], dtype=float),
    "holes": lambda: holes(leadership(ITEMS, rows=300)).to_numpy(),
    "related": lambda: related().to_numpy(),
}


@pytest.mark.parametrize("name", DATA)
def test_little_against_an_em_in_base_r(name):
    theirs = frozen("description", "nonresponse")["little"][name]
    found = little(DATA[name]())
    assert (found.df, found.n, found.patterns) == tuple(theirs[k] for k in ("df", "n", "patterns"))
    assert found.d2 == pytest.approx(theirs["d2"], rel=1e-6)
    assert found.p == pytest.approx(theirs["p"], rel=1e-5)


def test_little_against_published_values():
    """naniar's manual, mcar_test(airquality): 35.1 on 14 df, 4 patterns; p = .00142."""
    found = little(DATA["airquality"]())
    assert round(found.d2, 3) == 35.106
    assert (found.df, found.patterns) == (14, 4)
    assert round(found.p, 5) == 0.00142


@pytest.mark.parametrize(
    ("x", "note"),
    [(np.ones((9, 2)), "no_variance"), (np.arange(20.0).reshape(10, 2), "complete"),
     ([[1, NAN], [2, NAN], [NAN, 1], [NAN, 3.0]], "no_df"),
     ([[1, 2, 3], [2, NAN, 1], [4, 1, NAN]], "too_few")],
)  # fmt: skip
def test_what_cannot_be_tested_says_why(x, note):
    found = little(np.array(x, dtype=float))
    assert found.note == note
    assert np.isnan(found.p)


def test_the_level_of_little_s_test():
    """400 samples with answers missing completely at random: 5 % lie beyond the 5 % point."""
    rng, beyond, many = np.random.default_rng(4), 0, 400
    for _ in range(many):
        x = rng.standard_normal((150, 3)) @ np.array([[1, 0.5, 0.3], [0, 1, 0.4], [0, 0, 1]])
        x[rng.random(x.shape) < 0.15] = NAN
        beyond += little(x).p < 0.05
    assert beyond / many == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / many))


def test_what_was_not_asked_is_no_evidence(people):
    """Items that only some of a part were asked are left out of its test."""
    scales = [{"scale": "C", "group": "all", "groups": ["a", "b"], "items": ["q1"]}]
    found = mcar_table(people, "w1", THREE, ["a", "b"], scales)
    assert found[["group", "scale", "items"]].to_numpy().tolist() == [
        ["a", "all", 2], ["b", "all", 1], ["all", "all", 1], ["all", "C", 1],
    ]  # fmt: skip
