"""Pairs of variables whose likelihood differs from row to row: with covariates, or numeric.

Each pair has two Sides of the same n rows. A pair's scores are the derivatives of each row's
bivariate log-likelihood by rho and, for each side, by its two quantities: upper and lower limit
of an ordered variable, mean and variance of a numeric one (`margins.by_parameter` carries them
over to the parameters). Rows without both answers have to be left out by the caller.

Sources: Olsson (1979) for two ordered variables, Olsson, Drasgow & Dorans (1982), Psychometrika
47, 337, for an ordered and a numeric one.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from surveysem.sem.ordinal.bivariate import cdf, density, density_slope, maximise
from surveysem.sem.ordinal.margins import Side, between, normal

__all__ = ["correlation", "numeric_correlations", "pair_scores"]

_LEAST = 1e-14
Two = tuple[np.ndarray, np.ndarray]


def pair_scores(a: Side, b: Side, rho: float) -> tuple[np.ndarray, Two, Two]:
    """Scores by rho (n), by a's two quantities and by b's (n each)."""
    if a.margin.ordered and b.margin.ordered:
        return _ordered(a, b, rho)
    if a.margin.ordered:
        by_rho, by_b, by_a = _mixed(b, a, rho)
        return by_rho, by_a, by_b
    return _mixed(a, b, rho) if b.margin.ordered else _numeric(a, b, rho)


def correlation(parts: Sequence[tuple[Side, Side, np.ndarray]], bound: float) -> float:
    """Maximum-likelihood rho of a pair with an ordered variable, given the margins.

    parts: blocks of rows, each as two sides and the rows' weights, 0 for rows to be left out.
    """

    def slopes(rho: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        first = second = 0.0
        for a, b, w in parts:
            if a.margin.ordered and b.margin.ordered:
                score, bend = _ordered_slopes(a, b, rho)
            else:
                score, bend = _mixed_slopes(*((b, a) if a.margin.ordered else (a, b)), rho[0])
            first += w @ score
            second += w @ (bend - score * score)
        return np.array([first]), np.array([second])

    return float(maximise(slopes, 1, bound)[0])


def numeric_correlations(
    cross: np.ndarray, square_a: np.ndarray, square_b: np.ndarray, n: np.ndarray, bound: float
) -> np.ndarray:
    """Maximum-likelihood correlation of P numeric pairs, given means and variances.

    cross, square_a, square_b: P, sums of z_a z_b, z_a^2 and z_b^2 over the n (P) joint rows.
    """

    def slopes(rho: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        s, ab = square_a[which] + square_b[which], cross[which]
        spread = 1 - rho * rho
        first = n[which] * rho / spread + ((1 + rho * rho) * ab - rho * s) / spread**2
        second = n[which] * (1 + rho * rho) / spread**2
        second += (2 * rho * ab - s) / spread**2
        second += 4 * rho * ((1 + rho * rho) * ab - rho * s) / spread**3
        return first, second

    return maximise(slopes, len(n), bound)


def _numeric(a: Side, b: Side, rho: float) -> tuple[np.ndarray, Two, Two]:
    x, y, spread = a.z, b.z, 1 - rho * rho
    by_rho = (rho + (x * y * (1 + rho * rho) - rho * (x * x + y * y)) / spread) / spread

    def own(z: np.ndarray, other: np.ndarray, variance: float) -> Two:
        pull = (z - rho * other) / spread
        return pull / np.sqrt(variance), (z * pull - 1) / (2 * variance)

    return by_rho, own(x, y, a.margin.variance), own(y, x, b.margin.variance)


def _conditional(a: Side, b: Side, rho: float) -> tuple[np.ndarray, ...]:
    """Limits of b given numeric a, their densities, and the probability between them."""
    root = np.sqrt(1 - rho * rho)
    upper, lower = (b.upper - rho * a.z) / root, (b.lower - rho * a.z) / root
    probability = between(lower, upper)
    return upper, lower, normal(upper) / probability, normal(lower) / probability


def _mixed(a: Side, b: Side, rho: float) -> tuple[np.ndarray, Two, Two]:
    """Scores of a numeric variable a and an ordered one b."""
    spread = 1 - rho * rho
    root, sd = np.sqrt(spread), np.sqrt(a.margin.variance)
    _, _, up, low = _conditional(a, b, rho)
    by_rho = (up * (b.upper * rho - a.z) - low * (b.lower * rho - a.z)) / root**3
    pull = a.z + rho / root * (up - low)
    return by_rho, (pull / sd, (a.z * pull - 1) / (2 * sd * sd)), (up / root, -low / root)


def _mixed_slopes(a: Side, b: Side, rho: float) -> Two:
    """First derivative of the log-likelihood, and second derivative of the likelihood over it."""
    root = np.sqrt(1 - rho * rho)
    upper, lower, up, low = _conditional(a, b, rho)

    def moves(limit: np.ndarray, at: np.ndarray) -> Two:
        speed = (limit * rho - a.z) / root**3
        return speed, limit / root**3 + 3 * rho * speed / root**2 - at * speed * speed

    (v, bend_up), (u, bend_low) = moves(b.upper, upper), moves(b.lower, lower)
    return up * v - low * u, up * bend_up - low * bend_low


def _corners(a: Side, b: Side) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limits at the four corners of each row's rectangle (1 x 4n), and the corners' signs (4)."""
    x = np.concatenate([a.upper, a.lower, a.upper, a.lower])[None]
    y = np.concatenate([b.upper, b.upper, b.lower, b.lower])[None]
    return x, y, np.array([1.0, -1.0, -1.0, 1.0])


def _ordered_slopes(a: Side, b: Side, rho: np.ndarray) -> Two:
    """As `_mixed_slopes`, of two ordered variables. rho: 1."""
    x, y, signs = _corners(a, b)
    probability = np.maximum(signs @ cdf(x, y, rho).reshape(4, -1), _LEAST)
    dense = density(x, y, rho)
    bent = dense * density_slope(x, y, rho)
    return signs @ dense.reshape(4, -1) / probability, signs @ bent.reshape(4, -1) / probability


def _ordered(a: Side, b: Side, rho: float) -> tuple[np.ndarray, Two, Two]:
    x, y, signs = _corners(a, b)
    r, root = np.array([rho]), np.sqrt(1 - rho * rho)
    probability = np.maximum(signs @ cdf(x, y, r).reshape(4, -1), _LEAST)
    by_rho = signs @ density(x, y, r).reshape(4, -1) / probability

    def own(limit: np.ndarray, other: Side) -> np.ndarray:
        inner = ndtr((other.upper - rho * limit) / root) - ndtr((other.lower - rho * limit) / root)
        return normal(limit) * inner / probability

    return by_rho, (own(a.upper, b), -own(a.lower, b)), (own(b.upper, a), -own(b.lower, a))
