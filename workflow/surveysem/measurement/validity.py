"""Reliability and distinctness from a factor model: CR, AVE, HTMT, latent correlations.

Each a pure function of loadings or correlations.
"""

from collections.abc import Sequence

import numpy as np


def composite_reliability(loadings: np.ndarray, residuals: np.ndarray) -> float:
    """CR = (sum loadings)^2 / ((sum loadings)^2 + sum residual variances).

    Standardised loadings, p, and residual variances, p (Joereskog 1971; Fornell and
    Larcker 1981, eq. 10).
    """
    common = loadings.sum() ** 2
    return float(common / (common + residuals.sum()))


def average_variance_extracted(loadings: np.ndarray) -> float:
    """AVE: mean squared standardised loading (Fornell and Larcker 1981, eq. 11)."""
    return float(np.mean(loadings**2))


def htmt(R: np.ndarray, first: Sequence[int], second: Sequence[int]) -> float:
    """Heterotrait-monotrait ratio of correlations (Henseler, Ringle and Sarstedt 2015).

    R: item correlations, keyed alike. first, second: positions of the two constructs'
    items. Arithmetic means of absolute correlations (semTools: htmt(htmt2 = FALSE,
    absolute = TRUE)). nan for a construct with one item.
    """
    if len(first) < 2 or len(second) < 2:
        return np.nan
    A = np.abs(R)
    between = A[np.ix_(first, second)].mean()
    within = [A[np.ix_(s, s)][np.tril_indices(len(s), -1)].mean() for s in (first, second)]
    return float(between / np.sqrt(within[0] * within[1]))
