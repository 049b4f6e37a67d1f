"""Latent correlations and loadings elsewhere: what a factor model says of distinctness.

Pure functions of a fitted factor model whose latent variances are one (`unit_text`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.adjust import holm
from surveysem.errors import SurveySemError
from surveysem.models import one_line
from surveysem.sem import Fit, compare, refit
from surveysem.sem.distributions import chi_square_sf, normal_sf
from surveysem.sem.settings import SCALED

CUTS = (0.85, 0.90)  # customary limits of a correlation of two constructs
CLASSES = ((1.0, "severe"), (0.9, "moderate"), (0.8, "marginal"), (0.0, "none"))
DOUBTFUL = 0.80  # the least upper limit that a test may settle
NAMED = 0.30  # an expected loading elsewhere that is named


def unit_text(
    factors: Mapping[str, Sequence[str]],
    fixed: Mapping[tuple[str, str], float] | None = None,
) -> str:
    """A factor model with latent variances of one, so that latent covariances are correlations.

    fixed: correlations held at a value. A single item measures its construct without error.
    """
    lines = []
    for construct, items in factors.items():
        lines.append(f"{construct} =~ NA*{' + '.join(items)}")
        lines.append(f"{construct} ~~ 1*{construct}")
        if len(items) == 1:
            lines.append(f"{items[0]} ~~ 0*{items[0]}")
    lines += [f"{a} ~~ {value:.17g}*{b}" for (a, b), value in (fixed or {}).items()]
    return "\n".join(lines) + "\n"


def latent_correlations(p: pd.DataFrame, constructs: Sequence[str]) -> pd.DataFrame:
    """Correlations of the constructs: columns a, b, est, se, ci_lower, ci_upper.

    p: one group's standardised solution (Fit.standardized).
    """
    mine = (p["op"] == "~~") & p["lhs"].isin(constructs) & p["rhs"].isin(constructs)
    found = p[mine & (p["lhs"] != p["rhs"])].rename(columns={"lhs": "a", "rhs": "b"})
    return found[["a", "b", "est", "se", "ci_lower", "ci_upper"]].reset_index(drop=True)


def upper_size(est: float, lower: float, upper: float) -> float:
    """Upper limit of a correlation's size: that of its interval, towards its own sign."""
    return float(upper if est >= 0 else -lower)


def overlap(upper: float) -> str:
    """Class of the upper limit of a latent correlation, by the system CI_CFA(sys).

    severe from 1, moderate from .9, marginal from .8, none below (Roenkkoe and Cho 2022,
    Organizational Research Methods 25, 6-47).
    """
    return next(name for least, name in CLASSES if upper >= least) if upper >= 0 else "none"


def below(est: float, se: float, cut: float) -> float:
    """One-sided Wald p of the hypothesis that a correlation's size is `cut` or more."""
    return float(normal_sf((cut - abs(est)) / se)) if se > 0 else np.nan


def held_at(result: Fit, factors: Mapping[str, Sequence[str]], pair: tuple[str, str], est: float,
            cut: float) -> tuple[float, float, str]:  # fmt: skip
    """Chi-square difference to the model with the pair's correlation held at `cut`.

    result: fit of `unit_text(factors)`. est: its correlation, whose sign the cut takes. Returns
    the statistic on one df, the one-sided p of the hypothesis that the size is the cut or more
    (semTools::discriminantValidity gives the two-sided one of a correlation below the cut), and
    why there is none, '' where there is.
    """
    try:
        held = refit(result, unit_text(factors, {pair: float(np.copysign(cut, est))}))
        method = "satorra_2000" if held.settings.test in SCALED else "standard"
        found = compare(held, result, method=method)
    except SurveySemError as error:
        return np.nan, np.nan, f"not_fitted: {one_line(error)}"
    if not held.converged:
        return np.nan, np.nan, "not_fitted: no convergence"
    half = found["pvalue"] / 2
    return found["chisq_diff"], half if abs(est) < cut else 1 - half, ""


def fornell_larcker(loadings: Mapping[str, np.ndarray], a: str, b: str, r: float) -> float:
    """The smaller AVE of two constructs minus their squared correlation; nan for single items.

    loadings: standardised, by construct. Above zero: each shares more with its own items than
    with the other construct (Fornell and Larcker 1981).
    """
    if min(len(loadings[a]), len(loadings[b])) < 2:
        return np.nan
    return float(min(np.mean(loadings[a] ** 2), np.mean(loadings[b] ** 2)) - r**2)


def cross_loadings(indices: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """What each item would load on other factors, were that loading free.

    indices: modification indices of one group's factor model (Fit.modification_indices).
    Columns item, construct (its own), other, mi (chi-square on one df, robust where the fit is),
    p_adj (Holm over all such loadings of the group), est (expected standardised loading; Saris,
    Satorra and van der Veld 2009). Of each item the largest, and all of `NAMED` or more.
    """
    construct_of = {item: c for c, items in factors.items() for item in items}
    found = indices[(indices["op"] == "=~") & indices["rhs"].isin(construct_of)]
    own = found["rhs"].map(construct_of)
    found = found[(found["lhs"] != own) & np.isfinite(found["mi"])].reset_index(drop=True)
    mi = found["mi_scaled"] if "mi_scaled" in found else found["mi"]
    table = pd.DataFrame({
        "item": found["rhs"], "construct": found["rhs"].map(construct_of), "other": found["lhs"],
        "mi": mi, "p_adj": holm(chi_square_sf(mi, 1)), "est": found["sepc_all"],
    })  # fmt: skip
    size = table["est"].abs()
    keep = (size >= NAMED) | (size == size.groupby(table["item"]).transform("max"))
    order = {item: k for k, item in enumerate(construct_of)}
    kept = table[keep]
    return kept.iloc[np.lexsort((-kept["est"].abs(), kept["item"].map(order)))].reset_index(
        drop=True
    )
