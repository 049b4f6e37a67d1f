"""The flow diagram of a wave: numbers of flow.csv, words of the page's language."""

from surveysem.report import words
from surveysem.report.context import Context
from surveysem.report.figures import Figure
from surveysem.report.flow import Stream, streams, together
from surveysem.report.flowchart import Panel, flow_diagram
from surveysem.report.privacy import note
from surveysem.report.shapes import Drawing
from surveysem.report.words import count


def diagram(c: Context, wave: str) -> Drawing | None:
    """One column a group that may be shown, the total where it may be; None without a column."""
    _ = c._
    found, whole = streams(c, wave), together(c, wave)
    if not found:
        return None
    total = None
    if whole and len(found) > 1:
        said = _panel(c, whole)
        total = (c.wave_name(wave), said.received, said.analysed)
    title = _("Sample flow, {wave}").format(wave=c.wave_name(wave))
    said = "; ".join(_said(c, s) for s in found)
    return flow_diagram([_panel(c, s) for s in found], total, title, said)


def _panel(c: Context, s: Stream) -> Panel:
    _ = c._
    return Panel(
        name=c.group_name(s.group),
        received=_("received n = {n}").format(n=count(s.received)),
        excluded=_("Excluded n = {n}").format(n=count(s.received - s.analysed)),
        reasons=[(count(n), words.rule(step, _)) for step, n in s.out],
        analysed=_("analysed n = {n}").format(n=count(s.analysed)),
    )


def _said(c: Context, s: Stream) -> str:
    """A column in a sentence, for those who do not see the picture."""
    p = _panel(c, s)
    reasons = words.listed([f"{n} {why}" for n, why in p.reasons], c._)
    return f"{p.name}: {p.received}; {p.excluded}{f' ({reasons})' if reasons else ''}; {p.analysed}"


def figures(c: Context) -> list[Figure]:
    """The diagrams of all waves that have a column, that of the latest one open."""
    return [f for wave in c.plan["waves"] for f in of_wave(c, wave)]


def of_wave(c: Context, wave: str) -> list[Figure]:
    """A wave's diagram; none without a column."""
    _, drawing = c._, diagram(c, wave)
    if drawing is None:
        return []
    text = drawing.title + ". " + _("Received rows are those analysed and those excluded.")
    if together(c, wave) is None:
        text += " " + note(c)
    return [Figure(f"flow_{wave}_{c.language}", drawing, text, folded=wave != c.wave)]
