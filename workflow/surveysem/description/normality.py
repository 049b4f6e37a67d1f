"""Are answers jointly normal? Mardia's multivariate skewness and kurtosis.

Mardia (1970), Biometrika 57, 519-530, with the maximum-likelihood covariance (divisor n) as
he defines it. psych::mardia and semTools::mardiaSkew divide by n - 1: theirs times
(n / (n - 1))^3 for skewness, (n / (n - 1))^2 for kurtosis, are these.

The plain tests are wrong where n is not far above the number of items: with 62 normal items
and n = 352 the z of kurtosis is about -2.4 on average. The corrected ones have the exact mean
of skewness, and mean and variance of kurtosis, under normality (Mardia 1974, Sankhya B 36, 115).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from surveysem.asked import EVERYONE, asked_of, members, parts
from surveysem.tables import values

COLUMNS = ["wave", "group", "scale", "items", "n", "statistic", "est", "test", "df", "p", "note"]
STATISTICS = ("skewness", "skewness_corrected", "kurtosis", "kurtosis_corrected")
_BLOCK = 2_000_000  # numbers held at a time


@dataclass(frozen=True, slots=True)
class Mardia:
    """skewness b1 and kurtosis b2; df of the chi-squares of skewness, plain and corrected;
    the z of kurtosis, plain and corrected."""

    skewness: float
    df: int
    chi2: float
    chi2_corrected: float
    kurtosis: float
    z: float
    z_corrected: float


def mardia(x: np.ndarray) -> Mardia | None:
    """Skewness and kurtosis of n x p complete answers; None where their covariance has no
    inverse (not more rows than columns + 1, an item that does not vary or that others
    determine).

    b1 = sum_ij (z_i' z_j)^3 / n^2 and n b1 / 6 ~ chi2(p (p+1) (p+2) / 6);
    b2 = sum_i (z_i' z_i)^2 / n and (b2 - p (p+2)) / sqrt(8 p (p+2) / n) ~ N(0, 1).
    """
    n, p = x.shape
    if n <= p + 1 or p == 0 or (np.ptp(x, axis=0) == 0).any():
        return None
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    roots, vectors = np.linalg.eigh(standard.T @ standard / n)
    if roots[0] <= 1e-10 * roots[-1]:
        return None
    z = standard @ (vectors / np.sqrt(roots))
    b1, b2 = _cubes(z) / n**2, float(((z * z).sum(axis=1) ** 2).mean())
    k = (p + 1) * (n + 1) * (n + 3) / (n * ((n + 1) * (p + 1) - 6))
    m = p * (p + 2)
    spread = 8 * m * (n - 3) * (n - p - 1) * (n - p + 1) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    return Mardia(
        skewness=b1,
        df=p * (p + 1) * (p + 2) // 6,
        chi2=n * b1 / 6,
        chi2_corrected=n * k * b1 / 6,
        kurtosis=b2,
        z=float((b2 - m) / np.sqrt(8 * m / n)),
        z_corrected=float((b2 - m * (n - 1) / (n + 1)) / np.sqrt(spread)) if spread > 0 else np.nan,
    )


def _cubes(z: np.ndarray) -> float:
    """Sum over all pairs of rows of (z_i' z_j)^3: over the rows, or over the third moments
    (the sum of whose squares it is too), whichever is less."""
    n, p = z.shape
    total = 0.0
    if n < p * p:
        for start in range(0, n, step := max(1, _BLOCK // n)):
            total += float(((z[start : start + step] @ z.T) ** 3).sum())
        return total
    third = np.zeros((p * p, p))
    for start in range(0, n, step := max(1, _BLOCK // (p * p))):
        part = z[start : start + step]
        third += (part[:, :, None] * part[:, None, :]).reshape(len(part), -1).T @ part
    return float((third**2).sum())


def normality_table(
    table: pd.DataFrame,
    wave: str,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    scales: Sequence[Mapping],
) -> pd.DataFrame:
    """Mardia's statistics of each scale and of all items (scale 'all') by group: COLUMNS.

    Complete rows; all items: those that every respondent of the group was asked and somebody
    answered. test: the chi-square of skewness, the z of kurtosis. note: `few` (not more rows than items + 1),
    `singular` (an item does not vary, or others determine it), `no_items`.
    """
    rows = []
    for group, part in parts(table, groups):
        asked = [
            name
            for name, item in items.items()
            if asked_of(part, item["groups"], item["forms"]).all() and part[name].notna().any()
        ]
        rows += _rows(wave, group, EVERYONE, values(part, asked))
    for entry in scales:
        x = values(members(table, entry["groups"]), entry["items"])
        rows += _rows(wave, entry["group"], entry["scale"], x)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(wave: str, group: str, scale: str, x: np.ndarray) -> list[tuple]:
    x = x[~np.isnan(x).any(axis=1)]
    n, p = x.shape
    m, head = mardia(x), (wave, group, scale, p, n)
    if m is None:
        note = "no_items" if p == 0 else "few" if n <= p + 1 else "singular"
        return [(*head, name, *(np.nan,) * 4, note) for name in STATISTICS]
    tests = (
        (m.skewness, m.chi2, m.df),
        (m.skewness, m.chi2_corrected, m.df),
        (m.kurtosis, m.z, np.nan),
        (m.kurtosis, m.z_corrected, np.nan),
    )
    return [
        (*head, name, est, test, df, _p(test, df), "")
        for name, (est, test, df) in zip(STATISTICS, tests, strict=True)
    ]


def _p(test: float, df: float) -> float:
    """p of a chi-square, or two-sided of a z (df nan)."""
    return float(2 * ndtr(-abs(test)) if np.isnan(df) else chdtrc(df, test))
