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
    return 0 < size(c, wave, group) < c.plan["minimum_cell"]


def shown(c: Context, rows: Sequence[Row]) -> list[Row]:
    """Rows (with a `group`, and a `wave` unless they are the latest one's) of groups that
    are large enough to be shown."""
    keys = {(r.get("wave") or c.wave, r.get("group") or EVERYONE) for r in rows}
    small = {key for key in keys if is_small(c, *key)}
    return [r for r in rows if (r.get("wave") or c.wave, r.get("group") or EVERYONE) not in small]


def note(c: Context) -> str:
    """The note below a table that leaves small groups out."""
    text = c._("Groups with fewer than {n} analysed respondents in a wave are not shown.")
    return text.format(n=c.plan["minimum_cell"])


def table_by_group(
    c: Context, title: str, columns: Sequence[Column], rows: Sequence[Row], **more
) -> Block:
    """A table of rows by group without those of small groups, which a note tells."""
    kept = shown(c, rows)
    if len(kept) < len(rows):
        more["note"] = " ".join(part for part in (more.get("note", ""), note(c)) if part)
    return table(title, columns, kept, **more)
