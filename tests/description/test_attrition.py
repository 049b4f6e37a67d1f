"""Attrition against R: t.test, prop.test, glm and its likelihood-ratio test."""

import numpy as np
import pandas as pd
import pytest

from reference_data import frozen, leadership
from surveysem.description.attrition import (
    attrition_tables,
    fate_in_next,
    logistic,
    mean_difference,
    scores,
    wilson,
)

NAN = np.nan
ITEMS = ["LEAD01", "LEAD11", "TSIG01", "TSIG03"]


@pytest.fixture(scope="module")
def study():
    """300 respondents: who is lost, two scores, and a side."""
    x, row = leadership(ITEMS, rows=300), np.arange(1, 301)
    lost = np.isin((row**2 + 3 * row) % 11, [0, 1, 4])
    frame = pd.DataFrame({"score": x[ITEMS[:2]].mean(axis=1), "other": x[ITEMS[2:]].mean(axis=1),
                          "side": (row % 2).astype(float)})  # fmt: skip
    return frame, lost, frozen("description", "nonresponse")


def test_standardised_difference(study):
    frame, lost, theirs = study
    n, d, low, high, p = mean_difference(frame["score"].to_numpy(), lost)
    theirs = theirs["smd"]
    assert n == 300
    assert [d, low, high, p] == pytest.approx(
        [theirs[k] for k in ("d", "ci_lower", "ci_upper", "p")], rel=1e-9
    )


def test_wilson_interval(study):
    assert wilson(17, 120) == pytest.approx(study[2]["wilson"], rel=1e-9)


def test_logistic_regression(study):
    frame, lost, theirs = study
    theirs = theirs["logistic"]
    found, (lr, df, p), n, note = logistic(frame, lost, ["side"])
    assert (n, note, df) == (300, "", theirs["df"])
    for column in ("odds_ratio", "ci_lower", "ci_upper", "p"):
        assert found[column].tolist() == pytest.approx(theirs[column], rel=1e-6), column
    assert [lr, p] == pytest.approx([theirs["lr"], theirs["lr_p"]], rel=1e-6)


@pytest.mark.parametrize(
    ("lost", "note"), [(range(3), "few_lost"), (range(50, 100), "separation")]
)  # fmt: skip
def test_a_regression_that_says_nothing_says_why(lost, note):
    x = pd.DataFrame({"a": np.arange(100.0)})
    found, _, n, why = logistic(x, np.isin(np.arange(100), list(lost)), [])
    assert (found, n, why) == (None, 100, note)


def test_who_was_excluded_later_did_take_part():
    fates = pd.DataFrame({"respondent": ["a", "b", "b", "d"],
                          "fate": ["analysed", "excluded", "analysed", "excluded"]})  # fmt: skip
    found = fate_in_next(pd.Series(list("abcd")), fates)
    assert found.tolist() == ["analysed", "analysed", "lost", "excluded"]


def test_scores_use_half_of_the_answers_or_more():
    frame = pd.DataFrame({"group": "a", "form": ["full", "full", "short", "full"],
                          "q1": [1, NAN, 2, NAN], "q2": [3, 4, NAN, NAN],
                          "q3": [5, NAN, NAN, 1.0]})  # fmt: skip
    items = {n: {"groups": [], "forms": ["full"] if n != "q1" else []} for n in ("q1", "q2", "q3")}
    found = scores(frame, items, ["q1", "q2", "q3"])
    assert found[[0, 2]].tolist() == [3, 2]  # the short form holds q1 only
    assert np.isnan(found[[1, 3]]).all()


def test_dropout_that_goes_with_answers_is_found_and_random_dropout_is_not():
    rng, n = np.random.default_rng(5), 600
    table = pd.DataFrame(rng.normal(size=(n, 2)), columns=["q1", "q2"])
    table = table.assign(respondent=[f"r{k}" for k in range(n)], form="",
                         group=np.where(np.arange(n) % 2, "x", "y"))  # fmt: skip
    items = {q: {"groups": [], "forms": []} for q in ("q1", "q2")}
    scales = [{"scale": q.upper(), "group": g, "groups": list(gs), "items": [q]}
              for q in ("q1", "q2") for g, gs in (("all", "xy"), ("x", "x"), ("y", "y"))]  # fmt: skip

    def tables(stays):
        fates = pd.DataFrame({"respondent": table["respondent"][stays], "fate": "analysed"})
        return attrition_tables(table, fates, wave="w1", following="w2", items=items,
                                groups=["x", "y"], scales=scales)  # fmt: skip

    related, predictors = tables(rng.random(n) < 1 / (1 + np.exp(table["q1"] - 0.5)))
    assert related["group"].tolist() == ["x", "y", "all"]
    assert (related["p"] < 0.001).all()
    assert (related["df"] == 2).all()
    assert related["n"].tolist() == [300, 300, 600]
    smd = predictors[predictors["statistic"] == "smd"].set_index(["group", "predictor"])["est"]
    assert smd["all", "Q1"] > 0.5 > abs(smd["all", "Q2"])
    odds = predictors[predictors["statistic"] == "odds_ratio"]
    assert "group:y" in set(odds.loc[odds["group"] == "all", "predictor"])
    random, _ = tables(rng.random(n) < 0.6)
    assert (random["p"] > 0.01).all()
