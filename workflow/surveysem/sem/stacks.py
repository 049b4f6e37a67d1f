"""Implied moments of many parameter vectors at once, and their derivatives: implied.py in stacks."""

from dataclasses import dataclass

import numpy as np

from surveysem.sem.implied import DIRECTED, MEAN, SYMMETRIC, Layout


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
