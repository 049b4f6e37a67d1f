"""The waves' files: looked at, and their columns matched to items and respondents."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from surveysem.errors import SurveySemError, describe, nearest
from surveysem.intake import look as looks
from surveysem.intake.answers import ANSWERED, INVALID, read_answer, reader
from surveysem.intake.columns import match
from surveysem.intake.look import OPTIONS
from surveysem.study.objects import Item, Source

ROLES = ("id", "group", "project", "cluster", "weight", "duration", "form")
CACHE = Path(".snakemake") / "surveysem" / "looks"


@dataclass(slots=True)
class File:
    """One file of a wave as the config names it, and what was found in it.

    where: its config key. wave: number of its wave. fixed: role to the value of all its
    rows. told: its `columns`. matched: item or role to positions of columns.
    """

    where: str
    wave: int
    name: str
    options: dict
    fixed: dict
    told: dict
    look: looks.Look
    matched: dict[str, tuple[int, ...]] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)

    @property
    def source(self) -> Source:
        """What a plan needs of it."""
        return Source(self.name, self.options, self.matched, self.how, self.fixed)


def roles_of(full: Mapping) -> dict[str, str]:
    """Role, or name of an extra column, to the column that the config names for it."""
    who = full["respondents"]
    return {role: who[role] for role in ROLES if who[role]} | dict(who["extra"])


def entries(full: Mapping) -> list[tuple[str, int, dict]]:
    """Every file's config key, wave number and settings, the wave's own filled in."""
    found = []
    for k, wave in enumerate(full["waves"]):
        own = {key: wave[key] for key in (*OPTIONS, "columns", "set") if wave.get(key)}
        if wave.get("file"):
            found.append((f"config.yaml, waves[{k}]", k, {**own, "file": wave["file"]}))
        for j, part in enumerate(wave.get("files", [])):
            both = {key: {**own.get(key, {}), **part.get(key, {})} for key in ("columns", "set")}
            found.append((f"config.yaml, waves[{k}].files[{j}]", k, {**own, **part, **both}))
    return found


def look_at(full: Mapping, root: Path) -> tuple[list[File], list[str]]:
    """The files that can be read, and what is wrong with the others."""
    files, problems = [], []
    for where, k, entry in entries(full):
        path, shown = root / entry["file"], entry["file"]
        options = {key: entry[key] for key in OPTIONS if entry.get(key)}
        if path.is_dir():
            problems.append(describe(f"{where}.file: {shown}", "is a folder, not a file"))
            continue
        try:
            found = looks.look(path, shown, options, root / CACHE)
        except FileNotFoundError:
            folder = path.parent
            there = sorted(p.name for p in folder.iterdir())[:10] if folder.is_dir() else []
            hint = (
                f"the folder has: {', '.join(there)}" if there else "check the path in config.yaml"
            )
            problems.append(
                describe(f"{where}.file: {shown}", "the file does not exist", hint=hint)
            )
            continue
        except SurveySemError as error:
            problems.append(str(error))
            continue
        if not found.rows:
            problems.append(describe(shown, "the file has a header and no answers"))
            continue
        files.append(
            File(
                where,
                k,
                shown,
                options,
                dict(entry.get("set", {})),
                entry.get("columns", {}),
                found,
            )
        )
    return files, problems


def match_all(full: Mapping, files: Sequence[File], items: Mapping[str, Item]) -> list[str]:
    """Match every file's columns; problems but for items without a column."""
    problems, roles = [], roles_of(full)
    lacking: dict[str, list[File]] = {}
    for file in files:
        problems += _unknown_names(file, items, roles)
        names, labels = file.look.names, file.look.labels
        by_name = {column for role, column in roles.items() if role not in file.told}
        doubled = _doubled(file, {*items, *by_name} - {*file.told})
        if doubled:
            problems.append(doubled)
            continue
        told = {name: given for name, given in file.told.items() if name in items}
        texts = {name: item.text.values() for name, item in items.items()}
        place = {"file": file.name, "where": file.where, "stems": file.look.stems}
        found = match(names, labels, texts, told, **place)
        told = {name: given for name, given in file.told.items() if name in roles or name in ROLES}
        wanted = {roles[role]: [roles[role]] for role in roles if role not in told}
        wanted |= {role: () for role in told}
        who = match(names, labels, wanted, told, **place)
        if not any(found.columns) and not any(who.columns):
            problems.append(_no_column(file))
            continue
        problems += [*found.problems, *who.problems]
        problems += _contacts(full, file, who.columns)
        file.matched, file.how = dict(found.columns), dict(found.how)
        file.unclear = found.unclear
        for role in {**roles, **told}:
            key = role if role in told else roles[role]
            if key in who.columns:
                file.matched[role], file.how[role] = who.columns[key], who.how[key]
            elif role == "duration" and role in file.look.roles:
                file.matched[role], file.how[role] = (file.look.roles[role],), "tool"
            elif role not in file.fixed and not any(f"'{key}'" in p for p in who.problems):
                lacking.setdefault(role, []).append(file)
        for role, column in file.look.roles.items():
            if role != "id" and role not in file.matched:
                file.matched[role], file.how[role] = (column,), "tool"
    return problems + [_no_role(role, roles[role], where) for role, where in lacking.items()]


def _unknown_names(file: File, items: Mapping, roles: Mapping) -> list[str]:
    known = [*ROLES, *roles, *items]
    return [
        describe(
            f"{file.where}.{key}",
            f"'{name}' is neither an item nor a respondents' column",
            hint=f"did you mean '{close}'?" if (close := nearest(name, known)) else
            f"respondents' columns are {', '.join(dict.fromkeys([*ROLES, *roles]))}",
        )
        for key, given in (("columns", file.told), ("set", file.fixed))
        for name in given
        if name not in known
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


def _doubled(file: File, wanted: set[str]) -> str:
    """Words for a column that is looked for by a name that stands there twice."""
    names = file.look.names
    name = next((n for n in names if n in wanted and names.count(n) > 1), None)
    if name is None:
        return ""
    return describe(
        f"{file.name}, row 1",
        f"the column '{name}' stands there {names.count(name)} times",
        hint="rename or remove the others",
    )


def _no_column(file: File) -> str:
    return describe(
        f"{file.name}, row 1",
        f"no column of the study has one of these names: {', '.join(file.look.names[:5])}, ...",
        hint="row 1 has to name the columns, as the instrument and respondents do, or hold the "
        "questions' texts; a file without a header needs options: {header: false} and columns:",
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


def items_of_waves(
    full: Mapping, files: Sequence[File], items: Mapping[str, Item], mentioned: set[str]
) -> tuple[dict[str, Item], dict[str, tuple[str, ...]], list[str]]:
    """Items that some wave has, and for each wave those that it did not ask; problems.

    An item without column and a column without item that are spelled alike make one
    problem, not two.
    """
    unlisted = _unlisted(full, files, items, mentioned)
    present = {name for file in files for name in file.matched}
    kept = {name: item for name, item in items.items() if name in present}
    problems, without = [], {}

    def spelled_alike(name: str) -> str:
        close = nearest(name, [column for column in unlisted if column not in items])
        if close:
            unlisted.pop(close)
            return f"is it the column '{close}'? "
        return _nearest_text(items[name], files)

    unclear = {name for file in files for name in file.unclear}
    for name in (n for n in items if n not in {*present, *unclear} and not items[n].optional):
        problems.append(
            describe(
                f"{full['instrument']}, item {name}",
                "no wave's file has a column of this name or with this question",
                hint=spelled_alike(name)
                + "Remove the item, or mark it optional (column optional: 1)",
            )
        )
    for k, entry in enumerate(full["waves"]):
        own = [file for file in files if file.wave == k]
        declared = set(entry.get("without", []))
        problems += unknown_items(f"config.yaml, waves[{k}].without", sorted(declared), items)
        for name, item in kept.items():
            lacking = [f for f in own if name not in {*f.matched, *f.unclear} and _asks(f, item)]
            if not lacking:
                continue
            if name in declared or item.optional:
                declared.add(name)
                continue
            problems.append(
                describe(
                    f"{lacking[0].name}, row 1",
                    f"the item '{name}' has no column (other waves have it)",
                    hint=spelled_alike(name)
                    + f"If the wave did not ask it: waves[{k}].without: [{name}]",
                )
            )
        problems += _silent(k, own, kept, declared)
        without[entry["name"]] = tuple(n for n in kept if n in declared)
    for name, found_in in unlisted.items():
        more = f" and {len(found_in) - 3} more" if len(found_in) > 3 else ""
        problems.append(
            describe(
                f"{', '.join(found_in[:3])}{more}, row 1, column {name}",
                "looks like an item, but the instrument does not list it",
                hint=f"add a row for it to the instrument, or say that it is no item: "
                f"intake.ignore_columns: [{_quoted(name)}]",
            )
        )
    return kept, without, problems


def _asks(file: File, item: Item) -> bool:
    """Whether a file's respondents were asked an item: not where it holds another group's."""
    group = file.fixed.get("group")
    return group is None or not item.groups or str(group) in item.groups


def unknown_items(where: str, names: Sequence[str], items: Mapping) -> list[str]:
    """Words for names that are no items."""
    problems = []
    for name in (n for n in names if n not in items):
        close = nearest(name, items)
        hint = f"did you mean '{close}'?" if close else ""
        problems.append(describe(where, f"'{name}' is not an item", hint=hint))
    return problems


def _nearest_text(item: Item, files: Sequence[File]) -> str:
    """Words for the unmatched column whose question is nearest to the item's."""
    for file in files:
        taken = {k for columns in file.matched.values() for k in columns}
        free = {(c.label or c.name): k for k, c in enumerate(file.look.columns) if k not in taken}
        for text in item.text.values():
            close = nearest(text, free) if text else None
            if close:
                return (f"is it column {free[close] + 1} of {file.name} ('{close[:60]}')? Then "
                        f"columns: {{{item.name}: {free[close] + 1}}} on the wave. ")  # fmt: skip
    return ""


def _silent(k: int, own: Sequence[File], kept: Mapping, declared: set) -> list[str]:
    silent = []
    for name in kept:
        columns = [f.look.columns[c] for f in own for c in f.matched.get(name, ())]
        if columns and not any(c.answered for c in columns) and name not in declared:
            silent.append((name, next(f for f in own if name in f.matched)))
    if not silent:
        return []
    names = [name for name, _ in silent]
    file = silent[0][1]
    column = file.look.columns[file.matched[names[0]][0]].name
    return [
        describe(
            f"{file.name}, column {column}",
            "nobody answered this item" + (f" (nor {', '.join(names[1:])})" if names[1:] else ""),
            hint=f"if the wave did not ask it: waves[{k}].without: [{', '.join(names)}]; "
            "a construct that is left without items leaves this wave's models",
        )
    ]


def _unlisted(full, files, items, mentioned) -> dict[str, list[str]]:
    """Columns that look like items (by name or by answers) but stand in no instrument, with
    the files that have them."""
    stems = {re.sub(r"\d+$", "", name).casefold() for name in items}
    codes = sorted({code for item in items.values() for code in item.codes})
    plain = reader(codes, {})
    ignored = {*mentioned, *full["intake"]["ignore_columns"], *roles_of(full).values()}
    found: dict[str, list[str]] = {}
    for file in files:
        taken = {k for columns in file.matched.values() for k in columns}
        for k, column in enumerate(file.look.columns):
            name = column.name
            if not name or k in taken or name in ignored or column.tool:
                continue
            named = re.search(r"\d$", name) and re.sub(r"\d+$", "", name).casefold() in stems
            statuses = {read_answer(text, plain)[1] for text in column.firsts}
            coded = not column.many and ANSWERED in statuses and INVALID not in statuses
            if named or coded:
                files_with = found.setdefault(name, [])
                files_with += [file.name] * (file.name not in files_with)
    return found


def _quoted(name: str) -> str:
    """A name as it may stand in a list of config.yaml: question texts need quotation marks."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else json.dumps(name, ensure_ascii=False)


def with_responses(
    full: Mapping, k: int, items: Mapping[str, Item], scales: Mapping
) -> tuple[dict[str, Item], list[str]]:
    """Items whose answer scale is another one in wave k, with that scale; problems."""
    changed, problems = {}, []
    where = f"config.yaml, waves[{k}].responses"
    for name, scale in full["waves"][k].get("responses", {}).items():
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
