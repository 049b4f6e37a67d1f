"""Ordered and mixed data of one group under weighted least squares.

An ordered answer cuts a latent response y* = mu + Pi x + ... at its thresholds tau. What
is compared with the data are, on the scale of the responses (D holds their scaling factors,
1 for numeric variables):
    D (tau - mu), numeric means, D Pi, numeric variances, and D Sigma D below the diagonal,
in the order of ordinal.OrdinalMoments (Muthen 1984; Muthen, du Toit and Spisic 1997).

Delta parametrisation: D is a parameter (1 unless freed) and the residual variance of an
ordered variable is what makes its response's variance 1 / D^2. Theta parametrisation: the
residual variance is a parameter and D follows from it.
"""

from dataclasses import dataclass, replace

import numpy as np

from surveysem.sem import implied as ram
from surveysem.sem.casewise import Rows
from surveysem.sem.distributionfree import ContinuousMoments
from surveysem.sem.implied import DIRECTED, MEAN, SCALE, SYMMETRIC, THRESHOLD, Implied, Layout
from surveysem.sem.moments import Moments
from surveysem.sem.ordinal import OrdinalMoments, influence
from surveysem.sem.places import Places, places


@dataclass(frozen=True)
class CategoricalImplied(Implied):
    """Implied moments, with residual variances of ordered variables completed in S.

    tau: thresholds of all ordered variables, one after another. scale: D of all variables
    that are not covariates, y. slopes: y x covariates.
    """

    tau: np.ndarray
    scale: np.ndarray
    slopes: np.ndarray


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

    def _ordered(self) -> np.ndarray:
        """Positions of the ordered variables among all observed ones."""
        return self.places.dependents[self.observed.ordered]

    def implied(self, values: np.ndarray) -> CategoricalImplied:
        """Implied moments, given the covariates, at the values of all rows of the table."""
        layout, at = self.layout, self.places
        base = ram.implied(layout, values)
        S, B, V, centre = base.S.copy(), base.B, base.V, base.centre
        if len(at.covariates):  # everything is conditional on the covariates
            S[at.covariates] = S[:, at.covariates] = 0.0
            m = np.zeros(layout.t)
            means = layout.matrix == MEAN
            m[layout.i[means]] = values[layout.rows[means]]
            m[at.covariates] = 0.0
            V, centre = B @ S @ B.T, B @ m
        ordered = self._ordered()
        scale = np.ones(len(at.dependents))
        chosen = layout.matrix == SCALE
        given = np.ones(layout.p)
        given[layout.i[chosen]] = values[layout.rows[chosen]]
        if self.theta:
            with np.errstate(invalid="ignore", divide="ignore"):
                scale[self.observed.ordered] = 1 / np.sqrt(np.diag(V)[ordered])
        else:
            scale[self.observed.ordered] = given[ordered]
            # without its own residual the response has variance V; the residual adds the rest
            S[ordered, ordered] = 0.0
            V = B @ S @ B.T
            rest = 1 / given[ordered] ** 2 - np.diag(V)[ordered]
            S[ordered, ordered] = np.linalg.solve(B[np.ix_(ordered, ordered)] ** 2, rest)
            V = B @ S @ B.T
        p = layout.p
        slopes = B[np.ix_(at.dependents, at.covariates)]
        tau = np.full(len(at.thresholds), np.nan)
        rows = np.flatnonzero(layout.matrix == THRESHOLD)
        tau[self._threshold_of(rows)] = values[layout.rows[rows]]
        return CategoricalImplied(V[:p, :p], centre[:p], B, V, centre, S, p, tau, scale, slopes)

    def unconditional(self, im: CategoricalImplied) -> Implied:
        """Implied moments with the covariates' own ones, as the sample has them, put back."""
        at = self.places.covariates
        if not len(at):
            return im
        S, m = im.S.copy(), np.linalg.solve(im.B, im.centre)
        S[np.ix_(at, at)], m[at] = self.moments.cov[np.ix_(at, at)], self.moments.mean[at]
        V, centre, p = im.B @ S @ im.B.T, im.B @ m, im.p
        return Implied(V[:p, :p], centre[:p], im.B, V, centre, S, p)

    def _threshold_of(self, rows: np.ndarray) -> np.ndarray:
        """Position among the thresholds of rows that are thresholds."""
        at, layout = self.places, self.layout
        first = np.searchsorted(at.thresholds, np.searchsorted(at.dependents, layout.i[rows]))
        return first + layout.j[rows]

    def sigma(self, im: CategoricalImplied) -> np.ndarray:
        """The model's statistics, m."""
        at, y = self.places, self.places.dependents
        mu, Sigma, D = im.mu[y], im.sigma[np.ix_(y, y)], im.scale
        out = np.empty(self.statistics)
        out[at.thresholds_at] = D[at.thresholds] * (im.tau - mu[at.thresholds])
        out[at.means_at] = mu[at.averaged]
        out[at.slopes_at] = D[:, None] * im.slopes
        out[at.variances_at] = Sigma[at.numeric, at.numeric]
        out[at.pairs_at] = (Sigma * np.outer(D, D))[at.row, at.column]
        return out

    def value(self, im: CategoricalImplied) -> tuple[float, np.ndarray]:
        """F and its derivative, r_g (by the adjoint: no Jacobian is formed)."""
        gap = self.observed.statistics - self.sigma(im)
        weighted = self.weight * gap if self.weight.ndim == 1 else self.weight @ gap
        F = float(gap @ weighted)
        if not np.isfinite(F):
            return np.inf, np.zeros(len(self.layout.rows))
        return F, self._pull_back(im, -2 * weighted)

    def _pull_back(self, im: CategoricalImplied, slope: np.ndarray) -> np.ndarray:
        """Derivative by the rows from the derivative by the statistics (m), r_g."""
        at, layout = self.places, self.layout
        y, D, p = at.dependents, im.scale, layout.p
        Sigma, mu = im.sigma[np.ix_(y, y)], im.mu[y]
        n = len(y)
        by_sigma, by_mu, by_D = np.zeros((n, n)), np.zeros(n), np.zeros(n)
        pairs = np.zeros((n, n))
        pairs[at.row, at.column] = slope[at.pairs_at] / 2
        pairs += pairs.T
        by_sigma += pairs * np.outer(D, D)
        by_D += 2 * (pairs * Sigma) @ D
        by_sigma[at.numeric, at.numeric] += slope[at.variances_at]
        by_tau = D[at.thresholds] * slope[at.thresholds_at]
        np.add.at(by_mu, at.thresholds, -by_tau)
        gap = im.tau - mu[at.thresholds]
        np.add.at(by_D, at.thresholds, gap * slope[at.thresholds_at])
        by_mu[at.averaged] += slope[at.means_at]
        by_slopes = D[:, None] * slope[at.slopes_at]
        by_D += (im.slopes * slope[at.slopes_at]).sum(axis=1)

        o = np.flatnonzero(self.observed.ordered)
        by_scale = np.zeros(p)
        if self.theta:  # D = V^-1/2
            by_sigma[o, o] += by_D[o] * -0.5 * D[o] ** 3
        else:
            # the completed residuals: V_oo = 1 / D^2 whatever the rest does
            B = im.B[np.ix_(y, y[o])]
            by_residual = np.einsum("io,ij,jo->o", B, by_sigma, B)
            multiplier = -np.linalg.solve((B[o] ** 2).T, by_residual)
            by_sigma[o, o] += multiplier
            by_scale[y[o]] = by_D[o] + multiplier * 2 / D[o] ** 3
        d_sigma, d_mu = np.zeros((p, p)), np.zeros(p)
        d_sigma[np.ix_(y, y)], d_mu[y] = by_sigma, by_mu
        out = self._moments_gradient(im, d_sigma, d_mu, by_slopes)
        rows = np.flatnonzero(layout.matrix == THRESHOLD)
        out[rows] = by_tau[self._threshold_of(rows)]
        rows = np.flatnonzero(layout.matrix == SCALE)
        out[rows] = by_scale[layout.i[rows]]
        return out

    def _moments_gradient(self, im, d_sigma, d_mu, by_slopes) -> np.ndarray:
        """Chain rule to the paths, (co)variances and means, r_g; covariates' own are fixed."""
        at, layout = self.places, self.layout
        out = ram.gradient(layout, im, d_sigma, d_mu)
        if len(at.covariates):
            # slopes are B[y, x], and dB = B dA B
            directed = layout.matrix == DIRECTED
            i, j = layout.i[directed], layout.j[directed]
            left = im.B[at.dependents].T @ by_slopes  # t x k
            out[directed] += (left @ im.B[:, at.covariates].T)[i, j]
            own = np.isin(layout.i, at.covariates) & (layout.matrix != DIRECTED)
            out[own] = 0.0
        out[self._derived()] = 0.0
        return out

    def _derived(self) -> np.ndarray:
        """Rows of residual variances that follow from the others (delta), r_g bool."""
        layout = self.layout
        own = (layout.matrix == SYMMETRIC) & (layout.i == layout.j)
        return own & np.isin(layout.i, self._ordered()) & (not self.theta)

    def jacobian(self, im: CategoricalImplied) -> np.ndarray:
        """Delta, derivative of the statistics by the rows, m x r_g."""
        at, layout = self.places, self.layout
        y, D = at.dependents, im.scale
        # thresholds move nothing but themselves
        moving, cuts = (np.flatnonzero((layout.matrix == THRESHOLD) == k) for k in (False, True))
        others = layout.take(moving)
        d_sigma, d_mu, d_slopes, d_V, _ = replace(self, layout=others)._moment_jacobians(im)
        o = np.flatnonzero(self.observed.ordered)
        d_D = np.zeros((len(y), len(moving)))
        Sigma, mu = im.sigma[np.ix_(y, y)], im.mu[y]
        if self.theta:
            d_D[o] = -0.5 * D[o, None] ** 3 * d_V[o]
        else:
            rows = np.flatnonzero(others.matrix == SCALE)
            d_D[np.searchsorted(y, others.i[rows]), rows] = 1.0
        a, b, t = at.row, at.column, at.thresholds
        gap = im.tau - mu[t]
        by_moving = np.empty((self.statistics, len(moving)))
        by_moving[at.thresholds_at] = d_D[t] * gap[:, None] - D[t, None] * d_mu[t]
        by_moving[at.means_at] = d_mu[at.averaged]
        slopes = D[:, None, None] * d_slopes + im.slopes[:, :, None] * d_D[:, None, :]
        by_moving[at.slopes_at.ravel()] = slopes.reshape(at.slopes_at.size, len(moving))
        by_moving[at.variances_at] = d_V[at.numeric]
        by_pairs = (D[a] * D[b])[:, None] * d_sigma
        if d_D.any():
            by_pairs += (Sigma[a, b] * D[b])[:, None] * d_D[a]
            by_pairs += (Sigma[a, b] * D[a])[:, None] * d_D[b]
        by_moving[at.pairs_at] = by_pairs
        out = np.zeros((self.statistics, len(layout.rows)))
        out[:, moving] = by_moving
        of = self._threshold_of(cuts)
        out[at.thresholds_at[of], cuts] = D[t[of]]
        return out

    def completed(self, im: CategoricalImplied) -> tuple[np.ndarray, np.ndarray]:
        """Rows whose value follows from the others' (places among r_g), and their values.

        Residual variances of ordered variables under delta, scaling factors under theta.
        """
        layout = self.layout
        if self.theta:
            rows = np.flatnonzero(layout.matrix == SCALE)
            of = np.searchsorted(self.places.dependents, layout.i[rows])
            return rows, im.scale[of]
        rows = np.flatnonzero(self._derived())
        return rows, im.S[layout.i[rows], layout.i[rows]]

    def by_given(self, im: CategoricalImplied, slope: np.ndarray) -> np.ndarray:
        """Derivatives by all rows (k x r_g) as derivatives by the rows that others do not fix."""
        return slope @ self.completed_jacobian(im)

    def completed_jacobian(self, im: CategoricalImplied) -> np.ndarray:
        """Derivative of all rows by the rows, r_g x r_g: the identity but for completed ones."""
        out = np.eye(len(self.layout.rows))
        rows, _ = self.completed(im)
        of = np.searchsorted(self._ordered(), self.layout.i[rows])
        _, _, _, d_V, residual = self._moment_jacobians(im)
        if self.theta:
            at = np.searchsorted(self.places.dependents, self.layout.i[rows])
            out[rows] = -0.5 * im.scale[at, None] ** 3 * d_V[at]
        else:
            out[rows] = residual[of]
        return out

    def _moment_jacobians(self, im: CategoricalImplied):
        """Derivatives by the rows: Sigma below the diagonal (pairs x r_g), mu (y x r_g), slopes
        (y x k x r_g), Sigma's diagonal (y x r_g), completed residual variances (o x r_g)."""
        at, layout = self.places, self.layout
        y, r = at.dependents, len(layout.rows)
        i, j, matrix = layout.i, layout.j, layout.matrix
        directed, symmetric, mean = matrix == DIRECTED, matrix == SYMMETRIC, matrix == MEAN
        known = directed | symmetric
        G, C = im.B[y], im.V[:, y]
        index = np.where(known | mean, j, 0)
        U = G[:, i]
        V = np.where(directed, C.T[:, index], G[:, index])
        c = np.where(symmetric & (i == j), 0.5, 1.0) * known * ~self._derived()
        fixed = np.isin(i, at.covariates) & ~directed  # covariates' own moments do not count
        c = c * ~fixed
        a, b = at.row, at.column
        d_sigma = (U[a] * V[b] + V[a] * U[b]) * c
        d_V = 2 * U * V * c
        factor = np.where(directed, im.centre[index], np.where(mean & ~fixed, 1.0, 0.0))
        d_mu = U * factor
        d_slopes = np.zeros((len(y), len(at.covariates), r))
        if len(at.covariates):
            from_x = im.B[:, at.covariates][index].T * directed  # k x r
            d_slopes = U[:, None, :] * from_x[None]
        o = np.flatnonzero(self.observed.ordered)
        d_residual = np.zeros((len(o), r))
        if not self.theta and len(o):
            target = np.zeros((len(o), r))
            rows = np.flatnonzero(matrix == SCALE)
            of = np.searchsorted(y[o], i[rows])
            target[of, rows] = -2 / im.scale[o][of] ** 3
            B = G[:, y[o]]
            d_residual = np.linalg.solve(B[o] ** 2, target - d_V[o])
            d_sigma = d_sigma + (B[a] * B[b]) @ d_residual
            d_V = d_V + B**2 @ d_residual
        return d_sigma, d_mu, d_slopes, d_V, d_residual

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
        released = replace(self, layout=other).jacobian(im)
        weighted = self.weigh(im, released)
        return (released * weighted).sum(axis=0), weighted.T @ self.jacobian(im)

    def moment_meat_with(
        self, im: CategoricalImplied, other: Layout
    ) -> tuple[np.ndarray, np.ndarray]:
        """Delta' W Gamma W Delta of another layout's rows: diagonal, and block with these rows."""
        released = self.weigh(im, replace(self, layout=other).jacobian(im))
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
