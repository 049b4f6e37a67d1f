"""Complete normal data of one group as the optimiser and the inference see them."""

from dataclasses import dataclass, replace

import numpy as np

from surveysem.sem import casewise, discrepancy, implied, momentspace
from surveysem.sem.casewise import Rows
from surveysem.sem.implied import Implied, Layout
from surveysem.sem.moments import Moments, require_positive_definite


@dataclass(frozen=True, slots=True)
class Normal:
    """Moments of one group under maximum likelihood (Bollen 1989, eq. 4.67).

    All functions are per observation, by this group's rows of the table (r_g). Functions
    of single rows need raw data (`moments.rows`).
    """

    moments: Moments
    layout: Layout
    means: bool

    @property
    def size(self) -> float:
        """What the group counts for: its rows, or the sum of their weights."""
        return self.moments.size

    def with_rows(self, rows: Rows, likelihood: str) -> "Normal":
        """The same for other rows, such as a bootstrap draw's.

        Raises DataError where their covariance matrix is singular.
        """
        n = len(rows.values)
        mean = rows.mean(rows.values)
        y = rows.values - mean
        weight = np.ones(n) if rows.weights is None else rows.weights
        cov = (y * weight[:, None]).T @ y / weight.sum()
        if likelihood == "wishart":
            cov = cov * n / (n - 1)
        moments = Moments(cov, mean, n, n, rows)
        require_positive_definite([moments], [str(k + 1) for k in range(len(cov))])
        return replace(self, moments=moments)

    def value(self, im: Implied) -> tuple[float, np.ndarray]:
        """F and its derivative, r_g."""
        F, d_sigma, d_mu = discrepancy.ml(self.moments, im, means=self.means)
        return F, implied.gradient(self.layout, im, d_sigma, d_mu)

    def expected(self, im: Implied) -> np.ndarray:
        """Expected information, r_g x r_g."""
        return implied.information(self.layout, im, np.linalg.inv(im.sigma))

    def scores(self, im: Implied) -> np.ndarray:
        """Derivative of each row's log-likelihood, n x r_g."""
        return casewise.scores(self.layout, im, self.moments.rows, means=self.means)

    def moment_scores(self, im: Implied) -> np.ndarray:
        """Delta' A1 (t_i - tbar) for each row, n x r_g."""
        return casewise.moment_scores(self.layout, im, self.moments.rows, means=self.means)

    def saturated_trace(self, im: Implied | None = None) -> float:
        """tr(A1 Gamma) of the saturated model; A1 at the model where `im` is given."""
        W = np.linalg.inv(self.moments.cov if im is None else im.sigma)
        return casewise.weight_trace(W, self.moments.rows, means=self.means)

    def jacobian(self, im: Implied) -> np.ndarray:
        """Delta, derivative of the moments, m x r_g."""
        return momentspace.jacobian(self.layout, im, means=self.means)

    def weigh(self, im: Implied, moments: np.ndarray) -> np.ndarray:
        """A1 times columns over the moments, m x k."""
        return momentspace.weigh(np.linalg.inv(im.sigma), moments, means=self.means)

    def gamma(self) -> np.ndarray:
        """Distribution-free covariance of the moments, m x m."""
        return momentspace.gamma(self.moments.rows, means=self.means)
