"""May the answers of a project's respondents be averaged? rwg(j), ICC(1), ICC(2), by group.

James, Demaree and Wolf (1984), Journal of Applied Psychology 69, 85; Bliese (2000); LeBreton
and Senter (2008), Organizational Research Methods 11, 815. Thresholds are conventions.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import members
from surveysem.description.oneway import Oneway, oneway
from surveysem.tables import values

COLUMNS = ["wave", "group", "scale", "items", "n", "projects", "singles", "raters", "rwg_uniform",
           "rwg_uniform_share", "rwg_skewed", "rwg_skewed_share", "icc1", "icc1_lower",
           "icc1_upper", "icc2", "icc2_lower", "icc2_upper", "f", "df1", "df2", "p", "earned",
           "lacking", "note"]  # fmt: skip
ENOUGH = 0.70  # rwg(j), and ICC(2)
LEAST_ICC1, ALPHA = 0.05, 0.05
# Variance of answers that are slightly skewed and nothing else, by number of categories
# (LeBreton and Senter 2008, Table 2); no values are published for fewer than five.
SLIGHT_SKEW = {5: 1.34, 6: 1.85, 7: 2.90, 8: 3.47, 9: 5.66, 10: 6.30, 11: 7.31}


def null_variances(items: Sequence[Mapping], skewed: bool) -> np.ndarray:
    """Variance of answers without agreement to each of j items (nan where not known).

    uniform: all codes alike, (A^2 - 1) / 12 for A consecutive ones. skewed: SLIGHT_SKEW.
    """
    codes = [np.array(item["codes"], dtype=float) for item in items]
    if not skewed:
        return np.array([c.var() for c in codes])
    whole = [(np.diff(c) == 1).all() for c in codes]
    known = [SLIGHT_SKEW.get(len(c), np.nan) for c in codes]
    return np.where(whole, known, np.nan)


def rwg(x: np.ndarray, unit: np.ndarray, null: np.ndarray) -> np.ndarray:
    """rwg(j) of each unit, in the order of np.unique(unit).

    x: n x j answers without nan; unit: n; null: variance of each item without agreement.
    J (1 - s) / (J (1 - s) + s), where s is the mean over the items of the variance within the
    unit (divisor n - 1) over that without agreement; 0 where that exceeds 1, as is usual. nan
    for a unit of one.
    """
    _, code, sizes = np.unique(unit, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(code, column) for column in x.T], axis=1) / sizes[:, None]
    squares = (x - means[code]) ** 2
    sums = np.stack([np.bincount(code, column) for column in squares.T], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        s = (sums / (sizes[:, None] - 1) / null).mean(axis=1)
    J, s = x.shape[1], np.minimum(s, 1)
    return J * (1 - s) / (J * (1 - s) + s)


def agreement_table(
    table: pd.DataFrame, wave: str, items: Mapping[str, Mapping], scales: Sequence[Mapping]
) -> pd.DataFrame:
    """Agreement within projects on each scale, by group: COLUMNS.

    Of respondents who answered every item, in projects of two such or more (singles: the
    number of projects with one). rwg_uniform, rwg_skewed: medians of rwg(j) over projects by
    both nulls, with the share of projects of at least ENOUGH. earned: 1 where all hold: median
    rwg(j) of at least ENOUGH (by each null that is known), ICC(1) of at least LEAST_ICC1 with
    p < ALPHA, ICC(2) of at least ENOUGH; lacking names the others. note: why there is no
    estimate: `nobody`, `singles` (no project has two respondents), `one_project`, `constant`.
    """
    rows = []
    for entry in scales:
        part = members(table, entry["groups"])
        part = part[part["project"] != ""]
        x, project = values(part, entry["items"]), pd.factorize(part["project"])[0]
        complete = ~np.isnan(x).any(axis=1)
        rows.append(
            {"wave": wave, "group": entry["group"], "scale": entry["scale"],
             "items": len(entry["items"]),
             **_agreement(x[complete], project[complete],
                          [items[name] for name in entry["items"]])}
        )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _agreement(x: np.ndarray, unit: np.ndarray, items: Sequence[Mapping]) -> dict:
    labels, sizes = np.unique(unit, return_counts=True)
    several = np.isin(unit, labels[sizes > 1])
    out = {"n": int(several.sum()), "projects": int((sizes > 1).sum()),
           "singles": int((sizes == 1).sum())}  # fmt: skip
    if not out["n"]:
        return {**out, "earned": "", "lacking": "", "note": "singles" if len(x) else "nobody"}
    x, unit = x[several], unit[several]
    out["raters"] = out["n"] / out["projects"]
    for name in ("uniform", "skewed"):
        null = null_variances(items, skewed=name == "skewed")
        if not np.isnan(null).any():
            found = rwg(x, unit, null)
            out |= {f"rwg_{name}": float(np.median(found)),
                    f"rwg_{name}_share": float((found >= ENOUGH).mean())}  # fmt: skip
    anova, why = oneway(x.mean(axis=1), unit)
    if anova is None:
        note = {"one_unit": "one_project"}.get(why, why)
        return {**out, "earned": "", "lacking": "", "note": note}
    lacking = _lacking(out, anova)
    return {**out, **_intraclass(anova), "earned": int(not lacking), "lacking": ";".join(lacking),
            "note": ""}  # fmt: skip


def _intraclass(anova: Oneway) -> dict:
    (low1, high1), (low2, high2) = anova.icc1_interval(), anova.icc2_interval()
    return {"icc1": anova.icc1, "icc1_lower": low1, "icc1_upper": high1, "icc2": anova.icc2,
            "icc2_lower": low2, "icc2_upper": high2, "f": anova.f, "df1": anova.df[0],
            "df2": anova.df[1], "p": anova.p}  # fmt: skip


def _lacking(found: Mapping, anova: Oneway) -> list[str]:
    """What speaks against averaging."""
    return [
        *(name for name in ("rwg_uniform", "rwg_skewed") if found.get(name, 1) < ENOUGH),
        *(["icc1"] if anova.icc1 < LEAST_ICC1 or anova.p >= ALPHA else []),
        *(["icc2"] if anova.icc2 < ENOUGH else []),
    ]
