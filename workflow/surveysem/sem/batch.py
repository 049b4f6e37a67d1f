"""Many fits of one model at once: the same table, other moments.

The draws of a bootstrap differ little from the sample, so each starts at the sample's
solution, and the sample's information serves all of them as the first guess of curvature.
Quasi-Newton steps then need no matrix of a draw's own: only its gradient, which for all
draws together is a handful of stacked matrix products.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.sem.implied import DIRECTED, MEAN, SYMMETRIC, Layout

TOLERANCE = 1e-8  # of F by the free parameters, in units of their standard errors per root n
ROUNDING = 1e-12  # by which F may rise
MAX_ITERATIONS = 300
SINGULAR = 1e-10  # share of a variable's variance that the others leave unexplained
CACHE = 1_000_000  # bytes of one stack of matrices: what stays in a core's cache


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
class Pattern:
    """Where one group's rows stand, for variables that send arrows and the others.

    senders: the s variables with outgoing arrows. Only their columns of A are not zero, so
    with M = A[:, senders] (I - A[senders, senders])^-1, t x s, B is I plus M in the
    senders' columns: an s x s inverse in place of a t x t one.
    """

    layout: Layout
    senders: np.ndarray
    directed: np.ndarray
    symmetric: np.ndarray
    means: np.ndarray
    sender: np.ndarray

    @classmethod
    def of(cls, layout: Layout) -> "Pattern":
        """The pattern of a layout."""
        directed, symmetric, means = (
            np.flatnonzero(layout.matrix == kind) for kind in (DIRECTED, SYMMETRIC, MEAN)
        )
        senders = np.unique(layout.j[directed])
        sender = np.searchsorted(senders, layout.j[directed])
        return cls(layout, senders, directed, symmetric, means, sender)


@dataclass(frozen=True, slots=True)
class Stack:
    """Implied moments of one group in d draws, for the first v of its t variables.

    C: d x t x v, covariances of all with the first v. M: d x t x s (see Pattern). S: d x t
    x t. centre: d x t, means of all variables.
    """

    C: np.ndarray
    M: np.ndarray
    S: np.ndarray
    centre: np.ndarray


def implied(pattern: Pattern, values: np.ndarray, first: int) -> Stack:
    """Implied moments from the values of all rows of the table, d x r."""
    layout, send = pattern.layout, pattern.senders
    d, t = len(values), layout.t
    x = values[:, layout.rows]
    A, S, m = np.zeros((d, t, len(send))), np.zeros((d, t, t)), np.zeros((d, t))
    A[:, layout.i[pattern.directed], pattern.sender] = x[:, pattern.directed]
    i, j = layout.i[pattern.symmetric], layout.j[pattern.symmetric]
    S[:, i, j] = S[:, j, i] = x[:, pattern.symmetric]
    m[:, layout.i[pattern.means]] = x[:, pattern.means]
    M = A @ np.linalg.inv(np.eye(len(send)) - A[:, send])
    SB = S[:, :, :first] + S[:, :, send] @ M[:, :first].swapaxes(1, 2)
    C = SB + M @ SB[:, send]
    return Stack(C, M, S, m + (M @ m[:, send, None])[:, :, 0])


def gradient(pattern: Pattern, stack: Stack, d_sigma: np.ndarray, d_mu: np.ndarray) -> np.ndarray:
    """Derivative by this group's rows, d x r_g: implied.gradient for every draw."""
    layout, send = pattern.layout, pattern.senders
    p, t = layout.p, layout.t
    M = stack.M[:, :p]
    GQ, Gd = np.zeros((len(M), t, p)), np.zeros((len(M), t))
    GQ[:, :p], Gd[:, :p] = d_sigma, d_mu
    GQ[:, send] += M.swapaxes(1, 2) @ d_sigma
    Gd[:, send] += (d_mu[:, None] @ M)[:, 0]
    by_A = 2 * GQ @ stack.C[:, send].swapaxes(1, 2) + Gd[:, :, None] * stack.centre[:, None, send]
    by_S = np.zeros((len(M), t, t))
    by_S[:, :, :p] = GQ
    by_S[:, :, send] += GQ @ M
    out = np.empty((len(M), len(layout.rows)))
    out[:, pattern.directed] = by_A[:, layout.i[pattern.directed], pattern.sender]
    i, j = layout.i[pattern.symmetric], layout.j[pattern.symmetric]
    out[:, pattern.symmetric] = np.where(i == j, 1.0, 2.0) * by_S[:, i, j]
    out[:, pattern.means] = Gd[:, layout.i[pattern.means]]
    return out


@dataclass(frozen=True, slots=True)
class Batch:
    """The maximum-likelihood discrepancy of d draws as a function of their parameters.

    patterns, samples: one a group. K: r x q and constants: d x r, so that the rows' values
    are K x + constant. means: whether the model has a mean structure.
    """

    patterns: tuple[Pattern, ...]
    samples: tuple[Samples, ...]
    K: np.ndarray
    constants: np.ndarray
    means: bool

    def take(self, index: np.ndarray | slice) -> "Batch":
        """The batch of some of the draws."""
        samples = tuple(s.take(index) for s in self.samples)
        return Batch(self.patterns, samples, self.K, self.constants[index], self.means)

    def values(self, x: np.ndarray) -> np.ndarray:
        """Values of all rows, d x r, from the free parameters, d x q."""
        return x @ self.K.T + self.constants

    def __call__(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """F (weighted over groups), d, and its gradient, d x q; F is inf where undefined."""
        values = self.values(x)
        total = sum(s.size for s in self.samples)
        F, by_row = np.zeros(len(x)), np.zeros(values.shape)
        for pattern, sample in zip(self.patterns, self.samples, strict=True):
            stack = implied(pattern, values, pattern.layout.p)
            f, d_sigma, d_mu = discrepancy(sample, stack, means=self.means)
            share = sample.size / total
            F += share * f
            by_row[:, pattern.layout.rows] += share[:, None] * gradient(
                pattern, stack, d_sigma, d_mu
            )
        return F, by_row @ self.K

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


def cholesky(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower roots, d x p x p, and whether each matrix is positive definite, d.

    The identity stands for the root of a matrix that is not.
    """
    try:
        return np.linalg.cholesky(matrices), np.ones(len(matrices), dtype=bool)
    except np.linalg.LinAlgError:
        definite = np.array([_definite(matrix) for matrix in matrices])
        safe = np.where(definite[:, None, None], matrices, np.eye(matrices.shape[1]))
        return np.linalg.cholesky(safe), definite


def _definite(matrix: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def log_determinant(root: np.ndarray) -> np.ndarray:
    """Log determinants, d, of the matrices with these lower roots."""
    return 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)


def minimise(batch: Batch, start: np.ndarray, information: np.ndarray):
    """Free parameters of every draw, d x q, and whether each converged, d.

    start: q, the sample's solution; information: its expected information, q x q. BFGS in
    limited-memory form, with all its pairs (Nocedal and Wright 2006, algorithm 7.4), in
    coordinates in which the sample's Hessian, twice the information, is the identity.
    Draws that have converged leave; a step that does not lower F is halved. What remains
    in the end has no minimum near the sample's: its parameters run to infinity.
    """
    draws = len(batch.constants)
    step_to = np.linalg.inv(np.linalg.cholesky(2 * information)).T
    x, converged = np.tile(start, (draws, 1)), np.zeros(draws, dtype=bool)
    active = np.arange(draws)
    z, length = np.zeros((draws, len(start))), np.ones(draws)
    F, grad = batch(x)
    grad = grad @ step_to
    pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for _ in range(MAX_ITERATIONS):
        step = direction(grad, pairs)
        slope = (grad * step).sum(axis=1)
        done = np.sqrt(np.maximum(-slope, 0.0)) < TOLERANCE
        if done.any():
            converged[active[done]] = True
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
        curvature = (s * y).sum(axis=1)
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
        weights.append(rho * (s * r).sum(axis=1))
        r -= weights[-1][:, None] * y
    for (s, y, rho), weight in zip(pairs, reversed(weights), strict=True):
        r += (weight - rho * (y * r).sum(axis=1))[:, None] * s
    return -r


def chunks(draws: int, t: int) -> list[slice]:
    """Slices of the draws whose t x t matrices fit the cache together."""
    size = max(4, CACHE // (8 * t * t))
    return [slice(a, min(a + size, draws)) for a in range(0, draws, size)]
