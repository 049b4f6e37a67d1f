"""The standard bivariate normal distribution: probabilities, density, and a solver for its rho.

Everything here takes P pairs of variables at once. Limits are finite: `FAR` stands for infinity,
as the probability beyond it is below the smallest float.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

__all__ = ["FAR", "cdf", "density", "density_slope", "maximise"]

FAR = 40.0

# Gauss-Legendre nodes and weights that give full precision up to each |rho| (Genz 2004).
_GAUSS = {n: tuple(zip(*np.polynomial.legendre.leggauss(n), strict=True)) for n in (6, 12, 20)}
_ARCS = ((0.3, 6), (0.75, 12), (0.925, 20))
_TWO_PI = 2 * np.pi


def cdf(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """P(X < h, Y < k) for standard normal X and Y with correlation rho, -1 < rho < 1.

    h, k: P x C, finite. rho: P. Returns P x C; absolute error about 1e-15.

    Source: Drezner & Wesolowsky (1990), Journal of Statistical Computation and Simulation 35, 101,
    integrated over the arc sine of rho; beyond |rho| = .925 the expansion about |rho| = 1 in Genz
    (2004), Statistics and Computing 14, 251 (his function BVND).
    """
    out = ndtr(h) * ndtr(k)
    size, done = np.abs(rho), 0.0
    for limit, nodes in _ARCS:
        rows = (size > done) & (size <= limit)
        if rows.any():
            out[rows] += _arc(h[rows], k[rows], rho[rows], nodes)
        done = limit
    rows = size > done
    if rows.any():
        out[rows] = _near_one(h[rows], k[rows], rho[rows])
    return out


def _arc(h: np.ndarray, k: np.ndarray, rho: np.ndarray, nodes: int) -> np.ndarray:
    """P(X < h, Y < k) less its value at rho = 0: the density integrated up to rho."""
    product, squares = h * k, (h * h + k * k) / 2
    half = np.arcsin(rho) / 2
    total = np.zeros(product.shape)
    for x, weight in _GAUSS[nodes]:
        sine = np.sin(half * (1 + x))
        exponent = product * sine[:, None]
        exponent -= squares
        exponent /= (1 - sine * sine)[:, None]
        np.exp(exponent, out=exponent)
        exponent *= weight
        total += exponent
    return total * (half / _TWO_PI)[:, None]


def _near_one(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """P(X < h, Y < k) where |rho| is large, as the value at rho = +-1 and a correction."""
    negative = (rho < 0)[:, None]
    # Genz writes of upper tails, P(X > h, Y > k), and turns rho < 0 into rho > 0 by Y -> -Y.
    h, k = -h, np.where(negative, k, -k)
    spread = ((1 - rho) * (1 + rho))[:, None]
    a = np.sqrt(spread)
    product, squared = h * k, (h - k) ** 2
    c, d = (4 - product) / 8, (12 - product) / 16

    with np.errstate(over="ignore", under="ignore"):
        series = 1 - c * (squared - spread) * (1 - d * squared / 5) / 3 + c * d * spread**2 / 5
        part = a * np.exp(-(squared / spread + product) / 2) * series
        b = np.sqrt(squared)
        tail = np.sqrt(_TWO_PI) * ndtr(-b / a) * b * (1 - c * squared * (1 - d * squared / 5) / 3)
        # The tail carries exp(-squared / (2 spread)): no overflow where it is not zero.
        part -= np.where(tail == 0, 0.0, np.exp(np.minimum(-product / 2, 700)) * tail)
        for x, weight in _GAUSS[20]:
            xs = (a / 2 * (1 + x)) ** 2
            root = np.sqrt(1 - xs)
            inner = np.exp(-product * xs / (2 * (1 + root) ** 2)) / root - (
                1 + c * xs * (1 + d * xs)
            )
            outer = np.exp(-(squared / xs + product) / 2)
            part += np.where(outer == 0, 0.0, a / 2 * weight * outer * inner)
    part /= -_TWO_PI
    at_one = ndtr(-np.maximum(h, k))
    at_minus_one = np.maximum(0, np.where(h < 0, ndtr(k) - ndtr(h), ndtr(-h) - ndtr(-k)))
    return np.where(negative, at_minus_one - part, at_one + part)


def density(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """The density at (h, k), which is d cdf / d rho (Plackett 1954). Shapes as in `cdf`."""
    spread = (1 - rho * rho)[:, None]
    exponent = (rho[:, None] * (h * k) - (h * h + k * k) / 2) / spread
    return np.exp(exponent) / (_TWO_PI * np.sqrt(spread))


def density_slope(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """d log density / d rho. Shapes as in `cdf`."""
    r = rho[:, None]
    spread = 1 - r * r
    return (r + (h * k * (1 + r * r) - r * (h * h + k * k)) / spread) / spread


def maximise(
    slopes: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    P: int,
    bound: float,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """A maximum over rho in [-bound, bound] of each of P log-likelihoods.

    slopes(rho, which) returns first and second derivatives of those numbered `which` at rho.
    Returns P; -bound or bound where the likelihood rises up to there.

    Newton steps from `start` (P; default 0), halved intervals where those leave the interval that
    must hold the maximum or shrink too slowly: it always ends.
    """
    rho = np.zeros(P) if start is None else np.clip(start, -bound, bound)
    low, high = np.full(P, -bound), np.full(P, bound)
    moved = high - low
    active = np.arange(P)
    while len(active):
        r = rho[active]
        first, second = slopes(r, active)
        up = first > 0
        low[active[up]], high[active[~up]] = r[up], r[~up]
        with np.errstate(divide="ignore", invalid="ignore"):
            new = r - first / second
        lo, hi, before = low[active], high[active], moved[active]
        sound = (second < 0) & (lo <= new) & (new <= hi) & (np.abs(new - r) < before / 2)
        new = np.where(sound, new, (lo + hi) / 2)
        moved[active] = np.abs(new - r)
        rho[active] = new
        # A Newton step of 1e-8 leaves an error of the order of its square.
        active = active[np.where(sound, moved[active] > 1e-8, hi - lo > 1e-13)]
    return rho
