"""The section on alignment: true to its table, few respondents never shown."""

import pytest

from surveysem.report.chapters import alignment
from surveysem.report.context import Context
from surveysem.report.tables import Table

SIZES = {"a": 60, "b": 50, "c": 40}
EMPTY = dict.fromkeys(["parameter", "item", "member", "est", "se", "p", "differs", "note"], "")
GROUPS = {"scale": "S", "construct": "S", "across": "group", "within": "w1", "members": "a;b;c"}
WAVES = {"scale": "T", "construct": "T", "across": "wave", "within": "a", "members": "w1;w2;w3"}


def row(of: dict, statistic: str, **values) -> dict:
    return {**of, **EMPTY, "statistic": statistic, **values}


def computed(of: dict, members, differing: str, note: str = "") -> list[dict]:
    rows = [row(of, "share_differing", est=differing, note=note)]
    for k, member in enumerate(members):
        rows += [
            row(
                of, "mean", member=member, est=f"{k / 4}", se=".1" if k else "0", p=".02" * (k > 0)
            ),
            row(of, "variance", member=member, est="1.1"),
        ]
    rows += [row(of, "r2", parameter="loading", est=".912"),
             row(of, "r2", parameter="location", est=".87"),
             row(of, "r2", parameter="loading", item="q1", est=".11")]  # fmt: skip
    rows += [row(of, "aligned", parameter="t1", item="q1", member=m, differs=str(int(m == members[-1])))
             for m in members]  # fmt: skip
    return rows


@pytest.fixture
def context() -> Context:
    plan = {
        "waves": {w: {"label": {"*": f"Wave {w}"}} for w in ("w1", "w2", "w3")},
        "groups": {g: {"*": f"Group {g}"} for g in SIZES},
        "constructs": {"S": {"name": {"*": "Sleep"}}, "T": {"name": {"*": "Trust"}}},
        "minimum_cell": 5,
    }
    flow = Table(None)
    flow.rows = [
        {"wave": w, "group": g, "step": "analysed", "n_out": str(n)}
        for w in plan["waves"]
        for g, n in SIZES.items()
    ]
    return Context("en", plan, {"flow": flow, "scale_alignment": Table(None)})


def section(context: Context, rows: list[dict]):
    context.tables["scale_alignment"].rows = rows
    (found,) = alignment.of_scales(context)
    return found


def test_what_was_aligned_is_said(context):
    found = section(context, computed(GROUPS, "abc", ".1") +
                    computed(WAVES, ["w1", "w2", "w3"], ".4", "untrustworthy"))  # fmt: skip
    assert found.answer.startswith("Equal intercepts fail in 2 comparisons")
    assert "in 1 of them" in found.answer
    assert "Not in all comparisons of: Trust." in found.answer
    overview, means = found.blocks
    assert overview.rows[0] == ["Sleep", "Group a – Group b – Group c", "Wave w1", "10", ".91", ".87",
                                "q1 (Group c)", ""]  # fmt: skip
    assert overview.rows[1][-2:] == ["q1 (Wave w3)", "too many parameters differ"]
    assert means.rows[0] == ["Sleep", "Wave w1", "Group a", "0.00", "–", "–", "1.10"]
    assert means.rows[2] == ["Sleep", "Wave w1", "Group c", "0.50", "0.10", ".020", "1.10"]
    assert found.warn


def test_why_nothing_was_aligned_is_said(context):
    two = row(WAVES, "not_computed", note="too_few_groups: 2")
    assert section(context, [two]).answer.startswith("Does not apply")
    holds = row(GROUPS, "not_computed", note="scalar_holds")
    found = section(context, [two, holds])
    assert found.answer.startswith("Not needed")
    assert not found.blocks
    failed = section(context, [two, row(GROUPS, "not_computed", note="no_minimum")])
    assert "in 0 of them" in failed.answer
    assert failed.blocks[0].rows[0][-1] == "not computed: no minimum of the alignment was found"


def test_no_comparison_means_no_section(context):
    assert alignment.of_scales(context) == []


def test_a_comparison_with_a_small_group_is_not_shown(context):
    context.tables["flow"].rows[0]["n_out"] = "3"
    context.tables["scale_alignment"].rows = computed(GROUPS, "abc", ".1")
    assert alignment.of_scales(context) == []
