"""Columns that belong together: guessed constructs and their answer scales."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from surveysem.study.draft import reasons
from surveysem.study.draft.answers import MOST, Kind, Seen
from surveysem.text import normalise

STEM, MATRIX = "the name's stem", "the matrix question"
NEIGHBOURS, SINGLE = "neighbours with the same answers", "its answers alone"
GENERIC = {"q", "v", "var", "x", "col", "column", "item", "question", "f", "s", "sq", "a", "row",
           "题", "问题"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """A guessed construct: its columns, their common answers, what it was guessed from, and
    the stem or matrix question that names it."""

    columns: tuple[Seen, ...]
    kind: Kind
    source: str
    name: str


def stem(name: str) -> str:
    """What numbered names share: 'pp' of pp1, 'Q3' of Q3_1 and of Q3a; '' for other names."""
    base = re.split(r"[/]", name)[-1]
    bracket = re.fullmatch(r"(.+?)\[.+\]", base)
    if bracket:
        return bracket[1]
    parts = re.fullmatch(r"(.+?)[_.#-]+\d+", base) or re.fullmatch(r"(.*\d)[a-qs-zA-QS-Z]", base)
    parts = parts or re.fullmatch(r"(.*?[^\W\d])\d+[rR]?", base)
    return parts[1].rstrip("_.#-") if parts and " " not in base else ""


def _own(stem: str) -> str:
    """A stem that its author chose; '' for those that survey tools give."""
    return "" if stem.casefold() in GENERIC else stem


def _code(name: str) -> str:
    """A subquestion's own code: 'sat1' of Q3[sat1], where one matrix holds several scales."""
    bracket = re.fullmatch(r"[^\[\]]+\[(.+)\]", name)
    return bracket[1] if bracket else ""


def matrix(label: str) -> str:
    """The question above the statements of a matrix: 'How true? - I sleep well' has 'How true?'."""
    bracket = re.fullmatch(r"\s*(\S.*?)\s*\[[^\]]+\]\s*", label)
    if bracket:
        return bracket[1]
    head, dash, tail = label.rpartition(" - ")
    if not dash:
        head, dash, tail = label.rpartition("—")
    return head.strip() if dash and tail.strip() and len(head) >= 5 else ""


def guess(seen: Sequence[Seen], *, alone: bool = True) -> list[Guess]:
    """Constructs in the order of the file, each with two columns or more, or with one whose
    answers are an ordered list in words. alone: without any, each rating question is one."""
    left, found = [c for c in seen if c.kind], []
    ways: list[tuple[str, Callable[[Seen], str]]] = [
        ("the stem of codes in brackets", lambda c: _own(stem(_code(c.name)))),
        (STEM, lambda c: _own(stem(c.name))),
        (MATRIX, lambda c: c.stem or matrix(c.question)),
        ("the names' beginning", lambda c: _path(c.name)),
    ]
    for source, key in ways:
        for name in dict.fromkeys(map(key, left)):
            mine = [c for c in left if key(c) == name] if name else []
            for part in _alike(mine):
                if len(part) > 1:
                    found.append(_guess(part, source, name))
        taken = {c.at for g in found for c in g.columns}
        left = [c for c in left if c.at not in taken]
    for k, g in enumerate(found):
        free = [c for c in seen if not any(c in other.columns for other in found)]
        found[k] = _with_narrow(g, free)
    for run in runs(left):
        # bare numbers and unknown words are alike by chance more easily
        enough = 3 if run[0].kind.how in ("numbers", "texts") else 2
        if len(run) >= enough or run[0].kind.how in ("known", "numbered"):
            found.append(_guess(run, NEIGHBOURS, _common(run)))
    if not found and alone:
        # rating questions of one item each: better than no study
        found = [_guess([c], SINGLE, "") for c in left if c.kind.how in ("labelled", "numbers")]
    return sorted(found, key=lambda g: g.columns[0].at)


def _with_narrow(g: Guess, free: Sequence[Seen]) -> Guess:
    """The construct with the free columns of its name or matrix of which one answer or two were
    given: alone they make no scale, among others they belong to it."""
    keys = {STEM: lambda c: stem(c.name), MATRIX: lambda c: c.stem or matrix(c.question)}
    key = keys.get(g.source)
    labels = {normalise(label) for _, label in g.kind.steps.values()}
    more = [
        c
        for c in free
        if key and not c.tool and c.reason in (reasons.ONE, reasons.TWO) and key(c) == g.name
        and all(map(g.kind.has, c.counts))
        and all(normalise(label) in labels for label in c.values.values())
    ]  # fmt: skip
    columns = sorted((*g.columns, *more), key=lambda c: c.at)
    return replace(g, columns=tuple(columns))


def _guess(columns: Sequence[Seen], source: str, name: str) -> Guess:
    return Guess(tuple(columns), joint([c.kind for c in columns]), source, name)


def _path(name: str) -> str:
    return name.rpartition("/")[0] if " " not in name else ""


def _common(run: Sequence[Seen]) -> str:
    """What the names of a run begin with, if it is more than a letter."""
    letters = zip(*(c.name for c in run), strict=False)
    same = itertools.takewhile(lambda at: len(set(at)) == 1, letters)
    prefix = "".join(at[0] for at in same).rstrip("_.- 0123456789")
    return prefix if len(run) > 1 and len(prefix) > 1 else ""


def _alike(columns: Sequence[Seen]) -> list[list[Seen]]:
    """Columns parted by their answers."""
    parts: list[list[Seen]] = []
    for column in columns:
        for part in parts:
            if alike(part, column):
                part.append(column)
                break
        else:
            parts.append([column])
    return parts


def alike(part: Sequence[Seen], column: Seen) -> bool:
    """Whether a column has the answers of all columns of `part`."""
    if part[0].kind.key != column.kind.key:
        return False
    if column.kind.how == "texts":
        union = {v for c in part for v in c.kind.steps} | set(column.kind.steps)
        shared = {v for c in part for v in c.kind.steps} & set(column.kind.steps)
        return len(shared) > 1 and len(union) <= 7
    if column.kind.how in ("numbers", "numbered"):
        ends = [[code for code, _ in c.kind.steps.values()] for c in (*part, column)]
        lows, highs = [min(e) for e in ends], [max(e) for e in ends]
        near = max(lows) - min(lows) <= 2 and max(highs) - min(highs) <= 2
        return near and max(highs) - min(lows) < MOST and _agree([*part, column])
    return True


def _agree(columns: Sequence[Seen]) -> bool:
    """Whether no code has two labels; a bare number is none."""
    labels: dict[int, str] = {}
    return all(
        labels.setdefault(code, normalise(label)) == normalise(label)
        for c in columns
        for code, label in c.kind.steps.values()
        if label != str(code)
    )


def runs(columns: Sequence[Seen]) -> list[list[Seen]]:
    """Columns that stand beside each other and have the same answers."""
    runs: list[list[Seen]] = []
    for column in columns:
        if runs and runs[-1][-1].at == column.at - 1 and alike(runs[-1], column):
            runs[-1].append(column)
        else:
            runs.append([column])
    return runs


def joint(kinds: Sequence[Kind]) -> Kind:
    """The answers of all, of one kind: numbers from the lowest to the highest found."""
    steps = {v: step for kind in kinds for v, step in kind.steps.items()}
    if kinds[0].how in ("numbers", "numbered"):
        said = {code: (v, label) for v, (code, label) in steps.items() if label != str(code)}
        codes = [code for code, _ in steps.values()]
        span = [(c, said.get(c, (str(c), str(c)))) for c in range(min(codes), max(codes) + 1)]
        steps = {v: (code, label) for code, (v, label) in span}
    missing = tuple(dict.fromkeys(v for kind in kinds for v in kind.missing))
    return replace(kinds[0], steps=steps, missing=missing)
