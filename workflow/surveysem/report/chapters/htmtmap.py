"""The picture of a model's ratios of correlations (HTMT): a matrix, close pairs framed."""

from surveysem.report import words
from surveysem.report.context import Context
from surveysem.report.figures import Figure
from surveysem.report.heatmap import Cell, heat_map
from surveysem.report.privacy import shown
from surveysem.report.tables import Row, unique
from surveysem.report.words import number

LIMITS = (0.85, 0.90)  # Henseler, Ringle & Sarstedt, 2015


def figures(c: Context) -> list[Figure]:
    """Pictures of all models of the latest wave."""
    return [f for model in c.plan["models"] for f in of_model(c, model)]


def of_model(c: Context, model: str) -> list[Figure]:
    """The leading rows' matrix, then that of each group, folded; none without a value."""
    rows = shown(c, c.tables["validity"].where(model=model, wave=c.wave, statistic="htmt"))
    lead = c.lead_group(model)
    groups = unique([g for g in (lead,) if any(r["group"] == g for r in rows)]
                    + [r["group"] for r in rows])  # fmt: skip
    return [f for g in groups for f in _of_group(c, model, g, [r for r in rows if r["group"] == g])]


def _of_group(c: Context, model: str, group: str, rows: list[Row]) -> list[Figure]:
    _ = c._
    if not any(r["est"] for r in rows):
        return []
    met = {code for r in rows for code in (r["construct"], r["with"])}
    codes = [code for code in c.plan["constructs"] if code in met]
    place = {code: k for k, code in enumerate(codes)}
    cells = {}
    for r in rows:
        pair = sorted((r["construct"], r["with"]), key=place.__getitem__, reverse=True)
        cells[tuple(pair)] = _cell(r)
    who = c.groups_in_words(model) if group == "all" else c.group_name(group)
    title = _("HTMT, model {model}, {who}, {wave}").format(
        model=model, who=who, wave=c.wave_name(c.wave)
    )
    close = [f"{c.name(a)} – {c.name(b)} {cell.text} {cell.bound}".strip()
             for (a, b), cell in cells.items() if cell.reached]  # fmt: skip
    said = _("In {n} of {all} pairs the upper limit reaches .85.").format(
        n=len(close), all=len(cells)
    )
    keys = [(k, _("upper limit of the interval {limit} or more").format(
        limit=number(limit, 2, bounded=True))) for k, limit in enumerate(LIMITS, 1)]  # fmt: skip
    drawn = heat_map([(code, c.name(code)) for code in codes], cells, keys, title,
                     " ".join([said, words.first(close, _, len(close))]).strip())  # fmt: skip
    text = _("Large: HTMT; small: upper limit of its 95 % interval. The darker, the larger.")
    name = f"htmt_{model}_{group}_{c.language}"
    return [Figure(name, drawn, f"{said} {text}", folded=group != c.lead_group(model))]


def _cell(r: Row) -> Cell:
    if r["est"] == "":
        return Cell(None, "–", "")
    upper = r["ci_upper"] or r["est"]
    bound = f"≤ {number(r['ci_upper'], 2, bounded=True)}" if r["ci_upper"] else ""
    reached = sum(float(upper) >= limit for limit in LIMITS)
    return Cell(float(r["est"]), number(r["est"], 2, bounded=True), bound, reached)
