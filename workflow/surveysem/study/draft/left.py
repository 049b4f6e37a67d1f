"""What became of each column: the list of a draft, and lines about those that are no items."""

from collections.abc import Mapping, Sequence

from surveysem.study.draft import reasons
from surveysem.study.draft.answers import Seen
from surveysem.study.draft.scales import matrix, stem

HEADER = ["file", "column", "name", "question", "answered", "different", "used_as", "reason"]


def rows(
    files: Sequence[str],
    seen: Sequence[Sequence[Seen]],
    used: Mapping[Seen, str],
) -> list[list]:
    """A row for each column of each file: where it is, and what it is used as or why it is not."""
    return [
        HEADER,
        *(
            [file, c.at + 1, _one_line(c.name), _one_line(c.label), sum(c.counts.values()),
             len(c.counts), used.get(c, ""), "" if c in used else reason]
            for file, own in zip(files, seen, strict=True)
            for c, reason in zip(own, why(own), strict=True)
        ),
    ]  # fmt: skip


def lines(seen: Sequence[Sequence[Seen]], used: Mapping[Seen, str]) -> list[str]:
    """Columns that are not used, counted by reason, most first."""
    names: dict[str, list[str]] = {}
    for own in seen:
        for c, reason in zip(own, why(own), strict=True):
            if c not in used:
                names.setdefault(reason, []).append(" ".join(c.name.split())[:24])
    return [
        f"{len(mine)} {reason}: {', '.join(mine[:3])}{', ...' if len(mine) > 3 else ''}"
        for reason, mine in sorted(names.items(), key=lambda pair: -len(pair[1]))
    ]


def why(seen: Sequence[Seen]) -> list[str]:
    """The reason of each column of a file, as if it were no item."""
    choices = _choices(seen)
    return [reasons.CHOICE if c in choices else c.reason or reasons.ALONE for c in seen]


def _choices(seen: Sequence[Seen]) -> set[Seen]:
    """Columns that are each one choice of a question: neighbours of two answers, or of one."""
    found: set[Seen] = set()
    for key in (lambda c: c.stem or matrix(c.question), lambda c: stem(c.name)):
        parts: dict[str, list[Seen]] = {}
        for c in seen:
            if key(c) and c.reason in (reasons.ONE, reasons.TWO, reasons.EMPTY):
                parts.setdefault(key(c), []).append(c)
        for mine in parts.values():
            if len(mine) > 1 and any(c.counts for c in mine):
                found |= set(mine)
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())
