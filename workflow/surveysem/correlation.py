"""Pearson correlations of answers with missing ones, and their intervals."""

import numpy as np
from scipy.special import ndtri


def pearson(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pearson correlations (p x p) of n x p answers with nan, and how many answered both.

    Each pair uses the respondents who answered both, means and variances included, as R's
    cor(use = "pairwise"); nan where fewer than three did, or one of the two does not vary.
    """
    known = ~np.isnan(x)
    k = known.astype(float)
    n = k.T @ k
    middle = np.where(known.any(axis=0), np.where(known, x, 0.0).sum(axis=0), 0.0)
    z = np.where(known, x - middle / np.maximum(k.sum(axis=0), 1), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        sums, squares = z.T @ k, (z * z).T @ k  # of the row's variable, where both are known
        cov = z.T @ z - sums * sums.T / n
        spread = squares - sums**2 / n
        r = cov / np.sqrt(spread * spread.T)
    varies = spread > 1e-10 * squares
    r[(n < 3) | ~varies | ~varies.T] = np.nan
    return np.clip(r, -1, 1), n.astype(int)


def fisher_interval(
    r: float | np.ndarray, n: int | np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of correlations (any shape) by Fisher's z (Fisher 1921).

    nan for n < 4, and where |r| is 1 but for rounding.
    """
    r, n = np.asarray(r, dtype=float), np.asarray(n)
    usable = (n > 3) & (np.abs(r) < 1 - 1e-12)
    z = np.arctanh(np.where(usable, r, np.nan))
    half = ndtri(0.5 + level / 2) / np.sqrt(np.where(usable, n - 3.0, np.nan))
    return np.tanh(z - half), np.tanh(z + half)
