"""The section on keying: what to change, also where a correlation has no interval."""

from surveysem.report.chapters.reliability import reliability
from surveysem.report.context import Context
from surveysem.report.tables import Table


def table(rows) -> Table:
    out = Table(None)
    out.rows = [{k: str(v) for k, v in row.items()} for row in rows]
    return out


def item(name, est, lower, upper, note) -> dict:
    return {
        "wave": "w1", "group": "all", "scale": "S", "item": name, "n": 40, "statistic": "item_rest",
        "est": est, "ci_lower": lower, "ci_upper": upper, "note": f"{note} keyed the wrong way round",
    }  # fmt: skip


def test_an_item_that_is_the_exact_opposite_has_no_interval_and_is_reported():
    """A correlation of -1, as of two items that rank each other: Fisher's z is infinite, and the
    table's cells are empty."""
    items = [
        item("q1", -1, "", "", "perhaps"),
        item("q2", -0.6, -0.77, -0.35, "probably"),
        item("q3", -0.1, -0.40, 0.22, "perhaps"),
    ]
    plan = {
        "waves": {"w1": {"label": {"*": "Wave 1"}}}, "groups": {"a": {}, "b": {}}, "minimum_cell": 5,
        "constructs": {"S": {"name": {"*": "Sleep"}}}, "instrument": "data/instrument.csv",
        "items": {r["item"]: {"line": 7, "reverse": False} for r in items},
    }  # fmt: skip
    flow = table([{"wave": "w1", "group": g, "step": "analysed", "n_out": 20} for g in "ab"])
    tables = {
        "flow": flow,
        "by_scale": table([]),
        "by_item": table(items),
        "comparisons": table([]),
    }
    sections = reliability(Context("en", plan, tables))
    section = next(s for s in sections if s.anchor == "keying")
    cells = {row[0]: row for row in section.blocks[0].rows}
    assert cells["q1"][3:5] == ["−1.00", "–"]
    assert cells["q1"][5] == "data/instrument.csv, row 7, column reverse: 0 → 1"
    assert [cells[q][6] for q in ("q1", "q2", "q3")] == ["caution", "stops the models", "caution"]
