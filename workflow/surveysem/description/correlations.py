"""Correlations of the items and of the scales of one wave, by group.

Items: all pairs that were asked of a group, Pearson and polychoric, pairwise. Scales: mean
scores of those who answered every item of a scale.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, members, parts
from surveysem.correlation import fisher_interval, pearson
from surveysem.description.wave import was_asked
from surveysem.sem.ordinal.pairs import BOUND, Pairs, polychorics
from surveysem.tables import values

COLUMNS = ["wave", "group", "kind", "name", "with", "n", "pearson", "ci_lower", "ci_upper",
           "polychoric", "empty_cells", "note"]  # fmt: skip
MOST = 11  # categories: beyond, an answer is as good as a number, and tables are mostly empty


def correlation_table(
    table: pd.DataFrame,
    wave: str,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    scales: Sequence[Mapping],
) -> pd.DataFrame:
    """Correlations of items and of scales by group: COLUMNS, each pair once.

    kind: item or scale. Pearson with Fisher's interval; polychoric and the number of empty
    cells of the pair's table for items. Of all groups together only pairs that one group at
    least was asked both of. note: `constant` (one does not vary), `few` (fewer than three
    respondents with both), `bound` (the polychoric correlation ended at its bound).
    """
    found = []
    for group, part in parts(table, groups):
        asked = [name for name in items if was_asked(items[name], group)]
        x = values(part, asked)
        together = _together(items, asked, groups, group)
        found.append(_rows(wave, group, "item", asked, x, together, polychorics(x, MOST)))
    for group in dict.fromkeys(entry["group"] for entry in scales):
        mine = [entry for entry in scales if entry["group"] == group]
        scores = pd.DataFrame(index=table.index)
        for entry in mine:
            those = members(table, entry["groups"])
            scores[entry["scale"]] = pd.Series(
                values(those, entry["items"]).mean(axis=1), those.index
            )
        asked_of = [set(entry["groups"]) for entry in mine]
        together = np.array([[bool(a & b) for b in asked_of] for a in asked_of], dtype=bool)
        names = [entry["scale"] for entry in mine]
        found.append(_rows(wave, group, "scale", names, scores.to_numpy(), together))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def _together(items, names: Sequence[str], groups: Sequence[str], group: str) -> np.ndarray:
    """Which pairs of items some group was asked both of: p x p booleans."""
    of = groups if group == EVERYONE else [group]
    asked = np.array([was_asked(items[name], g) for name in names for g in of], dtype=int)
    asked = asked.reshape(len(names), len(of))
    return (asked @ asked.T) > 0


def _rows(wave, group, kind, names, x, together, pairs: Pairs | None = None) -> pd.DataFrame:
    first, second = (a[together[np.triu_indices(len(names), 1)]]
                     for a in np.triu_indices(len(names), 1))  # fmt: skip
    r, n = (a[first, second] for a in pearson(x))
    lower, upper = fisher_interval(r, n)
    rho = pairs.rho[first, second] if pairs else np.full(len(r), np.nan)
    note = np.where(n < 3, "few", np.where(np.isnan(r), "constant", ""))
    note = np.where(np.abs(rho) >= BOUND - 1e-6, "bound", note)
    label = np.array(names, dtype=object)
    return pd.DataFrame(
        {"wave": wave, "group": group, "kind": kind, "name": label[first], "with": label[second],
         "n": n, "pearson": r, "ci_lower": lower, "ci_upper": upper, "polychoric": rho,
         "empty_cells": pd.array(pairs.empty[first, second], dtype="Int64") if pairs
         else pd.array([pd.NA] * len(r), dtype="Int64"), "note": note}, columns=COLUMNS
    )  # fmt: skip
