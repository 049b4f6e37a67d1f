"""Rubin's rules, and tests pooled over multiply imputed data sets: pure functions of numbers.

Sources: Rubin (1987), Multiple Imputation for Nonresponse in Surveys; Barnard and Rubin (1999),
Biometrika 86, 948; Li, Raghunathan and Rubin (1991), JASA 86, 1065 (D1); Li, Meng, Raghunathan
and Rubin (1991), Statistica Sinica 1, 65 (D2); Meng and Rubin (1992), Biometrika 79, 103 (D3).
"""

from dataclasses import dataclass

import numpy as np

from surveysem.sem.distributions import chi_square_sf, f_sf


@dataclass(frozen=True, slots=True)
class Pooled:
    """k estimates pooled over m data sets, each field k.

    within: mean of the squared standard errors. between: variance of the estimates. riv:
    relative increase in variance, fmi: fraction of missing information, (1 + 1/m) between over
    the total variance (fmi 1 of semTools; lambda of mice). df: of t; infinite where the
    estimates do not vary.
    """

    est: np.ndarray
    se: np.ndarray
    df: np.ndarray
    riv: np.ndarray
    fmi: np.ndarray
    within: np.ndarray
    between: np.ndarray


def rubin(estimates: np.ndarray, errors: np.ndarray, complete_df: float | None = None) -> Pooled:
    """Pool estimates and their standard errors, m x k each.

    df = (m - 1) (1 + 1/riv)^2 (Rubin 1987, eq. 3.1.6), or with complete_df, the degrees of
    freedom that complete data would have, Barnard and Rubin's (1999, eq. 3). nan where a
    standard error is. Where it is zero in all data sets the value is no estimate but fixed, or
    follows from others: se stays zero, and the rest is nan.
    """
    m = len(estimates)
    within, between = (errors**2).mean(axis=0), estimates.var(axis=0, ddof=1)
    added = (1 + 1 / m) * between
    total = within + added
    with np.errstate(divide="ignore", invalid="ignore"):
        fmi, riv = added / total, added / within
        df = (m - 1) / fmi**2
        if complete_df is not None:
            observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - fmi)
            df = np.where(fmi > 0, df * observed / (df + observed), observed)
    fixed = within == 0
    fmi, riv, df = (np.where(fixed, np.nan, x) for x in (fmi, riv, df))
    se = np.where(fixed, 0.0, np.sqrt(total))
    return Pooled(estimates.mean(axis=0), se, df, riv, fmi, within, between)


def d1(gap: np.ndarray, within: np.ndarray, between: np.ndarray, m: int, *, asymptotic: bool):
    """Wald test that k quantities are zero, from their pooled values and covariances, k x k."""
    k = len(gap)
    ariv = (1 + 1 / m) * float(np.trace(np.linalg.solve(within, between))) / k
    F = float(gap @ np.linalg.solve(within, gap)) / (k * (1 + ariv))
    return _test(F, k, _denominator(k, m, ariv), ariv, asymptotic)


def d2(statistics: np.ndarray, df: float, *, asymptotic: bool) -> dict[str, float]:
    """Test from the m chi-squares alone, on df degrees of freedom each."""
    m = len(statistics)
    ariv = (1 + 1 / m) * float(np.sqrt(np.maximum(statistics, 0.0)).var(ddof=1))
    F = (float(statistics.mean()) / df - (m + 1) / (m - 1) * ariv) / (1 + ariv)
    with np.errstate(divide="ignore"):
        df2 = float(df ** (-3 / m) * (m - 1) * (1 + 1 / np.float64(ariv)) ** 2)
    return _test(F, df, df2, ariv, asymptotic)


def d3(mean: float, at_mean: float, df: float, m: int, *, asymptotic: bool) -> dict[str, float]:
    """Likelihood-ratio test: the mean of the m statistics, and of those at pooled estimates."""
    ariv = (m + 1) / (df * (m - 1)) * (mean - at_mean)
    return _test(at_mean / (df * (1 + ariv)), df, _denominator(df, m, ariv), ariv, asymptotic)


def _denominator(k: float, m: int, ariv: float) -> float:
    """Denominator's df of D1 and D3 (Li, Raghunathan and Rubin 1991, eq. 1.17 and 1.18)."""
    a, over = k * (m - 1), 1 / ariv if ariv else np.inf
    if a > 4:
        return float(4 + (a - 4) * (1 + (1 - 2 / a) * over) ** 2)
    return float(a * (1 + 1 / k) * (1 + over) ** 2 / 2)


def _test(F: float, df: float, df2: float, ariv: float, asymptotic: bool) -> dict[str, float]:
    """F, or df F against chi-square (asymptotic); a statistic below zero becomes zero."""
    F = max(F, 0.0)
    tail = {"ariv": ariv, "fmi": ariv / (1 + ariv)}
    chisq = float(chi_square_sf(F * df, df))
    if asymptotic:
        return {"chisq": F * df, "df": df, "pvalue": chisq, **tail}
    p = float(f_sf(F, df, df2)) if np.isfinite(df2) else chisq
    return {"F": F, "df1": df, "df2": df2, "pvalue": p, **tail}
