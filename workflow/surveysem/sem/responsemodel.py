"""What a model says of ordered and mixed data: thresholds, slopes, (co)variances, and derivatives.

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
from surveysem.sem.implied import DIRECTED, MEAN, SCALE, SYMMETRIC, THRESHOLD, Implied, Layout
from surveysem.sem.places import Places


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
class ResponseModel:
    """The statistics of one group by the rows of its table (r_g).

    places: where each of the m statistics stands. ordered: which variables are, y bool.
    theta: whether the residual variances of ordered variables are parameters.
    """

    layout: Layout
    places: Places
    ordered: np.ndarray
    theta: bool

    @property
    def responses(self) -> np.ndarray:
        """Positions of the ordered variables among all observed ones."""
        return self.places.dependents[self.ordered]

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
        ordered = self.responses
        scale = np.ones(len(at.dependents))
        chosen = layout.matrix == SCALE
        given = np.ones(layout.p)
        given[layout.i[chosen]] = values[layout.rows[chosen]]
        if self.theta:
            with np.errstate(invalid="ignore", divide="ignore"):
                scale[self.ordered] = 1 / np.sqrt(np.diag(V)[ordered])
        else:
            scale[self.ordered] = given[ordered]
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

    def _threshold_of(self, rows: np.ndarray) -> np.ndarray:
        """Position among the thresholds of rows that are thresholds."""
        at, layout = self.places, self.layout
        first = np.searchsorted(at.thresholds, np.searchsorted(at.dependents, layout.i[rows]))
        return first + layout.j[rows]

    def sigma(self, im: CategoricalImplied) -> np.ndarray:
        """The model's statistics, m."""
        at, y = self.places, self.places.dependents
        mu, Sigma, D = im.mu[y], im.sigma[np.ix_(y, y)], im.scale
        out = np.empty(at.size)
        out[at.thresholds_at] = D[at.thresholds] * (im.tau - mu[at.thresholds])
        out[at.means_at] = mu[at.averaged]
        out[at.slopes_at] = D[:, None] * im.slopes
        out[at.variances_at] = Sigma[at.numeric, at.numeric]
        out[at.pairs_at] = (Sigma * np.outer(D, D))[at.row, at.column]
        return out

    def pull_back(self, im: CategoricalImplied, slope: np.ndarray) -> np.ndarray:
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

        o = np.flatnonzero(self.ordered)
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
        out = self._gradient(im, d_sigma, d_mu, by_slopes)
        rows = np.flatnonzero(layout.matrix == THRESHOLD)
        out[rows] = by_tau[self._threshold_of(rows)]
        rows = np.flatnonzero(layout.matrix == SCALE)
        out[rows] = by_scale[layout.i[rows]]
        return out

    def _gradient(self, im, d_sigma, d_mu, by_slopes) -> np.ndarray:
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
        return own & np.isin(layout.i, self.responses) & (not self.theta)

    def jacobian(self, im: CategoricalImplied) -> np.ndarray:
        """Delta, derivative of the statistics by the rows, m x r_g."""
        at, layout = self.places, self.layout
        y, D = at.dependents, im.scale
        # thresholds move nothing but themselves
        moving, cuts = (np.flatnonzero((layout.matrix == THRESHOLD) == k) for k in (False, True))
        others = layout.take(moving)
        d_sigma, d_mu, d_slopes, d_V, _ = replace(self, layout=others)._slopes(im)
        o = np.flatnonzero(self.ordered)
        d_D = np.zeros((len(y), len(moving)))
        Sigma, mu = im.sigma[np.ix_(y, y)], im.mu[y]
        if self.theta:
            d_D[o] = -0.5 * D[o, None] ** 3 * d_V[o]
        else:
            rows = np.flatnonzero(others.matrix == SCALE)
            d_D[np.searchsorted(y, others.i[rows]), rows] = 1.0
        a, b, t = at.row, at.column, at.thresholds
        gap = im.tau - mu[t]
        by_moving = np.empty((at.size, len(moving)))
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
        out = np.zeros((at.size, len(layout.rows)))
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

    def completed_jacobian(self, im: CategoricalImplied) -> np.ndarray:
        """Derivative of all rows by the rows, r_g x r_g: the identity but for completed ones."""
        out = np.eye(len(self.layout.rows))
        rows, _ = self.completed(im)
        of = np.searchsorted(self.responses, self.layout.i[rows])
        _, _, _, d_V, residual = self._slopes(im)
        if self.theta:
            at = np.searchsorted(self.places.dependents, self.layout.i[rows])
            out[rows] = -0.5 * im.scale[at, None] ** 3 * d_V[at]
        else:
            out[rows] = residual[of]
        return out

    def _slopes(self, im: CategoricalImplied):
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
        o = np.flatnonzero(self.ordered)
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
