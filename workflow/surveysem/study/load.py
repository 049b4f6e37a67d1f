"""From config and data files to a Study, or to the list of everything that is wrong."""

from collections.abc import Mapping
from pathlib import Path

from surveysem import privacy
from surveysem.errors import describe
from surveysem.study import claims, consistency, occasions, overrides, sampling, tables, waves
from surveysem.study import config as settings
from surveysem.study.grouping import grouping, no_group
from surveysem.study.objects import Model, Study, StudyError, Wave, texts


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
    files, found = waves.look_at(full, root)
    problems += found
    problems += _wave_names(full)
    if len(files) < len(waves.entries(full)):
        return None, problems
    problems += occasions.contradictions(full, files)
    found = waves.match_all(full, files, items)
    problems += found
    if any(not file.matched for file in files):
        return None, problems
    items, without, found = waves.items_of_waves(full, files, items, mentioned)
    problems += found
    if full["respondents"]["group"] and not all(
        "group" in file.matched or "group" in file.fixed for file in files
    ):
        return None, problems
    found_groups, found = grouping(full, files)
    groups = found_groups.groups
    problems += found
    problems += _group_names(full, groups, items, hypotheses)
    models, found = _models(full, groups, root, (*constructs, *mentioned))
    problems += found
    problems += claims.contradictions(hypotheses, full["hypotheses"])
    problems += claims.loops(models, hypotheses, full["hypotheses"])
    problems += consistency.truth(full, root)
    problems += sampling.contradictions(full, groups)
    margins, found = sampling.read_margins(full, root, groups)
    problems += found
    pseudonyms = privacy.pseudonyms(full, root)
    by_hand, found = overrides.read(full, root, pseudonyms)
    problems += found
    found_waves = {}
    for k, entry in enumerate(full["waves"]):
        changed, found = waves.with_responses(full, k, items, scales)
        reworded = tuple(entry.get("reworded", []))
        problems += found
        problems += waves.unknown_items(f"config.yaml, waves[{k}].reworded", reworded, items)
        found_waves[entry["name"]] = Wave(
            name=entry["name"],
            label=texts(entry.get("label", entry["name"])),
            sources=tuple(file.source for file in files if file.wave == k),
            without=without[entry["name"]],
            reworded=reworded,
            changed=changed,
            levels=tuple(found_groups.levels.get(k, ())),
            named=found_groups.named,
        )
    study = Study(
        config=full,
        languages=tuple(full["languages"]),
        items=items,
        constructs=constructs,
        hypotheses=hypotheses,
        waves=found_waves,
        groups=groups,
        models=models,
        pseudonyms=pseudonyms,
        margins=margins,
        overrides=by_hand,
    )
    return study, problems


def _wave_names(full) -> list[str]:
    names = [entry["name"] for entry in full["waves"]]
    return [
        describe(
            f"config.yaml, waves[{k}].name",
            f"'{name}' names waves[{names.index(name)}] already",
            hint="give each wave its own name",
        )
        for k, name in enumerate(names)
        if name in names[:k]
    ]


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
                problems.append(no_group(where, name, groups))
    return problems


def _models(full, groups, root: Path, known) -> tuple[dict[str, Model], list[str]]:
    models, problems = {}, []
    for name, entry in full["models"].items():
        for k, group in enumerate(entry["groups"]):
            if group not in groups:
                problems.append(no_group(f"config.yaml, models.{name}.groups[{k}]", group, groups))
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
