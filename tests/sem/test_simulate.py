"""Data drawn from a population: against its moments, shares, and lavaan's defaults.

lavaan's moments come from tests/reference/sem/scores/generate.R.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sem_cases import FOLDER, HS, table

from surveysem.sem import fit, nonnormal
from surveysem.sem.errors import DataError, ModelError
from surveysem.sem.population import population, population_moments
from surveysem.sem.simulate import Mar, simulate

FROZEN = json.loads((FOLDER / "scores" / "scores.json").read_text(encoding="utf-8"))["population"]
POPULATION = """f =~ 0.8*x1 + 0.7*x2 + x3
g =~ 0.9*y1 + 0.6*y2 + 0.5*y3
g ~ 0.4*f + 0.3*z
w ~ 0.5*g + z
x1 ~~ 0.3*x2
x1 ~~ 0.36*x1
x2 ~ 1.5*1
f ~~ 0.2*z"""
STANDARD = """f =~ 0.8*x1 + 0.7*x2 + x3
g =~ 0.9*y1 + 0.6*y2 + 0.5*y3
g ~ 0.5*f"""
ONE = "f =~ 0.8*x1 + 0.7*x2 + 0.6*x3"
CUTS = {"x1": [-1, 0, 1.5], "x3": [0.25]}


def near(ours, truth, n, width=5.0):
    """Sample moments within five standard errors of the population's."""
    cov = truth["cov"].to_numpy()
    se = np.sqrt((np.outer(np.diag(cov), np.diag(cov)) + cov**2) / n)
    assert (np.abs(ours.cov().to_numpy() - cov) < width * se).all()
    gap = np.abs(ours.mean().to_numpy() - truth["mean"].to_numpy())
    assert (gap < width * np.sqrt(np.diag(cov) / n)).all()


# The population -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "model", "options"),
    [("default", POPULATION, {}), ("standardized", STANDARD, {"standardized": True})],
)
def test_population_moments_against_lavaan(name, model, options):
    theirs = FROZEN[name]
    ours = population_moments(model, **options)[0]
    assert list(ours["cov"].columns) == theirs["names"]
    np.testing.assert_allclose(ours["cov"], theirs["cov"], atol=1e-12)
    np.testing.assert_allclose(ours["mean"], theirs["mean"] or 0, atol=1e-12)


def test_every_total_variance_is_one_when_standardised():
    """Also where a dependent predicts another: lavaan 0.6-14 gives c a variance of 1.16."""
    chain = "a =~ x1 + x2\nb =~ y1 + y2\nc =~ z1 + z2\nb ~ 0.6*a\nc ~ 0.5*b + 0.2*a\nv ~ 0.4*c"
    found = population_moments(chain, standardized=True)[0]["cov"]
    np.testing.assert_allclose(np.diag(found), 1)
    assert found.loc["y1", "y2"] == pytest.approx(0.49)
    assert found.loc["x1", "y1"] == pytest.approx(0.49 * 0.6)
    assert found.loc["z1", "v"] == pytest.approx(0.7 * 0.4)


def test_values_labels_and_starts_are_the_populations():
    same = ["f =~ 0.8*x1 + 0.7*x2 + 0.6*x3", "f =~ 0.8*a*x1 + start(0.7)*x2 + start(0.6)*b*x3\n"
            "b == 0.6"]  # fmt: skip
    covs = [population(text).cov[0] for text in same]
    np.testing.assert_allclose(*covs)
    single = population_moments("f =~ x1")[0]["cov"]
    assert single.iloc[0, 0] == 2.0


def test_groups_have_their_own_values():
    a, b = population_moments("f =~ c(0.8, 0.5)*x1 + x2\nf ~ c(0, 1)*1", groups=2)
    assert a["cov"].loc["x1", "x2"] == pytest.approx(0.8)
    assert b["cov"].loc["x1", "x2"] == pytest.approx(0.5)
    assert b["mean"].tolist() == [0.5, 1.0]


def test_a_fit_and_its_table_are_populations():
    found = fit(HS, table("hs"), group="school", group_equal=["loadings", "intercepts"])
    for model in (found, found.parameters):
        for ours, theirs in zip(population_moments(model), found.implied(), strict=True):
            np.testing.assert_allclose(ours["cov"], theirs["cov"])
            np.testing.assert_allclose(ours["mean"], theirs["mean"])


def test_thresholds_may_stand_in_a_table():
    rows = [("f", "=~", "x1", 0.8), ("f", "=~", "x2", 0.7), ("f", "~~", "f", 1.0),
            ("x1", "~~", "x1", 0.36), ("x2", "~~", "x2", 0.51),
            ("x1", "|", "t1", -0.5), ("x1", "|", "t2", 0.5)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["lhs", "op", "rhs", "est"])
    assert population(frame).thresholds[0]["x1"].tolist() == [-0.5, 0.5]
    assert sorted(simulate(frame, 200, 1)["x1"].unique()) == [1, 2, 3]


# Draws ----------------------------------------------------------------------------------------


def test_moments_of_a_large_sample():
    n = 100_000
    near(simulate(POPULATION, n, 1), population_moments(POPULATION)[0], n)


def test_groups_of_their_own_size():
    model = "f =~ c(0.8, 0.5)*x1 + x2\nf ~ c(0, 1)*1"
    found = simulate(model, [20_000, 40_000], 2, group="site", group_labels=["north", "south"])
    assert found["site"].value_counts().to_dict() == {"north": 20_000, "south": 40_000}
    parts = population_moments(model, groups=2)
    for (_, part), truth in zip(found.groupby("site"), parts, strict=True):
        near(part.drop(columns="site"), truth, len(part))


def test_the_seed_is_all():
    options = {"thresholds": CUTS, "missing": {"x2": 0.2}}
    first = simulate(ONE, 50, 7, **options)
    pd.testing.assert_frame_equal(first, simulate(ONE, 50, np.random.default_rng(7), **options))
    assert not first.equals(simulate(ONE, 50, 8, **options))
    # holes do not change the answers that remain
    whole = simulate(ONE, 50, 7, thresholds=CUTS)
    assert (first["x2"].isna() | (first["x2"] == whole["x2"])).all()


def test_a_fit_of_a_simulated_sample_finds_the_population():
    found = fit(POPULATION.replace("0.36*x1", "x1"), simulate(POPULATION, 20_000, 3), std_lv=True)
    row = found.parameters.query("lhs == 'w' and op == '~' and rhs == 'z'").iloc[0]
    assert abs(row["est"]) < 4 * row["se"]
    variance = found.parameters.query("lhs == 'x1' and op == '~~' and rhs == 'x1'").iloc[0]
    assert abs(variance["est"] - 0.36) < 4 * variance["se"]


# Ordinal ---------------------------------------------------------------------------------------


def test_shares_of_the_categories():
    n = 50_000
    found = simulate(ONE, n, 4, thresholds=CUTS)
    sd = np.sqrt(np.diag(population(ONE).cov[0]))
    for name, k in (("x1", 0), ("x3", 2)):
        expected = np.diff(stats.norm.cdf([-np.inf, *CUTS[name], np.inf], scale=sd[k]))
        shares = found[name].value_counts(normalize=True).sort_index()
        assert shares.index.tolist() == list(range(1, len(CUTS[name]) + 2))
        assert (np.abs(shares - expected) < 5 * np.sqrt(expected * (1 - expected) / n)).all()
    assert found["x2"].nunique() == n


def test_thresholds_may_differ_by_group():
    cuts = {"x1": [[0.0], [10.0]], "x2": [0.0, 1.0]}
    found = simulate(ONE, [500, 500], 5, thresholds=cuts)
    assert (found.loc[found["group"] == 2, "x1"] == 1).all()
    assert found.loc[found["group"] == 1, "x1"].nunique() == 2
    assert found.groupby("group")["x2"].nunique().tolist() == [3, 3]


# Missing answers -----------------------------------------------------------------------------


def test_missing_completely_at_random():
    n = 40_000
    found = simulate(ONE, n, 6, missing={"x1": 0.3, "x2": 0.1}, thresholds={"x2": [0.0]})
    shares = found.isna().mean()
    assert shares["x1"] == pytest.approx(0.3, abs=0.012)
    assert shares["x2"] == pytest.approx(0.1, abs=0.008)
    assert shares["x3"] == 0
    assert sorted(found["x2"].dropna().unique()) == [1, 2]
    assert abs(np.corrcoef(found["x1"].isna(), found["x3"])[0, 1]) < 5 / np.sqrt(n)


def test_missing_at_random_by_a_logistic_regression():
    n = 40_000
    found = simulate(ONE, n, 6, missing={"x1": Mar(0.2, on="x3", slope=1.5)})
    missing, x = found["x1"].isna().to_numpy(), stats.zscore(found["x3"])
    assert missing.mean() == pytest.approx(0.2, abs=0.01)
    # Fisher scoring of the logistic regression behind it
    X, b = np.column_stack([np.ones(n), x]), np.zeros(2)
    for _ in range(12):
        p = 1 / (1 + np.exp(-X @ b))
        b += np.linalg.solve((X.T * (p * (1 - p))) @ X, X.T @ (missing - p))
    assert b[1] == pytest.approx(1.5, abs=0.08)


def test_patterns_of_a_survey():
    patterns = pd.DataFrame({"x1": [True, False, False, False], "x3": [True, True, False, False]})
    found = simulate(ONE, 20_000, 6, missing=patterns).isna()
    assert found["x1"].mean() == pytest.approx(0.25, abs=0.02)
    assert found["x3"].mean() == pytest.approx(0.5, abs=0.02)
    assert not (found["x1"] & ~found["x3"]).any()
    assert not found["x2"].any()


# Skewness and kurtosis --------------------------------------------------------------------------


def test_fleishmans_table():
    """Fleishman (1978), table 1: skewness 1.75, kurtosis 3.75."""
    found = nonnormal.fleishman(1.75, 3.75)
    np.testing.assert_allclose(found, [0.92966052, 0.39949667, -0.03646699], atol=1e-7)


@pytest.mark.parametrize("shape", [(0.0, 0.0), (0.5, 1.0), (-1.2, 3.0), (2.0, 7.0), (0.0, -1.0)])
def test_polynomials_have_the_moments(shape):
    """By Gauss-Hermite quadrature, which is exact here."""
    z, w = np.polynomial.hermite_e.hermegauss(20)
    y = nonnormal.transform(z[:, None], nonnormal.fleishman(*shape)[None])[:, 0]
    moments = [(w * y**k).sum() / w.sum() for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(moments, [0, 1, shape[0], shape[1] + 3], atol=1e-9)


def test_correlations_survive_the_polynomials():
    wanted = np.array([[1, 0.5, -0.3], [0.5, 1, 0.2], [-0.3, 0.2, 1]])
    C = np.array([nonnormal.fleishman(*s) for s in ((1.0, 2.0), (-0.5, 0.5), (2.0, 7.0))])
    rho = nonnormal.intermediate(wanted, C)
    z, w = np.polynomial.hermite_e.hermegauss(20)
    w = w / w.sum()
    for i, j in ((0, 1), (0, 2), (1, 2)):
        second = rho[i, j] * z[:, None] + np.sqrt(1 - rho[i, j] ** 2) * z[None, :]
        a = nonnormal.transform(z[:, None], C[i][None])
        b = nonnormal.transform(second.reshape(-1, 1), C[j][None]).reshape(second.shape)
        assert (w[:, None] * w * a * b).sum() == pytest.approx(wanted[i, j], abs=1e-12)


def test_a_skewed_sample_keeps_its_moments():
    n = 100_000
    found = simulate(ONE, n, 9, skew={"x1": 1.5, "x2": -1.0}, kurtosis={"x1": 4.0, "x2": 2.0})
    near(found, population_moments(ONE)[0], n, width=12.0)  # a kurtosis of 4 widens the errors
    np.testing.assert_allclose(stats.skew(found), [1.5, -1.0, 0.0], atol=0.12)
    np.testing.assert_allclose(stats.kurtosis(found), [4.0, 2.0, 0.0], atol=0.8)


# What cannot be -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ("f =~ 0.9*x1 + x2\nx1 ~~ -1*x1", {}, "variance of 'x1' is"),
        ("x1 ~~ 1.2*x2", {}, "not positive definite; look at x1, x2"),
        ("f =~ 1.2*x1 + x2", {"standardized": True}, "more than all of the variance of 'x1'"),
        ("f =~ start(0.8)*a*x1 + start(0.7)*b*x2\na == b", {}, "contradict 'a == b'"),
        (ONE, {"thresholds": {"x4": [0]}}, "'x4' is not an observed variable"),
        (ONE, {"thresholds": {"x1": [1, 0]}}, "numbers that increase"),
        (ONE, {"skew": 3.0}, "no distribution of Fleishman's"),
        (pd.DataFrame({"lhs": ["f"]}), {}, "no column 'op'"),
        (pd.DataFrame(), {"standardized": True}, "belongs to model text"),
        (3, {}, "not int"),
    ],
)
def test_populations_that_cannot_be(model, options, said):
    with pytest.raises(ModelError, match=said):
        simulate(model, 10, 1, **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 0}, "n is 0"),
        ({"n": [10, 2.5]}, "a whole number"),
        ({"n": [5, 5], "group_labels": ["a"]}, "1 labels for 2"),
        ({"n": [5, 5], "group": "x1"}, "is a variable of the model"),
        ({"missing": {"x9": 0.1}}, "missing: 'x9'"),
        ({"missing": {"x1": 1.0}}, "share of 1.0"),
        ({"missing": {"x1": Mar(0.1, on="q")}}, "'q' is not an observed"),
        ({"missing": {"x1": Mar(0.1, on="x2"), "x2": 0.1}}, "missing answers itself"),
        ({"missing": pd.DataFrame({"x1": [0, 1]})}, "truth values"),
        ({"skew": {"x5": 1.0}}, "skew: 'x5'"),
    ],
)
def test_draws_that_cannot_be(options, said):
    with pytest.raises(DataError, match=said):
        simulate(ONE, **{"n": 10, "seed": 1, **options})


def test_the_number_of_groups_has_to_fit():
    found = fit(HS, table("hs"), group="school")
    with pytest.raises(DataError, match=r"1 group\(s\), the model has 2"):
        simulate(found, 100, 1)
