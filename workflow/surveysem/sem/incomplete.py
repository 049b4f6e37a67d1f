"""Incomplete normal data of one group under full-information maximum likelihood."""

from dataclasses import dataclass

import numpy as np

from surveysem.sem import discrepancy, hessian, implied, momentspace
from surveysem.sem.casewise import Rows
from surveysem.sem.continuous import Continuous
from surveysem.sem.implied import Implied, Layout
from surveysem.sem.measures import normal_logl
from surveysem.sem.missing import casewise, fiml
from surveysem.sem.missing.patterns import Patterns
from surveysem.sem.missing.saturation import Saturation
from surveysem.sem.moments import Moments


@dataclass(frozen=True, slots=True)
class Incomplete(Continuous):
    """Rows of one group with missing answers (Arbuckle 1996).

    moments: the saturated model's means and covariances stand in for the sample's. rows:
    n x p with nan. saturated: of the likelihood without a model; None where only estimates
    are wanted (of a bootstrap draw): F then lacks a constant, and tests are out of reach.
    saturation: what tests need of it, shared by all models of the same rows.
    All functions are per observation, by this group's rows of the table (r_g).
    """

    moments: Moments
    layout: Layout
    rows: Rows
    patterns: Patterns
    saturated: fiml.Saturated | None
    covariates: tuple[int, ...] = ()
    saturation: Saturation | None = None

    @property
    def means(self) -> bool:
        """There is a mean structure."""
        return True

    @property
    def size(self) -> float:
        """What the group counts for: its rows, or the sum of their weights."""
        return self.patterns.weight

    multiplier = size
    share = size
    metric = "complete"

    @property
    def statistics(self) -> int:
        """Saturated moments that the model explains: fixed covariates' own do not count."""
        p, fixed = self.layout.p, len(self.covariates)
        return p * (p + 3) // 2 - fixed * (fixed + 3) // 2

    def saturated_logl(self) -> float:
        """Log-likelihood of the saturated model; fixed covariates' own part is left out."""
        fixed = list(self.covariates)
        of_covariates = normal_logl(self.moments.cov[np.ix_(fixed, fixed)], self.size)
        return self.saturated.loglik - of_covariates

    def implied(self, values: np.ndarray) -> Implied:
        """Implied moments at the values of all rows of the table."""
        return implied.implied(self.layout, values)

    def value(self, im: Implied) -> tuple[float, np.ndarray]:
        """F (twice the distance of the log-likelihood from the saturated one's per observation)
        and its derivative, r_g."""
        F, d_sigma, d_mu = fiml.discrepancy(self.patterns, im.sigma, im.mu)
        if self.saturated is not None:
            best = fiml.log_likelihood(self.patterns, 0.0) - self.saturated.loglik
            F -= best * 2 / self.size
        return F, implied.gradient(self.layout, im, d_sigma, d_mu)

    def expected(self, im: Implied) -> np.ndarray:
        """Expected information given the patterns, r_g x r_g."""
        J = momentspace.jacobian(self.layout, im, means=True)
        return (
            momentspace.transposed(J)
            @ fiml.expected_information(self.patterns, im.sigma, im.mu)
            @ J
        )

    def complete(self, im: Implied) -> np.ndarray:
        """Expected information of complete rows, r_g x r_g: a bound of `expected`, and far cheaper."""
        return implied.information(self.layout, im)

    def expected_with(self, im: Implied, other: Layout) -> tuple[np.ndarray, np.ndarray]:
        """Expected information of another layout's rows: diagonal, and block with these rows."""
        J, released = (momentspace.jacobian(x, im, means=True) for x in (self.layout, other))
        weighted = momentspace.transposed(released) @ fiml.expected_information(
            self.patterns, im.sigma, im.mu
        )
        return (released * weighted.T).sum(axis=0), weighted @ J

    def observed(self, im: Implied) -> np.ndarray:
        """Observed information, r_g x r_g."""
        return hessian.incomplete(self.layout, im, self.patterns)

    def scores(self, im: Implied) -> np.ndarray:
        """Derivative of each row's log-likelihood, n x r_g."""
        J = momentspace.jacobian(self.layout, im, means=True)
        out = casewise.scores(self.rows.values, self.patterns, im.sigma, im.mu, J)
        return out if self.rows.weights is None else out * self.rows.weights[:, None]

    def jacobian(self, im: Implied) -> np.ndarray:
        """Delta, derivative of the moments that are not covariates' own, m x r_g."""
        return momentspace.jacobian(self.layout, im, means=True)[self.kept()]

    def curvature(self, im: Implied, columns: np.ndarray, information: str) -> np.ndarray:
        """Information (expected, observed) of the moments at the model's, times columns, m x k."""
        return self._of_moments(im.sigma, im.mu, information) @ columns

    def _of_moments(self, sigma: np.ndarray, mu: np.ndarray, information: str) -> np.ndarray:
        expected = information == "expected"
        of = fiml.expected_information if expected else fiml.observed_information
        return of(self.patterns, sigma, mu)

    def moment_covariance(self, *, robust: bool, information: str) -> np.ndarray:
        """Asymptotic covariance of root-n times the kept saturated moments, m' x m'."""
        at = np.ix_(self.kept(), self.kept())
        sigma, mu = self.saturated.sigma, self.saturated.mu
        bread = np.linalg.inv(self._of_moments(sigma, mu, information)[at])
        return bread @ self.saturation.meat @ bread if robust else bread

    def cluster_sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes of the clusters, C, and sums of their rows' saturated scores, C x m."""
        return self.saturation.cluster_sums()

    def saturated_trace(self, im: Implied | None = None) -> float:
        """tr(A^-1 B) of the saturated model."""
        return self.saturation.trace

    def complete_discrepancy(self, im: Implied) -> float:
        """F of complete data with the saturated moments (Zhang and Savalei 2023)."""
        return discrepancy.ml(self.moments, im, means=True)[0]
