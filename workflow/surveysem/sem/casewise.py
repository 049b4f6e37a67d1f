"""What each row of complete data adds to a fit: scores, and the traces of robust tests.

No matrix over the p (p + 1) / 2 moments is formed: the derivative of Sigma by a parameter
is c (u v' + v u'), so a row's score is a product of two of its projections.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surveysem.sem.implied import DIRECTED, MEAN, SYMMETRIC, Implied, Layout


@dataclass(frozen=True, slots=True)
class Rows:
    """Complete rows of one group.

    values: n x p. weights: n, or None. clusters: n codes, or None. covariates: positions
    of the variables that are fixed. factor: of the sums of outer products over clusters
    (see clusters.py).
    """

    values: np.ndarray
    weights: np.ndarray | None = None
    clusters: np.ndarray | None = None
    covariates: tuple[int, ...] = ()
    factor: float = 1.0

    def mean(self, x: np.ndarray) -> np.ndarray:
        """Mean over rows, weighted."""
        return x.mean(axis=0) if self.weights is None else self.weights @ x / self.weights.sum()

    def fitted(self) -> np.ndarray | None:
        """The rows, dependents replaced by their regression on the covariates, n x p.

        None without covariates: then all moments are random.
        """
        if not self.covariates:
            return None
        fixed = list(self.covariates)
        X = np.column_stack([np.ones(len(self.values)), self.values[:, fixed]])
        root = np.ones(len(X)) if self.weights is None else np.sqrt(self.weights)
        weighted = self.values * root[:, None]
        out = X @ np.linalg.lstsq(X * root[:, None], weighted, rcond=None)[0]
        out[:, fixed] = self.values[:, fixed]
        return out


def _quadratic(layout: Layout, im: Implied, z: np.ndarray) -> np.ndarray:
    """z_i' dSigma_k z_i / 2 for rows z = W y, n x r_g (zero for means)."""
    by_G, by_C = z @ im.G, z @ im.C.T
    i, j, matrix = layout.i, layout.j, layout.matrix
    directed, symmetric = matrix == DIRECTED, matrix == SYMMETRIC
    out = np.zeros((len(z), len(i)))
    out[:, directed] = by_G[:, i[directed]] * by_C[:, j[directed]]
    half = np.where(i[symmetric] == j[symmetric], 0.5, 1.0)
    out[:, symmetric] = half * by_G[:, i[symmetric]] * by_G[:, j[symmetric]]
    return out


def _linear(layout: Layout, im: Implied, z: np.ndarray) -> np.ndarray:
    """z_i' dmu_k for rows z = W y, n x r_g."""
    by_G = z @ im.G
    i, j, matrix = layout.i, layout.j, layout.matrix
    directed, mean = matrix == DIRECTED, matrix == MEAN
    out = np.zeros((len(z), len(i)))
    out[:, directed] = by_G[:, i[directed]] * im.centre[j[directed]]
    out[:, mean] = by_G[:, i[mean]]
    return out


def scores(layout: Layout, im: Implied, rows: Rows, *, means: bool) -> np.ndarray:
    """Derivative of each row's normal log-likelihood by this group's parameters, n x r_g.

    Rows are centred at the implied means, or without a mean structure at the sample's.
    Weighted where there are weights (Yuan and Bentler 2000, eq. 4; Skinner 1989).
    """
    W = np.linalg.inv(im.sigma)
    z = (rows.values - (im.mu if means else rows.mean(rows.values))) @ W
    expected = _expectation(layout, im, W)
    out = _quadratic(layout, im, z) - expected
    if means:
        out += _linear(layout, im, z)
    return out if rows.weights is None else out * rows.weights[:, None]


def _expectation(layout: Layout, im: Implied, W: np.ndarray) -> np.ndarray:
    """tr(W dSigma_k) / 2, r_g."""
    WG = W @ im.G
    by_A, by_S = (im.C @ WG).T, im.G.T @ WG
    i, j, matrix = layout.i, layout.j, layout.matrix
    half = np.where(i == j, 0.5, 1.0)
    by_parameter = np.where(matrix == DIRECTED, by_A[i, j], half * by_S[i, j])
    return np.where(matrix == MEAN, 0.0, by_parameter)


def moment_scores(layout: Layout, im: Implied, rows: Rows, *, means: bool) -> np.ndarray:
    """Delta' A1 (t_i - tbar) for each row, n x r_g, t the row's contributions to the moments.

    A1 is the normal-theory weight at the model, t has mean zero: the outer product of
    these is Delta' A1 Gamma A1 Delta with the distribution-free Gamma (Satorra and Bentler
    1994). Fixed covariates do not vary: their part is taken off (Rosseel's fixed.x).
    """
    W = np.linalg.inv(im.sigma)
    centre = rows.mean(rows.values)
    z = (rows.values - centre) @ W
    out = _quadratic(layout, im, z)
    fitted = rows.fitted()
    if fitted is not None:
        z_fitted = (fitted - centre) @ W
        out -= _quadratic(layout, im, z_fitted)
        z = z - z_fitted
    out -= rows.mean(out)
    if means:
        out += _linear(layout, im, z)
    return out if rows.weights is None else out * rows.weights[:, None]


def weight_trace(W: np.ndarray, rows: Rows, *, means: bool) -> float:
    """tr(A1 Gamma), A1 the normal-theory weight with W for Sigma^-1, Gamma distribution-free.

    With W = S^-1 it is the saturated model's tr(A^-1 B) of Yuan and Bentler (2000, eq.
    12); then it is p (p + 1) / 2 for normal data, and more for kurtotic ones. With
    clusters, or weights, the rows' contributions are summed or weighted first.
    """
    centre = rows.mean(rows.values)
    y = rows.values - centre
    fitted = rows.fitted()
    h = None if fitted is None else fitted - centre
    if rows.clusters is None:
        return _independent_trace(W, rows, y, h, means)
    return _clustered_trace(W, rows, y, h, means)


def _independent_trace(W, rows: Rows, y, h, means: bool) -> float:
    weight = np.ones(len(y)) if rows.weights is None else rows.weights
    D = (y * weight[:, None]).T @ y / weight.sum()
    square = _form(y, W, y) ** 2
    e = y
    if h is not None:
        D = D - (h * weight[:, None]).T @ h / weight.sum()
        square = square - 2 * _form(y, W, h) ** 2 + _form(h, W, h) ** 2
        e = y - h
    # a row's contribution is t_i - tbar: weights square, as in the scores
    WD = W @ D
    cross = _form(y, WD @ W, y) - (_form(h, WD @ W, h) if h is not None else 0.0)
    spread = square - 2 * cross + float((WD * WD.T).sum())
    trace = 0.5 * float(weight**2 @ spread) / weight.sum()
    if means:
        trace += float(weight**2 @ _form(e, W, e)) / weight.sum()
    return trace


def _clustered_trace(W, rows: Rows, y, h, means: bool) -> float:
    weight = np.ones(len(y)) if rows.weights is None else rows.weights
    codes, index = np.unique(rows.clusters, return_inverse=True)
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(len(codes) + 1))
    D = (y * weight[:, None]).T @ y / weight.sum()
    if h is not None:
        D = D - (h * weight[:, None]).T @ h / weight.sum()
    total = 0.0
    for a, b in pairwise(bounds):
        at = order[a:b]
        w = weight[at][:, None]
        M = (y[at] * w).T @ y[at] - w.sum() * D
        e = (w * y[at]).sum(axis=0)
        if h is not None:
            M = M - (h[at] * w).T @ h[at]
            e = e - (w * h[at]).sum(axis=0)
        WM = W @ M
        total += 0.5 * float((WM * WM.T).sum())
        if means:
            total += float(e @ W @ e)
    return total / weight.sum() * rows.factor


def _form(x: np.ndarray, W: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x_i' W y_i for each row."""
    return ((x @ W) * y).sum(axis=1)


def cluster_sums(contributions: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the clusters, C, and sums of their rows' contributions, C x q."""
    codes, index = np.unique(clusters, return_inverse=True)
    sums = np.zeros((len(codes), contributions.shape[1]))
    np.add.at(sums, index, contributions)
    return codes, sums


def outer(contributions: np.ndarray, clusters: np.ndarray | None, total: float) -> np.ndarray:
    """Sum of outer products over rows, or over clusters, divided by `total`, q x q.

    Clusters: contributions are summed within each first, over all groups that it spans
    (Binder 1983; Liang and Zeger 1986).
    """
    summed = _by_cluster(contributions, clusters)
    return summed.T @ summed / total


def outer_diagonal(
    contributions: np.ndarray, clusters: np.ndarray | None, total: float
) -> np.ndarray:
    """Diagonal of `outer`, q."""
    return (_by_cluster(contributions, clusters) ** 2).sum(axis=0) / total


def _by_cluster(contributions: np.ndarray, clusters: np.ndarray | None) -> np.ndarray:
    if clusters is None:
        return contributions
    return cluster_sums(contributions, clusters)[1]
