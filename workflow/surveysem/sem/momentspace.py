"""Matrices over the moments of one group, for what cannot be had row by row.

The moments stand in one order everywhere: means (with a mean structure), then vech(Sigma),
the lower triangle row by row; m in all.
"""

from collections.abc import Sequence

import numpy as np

from surveysem.sem.casewise import Rows
from surveysem.sem.implied import Implied, Layout, directions

CHUNK = 20_000  # rows whose products are held at a time
SPARSE = 0.05  # share of entries up to which a sparse array multiplies faster


def lower(p: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each entry of vech, p (p + 1) / 2 each."""
    return np.tril_indices(p)


def kept_moments(p: int, covariates: Sequence[int], *, means: bool = True) -> np.ndarray:
    """Positions of the moments that are not the fixed covariates' own."""
    fixed = np.isin(np.arange(p), covariates)
    a, b = lower(p)
    of_cov = fixed[a] & fixed[b]
    return np.flatnonzero(~(np.concatenate([fixed, of_cov]) if means else of_cov))


def jacobian(layout: Layout, im: Implied, *, means: bool) -> np.ndarray:
    """Delta: derivative of the moments by this group's rows of the table, m x r_g."""
    U, V, c, scale = directions(layout, im)
    a, b = lower(layout.p)
    of_cov = (U[a] * V[b] + V[a] * U[b]) * c
    return np.vstack([U * scale, of_cov]) if means else of_cov


def transposed(delta: np.ndarray):
    """Delta', r_g x m, as what multiplies a matrix over the moments fastest: a sparse array where
    most entries are zero, as in factor models, in which few rows move more than one item's."""
    if np.count_nonzero(delta) > SPARSE * delta.size:
        return delta.T
    from scipy.sparse import csr_array  # slow to import

    return csr_array(delta.T)


def weigh(W: np.ndarray, moments: np.ndarray, *, means: bool) -> np.ndarray:
    """A1 times the columns of `moments` (m x k), A1 the normal-theory weight with W = Sigma^-1.

    A1 = diag(W, D' (W x W) D / 2), D the duplication matrix (Browne 1974): a column is
    taken as a symmetric matrix X and becomes vech of W X W, off-diagonal entries doubled.
    """
    top, X = _directions(moments, len(W), means)
    out = _halved(W @ X @ W)
    return np.vstack([W @ top, out]) if means else out


def _directions(moments: np.ndarray, p: int, means: bool) -> tuple[np.ndarray, np.ndarray]:
    """Columns over the moments (m x k) as directions of mu (p x k) and Sigma (k x p x p)."""
    a, b = lower(p)
    top, rest = (moments[:p], moments[p:]) if means else (moments[:0], moments)
    X = np.zeros((rest.shape[1], p, p))
    X[:, a, b] = rest.T
    X[:, b, a] = rest.T
    return top, X


def _halved(matrices: np.ndarray) -> np.ndarray:
    """vech of symmetric matrices (k x p x p), their diagonals halved, as columns."""
    a, b = lower(matrices.shape[1])
    return (matrices[:, a, b] * np.where(a == b, 0.5, 1.0)).T


def weigh_observed(
    W: np.ndarray, cov: np.ndarray, d: np.ndarray, moments: np.ndarray, *, means: bool
) -> np.ndarray:
    """Half the Hessian of the normal-theory F by the moments, times columns (m x k).

    At W = Sigma^-1, for a sample with covariances `cov` and means d away from mu (zero
    without means): tr(X W Y E) / 2 for directions X and Y of Sigma, E = 2 W T W - W with
    T = cov + d d', and u' W X W d between a direction u of mu and X.
    """
    top, X = _directions(moments, len(W), means)
    z = W @ d
    E = 2 * (W @ cov @ W + np.outer(z, z)) - W
    out = (W @ X @ E + E @ X @ W) / 2
    if not means:
        return _halved(out)
    u = (W @ top).T[:, :, None] * z
    return np.vstack([W @ (top + (X @ z).T), _halved(out + u + u.transpose(0, 2, 1))])


def normal_gamma(cov: np.ndarray, *, means: bool) -> np.ndarray:
    """Covariance matrix of root-n times the moments of normal data, m x m."""
    p = len(cov)
    a, b = lower(p)
    start = p * means
    out = np.zeros((len(a) + start,) * 2)
    if means:
        out[:p, :p] = cov
    out[start:, start:] = (
        cov[np.ix_(a, a)] * cov[np.ix_(b, b)] + cov[np.ix_(a, b)] * cov[np.ix_(b, a)]
    )
    return out


def contributions(rows: Rows, part: slice, *, means: bool) -> np.ndarray:
    """t_i - tbar for a slice of the rows, times their weights, n x m.

    t_i: the row's products of deviations (and values), less the part that fixed
    covariates account for.
    """
    centre = rows.mean(rows.values)
    fitted = rows.fitted()
    y = rows.values - centre
    a, b = lower(y.shape[1])
    D = _cross(rows, y)
    e, products = y[part], y[part][:, a] * y[part][:, b]
    if fitted is not None:
        h = fitted - centre
        D = D - _cross(rows, h)
        products = products - h[part][:, a] * h[part][:, b]
        e = e - h[part]
    out = products - D[a, b]
    if means:
        out = np.hstack([e, out])
    return out if rows.weights is None else out * rows.weights[part][:, None]


def _cross(rows: Rows, y: np.ndarray) -> np.ndarray:
    if rows.weights is None:
        return y.T @ y / len(y)
    return (y * rows.weights[:, None]).T @ y / rows.weights.sum()


def gamma(rows: Rows, *, means: bool) -> np.ndarray:
    """Distribution-free covariance matrix of root-n times the moments, m x m (Browne 1984).

    With clusters: of the sums over clusters, times the factor of a small sample.
    """
    n = len(rows.values)
    total = float(n) if rows.weights is None else rows.weights.sum()
    starts = range(0, n, CHUNK)
    if rows.clusters is None:
        parts = (contributions(rows, slice(s, s + CHUNK), means=means) for s in starts)
        return sum(z.T @ z for z in parts) / total
    _, sums = cluster_sums(rows, means=means)
    return sums.T @ sums / total * rows.factor


def cluster_sums(rows: Rows, *, means: bool) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the clusters, C, and their sums of the contributions, C x m."""
    codes, index = np.unique(rows.clusters, return_inverse=True)
    sums = 0.0
    for s in range(0, len(rows.values), CHUNK):
        z = contributions(rows, slice(s, s + CHUNK), means=means)
        part = np.zeros((len(codes), z.shape[1]))
        np.add.at(part, index[s : s + CHUNK], z)
        sums = sums + part
    return codes, sums
