"""Waves within one file: events of a longitudinal project, rounds of a panel in long format."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from surveysem.intake import repeats
from surveysem.intake.export import rows_where
from surveysem.intake.raw import RawTable

# REDCap tells arms' events apart by their names' ends: one event for all arms is one wave.
ARM = re.compile(r"_arm_\d+$|\s*\(arm \d+\b.*\)$", re.I)
TIME = re.compile(
    r"(survey_?)?(wave|round|time|time_?point|occasion|event|visit|session|phase|year|month|week"
    r"|day|period)(_?(no|nr|number|id|name))?|t|波次|轮次|期次?|年份?|月份?|时点|测次|第几[次轮期波]",
    re.I,
)


@dataclass(frozen=True, slots=True, eq=False)
class Occasion:
    """Rows of a file that make one wave. label: what they are called in the file. where: the key
    of the wave that chooses them, {} for all rows."""

    label: str
    where: Mapping
    table: RawTable


def split(table: RawTable, id_at: int | None) -> list[Occasion]:
    """The waves that a file holds; all rows are one where nothing says otherwise.

    id_at: the column of respondents' ids.
    """
    columns = []
    if repeats.by_tool(table):
        columns = [k for k in table.occasions if table.cells[k].nunique() > 1]
    elif id_at is not None and not table.occasions:
        columns = by_time(table, id_at)
    if not columns:
        return [Occasion("", {}, table)]
    cells = [table.cells[k].astype(object).to_numpy() for k in columns]
    events = [ARM.sub("", text) for text in cells[0]]
    groups: dict[tuple, list[set]] = {}
    for key, *row in zip(zip(events, *cells[1:], strict=True), *cells, strict=True):
        kept = groups.setdefault(key, [set() for _ in columns])
        for values, text in zip(kept, row, strict=True):
            values.add(text)
    names = [table.columns[k].name for k in columns]
    found = []
    for key in _in_order(list(groups), by_tool=bool(table.occasions)):
        where = {
            name: _plain(sorted(values)) for name, values in zip(names, groups[key], strict=True)
        }
        part = table
        for name, value in where.items():
            part = rows_where(part, name, value)
        found.append(Occasion(", ".join(text for text in key if text), where, part))
    return found


def by_time(table: RawTable, id_at: int) -> list[int]:
    """The column, named like a time, that tells rows of one id apart; [] if none does."""
    ids = table.cells[id_at].astype(object).to_numpy()
    times = [k for k, c in enumerate(table.columns) if TIME.fullmatch(c.name) and k != id_at]
    found = repeats.telling(table, ids, times)
    if found is None or not found.columns:
        return []
    first = next(iter(found.columns))
    return [next(k for k in times if table.columns[k].name == first)]


def _in_order(keys: list[tuple], *, by_tool: bool) -> list[tuple]:
    """Events as the file has them, their repeats by number; times by number, else as found."""
    first = list(dict.fromkeys(key[0] for key in keys))
    if not by_tool and all(re.fullmatch(r"-?\d+", text) for text in first):
        return sorted(keys, key=lambda key: int(key[0]))

    def place(key):
        last = key[-1] if len(key) > 1 else ""
        return first.index(key[0]), key[1:-1], int(last) if last.isdigit() else 0

    return sorted(keys, key=place)


def _plain(values: list[str]):
    """Values as they may stand in YAML: whole numbers as such, one alone without a list."""
    plain = [int(v) if re.fullmatch(r"-?[1-9]\d{0,8}|0", v) else v for v in values]
    return plain[0] if len(plain) == 1 else plain
