"""Do the scales measure the same thing in every group, apart from each other? One wave."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, members
from surveysem.measurement import invariance, latent, validity
from surveysem.measurement.categories import ready
from surveysem.measurement.estimator import COLUMNS as CHOSEN
from surveysem.measurement.estimator import choose
from surveysem.measurement.ladder import Groups
from surveysem.measurement.scores import COLUMNS as SCORED
from surveysem.measurement.scores import scored
from surveysem.models import Attempt, one_line
from surveysem.sem import SurveySemError
from surveysem.sem.distributions import chi_square_sf
from surveysem.sem.result import Fit

PLAIN = ("npar", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea_ci_lower",
         "rmsea_ci_upper", "srmr", "aic", "bic", "ntotal")  # fmt: skip
ADJUSTED = ("chisq", "pvalue", "cfi", "tli", "rmsea", "rmsea_ci_lower", "rmsea_ci_upper")
SHOWN = (*PLAIN, *(f"{name}_{end}" for end in ("scaled", "robust") for name in ADJUSTED))
KEYS = ["model", "wave", "group"]
ESTIMATOR_COLUMNS = [*KEYS, *CHOSEN]
LOADING_COLUMNS = [*KEYS, "construct", "item", "n", "statistic", "est", "se", "ci_lower",
                   "ci_upper"]  # fmt: skip
FIT_COLUMNS = [*KEYS, "fit", "statistic", "est", "note"]
VALIDITY_COLUMNS = [*KEYS, "construct", "with", "n", "statistic", "est", "ci_lower", "ci_upper",
                    "ci_method", "note"]  # fmt: skip
RESIDUAL_COLUMNS = [*KEYS, "fit", "a", "b", "residual"]
MODIFICATION_COLUMNS = [*KEYS, "fit", "lhs", "op", "rhs", "mi", "p", "p_adj", "epc", "epc_std"]
CROSS_COLUMNS = [*KEYS, "construct", "item", "with", "n", "statistic", "est", "note"]
SCORE_COLUMNS = {name: [*KEYS[:2], *columns] for name, columns in SCORED.items()}
INVARIANCE = {name: [*KEYS, *columns] for name, columns in invariance.COLUMNS.items()}
LARGE_RESIDUAL, MANY = 0.10, 20


def group_name(groups: Sequence[str]) -> str:
    """Label of a result that concerns all groups of a model."""
    return groups[0] if len(groups) == 1 else EVERYONE


def fit_rows(head: tuple, name: str, tried: Attempt) -> list[tuple]:
    """Long rows of a fit's measures, or one row that says why there is none."""
    if tried.fit is None:
        return [(*head, name, "not_computed", np.nan, tried.reason)]
    measures = tried.fit.measures
    rows = [(*head, name, key, measures[key], "") for key in SHOWN if key in measures]
    rows.append((*head, name, "estimator", np.nan, tried.fit.estimator))
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
    categories: Mapping[str, int],
) -> dict[str, pd.DataFrame]:
    """Tables estimators, loadings, fit, validity, residuals, modification, cross_loadings, scores,
    determinacy and those of invariance.

    estimator: of config.yaml; with `auto` the answers decide, and the factor model alone is
    fitted with the other one too. factors: construct to items, those that all groups were
    asked. categories: of each item's answers.
    """
    head = (model, wave)
    everyone = group_name(groups)
    choice = choose(table, categories, "group", groups, estimator)
    designs = {
        name: prepared(table, factors, groups, choice[how].item())
        for name, how in (("cfa", "estimator"), ("cfa_alternative", "alternative"))
    }
    ladder = invariance.assess(designs["cfa"]) if len(groups) > 1 else None
    tried = {
        "cfa": ladder.found.rungs[0].full if ladder else designs["cfa"].fit("configural"),
        "cfa_alternative": designs["cfa_alternative"].fit("configural"),
    }
    fits, loadings, distinct, far, freer, cross = [], [], [], [], [], []
    for name, one in tried.items():
        fits += fit_rows((*head, everyone), name, one)
        fits += left_out((*head, everyone), name, designs[name].log)
        if one.fit is not None:
            loadings += _loadings(head, groups, one.fit, name.removeprefix("cfa"))
            far += _residuals(head, groups, name, one.fit)
    measured = designs["cfa"].factors
    if tried["cfa"].fit is not None:
        distinct = _validity(head, groups, tried["cfa"], measured)
    indices, why = _indices(tried["cfa"])
    if indices is None:
        cross = [(*head, everyone, "", "", "", 0, "not_computed", np.nan, why)]
    else:
        freer = _modification(head, groups, "cfa", indices)
        cross = _cross(head, groups, tried["cfa"].fit, indices, measured)
    tables = {
        "estimators": choice.assign(model=model, wave=wave, group=everyone)[ESTIMATOR_COLUMNS],
        "loadings": pd.DataFrame(loadings, columns=LOADING_COLUMNS),
        "fit": pd.DataFrame(fits, columns=FIT_COLUMNS),
        "validity": pd.DataFrame(distinct, columns=VALIDITY_COLUMNS),
        "residuals": pd.DataFrame(far, columns=RESIDUAL_COLUMNS),
        "modification": pd.DataFrame(freer, columns=MODIFICATION_COLUMNS),
        "cross_loadings": pd.DataFrame(cross, columns=CROSS_COLUMNS),
    }
    for name, found in scored(tried["cfa"], designs["cfa"].table, groups).items():
        tables[name] = found.assign(model=model, wave=wave)[SCORE_COLUMNS[name]]
    for name, columns in INVARIANCE.items():
        rows = ladder.tables[name] if ladder else pd.DataFrame(columns=invariance.COLUMNS[name])
        keyed = rows.assign(model=model, wave=wave, group=everyone)
        tables[name] = keyed[columns]
    return tables


def left_out(head: tuple, name: str, log: pd.DataFrame) -> list[tuple]:
    """Rows that name the items without which a model was fitted, and where they failed."""
    out = log[log["category"].isna()]
    return [
        (*head, name, "left_out", np.nan, f"constant: {r.item} ({r.member})")
        for r in out.itertuples()
    ]


def prepared(table, factors, groups: Sequence[str], estimator: str) -> Groups:
    """The factor model over groups, without items that cannot be used and with answers joined
    that an ordinal model needs in every group."""
    items = [item for own in factors.values() for item in own]
    part = members(table, groups)
    by = "group" if len(groups) > 1 else None
    part, kept, log = ready(part, items, by, groups, estimator)
    own = {c: [i for i in its if i in kept] for c, its in factors.items()}
    return Groups(part, {c: i for c, i in own.items() if i}, groups, estimator, log=log)


def _loadings(head, groups, result: Fit, ending: str) -> list[tuple]:
    """Standardised loadings with intervals, and the explained share of each item."""
    rows, shares = [], result.r_squared()
    solution = result.standardized()
    for g, group in enumerate(groups, start=1):
        part = solution[(solution["op"] == "=~") & (solution["group"] == g)]
        for r in part.itertuples():
            rows.append(
                (*head, group, r.lhs, r.rhs, result.nobs[g - 1], f"loading_std{ending}", r.est, r.se,
                 r.ci_lower, r.ci_upper)
            )  # fmt: skip
            r2 = shares.loc[(shares["lhs"] == r.rhs) & (shares["group"] == g), "r2"]
            rows.append((*head, group, r.lhs, r.rhs, result.nobs[g - 1], f"r2{ending}", r2.iloc[0],
                         np.nan, np.nan, np.nan))  # fmt: skip
    return rows


def _residuals(head, groups, name: str, result: Fit) -> list[tuple]:
    """Residual correlations beyond LARGE_RESIDUAL (Kline 2023), largest first."""
    rows = []
    for group, found in zip(groups, result.residuals("cor"), strict=True):
        R = found["cov"]
        i, j = np.tril_indices(len(R), -1)
        values = R.to_numpy()[i, j]
        for k in np.argsort(-np.abs(values), kind="stable"):
            if abs(values[k]) > LARGE_RESIDUAL:
                rows.append((*head, group, name, R.index[j[k]], R.index[i[k]], values[k]))
    return rows


def _indices(tried: Attempt) -> tuple[pd.DataFrame | None, str]:
    """A factor model's modification indices, or why there are none."""
    if not tried.usable:
        return None, tried.reason
    try:
        return tried.fit.modification_indices(), ""
    except SurveySemError as error:
        return None, f"not_identified: {one_line(error)}"


def _modification(head, groups, name: str, every: pd.DataFrame) -> list[tuple]:
    """The MANY largest modification indices of a group, with p by Bonferroni over all of it.

    They are shown and never acted on (MacCallum, Roznowski and Necowitz 1992).
    """
    scaled = "mi_scaled" if "mi_scaled" in every else "mi"
    every = every[every["op"].isin(["=~", "~~"])].dropna(subset=[scaled])
    rows = []
    for g, group in enumerate(groups, start=1):
        part = every[every["group"] == g]
        for r in part.nlargest(MANY, scaled).to_dict("records"):
            p = float(chi_square_sf(r[scaled], 1))
            rows.append((*head, group, name, r["lhs"], r["op"], r["rhs"], r[scaled], p,
                         min(1.0, p * len(part)), r["epc"], r["sepc_all"]))  # fmt: skip
    return rows


def _cross(head, groups, result: Fit, every: pd.DataFrame, factors) -> list[tuple]:
    """What the items of each group would load on other factors, and which are named."""
    rows = []
    for g, group in enumerate(groups, start=1):
        for r in latent.cross_loadings(every[every["group"] == g], factors).itertuples():
            named = abs(r.est) >= latent.NAMED and r.p_adj < 0.05
            for statistic, est in (("expected_loading", r.est), ("mi", r.mi), ("p_adj", r.p_adj)):
                note = "elsewhere" if named and statistic == "expected_loading" else ""
                rows.append((*head, group, r.construct, r.item, r.other, result.nobs[g - 1],
                             statistic, est, note))  # fmt: skip
    return rows


def _validity(head, groups, tried: Attempt, factors) -> list[tuple]:
    result, rows = tried.fit, []
    solution = result.standardized()
    for g, group in enumerate(groups, start=1):
        n = result.nobs[g - 1]
        part = solution[solution["group"] == g]
        loading = part[part["op"] == "=~"].set_index("rhs")["est"]
        residual = part[(part["op"] == "~~") & (part["lhs"] == part["rhs"])].set_index("lhs")["est"]
        lambdas = {c: loading[list(items)].to_numpy() for c, items in factors.items()}
        for construct, lam in lambdas.items():
            theta = residual[list(factors[construct])].to_numpy()
            if len(lam) > 1 and tried.usable:
                cr = validity.composite_reliability(lam, theta)
                ave = validity.average_variance_extracted(lam)
                rows.append((*head, group, construct, "", n, "cr", cr, np.nan, np.nan, "", ""))
                rows.append((*head, group, construct, "", n, "ave", ave, np.nan, np.nan, "", ""))
        for r in latent.latent_correlations(part, list(factors)).itertuples():
            at = (*head, group, r.a, r.b, n)
            rows.append((*at, "latent_correlation", r.est, r.ci_lower, r.ci_upper,
                         "normal theory", ""))  # fmt: skip
            if tried.usable:
                rows += _overlap(at, r, lambdas)
    return rows


def _overlap(at: tuple, r, loadings: Mapping[str, np.ndarray]) -> list[tuple]:
    """How far a latent correlation (a row of latent_correlations) is from one."""
    upper = latent.upper_size(r.est, r.ci_lower, r.ci_upper)
    compared = latent.fornell_larcker(loadings, r.a, r.b, r.est)
    found = [("latent_upper", upper, "normal theory", latent.overlap(upper))]
    for cut in (0.85, 1.0):
        p = latent.below(r.est, r.se, cut)
        found.append((f"p_below_{100 * cut:.0f}", p, "Wald, one-sided", ""))
    found.append(("fornell_larcker", compared, "", ""))
    return [(*at, name, est, np.nan, np.nan, how, note) for name, est, how, note in found]
