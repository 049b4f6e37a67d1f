"""Observed information of a model by the rows of one group's parameter table, analytically.

F depends on the rows through Sigma and mu. Its second derivatives are those of F by the
moments, taken in the directions dSigma_k and dmu_k, and the gradient of F by the moments
applied to the second derivatives of Sigma and mu (Magnus and Neudecker 2019, chapter 6):
d2F = J' H J + tr(Q d2Sigma) + q' d2mu. All are per observation and halved, as
implied.information is, since F is -2 log-likelihood / n.
"""

import numpy as np

from surveysem.sem.implied import DIRECTED, MEAN, SYMMETRIC, Implied, Layout, directions
from surveysem.sem.missing import fiml
from surveysem.sem.missing.patterns import Patterns
from surveysem.sem.momentspace import jacobian, transposed


def complete(layout: Layout, im: Implied, cov: np.ndarray, mean: np.ndarray | None) -> np.ndarray:
    """Observed information under complete-data ML, r_g x r_g.

    cov: p x p, the sample's, divided as for F. mean: p; None leaves the means out of F.
    Raises numpy.linalg.LinAlgError where Sigma is singular.
    """
    d = None if mean is None else mean - im.mu
    W = np.linalg.inv(im.sigma)
    z = np.zeros(layout.p) if d is None else W @ d
    WTW = W @ cov @ W + np.outer(z, z)
    info = curvature(*directions(layout, im), im.sigma, cov, d)
    return info + second_order(layout, im, W - WTW, -2 * z) / 2


def curvature(
    U: np.ndarray,
    V: np.ndarray,
    c: np.ndarray,
    scale: np.ndarray,
    sigma: np.ndarray,
    cov: np.ndarray,
    d: np.ndarray | None,
) -> np.ndarray:
    """Half the second derivative of F where the moments are linear in the rows, r x r.

    dSigma_k = c_k (u_k v_k' + v_k u_k'), dmu_k = scale_k u_k; U, V: p x r. d: p, the sample's
    means less mu; None leaves the means out. With cov = Sigma and d = 0 it is the expected
    information.
    """
    W = np.linalg.inv(sigma)
    z = np.zeros(len(W)) if d is None else W @ d
    E = 2 * (W @ cov @ W + np.outer(z, z)) - W
    WU, WV, EU, EV = W @ U, W @ V, E @ U, E @ V
    uv, vu = U.T @ WV, V.T @ EU
    # tr(dSigma_k W dSigma_l E), the ranks of either side multiplied out
    by_sigma = (U.T @ WU) * (V.T @ EV) + (V.T @ WV) * (U.T @ EU) + uv * vu + uv.T * vu.T
    info = np.outer(c, c) * by_sigma / 2
    if d is not None:
        cross = np.outer(scale, c) * ((U.T @ WU) * (z @ V) + uv * (z @ U))
        info += np.outer(scale, scale) * (U.T @ WU) + cross + cross.T
    return info


def incomplete(layout: Layout, im: Implied, pats: Patterns) -> np.ndarray:
    """Observed information under full-information ML, r_g x r_g."""
    J = jacobian(layout, im, means=True)
    H = fiml.observed_information(pats, im.sigma, im.mu)
    _, d_sigma, d_mu = fiml.discrepancy(pats, im.sigma, im.mu)
    return transposed(J) @ H @ J + second_order(layout, im, d_sigma, d_mu) / 2


def second_order(layout: Layout, im: Implied, d_sigma: np.ndarray, d_mu: np.ndarray) -> np.ndarray:
    """tr(d_sigma d2Sigma_kl) + d_mu' d2mu_kl for all pairs of rows, r_g x r_g.

    d_sigma (p x p, symmetric) and d_mu (p) are the derivatives of F, as in implied.gradient.
    With B = (I - A)^-1, dB = B dA B; two entries of S, or of m, have no second derivative.
    """
    i, j = layout.i, layout.j
    of = [np.flatnonzero(layout.matrix == kind) for kind in (DIRECTED, SYMMETRIC, MEAN)]
    a, s, m = of
    GQG, CQG, Gd = im.G.T @ d_sigma @ im.G, im.C @ d_sigma @ im.G, im.G.T @ d_mu
    out = np.zeros((len(i), len(i)))

    # paths A[i, j] with paths A[k, l]: through B[j, k] and, the other way round, B[l, i]
    forth = im.B[np.ix_(j[a], i[a])]
    chain = forth * (2 * CQG[np.ix_(j[a], i[a])].T + np.outer(Gd[i[a]], im.centre[j[a]]))
    both = 2 * im.V[np.ix_(j[a], j[a])] * GQG[np.ix_(i[a], i[a])]
    out[np.ix_(a, a)] = chain + chain.T + both
    # with variances and covariances S[k, l], and with intercepts m[k]
    double = np.where(i[s] == j[s], 1.0, 2.0)
    to_k, to_l = im.B[np.ix_(j[a], i[s])], im.B[np.ix_(j[a], j[s])]
    by_s = double * (to_k * GQG[np.ix_(i[a], j[s])] + to_l * GQG[np.ix_(i[a], i[s])])
    by_m = Gd[i[a], None] * im.B[np.ix_(j[a], i[m])]
    for other, block in ((s, by_s), (m, by_m)):
        out[np.ix_(a, other)] = block
        out[np.ix_(other, a)] = block.T
    return out
