"""The columns of the waves' files matched to items and respondents."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from surveysem.errors import describe, nearest
from surveysem.intake.columns import Matches, match
from surveysem.intake.look import TOLD
from surveysem.study.objects import Item
from surveysem.study.sources import ROLES, File, other_sheets, roles_of


def match_all(
    full: Mapping, files: Sequence[File], items: Mapping[str, Item] | None
) -> tuple[list[File], list[str]]:
    """Match every file's columns; the files that have some of the study's columns; problems
    but for items without a column. items: None where the instrument is not known."""
    problems, roles = [], roles_of(full)
    usable = []
    lacking: dict[str, list[File]] = {}
    known, items = items is not None, items or {}
    for file in files:
        if known:
            problems += _unknown_names(file, items, roles)
        by_name = {column for role, column in roles.items() if role not in file.told}
        doubled = _doubled(file, {*items, *by_name} - {*file.told})
        problems += _doubled_words(file, doubled)
        found = _match_items(file, items, doubled)
        who = _match_roles(file, roles, doubled)
        if known and not found.columns and not who.columns:
            problems += [] if doubled else [_no_column(file)]
            continue
        usable.append(file)
        problems += [*found.problems, *who.problems, *_contacts(full, file, who.columns)]
        for role in _take_roles(file, roles, who, doubled):
            lacking.setdefault(role, []).append(file)
    problems += [_no_role(role, roles[role], where) for role, where in lacking.items()]
    return usable, problems


def _match_items(file: File, items: Mapping[str, Item], doubled: Sequence[str]) -> Matches:
    """The columns of items, which become the file's."""
    told = {name: given for name, given in file.told.items() if name in items}
    texts = {name: i.text.values() for name, i in items.items() if name not in doubled}
    found = _match(file, texts, told)
    file.matched, file.how = dict(found.columns), dict(found.how)
    file.unclear, file.contested = found.unclear | set(doubled), found.contested
    without = [name for name in texts if name not in {*found.columns, *found.unclear}]
    if len(without) <= sum(file.look.names.count(name) - 1 for name in doubled):
        file.unclear |= set(without)  # they may be among the columns of one name
    return found


def _match_roles(file: File, roles: Mapping[str, str], doubled: Sequence[str]) -> Matches:
    """The columns of roles, by role where the config tells them, else by the column's name."""
    told = {name: given for name, given in file.told.items() if name in roles or name in ROLES}
    wanted = {roles[role]: [roles[role]] for role in roles if role not in told}
    wanted = {column: texts for column, texts in wanted.items() if column not in doubled}
    return _match(file, wanted | {role: () for role in told}, told)


def _match(file: File, wanted: Mapping, told: Mapping) -> Matches:
    look = file.look
    place = {"file": file.name, "where": file.where, "stems": look.stems}
    return match(look.names, look.labels, wanted, told, **place)


def _take_roles(
    file: File, roles: Mapping[str, str], who: Matches, doubled: Sequence[str]
) -> list[str]:
    """Give a file the columns of its roles, the survey tool's own too; the roles that it lacks."""
    lacking = []
    for role in {**roles, **{name: name for name in file.told if name in ROLES}}:
        key = role if role in file.told else roles[role]
        if key in who.columns:
            file.matched[role], file.how[role] = who.columns[key], who.how[key]
        elif role == "duration" and role in file.look.roles:
            file.matched[role], file.how[role] = (file.look.roles[role],), "tool"
        elif role not in file.fixed and key not in {*doubled, *who.unclear}:
            lacking.append(role)
    for role, column in file.look.roles.items():
        if role != "id" and role not in file.matched:
            file.matched[role], file.how[role] = (column,), "tool"
    return lacking


def _unknown_names(file: File, items: Mapping, roles: Mapping) -> list[str]:
    who = list(dict.fromkeys([*ROLES, *roles]))
    return [
        describe(
            f"{file.where}.{key}",
            f"'{name}' is neither an item nor a respondents' column",
            hint=f"did you mean '{close}'?" if (close := nearest(name, [*known, *items])) else
            f"respondents' columns are {', '.join(known)}",
        )
        for key, given, known in (("columns", file.told, [*who, *TOLD]), ("set", file.fixed, who))
        for name in given
        if name not in known and name not in items
    ]  # fmt: skip


def _contacts(full: Mapping, file: File, found: Mapping[str, tuple[int, ...]]) -> list[str]:
    """Words for extra columns that hold contacts or names, which must not reach results."""
    open_ones = {n: c for n, c in full["respondents"]["extra"].items()
                 if n not in full["cleaning"]["same_person"]}  # fmt: skip
    return [
        describe(
            f"config.yaml, respondents.extra.{name}",
            f"the column '{column}' of {file.name} looks like a contact, an address or a name",
            hint="leave it out; to find persons who answered twice, list it in "
            "cleaning.same_person, which keeps a keyed hash only",
        )
        for name, column in open_ones.items()
        if any(file.look.columns[k].private for key in (name, column) for k in found.get(key, ()))
    ]


def _doubled(file: File, wanted: set[str]) -> list[str]:
    """Columns that are looked for by a name that stands there several times."""
    return [n for n, times in Counter(file.look.names).items() if n in wanted and times > 1]


def _doubled_words(file: File, doubled: Sequence[str]) -> list[str]:
    if not doubled:
        return []
    times = Counter(file.look.names)
    each = ", ".join(f"'{name}' stands there {times[name]} times" for name in doubled)
    what = "column" if len(doubled) == 1 else "columns:"
    hint = "rename or remove the others"
    return [describe(f"{file.name}, row 1", f"the {what} {each}", hint=hint)]


def _no_column(file: File) -> str:
    return describe(
        f"{file.name}, row 1",
        f"no column of the study has one of these names: {', '.join(file.look.names[:5])}, ...",
        hint="row 1 has to name the columns, as the instrument and respondents do, or hold the "
        "questions' texts; a file without a header needs options: {header: false} and columns:"
        + (f"; {others}" if (others := other_sheets(file.look)) else ""),
    )


def _no_role(role: str, column: str, files: Sequence[File]) -> str:
    header = files[0].look.names
    close = nearest(column, header)
    names = [file.name for file in files]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    key = f"respondents.{role}" if role in ROLES else f"respondents.extra.{role}"
    return describe(
        f"config.yaml, {key}",
        f"the column '{column}' is not in {', '.join(names[:3])}{more}",
        header,
        f"did you mean '{close}'?" if close else
        f"where this file calls it otherwise: {files[0].where.split(', ')[1]}.columns: {{{role}: ...}}; "
        f"where it is the same in all rows, or unknown: set: {{{role}: ...}}",
    )  # fmt: skip


def with_responses(
    full: Mapping, k: int, items: Mapping[str, Item], scales: Mapping
) -> tuple[dict[str, Item], list[str]]:
    """Items whose answer scale is another one in wave k, with that scale; problems."""
    changed, problems = {}, []
    where = f"config.yaml, waves[{k}].responses"
    for name, scale in (full["waves"][k].get("responses") or {}).items():
        if scale not in scales:
            close = nearest(scale, scales)
            problems.append(describe(f"{where}.{name}", f"'{scale}' is no answer scale", scales,
                                     f"did you mean '{close}'?" if close else ""))  # fmt: skip
            continue
        own = [item for item in items.values() if name in (item.name, item.scale)]
        if not own:
            close = nearest(name, [*items, *scales])
            problems.append(describe(where, f"'{name}' is neither an item nor an answer scale in "
                            "use", hint=f"did you mean '{close}'?" if close else ""))  # fmt: skip
        for item in own:
            new = scales[scale]
            changed[item.name] = replace(
                item, scale=scale, codes=new["codes"], labels=new["labels"]
            )
    return changed, problems
