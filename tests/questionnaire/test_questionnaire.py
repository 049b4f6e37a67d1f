"""What is fielded is what is analysed: the files are read back and compared."""

import csv
import io
import re
import sys
import zipfile
from datetime import datetime

import openpyxl
import pytest
import yaml
from docx import Document
from docx.oxml.ns import qn

from helpers import ROOT, checksums, run
from surveysem.errors import SurveySemError
from surveysem.intake.export import read
from surveysem.questionnaire import archive, blocks, xlsform
from surveysem.questionnaire.files import write
from surveysem.study import fielding


@pytest.fixture(scope="module")
def plan():
    return fielding.read(ROOT)


@pytest.fixture(scope="module")
def form(plan):
    return sheets(xlsform.workbook(plan))


@pytest.fixture
def lean(study):
    """The small study in English only, so that every text it asks for is there."""
    study.config = {**study.config, "languages": ["en"]}
    for name in ("responses", "constructs"):
        rows = study.read(f"data/{name}.csv")
        kept = [k for k in rows[0] if not k.endswith("zh")]
        study.write(f"data/{name}.csv", [kept] + [[row[k] for k in kept] for row in rows])
    return study


def sheets(data: bytes) -> dict[str, list[dict[str, str]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = {}
    for sheet in book:
        header, *rows = [[v or "" for v in row] for row in sheet.iter_rows(values_only=True)]
        found[sheet.title] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


def csv_rows(name: str) -> list[dict[str, str]]:
    with open(ROOT / name, encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_xlsform_asks_what_the_instrument_holds(form):
    """Read without the package's own readers: names, texts, codes, labels, conditions."""
    instrument, responses = csv_rows("data/instrument.csv"), csv_rows("data/responses.csv")
    parts = [r for r in form["survey"] if r["appearance"] == "likert"]
    assert [r["name"] for r in parts] == [r["item"] for r in instrument]
    for asked, item in zip(parts, instrument, strict=True):
        assert asked["label::English (en)"] == item["en"]
        assert asked["label::中文 (zh)"] == item["zh"]
        choices = [
            (c["name"], c["label::English (en)"], c["label::中文 (zh)"])
            for c in form["choices"]
            if f"select_one {c['list_name']}" == asked["type"]
        ]
        scale = [r for r in responses if r["scale"] == item["responses"]]
        assert choices == [(r["code"], r["en"], r["zh"]) for r in scale]
        named = re.findall(r"stakeholder} = '(\w+)'", asked["relevant"])
        every = ["government", "enterprise", "public"]
        assert (named or every) == item["groups"].split(";")
        assert (
            re.findall(r"form} = '(\w+)'", asked["relevant"])
            == item["forms"].split(";")[: bool(item["forms"])]
        )
    assert not any("reverse" in str(row).casefold() for row in form["survey"])


def test_who_answered_is_asked_under_the_columns_that_config_names(form):
    types = {r["name"]: r["type"] for r in form["survey"]}
    assert types["respondent"] == types["project"] == types["district"] == "text"
    assert types["stakeholder"] == "select_one groups"
    assert [c["name"] for c in form["choices"] if c["list_name"] == "forms"] == ["full", "short"]


def test_the_form_comes_back_as_answers_to_every_item(plan):
    """pyxform's XForm binds each item, with its condition, under one name."""
    xform = xlsform.convert(xlsform.workbook(plan))
    bound = re.findall(r'<bind nodeset="/data/(?:part_\d+/)?(\w+)" (?:relevant|type)', xform)
    assert set(plan["items"]) <= set(bound)


def tables(path) -> list[list[list[str]]]:
    return [[[c.text for c in row.cells] for row in t.rows] for t in Document(path).tables]


@pytest.fixture(scope="module")
def written(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    write(plan, folder)
    return folder


def test_the_printed_questionnaire_asks_a_group_its_items_in_order(written, plan):
    printed = [row for table in tables(written / "public_full_zh.docx") for row in table[1:]]
    asked = [r for r in csv_rows("data/instrument.csv") if "public" in r["groups"]]
    assert [row[1] for row in printed] == [r["zh"] for r in asked]
    assert [row[0] for row in printed] == [str(k) for k in range(1, len(asked) + 1)]
    assert {tuple(row[2:]) for row in printed} == {("1", "2", "3", "4", "5")}
    short = [row for table in tables(written / "public_short_en.docx") for row in table[1:]]
    assert [row[1] for row in short] == [r["en"] for r in asked if r["forms"] != "full"]


def test_the_codebook_tells_which_number_is_which_item(written):
    printed = [row for table in tables(written / "enterprise_short_en.docx") for row in table[1:]]
    texts = {r["item"]: r["en"] for r in csv_rows("data/instrument.csv")}
    with open(written / "codebook.csv", encoding="utf-8", newline="") as handle:
        mine = [r for r in csv.DictReader(handle) if r["document"] == "enterprise_short"]
    assert [(r["number"], texts[r["item"]]) for r in mine] == [(r[0], r[1]) for r in printed]


def test_a_printed_page_repeats_headers_counts_pages_and_names_chinese_fonts(written, plan):
    doc = Document(written / "government_full_zh.docx")
    assert all(t.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for t in doc.tables)
    footer = doc.sections[0].footer._element.xml
    assert "PAGE" in footer
    assert "NUMPAGES" in footer
    assert blocks.version(plan) in doc.sections[0].footer.paragraphs[0].text
    fonts = doc.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "宋体"
    assert doc.paragraphs[0].text == "环境应急服务协同供给研究"


def test_the_same_input_gives_the_same_bytes(plan, written, tmp_path):
    before = checksums(written)
    write(plan, tmp_path)
    assert checksums(tmp_path) == before
    for path in (*tmp_path.glob("*.docx"), tmp_path / "questionnaire.xlsx"):
        with zipfile.ZipFile(path) as file:
            assert {entry.date_time for entry in file.infolist()} == {archive.MOMENT}
            assert str(datetime.now().year) not in file.read("docProps/core.xml").decode()


def test_seeded_order_shuffles_within_blocks_and_says_so(plan, tmp_path):
    seeded = {**plan, "order": "seeded"}
    fixed, mixed = blocks.arrange(plan), blocks.arrange(seeded)
    assert [set(b.items) for b in fixed] == [set(b.items) for b in mixed]
    assert fixed != mixed
    assert mixed == blocks.arrange(seeded)
    assert mixed != blocks.arrange({**seeded, "seed": 1})
    assert mixed[-1].items[-1] == "at2"  # about what came before
    write(seeded, tmp_path)
    footer = Document(tmp_path / "public_full_en.docx").sections[0].footer.paragraphs[0].text
    assert f"seed {plan['seed']}" in footer


def test_checks_join_the_block_that_they_stand_behind(plan):
    assert blocks.arrange(plan)[-1].items == ("mk1", "mk2", "mk3", "at1", "at2")


def test_a_scale_with_labelled_ends_only_shows_numbers_between(plan):
    ends = {k: {"en": "", "zh": ""} for k in range(1, 8)}
    ends[1], ends[7] = {"en": "No", "zh": "否"}, {"en": "Yes", "zh": "是"}
    form = sheets(xlsform.workbook({**plan, "scales": {"agree5": ends}}))
    shown = [c["label::English (en)"] for c in form["choices"] if c["list_name"] == "agree5"]
    assert shown == ["No", "2", "3", "4", "5", "6", "Yes"]


def test_a_wording_that_looks_like_a_formula_stays_text(lean):
    lean.edit("data/instrument.csv", "Item 1 of QUA", "=1+1 {is} two")
    form = sheets(xlsform.workbook(fielding.read(lean.folder)))
    assert "=1+1 {is} two" in {r["label::English (en)"] for r in form["survey"]}


REFUSED = {
    "no translation": (
        "Item 1 of QUA", '"Item 1 of QUA"', "responses.csv, scale fit, code 0, column zh"),
    "unknown reference": ("Item 1 of QUA", "Is ${nothing} so?", "pyxform says"),
    "control character": ("Item 1 of QUA", "Item \x01 one", "holds a control character"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_fielded_is_refused_before_anything_is_written(lean, tmp_path, case):
    old, new, said = REFUSED[case]
    lean.edit("data/instrument.csv", old, new)
    if case == "no translation":
        rows = lean.read("data/responses.csv")
        lean.write("data/responses.csv", [[*rows[0], "zh"], *([*r.values(), ""] for r in rows)])
        rows = lean.read("data/instrument.csv")
        lean.write("data/instrument.csv", [[*rows[0], "zh"], *([*r.values(), "题"] for r in rows)])
    with pytest.raises(SurveySemError, match=said):
        write(fielding.read(lean.folder), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_study_without_waves_gets_its_questionnaire(lean):
    config = lean.config
    del config["waves"]
    lean.config = config
    done = run([sys.executable, "-m", "surveysem", "questionnaire", "--directory", lean.folder])
    assert done.returncode == 0, done.stderr
    there = {p.name for p in (lean.folder / "results" / "questionnaire").iterdir()}
    assert there == {"questionnaire.xlsx", "codebook.csv", "all_en.docx"}


def test_snakemake_writes_the_same_and_all_does_not_ask_for_it(lean):
    assert "questionnaire" not in lean.jobs()
    done = lean.snakemake("questionnaire")
    assert done.returncode == 0, done.stderr
    there = {p.name for p in (lean.folder / "results" / "questionnaire").iterdir()}
    # the waves' groups are known, but no item tells them apart
    assert there == {"questionnaire.xlsx", "codebook.csv", "north_en.docx", "south_en.docx"}
    assert "select_one groups" in str(
        sheets((lean.folder / "results/questionnaire/questionnaire.xlsx").read_bytes())["survey"]
    )


def test_the_default_config_names_the_forms_that_the_data_hold():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    wave = config["waves"][0]["file"]
    table = read(ROOT / wave, wave, {})
    column = table.cells[[c.name for c in table.columns].index("form")]
    assert set(config["questionnaire"]["forms"]) == set(column) - {""}
