"""How the answers are distributed: one row a category, empty ones included."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import parts
from surveysem.description.wave import was_asked

COLUMNS = ["wave", "group", "construct", "item", "reverse", "code", "count", "n", "share", "note"]
FEW = 5  # answers in a category: thresholds (and chi-squares) of fewer are unstable


def answer_table(
    table: pd.DataFrame, wave: str, items: Mapping[str, Mapping], groups: Sequence[str]
) -> pd.DataFrame:
    """Count and share of each answer of each item by group: COLUMNS, in the order of the codes.

    Codes are those that were asked: a reverse-keyed item, which cleaning turns, is turned
    back, so that its labels are the instrument's. share: of the n answers. note: `empty` or
    `sparse` (fewer than FEW answers) where there are answers at all. An ordinal model of
    several groups needs the same categories in each (Rutkowski, Svetina and Liaw 2019): one
    that is empty in a group has to be joined with its neighbour in all groups and waves.
    """
    rows = []
    for group, part in parts(table, groups):
        for name, item in items.items():
            if not was_asked(item, group):
                continue
            x, codes = part[name].to_numpy(float), np.array(item["codes"], dtype=float)
            if item["reverse"]:
                x = codes[0] + codes[-1] - x
            counts = (x[:, None] == codes).sum(axis=0)
            n = int(counts.sum())
            rows += [
                (wave, group, item["construct"], name, int(item["reverse"]), int(code), int(count),
                 n, count / n if n else np.nan, _note(count, n))
                for code, count in zip(codes, counts, strict=True)
            ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _note(count: int, n: int) -> str:
    if not n or count >= FEW:
        return ""
    return "sparse" if count else "empty"
