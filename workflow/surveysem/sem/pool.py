"""A model fitted to multiply imputed data sets, and the results pooled by Rubin's rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from surveysem.sem import constrainttests, rubin
from surveysem.sem import pooledtests as tests
from surveysem.sem.api import fit as fit_one
from surveysem.sem.distributions import t_ppf, t_sf
from surveysem.sem.errors import DataError, ModelSyntaxError, NotAvailableError, SurveySemError
from surveysem.sem.parameterframe import parameter_frame
from surveysem.sem.problems import Problem
from surveysem.sem.result import Fit
from surveysem.sem.settings import SCALED

_MOMENTS = ("data", "sample_cov", "sample_mean", "sample_nobs")


def pool(
    model: str,
    data_sets: Sequence[pd.DataFrame],
    *,
    complete_df: float | None = None,
    **fit_arguments,
) -> "PooledFit":
    """Fit a model to each of m imputed data sets and pool what is found.

    data_sets: m DataFrames of the same rows, two or more. complete_df: degrees of freedom that
    complete data would have, for Barnard and Rubin's (1999); by default there are infinitely
    many, as standard errors of such models are asymptotic. fit_arguments: as of `fit`.

    Data sets that cannot be fitted, do not converge or have no standard errors are left out,
    counted and named in `problems`. Raises what `fit` raises where that is so for all, and
    DataError unless two remain.
    """
    _require_arguments(data_sets, fit_arguments)
    fits, used, problems, error = [], [], [], None
    for k, data in enumerate(data_sets):
        try:
            found = fit_one(model, data, **fit_arguments)
        except ModelSyntaxError:
            raise
        except SurveySemError as failure:
            error = error or failure
            problems.append(_failed(k, str(failure).splitlines()[0]))
            continue
        if found.group_labels:  # the same numbers of the groups in every data set
            fit_arguments["group_order"] = list(found.group_labels)
        reason = "" if found.converged else "no convergence"
        if not reason and not np.isfinite(found.vcov()).all():
            reason = "no standard errors"
        if reason:
            problems.append(_failed(k, reason))
            continue
        problems += _inadmissible(k, found)
        fits.append(found)
        used.append(k)
    if error is not None and not fits:
        raise error
    if len(fits) < 2:
        raise DataError(
            f"{len(fits)} of {len(data_sets)} data sets can be used: two are needed\n"
            f"  hint: {problems[0].message if problems else 'look at single fits'}"
        )
    _require_same_rows(fits, used)
    _require_straight(fits, used)
    return PooledFit(tuple(fits), tuple(used), len(data_sets), tuple(problems), complete_df)


def _require_arguments(data_sets, fit_arguments) -> None:
    given = [name for name in _MOMENTS if name in fit_arguments]
    if given:
        raise DataError(
            f"{given[0]} does not go with data_sets\n  hint: leave it out: each data set is fitted"
        )
    if fit_arguments.get("se") == "none":
        raise NotAvailableError(
            "se='none' leaves nothing to pool the standard errors from\n  hint: leave out `se`"
        )
    several = isinstance(data_sets, Sequence) and not isinstance(data_sets, str)
    if not several or not all(isinstance(data, pd.DataFrame) for data in data_sets):
        raise DataError(
            f"data_sets has to be a list of DataFrames, not {type(data_sets).__name__}\n"
            "  hint: one DataFrame for each imputation"
        )
    if len(data_sets) < 2:
        raise DataError(
            f"data_sets has {len(data_sets)} data set(s)\n  hint: pooling needs two or more"
        )


def _require_same_rows(fits: Sequence[Fit], used: Sequence[int]) -> None:
    for k, found in zip(used, fits, strict=True):
        if found.nobs != fits[0].nobs:
            raise DataError(
                f"data set {k + 1} has {sum(found.nobs)} usable rows, data set {used[0] + 1} has "
                f"{sum(fits[0].nobs)} (by group {found.nobs} and {fits[0].nobs})\n"
                "  hint: imputed data sets have the same rows, without missing answers"
            )


def _require_straight(fits: Sequence[Fit], used: Sequence[int]) -> None:
    """Raise NotAvailableError where means over the data sets would not satisfy the constraints.

    Nor do standard errors of zero, in the data sets in which a bound holds, pool.
    """
    rules = fits[0].restrictions
    said = [f"the nonlinear constraint {e.text}" for e in rules.equalities]
    said += [
        f"estimates at the border of {rules.inequalities[a].text} (data set {k + 1})"
        for k, found in zip(used, fits, strict=True)
        for a in found.estimate.active
    ]
    if said:
        raise NotAvailableError(
            f"pooling of {said[0]} is not available\n"
            "  hint: leave the constraint out, or make it a linear equation"
        )


def _failed(k: int, reason: str) -> Problem:
    return Problem(
        "failed_data_set",
        f"data set {k + 1}",
        f"data set {k + 1} is left out: {reason}",
        "look at its own fit; many such data sets put the imputations or the model in doubt",
        inadmissible=False,
    )


def _inadmissible(k: int, found: Fit) -> Iterator[Problem]:
    for problem in found.problems:
        if problem.inadmissible:
            message = f"data set {k + 1}: {problem.message}"
            yield Problem(problem.kind, problem.subject, message, problem.hint, inadmissible=False)


@dataclass(frozen=True, repr=False)
class PooledFit:
    """A model's fits of m data sets, pooled.

    fits: of the data sets in use. used: their positions, from 0. count: data sets given.
    problems: data sets that were left out, and findings about single ones; whether the pooled
    estimates themselves may be interpreted is in `average.problems`.
    """

    fits: tuple[Fit, ...]
    used: tuple[int, ...]
    count: int
    problems: tuple[Problem, ...]
    complete_df: float | None = None

    def __repr__(self) -> str:
        """One line: what was fitted, to how many data sets."""
        first = self.fits[0]
        return (
            f"<PooledFit {first.estimator}: {first.npar} free parameters, n = {sum(first.nobs)}, "
            f"{self.m} of {self.count} data sets, {len(self.problems)} problems>"
        )

    @property
    def m(self) -> int:
        """Data sets in use."""
        return len(self.fits)

    @property
    def failed(self) -> tuple[int, ...]:
        """Positions of the data sets that were left out, from 0."""
        return tuple(k for k in range(self.count) if k not in self.used)

    @cached_property
    def average(self) -> Fit:
        """The mean estimates beside the mean sample moments.

        For what follows from estimates: implied moments, residuals, R squared. It has no
        inference of its own: that is here.
        """
        return tests.average(self.fits)

    @property
    def admissible(self) -> bool:
        """False where the pooled estimates may not be interpreted: see `average.problems`."""
        return self.average.admissible

    @cached_property
    def _between(self) -> np.ndarray:
        return np.atleast_2d(np.cov(np.array([fit.values for fit in self.fits]).T))

    @cached_property
    def _within(self) -> np.ndarray:
        return np.mean([fit.vcov() for fit in self.fits], axis=0)

    def vcov(self) -> np.ndarray:
        """Total covariance matrix of the values of all rows, r x r: W + (1 + 1/m) B."""
        return self._within + (1 + 1 / self.m) * self._between

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """One row a parameter: est, se, t, df, pvalue, ci_lower, ci_upper, fmi, riv, std_*.

        Each by Rubin's rules from the data sets' estimates and standard errors, defined
        parameters too; the standardised values are those of the pooled estimates.
        """
        frames = [fit.parameters for fit in self.fits]
        found = rubin.rubin(
            np.array([frame["est"] for frame in frames]),
            np.array([frame["se"] for frame in frames]),
            self.complete_df,
        )
        keys = ["lhs", "op", "rhs", "block", "group", "group_label", "label"]
        out = frames[0][keys].copy()
        out["est"], out["se"] = found.est, found.se
        with np.errstate(divide="ignore", invalid="ignore"):
            out["t"] = np.where(found.se > 0, found.est / found.se, np.nan)
        out["df"] = found.df
        finite = np.where(np.isfinite(found.df), found.df, 1e12)  # t with so many df is normal
        out["pvalue"] = 2 * t_sf(np.abs(out["t"]), finite)
        width = np.where(found.se > 0, t_ppf(0.975, finite) * found.se, 0.0)
        out["ci_lower"], out["ci_upper"] = found.est - width, found.est + width
        out["fmi"], out["riv"] = found.fmi, found.riv
        for column in ("std_lv", "std_all"):
            out[column] = self.standardized(column)["est"].to_numpy()
        return out

    def standardized(self, type: str = "std_all") -> pd.DataFrame:
        """The pooled estimates standardised, with delta-method errors from `vcov`.

        type: std_all, std_lv or std_nox, as of Fit.standardized.
        """
        first = self.average
        frame = parameter_frame(
            first.table,
            first.group_labels,
            *first.standardized_with_jacobian(type),
            self.vcov(),
        )
        return first.shown(frame)

    @cached_property
    def measures(self) -> dict[str, float]:
        """Fit measures by D3, or D2 for least squares: see `fit_measures`."""
        return self.fit_measures()

    def fit_measures(
        self, method: str | None = None, *, pool_robust: bool = False
    ) -> dict[str, float]:
        """Fit measures from a pooled chi-square under lavaan's names with `_` for `.`.

        method: D3 (Meng and Rubin 1992) or D2 (Li, Meng, Raghunathan and Rubin 1991). A scaled
        test's mean factor corrects the pooled statistic, or with pool_robust the scaled
        statistics are pooled themselves (D2 only). ariv, fmi: of the test.
        """
        return tests.collect(self.fits, self._method(method, pool_robust), pool_robust=pool_robust)

    def lr_test(
        self,
        against: "PooledFit | None" = None,
        *,
        method: str | None = None,
        asymptotic: bool = False,
        pool_robust: bool = False,
    ) -> dict[str, float]:
        """Pooled test of exact fit, or of the difference from a freer model's fit.

        Returns F, df1, df2, pvalue, ariv, fmi, or (asymptotic) chisq, df, pvalue, ariv, fmi.
        Fits with a scaled test are asymptotic, and have chisq_scaled, df_scaled,
        pvalue_scaled and chisq_scaling_factor as well.
        """
        if against is not None:
            tests.require_same_sets(self.used, against.used)
        method = self._method(method, pool_robust)
        freer = None if against is None else against.fits
        robust = self.fits[0].settings.test in SCALED
        out = tests.pooled_test(self.fits, method, asymptotic=asymptotic or robust, against=freer)
        if robust:
            out |= tests.scaled_test(self.fits, out, pool_robust=pool_robust, against=freer)
        return out

    def _method(self, method: str | None, pool_robust: bool) -> str:
        method = method or ("D2" if pool_robust else tests.default_method(self.fits))
        if pool_robust and method != "D2":
            raise NotAvailableError("pool_robust=True goes with D2\n  hint: method='D2'")
        if pool_robust and self.fits[0].settings.test not in SCALED:
            raise NotAvailableError(
                "pool_robust=True needs fits with a scaled test\n  hint: estimator='MLR'"
            )
        return method

    def wald_test(
        self, constraints: str, *, method: str = "D1", asymptotic: bool = False
    ) -> dict[str, float]:
        """Wald test of constraints on labelled parameters: D1, or D2 of the single tests.

        constraints: lines such as `a == 2*b`; `a` means a == 0. Returns as `lr_test` does.
        D1 takes the increase in variance of the constraints alone (Li, Raghunathan and Rubin
        1991); semTools takes that of all parameters for the statistic.
        """
        if method == "D2":
            single = [fit.wald_test(constraints) for fit in self.fits]
            found = np.array([test["chisq"] for test in single])
            return rubin.d2(found, single[0]["df"], asymptotic=asymptotic)
        if method != "D1":
            raise NotAvailableError(f"method={method!r} is not available (it has: D1, D2)")
        gap, J = constrainttests.restrictions(self.average, constraints)
        within, between = (J @ V @ J.T for V in (self._within, self._between))
        constrainttests.require_independent(within)
        return rubin.d1(gap, within, between, self.m, asymptotic=asymptotic)

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Moments implied by the pooled estimates, for each group."""
        return self.average.implied()

    def residuals(self, type: str = "raw") -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Mean sample moments less those: raw, cor or cor_bentler (see residuals.py)."""
        if type.replace(".", "_") not in ("raw", "cor", "cor_bollen", "cor_bentler"):
            raise NotAvailableError(
                f"residuals of type={type!r} are not pooled\n  hint: 'raw', 'cor' or 'cor_bentler'"
            )
        return self.average.residuals(type)

    def r_squared(self) -> pd.DataFrame:
        """Explained share of variance at the pooled estimates: lhs, group, group_label, r2."""
        return self.average.r_squared()
