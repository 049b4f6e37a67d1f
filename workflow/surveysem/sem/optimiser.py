"""The optimiser: Fisher scoring; Newton and BFGS where it stalls."""

from collections.abc import Callable

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from surveysem.sem.estimate import Estimate, Objective

GRADIENT_TOLERANCE = 1e-8  # of F by the free parameters, in units of their standard errors
CHORD = 0.01  # below this length of a step the last information serves on
STALLED_TOLERANCE = 1e-6  # the same, where no step makes F smaller
MAX_ITERATIONS = 100
MAX_NEWTON = 30


def minimise(objective: Objective, start: np.ndarray) -> Estimate:
    """Fisher scoring with step halving; where it stalls, Newton's method and BFGS take over.

    The gradient of F is twice the score per observation, hence the step
    -information^-1 gradient / 2. Far from the model (a Heywood case, say) the expected
    information differs so much from the curvature that scoring crawls or oscillates.
    """
    if not len(start):
        return Estimate(start, objective(start)[0], np.zeros((0, 0)), True, 0)
    x, converged, iterations = _scoring(objective, start)
    if not converged:
        x, converged = _newton(objective, x)
    if not converged:
        x, converged = _newton(objective, _quasi_newton(objective, x))
    return Estimate(x, objective(x)[0], objective.information(x), converged, iterations)


def _scoring(objective: Objective, x: np.ndarray) -> tuple[np.ndarray, bool, int]:
    F, grad = objective(x)
    iterations, distance, solve, metric = 0, np.inf, None, objective.metric
    for iterations in range(1, MAX_ITERATIONS + 1):
        if distance > CHORD:  # close to the minimum the information hardly changes
            solve = _solver(metric(x))
        step = -solve(grad) / 2
        before, distance = distance, _distance(grad, step)
        if distance < GRADIENT_TOLERANCE:
            return x, True, iterations
        if distance > 0.5 * before:
            distance, metric = np.inf, objective.information  # not fast: take it anew
        length, F, grad = _line_search(objective, x, F, grad, step)
        if not length:
            break
        x = x + length * step
    return x, False, iterations


def _newton(objective: Objective, x: np.ndarray) -> tuple[np.ndarray, bool]:
    """Newton's method with the Hessian from differences of the gradient, as far as it goes.

    Converged tells whether the gradient is zero, in units of the standard errors.
    """
    F, grad = objective(x)
    for _ in range(MAX_NEWTON):
        hessian = curvatures(objective, x)
        scale = units(hessian)
        values, vectors = np.linalg.eigh(hessian / np.outer(scale, scale))
        if not values[0] > 1e-10:
            break
        step = -vectors @ ((vectors.T @ (grad / scale)) / values) / scale
        if _distance(grad, step) < GRADIENT_TOLERANCE:
            return x, True
        length, F, grad = _line_search(objective, x, F, grad, step)
        if not length:
            break
        x = x + length * step
    step = _solver(objective.information(x))(grad) / 2
    return x, _distance(grad, -step) < STALLED_TOLERANCE


def curvatures(objective: Objective, x: np.ndarray) -> np.ndarray:
    """Second derivatives of F, q x q, by central differences of the gradient."""
    width = 1e-5 / units(objective.information(x))
    columns = []
    for k, h in enumerate(width):
        shift = np.zeros(len(x))
        shift[k] = h
        (up, above), (down, below) = objective(x + shift), objective(x - shift)
        if not np.isfinite(up + down):
            return -np.eye(len(x))  # too close to a singular covariance matrix
        columns.append((above - below) / (2 * h))
    H = np.array(columns)
    return (H + H.T) / 2


def _distance(grad: np.ndarray, step: np.ndarray) -> float:
    """Length of a step in standard errors per root n: invariant to scale."""
    return float(np.sqrt(max(-(grad @ step), 0.0)))


def _line_search(objective, x, F, grad, step) -> tuple[float, float, np.ndarray]:
    """Halve the step until F falls: length (0 where it never does), F and gradient there."""
    length = 1.0
    while length > 1e-10:
        F_new, grad_new = objective(x + length * step)
        if np.isfinite(F_new) and F_new <= F + 1e-4 * length * (grad @ step) + 1e-13:
            return length, F_new, grad_new
        length /= 2
    return 0.0, F, grad


def units(matrix: np.ndarray) -> np.ndarray:
    """Roots of the diagonal, 1 where it is not positive: the parameters' units."""
    diagonal = matrix.diagonal()
    return np.sqrt(np.where(diagonal > 0, diagonal, 1.0))


def _solver(info: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Function of a gradient: info^-1 times it, damped where info is close to singular."""
    scale = units(info)
    scaled = info / (scale[:, None] * scale)
    root, indefinite = dpotrf(scaled, lower=1)
    if not indefinite and root.diagonal().min() > 1e-2:  # far from singular
        return lambda grad: dpotrs(root, grad / scale, lower=1)[0] / scale
    values, vectors = np.linalg.eigh(scaled)
    inverse = 1 / np.maximum(values, 1e-6 * values[-1])
    return lambda grad: vectors @ (inverse * (vectors.T @ (grad / scale))) / scale


def _quasi_newton(objective: Objective, x: np.ndarray) -> np.ndarray:
    from scipy.optimize import minimize  # slow to import, and seldom needed

    scale = 1 / units(objective.information(x))

    def scaled(z: np.ndarray) -> tuple[float, np.ndarray]:
        F, grad = objective(z * scale)
        return (F if np.isfinite(F) else 1e10), grad * scale

    # a likelihood without a maximum has it walk for ever
    options = {"maxiter": 100 + 20 * len(x), "gtol": 1e-8}
    return minimize(scaled, x / scale, jac=True, method="BFGS", options=options).x * scale
