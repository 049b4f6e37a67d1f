"""Small groups stay out of the report's tables, and cannot be had by subtraction either."""

import pytest

from helpers import ROOT
from surveysem.report import flow
from surveysem.report.blocks import Column
from surveysem.report.chapters.sampleflow import diagram, of_wave
from surveysem.report.context import Context
from surveysem.report.flowchart import TOTAL
from surveysem.report.privacy import always_shown, is_small, shown, size, table_by_group
from surveysem.report.tables import Table

SIZES = {("w1", "a"): 50, ("w1", "b"): 4, ("w1", "c"): 20, ("w2", "a"): 30, ("w2", "b"): 5,
         ("w2", "c"): 0}  # fmt: skip


@pytest.fixture
def context() -> Context:
    table = Table(None)
    table.rows = [
        {"wave": w, "group": g, "step": step, "n_in": str(n + before), "n_out": str(n + after)}
        for (w, g), n in SIZES.items()
        for step, before, after in (("received", 9, 9), ("careless", 9, 0), ("analysed", 0, 0))
    ]
    plan = {
        "waves": {w: {"label": {"*": f"Wave {w}"}} for w in ("w1", "w2")},
        "groups": {g: {"*": f"Group {g}"} for g in "abc"},
        "models": {"m": {"groups": ["a", "b"]}, "n": {"groups": ["a", "c"]}},
        "minimum_cell": 5,
    }
    return Context("en", plan, {"flow": table})


ROWS = [{"wave": w, "group": g} for w in ("w1", "w2") for g in ("a", "b", "c", "all")]


def test_sizes(context):
    assert size(context, "w1", "b") == 4
    assert size(context, "w1", "b", "received") == 13
    assert size(context, "w1", "all") == 74


def test_rows_of_a_small_group_are_left_out_and_so_is_the_total(context):
    hidden = [r for r in ROWS if r not in shown(context, ROWS)]
    assert hidden == [{"wave": "w1", "group": "b"}, {"wave": "w1", "group": "all"}]


@pytest.mark.parametrize("minimum", [5, 6, 21, 31, 60])
def test_a_hidden_number_cannot_be_had_by_subtraction(context, minimum):
    """Where a total is shown, all its groups are, so that it tells nothing more."""
    context.plan["minimum_cell"] = minimum
    for wave in ("w1", "w2"):
        kept = [r["group"] for r in shown(context, [r for r in ROWS if r["wave"] == wave])]
        some = [g for g in "abc" if SIZES[wave, g]]
        assert "all" not in kept or set(some) <= set(kept)
        assert all(SIZES[wave, g] >= minimum or not SIZES[wave, g] for g in kept if g != "all")


def test_a_group_of_whom_few_took_part_is_small_whoever_is_analysed(context):
    """Three received, none analysed: their reasons are those of three persons."""
    for r in context.tables["flow"].where(wave="w2", group="c"):
        r["n_out"] = "3" if r["step"] == "received" else "0"
    assert is_small(context, "w2", "c")
    assert is_small(context, "w2", "all")


def test_nobody_is_no_small_group(context):
    assert not is_small(context, "w2", "c")


def test_estimates_of_a_model_stay_without_its_number(context):
    """Of models with the small group the number would tell; of the others it does not."""
    rows = [{"wave": "w1", "group": "all", "model": m, "n": "54", "std": ".3"} for m in "mn"]
    assert [r["n"] for r in shown(context, rows)] == ["", "54"]
    assert [r["std"] for r in shown(context, rows)] == [".3", ".3"]


def test_a_row_without_a_wave_is_of_the_latest(context):
    assert shown(context, [{"group": "b"}]) == [{"group": "b"}]
    context.plan["minimum_cell"] = 6
    assert shown(context, [{"group": "b"}, {"group": "a"}]) == [{"group": "a"}]


def test_a_note_says_so_and_only_then(context):
    columns = [Column("Group", lambda r: r["group"])]
    block = table_by_group(context, "T", columns, ROWS, note="Read me.")
    assert len(block.rows) == len(ROWS) - 2
    assert block.note == (
        "Read me. Groups with fewer than 5 respondents in a wave are not shown, nor are the totals "
        "that would tell their numbers."
    )
    assert table_by_group(context, "T", columns, ROWS[4:]).note == ""


def test_whoever_shows_rows_by_group_uses_the_helper():
    """A chapter's column of groups stands in a table that leaves small ones out."""
    folder = ROOT / "workflow" / "surveysem" / "report" / "chapters"
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if 'c.group_name(r["group"])' in text:
            assert "table_by_group(" in text or "= shown(" in text or "return shown(" in text, (
                path.name
            )


# The sample flow ----------------------------------------------------------------------------


def test_counts_over_waves_leave_out_a_group_that_is_small_in_one(context):
    """b has 4 in w1: with its 5 of w2 shown, its sum would tell."""
    assert always_shown(context) == ["a", "c"]
    counts = flow.counts(context)
    assert counts.groups == (("a", 80), ("c", 20))
    assert (counts.analysed, counts.received, counts.whole) == (100, 136, False)
    context.plan["minimum_cell"] = 4
    assert flow.counts(context) == flow.Counts(163, 109, (("a", 80), ("b", 9), ("c", 20)), True)


def test_streams_add_up(context):
    found = [*flow.streams(context, "w2"), flow.together(context, "w2")]
    assert [s.group for s in found] == ["a", "b", "c", flow.ALL]
    for s in found:
        assert s.received == s.analysed + sum(n for _, n in s.out)
    assert found[-1] == flow.Stream("*", 62, (("careless", 27),), 35)


def test_a_small_group_and_the_total_are_not_in_the_picture(context):
    drawn = diagram(context, "w1")
    texts = " ".join(label.text for label in drawn.labels) + drawn.description
    assert "Group a" in texts
    assert "Group b" not in texts
    assert "74" not in texts
    assert not [box for box in drawn.boxes if box.style is TOTAL]
    assert "not shown" in of_wave(context, "w1")[0].note
    whole = diagram(context, "w2")
    assert [box.style for box in whole.boxes].count(TOTAL) == 2
    assert "not shown" not in of_wave(context, "w2")[0].note


def test_without_a_group_to_show_there_is_no_picture(context):
    context.plan["minimum_cell"] = 1000
    assert diagram(context, "w1") is None
    assert of_wave(context, "w1") == []
