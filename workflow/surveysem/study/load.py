"""From config and data files to a Study, or to the list of everything that is wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from surveysem import privacy
from surveysem.errors import describe
from surveysem.study import (
    claims,
    consistency,
    coverage,
    levels,
    occasions,
    overrides,
    sampling,
    sources,
    tables,
    waves,
)
from surveysem.study import config as settings
from surveysem.study.grouping import Grouping, grouping
from surveysem.study.objects import (
    Construct,
    Hypothesis,
    Item,
    Model,
    Study,
    StudyError,
    Wave,
    texts,
)


def load(config: Mapping, root: Path = Path()) -> Study:
    """Build the study below folder `root`. Raises StudyError with all problems at once."""
    study, problems = assemble(config, root)
    if problems:
        raise StudyError(problems)
    return study


def assemble(config: Mapping, root: Path) -> tuple[Study | None, list[str]]:
    """The study, and everything that is wrong with it.

    What is wrong in one place keeps nothing else from being looked at. A study with problems
    holds what could be read, for further checks of its answers; None where that is nothing.
    """
    full = settings.complete(config)
    problems = settings.problems(full)
    if problems:
        full = settings.complete(settings.usable(full))
    parts, found = _tables(full, root)
    problems += found
    problems += consistency.contradictions(full, parts.items or {}, parts.constructs or {})
    problems += _wave_names(full)
    files, found = sources.look_at(full, root)
    problems += occasions.contradictions(full, files)
    problems += found
    files, found = waves.match_all(full, files, parts.items)
    problems += found
    complete = len(files) == len(sources.entries(full)) > 0
    kept, without = {}, {}
    if parts.items:
        kept, without, found = coverage.items_of_waves(
            full, files, parts.items, parts.mentioned, complete
        )
        problems += found
    groups, found = grouping(full, files, complete)
    problems += found
    problems += _group_names(full, groups, kept if complete else parts.items or {}, parts)
    models, found = _models(full, groups, root, parts)
    problems += found
    problems += claims.contradictions(parts.hypotheses, full["hypotheses"])
    problems += claims.loops(models, parts.hypotheses, full["hypotheses"])
    problems += consistency.truth(full, root)
    problems += sampling.contradictions(full, groups)
    margins, found = sampling.read_margins(full, root, groups)
    problems += found
    problems += levels.margins(full, _whole_waves(full, files), groups, margins)
    problems += levels.allowed_answers(full, files, groups)
    pseudonyms, found = _pseudonyms(full, root)
    problems += found
    by_hand, found = overrides.read(full, root, pseudonyms)
    problems += found
    found_waves, found = _waves(full, files, kept, without, groups, parts.scales or {})
    problems += found
    if not found_waves or not kept:
        return None, problems
    study = Study(
        config=full,
        languages=tuple(full["languages"]),
        items=kept,
        constructs=parts.constructs or {},
        hypotheses=parts.hypotheses,
        waves=found_waves,
        groups=groups.groups,
        models=models,
        pseudonyms=pseudonyms,
        margins=margins,
        overrides=by_hand,
        answers={name: scale["texts"] for name, scale in (parts.scales or {}).items()},
    )
    return study, problems


@dataclass(frozen=True, slots=True)
class _Tables:
    """The study's CSV files; None where one does not tell. mentioned: names of items, those of
    faulty rows included."""

    scales: Mapping[str, Mapping] | None
    constructs: Mapping[str, Construct] | None
    items: Mapping[str, Item] | None
    mentioned: set[str]
    hypotheses: Mapping[str, Hypothesis]


def _tables(full: Mapping, root: Path) -> tuple[_Tables, list[str]]:
    shown = {key: full[key] for key in ("responses", "constructs", "hypotheses", "instrument")}
    paths = {key: root / name for key, name in shown.items()}
    scales, problems = tables.read_responses(paths["responses"], shown["responses"])
    constructs, found = tables.read_constructs(paths["constructs"], shown["constructs"])
    hypotheses, more = tables.read_hypotheses(paths["hypotheses"], shown["hypotheses"], constructs)
    items, mentioned, rest = tables.read_instrument(
        paths["instrument"], shown["instrument"], constructs, scales
    )
    return _Tables(scales, constructs, items or None, mentioned, hypotheses), [
        *problems,
        *found,
        *more,
        *rest,
    ]


def _pseudonyms(full: Mapping, root: Path) -> tuple[Mapping[str, str], list[str]]:
    """What plans are told of the respondents' key, which is made at first use."""
    try:
        return privacy.pseudonyms(full, root), []
    except OSError as error:
        where, found = str(privacy.KEY), f"cannot be made or read: {error.strerror}"
        hint = "the key of the respondents' ids lies there: make the study's folder writable"
        return {"published": "no key"}, [describe(where, found, hint=hint)]


def _whole_waves(full: Mapping, files: Sequence[sources.File]) -> list[sources.File]:
    """The files of waves of which no file is missing."""
    wanted = Counter(k for _, k, _ in sources.entries(full))
    have = Counter(file.wave for file in files)
    return [file for file in files if have[file.wave] == wanted[file.wave]]


def _waves(full, files, items, without, groups, scales) -> tuple[dict[str, Wave], list[str]]:
    """The waves whose files could be read; problems."""
    found_waves, problems = {}, []
    whole = _whole_waves(full, files)
    for k, entry in sources.numbered(full):
        changed, found = waves.with_responses(full, k, items, scales)
        reworded = tuple(entry.get("reworded", []))
        problems += found
        where = f"config.yaml, waves[{k}].reworded"
        problems += coverage.unknown_items(where, reworded, items)
        own = [file for file in whole if file.wave == k]
        if not own:
            continue
        found_waves[entry["name"]] = Wave(
            name=entry["name"],
            label=texts(entry.get("label", entry["name"])),
            sources=tuple(file.source for file in own),
            without=without.get(entry["name"], ()),
            reworded=reworded,
            changed=changed,
            levels=tuple(groups.levels.get(k, ())),
            named=groups.named,
        )
    return found_waves, problems


def _wave_names(full) -> list[str]:
    first: dict[str, int] = {}
    return [
        describe(
            f"config.yaml, waves[{k}].name",
            f"'{entry['name']}' names waves[{first[entry['name']]}] already",
            hint="give each wave its own name",
        )
        for k, entry in sources.numbered(full)
        if entry["name"] and first.setdefault(entry["name"], k) != k
    ]


def _group_names(full, groups: Grouping, items, parts: _Tables) -> list[str]:
    """Groups named in the instrument and in the hypotheses have to exist."""
    problems = []
    named = [
        (f"{full['instrument']}, item {item.name}, column groups", item.groups)
        for item in items.values()
    ] + [
        (f"{full['hypotheses']}, hypothesis {h.id}, column groups", h.groups)
        for h in parts.hypotheses.values()
    ]
    seen = set()
    for where, names in named:
        for name in names:
            if (where.split(",")[0], name) not in seen:
                seen.add((where.split(",")[0], name))  # once a file, not once a row
                problems += groups.unknown(where, name)
    return problems


def _models(
    full, groups: Grouping, root: Path, parts: _Tables
) -> tuple[dict[str, Model], list[str]]:
    models, problems = {}, []
    known = None
    if parts.constructs is not None and parts.items is not None:
        known = (*parts.constructs, *parts.mentioned)
    for name, entry in full["models"].items():
        for k, group in enumerate(entry["groups"]):
            problems += groups.unknown(f"config.yaml, models.{name}.groups[{k}]", group)
        syntax = None
        if entry["syntax"]:
            syntax, found = _model_text(root, entry["syntax"], f"config.yaml, models.{name}.syntax")
            problems += found
            if syntax is not None:
                problems += claims.model_text(syntax, entry["syntax"], known)
        models[name] = Model(
            name=name,
            groups=tuple(entry["groups"]) or tuple(groups.groups),
            estimator=entry["estimator"],
            syntax=syntax,
        )
    return models, problems


def _model_text(root: Path, shown: str, where: str) -> tuple[str | None, list[str]]:
    try:
        return (root / shown).read_text(encoding="utf-8-sig"), []
    except (FileNotFoundError, NotADirectoryError):
        return None, [describe(where, f"the file {shown} does not exist")]
    except UnicodeDecodeError as error:
        found = f"{shown} is no UTF-8 text (byte {error.start})"
        hint = "save the model as a text file in UTF-8, not as a document of Word"
        return None, [describe(where, found, hint=hint)]
    except OSError as error:
        return None, [describe(where, f"{shown} cannot be opened: {error.strerror}")]
