"""The report's pages: tables in, self-contained HTML out."""

from collections.abc import Mapping
from pathlib import Path

from surveysem import __version__
from surveysem.report import summary, words
from surveysem.report.chapters import chapters
from surveysem.report.context import Context
from surveysem.report.tables import Table

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_NAMES = {"en": "English", "zh": "中文"}


def render(plan: Mapping, tables: Mapping[str, Table], pages: Mapping[str, str]) -> dict[str, str]:
    """HTML text of each language's page.

    pages: language to file name, for the links between them. The same input gives the
    same bytes: no clock, no random order.
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
        c = Context(language, plan, tables)
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
            counts=summary.counts(c),
            count=words.count,
            chapters=chapters(c),
        )
    return out
