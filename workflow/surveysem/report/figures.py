"""Figures: drawings that stand in the page and beside it as SVG and PNG files."""

from dataclasses import dataclass

from surveysem.report.blocks import Block
from surveysem.report.context import Context
from surveysem.report.shapes import Drawing
from surveysem.report.vector import svg

FOLDER = "figures"  # beside the pages


@dataclass(frozen=True, slots=True)
class Figure:
    """name: of its files, without their ending; note: below it; folded: opens on a click."""

    name: str
    drawing: Drawing
    note: str = ""
    folded: bool = False


def block(c: Context, figure: Figure) -> Block:
    """The figure as a block of the page, with links to the files that there are."""
    files = [(kind.upper(), f"{FOLDER}/{figure.name}.{kind}") for kind in ("svg", "png")
             if f"{figure.name}.{kind}" in c.figures]  # fmt: skip
    note = figure.note
    if files and files[-1][0] != "PNG":
        note += " " + c._("There is no PNG: this machine has no font with all its characters.")
    return Block(title=figure.drawing.title, html=svg(figure.drawing), note=note.strip(), files=files,
                 folded=figure.folded)  # fmt: skip
