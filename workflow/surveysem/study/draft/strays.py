"""What config.yaml of a draft says of intake: answers on no scale, no answers, what is ignored."""

import re
from collections.abc import Collection, Mapping, Sequence

from surveysem.intake.raw import RawTable
from surveysem.study.draft.answers import Seen
from surveysem.study.draft.pooled import Pooled
from surveysem.study.draft.settings import flow


def lines(
    pooled: Pooled, tables: Sequence[RawTable], used: Mapping[Seen, str], items: Collection[str]
) -> list[str]:
    """Lines under `intake:`. used: columns that the study uses; items: names of the items."""
    codes = {str(code) for g in pooled.guesses for code, _ in g.kind.steps.values()}
    out = []
    count = _on_no_scale(pooled)
    if count:
        out.append(f"# {count} answer(s) are on no scale (column confirm of the instrument names "
                   "them)")  # fmt: skip
    missing = _missing(pooled, tables, codes)
    if missing:
        out.append(f"missing_codes: {flow(missing)}   # confirm: stand for no answer")
    ignored = _like_items(pooled, used, codes, items)
    if ignored:
        out.append(f"ignore_columns: {flow(ignored)}   # confirm: look like items")
    return out


def _on_no_scale(pooled: Pooled) -> int:
    return sum(
        n
        for g in pooled.guesses
        for item in g.columns
        for c in pooled.places[item]
        if c
        for value, n in c.counts.items()
        if not g.kind.has(value)
    )


def _missing(pooled: Pooled, tables: Sequence[RawTable], codes: set[str]) -> list[int | str]:
    """Values that stand for no answer, less those that a file declares missing itself and those
    that some scale has as an answer."""
    known = codes | {v for table in tables for c in table.columns for v in c.missing}
    values = dict.fromkeys(v for g in pooled.guesses for v in g.kind.missing if v not in known)
    return [int(v) if re.fullmatch(r"-?\d+", v) else v for v in values]


def _like_items(
    pooled: Pooled, used: Mapping[Seen, str], codes: set[str], items: Collection[str]
) -> list[str]:
    """Columns that the check would take for forgotten items: answers that are all codes, or a
    name that differs from an item's only by its number."""
    stems = {re.sub(r"\d+$", "", name).casefold() for name in items}
    found = [
        c.name
        for own in pooled.others
        for c in own
        if c not in used
        and not c.tool
        and (
            (c.counts and all(re.sub(r"\.0+$", "", v) in codes for v in c.counts))
            or (re.search(r"\d$", c.name) and re.sub(r"\d+$", "", c.name).casefold() in stems)
        )
    ]
    return list(dict.fromkeys(found))
