"""What a page must not show: numbers of groups so small that they are those of persons."""

from collections.abc import Sequence

from surveysem.asked import EVERYONE
from surveysem.report.blocks import Block, Column, table
from surveysem.report.context import Context
from surveysem.report.tables import Row


def size(c: Context, wave: str, group: str) -> int:
    """Analysed respondents of a group (or all together) in a wave."""
    rows = c.tables["flow"].where(wave=wave, step="analysed")
    return sum(int(r["n_out"]) for r in rows if group in (EVERYONE, r["group"]))


def is_small(c: Context, wave: str, group: str) -> bool:
    """Whether a group has respondents in a wave, but fewer than privacy.minimum_cell."""
    return few(c, size(c, wave, group))


def few(c: Context, n: str | int) -> bool:
    """Whether a number counts someone, but fewer than privacy.minimum_cell."""
    return 0 < int(float(n or 0)) < c.plan["minimum_cell"]


def shown(
    c: Context,
    rows: Sequence[Row],
    *,
    groups: Sequence[str] = ("group",),
    counts: Sequence[str] = (),
) -> list[Row]:
    """Rows that are about enough respondents to be shown.

    groups: columns that name groups, each of which has to be large enough in the row's wave
    (the latest one where it has no `wave`). counts: columns whose numbers of respondents have
    to be, too: a large group may have few answers to a scale.
    """

    def places(r: Row) -> list[tuple[str, str]]:
        return [(r.get("wave") or c.wave, r.get(name) or EVERYONE) for name in groups]

    small = {p for p in {p for r in rows for p in places(r)} if is_small(c, *p)}
    return [
        r
        for r in rows
        if not small.intersection(places(r)) and not any(few(c, r[name]) for name in counts)
    ]


def note(c: Context, counted: bool = False) -> str:
    """The note below a table that leaves small groups (or few answers) out."""
    text = (
        c._("Rows about fewer than {n} respondents are not shown.")
        if counted
        else c._("Groups with fewer than {n} analysed respondents in a wave are not shown.")
    )
    return text.format(n=c.plan["minimum_cell"])


def table_by_group(
    c: Context,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    groups: Sequence[str] = ("group",),
    counts: Sequence[str] = (),
    **more,
) -> Block:
    """A table of rows by group without those of too few respondents (see `shown`), which a
    note tells."""
    kept = shown(c, rows, groups=groups, counts=counts)
    if len(kept) < len(rows):
        told = note(c, counted=bool(counts))
        more["note"] = " ".join(part for part in (more.get("note", ""), told) if part)
    return table(title, columns, kept, **more)
