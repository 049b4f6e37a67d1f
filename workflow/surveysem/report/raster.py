"""Drawings as PNG, for documents and slides (Pillow; fonts by matplotlib)."""

import io
import math
from functools import cache
from importlib.util import find_spec
from itertools import cycle, groupby, pairwise
from pathlib import Path

from surveysem.report.shapes import PAPER, Drawing, Label

SCALE = 3.0  # pixels a unit: 216 dots an inch where a unit is a point of 1/72 inch
SMOOTH = 2
LATIN = "DejaVu Sans"  # comes with matplotlib
PACKAGE, FACE = "noto_cjk_sans_otc", "Noto Sans CJK SC"  # Chinese as written in the mainland


@cache
def _packaged() -> tuple[tuple[str, str, int], ...]:
    """FACE of the font that environment.yml installs, so that every machine draws the same
    letters; nothing where it is not installed."""
    from matplotlib.font_manager import fontManager

    found = find_spec(PACKAGE)
    if found is None:
        return ()
    for file in sorted(Path(found.origin).parent.glob("*.[ot]t[cf]")):
        fontManager.addfont(str(file))
    return tuple((f.name, f.fname, f.index) for f in fontManager.ttflist if f.name == FACE)[:1]


@cache
def _fonts() -> tuple[tuple[str, str, int], ...]:
    """Families, files and faces of the upright fonts of normal weight on this machine, sans
    serif first, so that every run chooses the same."""
    from matplotlib.font_manager import fontManager

    upright = [
        f
        for f in fontManager.ttflist
        if f.style == "normal" and f.weight in (400, "normal", "regular")
    ]
    found = {(f.name, f.fname, f.index) for f in upright}
    return tuple(sorted(found, key=lambda f: ("Sans" not in f[0], f)))


@cache
def _characters(file: str, face: int) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(file, face_index=face).get_charmap())


def families(texts: str) -> list[str] | None:
    """Fonts that together have every character of a text: matplotlib's own, the packaged one,
    any of this machine; None where there is none."""
    from matplotlib.font_manager import FontProperties, findfont

    wanted = {ord(ch) for ch in texts} - _characters(findfont(FontProperties(family=LATIN)), 0)
    if not wanted:
        return [LATIN]
    for fonts in (_packaged, _fonts):
        for name, file, face in fonts():
            if wanted <= _characters(file, face):
                return [LATIN, name]
    return None


def png(d: Drawing) -> bytes | None:
    """The drawing's PNG; None where no font has all its characters."""
    from PIL import Image, ImageDraw, PngImagePlugin

    if families("".join(label.text for label in d.labels)) is None:
        return None
    # shapes on a sheet of twice the size, which shrinks to smooth edges; letters are smooth as such
    size = round(d.width * SCALE), round(d.height * SCALE)
    sheet = Image.new("RGB", (size[0] * SMOOTH, size[1] * SMOOTH), PAPER)
    _shapes(ImageDraw.Draw(sheet), d, SCALE * SMOOTH)
    sheet = sheet.reduce(SMOOTH)
    pen = ImageDraw.Draw(sheet)
    for label in d.labels:
        _write(pen, label)
    out, about = io.BytesIO(), PngImagePlugin.PngInfo()
    about.add_text("Title", d.title)
    dots = (72 * SCALE, 72 * SCALE)
    sheet.save(out, "PNG", compress_level=2, pnginfo=about, dpi=dots)
    return out.getvalue()


def _shapes(pen, d: Drawing, k: float) -> None:
    """Boxes, ways and marks, with k pixels a unit."""
    for box in d.boxes:
        s, corners = box.style, (box.x, box.y, box.x + box.width, box.y + box.height)
        edge = round(s.stroke * k)
        radius = min(s.radius, box.width / 2, box.height / 2) * k
        # an outline lies half within the box, as in SVG
        around = [c * k + (edge / 2) * (-1 if n < 2 else 1) for n, c in enumerate(corners)]
        dashed = bool(s.dashes)
        pen.rounded_rectangle(
            around, radius, s.fill, None if dashed or not edge else s.line, max(edge, 1)
        )
        if dashed and edge:
            x0, y0, x1, y1 = corners
            _line(pen, ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)), s, k)
    for way in d.ways:
        _line(pen, way.points, way, k)
        if way.arrow:
            pen.polygon([(x * k, y * k) for x, y in way.head()], way.line)
    for m in d.marks:
        look = {"fill": m.line if m.filled else PAPER, "outline": m.line, "width": round(1.6 * k)}
        if m.sides:
            pen.polygon([(x * k, y * k) for x, y in m.corners()], **look)
        else:
            pen.circle((m.x * k, m.y * k), m.radius * k, **look)


def _line(pen, points, style, k: float) -> None:
    """A line along points, dashed where its style says so."""
    width = max(1, round(style.stroke * k))
    for start, end in pairwise(points):
        for a, b in _dashed(start, end, style.dashes):
            pen.line((a[0] * k, a[1] * k, b[0] * k, b[1] * k), style.line, width)


def _dashed(start, end, dashes: str):
    """Pieces of a straight line that are drawn: all of it, or dashes as in SVG."""
    lengths = [float(x) for x in dashes.split()]
    whole = math.dist(start, end)
    if not lengths or not whole:
        return [(start, end)]
    pieces, at, drawn = [], 0.0, True
    for length in cycle(lengths if len(lengths) % 2 == 0 else 2 * lengths):
        stop = min(at + length, whole)
        if drawn:
            pieces.append(tuple(
                tuple(a + (b - a) * share / whole for a, b in zip(start, end, strict=True))
                for share in (at, stop)
            ))  # fmt: skip
        at, drawn = stop, not drawn
        if at >= whole:
            return pieces


def _write(pen, label: Label) -> None:
    """A label, each run of its characters in the first font that has them."""
    runs = []
    for name, run in groupby(label.text, _family):
        bold = label.bold and name == LATIN  # the others have one weight
        runs.append(("".join(run), _letters(name, round(label.size * 0.92 * SCALE), bold)))
    wide = sum(font.getlength(text) for text, font in runs)
    x = label.x * SCALE - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor]
    for text, font in runs:
        pen.text((x, label.y * SCALE), text, label.colour, font, anchor="ls")
        x += font.getlength(text)


@cache
def _family(character: str) -> str:
    return families(character)[-1]


@cache
def _letters(family: str, size: int, bold: bool):
    from matplotlib.font_manager import FontProperties, findfont
    from PIL import ImageFont

    if family == LATIN:
        weight = "bold" if bold else "normal"
        return ImageFont.truetype(findfont(FontProperties(family=LATIN, weight=weight)), size)
    file, face = next((f, k) for name, f, k in (*_packaged(), *_fonts()) if name == family)
    return ImageFont.truetype(file, size, index=face)
