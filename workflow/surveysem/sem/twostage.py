"""Maximum likelihood in two stages for incomplete data: saturated moments, then the model.

The first stage estimates means and covariances without a model (EM), possibly with auxiliary
variables that the model does not have. The second fits the model to them as if they were of
complete data; standard errors and tests take the first stage's uncertainty, Gamma, in.
Sources: Savalei and Bentler (2009), Structural Equation Modeling 16, 477 (normal data);
Yuan and Bentler (2000), Savalei and Falk (2014), Multivariate Behavioral Research 49, 171
(robust); Graham (2003), Savalei and Bentler (2009) on auxiliary variables.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from surveysem.sem import implied, momentspace
from surveysem.sem.implied import Implied
from surveysem.sem.incomplete import Incomplete
from surveysem.sem.inference import inverse
from surveysem.sem.missing import fiml
from surveysem.sem.moments import Moments
from surveysem.sem.normal import Normal


@dataclass(frozen=True)
class FirstStage:
    """The saturated model of one group.

    part: of all variables, the model's p first and the auxiliary ones behind. information:
    observed or expected. robust: whether Gamma allows for data that are not normal.
    """

    part: Incomplete
    p: int
    information: str
    robust: bool

    def moments(self) -> Moments:
        """Saturated moments of the model's variables."""
        m, p = self.part.moments, self.p
        rows = replace(m.rows, values=m.rows.values[:, :p])
        return replace(m, cov=m.cov[:p, :p], mean=m.mean[:p], rows=rows)

    @cached_property
    def gamma(self) -> np.ndarray:
        """Covariance of root-n times the model's saturated moments, m x m.

        A^-1, or A^-1 B A^-1 (robust): the part that the model's moments have in the inverse
        over all variables' (Savalei and Bentler 2009, eq. 12). Zero for covariates' own
        moments, which are fixed.
        """
        keep, p = self.part.kept(), self.p
        if self.information == "expected":
            found = self.part.saturated
            A = fiml.expected_information(self.part.patterns, found.sigma, found.mu)
            acov = inverse(A[np.ix_(keep, keep)])
        else:
            acov = self.part.saturation.acov
        if self.robust:
            acov = acov @ self.part.saturation.meat @ acov
        # with the auxiliary variables last, vech begins with the model's moments
        every, own = self.part.layout.p, p * (p + 1) // 2
        place = np.full(every * (every + 3) // 2, -1)
        place[:p], place[every : every + own] = np.arange(p), p + np.arange(own)
        at = np.flatnonzero(place[keep] >= 0)
        out, to = np.zeros((p + own, p + own)), place[keep][at]
        out[np.ix_(to, to)] = acov[np.ix_(at, at)]
        return out


@dataclass(frozen=True, slots=True)
class TwoStage(Normal):
    """Saturated moments of one group with missing answers, under maximum likelihood.

    The information is Delta' A1 Delta with the weight A1 of complete data at the saturated
    moments, in the optimiser too: no other one is meant by lavaan (h1).
    """

    first: FirstStage | None = None

    def expected(self, im: Implied) -> np.ndarray:
        """Delta' A1 Delta, r_g x r_g."""
        return implied.information(self.layout, replace(im, sigma=self.moments.cov))

    def observed(self, im: Implied) -> np.ndarray:
        """The same: `information` is about the first stage."""
        return self.expected(im)

    def weigh(self, im: Implied, moments: np.ndarray) -> np.ndarray:
        """A1 times columns over the moments, m x k."""
        return momentspace.weigh(np.linalg.inv(self.moments.cov), moments, means=True)

    def gamma(self) -> np.ndarray:
        """Covariance of root-n times the saturated moments, m x m."""
        return self.first.gamma

    def moment_meat(self, im: Implied) -> np.ndarray:
        """Delta' A1 Gamma A1 Delta, r_g x r_g."""
        weighted = self.weigh(im, self.jacobian(im))
        return weighted.T @ self.gamma() @ weighted

    def saturated_trace(self, im: Implied | None = None) -> float:
        """tr(A1 Gamma)."""
        return float(np.trace(self.weigh(im, self.gamma())))
