"""Do two groups say the same of a project? Agreement of their project means.

Answers of two groups are not averaged where they agree little (Podsakoff, MacKenzie and
Podsakoff 2012).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import fdtri

from surveysem.asked import EVERYONE
from surveysem.correlation import fisher_interval
from surveysem.tables import values

COLUMNS = ["wave", "scale", "first", "second", "items", "projects", "mean_first", "mean_second",
           "statistic", "est", "ci_lower", "ci_upper", "q1", "q3", "note"]  # fmt: skip
LEVEL = 0.95
LEAST_PROJECTS, LEAST_SCALES = 4, 3


def icc_agreement(x: np.ndarray) -> tuple[float, float, float]:
    """ICC(A,1), agreement of k single ratings (columns) of n targets (rows), and its 95 %
    interval: McGraw and Wong (1996), Psychological Methods 1, 30, case 2A and Table 7.

    It counts differences of level between raters, which a correlation does not.
    """
    n, k = x.shape
    rows, columns, grand = x.mean(axis=1), x.mean(axis=0), x.mean()
    msr = k * ((rows - grand) ** 2).sum() / (n - 1)
    msc = n * ((columns - grand) ** 2).sum() / (k - 1)
    mse = ((x - rows[:, None] - columns + grand) ** 2).sum() / ((n - 1) * (k - 1))
    icc = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    if not 1 - icc > 1e-12:  # all say the same: nothing is left to judge the precision by
        return float(icc), np.nan, np.nan
    a, b = k * icc / (n * (1 - icc)), 1 + k * icc * (n - 1) / (n * (1 - icc))
    df = (a * msc + b * mse) ** 2 / (
        (a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1))
    )
    tail = (1 + LEVEL) / 2
    low, high = fdtri(n - 1, df, tail), fdtri(df, n - 1, tail)
    level = k * msc + (k * n - k - n) * mse
    return (
        float(icc),
        float(n * (msr - low * mse) / (low * level + n * msr)),
        float(n * (high * msr - mse) / (level + n * high * msr)),
    )


def profiles(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Similarity of the profiles x and y (projects x scales, nan where none) of each project.

    Correlations over the scales of scores standardised over projects: distinctive profiles
    (Furr 2008), since what all projects share would pass for agreement. nan for a project
    with fewer than LEAST_SCALES scales.
    """
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = (_standardised(np.where(both, a, np.nan)) for a in (x, y))
    both &= ~np.isnan(x) & ~np.isnan(y)
    out = np.full(len(x), np.nan)
    for k in np.flatnonzero(both.sum(axis=1) >= LEAST_SCALES):
        a, b = x[k, both[k]], y[k, both[k]]
        if np.ptp(a) > 0 and np.ptp(b) > 0:
            out[k] = np.corrcoef(a, b)[0, 1]
    return out


def _standardised(x: np.ndarray) -> np.ndarray:
    """Columns by their mean and SD over the rows; nan where they do not vary."""
    out = np.full(x.shape, np.nan)
    for j, column in enumerate(x.T):
        known = column[~np.isnan(column)]
        if len(known) > 1 and np.ptp(known) > 0:
            out[:, j] = (column - known.mean()) / known.std(ddof=1)
    return out


def informant_table(table: pd.DataFrame, wave: str, pairs: Sequence[Mapping]) -> pd.DataFrame:
    """Agreement of two groups on the projects that both judge: COLUMNS.

    pairs: scale, first, second (groups), the items that both were asked. statistic: `pearson`
    (with Fisher's interval) and `icc_a1` of project means, each scale; `profile` (scale
    'all'): median and quartiles over projects of the similarity of profiles. note: `few`
    (fewer than LEAST_PROJECTS projects, or no project with LEAST_SCALES scales), `constant`.
    """
    known, rows = table[table["project"] != ""], []
    for first, second in dict.fromkeys((p["first"], p["second"]) for p in pairs):
        profile = {}
        for one in (p for p in pairs if (p["first"], p["second"]) == (first, second)):
            x, y = (_project_means(known, group, one["items"]) for group in (first, second))
            profile[one["scale"]] = x, y
            both = x.index.intersection(y.index)
            means = np.column_stack([x[both], y[both]])
            rows += _scale_rows((wave, one["scale"], first, second, len(one["items"])), means)
        rows.append(_profile_row(wave, first, second, profile))
    return pd.DataFrame(rows, columns=COLUMNS)


def _project_means(table: pd.DataFrame, group: str, items: Sequence[str]) -> pd.Series:
    part = table[table["group"] == group]
    scores = pd.Series(values(part, items).mean(axis=1), part["project"].to_numpy())
    return scores.dropna().groupby(level=0).mean()


def _scale_rows(head: tuple, means: np.ndarray) -> list[tuple]:
    n = len(means)
    middle = tuple(map(float, means.mean(axis=0))) if n else (np.nan, np.nan)
    flat = n > 0 and (np.ptp(means, axis=0) == 0).any()
    note = "few" if n < LEAST_PROJECTS else "constant" if flat else ""
    if note:
        found = {"pearson": (np.nan,) * 3, "icc_a1": (np.nan,) * 3}
    else:
        r = np.corrcoef(means.T)[0, 1]
        found = {"pearson": (r, *map(float, fisher_interval(r, n))),
                 "icc_a1": icc_agreement(means)}  # fmt: skip
    return [(*head, n, *middle, name, *est, np.nan, np.nan, note) for name, est in found.items()]


def _profile_row(wave: str, first: str, second: str, profile: Mapping) -> tuple:
    x, y = (pd.DataFrame({s: both[k] for s, both in profile.items()}) for k in (0, 1))
    index = x.index.intersection(y.index)
    found = profiles(x.loc[index].to_numpy(), y.loc[index].to_numpy())
    found = found[~np.isnan(found)]
    head = (wave, EVERYONE, first, second, len(profile), len(found), np.nan, np.nan, "profile")
    if not len(found):
        return (*head, *(np.nan,) * 5, "few")
    q1, median, q3 = map(float, np.quantile(found, [0.25, 0.5, 0.75]))
    return (*head, median, np.nan, np.nan, q1, q3, "")
