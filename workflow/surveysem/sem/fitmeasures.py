"""All fit measures of a fit, by lavaan's names with `_` for `.`.

Variants: `_scaled` puts the scaled chi-square into a formula, `_robust` corrects the
index itself (Brosseau-Liard, Savalei and Li 2012; Brosseau-Liard and Savalei 2014).
"""

from typing import TYPE_CHECKING

import numpy as np

from surveysem.sem import measures
from surveysem.sem.correlations import residual_summaries
from surveysem.sem.settings import SCALED
from surveysem.sem.twolevel.measures import level_residuals

if TYPE_CHECKING:
    from surveysem.sem.result import Fit


_CORRECTED = ("satorra_bentler", "scaled_shifted")
_ROBUST = ("cfi", "tli", "nnfi", "rni")


def collect(fit: "Fit") -> dict[str, float]:
    """Every measure that lavaan's fitMeasures() gives, but GFI and its kin."""
    n, groups, divisor = fit.size, len(fit.parts), fit.divisor
    base = fit.baseline
    out = {
        "npar": fit.npar,
        "fmin": fit.chisq / n / 2 if fit.settings.least_squares else fit.estimate.F / 2,
        "chisq": fit.chisq,
        "df": fit.df,
        "pvalue": measures.chi_square_p(fit.chisq, fit.df),
        "baseline_chisq": base.chisq,
        "baseline_df": base.df,
        "baseline_pvalue": measures.chi_square_p(base.chisq, base.df),
        **measures.incremental(fit.chisq, fit.df, base.chisq, base.df),
        "ntotal": sum(fit.nobs),
        **measures.rmsea(fit.chisq, fit.df, divisor, groups),
        "cn_05": measures.hoelter(fit.chisq / divisor, fit.df, 0.05),
        "cn_01": measures.hoelter(fit.chisq / divisor, fit.df, 0.01),
        "mfi": measures.mcdonald(fit.chisq, fit.df, divisor),
    }
    if fit.settings.test == "bollen_stine":
        out["pvalue_bollen_stine"] = fit.bollen_stine.pvalue
    if fit.table.levels:  # as lavaan, without those
        out = {k: v for k, v in out.items() if k not in ("cn_05", "cn_01", "mfi")}
    if fit.settings.test in SCALED:
        out |= _scaled(fit, divisor, groups)
    squares = fit.settings.least_squares and fit.settings.test in _CORRECTED and fit.table.ordered
    if fit.settings.incomplete or squares:
        out |= _corrected(fit, groups)
    if fit.table.levels:
        return out | _of_levels(fit, n)
    return out | (_of_statistics(fit) if fit.settings.least_squares else _of_likelihood(fit, n))


def _of_levels(fit: "Fit", n: float) -> dict[str, float]:
    """Likelihood, and residuals of covariances within and between clusters, of two-level models.

    fmin: lavaan's, half of -2 log-likelihood per member, the covariates' own part included.
    """
    saturated = sum(part.saturated_logl() for part in fit.parts)
    logl = saturated - fit.chisq / 2
    whole = sum(part.saturated.logl for part in fit.parts) - fit.chisq / 2
    constant = sum(part.log_constant for part in fit.parts)
    return {
        "fmin": -(whole + constant) / n,
        "logl": logl,
        "unrestricted_logl": saturated,
        **measures.information_criteria(logl, fit.npar, n),
        **level_residuals(fit.blocks, [part.size / fit.size for part in fit.parts]),
    }


def _of_statistics(fit: "Fit") -> dict[str, float]:
    """Measures of least squares alone: residuals of correlations, and WRMR."""
    weights = [part.size / fit.size for part in fit.parts]
    parts = [residual_summaries(part, im) for part, im in
             zip(fit.parts, fit.implied_moments, strict=True)]  # fmt: skip
    out = {name: float(np.dot(weights, [p[name] for p in parts])) for name in parts[0]}
    if fit.table.ordered:
        out |= {"srmr_mplus": np.nan, "srmr_mplus_nomean": np.nan}
    else:
        out["ecvi"] = measures.expected_cross_validation(fit.chisq, fit.npar, fit.divisor)
    # over the statistics of one group, as lavaan counts them
    out["wrmr"] = float(np.sqrt(fit.chisq / fit.parts[0].statistics))
    if fit.settings.weight != "full":  # its chi-square is none
        out |= {"pvalue": np.nan, "baseline_pvalue": np.nan}
    return out


def _of_likelihood(fit: "Fit", n: float) -> dict[str, float]:
    """Measures that need a likelihood, and residuals of covariances."""
    means, divisor = fit.table.meanstructure, fit.divisor
    moments = [part.moments for part in fit.parts]
    saturated = sum(part.saturated_logl() for part in fit.parts)
    distance = sum(p.size * F for p, F in zip(fit.parts, fit.discrepancies, strict=True))
    logl = saturated - distance / 2
    out = {
        "logl": logl,
        "unrestricted_logl": saturated,
        **measures.information_criteria(logl, fit.npar, n),
        "ecvi": measures.expected_cross_validation(fit.chisq, fit.npar, divisor),
    }
    weights = [part.size / fit.size for part in fit.parts]
    residuals = [
        measures.residual_summaries(m, im.sigma, im.mu if means else None)
        for m, im in zip(moments, fit.implied_moments, strict=True)
    ]
    for name in residuals[0]:
        out[name] = float(sum(w * r[name] for w, r in zip(weights, residuals, strict=True)))
    return out


def _scaled(fit: "Fit", divisor: int, groups: int) -> dict[str, float]:
    own, base = fit.scaled, fit.baseline.scaled
    chisq, df = fit.chisq, fit.df
    out = {
        "chisq_scaled": own.stat,
        "df_scaled": own.df,
        "pvalue_scaled": own.pvalue,
        "chisq_scaling_factor": own.factor,
        "baseline_chisq_scaled": base.stat,
        "baseline_df_scaled": base.df,
        "baseline_pvalue_scaled": base.pvalue,
        "baseline_chisq_scaling_factor": base.factor,
    }
    shifted = fit.settings.test == "scaled_shifted"
    if shifted:
        out["chisq_shift_parameters"] = own.shift
    if fit.settings.test == "yuan_bentler_mplus":
        out |= {"scaling_factor_h1": own.factor_h1, "scaling_factor_h0": own.factor_h0}
    scaled = measures.incremental(own.stat, own.df, base.stat, base.df)
    out |= {f"{name}_scaled": value for name, value in scaled.items()}
    # the scaled RMSEA has tr(U Gamma) for degrees of freedom, unless shifted
    on_df = (own.stat, df) if shifted else (chisq, own.trace)
    out |= measures.suffixed(measures.rmsea(*on_df, divisor, groups), "scaled")
    other = fit.settings.incomplete or (fit.settings.least_squares and fit.table.ordered)
    if fit.settings.test == "mean_var_adjusted" or other:
        return out
    # E[T] is about n F0 + tr(U Gamma) whatever the weight: of least squares of continuous data
    # these are indices of F0 on the weight's own metric, freed of the bias tr(U Gamma)
    c, c_base = _correction(own, df), _correction(base, fit.baseline.df)
    robust = measures.incremental(chisq, df, fit.baseline.chisq, fit.baseline.df, c, c_base)
    out |= {f"{name}_robust": robust[name] for name in _ROBUST}
    return out | measures.suffixed(
        measures.rmsea(own.stat, df, divisor, groups, own.factor), "robust"
    )


def _corrected(fit: "Fit", groups: int) -> dict[str, float]:
    """Robust indices: what complete, continuous data would have given.

    The discrepancy of maximum likelihood, of the saturated moments of incomplete data or
    of polychoric correlations, with a factor for what the missing answers, nonnormality or
    the cutting of the responses add to its expectation (Zhang and Savalei 2020, FIML-C;
    Savalei 2021, catML-DWLS).
    """
    own, base = fit.complete_test, fit.baseline.complete_test
    if own is None or base is None:
        nothing = {f"{name}_robust": np.nan for name in _ROBUST}
        return nothing | measures.suffixed(measures.rmsea(np.nan, np.nan, 1, 1), "robust")
    (chisq, c), (chisq_base, c_base) = own, base
    robust = measures.incremental(chisq, fit.df, chisq_base, fit.baseline.df, c, c_base)
    out = {f"{name}_robust": robust[name] for name in _ROBUST}
    if fit.df and not c > 0:  # all df are of thresholds: the correlations are saturated
        return out | measures.suffixed(measures.rmsea(np.nan, np.nan, 1, 1), "robust")
    stat = chisq / c if fit.df else chisq
    return out | measures.suffixed(measures.rmsea(stat, fit.df, fit.size, groups, c), "robust")


def _correction(test, df: int) -> float:
    """c with chisq / c about the scaled statistic: a (df - b) / df for a shifted one."""
    return test.factor * (df - test.shift) / df if df else np.nan
