"""Log-likelihood and scores of single rows of incomplete normal data.

Moments stand in the order of fiml.py: (mu, vech Sigma), the lower triangle row by row. No
function holds more than a block of rows times p + p*, unless that is its result.
"""

from collections.abc import Iterator
from itertools import count

import numpy as np

from surveysem.sem.missing.fiml import Products, inverses
from surveysem.sem.missing.patterns import Patterns

ROWS = 1024  # rows treated at once


def log_likelihoods(
    values: np.ndarray, pats: Patterns, sigma: np.ndarray, mu: np.ndarray
) -> np.ndarray:
    """Log-likelihood of each row of the data (n x p) that `pats` sums up, n.

    With the constant in 2 pi; nan for rows without any answer. Weights play no part. Sigma
    has to be positive definite.
    """
    out = np.full(len(values), np.nan)
    constant = np.log(2 * np.pi) * pats.observed.sum(axis=1)
    for rows, d, z, pattern, _, log_det in _blocks(values, pats, sigma, mu):
        out[rows] = -(constant[pattern] + log_det + (d * z).sum(axis=1)) / 2
    return out


def scores(
    values: np.ndarray,
    pats: Patterns,
    sigma: np.ndarray,
    mu: np.ndarray,
    jacobian: np.ndarray | None = None,
) -> np.ndarray:
    """Derivatives of each row's log-likelihood, n x q; 0 for rows without any answer.

    jacobian: (p + p*) x q, of the moments by other parameters (implied.jacobian); without it
    the derivatives are those by (mu, vech Sigma), q = p + p*. Weights play no part.
    """
    size = len(mu) * (len(mu) + 3) // 2
    out = np.zeros((len(values), size if jacobian is None else jacobian.shape[1]))
    for rows, block in _score_blocks(values, pats, sigma, mu):
        out[rows] = block if jacobian is None else block @ jacobian
    return out


def first_order_information(
    values: np.ndarray,
    pats: Patterns,
    sigma: np.ndarray,
    mu: np.ndarray,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Cross-product of the rows' scores by (mu, vech Sigma) per unit of weight, p + p* square.

    The B of a sandwich (Yuan and Bentler 2000). weights: n; a weighted row's score counts with
    its weight, so B has the squares of the weights (pseudo maximum likelihood).
    """
    size = len(mu) * (len(mu) + 3) // 2
    products = Products(size)
    for rows, block in _score_blocks(values, pats, sigma, mu):
        if weights is not None:
            block *= weights[rows, None]
        products.add(block)
    return products.total() / pats.weight


def _score_blocks(
    values: np.ndarray, pats: Patterns, sigma: np.ndarray, mu: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of rows: which, and their scores by (mu, vech Sigma), b x (p + p*)."""
    p = len(mu)
    i, j = np.tril_indices(p)
    for rows, _, z, pattern, W, _ in _blocks(values, pats, sigma, mu):
        first = pattern[0]
        entries = W[: pattern[-1] - first + 1].reshape(-1, p * p)[:, i * p + j]
        block = np.empty((len(rows), p + len(i)))
        block[:, :p], by_sigma = z, block[:, p:]
        np.negative(entries[pattern - first], out=by_sigma)
        for k in range(p):  # by slices: a look-up of the columns i and j takes ten times as long
            by_sigma[:, k * (k + 1) // 2 :][:, : k + 1] += z[:, k, None] * z[:, : k + 1]
        by_sigma[:, i == j] /= 2
        yield rows, block


def _blocks(values: np.ndarray, pats: Patterns, sigma: np.ndarray, mu: np.ndarray) -> Iterator:
    """Blocks of rows in the order of the patterns.

    Yields which rows; their deviations d from mu (b x p, 0 where missing); W d with their
    pattern's W = Sigma_k^-1; each row's pattern (b); W from the first row's pattern on; each
    row's log|Sigma_k| (b).
    """
    for at, W, log_det in inverses(pats, sigma):
        begin, end = pats.starts[at.start], pats.starts[at.stop]
        for low in range(begin, end, ROWS):
            rows = pats.order[low : min(low + ROWS, end)]
            place = np.arange(low, low + len(rows))
            pattern = np.searchsorted(pats.starts, place, side="right") - 1
            d = np.nan_to_num(values[rows] - mu)
            z = np.empty_like(d)
            here = pattern - at.start
            edges = np.clip(pats.starts[pattern[0] : pattern[-1] + 2] - low, 0, len(rows)).tolist()
            for k, start, stop in zip(count(here[0]), edges[:-1], edges[1:], strict=False):
                np.matmul(d[start:stop], W[k], out=z[start:stop])
            yield rows, d, z, pattern, W[here[0] :], log_det[here]
