"""Missing answers of one wave: how many, why, and in which patterns."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import asked_of, asked_table, parts

DECLARED, INVALID, EMPTY = "declared_missing", "invalid", "empty"
REASON_COLUMNS = ["file", "row", "item", "status", "reason"]
PATTERN_COLUMNS = ["wave", "group", "pattern", "kind", "n", "share", "unanswered", "items"]
COMPLETE, BREAKOFF, SCATTERED = "complete", "breakoff", "scattered"


def reasons_of_log(log: pd.DataFrame) -> pd.DataFrame:
    """Answers that the import log keeps row by row, as REASON_COLUMNS.

    log: intake's import log of the wave. `invalid` answers stand there with their row;
    `declared_missing` ones too where intake logs them by row, with what was declared as
    value. Counts (rows without row number) tell nothing of a group: see `only_counted`.
    """
    kept = log[log["row"].notna() & log["event"].isin((DECLARED, INVALID))]
    found = kept.rename(columns={"column": "item", "event": "status", "value": "reason"})
    return found.astype({"row": "int64"})[REASON_COLUMNS].reset_index(drop=True)


def only_counted(log: pd.DataFrame) -> set[str]:
    """Items whose declared missing answers the import log counts without saying where."""
    kept = log[(log["event"] == DECLARED) & log["row"].isna() & (log["count"] > 0)]
    return set(kept["column"])


def missing_table(
    table: pd.DataFrame,
    wave: str,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    reasons: pd.DataFrame,
    counted: Collection[str] = (),
) -> pd.DataFrame:
    """For each item and group: asked, answered, unanswered (left empty, declared missing or
    an impossible answer), and not asked by design, which is no nonresponse.

    reasons: REASON_COLUMNS, `file` and `row` as in the table; an unanswered item without an
    entry was left empty. counted: items of `only_counted`, for which nobody can tell empty from
    declared: both are nan. share: unanswered of those asked.
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
            unclear = name in counted
            rows.append(
                {"wave": wave, "group": group, "construct": item["construct"], "item": name,
                 "n": len(part), "asked": int(asked.sum()), "answered": answered,
                 "unanswered": unanswered, "empty": np.nan if unclear else unanswered - sum(known.values()),
                 "declared": np.nan if unclear else known[DECLARED], "invalid": known[INVALID],
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
