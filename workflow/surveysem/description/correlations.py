"""Correlations of the items and of the scales of one wave, by group.

Items: all pairs that were asked of a group, Pearson and polychoric, pairwise. Scales: mean
scores of those who answered every item of a scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from surveysem.asked import EVERYONE, members, parts
from surveysem.description.wave import was_asked
from surveysem.sem.ordinal.answers import Answers, tables
from surveysem.sem.ordinal.polychoric import BOUND, pad, polychoric, two_by_two
from surveysem.tables import values

COLUMNS = ["wave", "group", "kind", "name", "with", "n", "pearson", "ci_lower", "ci_upper",
           "polychoric", "empty_cells", "note"]  # fmt: skip
MOST = 11  # categories: beyond, an answer is as good as a number, and tables are mostly empty
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Pairs:
    """Polychoric correlations of p items. rho: p x p, nan where there is none (an item of one
    category or of more than MOST, nobody with both answers); empty: p x p, cells of a pair's
    table without answers."""

    rho: np.ndarray
    empty: np.ndarray


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


def fisher(r: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of correlations by Fisher's z (Fisher 1921); nan for n < 4 and |r| = 1."""
    usable = (n > 3) & (np.abs(r) < 1 - 1e-12)
    z = np.arctanh(np.where(usable, r, np.nan))
    half = ndtri(0.5 + LEVEL / 2) / np.sqrt(np.where(usable, n - 3.0, np.nan))
    return np.tanh(z - half), np.tanh(z + half)


def polychorics(x: np.ndarray) -> Pairs:
    """Two-step polychoric correlations (Olsson 1979) of n x p answers with nan, pairwise.

    Thresholds are those of all answers to an item, correlations those of the respondents who
    answered both, as lavaan::lavCor(missing = "pairwise") has it; the engine maximises.
    """
    p = x.shape[1]
    rho, empty = np.full((p, p), np.nan), np.zeros((p, p), dtype=int)
    np.fill_diagonal(rho, 1.0)
    categories = [np.unique(column[~np.isnan(column)]) for column in x.T]
    use = [v for v in range(p) if 1 < len(categories[v]) <= MOST]
    if len(use) < 2:
        return Pairs(rho, empty)
    first, second = np.tril_indices(len(use), -1)
    kept = [categories[v] for v in use]
    frequencies = _frequencies(x[:, use], kept)[first, :, second]
    counts = np.array([len(c) for c in kept])
    thresholds = pad([_thresholds(x[:, v]) for v in use], counts.max() - 1)
    cells = counts[first] * counts[second]
    answered = frequencies.sum(axis=(1, 2)) > 0
    small = (counts[first] == 2) & (counts[second] == 2)
    adjusted, forced = frequencies.copy(), np.zeros(len(first))
    adjusted[small, :2, :2], forced[small] = two_by_two(frequencies[small, :2, :2])
    found = polychoric(
        adjusted[answered], thresholds[first[answered]], thresholds[second[answered]]
    )
    out = np.full(len(first), np.nan)
    out[answered] = np.where(forced[answered] != 0, forced[answered], found)
    i, j = np.array(use)[first], np.array(use)[second]
    rho[i, j] = rho[j, i] = out
    empty[i, j] = empty[j, i] = cells - (frequencies > 0).sum(axis=(1, 2))
    return Pairs(rho, empty)


def _thresholds(column: np.ndarray) -> np.ndarray:
    _, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    return ndtri(np.cumsum(counts)[:-1] / counts.sum())


def _frequencies(x: np.ndarray, categories: Sequence[np.ndarray]) -> np.ndarray:
    """Tables of all pairs, p x K x p x K (the engine's)."""
    n, p = x.shape
    codes = np.array(
        [
            np.where(np.isnan(x[:, v]), len(c), np.searchsorted(c, x[:, v]))
            for v, c in enumerate(categories)
        ],
        dtype=np.uint8,
    )
    none = np.zeros((n, 0))
    names, ordered = tuple(map(str, range(p))), np.ones(p, dtype=bool)
    return tables(
        Answers(names, ordered, tuple(categories), codes, (None,) * p, none, None, None,
                np.arange(n), n)
    )  # fmt: skip


def correlation_table(
    table: pd.DataFrame,
    wave: str,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    scales: Sequence[Mapping],
) -> pd.DataFrame:
    """Correlations of items and of scales by group: COLUMNS, each pair once.

    kind: item or scale. Pearson with Fisher's interval; polychoric and the number of empty
    cells of the pair's table for items. Of all groups together only pairs that one group at
    least was asked both of. note: `constant` (one does not vary), `few` (fewer than three
    respondents with both), `bound` (the polychoric correlation ended at its bound).
    """
    found = []
    for group, part in parts(table, groups):
        asked = [name for name in items if was_asked(items[name], group)]
        x = values(part, asked)
        together = _together(items, asked, groups, group)
        found.append(_rows(wave, group, "item", asked, x, together, polychorics(x)))
    for group in dict.fromkeys(entry["group"] for entry in scales):
        mine = [entry for entry in scales if entry["group"] == group]
        scores = pd.DataFrame(index=table.index)
        for entry in mine:
            those = members(table, entry["groups"])
            scores[entry["scale"]] = pd.Series(
                values(those, entry["items"]).mean(axis=1), those.index
            )
        asked_of = [set(entry["groups"]) for entry in mine]
        together = np.array([[bool(a & b) for b in asked_of] for a in asked_of], dtype=bool)
        names = [entry["scale"] for entry in mine]
        found.append(_rows(wave, group, "scale", names, scores.to_numpy(), together))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def _together(items, names: Sequence[str], groups: Sequence[str], group: str) -> np.ndarray:
    """Which pairs of items some group was asked both of: p x p booleans."""
    of = groups if group == EVERYONE else [group]
    asked = np.array([was_asked(items[name], g) for name in names for g in of], dtype=int)
    asked = asked.reshape(len(names), len(of))
    return (asked @ asked.T) > 0


def _rows(wave, group, kind, names, x, together, pairs: Pairs | None = None) -> pd.DataFrame:
    first, second = (a[together[np.triu_indices(len(names), 1)]]
                     for a in np.triu_indices(len(names), 1))  # fmt: skip
    r, n = (a[first, second] for a in pearson(x))
    lower, upper = fisher(r, n)
    rho = pairs.rho[first, second] if pairs else np.full(len(r), np.nan)
    note = np.where(n < 3, "few", np.where(np.isnan(r), "constant", ""))
    note = np.where(np.abs(rho) >= BOUND - 1e-6, "bound", note)
    label = np.array(names, dtype=object)
    return pd.DataFrame(
        {"wave": wave, "group": group, "kind": kind, "name": label[first], "with": label[second],
         "n": n, "pearson": r, "ci_lower": lower, "ci_upper": upper, "polychoric": rho,
         "empty_cells": pd.array(pairs.empty[first, second], dtype="Int64") if pairs
         else pd.array([pd.NA] * len(r), dtype="Int64"), "note": note}, columns=COLUMNS
    )  # fmt: skip
