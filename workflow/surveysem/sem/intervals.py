"""Confidence intervals from bootstrap draws: pure functions of one statistic's draws.

Source: Davison and Hinkley (1997), Bootstrap Methods and their Application, chapter 5;
quantiles and definitions are those of R's package boot (`boot.ci`, `norm.inter`).
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

Interval = tuple[float, float]


def quantiles(draws: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Quantiles of finite draws at alpha: the order statistic (R + 1) alpha.

    Between two order statistics interpolation is linear in normal quantiles (Davison and
    Hinkley 1997, section 5.2); beyond the extreme ones it is the extreme one.
    """
    ordered = np.sort(draws)
    R = len(ordered)
    rank = (R + 1) * np.asarray(alpha)
    k = np.clip(np.floor(rank), 1, R - 1).astype(int)
    below, above = ndtri(k / (R + 1)), ndtri((k + 1) / (R + 1))
    share = np.clip((ndtri(alpha) - below) / (above - below), 0.0, 1.0)
    return ordered[k - 1] + share * (ordered[k] - ordered[k - 1])


def _alpha(level: float) -> np.ndarray:
    return (1 + np.array([-level, level])) / 2


def percentile(draws: np.ndarray, est: float, level: float, acceleration: float) -> Interval:
    """Quantiles of the draws (Davison and Hinkley 1997, section 5.3.1)."""
    return tuple(quantiles(draws, _alpha(level)))


def basic(draws: np.ndarray, est: float, level: float, acceleration: float) -> Interval:
    """The draws' quantiles reflected at the estimate (Davison and Hinkley 1997, section 5.2)."""
    low, high = quantiles(draws, _alpha(level))
    return 2 * est - high, 2 * est - low


def normal(draws: np.ndarray, est: float, level: float, acceleration: float) -> Interval:
    """Estimate less bias, and the draws' standard deviation (Davison and Hinkley 1997, 5.2)."""
    centre, half = 2 * est - draws.mean(), ndtri((1 + level) / 2) * draws.std(ddof=1)
    return centre - half, centre + half


def bc(draws: np.ndarray, est: float, level: float, acceleration: float) -> Interval:
    """Bias-corrected percentiles (Efron 1981): bca without acceleration."""
    return bca(draws, est, level, 0.0)


def bca(draws: np.ndarray, est: float, level: float, acceleration: float) -> Interval:
    """Bias-corrected and accelerated percentiles (Efron 1987).

    nan where all draws lie on one side of the estimate, or there is no acceleration.
    """
    w = ndtri(np.mean(draws < est))
    if not np.isfinite(w + acceleration):
        return np.nan, np.nan
    z = w + ndtri(_alpha(level))
    return tuple(quantiles(draws, ndtr(w + z / (1 - acceleration * z))))


KINDS: dict[str, Callable[[np.ndarray, float, float, float], Interval]] = {
    "percentile": percentile,
    "basic": basic,
    "normal": normal,
    "bc": bc,
    "bca": bca,
}


def acceleration(influence: np.ndarray) -> np.ndarray:
    """A sixth of the skewness of the influence values, k, from units x k.

    sum L^3 / (6 (sum L^2)^1.5), 0 for what never varies (Efron 1987, section 7; Efron and
    Tibshirani 1993, eq. 14.15). L, the change of the statistic with a unit's count, has to
    sum to zero over each stratum.
    """
    cubes, squares = (influence**3).sum(axis=0), (influence**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(squares > 0, cubes / (6 * squares**1.5), 0.0)
