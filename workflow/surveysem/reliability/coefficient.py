"""One coefficient with its interval, and intervals by the delta method."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A row of scales.csv but for its keys. note: why it has no estimate or no interval, or a caution.

    method: of the interval. n: respondents used. missing: what is done where answers are
    missing (listwise, fiml, pairwise).
    """

    statistic: str
    n: int
    est: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    method: str = ""
    missing: str = "listwise"
    note: str = ""


def gradient(function: Callable[[np.ndarray], float], x: np.ndarray) -> np.ndarray:
    """Derivatives of an analytic function of k numbers, k, exact to rounding.

    By a complex step (Squire and Trapp 1998, SIAM Review 40, 110).
    """
    step = 1e-30
    moved = x + 1j * step * np.eye(len(x))
    return np.array([function(row).imag for row in moved]) / step


def _through(
    est: float,
    se: float,
    to: Callable[[float], float],
    slope: float,
    back: Callable[[float], float],
    level: float,
) -> tuple[float, float]:
    half = ndtri(0.5 + level / 2) * se * abs(slope)
    bounds = sorted([back(to(est) - half), back(to(est) + half)])
    return float(bounds[0]), float(bounds[1])


def logit_interval(est: float, se: float, level: float = LEVEL) -> tuple[float, float]:
    """Interval of a share between 0 and 1, symmetric for its logit.

    Raykov and Marcoulides (2011), Introduction to psychometric theory, section 7.4; without bounds
    where the share is 0 or 1.
    """
    if not (0 < est < 1 and np.isfinite(se)):
        return np.nan, np.nan
    slope = 1 / (est * (1 - est))
    return _through(
        est, se, lambda x: np.log(x / (1 - x)), slope, lambda z: 1 / (1 + np.exp(-z)), level
    )


def log_interval(est: float, se: float, level: float = LEVEL) -> tuple[float, float]:
    """Interval of a coefficient of at most 1, symmetric for log(1 - it) (Bonett 2002)."""
    if not (est < 1 and np.isfinite(se)):
        return np.nan, np.nan
    return _through(est, se, lambda x: np.log(1 - x), 1 / (1 - est), lambda z: 1 - np.exp(z), level)
