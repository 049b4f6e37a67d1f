"""Which wave asked which items: what a file lacks of the instrument, and the reverse."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from surveysem.errors import describe, nearest
from surveysem.intake.answers import ANSWERED, INVALID, Reader, read_answer, reader
from surveysem.intake.look import Seen
from surveysem.study.objects import Item
from surveysem.study.sources import File, numbered, roles_of
from surveysem.text import text_key

MOST_ANSWERS = 11  # of a rating scale, as `init` takes it
SHOWN = 3  # files named in one message


def items_of_waves(
    full: Mapping,
    files: Sequence[File],
    items: Mapping[str, Item],
    mentioned: set[str],
    complete: bool,
) -> tuple[dict[str, Item], dict[str, tuple[str, ...]], list[str]]:
    """Items that some wave has, and for each wave those that it did not ask; problems.

    complete: whether `files` are all of them. An item without column and a column without
    item that are alike make one problem, not two.
    """
    unlisted = _unlisted(full, files, items, mentioned)
    present = {name for file in files for name in file.matched}
    kept = {name: item for name, item in items.items() if name in present}
    unclear = {name for file in files for name in file.unclear}
    absent = [n for n in items if n not in {*present, *unclear} and not items[n].optional]
    if not complete:
        absent = [n for n in absent if _is_due(full, files, items[n])]
    problems = _absent(full, {n: _candidate(items[n], files, unlisted) for n in absent})
    without = {}
    for k, entry in numbered(full):
        own = [file for file in files if file.wave == k]
        declared = set(entry.get("without", []))
        problems += unknown_items(f"config.yaml, waves[{k}].without", sorted(declared), items)
        lacking: dict[str, dict[str, str]] = {}
        for name, item in kept.items():
            where = [f for f in own if name not in {*f.matched, *f.unclear} and _asks(f, item)]
            if not where:
                continue
            if name in declared or item.optional:
                declared.add(name)
                continue
            found = lacking.setdefault(where[0].name, {})
            found[name] = _candidate(item, where, unlisted)
        problems += [_lacking(file, k, found) for file, found in lacking.items()]
        problems += _silent(k, own, kept, declared)
        without[entry["name"]] = tuple(n for n in kept if n in declared)
    return kept, without, [*problems, *_unlisted_words(unlisted, items)]


def _asks(file: File, item: Item) -> bool:
    """Whether a file's respondents were asked an item: not where it holds another group's."""
    group = file.fixed.get("group")
    return group is None or not item.groups or str(group) in item.groups


def _is_due(full: Mapping, files: Sequence[File], item: Item) -> bool:
    """Whether one of `files` should have an item, so that the others need not be looked at."""
    without = {k: entry.get("without", []) for k, entry in numbered(full)}
    return any(item.name not in without[file.wave] and _asks(file, item) for file in files)


def unknown_items(where: str, names: Sequence[str], items: Mapping) -> list[str]:
    """Words for names that are no items."""
    problems = []
    for name in (n for n in names if n not in items):
        close = nearest(name, items)
        hint = f"did you mean '{close}'?" if close else ""
        problems.append(describe(where, f"'{name}' is not an item", hint=hint))
    return problems


def _candidate(item: Item, files: Sequence[File], unlisted: dict[str, list[str]]) -> str:
    """The free column whose name is nearest to an item's, or whose question holds the item's or is
    nearest to it, in words; it is then no
    column without item any more."""
    close = nearest(item.name, unlisted)
    if close:
        unlisted.pop(close)
        return f"is it the column '{close}'?"
    for file in files:
        taken = {k for columns in file.matched.values() for k in columns}
        free = {(c.label or c.name): k for k, c in enumerate(file.look.columns) if k not in taken}
        for text in filter(text_key, item.text.values()):
            holding = [column for column in free if text_key(text) in text_key(column)]
            close = holding[0] if len(holding) == 1 else nearest(text, free)
            if close:
                k = free[close]
                unlisted.pop(file.look.columns[k].name, None)
                return (f"is it column {k + 1} of {file.name} ('{close[:60]}')? Then "
                        f"columns: {{{item.name}: {k + 1}}} on the wave.")  # fmt: skip
    return ""


def _absent(full: Mapping, candidates: Mapping[str, str]) -> list[str]:
    """Words for items that no file has."""
    if len(candidates) == 1:
        (name, candidate), *_ = candidates.items()
        way_out = "Remove the item, or mark it optional (column optional: 1)"
        return [
            describe(
                f"{full['instrument']}, item {name}",
                "no wave's file has a column of this name or with this question",
                hint=" ".join(filter(None, [candidate, way_out])),
            )
        ]
    if not candidates:
        return []
    return [
        describe(
            full["instrument"],
            f"no wave's file has a column for {len(candidates)} items, neither of their name nor "
            f"with their question: {_each(candidates)}",
            hint="say which columns hold them (columns: on the wave), remove the items, or mark "
            "them optional (column optional: 1)",
        )
    ]


def _lacking(file: str, k: int, candidates: Mapping[str, str]) -> str:
    """Words for items that a file of wave k has not, though another wave's has them."""
    names = ", ".join(candidates)
    without = f"waves[{k}].without: [{names}]"
    if len(candidates) == 1:
        found = f"the item '{names}' has no column (other waves have it)"
        hint = f"{candidates[names]} If the wave did not ask it: {without}".strip()
    else:
        found = f"{len(candidates)} items have no column (other waves have them): "
        found += _each(candidates)
        hint = f"if the wave did not ask them: {without}"
    return describe(f"{file}, row 1", found, hint=hint)


def _each(candidates: Mapping[str, str]) -> str:
    """Names, each with what it may be."""
    return ", ".join(
        f"{name} ({candidate})" if candidate else name for name, candidate in candidates.items()
    )


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
    """Columns that look like items but stand in no instrument, with the files that have them."""
    stems = {_stem(name) for name in items}
    plain = reader(sorted({code for item in items.values() for code in item.codes}), {})
    ignored = {*mentioned, *full["intake"]["ignore_columns"], *roles_of(full).values()}
    found: dict[str, list[str]] = {}
    for file in files:
        for column in _free(file):
            if column.name not in ignored and _like_an_item(column, file.look.rows, stems, plain):
                files_with = found.setdefault(column.name, [])
                files_with += [file.name] * (file.name not in files_with)
    return found


def _free(file: File) -> Iterator[Seen]:
    """Columns with a name that fit nothing, but for the survey tool's own."""
    taken = {k for columns in file.matched.values() for k in columns} | file.contested
    for k, column in enumerate(file.look.columns):
        if column.name and k not in taken and not column.tool:
            yield column


def _stem(name: str) -> str:
    return re.sub(r"\d+$", "", name).casefold()


def _like_an_item(column: Seen, rows: int, stems: set[str], plain: Reader) -> bool:
    """Whether a column's answers are all codes of the study, or it is named as an item but for
    the number and has the answers of a scale: few, and given repeatedly, unlike free text."""
    if column.many:
        return False
    answers = {read_answer(text, plain) for text in column.firsts}
    given = {code for code, status in answers if status == ANSWERED}
    # One code in some rows is the tick of a box: several choices have such columns.
    ticked = len(given) == 1 and column.answered < rows
    if given and not ticked and not any(status == INVALID for _, status in answers):
        return True
    few = 0 < len(column.firsts) <= MOST_ANSWERS and column.answered > len(column.firsts)
    named = re.search(r"\d$", column.name) and _stem(column.name) in stems
    return bool(named and (few or column.values))


def _unlisted_words(unlisted: Mapping[str, list[str]], items: Mapping) -> list[str]:
    """One message for the columns that the same files have."""
    by_files: dict[tuple[str, ...], list[str]] = {}
    for name, files in unlisted.items():
        by_files.setdefault(tuple(files), []).append(name)
    problems = []
    for files, names in by_files.items():
        more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
        where = f"{', '.join(files[:SHOWN])}{more}, row 1"
        quoted = ", ".join(map(_quoted, names))
        if len(names) == 1:
            where += f", column {names[0]}"
            found = "looks like an item, but the instrument does not list it"
            hint = "add a row for it to the instrument, or say that it is no item: "
        else:
            close = {name: nearest(name, items) for name in names}
            near = {name: f"near '{item}'" if item else "" for name, item in close.items()}
            found = f"{len(names)} columns look like items, but the instrument does not list them: "
            found += _each(near)
            hint = "add a row for each to the instrument, or say that they are no items: "
        hint += f"intake.ignore_columns: [{quoted}]"
        problems.append(describe(where, found, hint=hint))
    return problems


def _quoted(name: str) -> str:
    """A name as it may stand in a list of config.yaml: question texts need quotation marks."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else json.dumps(name, ensure_ascii=False)
