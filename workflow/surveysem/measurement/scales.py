"""Does each scale, by itself, measure alike over groups, languages and waves?

One-factor models, so that a scale can be compared over all groups that were asked it, which
need not stand in one model together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import members
from surveysem.measurement import approximate, invariance
from surveysem.measurement.categories import nothing_joined, ready
from surveysem.measurement.estimator import COLUMNS as CHOSEN
from surveysem.measurement.estimator import choose
from surveysem.measurement.ladder import Groups, Waves, column

KEYS = ["scale", "across", "within", "members"]
TABLES = {"estimators": CHOSEN, **invariance.COLUMNS, "alignment": approximate.COLUMNS}
COLUMNS = {name: [*KEYS, *columns] for name, columns in TABLES.items()}
FEWEST = 3  # items: with two, a factor by itself is not identified


def in_one_wave(
    table: pd.DataFrame,
    received: pd.DataFrame,
    *,
    wave: str,
    scales: Sequence[Mapping],
    estimator: str,
    by: Sequence[str],
) -> dict[str, pd.DataFrame]:
    """Tables of every scale over groups, languages of the questionnaire and columns `by`.

    received: intake's table, which alone knows the language that a respondent answered in.
    """
    languages = received.drop_duplicates("respondent").set_index("respondent")["language"]
    table = table.assign(language=table["respondent"].map(languages).fillna(""))
    found = [
        over_groups(table, wave=wave, scales=scales, estimator=estimator, by=column)
        for column in dict.fromkeys([*by, "language"])
    ]
    return {
        name: pd.concat([f[name] for f in found if len(f[name])] or [found[0][name]])
        for name in COLUMNS
    }


def over_groups(
    table: pd.DataFrame,
    *,
    wave: str,
    scales: Sequence[Mapping],
    estimator: str,
    by: str,
) -> dict[str, pd.DataFrame]:
    """Tables of every scale over the groups of a column, in one wave.

    scales: entries with `scale`, `groups`, the `items` that all of these were asked and their
    `categories`; the members compared are these groups, or the values of another column `by`
    among them. estimator: `auto`, or one for all scales (see estimator.choose).
    """
    found = []
    for entry in scales:
        part = members(table, entry["groups"])
        some = entry["groups"] if by == "group" else sorted(v for v in part[by].unique() if v)
        if len(some) > 1:
            found.append(_of_groups(part, entry, some, wave, by, estimator))
    return _pooled(found)


def over_waves(
    tables: Mapping[str, pd.DataFrame],
    *,
    scales: Sequence[Mapping],
    estimator: str,
    panel: bool,
    changed: Mapping[str, Collection[str]],
) -> dict[str, pd.DataFrame]:
    """Tables of every scale over the waves, within each group.

    scales: entries with `scale`, `group`, `items` (of any wave), their `categories` and `waves`:
    wave to the items that it asked. estimator: see estimator.choose. panel: whether the same
    respondents are asked again: residuals of an item then correlate over waves; else the waves
    are groups. changed: wave to items that it asked in other words or with other answers.
    """
    found = []
    for entry in scales:
        parts = {w: members(tables[w], [entry["group"]]) for w in tables if entry["waves"].get(w)}
        # a wave that nobody of the group took part in compares nothing
        parts = {
            w: part for w, part in parts.items() if part[entry["waves"][w]].notna().any(axis=None)
        }
        if len(parts) < 2:
            continue
        make = _of_panel if panel else _of_cross_sections
        found.append(make(parts, entry, estimator, changed))
    return _pooled(found)


def _of_groups(part, entry, some: Sequence[str], wave: str, by: str, wanted: str):
    head = (entry["scale"], by, wave, ";".join(some))
    choice = choose(part, entry["categories"], by, some, wanted)
    estimator = choice["estimator"].item()
    part, items, log = ready(part, entry["items"], by, some, estimator)
    if len(items) < FEWEST:
        return head, _too_few(entry, items, log, choice)
    design = Groups(part, {entry["scale"]: items}, some, estimator, by, log=log)
    return head, _assessed(design, choice, some)


def _of_cross_sections(parts, entry, wanted: str, changed):
    waves = list(parts)
    head = (entry["scale"], "wave", entry["group"], ";".join(waves))
    common = [i for i in entry["items"] if all(i in entry["waves"][w] for w in waves)]
    long = pd.concat([p.assign(wave=w) for w, p in parts.items()], ignore_index=True)
    choice = choose(long, {i: entry["categories"][i] for i in common}, "wave", waves, wanted)
    estimator = choice["estimator"].item()
    long, items, log = ready(long, common, "wave", waves, estimator)
    if len(items) < FEWEST:
        return head, _too_few(entry, items, log, choice)
    other = [i for i in items if any(i in changed.get(w, ()) for w in waves)]
    factors = {entry["scale"]: items}
    design = Groups(long, factors, waves, estimator, "wave", other, log)
    return head, _assessed(design, choice, waves)


def _of_panel(parts, entry, wanted: str, changed):
    waves = list(parts)
    head = (entry["scale"], "wave", entry["group"], ";".join(waves))
    long = pd.concat([p.assign(wave=w) for w, p in parts.items()], ignore_index=True)
    asked = {i: [w for w in waves if i in entry["waves"][w]] for i in entry["items"]}
    choice = choose(long, entry["categories"], "wave", waves, wanted)
    estimator = choice["estimator"].item()
    items, logs = [], []
    for item, own in asked.items():
        long, kept, log = ready(long, [item], "wave", own, estimator)
        items += kept
        logs += [log] if len(log) else []
    log = pd.concat(logs, ignore_index=True) if logs else nothing_joined()
    if min(sum(w in asked[i] for i in items) for w in waves) < FEWEST:
        return head, _too_few(entry, items, log, choice)
    places = [(i, n, w) for i in items for n, w in enumerate(waves, start=1)]
    wide = long.pivot_table(values=items, index="respondent", columns="wave", aggfunc="first")
    wide = pd.DataFrame({column(i, n): wide[i, w] for i, n, w in places if w in asked[i]})
    absent = frozenset((i, n) for i, n, w in places if w not in asked[i])
    other = frozenset((i, n) for i, n, w in places if i in changed.get(w, ()))
    wide = wide.dropna(how="all").reset_index(drop=True)
    design = Waves(wide, entry["scale"], items, len(waves), estimator, absent, other, log)
    return head, _assessed(design, choice, waves)


def _assessed(
    design: Groups | Waves, choice: pd.DataFrame, names: Sequence[str]
) -> dict[str, pd.DataFrame]:
    ladder = invariance.assess(design)
    aligned = approximate.assess(design, ladder, names)
    return {"estimators": choice, **ladder.tables, "alignment": aligned}


def _too_few(
    entry: Mapping, items: Sequence[str], log: pd.DataFrame, choice: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    reason = f"too_few_items: {len(items)}"
    rows = {
        "invariance": [("configural", "not_computed", np.nan, reason)],
        "comparable": [(entry["scale"], "no", "no", "", reason)],
    }
    tables = {
        name: pd.DataFrame(rows.get(name, []), columns=columns)
        for name, columns in invariance.COLUMNS.items()
    }
    aligned = approximate.not_computed(entry["scale"], reason)
    return tables | {"estimators": choice, "joined": log, "alignment": aligned}


def _pooled(found: Iterable[tuple]) -> dict[str, pd.DataFrame]:
    """Tables of all scales, each row with the keys of its scale in front."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    for head, tables in found:
        for name, table in tables.items():
            if len(table):
                parts[name].append(table.assign(**dict(zip(KEYS, head, strict=True))))
    return {
        name: pd.concat(rows, ignore_index=True)[COLUMNS[name]]
        if rows
        else pd.DataFrame(columns=COLUMNS[name])
        for name, rows in parts.items()
    }
