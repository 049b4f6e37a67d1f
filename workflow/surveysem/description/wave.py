"""Who answered what: items and scales of one wave.

A row stands for each item (scale) and each group that it was asked of, also where nobody
answered; `note` holds codes, separated by ';', that docs/results.md explains.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, asked_of, asked_table, members, parts
from surveysem.tables import values

SHAPE = ["mean", "sd", "median", "q1", "q3", "skew", "kurtosis", "floor", "ceiling"]
ITEM_COLUMNS = ["wave", "group", "construct", "item", "n", "missing", *SHAPE, "note"]
SCALE_COLUMNS = ["wave", "group", "scale", "items", "n_asked", "n", "missing", *SHAPE, "note"]
SKEW, KURTOSIS = 2, 7  # West, Finch and Curran 1995
AT_THE_END = 0.15  # of a scale's scores: Terwee et al. 2007


def moments(x: np.ndarray) -> dict[str, float]:
    """n, mean, SD, median, quartiles (Hyndman and Fan 1996, type 7: R's default), skew and
    excess kurtosis (bias-corrected, as in SAS and SPSS: Joanes and Gill 1998, G1 and G2) of
    the answers; nan where too few answers."""
    x = x[~np.isnan(x)]
    n, spread = len(x), np.ptp(x) if len(x) else 0.0
    q1, median, q3 = np.quantile(x, [0.25, 0.5, 0.75]) if n else (np.nan,) * 3
    skew, kurtosis = _shape(x) if n > 3 and spread > 0 else (np.nan, np.nan)
    return {
        "n": n,
        "mean": float(x.mean()) if n else np.nan,
        "sd": float(x.std(ddof=1)) if n > 1 else np.nan,
        "median": float(median),
        "q1": float(q1),
        "q3": float(q3),
        "skew": skew,
        "kurtosis": kurtosis,
    }


def _shape(x: np.ndarray) -> tuple[float, float]:
    answers = pd.Series(x)
    return float(answers.skew()), float(answers.kurt())


def was_asked(item: Mapping, group: str) -> bool:
    """Whether an item was asked of a group (of anyone, for all groups together)."""
    return group == EVERYONE or not item["groups"] or group in item["groups"]


def item_table(
    table: pd.DataFrame, wave: str, items: Mapping[str, Mapping], groups: Sequence[str]
) -> pd.DataFrame:
    """Distribution of each item by group (answers turned): ITEM_COLUMNS.

    missing: asked and not answered. floor, ceiling: shares of the lowest and highest code
    among the answers. items: name to `construct`, `codes`, `groups`, `forms`.
    """
    rows = []
    for group, part in parts(table, groups):
        for name, item in items.items():
            if not was_asked(item, group):
                continue
            x = part[name].to_numpy(float)
            asked = asked_of(part, item["groups"], item["forms"]).to_numpy()
            low, high = item["codes"][0], item["codes"][-1]
            rows.append(
                {"wave": wave, "group": group, "construct": item["construct"], "item": name,
                 "missing": int((asked & np.isnan(x)).sum()), **_described(x, low, high)}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=ITEM_COLUMNS)


def scale_table(
    table: pd.DataFrame, wave: str, items: Mapping[str, Mapping], scales: Sequence[Mapping]
) -> pd.DataFrame:
    """Distribution of each scale's mean score by group: SCALE_COLUMNS.

    A score is of those who answered every item of the scale; n_asked counts those who were
    asked every one (a short form leaves some out by design). floor, ceiling: shares of the
    lowest and the highest possible score. scales: one entry a scale and group with its
    `scale`, `group`, `groups`, `items`.
    """
    rows = []
    for entry in scales:
        part, names = members(table, entry["groups"]), entry["items"]
        scores = values(part, names).mean(axis=1)
        asked = asked_table(part, {name: items[name] for name in names}).all(axis=1).to_numpy()
        low = np.mean([items[name]["codes"][0] for name in names])
        high = np.mean([items[name]["codes"][-1] for name in names])
        found = _described(scores, low, high)
        notes = [found["note"]] if found["note"] else []
        notes += ["not_together"] if len(part) and not asked.any() else []
        notes += [end for end in ("floor", "ceiling") if found[end] > AT_THE_END]
        rows.append(
            {"wave": wave, "group": entry["group"], "scale": entry["scale"], "items": len(names),
             "n_asked": int(asked.sum()), "missing": int((asked & np.isnan(scores)).sum()),
             **found, "note": ";".join(notes)}
        )  # fmt: skip
    return pd.DataFrame(rows, columns=SCALE_COLUMNS)


def _described(x: np.ndarray, low: float, high: float) -> dict:
    """Moments, shares at both ends, and what they say in codes."""
    m, known = moments(x), x[~np.isnan(x)]
    n = m["n"]
    notes = []
    if n < 4:
        notes.append("few_answers" if n else "no_answers")
    if n > 1 and np.ptp(known) == 0:
        notes.append("constant")
    if abs(m["skew"]) > SKEW:
        notes.append("skewed")
    if abs(m["kurtosis"]) > KURTOSIS:
        notes.append("peaked")
    return {
        **m,
        "floor": float(np.isclose(known, low).mean()) if n else np.nan,
        "ceiling": float(np.isclose(known, high).mean()) if n else np.nan,
        "note": ";".join(notes),
    }
