"""Fit measures: each a pure function of scalars or of one group's moments.

Names and definitions are lavaan's (`fitMeasures`), with `_` for `.`.
"""

import numpy as np
from scipy import special

from surveysem.sem.moments import Moments

_ZERO = 1.5e-8  # what R's all.equal() takes for zero, where lavaan asks it


def chi_square_p(chisq: float, df: int) -> float:
    """Upper tail probability; nan for a saturated model, as in lavaan."""
    return float(special.chdtrc(df, max(chisq, 0.0))) if df > 0 else np.nan


def incremental(
    chisq: float, df: float, base: float, base_df: float, c: float = 1.0, c_base: float = 1.0
) -> dict[str, float]:
    """Fit relative to the baseline model (Bentler 1990; Tucker and Lewis 1973; Bollen 1989).

    c, c_base: factors of the model's and the baseline's chi-square under nonnormality;
    they give the robust CFI, TLI, NNFI and RNI of Brosseau-Liard and Savalei (2014).
    """
    gap, base_gap = chisq - c * df, base - c_base * base_df
    excess, base_excess = max(gap, 0.0), max(base_gap, gap, 0.0)
    tli_top, tli_bottom = gap * base_df, base_gap * df
    tli = 1 - tli_top / tli_bottom if df > 0 and tli_bottom else 1.0
    share = (base - chisq) / base if base > 0 else np.nan
    return {
        "cfi": 1 - excess / base_excess if base_excess > _ZERO else 1.0,
        "tli": tli,
        "nnfi": tli,
        "rfi": _relative(chisq, df, base, base_df),
        "nfi": np.nan if df > base_df or base < _ZERO else share if df > 0 else 1.0,
        "pnfi": df / base_df * share if base_df else np.nan,
        "ifi": 1.0 if base - df < 0 else _ratio(base - chisq, base - df),
        "rni": 1 - _ratio(gap, base_gap),
    }


def _relative(chisq: float, df: int, base: float, base_df: int) -> float:
    """Bollen's relative fit index, nan for a model with more df than the baseline."""
    if df > base_df:
        return np.nan
    if df == 0 or base_df == 0:
        return 1.0
    gain = base / base_df - chisq / df
    return 1.0 if gain < 0 else gain / (base / base_df)


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if abs(bottom) > _ZERO else np.nan


def rmsea(stat: float, df: float, n: float, groups: int, factor: float = 1.0) -> dict[str, float]:
    """RMSEA with its 90 % interval and the tests of close (.05) and not close (.08) fit.

    Steiger and Lind (1980); Browne and Cudeck (1993); over groups Steiger (1998). From a
    scaled statistic with the factor by which it was divided, the robust RMSEA
    (Brosseau-Liard, Savalei and Li 2012): the noncentrality is on the unscaled metric.
    """
    if not df > 0 or not np.isfinite(factor):
        value = 0.0 if df == 0 else np.nan
        return {
            **dict.fromkeys(("rmsea", "rmsea_ci_lower", "rmsea_ci_upper"), value),
            "rmsea_ci_level": 0.90,
            "rmsea_pvalue": np.nan,
            "rmsea_close_h0": 0.05,
            "rmsea_notclose_pvalue": np.nan,
            "rmsea_notclose_h0": 0.08,
        }

    stat = max(stat, 0.0)  # rounding may leave it below

    from scipy.optimize import brentq  # slow to import

    def value(ncp: float) -> float:
        return float(np.sqrt(max(ncp, 0.0) / (n * df)) * np.sqrt(groups))

    def noncentrality(p: float) -> float:
        def gap(ncp: float) -> float:
            return special.chndtr(stat, df, ncp) - p

        if not gap(0.0) >= 0:
            return 0.0
        high = max(4 * stat, 4.0 * df)
        while gap(high) > 0:
            high *= 2
        return float(brentq(gap, 0.0, high, xtol=1e-10, rtol=1e-12))

    def exceeds(limit: float) -> float:
        return float(1 - special.chndtr(stat, df, n * df * limit**2 / groups / factor))

    return {
        "rmsea": value(factor * (stat - df)),
        "rmsea_ci_lower": value(factor * noncentrality(0.95)),
        "rmsea_ci_upper": value(factor * noncentrality(0.05)),
        "rmsea_ci_level": 0.90,
        "rmsea_pvalue": exceeds(0.05),
        "rmsea_close_h0": 0.05,
        "rmsea_notclose_pvalue": 1 - exceeds(0.08),
        "rmsea_notclose_h0": 0.08,
    }


def normal_logl(cov: np.ndarray, size: float) -> float:
    """Log-likelihood of `size` normal rows at their own mean and covariances."""
    p = len(cov)
    log_det = np.linalg.slogdet(cov)[1] if p else 0.0
    return float(-0.5 * size * (p * np.log(2 * np.pi) + log_det + p))


def information_criteria(logl: float, npar: int, n: int) -> dict[str, float]:
    """AIC, BIC and the sample-size adjusted BIC (Akaike 1974; Schwarz 1978; Sclove 1987)."""
    return {
        "aic": -2 * logl + 2 * npar,
        "bic": -2 * logl + npar * np.log(n),
        "bic2": -2 * logl + npar * np.log((n + 2) / 24),
    }


def residual_summaries(
    moments: Moments, sigma: np.ndarray, mu: np.ndarray | None
) -> dict[str, float]:
    """Root mean squared residuals of one group (Bentler 1995; Mplus and Bollen variants).

    Without a mean structure pass mu None.
    """
    p = len(sigma)
    lower = np.tril_indices(p)
    raw = (moments.cov - sigma)[lower]
    sd, sd_hat = np.sqrt(np.diag(moments.cov)), np.sqrt(np.diag(sigma))
    bentler = ((moments.cov - sigma) / np.outer(sd, sd))[lower]
    strict = np.tril_indices(p, -1)
    off = (moments.cov / np.outer(sd, sd) - sigma / np.outer(sd_hat, sd_hat))[strict]
    variance = (np.diag(moments.cov) - np.diag(sigma)) / np.diag(moments.cov)
    mplus = np.concatenate([off, variance])

    def root(x, extra=()):
        return float(np.sqrt((np.sum(x**2) + np.sum(np.square(extra))) / (len(x) + len(extra))))

    out = {
        "rmr_nomean": root(raw),
        "srmr_bentler_nomean": root(bentler),
        "crmr_nomean": _crmr(off, p, ()),
        "srmr_mplus_nomean": root(mplus),
    }
    if mu is None:
        means = [(), (), (), ()]
    else:
        gap = moments.mean - mu
        scaled = moments.mean / sd - mu / sd_hat
        means = [gap, gap / sd, gap / sd, scaled]
    out |= {
        "rmr": root(raw, means[0]),
        "srmr_bentler": root(bentler, means[1]),
        "crmr": _crmr(off, p, means[2]),
        "srmr_mplus": root(mplus, means[3]),
    }
    out["srmr"] = out["srmr_bentler"]
    return out


def _crmr(off: np.ndarray, p: int, means) -> float:
    count = len(off) + len(means)
    return float(np.sqrt((np.sum(off**2) + np.sum(np.square(means))) / count)) if count else np.nan


def hoelter(F: float, df: int, alpha: float) -> float:
    """Critical N at which the model would be rejected (Hoelter 1983)."""
    return float(special.chdtri(df, alpha) / F + 1) if F > 0 and df > 0 else np.nan


def expected_cross_validation(F_chisq: float, npar: int, n: int) -> float:
    """ECVI (Browne and Cudeck 1993)."""
    return F_chisq / n + 2 * npar / n


def mcdonald(chisq: float, df: int, n: int) -> float:
    """McDonald's noncentrality index (McDonald 1989)."""
    return float(special.exp2(np.log2(np.e) * (-0.5 * (chisq - df) / n)))


def suffixed(values: dict[str, float], suffix: str) -> dict[str, float]:
    """Measures under names with a suffix, without the constants."""
    constants = ("rmsea_ci_level", "rmsea_close_h0", "rmsea_notclose_h0")
    return {f"{name}_{suffix}": v for name, v in values.items() if name not in constants}
