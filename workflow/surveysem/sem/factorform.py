"""The likelihood of many draws where the observed variables measure latent ones.

Sigma = L Psi L' + D with D diagonal: p observed variables load on the m latent ones that
measure them, and nothing else connects them. By Woodbury's identity all that F and its
gradient need of a draw's moments T is one product with a p x m matrix; no p x p matrix is
inverted or multiplied with another (compare Lawley and Maxwell 1971, chapter 4).

With G = L' D^-1 L = R R', H = D^-1 L R^-T (so that H' D H = I), E = I + R' Psi R and
Q = I - E^-1:  Sigma^-1 = D^-1 - H Q H',  log|Sigma| = log|D| + log|E|.
"""

from dataclasses import dataclass

import numpy as np

from surveysem.sem.implied import DIRECTED, MEAN, SYMMETRIC, Layout
from surveysem.sem.stacks import Pattern, cholesky, gradient, implied, log_determinant

LEAST = 1e-4  # share of a variable's variance that its residual needs: else digits are lost


@dataclass(frozen=True, slots=True)
class FactorPattern:
    """Where one group's rows (r_g) stand.

    loadings, residuals, intercepts, structure: places among the rows of what they name.
    item, factor: of each loading, factor among the measuring ones. own: of each residual
    variance. means: of each intercept. measuring: m, places among the l latent variables.
    latent: the structural model of these, as a pattern of its own.
    """

    loadings: np.ndarray
    item: np.ndarray
    factor: np.ndarray
    residuals: np.ndarray
    own: np.ndarray
    intercepts: np.ndarray
    means: np.ndarray
    structure: np.ndarray
    measuring: np.ndarray
    latent: Pattern
    rows: np.ndarray
    p: int

    @classmethod
    def of(cls, layout: Layout) -> "FactorPattern | None":
        """The pattern of a layout, None where something else connects observed variables."""
        p, i, j, matrix = layout.p, layout.i, layout.j, layout.matrix
        directed, symmetric = matrix == DIRECTED, matrix == SYMMETRIC
        outward = directed & (j < p)
        across = symmetric & ((i < p) | (j < p)) & (i != j)
        own = np.flatnonzero(symmetric & (i < p))
        loadings = np.flatnonzero(directed & (i < p))
        if (outward | across).any() or len(np.unique(i[own])) < p or not len(loadings):
            return None
        intercepts = np.flatnonzero((matrix == MEAN) & (i < p))
        structure = np.flatnonzero(i >= p)
        measuring, factor = np.unique(j[loadings] - p, return_inverse=True)
        t = layout.t - p
        kind, to = matrix[structure], i[structure] - p
        by = np.where(kind == MEAN, to, j[structure] - p)
        inner = Layout(
            np.arange(len(structure)), kind, to, by, t, t, np.unique(by[kind == DIRECTED])
        )
        return cls(
            loadings, i[loadings], factor, own, i[own], intercepts, i[intercepts], structure,
            measuring, Pattern.of(inner), layout.rows, p,
        )  # fmt: skip


def evaluate(
    pattern: FactorPattern, sample, values: np.ndarray, *, means: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """F of one group in d draws, its derivative by the group's rows (d x r_g), and which hold.

    sample: batch.Samples of the d draws. values: of all rows of the table, d x r. F lacks
    what the parameters do not change. A draw whose residual variances are too small, or
    whose loadings or latent covariances are degenerate, does not hold (d bool).
    """
    x = values[:, pattern.rows]
    d, p, m = len(x), pattern.p, len(pattern.measuring)
    L, D = np.zeros((d, p, m)), np.empty((d, p))
    L[:, pattern.item, pattern.factor] = x[:, pattern.loadings]
    D[:, pattern.own] = x[:, pattern.residuals]
    fine = (LEAST * np.diagonal(sample.cov, axis1=1, axis2=2) < D).all(axis=1)
    if not fine.all():
        D = np.where(fine[:, None], D, 1.0)
    inner = implied(pattern.latent, x[:, pattern.structure], pattern.latent.layout.t)
    every = pattern.measuring
    Psi = inner.C if m == inner.C.shape[1] else inner.C[:, every[:, None], every]

    scaled = L / D[:, :, None]
    R, regular = cholesky(L.swapaxes(1, 2) @ scaled)
    Rt = R.swapaxes(1, 2)
    unit = np.eye(m)
    root, definite = cholesky(unit + Rt @ Psi @ R)
    fine &= regular & definite
    inverse_R = np.linalg.inv(R)
    inverse_root = np.linalg.inv(root)
    E_inverse = inverse_root.swapaxes(1, 2) @ inverse_root
    H = scaled @ inverse_R.swapaxes(1, 2)
    Q = unit - E_inverse
    HQ = H @ Q

    TH, T_diagonal = sample.cov @ H, np.diagonal(sample.cov, axis1=1, axis2=2)
    if means:
        intercepts = np.zeros((d, p))
        intercepts[:, pattern.means] = x[:, pattern.intercepts]
        centre = inner.centre[:, every]
        gap = sample.mean - intercepts - (L @ centre[:, :, None])[:, :, 0]
        along = gap[:, None] @ H
        TH = TH + gap[:, :, None] * along
        T_diagonal = T_diagonal + gap**2
        d_mu = -2 * (gap / D - (HQ @ along.swapaxes(1, 2))[:, :, 0])
    P = H.swapaxes(1, 2) @ TH
    F = np.log(D).sum(axis=1) + log_determinant(root)
    F += (T_diagonal / D).sum(axis=1) - np.einsum("dij,dij->d", Q, P)

    # dF/dSigma: its diagonal, and its product with L
    over = TH / D[:, :, None]
    spread = 2 * over @ Q - HQ @ (unit + P @ Q)
    by_residual = (1 - T_diagonal / D) / D + np.einsum("dij,dij->di", spread, H)
    X = (H + HQ @ P - over) @ (E_inverse @ Rt)
    by_L = 2 * X @ Psi
    by_Psi = np.zeros((d, *[pattern.latent.layout.t] * 2))
    by_Psi[:, every[:, None], every] = L.swapaxes(1, 2) @ X
    by_centre = np.zeros((d, pattern.latent.layout.t))
    out = np.zeros((d, len(pattern.rows)))
    if means:
        by_L += d_mu[:, :, None] * centre[:, None]
        by_centre[:, every] = (d_mu[:, None] @ L)[:, 0]
        out[:, pattern.intercepts] = d_mu[:, pattern.means]
    out[:, pattern.loadings] = by_L[:, pattern.item, pattern.factor]
    out[:, pattern.residuals] = by_residual[:, pattern.own]
    out[:, pattern.structure] = gradient(pattern.latent, inner, by_Psi, by_centre)
    return F, out, fine
