"""The list of rules: complete, and of one mind with the config schema."""

import pytest
from answers import ITEM, NAN, SETTINGS, table

from surveysem.cleaning.catalogue import CATALOGUE, active
from surveysem.cleaning.findings import ALONE, CARE, OVERRIDE
from surveysem.cleaning.wave import clean_wave
from surveysem.study.config import schema

KEYS = schema()["properties"]["cleaning"]["properties"]
DEFAULTS = {key: entry["default"] for key, entry in KEYS.items()} | {"grouped": True}


@pytest.mark.parametrize("rule", [r for r in CATALOGUE if r.key], ids=lambda r: r.name)
def test_the_schema_names_the_same_source_and_family(rule):
    about = KEYS[rule.key]["description"]
    assert rule.source in about
    assert rule.threshold in about
    assert "default" in KEYS[rule.key]
    assert rule.family in (*ALONE, *CARE, OVERRIDE)
    if rule.family in CARE:
        assert about.startswith(f"Family {rule.family}:")


def test_a_default_threshold_has_a_source_or_is_called_a_convention():
    """A rule with a number in config.yaml says where the number comes from."""
    numbers = [r for r in CATALOGUE if r.key and "number" in KEYS[r.key]["type"]]
    numbers += [r for r in CATALOGUE if r.key and "integer" in KEYS[r.key]["type"]]
    assert len(numbers) == 13
    assert all(r.threshold for r in numbers)
    assert {r.key for r in CATALOGUE if r.threshold} == {r.key for r in numbers}


def test_the_rules_that_are_on_by_default():
    items = {"q1": ITEM, "q2": {**ITEM, "check": "attention"}}
    assert [r.name for r in active(DEFAULTS, items)] == [
        "no_group", "duplicate_id", "identical_answers", "incomplete", "attention_q2",
        "speed_per_item", "speed_of_median", "longstring", "irv_low", "item_sd_high", "even_odd",
        "synonyms", "antonyms", "reversed_pairs", "mahalanobis",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["duplicates", "attention", "self_report"])
def test_false_switches_a_rule_off(key):
    items = {"q2": {**ITEM, "check": "attention"}, "q3": {**ITEM, "check": "self_report"}}
    one, two = (active(DEFAULTS | {key: on}, items) for on in (True, False))
    assert {r.key for r in one} - {r.key for r in two} == {key}


def test_a_threshold_of_zero_is_a_threshold():
    assert "person_total" in {r.name for r in active(DEFAULTS | {"person_total": 0}, {})}


def test_every_rule_and_group_has_a_line_with_what_it_found():
    frame = table([[1, 2, 3], [3, 3, 3], [NAN] * 3, [2, 2, 2]], group=["a", "a", "b", "b"])
    items = {f"q{k}": ITEM for k in (1, 2, 3)}
    rules = clean_wave(frame, wave="t", items=items, settings=SETTINGS)["rules"]
    fired = {(r.group, r.rule): r.fired for r in rules.itertuples()}
    assert fired["a", "longstring"] == fired["b", "longstring"] == fired["b", "incomplete"] == 1
    assert sum(fired.values()) == 3
    assert len(rules) == 2 * len(active(SETTINGS, items))
    assert rules.loc[rules["rule"] == "longstring", "setting"].tolist() == ["0.5", "0.5"]
