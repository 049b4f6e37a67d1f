"""Correlations and normality, against lavaan, psych, semTools and simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_data import frozen, holes, leadership
from surveysem.correlation import fisher_interval, pearson
from surveysem.description import normality
from surveysem.description.correlations import MOST, correlation_table
from surveysem.description.normality import mardia, normality_table
from surveysem.sem.ordinal.pairs import polychorics

NAN = np.nan
SIX = ["LEAD01", "LEAD11", "TSIG01", "TSIG03", "HOSTIL02", "HOSTIL03"]
LEAD = [f"LEAD{k:02}" for k in range(1, 12)]
R = frozen("description", "relations")
ITEM = {"construct": "C", "codes": [1, 2, 3, 4, 5], "groups": [], "forms": []}


def answers(items=SIX, rows=300) -> np.ndarray:
    return leadership(items, rows=rows).to_numpy()


def lower(matrix: np.ndarray) -> np.ndarray:
    """Below the diagonal, column by column, as R has it."""
    return matrix.T[np.triu_indices(len(matrix), 1)]


# Correlations ---------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["complete", "holes", "two"])
def test_polychoric_correlations_against_lavaan(data):
    """lavaan::lavCor, listwise of complete answers, pairwise of those with holes."""
    x = {
        "complete": answers,
        "holes": lambda: holes(leadership(SIX, rows=300)).to_numpy(),
        "two": lambda: (answers(SIX[:4]) > 3).astype(float),
    }[data]()
    np.testing.assert_allclose(lower(polychorics(x, MOST).rho), R["correlations"][data], atol=1e-6)


def test_pearson_against_r():
    """stats::cor(use = "pairwise") and psych::pairwiseCount."""
    r, n = pearson(holes(leadership(SIX, rows=300)).to_numpy())
    np.testing.assert_allclose(lower(r), R["correlations"]["pearson"], atol=1e-12)
    assert lower(n).tolist() == R["correlations"]["n"]


def test_fisher_interval_against_psych():
    """psych::r.con(0.42, 57)."""
    found = fisher_interval(0.42, 57)
    assert found == pytest.approx(R["correlations"]["fisher"], abs=1e-12)


@given(
    st.lists(
        st.tuples(*[st.one_of(st.integers(1, 4).map(float), st.just(NAN))] * 3),
        min_size=3, max_size=25,
    )
)  # fmt: skip
def test_pearson_against_pandas(rows):
    frame = pd.DataFrame(rows)
    r, n = pearson(frame.to_numpy())
    known = frame.notna().to_numpy().astype(int)
    assert (n == known.T @ known).all()
    theirs = frame.corr(min_periods=3).to_numpy()
    assert (np.isnan(r) == np.isnan(theirs)).all()
    np.testing.assert_allclose(r, theirs, atol=1e-10)


def test_items_without_a_correlation_are_nan_and_named():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, (40, 5)).astype(float), columns=list("abcde"))
    frame["b"] = 3.0  # one category
    frame["c"] = NAN  # nobody answered
    frame.loc[:20, "d"] = NAN  # d and e were never answered together
    frame.loc[21:, "e"] = NAN
    frame = frame.assign(group="g", form="")
    found = correlation_table(frame, "w1", dict.fromkeys("abcde", ITEM), ["g"], [])
    found = found.set_index(["name", "with"])
    assert found["note"].to_dict() == {
        ("a", "b"): "constant", ("a", "c"): "few", ("a", "d"): "", ("a", "e"): "",
        ("b", "c"): "few", ("b", "d"): "constant", ("b", "e"): "constant", ("c", "d"): "few",
        ("c", "e"): "few", ("d", "e"): "few",
    }  # fmt: skip
    assert (found["polychoric"].notna() == (found["note"] == "")).all()
    assert found.loc[("d", "e"), "n"] == 0


def test_the_same_answers_twice_end_at_the_bound():
    x = np.tile([[1.0, 1], [2, 2], [3, 3], [4, 4]], (9, 1))
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(group="g", form="")
    row = correlation_table(frame, "w1", {"a": ITEM, "b": ITEM}, ["g"], []).iloc[0]
    assert row["pearson"] == 1
    assert np.isnan(row["ci_lower"])
    assert row["polychoric"] == pytest.approx(0.999)
    assert row["empty_cells"] == 12
    assert row["note"] == "bound"


def test_pairs_that_no_group_was_asked_have_no_row():
    items = {"q1": ITEM, "q2": {**ITEM, "groups": ["a"]}, "q3": {**ITEM, "groups": ["b"]}}
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.integers(1, 6, (60, 3)).astype(float), columns=list(items))
    frame = frame.assign(group=["a"] * 30 + ["b"] * 30, form="")
    frame.loc[:29, "q3"] = frame.loc[30:, "q2"] = NAN
    scales = [
        {"scale": "S", "group": "all", "groups": ["a", "b"], "items": ["q1"]},
        {"scale": "A", "group": "a", "groups": ["a"], "items": ["q2"]},
        {"scale": "S", "group": "a", "groups": ["a"], "items": ["q1"]},
    ]
    found = correlation_table(frame, "w1", items, ["a", "b"], scales)
    pairs = [tuple(row) for row in found[["group", "kind", "name", "with"]].to_numpy()]
    assert pairs == [
        ("a", "item", "q1", "q2"), ("b", "item", "q1", "q3"),
        ("all", "item", "q1", "q2"), ("all", "item", "q1", "q3"), ("a", "scale", "A", "S"),
    ]  # fmt: skip
    assert found.loc[4, "pearson"] == pytest.approx(found.loc[0, "pearson"])
    assert found.loc[2, "n"] == 30


# Normality ------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "items", "rows"), [("few", LEAD, 60), ("many", SIX, 300)])
def test_mardia_against_psych_and_semtools(data, items, rows):
    """psych::mardia (and semTools, the same), whose covariance has the divisor n - 1."""
    theirs, m = R["mardia"][data], mardia(answers(items, rows))
    n = theirs["n"]
    skew, kurtosis = (n / (n - 1)) ** 3, (n / (n - 1)) ** 2
    assert m.skewness == pytest.approx(skew * theirs["b1"], rel=1e-10)
    assert m.chi2_corrected == pytest.approx(skew * theirs["small"], rel=1e-10)
    assert m.df == theirs["df"]
    assert m.kurtosis == pytest.approx(kurtosis * theirs["b2"], rel=1e-10)
    m2 = len(items) * (len(items) + 2)
    z = (kurtosis * theirs["b2"] - m2) / np.sqrt(8 * m2 / n)
    assert m.z == pytest.approx(z, rel=1e-9)


def test_p_values_are_those_of_the_tests():
    """pchisq(278.3739, 286, lower.tail = FALSE) and pnorm, as psych gives them."""
    theirs = R["mardia"]["few"]
    assert normality._p(theirs["small"], theirs["df"]) == pytest.approx(theirs["p_small"], rel=1e-9)
    assert normality._p(theirs["z"], NAN) == pytest.approx(theirs["p_kurt"], rel=1e-9)


def test_corrected_statistics_have_the_right_moments_for_normal_data():
    """Over 4,000 normal samples: mean of chi2 / df 1, mean and variance of z 0 and 1."""
    rng, found = np.random.default_rng(3), []
    for _ in range(4000):
        m = mardia(rng.normal(size=(20, 2)))
        found.append((m.chi2 / m.df, m.chi2_corrected / m.df, m.z, m.z_corrected))
    plain_chi2, chi2, plain_z, z = np.array(found).T
    assert chi2.mean() == pytest.approx(1, abs=0.04)
    assert plain_chi2.mean() < 0.9
    assert z.mean() == pytest.approx(0, abs=0.06)
    assert z.var() == pytest.approx(1, abs=0.12)
    assert plain_z.mean() < -0.2


def test_mardia_does_not_depend_on_scale_or_way_of_summing():
    x = answers(SIX, 300)
    m = mardia(x)
    turned = mardia(x @ np.diag([1, 1e-3, 1e3, -1, 5, 2]) + 7)
    assert turned.skewness == pytest.approx(m.skewness, rel=1e-9)
    z = np.random.default_rng(4).normal(size=(50, 9))
    both = [normality._cubes(z), normality._cubes(np.tile(z, (3, 1))) / 9]  # n below, above p^2
    assert both == pytest.approx([((z @ z.T) ** 3).sum()] * 2)


def test_what_has_no_normality_test_says_why():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.integers(1, 6, (30, 3)).astype(float), columns=["q1", "q2", "q3"])
    frame["q3"] = frame["q1"]
    frame["q4"] = NAN
    frame = frame.assign(group=["a"] * 26 + ["b"] * 4, form="full")
    frame.loc[4, "form"] = "short"
    items = {**dict.fromkeys(["q1", "q3", "q4"], ITEM), "q2": {**ITEM, "forms": ["full"]}}
    scales = [
        {"scale": "S", "group": "a", "groups": ["a"], "items": ["q1", "q2"]},
        {"scale": "S", "group": "b", "groups": ["b"], "items": ["q1", "q2", "q4"]},
        {"scale": "T", "group": "b", "groups": ["b"], "items": ["q1", "q2"]},
    ]
    found = normality_table(frame, "w1", items, ["a", "b"], scales)
    found = found[found["statistic"] == "kurtosis"].set_index(["group", "scale"])
    assert found["note"].to_dict() == {
        ("a", "all"): "singular", ("b", "all"): "few", ("all", "all"): "singular",
        ("a", "S"): "", ("b", "S"): "few", ("b", "T"): "",
    }  # fmt: skip
    assert found.loc[("a", "all"), "items"] == 2  # q2 was not in every form, q4 has no answer
