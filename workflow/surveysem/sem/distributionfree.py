"""Moments of continuous variables for least squares, with the distribution-free covariance.

Source: Browne (1984), Br. J. Math. Stat. Psychol. 37, 62.
"""

from dataclasses import dataclass

import numpy as np

from surveysem.sem import momentspace
from surveysem.sem.casewise import Rows


@dataclass(frozen=True, slots=True)
class ContinuousMoments:
    """Moments of p continuous variables; names and order as in ordinal.OrdinalMoments.

    statistics: means (where `with_means`), variances, covariances below the diagonal column by
    column, m.
    cov: divided by n - 1. gamma: m x m, n times their asymptotic covariance.
    """

    means: np.ndarray
    cov: np.ndarray
    statistics: np.ndarray
    gamma: np.ndarray
    nobs: int
    with_means: bool = True

    @property
    def size(self) -> float:
        """Rows used."""
        return float(self.nobs)

    @property
    def ordered(self) -> np.ndarray:
        """None of the variables is, p bool."""
        return np.zeros(len(self.means), dtype=bool)

    @property
    def thresholds(self) -> tuple[np.ndarray, ...]:
        """None, p empty arrays."""
        return (np.zeros(0),) * len(self.means)


def continuous_moments(values: np.ndarray, *, means: bool = True) -> ContinuousMoments:
    """Moments of complete rows (n x p); without `means` these are no statistics.

    The covariances are divided by n - 1 and gamma's products by n, as lavaan does it for
    least squares.
    """
    n, p = values.shape
    mean, cov = values.mean(axis=0), np.atleast_2d(np.cov(values.T))
    gamma = momentspace.gamma(Rows(values), means=True)
    order = _order(p)
    column, row = np.triu_indices(p, 1)
    statistics = np.concatenate([mean, np.diag(cov), cov[row, column]])
    kept = slice(0 if means else p, None)
    gamma = gamma[np.ix_(order, order)][kept, kept]
    return ContinuousMoments(mean, cov, statistics[kept], gamma, n, means)


def influence_values(values: np.ndarray, *, means: bool = True) -> np.ndarray:
    """Influence of each row on the statistics, n x m: gamma is the mean of their products."""
    p = values.shape[1]
    every = momentspace.contributions(Rows(values), slice(None), means=True)
    return every[:, _order(p)[0 if means else p :]]


def _order(p: int) -> np.ndarray:
    """Where the statistics stand among means and vech(Sigma), m."""
    column, row = np.triu_indices(p, 1)
    at = np.zeros((p, p), dtype=int)
    at[momentspace.lower(p)] = p + np.arange(p * (p + 1) // 2)
    return np.concatenate([np.arange(p), np.diag(at), at[row, column]])
