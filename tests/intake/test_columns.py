"""Columns to items: by name, by the question's text, as told; never by a guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveysem.intake.columns import keys, match
from surveysem.text import text_key

ITEMS = {
    "pp1": ["Higher-level government has required it.", "上级政府明确要求引入企业。"],
    "pp2": ["Superior departments inspect: often.", "上级部门会定期督查。"],
}


def matched(names, labels=None, told=None, wanted=ITEMS):
    """Columns found, and the problems."""
    labels = labels or [""] * len(names)
    found = match(names, labels, wanted, told or {}, file="w.csv", where="config.yaml, waves[0]")
    return found.columns, found.problems


@pytest.mark.parametrize(
    "header",
    ["pp1", "PP1", " pp1 ", "policy/pp1", "policy.pp1", "Q3[pp1]", "a/b/pp1",
     "Higher-level government has required it.", "higher level government has required it",
     "12. Higher-level government has required it.", "Q7: Higher-level government has required it",
     "1、上级政府明确要求引入企业。", "第1题 上级政府明确要求引入企业", "1．上级政府明确要求引入企业",
     "How much do you agree? [Higher-level government has required it.]",
     "How much do you agree? - Higher-level government has required it.",
     "5、您是否同意—上级政府明确要求引入企业。", "<b>Higher-level</b> government&nbsp;has required it."],
)  # fmt: skip
def test_ways_in_which_a_header_names_an_item(header):
    columns, problems = matched(["x", header, "y"], wanted={"pp1": ITEMS["pp1"]})
    assert (columns, problems) == ({"pp1": (1,)}, [])


def test_a_question_s_text_may_stand_in_the_label():
    columns, problems = matched(
        ["Q1_1", "Q1_2"], ["Agree? - 上级部门会定期督查。", ITEMS["pp1"][0]]
    )
    assert (columns, problems) == ({"pp2": (0,), "pp1": (1,)}, [])


def test_a_matrix_row_with_its_stem():
    """Dialects part the two; an instrument may hold the row alone or both."""
    labels = ["Safe at home", "Safe at work"]
    for text in ("Safe at work", "Do you feel - Safe at work", "Do you feel safe at work?"):
        found = match(["Q1_1", "Q1_2"], labels, {"s": [text]}, {}, file="f", where="w",
                      stems=["Do you feel"] * 2)  # fmt: skip
        assert found.columns == {"s": (1,)}


def test_a_name_counts_before_a_text():
    columns, problems = matched(["pp1", "q"], ["", ITEMS["pp1"][0]])
    assert (columns, problems) == ({"pp1": (0,)}, [])


@pytest.mark.parametrize("header", ["pp11", "pp", "app1", "pp1x", "government has required", "1"])
def test_what_nearly_fits_does_not(header):
    assert matched([header]) == ({}, [])


def test_two_columns_for_one_item_are_a_problem():
    columns, (problem,) = matched(["a", "b"], [ITEMS["pp1"][0], ITEMS["pp1"][1]])
    assert columns == {}
    assert "2 columns fit 'pp1': column 1 'a'" in problem
    assert "waves[0].columns: {pp1: 1}" in problem


def test_one_column_for_two_items_is_a_problem():
    _, (problem,) = matched(["Same."], wanted={"a1": ["Same."], "a2": ["same"]})
    assert "column 1 'Same.'" in problem
    assert "fits a1 and a2" in problem


@pytest.mark.parametrize("told", ["Q7", "q7", 2, "Some text", ["Q7"]])
def test_as_told(told):
    columns, problems = matched(["pp1", "Q7"], ["", "Some text"], {"pp1": told})
    assert (columns, problems) == ({"pp1": (1,)}, [])


def test_several_columns_as_told():
    assert matched(["a", "b", "c"], told={"pp1": ["a", 3]}) == ({"pp1": (0, 2)}, [])


@pytest.mark.parametrize(
    ("told", "hint"),
    [("Q77", "did you mean 'Q7'?"), (9, "numbers go from 1 to 2"), (0, "numbers go from 1 to 2")],
)
def test_a_column_that_is_not_there(told, hint):
    columns, (problem,) = matched(["pp1", "Q7"], told={"pp1": told})
    assert columns == {}
    assert f"config.yaml, waves[0].columns.pp1: w.csv has no column '{told}'" in problem
    assert hint in problem


@given(st.text(max_size=40))
def test_every_text_is_one_of_its_own_keys(text):
    assert (text_key(text) in keys(text)) == bool(text_key(text))
