"""May these answers be used at all, and are they someone's only ones?"""

import numpy as np
import pandas as pd
import pytest
from answers import ITEM, NAN, SETTINGS, analysed, names, table
from hypothesis import given
from hypothesis import strategies as st

from surveysem.asked import asked_table
from surveysem.cleaning import identity, rules
from surveysem.cleaning.wave import clean_wave
from surveysem.errors import SurveySemError

FREE = np.zeros(9, dtype=bool)


def hits(found) -> list[int]:
    return found["index"].tolist()


def extra(frame, **columns):
    """The table with raw columns as intake carries them through."""
    return frame.assign(**columns)


# Consent and eligibility ------------------------------------------------------------------


def test_only_the_allowed_answers_give_consent():
    frame = extra(table([[1]] * 6), agree=["Yes", " yes ", "YES", "No", "", "是"])
    found = identity.allowed_answers(frame, {"agree": ["yes", "是"]}, "consent")
    assert hits(found) == [3, 4]
    assert found["value"].tolist() == ["agree=No", "agree="]
    assert found["threshold"].tolist() == ["agree in yes, 是"] * 2
    assert set(found["family"]) == {"eligibility"}
    assert set(found["action"]) == {"exclude"}


def test_numbers_are_compared_as_numbers_are_written():
    frame = extra(table([[1]] * 4), agree=["1", "1.0", "11", "0"])
    assert hits(identity.allowed_answers(frame, {"agree": [1]}, "consent")) == [2, 3]


def test_every_column_has_to_allow():
    frame = extra(table([[1]] * 3), adult=["1", "1", "0"], lives=["here", "there", "there"])
    found = identity.allowed_answers(frame, {"adult": [1], "lives": ["here"]}, "eligibility")
    assert hits(found) == [1, 2]
    assert found["value"].tolist() == ["lives=there", "adult=0"]


ITEMS = {"q1": ITEM, "q2": ITEM, "q3": ITEM}


def cleaned(frame, **settings):
    items = {name: ITEM for name in names(frame)}
    return clean_wave(frame, wave="t", items=items, settings=SETTINGS | settings)


def test_without_consent_no_other_rule_looks_at_the_answers():
    frame = extra(table([[1, 2, 3], [NAN] * 3], respondent=["x", "x"]), agree=["no", "no"])
    result = cleaned(frame, consent={"agree": ["yes"]})
    assert result["fates"]["rules"].tolist() == ["consent", "consent"]
    assert result["fates"]["first_rule"].tolist() == ["consent", "consent"]


def test_what_tells_persons_apart_ends_at_cleaning():
    frame = extra(table([[1, 2, 3]]), agree="yes", phone="hash")
    result = cleaned(frame, consent={"agree": ["yes"]}, same_person=["phone"])
    assert "agree" in result["clean"]
    assert "phone" not in result["clean"]
    assert result["flow"]["step"].tolist() == [
        "received", "consent", "no_group", "duplicate_id", "same_person", "incomplete", "careless",
        "analysed",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["consent", "eligible", "same_person"])
def test_a_column_that_the_table_lacks_ends_in_words(key):
    value = ["agree"] if key == "same_person" else {"agree": ["yes"]}
    with pytest.raises(SurveySemError, match=rf"cleaning.{key}.*no column 'agree'"):
        cleaned(table([[1, 2, 3]]), **{key: value})


# Which twin stays ---------------------------------------------------------------------------


def test_a_row_that_another_rule_excludes_pushes_no_good_one_out():
    """The first try broke off; the second one counts."""
    frame = table([[1, NAN, NAN], [1, 2, 3]], respondent=["x", "x"])
    fates = cleaned(frame)["fates"]
    assert fates["fate"].tolist() == ["excluded", "analysed"]
    assert fates["rules"].tolist() == ["duplicate_id;incomplete", ""]


def test_a_refusal_pushes_no_consent_out():
    frame = extra(table([[1, 2, 3], [1, 2, 3]], respondent=["x", "x"]), agree=["no", "yes"])
    assert analysed(cleaned(frame, consent={"agree": ["yes"]})) == [3]


@pytest.mark.parametrize(("keep", "row"), [("first", 2), ("complete", 3)])
def test_the_first_or_the_most_complete_row_stays(keep, row):
    frame = table([[1, 2, NAN], [1, 2, 3], [1, 2, 3]], respondent=["x", "x", "x"])
    assert analysed(cleaned(frame, keep_duplicate=keep)) == [row]


def test_a_shared_device_is_one_person_and_an_empty_one_nobody():
    frame = extra(table([[1]] * 5), device=["d", "", "d", "", "e"], phone=["", "", "", "", ""])
    found = identity.same_person(frame, ["device", "phone"], FREE[:5])
    assert hits(found) == [2]
    assert found["value"].tolist() == ["same device as row 2"]


KEYS = st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=1, max_size=9)


@given(KEYS, st.data())
def test_one_of_each_key_stays_and_it_is_the_best(keys, data):
    settled = np.array(data.draw(st.lists(st.booleans(), min_size=len(keys), max_size=len(keys))))
    kept = identity.kept_twin(np.array(keys, dtype=object), settled)
    for k, key in enumerate(keys):
        twins = [j for j, other in enumerate(keys) if other == key] if key else [k]
        best = min(twins, key=lambda j: (settled[j], j))
        assert kept[k] == best


# Identical answers --------------------------------------------------------------------------


def identical(answers, least=3, settled=None):
    frame = table(answers)
    free = np.zeros(len(frame), dtype=bool) if settled is None else np.array(settled)
    return identity.identical_answers(frame, names(frame), least, free)


def test_the_same_answers_twice():
    found = identical([[1, 2, 3], [1, 2, 4], [1, 2, 3], [1, 2, 3]])
    assert hits(found) == [2, 3]
    assert found["value"].tolist() == ["same answers as row 2"] * 2
    assert set(found["family"]) == {"identity"}


def test_a_missing_answer_is_the_same_as_a_missing_one_only():
    assert hits(identical([[1, 2, NAN, 3], [1, 2, NAN, 3], [1, 2, 3, NAN]])) == [1]


def test_short_sheets_and_straight_lines_coincide_by_chance():
    assert hits(identical([[1, 2, NAN], [1, 2, NAN]])) == []
    assert hits(identical([[3, 3, 3], [3, 3, 3]])) == []


def test_the_copy_of_an_excluded_row_stays():
    assert hits(identical([[1, 2, 3], [1, 2, 3]], settled=[True, False])) == [0]


SHEET = st.lists(st.sampled_from([NAN, 1.0, 2.0]), min_size=4, max_size=4)


@given(st.lists(SHEET, min_size=1, max_size=12))
def test_identical_answers_are_those_that_pandas_calls_duplicated(answers):
    frame = table(answers)
    sheets = frame[names(frame)]
    able = (sheets.notna().sum(axis=1) >= 2) & (sheets.nunique(axis=1) > 1)
    expected = sheets[able].duplicated(keep="first")
    assert hits(identical(answers, least=2)) == expected.index[expected].tolist()


def test_the_hash_is_only_a_first_look(monkeypatch):
    """Two sheets that share a hash by chance are both kept."""
    monkeypatch.setattr(identity, "kept_twin", lambda keys, *_: np.zeros(len(keys), dtype=int))
    assert hits(identical([[1, 2, 3], [1, 2, 4], [1, 2, 3]])) == [2]


def test_identity_rules_follow_each_other():
    """A row that is out by its id does not keep another person's same answers from counting."""
    frame = table([[1, 2, 4], [1, 2, 3], [1, 2, 3]], respondent=["x", "x", "y"])
    items = {name: ITEM for name in names(frame)}
    settings = SETTINGS | {"identical_answers": 3}
    found = rules.apply_all(frame, asked_table(frame, items), items, settings).findings
    assert list(zip(found["rule"], found["index"], strict=True)) == [
        ("duplicate_id", 1), ("identical_answers", 1),
    ]  # fmt: skip
    assert isinstance(found, pd.DataFrame)
