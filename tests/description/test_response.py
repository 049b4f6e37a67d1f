"""AAPOR's rates against published examples, and what cannot be given."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveysem.description.response import (
    RATES,
    Cases,
    not_respondents,
    participation,
    rates,
    response_tables,
)

# R package outcomerate 1.0.1, README: I 4, P 2, R 1, NC 1, O 1, UH 1, UO 1, NE 1, so that
# e = (I + P + R + NC + O) / (I + P + R + NC + O + NE) = .9. By AAPOR's formulas:
EXAMPLE = Cases(complete=4, partial=2, refusal=1, noncontact=1, other=1, unknown=2,
                eligible_unknown=0.9 * 2)  # fmt: skip
BY_HAND = {"RR1": 4 / 11, "RR2": 6 / 11, "RR3": 4 / 10.8, "RR4": 6 / 10.8, "COOP1": 4 / 8,
           "COOP2": 6 / 8, "COOP3": 4 / 7, "COOP4": 6 / 7}  # fmt: skip


def test_a_worked_example():
    found = rates(EXAMPLE)
    assert {k: v[0] for k, v in found.items() if not v[3]} == pytest.approx(BY_HAND)
    assert found["RR5"][3] == found["RR6"][3] == "unknown_eligibility"


def test_rr5_needs_that_nobody_is_unknown():
    sure = Cases(complete=4, partial=2, refusal=1, noncontact=1, other=1, unknown=0,
                 eligible_unknown=0.0)  # fmt: skip
    found = {k: v[0] for k, v in rates(sure).items()}
    assert found["RR5"] == found["RR3"] == found["RR1"] == 4 / 9
    assert found["RR6"] == found["RR4"] == found["RR2"] == 6 / 9


def test_the_number_invited_gives_two_rates_and_no_guess():
    found = rates(Cases(complete=300, partial=20, invited=800))
    assert {k: v[0] for k, v in found.items() if not v[3]} == {"RR1": 0.375, "RR2": 0.4}
    assert {v[3] for k, v in found.items() if k not in ("RR1", "RR2")} == {"needs_dispositions"}


@pytest.mark.parametrize(
    ("cases", "rate", "note"),
    [
        (Cases(complete=3, partial=0), "RR1", "needs_invited"),
        (Cases(invited=10), "RR1", "needs_counts"),
        (Cases(complete=30, partial=0, invited=10), "RR1", "more_than_invited"),
        (Cases(complete=0, partial=0, refusal=0), "COOP3", "nobody"),
        (
            Cases(complete=3, partial=0, refusal=1, noncontact=1, other=0, unknown=4),
            "RR3",
            "needs_e",
        ),
    ],
)
def test_what_cannot_be_given_says_why(cases, rate, note):
    found = rates(cases)[rate]
    assert found[3] == note
    assert np.isnan(found[0])


COUNT = st.integers(0, 50)


@given(COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, st.floats(0, 1))
def test_order_of_the_rates(i, p, r, nc, o, u, e):
    """More respondents above and fewer below never make a rate smaller."""
    found = {k: v[0] for k, v in rates(Cases(i, p, r, nc, o, u, e * u)).items()}
    chain = ("RR1", "RR3", "RR5"), ("RR2", "RR4", "RR6"), ("RR1", "COOP1", "COOP3")
    for names in (*chain, *zip(RATES[::2], RATES[1::2], strict=True)):
        known = [found[n] for n in names if not np.isnan(found[n])]
        assert known == sorted(known)


# From the data --------------------------------------------------------------------------


@pytest.fixture
def received() -> pd.DataFrame:
    """Ten items: with 8 answers complete, with 5 partial; row 6 is row 2 again."""
    answers = {2: ("a", 10), 3: ("a", 8), 4: ("a", 7), 5: ("b", 5), 6: ("a", 10), 7: ("b", 4),
               8: ("", 9)}  # fmt: skip
    rows = [
        ["f.csv", row, g, "", *[1.0] * n, *[np.nan] * (10 - n)] for row, (g, n) in answers.items()
    ]
    return pd.DataFrame(
        rows, columns=["file", "row", "group", "form", *[f"q{k}" for k in range(10)]]
    )


DOUBLE = pd.DataFrame({"file": ["f.csv"], "row": [6]})
ITEMS = {f"q{k}": {"groups": [], "forms": []} for k in range(10)}


def test_complete_partial_and_breakoff(received):
    found = participation(received, ITEMS, ["a", "b"], DOUBLE, 0.8, 0.5)
    assert found.to_dict("index") == {
        "a": {"complete": 2, "partial": 1, "breakoff": 0},
        "b": {"complete": 0, "partial": 1, "breakoff": 1},
        "all": {"complete": 3, "partial": 2, "breakoff": 1},
    }


def test_items_not_asked_do_not_count(received):
    items = {name: {"groups": ["b"] if name >= "q5" else [], "forms": []} for name in ITEMS}
    found = participation(received, items, ["a", "b"], DOUBLE.head(0), 0.8, 0.5)
    assert found.loc["a"].tolist() == [4, 0, 0]


def test_doubles_are_no_respondents_and_the_careless_are():
    decisions = pd.DataFrame(
        [(2, "duplicate_id", "identity", "exclude"), (3, "consent", "eligibility", "exclude"),
         (4, "no_group", "eligibility", "exclude"), (5, "incomplete", "completeness", "exclude"),
         (6, "speed", "speed", "flag")],
        columns=["row", "rule", "family", "action"],
    ).assign(file="f.csv")  # fmt: skip
    assert not_respondents(decisions)["row"].tolist() == [2, 3]


def seen(received):
    return participation(received, ITEMS, ["a", "b"], DOUBLE, 0.8, 0.5)


def test_by_group_and_all_together(received):
    found, counts = response_tables(seen(received), "w1", ["a", "b"], {"a": 10, "b": 5}, {})
    est = found.set_index(["group", "rate"])["est"]
    assert est["a", "RR1"] == 0.2
    assert est["b", "RR2"] == 0.2
    assert est["all", "RR1"] == 2 / 15  # the sum of the groups
    assert set(counts["source"]) == {"data", "config"}


def test_one_group_without_a_number_leaves_the_whole_without(received):
    found, _ = response_tables(seen(received), "w1", ["a", "b"], {"a": 10}, {})
    note = found.set_index(["group", "rate"])["note"]
    assert note["a", "RR1"] == ""
    assert note["b", "RR1"] == note["all", "RR1"] == "needs_invited"


def test_dispositions_of_the_whole_wave(received):
    given = {"all": {"refusal": 2, "noncontact": 3, "other": 0, "unknown_household": 1,
                     "unknown_other": 1, "e": 0.5}}  # fmt: skip
    found, counts = response_tables(seen(received), "w1", ["a", "b"], {}, given)
    est = found.set_index(["group", "rate"])["est"]
    assert est["all", "RR1"] == 3 / 12
    assert est["all", "RR3"] == 3 / 11
    assert est["all", "COOP3"] == 3 / 7
    assert np.isnan(est["a", "RR1"])
    whole = counts[counts["group"] == "all"].set_index("disposition")["n"].to_dict()
    assert whole == {"complete": 3, "partial": 2, "breakoff": 1, "refusal": 2, "noncontact": 3,
                     "other": 0, "unknown": 2}  # fmt: skip
