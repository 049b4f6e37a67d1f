"""Raking against R's survey::rake, trimming, effective sample size."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_data import frozen, leadership
from surveysem.description.weights import MarginError, kish, raked, shares, weight_tables

TARGETS = {
    "a": {"1": 0.15, "2": 0.2, "3": 0.3, "4": 0.35},
    "b": {"2": 0.35, "3": 0.3, "4": 0.35},
    "c": {"g0": 0.35, "g1": 0.3, "g2": 0.2, "g3": 0.15},
}


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    x, row = leadership(["LEAD01", "TSIG01"], rows=300), np.arange(1, 301)
    return pd.DataFrame(
        {"a": x["LEAD01"].clip(upper=4).astype(int).astype(str),
         "b": x["TSIG01"].clip(2, 4).astype(int).astype(str),
         "c": [f"g{k % 4}" for k in row], "start": 1 + (row % 7) / 4}
    )  # fmt: skip


CASES = {"equal": (None, None, None), "start": ("start", None, None), "trimmed": (None, 0.5, 2.0)}


@pytest.mark.parametrize("case", CASES)
def test_against_survey(people, case):
    column, low, high = CASES[case]
    start = people[column].to_numpy() if column else np.ones(300)
    found = raked(people, TARGETS, start, low, high)
    theirs = frozen("description", "nonresponse")["rake"][case]
    assert found.converged
    assert found.difference < 1e-8
    # the trimmed case stops where margins hold to 1e-8, on the way to the same limit
    rel = 1e-5 if low else 1e-7
    assert found.weights == pytest.approx(np.array(theirs["weights"]), rel=rel)
    assert kish(found.weights) == pytest.approx((theirs["n_eff"], theirs["deff"]), rel=rel)


def test_trimming_keeps_the_limits_and_counts(people):
    found = raked(people, TARGETS, np.ones(300), 0.5, 2.0)
    assert found.weights.min() == 0.5
    assert found.weights.max() == 2.0
    assert 0 < found.trimmed.sum() < 300


def test_limits_that_the_margins_do_not_allow_are_said(people):
    found = raked(people, TARGETS, np.ones(300), 0.9, 1.1)
    assert not found.converged
    assert found.difference > 0.01
    assert found.weights.max() <= 1.1


def test_kish_by_hand():
    assert kish(np.array([1.0, 1, 2])) == pytest.approx((16 / 6, 18 / 16))
    assert kish(np.ones(7)) == (7, 1)
    assert np.isnan(kish(np.zeros(3))).all()


@given(st.integers(0, 2**32), st.lists(st.floats(0.2, 1), min_size=5, max_size=5))
def test_margins_hold_for_any_start(seed, parts):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": list("abc") * 40, "y": list("uv") * 60})
    targets = {"x": dict(zip("abc", np.array(parts[:3]) / sum(parts[:3]), strict=True)),
               "y": dict(zip("uv", np.array(parts[3:]) / sum(parts[3:]), strict=True))}  # fmt: skip
    found = raked(frame, targets, rng.uniform(0.5, 3, 120), None, None)
    assert found.converged
    assert found.weights.mean() == pytest.approx(1)
    for variable, levels in targets.items():
        share = shares(frame, found.weights, variable)
        assert share[list(levels)].tolist() == pytest.approx(list(levels.values()), abs=1e-8)


# Tables ---------------------------------------------------------------------------------


def margin(variable, level, value, group="", kind="share") -> dict:
    return {"variable": variable, "level": level, "kind": kind, "value": value, "group": group}


SEX = [margin("sex", "f", 0.5), margin("sex", "m", 0.5)]


def tables(frame, margins, **changes):
    options = {
        "own": False,
        "columns": {"sex": "sex"},
        "lower": None,
        "upper": None,
        "file": "m.csv",
    }
    return weight_tables(
        frame, wave="w1", groups=["a", "b"], margins=margins, **{**options, **changes}
    )


@pytest.fixture
def eight() -> pd.DataFrame:
    return pd.DataFrame(
        {"respondent": [f"r{k}" for k in range(8)], "group": list("aaaabbbb"),
         "sex": [*"fffmfmm", ""], "weight": [1.0, 2, 1, 2, 1, 2, 1, 2]}
    )  # fmt: skip


def test_unknown_levels_keep_their_weight(eight):
    found = tables(eight, SEX)
    assert found["weights"]["weight"].tolist() == pytest.approx(
        [7 / 8] * 3 + [7 / 6, 7 / 8, 7 / 6, 7 / 6, 1]
    )
    assert found["summary"].set_index("group")["unraked"].to_dict() == {"a": 0, "b": 1, "all": 1}
    assert found["margins"][["level", "n", "before", "after"]].to_numpy().tolist() == [
        ["f", 4, pytest.approx(4 / 7), pytest.approx(0.5)],
        ["m", 3, pytest.approx(3 / 7), pytest.approx(0.5)],
    ]


def test_a_users_own_weights_pass_through(eight):
    found = tables(eight, [], own=True, columns={})
    assert found["weights"]["weight"].tolist() == eight["weight"].tolist()
    assert set(found["weights"]["source"]) == {"own"}
    assert found["summary"].set_index("group").loc["all", "n_eff"] == pytest.approx(144 / 20)
    assert found["margins"].empty


def test_within_groups_counts_give_the_groups_their_sizes(eight):
    rows = [margin("sex", s, n, g, "count") for g, s, n in
            (("a", "f", 100), ("a", "m", 200), ("b", "f", 50), ("b", "m", 50))]  # fmt: skip
    known = eight[eight["sex"] != ""]
    weight = tables(known, rows)["weights"].set_index("respondent")["weight"]
    assert weight["r3"] / weight["r0"] == pytest.approx(200 / (100 / 3))
    assert weight[list(known["respondent"][:4])].sum() / weight.sum() == pytest.approx(0.75)
    assert weight.mean() == pytest.approx(1)
    shares_only = [{**m, "kind": "share"} for m in rows]
    weight = tables(known, shares_only)["weights"].set_index("respondent")["weight"]
    assert weight[list(known["respondent"][:4])].sum() == pytest.approx(4)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([margin("sex", "f", 1)], "have the sex 'm', which has no margin"),
        ([*SEX, margin("sex", "x", 0.1)], "no respondent has the sex 'x'"),
        ([margin("sex", "f", 1), margin("sex", "m", 0)], "is 0, but respondents have it"),
    ],
)
def test_levels_that_do_not_match_are_refused(eight, rows, words):
    with pytest.raises(MarginError) as caught:
        tables(eight, rows)
    assert words in str(caught.value).replace("w1: ", "")
    assert "hint" in str(caught.value)
