"""The bivariate normal, and the likelihoods of pairs: values, limits, derivatives, maxima."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal, norm

from surveysem.sem.ordinal.bivariate import FAR, cdf, density, density_slope, maximise
from surveysem.sem.ordinal.margins import (
    Margin,
    by_parameter,
    marginal_scores,
    numeric_margin,
    ordered_margin,
    side,
)
from surveysem.sem.ordinal.polychoric import BOUND, cells, pad, polychoric, scores, two_by_two
from surveysem.sem.ordinal.polyserial import correlation, numeric_correlations, pair_scores

RHOS = [-0.999, -0.95, -0.9251, -0.925, -0.6, -0.3, -1e-9, 0.0, 0.2, 0.75, 0.9, 0.93, 0.99, 0.999]
POINTS = [-6.0, -2.3, -0.7, 0.0, 1e-4, 0.7, 1.1, 3.0, 8.0]


def one(function, h, k, rho):
    return function(np.array([[h]]), np.array([[k]]), np.array([rho]))[0, 0]


def integral(h, k, rho):
    """P(X < h, Y < k) by integrating phi(x) Phi((k - rho x) / sqrt(1 - rho^2)), in small pieces."""
    root = np.sqrt(1 - rho * rho)
    low, high = -9.0, min(h, 9.0)
    kink = k / rho if abs(rho) > 0.5 else 0.0
    edges = [low, high, *np.arange(-8.0, 9.0), *(kink + root * np.arange(-8.0, 9.0))]
    edges = np.unique([e for e in edges if low <= e <= high])
    x, weight = np.polynomial.legendre.leggauss(40)
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    at = middle[:, None] + half[:, None] * x
    return ((norm.pdf(at) * ndtr((k - rho * at) / root)) @ weight) @ half


# The bivariate normal ----------------------------------------------------------------------


@pytest.mark.parametrize("rho", RHOS)
def test_probabilities_against_integration_and_scipy(rho):
    h, k = (a.ravel()[None] for a in np.meshgrid(POINTS, POINTS))
    ours = cdf(h, k, np.array([rho]))[0]
    by_integral = [integral(x, y, rho) for x, y in zip(h[0], k[0], strict=True)]
    by_scipy = multivariate_normal.cdf(np.column_stack([h[0], k[0]]), cov=[[1, rho], [rho, 1]])
    np.testing.assert_allclose(ours, by_integral, rtol=0, atol=3e-15)
    np.testing.assert_allclose(ours, by_scipy, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rho", RHOS)
def test_limits_of_probabilities(rho):
    assert one(cdf, FAR, 0.3, rho) == pytest.approx(ndtr(0.3), abs=1e-15)
    assert one(cdf, 0.3, FAR, rho) == pytest.approx(ndtr(0.3), abs=1e-15)
    assert one(cdf, FAR, FAR, rho) == 1
    assert one(cdf, -FAR, 0.3, rho) == pytest.approx(0, abs=1e-15)
    # Sheppard (1899): the quadrant probability.
    assert one(cdf, 0, 0, rho) == pytest.approx(1 / 4 + np.arcsin(rho) / (2 * np.pi), abs=1e-15)


def test_probabilities_join_where_the_methods_change():
    rng = np.random.default_rng(1)
    h, k = rng.normal(size=(2, 1, 200))
    for edge in (0.3, 0.75, 0.925):
        for sign in (-1, 1):
            below, above = (cdf(h, k, np.array([sign * (edge + e)])) for e in (-1e-13, 1e-13))
            np.testing.assert_allclose(below, above, rtol=0, atol=1e-12)


def test_derivatives_of_the_bivariate_normal():
    rng = np.random.default_rng(2)
    h, k = rng.normal(size=(2, 9, 20))
    rho, step = np.linspace(-0.96, 0.96, 9), 1e-5
    slope = (cdf(h, k, rho + step) - cdf(h, k, rho - step)) / (2 * step)
    np.testing.assert_allclose(density(h, k, rho), slope, rtol=1e-5, atol=1e-8)
    bend = np.log(density(h, k, rho + step) / density(h, k, rho - step)) / (2 * step)
    np.testing.assert_allclose(density_slope(h, k, rho), bend, rtol=1e-5, atol=1e-6)
    points = np.stack([h[3], k[3]], axis=-1)
    by_scipy = multivariate_normal.pdf(points, cov=[[1, rho[3]], [rho[3], 1]])
    np.testing.assert_allclose(density(h, k, rho)[3], by_scipy, rtol=1e-12)


def test_the_solver_finds_maxima_inside_and_at_the_bounds():
    targets = np.array([-2.0, -0.97, -1e-7, 0.0, 0.4, 0.999, 3.0])

    def slopes(rho, which):
        # Steep where far, so that plain Newton steps would go astray.
        far = rho - targets[which]
        return -np.tanh(20 * far), -20 / np.cosh(20 * far) ** 2

    found = maximise(slopes, len(targets), 0.999)
    np.testing.assert_allclose(found, targets.clip(-0.999, 0.999), rtol=0, atol=1e-10)


# Tables ----------------------------------------------------------------------------------------

H = pad((np.array([-1.0, -0.2, 0.9]), np.array([0.4])), 3)
K = pad((np.array([-0.5, 0.6]), np.array([-1.2, 0.1, 1.4])), 3)
RHO = np.array([0.55, -0.8])


def test_cells_are_probabilities_with_the_right_margins():
    at = cells(H, K, RHO)
    assert (at.probability > -1e-16).all()
    np.testing.assert_allclose(at.probability.sum(axis=(1, 2)), 1, atol=1e-14)
    below = np.cumsum(at.probability.sum(axis=2), axis=1)[:, :-1]
    np.testing.assert_allclose(below, ndtr(H), atol=1e-14)
    np.testing.assert_allclose(at.slope.sum(axis=(1, 2)), 0, atol=1e-14)


def test_derivatives_of_cells():
    step = 1e-5
    at, up, low = (cells(H, K, RHO + e) for e in (0, step, -step))
    slope = (up.probability - low.probability) / (2 * step)
    np.testing.assert_allclose(at.slope, slope, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        at.curvature, (up.slope - low.slope) / (2 * step), rtol=1e-6, atol=1e-9
    )
    relative = at.slope[0, :, :3] / at.probability[0, :, :3]
    np.testing.assert_allclose(scores(H, K, RHO).rho[0, :, :3], relative, rtol=1e-12)


@pytest.mark.parametrize("t", [0, 1, 2])
def test_derivatives_of_cells_by_thresholds(t):
    step = 1e-5
    shift = step * (np.arange(3) == t)
    found = scores(H, K, RHO)
    row = cells(H + shift, K, RHO).probability - cells(H - shift, K, RHO).probability
    column = cells(H, K + shift, RHO).probability - cells(H, K - shift, RHO).probability
    row, column = row / (2 * step), column / (2 * step)
    np.testing.assert_allclose(found.row[:, t], row[:, t], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(-found.row[:, t], row[:, t + 1], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.column[:, :, t], column[:, :, t], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(-found.column[:, :, t], column[:, :, t + 1], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("rho", [-0.99, -0.9, -0.4, 0.0, 0.15, 0.8, 0.97])
def test_expected_tables_give_their_correlation_back(rho):
    r = np.array([rho])
    found = polychoric(1000 * cells(H[:1], K[:1], r).probability, H[:1], K[:1])
    assert found[0] == pytest.approx(rho, abs=1e-10)


def test_perfectly_ordered_tables_end_at_the_bound():
    thresholds = ndtri(np.array([[0.3, 0.7]]))
    straight = np.diag([30.0, 40.0, 30.0])[None]
    assert polychoric(straight, thresholds, thresholds)[0] == pytest.approx(BOUND, abs=1e-9)
    reverse = polychoric(straight[:, ::-1], -thresholds[:, ::-1], thresholds)
    assert reverse[0] == pytest.approx(-BOUND, abs=1e-9)


def test_median_splits_have_a_closed_form():
    table = np.array([[[37.0, 13.0], [13.0, 37.0]]])
    zero = np.zeros((1, 1))
    assert polychoric(table, zero, zero)[0] == pytest.approx(np.sin(2 * np.pi * (0.37 - 0.25)))


def test_empty_cells_of_two_by_two_tables():
    before = {
        "one on the diagonal": [[0, 4], [3, 9]],
        "the other": [[5, 4], [3, 0]],
        "one beside it": [[5, 0], [3, 9]],
        "the other beside it": [[5, 2], [0, 9]],
        "weights below a half": [[0, 0.4], [3, 9]],
        "perfect": [[5, 0], [0, 9]],
        "perfectly opposite": [[0, 5], [9, 0]],
        "none": [[5, 1], [2, 9]],
    }
    after = before | {
        "one on the diagonal": [[0.5, 3.5], [2.5, 9.5]],
        "the other": [[5.5, 3.5], [2.5, 0.5]],
        "one beside it": [[4.5, 0.5], [3.5, 8.5]],
        "the other beside it": [[4.5, 2.5], [0.5, 8.5]],
        "weights below a half": [[0.2, 0.2], [2.8, 9.2]],
    }
    tables = np.array(list(before.values()), dtype=float)
    adjusted, perfect = two_by_two(tables)
    np.testing.assert_allclose(adjusted, list(after.values()))
    assert perfect.tolist() == [0, 0, 0, 0, 0, 1, -1, 0]
    np.testing.assert_allclose(adjusted.sum(axis=2), tables.sum(axis=2))
    np.testing.assert_allclose(adjusted.sum(axis=1), tables.sum(axis=1))


# Row by row --------------------------------------------------------------------------------------

rng = np.random.default_rng(5)
N = 12
X = rng.normal(size=(N, 2))
CODES = {"a": rng.integers(0, 4, N), "b": rng.integers(0, 2, N)}
VALUES = {"u": rng.normal(2, 1.5, N), "v": rng.normal(-1, 0.5, N)}
CODES["a"][:2], CODES["b"][:2] = (0, 3), (1, 0)
MARGINS = {
    "a": Margin(True, np.array([-0.8, 0.1, 1.3]), 0.0, np.array([0.4, -0.2]), 1.0),
    "b": Margin(True, np.array([0.3]), 0.0, np.array([-0.5, 0.1]), 1.0),
    "u": Margin(False, np.zeros(0), 1.8, np.array([0.3, 0.3]), 2.1),
    "v": Margin(False, np.zeros(0), -0.9, np.array([-0.1, 0.2]), 0.3),
}
PAIRS = [("a", "b"), ("b", "a"), ("u", "a"), ("a", "u"), ("b", "v"), ("u", "v")]


def seen(name, margin=None):
    margin = margin or MARGINS[name]
    return side(margin, CODES.get(name, np.zeros(N, dtype=int)), VALUES.get(name), X)


def theta(margin):
    if margin.ordered:
        return np.concatenate([margin.thresholds, margin.slopes])
    return np.concatenate([[margin.mean], margin.slopes, [margin.variance]])


def with_theta(margin, x):
    if margin.ordered:
        q = len(margin.thresholds)
        return replace(margin, thresholds=x[:q], slopes=x[q:])
    return replace(margin, mean=x[0], slopes=x[1:-1], variance=x[-1])


def limits(margin, codes):
    edges = np.concatenate([[-9.0], margin.thresholds, [9.0]])
    shift = X @ margin.slopes
    inner = np.arange(len(edges)) % (len(edges) - 1) > 0
    return edges[codes] - shift * inner[codes], edges[codes + 1] - shift * inner[codes + 1]


def log_likelihood(names, margins, rho):
    """Each row's bivariate log-likelihood, written with scipy's distributions."""
    out = np.empty(N)
    kinds = [m.ordered for m in margins]
    if kinds[0] and not kinds[1]:
        names, margins = names[::-1], margins[::-1]
    for row in range(N):
        one, two = margins
        if not one.ordered:
            residual = VALUES[names[0]][row] - one.mean - X[row] @ one.slopes
        if not any(kinds):
            other = VALUES[names[1]][row] - two.mean - X[row] @ two.slopes
            c = rho * np.sqrt(one.variance * two.variance)
            cov = [[one.variance, c], [c, two.variance]]
            out[row] = multivariate_normal.logpdf([residual, other], cov=cov)
        elif not all(kinds):
            z, root = residual / np.sqrt(one.variance), np.sqrt(1 - rho * rho)
            low, high = (x[row] for x in limits(two, CODES[names[1]]))
            inside = norm.cdf((high - rho * z) / root) - norm.cdf((low - rho * z) / root)
            out[row] = norm.logpdf(residual, scale=np.sqrt(one.variance)) + np.log(inside)
        else:
            (l1, h1), (l2, h2) = (
                tuple(x[row] for x in limits(m, CODES[n]))
                for m, n in zip(margins, names, strict=True)
            )
            corners = [[h1, h2], [l1, h2], [h1, l2], [l1, l2]]
            F = multivariate_normal.cdf(corners, cov=[[1, rho], [rho, 1]])
            out[row] = np.log(F[0] - F[1] - F[2] + F[3])
    return out


def difference(function, x, step=1e-5):
    columns = []
    for i in range(len(x)):
        e = step * (np.arange(len(x)) == i)
        columns.append((function(x + e) - function(x - e)) / (2 * step))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("names", PAIRS)
@pytest.mark.parametrize("rho", [-0.7, 0.35])
def test_scores_of_pairs(names, rho):
    margins = [MARGINS[n] for n in names]
    sides = [seen(n) for n in names]
    by_rho, *by_side = pair_scores(*sides, rho)

    def at_rho(x):
        return log_likelihood(names, margins, x[0])

    near = {"rtol": 1e-6, "atol": 1e-7}
    np.testing.assert_allclose(by_rho, difference(at_rho, np.array([rho]))[:, 0], **near)
    for which in (0, 1):

        def at_theta(x, which=which):
            moved = list(margins)
            moved[which] = with_theta(margins[which], x)
            return log_likelihood(names, moved, rho)

        np.testing.assert_allclose(
            by_parameter(sides[which], *by_side[which]),
            difference(at_theta, theta(margins[which])),
            **near,
        )


@pytest.mark.parametrize("name", MARGINS)
def test_scores_of_margins(name):
    margin = MARGINS[name]

    def log_margin(x):
        m = with_theta(margin, x)
        if not m.ordered:
            return norm.logpdf(VALUES[name], m.mean + X @ m.slopes, np.sqrt(m.variance))
        low, high = limits(m, CODES[name])
        return np.log(norm.cdf(high) - norm.cdf(low))

    found = by_parameter(seen(name), *marginal_scores(seen(name)))
    np.testing.assert_allclose(found, difference(log_margin, theta(margin)), rtol=1e-6, atol=1e-7)


def test_missing_answers_have_no_marginal_scores():
    codes = np.array([4, 0, 4])
    s = side(MARGINS["a"], codes, None, X[:3])
    found = by_parameter(s, *marginal_scores(s))
    assert s.known.tolist() == [False, True, False]
    assert (found[[0, 2]] == 0).all()
    s = side(MARGINS["u"], codes, np.array([np.nan, 1.0, np.nan]), X[:3])
    found = by_parameter(s, *marginal_scores(s))
    assert (found[[0, 2]] == 0).all()


@pytest.fixture(scope="module")
def sample():
    """2,000 rows of latent responses with correlation -.6 given two covariates."""
    rng = np.random.default_rng(9)
    X = np.column_stack([rng.normal(50, 20, 2000), rng.integers(0, 2, 2000)])
    e = rng.multivariate_normal([0, 0], [[1, -0.6], [-0.6, 1]], 2000)
    y = e + X @ np.array([[0.02, -0.01], [0.5, 0.3]])
    return X, y, rng.uniform(0.5, 2, 2000)


def test_margins_are_at_their_maximum(sample):
    X, y, w = sample
    codes = np.digitize(y[:, 0], [0.5, 1.2, 2.4])
    ordered = ordered_margin(codes, 4, X, w, "y")
    s = side(ordered, codes, None, X)
    gradient = w @ by_parameter(s, *marginal_scores(s))
    np.testing.assert_allclose(gradient / [1, 1, 1, 50, 1], 0, atol=1e-8)
    np.testing.assert_allclose(ordered.slopes, [0.02, 0.5], rtol=0.2)
    numeric = numeric_margin(y[:, 1], X, w)
    s = side(numeric, codes, y[:, 1], X)
    gradient = w @ by_parameter(s, *marginal_scores(s))
    np.testing.assert_allclose(gradient / [1, 50, 1, 1], 0, atol=1e-8)


def test_correlations_are_at_their_maximum(sample):
    X, y, w = sample
    codes = [np.digitize(y[:, 0], [0.5, 1.2, 2.4]), np.digitize(y[:, 1], [-0.4])]
    a = side(ordered_margin(codes[0], 4, X, w, "a"), codes[0], None, X)
    b = side(ordered_margin(codes[1], 2, X, w, "b"), codes[1], None, X)
    u, v = (side(numeric_margin(y[:, i], X, w), codes[0], y[:, i], X) for i in (0, 1))
    for one, two in ((a, b), (a, v), (u, b)):
        rho = correlation([(one, two, w)], BOUND)
        assert w @ pair_scores(one, two, rho)[0] == pytest.approx(0, abs=1e-7)
        assert rho == pytest.approx(-0.6, abs=0.08)
    sums = [np.array([(w * x).sum()]) for x in (u.z * v.z, u.z**2, v.z**2, 1)]
    rho = numeric_correlations(*sums, BOUND)[0]
    assert rho == pytest.approx(sums[0][0] / sums[3][0], abs=1e-12)
    # Missing answers leave other sums, and a likelihood whose maximum is not that quotient.
    sums = [np.array([(w * x)[:900].sum()]) for x in (u.z * v.z, u.z**2, v.z**2, np.ones(2000))]
    rho = numeric_correlations(*sums, BOUND)[0]
    assert w[:900] @ pair_scores(u, v, rho)[0][:900] == pytest.approx(0, abs=1e-8)
