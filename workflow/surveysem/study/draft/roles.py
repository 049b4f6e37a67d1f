"""Which columns say who answered: guesses, each one to confirm."""

import re
from collections.abc import Mapping, Sequence

from surveysem.intake.raw import RawTable
from surveysem.study.draft import occasions
from surveysem.study.draft.answers import Seen
from surveysem.study.objects import EVERYONE
from surveysem.text import normalise

ID = re.compile(
    r"_?(id|uuid)|instance_?id|(respondent|response|participant|subject|record|case|person)"
    r"[ _]?(id|no|nr|number)?|sub|study_id|序号|编号|.*(问卷|答卷|受访者?|被试)编号.*",
    re.I,
)
DURATION = re.compile(
    r"duration.*|seconds|interview_?time|total_?time|time_?taken|.*所用时间|答题时长.*", re.I
)
GROUP = re.compile(
    r"group|stakeholder(_?(group|type))?|respondent_?(type|group)|segment|condition|arm"
    r"|分组|组别|群体|类别|身份|角色|受访者类型|.*属于(以下)?哪一?(类|组|种).*|which group .*",
    re.I,
)
MOST_GROUPS = 8


def guess_roles(table: RawTable, others: Sequence[Seen]) -> dict[str, Seen]:
    """Role to column, among the columns that are no items."""
    n, by_number = len(table.rows), {c.at: c for c in others}
    found = {r: by_number[k] for r, k in table.roles.items()
             if r in ("id", "duration") and k in by_number}  # fmt: skip
    tests = {
        "id": lambda c: ID.fullmatch(c.name) and _of_persons(table, c),
        "duration": lambda c: DURATION.fullmatch(c.name) and _amount(c),
        "group": lambda c: GROUP.fullmatch(c.name) and splits(c, n),
    }
    for role, test in tests.items():
        mine = next((c for c in others if c not in found.values() and test(c)), None)
        # a panel's own id says more than the number that a tool gave the answer
        if mine and (role not in found or (role == "id" and not mine.tool)):
            found[role] = mine
    return found


def candidates(table: RawTable, others: Sequence[Seen]) -> list[str]:
    """Names of columns that could be groups."""
    return [c.name for c in others if splits(c, len(table.rows))]


def _of_persons(table: RawTable, c: Seen) -> bool:
    """An id may stand there twice, which cleaning then finds, or once for each occasion; a
    cluster's stands there often."""
    return 2 * len(c.counts) >= len(table.rows) or bool(occasions.by_time(table, c.at))


def _amount(c: Seen) -> bool:
    return bool(c.counts) and all(re.fullmatch(r"\d+(\.\d+)?", v) for v in c.counts)


def splits(c: Seen, n: int) -> bool:
    """Whether nearly everyone has one of a few values, each of them often."""
    return (
        2 <= len(c.counts) <= MOST_GROUPS
        and min(c.counts.values()) >= 10
        and sum(c.counts.values()) >= 0.95 * n
        and EVERYONE not in c.counts
    )


def group_labels(
    tables: Sequence[RawTable], columns: Sequence[Seen | None]
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Label of each group, the largest of the first file first; and for each file what it calls a
    group, to the group. columns: of the groups, None where a file has none."""
    groups: dict[str, str] = {}
    named: list[dict[str, str]] = []
    for table, column in zip(tables, columns, strict=True):
        named.append({})
        for value in column.counts if column else ():
            label = table.columns[column.at].values.get(value, value)
            same = {normalise(value), normalise(label)}
            mine = next((g for g, text in groups.items() if {normalise(g), normalise(text)} & same),
                        value)  # fmt: skip
            groups.setdefault(mine, label)
            named[-1][value] = mine
    return groups, named


def answered_by(table: RawTable, group: Seen, named: Mapping[str, str], at: int) -> set[str]:
    """The groups of which anyone answered column `at`."""
    answered = (table.cells[at] != "").to_numpy()
    values = table.cells[group.at].astype(object).to_numpy()[answered]
    return {named[value] for value in set(values) if value in named}
