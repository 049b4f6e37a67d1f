"""Alignment: factor means and variances under the simplest pattern of differing items.

Asparouhov and Muthén (2014, Structural Equation Modeling 21, 495-508). The configural model
says, for group g and item p, loading l and location n (an intercept, or a threshold with its
sign turned) where the factor has mean 0 and variance 1 in every group. With mean a and
variance v of the factor in g they become l / sqrt(v) and n - a l / sqrt(v) (their eqs. 6-7).
Alignment takes the means and variances that make the differences between groups few and
large rather than many and small: it minimises the sum over parameters and pairs of groups of
sqrt(N1 N2) f(difference), f(x) = (x^2 + eps)^(1/4) (their eqs. 8-9).

Identification is their FIXED one: the first group's mean is 0; the product of all variances
is 1 in the minimisation, so that no large variance can shrink the loadings' differences.
With k = a / sqrt(v) the sum falls into one of the loadings, of the variances only, and one of
the locations, of k only; each is minimised by itself. Results are then put into the metric of
the first group (mean 0, variance 1).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

EPS = 0.01  # Mplus' default; the loss is rounded off within sqrt(EPS) = .1 of no difference
CONNECTED, MEMBER = 0.01, 0.001  # p values of `invariant_set`, theirs
SAME = 1e-6  # starts whose losses differ by less, relatively, have found the same minimum


@dataclass(frozen=True, slots=True)
class Configural:
    """Estimates of a one-factor configural model; nan where a group was not asked an item.

    loadings: G x P, in metric of a factor with variance 1. locations: G x L, with mean 0.
    item: L, the item (0 to P - 1) of each location. vcov: of [loadings, locations], row by
    row; zero where there is no estimate. sizes: G, respondents.
    """

    loadings: np.ndarray
    locations: np.ndarray
    item: np.ndarray
    vcov: np.ndarray
    sizes: np.ndarray


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where a loss is least. loss: there; losses: what each start ended at; at: G values;
    converged: whether the gradient vanishes and the curvature is positive there."""

    at: np.ndarray
    loss: float
    losses: np.ndarray
    converged: bool

    @property
    def agreeing(self) -> int:
        """Number of starts that ended at the least loss."""
        return int((self.losses - self.loss <= SAME * self.loss).sum())


@dataclass(frozen=True, slots=True)
class Alignment:
    """Aligned parameters in the metric of the first group, with their covariance matrices.

    means, variances: G. loadings: G x P, locations: G x L. *_vcov: of means and variances
    G x G; of parameters, of loadings and locations as raveled. scale, shift: the minima of
    the losses of loadings (log of the factor's standard deviation) and locations (its mean
    in its own standard deviations).
    """

    means: np.ndarray
    variances: np.ndarray
    loadings: np.ndarray
    locations: np.ndarray
    means_vcov: np.ndarray
    variances_vcov: np.ndarray
    loadings_vcov: np.ndarray
    locations_vcov: np.ndarray
    scale: Minimum
    shift: Minimum

    @property
    def converged(self) -> bool:
        """Whether both minima were found."""
        return self.scale.converged and self.shift.converged


def component_loss(x: np.ndarray, eps: float = EPS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """f(x) = (x^2 + eps)^(1/4), its first and its second derivative."""
    square = x * x
    q = square + eps
    f = np.sqrt(np.sqrt(q))
    return f, 0.5 * x * f / q, 0.5 * f / (q * q) * (eps - 0.5 * square)


def pair_loss(
    values: np.ndarray, sizes: np.ndarray, eps: float = EPS
) -> tuple[float, np.ndarray, np.ndarray]:
    """Loss of values (G x P) over pairs of groups, its gradient (G x P) and Hessian
    (G x G x P: the loss of one column does not depend on another)."""
    seen = np.isfinite(values)
    x = np.where(seen, values, 0.0)
    both = seen[:, None] & seen[None]
    weight = np.sqrt(np.outer(sizes, sizes))[:, :, None] * both
    weight[np.diag_indices(len(x))] = 0.0
    f, first, second = component_loss(x[:, None] - x[None], eps)
    hessian = -weight * second
    hessian[np.diag_indices(len(x))] = (weight * second).sum(1)
    return 0.5 * (weight * f).sum(), (weight * first).sum(1), hessian


def scale_loss(
    scale: np.ndarray, loadings: np.ndarray, sizes: np.ndarray, eps: float = EPS
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Loss of loadings exp(-scale) l, by the log of the factor's standard deviation.

    The loss, its gradient (G), Hessian (G x G) and the derivative of the gradient by the
    loadings (G x GP).
    """
    inverse = np.exp(-scale)
    u = np.nan_to_num(loadings * inverse[:, None])
    loss, slope, curve = pair_loss(loadings * inverse[:, None], sizes, eps)
    gradient = -(slope * u).sum(1)
    hessian = np.einsum("ghp,gp,hp->gh", curve, u, u) + np.diag((slope * u).sum(1))
    mixed = -np.einsum("ghp,gp,h->ghp", curve, u, inverse)
    mixed[np.diag_indices(len(u))] -= slope * inverse[:, None]
    return loss, gradient, hessian, mixed.reshape(len(u), -1)


def shift_loss(
    shift: np.ndarray, x: Configural, eps: float = EPS
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Loss of locations n - shift l, by the factor's mean in its own standard deviations.

    The loss, its gradient (G), Hessian (G x G) and the derivative of the gradient by
    loadings and locations (G x G(P + L)).
    """
    own = np.nan_to_num(x.loadings[:, x.item])
    groups, count = x.loadings.shape
    loss, slope, curve = pair_loss(x.locations - shift[:, None] * own, x.sizes, eps)
    gradient = -(slope * own).sum(1)
    hessian = np.einsum("ghp,gp,hp->gh", curve, own, own)
    by_location = -np.einsum("ghp,gp->ghp", curve, own)
    through = np.einsum("ghp,gp,h->ghp", curve, own, shift)
    through[np.diag_indices(groups)] -= slope
    by_loading = through @ np.eye(count)[x.item]
    mixed = [by_loading.reshape(groups, -1), by_location.reshape(groups, -1)]
    return loss, gradient, hessian, np.hstack(mixed)


def align(x: Configural, eps: float = EPS) -> Alignment:
    """Align a configural model of G groups; covariance matrices by the delta method.

    The minimum moves with the estimates as the implicit function theorem says:
    d minimum = -Hessian^-1 d(gradient) / d(estimates). Without a minimum the covariance
    matrices are nan.
    """
    groups, count = x.loadings.shape
    same_product = np.vstack([np.eye(groups - 1), -np.ones(groups - 1)])
    first_zero = np.eye(groups)[:, 1:]

    def of_scale(s):
        return scale_loss(s, x.loadings, x.sizes, eps)

    def of_shift(k):
        return shift_loss(k, x, eps)

    scale, moves_s = _minimum(of_scale, _scale_starts(x), same_product)
    shift, moves_k = _minimum(of_shift, _shift_starts(x), first_zero)
    moves_s = np.hstack([moves_s, np.zeros((groups, x.locations.size))])
    return _in_first_metric(x, scale, shift, moves_s - moves_s[0], moves_k, groups * count)


def _in_first_metric(x, scale, shift, moves_r, moves_k, split: int) -> Alignment:
    """Results where the first group's factor has mean 0 and variance 1.

    moves_r, moves_k: derivatives of the log standard deviation against the first group's
    and of the shift (G x G(P + L)).
    """
    r, k = scale.at - scale.at[0], shift.at
    sd, every = np.exp(r)[:, None], np.eye(len(x.vcov))
    g_of_loading = np.repeat(np.arange(len(r)), x.loadings.shape[1])
    g_of_location = np.repeat(np.arange(len(r)), len(x.item))
    flat = np.nan_to_num(x.loadings).ravel()
    own = (np.arange(len(r))[:, None] * x.loadings.shape[1] + x.item).ravel()
    loadings = (every[:split] - flat[:, None] * moves_r[g_of_loading]) / sd[g_of_loading]
    locations = (
        every[split:]
        - k[g_of_location, None] * every[own]
        - flat[own, None] * moves_k[g_of_location]
    )
    spread = [j @ x.vcov @ j.T for j in (sd * (moves_k + k[:, None] * moves_r),
              2 * sd**2 * moves_r, loadings, locations)]  # fmt: skip
    return Alignment(
        k * sd[:, 0], sd[:, 0] ** 2, x.loadings / sd, x.locations - k[:, None] * x.loadings[:, x.item],
        *spread, scale, shift,
    )  # fmt: skip


def _minimum(
    function: Callable, starts: Sequence[np.ndarray], basis: np.ndarray
) -> tuple[Minimum, np.ndarray]:
    """The least minimum over starts within the span of a basis (G x G - 1), and how it moves
    with the estimates (the function's mixed derivatives)."""
    size = abs(function(starts[0])[0])
    solve = np.linalg.pinv(basis)

    def value(t):
        loss, gradient, *_ = function(basis @ t)
        return loss / size, basis.T @ gradient / size

    ends = [minimize(value, solve @ s, jac=True, method="BFGS", options={"gtol": 1e-6})
            for s in starts]  # fmt: skip
    best = min(ends, key=lambda end: end.fun)
    t = best.x
    for _ in range(3):  # Newton's steps sharpen what the search left of the gradient
        _, gradient, hessian, _ = function(basis @ t)
        step = np.linalg.lstsq(basis.T @ hessian @ basis, basis.T @ gradient, rcond=None)[0]
        if value(t - step)[0] <= value(t)[0]:
            t = t - step
    loss, gradient, hessian, mixed = function(basis @ t)
    inner = basis.T @ hessian @ basis
    steep = np.abs(basis.T @ gradient).max() / size
    converged = bool(steep < 1e-5 and np.linalg.eigvalsh(inner)[0] > 1e-8 * size)
    moves = -basis @ np.linalg.solve(inner, basis.T @ mixed) if converged else mixed * np.nan
    return Minimum(basis @ t, loss, size * np.array([e.fun for e in ends]), converged), moves


def _scale_starts(x: Configural) -> list[np.ndarray]:
    """No difference; loadings equal on average; and each single item's loading equal."""
    logs = np.log(np.where(x.loadings > 0, x.loadings, np.nan))
    anchored = [column for column in logs.T if np.isfinite(column).all()]
    found = [np.zeros(len(logs)), np.log(np.nanmean(np.abs(x.loadings), axis=1)), *anchored]
    return [s - s.mean() for s in found]


def _shift_starts(x: Configural) -> list[np.ndarray]:
    """No difference; locations equal on average; and each single location equal."""
    own = x.loadings[:, x.item]
    moved = (x.locations - x.locations[0]) / np.where(own > 0, own, np.nan)
    anchored = [column for column in moved.T if np.isfinite(column).all()]
    average = [np.mean(anchored, axis=0)] if anchored else []
    return [np.zeros(len(own)), *average, *anchored]


def invariant_set(values: np.ndarray, vcov: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups in which one aligned parameter is invariant, and each group's p value.

    values: G, nan in groups without the parameter. vcov: G x G. The stepwise rule of
    Asparouhov and Muthén (2014, p. 499): two groups are connected when the p value of their
    difference is above .01; the largest connected set is the first one; then each group is
    compared with the average of the set (of the others in it) and belongs to it when p is
    above .001, over again until nothing changes.
    """
    seen = np.isfinite(values)
    inside = _largest_connected(values, vcov, seen)
    for _ in range(10 * len(values)):  # the rule may go in circles
        p = np.array([_against(g, inside, values, vcov) if seen[g] else np.nan
                      for g in range(len(values))])  # fmt: skip
        new = seen & ~(p < MEMBER)
        if (new == inside).all() or not new.any():
            break
        inside = new
    return inside, p


def _largest_connected(values, vcov, seen) -> np.ndarray:
    spread = np.diag(vcov)[:, None] + np.diag(vcov) - 2 * vcov
    gap = np.abs(values[:, None] - values)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = ~(2 * norm.sf(gap / np.sqrt(spread)) < CONNECTED) & np.outer(seen, seen)
    reach = np.linalg.matrix_power(near.astype(float) + np.eye(len(values)), len(values)) > 0
    return reach[np.argmax((reach & seen).sum(1) * seen)] & seen


def _against(g: int, inside: np.ndarray, values: np.ndarray, vcov: np.ndarray) -> float:
    """p value of a group's difference from the average of the others in a set."""
    others = inside & (np.arange(len(values)) != g)
    if not others.any():
        return 1.0
    contrast = np.where(others, -1 / others.sum(), 0.0)
    contrast[g] = 1.0
    gap = contrast @ np.nan_to_num(values)
    return float(2 * norm.sf(abs(gap) / np.sqrt(contrast @ vcov @ contrast)))


def explained(configural: np.ndarray, predicted: np.ndarray) -> float:
    """Share of a parameter's variation over groups that the factor's means and variances
    explain: 1 - Var(residual) / Var(parameter), Asparouhov and Muthén's (2014) R^2.

    configural, predicted: G or G x P (variation about each column's mean, summed). nan where
    nothing varies.
    """
    left, total = (
        np.nansum((part - np.nanmean(part, axis=0)) ** 2)
        for part in (configural - predicted, configural)
    )
    return float(1 - left / total) if total > 0 else np.nan
