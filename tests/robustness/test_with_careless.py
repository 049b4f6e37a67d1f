"""A whole run with `cleaning.compare`: who is in the second analysis, and what the page says."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest

from helpers import Study


def _rows(study, name) -> list[list[str]]:
    """A table of the study with its header."""
    rows = study.read(f"data/{name}.csv")
    return [list(rows[0]), *(list(r.values()) for r in rows)]


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """The small study with an attention check that 40 people fail who answer in one line, a
    double and someone incomplete, run with the comparison."""
    study = Study.make(tmp_path_factory.mktemp("compared") / "study", waves=1)
    study.write(
        "data/constructs.csv", [*_rows(study, "constructs"), ["AT", "Check", "检查", "check"]]
    )
    items = [[*row, "", ""] for row in _rows(study, "instrument")]
    items[0][-2:] = ["check", "pass"]
    items.append(["at1", "AT", "Choose often", "", "0", "fit", "attention", "2"])
    study.write("data/instrument.csv", items)
    people = study.read("data/raw/t1.csv")
    names = list(people[0])[2:]
    for k, person in enumerate(people):
        person["at1"] = 2
        if k % 8 == 0:
            person.update(dict.fromkeys(names, 3), at1=0)
    people.append({**people[1]})
    people[3].update(dict.fromkeys(names, ""), at1="")
    study.write("data/raw/t1.csv", [list(people[0]), *(p.values() for p in people)])
    config = study.config
    config["cleaning"] = {"compare": True}
    study.config = config
    done = study.snakemake("--cores", "2")
    assert done.returncode == 0, done.stderr
    return study


def test_the_careless_and_no_others_come_back(compared):
    fates = [r for r in compared.read("results/cleaning/fates.csv") if r["wave"] == "t1"]
    table = pd.read_parquet(compared.folder / "results/cleaning/t1/with_careless.parquet")
    clean = pd.read_parquet(compared.folder / "results/cleaning/t1.parquet")
    back = [r["respondent"] for r in fates if r["first_rule"] in ("", "careless")]
    assert table["respondent"].tolist() == back
    reasons = [r["first_rule"] for r in fates]
    assert reasons.count("careless") == 40
    assert {"duplicate_id", "incomplete"} <= set(reasons)
    assert len(table) == len(clean) + 40
    assert list(table) == list(clean)
    same = table[table["respondent"].isin(clean["respondent"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, clean)


def test_both_analyses_stand_side_by_side(compared):
    rows = compared.read("results/robustness/exclusions.csv")
    verdicts = [r for r in rows if r["kind"] == "verdict"]
    without = {(r["hypothesis"], r["wave"], r["group"]): r
               for r in compared.read("results/structure/hypotheses.csv")}  # fmt: skip
    assert len(verdicts) > 10
    for r in verdicts:
        one = without[r["name"], r["wave"], r["group"]]
        assert (r["est"], r["verdict"], r["n"]) == (one["std"], one["verdict"], one["n"])
        assert int(r["with_n"]) > int(r["n"])
    alphas = [r for r in rows if r["kind"] == "alpha" and r["group"] == "all"]
    assert len(alphas) == 3
    assert all(float(r["difference"]) != 0 for r in alphas)


def test_the_page_shows_it(compared):
    page = (compared.folder / "results/report/index.html").read_text(encoding="utf-8")
    section = page.split('<section id="exclusions"')[1].split("</section>")[0]
    assert "headline verdict" in section
    assert " → " in section
    assert "Not compared" not in section


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_has_the_numbers_of_the_flow(compared, language):
    """Each group's received, excluded by reason and analysed, from results/cleaning/t1/flow.csv;
    the same text in the page and in the file."""
    figures = compared.folder / "results/report/figures"
    root = ElementTree.parse(figures / f"flow_t1_{language}.svg").getroot()
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    said = root.find("{http://www.w3.org/2000/svg}desc").text.split("; ")
    shown = [int(n) for text in texts for n in re.findall(r"n = (\d+)", text)]
    counted, reasons = [], []
    for side in ("north", "south"):
        rows = [r for r in compared.read("results/cleaning/t1/flow.csv") if r["group"] == side]
        ends = {r["step"]: int(r["n_out"]) for r in rows}
        lost = [int(r["n_in"]) - int(r["n_out"]) for r in rows]
        assert ends["received"] == ends["analysed"] + sum(lost)
        counted += [ends["received"], sum(lost), ends["analysed"]]
        reasons += [n for n in lost if n]
    whole = [sum(counted[k::3]) for k in range(3)]
    assert len(reasons) >= 4
    assert shown == [whole[0], *counted, whole[2]]
    assert [int(text) for text in texts if text.isdigit()] == reasons
    assert [int(n) for text in said for n in re.findall(r"n = (\d+)", text)] == counted
    page = compared.folder / "results/report" / {"en": "index.html", "zh": "zh.html"}[language]
    drawn = page.read_text(encoding="utf-8").split('<svg class="diagram"')[1:]
    parts = [re.findall(r"<text [^>]*>([^<]*)</text>", part.split("</svg>")[0]) for part in drawn]
    assert texts in parts


def test_without_the_key_the_page_says_how_to_ask(finished):
    page = (finished.folder / "results/report/index.html").read_text(encoding="utf-8")
    assert "<code>cleaning.compare: true</code>" in page
    assert not (finished.folder / "results/robustness/exclusions.csv").exists()
