"""Standardised solutions and their derivatives.

Source: Bollen (1989), section 4 'standardized coefficients'; covariances are scaled by
the residual standard deviations of their two variables, as lavaan does.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from surveysem.sem.errors import NotAvailableError
from surveysem.sem.implied import DIRECTED, SCALE, SYMMETRIC, Implied, Layout, total_sd_jacobian
from surveysem.sem.table import Table

if TYPE_CHECKING:
    from surveysem.sem.result import Fit


def _ends(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Variables of each row, i and j, r_g: a threshold's number is none."""
    pair = (layout.matrix == DIRECTED) | (layout.matrix == SYMMETRIC)
    return layout.i, np.where(pair, layout.j, layout.i)


def factors(layout: Layout, V: np.ndarray, S: np.ndarray, *, free: np.ndarray) -> np.ndarray:
    """What multiplies each row of one group to standardise it, ... x r_g.

    V, S: ... x t x t, implied and residual covariances of all variables. free: t bool, the
    variables that get unit variance. nan where a variance is negative, and for the covariance of
    a residual that is none (a single indicator's variance of zero); 1 for scales.
    """
    (i, j), matrix = _ends(layout), layout.matrix
    with np.errstate(invalid="ignore", divide="ignore"):
        sd, residual = (
            np.where(free, np.sqrt(np.diagonal(X, axis1=-2, axis2=-1)), 1.0) for X in (V, S)
        )
        symmetric = matrix == SYMMETRIC
        top = np.where(matrix == DIRECTED, sd[..., j], 1.0)
        pair = residual[..., i] * residual[..., j]
        pair = np.where(pair > 0, pair, np.nan)
        bottom = np.where(symmetric & (i != j), pair, sd[..., i])
        bottom = np.where(symmetric & (i == j), sd[..., i] ** 2, bottom)
        return np.where(matrix == SCALE, 1.0, top / bottom)


def standardised(
    layout: Layout, im: Implied, values: np.ndarray, *, free: np.ndarray
) -> np.ndarray:
    """Standardised values of one group's rows, r_g: those of `standardise`."""
    scale = (layout.matrix == SCALE) & free[layout.i]  # of standardised responses it is 1
    x = values[layout.rows]
    return np.where(scale, 1.0, x * factors(layout, im.V, im.S, free=free))


def standardise(
    layout: Layout, im: Implied, values: np.ndarray, *, free: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Standardised values of one group's rows (r_g) and their Jacobian (r_g x r_g).

    free: t bool, the variables that get unit variance. Values are nan where a variance
    is negative.
    """
    x, (i, j) = values[layout.rows], _ends(layout)
    factor = factors(layout, im.V, im.S, free=free)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.where(free, np.sqrt(np.diag(im.V)), 1.0)
        d_sd = np.where(free[:, None], total_sd_jacobian(layout, im), 0.0)
        directed, symmetric = layout.matrix == DIRECTED, layout.matrix == SYMMETRIC
        variance = symmetric & (i == j)
        pair = symmetric & (i != j)

        scale = (layout.matrix == SCALE) & free[i]  # of standardised responses it is 1
        out = np.where(scale, 1.0, x * factor)
        jacobian = np.diag(np.where(scale, 0.0, factor))
        # d log(factor): directed sd_j / sd_i; variances 1 / sd_i^2; means 1 / sd_i
        log_sd = d_sd / sd[:, None]
        slope = np.where(directed[:, None], log_sd[j] - log_sd[i], -log_sd[i])
        slope = np.where(variance[:, None], -2 * log_sd[i], slope)
        slope = np.where(pair[:, None], _log_residual(layout, im, free, i, j), slope)
        slope = np.where((layout.matrix == SCALE)[:, None], 0.0, slope)
        return out, jacobian + out[:, None] * slope


def _log_residual(layout, im, free, i, j) -> np.ndarray:
    """Derivative of -log(residual sd_i residual sd_j) by the rows, r_g x r_g."""
    own = np.zeros((layout.t, len(layout.rows)))
    diagonal = (layout.matrix == SYMMETRIC) & (i == j)
    index = np.flatnonzero(diagonal)
    own[i[index], index] = 1 / (2 * np.diag(im.S)[i[index]])
    own = np.where(free[:, None], own, 0.0)
    return -(own[i] + own[j])


def unit_variances(table: Table) -> dict[str, np.ndarray]:
    """Which variables get unit variance in each kind of standardised solution, t bool."""
    names = (*table.observed, *table.latent)
    latent = np.array([name in table.latent for name in names])
    covariate = np.array([name in table.predictors for name in names])
    return {"std_lv": latent, "std_all": latent | True, "std_nox": ~covariate}


def _blocks(fit: "Fit", type: str) -> Iterator[tuple]:
    """Part, layout, implied moments (also with covariates' own) and unit variances of each block.

    Raises NotAvailableError for a type that is none.
    """
    kinds = unit_variances(fit.table)
    if type not in kinds:
        raise NotAvailableError(f"type={type!r} is not available (it has: {list(kinds)})")
    for block in fit.blocks:
        part = fit.parts[block.group - 1]
        whole = part.unconditional(block.implied)
        yield part, block.layout, block.implied, whole, unit_variances(block.table)[type]


def fit_standardised(fit: "Fit", type: str) -> np.ndarray:
    """Standardised values of all rows of a fit, r."""
    out = np.zeros(len(fit.values))
    for _, layout, _, whole, free in _blocks(fit, type):
        out[layout.rows] = standardised(layout, whole, fit.values, free=free)
    return out


def fit_standardise(fit: "Fit", type: str) -> tuple[np.ndarray, np.ndarray]:
    """Standardised values of all rows of a fit (r) and their Jacobian by the rows (r x r)."""
    out, jacobian = np.zeros(len(fit.values)), np.zeros((len(fit.values),) * 2)
    for part, layout, im, whole, free in _blocks(fit, type):
        out[layout.rows], slope = standardise(layout, whole, fit.values, free=free)
        jacobian[np.ix_(layout.rows, layout.rows)] = part.by_given(im, slope)
    return out, jacobian
