"""The waves' files as the config names them, looked at."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from surveysem.errors import SurveySemError, describe
from surveysem.intake import look as looks
from surveysem.intake.look import OPTIONS, TOLD
from surveysem.study.objects import Source

ROLES = ("id", "group", "project", "cluster", "weight", "duration", "form")
CACHE = Path(".snakemake") / "surveysem" / "looks"


@dataclass(slots=True)
class File:
    """One file of a wave as the config names it, and what was found in it.

    where: its config key. wave: number of its wave. fixed: role to the value of all its
    rows. told: its `columns`. matched: item or role to positions of columns. unclear, contested:
    items that several columns fit, and positions of these columns.
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
    contested: set[int] = field(default_factory=set)

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
        options = _options(entry, path, root)
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
            hint = other_sheets(found)
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


def other_sheets(look: looks.Look) -> str:
    """A hint for a workbook of several sheets of which one was read."""
    sheet = dict(look.findings).get("sheet", "")
    return (
        f"the sheet {sheet}: name another in options: {{sheet: ...}}" if "not read" in sheet else ""
    )


def _options(entry: Mapping, path: Path, root: Path) -> dict:
    """What reading the file has to know (see export.read)."""
    options = {key: entry[key] for key in OPTIONS if entry.get(key)}
    form = options.get("xlsform")
    if form and not (path.parent / form).is_file() and (root / form).is_file():
        # It may be given from the study's folder, as the export itself is.
        options["xlsform"] = Path(os.path.relpath(root / form, path.parent)).as_posix()
    told = {role: entry["columns"][role] for role in TOLD if role in entry.get("columns", {})}
    return options | ({"told": told} if told else {})
