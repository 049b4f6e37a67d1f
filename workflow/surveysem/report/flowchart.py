"""The flow diagram: boxes from received to analysed, a column a group. Layout only, no numbers.

After the CONSORT diagram (Schulz, Altman and Moher 2010, BMJ 340, c332): what is left out
stands beside the way, with its reasons. The drawing is a list of shapes, which `svg` and
raster.png turn into pictures. No colour carries meaning.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from surveysem.report.charts import GREY, INK

COLUMN, GAP, EDGE, PER_ROW = 236.0, 20.0, 12.0, 4
STEP = 20.0  # room between boxes
LINE, SMALL, LARGE = 17.0, 12.5, 14.0  # height of a line of reasons; sizes of letters
INDENT, COUNT = 34.0, 34.0  # of the box of reasons; room for their numbers
HEAD = 7.0  # length of an arrow's head
WIDE, LETTER, BOLD = 1.0, 0.62, 1.12  # widths: a Chinese character, another; bold against plain


@dataclass(frozen=True, slots=True)
class Panel:
    """Texts of one column. reasons: (number, why) of each exclusion."""

    name: str
    received: str
    excluded: str
    reasons: Sequence[tuple[str, str]]
    analysed: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. kind: main, out (what is left out) or total."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text. anchor: start, middle or end; y: of its baseline."""

    x: float
    y: float
    text: str
    size: float = LARGE
    anchor: str = "middle"
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A line along points, at right angles; arrow: whether its end has a head."""

    points: tuple[tuple[float, float], ...]
    arrow: bool = True

    def head(self) -> tuple[tuple[float, float], ...]:
        """Corners of the arrow's head."""
        (ax, ay), (bx, by) = self.points[-2:]
        dx, dy = (bx > ax) - (bx < ax), (by > ay) - (by < ay)
        back = (bx - HEAD * dx, by - HEAD * dy)
        side = HEAD * 0.55
        return (
            (bx, by),
            (back[0] - side * dy, back[1] - side * dx),
            (back[0] + side * dy, back[1] + side * dx),
        )


@dataclass(slots=True)
class Drawing:
    """Shapes on a sheet; title and description are for those who do not see them."""

    title: str
    description: str
    width: float = 0.0
    height: float = 0.0
    boxes: list[Box] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)


def flow_diagram(
    panels: Sequence[Panel], total: tuple[str, str, str] | None, title: str, description: str
) -> Drawing:
    """Columns of received, excluded and analysed, at most PER_ROW beside each other.

    total: name, received and analysed of the boxes above and below all columns; None where
    there is none to show.
    """
    d = Drawing(title, description)
    rows = [panels[k : k + PER_ROW] for k in range(0, len(panels), PER_ROW)]
    side = GAP if total and len(rows) > 1 else 0.0  # room for the ways past the first rows
    wide = max(len(row) for row in rows)
    d.width = 2 * (EDGE + side) + wide * COLUMN + (wide - 1) * GAP
    y = EDGE
    tops, bottoms = [], []
    names = _bold(total[0]) if total else []
    whole = _tall(len(names) + 1)
    if total:
        box = Box((d.width - COLUMN) / 2, y, COLUMN, whole, "total")
        _text_box(d, box, names, total[1])
        y += whole + 1.5 * STEP
    for row in rows:
        centres = [
            EDGE + side + k * (COLUMN + GAP) + COLUMN / 2 + (wide - len(row)) * (COLUMN + GAP) / 2
            for k in range(len(row))
        ]
        tops.append((y, centres))
        y = _columns(d, row, centres, y)
        bottoms.append((y, centres))
        y += 1.5 * STEP + (STEP if total and len(rows) > 1 else 0.0)
    if total:
        box = Box((d.width - COLUMN) / 2, y, COLUMN, whole, "total")
        _text_box(d, box, names, total[2])
        _fan(d, tops, EDGE + whole, EDGE, down=True)
        _fan(d, bottoms, y, d.width - EDGE, down=False)
        y += whole
    else:
        y -= 1.5 * STEP
    d.height = y + EDGE
    return d


def _bold(name: str) -> list[str]:
    """A name in lines that fit into a box in bold letters, which are wider."""
    return wrap(name, (COLUMN - 20) / BOLD, LARGE)


def _tall(lines: int) -> float:
    """Height of a box of centred lines."""
    return lines * LINE + 14


def _text_box(d: Drawing, box: Box, names: Sequence[str], text: str) -> None:
    """A box with centred lines: a name in bold, and what there is to say of it."""
    d.boxes.append(box)
    top = box.y + box.height / 2 - len(names) * LINE / 2 + LARGE * 0.36
    for k, line in enumerate((*names, text)):
        middle = box.x + box.width / 2
        d.labels.append(Label(middle, top + k * LINE, line, bold=k < len(names)))


def _columns(d: Drawing, row: Sequence[Panel], centres: Sequence[float], y: float) -> float:
    """Draw one row of columns from y on; returns where it ends."""
    room = COLUMN - INDENT - COUNT - 14
    wrapped = [[(n, wrap(why, room, SMALL)) for n, why in p.reasons] for p in row]
    heights = [_tall(1 + sum(len(text) for _, text in reasons)) for reasons in wrapped]
    names = [_bold(p.name) for p in row]
    main = _tall(1 + max(len(lines) for lines in names))
    end = y + main + 2 * STEP + max(heights)
    for k, panel in enumerate(row):
        left = centres[k] - COLUMN / 2
        _text_box(d, Box(left, y, COLUMN, main, "main"), names[k], panel.received)
        spine, top = left + INDENT / 2, y + main + STEP
        d.ways.append(Way(((spine, y + main), (spine, end))))
        d.boxes.append(Box(left + INDENT, top, COLUMN - INDENT, heights[k], "out"))
        at = top + min(heights[k] / 2, LINE)
        d.ways.append(Way(((spine, at), (left + INDENT, at))))
        _reasons(d, left + INDENT, top + 7 + SMALL, panel.excluded, wrapped[k])
        _text_box(d, Box(left, end, COLUMN, main, "main"), names[k], panel.analysed)
    return end + main


def _reasons(d: Drawing, left: float, line: float, head: str, reasons: Sequence) -> None:
    """What is left out, and why: (number, lines of the reason)."""
    d.labels.append(Label(left + 10, line, head, SMALL, "start", True))
    for number, texts in reasons:
        line += LINE
        d.labels.append(Label(left + COUNT, line, number, SMALL, "end"))
        for k, text in enumerate(texts):
            line += LINE if k else 0.0
            d.labels.append(Label(left + COUNT + 7, line, text, SMALL, "start"))


def _fan(d: Drawing, rows: Sequence, total: float, trunk: float, *, down: bool) -> None:
    """Ways between the box of the total and every column of every row.

    rows: (y, centres) of the columns' ends that face the total. total: y of its box's edge.
    trunk: x of the way past rows that stand between.
    """
    middle, step = d.width / 2, 0.75 * STEP * (1 if down else -1)
    for y, centres in rows:
        bar = y - step
        if len(rows) == 1:
            d.ways.append(Way(((middle, total), (middle, bar)), arrow=False))
            ends = [*centres, middle]
        else:
            d.ways.append(Way(((trunk, total + step), (trunk, bar)), arrow=False))
            ends = [*centres, trunk]
        if max(ends) > min(ends):
            d.ways.append(Way(((min(ends), bar), (max(ends), bar)), arrow=False))
        for x in centres:
            d.ways.append(Way(((x, bar), (x, y)) if down else ((x, y), (x, bar)), arrow=down))
    if len(rows) > 1:
        bend = total + step
        d.ways.append(Way(((trunk, bend), (middle, bend)), arrow=False))
        d.ways.append(Way(((middle, total), (middle, bend)), arrow=False))
    if not down:
        start = rows[0][0] - step if len(rows) == 1 else total + step
        d.ways.append(Way(((middle, start), (middle, total))))


def wrap(text: str, room: float, size: float) -> list[str]:
    """A text in lines that fit into `room`, by letters of common width."""
    lines, used = [""], 0.0
    for part in re.findall(r"[⺀-鿿＀-￯]|\s+|[^\s⺀-鿿＀-￯]+", text):
        width = sum(size * (WIDE if ord(ch) > 0x2E80 else LETTER) for ch in part)
        if used and used + width > room:
            lines.append("")
            used = 0.0
        if used or not part.isspace():
            lines[-1] += part
            used += width
    return [line.strip() for line in lines]


STYLE = {  # fill, width of the outline, dashes
    "main": ("#ffffff", 1.4, ""),
    "out": ("#f4f6f7", 1.0, "5 3"),
    "total": ("#ffffff", 2.2, ""),
}


def svg(d: Drawing, *, alone: bool = False) -> str:
    """The drawing as SVG. alone: as a file of its own, not part of a page."""
    parts = [f"<title>{escape(d.title)}</title><desc>{escape(d.description)}</desc>"]
    for way in d.ways:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in way.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{GREY}" stroke-width="1.4"/>')
        if way.arrow:
            corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in way.head())
            parts.append(f'<polygon points="{corners}" fill="{GREY}"/>')
    for box in d.boxes:
        fill, width, dash = STYLE[box.kind]
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
            f'height="{box.height:.1f}" rx="3" fill="{fill}" stroke="{INK}" '
            f'stroke-width="{width}"{dashes}/>'
        )
    for label in d.labels:
        weight = ' font-weight="600"' if label.bold else ""
        parts.append(
            f'<text x="{label.x:.1f}" y="{label.y:.1f}" font-size="{label.size}" fill="{INK}" '
            f'text-anchor="{label.anchor}"{weight}>{escape(label.text)}</text>'
        )
    size = f"{d.width:.0f} {d.height:.0f}"
    if alone:
        head = f'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" viewBox="0 0 {size}"'
    else:
        head = (
            f'class="diagram" viewBox="0 0 {size}" style="max-width:{d.width:.0f}px;'
            f'min-width:{min(d.width, 720):.0f}px"'
        )
    return f'<svg {head} role="img" aria-label="{escape(d.title)}">{"".join(parts)}</svg>'
