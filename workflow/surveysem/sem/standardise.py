"""Standardised solutions and their derivatives.

Source: Bollen (1989), section 4 'standardized coefficients'; covariances are scaled by
the residual standard deviations of their two variables, as lavaan does.
"""

import numpy as np

from surveysem.sem.implied import DIRECTED, SYMMETRIC, Implied, Layout, total_sd_jacobian


def factors(layout: Layout, V: np.ndarray, S: np.ndarray, *, observed: bool) -> np.ndarray:
    """What multiplies each row of one group to standardise it, ... x r_g.

    V, S: ... x t x t, implied and residual covariances of all variables. nan where a
    variance is negative.
    """
    i, j, matrix = layout.i, layout.j, layout.matrix
    free = np.arange(layout.t) >= (0 if observed else layout.p)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd, residual = (
            np.where(free, np.sqrt(np.diagonal(X, axis1=-2, axis2=-1)), 1.0) for X in (V, S)
        )
        symmetric = matrix == SYMMETRIC
        top = np.where(matrix == DIRECTED, sd[..., j], 1.0)
        pair = residual[..., i] * residual[..., j]
        bottom = np.where(symmetric & (i != j), pair, sd[..., i])
        return top / np.where(symmetric & (i == j), sd[..., i] ** 2, bottom)


def standardise(
    layout: Layout, im: Implied, values: np.ndarray, *, observed: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Standardised values of one group's rows (r_g) and their Jacobian (r_g x r_g).

    `observed`: also the observed variables get unit variance (std_all), else only the
    latent ones (std_lv). Values are nan where a variance is negative.
    """
    x, i, j = values[layout.rows], layout.i, layout.j
    free = np.arange(layout.t) >= (0 if observed else layout.p)
    factor = factors(layout, im.V, im.S, observed=observed)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.where(free, np.sqrt(np.diag(im.V)), 1.0)
        d_sd = np.where(free[:, None], total_sd_jacobian(layout, im), 0.0)
        directed, symmetric = layout.matrix == DIRECTED, layout.matrix == SYMMETRIC
        variance = symmetric & (i == j)
        pair = symmetric & (i != j)

        out = x * factor
        jacobian = np.diag(factor)
        # d log(factor): directed sd_j / sd_i; variances 1 / sd_i^2; means 1 / sd_i
        log_sd = d_sd / sd[:, None]
        slope = np.where(directed[:, None], log_sd[j] - log_sd[i], -log_sd[i])
        slope = np.where(variance[:, None], -2 * log_sd[i], slope)
        slope = np.where(pair[:, None], _log_residual(layout, im, free, i, j), slope)
        return out, jacobian + out[:, None] * slope


def _log_residual(layout, im, free, i, j) -> np.ndarray:
    """Derivative of -log(residual sd_i residual sd_j) by the rows, r_g x r_g."""
    own = np.zeros((layout.t, len(layout.rows)))
    diagonal = (layout.matrix == SYMMETRIC) & (i == j)
    index = np.flatnonzero(diagonal)
    own[i[index], index] = 1 / (2 * np.diag(im.S)[i[index]])
    own = np.where(free[:, None], own, 0.0)
    return -(own[i] + own[j])
