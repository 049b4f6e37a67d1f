"""The waves' files: looked at, and their columns matched to items and respondents."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from surveysem.errors import SurveySemError, describe, nearest
from surveysem.intake import look as looks
from surveysem.intake.columns import Matches, match
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


def numbered(full: Mapping) -> list[tuple[int, dict]]:
    """The waves' entries with their numbers, without those that are no entries."""
    return [(k, entry) for k, entry in enumerate(full["waves"]) if entry is not None]


def names(full: Mapping) -> list[str]:
    """Names of the waves."""
    return [entry["name"] for _, entry in numbered(full)]


def entries(full: Mapping) -> list[tuple[str, int, dict]]:
    """Every file's config key, wave number and settings, the wave's own filled in."""
    found = []
    for k, wave in numbered(full):
        own = {key: wave[key] for key in (*OPTIONS, "columns", "set") if wave.get(key)}
        if wave.get("file"):
            found.append((f"config.yaml, waves[{k}]", k, {**own, "file": wave["file"]}))
        for j, part in enumerate(wave.get("files") or []):
            if part is None:
                continue
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
        except (FileNotFoundError, NotADirectoryError):
            hint = _where_it_may_be(root, shown)
            problems.append(
                describe(f"{where}.file: {shown}", "the file does not exist", hint=hint)
            )
            continue
        except OSError as error:
            found = f"cannot be opened: {error.strerror}"
            problems.append(describe(f"{where}.file: {shown}", found))
            continue
        except SurveySemError as error:
            problems.append(str(error))
            continue
        if not found.rows:
            hint = _other_sheets(found)
            problems.append(describe(shown, "the file has a header and no answers", hint=hint))
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


def _where_it_may_be(root: Path, shown: str) -> str:
    """A hint for a file that does not exist: the path as it may be meant, or what is there."""
    plain = shown.strip("'\"‘’“”「」 ").replace("\\", "/")
    if plain != shown and (root / plain).is_file():
        return f"did you mean {plain}? (plain quotation marks or none, and / between folders)"
    alike = [path for path in (root / "data").rglob("*") if _same_name(path, plain)][:3]
    if alike:
        return f"did you mean {' or '.join(str(path.relative_to(root)) for path in alike)}?"
    folder = (root / shown).parent
    there = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    there = [name for name in there if not name.startswith(".")][:10]
    return f"the folder has: {', '.join(there)}" if there else "check the path in config.yaml"


def _same_name(path: Path, shown: str) -> bool:
    return path.is_file() and path.name.casefold() == Path(shown).name.casefold()


def _other_sheets(look: looks.Look) -> str:
    """A hint for a workbook of several sheets of which one was read."""
    sheet = dict(look.findings).get("sheet", "")
    return (
        f"the sheet {sheet}: name another in options: {{sheet: ...}}" if "not read" in sheet else ""
    )


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
    file.unclear = found.unclear | set(doubled)
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
        + (f"; {others}" if (others := _other_sheets(file.look)) else ""),
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
