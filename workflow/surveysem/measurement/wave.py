"""Do the scales measure the same thing in every group, apart from each other? One wave."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from surveysem.asked import EVERYONE, members
from surveysem.measurement import validity
from surveysem.models import Attempt, attempt_read, measurement_text
from surveysem.sem.result import Fit
from surveysem.tables import values

LEVELS = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
}
SHOWN = ("npar", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea_ci_lower",
         "rmsea_ci_upper", "srmr", "aic", "bic", "ntotal")  # fmt: skip
KEYS = ["model", "wave", "group"]
LOADING_COLUMNS = [*KEYS, "construct", "item", "n", "statistic", "est", "se", "ci_lower",
                   "ci_upper"]  # fmt: skip
FIT_COLUMNS = [*KEYS, "fit", "statistic", "est", "note"]
VALIDITY_COLUMNS = [*KEYS, "construct", "with", "n", "statistic", "est", "ci_lower", "ci_upper"]
INVARIANCE_COLUMNS = [*KEYS, "level", "statistic", "est", "note"]


def group_name(groups: Sequence[str]) -> str:
    """Label of a result that concerns all groups of a model."""
    return groups[0] if len(groups) == 1 else EVERYONE


def fit_rows(head: tuple, name: str, tried: Attempt) -> list[tuple]:
    """Long rows of a fit's measures, or one row that says why there is none."""
    if tried.fit is None:
        return [(*head, name, "not_computed", np.nan, tried.reason)]
    rows = [(*head, name, key, tried.fit.measures[key], "") for key in SHOWN]
    rows.append((*head, name, "n_received", sum(m.ntotal for m in tried.fit.moments), ""))
    if tried.reason:
        rows.append((*head, name, "inadmissible", 1.0, tried.reason))
    return rows


def measure(
    table: pd.DataFrame,
    *,
    model: str,
    wave: str,
    groups: Sequence[str],
    estimator: str,
    factors: Mapping[str, Sequence[str]],
) -> dict[str, pd.DataFrame]:
    """Tables loadings, fit, validity and invariance of one model in one wave.

    factors: construct to items, those that all groups were asked.
    """
    text = measurement_text(factors)
    tried = {
        level: attempt_read(text, table, groups, estimator=estimator, equal=equal)
        for level, equal in LEVELS.items()
        if level == "configural" or len(groups) > 1
    }
    head = (model, wave)
    everyone = group_name(groups)
    fits = fit_rows((*head, everyone), "cfa", tried["configural"])
    loadings, distinct = [], []
    if tried["configural"].fit is not None:
        loadings = _loadings(head, groups, tried["configural"].fit)
        distinct = _validity(head, groups, tried["configural"], factors, table)
    return {
        "loadings": pd.DataFrame(loadings, columns=LOADING_COLUMNS),
        "fit": pd.DataFrame(fits, columns=FIT_COLUMNS),
        "validity": pd.DataFrame(distinct, columns=VALIDITY_COLUMNS),
        "invariance": pd.DataFrame(
            _invariance((*head, everyone), tried), columns=INVARIANCE_COLUMNS
        ),
    }


def _loadings(head, groups, result: Fit) -> list[tuple]:
    rows = []
    solution = result.standardized()
    for g, group in enumerate(groups, start=1):
        part = solution[(solution["op"] == "=~") & (solution["group"] == g)]
        for r in part.itertuples():
            rows.append(
                (*head, group, r.lhs, r.rhs, result.nobs[g - 1], "loading_std", r.est, r.se,
                 r.ci_lower, r.ci_upper)
            )  # fmt: skip
    return rows


def _validity(head, groups, tried: Attempt, factors, table) -> list[tuple]:
    result, rows = tried.fit, []
    solution = result.standardized()
    names = result.table.observed
    for g, group in enumerate(groups, start=1):
        n = result.nobs[g - 1]
        part = solution[solution["group"] == g]
        loading = part[part["op"] == "=~"].set_index("rhs")["est"]
        residual = part[(part["op"] == "~~") & (part["lhs"] == part["rhs"])].set_index("lhs")["est"]
        answers = values(members(table, [group]), names)
        complete = answers[~np.isnan(answers).any(axis=1)]
        R = np.corrcoef(complete.T)
        at = {name: k for k, name in enumerate(names)}
        for construct, items in factors.items():
            lam, theta = loading[list(items)].to_numpy(), residual[list(items)].to_numpy()
            if len(items) > 1 and tried.usable:
                cr = validity.composite_reliability(lam, theta)
                ave = validity.average_variance_extracted(lam)
                rows.append((*head, group, construct, "", n, "cr", cr, np.nan, np.nan))
                rows.append((*head, group, construct, "", n, "ave", ave, np.nan, np.nan))
        latent = part[(part["op"] == "~~") & part["lhs"].isin(factors) & part["rhs"].isin(factors)]
        for r in latent[latent["lhs"] != latent["rhs"]].itertuples():
            rows.append(
                (*head, group, r.lhs, r.rhs, n, "latent_correlation", r.est, r.ci_lower, r.ci_upper)
            )
        for a, b in combinations(factors, 2):
            ratio = validity.htmt(R, [at[i] for i in factors[a]], [at[i] for i in factors[b]])
            rows.append((*head, group, a, b, n, "htmt", ratio, np.nan, np.nan))
    return rows


def _invariance(head, tried: Mapping[str, Attempt]) -> list[tuple]:
    """Each level against the one before: chi-square difference and changes in fit."""
    rows, before = [], None
    if len(tried) == 1:
        return [(*head, "configural", "not_computed", np.nan, "one_group: one group only")]
    for level, attempted in tried.items():
        if attempted.fit is None:
            rows.append((*head, level, "not_computed", np.nan, attempted.reason))
            before = None
            continue
        m = attempted.fit.measures
        for key in ("chisq", "df", "cfi", "rmsea", "srmr"):
            rows.append((*head, level, key, m[key], attempted.reason))
        if before is not None:
            chisq, df = m["chisq"] - before["chisq"], m["df"] - before["df"]
            rows.append((*head, level, "chisq_diff", chisq, ""))
            rows.append((*head, level, "df_diff", df, ""))
            rows.append((*head, level, "p_diff", float(stats.chi2.sf(chisq, df)), ""))
            for key in ("cfi", "rmsea", "srmr"):
                rows.append((*head, level, f"delta_{key}", m[key] - before[key], ""))
        before = m
    return rows
