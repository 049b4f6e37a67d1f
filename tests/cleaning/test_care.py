"""Rules on the pattern of answers: where they fire, where they are silent, and in which family."""

import numpy as np
import pandas as pd
import pytest
from answers import ITEM, NAN, SETTINGS, block, names, table
from hypothesis import given
from hypothesis import strategies as st

from surveysem.cleaning import patterns
from surveysem.cleaning.block import blocks
from surveysem.cleaning.findings import families_of_care, findings, rules_fired
from surveysem.cleaning.wave import clean_wave


def hits(found) -> list[int]:
    assert not isinstance(found, str), found
    return found["index"].tolist()


def survey(n=400, seed=1, p=12):
    """Careful answers to scales of three items, the last of each reversed: n x p codes 1 to 5."""
    rng = np.random.default_rng(seed)
    factor = np.repeat(rng.standard_normal((n, p // 3)), 3, axis=1)
    sign = np.tile([1, 1, -1], p // 3)
    response = 0.85 * sign * factor + 0.53 * rng.standard_normal((n, p))
    return np.searchsorted([-1.3, -0.5, 0.5, 1.3], response) + 1.0


SCALES = [range(k, k + 3) for k in range(0, 12, 3)]
REVERSED = range(2, 12, 3)


# Tails of a group ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "share", "cut"), [(100, 0.01, 0), (250, 0.01, 1), (99, 0.01, -np.inf), (10, 0.3, 2)]
)
def test_a_tail_is_a_share_of_the_reference_sample(n, share, cut):
    values = np.arange(n, dtype=float)[::-1]
    assert patterns.tail(values, np.ones(n, bool), share) == cut


def test_a_tail_counts_neither_the_unknown_nor_those_outside_the_sample():
    values = np.array([NAN, 0.0, 1.0, 2.0, 3.0])
    member = np.array([True, False, True, True, True])
    assert patterns.tail(values, member, 0.34) == 1.0


def test_the_lowest_irv_of_a_group():
    x = np.vstack([survey(), np.full((1, 12), 3.0)])
    found = patterns.low_irv(block(x), 0.01)
    assert 400 in hits(found)
    assert 4 <= len(found) <= 8  # one in a hundred, ties included
    assert set(found["family"]) == {"invariability"}
    assert patterns.low_irv(block(x[:50]), 0.01) == "few_respondents: 50 of 100"


def test_irv_of_scales_of_different_widths_is_one_of_shares():
    """1 of 1 to 3 and 1 of 1 to 7 are both at the bottom."""
    b = block([[1, 1], [3, 7], [3, 4]], low=1, high=[3, 7])
    np.testing.assert_allclose(b.alike(b.answers), [[0, 0], [1, 1], [1, 0.5]])
    np.testing.assert_array_equal(block([[1, 5]]).alike(np.array([[1, 5]])), [[1, 5]])


def test_random_answers_spread_most_within_scales():
    x = np.vstack([survey(), np.tile([1.0, 5, 5], (1, 4))])  # both keyed items contradict
    found = patterns.high_item_sd(block(x, SCALES, REVERSED), 0.01)
    assert 400 in hits(found)
    assert set(found["family"]) == {"inconsistency"}
    assert patterns.high_item_sd(block(x, [[k] for k in range(12)]), 0.01) == "few_scales: 0 of 1"


# Consistency --------------------------------------------------------------------------------


def test_even_odd_needs_scales_enough():
    x = survey()
    assert patterns.even_odd(block(x, SCALES, REVERSED), 0.3, 10) == "few_scales: 4 of 10"


def test_random_answers_have_no_even_odd_consistency():
    rng = np.random.default_rng(2)
    x = np.vstack([survey(p=36), rng.integers(1, 6, (100, 36))])
    scales = [range(k, k + 3) for k in range(0, 36, 3)]
    found = patterns.even_odd(block(x, scales, range(2, 36, 3)), 0.3, 10)
    careful = sum(k < 400 for k in hits(found)) / 400
    careless = sum(k >= 400 for k in hits(found)) / 100
    assert careful < 0.05
    assert careless > 0.5


def test_who_has_no_value_does_not_count_for_a_tail():
    """A hundred respondents, one of whom answered a single item."""
    x = survey(n=100)
    x[0, 1:] = NAN
    assert patterns.low_irv(block(x), 0.01) == "few_respondents: 99 of 100"
    assert patterns.high_item_sd(block(x, SCALES), 0.01) == "few_respondents: 99 of 100"


@pytest.mark.parametrize("rule", [patterns.synonyms, patterns.antonyms])
def test_few_respondents_do_not_say_which_items_go_together(rule):
    """Of 23 respondents and 12 items, random answers make pairs beyond any critical value."""
    x = np.random.default_rng(8).integers(1, 6, (24, 12))
    sign = 1 if rule is patterns.synonyms else -1
    assert rule(block(x[:23]), 0.0, sign * 0.2, 3) == "few_respondents: 23 of 24"
    assert isinstance(rule(block(x), 0.0, sign * 0.2, 3), pd.DataFrame)


def test_synonyms_and_antonyms():
    rng = np.random.default_rng(3)
    x = np.vstack([survey(), rng.integers(1, 6, (60, 12))])
    b = block(x, SCALES, REVERSED, reference=[True] * 400 + [False] * 60)
    for found in (patterns.synonyms(b, 0.22, 0.5, 4), patterns.antonyms(b, -0.03, -0.5, 4)):
        careful = sum(k < 400 for k in hits(found)) / 400
        careless = sum(k >= 400 for k in hits(found)) / 60
        assert careful < 0.2 < 0.4 < careless
    assert patterns.synonyms(b, 0.22, 0.5, 10) == "few_pairs: 4 of 10"
    assert patterns.antonyms(b, -0.03, -0.99, 4) == "few_pairs: 0 of 4"


def test_reversed_pairs():
    """Two scales of two keyed and one reversed item: four pairs. 5 5 5 contradicts both of its."""
    scales, reverse = [(0, 1, 2), (3, 4, 5)], (2, 5)
    x = [[5, 5, 5, 5, 5, 5], [5, 5, 5, 5, 5, 1], [5, 5, 1, 4, 4, 2], [5, 5, 5, NAN, NAN, 5],
         [3, 3, 3, 3, 3, 3], [5, 5, 5, 5, 1, 5]]  # fmt: skip
    found = patterns.reversed_pairs(block(x, scales, reverse), 0.5, 4)
    assert hits(found) == [0, 5]
    assert found["value"].tolist() == ["4 of 4", "3 of 4"]
    assert patterns.reversed_pairs(block(x), 0.5, 4) == "few_pairs: 0 of 4"


# Unlike the others --------------------------------------------------------------------------


def test_person_total():
    """The others climb; one person descends."""
    x = np.array([[1, 2, 3, 4], [1, 2, 3, 5], [2, 2, 4, 5], [5, 4, 2, 1]])
    found = patterns.person_total(block(x), 0.0, 4)
    assert hits(found) == [3]
    assert set(found["family"]) == {"outlier"}
    assert patterns.person_total(block(x), 0.0, 10) == "few_items: 4 of 10"


def test_person_total_over_too_few_answers_says_nothing():
    """Three answers against the others' means, where four are needed."""
    x = np.array([[1, 2, 3, 4], [1, 2, 3, 5], [2, 2, 4, 5], [5, 4, NAN, 1]])
    assert hits(patterns.person_total(block(x), 0.0, 3)) == [3]
    assert hits(patterns.person_total(block(x), 0.0, 4)) == []


# Answer scales of different widths ------------------------------------------------------------

RULES_AND_SETTINGS = {
    "longstring": (patterns.longstring, (0.4,)),
    "irv_low": (patterns.low_irv, (0.05,)),
    "item_sd_high": (patterns.high_item_sd, (0.05,)),
    "even_odd": (patterns.even_odd, (0.3, 4)),
    "synonyms": (patterns.synonyms, (0.22, 0.5, 4)),
    "antonyms": (patterns.antonyms, (0.0, -0.5, 4)),
    "reversed_pairs": (patterns.reversed_pairs, (0.4, 4)),
    "person_total": (patterns.person_total, (0.013, 4)),  # no value lies on the threshold
    "mahalanobis": (patterns.mahalanobis, (0.05,)),
}


@pytest.mark.parametrize("name", RULES_AND_SETTINGS)
def test_other_codes_for_the_same_answers_change_no_finding(name):
    """Every third scale has codes 0 to 100, with 25 between, in place of 1 to 5."""
    rule, settings = RULES_AND_SETTINGS[name]
    x = np.vstack([survey(), np.random.default_rng(9).integers(1, 6, (60, 12))])
    x[:40, 5] = NAN
    wide = np.arange(12) // 3 % 3 == 1
    coded = np.where(wide, 25 * (x - 1), x)
    careful = np.arange(460) < 400
    low, high = np.where(wide, 0, 1), np.where(wide, 100, 5)
    one = block(x, SCALES, REVERSED, reference=careful)
    two = block(coded, SCALES, REVERSED, low, high, careful)
    found = hits(rule(one, *settings))
    assert 5 < len(found) < 400
    assert hits(rule(two, *settings)) == found


def test_mahalanobis_finds_answers_against_the_correlations():
    x = np.vstack([survey(), np.tile([1.0, 5, 5, 5, 1, 1], (1, 2))])
    found = patterns.mahalanobis(block(x, SCALES), 0.001)
    assert 400 in hits(found)
    assert len(found) < 8
    assert set(found["family"]) == {"outlier"}


def test_mahalanobis_is_silent_where_there_is_no_sample():
    assert patterns.mahalanobis(block(survey(n=20)), 0.001) == "few_respondents: 20 of 24"
    x = survey()
    x[:, 1] = x[:, 0]
    assert patterns.mahalanobis(block(x), 0.001) == "singular"


# Blocks and families ------------------------------------------------------------------------


def test_a_block_has_the_items_that_its_group_was_asked():
    frame = table([[1, 2, 3, 4]] * 3, group=["a", "b", "a"])
    items = {
        "q1": {**ITEM, "construct": "X"}, "q2": {**ITEM, "construct": "X", "groups": ["a"]},
        "q3": {**ITEM, "check": "attention", "passes": [3]}, "q4": {**ITEM, "construct": "Y"},
    }  # fmt: skip
    a, b = blocks(frame, items, ["a", "b"], np.array([True, True, False]))
    assert a.index.tolist() == [0, 2]
    assert a.answers.tolist() == [[1, 2, 4]] * 2
    assert a.scales == ((0, 1), (2,))
    assert a.reference.tolist() == [True, False]
    assert b.scales == ((0,), (1,))


def found_in(*families):
    index = pd.Index([7])
    parts = [findings(index, f"rule_{f}", f, "", "", "flag") for f in families]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    ("families", "count"),
    [
        (["speed", "speed"], 1),
        (["speed", "outlier"], 2),
        (["invariability", "inconsistency"], 1),
        (["invariability", "inconsistency", "outlier"], 2),
        (["inconsistency", "outlier"], 2),
        (["eligibility", "identity", "completeness"], 0),
    ],
)
def test_families_that_share_a_cause_count_once(families, count):
    assert families_of_care(found_in(*families), pd.Index([6, 7])).tolist() == [0, count]


RULES = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 5)), max_size=30, unique=True)


@given(RULES)
def test_rules_fired_are_joined_in_order(pairs):
    pairs = sorted(pairs)
    found = pd.DataFrame(pairs, columns=["rule", "index"])
    expected = [";".join(rule for rule, k in pairs if k == row) for row in range(6)]
    assert rules_fired(found, pd.RangeIndex(6)).tolist() == expected


# All of them --------------------------------------------------------------------------------

ON = {"irv_low": 0.01, "item_sd_high": 0.01, "even_odd": 0.3, "synonyms": 0.22, "antonyms": -0.03,
      "reversed_pairs": 0.5, "person_total": 0.0, "mahalanobis": 0.001}  # fmt: skip


def careful_wave(**settings):
    frame = table(survey())
    items = {
        name: {**ITEM, "construct": f"C{k // 3}", "reverse": k % 3 == 2}
        for k, name in enumerate(names(frame))
    }
    return clean_wave(frame, wave="t", items=items, settings=SETTINGS | settings)


def test_a_rule_that_cannot_speak_says_why():
    fired = careful_wave(**ON)["rules"]
    silent = fired[fired["note"] != ""]
    assert dict(zip(silent["rule"], silent["note"], strict=True)) == {
        "even_odd": "few_scales: 4 of 10",
        "synonyms": "few_pairs: 4 of 10",
        "antonyms": "few_pairs: 8 of 10",
    }
    assert set(fired["group"]) == {"a"}
    assert (silent["fired"] == 0).all()


@pytest.mark.parametrize("rule", ON)
def test_a_rule_that_is_null_neither_fires_nor_is_silent(rule):
    result = careful_wave(**ON | {rule: None})
    assert rule not in set(result["decisions"]["rule"]) | set(result["rules"]["rule"])


def test_careful_people_are_hardly_ever_excluded():
    fates = careful_wave(**ON | {"person_total": None})["fates"]
    assert (fates["fate"] == "excluded").mean() < 0.01


def test_the_order_of_rows_changes_no_fate():
    x = np.vstack([survey(), np.random.default_rng(5).integers(1, 6, (40, 12))])
    frame = table(x)
    items = {n: {**ITEM, "construct": f"C{k // 3}"} for k, n in enumerate(names(frame))}
    order = np.random.default_rng(6).permutation(len(frame))
    one = clean_wave(frame, wave="t", items=items, settings=SETTINGS | ON)["fates"]
    two = clean_wave(
        frame.iloc[order].reset_index(drop=True), wave="t", items=items, settings=SETTINGS | ON
    )["fates"]
    pd.testing.assert_frame_equal(one, two.sort_values("row").reset_index(drop=True))
