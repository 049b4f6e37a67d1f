"""Maximum-likelihood fits of all draws of a bootstrap together, where moments suffice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from surveysem.sem import batch, factorform, optimiser, resample, stacks
from surveysem.sem.casewise import Rows
from surveysem.sem.factorform import FactorPattern
from surveysem.sem.normal import Normal
from surveysem.sem.standardise import factors
from surveysem.sem.table import Table
from surveysem.sem.tally import Tally

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

Counts = Callable[[int], np.ndarray]  # how often each unit comes up in a draw


def rows_of(fit: "Fit") -> list[Rows]:
    """The rows behind each group's moments."""
    return [part.moments.rows for part in fit.parts]


def drawn(fit: "Fit", seed: int) -> Counts:
    """The counts of the draws from the fit's own rows (or clusters)."""
    of = resample.units(rows_of(fit))
    return lambda draw: of.counts(seed, draw)


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
