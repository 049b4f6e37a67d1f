"""Observed moments: what the engine knows of the data, for each group."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from surveysem.errors import nearest
from surveysem.sem.casewise import Rows
from surveysem.sem.definite import surely_above
from surveysem.sem.errors import DataError

_MORE = "add rows, or leave a small group out by group_order"


@dataclass(frozen=True)
class Moments:
    """Sample moments of one group.

    cov: p x p, divided by n (normal likelihood) or as given. mean: p, or None.
    nobs: rows used. ntotal: rows before listwise deletion. rows: the rows themselves, None
    where only moments were given. thresholds: of each variable (none for numeric ones).
    """

    cov: np.ndarray
    mean: np.ndarray | None
    nobs: int
    ntotal: int
    rows: Rows | None = None
    thresholds: tuple[np.ndarray, ...] = ()

    @property
    def size(self) -> float:
        """What the group counts for in a fit: its rows, or the sum of their weights."""
        if self.rows is None or self.rows.weights is None:
            return self.nobs
        return float(self.rows.weights.sum())

    @cached_property
    def log_det(self) -> float:
        """log |cov|."""
        return float(np.linalg.slogdet(self.cov)[1])


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a data frame a fit uses.

    variables: in the order of the moments. covariates: those of them that are fixed.
    """

    variables: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    group: str | None = None
    cluster: str | None = None
    weights: str | None = None

    @property
    def all(self) -> list[str]:
        """Every column, each once."""
        others = filter(None, (self.group, self.cluster, self.weights))
        return list(dict.fromkeys([*self.variables, *others]))


@dataclass(frozen=True, slots=True)
class GroupRows:
    """Rows of one group that a fit can use. where: words for messages. ntotal: before that."""

    rows: Rows
    where: str
    ntotal: int


def rows_of(
    data: pd.DataFrame, columns: Columns, order: Sequence | None, missing: str
) -> tuple[list[GroupRows], list]:
    """Usable rows of each group, and the groups' labels in order.

    `order` (default: order of appearance) lists the groups to use. missing: "listwise"
    keeps complete rows, otherwise rows with any answer and all covariates. Weights are
    scaled to sum to the rows used, over all groups, as in lavaan. Raises DataError naming
    the column, group or row that cannot be used.
    """
    require_columns(data, columns.all)
    data = _chosen(data, columns.all)
    labels, parts = [], [data]
    if columns.group is not None:
        labels = group_labels(data, columns.group, order)
        parts = [data[data[columns.group] == label] for label in labels]
    words = [f" in group '{label}'" for label in labels] or [""]
    codes, weights = _clusters(data, columns), _weights(data, columns)
    fixed = tuple(columns.variables.index(x) for x in columns.covariates)
    found = []
    for part, where in zip(parts, words, strict=True):
        values = numbers(part, columns.variables, where)
        keep = _usable(values, fixed, missing)
        if keep.sum() < 2:
            raise _too_few(values, keep, columns, where, missing)
        rows = Rows(
            values[keep],
            None if weights is None else weights[part.index].to_numpy()[keep],
            None if codes is None else codes[part.index].to_numpy()[keep],
            fixed,
        )
        require_spread(rows.values, columns.variables, where)
        found.append(GroupRows(rows, where, len(values)))
    if weights is not None:
        mean = np.mean(np.concatenate([g.rows.weights for g in found]))
        found = [replace(g, rows=replace(g.rows, weights=g.rows.weights / mean)) for g in found]
    return found, labels


def _usable(values: np.ndarray, fixed: Sequence[int], missing: str) -> np.ndarray:
    gaps = np.isnan(values)
    if missing == "listwise":
        return ~gaps.any(axis=1)
    return ~gaps.all(axis=1) & ~gaps[:, list(fixed)].any(axis=1)


def _too_few(values, keep: np.ndarray, columns: Columns, where: str, missing: str) -> DataError:
    gaps = np.isnan(values).sum(axis=0)
    worst = [columns.variables[k] for k in np.argsort(-gaps, kind="stable")[:3] if gaps[k]]
    return DataError(
        f"{keep.sum()} {'complete' if missing == 'listwise' else 'usable'} row(s){where} of "
        f"{len(values)}: a fit needs at least two\n"
        + (f"  hint: most missing answers: {', '.join(worst)}" if worst else f"  hint: {_MORE}")
    )


def require_spread(values: np.ndarray, variables: Sequence[str], where: str) -> None:
    """Raise DataError for a column with one value or none, or with an unusable scale."""
    known = ~np.isnan(values)
    complete, count = known.all(), known.sum(axis=0)
    highest = (values if complete else np.where(known, values, -np.inf)).max(axis=0)
    lowest = (values if complete else np.where(known, values, np.inf)).min(axis=0)
    with np.errstate(all="ignore"):
        mean = (values if complete else np.where(known, values, 0.0)).sum(axis=0) / count
        centred = values - mean if complete else np.where(known, values - mean, 0.0)
        variance = np.einsum("ij,ij->j", centred, centred) / count
    for k in np.flatnonzero((highest <= lowest) | ~((variance > 1e-280) & (variance < 1e280))):
        if highest[k] > lowest[k]:
            raise DataError(
                f"'{variables[k]}' is too large or too small to compute with\n  hint: rescale it"
            )
        found = "one value only" if known[:, k].any() else "no answer"
        raise DataError(
            f"'{variables[k]}' has {found}{where} (n = {len(values)})\n"
            "  hint: leave it out of the model"
        )


def _clusters(data: pd.DataFrame, columns: Columns) -> pd.Series | None:
    """Code of each row's cluster, over all groups."""
    if not columns.cluster:
        return None
    _require_known(data, columns.cluster, "cluster")
    codes = pd.factorize(data[columns.cluster])[0]
    if codes.max(initial=-1) < 1:
        raise DataError(
            f"cluster: column '{columns.cluster}' has fewer than two clusters\n"
            "  hint: leave out `cluster`"
        )
    return pd.Series(codes, index=data.index)


def _weights(data: pd.DataFrame, columns: Columns) -> pd.Series | None:
    if not columns.weights:
        return None
    _require_known(data, columns.weights, "weights")
    weights = pd.to_numeric(data[columns.weights], errors="coerce")
    if pd.api.types.is_complex_dtype(weights.dtype):
        weights = pd.Series(np.nan, weights.index)
    bad = ~(np.isfinite(weights) & (weights > 0))
    if bad.any():
        raise DataError(
            f"weights: column '{columns.weights}' holds '{data.loc[bad, columns.weights].iloc[0]}'\n"
            "  hint: sampling weights are numbers above zero"
        )
    return weights.astype(float)


def _require_known(data: pd.DataFrame, name: str, what: str) -> None:
    if data[name].isna().any():
        raise DataError(
            f"{what}: column '{name}' has {int(data[name].isna().sum())} missing value(s)\n"
            "  hint: leave those rows out, or fill them in"
        )


def complete_moments(group: GroupRows) -> Moments:
    """Moments of complete rows."""
    rows, weights = group.rows.values, group.rows.weights
    mean = np.average(rows, axis=0, weights=weights)
    centred = rows - mean
    if weights is None:
        cov = centred.T @ centred / len(rows)
    else:
        cov = (centred * weights[:, None]).T @ centred / weights.sum()
    return Moments(cov, mean, len(rows), group.ntotal, group.rows)


def group_labels(data: pd.DataFrame, group: str, order: Sequence | None) -> list:
    """Groups to use, in order; raises DataError unless there are two or more of them."""
    try:
        known = group in data.columns
    except TypeError:
        known = False
    if not known:
        close = nearest(group, data.columns)
        raise DataError(
            f"group: column '{group}' is not in the data\n"
            f"  hint: {f'did you mean {close!r}?' if close else 'give the name of one column'}"
        )
    require_columns(data, [group])
    present = list(dict.fromkeys(data[group].dropna()))
    labels = present if order is None or not len(order) else list(order)
    for label in labels:
        if label not in present:
            close = nearest(label, present)
            raise DataError(
                f"group '{label}' is not in column '{group}'\n"
                f"  allowed: {', '.join(map(str, present))}"
                + (f"\n  hint: did you mean '{close}'?" if close else "")
            )
        if labels.count(label) > 1:
            raise DataError(f"group_order: '{label}' stands there twice\n  hint: remove one")
    if len(labels) < 2:
        found = f"one group only ('{labels[0]}')" if labels else "no group in any row"
        raise DataError(f"column '{group}' has {found}\n  hint: leave out `group`")
    return labels


def require_columns(data: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise DataError for a column that is missing or stands there twice."""
    count = Counter(data.columns)
    missing = [name for name in names if not count[name]]
    if missing:
        close = nearest(missing[0], data.columns)
        raise DataError(
            f"not in the data: {', '.join(map(str, missing))}\n"
            f"  hint: {f'did you mean {close!r}?' if close else 'check the column names'}"
        )
    doubled = [n for n in names if count[n] > 1]
    if doubled:
        raise DataError(
            f"column '{doubled[0]}' stands in the data twice\n  hint: rename or drop one of the two"
        )


def _chosen(data: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Columns that stand in the data once each: by place, which is faster than by name."""
    every = list(data.columns)
    if every == list(names):
        return data
    place = {name: k for k, name in enumerate(every)}
    return data.take([place[name] for name in names], axis=1)


def numbers(data: pd.DataFrame, variables: Sequence[str], where: str) -> np.ndarray:
    """Columns as floats, n x p, nan where missing. Raises DataError naming the column."""
    frame = _chosen(data, variables)
    kinds, is_kind = list(frame.dtypes), pd.api.types
    for kind in dict.fromkeys(kinds):
        if not is_kind.is_numeric_dtype(kind) or is_kind.is_complex_dtype(kind):
            name = variables[kinds.index(kind)]
            raise DataError(
                f"column '{name}' is not numeric ({kind})\n"
                "  hint: code its answers as numbers first"
            )
    values = frame.to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        name = variables[int(np.argwhere(np.isinf(values))[0, 1])]
        raise DataError(
            f"column '{name}' holds an infinite value{where}\n"
            "  hint: make it a missing value, or correct it"
        )
    return values


def require_positive_definite(moments: Sequence[Moments], variables: Sequence[str]) -> None:
    """Raise DataError naming the variables at fault where a covariance matrix is singular."""
    for m in moments:
        sd = np.sqrt(np.diag(m.cov))
        correlations = m.cov / np.outer(sd, sd)
        if surely_above(correlations, 1e-10):
            continue
        values, vectors = np.linalg.eigh(correlations)
        if values[0] < 1e-10:
            weights = np.abs(vectors[:, 0])
            names = [v for v, w in zip(variables, weights, strict=True) if w > 0.1 * weights.max()]
            wrong = "not positive definite" if values[0] < -1e-8 else "singular"
            raise DataError(
                f"the covariance matrix is {wrong} (n = {m.nobs}, {len(variables)} variables): "
                f"these are linearly dependent: {', '.join(names[:10])}\n"
                "  hint: remove a duplicated or summed column, or use more rows than variables"
            )
