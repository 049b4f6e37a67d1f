"""Whether a matrix is far from singular, seen by its Cholesky factor."""

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri


def surely_above(matrix: np.ndarray, limit: float) -> bool:
    """Whether no eigenvalue of a symmetric matrix lies below `limit` (> 0).

    True is certain: the smallest eigenvalue is 1 / ||L^-1||^2, whose norm the sum of squares
    bounds. False leaves it open, and eigenvalues, which cost ten times as much, have to tell.
    """
    root, indefinite = dpotrf(matrix, lower=1)
    return not indefinite and bool((dtrtri(root, lower=1)[0] ** 2).sum() < 1 / limit)
