"""Posterior means of factors given ordinal answers: against R, other rules, and simulated truth.

tests/reference/sem/scores/generate_posterior.R gives means and standard deviations by adaptive
integration and, without any values of the factors, from probabilities of boxes.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from sem_cases import FOLDER

from surveysem.sem import fit
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.ordinalscores import Measurement, posterior_mode
from surveysem.sem.posteriormean import of_each, posterior_mean

FROZEN = json.loads((FOLDER / "scores" / "posterior.json").read_text(encoding="utf-8"))
CASES = ("one", "one_theta", "two")
ITEMS = [f"b{k}" for k in range(1, 10)]
THREE = "f =~ b1 + b2 + b3\ng =~ b4 + b5 + b6\nh =~ b7 + b8 + b9"


def answers() -> pd.DataFrame:
    return pd.read_csv(FOLDER.parent / "reliability" / "bifactor.csv", dtype=float)


def frozen(name) -> tuple[np.ndarray, Measurement]:
    """Answers counted from zero, and lavaan's measurement part."""
    case = FROZEN[name]
    loadings = np.array(case["loadings"], dtype=float)
    rows = np.array(FROZEN["answers"], dtype=float)[:, : len(loadings)] - 1
    part = Measurement(loadings, np.array(case["residuals"]), list(np.array(case["thresholds"])),
                       np.zeros(len(loadings)), np.array(case["cov"], dtype=float))  # fmt: skip
    return rows, part


@pytest.mark.parametrize("name", CASES)
def test_means_and_errors_against_integrals_in_r(name):
    rows, part = frozen(name)
    scores, errors = posterior_mean(rows, part, np.zeros(part.loadings.shape[1]))
    for ours, key in ((scores, "mean"), (errors, "sd")):
        theirs = [row[key] for row in FROZEN[name]["integral"]]
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_means_against_probabilities_of_boxes_in_r(name):
    rows, part = frozen(name)
    rows[:, [j for j in range(rows.shape[1]) if j not in (0, 1, 3, 4)]] = np.nan
    scores, _ = posterior_mean(rows, part, np.zeros(part.loadings.shape[1]))
    np.testing.assert_allclose(scores, FROZEN[name]["box"], atol=1e-4)


def test_a_mean_in_another_place_moves_thresholds_along():
    rows, part = frozen("two")
    plain = posterior_mean(rows, part, np.zeros(2))
    at = np.array([0.7, -1.3])
    moved = Measurement(part.loadings, part.residuals,
                        [t + part.loadings[j] @ at for j, t in enumerate(part.thresholds)],
                        part.intercepts, part.cov)  # fmt: skip
    scores, errors = posterior_mean(rows, moved, at)
    np.testing.assert_allclose(scores, plain[0] + at, atol=1e-9)
    np.testing.assert_allclose(errors, plain[1], atol=1e-9)


def test_continuous_answers_give_the_regression_scores():
    rng = np.random.default_rng(2)
    L = np.array([[0.8, 0], [0.7, 0], [0, 0.9], [0.3, 0.6]])
    theta, V = np.array([0.4, 0.5, 0.3, 0.6]), np.array([[1.0, 0.4], [0.4, 1.5]])
    y, nu = rng.standard_normal((30, 4)), np.array([0.2, 0.0, -0.5, 1.0])
    y[3, 1] = y[4, 2] = np.nan
    scores, errors = posterior_mean(y, Measurement(L, theta, [None] * 4, nu, V), np.zeros(2))
    mode, sd = posterior_mode(y, Measurement(L, theta, [None] * 4, nu, V), np.zeros(2))
    np.testing.assert_allclose(scores, mode, atol=1e-7)
    np.testing.assert_allclose(errors, sd, atol=1e-7)


def test_many_good_items_need_no_finer_grid_than_is_made():
    """Twenty items with loadings of .95: a posterior of a fortieth of the factor's spread."""
    loadings, cuts = np.full((20, 1), 0.95), np.linspace(-2, 2, 9)
    part = Measurement(loadings, np.full(20, 1 - 0.95**2), [cuts] * 20, np.zeros(20), np.eye(1))
    eta = np.linspace(-2, 2, 9)
    rows = np.searchsorted(cuts, 0.95 * eta)[:, None] * np.ones((1, 20))
    scores, errors = posterior_mean(rows, part, np.zeros(1))
    ends = np.concatenate([[-np.inf], cuts, [np.inf]])
    for row, score, error in zip(rows, scores[:, 0], errors[:, 0], strict=True):
        low, high = ends[int(row[0])], ends[int(row[0]) + 1]

        def density(x, power, low=low, high=high, score=score):
            sd = np.sqrt(1 - 0.95**2)
            inside = norm.cdf((high - 0.95 * x) / sd) - norm.cdf((low - 0.95 * x) / sd)
            return x**power * np.exp(20 * np.log(inside) + norm.logpdf(x))

        ends_of = {"a": score - 10 * error, "b": score + 10 * error, "epsabs": 0, "limit": 200}
        m0, m1, m2 = (quad(density, args=(power,), **ends_of)[0] for power in range(3))
        assert score == pytest.approx(m1 / m0, abs=1e-6)
        assert error == pytest.approx(np.sqrt(m2 / m0 - (m1 / m0) ** 2), abs=1e-6)


# Of a fit --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three():
    data = answers()
    data.iloc[0, 2], data.iloc[1, :] = np.nan, np.nan
    found = fit(THREE, data, ordered=True, estimator="WLSMV", missing="pairwise", std_lv=True)
    return found, data


def test_scores_of_a_fit(three):
    found, data = three
    scores, errors = (f("EAP", data=data) for f in (found.factor_scores, found.factor_score_errors))
    modes = found.factor_scores("EBM", data=data)
    assert scores.loc[1].isna().all()
    assert errors.loc[1].isna().all()
    assert (scores - modes).abs().max().max() < 0.15
    assert errors.min().min() > 0.3
    assert errors.max().max() < 1
    each = found.factor_scores("EAP_each", data=data)
    for factor, own in zip("fgh", (ITEMS[:3], ITEMS[3:6], ITEMS[6:]), strict=True):
        assert np.corrcoef(each[factor].drop(1), scores[factor].drop(1))[0, 1] > 0.95
        other = data.copy()
        other[[i for i in ITEMS if i not in own]] = 1.0  # what others say is left out
        np.testing.assert_allclose(
            found.factor_scores("EAP_each", data=other)[factor].drop(1), each[factor].drop(1)
        )


def test_one_factor_is_the_same_by_itself():
    data = answers()[ITEMS[:4]]
    found = fit("f =~ b1 + b2 + b3 + b4", data, ordered=True, estimator="WLSMV", std_lv=True)
    both = [found.factor_scores(method) for method in ("EAP", "EAP_each")]
    np.testing.assert_allclose(*both, atol=1e-9)


def test_of_continuous_fits_the_mean_is_the_regression_score():
    found = fit(THREE, answers())
    pd.testing.assert_frame_equal(found.factor_scores("EAP"), found.factor_scores("regression"))
    with pytest.raises(NotAvailableError, match="EAP_each"):
        found.factor_scores("EAP_each")


def test_what_is_refused():
    rows, part = frozen("two")
    shared = Measurement(
        np.full((6, 2), 0.5), part.residuals, part.thresholds, part.intercepts, part.cov
    )
    with pytest.raises(NotAvailableError, match="loads on several"):
        of_each(rows, shared, np.zeros(2))
    many = Measurement(np.repeat(np.eye(8) * 0.9, 3, axis=0), np.full(24, 0.19),
                       [np.zeros(1)] * 24, np.zeros(24), np.eye(8))  # fmt: skip
    with pytest.raises(NotAvailableError, match="8 factors together"):
        posterior_mean(np.zeros((2, 24)), many, np.zeros(8))


def test_a_factor_of_one_exact_item_has_no_score_of_its_own():
    text = "f =~ b1 + b2 + b3\ng =~ 1*b4\nb4 ~~ 0*b4"
    found = fit(
        text, answers(), ordered=True, estimator="WLSMV", parameterization="theta", std_lv=True
    )
    scores = found.factor_scores("EAP_each")
    assert scores["g"].isna().all()
    assert scores["f"].notna().all()


def test_scores_correlate_with_the_factors_as_their_errors_say():
    """Root of one minus the mean posterior variance, n = 20000: that is what determinacy is."""
    rng = np.random.default_rng(4)
    F = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 20_000)
    L = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.7], [0, 0.6], [0, 0.5]])
    theta = 1 - (L**2).sum(axis=1)
    cuts = np.array([-1.2, -0.4, 0.5, 1.3])
    rows = np.searchsorted(
        cuts, F @ L.T + np.sqrt(theta) * rng.standard_normal((20_000, 6))
    ).astype(float)
    part = Measurement(L, theta, [cuts] * 6, np.zeros(6), np.array([[1, 0.5], [0.5, 1]]))
    for scorer in (posterior_mean, of_each):
        scores, errors = scorer(rows, part, np.zeros(2))
        for k in range(2):
            rho = np.sqrt(1 - (errors[:, k] ** 2).mean())
            assert np.corrcoef(scores[:, k], F[:, k])[0, 1] == pytest.approx(rho, abs=0.006)
            # a posterior mean is unbiased given itself: slope one
            slope = np.polyfit(scores[:, k], F[:, k], 1)[0]
            assert slope == pytest.approx(1, abs=0.03)
