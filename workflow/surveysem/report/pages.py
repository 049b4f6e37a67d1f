"""The report's pages: tables in, self-contained HTML out; and the figures as files."""

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path

from surveysem import __version__
from surveysem.report import summary, words
from surveysem.report.chapters import chapters
from surveysem.report.chapters.sampleflow import diagram, figure_name
from surveysem.report.context import Context
from surveysem.report.flow import counts
from surveysem.report.flowchart import svg
from surveysem.report.raster import png
from surveysem.report.tables import Table

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_NAMES = {"en": "English", "zh": "中文"}


def render(
    plan: Mapping,
    tables: Mapping[str, Table],
    pages: Mapping[str, str],
    figures: Collection[str] = (),
) -> dict[str, str]:
    """HTML text of each language's page.

    pages: language to file name, for the links between them. figures: names of the files that
    `draw` made, which the pages link. The same input gives the same bytes: no clock, no random
    order.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["code"] = words.marked
    template = environment.get_template("page.html.j2")
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    out = {}
    for language in pages:
        c = Context(language, plan, tables, figures)
        out[language] = template.render(
            c=c,
            _=c._,
            title=c.text(plan["title"]),
            style=style,
            version=__version__,
            languages=[(code, LANGUAGE_NAMES[code], file) for code, file in pages.items()],
            pictures=summary.pictures(c),
            plain=summary.plain_words(c),
            cautions=summary.cautions(c),
            counts=counts(c),
            count=words.count,
            chapters=chapters(c),
        )
    return out


def draw(plan: Mapping, tables: Mapping[str, Table]) -> dict[str, bytes]:
    """Figures as files, name to content: SVG and PNG of each wave's flow in each language.

    Where no font of the machine has a picture's characters there is no PNG of it, and a warning.
    """
    out = {}
    for language in plan["languages"]:
        c = Context(language, plan, tables)
        for wave in plan["waves"]:
            drawing = diagram(c, wave)
            if drawing is None:
                continue
            name = figure_name(c, wave)
            out[f"{name}.svg"] = svg(drawing, alone=True).encode()
            pixels = png(drawing)
            if pixels is None:
                warnings.warn(
                    f"no {name}.png: no font of this machine has all its characters\n"
                    "Hint: install one that has, such as Noto Sans CJK, and make the report again",
                    stacklevel=1,
                )
            else:
                out[f"{name}.png"] = pixels
    return out
