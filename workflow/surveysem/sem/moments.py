"""Observed moments: what the engine knows of the data, for each group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.errors import nearest
from surveysem.sem.errors import DataError


@dataclass(frozen=True, slots=True)
class Moments:
    """Sample moments of one group.

    cov: p x p, divided by n (normal likelihood) or as given. mean: p, or None.
    nobs: rows used. ntotal: rows before listwise deletion.
    """

    cov: np.ndarray
    mean: np.ndarray | None
    nobs: int
    ntotal: int


def from_data(
    data: pd.DataFrame, variables: Sequence[str], group: str | None, order: Sequence | None
) -> tuple[list[Moments], list]:
    """Moments of the complete rows of each group, and the groups' labels in order.

    `order` (default: order of appearance) lists the groups to use. Raises DataError
    naming the column, group or row that cannot be used.
    """
    _require_columns(data, [*variables, *([group] if group else [])])
    if group is None:
        return [_moments(data, variables, "")], []
    present = list(dict.fromkeys(data[group].dropna()))
    labels = list(order) if order else present
    for label in labels:
        if label not in present:
            raise DataError(
                f"group '{label}' is not in column '{group}'\n"
                f"  allowed: {', '.join(map(str, present))}"
            )
    if len(labels) < 2:
        raise DataError(f"column '{group}' has one group only ('{labels[0]}'); leave out `group`")
    parts = [data[data[group] == label] for label in labels]
    return [
        _moments(part, variables, f" in group '{label}'")
        for part, label in zip(parts, labels, strict=True)
    ], labels


def _require_columns(data: pd.DataFrame, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in data.columns]
    if missing:
        close = nearest(missing[0], data.columns)
        raise DataError(
            f"not in the data: {', '.join(missing)}\n"
            f"  hint: {f'did you mean {close!r}?' if close else 'check the column names'}"
        )
    doubled = [n for n in names if list(data.columns).count(n) > 1]
    if doubled:
        raise DataError(f"column '{doubled[0]}' stands in the data twice")


def _moments(data: pd.DataFrame, variables: Sequence[str], where: str) -> Moments:
    frame = data[list(variables)]
    for name in variables:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise DataError(f"column '{name}' is not numeric; code its answers as numbers first")
    values = frame.to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        name = variables[int(np.argwhere(np.isinf(values))[0, 1])]
        raise DataError(f"column '{name}' holds an infinite value{where}")
    complete = values[~np.isnan(values).any(axis=1)]
    if len(complete) < 2:
        raise DataError(
            f"{len(complete)} complete row(s){where} of {len(values)}: a fit needs at least two\n"
            "  hint: variables with many missing answers: "
            + ", ".join(frame.isna().sum().sort_values(ascending=False).index[:3])
        )
    centred = complete - complete.mean(axis=0)
    cov = centred.T @ centred / len(complete)
    constant = [n for n, v in zip(variables, np.diag(cov), strict=True) if v < 1e-12]
    if constant:
        raise DataError(
            f"'{constant[0]}' has one value only{where} (n = {len(complete)}): leave it out"
        )
    return Moments(cov, complete.mean(axis=0), len(complete), len(values))


def from_covariance(
    cov: object, mean: object | None, nobs: object, variables: Sequence[str], rescale: bool
) -> list[Moments]:
    """Moments from covariance matrices (one, or a list with one for each group).

    A DataFrame is put in the order of `variables` by its labels; an array must have
    that order. With `rescale` the matrix was divided by n - 1 and is put on n.
    """
    many = isinstance(cov, (list, tuple))
    covs = list(cov) if many else [cov]
    means = (list(mean) if many else [mean]) if mean is not None else [None] * len(covs)
    sizes = list(nobs) if many else [nobs]
    if not len(covs) == len(means) == len(sizes) or None in sizes:
        raise DataError("sample_cov, sample_mean and sample_nobs need one entry for each group")
    result = []
    for c, m, n in zip(covs, means, sizes, strict=True):
        if isinstance(c, pd.DataFrame):
            _require_columns(c, variables)
            c = c.loc[list(variables), list(variables)].to_numpy(float)
        if isinstance(m, (pd.Series, dict)):
            m = [m[name] for name in variables]
        c = np.asarray(c, dtype=float)
        if c.shape != (len(variables), len(variables)):
            raise DataError(
                f"sample_cov is {c.shape}, the model has {len(variables)} observed variables\n"
                f"  hint: order {', '.join(variables)}, or give a DataFrame with labels"
            )
        if not np.isfinite(c).all() or not np.allclose(c, c.T, atol=1e-8 * np.abs(c).max()):
            raise DataError("sample_cov has to be finite and symmetric")
        c = (c + c.T) / 2 * ((n - 1) / n if rescale else 1.0)
        result.append(Moments(c, None if m is None else np.asarray(m, float), int(n), int(n)))
    return result


def require_positive_definite(moments: Sequence[Moments], variables: Sequence[str]) -> None:
    """Raise DataError naming the variables at fault where a covariance matrix is singular."""
    for m in moments:
        sd = np.sqrt(np.diag(m.cov))
        values, vectors = np.linalg.eigh(m.cov / np.outer(sd, sd))
        if values[0] < 1e-10:
            weights = np.abs(vectors[:, 0])
            names = [v for v, w in zip(variables, weights, strict=True) if w > 0.1 * weights.max()]
            raise DataError(
                f"the covariance matrix is singular (n = {m.nobs}, {len(variables)} variables): "
                f"these are linearly dependent: {', '.join(names[:10])}\n"
                "  hint: remove a duplicated or summed column, or use more rows than variables"
            )
