"""How single rows, or clusters of them, bear on a fit: likelihood, fit and parameters.

Sources: Cook and Weisberg (1982) and Pek and MacCallum (2011), Multivariate Behavioral
Research 46, 202, for what changes without a case; Sterba and Pek (2012), Psychological
Methods 17, 582, for a case's part in fit.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem import infinitesimal
from surveysem.sem.casewise import Rows
from surveysem.sem.clusters import with_factors
from surveysem.sem.constrained import minimised
from surveysem.sem.errors import DataError, IdentificationError
from surveysem.sem.estimate import Objective, fixed_values, parametrise
from surveysem.sem.factorscores import patterns
from surveysem.sem.groups import with_rows
from surveysem.sem.inference import covariance, inverse
from surveysem.sem.moments import Moments
from surveysem.sem.settings import Settings

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

MAX_STEPS = 6  # towards the estimates without a unit, before the optimiser takes over


@dataclass(frozen=True, slots=True)
class Influence:
    """What changes when a unit (a row or a cluster) is left out, u units.

    units: u labels. change: u x r, estimate of each row of the table with all units minus
    the one without it. cook: u, generalised Cook's distance, change' V^-1 change over the
    free parameters (nan where their covariance matrix V is singular, with fewer clusters
    than parameters). chisq: u, chi-square with all units minus the one without it.
    converged: u bool.
    """

    units: np.ndarray
    change: np.ndarray
    cook: np.ndarray
    chisq: np.ndarray
    converged: np.ndarray


def influence(
    fit: "Fit",
    *,
    units: Iterable[Hashable] | None = None,
    chosen: Iterable[Hashable] | None = None,
    refit: bool = False,
) -> pd.DataFrame:
    """One row a unit: cook, chisq, converged, then the change of each row of the table.

    By one Newton step (`approximate`), or with `refit` by leaving each unit out (`exact`).
    chosen: only these units. Columns have names such as `f=~x2` and, in the second group,
    `f=~x2.g2`.
    """
    found = exact(fit, units, chosen) if refit else approximate(fit, units)
    names = [
        f"{row.lhs}{row.op}{row.rhs}" + (f".g{row.group}" if row.group > 1 else "")
        for row in fit.table.rows
    ]
    out = pd.DataFrame(found.change, pd.Index(found.units, name="unit"), names)
    for k, name in enumerate(("cook", "chisq", "converged")):
        out.insert(k, name, getattr(found, name))
    return out if chosen is None or refit else out.loc[list(chosen)]


def log_likelihood(fit: "Fit") -> np.ndarray:
    """Each row's part in the log-likelihood, n, groups one after another.

    Of a normal density, weighted where there are weights; fixed covariates leave it, as
    in lavaan. The sum is the fit's `logl` (with likelihood="normal").
    """
    moments = [_own(fit, m, im) for m, im in zip(fit.moments, fit.implied_moments, strict=True)]
    return _log_likelihood(fit, moments)


def chi_square_parts(fit: "Fit") -> np.ndarray:
    """Each row's part in the chi-square, n: twice its gain under the saturated model.

    Negative where the model predicts the row better than the sample moments do. Of least
    squares: the derivative by the number of times that the row counts.
    """
    if fit.settings.least_squares:
        return infinitesimal.statistic_parts(fit)
    saturated = [(m.mean, m.cov) for m in fit.moments]
    return 2 * (_log_likelihood(fit, saturated) - log_likelihood(fit))


def _own(fit: "Fit", m: Moments, im) -> tuple[np.ndarray, np.ndarray]:
    return (im.mu if fit.table.meanstructure else m.mean), im.sigma


def _log_likelihood(fit: "Fit", moments: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    parts = []
    for m, (mean, cov) in zip(_with_rows(fit), moments, strict=True):
        rows: Rows = m.rows
        y = rows.values
        fixed = list(rows.covariates)
        value = log_density(y, mean, cov)
        if fixed:
            value -= log_density(y[:, fixed], m.mean[fixed], m.cov[np.ix_(fixed, fixed)])
        parts.append(value if rows.weights is None else value * rows.weights)
    return np.concatenate(parts)


def log_density(y: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Logarithm of the normal density of what each row answers, n; 0 where it answers nothing.

    y: n x p, nan where not answered. mean: p. cov: p x p.
    """
    out = np.zeros(len(y))
    for seen, index in patterns(y):
        if not seen.any():
            continue
        root = np.linalg.cholesky(cov[np.ix_(seen, seen)])
        z = np.linalg.solve(root, (y[index][:, seen] - mean[seen]).T)
        log_det = 2 * np.log(np.diag(root)).sum()
        out[index] = -0.5 * (seen.sum() * np.log(2 * np.pi) + log_det + (z**2).sum(axis=0))
    return out


def _with_rows(fit: "Fit") -> tuple[Moments, ...]:
    if any(m.rows is None for m in fit.moments):
        raise DataError(
            "the model was fitted to moments: there are no rows to look at\n  hint: give data="
        )
    return fit.moments


# Leaving units out -----------------------------------------------------------------------


def approximate(fit: "Fit", units: Iterable[Hashable] | None = None) -> Influence:
    """Influence of every unit by one Newton step: the score over the information of the rest.

    theta - theta_(i) = (N - N_i)^-1 I^-1 s_i with I the observed information per
    observation; for least squares see infinitesimal.py. units: n labels (default: each row
    on its own, 0 to n - 1); rows that share one are left out together. Cook's distance is
    taken with the fit's covariance matrix (inverse information where se is "none" or
    "bootstrap"). Raises IdentificationError where the model has no single solution.
    """
    labels, code = _units(fit, units)
    objective, x = _identified(fit), fit.estimate.x
    rest = fit.size - _summed(_row_sizes(fit), code, len(labels))
    # weights have a mean of one again without the unit
    mean_one = (len(code) - np.bincount(code)) / (rest * len(code) / fit.size)
    left = fit.chisq - _summed(chi_square_parts(fit), code, len(labels))
    steps = _summed(infinitesimal.scores(fit), code, len(labels))
    steps = steps @ inverse(infinitesimal.curvature(fit)) / rest[:, None]
    V = covariance(objective, x, _own_errors(fit.settings)) / fit.divisor
    return Influence(
        labels,
        steps @ (infinitesimal.completed_jacobian(fit) @ objective.parameters.K).T,
        _distance(steps, V),
        fit.chisq - left * mean_one,
        np.full(len(labels), True),
    )


def exact(
    fit: "Fit", units: Iterable[Hashable] | None = None, chosen: Iterable[Hashable] | None = None
) -> Influence:
    """Influence of the chosen units (default: all), by refitting without each of them.

    Each refit starts from the fit. Cook's distance is taken with the covariance matrix of
    the estimates without the unit (Pek and MacCallum 2011, eq. 7). nan where a refit did
    not converge. Raises DataError for a unit that is not there.
    """
    labels, code = _units(fit, units)
    at = {label: k for k, label in enumerate(labels)}
    wanted = list(labels if chosen is None else chosen)
    for label in wanted:
        if label not in at:
            raise DataError(f"unit {label!r} is not among those of the fit's rows")
    starts = np.cumsum([len(m.rows.values) for m in fit.moments])[:-1]
    by_group = np.split(code, starts)
    _identified(fit)
    slope = inverse(infinitesimal.curvature(fit))
    found = [_refit(fit, [c != at[label] for c in by_group], slope) for label in wanted]
    change, cook, chisq, converged = (np.array(column) for column in zip(*found, strict=True))
    units_array = np.empty(len(wanted), dtype=labels.dtype)
    units_array[:] = wanted
    return Influence(units_array, change, cook, chisq, converged)


def _identified(fit: "Fit") -> Objective:
    if any(problem.kind == "identification" for problem in fit.problems):
        raise IdentificationError(
            "the model is not identified: its estimates change without any row being left out\n"
            "  hint: see the fit's problems"
        )
    return fit.objective


def _refit(
    fit: "Fit", keep: Sequence[np.ndarray], slope: np.ndarray
) -> tuple[np.ndarray, float, float, bool]:
    settings = fit.settings
    rows = [_without(m.rows, k) for m, k in zip(fit.moments, keep, strict=True)]
    few = len(fit.table.observed) * (not settings.incomplete)
    if any(len(group.values) <= few for group in rows):
        return _not_found(fit)
    rows = with_factors(_rescaled(rows), settings.cluster_correction)
    try:
        parts = [
            part
            if k.all() and group.weights is None and group.clusters is None
            else with_rows(part, group, fit.table, settings)
            for part, group, k in zip(fit.parts, rows, keep, strict=True)
        ]
    except DataError:  # such as the only answer in a category
        return _not_found(fit)
    fixed = fixed_values(fit.table, [part.moments for part in parts])
    objective = Objective(parts, parametrise(fit.table, fixed))
    if fit.restrictions:
        start = objective.parameters.nearest(fit.values)
    else:
        start = _approached(objective, fit.estimate.x, slope)
    objective, estimate = minimised(objective, start, fit.restrictions)
    if not estimate.converged:
        return _not_found(fit)
    found = replace(fit, objective=objective, estimate=estimate)
    V = covariance(objective, estimate.x, _own_errors(settings)) / found.divisor
    change = fit.values - found.values
    # on the tangent space of the constraints that hold without the unit
    here = objective.parameters
    step = here.nearest(fit.objective.parameters.rows(fit.estimate.x)) - estimate.x
    return change, float(_distance(step[None], V)[0]), fit.chisq - found.chisq, True


def _own_errors(settings: Settings) -> Settings:
    """Settings whose covariance matrix takes no draws."""
    if settings.se in ("none", "bootstrap"):
        return replace(settings, se="standard")
    return settings


def _distance(steps: np.ndarray, V: np.ndarray) -> np.ndarray:
    """step' V^-1 step for each unit, u; nan where V is singular (fewer clusters than parameters)."""
    scale = np.sqrt(np.diag(V))
    scaled = V / np.outer(scale, scale)
    if not np.linalg.eigvalsh(scaled)[0] > 1e-10:
        return np.full(len(steps), np.nan)
    z = steps / scale
    return (z * np.linalg.solve(scaled, z.T).T).sum(axis=1)


def _approached(objective: Objective, x: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """A point near the minimum, by Newton's method with the inverse information of the fit.

    One row changes the information by a part in N: each step gains about as many digits
    as log10 N, where scoring, whose information is the expected one, needs dozens.
    """
    F, gradient = objective(x)
    for _ in range(MAX_STEPS):
        new = x - slope @ gradient / 2
        F_new, gradient = objective(new)
        if not F_new <= F + 1e-13:  # rounding
            break
        F, x = F_new, new
    return x


def _not_found(fit: "Fit") -> tuple[np.ndarray, float, float, bool]:
    return np.full(len(fit.values), np.nan), np.nan, np.nan, False


def _rescaled(rows: list[Rows]) -> list[Rows]:
    """With weights of mean one over all groups, as a fit of these rows would have them."""
    if rows[0].weights is None:
        return rows
    mean = np.concatenate([group.weights for group in rows]).mean()
    return [replace(group, weights=group.weights / mean) for group in rows]


def _without(rows: Rows, keep: np.ndarray) -> Rows:
    """The rows to keep."""
    weights = None if rows.weights is None else rows.weights[keep]
    clusters = None if rows.clusters is None else rows.clusters[keep]
    return Rows(rows.values[keep], weights, clusters, rows.covariates)


def _units(fit: "Fit", units: Iterable[Hashable] | None) -> tuple[np.ndarray, np.ndarray]:
    """Labels of the units in order of appearance, and the unit of each row, n."""
    n = sum(len(m.rows.values) for m in _with_rows(fit))
    if units is None:
        return np.arange(n), np.arange(n)
    code, labels = pd.factorize(pd.Series(list(units)))
    if len(code) != n or (code < 0).any():
        raise DataError(
            f"units has {int((code >= 0).sum())} labels, the fit has {n} rows\n"
            "  hint: one label for each row that was used, groups one after another"
        )
    return np.asarray(labels), code


def _row_sizes(fit: "Fit") -> np.ndarray:
    rows = [m.rows for m in fit.moments]
    return np.concatenate(
        [np.ones(len(r.values)) if r.weights is None else r.weights for r in rows]
    )


def _summed(x: np.ndarray, code: np.ndarray, count: int) -> np.ndarray:
    """Sums over the rows of each unit, u (x columns)."""
    out = np.zeros((count, *x.shape[1:]))
    np.add.at(out, code, x)
    return out
