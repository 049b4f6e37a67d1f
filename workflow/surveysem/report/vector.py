"""Drawings as SVG."""

from html import escape

from surveysem.report.shapes import INK, PAPER, Box, Drawing, Label, Mark, Way

SMALLEST = 720.0  # width in px that a page keeps; a narrower window scrolls
SHRINK = 0.75  # and to what share of its width a wider drawing may shrink


def svg(d: Drawing, *, alone: bool = False) -> str:
    """The drawing as SVG. alone: as a file of its own, not part of a page."""
    parts = [f"<title>{escape(d.title)}</title><desc>{escape(d.description)}</desc>"]
    for draw, shapes in ((_box, d.boxes), (_way, d.ways), (_mark, d.marks), (_label, d.labels)):
        parts += [draw(shape) for shape in shapes]
    size = f"{d.width:.0f} {d.height:.0f}"
    if alone:
        head = (
            f'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" width="{d.width:.0f}" '
            f'height="{d.height:.0f}" viewBox="0 0 {size}"'
        )
        parts.insert(1, f'<rect width="100%" height="100%" fill="{PAPER}"/>')
    else:
        narrow = min(d.width, max(SMALLEST, SHRINK * d.width))
        head = (
            f'class="diagram" viewBox="0 0 {size}" style="max-width:{d.width:.0f}px;'
            f'min-width:{narrow:.0f}px"'
        )
    return f'<svg {head} role="img" aria-label="{escape(d.title)}">{"".join(parts)}</svg>'


def _points(points) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _dashes(dashes: str) -> str:
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _way(way: Way) -> str:
    line = (
        f'<polyline points="{_points(way.points)}" fill="none" stroke="{way.line}" '
        f'stroke-width="{way.stroke:g}"{_dashes(way.dashes)}/>'
    )
    return line + (
        f'<polygon points="{_points(way.head())}" fill="{way.line}"/>' if way.arrow else ""
    )


def _box(box: Box) -> str:
    s = box.style
    outline = f' stroke="{s.line}" stroke-width="{s.stroke:g}"{_dashes(s.dashes)}'
    rounded = f' rx="{s.radius:g}"' if s.radius else ""
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}"{rounded} fill="{s.fill}"{outline if s.stroke else ""}/>'
    )


def _mark(m: Mark) -> str:
    fill = m.line if m.filled else PAPER
    look = f'fill="{fill}" stroke="{m.line}" stroke-width="1.6"'
    if m.sides:
        return f'<polygon points="{_points(m.corners())}" {look}/>'
    return f'<circle cx="{m.x:.1f}" cy="{m.y:.1f}" r="{m.radius:g}" {look}/>'


def _label(label: Label) -> str:
    weight = ' font-weight="600"' if label.bold else ""
    return (
        f'<text x="{label.x:.1f}" y="{label.y:.1f}" font-size="{label.size:g}" '
        f'fill="{label.colour or INK}" text-anchor="{label.anchor}"{weight}>'
        f"{escape(label.text)}</text>"
    )
