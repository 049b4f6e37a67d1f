"""Reliability from a factor model: CR and AVE, pure functions of loadings."""

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
