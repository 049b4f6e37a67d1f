"""Observed moments of ordered and mixed data, with their asymptotic covariance.

Two-step estimation: margins first (`margins`), then each correlation given its margins
(`polychoric` for tables, `casewise` for the rest). The asymptotic covariance follows from the
influence of each row on each statistic. Source: Muthen (1984), Psychometrika 49, 115; Muthen &
Satorra (1995), Psychometrika 60, 489.

Statistics stand in the order of lavaan's WLS.obs for categorical data:
1. for each variable in turn: its thresholds, or its mean (intercept, with covariates);
2. slopes, for each covariate in turn those of all variables;
3. variances of the numeric variables;
4. correlations and covariances below the diagonal, column by column.
Means have their own sign here. lavaan turns them: its WLS.obs holds minus the mean, and its Gamma
the signs to match.

Differences from lavaan 0.6-14, all where a correlation is near +-1 or cells are nearly impossible:
- lavaan leaves rows and cells of a likelihood below 1.5e-8 out (in polyserial estimates on the
  numeric variable's own scale, so that they change with its unit). Here they count.
- Polyserial correlations reach +-.999 here and +-.995 there.
- A likelihood that rises up to +-.999, but hardly, ends there; lavaan stops on the way.
- With missing="pairwise" a 2 x 2 table with an odds ratio of 1 gives 0 in lavaan, and here the
  maximum of the likelihood, which depends on the thresholds from all answers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.sem.errors import DataError
from surveysem.sem.ordinal.answers import Answers, answers, tables
from surveysem.sem.ordinal.influences import (
    Layout,
    Recipe,
    chunks,
    gamma_diagonal,
    gamma_matrix,
    layout_of,
    recipe_of,
    sides,
)
from surveysem.sem.ordinal.margins import Margin, Side, blocks, numeric_margin, ordered_margin
from surveysem.sem.ordinal.polychoric import BOUND, pad, polychoric, two_by_two
from surveysem.sem.ordinal.polyserial import correlation, numeric_correlations

__all__ = ["OrdinalMoments", "influence", "ordinal_moments"]

_NUMERIC_BOUND = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class OrdinalMoments:
    """Moments of p variables in one group, given k covariates.

    ordered: p bool. categories: p arrays, sorted values observed (empty for numeric). thresholds:
    p arrays (empty for numeric). means: p, intercepts of numeric variables, 0 for ordered. slopes:
    p x k. cov: p x p, polychoric, polyserial and numeric covariances given the covariates; unit
    diagonal for ordered variables, variances (divided by n) for numeric ones.
    statistics: m, all of these in the order of the module's docstring. gamma: m x m, `size` times
    their asymptotic covariance, its diagonal (m), or None.
    nobs: rows used. ntotal: rows given. size: sum of the weights, nobs without weights.
    empty_cells: (variable, variable, number) of ordered pairs with empty cells. empty_categories:
    (variable, value) of declared levels without answers. at_bound: (variable, variable,
    correlation) of pairs whose correlation ended at its bound: +-1 for 2 x 2 tables with two empty
    cells, +-.999 for others with an ordered variable. Where the data do not say how near to the
    bound (any such 2 x 2 table, a flat likelihood), gamma has zeros in that row and column: the
    pair has no information, not a variance of zero.
    source, recipe: what `influence` needs.
    """

    names: tuple[str, ...]
    ordered: np.ndarray
    categories: tuple[np.ndarray, ...]
    thresholds: tuple[np.ndarray, ...]
    means: np.ndarray
    slopes: np.ndarray
    cov: np.ndarray
    statistics: np.ndarray
    gamma: np.ndarray | None
    nobs: int
    ntotal: int
    size: float
    empty_cells: tuple[tuple[str, str, int], ...]
    empty_categories: tuple[tuple[str, float], ...]
    at_bound: tuple[tuple[str, str, float], ...]
    source: Answers
    recipe: Recipe


def ordinal_moments(
    values: np.ndarray,
    names: Sequence[str],
    ordered: np.ndarray,
    *,
    covariates: np.ndarray | None = None,
    missing: str = "listwise",
    gamma: bool | str = True,
    start: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    levels: Sequence[np.ndarray | None] | None = None,
    correction: float | None = None,
) -> OrdinalMoments:
    """Thresholds, means, slopes, variances and correlations of one group.

    values: n x p, nan where missing. ordered: p bool. covariates: n x k, on which everything is
    conditional; rows that lack one are left out. missing: "listwise", or "pairwise": margins from
    all answers of a variable, correlations from the rows with both. weights: n, above 0; they are
    taken as they are (lavaan scales them to sum to the number of rows of all groups). clusters: n
    labels; influences are summed within clusters before their products are, times `correction`,
    default G / (G - 1) for G clusters (Binder 1983, and the usual linearisation estimator). levels:
    expected values of each ordered variable (None for no expectation). gamma: whether to compute
    it, or "diagonal" for its diagonal alone. start: p x p, correlations of ordered variables near
    those of these rows.

    Raises DataError naming the variable: not numeric, infinite, one value only, more than 100
    categories, a value that `levels` lacks, too few rows, covariates that are linearly dependent
    or separate categories, unusable weights or clusters.
    """
    a = answers(values, names, ordered, covariates, missing, weights, clusters)
    empty_categories = _empty_categories(a, levels)
    w = np.ones(len(a.rows)) if a.weights is None else a.weights
    margins = tuple(_margin(a, v, w) for v in range(len(a.names)))
    layout = layout_of(margins)
    both = a.ordered[layout.first] & a.ordered[layout.second]
    pairs = tables(a)[layout.first, :, layout.second] if both.any() else None
    near = None if start is None else start[layout.first, layout.second]
    rho, perfect = _correlations(a, layout, margins, pairs, w, near)
    recipe = recipe_of(a, layout, margins, pairs, rho, perfect)

    p = len(a.names)
    R = np.eye(p)
    R[layout.first, layout.second] = R[layout.second, layout.first] = rho
    cov = R * np.outer(recipe.sd, recipe.sd)
    return OrdinalMoments(
        names=a.names,
        ordered=a.ordered,
        categories=a.categories,
        thresholds=tuple(m.thresholds for m in margins),
        means=np.array([m.mean for m in margins]),
        slopes=np.array([m.slopes for m in margins]).reshape(p, -1),
        cov=cov,
        statistics=_statistics(layout, margins, cov),
        gamma=_gamma(recipe, a, gamma, correction),
        nobs=len(a.rows),
        ntotal=a.ntotal,
        size=recipe.size,
        empty_cells=_empty_cells(a, layout, both, pairs),
        empty_categories=empty_categories,
        at_bound=_at_bound(a, layout, rho),
        source=a,
        recipe=recipe,
    )


def influence(
    moments: OrdinalMoments, rows: int | None = None
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Influence of each used row on the statistics, some rows at a time.

    Yields start, stop and an array (stop - start) x m, already times the rows' weights. A row adds
    about its influence / `size` to each statistic; all of them sum to 0. `gamma` (without clusters)
    is the sum of their outer products / `size`. rows: rows of a chunk (default: 16 MB). Rows are
    numbered as in `moments.source.rows`, and belong to clusters `moments.source.clusters`.
    """
    return chunks(moments.recipe, moments.source, rows)


def _gamma(
    recipe: Recipe, a: Answers, wanted: bool | str, correction: float | None
) -> np.ndarray | None:
    if wanted == "diagonal":
        return gamma_diagonal(recipe, a, correction)
    return gamma_matrix(recipe, a, correction) if wanted else None


def _margin(a: Answers, v: int, w: np.ndarray) -> Margin:
    """First stage of variable v, from its own answers."""
    if a.ordered[v]:
        K = len(a.categories[v])
        known = a.codes[v] < K
        return ordered_margin(a.codes[v][known], K, a.X[known], w[known], a.names[v])
    known = ~np.isnan(a.values[v])
    values = a.values[v][known]
    margin = numeric_margin(values, a.X[known], w[known])
    if margin.variance <= 1e-12 * values.var():
        raise DataError(
            f"'{a.names[v]}' is a linear function of the covariates\n  hint: leave it out"
        )
    return margin


def _correlations(
    a: Answers,
    layout: Layout,
    margins: tuple[Margin, ...],
    frequencies: np.ndarray | None,
    w: np.ndarray,
    near: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Second stage: correlation of each pair (P), and which are perfect in a 2 x 2 table (P)."""
    first, second = layout.first, layout.second
    rho, perfect = np.zeros(len(first)), np.zeros(len(first), dtype=bool)
    numeric = ~a.ordered[first] & ~a.ordered[second]
    tabled = a.ordered[first] & a.ordered[second] & (a.X.shape[1] == 0)
    if tabled.any():
        thresholds = pad(tuple(m.thresholds for m in margins), frequencies.shape[1] - 1)
        frequencies, forced = _adjusted(a, layout, frequencies, tabled)
        rho[tabled] = polychoric(
            frequencies[tabled],
            thresholds[first[tabled]],
            thresholds[second[tabled]],
            None if near is None else near[tabled],
        )
        perfect = forced != 0
        rho[perfect] = forced[perfect]
    if numeric.any():
        rho[numeric] = _numeric(a, margins, first[numeric], second[numeric], w)
    seen = {}
    for pair in np.flatnonzero(~numeric & ~tabled):
        one, two = first[pair], second[pair]
        # Pairs come column by column: the first variable's sides serve until the next column.
        if one not in seen:
            seen = {one: _all_sides(a, margins, one)}
        parts = [
            (s, t, w[part] * (s.known & t.known))
            for part, s, t in zip(
                blocks(len(w)), seen[one], _all_sides(a, margins, two), strict=True
            )
        ]
        rho[pair] = correlation(parts, BOUND)
    return rho, perfect


def _all_sides(a: Answers, margins: tuple[Margin, ...], v: int) -> list[Side]:
    return [sides(a, margins, v, part) for part in blocks(len(a.rows))]


def _adjusted(
    a: Answers, layout: Layout, frequencies: np.ndarray, tabled: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies with lavaan's treatment of 2 x 2 tables, and correlations forced by them (P)."""
    counts = np.array([len(c) for c in a.categories])
    small = tabled & (counts[layout.first] == 2) & (counts[layout.second] == 2)
    forced = np.zeros(len(small))
    frequencies = frequencies.copy()
    frequencies[small, :2, :2], forced[small] = two_by_two(frequencies[small, :2, :2])
    return frequencies, forced


def _numeric(
    a: Answers,
    margins: tuple[Margin, ...],
    first: np.ndarray,
    second: np.ndarray,
    w: np.ndarray,
) -> np.ndarray:
    """Correlations of numeric pairs, from sums over the rows with both answers."""
    which = np.flatnonzero(~a.ordered)
    at = np.zeros(len(a.names), dtype=int)
    at[which] = np.arange(len(which))
    n = square = cross = 0.0
    for part in blocks(len(w)):
        rows = [sides(a, margins, v, part) for v in which]
        z = np.stack([s.z for s in rows])
        known = np.stack([s.known for s in rows]).astype(float)
        n = n + (known * w[part]) @ known.T
        square = square + (z * z * w[part]) @ known.T
        cross = cross + (z * w[part]) @ z.T
    i, j = at[first], at[second]
    return numeric_correlations(cross[i, j], square[i, j], square[j, i], n[i, j], _NUMERIC_BOUND)


def _statistics(layout: Layout, margins: tuple[Margin, ...], cov: np.ndarray) -> np.ndarray:
    out = np.empty(layout.m)
    for m, positions in zip(margins, layout.margins, strict=True):
        own = (m.thresholds, m.slopes) if m.ordered else ([m.mean], m.slopes, [m.variance])
        out[positions] = np.concatenate(own)
    out[layout.pairs :] = cov[layout.second, layout.first]
    return out


def _empty_cells(
    a: Answers, layout: Layout, both: np.ndarray, frequencies: np.ndarray | None
) -> tuple[tuple[str, str, int], ...]:
    if frequencies is None:
        return ()
    counts = np.array([len(c) for c in a.categories])
    cells = counts[layout.first] * counts[layout.second]
    empty = np.where(both, cells - (frequencies > 0).sum(axis=(1, 2)), 0)
    return tuple(
        (a.names[layout.first[pair]], a.names[layout.second[pair]], int(empty[pair]))
        for pair in np.flatnonzero(empty)
    )


def _empty_categories(
    a: Answers, levels: Sequence[np.ndarray | None] | None
) -> tuple[tuple[str, float], ...]:
    """Declared levels without answers; raises DataError on an answer that is not declared."""
    if levels is None:
        return ()
    found = []
    for name, ordered, observed, declared in zip(
        a.names, a.ordered, a.categories, levels, strict=True
    ):
        if not ordered or declared is None:
            continue
        strange = np.setdiff1d(observed, declared)
        if len(strange):
            raise DataError(
                f"'{name}' holds {strange[0]:g}, which is none of its categories "
                f"({', '.join(f'{level:g}' for level in declared)})\n"
                "  hint: correct the answer, or declare the category"
            )
        found += [(name, float(level)) for level in np.setdiff1d(declared, observed)]
    return tuple(found)


def _at_bound(a: Answers, layout: Layout, rho: np.ndarray) -> tuple[tuple[str, str, float], ...]:
    any_ordered = a.ordered[layout.first] | a.ordered[layout.second]
    bound = np.where(any_ordered, BOUND - 1e-6, 1 - 1e-8)
    return tuple(
        (a.names[layout.first[pair]], a.names[layout.second[pair]], float(rho[pair]))
        for pair in np.flatnonzero(np.abs(rho) >= bound)
    )
