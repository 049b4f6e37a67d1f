"""The likelihood of two-level normal data, its derivatives and what each cluster adds.

Of a cluster with n members the deviations from its means are n - 1 independent draws with
covariance Sigma_W, and its means (with the variables that only clusters have) one draw with
    V_n = Sigma_W / n + Sigma_B,   mu = mu_W + mu_B,
each matrix put where its variables stand (McDonald and Goldstein 1989, eq. 24 ff.). So the
likelihood is that of k + 1 groups, one for each cluster size and one for the deviations, whose
moments are linear in those of the two levels.
"""

from dataclasses import dataclass

import numpy as np

from surveysem.sem import implied
from surveysem.sem.hessian import curvature, second_order
from surveysem.sem.implied import Implied, Levels
from surveysem.sem.twolevel.data import ClusterData

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class TwoLevelImplied:
    """Implied moments of one group within and between clusters."""

    within: Implied
    between: Implied


@dataclass(frozen=True, slots=True)
class Slopes:
    """Derivatives by the moments of a level: sigma (p x p, symmetric) and mu (p)."""

    sigma: np.ndarray
    mu: np.ndarray


def joint(data: ClusterData, im: TwoLevelImplied) -> tuple[np.ndarray, np.ndarray]:
    """V of each cluster size, k x P x P, and mu, P."""
    P, p, b = data.means.shape[1], data.p, data.between
    V, mu = np.zeros((len(data.sizes), P, P)), np.zeros(P)
    V[:, :p, :p] = im.within.sigma / data.sizes[:, None, None]
    V[:, b[:, None], b] += im.between.sigma
    mu[:p] = im.within.mu
    mu[b] += im.between.mu
    return V, mu


def minus_two_log_likelihood(
    data: ClusterData, im: TwoLevelImplied
) -> tuple[float, Slopes, Slopes]:
    """-2 log-likelihood, and its derivatives by the moments within and between.

    Raises numpy.linalg.LinAlgError where Sigma_W or some V is not positive definite.
    """
    V, mu = joint(data, im)
    free = data.nobs - data.clusters
    W, log_det = _inverse(im.within.sigma)
    WV, log_dets = _inverse(V)
    gap = data.means - mu
    T = data.covs + gap[:, :, None] * gap[:, None, :]
    value = free * log_det + float((W * data.pooled).sum())
    value += float(data.counts @ (log_dets + (WV * T).sum(axis=(1, 2))))
    value += data.p * float(data.counts @ np.log(data.sizes))
    value += LOG_2PI * (data.nobs * data.p + data.clusters * (data.means.shape[1] - data.p))
    by_V = data.counts[:, None, None] * (WV - WV @ T @ WV)
    by_mu = -2 * (data.counts[:, None] * _times(WV, gap)).sum(axis=0)
    p, b = data.p, data.between
    by_W = (
        free * W - W @ data.pooled @ W + (by_V[:, :p, :p] / data.sizes[:, None, None]).sum(axis=0)
    )
    by_B = by_V.sum(axis=0)[np.ix_(b, b)]
    return value, Slopes(by_W, by_mu[:p]), Slopes(by_B, by_mu[b])


def _inverse(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses and log determinants of positive-definite matrices, ... x p x p."""
    root = np.linalg.cholesky(matrix)
    log_det = 2 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
    return np.linalg.inv(matrix), log_det


def _times(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Each matrix times its vector, k x P."""
    return np.einsum("kab,kb->ka", matrices, vectors)


def gradient(layout: Levels, im: TwoLevelImplied, within: Slopes, between: Slopes) -> np.ndarray:
    """Chain rule to the rows of both levels, r."""
    of_w = implied.gradient(layout.within, im.within, within.sigma, within.mu)
    of_b = implied.gradient(layout.between, im.between, between.sigma, between.mu)
    return np.concatenate([of_w, of_b])


@dataclass(frozen=True, slots=True)
class Directions:
    """How the joint moments of a cluster of n members move with the rows of both levels, r.

    dV_k = c_k (u_k v_k' + v_k u_k') and dmu_k = scale_k u_k; U, V: P x r. by_size: k x r, c for
    each cluster size. within: the first of the r, rows of the level within.
    """

    U: np.ndarray
    V: np.ndarray
    by_size: np.ndarray
    scale: np.ndarray
    c: np.ndarray
    within: int


def directions(data: ClusterData, layout: Levels, im: TwoLevelImplied) -> Directions:
    """Directions of all rows."""
    U_w, V_w, c_w, s_w = implied.directions(layout.within, im.within)
    U_b, V_b, c_b, s_b = implied.directions(layout.between, im.between)
    P, first = data.means.shape[1], len(c_w)
    U, V = np.zeros((2, P, first + len(c_b)))
    U[: data.p, :first], V[: data.p, :first] = U_w, V_w
    U[data.between, first:], V[data.between, first:] = U_b, V_b
    c = np.concatenate([c_w, c_b])
    by_size = np.where(np.arange(len(c)) < first, c / data.sizes[:, None], c)
    return Directions(U, V, by_size, np.concatenate([s_w, s_b]), c, first)


def information(
    data: ClusterData, layout: Levels, im: TwoLevelImplied, *, observed: bool
) -> np.ndarray:
    """Information of all clusters about the rows of both levels, r x r, expected or observed.

    That of the k + 1 groups, each by the same function as of one-level data; the expected one
    has the implied moments in place of the sample's.
    """
    d = directions(data, layout, im)
    joint_V, mu = joint(data, im)
    r, w = len(d.c), d.within
    out = np.zeros((r, r))
    free, p = data.nobs - data.clusters, data.p
    sigma = im.within.sigma
    S = data.pooled / free if observed else sigma
    inside = curvature(d.U[:p, :w], d.V[:p, :w], d.c[:w], np.zeros(w), sigma, S, None)
    out[:w, :w] = free * inside
    for k, count in enumerate(data.counts):
        S = data.covs[k] if observed else joint_V[k]
        gap = data.means[k] - mu if observed else np.zeros(len(mu))
        out += count * curvature(d.U, d.V, d.by_size[k], d.scale, joint_V[k], S, gap)
    if not observed:
        return out
    _, by_w, by_b = minus_two_log_likelihood(data, im)
    out[:w, :w] += second_order(layout.within, im.within, by_w.sigma, by_w.mu) / 2
    out[w:, w:] += second_order(layout.between, im.between, by_b.sigma, by_b.mu) / 2
    return out


def scores(data: ClusterData, layout: Levels, im: TwoLevelImplied) -> np.ndarray:
    """Derivative of each cluster's log-likelihood by the rows of both levels, J x r."""
    d = directions(data, layout, im)
    V, mu = joint(data, im)
    W, WV = np.linalg.inv(im.within.sigma), np.linalg.inv(V)
    w, p = d.within, data.p
    free = data.sizes[data.of_size] - 1
    U, X = W @ d.U[:p, :w], W @ d.V[:p, :w]
    # -1/2 tr(Q dSigma) with Q = free W - W A W, dSigma = c (u v' + v u')
    own = np.einsum("ar,jab,br->jr", U, data.products, X, optimize=True)
    out = np.zeros((data.clusters, len(d.c)))
    out[:, :w] = d.c[:w] * (own - free[:, None] * (d.U[:p, :w] * X).sum(axis=0))
    z = _times(WV[data.of_size], data.own - mu)  # J x P
    base = np.einsum("ar,kab,br->kr", d.U, WV, d.V, optimize=True)[data.of_size]
    zU, zV = z @ d.U, z @ d.V
    return out + d.by_size[data.of_size] * (zU * zV - base) + d.scale * zU


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The likelihood of one group by the rows of both levels (r_g), as an objective's part.

    All functions are per member of a cluster.
    """

    data: ClusterData
    layout: Levels

    @property
    def size(self) -> float:
        """Members of all clusters."""
        return float(self.data.nobs)

    multiplier = size
    share = size

    def implied(self, values: np.ndarray) -> TwoLevelImplied:
        """Implied moments at the values of all rows of the table."""
        levels = (self.layout.within, self.layout.between)
        return TwoLevelImplied(*(implied.implied(layout, values) for layout in levels))

    def value(self, im: TwoLevelImplied) -> tuple[float, np.ndarray]:
        """-2 log-likelihood and its derivative, r_g; infinite outside the likelihood's domain."""
        try:
            value, within, between = minus_two_log_likelihood(self.data, im)
        except np.linalg.LinAlgError:
            return np.inf, np.zeros(len(self.layout.rows))
        return value / self.size, gradient(self.layout, im, within, between) / self.size

    def expected(self, im: TwoLevelImplied) -> np.ndarray:
        """Expected information, r_g x r_g."""
        return information(self.data, self.layout, im, observed=False) / self.size

    def observed(self, im: TwoLevelImplied) -> np.ndarray:
        """Observed information, r_g x r_g."""
        return information(self.data, self.layout, im, observed=True) / self.size

    def scores(self, im: TwoLevelImplied) -> np.ndarray:
        """Derivative of each cluster's log-likelihood, J x r_g."""
        return scores(self.data, self.layout, im)
