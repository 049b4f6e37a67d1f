"""Factor scores from ordinal answers: the mode of the factors' distribution given the answers.

An answer k to an ordinal item means that its latent response nu + lambda' eta + e lies
between two thresholds, e normal; given eta the answers are independent (Muthen 1984;
Bock and Aitkin 1981). The logarithm of the posterior density of eta is concave, so that
Newton's method finds its only maximum: empirical Bayes modal scores, lavaan's EBM.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

MAX_ITERATIONS = 100
TOLERANCE = 1e-10  # of the decrease that a Newton step promises, relative to the objective
CHUNK = 20_000  # rows whose Hessians are held at a time
_LOG_ROOT = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Measurement part of one group: p items, m factors.

    loadings: p x m. residuals: p, positive variances (covariances of residuals are not
    used). thresholds: for each item its K - 1 increasing cut points, or None where the
    item is continuous. intercepts: p. cov: m x m, of the factors.
    """

    loadings: np.ndarray
    residuals: np.ndarray
    thresholds: Sequence[np.ndarray | None]
    intercepts: np.ndarray
    cov: np.ndarray


def posterior_mode(
    answers: np.ndarray, measurement: Measurement, mean: np.ndarray, shift: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and posterior standard deviations, n x m each.

    answers: n x p, categories counted from 0 where the item has thresholds; nan where
    not answered. mean: of the factors, m, or n x m where covariates predict them. shift:
    n x p, what covariates add to the items themselves. nan in rows without answers, and
    where a mean or shift is. The standard deviations are from the curvature at the mode.
    """
    n, m = len(answers), len(measurement.cov)
    mean = np.broadcast_to(mean, (n, m))
    shift = np.broadcast_to(shift, answers.shape)
    scores, errors = np.full((n, m), np.nan), np.full((n, m), np.nan)
    known = ~np.isnan(mean).any(axis=1) & ~np.isnan(shift).any(axis=1)
    answered = np.flatnonzero(known & ~np.isnan(answers).all(axis=1))
    for at in np.array_split(answered, max(1, -(-len(answered) // CHUNK))):
        scores[at], errors[at] = _modes(answers[at], measurement, mean[at], shift[at])
    return scores, errors


def _modes(answers, ms: Measurement, mean, shift) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method in u, eta = mean + cov u: no inverse of a singular cov is needed.

    At the mode u is the gradient of the log-likelihood by eta. With H its negative second
    derivative a step solves (I + H cov) u_new = gradient + H cov u.
    """
    lower, upper = (ends - shift for ends in _bounds(answers, ms))
    V, L, eye = ms.cov, ms.loadings, np.eye(len(ms.cov))
    u = np.zeros_like(mean)
    value, slope, curvature = _log_likelihood(mean, lower, upper, ms)
    active = np.arange(len(u))
    for _ in range(MAX_ITERATIONS):
        if not len(active):
            break
        HV = np.einsum("ij,ja,jb->iab", curvature[active], L, L, optimize=True) @ V
        gradient = slope[active] @ L - u[active]
        step = np.linalg.solve(eye + HV, gradient[:, :, None])[:, :, 0]
        promised = np.einsum("ia,ab,ib->i", gradient, V, step)
        moving = promised > TOLERANCE * (1 + np.abs(value[active]))
        u[active[~moving]] += step[~moving]  # so close that the step needs no trial
        length = np.ones(len(active))
        left = np.flatnonzero(moving)
        while len(left):
            at = active[left]
            trial = u[at] + length[left, None] * step[left]
            found, s, c = _log_likelihood(mean[at] + trial @ V, lower[at], upper[at], ms)
            found -= 0.5 * np.einsum("ia,ab,ib->i", trial, V, trial)
            better = (found >= value[at]) | (length[left] < 1e-8)
            done = at[better]
            u[done], value[done] = trial[better], found[better]
            slope[done], curvature[done] = s[better], c[better]
            left = left[~better]
            length[left] /= 2
        active = active[moving]
    eta = mean + u @ V
    curvature = _log_likelihood(eta, lower, upper, ms)[2]
    HV = np.einsum("ij,ja,jb->iab", curvature, L, L, optimize=True) @ V
    posterior = V @ np.linalg.inv(eye + HV)
    return eta, np.sqrt(np.diagonal(posterior, axis1=1, axis2=2))


def _bounds(answers, ms: Measurement) -> tuple[np.ndarray, np.ndarray]:
    """Interval of each latent response, n x p each; both ends are a continuous answer."""
    lower, upper = answers.copy(), answers.copy()
    for j, cuts in enumerate(ms.thresholds):
        if cuts is None:
            continue
        ends = np.concatenate([[-np.inf], cuts, [np.inf]])
        seen = np.flatnonzero(~np.isnan(answers[:, j]))
        category = answers[seen, j].astype(int)
        lower[seen, j], upper[seen, j] = ends[category], ends[category + 1]
    return lower, upper


def _log_likelihood(eta, lower, upper, ms: Measurement):
    """Logarithm of the answers' probability (n), and by each item's linear predictor its
    first and its negative second derivative, n x p each; zero where not answered.
    """
    sd = np.sqrt(ms.residuals)
    predictor = ms.intercepts + eta @ ms.loadings.T
    a, b = (lower - predictor) / sd, (upper - predictor) / sd
    value, first, second = interval(a, b)
    continuous = np.array([cuts is None for cuts in ms.thresholds])
    z = a[:, continuous]
    value[:, continuous] = -0.5 * z**2 - _LOG_ROOT - np.log(sd[continuous])
    first[:, continuous], second[:, continuous] = z, 1.0
    missing = np.isnan(a)
    for x in (value, first, second):
        x[missing] = 0.0
    return value.sum(axis=1), first / sd, second / sd**2


def interval(a: np.ndarray, b: np.ndarray):
    """log(Phi(b) - Phi(a)), and by a shift of the mean its first and negative second
    derivative; stable in both tails.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        flip = a + b > 0  # Phi(b) - Phi(a) = Phi(-a) - Phi(-b): stay in the lower tail
        low, high = np.where(flip, -b, a), np.where(flip, -a, b)
        top = log_ndtr(high)
        value = top + np.log1p(-np.exp(log_ndtr(low) - top))
        at_a, at_b = (np.exp(-0.5 * x**2 - _LOG_ROOT - value) for x in (a, b))
        first = at_a - at_b
        inner = np.where(np.isinf(b), 0.0, b * at_b) - np.where(np.isinf(a), 0.0, a * at_a)
    return value, first, inner + first**2
