"""Answers as diverging stacked bars: what is below the middle of the scale goes to the left of
one line, what is above it to the right (Heiberger and Robbins 2014, J. Statistical Software
57(5)). Layout only, no statistics.

Order and side tell an answer as well as its colour: the nearer to the end, the darker.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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

EDGE, GAP, WORDING, BARS, COUNTS = 12.0, 14.0, 270.0, 430.0, 70.0
NAMES = 190.0  # most room for the groups' names
BAR, BETWEEN, APART = 19.0, 4.0, 16.0  # height of a bar; room between bars, and questions
SIZE, SMALL, LINE = 12.0, 11.0, 15.0
# Vermilion and blue of Okabe and Ito (2008), from pale to dark, and a neutral grey
LEFT, RIGHT, MIDDLE = ("#f4bd98", "#a84400"), ("#9ecbe8", "#00558c"), "#e3e7ea"
FIRST = 0.2  # how far to the dark end the answer next to the middle is


@dataclass(frozen=True, slots=True)
class Bar:
    """A group's answers to a question: share of each (0 to 1) and how it is written, in the
    order of the scale. No shares: why there are none, in words."""

    name: str
    shares: Sequence[float]
    texts: Sequence[str]
    n: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """An item: its code, its wording, and its bars."""

    code: str
    wording: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Scale:
    """Questions that have the same answers, whose labels these are, from low to high."""

    answers: Sequence[str]
    questions: Sequence[Question]


def reach(shares: Sequence[float]) -> tuple[float, float]:
    """How far a bar goes to the left and to the right of the line (shares, 0 to 1)."""
    half, middle = len(shares) // 2, len(shares) % 2
    between = shares[half] / 2 if middle else 0.0
    return sum(shares[:half]) + between, sum(shares[half + middle :]) + between


def shades(k: int) -> list[str]:
    """Colours of k answers."""
    half = k // 2
    steps = [FIRST + (1 - FIRST) * j / (half - 1) if half > 1 else 1.0 for j in range(half)]
    low, high = ([_mix(*ends, t) for t in steps] for ends in (LEFT, RIGHT))
    return [*low[::-1], *([MIDDLE] if k % 2 else []), *high]


def diverging(
    scales: Sequence[Scale], ends: tuple[float, float], title: str, description: str
) -> Drawing:
    """Bars of all questions below each other, those of a question's groups together.

    ends: room to the left and right of the line, as shares: the same in all pictures that are
    compared. Pictures are as wide whatever they show.
    """
    d = Drawing(title, description)
    bars = [bar for scale in scales for q in scale.questions for bar in q.bars]
    room = min(NAMES, max(text_width(bar.name, SIZE) for bar in bars))
    left = EDGE + WORDING + GAP + room + 8
    d.width = left + BARS + 8 + COUNTS + EDGE
    unit = BARS / sum(ends)
    y = EDGE
    for scale in scales:
        y = _legend(d, scale.answers, y)
        top = y - APART / 2
        for question in scale.questions:
            y = _question(d, question, shades(len(scale.answers)), left, ends[0], unit, room, y)
            d.line((left + ends[0] * unit, top), (left + ends[0] * unit, top + APART / 2), line=INK)
            top = y - APART / 2
        y = _axis(d, left, ends, unit, top) + APART
    d.height = y - APART + EDGE
    return d


def _mix(pale: str, dark: str, t: float) -> str:
    """Colour between two."""
    ends = zip(*([int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in (pale, dark)), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * t):02x}" for a, b in ends)


def on(fill: str) -> str:
    """Colour of letters on a fill: the one with more contrast (WCAG 2.2, relative luminance)."""

    def light(colour: str) -> float:
        parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    own = light(fill)
    return PAPER if 1.05 / (own + 0.05) > (own + 0.05) / (light(INK) + 0.05) else INK


def _legend(d: Drawing, answers: Sequence[str], y: float) -> float:
    """The answers in order with their colours, on as many lines as they take."""
    x = EDGE
    for text, fill in zip(answers, shades(len(answers)), strict=True):
        for k, line in enumerate(wrap(text, d.width - 2 * EDGE - 40, SIZE)):
            wide = 20 + text_width(line, SIZE) + 16
            if x > EDGE and (k or x + wide > d.width - EDGE):
                x, y = EDGE, y + LINE + 4
            if not k:
                d.boxes.append(Box(x, y, 14, 14, Style(fill, 0.8, line=GREY, radius=0)))
            d.labels.append(Label(x + 20, y + 11.5, line, SIZE, "start"))
            x += wide
    return y + LINE + APART


def _question(d, question: Question, fills, left, origin, unit, room, y) -> float:
    """Draw a question from y on; returns where the next begins."""
    end = d.lines(EDGE, y + 12, [question.code], SIZE, LINE, anchor="start", bold=True)
    texts = wrap(question.wording, WORDING, SMALL) if question.wording else []
    end = d.lines(EDGE, end, texts, SMALL, LINE - 1.5, anchor="start", colour=GREY)
    low = y
    for bar in question.bars:
        names = wrap(bar.name, room, SIZE)
        high = max(BAR, len(names) * (LINE - 1))
        first = low + high / 2 - (len(names) - 1) * (LINE - 1) / 2 + 4
        d.lines(left - 8, first, names, SIZE, LINE - 1, anchor="end")
        _bar(d, bar, fills, left, origin, unit, low + (high - BAR) / 2)
        low += high + BETWEEN
    return max(end - 8, low - BETWEEN) + APART


def _bar(d: Drawing, bar: Bar, fills, left: float, origin: float, unit: float, y: float) -> None:
    base = y + BAR / 2 + 4
    if bar.words:
        d.labels.append(Label(left + 4, base, bar.words, SMALL, "start", colour=GREY))
        return
    x = left + (origin - reach(bar.shares)[0]) * unit
    for share, text, fill in zip(bar.shares, bar.texts, fills, strict=True):
        wide = share * unit
        if share:
            d.boxes.append(Box(x, y, wide, BAR, Style(fill, 1.0, line=PAPER, radius=0)))
        if share and text_width(text, SMALL) <= wide - 3:
            d.labels.append(Label(x + wide / 2, base, text, SMALL, colour=on(fill)))
        x += wide
    d.labels.append(Label(left + BARS + 8, base, bar.n, SMALL, "start", colour=GREY))


def _axis(d: Drawing, left: float, ends: tuple[float, float], unit: float, y: float) -> float:
    """Per cent to both sides of the line; returns where it ends."""
    d.line((left, y + 4), (left + BARS, y + 4), line=PALE, stroke=1)
    for tick in range(-100, 101, 25):
        if -ends[0] - 1e-9 <= tick / 100 <= ends[1] + 1e-9:
            x = left + (ends[0] + tick / 100) * unit
            d.line((x, y + (-APART / 2 if tick == 0 else 4)), (x, y + 9), line=INK, stroke=1)
            d.labels.append(Label(x, y + 21, f"{abs(tick)} %", 10.5, colour=GREY))
    return y + 26
