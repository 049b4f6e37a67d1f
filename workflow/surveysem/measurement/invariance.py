"""What the ladder of invariance says, as tables: fit by level, items freed, what may be compared."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.measurement.effectsize import dmacs, graded, linear
from surveysem.measurement.ladder import Groups, Waves, tested
from surveysem.measurement.search import ALPHA, Climb, Rung, climb
from surveysem.models import Attempt
from surveysem.sem import SurveySemError, compare
from surveysem.sem.result import Fit

COLUMNS = {
    "invariance": ["level", "statistic", "est", "note"],
    "noninvariance": ["level", "construct", "item", "step", "chisq", "df", "p", "p_adj", "freed",
                      "member", "dmacs", "dmacs_signed"],
    "comparable": ["construct", "paths", "means", "freed", "reason"],
    "latent_means": ["level", "construct", "member", "est", "se", "p"],
    "joined": ["item", "category", "into", "member"],
}  # fmt: skip
SHOWN = ("chisq", "chisq_scaled", "df", "pvalue", "pvalue_scaled", "cfi", "cfi_scaled",
         "cfi_robust", "rmsea", "rmsea_scaled", "rmsea_robust", "srmr", "npar", "ntotal")  # fmt: skip

# Largest changes of CFI, RMSEA and SRMR with which a level is said to hold: Chen (2007,
# Structural Equation Modeling 14, 464-504), for large samples and, below, for small ones; CFI
# and one of the other two decide. For CFI also Cheung and Rensvold (2002). Large is here: more
# than 300 respondents in each group. Conventions, not laws.
CUTOFFS = {
    True: {"cfi": -0.010, "rmsea": 0.015, "srmr": {"metric": 0.030, "other": 0.010}},
    False: {"cfi": -0.005, "rmsea": 0.010, "srmr": {"metric": 0.025, "other": 0.005}},
}


@dataclass(frozen=True, slots=True)
class Ladder:
    """A climb and its tables, by the names of COLUMNS."""

    found: Climb
    tables: Mapping[str, pd.DataFrame]


def assess(design: Groups | Waves) -> Ladder:
    """Climb a design's ladder and make its tables; see docs/results.md.

    invariance: the measures of each level with every item equal and, named LEVEL_partial,
    with the items freed that were found; the changes against the level before (partial
    against partial), and whether it holds by the difference test and by the indices.
    """
    found = climb(design)
    rows = {
        "invariance": _fit_rows(design, found),
        "noninvariance": _item_rows(design, found),
        "comparable": _comparable_rows(design, found),
        "latent_means": _latent_means(design, found),
    }
    tables = {name: pd.DataFrame(part, columns=COLUMNS[name]) for name, part in rows.items()}
    return Ladder(found, tables | {"joined": design.log[COLUMNS["joined"]]})


def variant(fit: Fit) -> str:
    """Ending of the fit measures to judge by: robust ones of continuous items, scaled of
    ordinal ones (their robust forms are of another discrepancy), plain ones without."""
    if fit.settings.least_squares:
        return "_scaled"
    return "_robust" if "cfi_robust" in fit.measures else ""


def changes(restricted: Fit, free: Fit) -> dict[str, float]:
    """Changes of CFI, RMSEA and SRMR from the free to the restricted model, by `variant`."""
    end = variant(restricted)
    names = {"cfi": f"cfi{end}", "rmsea": f"rmsea{end}", "srmr": "srmr"}
    return {k: restricted.measures[n] - free.measures[n] for k, n in names.items()}


def limits(level: str, smallest: int) -> dict[str, float]:
    """Cut-offs of the changes of the indices at a level; smallest: respondents of a group."""
    limit = CUTOFFS[smallest > 300]
    return limit | {"srmr": limit["srmr"].get(level, limit["srmr"]["other"])}


def holds(level: str, moved: Mapping[str, float], smallest: int) -> bool:
    """Whether the changes of the indices let a level pass; smallest: respondents of a group."""
    limit = limits(level, smallest)
    worse = moved["rmsea"] >= limit["rmsea"] or moved["srmr"] >= limit["srmr"]
    return not (moved["cfi"] <= limit["cfi"] and worse)


def _fit_rows(design: Groups | Waves, found: Climb) -> list[tuple]:
    rows: list[tuple] = []
    full = partial = None  # of the level before
    for rung in found.rungs:
        rows += _level_rows(rung, rung.level, rung.full, full)
        if rung.freed:
            rows += _level_rows(rung, f"{rung.level}_partial", rung.partial, partial)
        full, partial = rung.full, rung.partial
        if rung.reason:
            rows.append((rung.level, "not_searched", np.nan, rung.reason))
    if len(found.rungs) < len(design.steps):
        for level in list(design.steps)[len(found.rungs) :]:
            rows.append((level, "not_computed", np.nan, f"level_before: {found.rungs[-1].level}"))
    return rows


def _level_rows(rung: Rung, name: str, tried: Attempt, before: Attempt | None) -> list[tuple]:
    if tried.fit is None:
        return [(name, "not_computed", np.nan, tried.reason)]
    m = tried.fit.measures
    rows = [(name, key, m[key], tried.reason) for key in SHOWN if key in m]
    if before is None or before.fit is None:
        return rows
    try:
        test = compare(tried.fit, before.fit)
    except SurveySemError as error:
        rows.append((name, "no_difference_test", np.nan, " ".join(str(error).split())))
    else:
        rows += [(name, key, test[key], "") for key in ("chisq_diff", "df_diff")]
        rows.append((name, "p_diff", test["pvalue"], ""))
        if not np.isnan(test["pvalue"]):
            rows.append((name, "holds_by_test", float(test["pvalue"] >= 0.05), ""))
    moved = changes(tried.fit, before.fit)
    rows += [(name, f"delta_{key}", value, "") for key, value in moved.items()]
    smallest = min(tried.fit.nobs)
    rows += [(name, f"limit_{k}", v, "") for k, v in limits(rung.level, smallest).items()]
    passes = holds(rung.level, moved, smallest)
    return [*rows, (name, "holds_by_indices", float(passes), "")]


def _item_rows(design: Groups | Waves, found: Climb) -> list[tuple]:
    last = next((r.partial.fit for r in reversed(found.rungs) if _judged(r)), None)
    rows = []
    for f in found.findings:
        sizes = _sizes(design, last, f.construct, f.item) if f.freed and last else []
        member, size, signed = max(sizes, key=lambda s: s[1], default=("", np.nan, np.nan))
        rows.append((f.level, f.construct, f.item, f.step, f.chisq, f.df, f.p, f.p_adj, int(f.freed),
                     member, size, signed))  # fmt: skip
    return rows


def _judged(rung: Rung) -> bool:
    """Whether a rung's partial model may tell the size of the differences."""
    return rung.level != "strict" and rung.partial.fit is not None and rung.partial.fit.converged


def _sizes(
    design: Groups | Waves, fit: Fit, construct: str, item: str
) -> list[tuple[str, float, float]]:
    """dMACS and its signed form of an item, for each member against the first that was asked."""
    curves = _curves(design, fit, construct, item)
    (_, reference, _, _, first), *others = curves
    found = []
    for member, focal, mean, variance, answers in others:
        n, m = answers.count(), first.count()
        pooled = ((n - 1) * answers.var() + (m - 1) * first.var()) / (n + m - 2)
        found.append((member, *dmacs(reference, focal, mean, variance, np.sqrt(pooled))))
    return found


def _curves(design: Groups | Waves, fit: Fit, construct: str, item: str) -> list[tuple]:
    """For each group or wave: its name, the item's expected answers, mean and variance of the
    factor, and the answers themselves."""
    values = {(r.name, r.group): v for r, v in zip(fit.table.rows, fit.values, strict=True)}
    out = []
    for place in design.places(construct, item):
        factor, name, g, answers = place.factor, place.item, place.group, place.table[place.item]
        loading, intercept = values[f"{factor}=~{name}", g], values[f"{name}~1", g]
        curve = linear(loading, intercept)
        if design.estimator == "WLSMV":
            codes = np.sort(answers.dropna().unique())
            cuts = np.array([values[f"{name}|t{k}", g] for k in range(1, len(codes))])
            curve = graded(loading, intercept, values[f"{name}~~{name}", g], cuts, codes)
        out.append(
            (
                place.member,
                curve,
                values[f"{factor}~1", g],
                values[f"{factor}~~{factor}", g],
                answers,
            )
        )
    return out


def _comparable_rows(design: Groups | Waves, found: Climb) -> list[tuple]:
    """Per construct: whether its paths and its means may be compared: yes, partial or no."""
    rows = []
    for construct, items in design.factors.items():
        paths, why = _standing(design, found, construct, "loadings")
        means, reason = _standing(design, found, construct, "intercepts")
        means, why = (means, why or reason) if paths != "no" else ("no", why)
        freed = [i for r in found.rungs[-1:] for i in r.freed if i in items]
        rows.append((construct, paths, means, ";".join(freed), why))
    return rows


def _standing(design: Groups | Waves, found: Climb, construct: str, kind: str) -> tuple[str, str]:
    """yes, partial or no for the level that first holds `kind` equal, and why not yes."""
    levels = list(design.steps)
    last = next(level for level in levels if kind in tested(design.steps, level))
    up_to = levels[: levels.index(last) + 1]
    items = design.factors[construct]
    if len(items) < 2:
        return ("partial", "one_item") if kind == "loadings" else ("no", "one_item")
    for level in up_to:
        rung = found.rung(level)
        if rung is None or rung.partial.fit is None or not rung.partial.fit.converged:
            return "no", f"not_reached: {level}"
        if level in ALPHA and rung.reason:
            return "no", rung.reason
    stuck = [f for f in found.findings if f.construct == construct and not f.freed
             and f.level in up_to]  # fmt: skip
    if stuck:
        return "no", f"fails: {stuck[0].level}"
    freed = [f.item for f in found.findings if f.construct == construct and f.freed
             and f.level in up_to]  # fmt: skip
    return ("partial", f"freed: {', '.join(freed)}") if freed else ("yes", "")


def _latent_means(design: Groups | Waves, found: Climb) -> list[tuple]:
    """Differences of latent means from the first member's, with all items equal and with the
    freed ones free: level, construct, member, est, se, p."""
    rows = []
    rung = found.rung("scalar")
    if rung is None:
        return rows
    ways = [("scalar", rung.full)] + ([("scalar_partial", rung.partial)] if rung.freed else [])
    for name, tried in ways:
        if not tried.usable:
            continue
        parameters = tried.fit.parameters
        means = parameters[(parameters["op"] == "~1") & (parameters["se"] > 0)]
        for construct in design.factors:
            rows += _means_of(design, name, construct, means)
    return rows


def _means_of(design, name: str, construct: str, means: pd.DataFrame) -> list[tuple]:
    members = {(place.factor, place.group): place.member for place in design.places(construct)}
    return [
        (name, construct, members[r.lhs, r.group], r.est, r.se, r.pvalue)
        for r in means.itertuples()
        if (r.lhs, r.group) in members
    ]
