"""What errors and tests ask of the saturated model of one group with missing answers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surveysem.sem import momentspace
from surveysem.sem.casewise import Rows, cluster_sums, outer
from surveysem.sem.inference import inverse
from surveysem.sem.missing import casewise, fiml
from surveysem.sem.missing.patterns import Patterns


@dataclass(frozen=True)
class Saturation:
    """Matrices over the m moments of the saturated model that are not covariates' own.

    A: observed information; B: outer product of the scores (summed by cluster first); C:
    information that complete data with these moments would have. kept: positions of the m
    among all moments. They do not depend on the model: it, its baseline and several tests
    share one object, so that what costs most under full information is done once.
    """

    found: fiml.Saturated
    rows: Rows
    patterns: Patterns
    kept: np.ndarray

    @cached_property
    def information(self) -> np.ndarray:
        """A, m x m."""
        every = fiml.observed_information(self.patterns, self.found.sigma, self.found.mu)
        return every[np.ix_(self.kept, self.kept)]

    @cached_property
    def acov(self) -> np.ndarray:
        """A^-1, m x m."""
        return inverse(self.information)

    @cached_property
    def meat(self) -> np.ndarray:
        """B, m x m."""
        rows, at = self.rows, (self.patterns, self.found.sigma, self.found.mu)
        if rows.clusters is None:
            every = casewise.first_order_information(rows.values, *at, rows.weights)
        else:
            every = outer(self._scores(), rows.clusters, self.patterns.weight) * rows.factor
        return every[np.ix_(self.kept, self.kept)]

    @cached_property
    def trace(self) -> float:
        """tr(A^-1 B) (Yuan and Bentler 2000, eq. 12)."""
        return float((self.acov * self.meat).sum())

    @cached_property
    def complete_trace(self) -> float:
        """tr(C A^-1), of normal data."""
        return float(np.trace(self.complete(self.acov)))

    @cached_property
    def complete_trace_robust(self) -> float:
        """tr(C A^-1 B A^-1)."""
        return float((self.complete_robust * self.acov).sum())

    @cached_property
    def complete_robust(self) -> np.ndarray:
        """C A^-1 B, m x m."""
        return self.complete(self.acov @ self.meat)

    def complete(self, columns: np.ndarray) -> np.ndarray:
        """C times columns over the moments, m x k."""
        W = np.linalg.inv(self.found.sigma)
        every = np.zeros((len(W) * (len(W) + 3) // 2, columns.shape[1]))
        every[self.kept] = columns
        return momentspace.weigh(W, every, means=True)[self.kept]

    def cluster_sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes of the clusters, C, and sums of their rows' scores, C x m."""
        codes, sums = cluster_sums(self._scores(), self.rows.clusters)
        return codes, sums[:, self.kept]

    def _scores(self) -> np.ndarray:
        """Each row's score of the saturated moments, n x all moments."""
        rows, found = self.rows, self.found
        scores = casewise.scores(rows.values, self.patterns, found.sigma, found.mu)
        return scores if rows.weights is None else scores * rows.weights[:, None]
