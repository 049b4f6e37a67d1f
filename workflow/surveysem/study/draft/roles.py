"""Which columns say who answered: guesses, each one to confirm."""

import re
from collections.abc import Collection, Mapping, Sequence

from surveysem.intake.raw import RawTable
from surveysem.study.draft.answers import Seen
from surveysem.study.objects import EVERYONE

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
        "id": lambda c: ID.fullmatch(c.name) and _nearly_unique(c, n),
        "duration": lambda c: DURATION.fullmatch(c.name) and _amount(c),
        "group": lambda c: GROUP.fullmatch(c.name) and splits(c, n),
    }
    for role, test in tests.items():
        mine = next((c for c in others if c not in found.values() and test(c)), None)
        # a panel's own id says more than the number that a tool gave the answer
        if mine and (role not in found or (role == "id" and not mine.tool)):
            found[role] = mine
    return found


def candidates(table: RawTable, others: Sequence[Seen], taken: Collection[Seen]) -> list[str]:
    """Names of columns that could be groups."""
    return [c.name for c in others if c not in taken and splits(c, len(table.rows))]


def _nearly_unique(c: Seen, n: int) -> bool:
    """An id may stand there twice, which cleaning then finds; a cluster's stands there often."""
    return len(c.counts) >= 0.95 * n


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


def group_labels(table: RawTable, column: Seen) -> Mapping[str, str]:
    """Label of each group, the largest first."""
    labels = table.columns[column.at].values
    return {value: labels.get(value, value) for value in column.counts}


def asked_groups(table: RawTable, group: Seen, items: Sequence[Seen]) -> dict[int, list[str]]:
    """Column number to the groups that answered it at all, for items that a group did not:
    what nobody of a group answered was not asked of it."""
    of = table.cells.iloc[:, group.at].astype(str)
    found = {}
    for c in items:
        answered = of[table.cells.iloc[:, c.at].astype(str) != ""].value_counts()
        asked = [g for g in group.counts if answered.get(g, 0)]
        if 0 < len(asked) < len(group.counts):
            found[c.at] = asked
    return found
