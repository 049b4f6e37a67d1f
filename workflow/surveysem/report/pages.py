"""The report's pages: tables in, self-contained HTML out; and the figures as files."""

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path

from surveysem import __version__
from surveysem.report import summary, words
from surveysem.report.chapters import (
    answers,
    chapters,
    htmtmap,
    invarianceladder,
    loadingplot,
    sampleflow,
)
from surveysem.report.context import Context
from surveysem.report.flow import counts
from surveysem.report.raster import PACKAGE, png
from surveysem.report.tables import Table
from surveysem.report.vector import svg

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


DRAWN = (sampleflow, answers, loadingplot, htmtmap, invarianceladder)


def draw(plan: Mapping, tables: Mapping[str, Table]) -> dict[str, bytes]:
    """Figures as files, name to content: SVG and PNG of each, in each language.

    Where no font has a picture's characters there is no PNG of it, and a warning.
    """
    out, lacking = {}, []
    for language in plan["languages"]:
        c = Context(language, plan, tables)
        for figure in (f for module in DRAWN for f in module.figures(c)):
            out[f"{figure.name}.svg"] = svg(figure.drawing, alone=True).encode()
            pixels = png(figure.drawing)
            if pixels is None:
                lacking.append(f"{figure.name}.png")
            else:
                out[f"{figure.name}.png"] = pixels
    if lacking:
        warnings.warn(
            f"no {', '.join(lacking)}: no font of this machine has all their characters\n"
            f"Hint: install the Python package {PACKAGE.replace('_', '-')}, which environment.yml "
            "names and `make setup` installs, or a font such as Noto Sans CJK, and make the "
            "report again",
            stacklevel=1,
        )
    return out
