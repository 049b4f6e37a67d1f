"""What jobs are told: just what they use, so that an edit touches no more than it must."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from helpers import ROOT
from surveysem.study import StudyError, load, plans, respondents, scaleplans
from surveysem.study.config import complete, schema
from surveysem.study.digest import Digests, code_digest, imports, sources
from surveysem.study.docs import config_page


def loaded(study):
    return load(study.config, study.folder)


def everything(study) -> dict:
    """All plans of a study by stage."""
    s = loaded(study)
    wave, model = next(iter(s.waves.values())), next(iter(s.models.values()))
    return {
        "intake": plans.intake(s, wave),
        "cleaning": plans.cleaning(s, wave),
        "description": respondents.description(s, wave),
        "relations": respondents.relations(s, wave),
        "changes": respondents.changes(s),
        "attrition": respondents.attrition(s, wave),
        "weights": respondents.weights(s, wave),
        "reliability": scaleplans.reliability(s, wave),
        "reliability_change": scaleplans.reliability_change(s, wave),
        "measurement": plans.measurement(s, model, wave),
        "rivals": scaleplans.rivals(s, wave),
        "structure": plans.structure(s, model, wave),
        "robustness": plans.robustness(model, wave),
        "verdicts": plans.verdicts(s),
        "report": plans.report(s),
    }


EDITS = {
    "wording of an item": (("data/instrument.csv", "Item 1 of QUA", "First item"), {"report"}),
    "name of a construct": (("data/constructs.csv", "Construct QUA", "Quality"), {"report"}),
    "smallest effect of interest": (("data/hypotheses.csv", ",0.1\nP1", ",0.2\nP1"), {"structure"}),
    "label of an answer": (("data/responses.csv", "Often", "Frequently"), {"intake", "report"}),
    "a new wave": (
        ("config.yaml", "models:", "- {name: t3, file: data/raw/t3.csv}\nmodels:"),
        {"changes", "verdicts", "report"},
    ),
    "number invited": (
        ("config.yaml", "models:", "sample:\n  invited: {t1: 400}\nmodels:"),
        {"description"},
    ),
    "smallest group shown": (
        ("config.yaml", "models:", "privacy: {minimum_cell: 9}\nmodels:"),
        {"report"},
    ),
    "draws of the bootstrap": (
        ("config.yaml", "models:", "resampling: {draws: 500}\nmodels:"),
        {"reliability", "reliability_change"},
    ),
    "reversed item": (
        ("data/instrument.csv", "Item 3 of QUA,,1", "Item 3 of QUA,,0"),
        {"cleaning", "description", "report"},  # answers are shown as they were asked
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_only_what_uses_it(study, edit):
    (name, old, new), touched = EDITS[edit]
    raw = study.folder / "data" / "raw"
    (raw / "t3.csv").write_bytes((raw / "t1.csv").read_bytes())
    before = everything(study)
    if name == "config.yaml":  # lists of waves are indented alike by the test's writer
        new = new.replace("- {", "- {", 1)
    study.edit(name, old, new)
    after = everything(study)
    assert {stage for stage in before if before[stage] != after[stage]} == touched


def test_waves_are_compared_on_the_items_that_both_asked_alike(study):
    s = loaded(study)
    first, second = s.waves.values()
    other = replace(s.items["qua1"], codes=(1, 2, 3, 4, 5))
    later = replace(second, without=("tru2",), changed={"qua1": other})
    plan = scaleplans.reliability_change(replace(s, waves={"t1": first, "t2": later}), first)
    items = {(e["scale"], e["group"]): e["items"] for e in plan["scales"]}
    for group in ("all", "north", "south"):
        assert items["QUA", group] == ["qua2", "qua3"]
        assert items["TRU", group] == ["tru1", "tru3"]
        assert items["LOY", group] == ["loy1", "loy2", "loy3"]
    assert (plan["wave"], plan["following"], plan["panel"]) == ("t1", "t2", True)


def test_rivals_of_facets_are_planned_where_the_constructs_file_declares_them(study):
    s = loaded(study)
    wave = next(iter(s.waves.values()))
    assert scaleplans.rivals(s, wave)["scales"] == []
    study.edit("data/constructs.csv", "role\n", "role,facets\n")
    study.edit("data/constructs.csv", "服务质量,antecedent", "服务质量,antecedent,quick;kind")
    study.edit("data/instrument.csv", "responses\n", "responses,facet\n")
    for k, facet in ((1, "quick"), (2, "quick"), (3, "kind")):
        study.edit("data/instrument.csv", f"Item {k} of QUA,,{int(k == 3)},fit",
                   f"Item {k} of QUA,,{int(k == 3)},fit,{facet}")  # fmt: skip
    plan = scaleplans.rivals(loaded(study), wave)
    assert (plan["wave"], plan["estimator"]) == (wave.name, s.config["measurement"]["estimator"])
    scale = plan["scales"][0]
    assert scale["facets"] == {"quick": ["qua1", "qua2"], "kind": ["qua3"]}
    assert (scale["scale"], scale["groups"]) == ("QUA", ["north", "south"])
    assert scale["categories"] == dict.fromkeys(["qua1", "qua2", "qua3"], 4)
    assert [(e["group"], e["groups"]) for e in scale["samples"]] == [
        ("all", ["north", "south"]), ("north", ["north"]), ("south", ["south"])
    ]  # fmt: skip


def test_plans_are_plain_values(study):
    """Snakemake ignores params that are not built-in types when it looks for changes."""

    def plain(value):
        if isinstance(value, dict):
            return all(isinstance(k, str) and plain(v) for k, v in value.items())
        if isinstance(value, list):
            return all(plain(v) for v in value)
        return value is None or type(value) in (str, int, float, bool)

    for stage, plan in everything(study).items():
        assert plain(plan), stage


def test_no_package_module_knows_a_study():
    """No name of a construct, item, group or wave of a shipped study stands in the code."""

    from surveysem.study.rows import read_rows

    names = set()
    for folder in (ROOT, ROOT / "examples" / "leadership"):
        study = load(yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8")), folder)
        names |= {*study.items, *study.constructs, *study.hypotheses, *study.groups, *study.waves}
        rows = read_rows(folder / study.config["instrument"], "", ["item"]).rows
        names |= {row["item"] for row in rows}
    names -= {"all", "D1", "D2", "D3"}  # the latter are the field's names of pooled tests too
    for path in (*(ROOT / "workflow").rglob("*.py"), *(ROOT / "workflow").rglob("*.smk")):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            words = {n.value for n in ast.walk(ast.parse(text))
                     if isinstance(n, ast.Constant) and isinstance(n.value, str)}  # fmt: skip
        else:
            words = set(text.replace('"', " ").split())
        assert not names & words, path


def test_the_digest_follows_imports():
    scripts = ROOT / "workflow" / "scripts"
    used = {str(p.relative_to(ROOT / "workflow")) for p in sources(scripts / "structure_wave.py")}
    assert {
        "surveysem/structure/wave.py",
        "surveysem/sem/implied.py",
        "surveysem/models.py",
    } <= used
    assert not any(name.startswith(("surveysem/report", "surveysem/study")) for name in used)


def _by_python(text: str) -> set[str]:
    """What Python's own parser says that a source text imports of the package."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.split(".")[0] == "surveysem"}


def test_imports_are_what_python_reads():
    files = [*(ROOT / "workflow").rglob("*.py")]
    assert len(files) > 100
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert set(imports(text)) == _by_python(text), file


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    from surveysem.sem import (\n        a,  # why (so)\n        b as c,\n    )",
        "import surveysem.sem.api as api, surveysem.job",
        "from surveysem import job",
        "from surveysem_other import x\nimport numpy\n# from surveysem.sem import z",
    ],
)
def test_imports_in_every_form(text):
    assert set(imports(text)) == _by_python(text)


def test_the_digest_of_the_report_sees_its_templates():
    digest = Digests(ROOT / "workflow" / "scripts")
    assert digest("report_pages.py") != digest("report_pages.py", "report/templates/*")


def test_the_digest_changes_with_a_file(tmp_path):
    extra = tmp_path / "x.css"
    extra.write_text("a")
    script = ROOT / "workflow" / "scripts" / "pool_tables.py"
    before = code_digest(script, [extra])
    extra.write_text("b")
    assert code_digest(script, [extra]) != before


def test_defaults_come_from_the_schema():
    full = complete({"waves": [{"name": "w", "file": "f.csv"}]})
    assert full["cleaning"]["exclude_when"] == 2
    assert full["models"] == {"main": {"groups": [], "estimator": "auto", "syntax": None}}
    asked = {"without": [], "reworded": [], "responses": {}}
    assert full["waves"] == [{"name": "w", "file": "f.csv", **asked}]


def test_every_key_of_the_schema_is_described():
    def undescribed(part, path):
        for key, child in part.get("properties", {}).items():
            if "description" not in child:
                yield f"{path}.{key}"
            yield from undescribed(child, f"{path}.{key}")
            yield from undescribed(child.get("items", {}), f"{path}.{key}[]")

    assert not list(undescribed(schema(), ""))


def test_the_config_page_is_up_to_date():
    """`python -m surveysem docs` writes docs/config.md from the schema."""
    assert Path(ROOT / "docs" / "config.md").read_text(encoding="utf-8") == config_page()


def test_the_measurement_job_knows_the_estimator_asked_and_the_answers(study):
    config = study.config
    config["models"] = {"m": {}}
    study.config = config
    s = loaded(study)
    plan = plans.measurement(s, s.models["m"], s.waves["t1"])
    assert (plan["estimator"], plan["categories"]["qua1"]) == ("auto", 4)
    assert plan["groups"] == ["north", "south"]
    assert plans.structure(s, s.models["m"], s.waves["t1"])["cautions"] == []


def test_groups_are_compared_by_what_both_were_asked(study):
    study.edit("data/instrument.csv", "Item 1 of QUA,,", "Item 1 of QUA,north,")
    for k in (1, 2, 3):
        study.edit("data/instrument.csv", f"Item {k} of TRU,,", f"Item {k} of TRU,south,")
    s = loaded(study)
    pairs = respondents.relations(s, s.waves["t1"])["pairs"]
    assert [(p["scale"], p["first"], p["second"], p["items"]) for p in pairs] == [
        ("QUA", "north", "south", ["qua2", "qua3"]),
        ("LOY", "north", "south", ["loy1", "loy2", "loy3"]),
    ]


def test_waves_are_compared_by_what_both_asked_alike(study):
    """t2 left loy1 out, asked loy2 in other words and qua1 with other answers."""
    raw = study.folder / "data" / "raw"
    (raw / "t3.csv").write_bytes((raw / "t1.csv").read_bytes())
    study.write("data/responses.csv", [["scale", "code", "en"]] + [
        [scale, k, f"{scale} {k}"]
        for scale, most in (("fit", 4), ("long", 5)) for k in range(most)])  # fmt: skip
    config = study.config
    config["waves"][1] |= {"without": ["loy1"], "reworded": ["loy2"], "responses": {"qua1": "long"}}
    config["waves"].append({"name": "t3", "file": "data/raw/t3.csv"})
    study.config = config
    plan = respondents.changes(loaded(study))
    found = {
        (c["first"], c["second"], c["scale"]): (c["items"], c["reworded"])
        for c in plan["scales"] if c["group"] == "all"
    }  # fmt: skip
    assert found["t1", "t2", "QUA"] == found["t2", "t3", "QUA"] == (["qua2", "qua3"], [])
    assert found["t1", "t2", "LOY"] == (["loy2", "loy3"], ["loy2"])
    assert found["t1", "t3", "LOY"] == (["loy1", "loy2", "loy3"], ["loy2"])
    assert found["t2", "t3", "LOY"] == (["loy2", "loy3"], [])
    assert found["t1", "t3", "QUA"] == (["qua1", "qua2", "qua3"], [])
    assert len(found) == 9


def test_items_that_a_group_was_not_asked_leave_its_models(study):
    study.edit("data/instrument.csv", "Item 1 of QUA,,", "Item 1 of QUA,north,")
    config = study.config
    config["models"] = {"both": {}, "north": {"groups": ["north"]}}
    study.config = config
    s = loaded(study)
    wave = s.waves["t1"]
    assert plans.factors(s, s.models["both"], wave)["QUA"] == ["qua2", "qua3"]
    assert plans.factors(s, s.models["north"], wave)["QUA"] == ["qua1", "qua2", "qua3"]


def test_constructs_that_a_group_was_not_asked_are_not_testable(study):
    for k in (1, 2, 3):
        study.edit("data/instrument.csv", f"Item {k} of TRU,,", f"Item {k} of TRU,north,")
    s = loaded(study)
    plan = plans.structure(s, s.models["loyal"], s.waves["t1"])
    reasons = {h["id"]: h["reason"] for h in plan["hypotheses"]}
    assert reasons["P1"] == reasons["P2"] == reasons["I1"] == "not_asked: TRU"
    assert reasons["P3"] == reasons["T1"] == ""


def test_hypotheses_of_other_groups_are_not_claimed(study):
    study.edit(
        "data/hypotheses.csv", "P1,asserted,path,QUA,,TRU,+,,", "P1,asserted,path,QUA,,TRU,+,,north"
    )
    s = loaded(study)
    plan = plans.structure(s, s.models["loyal"], s.waves["t1"])
    assert {h["id"]: h["reason"] for h in plan["hypotheses"]}["P1"] == "not_claimed: south"


def test_columns_that_cleaning_looks_at_are_named_under_extra(study):
    config = study.config
    config["respondents"]["extra"] = {"agree": "side", "phone": "who"}
    config["cleaning"] = {"consent": {"agre": ["north"]}, "same_person": ["agree"]}
    config["cleaning"]["eligible"] = {"agree": ["north"]}
    study.config = config
    with pytest.raises(StudyError) as error:
        loaded(study)
    found = str(error.value)
    assert "cleaning.consent: 'agre' is no column of respondents.extra" in found
    assert "did you mean 'agree'?" in found
    assert "cleaning.same_person: 'agree' is hashed here and read elsewhere" in found
