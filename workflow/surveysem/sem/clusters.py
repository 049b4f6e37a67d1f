"""Clusters: strata, small-sample correction, degrees of freedom, and groups that share clusters.

Groups that share a cluster are not independent: they form one stratum, in which each
cluster's contributions are summed over the groups before their outer product is taken.
Groups that share none are strata of their own, as in stratified samples of clusters.
lavaan 0.6 takes every group for a stratum, be its clusters elsewhere too or not.

Corrections (`cluster_correction`): cr1, the sum of outer products of a stratum times
G / (G - 1) for its G clusters (Binder 1983; lavaan's only one); cr0, the sum itself
(Liang and Zeger 1986). With `reference="t"` tests and intervals of parameters use the t
distribution on clusters less strata degrees of freedom (Korn and Graubard 1990; Cameron
and Miller 2015, section VI: G - 1 with one stratum), Wald tests the F distribution.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surveysem.sem.casewise import Rows
from surveysem.sem.problems import Problem

# "42": Angrist and Pischke (2009, chapter 8); "from less than 20 to less than 50" in Cameron
# and Miller (2015, Journal of Human Resources 50, section VI).
FEW = 42


def strata(clusters: Sequence[np.ndarray]) -> list[int]:
    """Stratum of each group: groups with a common cluster, directly or by others, share one.

    clusters: the rows' cluster codes of each group, over all groups.
    """
    own = [set(np.unique(codes)) for codes in clusters]
    out = list(range(len(own)))
    for g, mine in enumerate(own):
        for h in range(g):
            if out[h] != out[g] and mine & own[h]:
                old, new = out[g], out[h]
                out = [new if s == old else s for s in out]
    return out


def counts(clusters: Sequence[np.ndarray]) -> dict[int, int]:
    """Number of clusters of each stratum."""
    found: dict[int, set] = {}
    for stratum, codes in zip(strata(clusters), clusters, strict=True):
        found.setdefault(stratum, set()).update(np.unique(codes))
    return {stratum: len(codes) for stratum, codes in found.items()}


def with_factors(rows: Sequence[Rows], correction: str) -> list[Rows]:
    """The groups' rows with the factor of their stratum's outer products."""
    if rows[0].clusters is None:
        return list(rows)
    codes = [r.clusters for r in rows]
    size = counts(codes)
    one = correction == "cr0"
    factors = [1.0 if one else _factor(size[s]) for s in strata(codes)]
    return [replace(r, factor=f) for r, f in zip(rows, factors, strict=True)]


def _factor(clusters: int) -> float:
    return clusters / (clusters - 1) if clusters > 1 else np.nan


def degrees_of_freedom(clusters: Sequence[np.ndarray]) -> int:
    """Clusters less strata."""
    size = counts(clusters)
    return sum(size.values()) - len(size)


def share_clusters(parts: Sequence) -> bool:
    """Whether some cluster has rows in more than one group."""
    if parts[0].rows is None or parts[0].rows.clusters is None:
        return False
    return len(set(strata([part.rows.clusters for part in parts]))) < len(parts)


def roots(parts: Sequence, sums: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """Z of each group, m_g x C: the products Z Z' are the covariances of root-N moments.

    sums: the groups' cluster codes and the sums over each cluster's rows of what they add to
    the moments, times the group's size (C_g x m_g). A column is a cluster, over all groups.
    """
    every = np.unique(np.concatenate([codes for codes, _ in sums]))
    total = sum(part.size for part in parts)
    out = []
    for part, (codes, of_cluster) in zip(parts, sums, strict=True):
        Z = np.zeros((of_cluster.shape[1], len(every)))
        Z[:, np.searchsorted(every, codes)] = of_cluster.T
        out.append(Z * np.sqrt(part.rows.factor * total) / part.size)
    return out


def few_clusters(clusters: Sequence[np.ndarray], npar: int, *, robust: bool) -> list[Problem]:
    """A finding where errors and tests rest on few clusters; robust: by outer products of them."""
    size = counts(clusters)
    total, df = sum(size.values()), degrees_of_freedom(clusters)
    low_rank = robust and df < npar
    if total >= FEW and not low_rank:
        return []
    reasons = []
    if total < FEW:
        kind = "robust errors" if robust else "errors of parameters between clusters"
        reasons.append(f"fewer than about {FEW} make {kind} too small")
    if low_rank:
        reasons.append(
            f"the robust covariance matrix of {npar} parameters has a rank of {df} at most"
        )
    return [
        Problem(
            "few_clusters",
            "cluster",
            f"{total} clusters: {', and '.join(reasons)}",
            "reference='t' widens intervals; read scaled tests with caution, and test few "
            "parameters at a time",
            inadmissible=False,
        )
    ]
