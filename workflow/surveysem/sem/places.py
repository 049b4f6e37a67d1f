"""Where the statistics of ordered and mixed data stand, in the order of ordinal.OrdinalMoments."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True, slots=True)
class Places:
    """Where the statistics of one group stand: y variables that are not covariates, m in all.

    dependents, covariates: positions among the observed variables. thresholds: variable
    (among y) of each threshold, numeric: those of variances, averaged: those of means (the
    numeric ones, or none); *_at: their positions. row, column: of each correlation.
    """

    dependents: np.ndarray
    covariates: np.ndarray
    thresholds: np.ndarray
    thresholds_at: np.ndarray
    numeric: np.ndarray
    averaged: np.ndarray
    means_at: np.ndarray
    slopes_at: np.ndarray
    variances_at: np.ndarray
    row: np.ndarray
    column: np.ndarray
    pairs_at: np.ndarray

    @property
    def size(self) -> int:
        """Number of statistics, m."""
        return self.first + len(self.variances_at) + len(self.pairs_at)

    @property
    def first(self) -> int:
        """Number of statistics before variances and covariances: all that thresholds touch."""
        return len(self.thresholds_at) + len(self.means_at) + self.slopes_at.size


@lru_cache(maxsize=64)
def places(
    counts: tuple[int, ...], p: int, covariates: tuple[int, ...], *, means: bool = True
) -> Places:
    """Places for variables with `counts` thresholds (0 for numeric), in order.

    means: whether those of numeric variables are statistics.
    """
    dependents = np.array([k for k in range(p) if k not in covariates], dtype=int)
    size = len(counts)
    thresholds, thresholds_at, numeric, means_at, at = [], [], [], [], 0
    for v, count in enumerate(counts):
        if count:
            thresholds += [v] * count
            thresholds_at += range(at, at + count)
            at += count
        else:
            numeric.append(v)
            if means:
                means_at.append(at)
                at += 1
    slopes_at = np.arange(at, at + size * len(covariates)).reshape(len(covariates), size).T
    at += slopes_at.size
    variances_at = np.arange(at, at + len(numeric))
    at += len(numeric)
    column, row = np.triu_indices(size, 1)
    arrays = [thresholds, thresholds_at, numeric, numeric if means else [], means_at]
    return Places(
        dependents,
        np.array(covariates, dtype=int),
        *(np.array(x, dtype=int) for x in arrays),
        slopes_at,
        variances_at,
        row,
        column,
        np.arange(at, at + len(row)),
    )
