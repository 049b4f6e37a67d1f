"""Minima under nonlinear and inequality constraints, and the tangent space at them.

Sequential quadratic programming (Nocedal and Wright 2006, chapter 18): each step minimises
the quadratic model of F under the linearised constraints. The model's curvature is the
expected information, as in Fisher scoring, and the Hessian of the Lagrangian where that
goes slowly. An exact penalty function with second-order corrections makes steps safe.

At the minimum the constraints that hold as equations (nonlinear ones, and inequalities
with a multiplier) leave a tangent space. With its basis for K everything after the
estimates is as without constraints: (K' I K)^-1 is the corner of the inverse of the
information bordered by the constraints' Jacobian (Aitchison and Silvey 1958; Silvey 1959),
and lavaan's. Both leave the curvature of the constraints out of the information.
"""

import numpy as np
from scipy.linalg import cholesky, null_space

from surveysem.sem import quadratic
from surveysem.sem.admission import admitted, projected
from surveysem.sem.estimate import Estimate, Objective, Parametrisation
from surveysem.sem.optimiser import GRADIENT_TOLERANCE, STALLED_TOLERANCE, minimise, units
from surveysem.sem.program import Program, damped, row_norms
from surveysem.sem.restrictions import Restrictions

MAX_STEPS = 200
ACTIVE = 1e-6  # an inequality this close, in standard errors per root n, may hold as an equation


def minimised(
    objective: Objective, start: np.ndarray, rules: Restrictions
) -> tuple[Objective, Estimate]:
    """Minimum of the objective, and the objective on the tangent space there.

    Without constraints the objective is the given one. The start need not satisfy them.
    """
    if not rules:
        return objective, minimise(objective, start)
    start = admitted(objective, start, rules)
    if not len(start):
        return objective, minimise(objective, start)
    scale = 1 / units(objective.information(start))
    problem = Program(objective, rules, scale)
    z, converged, steps = _programs(problem, start / scale)
    return _at_solution(problem, z, converged, steps)


def _programs(problem: Program, z: np.ndarray) -> tuple[np.ndarray, bool, int]:
    """Sequential quadratic programs from z: where they end, whether converged, and steps."""
    F, g = problem.value(z)
    h, A, c, C = problem.constraints(z)
    penalties = np.zeros(len(h) + len(c))
    before, exact, steps = np.inf, False, 0
    equal, unequal = np.zeros(len(h)), np.zeros(len(c))
    distance, at = np.inf, z
    for steps in range(1, MAX_STEPS + 1):
        root = None
        if exact:
            H = problem.lagrangian(z, equal, unequal)
            root = _convex(H, np.vstack([A, C[unequal > 0]]))
        newton = root is not None
        if root is None:
            root = damped(problem.scoring(z))
        step = quadratic.solve(root, g, A, h, C, c)
        if not step.feasible:  # far from where they bend: back to where they hold
            z, _ = projected(problem, z, root)
            F, g = (np.inf, g) if z is None else problem.value(z)
            if not np.isfinite(F):
                return at, False, steps
            h, A, c, C = problem.constraints(z)
            step = quadratic.solve(root, g, A, h, C, c)
        at = z
        equal, unequal = step.equal, step.unequal
        distance = float(np.linalg.norm(root.T @ step.d)) / np.sqrt(2)
        if distance < GRADIENT_TOLERANCE and step.feasible:
            return z, True, steps
        slow = 0.3 if problem.analytic else 0.7
        exact = newton or (distance < 1 and distance > slow * before)
        before = distance
        sizes = np.abs(np.concatenate([equal, unequal]))
        penalties = np.where(penalties > 1.1 * sizes, penalties, 2 * sizes + 1e-8)
        found = _search(problem, z, (F, g, h, A, c, C), step, root, penalties)
        if found is None:
            if newton or distance < STALLED_TOLERANCE:
                break
            exact = True
            continue
        z, (F, g, h, A, c, C) = found
    return z, bool(distance < STALLED_TOLERANCE), steps


def _merit(F: float, h: np.ndarray, c: np.ndarray, penalties: np.ndarray) -> float:
    broken = np.concatenate([np.abs(h), np.maximum(-c, 0.0)])
    value = F + penalties @ broken
    return value if np.isfinite(value) else np.inf


def _search(problem: Program, z, at, step, root, penalties):
    """Shorten the step until the penalty function falls: the point and all values there.

    A full step that does not make it fall is first bent back onto the constraints (Maratos
    effect). None where no step does.
    """
    F, g, h, A, c, C = at
    d, merit = step.d, _merit(F, h, c, penalties)
    slope = (
        float(g @ d) + _merit(0.0, h + A @ d, c + C @ d, penalties) - _merit(0.0, h, c, penalties)
    )
    slope = min(slope, 0.0)

    def tried(point, length):
        F_new, g_new = problem.value(point)
        if not np.isfinite(F_new):
            return None
        h_new, A_new, c_new, C_new = problem.constraints(point)
        fallen = _merit(F_new, h_new, c_new, penalties) <= merit + 1e-4 * length * slope + 1e-13
        return (point, (F_new, g_new, h_new, A_new, c_new, C_new)) if fallen else None

    length = 1.0
    while length > 1e-10:
        found = tried(z + length * d, length)
        if found is None and length == 1.0 and problem.rules.curved:
            h_new, _, c_new, _ = problem.constraints(z + d)
            hold = step.unequal > 0
            J = np.vstack([A, C[hold]])
            off = np.concatenate([h_new, c_new[hold]])
            if np.isfinite(off).all() and len(off):
                W = np.linalg.solve(root, J.T)
                back = np.linalg.solve(root.T, W @ np.linalg.lstsq(W.T @ W, off, rcond=1e-10)[0])
                found = tried(z + d - back, length)
        if found is not None:
            return found
        length /= 2
    return None


def _convex(H: np.ndarray, J: np.ndarray) -> np.ndarray | None:
    """Lower Cholesky factor of H, bent upwards across the constraints J if need be.

    None where H is not positive definite along them. rho J'J changes no step on them.
    """
    rho = 0.0
    size = row_norms(J)
    for _ in range(8):
        try:
            return cholesky(H + rho * (J / size[:, None] ** 2).T @ J, lower=True)
        except np.linalg.LinAlgError:
            if not len(J):
                return None
            rho = max(10 * rho, float(np.abs(np.diag(H)).max()))
    return None


# The solution -------------------------------------------------------------------------


def _at_solution(
    problem: Program, z: np.ndarray, converged: bool, steps: int
) -> tuple[Objective, Estimate]:
    """Objective on the tangent space of the constraints that hold, and the estimate in it."""
    _, A, c, C = problem.constraints(z)
    root = damped(problem.scoring(z))
    near = c / row_norms(np.linalg.solve(root, C.T).T)
    active = _held(np.flatnonzero(near < ACTIVE), A, C)
    z = _onto(problem, z, active)
    base, rules = problem.objective.parameters, problem.rules
    values = _settled(base.rows(z * problem.scale), base, rules, active)

    _, A, c, C = problem.constraints(z)
    J = np.vstack([A, C[active]])
    J = J / row_norms(J)[:, None]
    basis = null_space(J, rcond=1e-10) if len(J) else np.eye(len(z))
    e_rank = int(np.linalg.matrix_rank(J[: len(A)], tol=1e-10)) if len(A) else 0
    K = base.K @ (problem.scale[:, None] * basis)
    size = np.abs(base.K) @ problem.scale
    K[np.abs(K) < 1e-13 * size[:, None]] = 0.0  # what only rounding keeps from a bound
    tangent = Parametrisation(K, values, base.free, base, len(z) - e_rank - K.shape[1])
    objective = Objective(problem.objective.parts, tangent)

    _, g = problem.value(z)
    multipliers = np.linalg.lstsq(J.T, g, rcond=None)[0] if len(J) else np.zeros(0)
    size = row_norms(np.vstack([A, C[active]]))
    multipliers = multipliers / size
    unequal = np.zeros(len(c))
    unequal[active] = multipliers[len(A) :]
    bending = basis.T @ problem.bending(z, multipliers[: len(A)], unequal) @ basis / 2
    x = np.zeros(K.shape[1])
    estimate = Estimate(
        x,
        objective(x)[0],
        objective.information(x),
        converged,
        steps,
        tuple(int(k) for k in active),
        bending,
    )
    return objective, estimate


def _held(near: np.ndarray, A: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Those of the inequalities near their bounds that are needed to hold the solution there.

    One without a multiplier (a minimum that happens to lie on it) counts, as in lavaan; of
    several that say the same one does.
    """
    kept, J = [], A
    rank = np.linalg.matrix_rank(J / row_norms(J)[:, None], tol=1e-8) if len(J) else 0
    for k in near:
        more = np.vstack([J, C[k]])
        new_rank = np.linalg.matrix_rank(more / row_norms(more)[:, None], tol=1e-8)
        if new_rank > rank:
            kept.append(k)
            J, rank = more, new_rank
    return np.array(kept, dtype=int)


def _onto(problem: Program, z: np.ndarray, active: np.ndarray) -> np.ndarray:
    """z with what is left of the constraints that hold removed: a few steps of Gauss-Newton."""
    for _ in range(3):
        h, A, c, C = problem.constraints(z)
        J, off = np.vstack([A, C[active]]), np.concatenate([h, c[active]])
        if len(off) and np.isfinite(off).all():
            z = z - np.linalg.lstsq(J, off, rcond=1e-12)[0]
    return z


def _settled(
    values: np.ndarray, base: Parametrisation, rules: Restrictions, active: np.ndarray
) -> np.ndarray:
    """Values of all rows, r, with parameters at a bound exactly there: not -1e-17 for 0."""
    values = values.copy()
    for k in active:
        expression = rules.inequalities[k]
        names = [n for n in expression.names if base.K[rules.rows[n]].any()]
        if len(names) == 1 and expression.degree(names) == 1:
            row = rules.rows[names[0]]
            gap, slope = rules.evaluate([expression], values)
            same = (base.K[row] == base.K).all(axis=1) & (values == values[row])
            values[same] = values[row] - gap[0] / slope[0, row]
    return values
