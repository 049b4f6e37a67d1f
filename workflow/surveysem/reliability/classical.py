"""Coefficients of classical test theory: alpha, item-rest correlations, split halves.

Arrays of answers are respondents x items, nan where an answer is missing. Everything is of the
respondents with complete answers; nan where a coefficient does not exist.
"""

import warnings
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import fdtri

from surveysem.correlation import pearson

LEVEL = 0.95
MOST_ITEMS = 12  # whose 462 splits into halves are all tried


def complete_rows(answers: np.ndarray) -> np.ndarray:
    """The rows without a missing answer."""
    return answers[~np.isnan(answers).any(axis=1)]


def why_not(answers: np.ndarray, names: Sequence[str]) -> str:
    """Why alpha cannot be computed, in words; '' where it can."""
    complete = complete_rows(answers)
    if answers.shape[1] < 2:
        return "one item: internal consistency needs two or more"
    if len(complete) < 3:
        return f"{len(complete)} complete answers: too few"
    flat = [n for n, spread in zip(names, np.ptp(complete, axis=0), strict=True) if spread == 0]
    if flat:
        return f"everyone gave the same answer to {', '.join(flat)}"
    cancel = np.ptp(complete.sum(axis=1)) < 1e-12
    return "answers cancel out: everyone has the same sum" if cancel else ""


def alpha(answers: np.ndarray) -> float:
    """Cronbach's alpha (pingouin); nan for fewer than two items, or no variance."""
    import pingouin

    complete = complete_rows(answers)
    if answers.shape[1] < 2 or len(complete) < 3:
        return np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(pingouin.cronbach_alpha(data=pd.DataFrame(answers), nan_policy="listwise")[0])


def alpha_interval(est: float, n: int, items: int, level: float = LEVEL) -> tuple[float, float]:
    """Exact interval of alpha (Feldt 1965; Feldt, Woodruff and Salih 1987).

    The same formula as pingouin's, which rounds its interval to three decimals.
    """
    if items < 2 or n < 2 or not est < 1:
        return np.nan, np.nan
    df1, df2 = n - 1, (n - 1) * (items - 1)
    tail = (1 - level) / 2
    lower = 1 - (1 - est) * fdtri(df1, df2, 1 - tail)
    upper = 1 - (1 - est) * fdtri(df1, df2, tail)
    return float(lower), float(upper)


def item_rest(answers: np.ndarray, k: int) -> tuple[float, int]:
    """Correlation of item k with the sum of the others, and n, over complete rows."""
    complete = complete_rows(answers)
    rest = np.delete(complete, k, axis=1).sum(axis=1)
    r = pearson(np.column_stack([complete[:, k], rest]))[0][0, 1]
    return float(r) if len(complete) > 3 else np.nan, len(complete)


def spearman_brown(r: float) -> float:
    """Reliability of the sum of two parallel halves that correlate r (Spearman 1910; Brown 1910).

    It rises with r, so that the bounds of r's interval give those of this one.
    """
    return 2 * r / (1 + r) if r > -1 + 1e-12 else np.nan


# Of covariance matrices, ... x k x k, as many as there are draws of a bootstrap -------------------


def correlations(cov: np.ndarray) -> np.ndarray:
    """Correlation matrices of covariance matrices, ... x k x k."""
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return cov / (sd[..., :, None] * sd[..., None, :])


def alpha_of(cov: np.ndarray) -> np.ndarray:
    """Alpha of each covariance matrix, shape ... (Cronbach 1951, eq. 2)."""
    k = cov.shape[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        total = cov.sum(axis=(-2, -1))
        return k / (k - 1) * (1 - np.trace(cov, axis1=-2, axis2=-1) / total)


def alpha_if_deleted(cov: np.ndarray) -> np.ndarray:
    """Alpha without each of the items in turn, k, of a covariance matrix of three or more."""
    rest = [np.delete(np.delete(cov, j, axis=0), j, axis=1) for j in range(len(cov))]
    return alpha_of(np.array(rest))


def standardised_alpha(cov: np.ndarray) -> np.ndarray:
    """Alpha of the items brought to unit variance, shape ..."""
    return alpha_of(correlations(cov))


def mean_correlation(cov: np.ndarray) -> np.ndarray:
    """Mean of the correlations between different items, shape ..."""
    k = cov.shape[-1]
    with np.errstate(invalid="ignore"):
        return (correlations(cov).sum(axis=(-2, -1)) - k) / (k * (k - 1))


def mean_split_half(alpha: float, items: int) -> float:
    """Mean over all splits into halves (of nearly equal length) of Guttman's split half, from alpha.

    Alpha itself for an even number of items (Cronbach 1951, section 3). For an odd number
    k two items fall into different halves in (k + 1) / 2k of the splits, in place of
    k / 2(k - 1), which leaves alpha (k^2 - 1) / k^2.
    """
    return alpha * (1 - 1 / items**2) if items % 2 else alpha


def splits(items: int) -> np.ndarray:
    """Signs that tell the two halves of every split apart, splits x items."""
    half = items // 2
    rows = []
    for chosen in combinations(range(items), half):
        if items % 2 or chosen[0] == 0:  # of an even number each split comes up twice
            rows.append(np.where(np.isin(np.arange(items), chosen), 1.0, -1.0))
    return np.array(rows)


def odd_even(items: int) -> np.ndarray:
    """Signs of the split into odd and even positions, 1 x items."""
    return np.where(np.arange(items) % 2 == 0, 1.0, -1.0)[None]


def split_halves(cov: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Guttman's split-half reliability of each split, ... x splits: 4 cov(A, B) / var(A + B).

    Guttman (1945), lambda 4. As var(A - B) = var(A + B) - 4 cov(A, B), it is
    1 - var(A - B) / var(A + B).
    """
    difference = np.einsum("si,...ij,sj->...s", signs, cov, signs, optimize=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - difference / cov.sum(axis=(-2, -1))[..., None]


def of_covariances(items: int) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Coefficients of covariance matrices of the items, whose bootstrap intervals hold."""
    out = {"alpha_std": standardised_alpha, "mean_r": mean_correlation}
    if items > 2:
        out["split_half_odd_even"] = lambda cov: split_halves(cov, odd_even(items))[..., 0]
    return out
