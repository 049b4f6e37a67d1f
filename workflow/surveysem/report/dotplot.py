"""Estimates with their intervals, a row each, panels of groups side by side. Layout only."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from surveysem.report.shapes import (
    BOLD,
    GREY,
    INK,
    PALE,
    SOFT,
    Box,
    Drawing,
    Label,
    Mark,
    Style,
    shorten,
    text_width,
    wrap,
)

EDGE, GAP, PLOT, PER_ROW = 12.0, 16.0, 132.0, 3
SHEET, CODES = 1050.0, 90.0  # width to fill; most room for the codes
WORDING = (150.0, 560.0)  # least and most room for a wording
ROW, HEADING, SIZE, SMALL = 19.0, 24.0, 12.0, 11.0
LOWEST, HIGHEST = -1.0, 1.4  # of the scale; an interval beyond it ends in an arrow


@dataclass(frozen=True, slots=True)
class Point:
    """An estimate, its interval where it has one, and both in words; no estimate: why not."""

    est: float | None
    ends: tuple[float, float] | None
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """An item: code, wording, and a point for each panel (None: it has no such item)."""

    code: str
    wording: str
    points: Sequence[Point | None]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines below a heading."""

    heading: str
    lines: Sequence[Line]


def limits(points: Sequence[Point]) -> tuple[float, float]:
    """The scale that all panels share: 0 to 1, and further in fifths where points are."""
    values = [v for p in points if p.est is not None for v in (p.est, *(p.ends or ()))]
    low, high = min([0.0, *values]), max([1.0, *values])
    return max(LOWEST, floor(low * 5 + 1e-9) / 5), min(HIGHEST, ceil(high * 5 - 1e-9) / 5)


def dot_plot(
    panels: Sequence[str],
    parts: Sequence[Part],
    marks: Sequence[float],
    title: str,
    description: str,
) -> Drawing:
    """A row an item, a panel a group, at most PER_ROW beside each other.

    marks: values with a dashed line, in ascending order. A disc is filled from the first of
    them on, so that a low estimate is seen without its number.
    """
    d = Drawing(title, description)
    lines = [line for part in parts for line in part.lines]
    points = [p for line in lines for p in line.points if p]
    codes = min(CODES, max(text_width(line.code, SIZE) for line in lines)) + 10
    panel = PLOT + 8 + max(text_width(p.text, SMALL) for p in points)
    wide = min(len(panels), PER_ROW)
    spare = SHEET - 2 * EDGE - codes - wide * (panel + GAP)
    longest = 6 + max(text_width(line.wording, SMALL) for line in lines)
    wording = min(max(spare, WORDING[0]), WORDING[1], longest)
    left = EDGE + codes + wording + GAP
    d.width = left + wide * panel + (wide - 1) * GAP + EDGE
    y = EDGE
    for first in range(0, len(panels), PER_ROW):
        some = range(first, min(first + PER_ROW, len(panels)))
        starts = {k: left + (k - first) * (panel + GAP) for k in some}
        y = _rows(d, panels, parts, starts, (panel, codes, wording), marks, limits(points), y) + GAP
    d.height = y - GAP + EDGE
    return d


def _rows(d: Drawing, panels, parts, starts, room, marks, ends, y: float) -> float:
    """Draw all rows of some panels from y on; returns where they end."""
    panel, codes, wording = room
    names = {k: wrap(panels[k], panel / BOLD, SIZE) for k in starts}
    most = max(len(text) for text in names.values())
    for k, x in starts.items():
        first = y + 12 + 15 * (most - len(names[k]))
        d.lines(x, first, names[k], SIZE, 15, anchor="start", bold=True)
    y += 15 * most + 6
    for x in starts.values():
        _axis(d, x, marks, ends, y + 10, above=True)
    top = y = y + 16
    for part in parts:
        shaded = Box(EDGE, y, d.width - 2 * EDGE, HEADING - 4, Style(SOFT, 0.0, radius=0))
        d.boxes.append(shaded)
        heading = shorten(part.heading, shaded.width - 12, SIZE, bold=True)
        d.labels.append(Label(EDGE + 6, y + 14.5, heading, SIZE, "start", bold=True))
        y += HEADING
        for line in part.lines:
            base = y + ROW / 2 + 4
            code = shorten(line.code, codes - 10, SIZE)
            d.labels.append(Label(EDGE + 6, base, code, SIZE, "start"))
            said = shorten(line.wording, wording - 6, SMALL)
            d.labels.append(Label(EDGE + 6 + codes, base, said, SMALL, "start", colour=GREY))
            for k, x in starts.items():
                if line.points[k]:
                    _point(d, line.points[k], x, ends, marks[0], y + ROW / 2)
            y += ROW
        y += 4
    for x in starts.values():
        for value in (0.0, *marks):
            at = _place(x, value, ends)
            style = {"dashes": "3 3"} if value else {}
            d.line((at, top), (at, y), line=PALE if not value else GREY, stroke=0.8, **style)
        _axis(d, x, marks, ends, y + 12, above=False)
    return y + 18


def _place(x: float, value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return x + 6 + (PLOT - 12) * (min(max(value, low), high) - low) / (high - low)


def _axis(d: Drawing, x: float, marks, ends, y: float, *, above: bool) -> None:
    """Values at the ends of the scale, at zero and at the marks."""
    shown: list[float] = []
    for value in sorted({0.0, 1.0, *marks, *ends}, key=lambda v: (v not in (0.0, 1.0, *marks), v)):
        if all(abs(_place(x, value, ends) - _place(x, v, ends)) > 18 for v in shown):
            shown.append(value)
    for value in shown:
        text = f"{value:.2f}".rstrip("0").rstrip(".").replace("0.", ".").replace("-", "−")
        d.labels.append(Label(_place(x, value, ends), y, text, 10.0, colour=GREY))


def _point(d: Drawing, p: Point, x: float, ends, usable: float, y: float) -> None:
    """A disc on its interval, and both in words."""
    if p.est is None:
        d.labels.append(Label(x + PLOT + 8, y + 4, p.text, SMALL, "start", colour=GREY))
        return
    if p.ends:
        a, b = (_place(x, v, ends) for v in p.ends)
        d.line((a, y), (b, y), line=INK, stroke=1.6)
        for value, at, side in ((p.ends[0], a, -1), (p.ends[1], b, 1)):
            if not ends[0] - 1e-9 <= value <= ends[1] + 1e-9:
                d.line((at - 4 * side, y - 4), (at, y), (at - 4 * side, y + 4), line=INK)
    d.marks.append(Mark(_place(x, p.est, ends), y, filled=abs(p.est) >= usable, radius=3.6))
    d.labels.append(Label(x + PLOT + 8, y + 4, p.text, SMALL, "start"))
