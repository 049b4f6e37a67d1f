"""The pages of a finished run: whole, self-contained, true to the tables."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

PAGES = ("index.html", "zh.html")
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Reader(HTMLParser):
    """Checks nesting; collects ids, links, resources and the texts of table rows."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.loaded, self.rows = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        elif "src" in given or "href" in given:
            self.loaded.append(given.get("src", given.get("href")))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):  # also called for <x/>
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.rows and self.rows[-1] and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def read(finished, name) -> tuple[str, Reader]:
    text = (finished.folder / "results" / "report" / name).read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    return text, reader


each_page = pytest.mark.parametrize("name", PAGES)


@each_page
def test_tags_nest_and_ids_are_unique(finished, name):
    _, page = read(finished, name)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))


@each_page
def test_every_link_leads_somewhere(finished, name):
    _, page = read(finished, name)
    folder = finished.folder / "results" / "report"
    assert len(page.links) > 20
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        else:
            assert (folder / link).resolve().is_file(), link


@each_page
def test_nothing_is_loaded(finished, name):
    text, page = read(finished, name)
    assert page.loaded == ["data:,"]
    assert "<script" not in text
    assert not re.search(r"url\((?!#)|@import|https?:", text)


@each_page
def test_no_row_of_a_respondent_is_shown(finished, name):
    text, _ = read(finished, name)
    fates = finished.read("results/cleaning/fates.csv")
    assert not [r["respondent"] for r in fates if r["respondent"] in text]


def test_the_pages_link_each_other_and_say_their_language(finished):
    for name, other, language in (("index.html", "zh.html", "en"), ("zh.html", "index.html", "zh")):
        text, page = read(finished, name)
        assert other in page.links
        assert f'<html lang="{language}">' in text


def test_verdict_rows_are_those_of_the_table(finished):
    _, page = read(finished, "index.html")
    shown = {row[0]: row for row in reversed(page.rows) if len(row) == 9}  # the first table's
    lead = [r for r in finished.read("results/structure/hypotheses.csv") if r["headline"] == "1"]
    assert len(lead) == 6
    for r in lead:
        row = shown[r["hypothesis"]]
        assert row[7] == r["verdict"]
        if r["std"]:
            std = f"{float(r['std']):.2f}".replace("-", "−")
            low, high = (f"{float(r[k]):.2f}".replace("-", "−") for k in ("ci_lower", "ci_upper"))
            assert row[3:6] == [r["n"], std, f"[{low}, {high}]"]


def test_the_sample_flow_adds_up_on_the_page(finished):
    """The last wave's table: what was received, less each exclusion, is what is analysed."""
    _, page = read(finished, "index.html")
    start = next(k for k, row in enumerate(page.rows) if row and row[0] == "Received")
    end = next(k for k in range(start, len(page.rows)) if page.rows[k][0] == "Analysed")
    columns = list(zip(*(row[1:] for row in page.rows[start : end + 1]), strict=True))
    assert len(columns) == 2
    for cells in columns:
        numbers = [int(cell.replace("−", "-")) for cell in cells]
        assert sum(numbers[:-1]) == numbers[-1] > 0


def test_omegas_and_alphas_are_those_of_the_table(finished):
    """Answers of four categories: the ordinal omega is read first, alpha stands beside it."""
    _, page = read(finished, "index.html")
    shown = {tuple(row[:2]): row for row in reversed(page.rows) if row[4:5] == ["ordinal ω"]}
    rows = [r for r in finished.read("results/reliability/scales.csv") if r["wave"] == "t2"]
    lead = [r for r in rows if r["lead"] == "1"]
    alphas = {(r["scale"], r["group"]): r for r in rows if r["statistic"] == "alpha"}
    names = {"all": "All together"}
    assert len(lead) == len(alphas) == 9
    for r in lead:
        assert r["statistic"] == "omega_ordinal"
        row = shown[f"Construct {r['scale']}", names.get(r["group"], r["group"])]
        alpha = alphas[r["scale"], r["group"]]
        assert row[3] == r["n"]
        for k, of in ((5, r), (7, alpha)):
            est, low, high = (
                f"{float(of[name]):.2f}".removeprefix("0")
                for name in ("est", "ci_lower", "ci_upper")
            )
            assert row[k : k + 2] == [est, f"[{low}, {high}]"]


def test_differences_between_groups_and_waves_are_on_the_page(finished):
    text, page = read(finished, "index.html")
    for anchor in ("reliability-groups", "reliability-waves"):
        assert f'id="{anchor}"' in text
    rows = finished.read("results/reliability/comparisons.csv")
    assert {r["statistic"] for r in rows} == {"groups_difference", "waves_difference", "retest_r"}
    between = [r for r in rows if r["statistic"] == "groups_difference" and r["wave"] == "t2"]
    assert len(between) == 3
    for r in between:
        row = next(
            row for row in page.rows
            if row[:3] == [f"Construct {r['scale']}", r["group"], r["other_group"]]
        )  # fmt: skip
        assert row[4] == f"{r['n']}, {r['other_n']}"
        assert row[5].replace("−", "-").replace("-.", "-0.").replace(".", "0.", 1)[:2] in (
            "0.",
            "-0",
        )


def test_the_chinese_page_uses_chinese_names(finished):
    text, page = read(finished, "zh.html")
    assert "小型研究" in text
    assert "服务质量" in text
    cells = [cell for row in page.rows for cell in row]
    assert "支持" in cells
    assert not {"supported", "not testable", "Construct QUA"} & set(cells)


def test_pages_are_small(finished):
    for name in PAGES:
        path = Path(finished.folder) / "results" / "report" / name
        assert path.stat().st_size < 5_000_000
