"""Stakeholder groups: what the files call them, and what the study does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from surveysem.errors import describe, nearest
from surveysem.study.objects import EVERYONE, texts
from surveysem.study.rows import several
from surveysem.study.sources import File
from surveysem.text import normalise


@dataclass(slots=True)
class Grouping:
    """groups: label by language of each, in order. named: what a file calls a group (also its
    value's label, or a label in any language) to the group. levels: groups in each wave.
    sure: whether there can be no other group: they are declared, or all files are known."""

    groups: dict[str, dict] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    levels: dict[int, list[str]] = field(default_factory=dict)
    sure: bool = True

    def unknown(self, where: str, name: str) -> list[str]:
        """Words for a name that is no group; where a file cannot be read only for one that
        has a group's letters."""
        letters = [sorted(group.casefold()) for group in self.groups]
        if name in self.groups or not (self.sure or sorted(name.casefold()) in letters):
            return []
        return [no_group(where, name, self.groups)]


def grouping(full: Mapping, files: Sequence[File], complete: bool) -> tuple[Grouping, list[str]]:
    """The study's groups as the waves' files have them, and what is wrong with them.

    complete: whether `files` are all of the study's.
    """
    who = full["respondents"]
    if not _in_use(full, files):
        if who["groups"]:
            return Grouping(), [
                describe(
                    "config.yaml, respondents.groups",
                    "groups are listed, but respondents.group names no column",
                    hint="set respondents.group to the column that holds the group",
                )
            ]
        return Grouping({EVERYONE: {"en": "All respondents", "zh": "全部受访者"}}), []
    declared = {name: texts(label) for name, label in who["groups"].items()}
    known = {normalise(name): name for name in declared}
    for name, labels in declared.items():
        for label in labels.values():
            known.setdefault(normalise(label), name)
    complete = complete and all("group" in {**f.matched, **f.fixed} for f in files)
    out, problems, strange = Grouping(declared, sure=bool(declared) or complete), [], set()
    spelled: dict[str, str] = {}
    for file in files:
        for text, label, where in _values(file):
            name = next((known[n] for n in map(normalise, (text, label)) if n in known), None)
            if name is None and EVERYONE in (text, label):
                return out, [
                    describe(
                        where,
                        f"a group cannot be called '{EVERYONE}': the results use that name for "
                        "everyone",
                        hint="give the group another name in the file",
                    )
                ]
            if name is None and declared and text not in strange:
                strange.add(text)
                strange.add(label)
                close = nearest(text, declared)
                problems.append(
                    describe(
                        where,
                        f"'{text}' is not a group of the study",
                        declared,
                        (f"did you mean '{close}'? " if close else "")
                        + "Correct the file, or add the group to respondents.groups",
                    )
                )
            name = name or label or text
            other = spelled.setdefault(normalise(name), name)
            if other != name and name not in strange:
                strange.add(name)
                problems.append(_spelled_otherwise(where, name, other))
            if out.named.setdefault(text, name) != name:
                problems.append(
                    describe(
                        where,
                        f"'{text}' is the group '{name}' here and '{out.named[text]}' in another file",
                        hint="give the groups their names in respondents.groups, or set: {group: ...}",
                    )
                )
            levels = out.levels.setdefault(file.wave, [])
            if name not in levels:
                levels.append(name)
    found = {name for levels in out.levels.values() for name in levels}
    problems += [
        no_group(f"config.yaml, respondents.groups.{name}", name, found)
        for name in declared
        if complete and name not in found
    ]
    if not declared:
        out.groups = {level: {"*": level} for level in sorted(found)}
    return out, problems


def _in_use(full: Mapping, files: Sequence[File]) -> bool:
    return bool(full["respondents"]["group"]) or any("group" in file.fixed for file in files)


def _values(file: File) -> list[tuple[str, str, str]]:
    """Group values of a file with their labels ('' where they have none), and where they stand."""
    if "group" in file.fixed:
        return [(str(file.fixed["group"]), "", f"{file.where}.set.group")]
    found = []
    for k in file.matched.get("group", ()):
        column = file.look.columns[k]
        for text, row in column.firsts.items():
            where = f"{file.name}, row {row}, column {column.name}"
            found.append((text, column.values.get(text, ""), where))
    return found


def _spelled_otherwise(where: str, name: str, other: str) -> str:
    return describe(
        where,
        f"the group '{name}' differs from the group '{other}' in its spelling only (case, width, spaces)",
        hint="correct the file, or list the groups in respondents.groups: every spelling then counts",
    )


def no_group(where: str, name: str, levels: Collection[str]) -> str:
    """Words for a group that no wave has."""
    close = nearest(name, levels)
    mark = "," if where.startswith("config.yaml") else ";"
    return describe(
        where,
        f"the group '{name}' is not in the data of any wave",
        sorted(levels),
        several(name, levels, mark) or (f"did you mean '{close}'?" if close else ""),
    )
