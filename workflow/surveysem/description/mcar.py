"""Are answers missing completely at random? Little's test, by group and scale.

Little (1988), Journal of the American Statistical Association 83, 1198-1202. It compares
the means of the respondents who left out the same items with what the means of all would
be. A small p speaks against 'completely at random'; a large p does not show it (Enders
2022): the test has little power where most patterns have few respondents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, asked_of, members, parts
from surveysem.sem.distributions import chi_square_sf
from surveysem.sem.missing.fiml import inverses, saturated
from surveysem.sem.missing.patterns import patterns
from surveysem.tables import values

COLUMNS = ["wave", "group", "scale", "items", "n", "patterns", "statistic", "df", "p", "note"]


@dataclass(frozen=True, slots=True)
class Little:
    """d2, the test statistic; its degrees of freedom; p of the chi-square; n rows with an
    answer; distinct patterns; note: '' or why there is no test."""

    d2: float
    df: int
    p: float
    n: int
    patterns: int
    note: str = ""


def little(x: np.ndarray) -> Little:
    """Little's test of an n x p array with nan where an answer is missing.

    d2 = sum over patterns of n_k (m_k - mu_k)' Sigma_k^-1 (m_k - mu_k), with the normal
    maximum-likelihood mu and Sigma (divisor n, as in R's naniar; SPSS divides by n - 1).
    Rows without any answer say nothing and are left out; items that do not vary have no
    place in Sigma and are left out too.
    """
    x = x[~np.isnan(x).all(axis=1)]
    spread = np.array([np.ptp(c[~np.isnan(c)]) if (~np.isnan(c)).any() else 0.0 for c in x.T])
    x = x[:, spread > 0]
    x = x[~np.isnan(x).all(axis=1)]
    if x.size == 0:
        return _without("no_variance", len(x), 0)
    pats = patterns(x)
    n, count = pats.nobs, len(pats.sizes)
    df = int(pats.observed.sum()) - x.shape[1]
    if count == 1:
        return _without("complete", n, count)
    if df == 0:
        return _without("no_df", n, count)
    if n <= x.shape[1] or (pats.coverage == 0).any():
        return _without("too_few", n, count)
    moments = saturated(pats)
    if not moments.converged:
        return _without("not_converged", n, count)
    d2 = 0.0
    for at, inverse, _ in inverses(pats, moments.sigma):
        d = np.where(pats.observed[at], pats.means[at] - moments.mu, 0.0)
        d2 += float(pats.sizes[at] @ np.einsum("ki,kij,kj->k", d, inverse, d))
    return Little(d2, df, float(chi_square_sf(d2, df)), n, count)


def _without(note: str, n: int, count: int) -> Little:
    return Little(np.nan, 0, np.nan, n, count, note)


def mcar_table(
    table: pd.DataFrame,
    wave: str,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    scales: Sequence[Mapping],
) -> pd.DataFrame:
    """Little's test by group: of all items together (scale 'all'), and of each scale.

    Only items that every respondent of the part was asked: what a form or group was not
    asked is missing by design and no evidence. items, scales: as in the description's plan.
    """
    rows = []
    for group, part in parts(table, groups):
        rows.append(_row(part, wave, group, EVERYONE, list(items), items))
    for entry in scales:
        part = members(table, entry["groups"])
        rows.append(_row(part, wave, entry["group"], entry["scale"], entry["items"], items))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(part, wave, group, scale, names, items) -> dict:
    asked = [n for n in names if asked_of(part, items[n]["groups"], items[n]["forms"]).all()]
    found = little(values(part, asked)) if asked and len(part) else _without("no_items", 0, 0)
    return {
        "wave": wave, "group": group, "scale": scale, "items": len(asked), "n": found.n,
        "patterns": found.patterns, "statistic": found.d2, "df": found.df or np.nan,
        "p": found.p, "note": found.note,
    }  # fmt: skip
