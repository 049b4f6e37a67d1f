"""The fits behind a bootstrap, draw by draw; those of complete data are solved together first."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem import batch, estimate, resample
from surveysem.sem.casewise import Rows
from surveysem.sem.constrained import minimised
from surveysem.sem.errors import ResamplingError, SurveySemError
from surveysem.sem.groups import with_rows
from surveysem.sem.tally import Tally
from surveysem.sem.together import Counts, drawn, metric, rows_of, solutions, solvable_together

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

SEPARATE_ITERATIONS = 100  # where each costs as much as a whole draw of complete data
TOGETHER = 8  # draws of incomplete or ordinal data that are fitted at the same time


def fits(
    fit: "Fit",
    counts: Counts,
    draws: int,
    *,
    rows: Sequence[Rows] | None = None,
    estimates: bool = False,
) -> Iterator["Fit | SurveySemError"]:
    """The fit of each draw from `rows` (default: the fit's own), or why there is none.

    estimates: only the estimates of these fits are wanted. Draws of complete normal data
    have been solved together before; others are a few at a time, and one by one under
    constraints other than linear equalities.
    """
    rows = rows_of(fit) if rows is None else rows
    of = resample.units(rows)
    fit = replace(fit, settings=fit.settings.without_bootstrap())
    if fit.restrictions:
        for draw in range(draws):
            yield _constrained(fit, resample.redraw(rows, of, counts(draw)))
        return
    if solvable_together(fit):
        solved = {}
        for some in solutions(fit, rows, counts, draws):
            solved |= dict(zip(some.draws.tolist(), some.x, strict=True))
        for draw in range(draws):
            found = _objective(fit, resample.redraw(rows, of, counts(draw)), estimates=False)
            if isinstance(found, SurveySemError):
                yield found
            else:
                x = solved.get(draw)
                start = fit.estimate.x if x is None else x
                yield _at(fit, found, start, converged=x is not None)
        return
    as_weights = estimates and fit.settings.incomplete
    information = metric(fit)
    for first in range(0, draws, TOGETHER):
        found = [
            _objective(
                fit,
                (resample.counted if as_weights else resample.redraw)(rows, of, counts(draw)),
                estimates=estimates,
            )
            for draw in range(first, min(first + TOGETHER, draws))
        ]
        sound = tuple(one for one in found if not isinstance(one, SurveySemError))
        solved = iter(())
        if sound:
            x, converged = batch.minimise(
                batch.Separate(sound), fit.estimate.x, information, SEPARATE_ITERATIONS
            )
            solved = zip(x, converged, strict=True)
        for one in found:
            if isinstance(one, SurveySemError):
                yield one
                continue
            own, good = next(solved)
            if estimates:
                at = replace(fit.estimate, x=own, converged=bool(good))
                yield replace(fit, objective=one, estimate=at)
            else:
                yield _at(fit, one, own if good else fit.estimate.x, converged=bool(good))


def _constrained(fit: "Fit", rows: Sequence[Rows]) -> "Fit | SurveySemError":
    """The fit of one draw under nonlinear and inequality constraints, or why there is none."""
    objective = _objective(fit, rows, estimates=False)
    if isinstance(objective, SurveySemError):
        return objective
    try:
        start = objective.parameters.nearest(fit.values)
        objective, found = minimised(objective, start, fit.restrictions)
    except SurveySemError as error:
        return error
    except np.linalg.LinAlgError:
        return ResamplingError("its information is singular")
    return replace(fit, objective=objective, estimate=found)


def _objective(
    fit: "Fit", rows: Sequence[Rows], *, estimates: bool
) -> "estimate.Objective | SurveySemError":
    try:
        parts = [
            with_rows(part, group, fit.table, fit.settings, estimates=estimates)
            for part, group in zip(fit.parts, rows, strict=True)
        ]
    except SurveySemError as error:
        return error
    except np.linalg.LinAlgError:
        return ResamplingError("a matrix of its moments is singular")
    fixed = estimate.fixed_values(fit.table, [part.moments for part in parts])
    return estimate.Objective(parts, estimate.parametrise(fit.table, fixed))


def _at(fit: "Fit", objective: "estimate.Objective", x: np.ndarray, *, converged: bool) -> "Fit":
    F, information = objective(x)[0], objective.information(x)
    found = estimate.Estimate(x, F, information, converged, 0)
    return replace(fit, objective=objective, estimate=found)


def one_by_one(
    fit: "Fit",
    draws: int,
    seed: int,
    compute: Callable[["Fit"], object],
    *,
    keep_inadmissible: bool,
    rows: Sequence[Rows] | None = None,
    estimates: bool = False,
) -> tuple[list, Tally]:
    """What `compute` makes of the fit of every draw that is kept (rows, estimates: see `fits`)."""
    kept, reasons, not_converged, inadmissible = [], Counter(), 0, 0
    for found in fits(fit, drawn(fit, seed), draws, rows=rows, estimates=estimates):
        if isinstance(found, SurveySemError):
            reasons[str(found).splitlines()[0]] += 1
        elif not found.converged:
            not_converged += 1
        else:
            inadmissible += not found.admissible
            if found.admissible or keep_inadmissible:
                kept.append(compute(found))
    failed = reasons.total()
    why = tuple(reasons.most_common())
    return kept, Tally(draws, failed, not_converged, inadmissible, keep_inadmissible, why)


def numbers(value: object) -> tuple[tuple[str, ...], np.ndarray]:
    """Names and values, k, of what a statistic returned: scalar, sequence, dict or Series."""
    if isinstance(value, dict):
        value = pd.Series(value)
    array = np.atleast_1d(np.asarray(value, dtype=float)).ravel()
    labels = value.index if isinstance(value, pd.Series) else range(1, len(array) + 1)
    return tuple(str(label) for label in labels), array


def jackknife(fit: "Fit", of: resample.Units, statistic: Callable) -> np.ndarray:
    """Minus the statistics without each unit in turn, units x k; nan where there is no fit."""

    def without(unit: int) -> np.ndarray:
        counts = np.ones(of.size, dtype=int)
        counts[unit] = 0
        return counts

    missing = np.full(len(numbers(statistic(fit))[1]), np.nan)
    return np.array(
        [missing if isinstance(found, SurveySemError) or not found.converged else -numbers(statistic(found))[1]
         for found in fits(fit, without, of.size)]
    )  # fmt: skip
