"""First stage of ordinal moments: thresholds, means, variances and regressions of one variable.

An ordered variable with categories 0 ... K-1 is a standard normal latent response cut at K - 1
thresholds; with covariates x its mean is x'b (ordered probit regression). A numeric variable is
normal with mean a + x'b. Source: Muthen (1984), Psychometrika 49, 115.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from surveysem.sem.errors import DataError
from surveysem.sem.ordinal.bivariate import FAR

__all__ = [
    "Margin",
    "Side",
    "between",
    "blocks",
    "by_parameter",
    "marginal_scores",
    "normal",
    "numeric_margin",
    "ordered_margin",
    "side",
]

_ROWS = 20_000  # rows worked on at a time: the temporary arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Margin:
    """One variable's own distribution, given k covariates.

    thresholds: K - 1, at covariates of zero; empty for a numeric variable. mean: intercept of a
    numeric variable, 0 for an ordered one. slopes: k. variance: residual variance, 1 for ordered.
    ordered: which of the two it is. Its parameters stand in the order thresholds, slopes or
    mean, slopes, variance.
    """

    ordered: bool
    thresholds: np.ndarray
    mean: float
    slopes: np.ndarray
    variance: float


@dataclass(frozen=True, slots=True)
class Side:
    """What n rows tell of one variable.

    upper, lower: n, limits of the latent response (ordered). z: n, standardised residual
    (numeric), 0 where missing. known: n, whether there is an answer. codes: n, categories, K where
    missing. X: n x k covariates.
    """

    margin: Margin
    upper: np.ndarray | None
    lower: np.ndarray | None
    z: np.ndarray | None
    known: np.ndarray
    codes: np.ndarray
    X: np.ndarray


def blocks(n: int, size: int = _ROWS) -> Iterator[slice]:
    """Slices that cover n rows."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def normal(x: np.ndarray) -> np.ndarray:
    """The standard normal density."""
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def between(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """P(lower < X < upper), without loss of digits in the upper tail; at least 1e-300."""
    turned = lower > 0
    low, high = np.where(turned, -upper, lower), np.where(turned, -lower, upper)
    return np.maximum(ndtr(high) - ndtr(low), 1e-300)


def side(margin: Margin, codes: np.ndarray, values: np.ndarray | None, X: np.ndarray) -> Side:
    """The rows' limits or residuals. codes: n (ordered); values: n, nan where missing (numeric)."""
    shift = X @ margin.slopes
    if not margin.ordered:
        known = ~np.isnan(values)
        z = np.where(known, (values - margin.mean - shift) / np.sqrt(margin.variance), 0.0)
        return Side(margin, None, None, z, known, codes, X)
    K = len(margin.thresholds) + 1
    edges = np.concatenate([[-FAR], margin.thresholds, [FAR, FAR]])
    lower = np.where((codes > 0) & (codes < K), edges[codes] - shift, -FAR)
    upper = np.where(codes < K - 1, edges[codes + 1] - shift, FAR)
    return Side(margin, upper.clip(-FAR, FAR), lower.clip(-FAR, FAR), None, codes < K, codes, X)


def marginal_scores(s: Side) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of each row's log-likelihood by upper and lower limit, or mean and variance."""
    if s.margin.ordered:
        probability = between(s.lower, s.upper)
        return normal(s.upper) / probability, -normal(s.lower) / probability
    variance = s.margin.variance
    return s.z / np.sqrt(variance), s.known * (s.z * s.z - 1) / (2 * variance)


def by_parameter(s: Side, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The same by the margin's parameters: n x q, from derivatives by the two quantities."""
    if not s.margin.ordered:
        return np.column_stack([first, first[:, None] * s.X, second])
    K = len(s.margin.thresholds) + 1
    rows = np.arange(len(first))
    # One column too many on either side: the outermost limits are no parameters.
    by_limit = np.zeros((len(first), K + 2))
    by_limit[rows, s.codes + 1] = first
    by_limit[rows, s.codes] += second
    return np.column_stack([by_limit[:, 1:K], -(first + second)[:, None] * s.X])


def numeric_margin(values: np.ndarray, X: np.ndarray, weights: np.ndarray) -> Margin:
    """Regression by maximum likelihood (variance divided by n). values: n, complete."""
    design = np.column_stack([np.ones(len(values)), X])
    root = np.sqrt(weights)
    beta = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0]
    residual = values - design @ beta
    variance = float(weights @ (residual * residual) / weights.sum())
    return Margin(False, np.zeros(0), float(beta[0]), beta[1:], variance)


def ordered_margin(
    codes: np.ndarray, K: int, X: np.ndarray, weights: np.ndarray, name: str
) -> Margin:
    """Thresholds, and slopes on covariates if there are any, by maximum likelihood.

    codes: n, in 0 ... K-1, none of them empty. X: n x k. Raises DataError naming the variable
    where the covariates separate its categories.
    """
    share = np.bincount(codes, weights, minlength=K)
    thresholds = ndtri(np.cumsum(share)[:-1] / share.sum())
    slopes = np.zeros(X.shape[1])
    if X.shape[1]:
        # The covariates' own scale and origin must not matter to the Newton steps.
        centre, scale = X.mean(axis=0), X.std(axis=0)
        thresholds, slopes = _probit(codes, thresholds, (X - centre) / scale, weights, name)
        slopes = slopes / scale
        thresholds = thresholds + centre @ slopes
    return Margin(True, thresholds, 0.0, slopes, 1.0)


def _probit(
    codes: np.ndarray, thresholds: np.ndarray, X: np.ndarray, weights: np.ndarray, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Ordered probit by Newton steps; its log-likelihood is concave (Pratt 1981)."""
    q = len(thresholds)

    def look(theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        margin = Margin(True, theta[:q], 0.0, theta[q:], 1.0)
        value, gradient, hessian = 0.0, np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
        if (np.diff(theta[:q]) <= 0).any():
            return -np.inf, gradient, hessian
        for part in blocks(len(codes)):
            s = side(margin, codes[part], None, X[part])
            w = weights[part]
            value += float(w @ np.log(between(s.lower, s.upper)))
            up, low = marginal_scores(s)
            zero = np.zeros_like(up)
            gradient += w @ by_parameter(s, up, low)
            # Derivatives of the limits by the parameters, 0 where a limit is infinite.
            d_up = by_parameter(s, 1.0 * (s.upper < FAR), zero)
            d_low = by_parameter(s, zero, 1.0 * (s.lower > -FAR))
            cross = d_up.T @ (d_low * (-w * up * low)[:, None])
            hessian += d_up.T @ (d_up * (-w * up * (s.upper + up))[:, None])
            hessian += d_low.T @ (d_low * (-w * low * (s.lower + low))[:, None])
            hessian += cross + cross.T
        return value, gradient, hessian

    theta = np.concatenate([thresholds, np.zeros(X.shape[1])])
    value, gradient, hessian = look(theta)
    for _ in range(50):
        step = -np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        new = look(theta + step)
        while not new[0] >= value - 1e-10 * abs(value) and np.abs(step).max() > 1e-12:
            step = step / 2
            new = look(theta + step)
        theta = theta + step
        value, gradient, hessian = new
        if np.abs(theta).max() > 30:
            break
        if np.abs(step).max() < 1e-8:
            return theta[:q], theta[q:]
    raise DataError(
        f"the regression of '{name}' on the covariates has no finite maximum\n"
        "  hint: a covariate separates its categories: leave it out, or join categories"
    )
