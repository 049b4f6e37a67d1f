"""Fit of a model to multiply imputed data sets: pooled chi-squares and the measures from them.

Definitions are those of semTools' lavaan.mi (0.5-6), but for the degrees of freedom of scaled
RMSEA intervals and the robust TLI, where lavaan's own are meant.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from surveysem.sem import correlations, measures
from surveysem.sem.compare import compare
from surveysem.sem.errors import DataError, ModelError, NotAvailableError
from surveysem.sem.estimate import Objective, Parametrisation
from surveysem.sem.rubin import d2, d3
from surveysem.sem.settings import SCALED

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

METHODS = ("D2", "D3")
_ROBUST = ("cfi", "tli", "nnfi", "rni")


def average(fits: Sequence["Fit"]) -> "Fit":
    """A fit whose estimates and sample moments are the means over the data sets."""
    first = fits[0]
    parts = []
    for same in zip(*(fit.parts for fit in fits), strict=True):
        m = [part.moments for part in same]
        mean = None if m[0].mean is None else np.mean([x.mean for x in m], axis=0)
        moments = replace(m[0], cov=np.mean([x.cov for x in m], axis=0), mean=mean)
        part = replace(same[0], moments=moments)
        if hasattr(part, "observed") and not callable(part.observed):
            found = {
                name: np.mean([getattr(x.observed, name) for x in same], axis=0)
                for name in ("statistics", "cov", "means")
            }
            part = replace(part, observed=replace(part.observed, **found))
        parts.append(part)
    constant = np.mean([fit.objective.parameters.constant for fit in fits], axis=0)
    objective = Objective(parts, Parametrisation(first.objective.parameters.K, constant))
    x = np.mean([fit.estimate.x for fit in fits], axis=0)
    return replace(first, objective=objective, estimate=replace(first.estimate, x=x))


def default_method(fits: Sequence["Fit"]) -> str:
    """D3, or D2 where there is no likelihood of complete data or the test is shifted."""
    settings = fits[0].settings
    other = settings.least_squares or settings.missing != "listwise"
    return "D2" if other or settings.test == "scaled_shifted" else "D3"


def pooled_test(
    fits: Sequence["Fit"], method: str, *, asymptotic: bool, against: Sequence["Fit"] | None = None
) -> dict[str, float]:
    """Pooled test of exact fit, or against a freer model's fits of the same data sets."""
    gaps, df = np.array([fit.chisq for fit in fits]), fits[0].df
    if against is not None:
        gaps, df = gaps - [fit.chisq for fit in against], df - against[0].df
    if not df > 0:
        raise ModelError(
            f"the test has {df} degrees of freedom\n  hint: give the model with more constraints "
            "first; a saturated model has no test"
        )
    if method not in METHODS:
        raise NotAvailableError(f"method={method!r} is not available (it has: {METHODS})")
    if method == "D2":
        return d2(gaps, df, asymptotic=asymptotic)
    own, saturated = log_likelihoods(fits)
    free = saturated if against is None else log_likelihoods(against)[0]
    at_mean = 2 * float(np.mean(free - own))
    return d3(float(gaps.mean()), at_mean, df, len(fits), asymptotic=asymptotic)


def log_likelihoods(fits: Sequence["Fit"]) -> tuple[np.ndarray, np.ndarray]:
    """Each data set's log-likelihood, m, at the mean estimates and at the mean moments.

    Raises NotAvailableError for fits without a likelihood of complete data.
    """
    settings = fits[0].settings
    if settings.least_squares or settings.missing != "listwise":
        raise NotAvailableError(
            f"D3 is of maximum likelihood with complete data sets, not of estimator "
            f"{settings.estimator} with missing={settings.missing!r}\n  hint: method='D2'"
        )
    centre = average(fits)
    model = centre.implied_moments
    free = [replace(im, sigma=part.moments.cov,
                    mu=part.moments.mean if part.means else im.mu)
            for part, im in zip(centre.parts, model, strict=True)]  # fmt: skip
    found = np.zeros((2, len(fits)))
    for k, fit in enumerate(fits):
        for row, at in enumerate((model, free)):
            for part, im in zip(fit.parts, at, strict=True):
                found[row, k] += part.saturated_logl() - part.size * part.value(im)[0] / 2
    return found[0], found[1]


def scaled_test(
    fits: Sequence["Fit"],
    test: dict[str, float],
    *,
    pool_robust: bool,
    against: Sequence["Fit"] | None = None,
) -> dict[str, float]:
    """The scaled statistic beside a pooled chi-square (`test`, asymptotic).

    The mean scaling factor (and shift) corrects the pooled statistic; with pool_robust the
    scaled statistics are pooled themselves, by D2.
    """
    own = [fit.scaled for fit in fits]
    if pool_robust:
        if against is None:
            found = np.array([s.stat for s in own]), float(np.mean([s.df for s in own]))
        else:
            pairs = [compare(a, b) for a, b in zip(fits, against, strict=True)]
            found = np.array([p["chisq_diff"] for p in pairs]), pairs[0]["df_diff"]
        robust = d2(*found, asymptotic=True)
        return {f"{name}_scaled": value for name, value in robust.items()}
    df, factor = (float(np.mean([getattr(s, name) for s in own])) for name in ("df", "factor"))
    shift = float(np.mean([s.shift for s in own]))
    if against is not None:
        if fits[0].settings.test == "scaled_shifted":
            raise NotAvailableError(
                "a pooled difference of shifted statistics is not defined\n"
                "  hint: method='D2', pool_robust=True"
            )
        free = [(fit.scaled.df, fit.scaled.factor) if fit.df else (0.0, 0.0) for fit in against]
        df1, factor1 = np.mean(free, axis=0)
        factor, df, shift = (df * factor - df1 * factor1) / (df - df1), df - df1, 0.0
    stat = test["chisq"] / factor + shift if factor > 0 else np.nan
    out = {
        "chisq_scaled": stat,
        "df_scaled": df,
        "pvalue_scaled": measures.chi_square_p(stat, df) if np.isfinite(stat) else np.nan,
        "chisq_scaling_factor": factor,
    }
    return out | ({"chisq_shift_parameters": shift} if shift else {})


def collect(fits: Sequence["Fit"], method: str, *, pool_robust: bool) -> dict[str, float]:
    """Fit measures from pooled chi-squares, by lavaan's names with `_` for `.`."""
    first, centre = fits[0], average(fits)
    base = [fit.baseline for fit in fits]
    robust = first.settings.test in SCALED
    own, zero = _tests(fits, method, robust, pool_robust), _tests(base, method, robust, pool_robust)
    chisq, df, groups, n = own["chisq"], own["df"], len(first.parts), first.divisor
    out = own | {"npar": first.npar, "ntotal": sum(first.nobs)}
    if method == "D3":
        logl, saturated = (float(x.mean()) for x in log_likelihoods(fits))
        criteria = measures.information_criteria(logl, first.npar, first.size)
        out |= {"logl": logl, "unrestricted_logl": saturated, **criteria}
    out |= {f"baseline_{name}": value for name, value in zero.items()
            if name.startswith(("chisq", "df", "pvalue"))}  # fmt: skip
    out |= measures.incremental(chisq, df, zero["chisq"], zero["df"])
    out |= {"mfi": measures.mcdonald(chisq, df, n), **measures.rmsea(chisq, df, n, groups)}
    if robust:
        out |= _scaled(fits, own, zero, pool_robust)
    weights = [part.size / first.size for part in first.parts]
    found = [_residuals(centre, part, im)
             for part, im in zip(centre.parts, centre.implied_moments, strict=True)]  # fmt: skip
    return out | {name: float(np.dot(weights, [f[name] for f in found])) for name in found[0]}


def _tests(fits: Sequence["Fit"], method: str, robust: bool, pool_robust: bool):
    if not fits[0].df:
        return {"chisq": 0.0, "df": 0, "pvalue": np.nan, "chisq_scaled": 0.0, "df_scaled": 0}
    test = pooled_test(fits, method, asymptotic=True)
    return test | (scaled_test(fits, test, pool_robust=pool_robust) if robust else {})


def _scaled(fits: Sequence["Fit"], own: dict, zero: dict, pool_robust: bool) -> dict[str, float]:
    first = fits[0]
    groups, n, df = len(first.parts), first.divisor, own["df"]
    stat, df_scaled = own["chisq_scaled"], own["df_scaled"]
    scaled = measures.incremental(stat, df_scaled, zero["chisq_scaled"], zero["df_scaled"])
    out = {f"{name}_scaled": value for name, value in scaled.items()}
    trace = float(np.mean([fit.scaled.trace for fit in fits])) if first.df else np.nan
    shifted = first.settings.test == "scaled_shifted"
    on_df = (stat, df) if shifted else (own["chisq"], trace)
    out |= measures.suffixed(measures.rmsea(*on_df, n, groups), "scaled")
    plain = ("satorra_bentler", "yuan_bentler_mplus")
    if pool_robust or first.settings.test not in plain or first.settings.least_squares or not df:
        return out
    c, c_base = own["chisq_scaling_factor"], zero["chisq_scaling_factor"]
    robust = measures.incremental(own["chisq"], df, zero["chisq"], zero["df"], c, c_base)
    out |= {f"{name}_robust": robust[name] for name in _ROBUST}
    return out | measures.suffixed(measures.rmsea(stat, df, n, groups, c), "robust")


def _residuals(centre: "Fit", part, im) -> dict[str, float]:
    if centre.settings.least_squares:
        return correlations.residual_summaries(part, im)
    mu = im.mu if centre.table.meanstructure else None
    return measures.residual_summaries(part.moments, im.sigma, mu)


def require_same_sets(used: Sequence[int], other: Sequence[int]) -> None:
    """Raise DataError where two pooled fits do not use the same data sets."""
    if list(used) != list(other):
        raise DataError(
            f"the two fits use different data sets ({len(used)} and {len(other)})\n"
            "  hint: leave out those that failed for either model"
        )
