"""What a page must not show: numbers of groups so small that they are those of persons.

A small group's numbers can also be had by subtraction, where the other groups and all of them
together are shown. So a total that holds hidden numbers is not shown either (secondary
suppression; Hundepool et al., 2012, Statistical Disclosure Control). A model's estimates
over several groups do not subtract: of these only the number of respondents is left out.
"""

from collections.abc import Sequence

from surveysem.asked import EVERYONE
from surveysem.report.blocks import Block, Column, table
from surveysem.report.context import Context
from surveysem.report.tables import Row

COUNTED = ("n", "with_n")  # columns that count the respondents of a model's row
# What a row is about, its group aside: such rows of all groups add up to that of the whole.
SUBJECT = ("kind", "construct", "item", "scale", "name", "with", "statistic", "code")


def size(c: Context, wave: str, group: str, step: str = "analysed") -> int:
    """Respondents of a group (or all together) in a wave, analysed or `received`."""
    rows = c.tables["flow"].where(wave=wave, step=step)
    return sum(int(r["n_out"]) for r in rows if group in (EVERYONE, r["group"]))


def few(c: Context, n: str | int) -> bool:
    """Whether a number counts someone, but fewer than privacy.minimum_cell."""
    return 0 < int(float(n or 0)) < c.plan["minimum_cell"]


def is_small(c: Context, wave: str, group: str) -> bool:
    """Whether a group's numbers stay hidden in a wave: it has respondents, received or
    analysed, but few; or it is all groups together, and one of them is small. Rows whose group
    is unknown ('') are no group: they are counted and never analysed."""
    if group == "":
        return False
    if any(few(c, size(c, wave, group, step)) for step in ("received", "analysed")):
        return True
    parts = [g for g in c.plan["groups"] if g != EVERYONE] if group == EVERYONE else []
    return any(is_small(c, wave, g) for g in parts)


def holds_small(c: Context, wave: str, model: str) -> bool:
    """Whether one of a model's groups is small in a wave."""
    return any(is_small(c, wave, g) for g in c.plan["models"][model]["groups"])


def always_shown(c: Context) -> list[str]:
    """Groups that are small in no wave, so that their numbers may be added up over waves."""
    waves = c.plan["waves"]
    return [g for g in c.plan["groups"] if not any(is_small(c, w, g) for w in waves)]


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
    to be, too: a large group may have few answers to a scale. A model's row of all its groups
    stays, without its number where that would tell a small group's.
    """

    def places(r: Row) -> list[tuple[str, str]]:
        return [(r.get("wave") or c.wave, r.get(name) or EVERYONE) for name in groups]

    def subject(r: Row) -> tuple:
        return (r.get("wave") or c.wave, *(r.get(key) for key in SUBJECT))

    small = {p for p in {p for r in rows for p in places(r)} if is_small(c, *p)}
    scarce = {subject(r) for r in rows if any(few(c, r[name]) for name in counts)}
    out = []
    for r in rows:
        if r.get("group") == EVERYONE and r.get("model"):
            hidden = holds_small(c, r.get("wave") or c.wave, r["model"])
            out.append(r | {key: "" for key in COUNTED if key in r} if hidden else r)
            continue
        rare = any(few(c, r[name]) for name in counts)
        total = "group" in groups and r.get("group") == EVERYONE and subject(r) in scarce
        if not (small.intersection(places(r)) or rare or total):
            out.append(r)
    return out


def note(c: Context, counted: bool = False) -> str:
    """The note below a table that leaves small groups (or few answers) out."""
    text = (
        c._(
            "Rows about fewer than {n} respondents are not shown, nor are the totals that would "
            "tell their numbers."
        )
        if counted
        else c._(
            "Groups with fewer than {n} respondents in a wave are not shown, nor are the totals "
            "that would tell their numbers."
        )
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
    if kept != list(rows):
        told = note(c, counted=bool(counts))
        more["note"] = " ".join(part for part in (more.get("note", ""), told) if part)
    return table(title, columns, kept, **more)
