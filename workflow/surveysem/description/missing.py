"""Missing answers of one wave: how many, why, and in which patterns."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import asked_of, asked_table, parts

DECLARED, INVALID = "declared_missing", "invalid"
PATTERN_COLUMNS = ["wave", "group", "pattern", "kind", "n", "share", "unanswered", "items"]
COMPLETE, BREAKOFF, SCATTERED = "complete", "breakoff", "scattered"


def located(clean: pd.DataFrame, fates: pd.DataFrame) -> pd.DataFrame:
    """The analysed rows with the `file` and `row` that they come from, as fates.csv has them."""
    kept = fates[fates["fate"] == "analysed"]
    return clean.assign(file=kept["file"].to_numpy(), row=kept["row"].to_numpy())


def missing_table(
    table: pd.DataFrame,
    wave: str,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    reasons: pd.DataFrame,
) -> pd.DataFrame:
    """For each item and group: asked, answered, unanswered (left empty, declared missing or
    an impossible answer), and not asked by design, which is no nonresponse.

    table: with `file` and `row` (see `located`). reasons: file, row, item, status, reason; an
    unanswered item without an entry was left empty. share: unanswered of those asked.
    """
    status = _counts(table, reasons)
    rows = []
    for group, part in parts(table, groups):
        for name, item in items.items():
            asked = asked_of(part, item["groups"], item["forms"])
            answered = int((part[name].notna() & asked).sum())
            unanswered = int(asked.sum()) - answered
            known = {
                s: int(part.index.isin(status[name, s]).sum()) if (name, s) in status else 0
                for s in (DECLARED, INVALID)
            }
            rows.append(
                {"wave": wave, "group": group, "construct": item["construct"], "item": name,
                 "n": len(part), "asked": int(asked.sum()), "answered": answered,
                 "unanswered": unanswered, "empty": unanswered - sum(known.values()),
                 "declared": known[DECLARED], "invalid": known[INVALID],
                 "not_asked": len(part) - int(asked.sum()),
                 "share": unanswered / asked.sum() if asked.any() else np.nan}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _located(table: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    """Reasons of rows that are in the table (analysed), with their `index` in it."""
    place = table[["file", "row"]].assign(index=table.index)
    found = reasons[reasons["item"].isin(table.columns)].drop_duplicates(["file", "row", "item"])
    return found.merge(place, on=["file", "row"])


def _counts(table: pd.DataFrame, reasons: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """Index of the rows concerned, by item and status."""
    found = _located(table, reasons)
    return {key: part["index"].to_numpy() for key, part in found.groupby(["item", "status"])}


def reason_table(
    table: pd.DataFrame, wave: str, groups: Sequence[str], reasons: pd.DataFrame
) -> pd.DataFrame:
    """Declared missing answers by item, group and what was declared (-9, "Don't know")."""
    found = _located(table, reasons)
    found = found[found["status"] == DECLARED]
    rows = [
        {"wave": wave, "group": group, "item": item, "reason": reason, "n": len(one)}
        for group, part in parts(table, groups)
        for (item, reason), one in found[found["index"].isin(part.index)].groupby(
            ["item", "reason"], sort=True
        )
    ]
    return pd.DataFrame(rows, columns=["wave", "group", "item", "reason", "n"])


def pattern_table(
    table: pd.DataFrame, wave: str, items: Mapping[str, Mapping], groups: Sequence[str]
) -> pd.DataFrame:
    """Which items were left out together, by group: the most frequent pattern first.

    A pattern is the set of items that were asked and not answered; what was not asked is
    no part of it. kind: complete; breakoff (all items from some point of the questionnaire
    on are unanswered, and two or more); scattered.
    """
    names = np.array(list(items))
    asked = asked_table(table, items).to_numpy()
    left = asked & table[list(names)].isna().to_numpy()
    breakoff = _breakoffs(asked, left)
    rows = []
    for group, part in parts(table, groups):
        here = table.index.get_indexer(part.index)
        if not len(here):
            continue
        coded = np.column_stack([left[here], breakoff[here]])
        patterns, first, n = np.unique(coded, axis=0, return_index=True, return_counts=True)
        order = np.lexsort((first, -n))
        for rank, k in enumerate(order, start=1):
            which, count = patterns[k, :-1], int(n[k])
            kind = COMPLETE if not which.any() else BREAKOFF if patterns[k, -1] else SCATTERED
            rows.append((wave, group, rank, kind, count, count / len(part), int(which.sum()),
                         ";".join(names[which])))  # fmt: skip
    return pd.DataFrame(rows, columns=PATTERN_COLUMNS)


def _breakoffs(asked: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Whether each respondent (n) stopped: the unanswered of the asked items are the last ones.

    asked, left: n x items in the order of the questionnaire.
    """
    count = left.sum(axis=1)
    after = np.cumsum(asked[:, ::-1], axis=1)[:, ::-1]  # items asked from here on
    last = asked & (after <= count[:, None])
    return (count > 1) & (left == last).all(axis=1)
