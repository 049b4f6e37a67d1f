"""The cleaning rules, each with an example made by hand and its edge."""

from itertools import groupby

import numpy as np
import pandas as pd
import pytest
from answers import ITEM, NAN, SETTINGS, block, names, table
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from surveysem.asked import asked_table
from surveysem.cleaning import identity, patterns, rules
from surveysem.cleaning.findings import FINDING_COLUMNS
from surveysem.cleaning.indices import longest_runs


def everything(frame) -> pd.DataFrame:
    """All items asked of everyone."""
    return pd.DataFrame(True, index=frame.index, columns=names(frame))


def hits(found) -> list[int]:
    return found["index"].tolist()


def unanswered(n_missing, n_items) -> list[float]:
    return [NAN] * n_missing + [3.0] * (n_items - n_missing)


# Eligibility and identity -------------------------------------------------------------


def test_no_group():
    found = identity.no_group(table([[1], [2], [3]], group=["a", "", "b"]))
    assert hits(found) == [1]
    assert found[["rule", "family", "action"]].to_numpy().tolist() == [
        ["no_group", "eligibility", "exclude"]
    ]


def test_duplicates_the_first_row_stays():
    frame = table([[1]] * 5, respondent=["x", "y", "x", "z", "x"], row=[3, 4, 7, 8, 9])
    found = identity.duplicates(frame)
    assert hits(found) == [2, 4]
    assert found["value"].tolist() == ["same id as row 3"] * 2
    assert set(found["family"]) == {"identity"}


def test_no_duplicates():
    assert identity.duplicates(table([[1], [1]])).empty


# Completeness -------------------------------------------------------------------------


def incomplete(frame, limit, asked=None):
    return rules.incomplete(
        frame, names(frame), everything(frame) if asked is None else asked, limit
    )


@pytest.mark.parametrize(
    ("missing", "items", "limit"),
    [(5, 10, 0.5), (3, 10, 0.3), (6, 20, 0.3), (3, 20, 0.15), (1, 20, 0.05), (0, 4, 0)],
)
def test_exactly_the_allowed_share_missing_stays(missing, items, limit):
    """'More than': a share that meets the limit exactly stays (1 - 7 / 10 > 0.3 to a computer)."""
    frame = table([unanswered(missing, items), unanswered(missing + 1, items)])
    assert hits(incomplete(frame, limit)) == [1]


def test_nothing_exceeds_a_limit_of_one():
    assert hits(incomplete(table([unanswered(4, 4)]), 1)) == []


def test_incomplete_says_the_share():
    found = incomplete(table([unanswered(2, 3)]), 0.5)
    assert found["value"].tolist() == ["0.67"]
    assert found["threshold"].tolist() == ["share missing <= 0.5"]
    assert found["family"].tolist() == ["completeness"]


def test_only_items_that_were_asked_count():
    """Two of four items asked, both answered; two of four asked, one answered."""
    frame = table([[3, 3, NAN, NAN], [NAN, 3, NAN, NAN]])
    asked = everything(frame)
    asked[["q3", "q4"]] = False
    assert hits(incomplete(frame, 0.4, asked)) == [1]
    assert hits(incomplete(frame, 0.5, asked)) == []


def test_an_answer_that_was_not_asked_for_makes_nothing_complete():
    frame = table([[NAN, 3]])
    asked = everything(frame)
    asked["q2"] = False
    assert hits(incomplete(frame, 0.5, asked)) == [0]


def test_someone_who_was_asked_nothing_is_incomplete():
    frame = table([[NAN, NAN]])
    assert hits(incomplete(frame, 0.5, ~everything(frame))) == [0]


# Checks -------------------------------------------------------------------------------


def test_a_failed_check():
    """An unanswered check is not a failed one."""
    found = rules.check_failed(table([[2], [3], [NAN], [4]]), "q1", "attention", [2, 4])
    assert hits(found) == [1]
    assert found[["rule", "family", "value", "threshold", "action"]].to_numpy().tolist() == [
        ["attention_q1", "attention", "3", "answer in 2 4", "flag"]
    ]


# Speed --------------------------------------------------------------------------------


def speed(seconds, items=10, per_item=2.0, share=0.0, **columns):
    frame = table([[3] * items] * len(seconds), duration=seconds, **columns)
    found = rules.speed(frame, everything(frame), per_item, share)
    return {rule: hits(part) for rule, part in found.groupby("rule")}


@pytest.mark.parametrize(("per_item", "exact"), [(2.0, 20), (2.1, 21), (0.7, 7), (1.9, 19)])
def test_exactly_the_seconds_an_item_is_no_flag(per_item, exact):
    assert speed([exact, exact - 1, exact + 1], per_item=per_item) == {"speed_per_item": [1]}


def test_pace_counts_the_items_that_were_asked():
    frame = table([[3, 3, 3, 3]] * 2, duration=[6, 6])
    asked = everything(frame)
    asked.loc[0, ["q3", "q4"]] = False  # 3 seconds an item; the other one 1.5
    assert hits(rules.speed(frame, asked, 2.0, 0.0)) == [1]


def test_who_breaks_off_is_not_hasty():
    """24 s for all ten items are 2.4 an item; so are 12 s for the five before the break-off, and
    an item left out on the way was seen."""
    rows = [[3] * 10, [3] * 5 + [NAN] * 5, [3, NAN, 3, NAN, NAN, NAN, NAN, NAN, 3, 3], [3] * 10]
    frame = table(rows, duration=[24, 12, 24, 12])
    assert rules.items_reached(frame, everything(frame)).tolist() == [10, 5, 10, 10]
    found = rules.speed(frame, everything(frame), 2.0, 0.6)
    assert found[["index", "rule"]].to_numpy().tolist() == [
        [3, "speed_per_item"], [3, "speed_of_median"],
    ]  # fmt: skip


def test_a_shorter_form_is_not_faster_than_the_group():
    """Five of ten items asked: 50 s are the pace of those with 100 s for all."""
    frame = table([[3] * 5 + [NAN] * 5] + [[3] * 10] * 3, duration=[50, 100, 100, 100])
    asked = everything(frame)
    asked.loc[0, [f"q{k}" for k in range(6, 11)]] = False
    assert rules.speed(frame, asked, 0, 0.9).empty


def test_someone_who_reached_no_item_has_no_pace():
    frame = table([[NAN, NAN], [3, 3]], duration=[1, 100])
    assert rules.speed(frame, everything(frame), 2.0, 0.5).empty


def test_a_share_of_the_groups_own_median():
    """Medians are 100 and 1000; 33 and 330 meet the share exactly, 32 and 329 do not."""
    seconds = [33, 32, 100, 100, 120, 330, 329, 1000, 1000, 2000]
    found = speed(seconds, per_item=0, share=0.33, group=["a"] * 5 + ["b"] * 5)
    assert found == {"speed_of_median": [1, 6]}


def test_an_unknown_duration_is_no_flag_and_leaves_the_median():
    assert speed([NAN, 100, 100, 40, NAN], per_item=0, share=0.5) == {"speed_of_median": [3]}


def test_both_signs_of_speed_are_one_family():
    frame = table([[3] * 10] * 3, duration=[5, 100, 100])
    found = rules.speed(frame, everything(frame), 2.0, 0.33)
    assert hits(found) == [0, 0]
    assert set(found["family"]) == {"speed"}


# Runs of one answer -------------------------------------------------------------------


def slow_longest_run(row) -> int:
    answered = [value for value in row if not np.isnan(value)]
    return max((len(list(run)) for _, run in groupby(answered)), default=0)


@given(
    arrays(
        float,
        array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9),
        elements=st.sampled_from([0.0, 1.0, 2.0, NAN]),
    )
)
def test_longest_runs_against_counting_by_hand(answers):
    expected = [slow_longest_run(row) for row in answers]
    assert longest_runs(answers).tolist() == expected


def longstring(answers, limit=0.5):
    return patterns.longstring(block(answers), limit)


def test_longest_run_skips_missing_answers_and_sees_zero():
    answers = np.array([[1, NAN, 1, 2, 1], [0, 0, 0, 1, 1], [NAN] * 5, [1, 2, 1, 2, 1]])
    assert longest_runs(answers).tolist() == [2, 3, 0, 1]


def test_half_of_the_items_answered_is_a_flag():
    """Exactly half of six: flagged; fewer: not; half of the four that were answered: flagged."""
    found = longstring([[3, 3, 3, 1, 2, 4], [3, 3, 1, 3, 2, 3], [3, 3, NAN, 1, NAN, 2]])
    assert hits(found) == [0, 2]
    assert found["value"].tolist() == ["3 of 6", "2 of 4"]
    assert set(found["family"]) == {"invariability"}


@pytest.mark.parametrize(
    ("run", "count", "limit"),
    [(5, 10, 0.5), (7, 10, 0.7), (7, 25, 0.28), (14, 25, 0.56), (28, 50, 0.56), (4, 4, 1)],
)
def test_exactly_the_longstring_share_is_a_flag(run, count, limit):
    """Whatever the share's decimals (0.28 x 25 is a little more than 7 to a computer)."""
    others = [float(1 + k % 2) for k in range(count - run)]
    exact, shorter = [5.0] * run + others, [5.0] * (run - 1) + [4.0, *others]
    assert hits(longstring([exact, shorter], limit)) == [0]


def test_the_same_place_on_different_answer_scales_is_the_same_answer():
    """The lowest code throughout is a run; the code 1, lowest and highest in turn, is none."""
    low, high = [1, 0] * 3, [5, 1] * 3
    found = patterns.longstring(block([[1, 0] * 3, [5, 1] * 3, [1, 1] * 3], low=low, high=high), 1)
    assert hits(found) == [0, 1]


def test_one_answer_alone_is_no_run():
    """Neither a single answer nor two that differ."""
    assert longstring([[3, NAN, NAN], [3, 4, NAN], [NAN, NAN, NAN]]).empty
    assert hits(longstring([[3, 3, NAN]])) == [0]


# All of them --------------------------------------------------------------------------

CHECKED = {
    "q1": ITEM, "q2": ITEM, "q3": ITEM, "q4": ITEM,
    "q5": {**ITEM, "check": "attention", "passes": [2]},
    "q6": {**ITEM, "check": "self_report", "passes": [4, 5]},
}  # fmt: skip


def all_rules(frame, **changes):
    found = rules.apply_all(frame, asked_table(frame, CHECKED), CHECKED, {**SETTINGS, **changes})
    return found.findings["rule"].tolist()


EVERY_TROUBLE = {
    "group": ["a", ""], "respondent": ["x", "x"], "duration": [90, 3],
}  # fmt: skip
LINES = [[1, 2, 3, 4, 2, 5], [NAN, NAN, NAN, 4, 1, 1]]


def test_rules_in_the_order_in_which_they_exclude():
    assert all_rules(table(LINES, **EVERY_TROUBLE)) == [
        "no_group", "duplicate_id", "incomplete", "attention_q5", "self_report_q6",
        "speed_per_item",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "gone"),
    [("grouped", "no_group"), ("duplicates", "duplicate_id"), ("attention", "attention_q5"),
     ("self_report", "self_report_q6")],
)  # fmt: skip
def test_a_rule_that_is_switched_off_finds_nothing(setting, gone):
    frame = table(LINES, **EVERY_TROUBLE)
    assert set(all_rules(frame)) - set(all_rules(frame, **{setting: False})) == {gone}


def test_checks_count_for_neither_completeness_nor_runs():
    """Four items of substance: two of them answered is half, and the two differ."""
    assert all_rules(table([[1, 3, NAN, NAN, 2, 4]]), incomplete=0.5) == []
    assert all_rules(table([[2, 3, 1, 2, 2, 4]])) == []


def test_a_flawless_table_has_no_findings():
    found = rules.apply_all(
        table([[1, 2, 3, 4, 2, 5]]), asked_table(table(LINES), CHECKED).head(1), CHECKED, SETTINGS
    )
    assert found.findings.columns.tolist() == FINDING_COLUMNS
    assert found.findings.empty
    assert found.silent.empty
