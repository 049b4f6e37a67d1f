"""Ordered and mixed data of one group under weighted least squares (model: responsemodel.py)."""

from dataclasses import dataclass, replace

import numpy as np

from surveysem.sem.casewise import Rows
from surveysem.sem.distributionfree import ContinuousMoments
from surveysem.sem.implied import THRESHOLD, Implied, Layout
from surveysem.sem.moments import Moments
from surveysem.sem.ordinal import OrdinalMoments, influence
from surveysem.sem.places import Places, places
from surveysem.sem.responsemodel import CategoricalImplied, ResponseModel


@dataclass(frozen=True, slots=True)
class Categorical:
    """Moments of one group under weighted least squares, F = (s - sigma)' W (s - sigma).

    observed: the sample's statistics. weight: m (diagonal) or m x m. theta: whether the
    residual variances of ordered variables are parameters. moments: sizes, and the sample
    covariances for starting values. All functions are per observation, by this group's
    rows of the table (r_g).
    """

    moments: Moments
    layout: Layout
    observed: OrdinalMoments | ContinuousMoments
    weight: np.ndarray
    theta: bool
    covariates: tuple[int, ...]

    @property
    def size(self) -> float:
        """What the group counts for: its rows, or the sum of their weights."""
        return self.observed.size

    @property
    def multiplier(self) -> float:
        """Multiplier of F in chi-square, n - 1 as in lavaan and Mplus."""
        return self.size - 1

    @property
    def share(self) -> float:
        """What F counts for among the groups."""
        return self.size - 1

    @property
    def with_means(self) -> bool:
        """Whether means of numeric variables are fitted; beside ordinal ones always."""
        return getattr(self.observed, "with_means", True)

    @property
    def places(self) -> Places:
        """Where each statistic stands."""
        counts = tuple(len(t) for t in self.observed.thresholds)
        return places(counts, self.layout.p, self.covariates, means=self.with_means)

    @property
    def statistics(self) -> int:
        """Number of sample statistics."""
        return len(self.observed.statistics)

    @property
    def model(self) -> ResponseModel:
        """The model's side of the statistics."""
        return self.model_of(self.layout)

    def model_of(self, layout: Layout) -> ResponseModel:
        """The same for another layout, such as that of parameters that might be released."""
        return ResponseModel(layout, self.places, self.observed.ordered, self.theta)

    def implied(self, values: np.ndarray) -> CategoricalImplied:
        """Implied moments, given the covariates, at the values of all rows of the table."""
        return self.model.implied(values)

    def sigma(self, im: CategoricalImplied) -> np.ndarray:
        """The model's statistics, m."""
        return self.model.sigma(im)

    def jacobian(self, im: CategoricalImplied) -> np.ndarray:
        """Delta, derivative of the statistics by the rows, m x r_g."""
        return self.model.jacobian(im)

    def completed(self, im: CategoricalImplied) -> tuple[np.ndarray, np.ndarray]:
        """Rows whose value follows from the others' (places among r_g), and their values."""
        return self.model.completed(im)

    def unconditional(self, im: CategoricalImplied) -> Implied:
        """Implied moments with the covariates' own ones, as the sample has them, put back."""
        at = self.places.covariates
        if not len(at):
            return im
        S, m = im.S.copy(), np.linalg.solve(im.B, im.centre)
        S[np.ix_(at, at)], m[at] = self.moments.cov[np.ix_(at, at)], self.moments.mean[at]
        V, centre, p = im.B @ S @ im.B.T, im.B @ m, im.p
        return Implied(V[:p, :p], centre[:p], im.B, V, centre, S, p)

    def value(self, im: CategoricalImplied) -> tuple[float, np.ndarray]:
        """F and its derivative, r_g (by the adjoint: no Jacobian is formed)."""
        gap = self.observed.statistics - self.sigma(im)
        weighted = self.weight * gap if self.weight.ndim == 1 else self.weight @ gap
        F = float(gap @ weighted)
        if not np.isfinite(F):
            return np.inf, np.zeros(len(self.layout.rows))
        return F, self.model.pull_back(im, -2 * weighted)

    def by_given(self, im: CategoricalImplied, slope: np.ndarray) -> np.ndarray:
        """Derivatives by all rows (k x r_g) as derivatives by the rows that others do not fix."""
        return slope @ self.model.completed_jacobian(im)

    def weigh(self, im: CategoricalImplied, columns: np.ndarray) -> np.ndarray:
        """W times columns over the statistics, m x k."""
        return self.weight[:, None] * columns if self.weight.ndim == 1 else self.weight @ columns

    def expected(self, im: CategoricalImplied) -> np.ndarray:
        """Delta' W Delta, r_g x r_g: half the Hessian of F where the model holds."""
        delta = self.jacobian(im)
        if self.weight.ndim > 1:
            return delta.T @ self.weight @ delta
        first = self.places.first
        top, rest = delta[:first], delta[first:]
        info = top.T @ (self.weight[:first, None] * top)
        moving = np.flatnonzero(self.layout.matrix != THRESHOLD)
        rest = rest[:, moving]
        info[np.ix_(moving, moving)] += rest.T @ (self.weight[first:, None] * rest)
        return info

    def spread(self, columns: np.ndarray) -> np.ndarray:
        """Gamma times columns over the statistics, m x k: thresholds' own columns are short."""
        first = self.places.first
        out = self.observed.gamma[:, :first] @ columns[:first]
        moving = np.flatnonzero(columns[first:].any(axis=0))
        out[:, moving] += self.observed.gamma[:, first:] @ columns[first:, moving]
        return out

    def expected_with(self, im: CategoricalImplied, other: Layout) -> tuple[np.ndarray, np.ndarray]:
        """Delta' W Delta of another layout's rows: diagonal, and block with these rows."""
        released = self.model_of(other).jacobian(im)
        weighted = self.weigh(im, released)
        return (released * weighted).sum(axis=0), weighted.T @ self.jacobian(im)

    def moment_meat_with(
        self, im: CategoricalImplied, other: Layout
    ) -> tuple[np.ndarray, np.ndarray]:
        """Delta' W Gamma W Delta of another layout's rows: diagonal, and block with these rows."""
        released = self.weigh(im, self.model_of(other).jacobian(im))
        spread = self.spread(released)
        return (released * spread).sum(axis=0), spread.T @ self.weigh(im, self.jacobian(im))

    def moment_meat(self, im: CategoricalImplied) -> np.ndarray:
        """Delta' W Gamma W Delta, r_g x r_g."""
        WD = self.weigh(im, self.jacobian(im))
        return WD.T @ self.spread(WD)

    @property
    def rows(self) -> Rows:
        """The rows that were used: their clusters go with `moment_scores`."""
        rows = self.moments.rows
        if rows is None or rows.clusters is None or isinstance(self.observed, ContinuousMoments):
            return rows
        used = self.observed.source.rows
        return replace(rows, values=rows.values[used], clusters=rows.clusters[used])

    def moment_scores(self, im: CategoricalImplied) -> np.ndarray:
        """Delta' W times each row's influence on the statistics, n x r_g."""
        WD = self.weigh(im, self.jacobian(im))
        return np.vstack([part @ WD for _, _, part in influence(self.observed)])

    def cluster_sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes of the clusters, C, and their sums of influences on the statistics, C x m."""
        codes, index = np.unique(self.rows.clusters, return_inverse=True)
        sums = np.zeros((len(codes), self.statistics))
        for start, stop, part in influence(self.observed):
            np.add.at(sums, index[start:stop], part)
        return codes, sums

    def saturated_trace(self, im: CategoricalImplied) -> float:
        """tr(W Gamma)."""
        if self.weight.ndim == 1:
            return float(self.weight @ np.diag(self.observed.gamma))
        return float((self.weight * self.observed.gamma).sum())

    def kept(self) -> np.ndarray:
        """Positions of the statistics that vary from sample to sample: all."""
        return np.arange(self.statistics)

    def moment_vectors(self, im: CategoricalImplied) -> tuple[np.ndarray, np.ndarray]:
        """The sample's statistics and the model's, m each."""
        return self.observed.statistics, self.sigma(im)

    def moment_jacobian(self, im: CategoricalImplied) -> np.ndarray:
        """Delta, m x r_g."""
        return self.jacobian(im)

    def curvature(
        self, im: CategoricalImplied, columns: np.ndarray, information: str
    ) -> np.ndarray:
        """W times columns over the statistics, m x k: the information of least squares."""
        return self.weigh(im, columns)

    def moment_covariance(self, *, robust: bool, information: str) -> np.ndarray:
        """Gamma, whatever the fit's standard errors: the weight is no information."""
        return self.observed.gamma

    def gamma(self) -> np.ndarray:
        """Asymptotic covariance of root-n times the statistics, m x m."""
        return self.observed.gamma
