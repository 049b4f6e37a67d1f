"""Many fits of one model at once: the same table, other moments.

The draws of a bootstrap differ little from the sample, so each starts at the sample's
solution, and the sample's information serves all of them as the first guess of curvature.
Quasi-Newton steps then need no matrix of a draw's own: only its gradient, which for all
draws together is a handful of stacked matrix products.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.sem import factorform
from surveysem.sem.estimate import Objective
from surveysem.sem.stacks import Pattern, Stack, cholesky, gradient, implied, log_determinant

TOLERANCE = 1e-7  # length of the step that is the last, in standard errors per root n
ROUNDING = 1e-12  # by which F may rise
MAX_ITERATIONS = 300
SINGULAR = 1e-10  # share of a variable's variance that the others leave unexplained
CACHE = 2_000_000  # bytes of one stack of matrices: what stays in a core's cache


@dataclass(frozen=True, slots=True)
class Samples:
    """Moments of one group in each of d draws.

    cov: d x p x p. mean: d x p. size: d, rows or the sum of their weights. nobs: d, rows.
    """

    cov: np.ndarray
    mean: np.ndarray
    size: np.ndarray
    nobs: np.ndarray

    def take(self, index: np.ndarray | slice) -> "Samples":
        """The moments of some of the draws."""
        return Samples(self.cov[index], self.mean[index], self.size[index], self.nobs[index])

    @property
    def sound(self) -> np.ndarray:
        """Whether a model can be fitted: enough rows, a positive-definite covariance, d."""
        root, definite = cholesky(self.cov)
        variance = np.diagonal(self.cov, axis1=1, axis2=2)
        unexplained = np.diagonal(root, axis1=1, axis2=2) ** 2
        regular = (unexplained > SINGULAR * variance).all(axis=1)
        return definite & regular & (self.nobs > self.cov.shape[1])


@dataclass(frozen=True, slots=True)
class Batch:
    """The maximum-likelihood discrepancy of d draws as a function of their parameters.

    patterns, samples: one a group. K: r x q and constants: d x r, so that the rows' values
    are K x + constant. means: whether the model has a mean structure. factors: one a group,
    for the shorter way of factorform.py, None where it is closed.
    """

    patterns: tuple[Pattern, ...]
    samples: tuple[Samples, ...]
    K: np.ndarray
    constants: np.ndarray
    means: bool
    factors: tuple[factorform.FactorPattern | None, ...]

    def __len__(self) -> int:
        """How many draws."""
        return len(self.constants)

    def take(self, index: np.ndarray | slice) -> "Batch":
        """The batch of some of the draws."""
        samples = tuple(s.take(index) for s in self.samples)
        return Batch(
            self.patterns, samples, self.K, self.constants[index], self.means, self.factors
        )

    def values(self, x: np.ndarray) -> np.ndarray:
        """Values of all rows, d x r, from the free parameters, d x q."""
        return x @ self.K.T + self.constants

    def __call__(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """F (weighted over groups), d, and its gradient, d x q; F is inf where undefined."""
        values = self.values(x)
        total = sum(s.size for s in self.samples)
        F, by_row = np.zeros(len(x)), np.zeros(values.shape)
        for pattern, sample, factor in zip(self.patterns, self.samples, self.factors, strict=True):
            f, slope = self._group(pattern, sample, factor, values)
            share = sample.size / total
            F += share * f
            by_row[:, pattern.layout.rows] += share[:, None] * slope
        return F, by_row @ self.K

    def _group(
        self, pattern: Pattern, sample: Samples, factor, values: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """F of one group, d, and its derivative by the group's rows, d x r_g."""
        if factor is None:
            stack = implied(pattern, values, pattern.layout.p)
            f, d_sigma, d_mu = discrepancy(sample, stack, means=self.means)
            return f, gradient(pattern, stack, d_sigma, d_mu)
        f, slope, fine = factorform.evaluate(factor, sample, values, means=self.means)
        if not fine.all():
            rest = ~fine
            f[rest], slope[rest] = self._group(pattern, sample.take(rest), None, values[rest])
        return f, slope

    def discrepancies(self, x: np.ndarray) -> np.ndarray:
        """F of each group, d x groups, less the constant of the sample's own covariance."""
        values = self.values(x)
        out = []
        for pattern, sample in zip(self.patterns, self.samples, strict=True):
            stack = implied(pattern, values, pattern.layout.p)
            root, _ = cholesky(sample.cov)
            constant = log_determinant(root) + pattern.layout.p
            out.append(discrepancy(sample, stack, means=self.means)[0] - constant)
        return np.column_stack(out)


def discrepancy(
    sample: Samples, stack: Stack, *, means: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log|Sigma| + tr(Sigma^-1 T), d, and its derivatives (see discrepancy.ml).

    What the parameters do not change, log|S| + p, is left out.
    """
    p = sample.cov.shape[1]
    sigma = stack.C[:, :p]
    root, definite = cholesky(sigma)
    if not definite.all():
        sigma = np.where(definite[:, None, None], sigma, np.eye(p))
    W = np.linalg.inv(sigma)
    T, d_mu = sample.cov, np.zeros((len(sigma), p))
    if means:
        gap = sample.mean - stack.centre[:, :p]
        T = T + gap[:, :, None] * gap[:, None]
        d_mu = -2 * (W @ gap[:, :, None])[:, :, 0]
    WT = W @ T
    F = log_determinant(root) + np.trace(WT, axis1=1, axis2=2)
    return np.where(definite, F, np.inf), W - WT @ W, d_mu


@dataclass(frozen=True, slots=True)
class Separate:
    """Objectives of d draws that have to be evaluated one at a time (see `Batch`)."""

    objectives: tuple[Objective, ...]

    def __len__(self) -> int:
        """How many draws."""
        return len(self.objectives)

    def take(self, index: np.ndarray) -> "Separate":
        """Some of the draws. index: d bool."""
        return Separate(tuple(itertools.compress(self.objectives, index)))

    def __call__(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """F, d, and its gradient, d x q; F is inf where undefined."""
        found = [objective(one) for objective, one in zip(self.objectives, x, strict=True)]
        F, gradients = zip(*found, strict=True)
        return np.array(F), np.array(gradients)


def minimise(
    batch: Batch | Separate,
    start: np.ndarray,
    information: np.ndarray,
    iterations: int = MAX_ITERATIONS,
) -> tuple[np.ndarray, np.ndarray]:
    """Free parameters of every draw, d x q, and whether each converged, d.

    start: q, the sample's solution; information: the information there, q x q. BFGS in
    limited-memory form, with all its pairs (Nocedal and Wright 2006, algorithm 7.4), in
    coordinates in which the sample's Hessian, twice the information, is the identity.
    A draw leaves with a step below the tolerance, which is still taken: convergence is faster
    than linear. A step that does not lower F is halved. What remains in the end has no
    minimum near the sample's: its parameters run to infinity.
    """
    draws = len(batch)
    step_to = np.linalg.inv(np.linalg.cholesky(2 * information)).T
    x, converged = np.tile(start, (draws, 1)), np.zeros(draws, dtype=bool)
    active = np.arange(draws)
    z, length = np.zeros((draws, len(start))), np.ones(draws)
    F, grad = batch(x)
    grad = grad @ step_to
    pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for _ in range(iterations):
        step = direction(grad, pairs)
        slope = _dot(grad, step)
        done = np.sqrt(np.maximum(-slope, 0.0)) < TOLERANCE
        if done.any():
            converged[active[done]] = True
            x[active[done]] = start + (z[done] + step[done]) @ step_to.T
            keep = ~done
            active, batch = active[keep], batch.take(keep)
            z, F, grad, length = z[keep], F[keep], grad[keep], length[keep]
            step, slope = step[keep], slope[keep]
            pairs = [tuple(a[keep] for a in pair) for pair in pairs]
        if not len(active):
            break
        moved = length[:, None] * step
        F_new, grad_new = batch(start + (z + moved) @ step_to.T)
        grad_new = grad_new @ step_to
        lower = F_new <= F + 1e-4 * length * slope + ROUNDING
        s = np.where(lower[:, None], moved, 0.0)
        y = np.where(lower[:, None], grad_new - grad, 0.0)
        curvature = _dot(s, y)
        with np.errstate(divide="ignore"):
            pairs.append((s, y, np.where(curvature > 0, 1 / curvature, 0.0)))
        z, grad, F = z + s, grad + y, np.where(lower, F_new, F)
        length = np.where(lower, 1.0, length / 2)
    x[active] = start + z @ step_to.T
    return x, converged


def direction(grad: np.ndarray, pairs: Sequence[tuple]) -> np.ndarray:
    """Quasi-Newton step of every draw, d x q, from its steps, gradient changes and 1 / s'y."""
    r = grad.copy()
    weights = []
    for s, y, rho in reversed(pairs):
        weights.append(rho * _dot(s, r))
        r -= weights[-1][:, None] * y
    for (s, y, rho), weight in zip(pairs, reversed(weights), strict=True):
        r += (weight - rho * _dot(y, r))[:, None] * s
    return -r


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Products of the rows of two d x q matrices, d."""
    return np.einsum("ij,ij->i", a, b)


def chunks(draws: int, t: int) -> list[slice]:
    """Slices of the draws whose t x t matrices fit the cache together."""
    size = max(4, CACHE // (8 * t * t))
    return [slice(a, min(a + size, draws)) for a in range(0, draws, size)]
