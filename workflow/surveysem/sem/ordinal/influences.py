"""Influence of each row on the ordinal moments, and the asymptotic covariance that follows.

A statistic's influence function is the row's scores times the inverse information of both stages,
which is block triangular: margins do not depend on correlations, and a correlation only on its
own two margins. Information is the sum of outer products of scores, as in lavaan's muthen1984().
Source: Muthen & Satorra (1995), Psychometrika 60, 489.

For ordered variables without covariates a row's influence on a correlation depends on its two
answers only: it is looked up in a table. Every other influence is computed from the row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import dsyrk

from surveysem.sem.ordinal.answers import Answers
from surveysem.sem.ordinal.margins import (
    Margin,
    Side,
    blocks,
    by_parameter,
    marginal_scores,
    normal,
    side,
)
from surveysem.sem.ordinal.polychoric import BOUND, pad, scores
from surveysem.sem.ordinal.polyserial import pair_scores

__all__ = [
    "Layout",
    "Recipe",
    "chunks",
    "gamma_diagonal",
    "gamma_matrix",
    "layout_of",
    "recipe_of",
    "sides",
]

_CHUNK = 2_000_000  # entries of the influence matrix made at a time: 16 MB

# Information of a correlation, for each row, below which there is none: at a likelihood that is
# flat up to |rho| = .999 it would be rounding error, and its inverse without meaning.
_NONE = 1e-8


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand among the m statistics.

    margins: p arrays, positions of each margin's parameters in the margin's order. first, second:
    P, the variables of each pair, first < second. pairs: position of the first of the P pairs.
    """

    margins: tuple[np.ndarray, ...]
    first: np.ndarray
    second: np.ndarray
    pairs: int
    m: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that the influence of a row depends on, beside the row itself.

    margins: p. lookups: p x (K+1) x (K-1), influence on the thresholds by category (0 in the row
    of missing answers), None with covariates. inverses: p, q x q, inverse information of a
    margin whose influence takes the row's values, None where it is looked up. pairs: P x (K+1) x
    (K+1), influence on the correlation by both categories, None without such pairs; 0 for casewise
    ones. casewise: numbers of the pairs that take the row's values. information: for each of
    them, that of the correlation with first's margin, second's margin and itself. rho: P. sd: p,
    1 for ordered variables. size: sum of weights.
    """

    layout: Layout
    margins: tuple[Margin, ...]
    lookups: np.ndarray | None
    inverses: tuple[np.ndarray | None, ...]
    pairs: np.ndarray | None
    casewise: np.ndarray
    information: tuple[tuple[np.ndarray, np.ndarray, float], ...]
    rho: np.ndarray
    sd: np.ndarray
    size: float


def layout_of(margins: tuple[Margin, ...]) -> Layout:
    """Positions of the statistics of these margins, in the order of `ordinal`'s docstring."""
    p, k = len(margins), len(margins[0].slopes)
    own = [max(1, len(m.thresholds)) for m in margins]
    starts = np.cumsum([0, *own])
    variance = starts[-1] + p * k
    positions = []
    for v, m in enumerate(margins):
        parts = [np.arange(starts[v], starts[v + 1]), starts[-1] + v + p * np.arange(k)]
        if not m.ordered:
            parts.append(np.array([variance]))
            variance += 1
        positions.append(np.concatenate(parts))
    first, second = np.triu_indices(p, 1)
    return Layout(tuple(positions), first, second, variance, variance + len(first))


def sides(a: Answers, margins: tuple[Margin, ...], v: int, rows: slice | np.ndarray) -> Side:
    """What these rows tell of variable v."""
    values = None if a.ordered[v] else a.values[v][rows]
    return side(margins[v], a.codes[v][rows].astype(np.intp), values, a.X[rows])


def recipe_of(
    a: Answers,
    layout: Layout,
    margins: tuple[Margin, ...],
    frequencies: np.ndarray | None,
    rho: np.ndarray,
    perfect: np.ndarray,
) -> Recipe:
    """Informations and lookup tables.

    frequencies: P x K x K, None without ordered pairs. rho: P. perfect: P bool, pairs that are
    left without influence.
    """
    n = len(a.rows)
    w = np.ones(n) if a.weights is None else a.weights
    size = float(w.sum())
    looked_up = a.ordered & (a.X.shape[1] == 0)
    lookups = _lookups(a, margins, w, size) if looked_up.any() else None
    inverses = tuple(
        None if looked_up[v] else _inverse(a, margins, v, w, size) for v in range(len(margins))
    )
    by_table = looked_up[layout.first] & looked_up[layout.second]
    casewise = np.flatnonzero(~by_table)
    information = _casewise_information(a, layout, margins, casewise, rho, w, size)
    pairs = None
    if by_table.any():
        pairs = _pair_lookups(a, layout, margins, lookups, frequencies / size, rho)
        pairs[~by_table | perfect] = 0
    sd = np.sqrt([m.variance for m in margins])
    return Recipe(layout, margins, lookups, inverses, pairs, casewise, information, rho, sd, size)


def _lookups(a: Answers, margins: tuple[Margin, ...], w: np.ndarray, size: float) -> np.ndarray:
    """Influence of a category on the thresholds, each the normal quantile of a cumulative share."""
    K = max(len(c) for c in a.categories)
    out = np.zeros((len(margins), K + 1, K - 1))
    for v in np.flatnonzero(a.ordered):
        thresholds, own = margins[v].thresholds, len(a.categories[v])
        share = np.bincount(a.codes[v], w, minlength=own)[:own]
        below = np.cumsum(share)[:-1] / share.sum()
        counts = np.arange(own)[:, None] <= np.arange(own - 1)
        influence = (counts - below) / normal(thresholds) * (size / share.sum())
        out[v, :own, : own - 1] = influence
    return out


def _inverse(
    a: Answers, margins: tuple[Margin, ...], v: int, w: np.ndarray, size: float
) -> np.ndarray:
    total = 0.0
    for part in blocks(len(w)):
        s = sides(a, margins, v, part)
        S = by_parameter(s, *marginal_scores(s))
        total = total + S.T @ (S * w[part, None])
    return np.linalg.inv(total / size)


def _pair_lookups(
    a: Answers,
    layout: Layout,
    margins: tuple[Margin, ...],
    lookups: np.ndarray,
    share: np.ndarray,
    rho: np.ndarray,
) -> np.ndarray:
    """Influence on the correlations by both categories. share: P x K x K, of all rows."""
    K = share.shape[1]
    first, second = layout.first, layout.second
    thresholds = pad(tuple(m.thresholds for m in margins), K - 1)
    at = scores(thresholds[first], thresholds[second], np.clip(rho, -BOUND, BOUND))
    real = np.arange(K) < np.array([len(c) for c in a.categories])[:, None]
    score = at.rho * real[first][:, :, None] * real[second][:, None, :]
    pull = share * score / at.probability
    by_first = ((pull[:, :-1] - pull[:, 1:]) * at.row).sum(axis=2)
    by_second = ((pull[:, :, :-1] - pull[:, :, 1:]) * at.column).sum(axis=1)
    own = (share * score * score).sum(axis=(1, 2))
    out = np.zeros((len(first), K + 1, K + 1))
    out[:, :K, :K] = score
    out -= np.einsum("pt,pct->pc", by_first, lookups[first])[:, :, None]
    out -= np.einsum("pt,pct->pc", by_second, lookups[second])[:, None, :]
    return out / np.where(own > _NONE, own, np.inf)[:, None, None]


def _casewise_information(
    a: Answers,
    layout: Layout,
    margins: tuple[Margin, ...],
    casewise: np.ndarray,
    rho: np.ndarray,
    w: np.ndarray,
    size: float,
) -> tuple[tuple[np.ndarray, np.ndarray, float], ...]:
    totals = [(0.0, 0.0, 0.0)] * len(casewise)
    for part in blocks(len(w)):
        seen = {}
        for at, pair in enumerate(casewise):
            one, two = layout.first[pair], layout.second[pair]
            for v in (one, two):
                if v not in seen:
                    seen[v] = sides(a, margins, v, part)
            s, t = seen[one], seen[two]
            score, by_first, by_second = pair_scores(s, t, rho[pair])
            weighted = w[part] * score * (s.known & t.known) / size
            x, y, z = totals[at]
            totals[at] = (
                x + weighted @ by_parameter(s, *by_first),
                y + weighted @ by_parameter(t, *by_second),
                z + float(weighted @ score),
            )
    return tuple(totals)


def _chunk(recipe: Recipe, a: Answers, rows: slice | np.ndarray) -> np.ndarray:
    """Influence of r rows on the statistics, times their weights: m x r."""
    layout, margins = recipe.layout, recipe.margins
    codes = a.codes[:, rows].astype(np.intp)
    r = codes.shape[1]
    out = np.empty((layout.m, r))
    seen = {}
    for v, positions in enumerate(layout.margins):
        if recipe.inverses[v] is None:
            table = recipe.lookups[v, :, : len(positions)]
            out[positions] = np.take(np.ascontiguousarray(table.T), codes[v], axis=1)
        if recipe.inverses[v] is not None or len(recipe.casewise):
            seen[v] = sides(a, margins, v, rows)
        if recipe.inverses[v] is not None:
            scores_v = by_parameter(seen[v], *marginal_scores(seen[v]))
            out[positions] = recipe.inverses[v] @ scores_v.T
    if recipe.pairs is not None:
        _look_up_pairs(recipe.pairs, codes, out[layout.pairs :])
    for pair, (by_first, by_second, own) in zip(recipe.casewise, recipe.information, strict=True):
        one, two = layout.first[pair], layout.second[pair]
        s, t = seen[one], seen[two]
        score = pair_scores(s, t, recipe.rho[pair])[0] * (s.known & t.known)
        score -= by_first @ out[layout.margins[one]] + by_second @ out[layout.margins[two]]
        out[layout.pairs + pair] = score / (own if own > _NONE else np.inf)
    _to_covariances(recipe, out)
    return out if a.weights is None else out * a.weights[rows]


def _look_up_pairs(pairs: np.ndarray, codes: np.ndarray, out: np.ndarray) -> None:
    """Fill out, P x r, with each pair's entry for the rows' codes (p x r)."""
    p, wide = len(codes), pairs.shape[1]
    flat, start = pairs.ravel(), 0
    for v in range(p - 1):
        stop = start + p - 1 - v
        index = codes[v + 1 :] + codes[v] * wide
        index += np.arange(start, stop)[:, None] * wide * wide
        np.take(flat, index, out=out[start:stop], mode="clip")
        start = stop


def _to_covariances(recipe: Recipe, out: np.ndarray) -> None:
    """From influences on correlations to those on covariances, where a variable is numeric."""
    layout, sd = recipe.layout, recipe.sd
    numeric = np.array([not m.ordered for m in recipe.margins])
    variance = np.array([positions[-1] for positions in layout.margins])
    for pair in np.flatnonzero(numeric[layout.first] | numeric[layout.second]):
        both = (layout.first[pair], layout.second[pair])
        row = out[layout.pairs + pair]
        row *= sd[both[0]] * sd[both[1]]
        for one, other in (both, both[::-1]):
            if numeric[one]:
                row += recipe.rho[pair] * sd[other] / (2 * sd[one]) * out[variance[one]]


def chunks(
    recipe: Recipe, a: Answers, rows: int | None = None
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Start, stop and influences (rows x m) of some rows at a time (default: 16 MB)."""
    for part in blocks(len(a.rows), rows or max(1, _CHUNK // recipe.layout.m)):
        yield part.start, part.stop, _chunk(recipe, a, part).T


def gamma_matrix(recipe: Recipe, a: Answers, correction: float | None = None) -> np.ndarray:
    """Asymptotic covariance of sqrt(size) times the statistics, m x m.

    With G clusters the influences are summed within clusters first, and the result is multiplied
    by `correction`, default G / (G - 1).
    """
    m = recipe.layout.m
    total = np.zeros((m, m), order="F")
    factor, parts = _summands(recipe, a, correction)
    for part in parts:
        total = dsyrk(factor, part, beta=1.0, c=total, trans=1, lower=1, overwrite_c=1)
    for block in blocks(m, 256):
        square = total[block, block]
        square[:] = np.tril(square) + np.tril(square, -1).T
        total[block, block.stop :] = total[block.stop :, block].T
    return total


def gamma_diagonal(recipe: Recipe, a: Answers, correction: float | None = None) -> np.ndarray:
    """The diagonal of `gamma_matrix`, m."""
    factor, parts = _summands(recipe, a, correction)
    return factor * sum(np.einsum("ij,ij->j", part, part) for part in parts)


def _summands(
    recipe: Recipe, a: Answers, correction: float | None
) -> tuple[float, Iterator[np.ndarray]]:
    """Factor and influences (rows or clusters x m) whose products make the covariance."""
    if a.clusters is None:
        return 1 / recipe.size, (part for _, _, part in chunks(recipe, a))
    groups = int(a.clusters.max()) + 1
    factor = groups / (groups - 1) if correction is None else correction
    return factor / recipe.size, _cluster_sums(recipe, a)


def _cluster_sums(recipe: Recipe, a: Answers) -> Iterator[np.ndarray]:
    """Influences summed within clusters, some clusters at a time: clusters x m."""
    order = np.argsort(a.clusters, kind="stable")
    open_sum, open_cluster = np.zeros(recipe.layout.m), -1
    for part in blocks(len(order), max(1, _CHUNK // recipe.layout.m)):
        rows = order[part]
        own = a.clusters[rows]
        starts = np.flatnonzero(np.diff(own, prepend=-1))
        sums = np.add.reduceat(_chunk(recipe, a, rows), starts, axis=1)
        # The last cluster of a chunk may go on in the next one.
        if own[0] == open_cluster:
            sums[:, 0] += open_sum
        elif open_cluster >= 0:
            yield open_sum[None]
        open_sum, open_cluster = sums[:, -1].copy(), own[-1]
        yield sums[:, :-1].T
    yield open_sum[None]
