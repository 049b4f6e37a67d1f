"""The exports as RawTables, whatever tool and format they come from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from surveysem.errors import SurveySemError, describe
from surveysem.intake.columns import match
from surveysem.intake.export import read
from surveysem.intake.raw import RawTable
from surveysem.study.config import problems


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """A survey tool's file. entry: how it is read, as on a wave in config.yaml. form: the XLSForm
    that lies elsewhere still, if one is named."""

    path: Path
    entry: Mapping
    table: RawTable
    form: Path | None = None


def entry_of(options: Mapping[str, object]) -> dict:
    """What the command line says of how the exports are read, as on a wave in config.yaml.

    options: format, dialect, encoding, delimiter, sheet and header as texts or None; where: texts
    COLUMN=VALUE. Raises SurveySemError for a text in `where` that is none.
    """
    entry: dict = {key: options[key] for key in ("format", "dialect") if options[key]}
    how = {key: options[key] for key in ("encoding", "delimiter") if options[key]}
    for key in ("sheet", "header"):
        if options[key]:
            how[key] = _typed(str(options[key]))
    where: dict[str, list] = {}
    for text in options["where"]:
        column, sign, value = text.partition("=")
        if not sign or not column.strip():
            hint = "for example --where redcap_event_name=baseline_arm_1"
            raise SurveySemError(describe(f"--where {text}", "is not COLUMN=VALUE", hint=hint))
        where.setdefault(column.strip(), []).append(_typed(value.strip()))
    if how:
        entry["options"] = how
    if where:
        entry["where"] = {c: v[0] if len(v) == 1 else v for c, v in where.items()}
    return entry


def _typed(text: str) -> str | int | bool:
    """A value as YAML would read it: whole numbers, true and false."""
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    return int(text) if text.isdecimal() and (text == "0" or text[0] != "0") else text


def read_exports(
    paths: Sequence[Path], entry: Mapping | None = None, form: Path | None = None
) -> list[Export]:
    """Read survey tools' exports, all in one way.

    entry: format, options, dialect, where, as on a wave in config.yaml. Raises SurveySemError
    with one message if a setting is not allowed or a file cannot be read.
    """
    entry = dict(entry or {})
    wrong = problems({"waves": [{"name": "wave", "file": str(paths[0]), **entry}]})
    if wrong:
        raise SurveySemError("\n".join(_as_option(text) for text in wrong))
    names = [path.name for path in paths]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        hint = "each is copied into data/raw under its name: rename one"
        raise SurveySemError(describe(twice, "two exports have this name", hint=hint))
    if form is None:
        return [Export(path, entry, _read(path, entry)) for path in paths]
    if not form.is_file():
        raise SurveySemError(describe(f"--xlsform {form}", "the file does not exist"))
    there = {**entry, "xlsform": str(form.resolve())}
    own = {**entry, "xlsform": form.name}
    return [Export(path, own, _read(path, there), form) for path in paths]


def _as_option(text: str) -> str:
    """A problem of a wave's key as one of the option that sets it."""
    lines = [line for line in text.splitlines() if "quotation marks" not in line]
    return re.sub(r"config\.yaml, waves\[0\]\.(options\.)?", "--", "\n".join(lines))


def _read(path: Path, entry: Mapping) -> RawTable:
    if path.is_dir():
        raise SurveySemError(describe(str(path), "is a folder, not a file"))
    try:
        table = read(path, path.name, entry)
    except FileNotFoundError:
        raise SurveySemError(describe(str(path), "the file does not exist")) from None
    if not len(table.rows):
        raise SurveySemError(describe(path.name, "the file has a header and no answers"))
    return table


def told(table: RawTable, items: Mapping[int, str], texts: Mapping[str, str]) -> dict[str, int]:
    """Item to its column's number (from 1), for those that intake would not find by itself."""
    wanted = {name: [texts[name]] for name in items.values()}
    names, labels = [c.name for c in table.columns], [c.label for c in table.columns]
    stems = [c.stem for c in table.columns]
    found = match(names, labels, wanted, {}, file=table.file, where="", stems=stems).columns
    return {name: k + 1 for k, name in items.items() if found.get(name) != (k,)}
