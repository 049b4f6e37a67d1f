"""Starting values: where the optimiser begins."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from surveysem.sem.errors import ModelError
from surveysem.sem.estimate import Objective, by_level
from surveysem.sem.moments import Moments
from surveysem.sem.table import Table

Manner = Literal["informed", "plain", "weak"]
WEAK = 0.05  # of the first indicator's variance


def starting_values(
    table: Table, moments: Sequence[Moments], *, manner: Manner = "informed"
) -> np.ndarray:
    """Starting value of each row, r.

    Loadings start at the ratio of the indicator's covariances with the other indicators
    to the marker's (an instrumental-variables idea, Hagglund 1982), so that they carry
    the sign of a reverse-keyed item; a latent variance starts at what that implies. Without
    paths, as in the independence model, moments start at the sample's.

    Two manners for further tries leave the user's values aside. plain: equal standardised
    loadings. weak: free loadings zero, and little latent variance, from where the signs are
    found by the gradient: fixed loadings that contradict the data (a reverse-keyed item
    at 1) push a latent variance below zero, which strong loadings on the way there keep off.
    """
    if table.levels:
        sound = [m.sound() for m in moments]
        return by_level(table, sound, lambda own, m: starting_values(own, m, manner=manner))
    position = {name: k for k, name in enumerate(table.observed)}
    loadings, variances = {}, {}
    for group in range(1, table.groups + 1):
        of_group = _latent_starts(table, group, moments[group - 1].cov, manner)
        loadings |= {(*key, group): value for key, value in of_group[0].items()}
        variances |= {(key, group): value for key, value in of_group[1].items()}
    paths = any(row.op in ("=~", "~") for row in table.rows)
    values = np.zeros(len(table.rows))
    for k, row in enumerate(table.rows):
        m = moments[row.group - 1]
        if row.value is not None:
            values[k] = row.value
        elif row.start is not None and manner == "informed":
            values[k] = row.start
        elif row.op == "=~":
            values[k] = loadings.get((row.lhs, row.rhs, row.group), 1.0)
        elif row.op == "~~" and not paths:
            values[k] = m.cov[position[row.lhs], position[row.rhs]]
        elif row.op == "~~" and row.lhs == row.rhs:
            if row.lhs in position:
                values[k] = 0.5 * m.cov[position[row.lhs], position[row.lhs]]
            else:
                values[k] = variances.get((row.lhs, row.group), 0.5)
        elif row.op == "~1" and row.lhs in position and m.mean is not None:
            values[k] = m.mean[position[row.lhs]]
        elif row.op == "|":
            values[k] = m.thresholds[position[row.lhs]][int(row.rhs[1:]) - 1]
        elif row.op == "~*~":
            values[k] = 1.0
    return values


def _latent_starts(
    table: Table, group: int, cov: np.ndarray, manner: Manner
) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Loadings by latent and indicator, and (residual) variances of latents, of one group.

    A latent is measured once its indicators are: weights w over the observed variables stand
    for it, so that latents covary as w' S w and a factor of higher order gets the sign of a
    first-order one whose marker is reverse-keyed. Of latents in a circle those known count.
    """
    rows = [r for r in table.rows if r.group == group]
    indicators = {f: [r.rhs for r in rows if r.op == "=~" and r.lhs == f] for f in table.latent}
    scaled = {r.lhs for r in rows if r.op == "~~" and r.lhs == r.rhs and r.value is not None}
    weights = dict(zip(table.observed, np.eye(len(cov)), strict=True))
    total = dict(zip(table.observed, np.diag(cov), strict=True))
    loadings: dict[tuple[str, str], float] = {}
    variances: dict[str, float] = {}
    left = [f for f in table.latent if indicators[f]]
    while left:
        ready = [f for f in left if all(v in weights for v in indicators[f])]
        ready = ready or [f for f in left if any(v in weights for v in indicators[f])]
        if not ready:
            break
        latent = ready[0]
        left.remove(latent)
        names = [v for v in indicators[latent] if v in weights]
        W = np.array([weights[v] for v in names])
        own = W @ cov @ W.T
        np.fill_diagonal(own, [total[v] for v in names])
        ratio = _loading_ratios(own, plain=manner == "plain")
        variance = max(_common_variance(own, ratio), WEAK * own[0, 0])
        if latent in scaled:
            ratio, variance = ratio * np.sqrt(variance), 1.0
        size = ratio @ ratio
        weights[latent] = ratio @ W / size if size else W[0]
        variances[latent] = total[latent] = variance
        for name, slope in zip(names, ratio, strict=True):
            if name in variances and name not in scaled:  # what the factor of higher order leaves
                rest = total[name] - slope**2 * variance
                variances[name] = max(rest, WEAK * total[name])
        if manner == "weak" and latent not in scaled:
            ratio, variances[latent] = np.zeros(len(names)), WEAK * own[0, 0]
        loadings |= {(latent, n): v for n, v in zip(names, ratio, strict=True)}
    return loadings, variances


def _loading_ratios(cov: np.ndarray, *, plain: bool) -> np.ndarray:
    """Loadings relative to the first indicator's, from covariances with the others, p_f."""
    size = len(cov)
    ratio = np.sign(cov[0]) * np.sqrt(np.diag(cov) / cov[0, 0])
    if size < 3 or plain:
        return ratio
    marker = np.where(np.arange(size) > 0, cov[0], 0.0)
    others = marker - np.diag(marker)  # row k: the marker's covariances with all but k and itself
    bottom, top = (others**2).sum(axis=1), (cov * others).sum(axis=1)
    # a marker that hardly correlates makes the ratio explode: keep it in bounds
    limit = 5 * np.abs(ratio)
    known = (bottom > 1e-12) & (top != 0)
    slope = np.clip(top / np.where(known, bottom, 1.0), -limit, limit)
    return np.where(np.arange(size) > 0, np.where(known, slope, ratio), 1.0)


def _common_variance(cov: np.ndarray, ratio: np.ndarray) -> float:
    """Variance of the latent with a unit marker, by least squares on the covariances."""
    if len(cov) < 2:
        return 0.5 * cov[0, 0]
    products = ratio[:, None] * ratio
    np.fill_diagonal(products, 0.0)
    slope = float((products * cov).sum() / (products * products).sum())
    return min(max(slope, 0.0), 0.9 * cov[0, 0])


def starting_point(
    objective: Objective,
    table: Table,
    moments: Sequence[Moments],
    *,
    manner: Manner = "informed",
    admit: Callable[[np.ndarray], np.ndarray] = lambda x: x,
) -> np.ndarray:
    """Free parameters to start from, q: the starting values, with variances that suffice.

    Covariances that the user fixed or gave may be too large for the variances: these are
    raised until the implied matrix is positive definite. admit: moves a point to where
    the constraints hold.
    """
    values = starting_values(table, moments, manner=manner)
    variance = np.array([r.op == "~~" and r.lhs == r.rhs for r in table.rows])
    for factor in (1, 4, 16, 64):
        raised = np.where(variance, factor * values, values)
        x = admit(objective.parameters.nearest(raised))
        if np.isfinite(objective(x)[0]):
            return x
    raise ModelError(
        "the starting values give no positive-definite covariance matrix\n"
        "  hint: give other values in start(), or fix covariances to smaller values"
    )
