"""Effect sizes of differences of means, with intervals and tests.

Intervals are those of the noncentral t and F distributions, exact for normal scores of equal
variance (Steiger and Fouladi 1997; Steiger 2004); tests are Welch's, which let variances differ.
All take scores without nan. What the data do not tell is nan.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ncfdtr, nctdtr, stdtr

LEVEL = 0.95
_TAILS = ((1 + LEVEL) / 2, (1 - LEVEL) / 2)  # of the lower and the upper bound


@dataclass(frozen=True, slots=True)
class Effect:
    """est with its 95 % interval; a test with df (df2: of an F, else nan) and p."""

    est: float
    ci_lower: float
    ci_upper: float
    test: float
    df: float
    df2: float
    p: float


NOTHING = Effect(*(np.nan,) * 7)


def hedges_factor(df: float) -> float:
    """The factor that makes d unbiased: J(df), exact (Hedges 1981, Journal of Educational
    Statistics 6, 107, equation 6e)."""
    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2))


def noncentral_t(t: float, df: float) -> tuple[float, float]:
    """95 % interval of the noncentrality of a t."""
    if t < 0:
        low, high = noncentral_t(-t, df)
        return -high, -low
    # P(T < t) is at least Phi(-ncp), which is .977 at -2: nothing to look for below
    reach = 12 * np.sqrt(1 + t * t / (2 * df))
    low, high = (
        _root(lambda ncp, tail=tail: nctdtr(df, ncp, t) - tail, max(t - reach, -2), t + reach)
        for tail in _TAILS
    )
    return low, high


def noncentral_f(f: float, df1: float, df2: float) -> tuple[float, float]:
    """95 % interval of the noncentrality of an F; a bound is 0 where none above 0 fits."""

    middle = df1 * f
    reach = 8 * np.sqrt(4 * middle + 2 * df1 + 2 * middle**2 / df2) + 20

    def bound(tail: float) -> float:
        def excess(ncp: float) -> float:
            found = float(ncfdtr(df1, df2, ncp, f))
            if np.isnan(found):  # of scipy's, in far tails
                found = float(ncp < middle)
            return found - tail

        low, high = max(0.0, middle - reach), middle + reach
        if low == 0 and excess(0.0) <= 0:
            return 0.0
        while excess(high) > 0:  # few degrees of freedom: long tails
            high *= 2
        return _root(excess, low if excess(low) > 0 else 0.0, high)

    low, high = (bound(tail) for tail in _TAILS)
    return low, high


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(excess, low, high, xtol=1e-11, rtol=1e-14))


def _two_sided(t: float, df: float) -> float:
    return float(2 * stdtr(df, -abs(t)))


def two_groups(x: np.ndarray, y: np.ndarray) -> Effect:
    """Hedges' g of y - x by the pooled SD, and Welch's t test (1947).

    nan with fewer than two scores in a group or no variance within.
    """
    n1, n2 = len(x), len(y)
    if min(n1, n2) < 2:
        return NOTHING
    df = n1 + n2 - 2
    s1, s2 = x.var(ddof=1), y.var(ddof=1)
    pooled = np.sqrt(((n1 - 1) * s1 + (n2 - 1) * s2) / df)
    if not pooled > 0:
        return NOTHING
    d, unit = (y.mean() - x.mean()) / pooled, np.sqrt(1 / n1 + 1 / n2)
    J = hedges_factor(df)
    low, high = (J * unit * ncp for ncp in noncentral_t(d / unit, df))
    v1, v2 = s1 / n1, s2 / n2
    t = float((y.mean() - x.mean()) / np.sqrt(v1 + v2))
    welch = float((v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1)))
    return Effect(float(J * d), low, high, t, welch, np.nan, _two_sided(t, welch))


def paired(x: np.ndarray, y: np.ndarray) -> dict[str, Effect]:
    """Standardised changes y - x of the same n respondents, and the paired t test.

    g_z: by the SD of the differences; its interval is exact. g_av: by the root of the mean of
    both variances, on the scale of g between groups (Cumming 2012, p. 291), with the interval
    of Algina and Keselman (2003): that of g_z times the ratio of the two SDs.
    nan with fewer than two respondents, or differences that are all alike.
    """
    n, change = len(x), y - x
    if n < 2 or not change.std(ddof=1) > 0:
        return {"g_av": NOTHING, "g_z": NOTHING}
    df, spread = n - 1, change.std(ddof=1)
    t = float(change.mean() / (spread / np.sqrt(n)))
    J = hedges_factor(df) if df > 1 else np.nan  # does not exist for df = 1
    z = np.array([t, *noncentral_t(t, df)]) * J / np.sqrt(n)
    own = spread / np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)
    test = (t, float(df), np.nan, _two_sided(t, df))
    return {"g_av": Effect(*map(float, z * own), *test), "g_z": Effect(*map(float, z), *test)}


def several_groups(groups: Sequence[np.ndarray]) -> Effect:
    """Omega squared over k groups (Hays 1963), 0 where its estimate is negative, and Welch's
    F test (1951, statsmodels).

    The interval is that of the share of variance between groups, by the noncentrality of the
    usual F (Steiger 2004): lambda / (lambda + N). nan with fewer than two groups of two
    scores, or a group without variance.
    """
    from statsmodels.stats.oneway import anova_oneway

    if len(groups) < 2 or any(len(x) < 2 or not x.var() > 0 for x in groups):
        return NOTHING
    n, df1 = sum(map(len, groups)), len(groups) - 1
    df2, mean = n - len(groups), np.concatenate(groups).mean()
    between = sum(len(x) * (x.mean() - mean) ** 2 for x in groups)
    within = sum(((x - x.mean()) ** 2).sum() for x in groups)
    error = within / df2
    omega = max(0.0, (between - df1 * error) / (between + within + error))
    low, high = (ncp / (ncp + n) for ncp in noncentral_f(between / df1 / error, df1, df2))
    welch = anova_oneway(groups, use_var="unequal", welch_correction=True)
    return Effect(
        float(omega), low, high, float(welch.statistic), float(df1), float(welch.df_denom),
        float(welch.pvalue),
    )  # fmt: skip
