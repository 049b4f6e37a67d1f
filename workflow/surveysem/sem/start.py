"""Starting values: where the optimiser begins."""

from collections.abc import Callable, Sequence

import numpy as np

from surveysem.sem.errors import ModelError
from surveysem.sem.estimate import Objective, by_level
from surveysem.sem.moments import Moments
from surveysem.sem.table import Table


def starting_values(table: Table, moments: Sequence[Moments], *, plain: bool = False) -> np.ndarray:
    """Starting value of each row, r.

    Loadings start at the ratio of the indicator's covariances with the other indicators
    to the marker's (an instrumental-variables idea, Hagglund 1982), so that they carry
    the sign of a reverse-keyed item; a latent variance starts at what that implies. Without
    paths, as in the independence model, moments start at the sample's. With `plain` loadings
    start at equal standardised values and the user's values are left aside, for a second try.
    """
    if table.levels:
        sound = [m.sound() for m in moments]
        return by_level(table, sound, lambda own, m: starting_values(own, m, plain=plain))
    position = {name: k for k, name in enumerate(table.observed)}
    indicators: dict[tuple[str, int], list[str]] = {}
    scaled = set()
    for row in table.rows:
        if row.op == "=~" and row.rhs in position:
            indicators.setdefault((row.lhs, row.group), []).append(row.rhs)
        if row.op == "~~" and row.lhs == row.rhs and row.value is not None:
            scaled.add((row.lhs, row.group))
    loadings, variances = {}, {}
    for (latent, group), names in indicators.items():
        index = [position[n] for n in names]
        cov = moments[group - 1].cov[np.ix_(index, index)]
        ratio = _loading_ratios(cov, plain=plain)
        variance = max(_common_variance(cov, ratio), 0.05 * cov[0, 0])
        if (latent, group) in scaled:
            ratio, variance = ratio * np.sqrt(variance), 1.0
        loadings |= {(latent, n, group): v for n, v in zip(names, ratio, strict=True)}
        variances[latent, group] = variance
    paths = any(row.op in ("=~", "~") for row in table.rows)
    values = np.zeros(len(table.rows))
    for k, row in enumerate(table.rows):
        m = moments[row.group - 1]
        if row.value is not None:
            values[k] = row.value
        elif row.start is not None and not plain:
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
    plain: bool = False,
    admit: Callable[[np.ndarray], np.ndarray] = lambda x: x,
) -> np.ndarray:
    """Free parameters to start from, q: the starting values, with variances that suffice.

    Covariances that the user fixed or gave may be too large for the variances: these are
    raised until the implied matrix is positive definite. admit: moves a point to where
    the constraints hold.
    """
    values = starting_values(table, moments, plain=plain)
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
