"""The picture of the loadings of a model: by construct and item, groups side by side."""

from collections.abc import Sequence

from surveysem.report.context import Context
from surveysem.report.dotplot import Line, Part, Point, dot_plot
from surveysem.report.figures import Figure
from surveysem.report.privacy import note, shown
from surveysem.report.tables import Row, unique
from surveysem.report.words import interval, number

USABLE, GOOD = 0.50, 0.70  # Hair et al., 2019


def figures(c: Context) -> list[Figure]:
    """A picture a model that could be fitted in the latest wave."""
    return [f for model in c.plan["models"] for f in of_model(c, model)]


def of_model(c: Context, model: str) -> list[Figure]:
    """Standardised loadings of the latest wave; no picture without any."""
    _ = c._
    every = c.tables["loadings"].where(model=model, wave=c.wave, statistic="loading_std")
    rows = shown(c, every)
    if not any(r["est"] for r in rows):
        return []
    groups = unique(r["group"] for r in rows)
    found = {(r["group"], r["item"]): r for r in rows}
    parts = [
        Part(c.name(code), [_line(c, item, [found.get((g, item)) for g in groups]) for item in
                            unique(r["item"] for r in rows if r["construct"] == code)])
        for code in unique(r["construct"] for r in rows)
    ]  # fmt: skip
    title = _("Standardised loadings, model {model}, {wave}").format(
        model=model, wave=c.wave_name(c.wave)
    )
    panels = [c.group_name(g) for g in groups]
    said = [
        f"{line.code}: "
        + "; ".join(f"{g} {p.text}" for g, p in zip(panels, line.points, strict=True) if p)
        for part in parts
        for line in part.lines
    ]
    drawn = dot_plot(panels, parts, (USABLE, GOOD), title, ". ".join(said))
    text = _("Lines are 95 % intervals; discs are filled from .50 on; dashed lines: .50 and .70.")
    if len(rows) < len(every):
        text += " " + note(c)
    return [Figure(f"loadings_{model}_{c.language}", drawn, text)]


def _line(c: Context, item: str, rows: Sequence[Row | None]) -> Line:
    return Line(item, c.text(c.plan["items"][item]["text"]), [r and _point(c, r) for r in rows])


def _point(c: Context, r: Row) -> Point:
    if r["est"] == "":
        return Point(None, None, c._("no value"))
    ends = None if r["ci_lower"] == "" else (float(r["ci_lower"]), float(r["ci_upper"]))
    written = interval(r["ci_lower"], r["ci_upper"]) if ends else ""
    return Point(float(r["est"]), ends, f"{number(r['est'])} {written}".strip())
