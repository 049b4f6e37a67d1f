"""Correlations of ordered and mixed data: what a model leaves of them, and their likelihood."""

import numpy as np

from surveysem.sem import measures
from surveysem.sem.categorical import Categorical
from surveysem.sem.responsemodel import CategoricalImplied


def residual_summaries(part: Categorical, im: CategoricalImplied) -> dict[str, float]:
    """Root mean squared residuals of one group, with thresholds and without (`_nomean`).

    Of correlations and numeric covariances, by lavaan's names; where no variable is ordered
    those of measures.residual_summaries.
    """
    if not part.observed.ordered.any():
        mu = im.mu if part.with_means else None
        return measures.residual_summaries(part.moments, im.sigma, mu)
    at, y = part.places, part.places.dependents
    observed, D = part.observed.cov, im.scale
    gap = observed - im.sigma[np.ix_(y, y)] * np.outer(D, D)
    sd = np.sqrt(np.diag(observed))
    sd_hat = np.sqrt(np.diag(observed - gap))
    a, b = np.tril_indices(len(y))
    strict = a != b
    r, c = a[strict], b[strict]
    other = part.observed.statistics - part.sigma(im)
    cuts = other[at.thresholds_at]
    bollen = (observed / np.outer(sd, sd) - (observed - gap) / np.outer(sd_hat, sd_hat))[r, c]
    bentler = (gap / np.outer(sd, sd))[a, b]

    def root(*parts: np.ndarray) -> float:
        every = np.concatenate(parts)
        return float(np.sqrt(np.mean(every**2))) if len(every) else 0.0

    return {
        "rmr": root(gap[a, b], cuts),
        "rmr_nomean": root(gap[a, b]),
        "srmr": root(bentler),
        "srmr_bentler": root(bentler, cuts),
        "srmr_bentler_nomean": root(bentler),
        "crmr": root(bollen, cuts),
        "crmr_nomean": root(bollen),
    }


def correlation_structure(
    part: Categorical, im: CategoricalImplied
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """What maximum likelihood of the correlations needs; None unless all are ordinal.

    F of the polychoric correlations; the model's inverse correlation matrix; the rows of
    Delta, W and Gamma that concern correlations (Savalei 2021). None too where the
    correlations are not positive definite.
    """
    at = part.places
    if len(at.numeric) or len(at.covariates) or part.weight.ndim > 1:
        return None
    R = part.observed.cov
    model = im.sigma[np.ix_(at.dependents, at.dependents)] * np.outer(im.scale, im.scale)
    if min(np.linalg.eigvalsh(R)[0], np.linalg.eigvalsh(model)[0]) < 1.5e-8:
        return None
    W = np.linalg.inv(model)
    sign = np.linalg.slogdet
    F = float(sign(model)[1] - sign(R)[1] + (W * R).sum() - len(R))
    rows = at.pairs_at  # the last of the statistics
    gamma = part.observed.gamma[rows[0] :, rows[0] :]
    return F, W, part.jacobian(im)[rows], part.weight[rows], gamma


def normal_weight(W: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """V times columns over the correlations, m x k, V_ab,cd = W_ac W_bd + W_ad W_bc.

    W: inverse correlation matrix, p x p. A column is a symmetric X with zero diagonal, and
    V x holds the entries of W X W. Pairs as in `Places`.
    """
    p = len(W)
    b, a = np.triu_indices(p, 1)
    X = np.zeros((columns.shape[1], p, p))
    X[:, a, b] = X[:, b, a] = columns.T
    return (W @ X @ W)[:, a, b].T


def normal_weight_trace(W: np.ndarray, gamma: np.ndarray) -> float:
    """tr(V Gamma), V as in `normal_weight`, one column of the correlations at a time."""
    d, c = np.triu_indices(len(W), 1)
    total, start = 0.0, 0
    for b in range(len(W) - 1):
        below = W[b + 1 :]
        V = below[:, c] * W[b, d] + below[:, d] * W[b, c]
        total += float(np.vdot(V, gamma[start : start + len(V)]))
        start += len(V)
    return total
