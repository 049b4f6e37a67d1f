"""Which column of a file holds which item: by name, by the question's text, or as told.

Imports nothing heavy. Nothing is guessed: what fits in two ways is a problem, what nearly
fits is a hint.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from surveysem.errors import describe, nearest
from surveysem.text import normalise, text_key

# Numbering before a question: '12. ', '1、', 'Q3) ', '第2题 '
_NUMBERING = re.compile(
    r"\W*(?:q|question|第)?\s*\d+(?:[.]\d+)*\s*(?:[.、:)]|题\W?|\s-\s)\s*", re.I
)
# What stands between a matrix' question and its row: 'stem [row]', 'stem - row', 'stem—row'
_SEPARATOR = re.compile(r"\s[-–—]\s|—+|\[|:\s|\s\|\s")
_LAST_PART = re.compile(r"[^/.\[\]]+(?=\]?$)")

Reference = str | int


@dataclass(frozen=True, slots=True)
class Matches:
    """columns: what was looked for (items and roles) to the positions of its columns.

    how: name, text or config. problems: worded, of the `unclear` ones; those of a thing that
    was not found are the caller's, who knows whether it may lack. contested: positions of
    columns that fit something unclear.
    """

    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unclear: set[str] = field(default_factory=set)
    contested: set[int] = field(default_factory=set)


def match(
    names: Sequence[str],
    labels: Sequence[str],
    wanted: Mapping[str, Iterable[str]],
    told: Mapping[str, Reference | Sequence[Reference]],
    *,
    file: str,
    where: str,
    stems: Sequence[str] = (),
) -> Matches:
    """Columns (with `names` and question texts `labels`) of everything `wanted`.

    stems: what several columns' questions share, where a label is one row of them.

    wanted: name of an item or role to the texts that its question may have, in any
    language. told: from the config, to the column's name, text or number (from 1), or several
    of them where groups answered in columns of their own. where: the config key of `told`.
    """
    found = Matches()
    ways = (
        ("name", lambda name, _: [k for k, n in enumerate(names) if n == name]),
        ("name", lambda name, _: _folded(name, names)),
        ("name", lambda name, _: _last_parts(name, names)),
        ("text", lambda _, texts: _texts(texts, names, labels)),
        ("text", lambda _, texts: _whole_texts(texts, stems, labels)),
    )
    several: dict[str, list[int]] = {}
    for name, texts in wanted.items():
        if name in told:
            columns, problems = referred(name, told[name], names, labels, file, where)
            found.problems.extend(problems)
            if problems:
                found.unclear.add(name)
            else:
                found.columns[name], found.how[name] = tuple(columns), "config"
            continue
        for how, way in ways:
            columns = way(name, texts)
            if len(columns) > 1:
                several[name] = columns
                found.unclear.add(name)
                found.contested.update(columns)
            if columns:
                if len(columns) == 1:
                    found.columns[name], found.how[name] = tuple(columns), how
                break
    if several:
        found.problems.append(_ambiguous(several, names, labels, file, where))
    found.problems.extend(_claimed_twice(found, names, labels, file, where))
    return found


def _folded(name: str, names: Sequence[str]) -> list[int]:
    return [k for k, other in enumerate(names) if normalise(other) == normalise(name)]


def _last_parts(name: str, names: Sequence[str]) -> list[int]:
    """'group/item', 'group.item' and 'Q1[item]' hold the item's name last."""
    parts = [_LAST_PART.search(other) for other in names]
    return [k for k, part in enumerate(parts) if part and part[0] == name]


def keys(text: str) -> set[str]:
    """The texts, folded, that a header may mean: whole, without numbering, its last parts."""
    text = unicodedata.normalize("NFKC", text)
    starts = {0, *(found.end() for found in _SEPARATOR.finditer(text))}
    numbering = _NUMBERING.match(text)
    if numbering:
        starts.add(numbering.end())
    return {text_key(text[start:]) for start in starts} - {""}


def _texts(texts: Iterable[str], names: Sequence[str], labels: Sequence[str]) -> list[int]:
    wanted = {text_key(text) for text in texts} - {""}
    return [
        k for k, (name, label) in enumerate(zip(names, labels, strict=True))
        if wanted & (keys(label) | keys(name))
    ]  # fmt: skip


def _whole_texts(texts: Iterable[str], stems: Sequence[str], labels: Sequence[str]) -> list[int]:
    wanted = {text_key(text) for text in texts} - {""}
    pairs = enumerate(zip(stems, labels, strict=True)) if stems else ()
    return [k for k, (stem, label) in pairs if stem and text_key(stem + label) in wanted]


def referred(
    name: str, given, names: Sequence[str], labels: Sequence[str], file: str, where: str
) -> tuple[list[int], list[str]]:
    """Positions of the columns that the config gives for `name` (see `match`), and problems."""
    columns, problems = [], []
    for reference in given if isinstance(given, (list, tuple)) else [given]:
        if isinstance(reference, int):
            hits = [reference - 1] if 1 <= reference <= len(names) else []
        else:
            hits = [k for k, other in enumerate(names) if other == reference]
            hits = hits or _folded(reference, names) or _texts([reference], names, labels)
        if len(hits) == 1:
            columns += hits
            continue
        place = f"{where}.columns.{name}"
        if hits:
            problems.append(_ambiguous({name: hits}, names, labels, file, where, place))
            continue
        known = [*filter(None, names), *filter(None, labels)]
        close = nearest(reference, known) if isinstance(reference, str) else None
        ways = "name, question text or number (from 1)"
        if isinstance(reference, int):
            ways = f"numbers go from 1 to {len(names)}"
        problems.append(
            describe(
                place,
                f"{file} has no column '{reference}'",
                [n or lab for n, lab in zip(names, labels, strict=True) if n or lab],
                f"did you mean '{close}'?" if close else ways,
            )
        )
    return columns, problems


def _shown(k: int, names: Sequence[str], labels: Sequence[str]) -> str:
    label = f" ({labels[k][:60]})" if labels[k] and labels[k] != names[k] else ""
    return f"column {k + 1} '{names[k][:80]}'{label}"


def _ambiguous(several: Mapping[str, Sequence[int]], names, labels, file, where, place="") -> str:
    """Words for everything that fits more than one column."""
    each = [
        f"{len(columns)} columns fit '{name}': "
        + "; ".join(_shown(k, names, labels) for k in columns[:6])
        for name, columns in several.items()
    ]
    first = ", ".join(f"{name}: {columns[0] + 1}" for name, columns in several.items())
    which = "which one" if len(several) == 1 else "which ones"
    return describe(
        place or f"{file}, row 1",
        "\n  ".join(each),
        hint=f"say {which}: {where}.columns: {{{first}}} (name or number; a list where groups "
        "answered in columns of their own)",
    )


def _claimed_twice(found: Matches, names, labels, file, where) -> list[str]:
    owners: dict[int, list[str]] = {}
    for name, columns in found.columns.items():
        for k in columns:
            owners.setdefault(k, []).append(name)
    return [
        describe(
            f"{file}, row 1, {_shown(k, names, labels)}",
            f"fits {' and '.join(who)}",
            hint=f"say which columns hold them: {where}.columns",
        )
        for k, who in owners.items()
        if len(who) > 1
    ]
