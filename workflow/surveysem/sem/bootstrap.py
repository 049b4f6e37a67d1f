"""The bootstrap of a fit: resampled estimates, their intervals, and Bollen and Stine's test.

Draws of complete normal data are fitted together (see batch); any other data, and any
statistic of whole fits, draw by draw (see draws).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from surveysem.sem import definitions, infinitesimal, intervals, resample
from surveysem.sem.casewise import Rows
from surveysem.sem.draws import jackknife, numbers, one_by_one
from surveysem.sem.errors import DataError, NotAvailableError, ResamplingError
from surveysem.sem.parameterframe import key_frame
from surveysem.sem.settingrules import require_seed
from surveysem.sem.settings import NO_POPULATION
from surveysem.sem.tally import Tally
from surveysem.sem.together import drawn, rows_of, solutions, solvable_together, together

if TYPE_CHECKING:
    from surveysem.sem.result import Fit


@dataclass(frozen=True, slots=True, repr=False)
class Bootstrap:
    """Bootstrap draws of a fit: d draws kept of k parameters (or statistics).

    draws: d x k, the rows of the table, then the defined parameters; or what `statistic`
    returned. standardized: d x k, the same in std_all, None for statistics. observed,
    observed_standardized: k, in the sample. names: k.
    """

    fit: "Fit"
    statistic: Callable | None
    names: tuple[str, ...]
    observed: np.ndarray
    draws: np.ndarray
    observed_standardized: np.ndarray | None
    standardized: np.ndarray | None
    tally: Tally

    def __repr__(self) -> str:
        """One line: how many draws of what."""
        what = "parameters" if self.statistic is None else "statistics"
        note = f"; {self.tally.note}" if self.tally.note else ""
        return f"<Bootstrap: {len(self.draws)} draws of {len(self.names)} {what}{note}>"

    def intervals(
        self, kind: str = "percentile", level: float = 0.95, type: str = "est"
    ) -> pd.DataFrame:
        """Estimate, bootstrap standard error and interval of each, keyed like Fit.parameters.

        kind: percentile, basic, normal, bc or bca (see intervals). type: `est`, or `std_all`
        for the standardised solution. Draws that are not finite are left out, one column at
        a time. Fixed rows have the interval [est, est].

        BCa of parameters takes the influence of each row from its score (the infinitesimal
        jackknife); that of other statistics leaves each row (or cluster) out in turn, which
        fits the model as many times.
        """
        if kind not in intervals.KINDS:
            raise _not_available("kind", kind, intervals.KINDS)
        types = ("est", "std_all") if self.statistic is None else ("est",)
        if type not in types:
            raise _not_available("type", type, types)
        if not 0 < level < 1:
            raise ResamplingError(
                f"level={level!r}\n  hint: a number between 0 and 1, such as 0.95"
            )
        observed, draws = self.observed, self.draws
        if type == "std_all":
            observed, draws = self.observed_standardized, self.standardized
        skewness = np.zeros(len(observed))
        if kind == "bca":
            skewness = intervals.acceleration(self._influence(type))
        rows, moving = [], self._moving(type)
        for k, est in enumerate(observed):
            column = draws[np.isfinite(draws[:, k]), k]
            if len(column) < 2 or not np.isfinite(est):
                rows.append((np.nan, np.nan, np.nan))
            elif not moving[k] or np.ptp(column) <= 1e-12 * np.abs(column).max():
                rows.append((0.0, est, est))
            else:
                interval = intervals.KINDS[kind](column, est, level, skewness[k])
                rows.append((column.std(ddof=1), *interval))
        frame = self._keys()
        frame["est"] = observed
        frame[["se", "ci_lower", "ci_upper"]] = rows
        return frame

    def _keys(self) -> pd.DataFrame:
        if self.statistic is None:
            return key_frame(self.fit.table, self.fit.group_labels)
        return pd.DataFrame({"name": self.names})

    def _moving(self, type: str) -> np.ndarray:
        """Which columns depend on the data at all, k bool: rows that are fixed do not."""
        out = np.ones(len(self.observed), dtype=bool)
        if self.statistic is None and type == "est":
            J, free = infinitesimal.completed_jacobian(self.fit), self.fit.objective.parameters.free
            out[: len(J)] = J[:, free].any(axis=1)
        return out

    def _influence(self, type: str) -> np.ndarray:
        """Change of each column with a unit's count, centred in strata: units x k."""
        of = resample.units(rows_of(self.fit))
        if self.statistic is not None:
            by_unit = jackknife(self.fit, of, self.statistic)
        else:
            by_unit = of.sums(infinitesimal.influence(self.fit) @ _jacobian(self.fit, type).T)
        for stratum in of.strata:
            by_unit[stratum] -= by_unit[stratum].mean(axis=0)
        return by_unit


def bootstrap(
    fit: "Fit",
    draws: int,
    seed: int,
    statistic: Callable | None = None,
    *,
    keep_inadmissible: bool = False,
) -> Bootstrap:
    """Nonparametric bootstrap (Efron 1979; for structural models Bollen and Stine 1990).

    Rows are drawn with replacement within groups, each with its weight. With clusters,
    whole clusters are drawn: within groups if none spans groups, else over all groups.
    statistic: a callable on a Fit returning numbers (a scalar, list, dict or Series), in
    place of the parameters. The same seed gives the same draws; draw k does not depend on
    how many there are.

    Draws that fail, do not converge or are inadmissible are counted and left out (`tally`).
    keep_inadmissible: as lavaan does; without those draws the intervals of a variance near
    zero, or a correlation near one, are too short. Each draw is fitted under all
    constraints; where one holds the estimates at its border, no bootstrap is consistent
    (Andrews 2000, Econometrica 68, 399).

    Raises DataError without raw data, ResamplingError for a sample that cannot be fitted
    itself, a number of draws below two, or fewer than two draws left.
    """
    _require(fit, draws, seed)
    keep = {"keep_inadmissible": keep_inadmissible}
    if statistic is None:
        return _of_parameters(fit, draws, seed, **keep)
    names, observed = numbers(statistic(fit))
    found, tally = one_by_one(fit, draws, seed, lambda draw: numbers(statistic(draw))[1], **keep)
    _require_enough(found, tally)
    return Bootstrap(fit, statistic, names, observed, np.array(found), None, None, tally)


def _of_parameters(
    fit: "Fit",
    draws: int,
    seed: int,
    *,
    keep_inadmissible: bool,
    rows: Sequence[Rows] | None = None,
) -> Bootstrap:
    """Draws of the parameters, from `rows` in place of the fit's own."""
    how = {"keep_inadmissible": keep_inadmissible, "rows": rows}
    standard = fit.standardized_values()
    if solvable_together(fit):
        values, standardized, tally = together(fit, draws, seed, **how)
    else:
        found, tally = one_by_one(
            fit,
            draws,
            seed,
            lambda draw: (draw.values, draw.standardized_values()),
            estimates=True,
            **how,
        )
        values, standardized = np.array(found).reshape(-1, 2, len(standard)).swapaxes(0, 1)
    _require_enough(values, tally)
    observed, scaled = _with_defined(fit, np.array([fit.values, standard]))
    values, standardized = _with_defined(fit, values), _with_defined(fit, standardized)
    return Bootstrap(fit, None, _names(fit), observed, values, scaled, standardized, tally)


def _require_enough(draws: Sequence, tally: Tally) -> None:
    if len(draws) < 2:
        raise ResamplingError(
            f"too few draws are left: {tally.note}\n"
            "  hint: a model that the sample hardly identifies; simplify it"
        )


def of_settings(fit: "Fit") -> Bootstrap:
    """The draws behind se="bootstrap", inadmissible ones among them, as in lavaan.

    With test="bollen_stine" they come from the rows for which the model holds, in lavaan
    too: the standard errors are then those of a model that is true.
    """
    settings = fit.settings
    _require(fit, settings.bootstrap, settings.seed)
    rows = null_rows(fit) if settings.test == "bollen_stine" else None
    return _of_parameters(fit, settings.bootstrap, settings.seed, keep_inadmissible=True, rows=rows)


def with_draws(frame: pd.DataFrame, draws: Bootstrap) -> pd.DataFrame:
    """Fit.parameters with percentile intervals, and with the draws' spread of what is defined.

    As lavaan's parameterEstimates(): rows that are fixed, or follow from others, keep
    [est, est].
    """
    found, frame = draws.intervals(), frame.copy()
    free = draws.fit.objective.parameters.free
    defined = np.arange(len(frame)) >= len(free)
    moving = defined | np.append(free, np.zeros(defined.sum(), dtype=bool))
    for column in ("ci_lower", "ci_upper"):
        frame[column] = np.where(moving, found[column], frame["est"])
    se = np.where(defined, found["se"], frame["se"])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(se > 0, frame["est"] / se, np.nan)
    frame["se"], frame["z"], frame["pvalue"] = se, z, 2 * ndtr(-np.abs(z))
    return frame


def bootstrap_covariance(
    fit: "Fit", draws: int, seed: int, *, keep_inadmissible: bool = False
) -> np.ndarray:
    """Covariance matrix of the values of all rows over the draws, r x r (zero if fixed)."""
    found = bootstrap(fit, draws, seed, keep_inadmissible=keep_inadmissible)
    free = fit.objective.parameters.free
    values = found.draws[:, : len(free)] * free
    return np.cov(values, rowvar=False)


def _require(fit: "Fit", draws: int, seed: int) -> None:
    require_seed(seed)
    if any(rows is None for rows in rows_of(fit)):
        raise DataError(
            "the bootstrap needs the rows behind the moments\n"
            "  hint: give data= in place of sample_cov"
        )
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 2:
        raise ResamplingError(f"draws={draws!r}\n  hint: a whole number, such as 2000")
    for problem in fit.problems:
        if problem.kind in ("no_convergence", "identification"):
            raise ResamplingError(
                f"the sample itself gives no solution to start from: {problem.message}\n"
                f"  hint: {problem.hint}"
            )


def _not_available(argument: str, value: object, allowed: Sequence[str]) -> NotAvailableError:
    options = ", ".join(repr(choice) for choice in allowed)
    return NotAvailableError(f"{argument}={value!r} is not available (it has: {options})")


def _names(fit: "Fit") -> tuple[str, ...]:
    """`f =~ x` for every row, with the group where there are several, and `:=` names."""
    groups = fit.group_labels
    rows = [
        f"{r.lhs} {r.op} {r.rhs}".strip() + (f" [{groups[r.group - 1]}]" if groups else "")
        for r in fit.table.rows
    ]
    return (*rows, *(name for name, _ in fit.table.defined))


def _with_defined(fit: "Fit", values: np.ndarray) -> np.ndarray:
    return np.hstack([values, definitions.evaluate(fit.table, values)])


def _jacobian(fit: "Fit", type: str) -> np.ndarray:
    """Derivatives of the parameters and the defined ones by the rows, k x r."""
    values, slopes = fit.values, np.eye(len(fit.values))  # by_unit has completed rows in it
    if type == "std_all":
        values, slopes = fit.standardized_with_jacobian()
    return np.vstack([slopes, definitions.jacobian(fit.table, values) @ slopes])


@dataclass(frozen=True, slots=True)
class BollenStine:
    """Chi-squares of draws from a population in which the model holds.

    chisq: those of the draws that converged. observed: the sample's.
    """

    chisq: np.ndarray
    observed: float
    tally: Tally

    @property
    def pvalue(self) -> float:
        """Share of the draws with a larger chi-square than the sample's."""
        return float(np.mean(self.chisq > self.observed)) if len(self.chisq) else np.nan


def bollen_stine(fit: "Fit", draws: int, seed: int) -> BollenStine:
    """Bollen and Stine's (1992) bootstrap of the chi-square, on transformed rows.

    In each group they have the implied moments and keep their shape (Yung and Bentler
    1996; with missing answers see resample.transformed_incomplete). Inadmissible draws
    count: their chi-square is as good as any. Raises NotAvailableError for least squares.
    """
    _require(fit, draws, seed)
    rows = null_rows(fit)
    if not solvable_together(fit):
        found, tally = one_by_one(
            fit, draws, seed, lambda draw: draw.chisq, keep_inadmissible=True, rows=rows
        )
        return BollenStine(np.array(found), fit.chisq, tally)
    chisq, tried = [np.zeros(0)], 0
    wishart = fit.settings.likelihood == "wishart"
    for some in solutions(fit, rows, drawn(fit, seed), draws):
        samples = some.batch.samples
        weight = sum(s.nobs for s in samples) / sum(s.size for s in samples)
        multiplier = np.column_stack([s.size * weight - wishart for s in samples])
        chisq.append((multiplier * some.batch.discrepancies(some.x)).sum(axis=1))
        tried += some.tried
    chisq = np.concatenate(chisq)
    return BollenStine(chisq, fit.chisq, Tally(draws, draws - tried, tried - len(chisq), 0))


def null_rows(fit: "Fit") -> list[Rows]:
    """Rows of each group for which the model holds exactly."""
    if fit.settings.least_squares:
        raise NotAvailableError(
            f"the Bollen-Stine bootstrap does not go with estimator {fit.estimator}: "
            + NO_POPULATION
        )
    moments = [(im.sigma, im.mu if fit.table.meanstructure else None) for im in fit.implied_moments]
    pairs = zip(fit.parts, moments, strict=True)
    if fit.settings.incomplete:
        return [
            resample.transformed_incomplete(part.rows, sigma, mu, part.saturated)
            for part, (sigma, mu) in pairs
        ]
    return [resample.transformed(part.moments.rows, sigma, mu) for part, (sigma, mu) in pairs]


def bollen_stine_p(fit: "Fit", draws: int, seed: int) -> float:
    """The p value of the chi-square by `bollen_stine`."""
    return bollen_stine(fit, draws, seed).pvalue
