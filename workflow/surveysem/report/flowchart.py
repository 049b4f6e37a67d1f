"""The flow diagram: boxes from received to analysed, a column a group. Layout only, no numbers.

After the CONSORT diagram (Schulz, Altman and Moher 2010, BMJ 340, c332): what is left out
stands beside the way, with its reasons. No colour carries meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from surveysem.report.shapes import BOLD, SOFT, Box, Drawing, Label, Style, Way, wrap

COLUMN, GAP, EDGE, PER_ROW = 236.0, 20.0, 12.0, 4
STEP = 20.0  # room between boxes
LINE, SMALL, LARGE = 17.0, 12.5, 14.0  # height of a line of reasons; sizes of letters
INDENT, COUNT = 34.0, 34.0  # of the box of reasons; room for their numbers
MAIN, OUT, TOTAL = Style(), Style(SOFT, 1.0, "5 3"), Style(stroke=2.2)


@dataclass(frozen=True, slots=True)
class Panel:
    """Texts of one column. reasons: (number, why) of each exclusion."""

    name: str
    received: str
    excluded: str
    reasons: Sequence[tuple[str, str]]
    analysed: str


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
        box = Box((d.width - COLUMN) / 2, y, COLUMN, whole, TOTAL)
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
        box = Box((d.width - COLUMN) / 2, y, COLUMN, whole, TOTAL)
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
        _text_box(d, Box(left, y, COLUMN, main, MAIN), names[k], panel.received)
        spine, top = left + INDENT / 2, y + main + STEP
        d.ways.append(Way(((spine, y + main), (spine, end))))
        d.boxes.append(Box(left + INDENT, top, COLUMN - INDENT, heights[k], OUT))
        at = top + min(heights[k] / 2, LINE)
        d.ways.append(Way(((spine, at), (left + INDENT, at))))
        _reasons(d, left + INDENT, top + 7 + SMALL, panel.excluded, wrapped[k])
        _text_box(d, Box(left, end, COLUMN, main, MAIN), names[k], panel.analysed)
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
