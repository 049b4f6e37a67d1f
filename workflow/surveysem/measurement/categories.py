"""Ordinal answers that a group never gave: joined with a neighbour, in all groups alike."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

COLUMNS = ["item", "category", "into", "member"]


def joined(
    table: pd.DataFrame, items: Sequence[str], by: str | None, members: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table in which every group has given every answer, and what was joined to get there.

    An answer that one of the members never gave is joined with its neighbour on the side of
    the item's median, in all groups alike (Rutkowski, Svetina and Liaw 2019; DiStefano, Shi
    and Morgan 2021). by: the column of the groups; None for one group. An item of which
    fewer than two answers are left keeps them: it cannot be used (see `constant`).
    Second table: item, category, into, member (who never gave it), a row a join.
    """
    table, log = table.copy(), []
    parts = [(members[0], table.index)] if by is None else [
        (member, table.index[table[by] == member]) for member in members
    ]  # fmt: skip
    parts = [(member, rows) for member, rows in parts if len(rows)]
    for item in items:
        column = table[item].copy()
        middle = column.median()
        while True:
            every = np.sort(column.dropna().unique())
            absent = [
                (code, member)
                for member, rows in parts
                for code in every
                if not (column[rows] == code).any()
            ]
            if not absent or len(every) < 2:
                break
            # the answer farthest from the middle first, so that chains end there
            code, member = max(absent, key=lambda pair: abs(pair[0] - middle))
            others = every[every != code]
            towards = others[others < code] if code > middle else others[others > code]
            towards = towards if len(towards) else others
            into = towards[np.argmin(np.abs(towards - code))]
            column[column == code] = into
            log.append((item, code, into, member))
        table[item] = column
    return table, pd.DataFrame(log, columns=COLUMNS)


def constant(
    table: pd.DataFrame, items: Sequence[str], by: str | None, members: Sequence[str]
) -> list[tuple[str, str]]:
    """Items to which a group gave one answer only, or none: (item, member) pairs."""
    found = []
    for member in members:
        part = table if by is None else table[table[by] == member]
        if part.empty:
            continue  # no answers are no fault of an item
        found += [(item, member) for item in items if part[item].nunique() < 2]
    return found


def nothing_joined() -> pd.DataFrame:
    """An empty log."""
    return pd.DataFrame(columns=COLUMNS)


def ready(
    table: pd.DataFrame,
    items: Sequence[str],
    by: str | None,
    members: Sequence[str],
    estimator: str,
) -> tuple[pd.DataFrame, list[str], pd.DataFrame]:
    """The table with answers joined where the estimator needs each in every group, the items
    that every member answered in more than one way, and the log.

    The log has a row without category for an item left out, naming the member.
    """
    flat = constant(table, items, by, members)
    out = dict(flat)
    kept = [item for item in items if item not in out]
    parts = [pd.DataFrame([(i, np.nan, np.nan, m) for i, m in flat], columns=COLUMNS)]
    if estimator == "WLSMV":
        table, log = joined(table, kept, by, members)
        kept = [item for item in kept if table[item].nunique() > 1]
        parts.append(log)
    parts = [part for part in parts if len(part)]
    return table, kept, pd.concat(parts, ignore_index=True) if parts else nothing_joined()
