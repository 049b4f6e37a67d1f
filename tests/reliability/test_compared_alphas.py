"""Comparisons of alpha between groups and between waves."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from likert import likert
from scipy import stats

from reference_data import frozen
from surveysem.adjust import holm
from surveysem.reliability.classical import alpha, alpha_interval
from surveysem.reliability.compare import (
    COLUMNS,
    between_groups,
    between_waves,
    difference_interval,
    equal_alphas,
)

CASES = frozen("reliability", "compare")
STRONG, WEAK = [0.8, 0.8, 0.7, 0.7], [0.5, 0.5, 0.4, 0.4]


# Tests of independent alphas -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_equal_alphas_against_metafor(name):
    """Q of the alphas in Hakstian and Whalen's scale, escalc(measure = "AHW")."""
    case = CASES[name]
    found, df, p = equal_alphas(case["alpha"], case["n"], case["items"])
    assert found == pytest.approx(case["chisq"], rel=1e-9)
    assert df == case["df"]
    assert p == pytest.approx(case["p"], rel=1e-9)


def test_equal_alphas_keeps_its_level():
    """5 % of samples from one population are called different (normal answers, four items)."""
    rng = np.random.default_rng(1)
    cov = np.outer(STRONG, STRONG) + np.diag(1 - np.square(STRONG))
    L = np.linalg.cholesky(cov)

    def drawn(n):
        y = rng.standard_normal((2000, n, 4)) @ L.T
        y -= y.mean(axis=1, keepdims=True)
        total = (y.sum(axis=2) ** 2).sum(axis=1)
        return 4 / 3 * (1 - (y**2).sum(axis=(1, 2)) / total)

    pairs = zip(drawn(80), drawn(120), strict=True)
    rejected = np.mean([equal_alphas(pair, (80, 120), 4)[2] < 0.05 for pair in pairs])
    assert 0.038 < rejected < 0.062


@pytest.mark.parametrize("alphas", [[0.8], [0.8, 1.0]])
def test_no_test_of_one_group_or_a_perfect_scale(alphas):
    assert np.isnan(equal_alphas(alphas, [100] * len(alphas), 4)[0])


def test_difference_interval_by_hand():
    """Zou (2007), eq. 15: with symmetric intervals the usual one."""
    lower, upper = difference_interval((0.8, 0.7, 0.9), (0.6, 0.4, 0.8))
    assert (lower, upper) == pytest.approx((0.2 - np.hypot(0.1, 0.2), 0.2 + np.hypot(0.1, 0.2)))
    lower, upper = difference_interval((0.8, 0.7, 0.85), (0.6, 0.4, 0.65))
    assert (lower, upper) == pytest.approx((0.2 - np.hypot(0.1, 0.05), 0.2 + np.hypot(0.05, 0.2)))


def test_holm_against_pingouin():
    p = [0.01, 0.04, 0.03, 0.2]
    np.testing.assert_allclose(holm(p), pingouin.multicomp(p, method="holm")[1])
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])
    assert len(holm([])) == 0


# Groups ---------------------------------------------------------------------------------------------------


def grouped(**by_group) -> pd.DataFrame:
    """Answers of several groups below each other."""
    return pd.concat([x.assign(group=g) for g, x in by_group.items()], ignore_index=True)


def entries(scale="S", **items):
    """One entry a group; and one for all together, which comparisons leave alone."""
    common = [i for i in next(iter(items.values())) if all(i in x for x in items.values())]
    own = [{"scale": scale, "group": g, "groups": [g], "items": list(x)} for g, x in items.items()]
    return [{"scale": scale, "group": "all", "groups": list(items), "items": common}, *own]


ALL = ["q1", "q2", "q3", "q4"]


def test_two_groups():
    a, b = likert(200, STRONG, seed=1), likert(150, WEAK, seed=2)
    table = between_groups(grouped(a=a, b=b), "w", entries(a=ALL, b=ALL))
    assert table.columns.tolist() == COLUMNS
    (row,) = table.itertuples()
    assert (row.group, row.other_group, row.n, row.other_n) == ("a", "b", 200, 150)
    one, two = alpha(a.to_numpy()), alpha(b.to_numpy())
    assert row.est == pytest.approx(one - two)
    expected = difference_interval(
        (one, *alpha_interval(one, 200, 4)), (two, *alpha_interval(two, 150, 4))
    )
    assert (row.ci_lower, row.ci_upper) == pytest.approx(expected)
    assert row.p == row.p_adj == equal_alphas([one, two], [200, 150], 4)[2] < 0.001


def test_three_groups_are_tested_together_and_in_pairs():
    table = between_groups(
        grouped(a=likert(200, STRONG, seed=1), b=likert(200, WEAK, seed=2), c=likert(200, WEAK, seed=3)),
        "w",
        entries(a=ALL, b=ALL, c=ALL),
    )  # fmt: skip
    assert table["statistic"].tolist() == ["groups_chisq", *["groups_difference"] * 3]
    assert table["df"].tolist() == [2, 1, 1, 1]
    np.testing.assert_allclose(table["p_adj"][1:], holm(table["p"][1:]))


def test_groups_are_compared_on_the_items_that_both_were_asked():
    a, b, c = (likert(200, STRONG, seed=s) for s in (1, 2, 3))
    table = between_groups(
        grouped(a=a, b=b, c=c.assign(q3=np.nan, q4=np.nan)),
        "w",
        entries(a=ALL, b=ALL, c=["q1", "q2"]),
    ).set_index(["group", "other_group"])
    assert table["items"].to_dict() == {
        ("all", ""): 2, ("a", "b"): 4, ("a", "c"): 2, ("b", "c"): 2}  # fmt: skip
    two = [x[["q1", "q2"]].to_numpy() for x in (a, c)]
    assert table.loc[("a", "c"), "est"] == pytest.approx(alpha(two[0]) - alpha(two[1]))


ONE_ITEM = "one item: internal consistency needs two or more"


@pytest.mark.parametrize(
    ("change", "items", "expected"),
    [
        (lambda x: x.assign(q2=3.0), ALL, "b: everyone gave the same answer to q2"),
        (lambda x: x * np.nan, ALL, "b: 0 complete answers: too few"),
        (lambda x: x, ["q5"], "no item that all were asked"),
        (lambda x: x, ["q1"], f"a: {ONE_ITEM}; b: {ONE_ITEM}"),
    ],
)
def test_why_groups_cannot_be_compared(change, items, expected):
    answers = likert(100, STRONG)
    table = between_groups(grouped(a=answers, b=change(answers)), "w", entries(a=ALL, b=items))
    (row,) = table.itertuples()
    assert row.note == expected
    assert np.isnan([row.est, row.p]).all()


def test_one_group_is_not_compared():
    entry = {"scale": "S", "group": "all", "groups": ["all"], "items": ALL}
    assert between_groups(likert(50, STRONG), "w", [entry]).empty


# Waves ----------------------------------------------------------------------------------------------------

ENTRY = [{"scale": "S", "group": "all", "groups": ["all"], "items": ALL}]


def compared(first, second, panel=True, draws=500):
    """Rows by statistic."""
    told = {
        "wave": "w1",
        "following": "w2",
        "scales": ENTRY,
        "panel": panel,
        "draws": draws,
        "seed": 1,
    }
    return between_waves(first, second, **told).set_index("statistic")


def people(answers: pd.DataFrame, start: int = 0) -> pd.DataFrame:
    """Answers of respondents numbered from `start`."""
    return answers.assign(respondent=[f"r{start + k}" for k in range(len(answers))], group="all")


def test_independent_waves_are_compared_like_groups():
    a, b = likert(200, STRONG, seed=1), likert(150, WEAK, seed=2)
    row = compared(people(a), people(b), panel=False).loc["waves_difference"]
    groups = between_groups(grouped(a=b, b=a), "w", entries(a=ALL, b=ALL)).loc[0]
    for name in ("est", "ci_lower", "ci_upper", "p"):
        assert row[name] == groups[name]
    assert row["est"] == pytest.approx(alpha(b.to_numpy()) - alpha(a.to_numpy()))
    assert "retest_r" not in compared(people(a), people(b), panel=False).index


def test_the_same_answers_twice_differ_by_nothing():
    answers = people(likert(200, STRONG))
    table = compared(answers, answers.sample(frac=1, random_state=1))
    row = table.loc["waves_difference"]
    assert (row["est"], row["p"]) == (pytest.approx(0, abs=1e-12), 1)
    assert row["ci_upper"] - row["ci_lower"] < 1e-9
    assert table.loc["retest_r", "est"] == pytest.approx(1)


def test_dependence_narrows_the_interval():
    """A second wave that repeats most answers, beside one of other people with these answers."""
    rng = np.random.default_rng(5)
    first = likert(300, STRONG, seed=4)
    again = rng.random(first.shape) < 0.95
    second = first.where(again, likert(300, STRONG, seed=9))
    same = compared(people(first), people(second)).loc["waves_difference"]
    others = compared(people(first), people(second, start=1000)).loc["waves_difference"]
    assert same["est"] == others["est"]
    width = [row["ci_upper"] - row["ci_lower"] for row in (same, others)]
    assert width[0] < 0.6 * width[1]


def test_other_people_are_as_good_as_independent_samples():
    first, second = people(likert(300, STRONG, seed=4)), people(likert(300, WEAK, seed=5), 1000)
    drawn = compared(first, second, draws=2000).loc["waves_difference"]
    known = compared(first, second, panel=False).loc["waves_difference"]
    for name in ("ci_lower", "ci_upper"):
        assert drawn[name] == pytest.approx(known[name], abs=0.02)


def test_retest_correlation_against_scipy():
    first, second = people(likert(100, STRONG, seed=4)), people(likert(100, STRONG, seed=5), 40)
    row = compared(first, second).loc["retest_r"]
    assert row["n"] == row["other_n"] == 60
    r = stats.pearsonr(first[ALL].mean(axis=1)[40:], second[ALL].mean(axis=1)[:60])
    assert row["est"] == pytest.approx(r.statistic)
    assert (row["ci_lower"], row["ci_upper"]) == pytest.approx(tuple(r.confidence_interval()))


def test_a_wave_without_answers():
    empty = people(likert(100, STRONG) * np.nan)
    table = compared(people(likert(100, STRONG)), empty)
    assert table.loc["waves_difference", "note"] == "w2: 0 complete answers: too few"
    assert table.loc["retest_r", "note"] == "0 respondents in both waves: too few"
    assert table["est"].isna().all()


def test_no_respondent_twice():
    table = compared(people(likert(100, STRONG)), people(likert(100, STRONG), 1000))
    assert table.loc["retest_r", "note"] == "0 respondents in both waves: too few"
    assert np.isfinite(table.loc["waves_difference", "est"])
