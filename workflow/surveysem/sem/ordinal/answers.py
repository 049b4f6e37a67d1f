"""Answers of one group as the ordinal moments want them: coded, complete or not, checked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.sem.errors import DataError
from surveysem.sem.ordinal.margins import blocks

__all__ = ["MOST", "Answers", "answers", "tables"]

MOST = 100  # categories of an ordered variable: more are a numeric variable declared by mistake


@dataclass(frozen=True, slots=True)
class Answers:
    """n usable rows of p variables, variable by variable.

    rows: n, their numbers among the rows given. codes: p x n, category of an ordered variable, 0,
    1, ... in ascending order of the values, K of them where missing; 0 for numeric variables.
    values: p arrays of n (numeric variables, nan where missing) or None. X: n x k covariates.
    weights: n or None. clusters: n, cluster numbers 0, 1, ... or None. ordered: p. categories: p
    arrays of values observed (empty for numeric). ntotal: rows given.
    """

    names: tuple[str, ...]
    ordered: np.ndarray
    categories: tuple[np.ndarray, ...]
    codes: np.ndarray
    values: tuple[np.ndarray | None, ...]
    X: np.ndarray
    weights: np.ndarray | None
    clusters: np.ndarray | None
    rows: np.ndarray
    ntotal: int


def answers(
    values: np.ndarray,
    names: Sequence[str],
    ordered: np.ndarray,
    covariates: np.ndarray | None,
    missing: str,
    weights: np.ndarray | None,
    clusters: np.ndarray | None,
) -> Answers:
    """Check and code the data of one group (arguments as in `ordinal.ordinal_moments`)."""
    ordered = np.asarray(ordered, dtype=bool)
    columns = np.shape(values)[-1] if np.ndim(values) else 0
    if not len(names) == len(ordered) == columns:
        raise DataError(
            f"{columns} columns, {len(names)} names, {len(ordered)} entries of `ordered`\n"
            "  hint: give one of each for every variable"
        )
    values = _matrix("values", values, names)
    n, p = values.shape
    if missing not in ("listwise", "pairwise"):
        raise DataError(f"missing is {missing!r}\n  allowed: listwise, pairwise")
    X = np.zeros((n, 0)) if covariates is None else _matrix("covariates", covariates)
    for what, column in (("covariates", X), ("weights", weights), ("clusters", clusters)):
        if column is not None and len(column) != n:
            raise DataError(f"{what}: {len(column)} rows, the data have {n}\n  hint: one a row")
    keep = _usable(values, X, missing)
    rows = np.flatnonzero(keep)
    if len(rows) < 2:
        raise DataError(
            f"{len(rows)} usable row(s) of {n}: ordinal moments need at least two\n"
            "  hint: look for variables with many missing answers, or use missing='pairwise'"
        )
    whole = len(rows) == n
    X = X if whole else X[rows]
    _require_full_rank(X)
    if missing == "pairwise":
        _require_overlap(values, rows, names)
    codes = np.zeros((p, len(rows)), dtype=np.uint8)
    categories, kept = [], []
    for v, name in enumerate(names):
        column = values[:, v] if whole else values[rows, v]
        unique = np.sort(pd.unique(column))
        if np.isnan(unique[-1]):
            unique = unique[:-1]
        _require_variation(name, unique, bool(ordered[v]))
        if ordered[v]:
            codes[v] = np.searchsorted(unique, column)
        categories.append(unique if ordered[v] else np.zeros(0))
        kept.append(None if ordered[v] else column)
    return Answers(
        tuple(names),
        ordered,
        tuple(categories),
        codes,
        tuple(kept),
        X,
        None if weights is None else _weights(np.asarray(weights)[rows]),
        None if clusters is None else _clusters(np.asarray(clusters)[rows]),
        rows,
        n,
    )


def tables(a: Answers) -> np.ndarray:
    """Frequencies of all pairs, p x K x p x K, weighted where there are weights.

    K is the largest number of categories; cells of other variables than ordered ones are 0.
    """
    p, n = a.codes.shape
    counts = [len(c) for c in a.categories]
    K = max(counts)
    levels = np.where(a.ordered, counts, 0)[:, None]
    total = np.zeros((p * K, p * K))
    for part in blocks(n, max(1, 4_000_000 // (p * K))):
        codes = a.codes[:, part]
        # Variable by variable: K x rows of zeros and ones, empty where the answer is missing.
        hit = (codes[:, None, :] == np.arange(K)[:, None]) & (codes < levels)[:, None, :]
        one = hit.reshape(p * K, -1).astype(float)
        total += (one if a.weights is None else one * a.weights[part]) @ one.T
    return total.reshape(p, K, p, K)


def _matrix(what: str, given: object, names: Sequence[str] = ()) -> np.ndarray:
    try:
        matrix = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise DataError(
            f"{what} hold something other than numbers\n"
            "  hint: code the answers as numbers, missing ones as nan"
        ) from None
    if matrix.ndim != 2:
        raise DataError(f"{what} has {matrix.ndim} dimension(s)\n  hint: rows x columns")
    if np.isinf(matrix).any():
        column = int(np.argwhere(np.isinf(matrix))[0, 1])
        name = f"'{names[column]}'" if len(names) else f"{what}: column {column + 1}"
        raise DataError(
            f"{name} holds an infinite value\n  hint: make it a missing value, or correct it"
        )
    return matrix


def _usable(values: np.ndarray, X: np.ndarray, missing: str) -> np.ndarray:
    """Rows to use: all covariates known, and every answer (listwise) or any (pairwise)."""
    gap = np.isnan(values)
    answered = ~gap.any(axis=1) if missing == "listwise" else ~gap.all(axis=1)
    return answered & ~np.isnan(X).any(axis=1)


def _require_overlap(values: np.ndarray, rows: np.ndarray, names: Sequence[str]) -> None:
    joint = 0.0
    for part in blocks(len(rows)):
        known = (~np.isnan(values[rows[part]])).astype(float)
        joint = joint + known.T @ known
    if (joint < 2).any():
        one, two = np.argwhere(joint < 2)[0]
        raise DataError(
            f"fewer than two rows hold answers to both '{names[one]}' and '{names[two]}'\n"
            "  hint: leave out one of the two"
        )


def _require_variation(name: str, unique: np.ndarray, ordered: bool) -> None:
    if len(unique) < 2:
        found = f"one value only ({unique[0]:g})" if len(unique) else "no answer"
        raise DataError(f"'{name}' has {found}\n  hint: leave it out of the model")
    if ordered and len(unique) > MOST:
        raise DataError(
            f"'{name}' is ordered and has {len(unique)} different values, at most {MOST} can be "
            "used\n  hint: treat it as numeric, or join categories"
        )


def _require_full_rank(X: np.ndarray) -> None:
    if not X.shape[1]:
        return
    centred = X - X.mean(axis=0)
    scale = centred.std(axis=0)
    flat = np.flatnonzero(scale <= 1e-12 * np.abs(X).max(axis=0))
    if len(flat):
        raise DataError(f"covariate {flat[0] + 1} has one value only\n  hint: leave it out")
    if np.linalg.matrix_rank(centred / scale, tol=1e-8 * np.sqrt(len(X))) < X.shape[1]:
        raise DataError(
            "the covariates are linearly dependent\n"
            "  hint: leave out one of two that say the same, or one category of a set of dummies"
        )


def _weights(weights: np.ndarray) -> np.ndarray:
    weights = weights.astype(float)
    if not (np.isfinite(weights) & (weights > 0)).all():
        raise DataError("a weight is missing, zero or negative\n  hint: leave out those rows")
    return weights


def _clusters(clusters: np.ndarray) -> np.ndarray:
    codes, found = pd.factorize(clusters)
    if (codes < 0).any():
        raise DataError("a row has no cluster\n  hint: leave it out, or name its cluster")
    if len(found) < 2:
        raise DataError("all rows belong to one cluster\n  hint: leave out `clusters`")
    return codes
