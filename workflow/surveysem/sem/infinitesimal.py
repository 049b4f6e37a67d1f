"""What one row adds to the equations that estimates solve, for every kind of data.

Jaeckel (1972), The infinitesimal jackknife; for moments with estimated weights the row's part
in the weights is among it. Rows follow each other group by group.
"""

from typing import TYPE_CHECKING

import numpy as np

from surveysem.sem.casewise import Rows
from surveysem.sem.categorical import Categorical
from surveysem.sem.distributionfree import ContinuousMoments, influence_values
from surveysem.sem.inference import inverse
from surveysem.sem.optimiser import curvatures
from surveysem.sem.ordinal import influence as ordinal_influence
from surveysem.sem.responsemodel import CategoricalImplied

if TYPE_CHECKING:
    from surveysem.sem.result import Fit


def scores(fit: "Fit") -> np.ndarray:
    """Derivative of the estimating equations by the number of times a row counts, n x q.

    Of a likelihood: the rows' scores. They sum to zero at the estimates.
    """
    blocks = []
    for part, im in zip(fit.parts, fit.implied_moments, strict=True):
        if isinstance(part, Categorical):
            rows = _least_squares(part, im, fit.settings.weight)[0]
        else:
            rows = part.scores(im)
        blocks.append(rows @ fit.objective.parameters.K[part.layout.rows])
    return np.vstack(blocks)


def curvature(fit: "Fit") -> np.ndarray:
    """Minus the derivative of these equations by the free parameters per observation, q x q.

    Along the constraints that hold at the estimates, with what the bending of these adds.
    """
    objective, x, bending = fit.objective, fit.estimate.x, fit.estimate.curvature
    more = 0.0 if bending is None else bending
    if not fit.settings.least_squares:
        return objective.observed_information(x) + more
    return (curvatures(objective, x) / 2 + more) * fit.divisor / fit.size


def statistic_parts(fit: "Fit") -> np.ndarray:
    """Derivative of the least-squares chi-square by the number of times a row counts, n.

    They sum to the chi-square but for a factor n / (n - 1).
    """
    pairs = zip(fit.parts, fit.implied_moments, strict=True)
    return np.concatenate([_least_squares(part, im, fit.settings.weight)[1] for part, im in pairs])


def completed_jacobian(fit: "Fit") -> np.ndarray:
    """Derivative of the rows' values by those of the free ones, r x r (see Fit.values)."""
    out = np.eye(len(fit.values))
    for part, im in zip(fit.parts, fit.implied_moments, strict=True):
        own = part.layout.rows
        out[np.ix_(own, own)] = part.by_given(im, np.eye(len(own)))
    return out


def influence(fit: "Fit") -> np.ndarray:
    """Derivative of every row of the table by the number of times a row counts, n x r.

    The infinitesimal jackknife (Jaeckel 1972): inverse curvature times the row's score.
    Moments of covariates are themselves means over rows.
    """
    bread = inverse(curvature(fit)) if fit.npar else np.zeros((0, 0))
    J = completed_jacobian(fit) @ fit.objective.parameters.K
    out = scores(fit) @ bread @ J.T / fit.size
    start = 0
    for part in fit.parts:
        rows, layout = part.moments.rows, part.layout
        block = slice(start, start + len(rows.values))
        start = block.stop
        y = rows.values - rows.mean(rows.values)
        weight = np.ones(len(y)) if rows.weights is None else rows.weights
        for row, i, j in zip(layout.rows, layout.i, layout.j, strict=True):
            if fit.table.rows[row].exogenous:
                of_row = y[:, i] * y[:, j] if fit.table.rows[row].op == "~~" else y[:, i]
                out[block, row] = weight * (of_row - rows.mean(of_row)) / part.size
    return out


def _least_squares(
    part: Categorical, im: CategoricalImplied, weight: str
) -> tuple[np.ndarray, np.ndarray]:
    """By the rows of the table, n x r_g, and of the chi-square, n.

    (n - 1) F / 2 has the derivative -(n - 1) Delta' W r, r = s - sigma. A row changes n, s
    by its influence over n, and W = Gamma^-1 (or of the diagonal) by the product of its
    influences, dW = -W dGamma W.
    """
    residual = part.observed.statistics - part.sigma(im)
    delta = part.jacobian(im)
    z, WD = part.weigh(im, residual[:, None])[:, 0], part.weigh(im, delta)
    size = part.size
    share, F = (size - 1) / size, float(residual @ z)
    L, counts, sums = _influences(part)
    own = counts if weight == "identity" else counts * (1 + share)
    by_row = np.outer(own, delta.T @ z) + share * L @ WD
    parts = counts * F + 2 * share * L @ z
    if weight == "diagonal":
        products = L * sums
        by_row -= share * products @ ((part.weight * z)[:, None] * delta)
        parts += share * (counts * F - products @ z**2)
    elif weight == "full":
        along = sums @ z
        by_row -= share * along[:, None] * (L @ WD)
        parts += share * (counts * F - along * (L @ z))
    return by_row, parts


def _influences(part: Categorical) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Influence of the rows on the statistics (n x m), their weights (n), their units' sums.

    Sums are over the row's cluster: what it is multiplied with in Gamma.
    """
    rows: Rows = part.moments.rows
    if isinstance(part.observed, ContinuousMoments):
        L = influence_values(rows.values, means=part.observed.with_means)
        return L, np.ones(len(L)), L
    source = part.observed.source
    L = np.zeros((len(rows.values), len(part.observed.statistics)))
    for start, stop, block in ordinal_influence(part.observed):
        L[source.rows[start:stop]] = block
    counts = np.zeros(len(L))
    counts[source.rows] = 1.0 if source.weights is None else source.weights
    if rows.clusters is None:
        return L, counts, L
    _, index = np.unique(rows.clusters, return_inverse=True)
    sums = np.zeros((index.max() + 1, L.shape[1]))
    np.add.at(sums, index, L)
    return L, counts, sums[index]
