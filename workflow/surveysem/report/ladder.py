"""The ladder of invariance: a row a level, what each costs in fit, and where the limits are.

Layout only, no statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
    Way,
    text_width,
    wrap,
)

EDGE, GAP, LEVEL, PLOT, REMARK = 12.0, 18.0, 200.0, 178.0, 200.0
SIZE, SMALL, LINE, LANE = 12.5, 11.0, 14.5, 32.0
STEP = 18.0  # between rows
SOLID, DASHED, DOUBT = Style(stroke=1.6), Style(SOFT, 1.2, "5 3"), Style(SOFT, 0.0, radius=0)


@dataclass(frozen=True, slots=True)
class Value:
    """A change of an index: the number, and how it is written."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One model of a level: its changes (None: not known), by index; what the tests say of it.

    partial: whether items are freed in it.
    """

    changes: Sequence[Value | None]
    said: Sequence[str]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Rung:
    """A level: name, what it means for the reader, its lanes, and what was freed or failed.

    passed: whether the level holds, perhaps but for the items freed; else its box is dashed.
    """

    name: str
    verdict: str
    lanes: Sequence[Lane]
    remark: str = ""
    passed: bool = True


@dataclass(frozen=True, slots=True)
class Index:
    """An index of fit: what its change is called, and at which change each rung is said to be
    worse (None where there is no limit); worse: -1 where smaller is worse, else 1."""

    name: str
    limits: Sequence[float | None]
    limit_texts: Sequence[str]
    worse: int = 1


def ladder(
    rungs: Sequence[Rung],
    indices: Sequence[Index],
    words: tuple[str, str, str],
    title: str,
    description: str,
) -> Drawing:
    """Levels from the loosest to the strictest.

    words: of a model with all items equal, of one with items freed, and of the shaded range
    beyond a limit.
    """
    d = Drawing(title, description)
    left = EDGE + LEVEL + GAP
    starts = [left + k * (PLOT + GAP) for k in range(len(indices))]
    right = left + len(indices) * (PLOT + GAP)
    d.width = right + REMARK + EDGE
    scales = [_scale(index, rungs, k) for k, index in enumerate(indices)]
    for x, index in zip(starts, indices, strict=True):
        d.labels.append(Label(x + PLOT / 2, EDGE + 12, index.name, SIZE, bold=True))
    y = EDGE + 24
    middle = EDGE + LEVEL / 2
    for k, rung in enumerate(rungs):
        if k:
            d.ways.append(Way(((middle, y - STEP), (middle, y)), stroke=1.6))
        columns = [
            (x, scale, index.limits[k], index.limit_texts[k], index.worse)
            for x, index, scale in zip(starts, indices, scales, strict=True)
        ]
        y += _rung(d, rung, columns, right, y) + STEP
    d.height = _key(d, words, y) + EDGE
    return d


def _rung(d: Drawing, rung: Rung, columns: Sequence[tuple], right: float, y: float) -> float:
    """Draw a level from y on; returns its height."""
    names = wrap(rung.name, (LEVEL - 16) / BOLD, SIZE)
    verdict = wrap(rung.verdict, LEVEL - 16, SMALL)
    remark = wrap(rung.remark, REMARK, SMALL) if rung.remark else []
    said = [[part for t in lane.said for part in wrap(t, REMARK, SMALL)] for lane in rung.lanes]
    lanes = [max(LANE, len(text) * LINE + 8) if rung.lanes[k].said else 0.0
             for k, text in enumerate(said)]  # fmt: skip
    written = len(names) * 16 + len(verdict) * LINE
    high = max(written + 14, sum(lanes) + len(remark) * LINE + 6)
    d.boxes.append(Box(EDGE, y, LEVEL, high, SOLID if rung.passed else DASHED))
    middle = EDGE + LEVEL / 2
    end = d.lines(middle, y + (high - written) / 2 + 12, names, SIZE, 16, bold=True)
    d.lines(middle, end, verdict, SMALL, LINE)
    if any(lane.changes for lane in rung.lanes):
        for column in columns:
            _limit(d, column, y, high)
    at = y
    for lane, text, tall in zip(rung.lanes, said, lanes, strict=True):
        for column, v in zip(columns, lane.changes, strict=False):
            if v:
                _value(d, v, lane.partial, column, at + tall / 2)
        first = at + tall / 2 - (len(text) - 1) * LINE / 2 + 4
        d.lines(right, first, text, SMALL, LINE, anchor="start")
        at += tall
    d.lines(right, at + LINE, remark, SMALL, LINE, anchor="start", colour=GREY)
    return high


def _scale(index: Index, rungs: Sequence[Rung], k: int) -> float:
    """The largest change to either side that a panel has to hold."""
    values = [abs(lane.changes[k].value) for rung in rungs for lane in rung.lanes
              if lane.changes and lane.changes[k]]  # fmt: skip
    return 1.25 * max([*values, *(abs(v) for v in index.limits if v is not None), 1e-6])


def _place(x: float, value: float, scale: float) -> float:
    return x + PLOT * (0.5 + 0.5 * value / scale)


def _limit(d: Drawing, column: tuple, y: float, high: float) -> None:
    """The zero line of a row, and the range beyond its limit."""
    x, scale, limit, text, worse = column
    d.line((_place(x, 0, scale), y), (_place(x, 0, scale), y + high), line=PALE, stroke=1.2)
    if limit is None:
        return
    at = _place(x, limit, scale)
    a, b = (x, at) if worse < 0 else (at, x + PLOT)
    d.boxes.append(Box(a, y, b - a, high, DOUBT))
    d.line((at, y), (at, y + high), dashes="4 3", stroke=1.2)
    half = text_width(text, 10.0) / 2
    centre = min(max(at, x + half), x + PLOT - half)
    d.labels.append(Label(centre, y + high + 10.5, text, 10.0, colour=GREY))


def _value(d: Drawing, v: Value, partial: bool, column: tuple, y: float) -> None:
    """A sign at a change, and its number: beside it where it crosses no line, else above."""
    x, scale, limit, *_rest = column
    at = _place(x, v.value, scale)
    d.marks.append(Mark(at, y, 4 if partial else 0, not partial))
    wide = text_width(v.text, SMALL)
    spots = (("start", at + 9, at + 9 + wide), ("end", at - 9 - wide, at - 9))
    lines = [_place(x, value, scale) for value in (limit, 0.0) if value is not None]
    for avoided in (lines, lines[:1]):
        for anchor, low, high in spots:
            crossed = any(low - 2 < line < high + 2 for line in avoided)
            if low >= x and high <= x + PLOT and not crossed:
                where = low if anchor == "start" else high
                d.labels.append(Label(where, y + 4, v.text, SMALL, anchor))
                return
    centre = min(max(at, x + wide / 2), x + PLOT - wide / 2)
    d.labels.append(Label(centre, y - 9, v.text, SMALL))


def _key(d: Drawing, words: tuple[str, str, str], y: float) -> float:
    """What the signs mean; returns where it ends."""
    for k, text in enumerate(words):
        if k < 2:
            d.marks.append(Mark(EDGE + 12, y + 7, 4 * k, not k))
        else:
            d.boxes.append(Box(EDGE + 2, y, 20, 14, DOUBT))
            d.line((EDGE + 2, y), (EDGE + 2, y + 14), dashes="4 3", stroke=1.2)
        lines = wrap(text, d.width - 2 * EDGE - 34, SMALL)
        y = d.lines(EDGE + 34, y + 11, lines, SMALL, LINE, anchor="start", colour=INK) - 11 + 4
    return y
