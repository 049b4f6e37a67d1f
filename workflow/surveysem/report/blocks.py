"""What a section of the report is made of: question, answer, tables, pictures, links."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from surveysem.report.tables import Row


@dataclass(frozen=True)
class Column:
    """A table column: heading, cell text from a row, and whether it holds numbers."""

    heading: str
    cell: Callable[[Row], object]
    numeric: bool = False


@dataclass(frozen=True)
class Block:
    """A table or picture of a section. rows: cells; html: a picture's markup; files: (kind, link)
    of the picture; `folded` ones open on a click."""

    title: str = ""
    headings: Sequence[tuple[str, bool]] = ()
    rows: Sequence[Sequence[object]] = ()
    html: str = ""
    note: str = ""
    folded: bool = False
    files: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Section:
    """anchor; question; answer (first sentence); blocks; meta line; help; CSV links; rule."""

    anchor: str
    question: str
    answer: str
    blocks: Sequence[Block] = ()
    meta: str = ""
    how: str = ""
    links: Sequence[tuple[str, str]] = ()
    rule: str = ""
    warn: bool = False


def table(title: str, columns: Sequence[Column], rows: Sequence[Row], **more) -> Block:
    """A table block from rows and columns."""
    return Block(
        title=title,
        headings=[(c.heading, c.numeric) for c in columns],
        rows=[[c.cell(r) for c in columns] for r in rows],
        **more,
    )
