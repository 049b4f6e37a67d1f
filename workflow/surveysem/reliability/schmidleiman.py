"""Omega hierarchical from an exploratory factor analysis, of many correlation matrices at once.

The method of psych::omega(): minimum-residual factors, oblimin rotation, and Schmid and Leiman's
(1957) transformation of them to a general factor and orthogonal group factors. Source: Zinbarg,
Revelle, Yovel & Li (2005), Psychometrika 70, 123. Shapes: b matrices of k items, f factors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.reliability.classical import correlations

FACTORS = 3  # as in psych: with fewer, the general factor is not identified
FEWEST_ITEMS = 2 * FACTORS
LEAST, MOST = 0.005, 1.0  # unique variances; at the lower bound psych stops too
STATISTICS = ("omega_h_sl", "omega_t_sl", "ecv_sl")
NEAR = 1e-4  # variances nearer to a bound that they tend to are taken there
STEPS = 100
TOLERANCE = 1e-7
ROTATIONS, ROTATED = 1000, 1e-5  # steps at most, and the length of the gradient at the end


@dataclass(frozen=True, slots=True)
class Solution:
    """General loadings (b x k), group loadings (b x k x f), unique variances (b x k).

    between: b x f, unique variances of the factors, given the general one. converged: b bool.
    rotated: b x k x f, the loadings that the general factor was taken from.
    """

    general: np.ndarray
    group: np.ndarray
    unique: np.ndarray
    between: np.ndarray
    converged: np.ndarray
    rotated: np.ndarray


def why_not(R: np.ndarray, names: Sequence[str]) -> str:
    """Why a correlation matrix (k x k) has no such solution, in words; '' where it has."""
    if len(names) < FEWEST_ITEMS:
        return f"fewer than {FEWEST_ITEMS} items: three group factors are not identified"
    if not usable(R[None])[0]:
        return "an item is a linear function of others"
    return ""


def usable(cov: np.ndarray) -> np.ndarray:
    """Which of the covariance matrices (b x k x k) are positive definite, b bool."""
    fine = (np.diagonal(cov, axis1=1, axis2=2) > 0).all(axis=1)
    fine[fine] = np.linalg.eigvalsh(correlations(cov[fine]))[:, 0] > 1e-8
    return fine


def minres(R: np.ndarray, factors: int) -> tuple[np.ndarray, np.ndarray]:
    """Loadings (b x k x f, unrotated) and unique variances (b x k).

    Newton's method for the unique variances within bounds, with the gradient and Hessian of
    Joereskog (1977), in: Statistical methods for digital computers, 125.
    """
    inverse = np.linalg.inv(R)
    psi = np.clip(1 / np.diagonal(inverse, axis1=1, axis2=2), LEAST, MOST)
    value, gradient, hessian = _residuals(R, psi, factors)
    done = np.zeros(len(R), dtype=bool)
    for _ in range(STEPS):
        held = ((psi <= LEAST + NEAR) & (gradient > 0)) | ((psi >= MOST - NEAR) & (gradient < 0))
        psi = np.where(held, np.where(gradient > 0, LEAST, MOST), psi)
        done |= (np.abs(np.where(held, 0.0, gradient)) < TOLERANCE).all(axis=1)
        if done.all():
            break
        step = _newton(gradient, hessian, held)
        active, size = np.flatnonzero(~done), np.ones(len(R))
        for _halving in range(12):
            trial = np.clip(psi[active] - size[active, None] * step[active], LEAST, MOST)
            found = _residuals(R[active], trial, factors)
            better = found[0] <= value[active] + 1e-15
            rows = active[better]
            psi[rows], value[rows] = trial[better], found[0][better]
            gradient[rows], hessian[rows] = found[1][better], found[2][better]
            active = active[~better]
            size[active] /= 2
            if not len(active):
                break
        done[active] = True  # rounding lets the residuals fall no further
    values, vectors = np.linalg.eigh(R - psi[:, :, None] * np.eye(R.shape[1]))
    kept = values[:, -factors:][:, ::-1]
    loadings = vectors[:, :, -factors:][:, :, ::-1] * np.sqrt(np.maximum(kept, 0))[:, None]
    return loadings, psi


def _residuals(R: np.ndarray, psi: np.ndarray, factors: int):
    """Half the sum of squared residuals (b), gradient (b x k) and Hessian (b x k x k) by psi."""
    k = R.shape[1]
    values, vectors = np.linalg.eigh(R - psi[:, :, None] * np.eye(k))
    small, large = values[:, : k - factors], values[:, k - factors :]
    low, high = vectors[:, :, : k - factors], vectors[:, :, k - factors :]
    value = (small**2).sum(axis=1) / 2
    gradient = -np.einsum("bm,bim->bi", small, low**2)
    gap = small[:, :, None] - large[:, None]
    ratio = small[:, :, None] / np.where(np.abs(gap) > 1e-12, gap, -1e-12)
    hessian = (low @ low.transpose(0, 2, 1)) ** 2
    hessian += 2 * np.einsum("bim,bjm,bmn,bin,bjn->bij", low, low, ratio, high, high, optimize=True)
    return value, gradient, hessian


def _newton(gradient: np.ndarray, hessian: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Newton's step with the variances at their bounds held, b x k, downhill in any case."""
    free = ~held
    H = hessian * free[:, :, None] * free[:, None] + held[:, :, None] * np.eye(held.shape[1])
    values, vectors = np.linalg.eigh(H)
    g = np.where(held, 0.0, gradient)
    along = np.einsum("bij,bi->bj", vectors, g)
    return np.einsum("bij,bj->bi", vectors, along / np.maximum(np.abs(values), 1e-8))


def varimax(loadings: np.ndarray) -> np.ndarray:
    """Varimax rotation of one k x f matrix with Kaiser's normalisation, as R's varimax()."""
    size = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    x, k = loadings / size, len(loadings)
    T, before = np.eye(x.shape[1]), 0.0
    for _ in range(1000):
        z = x @ T
        u, d, v = np.linalg.svd(x.T @ (z**3 - z * (z**2).sum(axis=0) / k))
        T = u @ v
        if d.sum() < before * (1 + 1e-12):
            break
        before = d.sum()
    return loadings @ T


def oblimin(start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rotated loadings (b x k x f), factor correlations (b x f x f), converged (b).

    Quartimin, that is direct oblimin with gamma = 0, by gradient projection from `start`
    (b x k x f): Jennrich (2002), Psychometrika 67, 7, with the steps of Barzilai and Borwein
    (1988), IMA Journal of Numerical Analysis 8, 141, shortened until the criterion falls.
    """
    b, _, f = start.shape
    T = np.tile(np.eye(f), (b, 1, 1))
    L, value, G = _quartimin(start, T)
    P, step = _projected(T, G), np.ones(b)
    active = np.arange(b)
    for _ in range(ROTATIONS):
        active = active[(P[active] ** 2).sum(axis=(1, 2)) >= ROTATED**2]
        if not len(active):
            break
        before, slope, left = T[active], P[active], active
        for _halving in range(20):
            X = T[left] - step[left, None, None] * P[left]
            X /= np.sqrt((X**2).sum(axis=1, keepdims=True))
            found = _quartimin(start[left], X)
            fall = 1e-4 * step[left] * (P[left] ** 2).sum(axis=(1, 2))
            better = value[left] - found[1] > fall
            rows = left[better]
            T[rows], L[rows], G[rows] = X[better], found[0][better], found[2][better]
            value[rows] = found[1][better]
            left = left[~better]
            step[left] /= 2
            if not len(left):
                break
        P[active] = _projected(T[active], G[active])
        moved, bent = T[active] - before, P[active] - slope
        along = np.abs((moved * bent).sum(axis=(1, 2)))
        step[active] = (moved**2).sum(axis=(1, 2)) / np.maximum(along, 1e-300)
        active = np.setdiff1d(active, left)  # rounding lets the criterion of those fall no further
    converged = (P**2).sum(axis=(1, 2)) < ROTATED**2
    return L, T.transpose(0, 2, 1) @ T, converged


def _projected(T: np.ndarray, G: np.ndarray) -> np.ndarray:
    """Gradients along the columns' unit spheres, b x f x f."""
    return G - T * (T * G).sum(axis=1, keepdims=True)


def _quartimin(A: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loadings, criterion (b) and its derivative by T (b x f x f)."""
    inverse = np.linalg.inv(T)
    L = A @ inverse.transpose(0, 2, 1)
    squares = L * L
    others = squares.sum(axis=2, keepdims=True) - squares
    G = -(L.transpose(0, 2, 1) @ (L * others) @ inverse).transpose(0, 2, 1)
    return L, (squares * others).sum(axis=(1, 2)) / 4, G


def schmid_leiman(R: np.ndarray, near: np.ndarray | None = None) -> Solution:
    """General and group factors of correlation matrices R, b x k x k.

    near: k x f, rotated loadings of a sample that these are draws of: each draw is first turned
    towards them (orthogonal Procrustes), so that all are rotated to the same simple structure.
    Without it the rotation starts from varimax, as in psych (R then holds one matrix).
    """
    loadings, unique = minres(R, FACTORS)
    if near is None:
        start = np.stack([varimax(x) for x in loadings])
    else:
        u, _, v = np.linalg.svd(loadings.transpose(0, 2, 1) @ near)
        start = loadings @ (u @ v)
    rotated, phi, converged = oblimin(start)
    second, between = minres(phi, 1)
    g = second[:, :, 0]
    general = np.einsum("bkf,bf->bk", rotated, g)
    group = rotated * np.sqrt(np.maximum(1 - g**2, 0))[:, None]
    return Solution(general, group, unique, between, converged, rotated)


def improper(found: Solution, names: Sequence[str]) -> str:
    """Why the first solution may not be interpreted, in words; '' where it may."""
    at_zero = [n for n, psi in zip(names, found.unique[0], strict=True) if psi <= LEAST]
    if at_zero:
        return (
            "Heywood case in the exploratory factor analysis: no unique variance of "
            + ", ".join(at_zero)
        )
    if (found.between[0] <= LEAST).any():
        return "Heywood case: a group factor cannot be told from the general one"
    return "" if found.converged[0] else "the rotation did not converge"


def coefficients(R: np.ndarray, found: Solution) -> dict[str, np.ndarray]:
    """Omega hierarchical and total, and the general factor's share of the common variance (b).

    omega_h: McDonald (1999), eq. 6.21; ecv: Reise, Bonifay & Haviland (2013).
    """
    total = R.sum(axis=(1, 2))
    of_general, of_groups = (found.general**2).sum(axis=1), (found.group**2).sum(axis=(1, 2))
    return {
        "omega_h_sl": found.general.sum(axis=1) ** 2 / total,
        "omega_t_sl": 1 - found.unique.sum(axis=1) / total,
        "ecv_sl": of_general / (of_general + of_groups),
    }


def resampled(drawn: np.ndarray, found: Solution) -> dict[str, np.ndarray]:
    """Coefficients of draws of the covariance matrix behind a solution, b each.

    nan where a draw is singular or its rotation did not converge.
    """
    fine = usable(drawn)
    R = correlations(drawn[fine])
    each = schmid_leiman(R, found.rotated[0])
    out = {s: np.full(len(drawn), np.nan) for s in STATISTICS}
    for statistic, values in coefficients(R, each).items():
        out[statistic][fine] = np.where(each.converged, values, np.nan)
    return out
