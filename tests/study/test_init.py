"""`python -m surveysem init EXPORT`: a draft that runs, and says what it guessed."""

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drafting import AGREE, answers, batch, drafted
from helpers import ROOT, Study, run
from rawtables import Head
from surveysem.demo import population
from surveysem.demo.survey import Survey, write_survey
from surveysem.errors import SurveySemError
from surveysem.study import check, tables
from surveysem.study.draft import draft
from surveysem.study.draft.answers import kind_of
from surveysem.study.draft.scales import matrix, stem


def export(path: Path, n: int = 90) -> Path:
    """A CSV export: id, group, seconds, two scales (one asked of one group), comment, e-mail."""
    a, b = answers(n, 3, 1), answers(n, 4, 2).astype(object)
    side = np.array(["north", "south"] * (n // 2))
    b[side == "south", 3] = ""
    columns = {
        "respondent_id": [f"p{k}" for k in range(n)],
        "group": side,
        "seconds": np.arange(n) + 200,
        **{f"tru{k + 1}": a[:, k] for k in range(3)},
        **{f"loy_{k + 1}": b[:, k] for k in range(4)},
        "comment": [f"text {k}" for k in range(n)],
        "email": [f"p{k}@example.org" for k in range(n)],
        "sex": [1, 2] * (n // 2),
    }
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_a_newcomer_has_a_running_study(tmp_path):
    """init, check, run: scales are examined before there is a hypothesis."""
    source = export(tmp_path / "answers.csv")
    study = Study(tmp_path / "new")
    made = run([sys.executable, "-m", "surveysem", "init", source, "--directory", study.folder])
    assert made.returncode == 0, made.stderr
    assert len(made.stdout.splitlines()) <= 15
    assert (study.folder / "data/raw/answers.csv").read_bytes() == source.read_bytes()
    told = run([sys.executable, "-m", "surveysem", "check", "--directory", study.folder])
    assert told.stdout == "Nothing is wrong.\n"
    done = study.snakemake("--cores", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert study.read("results/structure/hypotheses.csv") == []
    loadings = study.read("results/measurement/loadings.csv")
    assert {r["construct"] for r in loadings} == {"TRU", "LOY"}
    assert {r["scale"] for r in study.read("results/reliability/scales.csv")} == {"TRU", "LOY"}
    page = (study.folder / "results/report/index.html").read_text(encoding="utf-8")
    assert "states no hypothesis yet" in page


def test_what_is_drafted_from_a_plain_export(tmp_path):
    draft([export(tmp_path / "answers.csv")], tmp_path / "s")
    study = Study(tmp_path / "s")
    items = {r["item"]: r for r in study.read("data/instrument.csv")}
    assert {n: r["construct"] for n, r in items.items()} == {
        **dict.fromkeys(("tru1", "tru2", "tru3"), "TRU"),
        **dict.fromkeys(("loy_1", "loy_2", "loy_3", "loy_4"), "LOY"),
    }
    assert {r["reverse"] for r in items.values()} == {"0"}
    assert [n for n, r in items.items() if "runs against the rest" in r["confirm"]] == [
        "tru3", "loy_4"]  # fmt: skip
    assert {n for n, r in items.items() if r["groups"]} == {"loy_4"}
    assert items["loy_4"]["groups"] == "north"
    assert [(r["code"], r["en"]) for r in study.read("data/responses.csv")] == [
        (str(k), str(k)) for k in range(1, 6)]  # fmt: skip
    config = study.config
    assert config["respondents"] == {
        "id": "respondent_id", "group": "group", "duration": "seconds",
        "groups": {"north": "north", "south": "south"}}  # fmt: skip
    assert config["intake"]["ignore_columns"] == ["sex"]
    header = (study.folder / "data/hypotheses.csv").read_text().strip()
    assert header.startswith("id,tier,kind,from,via,to,sign")
    assert all(row["confirm"] for row in study.read("data/constructs.csv"))


def test_init_writes_over_nothing(tmp_path):
    source, folder = export(tmp_path / "answers.csv"), tmp_path / "s"
    (folder / "data").mkdir(parents=True)
    (folder / "data/instrument.csv").write_text("mine")
    with pytest.raises(SurveySemError, match=r"has data/instrument.csv already"):
        draft([source], folder)
    assert [p.name for p in folder.rglob("*") if p.is_file()] == ["instrument.csv"]


def test_an_export_that_lies_in_its_place_stays_there(tmp_path):
    raw = tmp_path / "s" / "data" / "raw"
    raw.mkdir(parents=True)
    source = export(raw / "answers.csv")
    before = source.read_bytes()
    draft([source], tmp_path / "s")
    assert source.read_bytes() == before
    assert check(tmp_path / "s") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "does not exist"),
        ("a,b\nx,y\n", "none of its 2 columns looks like an item"),
        ("", "."),
    ],
)
def test_what_cannot_be_drafted_ends_in_one_message(tmp_path, text, said):
    source = tmp_path / "answers.csv"
    if text is not None:
        source.write_text(text)
    done = run([sys.executable, "-m", "surveysem", "init", source, "--directory", tmp_path / "s"])
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "s").exists()


def test_answers_in_words_get_the_order_that_the_words_have():
    codes = answers()
    words = {f"sat{k + 1}": [AGREE[c - 1] for c in codes[:, k]] for k in range(3)}
    found = drafted(words)
    assert [(r["code"], r["en"]) for r in found["data/responses.csv"]] == [
        (str(k), word) for k, word in enumerate(AGREE, start=1)]  # fmt: skip


def test_answers_in_unknown_words_get_no_codes(tmp_path):
    """Wrong codes would turn results unseen: check asks for them instead, once a code."""
    steps = ["zip", "zap", "zop", "zup"]
    codes = np.minimum(answers(), 4)
    frame = pd.DataFrame({f"sat{k + 1}": [steps[c - 1] for c in codes[:, k]] for k in range(3)})
    frame.to_csv(tmp_path / "a.csv", index=False)
    draft([tmp_path / "a.csv"], tmp_path / "s")
    study = Study(tmp_path / "s")
    assert {r["code"] for r in study.read("data/responses.csv")} == {""}
    problems = check(tmp_path / "s")
    assert len(problems) == 1
    assert "rows 2, 3, 4, 5, column code: the cell is empty" in problems[0]
    rows = study.read("data/responses.csv")
    for row in rows:
        row["code"] = steps.index(row["en"]) + 1
    study.write("data/responses.csv", [list(rows[0]), *(list(r.values()) for r in rows)])
    assert check(tmp_path / "s") == []


def test_chinese_questions_as_headers_make_a_chinese_study():
    words = ["非常不同意", "不同意", "一般", "同意", "非常同意"]
    codes = answers(items=4)
    heads = ["1、企业值得信任。", "2、企业信守承诺。", "3、企业能力强。", "4、企业靠不住。"]
    columns = {h: [words[c - 1] for c in codes[:, k]] for k, h in enumerate(heads)}
    found = drafted({"序号": range(1, 91), **columns})
    items = found["data/instrument.csv"]
    assert [r["item"] for r in items] == ["q1", "q2", "q3", "q4"]
    assert [r["zh"] for r in items] == heads
    assert "runs against the rest" in items[3]["confirm"]
    assert [r["zh"] for r in found["data/responses.csv"]] == words
    assert found["config"]["languages"] == ["zh"]
    assert found["config"]["respondents"] == {"id": "序号"}


def test_value_labels_and_missing_codes_of_a_statistics_file():
    labels = {"1": "Never", "7": "Always", "99": "Don't know"}
    codes = answers()
    codes[0, 0] = 99
    columns = {Head(f"f{k + 1}", f"Feelings - Item {k + 1}", labels): codes[:, k] for k in range(3)}
    found = drafted(columns)
    shown = [r["en"] for r in found["data/responses.csv"]]
    assert shown == ["Never", "2", "3", "4", "5", "6", "Always"]
    assert found["config"]["intake"]["missing_codes"] == [99]
    assert found["data/constructs.csv"][0]["name_en"] == "Feelings"
    assert found["data/instrument.csv"][0]["en"] == "Feelings - Item 1"


def test_what_a_dialect_found_is_taken_before_names():
    columns = {"uuid": range(90), "took": range(60, 150), **batch("pp", answers())}
    found = drafted(columns, roles={"id": 0, "duration": 1})
    assert found["config"]["respondents"] == {"id": "uuid", "duration": "took"}


def test_typing_mistakes_make_no_other_scale():
    codes = answers(600).astype(object)
    codes[3, 0], codes[4, 1], codes[5, 2] = 55, "agree?", 0
    found = drafted(batch("pp", codes))
    assert [r["code"] for r in found["data/responses.csv"]] == ["1", "2", "3", "4", "5"]
    assert "other values: 55" in found["data/instrument.csv"][0]["confirm"]
    assert "3 answer(s) are on no scale" in found["text"]


def test_two_scales_under_one_stem_are_two_constructs():
    columns = batch("b", np.hstack([answers(), np.minimum(answers(seed=3), 3) + 7]))
    constructs = [r["construct"] for r in drafted(columns)["data/instrument.csv"]]
    assert constructs[:3] == ["B"] * 3
    assert "B" not in constructs[3:]


NO_ITEMS = {
    "ages": list(range(18, 78)),
    "years": [1990 + k % 7 for k in range(60)],
    "texts": [f"I think {k}" for k in range(60)],
    "yes and no": ["1", "2"] * 30,
    "nothing": [""] * 60,
}


@pytest.mark.parametrize("case", NO_ITEMS)
def test_quantities_texts_and_two_answers_are_no_items(case):
    values = [str(v) for v in NO_ITEMS[case] if v != ""]
    assert kind_of({v: values.count(v) for v in values}, {})[0] is None


STEMS = {"pp1": "pp", "Q3_1": "Q3", "LEAD01": "LEAD", "sat.2": "sat", "pp4r": "pp", "likert0[a]": "likert0",
         "Q3a": "Q3", "grp/item2": "item", "age": "", "How are you 2": ""}  # fmt: skip


@pytest.mark.parametrize("name", STEMS)
def test_stems(name):
    assert stem(name) == STEMS[name]


def test_matrix_questions():
    assert matrix("Please rate [I sleep well]") == "Please rate"
    assert matrix("How true is it? - I sleep - well") == "How true is it? - I sleep"
    assert matrix("Self-esteem") == ""


def test_names_that_a_study_cannot_hold_are_replaced():
    columns = {
        name: answers(items=4)[:, k] for k, name in enumerate(["group", "1a b", "1a c", "x"])
    }
    items = drafted(columns)["data/instrument.csv"]
    assert len({r["item"] for r in items}) == 4
    assert "group" not in {r["item"] for r in items}


@pytest.fixture(scope="module")
def instrument():
    with open(ROOT / "data/instrument.csv", encoding="utf-8-sig", newline="") as handle:
        return {r["item"]: r for r in csv.DictReader(handle)}


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """The demonstration survey's three waves as their tools export them."""
    folder = tmp_path_factory.mktemp("exports")
    data = ROOT / "data"
    constructs, _ = tables.read_constructs(data / "constructs.csv", "")
    scales, _ = tables.read_responses(data / "responses.csv", "")
    items, _, _ = tables.read_instrument(data / "instrument.csv", "", constructs, scales)
    survey = Survey(population.read(data / "demo/population.yaml"), items)
    write_survey(survey, folder, {name: scale["texts"] for name, scale in scales.items()})
    return {path.stem.partition("_")[2]: path for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("tool", ["qualtrics", "spss"])
def test_each_tools_export_gives_back_the_instrument(exports, instrument, tool, tmp_path):
    """As if nobody knew it: constructs, wordings, codes, groups, and which items are reversed."""
    draft([exports[tool]], tmp_path / "s")
    study = Study(tmp_path / "s")
    found = {r["item"]: r for r in study.read("data/instrument.csv")}
    assert len(found) == 73
    assert all(r["construct"] == instrument[n]["construct"] for n, r in found.items())
    assert all(r["en"] == instrument[n]["en"] for n, r in found.items())
    with open(ROOT / "data/responses.csv", encoding="utf-8-sig", newline="") as handle:
        labels = [(r["code"], r["en"]) for r in csv.DictReader(handle)]
    assert [(r["code"], r["en"]) for r in study.read("data/responses.csv")] == labels
    public = {"qualtrics": "public", "spss": "3"}[tool]
    for name, row in found.items():
        asked = not row["groups"] or public in row["groups"].split(";")
        assert asked == ("public" in instrument[name]["groups"]), name
    remarked = {n for n, r in found.items() if "runs against" in r["confirm"]}
    assert remarked == {n for n in found if instrument[n]["reverse"] == "1"}
    checks = {n for n, r in found.items() if "an attention check?" in r["confirm"]}
    assert checks == {n for n in found if instrument[n]["check"] == "attention"}
    assert study.config["respondents"]["id"] == "respondent"
    # the mistakes that were planted are named; once they count as missing, nothing is wrong
    assert all("is not an answer to this item" in p for p in check(tmp_path / "s"))
    study.edit("config.yaml", "on_invalid: error", "on_invalid: missing")
    assert check(tmp_path / "s") == []


def test_a_chinese_export_of_questions_alone_gives_items_to_sort(exports, instrument, tmp_path):
    draft([exports["wenjuanxing"]], tmp_path / "s")
    study = Study(tmp_path / "s")
    wordings = [r["zh"] for r in study.read("data/instrument.csv")]
    assert set(wordings) <= {r["zh"] for r in instrument.values()}
    assert len(wordings) == 73
    assert "split them" in study.read("data/constructs.csv")[0]["confirm"]
    # the tool's own seconds are found by intake, without a key
    assert set(study.config["respondents"]) == {"id", "group", "groups"}
    study.edit("config.yaml", "on_invalid: error", "on_invalid: missing")
    assert check(tmp_path / "s") == []
