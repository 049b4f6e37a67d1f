"""Small groups stay out of the report's tables."""

import pytest

from helpers import ROOT
from surveysem.report.blocks import Column
from surveysem.report.context import Context
from surveysem.report.privacy import shown, size, table_by_group
from surveysem.report.tables import Table


@pytest.fixture
def context() -> Context:
    flow = Table(None)
    sizes = {("w1", "a"): 50, ("w1", "b"): 4, ("w2", "a"): 30, ("w2", "b"): 5, ("w2", "c"): 0}
    flow.rows = [
        {"wave": w, "group": g, "step": step, "n_out": str(n + extra)}
        for (w, g), n in sizes.items()
        for step, extra in (("received", 9), ("analysed", 0))
    ]
    plan = {"waves": {"w1": {}, "w2": {}}, "groups": {"a": {}, "b": {}, "c": {}}, "minimum_cell": 5}
    return Context("en", plan, {"flow": flow})


ROWS = [{"wave": w, "group": g} for w in ("w1", "w2") for g in ("a", "b", "c", "all")]


def test_sizes(context):
    assert size(context, "w1", "b") == 4
    assert size(context, "w1", "all") == 54


def test_rows_of_groups_below_the_limit_are_left_out(context):
    assert [r for r in ROWS if r not in shown(context, ROWS)] == [{"wave": "w1", "group": "b"}]


def test_a_row_without_a_wave_is_of_the_latest(context):
    assert shown(context, [{"group": "b"}]) == [{"group": "b"}]
    context.plan["minimum_cell"] = 6
    assert shown(context, [{"group": "b"}, {"group": "a"}]) == [{"group": "a"}]


def test_a_note_says_so_and_only_then(context):
    columns = [Column("Group", lambda r: r["group"])]
    block = table_by_group(context, "T", columns, ROWS, note="Read me.")
    assert len(block.rows) == len(ROWS) - 1
    assert block.note == (
        "Read me. Groups with fewer than 5 analysed respondents in a wave are not shown."
    )
    assert table_by_group(context, "T", columns, ROWS[4:]).note == ""


def test_whoever_shows_rows_by_group_uses_the_helper():
    """A chapter's column of groups stands in a table that leaves small ones out."""
    folder = ROOT / "workflow" / "surveysem" / "report" / "chapters"
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if 'c.group_name(r["group"])' in text:
            assert "table_by_group(" in text, path.name
