"""Model-implied moments and their derivatives, in the reticular action form.

All variables v (observed first, then latent) follow v = m + A v + e, cov(e) = S.
With B = (I - A)^-1 and F the selection of the observed ones: Sigma = F B S B' F',
mu = F B m (McArdle and McDonald 1984; Bollen 1989, chapter 8).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri

from surveysem.sem.table import Table

DIRECTED, SYMMETRIC, MEAN, THRESHOLD, SCALE = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Layout:
    """Where each row of the parameter table of one group stands in A, S and m.

    rows: indices into the whole table (r_g). matrix: DIRECTED, SYMMETRIC, MEAN, and of
    ordered variables THRESHOLD or SCALE. i, j: position; for A the dependent and the
    predictor; j = i for means and scales, the threshold's number from 0 for thresholds.
    p observed of t variables in all. predictors: the k variables that others depend on;
    only their columns of B differ from I's.
    """

    rows: np.ndarray
    matrix: np.ndarray
    i: np.ndarray
    j: np.ndarray
    p: int
    t: int
    predictors: np.ndarray

    def take(self, chosen: np.ndarray) -> "Layout":
        """The same for some of the rows, for derivatives by those only."""
        kept = {n: getattr(self, n)[chosen] for n in ("rows", "matrix", "i", "j")}
        return replace(self, **kept)

    @cached_property
    def directed(self) -> np.ndarray:
        """Rows that stand in A, as positions among the r_g; symmetric and means: S and m."""
        return np.flatnonzero(self.matrix == DIRECTED)

    @cached_property
    def symmetric(self) -> np.ndarray:
        """Rows that stand in S."""
        return np.flatnonzero(self.matrix == SYMMETRIC)

    @cached_property
    def means(self) -> np.ndarray:
        """Rows that stand in m."""
        return np.flatnonzero(self.matrix == MEAN)

    @cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the rows of A stand in its columns of predictors, t x k; those of S; the latter's
        mirror images: as places in the flat matrices."""
        d, s, t = self.directed, self.symmetric, self.t
        of_paths = self.i[d] * len(self.predictors) + self.second[d] - t
        return of_paths, self.i[s] * t + self.j[s], self.j[s] * t + self.i[s]

    @cached_property
    def halves(self) -> np.ndarray:
        """c of dSigma_k = c (u v' + v u'), r_g: 1/2 for variances, 0 for means."""
        variance = (self.matrix == SYMMETRIC) & (self.i == self.j)
        return np.where(variance, 0.5, 1.0) * (self.matrix != MEAN)

    @cached_property
    def second(self) -> np.ndarray:
        """Column of [R G, R C'] that is R v of each row, r_g (see `_projections`)."""
        place = np.searchsorted(self.predictors, self.j)
        return np.where(self.matrix == DIRECTED, self.t + place, self.j)


@dataclass(frozen=True)
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

    @cached_property
    def R(self) -> np.ndarray:  # noqa: N802
        """Lower triangular, Sigma^-1 = R' R. LinAlgError where Sigma is not positive definite."""
        root, indefinite = dpotrf(self.sigma, lower=1)
        if indefinite:
            raise np.linalg.LinAlgError("Sigma is not positive definite")
        return dtrtri(root, lower=1)[0]


_MATRIX = {"=~": DIRECTED, "~": DIRECTED, "~~": SYMMETRIC, "~1": MEAN, "|": THRESHOLD,
           "~*~": SCALE}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Levels:
    """Layouts of one group's levels within and between clusters; rows: of both, r_g."""

    within: Layout
    between: Layout

    @property
    def rows(self) -> np.ndarray:
        """Indices into the whole table."""
        return np.concatenate([self.within.rows, self.between.rows])

    def take(self, chosen: np.ndarray) -> "Levels":
        """The same for some of the rows, for derivatives by those only."""
        first = len(self.within.rows)
        of_within, of_between = chosen[chosen < first], chosen[chosen >= first] - first
        return Levels(self.within.take(of_within), self.between.take(of_between))


def layouts(table: Table) -> list[Layout] | list[Levels]:
    """Layout of each group."""
    if table.levels:
        of_level = [
            [_layout(own, g, table.at(level)) for g in range(1, table.groups + 1)]
            for level, own in enumerate(table.levels, start=1)
        ]
        return [Levels(*pair) for pair in zip(*of_level, strict=True)]
    return [_layout(table, g, np.arange(len(table.rows))) for g in range(1, table.groups + 1)]


def _layout(table: Table, group: int, index: np.ndarray) -> Layout:
    """Layout of a group; index: where the table's rows stand in the whole one."""
    position = {name: k for k, name in enumerate((*table.observed, *table.latent))}
    rows, matrix, i, j = [], [], [], []
    for at, row in zip(index, table.rows, strict=True):
        if row.group != group:
            continue
        a = position[row.lhs]
        b = int(row.rhs[1:]) - 1 if row.op == "|" else position.get(row.rhs, a)
        rows.append(at)
        matrix.append(_MATRIX[row.op])
        i.append(b if row.op == "=~" else a)
        j.append(a if row.op == "=~" else b)
    arrays = [np.array(x, dtype=int) for x in (rows, matrix, i, j)]
    predictors = np.unique(arrays[3][arrays[1] == DIRECTED])
    return Layout(*arrays, len(table.observed), len(position), predictors)


def implied(layout: Layout, values: np.ndarray) -> Implied:
    """Implied moments of one group from the values of all rows of the table.

    B is I but for the columns of the predictors a: B[:, a] = I[:, a] + A[:, a] (I - A[a, a])^-1.
    """
    t, p, a = layout.t, layout.p, layout.predictors
    d, s, u = layout.directed, layout.symmetric, layout.means
    of_paths, of_pairs, mirrored = layout.places
    paths, S, m = np.zeros((t, len(a))), np.zeros((t, t)), np.zeros(t)
    x = values[layout.rows]
    paths.ravel()[of_paths] = x[d]
    S.ravel()[of_pairs] = S.ravel()[mirrored] = x[s]
    m[layout.i[u]] = x[u]
    among = paths[a]  # paths from predictor to predictor
    effects = paths @ np.linalg.inv(np.eye(len(a)) - among) if among.any() else paths
    B = np.eye(t)
    B[:, a] += effects
    half = S + effects @ S[a]
    V = half + half[:, a] @ effects.T
    centre = m + effects @ m[a]
    return Implied(V[:p, :p], centre[:p], B, V, centre, S, p)


def gradient(layout: Layout, im: Implied, d_sigma: np.ndarray, d_mu: np.ndarray) -> np.ndarray:
    """Chain rule: derivative of a function by this group's rows, r_g.

    d_sigma (p x p, symmetric) and d_mu (p) are its derivatives by Sigma and mu, in the
    sense dF = tr(d_sigma dSigma) + d_mu' dmu. As in all derivatives here, every predictor of
    the model that `im` comes from has to be one of the layout too.
    """
    t, p, a = layout.t, layout.p, layout.predictors
    d, s, u = layout.directed, layout.symmetric, layout.means
    G = im.B[:p, a]
    GQ, Gd = np.zeros((t, p)), np.zeros(t)
    GQ[:p], Gd[:p] = d_sigma, d_mu
    GQ[a], Gd[a] = G.T @ d_sigma, G.T @ d_mu
    by_A = 2 * GQ @ im.V[:p, a] + Gd[:, None] * im.centre[a]
    by_S = np.zeros((t, t))
    by_S[:, :p] = GQ
    by_S[:, a] = GQ @ G
    of_paths, of_pairs, _ = layout.places
    out = np.zeros(len(layout.rows))
    out[d] = by_A.ravel()[of_paths]
    out[s] = 2 * layout.halves[s] * by_S.ravel()[of_pairs]
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
    U, V = _projections(layout, im, im.R)
    P, Q = (U, V) if other is None else _projections(other, im, im.R)
    other = other or layout
    U_P = U.T @ P
    U_Q = U.T @ Q
    V_P = U_Q.T if other is layout else V.T @ P
    info = (U_P * (V.T @ Q) + U_Q * V_P) * (layout.halves[:, None] * other.halves)
    if im.centre.any() or (layout.matrix == MEAN).any():
        info += np.outer(_mean_scale(layout, im), _mean_scale(other, im)) * U_P
    return info


def information_diagonal(layout: Layout, im: Implied) -> np.ndarray:
    """Diagonal of `information`, r_g."""
    U, V = _projections(layout, im, im.R)
    u_u, u_v, v_v = (U * U).sum(axis=0), (U * V).sum(axis=0), (V * V).sum(axis=0)
    return layout.halves**2 * (u_u * v_v + u_v**2) + _mean_scale(layout, im) ** 2 * u_u


def _projections(layout: Layout, im: Implied, R: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R u and R v of each row, p x r_g; v is a column of C' for directed rows, of G else."""
    t, p, a = layout.t, layout.p, layout.predictors
    both = np.zeros((p, t + len(a)))
    both[:, :p] = R
    both[:, a] = R @ im.B[:p, a]
    both[:, t:] = R @ im.V[:p, a]
    return both[:, layout.i], both[:, layout.second]


def directions(
    layout: Layout, im: Implied
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """U and V (p x r_g), c and scale (r_g): what each row changes in the moments.

    dSigma_k = c_k (u_k v_k' + v_k u_k') and dmu_k = scale_k u_k.
    """
    U, V = _projections(layout, im, np.eye(layout.p))
    return U, V, layout.halves, _mean_scale(layout, im)


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
