"""The rules that turn an estimate into a verdict."""

import numpy as np
import pandas as pd
import pytest

from surveysem.adjust import holm
from surveysem.structure.pool import pool
from surveysem.structure.verdicts import COLUMNS, decide, judge


def test_holm_agrees_with_r():
    """R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") = 0.03 0.06 0.06 0.02."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_out_what_is_not_known():
    assert holm([0.01, np.nan, 0.04])[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(holm([0.01, np.nan, 0.04])[1])


@pytest.mark.parametrize(
    ("std", "ci", "p", "q", "sign", "verdict", "reason"),
    [
        (0.3, (0.2, 0.4), 0.001, 0.99, "+", "supported", ""),
        (-0.3, (-0.4, -0.2), 0.001, 0.99, "-", "supported", ""),
        (0.3, (0.2, 0.4), 0.001, 0.99, "-", "opposite", ""),
        (-0.3, (-0.4, -0.2), 0.001, 0.99, "+", "opposite", ""),
        (0.3, (0.2, 0.4), 0.001, 0.99, "0", "supported", "direction: positive"),
        (-0.3, (-0.4, -0.2), 0.001, 0.99, "0", "supported", "direction: negative"),
        (0.04, (0.01, 0.07), 0.01, 0.001, "+", "negligible", ""),
        (0.01, (-0.02, 0.04), 0.6, 0.001, "+", "negligible", ""),
        (0.1, (0.01, 0.19), 0.08, 0.5, "+", "undecided", "unadjusted_only"),
        (-0.1, (-0.19, -0.01), 0.08, 0.5, "+", "undecided", "unadjusted_only"),
        (0.1, (-0.05, 0.25), 0.3, 0.5, "+", "undecided", ""),
        (0.3, (0.2, 0.4), 0.001, np.nan, "+", "supported", ""),
        (0.3, (0.2, 0.4), 0.05, np.nan, "+", "undecided", "unadjusted_only"),
    ],
)
def test_decide(std, ci, p, q, sign, verdict, reason):
    assert decide(std, ci, p, q, sign, 0.05) == (verdict, reason)


def rows(**columns) -> pd.DataFrame:
    """Rows of one family, as structure/{model}/{wave}/hypotheses.csv has them."""
    size = len(columns["p"])
    base = {
        **dict.fromkeys(COLUMNS, np.nan),
        "tier": "asserted", "model": "m", "group": "all", "wave": "w1", "kind": "path",
        "reason": "", "cautions": "", "sign": "+", "std": 0.3, "ci_lower": 0.1, "ci_upper": 0.5,
        "p_equivalence": 0.9,
    }  # fmt: skip
    frame = pd.DataFrame({key: [value] * size for key, value in base.items()})
    frame["hypothesis"] = [f"h{k}" for k in range(size)]
    frame["claim"] = [f"c{k}" for k in range(size)]
    return frame.assign(**columns)


def test_a_claim_that_appears_twice_counts_once():
    """Holm over c0 (.02) and c1 (.03), not over three rows."""
    judged = judge(rows(p=[0.02, 0.02, 0.03], claim=["c0", "c0", "c1"]), 0.05)
    assert judged["p_adj"].tolist() == pytest.approx([0.04, 0.04, 0.04])


def test_untestable_rows_do_not_count():
    judged = judge(rows(p=[0.02, np.nan, 0.04], reason=["", "not_asked: X", ""]), 0.05)
    assert judged["p_adj"].tolist()[0] == pytest.approx(0.04)
    assert judged["verdict"].tolist() == ["supported", "not testable", "supported"]
    assert judged["reason"].tolist()[1] == "not_asked: X"


def test_families_are_tiers_within_model_group_and_wave():
    judged = judge(rows(p=[0.04, 0.04], tier=["asserted", "derived"]), 0.05)
    assert judged["p_adj"].tolist() == pytest.approx([0.04, 0.04])
    assert judged["family"].tolist() == ["asserted:m:all:w1", "derived:m:all:w1"]


def settings(waves):
    return {"waves": waves, "panel": True, "first_group": {"m": "all"}, "alpha": 0.05}


def test_a_new_wave_changes_no_old_verdict_and_takes_the_headline():
    first, second = rows(p=[0.02, 0.03]), rows(p=[0.5, 0.6], wave=["w2", "w2"])
    alone = pool([first], **settings(["w1"]))
    both = pool([first, second], **settings(["w1", "w2"]))
    old = both[both["wave"] == "w1"].drop(columns="headline").reset_index(drop=True)
    pd.testing.assert_frame_equal(old, alone.drop(columns="headline"))
    assert alone["headline"].tolist() == [1, 1]
    assert both["headline"].tolist() == [0, 0, 1, 1]


def test_columns_are_those_of_the_contract():
    assert pool([rows(p=[0.02])], **settings(["w1"])).columns.tolist() == COLUMNS


@pytest.mark.parametrize(
    ("waves", "panel", "reason"),
    [(1, True, "design_waves: 1"), (2, True, "design_waves: 2"), (3, False, "design_panel"),
     (3, True, "kind_not_available: within")],
)  # fmt: skip
def test_change_needs_a_panel_of_three_waves(waves, panel, reason):
    names = [f"w{k}" for k in range(1, waves + 1)]
    claim = rows(p=[np.nan], kind=["within"], reason=["kind_not_available: within"], wave=["w1"])
    pooled = pool([claim], **{**settings(names), "panel": panel})
    assert pooled["verdict"].tolist() == ["not testable"]
    assert pooled["reason"].tolist() == [reason]
