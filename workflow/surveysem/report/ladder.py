"""The ladder of invariance: a row a level, what each costs in fit, and where the limits are.

Layout only, no statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from surveysem.report.shapes import (
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
    y, before = EDGE + 24, None
    for k, rung in enumerate(rungs):
        names = wrap(rung.name, (LEVEL - 16) / 1.12, SIZE)
        verdict = wrap(rung.verdict, LEVEL - 16, SMALL)
        remark = wrap(rung.remark, REMARK, SMALL) if rung.remark else []
        said = [wrap(" · ".join(lane.said), REMARK, SMALL) for lane in rung.lanes]
        lanes = [max(LANE, len(text) * LINE + 8) for text in said]
        high = max(len(names) * 16 + len(verdict) * LINE + 14, sum(lanes) + len(remark) * LINE + 6)
        d.boxes.append(Box(EDGE, y, LEVEL, high, SOLID if rung.passed else DASHED))
        first = y + high / 2 - (len(names) * 16 + len(verdict) * LINE) / 2 + 12
        end = d.lines(EDGE + LEVEL / 2, first, names, SIZE, 16, bold=True)
        d.lines(EDGE + LEVEL / 2, end, verdict, SMALL, LINE)
        if before is not None:
            d.ways.append(Way(((EDGE + LEVEL / 2, before), (EDGE + LEVEL / 2, y)), stroke=1.6))
        at = y
        for x, index, scale, column in zip(
            starts, indices, scales, range(len(indices)), strict=True
        ):
            _limit(d, x, index, scale, k, y, high, any(v.changes for v in rung.lanes))
            at = y
            for lane, tall in zip(rung.lanes, lanes, strict=True):
                if lane.changes and lane.changes[column]:
                    _value(d, lane.changes[column], lane.partial, x, scale, at + tall / 2)
                at += tall
        at = y
        for text, tall in zip(said, lanes, strict=True):
            middle = at + tall / 2 - (len(text) - 1) * LINE / 2 + 4
            d.lines(right, middle, text, SMALL, LINE, anchor="start")
            at += tall
        d.lines(right, at + LINE - 2, remark, SMALL, LINE, anchor="start", colour=GREY)
        before, y = y + high, y + high + STEP
    d.height = _key(d, words, y) + EDGE
    return d


def _scale(index: Index, rungs: Sequence[Rung], k: int) -> float:
    """The largest change to either side that a panel has to hold."""
    values = [abs(lane.changes[k].value) for rung in rungs for lane in rung.lanes
              if lane.changes and lane.changes[k]]  # fmt: skip
    return 1.25 * max([*values, *(abs(v) for v in index.limits if v is not None), 1e-6])


def _place(x: float, value: float, scale: float) -> float:
    return x + PLOT * (0.5 + 0.5 * value / scale)


def _limit(d: Drawing, x, index: Index, scale: float, k: int, y, high, shown: bool) -> None:
    """The zero line of a row, and the range beyond its limit."""
    if not shown:
        return
    d.line((_place(x, 0, scale), y), (_place(x, 0, scale), y + high), line=PALE, stroke=1.2)
    limit = index.limits[k]
    if limit is None:
        return
    at = _place(x, limit, scale)
    a, b = (x, at) if index.worse < 0 else (at, x + PLOT)
    d.boxes.append(Box(a, y, b - a, high, DOUBT))
    d.line((at, y), (at, y + high), dashes="4 3", stroke=1.2)
    text, size = index.limit_texts[k], 10.0
    half = text_width(text, size) / 2
    centre = min(max(at, x + half), x + PLOT - half)
    d.labels.append(Label(centre, y + high + 10.5, text, size, colour=GREY))


def _value(d: Drawing, v: Value, partial: bool, x: float, scale: float, y: float) -> None:
    """A sign at a change, and its number beside it, on the side with more room."""
    at = _place(x, v.value, scale)
    d.marks.append(Mark(at, y, 4 if partial else 0, not partial))
    wide = text_width(v.text, SMALL)
    if at + 9 + wide <= x + PLOT and (v.value >= 0 or at - 9 - wide < x):
        d.labels.append(Label(at + 9, y + 4, v.text, SMALL, "start"))
    elif at - 9 - wide >= x:
        d.labels.append(Label(at - 9, y + 4, v.text, SMALL, "end"))
    else:
        d.labels.append(Label(at, y - 8, v.text, SMALL))


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
