"""How far do groups differ, and waves? Differences of scale means as effect sizes.

A difference of means is one of what a scale measures only where its intercepts are the same
(scalar invariance): the stage measurement says so. Tests take respondents as independent.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.adjust import holm
from surveysem.asked import EVERYONE, members
from surveysem.description.effects import NOTHING, Effect, paired, several_groups, two_groups
from surveysem.tables import values

COLUMNS = ["wave", "group", "comparison", "scale", "first", "second", "items", "n_first",
           "n_second", "mean_first", "mean_second", "difference", "statistic", "est", "ci_lower",
           "ci_upper", "test", "df", "df2", "p", "p_adj", "family", "note"]  # fmt: skip


def scores(table: pd.DataFrame, groups: Sequence[str], items: Sequence[str]) -> pd.Series:
    """Mean scores of the groups' members who answered all items, by respondent."""
    part = members(table, groups)
    found = pd.Series(values(part, items).mean(axis=1), part["respondent"].to_numpy())
    return found[found.notna()]


def group_differences(
    table: pd.DataFrame, wave: str, pairs: Sequence[Mapping], scales: Sequence[Mapping]
) -> pd.DataFrame:
    """Differences between groups within a wave: COLUMNS.

    comparison `pair`: Hedges' g of the second group against the first, by the items that both
    were asked (pairs: scale, first, second, items). comparison `groups`: omega squared over
    three groups or more, by the items that all were asked (scales: entries of all groups).
    p_adj: Holm (1979) over all pairs (all scales) of the wave.
    """
    rows = []
    for one in pairs:
        x, y = (scores(table, [one[k]], one["items"]).to_numpy() for k in ("first", "second"))
        head = _head(wave, EVERYONE, "pair", one, f"{wave}: pairs of groups")
        rows.append({**head, **_means(x, y), **_effect("g", two_groups(x, y))})
    for one in scales:
        if one["group"] == EVERYONE and len(one["groups"]) > 2:
            found = [scores(table, [g], one["items"]).to_numpy() for g in one["groups"]]
            head = _head(wave, EVERYONE, "groups", one, f"{wave}: all groups")
            counted = {"n_first": sum(map(len, found))}
            rows.append({**head, **counted, **_effect("omega2", several_groups(found))})
    return _adjusted(rows)


def wave_differences(
    tables: Mapping[str, pd.DataFrame], scales: Iterable[Mapping], panel: bool
) -> pd.DataFrame:
    """Differences between two waves within a group, later against earlier: COLUMNS.

    tables: clean answers by wave. scales: first and second (waves), group, groups, scale, the
    items that both asked alike, reworded. panel: respondents of both waves are paired (g_av,
    g_z); otherwise waves are samples of their own (g). wave is the later one. p_adj: Holm over
    the scales of one pair of waves and group, so that a new wave changes no old one.
    """
    rows = []
    for one in scales:
        x, y = (scores(tables[one[k]], one["groups"], one["items"]) for k in ("first", "second"))
        family = f"{one['first']} to {one['second']}: {one['group']}"
        head = _head(one["second"], one["group"], "waves", one, family)
        if panel:
            both = x.index[(x.index != "") & x.index.isin(y.index)]
            x, y = x[both], y[both]
        x, y = x.to_numpy(), y.to_numpy()
        effects = paired(x, y) if panel else {"g": two_groups(x, y)}
        for name, effect in effects.items():
            row = {**head, **_means(x, y), **_effect(name, effect)}
            if one["reworded"]:
                said = f"reworded: {', '.join(one['reworded'])}"
                row["note"] = "; ".join(filter(None, (row["note"], said)))
            rows.append(row)
    return _adjusted(rows)


def _head(wave: str, group: str, comparison: str, one: Mapping, family: str) -> dict:
    return {
        "wave": wave, "group": group, "comparison": comparison, "scale": one["scale"],
        "first": one.get("first", ""), "second": one.get("second", ""),
        "items": len(one["items"]), "family": family,
    }  # fmt: skip


def _means(x: np.ndarray, y: np.ndarray) -> dict:
    first, second = (float(a.mean()) if len(a) else np.nan for a in (x, y))
    return {"n_first": len(x), "n_second": len(y), "mean_first": first, "mean_second": second,
            "difference": second - first}  # fmt: skip


def _effect(name: str, effect: Effect) -> dict:
    return {
        "statistic": name, "est": effect.est, "ci_lower": effect.ci_lower,
        "ci_upper": effect.ci_upper, "test": effect.test, "df": effect.df, "df2": effect.df2,
        "p": effect.p, "note": "too_few_or_constant" if effect is NOTHING else "",
    }  # fmt: skip


def _adjusted(rows: Sequence[Mapping]) -> pd.DataFrame:
    """Rows with Holm's p within each family; a comparison with two effect sizes counts once."""
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["p_adj"] = frame["p_adj"].astype(float)
    if not frame["p"].notna().any():
        return frame
    known = frame[frame["p"].notna()]
    for _, part in known.groupby("family", sort=False):
        tests = part.drop_duplicates("scale") if (part["comparison"] == "waves").all() else part
        p_adj = pd.Series(holm(tests["p"]), tests.index)
        if len(tests) < len(part):
            p_adj = part["scale"].map(dict(zip(tests["scale"], p_adj, strict=True)))
        frame.loc[p_adj.index, "p_adj"] = p_adj
    return frame
