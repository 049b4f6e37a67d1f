"""Incomplete data of one group, summed up by the variables that were answered."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Patterns:
    """Rows that answer the same variables share a pattern; P patterns, p variables.

    Patterns of several rows come first, each kind by the number of missing answers. With
    the moments around its own mean, a pattern says all that the normal likelihood needs
    (Little and Rubin 2002, section 11.2).

    observed: P x p, true where answered. sizes: P, rows (or sums of weights) of each.
    means: P x p, 0 where missing. covs: P' x p x p, divided by the pattern's size, of the
    P' <= P patterns of several rows; 0 where missing (a single row has no covariances).
    order: the rows in use (nobs), pattern by pattern. starts: P + 1; pattern k has the rows
    order[starts[k]:starts[k + 1]]. ntotal: rows before those without any answer were dropped.
    """

    observed: np.ndarray
    sizes: np.ndarray
    means: np.ndarray
    covs: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    ntotal: int

    @property
    def nobs(self) -> int:
        """Rows with one answer or more."""
        return len(self.order)

    @property
    def weight(self) -> float:
        """Sum of the weights of these rows; nobs without weights."""
        return float(self.sizes.sum())

    @property
    def coverage(self) -> np.ndarray:
        """Share of the rows that answer both of two variables, p x p.

        Where it is 0 the data say nothing of that covariance, and its estimate is arbitrary.
        """
        return (self.observed.T * self.sizes) @ self.observed / self.weight


def patterns(values: np.ndarray, weights: np.ndarray | None = None) -> Patterns:
    """Patterns of an n x p array with nan where an answer is missing.

    weights: n, positive (sampling weights, in the scale in which they shall count).
    """
    answered = ~np.isnan(values)
    used = np.flatnonzero(answered.any(axis=1))
    first, code = _codes(~answered[used])
    observed = answered[used[first]]
    rows = np.bincount(code, minlength=len(first))
    rank = np.lexsort((np.arange(len(first)), -observed.sum(axis=1), rows == 1))
    place = np.empty_like(rank)
    place[rank] = np.arange(len(rank))
    observed, rows = observed[rank], rows[rank]
    order = used[np.argsort(place[code], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(rows)])

    P, p = observed.shape
    several = int((rows > 1).sum())
    means, covs = np.zeros((P, p)), np.zeros((several, p, p))
    for k in range(several):
        index = order[starts[k] : starts[k + 1]]
        share = np.full(rows[k], 1 / rows[k])
        if weights is not None:
            share = weights[index] / weights[index].sum()
        seen = np.flatnonzero(observed[k])
        x = values[index][:, seen]
        means[k, seen] = share @ x
        x -= means[k, seen]
        covs[k, seen[:, None], seen] = (x.T * share) @ x
    means[several:] = np.nan_to_num(values[order[starts[several] :]])
    sizes = rows.astype(float)
    if weights is not None:
        sizes = np.add.reduceat(weights[order], starts[:-1]) if P else sizes
    return Patterns(observed, sizes, means, covs, order, starts, len(values))


def _codes(missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First row of each distinct row (P), and which of these every row is (n)."""
    bits = np.packbits(missing, axis=1)
    words = np.zeros((len(bits), -(-bits.shape[1] // 8) * 8), dtype=np.uint8)
    words[:, : bits.shape[1]] = bits
    words = words.view(">u8").astype(np.uint64)
    first, code = np.zeros(0, dtype=int), np.zeros(len(words), dtype=np.uint64)
    for column in words.T:  # one word holds 64 variables
        distinct, rank = np.unique(column, return_inverse=True)
        both = code * np.uint64(len(distinct)) + rank.astype(np.uint64)
        _, first, inverse = np.unique(both, return_index=True, return_inverse=True)
        code = inverse.astype(np.uint64)
    return first, code.astype(int)
