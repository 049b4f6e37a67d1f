"""Who answered what: items and scales of one wave."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from surveysem.asked import members, parts
from surveysem.tables import values


def moments(x: np.ndarray) -> dict[str, float]:
    """Mean, SD, median, skew and excess kurtosis of the answers (bias-corrected, as in
    SAS and SPSS: Joanes and Gill 1998, G1 and G2); nan where too few answers."""
    x = x[~np.isnan(x)]
    n, spread = len(x), np.ptp(x) if len(x) else 0.0
    shape = n > 3 and spread > 0
    return {
        "n": n,
        "mean": float(x.mean()) if n else np.nan,
        "sd": float(x.std(ddof=1)) if n > 1 else np.nan,
        "median": float(np.median(x)) if n else np.nan,
        "skew": float(stats.skew(x, bias=False)) if shape else np.nan,
        "kurtosis": float(stats.kurtosis(x, bias=False)) if shape else np.nan,
    }


def item_table(
    table: pd.DataFrame, wave: str, items: Mapping[str, Mapping], groups
) -> pd.DataFrame:
    """Distribution of each item by group: moments, floor and ceiling share (answers turned)."""
    rows = []
    for group, part in parts(table, groups):
        for name, item in items.items():
            x = part[name].to_numpy(float)
            m = moments(x)
            if not m["n"]:
                continue
            known = x[~np.isnan(x)]
            rows.append(
                {"wave": wave, "group": group, "construct": item["construct"], "item": name, **m,
                 "floor": float((known == item["low"]).mean()),
                 "ceiling": float((known == item["high"]).mean())}
            )  # fmt: skip
    return pd.DataFrame(rows)


def scale_table(table: pd.DataFrame, wave: str, scales: Sequence[Mapping]) -> pd.DataFrame:
    """Distribution of each scale's mean score by group, of those who answered every item.

    scales: one entry a scale and group with its `scale`, `group`, `groups`, `items`.
    """
    rows = []
    for entry in scales:
        part = members(table, entry["groups"])
        scores = values(part, entry["items"]).mean(axis=1)
        rows.append(
            {"wave": wave, "group": entry["group"], "scale": entry["scale"],
             "items": len(entry["items"]), "n_asked": len(part), **moments(scores)}
        )  # fmt: skip
    return pd.DataFrame(rows)
