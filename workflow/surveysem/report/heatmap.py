"""Values of pairs as the lower triangle of a matrix. Layout only, no statistics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveysem.report.bars import on
from surveysem.report.shapes import (
    GREY,
    INK,
    PALE,
    PAPER,
    Box,
    Drawing,
    Label,
    Style,
    text_width,
    wrap,
)

EDGE, NAMES, SIZE, SMALL = 12.0, 200.0, 12.5, 10.5
CELL, HIGH = 60.0, 44.0  # least width of a cell; its height
GREYS = ("#ffffff", "#3f5a6b")  # one hue, from low to high


@dataclass(frozen=True, slots=True)
class Cell:
    """A pair's value (None: there is none) in words, its upper bound in words, and how many of
    the limits the bound reaches."""

    value: float | None
    text: str
    bound: str
    reached: int = 0


def heat_map(
    names: Sequence[tuple[str, str]],
    cells: Mapping[tuple[str, str], Cell],
    keys: Sequence[tuple[int, str]],
    title: str,
    description: str,
) -> Drawing:
    """names: (code, name) of rows and columns in order; cells by (row's, column's) code.

    keys: what each number of limits reached means, in words. A limit reached is a thick
    outline, a second one a double outline, so that it is seen without colour.
    """
    d = Drawing(title, description)
    wide = max(CELL, max(text_width(code, SIZE, bold=True) for code, _ in names) + 10)
    said = [wrap(name, NAMES, SIZE) for _, name in names]
    room = max(text_width(line, SIZE) for lines in said for line in lines)
    left, y = EDGE + room + 12, EDGE
    d.width = left + len(names) * wide + EDGE
    for row, (code, _name) in enumerate(names):
        high = max(HIGH, 15.0 * len(said[row]) + 6)
        first = y + high / 2 - 7.5 * (len(said[row]) - 1) + 4
        d.lines(left - 10, first, said[row], SIZE, 15, anchor="end")
        for column, (other, _o) in enumerate(names[:row]):
            x = left + column * wide
            _cell(d, cells.get((code, other)), x, y, wide, high)
        x = left + row * wide
        d.labels.append(Label(x + wide / 2, y + high / 2 + 4, code, SIZE, bold=True))
        y += high
    y = _key(d, keys, y + 14)
    d.height = y + EDGE
    return d


def _shade(value: float) -> str:
    """From white at 0 to dark at 1."""
    t = min(max(abs(value), 0.0), 1.0) ** 1.5  # the upper values are those to tell apart
    pale, dark = ([int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in GREYS)
    return "#" + "".join(f"{round(a + (b - a) * t):02x}" for a, b in zip(pale, dark, strict=True))


def _cell(d: Drawing, cell: Cell | None, x: float, y: float, wide: float, high: float) -> None:
    if cell is None or cell.value is None:
        d.boxes.append(Box(x, y, wide, high, Style(PAPER, 0.8, "3 3", PALE, 0)))
        if cell:
            d.labels.append(Label(x + wide / 2, y + high / 2 + 4, cell.text, SIZE, colour=GREY))
        return
    fill = _shade(cell.value)
    d.boxes.append(Box(x, y, wide, high, Style(fill, 0.8, "", PAPER, 0)))
    _outline(d, cell.reached, x, y, wide, high, on(fill))
    first = y + high / 2 + (-1 if cell.bound else 4)
    ink, bold = on(fill), cell.reached > 0
    d.labels.append(Label(x + wide / 2, first, cell.text, SIZE, colour=ink, bold=bold))
    if cell.bound:
        d.labels.append(Label(x + wide / 2, first + 13, cell.bound, SMALL, colour=ink))


def _outline(d: Drawing, reached: int, x, y, wide, high, colour: str) -> None:
    """Nested frames inside a cell, one a limit reached."""
    for k in range(reached):
        e = 2.0 + 3.5 * k
        corners = ((x + e, y + e), (x + wide - e, y + e), (x + wide - e, y + high - e),
                   (x + e, y + high - e), (x + e, y + e))  # fmt: skip
        d.line(*corners, line=colour, stroke=1.6)


def _key(d: Drawing, keys: Sequence[tuple[int, str]], y: float) -> float:
    """What the frames mean; returns where it ends."""
    for reached, text in keys:
        d.boxes.append(Box(EDGE, y, 30, 20, Style(PAPER, 0.8, "", PALE, 0)))
        _outline(d, reached, EDGE, y, 30, 20, INK)
        lines = wrap(text, d.width - 2 * EDGE - 40, SMALL)
        y = max(d.lines(EDGE + 40, y + 14, lines, SMALL, 14, anchor="start"), y + 14 + 12)
    return y
