"""The saturated two-level model: all moments of both levels free, by Fisher scoring.

A split variable's mean is free between clusters and zero within. Sigma_B is not held positive
definite, as models of it are not either: only Sigma_W and Sigma_W / n + Sigma_B have to be.
(lavaan and Mplus use an EM algorithm, which keeps Sigma_B so and stops short of the maximum.)
"""

from dataclasses import dataclass

import numpy as np

from surveysem.sem.errors import DataError
from surveysem.sem.estimate import Objective, Parametrisation
from surveysem.sem.implied import MEAN, SYMMETRIC, Layout, Levels
from surveysem.sem.optimiser import minimise
from surveysem.sem.twolevel.data import ClusterData
from surveysem.sem.twolevel.likelihood import Likelihood, TwoLevelImplied


@dataclass(frozen=True, slots=True)
class Saturated:
    """Where the saturated likelihood has its maximum: moments of both levels, and its logarithm.

    layout: of its rows, (co)variances and then means of the level within, and between.
    """

    layout: Levels
    implied: TwoLevelImplied
    logl: float


def layout_of(p: int, with_mean: np.ndarray, first: int) -> Layout:
    """All (co)variances of p variables and the means of some (p bool); first: number of a row."""
    a, b = np.tril_indices(p)
    m = np.flatnonzero(with_mean)
    kind = np.concatenate([np.full(len(a), SYMMETRIC), np.full(len(m), MEAN)])
    rows = first + np.arange(len(kind))
    return Layout(
        rows, kind, np.concatenate([a, m]), np.concatenate([b, m]), p, p, np.zeros(0, dtype=int)
    )


def values_of(sigma: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Values of the rows of one level: (co)variances and means."""
    return np.concatenate([sigma[np.tril_indices(len(sigma))], mean])


def saturated(data: ClusterData, where: str = "") -> Saturated:
    """Maximum of the saturated likelihood. Raises DataError where none is found."""
    p, b = data.p, data.between
    only = ~np.isin(np.arange(p), b)  # only members have these: their means are within
    within = layout_of(p, only, 0)
    layout = Levels(within, layout_of(len(b), np.ones(len(b), dtype=bool), len(within.rows)))
    start = _start(data, only)
    size = len(start)
    part = Likelihood(data, layout)
    objective = Objective([part], Parametrisation(np.eye(size), np.zeros(size)))
    found = minimise(objective, start)
    if not found.converged:
        raise DataError(
            f"the saturated two-level model has no maximum{where} ({data.nobs} rows in "
            f"{data.clusters} clusters)\n  hint: fewer variables at level 2, or more clusters"
        )
    return Saturated(layout, part.implied(found.x), -found.F * part.size / 2)


def _start(data: ClusterData, only: np.ndarray) -> np.ndarray:
    """Moments to start from: pooled within, and of the clusters' means less their share of it."""
    n = data.nobs / data.clusters
    weights = data.counts / data.clusters
    mean = weights @ data.means
    gap = data.means - mean
    total = np.einsum("k,kab->ab", weights, data.covs + gap[:, :, None] * gap[:, None, :])
    sigma = data.pooled / (data.nobs - data.clusters)
    b, p = data.between, data.p
    inside = np.zeros_like(total)
    inside[:p, :p] = sigma / n
    between = (total - inside)[np.ix_(b, b)]
    sd = np.sqrt(np.diag(total)[b])
    values, vectors = np.linalg.eigh(between / np.outer(sd, sd))
    between = (vectors * np.maximum(values, 0.05)) @ vectors.T * np.outer(sd, sd)
    return np.concatenate([values_of(sigma, mean[:p][only]), values_of(between, mean[b])])
