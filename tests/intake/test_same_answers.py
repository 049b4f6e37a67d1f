"""The same answers, whatever tool exported them, are the same clean table to the byte."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from helpers import ROOT
from surveysem.cleaning.wave import clean_wave
from surveysem.demo import exports
from surveysem.intake.export import read
from surveysem.intake.wave import import_wave
from surveysem.study import config, plans
from surveysem.study.load import load
from surveysem.tables import write_parquet

QUESTIONS = {
    "respondent": {"en": "Number", "zh": "编号"}, "stakeholder": {"en": "Group", "zh": "身份"},
    "project": {"en": "Project", "zh": "项目"}, "district": {"en": "District", "zh": "区县"},
    "form": {"en": "Form", "zh": "问卷版本"}, "seconds": {"en": "Seconds", "zh": "用时"},
    "stem": {"en": "Do you agree?", "zh": "您是否同意？"},
}  # fmt: skip
GROUPS = {"a": {"en": "Alpha", "zh": "甲方"}, "b": {"en": "Beta", "zh": "乙方"}}
WORDS = {1: ("Never", "从不"), 2: ("Rarely", "很少"), 3: ("Often", "经常"), 4: ("Always", "总是")}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study's files, with one wave of 60 respondents as a plain table; no data file yet."""
    folder = tmp_path_factory.mktemp("same")
    (folder / "data").mkdir()
    texts = "".join(f"fit,{code},{en},{zh}\n" for code, (en, zh) in WORDS.items())
    (folder / "data/responses.csv").write_text("scale,code,en,zh\n" + texts, encoding="utf-8")
    (folder / "data/constructs.csv").write_text("code,name_en,role\nQ,Quality,antecedent\n")
    items = "".join(
        f"q{k},Q,Question number {k} of it,第{k}项质量如何,{'a' if k == 4 else ''},{int(k == 3)},fit\n"
        for k in range(1, 6)
    )
    (folder / "data/instrument.csv").write_text(
        "item,construct,en,zh,groups,reverse,responses\n" + items, encoding="utf-8"
    )
    (folder / "data/hypotheses.csv").write_text("id,tier,kind,from,to,sign\n")
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "respondent": [f"r{k:02d}" for k in range(60)],
            "stakeholder": rng.choice(["a", "b"], 60),
            "project": [f"p{k % 7}" for k in range(60)],
            "district": [f"d{k % 3}" for k in range(60)],
            "form": "full",
            "seconds": rng.integers(20, 90, 60),
        }
    )
    for k in range(1, 6):
        answers = pd.Series(rng.integers(1, 5, 60).astype(str), dtype=object)
        answers[rng.random(60) < 0.1] = ""
        frame[f"q{k}"] = answers.where((k != 4) | (frame["stakeholder"] == "a"), "")
    return folder, frame


def configured(folder, file, **more):
    who = {"id": "respondent", "group": "stakeholder", "project": "project",
           "cluster": "district", "form": "form", "duration": "seconds",
           "groups": GROUPS}  # fmt: skip
    wave = {"name": "w", "file": file, **more}
    given = {"respondents": who, "waves": [wave], "study": {"synthetic": True}}
    return load(config.complete(given), folder)


def cleaned(folder, file, **more) -> bytes:
    """The clean table of a file, as its bytes."""
    found = configured(folder, file, **more)
    (wave,) = found.waves.values()
    plan = plans.intake(found, wave) | {"key": "a key"}
    raws = [read(folder / s["file"], s["file"], s["options"]) for s in plan["sources"]]
    table, _, _ = import_wave(raws, **plan)
    clean = clean_wave(table, **plans.cleaning(found, wave))["clean"]
    target = folder / "clean.parquet"
    write_parquet(clean, target)
    assert len(clean) > 40
    return target.read_bytes()


def plain(frame, tool, path):
    """The wave without any tool's marks."""
    if tool in ("csv", "gb18030"):
        frame.to_csv(path, index=False, encoding={"csv": "utf-8"}.get(tool, tool))
    elif tool == "tsv":
        frame.to_csv(path, index=False, sep="\t", encoding="utf-16")
    elif tool == "xlsx":
        frame.to_excel(path, index=False)
    elif tool == "parquet":
        frame.to_parquet(path)
    else:
        numbers = frame.copy()
        for k in range(1, 6):
            numbers[f"q{k}"] = pd.to_numeric(numbers[f"q{k}"])
        numbers["stakeholder"] = numbers["stakeholder"].map({"a": 1.0, "b": 2.0})
        labels = {f"q{k}": {c: en for c, (en, _) in WORDS.items()} for k in range(1, 6)}
        labels["stakeholder"] = {1: "Alpha", 2: "Beta"}
        write = {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta}[tool]
        write(numbers, str(path), variable_value_labels=labels)


PLAIN = {"csv": "csv", "gb18030": "csv", "tsv": "tsv", "xlsx": "xlsx", "parquet": "parquet",
         "sav": "sav", "dta": "dta"}  # fmt: skip


@pytest.fixture(scope="module")
def expected(study):
    folder, frame = study
    plain(frame, "csv", folder / "plain.csv")
    return cleaned(folder, "plain.csv")


@pytest.mark.parametrize("kind", PLAIN)
def test_formats(study, expected, kind):
    folder, frame = study
    name = f"wave_{kind}.{PLAIN[kind]}"
    plain(frame, kind, folder / name)
    assert cleaned(folder, name) == expected


@pytest.mark.parametrize("tool", exports.WRITERS)
def test_tools(study, expected, tool):
    folder, frame = study
    found = configured(folder, "plain.csv")
    words = exports.Words(
        {"fit": {code: {"en": en, "zh": zh} for code, (en, zh) in WORDS.items()}}, QUESTIONS, GROUPS
    )
    name = exports.file_name(1, tool)
    exports.write(
        tool, frame, folder / name, items=list(found.items.values()), words=words,
        start="2024-03-04T08:00", rng=np.random.default_rng(1),
    )  # fmt: skip
    roles = {"id": "respondent", "group": "stakeholder", "project": "project",
             "cluster": "district", "form": "form"}  # fmt: skip
    told = {role: QUESTIONS[name]["zh"] for role, name in roles.items()}
    more = {"columns": told} if tool == "wenjuanxing" else {}
    assert cleaned(folder, name, **more) == expected


def test_the_shipped_exports_are_what_the_generator_writes():
    """Each wave of the default study comes from another tool."""
    names = {path.name for path in (ROOT / "data" / "raw").iterdir() if path.is_file()}
    assert names == {exports.file_name(k, tool) for k, tool in enumerate(exports.WRITERS, start=1)}
