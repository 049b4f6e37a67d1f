"""What pictures are made of: shapes on a sheet, which vector.svg and raster.png draw alike.

Units are those of the SVG; y grows downwards. No shape's colour alone carries meaning.
"""

import re
from dataclasses import dataclass, field

INK, GREY, PALE = "#1b2a33", "#5d6b73", "#d5dce0"
PAPER, SOFT = "#ffffff", "#f4f6f7"
HEAD = 7.0  # length of an arrow's head
# Widths in sizes of the letter, after DejaVu Sans, a wide font: rather too wide than too narrow,
# since the fonts of a page's reader are not known. BOLD: bold letters against plain ones.
WIDE, LETTER, BOLD = 1.0, 0.645, 1.13
WIDTHS = (
    dict.fromkeys("ijl'|,. I", 0.34)
    | dict.fromkeys("frt()[]/-·!:;", 0.43)
    | {'"': 0.48}
    | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&wΔ", 0.8)
    | dict.fromkeys("mMW%@#+^~…—≤≥−=<>", 1.0)
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a box is drawn. stroke: width of its outline, 0 for none; dashes: as in SVG."""

    fill: str = PAPER
    stroke: float = 1.4
    dashes: str = ""
    line: str = INK
    radius: float = 3.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    style: Style = Style()


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text. anchor: start, middle or end; y: of its baseline."""

    x: float
    y: float
    text: str
    size: float = 14.0
    anchor: str = "middle"
    bold: bool = False
    colour: str = INK

    @property
    def left(self) -> float:
        """Where its first letter begins, by `text_width`."""
        wide = text_width(self.text, self.size, bold=self.bold)
        return self.x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]


@dataclass(frozen=True, slots=True)
class Way:
    """A line along points; arrow: whether its end has a head (it then goes at right angles)."""

    points: tuple[tuple[float, float], ...]
    arrow: bool = True
    stroke: float = 1.4
    dashes: str = ""
    line: str = GREY

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


@dataclass(frozen=True, slots=True)
class Mark:
    """A point's sign, a closed polygon or (without sides) a disc. sides: 0, 3 or 4 (a diamond).

    filled: else its inside is white.
    """

    x: float
    y: float
    sides: int = 0
    filled: bool = True
    radius: float = 4.5
    line: str = INK

    def corners(self) -> tuple[tuple[float, float], ...]:
        """Corners of the polygon; none of a disc."""
        r, x, y = self.radius * 1.15, self.x, self.y
        return {
            0: (),
            3: ((x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r)),
            4: ((x, y - r), (x + r, y), (x, y + r), (x - r, y)),
        }[self.sides]


@dataclass(slots=True)
class Drawing:
    """Shapes on a sheet, drawn in the order boxes, ways, marks, labels; title and description
    are for those who do not see them."""

    title: str
    description: str
    width: float = 0.0
    height: float = 0.0
    boxes: list[Box] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def line(self, *points: tuple[float, float], **style) -> None:
        """A line without a head."""
        self.ways.append(Way(points, arrow=False, **style))

    def lines(self, x: float, y: float, texts, size: float, step: float, **style) -> float:
        """Lines of text below each other, the first with its baseline at y; returns that after
        the last."""
        for text in texts:
            self.labels.append(Label(x, y, text, size, **style))
            y += step
        return y


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is at most, by letters of common width."""
    letters = sum(WIDE if ord(ch) > 0x2E80 else WIDTHS.get(ch, LETTER) for ch in text)
    return size * letters * (BOLD if bold else 1.0)


def wrap(text: str, room: float, size: float) -> list[str]:
    """A text in lines that fit into `room`; a word that is longer than a line is cut."""
    lines, used = [""], 0.0
    for part in re.findall(r"[⺀-鿿＀-￯]|\s+|[^\s⺀-鿿＀-￯]+", text):
        for piece in _pieces(part, room, size):
            width = text_width(piece, size)
            if used and used + width > room + 1e-6:  # room may be this text's own width
                lines.append("")
                used = 0.0
            if used or not piece.isspace():
                lines[-1] += piece
                used += width
    return [line.strip() for line in lines]


def _pieces(word: str, room: float, size: float) -> list[str]:
    """A word whole, or in pieces where it is wider than `room`."""
    most = max(1, int(room / text_width("x", size)))
    if text_width(word, size) <= room + 1e-6 or word.isspace():
        return [word]
    return [word[k : k + most] for k in range(0, len(word), most)]


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """A text in one line: what fits, with an ellipsis where something does not."""
    if text_width(text, size, bold=bold) <= room + 1e-6:
        return text
    while text and text_width(text + "…", size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"
