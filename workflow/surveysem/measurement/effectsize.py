"""How much an item's different parameters matter for its answers: dMACS and its signed form."""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)


def linear(loading: float, intercept: float) -> Callable[[np.ndarray], np.ndarray]:
    """Expected answer to a continuous item at values of the factor."""
    return lambda factor: intercept + loading * factor


def graded(
    loading: float, intercept: float, residual: float, cuts: np.ndarray, codes: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Expected answer to an ordinal item at values of the factor.

    residual: variance of the latent response. cuts: k - 1 thresholds. codes: its k answers.
    """
    steps = np.diff(codes)

    def expected(factor: np.ndarray) -> np.ndarray:
        above = (loading * factor[:, None] + intercept - cuts) / np.sqrt(residual)
        return codes[0] + ndtr(above) @ steps

    return expected


def dmacs(
    reference: Callable[[np.ndarray], np.ndarray],
    focal: Callable[[np.ndarray], np.ndarray],
    mean: float,
    variance: float,
    sd: float,
) -> tuple[float, float]:
    """dMACS and its signed form, in standard deviations of the item.

    The root mean square, and the mean, of the difference of expected answers (focal minus
    reference) over the focal group's factor, normal with `mean` and `variance`. sd: pooled,
    of the item. Nye and Drasgow 2011, Journal of Applied Psychology 96, eq. 3; signed: Nye,
    Bradburn, Olenick, Bialko and Drasgow 2019, Organizational Research Methods 22, eq. 5.
    """
    factor = mean + np.sqrt(max(variance, 0.0)) * NODES
    gap = focal(factor) - reference(factor)
    weights = WEIGHTS / WEIGHTS.sum()
    return float(np.sqrt(weights @ gap**2) / sd), float(weights @ gap / sd)
