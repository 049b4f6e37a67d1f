"""The flow diagram of a wave: numbers of flow.csv, words of the page's language."""

from surveysem.report import words
from surveysem.report.blocks import Block
from surveysem.report.context import Context
from surveysem.report.flow import Stream, streams, together
from surveysem.report.flowchart import Drawing, Panel, flow_diagram, svg
from surveysem.report.privacy import note
from surveysem.report.words import count

FOLDER = "figures"  # beside the pages


def figure_name(c: Context, wave: str) -> str:
    """Name of a wave's flow diagram as a file, without its ending."""
    return f"flow_{wave}_{c.language}"


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


def figure(c: Context, wave: str) -> list[Block]:
    """The picture as a block of the page, with links to its files; none without a column."""
    _, drawing = c._, diagram(c, wave)
    if drawing is None:
        return []
    name = figure_name(c, wave)
    files = [(kind.upper(), f"{FOLDER}/{name}.{kind}") for kind in ("svg", "png")
             if f"{name}.{kind}" in c.figures]  # fmt: skip
    text = drawing.title + ". " + _("Received rows are those analysed and those excluded.")
    if together(c, wave) is None:
        text += " " + note(c)
    if files and files[-1][0] != "PNG":
        text += " " + _("There is no PNG: this machine has no font with all its characters.")
    return [Block(title=drawing.title, html=svg(drawing), note=text, files=files,
                  folded=wave != c.wave)]  # fmt: skip
