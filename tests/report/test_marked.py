"""Keys of config.yaml stand as code on pages, whatever else a text holds."""

import re

import pytest
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from surveysem.report.pages import TEMPLATES
from surveysem.report.words import marked


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Check column `reverse`.", "Check column <code>reverse</code>."),
        ("`a.b: true` and `c`", "<code>a.b: true</code> and <code>c</code>"),
        ("a < b & `<script>`", "a &lt; b &amp; <code>&lt;script&gt;</code>"),
        ("one ` alone", "one ` alone"),
        ("``", "``"),
        (3, "3"),
        (Markup("<b>x</b> `y`"), "<b>x</b> <code>y</code>"),
    ],
)
def test_marked(text, html):
    assert marked(text) == html
    assert isinstance(marked(text), Markup)


TEXTS = {
    "answer": "s.answer", "question": "s.question", "meta": "s.meta", "how": "s.how",
    "title": "b.title", "note": "b.note", "cell": "cell", "heading": "heading",
    "meaning of a caution": "meaning", "name of a caution": "name", "remark": "line.remark",
    "plain words": "sentence",
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
def test_texts_of_messages_are_marked_wherever_the_page_shows_them(what):
    """Outside of attributes, where no markup may stand, and of the name of a language."""
    source = (TEMPLATES / "page.html.j2").read_text(encoding="utf-8")
    source = re.sub(r'"\{\{[^}]*\}\}"', "", source)  # attributes
    expression = TEXTS[what]
    shown = re.findall(rf"\{{\{{ {re.escape(expression)}(\|?\w*) \}}\}}", source)
    if what == "name of a caution":  # `name` is also a chapter's and a language's
        assert "<strong>{{ name|code }}</strong>" in source
    else:
        assert set(shown) == {"|code"}, what


def test_the_template_takes_the_filter():
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.filters["code"] = marked
    assert environment.from_string("{{ x|code }}").render(x="<`k`>") == "&lt;<code>k</code>&gt;"


@pytest.mark.parametrize("name", ["index.html", "zh.html"])
def test_no_backtick_is_left_on_a_page(finished, name):
    text = (finished.folder / "results/report" / name).read_text(encoding="utf-8")
    assert "`" not in text
    assert "<code>sample.invited</code>" in text
    assert "<code>snakemake</code>" in text
