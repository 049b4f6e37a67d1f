"""The bootstrap of a fit: resampled estimates, their intervals, and Bollen and Stine's test.

Draws of complete normal data are fitted together (see batch); any other estimator, and any
statistic of whole fits, draw by draw.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem import definitions, intervals, resample
from surveysem.sem.draws import (
    Tally,
    drawn,
    influence,
    jackknife,
    numbers,
    one_by_one,
    rows_of,
    solutions,
    together,
)
from surveysem.sem.errors import DataError, NotAvailableError, ResamplingError
from surveysem.sem.normal import Normal

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

KEYS = ["lhs", "op", "rhs", "block", "group", "group_label", "label"]


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
        rows = []
        for k, est in enumerate(observed):
            column = draws[np.isfinite(draws[:, k]), k]
            if len(column) < 2 or not np.isfinite(est):
                rows.append((np.nan, np.nan, np.nan))
            elif self._fixed(k, type) or np.ptp(column) <= 1e-12 * np.abs(column).max():
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
            return self.fit.parameters[KEYS].copy()
        return pd.DataFrame({"name": self.names})

    def _fixed(self, k: int, type: str) -> bool:
        K = self.fit.objective.parameters.K
        return self.statistic is None and type == "est" and k < len(K) and not K[k].any()

    def _influence(self, type: str) -> np.ndarray:
        """Change of each column with a unit's count, centred in strata: units x k."""
        of = resample.units(rows_of(self.fit))
        if self.statistic is not None:
            by_unit = jackknife(self.fit, of, self.statistic)
        else:
            by_unit = of.sums(influence(self.fit) @ _jacobian(self.fit, type).T)
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
    zero, or a correlation near one, are too short.
    Raises DataError without raw data, ResamplingError for a sample that cannot be fitted
    itself, a number of draws below two, or fewer than two draws left.
    """
    _require(fit, draws)
    keep = {"keep_inadmissible": keep_inadmissible}
    if statistic is not None:
        names, observed = numbers(statistic(fit))
        found, tally = one_by_one(
            fit, draws, seed, lambda draw: numbers(statistic(draw))[1], **keep
        )
        values, scaled, standardized = np.array(found), None, None
    else:
        names, standard = _names(fit), fit.standardized_with_jacobian()[0]
        if all(isinstance(part, Normal) for part in fit.parts):
            values, standardized, tally = together(fit, draws, seed, **keep)
        else:
            found, tally = one_by_one(
                fit,
                draws,
                seed,
                lambda draw: (draw.values, draw.standardized_with_jacobian()[0]),
                **keep,
            )
            values, standardized = np.array(found).reshape(-1, 2, len(standard)).swapaxes(0, 1)
        values, standardized = _with_defined(fit, values), _with_defined(fit, standardized)
        observed, scaled = _with_defined(fit, np.array([fit.values, standard]))
    if len(values) < 2:
        raise ResamplingError(
            f"too few draws are left: {tally.note}\n"
            "  hint: a model that the sample hardly identifies; simplify it"
        )
    return Bootstrap(fit, statistic, names, observed, values, scaled, standardized, tally)


def bootstrap_covariance(
    fit: "Fit", draws: int, seed: int, *, keep_inadmissible: bool = False
) -> np.ndarray:
    """Covariance matrix of the values of all rows over the draws, r x r (zero if fixed)."""
    found = bootstrap(fit, draws, seed, keep_inadmissible=keep_inadmissible)
    K = fit.objective.parameters.K
    values = found.draws[:, : len(K)] * K.any(axis=1)
    return np.cov(values, rowvar=False)


def _require(fit: "Fit", draws: int) -> None:
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
    values, slopes = fit.values, np.eye(len(fit.values))
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
    1996). Inadmissible draws count: their chi-square is as good as any. Raises
    NotAvailableError for estimators other than maximum likelihood with complete data.
    """
    _require(fit, draws)
    if not all(isinstance(part, Normal) for part in fit.parts):
        raise NotAvailableError(
            f"the Bollen-Stine bootstrap is not available for estimator {fit.estimator} with "
            f"missing={fit.settings.missing!r}\n  hint: it needs complete continuous data"
        )
    rows = [
        resample.transformed(r, im.sigma, im.mu if fit.table.meanstructure else None)
        for r, im in zip(rows_of(fit), fit.implied_moments, strict=True)
    ]
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


def bollen_stine_p(fit: "Fit", draws: int, seed: int) -> float:
    """The p value of the chi-square by `bollen_stine`."""
    return bollen_stine(fit, draws, seed).pvalue
