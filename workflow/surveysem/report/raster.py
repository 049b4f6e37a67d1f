"""Drawings as PNG, for documents and slides (matplotlib)."""

import io
from functools import cache

from surveysem.report.charts import GREY, INK
from surveysem.report.flowchart import STYLE, Drawing

SCALE = 3.0  # pixels a unit: 216 dots an inch where a unit is a point of 1/72 inch
LATIN = "DejaVu Sans"  # comes with matplotlib


@cache
def _fonts() -> tuple[tuple[str, str], ...]:
    """Families and files of the upright fonts of normal weight on this machine, sans serif
    first, so that every run chooses the same."""
    from matplotlib.font_manager import fontManager

    upright = [
        f
        for f in fontManager.ttflist
        if f.style == "normal" and f.weight in (400, "normal", "regular")
    ]
    found = {(f.name, f.fname) for f in upright}
    return tuple(sorted(found, key=lambda f: ("Sans" not in f[0], f)))


def families(texts: str) -> list[str] | None:
    """Fonts that together have every character of a text; None where this machine has none."""
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    wanted = {ord(ch) for ch in texts}
    wanted -= set(FT2Font(findfont(FontProperties(family=LATIN))).get_charmap())
    if not wanted:
        return [LATIN]
    for name, file in _fonts():
        if wanted <= set(FT2Font(file).get_charmap()):
            return [LATIN, name]
    return None


def png(d: Drawing) -> bytes | None:
    """The drawing's PNG; None where no font of this machine has all its characters."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch, Polygon

    names = families("".join(label.text for label in d.labels))
    if names is None:
        return None
    with rc_context({"font.family": names, "text.parse_math": False}):
        figure = Figure(figsize=(d.width / 72, d.height / 72), dpi=72 * SCALE)
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, d.width), ylim=(d.height, 0))
        axes.set_axis_off()
        for way in d.ways:
            axes.plot(*zip(*way.points, strict=True), color=GREY, linewidth=1.4)
            if way.arrow:
                axes.add_patch(Polygon(way.head(), closed=True, facecolor=GREY, linewidth=0))
        for box in d.boxes:
            fill, width, dashes = STYLE[box.kind]
            line = (0, tuple(map(float, dashes.split()))) if dashes else "-"
            axes.add_patch(
                FancyBboxPatch((box.x + 3, box.y + 3), box.width - 6, box.height - 6, zorder=3,
                               boxstyle="round,pad=3,rounding_size=3", facecolor=fill,
                               edgecolor=INK, linewidth=width, linestyle=line)
            )  # fmt: skip
        for label in d.labels:
            side = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
            axes.text(
                label.x, label.y, label.text, fontsize=label.size * 0.92, color=INK, ha=side,
                va="baseline", fontweight="bold" if label.bold else "normal", zorder=4,
            )  # fmt: skip
        out = io.BytesIO()
        canvas.print_png(out, metadata={"Software": None, "Title": d.title})
    return out.getvalue()
