"""Factor scores from ordinal answers: the mean of the factors' distribution given the answers.

Expected a posteriori scores (EAP; Bock and Mislevy 1982, Applied Psychological Measurement 6,
431-444) by the trapezoidal rule on a fixed grid of factor values, which all rows share: an item's
category probabilities are computed once a node. For functions like a normal density of standard
deviation s the rule's relative error is 2 exp(-2 pi^2 s^2 / h^2) with steps h (Trefethen and
Weideman 2014, SIAM Review 56, 385-458), so that the steps follow from how much the items can tell.
"""

from dataclasses import replace

import numpy as np

from surveysem.sem.errors import NotAvailableError
from surveysem.sem.ordinalscores import Measurement, interval

REACH = 6.0  # of the grid, in standard deviations of the factors
STEP = 1.0  # in the least standard deviation that a posterior can have: an error below 1e-8
NODES = 200_000  # most that a grid may have
CELLS = 4_000_000  # rows x nodes held at a time


def posterior_mean(
    answers: np.ndarray, measurement: Measurement, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and posterior standard deviations, n x m each.

    answers: n x p, categories counted from 0 where the item has thresholds; nan where not
    answered. mean: of the factors, m. nan in rows without answers. Raises NotAvailableError where
    the grid would be too large: it grows with the power of the number of factors.
    """
    n, m = len(answers), len(measurement.cov)
    scores, errors = np.full((n, m), np.nan), np.full((n, m), np.nan)
    nodes, prior = _grid(measurement)
    answered = np.flatnonzero(~np.isnan(answers).all(axis=1))
    coded = [_coded(answers[answered, j], cuts) for j, cuts in enumerate(measurement.thresholds)]
    tables = _log_probabilities(measurement, mean + nodes)
    for at in np.array_split(np.arange(len(answered)), max(1, len(answered) * len(prior) // CELLS)):
        log = np.tile(prior, (len(at), 1))
        for j, table in enumerate(tables):
            if table is not None:
                log += coded[j][at] @ table
                continue
            seen = at[~np.isnan(answers[answered[at], j])]
            log[np.isin(at, seen)] += _normal(
                answers[answered[seen], j], measurement, j, mean + nodes
            )
        weight = np.exp(log - log.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        first = weight @ nodes
        scores[answered[at]] = mean + first
        errors[answered[at]] = np.sqrt(np.maximum(weight @ nodes**2 - first**2, 0.0))
    return scores, errors


def of_each(
    answers: np.ndarray, measurement: Measurement, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each factor's posterior mean given the answers to its own items alone, n x m.

    What other factors tell of it is left out, as in a model of that factor alone with the same
    loadings, thresholds and variance; a factor without own items has nan. Raises NotAvailableError
    for an item that loads on several factors.
    """
    loads = measurement.loadings != 0
    shared = np.flatnonzero(loads.sum(axis=1) > 1)
    if len(shared):
        raise NotAvailableError(
            f"scores of each factor by itself: item {shared[0] + 1} of the model loads on several\n"
            "  hint: method='EAP' takes all factors together"
        )
    out = np.full((2, len(answers), loads.shape[1]), np.nan)
    for k, own in enumerate(loads.T):
        if not own.any() or (measurement.residuals[own] <= 0).any():
            continue
        alone = replace(
            measurement,
            loadings=measurement.loadings[own][:, [k]],
            residuals=measurement.residuals[own],
            thresholds=[c for c, mine in zip(measurement.thresholds, own, strict=True) if mine],
            intercepts=measurement.intercepts[own],
            cov=measurement.cov[[k]][:, [k]],
        )
        found = posterior_mean(answers[:, own], alone, mean[[k]])
        out[:, :, k] = [x[:, 0] for x in found]
    return out[0], out[1]


def _grid(ms: Measurement) -> tuple[np.ndarray, np.ndarray]:
    """Nodes about the factors' mean, g x m, and the logarithm of their prior weights, g.

    Along the directions in which the answers tell most and least: information about eta is at most
    loadings' Theta^-1 loadings, what answers without categories would give.
    """
    values, vectors = np.linalg.eigh(ms.cov)
    kept = values > 1e-12 * values.max()
    root = vectors[:, kept] * np.sqrt(values[kept])
    told = root.T @ (ms.loadings.T / ms.residuals) @ ms.loadings @ root
    told, turn = np.linalg.eigh(told)
    steps = STEP / np.sqrt(1 + np.maximum(told, 0.0))
    half = np.ceil(REACH / steps).astype(int)
    if np.prod(2.0 * half + 1) > NODES:
        raise NotAvailableError(
            f"posterior means of {len(ms.cov)} factors together need too many values of the factors"
            "\n  hint: method='EAP_each' takes each factor with its own items"
        )
    axes = [step * np.arange(-k, k + 1) for step, k in zip(steps, half, strict=True)]
    u = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    return u @ (root @ turn).T, -0.5 * (u**2).sum(axis=1)


def _log_probabilities(ms: Measurement, eta: np.ndarray) -> list[np.ndarray | None]:
    """For each item categories x nodes; None for continuous ones."""
    predictor = ms.intercepts + eta @ ms.loadings.T
    out: list[np.ndarray | None] = []
    for j, cuts in enumerate(ms.thresholds):
        if cuts is None:
            out.append(None)
            continue
        ends = np.concatenate([[-np.inf], cuts, [np.inf]])
        z = (ends[:, None] - predictor[:, j]) / np.sqrt(ms.residuals[j])
        out.append(interval(z[:-1], z[1:])[0])
    return out


def _coded(column: np.ndarray, cuts: np.ndarray | None) -> np.ndarray | None:
    """Which category each row gave, n x categories; zero where it gave none."""
    if cuts is None:
        return None
    return (column[:, None] == np.arange(len(cuts) + 1)).astype(float)


def _normal(y: np.ndarray, ms: Measurement, j: int, eta: np.ndarray) -> np.ndarray:
    predictor = ms.intercepts[j] + eta @ ms.loadings[j]
    return -0.5 * (y[:, None] - predictor) ** 2 / ms.residuals[j]
