"""Moments that the user gives in place of data: covariance matrices, means and sizes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveysem.sem.errors import DataError
from surveysem.sem.moments import Moments, require_columns


def several(cov: object) -> bool:
    """Whether `sample_cov` is a list with one matrix for each group, not one matrix."""
    return isinstance(cov, (list, tuple)) and not (len(cov) and np.ndim(cov[0]) == 1)


def from_covariance(
    cov: object, mean: object | None, nobs: object, variables: Sequence[str], rescale: bool
) -> list[Moments]:
    """Moments from covariance matrices (one, or a list with one for each group).

    A DataFrame is put in the order of `variables` by its labels; an array must have
    that order. With `rescale` the matrix was divided by n - 1 and is put on n.
    """
    many = several(cov)
    covs = list(cov) if many else [cov]
    means = [None] * len(covs) if mean is None else _each(mean, many)
    sizes = _each(nobs, many)
    if not covs or not len(covs) == len(means) == len(sizes):
        raise DataError(
            "sample_cov, sample_mean and sample_nobs need one entry for each group\n"
            f"  hint: there are {len(covs)}, {len(means)} and {len(sizes)}"
        )
    result = []
    for c, m, n in zip(covs, means, sizes, strict=True):
        size = _size(n)
        matrix = _matrix(c, variables) * ((size - 1) / size if rescale else 1.0)
        vector = None if m is None else _vector(m, variables)
        result.append(Moments(matrix, vector, size, size))
    return result


def _each(value: object, many: bool) -> list:
    if not many:
        return [value]
    return list(value) if isinstance(value, (list, tuple, np.ndarray)) else []


def _size(n: object) -> int:
    try:
        size = int(n)
        sound = size == float(n) and size >= 2
    except (TypeError, ValueError, OverflowError):
        sound = False
    if not sound:
        raise DataError(f"sample_nobs is {n!r}\n  hint: the number of rows behind sample_cov")
    return size


def _matrix(c: object, variables: Sequence[str]) -> np.ndarray:
    if isinstance(c, pd.DataFrame):
        require_columns(c, variables)
        require_columns(c.T, variables)
        c = c.loc[list(variables), list(variables)]
    matrix = _numbers("sample_cov", c)
    if matrix.shape != (len(variables), len(variables)):
        raise DataError(
            f"sample_cov is {matrix.shape}, the model has {len(variables)} observed variables\n"
            f"  hint: order {', '.join(variables)}, or give a DataFrame with labels"
        )
    bad = ~np.isfinite(matrix)
    size = np.abs(matrix[~bad]).max(initial=0.0)
    bad |= ~np.isclose(matrix, matrix.T, rtol=1e-8, atol=1e-8 * size)
    if bad.any():
        i, j = np.argwhere(bad)[0]
        raise DataError(
            f"sample_cov has to be finite and symmetric: {variables[i]} with {variables[j]} is "
            f"{matrix[i, j]:g} and {matrix[j, i]:g}\n  hint: give the full matrix, not a triangle"
        )
    for name, variance in zip(variables, np.diag(matrix), strict=True):
        if variance <= 0:
            raise DataError(
                f"sample_cov: the variance of '{name}' is {variance:g}\n"
                "  hint: variances are greater than zero"
            )
    return (matrix + matrix.T) / 2


def _vector(m: object, variables: Sequence[str]) -> np.ndarray:
    if isinstance(m, dict):
        m = pd.Series(m)
    if isinstance(m, pd.Series):
        require_columns(m.to_frame().T, variables)
        m = m.loc[list(variables)]
    vector = _numbers("sample_mean", m)
    if vector.shape != (len(variables),) or not np.isfinite(vector).all():
        raise DataError(
            f"sample_mean needs {len(variables)} finite numbers, it has {vector.size}\n"
            f"  hint: order {', '.join(variables)}, or give a Series with labels"
        )
    return vector


def _numbers(what: str, value: object) -> np.ndarray:
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{what} holds something other than numbers\n  hint: use floats") from None
