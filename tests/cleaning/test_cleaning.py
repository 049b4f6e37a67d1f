"""From findings to fates: exactly one for each raw row, and counts that add up."""

import numpy as np
import pandas as pd
import pytest
from answers import ITEM, NAN, SETTINGS, analysed, table
from hypothesis import given, settings
from hypothesis import strategies as st

from surveysem.cleaning.wave import clean_wave, reverse

ITEMS = {
    "q1": ITEM, "q2": {**ITEM, "reverse": True}, "q3": ITEM, "q4": {**ITEM, "groups": ["a"]},
    "q5": {**ITEM, "check": "attention", "passes": [2]},
    "q6": {**ITEM, "check": "self_report", "passes": [4, 5]},
}  # fmt: skip
FINE = [1, 2, 3, 4, 2, 5]
ALONE = {"eligibility", "identity", "completeness"}


def cleaned(answers, items=ITEMS, columns=None, **settings):
    return clean_wave(
        table(answers, **(columns or {})), wave="t1", items=items, settings=SETTINGS | settings
    )


def fate(answers=FINE, exclude_when=2, **columns):
    """Fate, first rule and rules of the second of two rows; the first one is flawless."""
    result = cleaned([FINE, answers], columns=columns, exclude_when=exclude_when)
    assert result["fates"]["fate"].tolist()[0] == "analysed"
    return tuple(result["fates"].loc[1, ["fate", "first_rule", "rules"]])


# Families of signs ----------------------------------------------------------------------

ATTENTION, SELF_REPORT = [1, 2, 3, 4, 1, 5], [1, 2, 3, 4, 2, 1]
RUN, RUN_AND_CHECK = [3, 3, 3, 3, 2, 5], [3, 3, 3, 3, 1, 5]


@pytest.mark.parametrize(
    ("answers", "columns", "rules"),
    [
        (FINE, {}, ""),
        (ATTENTION, {}, "attention_q5"),
        (SELF_REPORT, {}, "self_report_q6"),
        (RUN, {}, "longstring"),
        (FINE, {"duration": [300, 5]}, "speed_per_item;speed_of_median"),
    ],
)
def test_one_family_of_signs_does_not_exclude(answers, columns, rules):
    """Also where two rules of that family fire."""
    assert fate(answers, **columns) == ("analysed", "", rules)


@pytest.mark.parametrize(
    ("answers", "columns", "rules"),
    [
        (RUN_AND_CHECK, {}, "attention_q5;longstring"),
        ([1, 2, 3, 4, 1, 1], {}, "attention_q5;self_report_q6"),
        (ATTENTION, {"duration": [NAN, 5]}, "attention_q5;speed_per_item"),
    ],
)
def test_two_families_of_signs_exclude(answers, columns, rules):
    assert fate(answers, **columns) == ("excluded", "careless", rules)


def test_how_many_families_exclude_is_the_users_choice():
    assert fate(ATTENTION, exclude_when=1)[:2] == ("excluded", "careless")
    assert fate(RUN_AND_CHECK, exclude_when=3)[:2] == ("analysed", "")
    assert fate(FINE, exclude_when=1)[:2] == ("analysed", "")


@pytest.mark.parametrize(
    ("answers", "columns", "rule"),
    [
        (FINE, {"group": ["a", ""]}, "no_group"),
        (FINE, {"respondent": ["x", "x"]}, "duplicate_id"),
        ([1, NAN, NAN, NAN, 2, 5], {}, "incomplete"),
    ],
)
def test_identity_eligibility_and_completeness_exclude_alone(answers, columns, rule):
    assert fate(answers, exclude_when=4, **columns) == ("excluded", rule, rule)


def test_a_sign_of_care_beside_such_a_rule_changes_nothing():
    found = fate(RUN_AND_CHECK, respondent=["x", "x"])
    assert found == ("excluded", "duplicate_id", "duplicate_id;attention_q5;longstring")


def test_the_first_rule_is_the_one_that_excludes():
    found = fate([NAN, NAN, NAN, 4, 2, 5], respondent=["x", "x"], group=["a", ""])
    assert found == ("excluded", "no_group", "no_group;duplicate_id;incomplete")


# Tables ---------------------------------------------------------------------------------


def test_decisions_name_row_respondent_and_group():
    decisions = cleaned([FINE, ATTENTION, FINE], columns={"respondent": ["x", "y", "x"]})[
        "decisions"
    ]
    assert decisions[["wave", "row", "respondent", "group", "rule"]].to_numpy().tolist() == [
        ["t1", 4, "x", "a", "duplicate_id"],
        ["t1", 3, "y", "a", "attention_q5"],
    ]


def test_decisions_of_a_flawless_wave_are_an_empty_table():
    decisions = cleaned([FINE])["decisions"]
    assert decisions.empty
    assert decisions.columns.tolist() == [
        "wave", "row", "respondent", "group", "rule", "family", "value", "threshold", "action",
        "reason", "file",
    ]  # fmt: skip


def test_the_clean_table_has_the_analysed_rows_in_order():
    result = cleaned(
        [FINE, [NAN] * 6, ATTENTION, FINE, FINE], columns={"respondent": list("abcad")}
    )
    assert analysed(result) == [2, 4, 6]
    assert result["clean"].index.tolist() == [0, 1, 2]


def test_flow_of_a_small_wave():
    answers = [FINE, FINE, RUN_AND_CHECK, [NAN] * 6, FINE]
    columns = {"group": ["a", "a", "a", "b", ""], "respondent": list("xxyzv")}
    flow = cleaned(answers, columns=columns)["flow"]
    assert flow[flow["group"] == "a"].to_numpy().tolist() == [
        ["t1", "a", "received", 3, 3, ""],
        ["t1", "a", "no_group", 3, 3, ""],
        ["t1", "a", "duplicate_id", 3, 2, "duplicate_id"],
        ["t1", "a", "incomplete", 2, 2, ""],
        ["t1", "a", "careless", 2, 1, "careless"],
        ["t1", "a", "analysed", 1, 1, ""],
    ]
    assert flow.groupby("group")["n_out"].last().to_dict() == {"": 0, "a": 1, "b": 0}


def test_a_study_without_groups_has_no_step_for_them():
    flow = cleaned([FINE], columns={"group": "all"}, grouped=False)["flow"]
    assert flow["step"].tolist() == [
        "received", "duplicate_id", "incomplete", "careless", "analysed",
    ]  # fmt: skip


# Reversing --------------------------------------------------------------------------------


def test_reverse_keyed_items_are_turned_once():
    clean = cleaned([FINE])["clean"]
    assert clean[["q1", "q2", "q3", "q4"]].to_numpy().tolist() == [[1, 4, 3, 4]]


def test_cleaning_judges_the_answers_as_given():
    """2 2 2 1 is a run of three; with q2 turned it would be none, and 2 4 2 1 would be one."""
    flagged = cleaned([[2, 2, 2, 1, 2, 5], [2, 4, 2, 1, 2, 5]])["fates"]
    assert flagged["rules"].tolist() == ["longstring", ""]


def test_reversing_twice_gives_the_answers_back():
    frame = table([[1, 2, 3, 4, 2, 5], [5, NAN, 1, 1, 2, 5]])
    pd.testing.assert_frame_equal(reverse(reverse(frame, ITEMS), ITEMS), frame)


def test_reversing_leaves_the_table_it_was_given():
    frame = table([FINE])
    reverse(frame, ITEMS)
    assert frame["q2"].tolist() == [2]


@pytest.mark.parametrize(
    ("low", "high", "given", "turned"),
    [(0, 4, [0, 1, 2, 4], [4, 3, 2, 0]), (1, 5, [1, 2, 3, 5], [5, 4, 3, 1]),
     (1, 7, [1, 6, 7, 4], [7, 2, 1, 4]), (-2, 2, [-2, -1, 0, 2], [2, 1, 0, -2])],
)  # fmt: skip
def test_an_answer_is_turned_within_its_own_scale(low, high, given, turned):
    frame = table([[g, 1] for g in given])
    items = {"q1": {**ITEM, "reverse": True, "low": low, "high": high}, "q2": ITEM}
    result = reverse(frame, items)
    assert result["q1"].tolist() == turned
    assert result["q2"].tolist() == [1] * 4


def test_a_missing_answer_stays_missing():
    assert np.isnan(reverse(table([[1, NAN]]), ITEMS)["q2"][0])


# Any table --------------------------------------------------------------------------------

RESPONDENTS = st.tuples(
    st.sampled_from(["a", "b", ""]),
    st.sampled_from("xyzuvw"),
    st.sampled_from([NAN, 3.0, 12.0, 100.0]),
    st.lists(st.sampled_from([NAN, 1.0, 2.0, 3.0, 4.0, 5.0]), min_size=6, max_size=6),
)


@settings(max_examples=25)
@given(st.lists(RESPONDENTS, min_size=1, max_size=12), st.integers(1, 4), st.booleans())
def test_every_row_has_one_fate_and_the_flow_adds_up(people, exclude_when, grouped):
    group, respondent, duration, answers = map(list, zip(*people, strict=True))
    columns = {"respondent": respondent, "duration": duration}
    columns["group"] = group if grouped else "all"
    result = cleaned(answers, columns=columns, exclude_when=exclude_when, grouped=grouped)
    fates, decisions, flow = result["fates"], result["decisions"], result["flow"]

    assert fates["row"].tolist() == list(range(2, len(people) + 2))
    assert fates["respondent"].tolist() == respondent
    assert len(analysed(result)) == (fates["fate"] == "analysed").sum()

    for row in fates.itertuples():
        mine = decisions[decisions["row"] == row.row]
        assert row.rules == ";".join(mine["rule"])
        alone = mine.loc[mine["family"].isin(ALONE), "rule"].tolist()
        signs = set(mine["family"]) - ALONE
        careless = ["careless"] if len(signs) >= exclude_when else []
        assert row.first_rule == (alone + careless + [""])[0]
        assert row.fate == ("excluded" if row.first_rule else "analysed")

    order = ["no_group", "duplicate_id", "incomplete", "careless"]
    steps = ["received", *(order if grouped else order[1:]), "analysed"]
    assert set(flow["group"]) == set(fates["group"])
    for name, part in flow.groupby("group"):
        mine = fates[fates["group"] == name]
        assert part["step"].tolist() == steps
        assert part["n_in"].tolist()[0] == len(mine)
        assert part["n_in"].tolist()[1:] == part["n_out"].tolist()[:-1]
        assert part["n_out"].tolist()[-1] == (mine["fate"] == "analysed").sum()
        assert ((part["reason"] != "") == (part["n_in"] > part["n_out"])).all()
