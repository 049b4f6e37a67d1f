"""What the parts of continuous data share, complete or not."""

import numpy as np

from surveysem.sem import momentspace
from surveysem.sem.implied import Implied


class Continuous:
    """No row of the table follows from others, and no moment is conditional on covariates.

    Moments stand in the order of momentspace: means (with a mean structure), vech(Sigma); m.
    """

    __slots__ = ()

    def completed(self, im: Implied) -> tuple[np.ndarray, np.ndarray]:
        """Rows whose value follows from the others', and their values: none."""
        return np.zeros(0, dtype=int), np.zeros(0)

    def by_given(self, im: Implied, slope: np.ndarray) -> np.ndarray:
        """Derivatives by all rows (k x r_g) as derivatives by the rows that others do not fix."""
        return slope

    def unconditional(self, im: Implied) -> Implied:
        """Implied moments of all observed variables."""
        return im

    def kept(self) -> np.ndarray:
        """Positions of the moments that are not the fixed covariates' own."""
        return momentspace.kept_moments(self.layout.p, self.covariates, means=self.means)

    def moment_vectors(self, im: Implied) -> tuple[np.ndarray, np.ndarray]:
        """Observed (or saturated) and implied moments, m each."""
        a, b = momentspace.lower(self.layout.p)
        observed, model = self.moments.cov[a, b], im.sigma[a, b]
        if not self.means:
            return observed, model
        return np.concatenate([self.moments.mean, observed]), np.concatenate([im.mu, model])

    def moment_jacobian(self, im: Implied) -> np.ndarray:
        """Delta of all moments, m x r_g."""
        return momentspace.jacobian(self.layout, im, means=self.means)
