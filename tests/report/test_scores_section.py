"""The section on factor scores: how well they are known, none of small groups, no respondent."""

import pytest

from surveysem.report.chapters.scores import scores
from surveysem.report.context import Context
from surveysem.report.tables import Table

FOUND = [
    ("a", "S", "regression", 60, "determinacy", 0.93, ""),
    ("a", "S", "regression", 60, "least_correlation", 0.73, ""),
    ("a", "S", "bartlett", 60, "determinacy", 0.71, ""),
    ("a", "T", "regression", 60, "determinacy", 0.85, ""),
    ("b", "S", "regression", 40, "determinacy", 0.82, ""),
    ("b", "T", "eap_each", 0, "determinacy", "", "no_scores"),
    ("b", "T", "eap", 40, "determinacy", 0.955, ""),
]


def table(rows) -> Table:
    out = Table(None)
    out.rows, out.link = rows, "../measurement/determinacy.csv"
    return out


def context(language="en", small=(), found=FOUND) -> Context:
    plan = {
        "waves": {"w": {"label": {"*": "Spring"}}},
        "groups": {g: {"*": f"Group {g}"} for g in "ab"},
        "models": {"m": {"groups": ["a", "b"], "estimator": "auto"}},
        "constructs": {"S": {"name": {"*": "Sleep"}}, "T": {"name": {"*": "Trust"}}},
        "minimum_cell": 5,
    }  # fmt: skip
    names = ("group", "construct", "method", "n", "statistic", "est", "note")
    rows = [
        {"model": "m", "wave": "w", **dict(zip(names, map(str, r), strict=True))} for r in found
    ]
    flow = [{"wave": "w", "group": g, "step": "analysed", "n_out": "3" if g in small else "60"}
            for g in "ab"]  # fmt: skip
    return Context(language, plan, {"flow": table(flow), "determinacy": table(rows)})


def cells(section) -> list[list[str]]:
    return [[str(cell) for cell in row] for block in section.blocks for row in block.rows]


def test_the_answer_counts_the_best_scores_and_names_those_below():
    section = scores(context(), "m")
    assert section.answer == (
        "The scores of 2 of 4 constructs by group have a determinacy of .90 or more. "
        "Below: Trust (Group a); Sleep (Group b)."
    )
    shown = cells(section)
    assert ["Sleep", "Group a", "regression", "60", ".93", ".73", ""] in shown
    assert ["Sleep", "Group a", "Bartlett", "60", ".71", "–", ""] in shown
    assert ["Trust", "Group b", "mean given the construct's own answers", "0", "–", "–",
            "No respondent has a score."] in shown  # fmt: skip
    assert dict(section.links)["scores"] == "../measurement/scores.csv"


def test_a_small_group_is_not_shown():
    section = scores(context(small="b"), "m")
    assert {row[1] for row in cells(section)} == {"Group a"}
    assert "Group b" not in section.answer


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_model_without_scores_says_why(language):
    found = [
        (g, "", "", 0, "not_computed", "", "inadmissible: negative variance of q1") for g in "ab"
    ]
    section = scores(context(language, found=found), "m")
    why = {row[-1] for row in cells(section)}
    assert len(why) == 1
    assert "negative variance of q1" in why.pop()
    assert section.answer[-1] in ".。"
