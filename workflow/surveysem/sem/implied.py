"""Model-implied moments and their derivatives, in the reticular action form.

All variables v (observed first, then latent) follow v = m + A v + e, cov(e) = S.
With B = (I - A)^-1 and F the selection of the observed ones: Sigma = F B S B' F',
mu = F B m (McArdle and McDonald 1984; Bollen 1989, chapter 8).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.sem.table import Table

DIRECTED, SYMMETRIC, MEAN, THRESHOLD, SCALE = 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each row of the parameter table of one group stands in A, S and m.

    rows: indices into the whole table (r_g). matrix: DIRECTED, SYMMETRIC, MEAN, and of
    ordered variables THRESHOLD or SCALE. i, j: position; for A the dependent and the
    predictor; j = i for means and scales, the threshold's number from 0 for thresholds.
    p observed of t variables in all.
    """

    rows: np.ndarray
    matrix: np.ndarray
    i: np.ndarray
    j: np.ndarray
    p: int
    t: int


@dataclass(frozen=True, slots=True)
class Implied:
    """Implied moments of one group.

    sigma: p x p. mu: p. B: t x t. V = B S B': t x t. G = F B: p x t. C = V F': t x p.
    centre = B m: t. S: t x t.
    """

    sigma: np.ndarray
    mu: np.ndarray
    B: np.ndarray
    V: np.ndarray
    centre: np.ndarray
    S: np.ndarray
    p: int

    @property
    def G(self) -> np.ndarray:  # noqa: N802
        """F B, p x t."""
        return self.B[: self.p]

    @property
    def C(self) -> np.ndarray:  # noqa: N802
        """Covariances of all with the observed variables, t x p."""
        return self.V[:, : self.p]


_MATRIX = {"=~": DIRECTED, "~": DIRECTED, "~~": SYMMETRIC, "~1": MEAN, "|": THRESHOLD,
           "~*~": SCALE}  # fmt: skip


def layouts(table: Table) -> list[Layout]:
    """Layout of each group."""
    position = {name: k for k, name in enumerate((*table.observed, *table.latent))}
    result = []
    for g in range(1, table.groups + 1):
        rows, matrix, i, j = [], [], [], []
        for index, row in enumerate(table.rows):
            if row.group != g:
                continue
            a = position[row.lhs]
            b = int(row.rhs[1:]) - 1 if row.op == "|" else position.get(row.rhs, a)
            rows.append(index)
            matrix.append(_MATRIX[row.op])
            i.append(b if row.op == "=~" else a)
            j.append(a if row.op == "=~" else b)
        arrays = [np.array(x, dtype=int) for x in (rows, matrix, i, j)]
        result.append(Layout(*arrays, p=len(table.observed), t=len(position)))
    return result


def implied(layout: Layout, values: np.ndarray) -> Implied:
    """Implied moments of one group from the values of all rows of the table."""
    A, S, m = np.zeros((layout.t, layout.t)), np.zeros((layout.t, layout.t)), np.zeros(layout.t)
    x = values[layout.rows]
    d, s, u = (layout.matrix == k for k in (DIRECTED, SYMMETRIC, MEAN))
    A[layout.i[d], layout.j[d]] = x[d]
    S[layout.i[s], layout.j[s]] = x[s]
    S[layout.j[s], layout.i[s]] = x[s]
    m[layout.i[u]] = x[u]
    B = np.linalg.inv(np.eye(layout.t) - A)
    V = B @ S @ B.T
    centre = B @ m
    p = layout.p
    return Implied(V[:p, :p], centre[:p], B, V, centre, S, p)


def gradient(layout: Layout, im: Implied, d_sigma: np.ndarray, d_mu: np.ndarray) -> np.ndarray:
    """Chain rule: derivative of a function by this group's rows, r_g.

    d_sigma (p x p, symmetric) and d_mu (p) are its derivatives by Sigma and mu, in the
    sense dF = tr(d_sigma dSigma) + d_mu' dmu.
    """
    GQ = im.G.T @ d_sigma
    Gd = im.G.T @ d_mu
    by_A = 2 * GQ @ im.C.T + np.outer(Gd, im.centre)
    by_S = GQ @ im.G
    out = np.zeros(len(layout.rows))
    d, s, u = (layout.matrix == k for k in (DIRECTED, SYMMETRIC, MEAN))
    out[d] = by_A[layout.i[d], layout.j[d]]
    double = np.where(layout.i[s] == layout.j[s], 1.0, 2.0)
    out[s] = double * by_S[layout.i[s], layout.j[s]]
    out[u] = Gd[layout.i[u]]
    return out


def information(layout: Layout, im: Implied, other: Layout | None = None) -> np.ndarray:
    """Expected information per observation, r_g x r_g, under normality.

    I_kl = tr(W dSigma_k W dSigma_l) / 2 + dmu_k' W dmu_l with W = Sigma^-1 = R'R. Each
    dSigma_k = c (u v' + v u') has rank two, so the trace is a sum of products of
    (R u)'(R u), (R v)'(R v) and (R u)'(R v). With `other`, the block of the rows of
    `layout` with those of another layout. Raises LinAlgError where Sigma is not positive
    definite.
    """
    R = np.linalg.inv(np.linalg.cholesky(im.sigma))
    U, V = _projections(layout, im, R)
    P, Q = (U, V) if other is None else _projections(other, im, R)
    other = other or layout
    U_P = U.T @ P
    U_Q = U.T @ Q
    V_P = U_Q.T if other is layout else V.T @ P
    info = (U_P * (V.T @ Q) + U_Q * V_P) * np.outer(_halves(layout), _halves(other))
    if im.centre.any() or (layout.matrix == MEAN).any():
        info += np.outer(_mean_scale(layout, im), _mean_scale(other, im)) * U_P
    return info


def information_diagonal(layout: Layout, im: Implied) -> np.ndarray:
    """Diagonal of `information`, r_g."""
    U, V = _projections(layout, im, np.linalg.inv(np.linalg.cholesky(im.sigma)))
    u_u, u_v, v_v = (U * U).sum(axis=0), (U * V).sum(axis=0), (V * V).sum(axis=0)
    return _halves(layout) ** 2 * (u_u * v_v + u_v**2) + _mean_scale(layout, im) ** 2 * u_u


def _projections(layout: Layout, im: Implied, R: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R u and R v of each row, p x r_g; v is a row of C for directed, a column of G else."""
    RG = R @ im.G
    both = np.hstack([RG, R @ im.C.T])
    return RG[:, layout.i], both[:, layout.j + layout.t * (layout.matrix == DIRECTED)]


def directions(
    layout: Layout, im: Implied
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """U and V (p x r_g), c and scale (r_g): what each row changes in the moments.

    dSigma_k = c_k (u_k v_k' + v_k u_k') and dmu_k = scale_k u_k.
    """
    U, V = _projections(layout, im, np.eye(layout.p))
    return U, V, _halves(layout), _mean_scale(layout, im)


def _halves(layout: Layout) -> np.ndarray:
    """c of dSigma_k = c (u v' + v u'): 1/2 for variances, 0 for means."""
    variance = (layout.matrix == SYMMETRIC) & (layout.i == layout.j)
    return np.where(variance, 0.5, 1.0) * (layout.matrix != MEAN)


def _mean_scale(layout: Layout, im: Implied) -> np.ndarray:
    """Factor of dmu_k = factor u."""
    directed, mean = layout.matrix == DIRECTED, layout.matrix == MEAN
    return np.where(directed, im.centre[layout.j], np.where(mean, 1.0, 0.0))


def total_sd_jacobian(layout: Layout, im: Implied) -> np.ndarray:
    """Derivative of the total standard deviations of all t variables, t x r_g."""
    B, V, i, j = im.B, im.V, layout.i, layout.j
    variance = np.zeros((layout.t, len(layout.rows)))
    d, s = layout.matrix == DIRECTED, layout.matrix == SYMMETRIC
    variance[:, d] = 2 * B[:, i[d]] * V[:, j[d]]
    variance[:, s] = np.where(i[s] == j[s], 1.0, 2.0) * B[:, i[s]] * B[:, j[s]]
    with np.errstate(invalid="ignore", divide="ignore"):
        return variance / (2 * np.sqrt(np.diag(V)))[:, None]


def stack_rows(parts: Sequence[np.ndarray], grids: Sequence[Layout], rows: int) -> np.ndarray:
    """Put per-group vectors over rows into one vector over the whole table."""
    out = np.zeros(rows)
    for part, layout in zip(parts, grids, strict=True):
        out[layout.rows] += part
    return out
