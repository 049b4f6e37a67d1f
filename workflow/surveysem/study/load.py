"""From config and data files to a Study, or to the list of everything that is wrong."""

import re
from collections.abc import Mapping
from pathlib import Path

from surveysem.errors import describe, nearest
from surveysem.study import claims, consistency, exports, tables
from surveysem.study import config as settings
from surveysem.study.objects import EVERYONE, Model, Study, StudyError, Wave, texts


def load(config: Mapping, root: Path = Path()) -> Study:
    """Build the study below folder `root`. Raises StudyError with all problems at once."""
    study, problems = assemble(config, root)
    if problems:
        raise StudyError(problems)
    return study


def _prune(config: dict) -> dict:
    """The config without what violates the schema, so that the rest can be checked too."""
    for _ in range(100):
        errors = list(settings.Draft202012Validator(settings.schema()).iter_errors(config))
        if not errors:
            break
        error = errors[0]
        path = list(error.absolute_path)
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            for key in [k for k in error.instance if k not in known]:
                del error.instance[key]
        elif path:
            parent = config
            for part in path[:-1]:
                parent = parent[part]
            del parent[path[-1]]
        else:
            return {}
    return config


def assemble(config: Mapping, root: Path) -> tuple[Study | None, list[str]]:
    """The study, and what is wrong with it; None where too much is."""
    full = settings.complete(config)
    problems = settings.problems(full)
    if problems:
        full = settings.complete(_prune(full))
        if not full.get("waves"):
            return None, problems
    scales, found = tables.read_responses(root / full["responses"], full["responses"])
    problems += found
    constructs, found = tables.read_constructs(root / full["constructs"], full["constructs"])
    problems += found
    items, mentioned, hypotheses = {}, set(), {}
    if constructs:
        hypotheses, found = tables.read_hypotheses(
            root / full["hypotheses"], full["hypotheses"], constructs
        )
        problems += found
    if constructs and scales:
        items, mentioned, found = tables.read_instrument(
            root / full["instrument"], full["instrument"], constructs, scales
        )
        problems += found
    if not items:
        return None, problems
    problems += consistency.contradictions(full, items, constructs)
    who = full["respondents"]
    roles = {r: who[r] for r in ("id", "group", "project", "cluster", "weight", "duration", "form")}
    listed = {*mentioned, *filter(None, roles.values()), *full["intake"]["ignore_columns"]}
    looks, found = _look_at_waves(full, root, items, roles, listed)
    problems += found
    if len(looks) < len(full["waves"]):
        return None, problems
    items, without, found = _match_items(full, items, looks, listed)
    problems += found
    if who["group"] and any(who["group"] not in look.header for look in looks):
        return None, problems
    groups, found = _groups(full, looks)
    problems += found
    problems += _group_names(full, groups, items, hypotheses)
    models, found = _models(full, groups, root, (*constructs, *mentioned))
    problems += found
    problems += claims.contradictions(hypotheses, full["hypotheses"])
    problems += claims.loops(models, hypotheses, full["hypotheses"])
    problems += consistency.truth(full, root)
    waves = {
        entry["name"]: Wave(
            name=entry["name"],
            label=texts(entry.get("label", entry["name"])),
            file=entry["file"],
            without=without[entry["name"]],
            header=look.header,
            levels=tuple(look.levels),
        )
        for entry, look in zip(full["waves"], looks, strict=True)
    }
    study = Study(
        config=full,
        languages=tuple(full["languages"]),
        items=items,
        constructs=constructs,
        hypotheses=hypotheses,
        waves=waves,
        groups=groups,
        models=models,
    )
    return study, problems


def _look_at_waves(full, root: Path, items, roles, listed) -> tuple[list[exports.Look], list[str]]:
    names = [entry["name"] for entry in full["waves"]]
    problems = []
    for k, name in enumerate(names):
        if name in names[:k]:
            problems.append(
                describe(
                    f"config.yaml, waves[{k}].name",
                    f"'{name}' names waves[{names.index(name)}] already",
                    hint="give each wave its own name",
                )
            )
    codes = {code for item in items.values() for code in item.codes}
    looks = []
    for k, entry in enumerate(full["waves"]):
        look, found = exports.look(
            root / entry["file"], entry["file"], roles["group"], listed, codes
        )
        if found and ("does not exist" in found[0] or "is a folder" in found[0]):
            found = [f"config.yaml, waves[{k}].file: {found[0]}"]
        problems += found
        if look is None:
            continue
        looks.append(look)
    for role, column in roles.items():
        lacking = [
            entry["file"]
            for entry, look in zip(full["waves"], looks, strict=False)
            if column and column not in look.header
        ]
        if lacking and len(looks) == len(full["waves"]):
            header = next(look.header for look in looks if column not in look.header)
            close = nearest(column, header)
            problems.append(
                describe(
                    f"config.yaml, respondents.{role}",
                    f"the column '{column}' is not in {_files(lacking)}",
                    header,
                    f"did you mean '{close}'?" if close else "",
                )
            )
    return looks, problems


def _files(names: list[str]) -> str:
    """Names of files, the first few."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _unlisted(full, looks, items, listed) -> dict[str, list[str]]:
    """Columns that look like items (by name or by answers) but stand in no instrument, with
    the files that have them."""
    stems = {re.sub(r"\d+$", "", name).casefold() for name in items}
    found: dict[str, list[str]] = {}
    for entry, look in zip(full["waves"], looks, strict=True):
        for name in look.header:
            if not name or name in listed:
                continue
            named = re.search(r"\d$", name) and re.sub(r"\d+$", "", name).casefold() in stems
            if named or name in look.coded:
                found.setdefault(name, []).append(entry["file"])
    return found


def _match_items(full, items, looks, listed):
    """Items that some wave has, and for each wave those that it did not ask.

    An item without column and a column without item that are spelled alike make one
    problem, not two.
    """
    unlisted = _unlisted(full, looks, items, listed)
    present = {name for look in looks for name in look.header}
    problems, without = [], {}
    kept = {name: item for name, item in items.items() if name in present}

    def spelled_alike(name: str) -> str:
        close = nearest(name, [column for column in unlisted if column not in items])
        if close:
            unlisted.pop(close)
            return f"is it the column '{close}'? "
        return ""

    for name in (n for n in items if n not in present and not items[n].optional):
        problems.append(
            describe(
                f"{full['instrument']}, item {name}",
                "no wave's file has a column of this name",
                hint=spelled_alike(name)
                + "Remove the item, or mark it optional (column optional: 1)",
            )
        )
    for k, (entry, look) in enumerate(zip(full["waves"], looks, strict=True)):
        declared = set(entry.get("without", []))
        for name in sorted(declared):
            if name not in items:
                close = nearest(name, items)
                problems.append(
                    describe(
                        f"config.yaml, waves[{k}].without",
                        f"'{name}' is not an item",
                        hint=f"did you mean '{close}'?" if close else "",
                    )
                )
        for name in (n for n in kept if n not in look.header):
            if name in declared or kept[name].optional:
                declared.add(name)
                continue
            problems.append(
                describe(
                    f"{entry['file']}, row 1",
                    f"the item '{name}' has no column (other waves have it)",
                    hint=spelled_alike(name)
                    + f"If the wave did not ask it: waves[{k}].without: [{name}]",
                )
            )
        silent = [n for n in kept if n in look.empty and n not in declared]
        if silent:
            problems.append(
                describe(
                    f"{entry['file']}, column {silent[0]}",
                    "nobody answered this item"
                    + (f" (nor {', '.join(silent[1:])})" if silent[1:] else ""),
                    hint=f"if the wave did not ask it: waves[{k}].without: [{', '.join(silent)}]; "
                    "a construct that is left without items leaves this wave's models",
                )
            )
        without[entry["name"]] = tuple(n for n in kept if n in declared)
    for name, found_in in unlisted.items():
        problems.append(
            describe(
                f"{_files(found_in)}, row 1, column {name}",
                "looks like an item, but the instrument does not list it",
                hint=f"add a row for it to the instrument, or say that it is no item: "
                f"intake.ignore_columns: [{name}]",
            )
        )
    return kept, without, problems


def _groups(full, looks) -> tuple[dict, list[str]]:
    who = full["respondents"]
    if not who["group"]:
        if who["groups"]:
            return {}, [
                describe(
                    "config.yaml, respondents.groups",
                    "groups are listed, but respondents.group names no column",
                    hint="set respondents.group to the column that holds the group",
                )
            ]
        return {EVERYONE: {"en": "All respondents", "zh": "全部受访者"}}, []
    levels: dict[str, tuple[str, int]] = {}
    for entry, look in zip(full["waves"], looks, strict=True):
        for level, row in look.levels.items():
            levels.setdefault(level, (entry["file"], row))
    declared, problems = who["groups"], []
    if EVERYONE in levels:
        file, row = levels[EVERYONE]
        return {}, [
            describe(
                f"{file}, row {row}, column {who['group']}",
                f"a group cannot be called '{EVERYONE}': the results use that name for everyone",
                hint="give the group another name in the file",
            )
        ]
    if not declared:
        return {level: {"*": level} for level in sorted(levels)}, []
    for name in declared:
        if name not in levels:
            problems.append(_no_level(f"config.yaml, respondents.groups.{name}", name, levels))
    for level, (file, row) in levels.items():
        if level not in declared:
            close = nearest(level, declared)
            problems.append(
                describe(
                    f"{file}, row {row}, column {who['group']}",
                    f"'{level}' is not a group of the study",
                    declared,
                    (f"did you mean '{close}'? " if close else "")
                    + "Correct the file, or add the group to respondents.groups",
                )
            )
    return {name: texts(label) for name, label in declared.items()}, problems


def _no_level(where: str, name: str, levels) -> str:
    close = nearest(name, levels)
    return describe(
        where,
        f"the group '{name}' is not in the data of any wave",
        sorted(levels),
        f"did you mean '{close}'?" if close else "",
    )


def _group_names(full, groups, items, hypotheses) -> list[str]:
    """Groups named in the instrument and in the hypotheses have to exist."""
    problems = []
    named = [
        (f"{full['instrument']}, item {item.name}, column groups", item.groups)
        for item in items.values()
    ] + [
        (f"{full['hypotheses']}, hypothesis {h.id}, column groups", h.groups)
        for h in hypotheses.values()
    ]
    seen = set()
    for where, names in named:
        for name in names:
            if name not in groups and (where.split(",")[0], name) not in seen:
                seen.add((where.split(",")[0], name))  # once a file, not once a row
                problems.append(_no_level(where, name, groups))
    return problems


def _models(full, groups, root: Path, known) -> tuple[dict[str, Model], list[str]]:
    models, problems = {}, []
    for name, entry in full["models"].items():
        for k, group in enumerate(entry["groups"]):
            if group not in groups:
                problems.append(_no_level(f"config.yaml, models.{name}.groups[{k}]", group, groups))
        syntax = None
        if entry["syntax"]:
            try:
                syntax = (root / entry["syntax"]).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError):
                where = f"config.yaml, models.{name}.syntax"
                problems.append(describe(where, f"no readable text file {entry['syntax']}"))
            else:
                problems += claims.model_text(syntax, entry["syntax"], known)
        models[name] = Model(
            name=name,
            groups=tuple(entry["groups"]) or tuple(groups),
            estimator=entry["estimator"],
            syntax=syntax,
        )
    return models, problems
