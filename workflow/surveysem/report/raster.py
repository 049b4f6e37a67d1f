"""Drawings as PNG, for documents and slides (matplotlib)."""

import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from surveysem.report.shapes import PAPER, Drawing

SCALE = 3.0  # pixels a unit: 216 dots an inch where a unit is a point of 1/72 inch
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
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = families("".join(label.text for label in d.labels))
    if names is None:
        return None
    with rc_context({"font.family": names, "text.parse_math": False}):
        figure = Figure(figsize=(d.width / 72, d.height / 72), dpi=72 * SCALE)
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, d.width), ylim=(d.height, 0))
        axes.set_axis_off()
        _boxes(axes, d)
        _lines(axes, d)
        for label in d.labels:
            side = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
            own = families(label.text) or names
            bold = label.bold and own == [LATIN]  # the others have one weight
            axes.text(
                label.x, label.y, label.text, fontsize=label.size * 0.92, color=label.colour,
                ha=side, va="baseline", fontweight="bold" if bold else "normal", zorder=5,
                family=own,
            )  # fmt: skip
        out = io.BytesIO()
        canvas.print_png(
            out,
            metadata={"Software": None, "Title": d.title},
            pil_kwargs={"compress_level": 2},  # half the time of 6, a fifth more bytes
        )
    return out.getvalue()


def _pattern(dashes: str):
    """Dashes as in SVG, for lines of any width."""
    return (0, tuple(map(float, dashes.split()))) if dashes else "-"


def _boxes(axes, d: Drawing) -> None:
    from matplotlib.patches import FancyBboxPatch

    for box in d.boxes:
        s = box.style
        r = min(s.radius, box.width / 2, box.height / 2)
        axes.add_patch(
            FancyBboxPatch((box.x + r, box.y + r), box.width - 2 * r, box.height - 2 * r, zorder=2,
                           boxstyle=f"round,pad={r},rounding_size={r}" if r else "square,pad=0",
                           facecolor=s.fill, edgecolor=s.line if s.stroke else "none",
                           linewidth=s.stroke, linestyle=_pattern(s.dashes))
        )  # fmt: skip


def _lines(axes, d: Drawing) -> None:
    """Ways and marks."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle, Polygon

    for way in d.ways:
        x, y = zip(*way.points, strict=True)
        axes.add_line(
            Line2D(x, y, color=way.line, linewidth=way.stroke, linestyle=_pattern(way.dashes),
                   solid_capstyle="butt", zorder=3)
        )  # fmt: skip
        if way.arrow:
            axes.add_patch(
                Polygon(way.head(), closed=True, facecolor=way.line, linewidth=0, zorder=3)
            )
    for m in d.marks:
        look = {"facecolor": m.line if m.filled else PAPER, "edgecolor": m.line, "linewidth": 1.6,
                "zorder": 4}  # fmt: skip
        axes.add_patch(
            Polygon(m.corners(), closed=True, **look)
            if m.sides
            else Circle((m.x, m.y), m.radius, **look)
        )
