"""Pictures as SVG text: interval plots and the path diagram. Layout only, no statistics."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from surveysem.report.shapes import GREY, INK
from surveysem.report.words import number

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


def axis_svg(limits: tuple[float, float]) -> str:
    """Scale below a stack of interval plots: a tick at zero and at every second tenth."""
    low, high = limits
    first = -int(-low * 5 + 1e-9)
    ticks = [k / 5 for k in range(first, int(high * 5 + 1e-9) + 1)]
    parts = []
    for tick in ticks:
        x = 8 + 244 * (tick - low) / (high - low)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="4" stroke="{GREY}"/>'
            f'<text x="{x:.1f}" y="15" text-anchor="middle" font-size="10" fill="{GREY}">'
            f"{number(tick, 1)}</text>"
        )
    return f'<svg class="interval" viewBox="0 0 260 18" aria-hidden="true">{"".join(parts)}</svg>'


def limits(rows: Sequence[Mapping]) -> tuple[float, float]:
    """Shared scale of a set of intervals, with zero and a margin, in tenths."""
    ends = [float(r[k]) for r in rows for k in ("ci_lower", "ci_upper") if r[k] != ""]
    low, high = min([*ends, -0.1]), max([*ends, 0.1])
    return (int(low * 10 - 0.999) / 10, int(high * 10 + 0.999) / 10)


def layers(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list]:
    """Columns of a path diagram from causes to outcomes.

    A node stands one column right of its last cause; nodes without effects stand in the
    last column. An edge over several columns passes each one between by a waypoint, the
    tuple (cause, effect, column). Within a column, entries lie near their neighbours
    (barycentres, eight sweeps; Sugiyama, Tagawa and Toda 1981).
    """
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:  # longest route; loops stop growing after len(nodes) rounds
        for cause, effect in edges:
            depth[effect] = min(max(depth[effect], depth[cause] + 1), len(nodes))
    causes = {cause for cause, _ in edges}
    for node in nodes:
        if node not in causes and depth[node] > 0:
            depth[node] = max(depth.values())
    depth = {n: sorted(set(depth.values())).index(d) for n, d in depth.items()}
    columns: list[list] = [[n for n in nodes if depth[n] == d] for d in sorted(set(depth.values()))]
    steps = []
    for cause, effect in edges:
        route = [(cause, effect, d) for d in range(depth[cause] + 1, depth[effect])]
        for point in route:
            columns[point[2]].append(point)
        steps += list(pairwise([cause, *route, effect]))
    for sweep in range(8):
        for column in columns if sweep % 2 else columns[::-1]:
            place = {n: (k + 0.5) / len(c) for c in columns for k, n in enumerate(c)}
            score = {}
            for n in column:
                near = [place[b if a == n else a] for a, b in steps if n in (a, b)]
                score[n] = sum(near) / len(near) if near else place[n]
            column.sort(key=score.__getitem__)
    return columns


ROOM = {True: 84.0, False: 40.0}  # height that a construct, and a waypoint, take
GAP, RX, RY, EDGE = 300, 92, 30, 14


def _places(columns: Sequence[Sequence]) -> tuple[dict, float]:
    """Centre of every entry, and the height of the picture."""
    heights = [sum(ROOM[isinstance(n, str)] for n in column) for column in columns]
    height, at = max(heights), {}
    for k, (column, own) in enumerate(zip(columns, heights, strict=True)):
        spare, y = (height - own) / len(column), float(EDGE)
        for n in column:
            room = ROOM[isinstance(n, str)] + spare
            at[n] = (RX + EDGE + k * GAP, y + room / 2)
            y += room
    return at, height + 2 * EDGE


def path_diagram(
    nodes: Sequence[Mapping], edges: Sequence[Mapping], title: str, description: str
) -> str:
    """Path diagram: ellipses for latents with R2, arrows as wide as the path is large.

    nodes: code, name, r2 ('' if a cause). edges: from, to, std, verdict, label (hover).
    """
    by_code = {n["code"]: n for n in nodes}
    columns = layers([n["code"] for n in nodes], [(e["from"], e["to"]) for e in edges])
    at, height = _places(columns)
    width = GAP * (len(columns) - 1) + 2 * (RX + EDGE)
    taken: list[tuple[float, float]] = []
    arrows = [_arrow(e, at, taken) for e in edges]
    ellipses = [_ellipse(by_code[n], *at[n]) for c in columns for n in c if isinstance(n, str)]
    heads = "".join(
        f'<marker id="head-{v.replace(" ", "-")}" viewBox="0 0 10 10" refX="9" refY="5" '
        f'markerWidth="12" markerHeight="12" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L10 5L0 10z" fill="{c}"/></marker>'
        for v, c in COLOUR.items()
    )
    return (
        f'<svg class="diagram" viewBox="0 0 {width} {height:.0f}" '
        f'style="max-width:{width}px;min-width:{min(width, 832)}px" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc><defs>{heads}</defs>"
        + "".join(a for a, _ in arrows)
        + "".join(ellipses)
        + "".join(label for _, label in arrows)
        + "</svg>"
    )


def _arrow(edge: Mapping, at: Mapping, taken: list) -> tuple[str, str]:
    """An arrow and its label, as two texts (labels lie above all arrows).

    taken: centres of the labels placed so far; this one is added.
    """
    points = [at[edge["from"]]]
    points += sorted(xy for n, xy in at.items() if n[:2] == (edge["from"], edge["to"]))
    points.append(at[edge["to"]])
    (x1, y1), (x2, y2) = points[0], points[-1]
    if x1 == x2:  # same column (a loop): bow out to the right
        curves = [((x1 + RX * 0.7, y1 + RY * 0.7), (x1 + RX + 90, y1 + RY),
                   (x2 + RX + 90, y2 - RY), (x2 + RX * 0.7, y2 - RY * 0.7))]  # fmt: skip
    else:
        points[0], points[-1] = (x1 + RX, y1), (x2 - RX - 3, y2)
        curves = []
        for (ax, ay), (bx, by) in pairwise(points):
            bend = (bx - ax) * 0.45
            curves.append(((ax, ay), (ax + bend, ay), (bx - bend, by), (bx, by)))
    size = abs(float(edge["std"])) if edge["std"] != "" else 0.0
    verdict = edge["verdict"]
    dash = f' stroke-dasharray="{DASH[verdict]}"' if DASH.get(verdict) else ""
    colour = COLOUR[verdict]
    path = f"M{curves[0][0][0]:.1f} {curves[0][0][1]:.1f}" + "".join(
        "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in curve[1:]) for curve in curves
    )
    arrow = (
        f'<path d="{path}" fill="none" stroke="{colour}" '
        f'stroke-width="{1.2 + 6 * min(size, 1):.1f}"{dash} stroke-opacity="0.85" '
        f'marker-end="url(#head-{verdict.replace(" ", "-")})">'
        f"<title>{escape(edge['label'])}</title></path>"
    )
    lx, ly = _free_spot(curves, taken)
    taken.append((lx, ly))
    label = (
        f'<g><rect x="{lx - 20:.1f}" y="{ly - 10:.1f}" width="40" height="19" rx="4" '
        f'fill="#fff" fill-opacity="0.92"/><text x="{lx:.1f}" y="{ly + 5:.1f}" '
        f'text-anchor="middle" font-size="14" fill="{colour}" font-weight="600">'
        f"{number(edge['std'])}<title>{escape(edge['label'])}</title></text></g>"
    )
    return arrow, label


def _free_spot(curves: Sequence, taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """A point of the first curve at which a label hides no other; the middle if there is none."""
    for t in (0.45, 0.35, 0.55, 0.28, 0.62, 0.70, 0.20, 0.78):
        x, y = (
            (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            for a, b, c, d in zip(*curves[0], strict=True)
        )
        if all(abs(x - u) > 44 or abs(y - v) > 20 for u, v in taken):
            return x, y
    return tuple((a + d) / 2 for a, _, _, d in zip(*curves[0], strict=True))


def _ellipse(node: Mapping, x: float, y: float) -> str:
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
        f'<ellipse cx="{x:.0f}" cy="{y:.1f}" rx="{RX}" ry="{RY}" fill="#fff" stroke="{INK}" '
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
