"""Who answered, over all exports of a draft: columns of roles, groups, who was asked what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveysem.intake.raw import RawTable
from surveysem.study.draft import roles
from surveysem.study.draft.answers import Seen
from surveysem.study.draft.pooled import Pooled


@dataclass(frozen=True, slots=True)
class Who:
    """names: column of each role, as the first export calls it. columns: for each export the
    column of each role, None where it has none. groups: label of each group. named: for each
    export the group of each value of its column."""

    names: Mapping[str, str]
    columns: Sequence[Mapping[str, Seen | None]]
    groups: Mapping[str, str]
    named: Sequence[Mapping[str, str]]

    @property
    def id(self) -> str:
        """Column of the respondents' ids, '' if none is known."""
        return self.names.get("id", "")


def find(tables: Sequence[RawTable], pooled: Pooled) -> Who:
    """Who answered the exports."""
    guessed = [roles.guess_roles(t, own) for t, own in zip(tables, pooled.others, strict=True)]
    names = {role: c.name for role, c in guessed[0].items()}
    columns = [
        {role: _column(name, own.get(role), others) for role, name in names.items()}
        for own, others in zip(guessed, pooled.others, strict=True)
    ]
    groups, named = roles.group_labels(tables, [own.get("group") for own in columns])
    return Who(names, columns, groups, named)


def _column(name: str, guessed: Seen | None, others: Sequence[Seen]) -> Seen | None:
    """An export's column of a role: the one called as in the first export, or its own guess."""
    same = [c for c in others if c.name == name]
    return same[0] if len(same) == 1 else guessed


def renamed(who: Who, tables: Sequence[RawTable], pooled: Pooled) -> list[dict[str, str | int]]:
    """For each export the columns of roles (name, or number from 1 where that is not its alone)
    that intake would not find by the first export's names."""
    out = []
    for table, own, others in zip(tables, who.columns, pooled.others, strict=True):
        often = [c.name for c in others]
        out.append({
            role: c.name if often.count(c.name) == 1 else c.at + 1
            for role, c in own.items()
            if c and c.name != who.names[role]
            and (role, c.at) != ("duration", table.roles.get(role))
        })  # fmt: skip
    return out


def remarks(who: Who, tables: Sequence[RawTable]) -> dict[str, str]:
    """What to say of a group that one of several files alone has."""
    if sum(map(bool, who.named)) < 2:
        return {}
    out = {}
    for group in who.groups:
        files = [t.file for t, own in zip(tables, who.named, strict=True) if group in own.values()]
        if len(files) == 1:
            out[group] = f"only in {files[0]}: or another group's name there?"
    return out


def asked(who: Who, tables: Sequence[RawTable], pooled: Pooled) -> dict[Seen, list[str]]:
    """Groups of the items that some group did not answer in any export: what nobody of a group
    answered was not asked of it."""
    out = {}
    for item in pooled.items:
        by: set[str] = set()
        for table, own, named, place in zip(
            tables, who.columns, who.named, pooled.places[item], strict=True
        ):
            if place and own.get("group"):
                by |= roles.answered_by(table, own["group"], named, place.at)
        if 0 < len(by) < len(who.groups):
            out[item] = [group for group in who.groups if group in by]
    return out
