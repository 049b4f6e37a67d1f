"""What the likelihood of a two-level model needs of the data of one group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.sem.errors import DataError


@dataclass(frozen=True, slots=True)
class ClusterData:
    """Sufficient statistics of J clusters with N members, in k different sizes.

    The P variables are those of the level within (p, in its order), then those that only
    clusters have. between: position among the P of each variable of the level between.
    sizes, counts: k, members of a cluster and number of clusters of that size. means: k x P
    and covs: k x P x P (divided by the number of clusters), of the clusters' means. pooled:
    p x p, products of the deviations from the clusters' means, summed over all members.
    Of each cluster, J: of_size (its place among the sizes), own (its means, J x P), products
    (of its members' deviations, J x p x p), codes.
    """

    p: int
    between: np.ndarray
    sizes: np.ndarray
    counts: np.ndarray
    means: np.ndarray
    covs: np.ndarray
    pooled: np.ndarray
    of_size: np.ndarray
    own: np.ndarray
    products: np.ndarray
    codes: np.ndarray

    @property
    def nobs(self) -> int:
        """Members of all clusters, N."""
        return int(self.sizes @ self.counts)

    @property
    def clusters(self) -> int:
        """Number of clusters, J."""
        return int(self.counts.sum())

    def subset(self, within: Sequence[int], between: Sequence[int]) -> "ClusterData":
        """The same for some variables of each level, by their positions in it."""
        alone = [b for b in self.between[list(between)] if b not in within]
        keep = np.array([*within, *alone], dtype=int)
        place = {int(old): new for new, old in enumerate(keep)}
        at = np.ix_(np.arange(len(self.sizes)), keep, keep)
        inside = np.ix_(np.arange(len(self.codes)), list(within), list(within))
        return ClusterData(
            len(within),
            np.array([place[int(b)] for b in self.between[list(between)]], dtype=int),
            self.sizes,
            self.counts,
            self.means[:, keep],
            self.covs[at],
            self.pooled[np.ix_(list(within), list(within))],
            self.of_size,
            self.own[:, keep],
            self.products[inside],
            self.codes,
        )


def cluster_data(
    values: np.ndarray,
    clusters: np.ndarray,
    names: Sequence[str],
    within: Sequence[str],
    between: Sequence[str],
    where: str = "",
) -> ClusterData:
    """Statistics of complete rows (n x names) in clusters (n codes).

    within, between: the variables of each level; those of both are split. where: words for
    messages. Raises DataError naming a variable that varies within clusters although only
    clusters have it, or that does not although members have it, and for too few clusters.
    """
    codes, index, members = np.unique(clusters, return_inverse=True, return_counts=True)
    alone = [x for x in between if x not in within]
    columns = [list(names).index(x) for x in (*within, *alone)]
    y, p = values[:, columns], len(within)
    own = np.zeros((len(codes), y.shape[1]))
    np.add.at(own, index, y)
    own /= members[:, None]
    gap = y - own[index]
    _require_clusters(members, p, len(between), where)
    _require_levels(gap, y, within, alone, where)
    own[:, p:] = y[np.unique(index, return_index=True)[1], p:]  # without rounding
    order = np.argsort(index, kind="stable")
    starts = np.cumsum([0, *members])[:-1]
    a, b = np.tril_indices(p)
    products = np.zeros((len(codes), p, p))
    summed = np.add.reduceat(gap[order][:, a] * gap[order][:, b], starts, axis=0)
    products[:, a, b] = products[:, b, a] = summed
    sizes, of_size, counts = np.unique(members, return_inverse=True, return_counts=True)
    means = np.zeros((len(sizes), y.shape[1]))
    np.add.at(means, of_size, own)
    means /= counts[:, None]
    rest = own - means[of_size]
    covs = np.zeros((len(sizes), y.shape[1], y.shape[1]))
    np.add.at(covs, of_size, rest[:, :, None] * rest[:, None, :])
    covs /= counts[:, None, None]
    place = {x: k for k, x in enumerate((*within, *alone))}
    return ClusterData(
        p,
        np.array([place[x] for x in between], dtype=int),
        sizes,
        counts,
        means,
        covs,
        products.sum(axis=0),
        of_size,
        own,
        products,
        codes,
    )


def _require_levels(gap, y, within, alone, where: str) -> None:
    p, size = len(within), np.abs(y - y.mean(axis=0)).max(axis=0)
    spread = np.abs(gap).max(axis=0)
    for k, name in enumerate((*within, *alone)):
        if k < p and spread[k] <= 1e-12 * size[k]:
            raise DataError(
                f"'{name}' does not vary within clusters{where}\n"
                "  hint: let it stand at level 2 only"
            )
        if k >= p and spread[k] > 1e-8 * size[k]:
            raise DataError(
                f"'{name}' stands at level 2 only, and varies within clusters{where}\n"
                "  hint: let it stand at level 1 too, or average it by cluster"
            )


def _require_clusters(members: np.ndarray, p: int, q: int, where: str) -> None:
    if len(members) <= q:
        raise DataError(
            f"{len(members)} clusters for {q} variables at level 2{where}: more clusters than "
            "variables are needed\n  hint: use fewer variables at level 2"
        )
    if members.sum() - len(members) <= p:
        raise DataError(
            f"{members.sum()} rows in {len(members)} clusters{where}: too few members of a cluster "
            f"for {p} variables at level 1\n  hint: fit a model of one level"
        )
