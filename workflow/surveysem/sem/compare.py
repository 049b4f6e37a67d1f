"""Nested models compared: likelihood-ratio tests, and their forms for scaled statistics."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import null_space

from surveysem.sem.constrained import minimised
from surveysem.sem.distributions import chi_square_sf
from surveysem.sem.errors import DataError, ModelError, NotAvailableError
from surveysem.sem.estimate import Objective
from surveysem.sem.inference import information, inverse, meat
from surveysem.sem.normal import Normal
from surveysem.sem.settings import SCALED, Settings
from surveysem.sem.teststats import scaled

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

SECOND_ORDER = ("scaled_shifted", "mean_var_adjusted")
METHODS = ("standard", "satorra_bentler_2001", "satorra_bentler_2010", "satorra_2000")


def compare(restricted: "Fit", free: "Fit", method: str | None = None) -> dict[str, float]:
    """Test of a restricted model against a freer one that holds it.

    method (default by the fits' test): standard; satorra_bentler_2001: difference of the
    chi-squares over c = (df0 c0 - df1 c1) / (df0 - df1), c = tr(U Gamma) / df whatever the
    fits' test makes of the two; satorra_bentler_2010: c1 taken at the restricted estimates, so
    that c stays positive with expected information (MLM); satorra_2000: from the two models'
    Jacobians by expected information, with a shift where the fits' test matches the mean and
    the variance (MLMV, WLSMV and their kin).

    With MLR (observed information) and few df, c of 2001 and 2010 is a small difference of
    two large traces, which one badly fitting model makes unstable: close to zero it inflates
    the statistic, below zero there is none (nan). lavaan shares this. A scaling_factor far
    from those of the fits is the sign; satorra_2000 and Fit.score_test() have no such c.

    Returns chisq_diff, df_diff, pvalue, scaling_factor, and the changes delta_cfi,
    delta_rmsea, delta_srmr, delta_aic, delta_bic (restricted minus free).
    Raises DataError where the fits are not of the same data, ModelError for models that
    are not nested by their degrees of freedom, NotAvailableError for estimates on the
    border of an inequality constraint.
    """
    _require_same_data(restricted, free)
    for fit in (restricted, free):
        _require_no_border(fit)
    is_scaled = restricted.settings.test in SCALED
    if method is None:
        two_moments = restricted.settings.test in SECOND_ORDER
        robust = "satorra_2000" if two_moments else "satorra_bentler_2001"
        method = robust if is_scaled else "standard"
    method = method.replace(".", "_")
    if method not in METHODS:
        raise NotAvailableError(f"method={method!r} is not available (it has: {METHODS})")
    _require_known(restricted.settings, method)
    if restricted.table.levels and method in ("satorra_2000", "satorra_bentler_2010"):
        raise NotAvailableError(
            f"method={method!r} is not available for two-level models\n"
            "  hint: method='satorra_bentler_2001'"
        )
    if method != "standard" and not is_scaled:
        raise NotAvailableError(
            f"method={method!r} needs fits with a scaled test\n  hint: estimator='MLR'"
        )
    df = restricted.df - free.df
    if df <= 0:
        raise ModelError(
            f"the restricted model has {restricted.df} degrees of freedom, the free one {free.df}"
            "\n  hint: give the model with more constraints first"
        )
    gap = restricted.chisq - free.chisq
    stat, factor = _statistic(restricted, free, gap, df, method)
    changes = {
        f"delta_{name}": restricted.measures[name] - free.measures[name]
        for name in ("cfi", "rmsea", "srmr", "aic", "bic")
        if name in restricted.measures
    }
    pvalue = float(chi_square_sf(stat, df)) if np.isfinite(stat) else np.nan
    return {
        "chisq_diff": float(stat),
        "df_diff": df,
        "pvalue": pvalue,
        "scaling_factor": float(factor),
        **changes,
    }


def _statistic(restricted: "Fit", free: "Fit", gap: float, df: int, method: str):
    if method == "standard":
        return gap, 1.0
    if method == "satorra_2000":
        return _satorra_2000(restricted, free, gap, df)
    trace = restricted.scaled.trace
    if free.df:
        own = method == "satorra_bentler_2001"
        trace -= free.scaled.trace if own else _trace_at(restricted, free)
    factor = trace / df
    # a negative factor has no meaning: no test, rather than a wrong one
    return (gap / factor, factor) if factor > 0 else (np.nan, factor)


def _trace_at(restricted: "Fit", free: "Fit") -> float:
    """tr(U Gamma) of the free model at the restricted model's moments (M10).

    The point of the free model with those moments is found by fitting it to them, so that
    the two models need not share parameters (Bentler and Satorra 2010).
    """
    means = free.table.meanstructure
    parts = [
        Normal(replace(part.moments, cov=im.sigma, mean=im.mu), part.layout, means, part.covariates)
        for part, im in zip(free.parts, restricted.implied_moments, strict=True)
    ]
    objective = Objective(parts, free.objective.parameters.whole)
    start = objective.parameters.nearest(free.values)
    objective, at = minimised(objective, start, free.restrictions)
    if not at.converged or at.F > 1e-8:
        raise ModelError(
            "the restricted model is not nested in the free one: the free model cannot reproduce "
            f"its moments (F = {at.F:.2g})\n  hint: compare AIC or BIC of models that are not nested"
        )
    tangent = Objective(free.parts, objective.parameters)
    return scaled(tangent, at.x, free.settings, free.chisq, free.df).trace


def _satorra_2000(restricted: "Fit", free: "Fit", gap: float, df: int):
    """Satorra (2000), with A the complement of the restricted model's tangent space.

    Incomplete data: with the observed information and the scores' outer product, the parts of
    the estimates' sandwich (Yuan and Bentler 2000), in place of the moments' Gamma.
    """
    blocks = []
    for fit in (free, restricted):
        pairs = zip(fit.parts, fit.implied_moments, strict=True)
        K = fit.objective.parameters.K
        blocks.append(np.vstack([p.jacobian(im) @ K[p.layout.rows] for p, im in pairs]))
    H, *_ = np.linalg.lstsq(blocks[0], blocks[1], rcond=None)
    A = null_space(H.T).T
    x, incomplete = free.estimate.x, free.settings.incomplete
    P_inverse = inverse(information(free.objective, x, "observed" if incomplete else "expected"))
    M = P_inverse @ A.T @ np.linalg.pinv(A @ P_inverse @ A.T) @ A @ P_inverse
    product = M @ meat(free.objective, x, "scores" if incomplete else "moments")
    trace, square = float(np.trace(product)), float((product * product.T).sum())
    if restricted.settings.test in SECOND_ORDER:
        a = np.sqrt(df / square)
        return a * gap + df - a * trace, 1 / a
    return gap * df / trace, trace / df


def _require_known(settings: Settings, method: str) -> None:
    """Raise NotAvailableError for a test that these fits do not have.

    Scaled differences need no more of the weight than that U is the same function of it in both.
    """
    known = ("satorra_bentler_2001", "satorra_2000") if settings.test in SCALED else ()
    if settings.least_squares and settings.weight != "full" and method not in known:
        raise NotAvailableError(
            f"fits by {settings.estimator} have no difference of chi-squares (method={method!r})\n"
            "  hint: method='satorra_2000', with estimator='WLSMV'"
        )


def _require_no_border(fit: "Fit") -> None:
    """Raise NotAvailableError for a fit held back by an inequality.

    The difference then follows a mixture of chi-squares whose weights depend on the
    information (chi-bar-square: Self and Liang 1987; Silvapulle and Sen 2005).
    """
    active = [fit.restrictions.inequalities[k].text for k in fit.estimate.active]
    if active:
        raise NotAvailableError(
            f"the estimates lie on the border of a constraint ({'; '.join(active)}): the difference "
            "of the chi-squares has no chi-square distribution there, but a mixture of several "
            "(chi-bar-square)\n  hint: make it an equation in both models (== for < or >, a fixed "
            "value for a bound), or leave it out"
        )


def _require_same_data(restricted: "Fit", free: "Fit") -> None:
    same = restricted.table.observed and set(restricted.table.observed) == set(free.table.observed)
    if not same or restricted.nobs != free.nobs:
        raise DataError(
            "the two fits are not of the same variables and rows "
            f"(n = {restricted.nobs} and {free.nobs})\n"
            "  hint: fit both models to the same complete rows"
        )
    if restricted.settings != free.settings:
        raise DataError(
            "the two fits use different estimators or tests\n  hint: fit both in the same way"
        )
