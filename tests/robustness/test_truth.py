"""Found and missed against a written-down truth, counted by hand."""

import pandas as pd
import pytest

from surveysem.robustness import recovery

TRUTH = pd.DataFrame(
    [
        ("w1", 2, "speeder", ""),
        ("w1", 3, "speeder", ""),
        ("w1", 4, "duplicate", ""),
        ("w1", 5, "impossible_code", "q1"),
        ("w1", 6, "impossible_code", "q2"),
        ("w2", 2, "speeder", ""),
    ],
    columns=["wave", "row", "trouble", "column"],
)
FATES = pd.DataFrame(
    [
        ("w1", 2, "excluded"),
        ("w1", 3, "analysed"),
        ("w1", 4, "excluded"),
        ("w1", 5, "analysed"),
        ("w1", 6, "excluded"),  # a clean respondent but for one impossible code
        ("w1", 7, "analysed"),
        ("w1", 8, "analysed"),
        ("w2", 2, "excluded"),
        ("w2", 3, "analysed"),
    ],
    columns=["wave", "row", "fate"],
)
LOG = pd.DataFrame(
    [
        ("w1", "5", "q1", "invalid"),
        ("w1", "6", "q1", "invalid"),  # another column than the planted one
        ("w2", "6", "q2", "invalid"),
        ("w1", "", "q2", "answered"),
    ],
    columns=["wave", "row", "column", "event"],
)


def test_troubles_by_hand():
    table = recovery.troubles(TRUTH, FATES, LOG)
    assert table.columns.tolist() == recovery.TROUBLE_COLUMNS
    found = {(r.wave, r.trouble): (r.planted, r.found) for r in table.itertuples()}
    assert found == {
        ("w1", "duplicate"): (1, 1),
        ("w1", "impossible_code"): (2, 1),
        ("w1", "speeder"): (2, 1),
        ("w1", "clean_excluded"): (4, 1),
        ("w2", "speeder"): (1, 1),
        ("w2", "clean_excluded"): (1, 0),
    }
    assert (table["share"] == table["found"] / table["planted"]).all()


def test_a_wave_that_the_study_leaves_out_has_no_troubles():
    table = recovery.troubles(TRUTH, FATES[FATES["wave"] == "w2"], LOG)
    assert set(table["wave"]) == {"w2"}


def estimated(*rows):
    columns = ["model", "group", "wave", "fit", "lhs", "op", "rhs", "std", "std_se"]
    return pd.DataFrame([("m", "all", "w1", *r) for r in rows], columns=columns)


def truth(*rows):
    return pd.DataFrame(rows, columns=["lhs", "op", "rhs", "true"])


def test_paths_and_totals_meet_their_own_truth():
    """The same pair has a path in the theory's model and a total in the headline one."""
    table = recovery.paths(
        truth(("Y", "~", "X", 0.3), ("Y", "total", "X", 0.5)),
        estimated(("theory", "Y", "~", "X", 0.3, 0.05), ("total_Y", "Y", "~", "X", 0.45, 0.02)),
    )
    assert table.columns.tolist() == recovery.PATH_COLUMNS
    assert table.set_index("fit")["true"].to_dict() == {"theory": 0.3, "total_Y": 0.5}
    assert table.set_index("fit")["covered"].to_dict() == {"theory": 1, "total_Y": 0}


@pytest.mark.parametrize(
    ("true", "std", "covered", "same_sign"),
    [(0.2, 0.1, 1, 1), (0.2, -0.1, 0, 0), (-0.2, -0.1, 1, 1), (0.2, 0.09, 0, 1)],
)
def test_coverage_and_sign(true, std, covered, same_sign):
    """With a standard error of .052 the interval reaches .102 to each side."""
    table = recovery.paths(
        truth(("Y", "~", "X", true)), estimated(("theory", "Y", "~", "X", std, 0.052))
    )
    assert table[["covered", "same_sign"]].to_numpy().tolist() == [[covered, same_sign]]


def test_a_true_null_has_no_sign():
    table = recovery.paths(
        truth(("Y", "~", "X", 0.0)), estimated(("theory", "Y", "~", "X", 0.01, 0.05))
    )
    assert table["same_sign"].isna().all()
    assert table["covered"].tolist() == [1]


def test_estimates_without_a_truth_are_left_out():
    table = recovery.paths(
        truth(("Y", "~", "X", 0.3)), estimated(("theory", "Y", "~", "Z", 0.3, 0.05))
    )
    assert table.empty


def test_troubles_by_rule_by_hand():
    """An impossible code is no trouble of cleaning; a rule that fired twice for a row counts once."""
    decisions = pd.DataFrame(
        [
            ("w1", 2, "fast"),
            ("w1", 2, "fast"),
            ("w1", 2, "odd"),
            ("w1", 6, "odd"),
            ("w2", 3, "odd"),
        ],
        columns=["wave", "row", "rule"],
    )
    table = recovery.troubles_by_rule(TRUTH, FATES, decisions)
    assert table.columns.tolist() == recovery.RULE_COLUMNS
    assert {(r.wave, r.trouble, r.rule): (r.planted, r.fired) for r in table.itertuples()} == {
        ("w1", "clean", "fast"): (4, 0),
        ("w1", "clean", "odd"): (4, 1),
        ("w1", "duplicate", "fast"): (1, 0),
        ("w1", "duplicate", "odd"): (1, 0),
        ("w1", "speeder", "fast"): (2, 1),
        ("w1", "speeder", "odd"): (2, 1),
        ("w2", "clean", "fast"): (1, 0),
        ("w2", "clean", "odd"): (1, 1),
        ("w2", "speeder", "fast"): (1, 0),
        ("w2", "speeder", "odd"): (1, 0),
    }
