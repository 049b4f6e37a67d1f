"""Polychoric correlations from contingency tables: all pairs of ordered variables at once.

P pairs, each with a table of K x K cells; first index: the row variable h, second: the column
variable k. Variables with fewer than K categories have thresholds at `FAR` and empty cells behind.

Source: Olsson (1979), Psychometrika 44, 443, two-step estimator.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from surveysem.sem.ordinal.bivariate import FAR, cdf, density, density_slope, maximise

__all__ = ["BOUND", "Cells", "PairScores", "cells", "pad", "polychoric", "scores", "two_by_two"]

BOUND = 0.999

# Below this a cell's probability is rounding error. An observed cell is never that improbable at
# the maximum; on the way there it may be.
_LEAST = 1e-14
_BLOCK = 200_000  # cells worked on at a time, which bounds the memory of large tables


@dataclass(frozen=True, slots=True)
class Cells:
    """Model probabilities of P tables.

    probability, slope, curvature: P x K x K, the probabilities and their first and second
    derivatives by rho.
    """

    probability: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray


@dataclass(frozen=True, slots=True)
class PairScores:
    """Derivatives of log probability of each cell, at P correlations.

    rho: P x K x K, by rho. row: P x (K-1) x K, column: P x K x (K-1): d probability by a threshold
    of the row or column variable on its lower side, that is of the cell whose upper limit it is;
    the cell above has the same with the opposite sign. probability: P x K x K.
    """

    rho: np.ndarray
    row: np.ndarray
    column: np.ndarray
    probability: np.ndarray


def pad(thresholds: tuple[np.ndarray, ...], most: int) -> np.ndarray:
    """Thresholds of p variables as p x `most`, with FAR after each variable's last."""
    out = np.full((len(thresholds), most), FAR)
    for row, values in zip(out, thresholds, strict=True):
        row[: len(values)] = values
    return out


def _corners(h: np.ndarray, k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every combination of thresholds: P x (K-1)^2 for row and for column variable."""
    shape = (len(h), h.shape[1], k.shape[1])
    return (
        np.broadcast_to(h[:, :, None], shape).reshape(len(h), -1),
        np.broadcast_to(k[:, None, :], shape).reshape(len(h), -1),
    )


def _differences(corners: np.ndarray, last_row: np.ndarray | None, last_column) -> np.ndarray:
    """Cell contents, P x K x K, from values at the inner corners, P x (K-1) x (K-1).

    last_row, last_column: values along the upper edges (P x (K-1)), None for zero.
    """
    P, a, b = corners.shape
    full = np.zeros((P, a + 2, b + 2))
    full[:, 1:-1, 1:-1] = corners
    if last_row is not None:
        full[:, -1, 1:-1], full[:, 1:-1, -1], full[:, -1, -1] = last_row, last_column, 1.0
    rows = full[:, 1:] - full[:, :-1]
    return rows[:, :, 1:] - rows[:, :, :-1]


def cells(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> Cells:
    """Probabilities of the cells of P tables, with derivatives by rho.

    h, k: P x (K-1) thresholds of row and column variable. rho: P.
    """
    x, y = _corners(h, k)
    shape = (len(h), h.shape[1], k.shape[1])
    dense = density(x, y, rho)
    bent = dense * density_slope(x, y, rho)
    return Cells(
        _differences(cdf(x, y, rho).reshape(shape), ndtr(k), ndtr(h)),
        _differences(dense.reshape(shape), None, None),
        _differences(bent.reshape(shape), None, None),
    )


def polychoric(
    tables: np.ndarray, h: np.ndarray, k: np.ndarray, start: np.ndarray | None = None
) -> np.ndarray:
    """Maximum-likelihood correlation of each of P tables, given the thresholds.

    tables: P x K x K frequencies (whole or weighted). h, k: P x (K-1). start: P, correlations near
    the maximum. Returns P, within +-BOUND.
    """
    block = max(1, _BLOCK // tables[0].size) if len(tables) else 1

    def slopes(rho: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        first, second = np.empty(len(which)), np.empty(len(which))
        for start in range(0, len(which), block):
            part = slice(start, start + block)
            rows = which[part]
            at = cells(h[rows], k[rows], rho[part])
            probability = np.maximum(at.probability, _LEAST)
            relative = at.slope / probability
            first[part] = (tables[rows] * relative).sum(axis=(1, 2))
            bend = at.curvature / probability - relative * relative
            second[part] = (tables[rows] * bend).sum(axis=(1, 2))
        return first, second

    return maximise(slopes, len(tables), BOUND, start)


def two_by_two(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tables for estimation, and perfect correlations (P: -1, 1, or 0 for none), of 2 x 2 tables.

    tables: P x 2 x 2. One empty cell becomes 0.5, and the other three change so that the margins
    stay, as lavaan does by default (zero.add = c(0.5, 0), zero.keep.margins = TRUE); larger tables
    are left alone there and here. Weighted frequencies may be so small that less has to do. With
    two empty cells on a diagonal the correlation is -1 or 1.
    """
    on, off = tables[:, [0, 1], [0, 1]], tables[:, [0, 1], [1, 0]]  # each diagonal: P x 2
    empty_on, empty_off = (on == 0).sum(axis=1), (off == 0).sum(axis=1)
    perfect = np.where(empty_off == 2, 1, np.where(empty_on == 2, -1, 0))
    add = np.where((empty_on == 1) & (empty_off == 0), np.minimum(0.5, off.min(axis=1) / 2), 0.0)
    add -= np.where((empty_off == 1) & (empty_on == 0), np.minimum(0.5, on.min(axis=1) / 2), 0.0)
    return tables + add[:, None, None] * np.array([[1, -1], [-1, 1]]), perfect


def scores(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> PairScores:
    """Derivatives of each cell's log probability (see PairScores), |rho| < 1.

    h, k: P x (K-1). rho: P. Source: Olsson (1979).
    """
    at = cells(h, k, rho)
    probability = np.maximum(at.probability, _LEAST)
    r = rho[:, None, None]
    root = np.sqrt(1 - r * r)

    def by_threshold(own: np.ndarray, other: np.ndarray) -> np.ndarray:
        # phi(own) times the probability that the other variable is in each category, given own.
        inner = ndtr((other[:, None, :] - r * own[:, :, None]) / root)
        P, a, _ = inner.shape
        edges = np.concatenate([np.zeros((P, a, 1)), inner, np.ones((P, a, 1))], axis=2)
        normal = np.exp(-own * own / 2) / np.sqrt(2 * np.pi)
        return normal[:, :, None] * np.diff(edges, axis=2)

    return PairScores(
        at.slope / probability,
        by_threshold(h, k),
        by_threshold(k, h).transpose(0, 2, 1),
        probability,
    )
