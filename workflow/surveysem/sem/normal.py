"""Complete normal data of one group as the optimiser and the inference see them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surveysem.sem import casewise, discrepancy, hessian, implied, momentspace
from surveysem.sem.casewise import Rows
from surveysem.sem.continuous import Continuous
from surveysem.sem.implied import Implied, Layout
from surveysem.sem.measures import normal_logl
from surveysem.sem.moments import Moments, require_positive_definite


@dataclass(frozen=True, slots=True)
class Normal(Continuous):
    """Moments of one group under maximum likelihood (Bollen 1989, eq. 4.67).

    covariates: positions of the variables whose moments are fixed.

    All functions are per observation, by this group's rows of the table (r_g). Functions
    of single rows need raw data (`moments.rows`).
    """

    moments: Moments
    layout: Layout
    means: bool
    covariates: tuple[int, ...] = ()

    wishart: bool = False

    @property
    def rows(self) -> casewise.Rows:
        """The rows behind the moments."""
        return self.moments.rows

    @property
    def size(self) -> float:
        """What the group counts for: its rows, or the sum of their weights."""
        return self.moments.size

    @property
    def multiplier(self) -> float:
        """Multiplier of F in chi-square: n, or n - 1 under the Wishart likelihood."""
        return self.size - self.wishart

    @property
    def share(self) -> float:
        """What F counts for among the groups: as in lavaan n under either likelihood."""
        return self.size

    @property
    def statistics(self) -> int:
        """Sample moments that the model explains: fixed covariates' own do not count."""
        p, fixed = self.layout.p, len(self.covariates)
        means = (p - fixed) * self.means
        return p * (p + 1) // 2 - fixed * (fixed + 1) // 2 + means

    def saturated_logl(self) -> float:
        """Log-likelihood of the saturated model; fixed covariates' own part is left out."""
        fixed = list(self.covariates)
        of_covariates = normal_logl(self.moments.cov[np.ix_(fixed, fixed)], self.size)
        return normal_logl(self.moments.cov, self.size) - of_covariates

    def implied(self, values: np.ndarray) -> Implied:
        """Implied moments at the values of all rows of the table."""
        return implied.implied(self.layout, values)

    def with_rows(self, rows: Rows, likelihood: str, names: Sequence[str]) -> "Normal":
        """The same for other rows, such as a bootstrap draw's.

        Raises DataError with the variables' names where their covariance matrix is singular.
        """
        n = len(rows.values)
        mean = rows.mean(rows.values)
        y = rows.values - mean
        weight = np.ones(n) if rows.weights is None else rows.weights
        cov = (y * weight[:, None]).T @ y / weight.sum()
        if likelihood == "wishart":
            cov = cov * n / (n - 1)
        moments = Moments(cov, mean, n, n, rows)
        require_positive_definite([moments], names)
        return replace(self, moments=moments)

    def value(self, im: Implied) -> tuple[float, np.ndarray]:
        """F and its derivative, r_g."""
        F, d_sigma, d_mu = discrepancy.ml(self.moments, im, means=self.means)
        return F, implied.gradient(self.layout, im, d_sigma, d_mu)

    def expected(self, im: Implied) -> np.ndarray:
        """Expected information, r_g x r_g."""
        return implied.information(self.layout, im)

    def expected_with(self, im: Implied, other: Layout) -> tuple[np.ndarray, np.ndarray]:
        """Expected information of another layout's rows: diagonal, and block with these rows."""
        return implied.information_diagonal(other, im), implied.information(other, im, self.layout)

    def observed(self, im: Implied) -> np.ndarray:
        """Observed information, r_g x r_g."""
        mean = self.moments.mean if self.means else None
        return hessian.complete(self.layout, im, self.moments.cov, mean)

    def scores(self, im: Implied) -> np.ndarray:
        """Derivative of each row's log-likelihood, n x r_g."""
        return casewise.scores(self.layout, im, self.rows, means=self.means)

    def moment_scores(self, im: Implied) -> np.ndarray:
        """Delta' A1 (t_i - tbar) for each row, n x r_g."""
        return casewise.moment_scores(self.layout, im, self.rows, means=self.means)

    def saturated_trace(self, im: Implied | None = None) -> float:
        """tr(A1 Gamma) of the saturated model; A1 at the model where `im` is given."""
        W = np.linalg.inv(self.moments.cov if im is None else im.sigma)
        return casewise.weight_trace(W, self.rows, means=self.means)

    def jacobian(self, im: Implied) -> np.ndarray:
        """Delta, derivative of the moments, m x r_g."""
        return momentspace.jacobian(self.layout, im, means=self.means)

    def weigh(self, im: Implied, moments: np.ndarray) -> np.ndarray:
        """A1 times columns over the moments, m x k."""
        return momentspace.weigh(np.linalg.inv(im.sigma), moments, means=self.means)

    def curvature(self, im: Implied, columns: np.ndarray, information: str) -> np.ndarray:
        """Information (expected, observed) of the moments at the model's, times columns, m x k."""
        if information == "expected":
            return self.weigh(im, columns)
        W = np.linalg.inv(im.sigma)
        d = self.moments.mean - im.mu if self.means else np.zeros(len(W))
        return momentspace.weigh_observed(W, self.moments.cov, d, columns, means=self.means)

    def moment_covariance(self, *, robust: bool, information: str) -> np.ndarray:
        """Asymptotic covariance of root-n times the kept moments, m' x m'.

        Under normality, given the fixed covariates, or (robust) distribution-free.
        """
        keep = self.kept()
        if robust:
            return self.gamma()[np.ix_(keep, keep)]
        full = momentspace.normal_gamma(self.moments.cov, means=self.means)
        fixed = np.setdiff1d(np.arange(len(full)), keep)
        cross = full[np.ix_(keep, fixed)]
        given = cross @ np.linalg.solve(full[np.ix_(fixed, fixed)], cross.T) if len(fixed) else 0.0
        return full[np.ix_(keep, keep)] - given

    def gamma(self) -> np.ndarray:
        """Distribution-free covariance of the moments, m x m."""
        return momentspace.gamma(self.rows, means=self.means)

    def spread(self, columns: np.ndarray) -> np.ndarray:
        """Gamma times columns over the moments, m x k."""
        return self.gamma() @ columns

    def cluster_sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes of the clusters, C, and what each adds to the moments (times size), C x m."""
        return momentspace.cluster_sums(self.rows, means=self.means)
