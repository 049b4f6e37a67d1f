"""Pictures as SVG text: interval plots and the path diagram. Layout only, no statistics."""

from collections.abc import Mapping, Sequence
from html import escape

from surveysem.report.words import number

INK, GREY, FAINT = "#1b2a33", "#5d6b73", "#d5dce0"
COLOUR = {  # Okabe and Ito (2008), safe for the colour-blind; shape and word say the same
    "supported": "#0072b2",
    "opposite": "#d55e00",
    "negligible": "#5d6b73",
    "undecided": "#8a6d00",
    "not testable": "#8b959b",
}
DASH = {"supported": "", "opposite": "", "undecided": "7 5", "negligible": "2 4"}


def _mark(verdict: str, x: float, y: float) -> str:
    """Mark of an estimate: its shape tells the verdict as well as its colour."""
    colour = COLOUR[verdict]
    if verdict == "supported":
        return f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{colour}"/>'
    if verdict == "opposite":
        points = f"{x - 6:.1f},{y - 5} {x + 6:.1f},{y - 5} {x:.1f},{y + 6}"
        return f'<polygon points="{points}" fill="{colour}"/>'
    if verdict == "negligible":
        return (
            f'<rect x="{x - 5:.1f}" y="{y - 5}" width="10" height="10" fill="#fff" '
            f'stroke="{colour}" stroke-width="2"/>'
        )
    return f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="#fff" stroke="{colour}" stroke-width="2"/>'


def interval_svg(row: Mapping, limits: tuple[float, float], sesoi: float | None, title: str) -> str:
    """One estimate with its interval on a shared scale, with zero and the range of no interest.

    row: std, ci_lower, ci_upper, verdict. Width 260 units, height 26.
    """
    width, height, low, high = 260, 26, *limits

    def x(value: float) -> float:
        return 8 + (width - 16) * (value - low) / (high - low)

    parts = []
    if sesoi:
        parts.append(
            f'<rect x="{x(-sesoi):.1f}" y="0" width="{x(sesoi) - x(-sesoi):.1f}" '
            f'height="{height}" fill="#eef1f3"/>'
        )
    parts.append(
        f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="{height}" stroke="{GREY}" '
        'stroke-width="1"/>'
    )
    if row["std"] != "":
        std, a, b = (float(row[k]) for k in ("std", "ci_lower", "ci_upper"))
        colour = COLOUR[row["verdict"]]
        parts.append(
            f'<line x1="{x(max(a, low)):.1f}" x2="{x(min(b, high)):.1f}" y1="13" y2="13" '
            f'stroke="{colour}" stroke-width="2.5"/>'
        )
        parts.append(_mark(row["verdict"], x(std), 13))
    return (
        f'<svg class="interval" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def limits(rows: Sequence[Mapping]) -> tuple[float, float]:
    """Shared scale of a set of intervals, with zero and a margin, in tenths."""
    ends = [float(r[k]) for r in rows for k in ("ci_lower", "ci_upper") if r[k] != ""]
    low, high = min([*ends, -0.1]), max([*ends, 0.1])
    return (int(low * 10 - 0.999) / 10, int(high * 10 + 0.999) / 10)


def layers(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Columns of a path diagram from causes to outcomes.

    A node stands one column right of its last cause; those without effects stand in the
    last column. Within a column, nodes lie near their neighbours (barycentres, four sweeps;
    Sugiyama, Tagawa and Toda 1981).
    """
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:  # longest route; loops stop growing after len(nodes) rounds
        for cause, effect in edges:
            depth[effect] = min(max(depth[effect], depth[cause] + 1), len(nodes))
    last = max(depth.values(), default=0)
    causes = {cause for cause, _ in edges}
    for node in nodes:
        if node not in causes and depth[node] > 0:
            depth[node] = last
    columns = [[n for n in nodes if depth[n] == d] for d in sorted(set(depth.values()))]
    for sweep in range(4):
        ordered = columns if sweep % 2 else columns[::-1]
        for column in ordered:
            place = {n: k / max(len(c), 1) for c in columns for k, n in enumerate(c)}
            where = {n: (k + 0.5) / len(column) for k, n in enumerate(column)}

            def barycentre(node, place=place, where=where):
                near = [place[b if a == node else a] for a, b in edges if node in (a, b)]
                return sum(near) / len(near) if near else where[node]

            column.sort(key=barycentre)
    return columns


def path_diagram(
    nodes: Sequence[Mapping], edges: Sequence[Mapping], title: str, description: str
) -> str:
    """Path diagram: ellipses for latents with R2, arrows as wide as the path is large.

    nodes: code, name, r2 ('' if a cause). edges: from, to, std, verdict, label (hover).
    """
    by_code = {n["code"]: n for n in nodes}
    columns = layers([n["code"] for n in nodes], [(e["from"], e["to"]) for e in edges])
    tallest = max(len(c) for c in columns)
    gap_x, gap_y, rx, ry = 300, 84, 92, 30
    width = gap_x * (len(columns) - 1) + 2 * rx + 24
    height = gap_y * tallest + 24
    at = {}
    for k, column in enumerate(columns):
        step = (height - 24) / len(column)
        for m, code in enumerate(column):
            at[code] = (rx + 12 + k * gap_x, 12 + step * (m + 0.5))
    arrows = [_arrow(e, at, rx, ry, k) for k, e in enumerate(edges)]
    ellipses = [_ellipse(by_code[c], *at[c], rx, ry) for column in columns for c in column]
    heads = "".join(
        f'<marker id="head-{v.replace(" ", "-")}" viewBox="0 0 10 10" refX="9" refY="5" '
        f'markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L10 5L0 10z" fill="{c}"/></marker>'
        for v, c in COLOUR.items()
    )
    return (
        f'<svg class="diagram" viewBox="0 0 {width} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc><defs>{heads}</defs>"
        + "".join(a for a, _ in arrows)
        + "".join(ellipses)
        + "".join(label for _, label in arrows)
        + "</svg>"
    )


def _arrow(edge: Mapping, at: Mapping, rx: float, ry: float, k: int) -> tuple[str, str]:
    """An arrow and its label, as two texts (labels lie above all arrows)."""
    (x1, y1), (x2, y2) = at[edge["from"]], at[edge["to"]]
    if x1 == x2:  # same column: bow out to the right
        start, end = (x1 + rx * 0.7, y1 + ry * 0.7), (x2 + rx * 0.7, y2 - ry * 0.7)
        c1, c2 = (x1 + rx + 90, y1 + ry), (x2 + rx + 90, y2 - ry)
    else:
        start, end = (x1 + rx, y1), (x2 - rx - 2, y2)
        bend = (end[0] - start[0]) * 0.4
        c1, c2 = (start[0] + bend, start[1]), (end[0] - bend, end[1])
    size = abs(float(edge["std"])) if edge["std"] != "" else 0.0
    verdict = edge["verdict"]
    dash = f' stroke-dasharray="{DASH[verdict]}"' if DASH.get(verdict) else ""
    colour = COLOUR[verdict]
    path = (
        f'<path d="M{start[0]:.1f} {start[1]:.1f}C{c1[0]:.1f} {c1[1]:.1f} {c2[0]:.1f} '
        f'{c2[1]:.1f} {end[0]:.1f} {end[1]:.1f}" fill="none" stroke="{colour}" '
        f'stroke-width="{1 + 7 * min(size, 1):.1f}"{dash} stroke-opacity="0.85" '
        f'marker-end="url(#head-{verdict.replace(" ", "-")})">'
        f"<title>{escape(edge['label'])}</title></path>"
    )
    t = (0.30, 0.42, 0.54)[k % 3]  # labels of neighbours do not stand on one line
    lx, ly = (
        (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        for a, b, c, d in zip(start, c1, c2, end, strict=True)
    )
    text = number(edge["std"])
    label = (
        f'<g><rect x="{lx - 20:.1f}" y="{ly - 10:.1f}" width="40" height="19" rx="4" '
        f'fill="#fff" fill-opacity="0.92"/><text x="{lx:.1f}" y="{ly + 5:.1f}" '
        f'text-anchor="middle" font-size="14" fill="{colour}" font-weight="600">{text}'
        f"<title>{escape(edge['label'])}</title></text></g>"
    )
    return path, label


def _ellipse(node: Mapping, x: float, y: float, rx: float, ry: float) -> str:
    lines = _wrap(node["name"])
    if node["r2"] != "":
        lines = [*lines, f"R² {number(node['r2'], 2, bounded=True)}"]
    top = y - 7.5 * (len(lines) - 1) + 5
    text = "".join(
        f'<tspan x="{x:.0f}" y="{top + 15 * k:.1f}"'
        + (f' font-size="12" fill="{GREY}"' if line.startswith("R²") else "")
        + f">{escape(line)}</tspan>"
        for k, line in enumerate(lines)
    )
    return (
        f'<ellipse cx="{x:.0f}" cy="{y:.1f}" rx="{rx}" ry="{ry}" fill="#fff" stroke="{INK}" '
        f'stroke-width="1.6"/><text text-anchor="middle" font-size="14" fill="{INK}">{text}</text>'
    )


def _wrap(name: str) -> list[str]:
    """A name on at most two lines that fit an ellipse."""
    wide = sum(2 if ord(c) > 0x2E80 else 1 for c in name)
    if wide <= 20:
        return [name]
    if " " not in name:
        cut = (len(name) + 1) // 2
        return [name[:cut], name[cut:]]
    words, best = name.split(" "), 1
    for k in range(1, len(words)):
        if abs(len(" ".join(words[:k])) - len(name) / 2) < abs(
            len(" ".join(words[:best])) - len(name) / 2
        ):
            best = k
    return [" ".join(words[:best]), " ".join(words[best:])]
