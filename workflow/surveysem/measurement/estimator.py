"""Which estimator suits a model's answers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import members as of_members

FEW, SKEWED = 4, 2.0
COLUMNS = ["estimator", "alternative", "reason", "item", "member", "value"]
OTHER = {"WLSMV": "MLR", "MLR": "WLSMV", "ML": "WLSMV"}


def choose(
    table: pd.DataFrame,
    categories: Mapping[str, int],
    by: str,
    members: Sequence[str],
    asked: str,
) -> pd.DataFrame:
    """The estimator of one model, the one shown beside it, and why: one row of COLUMNS.

    table: respondents x (items and `by`). categories: item to the number of its answers.
    members: values of `by` that the model compares. asked: of config.yaml, or `auto`: WLSMV
    where an item has four categories or fewer (Rhemtulla, Brosseau-Liard and Savalei 2012,
    Psychological Methods 17, 354-373) or an absolute skew above 2 in some member (West, Finch
    and Curran 1995; conventions, not laws); otherwise MLR with full information. reason:
    configured, few_categories, skew or continuous, with the item that decided, its member
    and its value.
    """
    item, member, value = "", "", np.nan
    if asked != "auto":
        return _row(asked, "configured", item, member, value)
    few = min(categories, key=categories.__getitem__, default="")
    if few and categories[few] <= FEW:
        return _row("WLSMV", "few_categories", few, member, float(categories[few]))
    skews = {
        (item, member): part[item].skew()
        for member in members
        for part in [_of(table, by, member)]
        for item in categories
    }
    known = [at for at, skew in skews.items() if np.isfinite(skew)]
    if known:
        item, member = max(known, key=lambda at: abs(skews[at]))
        value = skews[item, member]
    if abs(value) > SKEWED:
        return _row("WLSMV", "skew", item, member, value)
    return _row("MLR", "continuous", item, member, value)


def quick(table: pd.DataFrame, items: Sequence[str]) -> str:
    """The estimator of models that are fitted many times beside a model of its own.

    ML of complete answers, a fit of which takes hundredths of a second; MLR with full
    information, which takes a hundred times as long, where fewer than half of the respondents
    (rows) answered every item, as with planned missing answers.
    """
    answered = table[list(items)].notna()
    return "MLR" if 2 * answered.all(axis=1).sum() < answered.any(axis=1).sum() else "ML"


def _of(table: pd.DataFrame, by: str, member: str) -> pd.DataFrame:
    return of_members(table, [member]) if by == "group" else table[table[by] == member]


def _row(estimator: str, reason: str, item: str, member: str, value: float) -> pd.DataFrame:
    found = (estimator, OTHER[estimator], reason, item, member, value)
    return pd.DataFrame([found], columns=COLUMNS)
