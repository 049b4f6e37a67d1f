"""Polychoric correlations of answers by themselves, without a model and without their errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from surveysem.sem.ordinal.answers import Answers, tables
from surveysem.sem.ordinal.polychoric import BOUND, pad, polychoric, two_by_two

__all__ = ["BOUND", "Pairs", "polychorics"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Polychoric correlations of p items. rho: p x p, nan where there is none (an item of one
    category or of more than `most`, nobody with both answers); empty: p x p, cells of a pair's
    table without answers."""

    rho: np.ndarray
    empty: np.ndarray


def polychorics(x: np.ndarray, most: int) -> Pairs:
    """Two-step polychoric correlations (Olsson 1979) of n x p answers with nan, pairwise.

    Thresholds are those of all answers to an item, correlations those of the respondents who
    answered both, as lavaan::lavCor(missing = "pairwise") has it. most: categories of an item
    beyond which there is none.
    """
    p = x.shape[1]
    rho, empty = np.full((p, p), np.nan), np.zeros((p, p), dtype=int)
    np.fill_diagonal(rho, 1.0)
    categories = [np.unique(column[~np.isnan(column)]) for column in x.T]
    use = [v for v in range(p) if 1 < len(categories[v]) <= most]
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
    """Tables of all pairs, p x K x p x K."""
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
