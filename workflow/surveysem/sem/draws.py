"""The fits behind a bootstrap: all draws together where moments suffice, else one by one."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem import batch, estimate, factorform, infinitesimal, optimiser, resample, stacks
from surveysem.sem.casewise import Rows
from surveysem.sem.constrained import minimised
from surveysem.sem.errors import ResamplingError, SurveySemError
from surveysem.sem.factorform import FactorPattern
from surveysem.sem.groups import with_rows
from surveysem.sem.inference import inverse
from surveysem.sem.normal import Normal
from surveysem.sem.standardise import factors
from surveysem.sem.table import Table

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

SEPARATE_ITERATIONS = 100  # where each costs as much as a whole draw of complete data
TOGETHER = 8  # draws of incomplete or ordinal data that are fitted at the same time

Counts = Callable[[int], np.ndarray]  # how often each unit comes up in a draw


@dataclass(frozen=True, slots=True)
class Tally:
    """How many draws were asked for, and how many of them were no good for which reason.

    failed: no model can be fitted (a singular covariance matrix, an empty group or
    category). not_converged: the optimiser ended without a minimum. inadmissible: a
    negative variance, or latent correlations that no variables can have; these are kept
    in where `kept_inadmissible`. reasons: why draws failed and how many for each, the most
    frequent first, where that is known.
    """

    requested: int
    failed: int
    not_converged: int
    inadmissible: int
    kept_inadmissible: bool = False
    reasons: tuple[tuple[str, int], ...] = field(default=(), compare=False)

    @property
    def note(self) -> str:
        """What was left out and why, in words; empty where nothing was."""
        reasons = {"could not be fitted": self.failed, "did not converge": self.not_converged}
        if not self.kept_inadmissible:
            reasons["were inadmissible"] = self.inadmissible
        out = sum(reasons.values())
        said = ", ".join(f"{count} {reason}" for reason, count in reasons.items() if count)
        if self.reasons:
            why = [f"{count} because {reason}" for reason, count in self.reasons[:3]]
            said += f" ({'; '.join([*why, *['and so on'] * (len(self.reasons) > 3)])})"
        note = [f"{out} of {self.requested} draws left out: {said}"] if out else []
        if self.kept_inadmissible and self.inadmissible:
            note.append(f"{self.inadmissible} inadmissible draws are in")
        return "; ".join(note)


def rows_of(fit: "Fit") -> list[Rows]:
    """The rows behind each group's moments."""
    return [part.moments.rows for part in fit.parts]


def drawn(fit: "Fit", seed: int) -> Counts:
    """The counts of the draws from the fit's own rows (or clusters)."""
    of = resample.units(rows_of(fit))
    return lambda draw: of.counts(seed, draw)


# All draws together -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Solved:
    """Maximum-likelihood fits of some of the draws, those that converged.

    batch: their moments. x: d x q, free parameters. draws: d, which draws these are.
    tried: how many there were to fit.
    """

    batch: batch.Batch
    x: np.ndarray
    draws: np.ndarray
    tried: int


def solvable_together(fit: "Fit") -> bool:
    """Whether `solutions` is for it: complete normal data, and no constraints but linear equalities."""
    return all(isinstance(part, Normal) for part in fit.parts) and not fit.restrictions


def solutions(fit: "Fit", rows: Sequence[Rows], counts: Counts, draws: int) -> Iterator[Solved]:
    """Maximum-likelihood fits of draws from `rows`, some at a time.

    Draws that no model can be fitted to do not appear.
    """
    of, K, information = resample.units(rows), fit.objective.parameters.K, metric(fit)
    patterns = tuple(stacks.Pattern.of(layout) for layout in fit.layouts)
    shorter = _factors(fit)
    for stack in resample.batches(draws, rows):
        times = np.array([counts(draw) for draw in stack])
        samples = tuple(
            resample.samples(r, unit, times, wishart=fit.settings.likelihood == "wishart")
            for r, unit in zip(rows, of.of_row, strict=True)
        )
        everything = batch.Batch(
            patterns, samples, K, _constants(fit, samples), fit.table.meanstructure, shorter
        )
        sound = np.flatnonzero(np.all([s.sound for s in samples], axis=0))
        for part in batch.chunks(len(sound), fit.layouts[0].t):
            some = everything.take(sound[part])
            x, converged = batch.minimise(some, fit.estimate.x, information)
            good = np.flatnonzero(converged)
            yield Solved(some.take(good), x[good], stack.start + sound[part][good], len(x))


def _factors(fit: "Fit") -> tuple[FactorPattern | None, ...]:
    """The shorter way to F for each group, where the model and the sample's solution allow it."""
    out = []
    for part, layout in zip(fit.parts, fit.layouts, strict=True):
        found = FactorPattern.of(layout)
        if found is not None:
            m = part.moments
            mean = np.zeros((1, layout.p)) if m.mean is None else m.mean[None]
            size = np.array([m.size])
            sample = batch.Samples(m.cov[None], mean, size, np.array([m.nobs]))
            means = fit.table.meanstructure
            fine = factorform.evaluate(found, sample, fit.values[None], means=means)[2]
            found = found if fine.all() else None
        out.append(found)
    return tuple(out)


def _constants(fit: "Fit", samples: Sequence[batch.Samples]) -> np.ndarray:
    """The rows' constants in every draw, d x r: covariates' moments are the draw's own."""
    exogenous = np.array([row.exogenous for row in fit.table.rows])
    out = np.tile(fit.objective.parameters.constant, (len(samples[0].cov), 1))
    for layout, sample in zip(fit.layouts, samples, strict=True):
        for row, i, j in zip(layout.rows, layout.i, layout.j, strict=True):
            if exogenous[row] and fit.table.rows[row].op == "~~":
                out[:, row] = sample.cov[:, i, j]
            elif exogenous[row]:
                out[:, row] = sample.mean[:, i]
    return out


def together(
    fit: "Fit",
    draws: int,
    seed: int,
    *,
    keep_inadmissible: bool,
    rows: Sequence[Rows] | None = None,
) -> tuple[np.ndarray, np.ndarray, Tally]:
    """Values of all rows and the standardised ones (std_all), kept draws x r each.

    rows: of each group, to draw from in place of the fit's own.
    """
    rows = rows_of(fit) if rows is None else rows
    values, standardized, tried, converged, inadmissible = [], [], 0, 0, 0
    for some in solutions(fit, rows, drawn(fit, seed), draws):
        tried, converged = tried + some.tried, converged + len(some.x)
        v = some.batch.values(some.x)
        scaled, fine = np.empty_like(v), ~(v[:, _free_variances(fit.table)] < 0).any(axis=1)
        for pattern in some.batch.patterns:
            layout = pattern.layout
            stack = stacks.implied(pattern, v, layout.t)
            by = factors(layout, stack.C, stack.S, free=np.ones(layout.t, dtype=bool))
            scaled[:, layout.rows] = v[:, layout.rows] * by
            fine &= _latent_admissible(stack.C[:, layout.p :, layout.p :])
        inadmissible += int((~fine).sum())
        keep = fine | keep_inadmissible
        values.append(v[keep])
        standardized.append(scaled[keep])
    tally = Tally(draws, draws - tried, tried - converged, inadmissible, keep_inadmissible)
    empty = np.zeros((0, len(fit.table.rows)))
    return np.vstack([empty, *values]), np.vstack([empty, *standardized]), tally


def _free_variances(table: Table) -> np.ndarray:
    return np.array(
        [r.op == "~~" and r.lhs == r.rhs and r.value is None and not r.exogenous
         for r in table.rows]
    )  # fmt: skip


def _latent_admissible(V: np.ndarray) -> np.ndarray:
    """Whether latent correlations are possible, d, by the rules of problems.find."""
    variance = np.diagonal(V, axis1=1, axis2=2)
    positive = (variance > 0).all(axis=1)
    sd = np.sqrt(np.where(variance > 0, variance, 1.0))
    R = V / (sd[:, :, None] * sd[:, None])
    if not R.shape[1]:
        return positive
    return ~positive | (np.linalg.eigvalsh(R)[:, 0] >= -1e-10)


# One by one ---------------------------------------------------------------------------


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


def metric(fit: "Fit") -> np.ndarray:
    """The curvature that `batch.minimise` sets out with, q x q: the likelihood's own at the sample.

    The expected information stands in where it is not positive definite, or hard to have.
    """
    if fit.settings.least_squares:
        return fit.estimate.information
    observed = fit.objective.observed_information(fit.estimate.x)
    scale = optimiser.units(observed)
    scaled = observed / np.outer(scale, scale)
    sound = len(observed) and np.linalg.eigvalsh(scaled)[0] > 1e-8
    return observed if sound else fit.estimate.information


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


# Influence ----------------------------------------------------------------------------


def influence(fit: "Fit") -> np.ndarray:
    """Derivative of every row of the table by the number of times a row counts, n x r.

    The infinitesimal jackknife (Jaeckel 1972): inverse curvature times the row's score (see
    infinitesimal.py). Moments of covariates are themselves means over rows.
    """
    bread = inverse(infinitesimal.curvature(fit)) if fit.npar else np.zeros((0, 0))
    J = infinitesimal.completed_jacobian(fit) @ fit.objective.parameters.K
    out = infinitesimal.scores(fit) @ bread @ J.T / fit.size
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
