"""Results with and without the careless, side by side."""

import pandas as pd
import pytest

from surveysem.robustness.exclusions import COLUMNS, side_by_side

NONE = float("nan")


def verdicts(rows) -> pd.DataFrame:
    columns = ["hypothesis", "model", "wave", "group", "headline", "n", "std", "ci_lower",
               "ci_upper", "verdict"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def scales(rows) -> pd.DataFrame:
    columns = ["wave", "group", "scale", "statistic", "n", "est", "ci_lower", "ci_upper"]
    return pd.DataFrame(rows, columns=columns)


WITHOUT = verdicts([
    ["H1", "m", "w1", "all", 1, 90, 0.30, 0.1, 0.5, "supported"],
    ["H2", "m", "w1", "all", 1, 90, 0.05, -0.1, 0.2, "undecided"],
    ["H3", "m", "w1", "all", 0, NONE, NONE, NONE, NONE, "not testable"],
    ["H4", "m", "w1", "all", 0, NONE, NONE, NONE, NONE, "not testable"],
])  # fmt: skip
WITH = verdicts([  # in another order
    ["H4", "m", "w1", "all", 0, 99, 0.10, 0.0, 0.2, "undecided"],
    ["H3", "m", "w1", "all", 0, NONE, NONE, NONE, NONE, "not testable"],
    ["H2", "m", "w1", "all", 1, 99, 0.25, 0.1, 0.4, "supported"],
    ["H1", "m", "w1", "all", 1, 99, 0.28, 0.1, 0.5, "supported"],
])  # fmt: skip
ALPHAS = scales([["w1", "a", "S", "alpha", 90, 0.8, 0.7, 0.9],
                 ["w1", "a", "S", "mean_r", 90, 0.4, NONE, NONE]])  # fmt: skip
ALPHAS_WITH = scales([["w1", "a", "S", "alpha", 99, 0.6, 0.5, 0.7]])


def test_each_row_stands_beside_its_own():
    rows = side_by_side(WITHOUT, WITH, ALPHAS, ALPHAS_WITH)
    assert list(rows) == COLUMNS
    assert rows[["kind", "name", "changed"]].to_numpy().tolist() == [
        ["verdict", "H1", 0], ["verdict", "H2", 1], ["verdict", "H4", 1], ["alpha", "S", 0],
    ]  # fmt: skip
    assert rows["difference"].tolist()[:2] == pytest.approx([-0.02, 0.20])
    assert rows["difference"].isna().tolist() == [False, False, True, False]
    assert rows["with_n"].tolist() == [99] * 4
    two = rows.iloc[1]
    assert (two["verdict"], two["with_verdict"]) == ("undecided", "supported")


def test_a_result_that_stands_twice_is_an_error_of_ours():
    with pytest.raises(pd.errors.MergeError):
        side_by_side(WITHOUT, pd.concat([WITH, WITH]), ALPHAS, ALPHAS_WITH)


def test_a_study_without_hypotheses_has_its_alphas():
    rows = side_by_side(WITHOUT.head(0), WITH.head(0), ALPHAS, ALPHAS_WITH)
    assert rows["kind"].tolist() == ["alpha"]
