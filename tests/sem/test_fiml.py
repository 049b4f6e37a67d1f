"""Full-information likelihood, saturated model and informations: lavaan, differences, theory."""

import numpy as np
import pandas as pd
import pytest
from fiml_cases import NAMES, case, data_of, differences, fitted, fitted_case, holes
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sem_cases import HS, table

from surveysem.sem import discrepancy, fit, momentspace
from surveysem.sem.implied import Implied
from surveysem.sem.missing import casewise, fiml
from surveysem.sem.missing.patterns import patterns
from surveysem.sem.moments import Moments

few = settings(max_examples=8, deadline=None, derandomize=True)
ITEMS = [f"x{k}" for k in range(1, 7)]


@pytest.fixture(scope="module")
def x():
    return holes(table("hs")[ITEMS], empty=(4, 90)).to_numpy()


def moments(p=6, seed=4):
    """Some positive-definite covariance matrix and means, near those of the items."""
    A = np.random.default_rng(seed).standard_normal((p, 2 * p)) / np.sqrt(2 * p)
    return A @ A.T + np.eye(p), 3 + 0.3 * np.arange(p)


def joined(sigma, mu):
    return np.concatenate([mu, sigma[np.tril_indices(len(mu))]])


def parted(theta, p=6):
    sigma = np.zeros((p, p))
    i, j = np.tril_indices(p)
    sigma[i, j] = sigma[j, i] = theta[p:]
    return sigma, theta[:p]


def gradient(pats, theta, p=6):
    _, d_sigma, d_mu = fiml.discrepancy(pats, *parted(theta, p))
    i, j = np.tril_indices(p)
    return np.concatenate([d_mu, np.where(i == j, 1, 2) * d_sigma[i, j]])


# lavaan ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
class TestAgainstLavaan:
    def test_log_likelihoods(self, name):
        found, c = fitted_case(name), case(name)
        assert found.measures["logl"] == pytest.approx(c["logl"], rel=1e-10)
        total = sum(s.loglik for s in [part.saturated for part in found.parts])
        assert total == pytest.approx(c["unrestricted"], rel=1e-10)
        assert all(s.converged for s in [part.saturated for part in found.parts])

    def test_saturated_moments(self, name):
        found, c = fitted_case(name), case(name)
        at = [c["variables"].index(v) for v in found.table.observed]
        for s, h1 in zip([part.saturated for part in found.parts], c["h1"], strict=True):
            np.testing.assert_allclose(s.mu, np.array(h1["mu"])[at], rtol=1e-8, atol=1e-8)
            sigma = np.array(h1["sigma"])[np.ix_(at, at)]
            np.testing.assert_allclose(s.sigma, sigma, rtol=1e-8, atol=1e-8)

    def test_estimates_and_standard_errors(self, name):
        found, expected = fitted_case(name).parameters, case(name)["parameters"]
        both = found.merge(expected, on=["lhs", "op", "rhs", "group"], suffixes=("", "_r"))
        assert len(both) == len(expected)
        np.testing.assert_allclose(both["est"], both["est_r"], rtol=5e-6, atol=1e-6)
        np.testing.assert_allclose(both["se"], both["se_r"], rtol=5e-6, atol=1e-7)


@pytest.fixture(scope="module")
def four():
    """The case `pieces`: values, patterns and saturated moments of four items."""
    c = case("pieces")
    values = data_of(c)[0].to_numpy()
    pats = patterns(values)
    return c["pieces"], values, pats, fiml.saturated(pats)


def test_casewise_log_likelihoods_against_lavaan(four):
    pieces, values, pats, s = four
    found = casewise.log_likelihoods(values, pats, s.sigma, s.mu)
    used = ~np.isnan(values).all(axis=1)
    np.testing.assert_array_equal(np.isnan(found), ~used)
    expected = [v for v in pieces["casewise"] if v is not None]
    np.testing.assert_allclose(found[used], expected, rtol=1e-8)


def test_informations_against_lavaan(four):
    pieces, values, pats, s = four
    at = (pats, s.sigma, s.mu)
    for name, found in {
        "observed": fiml.observed_information(*at),
        "expected": fiml.expected_information(*at),
        "first_order": casewise.first_order_information(values, *at),
    }.items():
        scale = np.abs(pieces[name]).max()
        np.testing.assert_allclose(found, pieces[name], rtol=1e-7, atol=1e-9 * scale, err_msg=name)


# Definitions ----------------------------------------------------------------------------


def test_rows_have_normal_densities(x):
    sigma, mu = moments()
    found = casewise.log_likelihoods(x, patterns(x), sigma, mu)
    for row, value in zip(x, found, strict=True):
        seen = ~np.isnan(row)
        if not seen.any():
            assert np.isnan(value)
            continue
        density = stats.multivariate_normal(mu[seen], sigma[np.ix_(seen, seen)])
        assert value == pytest.approx(density.logpdf(row[seen]), rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_log_likelihood_is_the_sum_over_the_rows(x, weighted):
    w = np.random.default_rng(6).uniform(0.5, 2, len(x)) if weighted else np.ones(len(x))
    pats = patterns(x, w if weighted else None)
    sigma, mu = moments()
    F = fiml.discrepancy(pats, sigma, mu)[0]
    rows = casewise.log_likelihoods(x, pats, sigma, mu)
    assert fiml.log_likelihood(pats, F) == pytest.approx(np.nansum(w * rows), rel=1e-13)


def test_a_matrix_that_is_not_positive_definite_has_no_likelihood(x):
    sigma, mu = moments()
    sigma[0, 1] = sigma[1, 0] = 5.0
    assert fiml.discrepancy(patterns(x), sigma, mu)[0] == np.inf
    sigma[0, 1] = sigma[1, 0] = np.nan
    assert fiml.discrepancy(patterns(x), sigma, mu)[0] == np.inf
    sigma[0, 0], sigma[0, 1:], sigma[1:, 0] = sigma[1, 1], sigma[1, 1:], sigma[1:, 1]
    assert fiml.discrepancy(patterns(x), sigma, mu)[0] == np.inf


# Derivatives ----------------------------------------------------------------------------


def test_gradient(x):
    pats, theta = patterns(x), joined(*moments())
    numeric = differences(lambda t: fiml.discrepancy(pats, *parted(t))[0], theta)
    np.testing.assert_allclose(gradient(pats, theta), numeric, rtol=1e-6, atol=1e-8)


def test_all_derivatives_in_one_go(x):
    pats, (sigma, mu) = patterns(x), moments()
    _, d_sigma, d_mu = fiml.discrepancy(pats, sigma, mu)
    again_sigma, again_mu, info = fiml.derivatives(pats, sigma, mu)
    np.testing.assert_allclose(again_sigma, d_sigma, atol=1e-13)
    np.testing.assert_allclose(again_mu, d_mu, atol=1e-13)
    numeric = differences(lambda t: gradient(pats, t), joined(sigma, mu)) / 2
    np.testing.assert_allclose(info, numeric, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(info, info.T, atol=1e-14)


def test_scores(x):
    pats, theta = patterns(x), joined(*moments())
    found = casewise.scores(x, pats, *parted(theta))
    numeric = differences(lambda t: casewise.log_likelihoods(x, pats, *parted(t)), theta)
    np.testing.assert_allclose(found, np.nan_to_num(numeric), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(
        found.sum(axis=0) * -2 / pats.nobs, gradient(pats, theta), rtol=1e-10, atol=1e-12
    )
    J = np.random.default_rng(8).standard_normal((len(theta), 3))
    np.testing.assert_allclose(casewise.scores(x, pats, *parted(theta), J), found @ J, atol=1e-11)


@pytest.mark.parametrize("weighted", [False, True])
def test_first_order_information_is_the_cross_product_of_the_scores(x, weighted, monkeypatch):
    """In blocks smaller than a pattern, too."""
    monkeypatch.setattr(casewise, "ROWS", 13)
    w = np.random.default_rng(6).uniform(0.5, 2, len(x)) if weighted else None
    pats, at = patterns(x, w), moments()
    scores = casewise.scores(x, pats, *at) * (1 if w is None else w[:, None])
    found = casewise.first_order_information(x, pats, *at, w)
    np.testing.assert_allclose(found, scores.T @ scores / pats.weight, rtol=1e-10, atol=1e-12)


def test_expected_information_is_the_mean_of_the_observed(x):
    """Over the distribution of the means and covariances of each pattern, given the model."""
    pats, (sigma, mu) = patterns(x), moments()
    keep = np.flatnonzero(np.diff(pats.starts) > 1)
    rows = np.concatenate([pats.order[pats.starts[k] : pats.starts[k + 1]] for k in keep])
    exact = patterns(x[rows])
    for k, seen in enumerate(exact.observed):
        exact.means[k] = np.where(seen, mu, 0.0)
        exact.covs[k] = np.where(np.outer(seen, seen), sigma, 0.0)
    np.testing.assert_allclose(
        fiml.expected_information(exact, sigma, mu),
        fiml.observed_information(exact, sigma, mu),
        atol=1e-13,
    )


def test_complete_data_have_the_closed_forms():
    values, (sigma, mu) = table("hs")[ITEMS].to_numpy(), moments()
    pats = patterns(values)
    i, j = np.tril_indices(6)
    W, half = np.linalg.inv(sigma), np.where(i == j, 0.5, 1.0)
    both = W[np.ix_(i, i)] * W[np.ix_(j, j)] + W[np.ix_(i, j)] * W[np.ix_(j, i)]
    info = fiml.expected_information(pats, sigma, mu)
    np.testing.assert_allclose(info[:6, :6], W, atol=1e-13)
    np.testing.assert_allclose(info[6:, 6:], np.outer(half, half) * both, atol=1e-13)
    s = fiml.saturated(pats)
    np.testing.assert_allclose(s.mu, values.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(s.sigma, np.cov(values.T, bias=True), rtol=1e-10, atol=1e-12)
    assert s.evaluations <= 3


def test_complete_data_have_the_discrepancy_of_ml():
    values, (sigma, mu) = table("hs")[ITEMS].to_numpy(), moments()
    m = Moments(np.cov(values.T, bias=True), values.mean(axis=0), len(values), len(values))
    im = Implied(sigma, mu, *[np.zeros((6, 6))] * 2, np.zeros(6), np.zeros((6, 6)), 6)
    expected, found = (
        discrepancy.ml(m, im, means=True),
        fiml.discrepancy(patterns(values), sigma, mu),
    )
    constant = np.linalg.slogdet(m.cov)[1] + 6
    assert found[0] == pytest.approx(expected[0] + constant, rel=1e-13)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-13)
    np.testing.assert_allclose(found[2], expected[2], atol=1e-13)


# Saturated model ------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_the_saturated_maximum_has_no_gradient(share):
    rng = np.random.default_rng(11)
    values = rng.standard_normal((300, 1)) + rng.standard_normal((300, 6))
    values[rng.random(values.shape) < share] = np.nan
    pats = patterns(values)
    s = fiml.saturated(pats)
    assert s.converged
    assert np.abs(gradient(pats, joined(s.sigma, s.mu))).max() < 1e-8
    assert np.linalg.eigvalsh(fiml.observed_information(pats, s.sigma, s.mu))[0] > 0


def test_a_likelihood_without_a_maximum_does_not_converge():
    """Four rows, five variables: the likelihood grows towards a singular matrix."""
    values = np.random.default_rng(12).standard_normal((4, 5))
    values[0, 1] = values[2, 3] = np.nan
    assert not fiml.saturated(patterns(values)).converged


def test_small_batches_change_nothing(x, monkeypatch):
    pats, (sigma, mu) = patterns(x), moments()
    whole = fiml.discrepancy(pats, sigma, mu), fiml.derivatives(pats, sigma, mu)
    monkeypatch.setattr(fiml, "BATCH", 100)
    small = fiml.discrepancy(pats, sigma, mu), fiml.derivatives(pats, sigma, mu)
    for one, other in zip([*whole[0], *whole[1]], [*small[0], *small[1]], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_items_that_are_almost_the_same_cost_only_the_digits_of_the_condition():
    """A correlation of 1 - 1e-8 between two items that no row answers both."""
    rng = np.random.default_rng(13)
    values = rng.standard_normal((200, 3))
    values[::2, 0] = values[1::2, 1] = np.nan
    sigma = np.array([[1, 1 - 1e-8, 0.5], [1 - 1e-8, 1, 0.5], [0.5, 0.5, 1]])
    pats = patterns(values)
    F, d_sigma, _ = fiml.discrepancy(pats, sigma, np.zeros(3))
    part = np.array([[1, 0.5], [0.5, 1]])
    W = np.linalg.inv(part)
    expected, d_expected = 0.0, np.zeros((3, 3))
    for seen in ([0, 2], [1, 2]):
        rows = values[~np.isnan(values[:, seen[0]])][:, seen]
        T = rows.T @ rows / len(rows)
        expected += (np.linalg.slogdet(part)[1] + np.trace(W @ T)) / 2
        d_expected[np.ix_(seen, seen)] += (W - W @ T @ W) / 2
    np.testing.assert_allclose(F, expected, rtol=1e-7)
    np.testing.assert_allclose(d_sigma, d_expected, atol=1e-7)


# Invariance -----------------------------------------------------------------------------


@few
@given(st.permutations(range(6)), st.integers(0, 10**6))
def test_order_of_rows_and_variables(order, seed):
    x = holes(table("hs")[ITEMS]).to_numpy()
    rows = np.random.default_rng(seed).permutation(len(x))
    one, other = fiml.saturated(patterns(x)), fiml.saturated(patterns(x[rows][:, order]))
    assert other.loglik == pytest.approx(one.loglik, rel=1e-12)
    np.testing.assert_allclose(other.mu, one.mu[order], rtol=1e-8)
    np.testing.assert_allclose(other.sigma, one.sigma[np.ix_(order, order)], rtol=1e-7, atol=1e-8)


@few
@given(
    st.lists(st.sampled_from([-1e9, -1e-3, 1e-9, 1e-6, 1.0, 1e5]), min_size=6, max_size=6),
    st.lists(st.sampled_from([-3.0, 0.0, 10.0]), min_size=6, max_size=6),
)
def test_scale_and_origin_of_the_variables(scale, shift):
    scale, shift = np.array(scale), np.array(shift)
    x = holes(table("hs")[ITEMS]).to_numpy()
    one, other = fiml.saturated(patterns(x)), fiml.saturated(patterns((x + shift) * scale))
    answers = (~np.isnan(x)).sum(axis=0)
    expected = one.loglik - answers @ np.log(np.abs(scale))
    assert other.loglik == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(other.mu, (one.mu + shift) * scale, rtol=1e-7)
    sd = np.sqrt(np.diag(one.sigma)) * np.abs(scale)
    np.testing.assert_allclose(
        other.sigma / np.outer(sd, sd),
        one.sigma * np.outer(scale, scale) / np.outer(sd, sd),
        atol=1e-8,
    )


def test_reversing_the_markers_reverses_their_parameters_only():
    one, other = fitted_case("pd"), fitted_case("reversed")
    assert other.measures["logl"] == pytest.approx(one.measures["logl"], rel=1e-12)
    np.testing.assert_allclose(
        np.abs(other.parameters["est"]), np.abs(one.parameters["est"]), rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(other.parameters["se"], one.parameters["se"], rtol=1e-6, atol=1e-8)


# Recovery -------------------------------------------------------------------------------


def test_recovery_where_answers_are_missing_at_random():
    """x3 and x6 are missing where x1 is low: the means of the answers are far off."""
    rng = np.random.default_rng(20)
    items = [f"x{k}" for k in range(1, 10)]
    loadings = np.kron(np.eye(3), np.array([[1.0], [0.8], [1.2]]))
    latent = np.linalg.cholesky([[1, 0.4, 0.3], [0.4, 1, 0.2], [0.3, 0.2, 1]])
    estimates, errors, naive = [], [], []
    for _ in range(40):
        eta = rng.standard_normal((400, 3)) @ latent.T
        values = 2 + eta @ loadings.T + 0.7 * rng.standard_normal((400, 9))
        low = values[:, 0] + 0.5 * rng.standard_normal(400) < 1.3
        values[low, 2] = values[low, 5] = np.nan
        naive.append(np.nanmean(values[:, 2]))
        found = fitted(HS, [pd.DataFrame(values, columns=items)]).parameters
        estimates.append(found["est"])
        errors.append(found["se"])
    est, se = np.mean(estimates, axis=0), np.mean(errors, axis=0)
    truth = []
    for row in found.itertuples():
        if row.op == "=~":
            truth.append({0: 1.2, 1: 1.0, 2: 0.8}[int(row.rhs[1:]) % 3])
        elif row.op == "~1":
            truth.append(2.0 if row.lhs in items else 0.0)
        elif row.lhs in items:
            truth.append(0.49)
        else:
            pair = {row.lhs, row.rhs}
            covariances = {"visual textual": 0.4, "visual speed": 0.3, "textual speed": 0.2}
            truth.append(1.0 if len(pair) == 1 else covariances[f"{row.lhs} {row.rhs}"])
    free = se > 0
    z = (est - truth)[free] / (np.std(estimates, axis=0)[free] / np.sqrt(len(estimates)))
    assert np.abs(z).max() < stats.norm.ppf(1 - 0.01 / (2 * free.sum()))
    ratio = np.std(estimates, axis=0, ddof=1)[free] / se[free]
    assert 0.9 < ratio.mean() < 1.1
    assert np.mean(naive) > 2.2


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_sparse_products_change_nothing(estimator, monkeypatch):
    """Matrices over the moments meet few of a factor model's rows, or take all of them along."""
    data = holes(table("hs"), empty=(4, 90))
    found = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(momentspace, "SPARSE", share)
        found_fit = fit(HS, data, estimator=estimator, missing="fiml")
        released = found_fit.modification_indices()["mi"].to_numpy()
        found.append(
            np.array([*found_fit.measures.values(), *np.ravel(found_fit.vcov()), *released])
        )
    sparse = momentspace.transposed(np.eye(6))
    monkeypatch.setattr(momentspace, "SPARSE", 0.0)
    assert type(sparse) is not type(momentspace.transposed(np.eye(6)))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-8, atol=1e-10)
    assert np.isfinite(found[0]).mean() > 0.9


def test_tiles_make_a_matrix_symmetric(monkeypatch):
    monkeypatch.setattr(fiml, "TILE", 3)
    matrix = np.random.default_rng(1).standard_normal((8, 8))
    expected = (matrix + matrix.T) / 2
    np.testing.assert_allclose(fiml._symmetrised(matrix), expected, rtol=1e-14)
