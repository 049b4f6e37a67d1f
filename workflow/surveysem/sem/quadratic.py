"""Convex quadratic programs with few constraints, by least distance and nonnegative least squares.

Source: Lawson and Hanson (1974), Solving Least Squares Problems, chapter 23.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

ROUNDING = 1e-11


@dataclass(frozen=True, slots=True)
class Step:
    """Solution of a quadratic program.

    d: n. equal, unequal: multipliers of the equalities, and of the inequalities (zero or
    more). feasible: False where no d satisfies the constraints: d is then the least change
    that comes close to those that fail.
    """

    d: np.ndarray
    equal: np.ndarray
    unequal: np.ndarray
    feasible: bool


def solve(root: np.ndarray, g, A, h, C, c) -> Step:
    """Minimum of g'd + d'Hd / 2 under A d + h = 0 and C d + c >= 0.

    root: lower Cholesky factor of H, n x n. g: n. A: e x n, h: e. C: i x n, c: i. With
    y = L'd + L^-1 g it is the point closest to zero; the equalities leave a subspace of y,
    in which the dual of the inequalities is a nonnegative least-squares problem.
    """
    n = len(g)
    rows = solve_triangular(root, np.vstack([g, A, C]).T, lower=True).T
    start, A_y, C_y = rows[0], rows[1 : len(A) + 1], rows[len(A) + 1 :]
    e_size, c_size = _norms(A_y), _norms(C_y)
    A_y, C_y = A_y / e_size[:, None], C_y / c_size[:, None]
    b, lower = A_y @ start - h / e_size, C_y @ start - c / c_size

    U, singular, Vt = np.linalg.svd(A_y, full_matrices=True) if len(A) else (None, (), np.eye(n))
    rank = int(np.sum(np.asarray(singular) > ROUNDING))
    y = Vt[:rank].T @ ((U[:, :rank].T @ b) / singular[:rank]) if rank else np.zeros(n)
    feasible = bool(np.abs(A_y @ y - b).max(initial=0.0) <= 1e-9 * (1 + np.abs(b).max(initial=0.0)))
    N = Vt[rank:].T
    M, gap = C_y @ N, lower - C_y @ y
    moves = np.linalg.norm(M, axis=1) > ROUNDING  # the others are settled by the equalities
    feasible &= not (gap[~moves] > 1e-9).any()
    at, w, found = _least_distance(M[moves], gap[moves])
    active = np.flatnonzero(moves)[at]
    y = y + N @ w

    d = solve_triangular(root, y - start, lower=True, trans="T")
    both = np.vstack([A_y, C_y[active]])
    multipliers = np.linalg.lstsq(both.T, y, rcond=None)[0] if len(both) else np.zeros(0)
    unequal = np.zeros(len(C))
    unequal[active] = np.maximum(multipliers[len(A) :], 0.0) / c_size[active]
    return Step(d, multipliers[: len(A)] / e_size, unequal, bool(feasible and found))


def _norms(rows: np.ndarray) -> np.ndarray:
    size = np.linalg.norm(rows, axis=1)
    return np.where(size > 0, size, 1.0)


def _least_distance(M: np.ndarray, lower: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Shortest w with M w >= lower: active constraints, w, and whether there is one."""
    from scipy.optimize import nnls  # slow to import

    n = M.shape[1]
    none = np.zeros(0, dtype=int), np.zeros(n), True
    if not len(M) or (lower <= 0).all():
        return none
    size = np.abs(lower).max()  # the problem scales with it: keep its last row near one
    E = np.vstack([M.T, lower / size])
    u, rest = nnls(E, np.append(np.zeros(n), 1.0), maxiter=50 * (len(M) + 3))
    active = np.flatnonzero(u > 0)
    if rest < 1e-9:
        violated = np.flatnonzero(lower > 0)
        return violated, np.linalg.lstsq(M[violated], lower[violated], rcond=None)[0], False
    # the same point, without the rounding of the dual
    w = np.linalg.lstsq(M[active], lower[active], rcond=None)[0]
    return active, w, True
