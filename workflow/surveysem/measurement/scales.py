"""Does each scale, by itself, measure alike over groups, languages and waves?

One-factor models, so that a scale can be compared over all groups that were asked it, which
need not stand in one model together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import members
from surveysem.measurement import invariance
from surveysem.measurement.categories import COLUMNS as JOIN_COLUMNS
from surveysem.measurement.categories import constant, joined
from surveysem.measurement.ladder import Groups, Waves, column

KEYS = ["scale", "across", "within", "members"]
COLUMNS = {
    "fit": [*KEYS, *invariance.FIT_COLUMNS],
    "items": [*KEYS, *invariance.ITEM_COLUMNS],
    "comparable": [*KEYS, *invariance.COMPARABLE_COLUMNS],
    "joined": [*KEYS, *JOIN_COLUMNS],
}
FEWEST = 3  # items: with two, a factor by itself is not identified


def over_groups(
    table: pd.DataFrame,
    *,
    wave: str,
    scales: Sequence[Mapping],
    estimators: Mapping[str, str],
    by: str,
) -> dict[str, pd.DataFrame]:
    """Tables of every scale over the groups of a column, in one wave.

    scales: entries with `scale`, `groups` and the `items` that all of these were asked; the
    members compared are these groups, or the values of another column `by` among them.
    """
    found = []
    for entry in scales:
        part = members(table, entry["groups"])
        some = entry["groups"] if by == "group" else sorted(v for v in part[by].unique() if v)
        if len(some) > 1:
            found.append(_of_groups(part, entry, some, wave, by, estimators[entry["scale"]]))
    return _pooled(found)


def over_waves(
    tables: Mapping[str, pd.DataFrame],
    *,
    scales: Sequence[Mapping],
    estimators: Mapping[str, str],
    panel: bool,
    changed: Mapping[str, Collection[str]],
) -> dict[str, pd.DataFrame]:
    """Tables of every scale over the waves, within each group.

    scales: entries with `scale`, `group`, `items` (of any wave) and `waves`: wave to the
    items that it asked. panel: whether the same respondents are asked again: residuals of
    an item then correlate over waves; else the waves are groups. changed: wave to items
    that it asked in other words or with other answers.
    """
    found = []
    for entry in scales:
        waves = [w for w in tables if entry["waves"].get(w)]
        if len(waves) < 2:
            continue
        parts = {w: members(tables[w], [entry["group"]]) for w in waves}
        make = _of_panel if panel else _of_cross_sections
        found.append(make(parts, entry, estimators[entry["scale"]], changed))
    return _pooled(found)


def _of_groups(part, entry, some: Sequence[str], wave: str, by: str, estimator: str):
    head = (entry["scale"], by, wave, ";".join(some))
    part, items, log = _ready(part, entry["items"], by, some, estimator)
    if len(items) < FEWEST:
        return head, _too_few(entry, items), log
    factors = {entry["scale"]: items}
    return head, invariance.assess(Groups(part, factors, some, estimator, by)), log


def _of_cross_sections(parts, entry, estimator: str, changed):
    waves = list(parts)
    head = (entry["scale"], "wave", entry["group"], ";".join(waves))
    common = [i for i in entry["items"] if all(i in entry["waves"][w] for w in waves)]
    long = pd.concat([p.assign(wave=w) for w, p in parts.items()], ignore_index=True)
    long, items, log = _ready(long, common, "wave", waves, estimator)
    if len(items) < FEWEST:
        return head, _too_few(entry, items), log
    other = [i for i in items if any(i in changed.get(w, ()) for w in waves)]
    design = Groups(long, {entry["scale"]: items}, waves, estimator, "wave", other)
    return head, invariance.assess(design), log


def _of_panel(parts, entry, estimator: str, changed):
    waves = list(parts)
    head = (entry["scale"], "wave", entry["group"], ";".join(waves))
    long = pd.concat([p.assign(wave=w) for w, p in parts.items()], ignore_index=True)
    asked = {i: [w for w in waves if i in entry["waves"][w]] for i in entry["items"]}
    items, logs = [], []
    for item, own in asked.items():
        long, kept, log = _ready(long, [item], "wave", own, estimator)
        items += kept
        logs.append(log)
    log = pd.concat(logs, ignore_index=True)
    if min(sum(w in asked[i] for i in items) for w in waves) < FEWEST:
        return head, _too_few(entry, items), log
    wide = long.pivot(index="respondent", columns="wave", values=items)
    wide.columns = [column(item, waves.index(w) + 1) for item, w in wide.columns]
    pairs = [(i, n) for i in items for n, w in enumerate(waves, start=1) if w not in asked[i]]
    wide = wide.drop(columns=[column(*pair) for pair in pairs]).reset_index(drop=True)
    other = [(i, n) for i in items for n, w in enumerate(waves, start=1) if i in changed.get(w, ())]
    design = Waves(
        wide, entry["scale"], items, len(waves), estimator, frozenset(pairs), frozenset(other)
    )
    return head, invariance.assess(design), log


def _ready(
    table: pd.DataFrame, items: Sequence[str], by: str, some: Sequence[str], estimator: str
) -> tuple[pd.DataFrame, list[str], pd.DataFrame]:
    """The table with categories joined where the estimator needs them in every group, the
    items that everyone answered in more than one way, and the log of both."""
    flat = constant(table, items, by, some)
    out = list(dict.fromkeys(item for item, _ in flat))
    kept = [item for item in items if item not in out]
    log = pd.DataFrame([(i, np.nan, np.nan, m) for i, m in flat], columns=JOIN_COLUMNS)
    if estimator == "WLSMV":
        table, joins = joined(table, kept, by, some)
        log = pd.concat([log, joins], ignore_index=True) if len(log) else joins
        kept = [i for i in kept if not constant(table, [i], by, some)]
    return table, kept, log


def _too_few(entry: Mapping, items: Sequence[str]) -> dict[str, pd.DataFrame]:
    reason = f"too_few_items: {len(items)}"
    rows = {
        "fit": [("configural", "not_computed", np.nan, reason)],
        "items": [],
        "comparable": [(entry["scale"], "no", "no", "", reason)],
    }
    names = {
        "fit": invariance.FIT_COLUMNS,
        "items": invariance.ITEM_COLUMNS,
        "comparable": invariance.COMPARABLE_COLUMNS,
    }
    return {name: pd.DataFrame(rows[name], columns=names[name]) for name in rows}


def _pooled(found: Iterable[tuple]) -> dict[str, pd.DataFrame]:
    """Tables of all scales, each row with the keys of its scale in front."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    for head, tables, log in found:
        for name, table in {**tables, "joined": log}.items():
            keyed = table.copy()
            for k, (key, value) in enumerate(zip(KEYS, head, strict=True)):
                keyed.insert(k, key, value)
            parts[name].append(keyed)
    return {
        name: pd.concat(rows, ignore_index=True)[COLUMNS[name]]
        if rows
        else pd.DataFrame(columns=COLUMNS[name])
        for name, rows in parts.items()
    }
