"""The report's texts: each one translated, with what is filled in kept."""

import re
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from surveysem.report.words import LOCALE, translator

CATALOGUES = sorted(path.stem for path in LOCALE.glob("*.po"))
each_catalogue = pytest.mark.parametrize("language", CATALOGUES)


def texts() -> set[str]:
    """Every text that the report's code and templates translate."""
    methods = [("**.py", "python"), ("**.j2", "jinja2")]
    found = extract_from_dir(LOCALE.parent, method_map=methods, keywords={"_": None})
    return {message for _, _, message, _, _ in found}


def catalogue(language):
    with (LOCALE / f"{language}.po").open("rb") as handle:
        return [message for message in read_po(handle, locale=language) if message.id]


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_there_are_texts_and_a_catalogue():
    assert len(texts()) > 200
    assert "zh" in CATALOGUES


@each_catalogue
def test_every_text_is_translated_and_none_is_left_over(language):
    """After a changed text: `make messages`, then fill in what is empty."""
    messages = catalogue(language)
    assert {m.id for m in messages} == texts()
    assert [m.id for m in messages if not m.string or m.fuzzy] == []


@each_catalogue
def test_what_is_filled_in_is_kept(language):
    for message in catalogue(language):
        assert fields(message.string) == fields(message.id), message.id


@each_catalogue
def test_figures_and_sources_are_kept(language):
    """Thresholds (.70, 95 %) and years of sources are the same in every language."""
    for message in catalogue(language):
        figures = [sorted(re.findall(r"\.\d+|\d{4}|\d+(?= ?%)", t)) for t in
                   (message.id, message.string)]  # fmt: skip
        assert figures[0] == figures[1], message.id


def test_chinese_is_chinese():
    """A translation that still is the English text would pass the other tests."""
    kept = {m.id for m in catalogue("zh") if m.id == m.string}
    assert kept == set()


def test_without_a_catalogue_texts_stay_as_they_are():
    assert translator("en")("supported") == "supported"
    assert translator("zh")("supported") == "支持"
    assert translator("zh")("no such text") == "no such text"
