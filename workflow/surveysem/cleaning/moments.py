"""Means, covariances and correlations of a sample with missing answers, summed in pieces."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over pairs of items that were both answered; p items.

    total, count: p. n: p x p numbers of pairs. sums, squares: p x p, of item i over the
    respondents who answered j too. products: p x p.
    """

    total: np.ndarray
    count: np.ndarray
    n: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    products: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Mean of each item; nan where nobody answered."""
        return np.where(self.count > 0, self.total / np.maximum(self.count, 1), np.nan)

    @property
    def covariance(self) -> np.ndarray:
        """Pairwise covariances (n - 1), as R's cov(use = "pairwise.complete.obs")."""
        n = np.where(self.n > 1, self.n, np.nan)
        return (self.products - self.sums * self.sums.T / n) / (n - 1)

    @property
    def correlation(self) -> np.ndarray:
        """Pairwise correlations, as R's cor(use = "pairwise.complete.obs"); nan without variance."""
        n = np.where(self.n > 1, self.n, np.nan)
        variance = (self.squares - self.sums**2 / n) / (n - 1)
        product = variance * variance.T
        scale = np.sqrt(np.where(product > 1e-12, product, np.nan))
        return np.clip(self.covariance / scale, -1, 1)

    @property
    def precision(self) -> np.ndarray | None:
        """Inverse of the covariances; None where they are not positive definite."""
        S = self.covariance
        if np.isnan(S).any():
            return None
        values, vectors = np.linalg.eigh(S)
        if values[0] <= 1e-8 * max(values[-1], 0.0):
            return None
        return vectors / values @ vectors.T


def moments(pieces: Iterable[np.ndarray]) -> Moments:
    """Moments of the rows of all pieces, each respondents x p, one piece in memory at a time."""
    out = None
    for x in pieces:
        seen = ~np.isnan(x)
        filled, mask = np.where(seen, x, 0.0), seen.astype(float)
        parts = (
            filled.sum(axis=0),
            seen.sum(axis=0),
            mask.T @ mask,
            filled.T @ mask,
            (filled * filled).T @ mask,
            filled.T @ filled,
        )
        out = parts if out is None else tuple(a + b for a, b in zip(out, parts, strict=True))
    return Moments(*out)


def item_pairs(R: np.ndarray, critical: float) -> list[tuple[int, int]]:
    """Pairs (later, earlier item) that correlate above `critical`, or below it if negative."""
    beyond = critical < R if critical > 0 else critical > R
    later, earlier = np.nonzero(np.tril(beyond, -1))
    return list(zip(later.tolist(), earlier.tolist(), strict=True))
