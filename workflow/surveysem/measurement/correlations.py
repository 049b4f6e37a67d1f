"""Correlations of items as the tables of dimensionality and distinctness need them.

Of one group, or within several groups: the groups' means are taken out, so that a difference
between groups makes no correlation. Each correlation is of the respondents who answered both
items (pairwise, as psych does by default). n is the smallest number behind any of them, so
that no test counts answers that are not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from surveysem.asked import members
from surveysem.measurement.estimator import FEW, SKEWED
from surveysem.sem.distributions import normal_pdf
from surveysem.sem.ordinal import OrdinalMoments, ordinal_moments
from surveysem.tables import values

PEARSON, POLYCHORIC = "pearson", "polychoric"
BASES = (PEARSON, POLYCHORIC)
FEWEST = 3  # respondents behind a correlation
MOST = 11  # different answers of an ordinal item; 0 to 10 is the longest scale in use
ROOM = 20_000_000  # numbers that a chunk of resampled matrices may hold


@dataclass(frozen=True, slots=True)
class Correlations:
    """R: p x p, of items `names`. n: the smallest number of respondents behind an entry.

    scores: p, standard deviation of each item's normal scores (1 for Pearson): what is left of a
    standard normal variable once it is cut into the item's categories.
    """

    names: tuple[str, ...]
    basis: str
    R: np.ndarray
    n: int
    scores: np.ndarray


def unusable(samples: Sequence[np.ndarray], names: Sequence[str]) -> dict[str, str]:
    """Items that have no correlation in some group, each with the reason in words.

    samples: for each group its answers, rows x items, nan where missing.
    """
    found = {}
    for k, name in enumerate(names):
        answers = [x[:, k][~np.isnan(x[:, k])] for x in samples]
        if any(len(a) == 0 for a in answers):
            found[name] = f"no_answers: {name}"
        elif any(np.ptp(a) == 0 for a in answers):
            found[name] = f"no_variance: {name}"
    return found


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of several groups to the items that have correlations in all of them.

    samples: for each group rows x items, nan where missing. names: the items. left_out: the
    others, each with the reason in words.
    """

    samples: list[np.ndarray]
    names: list[str]
    left_out: dict[str, str]


def answers_of(
    table: pd.DataFrame, groups: Sequence[str], factors: Mapping[str, Sequence[str]]
) -> Answers:
    """Answers of the groups, one after the other, to the items of the constructs."""
    names = [item for items in factors.values() for item in items]
    samples = [values(members(table, [g]), names) for g in groups]
    out = unusable(samples, names)
    kept = [k for k, name in enumerate(names) if name not in out]
    return Answers([x[:, kept] for x in samples], [names[k] for k in kept], out)


def too_few(samples: Sequence[np.ndarray], names: Sequence[str]) -> str:
    """Which two items fewer than three respondents of some group answered; '' for none."""
    for x in samples:
        known = (~np.isnan(x)).astype(float)
        both = known.T @ known
        if both.size and both.min() < FEWEST:
            i, j = np.unravel_index(both.argmin(), both.shape)
            who = f"both {names[i]} and {names[j]}" if i != j else names[i]
            return f"few_answers: {both.min():.0f} answered {who}"
    return ""


def not_ordinal(samples: Sequence[np.ndarray], names: Sequence[str]) -> str:
    """Which item has too many different answers for polychoric correlations; '' for none."""
    for k, name in enumerate(names):
        answers = np.unique(np.concatenate([x[:, k] for x in samples]))
        count = int((~np.isnan(answers)).sum())
        if count > MOST:
            return f"many_categories: {name} has {count} different answers"
    return ""


def pairwise_n(samples: Sequence[np.ndarray]) -> int:
    """The smallest number of respondents, over all groups together, who answered two items."""
    counts = 0.0
    for x in samples:
        known = (~np.isnan(x)).astype(float)
        counts = counts + known.T @ known
    return int(counts.min())


def correlations(samples: Sequence[np.ndarray], names: Sequence[str], basis: str) -> Correlations:
    """Correlations of one group or within several.

    samples as in `unusable`; every item has to vary in every group.
    """
    make = polychoric if basis == POLYCHORIC else pearson
    R, scores = make(samples, names)
    return Correlations(tuple(names), basis, R, pairwise_n(samples), scores)


def pearson(samples: Sequence[np.ndarray], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Pearson correlations (p x p) within the groups, and ones (p)."""
    R = next(resampled_pearson(samples, [np.ones((1, len(x))) for x in samples]))[0]
    return R, np.ones(len(names))


def polychoric(
    samples: Sequence[np.ndarray], names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Polychoric correlations (p x p) and the standard deviations of normal scores (p).

    Of several groups the means of theirs, weighted by size: each group has thresholds of its own.
    """
    weights = np.array([len(x) for x in samples]) / sum(len(x) for x in samples)
    moments = [ordinal_of(x, names) for x in samples]
    R = sum(w * m.cov for w, m in zip(weights, moments, strict=True))
    kept = sum(
        w * np.array([score_variance(t) for t in m.thresholds])
        for w, m in zip(weights, moments, strict=True)
    )
    return R, np.sqrt(kept)


def ordinal_of(answers: np.ndarray, names: Sequence[str]) -> OrdinalMoments:
    """Thresholds and polychoric correlations of one group, pairwise."""
    every = np.ones(len(names), dtype=bool)
    return ordinal_moments(answers, names, every, missing="pairwise", gamma=False)


def score_variance(thresholds: np.ndarray) -> float:
    """Variance of E(z | category) for a standard normal z cut at the thresholds.

    sum over categories of (density below - density above)^2 / share.
    """
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])
    return float((np.diff(normal_pdf(edges)) ** 2 / np.diff(ndtr(edges))).sum())


def _skew(x: np.ndarray) -> float:
    gap = x - x.mean()
    with np.errstate(invalid="ignore"):
        return float((gap**3).mean() / (gap**2).mean() ** 1.5)


def basis_for(samples: Sequence[np.ndarray]) -> str:
    """Polychoric for items of four categories or fewer or an absolute skew above 2, else Pearson.

    The rule by which `estimator: auto` takes items for ordinal (estimator.choose).
    """
    for x in samples:
        for answers in x.T:
            known = answers[~np.isnan(answers)]
            if len(np.unique(known)) <= FEW or abs(_skew(known)) > SKEWED:
                return POLYCHORIC
    return PEARSON


# Resampling -----------------------------------------------------------------------------------


def bootstrap_counts(
    samples: Sequence[np.ndarray], draws: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """How often each respondent is drawn, draws x rows for each group; sizes are kept."""
    return [rng.multinomial(len(x), np.full(len(x), 1 / len(x)), draws).astype(float)
            for x in samples]  # fmt: skip


def resampled_pearson(
    samples: Sequence[np.ndarray], counts: Sequence[np.ndarray]
) -> Iterator[np.ndarray]:
    """Pearson correlations within groups for each draw, some draws x p x p at a time.

    samples: answers of each group, rows x p. counts: draws x rows of each group. nan where an
    item does not vary in a draw.
    """
    draws, p = len(counts[0]), samples[0].shape[1]
    step = max(1, ROOM // (4 * p * p))
    for first in range(0, draws, step):
        part = slice(first, first + step)
        cross = square = 0.0
        for x, w in zip(samples, counts, strict=True):
            one, own = _scatter(x, w[part])
            cross, square = cross + one, square + own
        with np.errstate(invalid="ignore", divide="ignore"):
            R = cross / np.sqrt(square * square.transpose(0, 2, 1))
        R[:, np.arange(p), np.arange(p)] = 1.0
        yield R


def _scatter(answers: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of cross products, and of squares of the first item, over rows that have both.

    answers: rows x p; w: draws x rows. Both results draws x p x p, around the means of those
    rows. Missing answers are few: what they take away is subtracted item by item.
    """
    gap = np.isnan(answers)
    x = np.where(gap, 0.0, answers - np.nanmean(answers, axis=0))
    known = (~gap).astype(float)
    p = x.shape[1]
    cross = np.empty((len(w), p, p))
    for i in range(p):
        cross[:, i, i:] = (w * x[:, i]) @ x[:, i:]
        cross[:, i:, i] = cross[:, i, i:]
    total, squares, size = w @ x, w @ x**2, w @ known
    sums = np.repeat(total[:, :, None], p, axis=2)
    square = np.repeat(squares[:, :, None], p, axis=2)
    count = np.repeat(size[:, :, None], p, axis=2)
    for j in np.flatnonzero(gap.any(axis=0)):
        lost = gap[:, j]
        taken = w[:, lost]
        sums[:, :, j] -= taken @ x[lost]
        square[:, :, j] -= taken @ x[lost] ** 2
        count[:, :, j] -= taken @ known[lost]
    with np.errstate(invalid="ignore", divide="ignore"):
        cross -= sums * sums.transpose(0, 2, 1) / count
        square -= sums**2 / count
    return cross, square
