"""The section on facets: an answer true to the rows, in words, and none of small groups."""

import numpy as np
import pandas as pd
import pytest

from surveysem.measurement.rivals import rivals as compared
from surveysem.report.chapters.rivals import rivals, said
from surveysem.report.context import Context
from surveysem.report.tables import Table
from surveysem.tables import write_csv

SIZES = {"a": 200, "b": 200}


def answers(correlation: float, facets: int, per: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n = sum(SIZES.values())
    behind, own = rng.standard_normal((n, 1)), rng.standard_normal((n, facets))
    F = np.sqrt(correlation) * behind + np.sqrt(1 - correlation) * own
    return 0.8 * np.repeat(F, per, axis=1) + 0.6 * rng.standard_normal((n, facets * per))


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Table:
    """Rivals of three scales: three facets of two items, four of three, and one of one item."""
    x = np.hstack([answers(0.5, 3, 2, 1), answers(0.5, 4, 3, 2), answers(0.5, 2, 1, 3)])
    table = pd.DataFrame(x, columns=[f"q{k}" for k in range(x.shape[1])])
    table["group"] = np.repeat(list(SIZES), list(SIZES.values()))
    scales = []
    for code, first, facets, per in (("S", 0, 3, 2), ("T", 6, 4, 3), ("U", 18, 2, 1)):
        items = [f"q{k}" for k in range(first, first + facets * per)]
        own = {f"F{j}": items[j * per : (j + 1) * per] for j in range(facets)}
        samples = [{"group": "all", "groups": list(SIZES), "items": items}]
        samples += [{"group": g, "groups": [g], "items": items} for g in SIZES]
        scales.append({"scale": code, "groups": list(SIZES), "facets": own, "samples": samples,
                       "categories": dict.fromkeys(items, 5)})  # fmt: skip
    path = tmp_path_factory.mktemp("rivals") / "rivals.csv"
    write_csv(compared(table, wave="w", scales=scales, estimator="ML"), path)
    return Table(str(path))


def context(found: Table, language="en", sizes=SIZES) -> Context:
    names = {"S": "Sleep", "T": "Trust", "U": "Use"}
    plan = {
        "waves": {"w": {"label": {"*": "Spring"}}},
        "groups": {g: {"*": f"Group {g}"} for g in SIZES},
        "constructs": {code: {"name": {"*": name}} for code, name in names.items()},
        "minimum_cell": 5, "alpha": 0.05,
    }  # fmt: skip
    flow = Table(None)
    flow.rows = [{"wave": "w", "group": g, "step": "analysed", "n_out": str(n)}
                 for g, n in sizes.items()]  # fmt: skip
    return Context(language, plan, {"flow": flow, "rivals": found})


def cells(section) -> list[str]:
    return [str(cell) for block in section.blocks for row in block.rows for cell in row]


def test_the_answer_is_that_of_the_rows(found):
    section = rivals(context(found))[0]
    assert section.answer == (
        "Correlated facets fit better than one factor: Sleep (All together); Sleep (Group a); "
        "Sleep (Group b); Trust (All together); Trust (Group a); Trust (Group b). "
        "Not compared: Use (All together); Use (Group a); Use (Group b); the table says why. "
        "With three facets a factor behind them is the same model as correlated facets: Sleep."
    )
    shown = cells(section)
    assert "The same model as correlated facets, with the same fit." in shown
    assert "Not identified: fewer than three items in F0, F1, F2." in shown
    assert any(cell.startswith("Fewer than two facets have two items") for cell in shown)
    chisq = found.value("est", construct="T", group="a", rival="bifactor", statistic="chisq")
    assert f"{float(chisq):.1f}" in shown
    r = found.value("est", construct="S", group="b", statistic="correlation")
    assert f"{float(r):.2f}".removeprefix("0") in shown


def test_every_note_has_words_in_both_languages(found):
    codes = {r["note"].partition(": ")[0] for r in found.rows if r["note"]}
    assert {"small_facets", "few_facets", "not_nested", "no_regular_test", "no_facet"} <= codes
    english, chinese = (cells(rivals(context(found, language))[0]) for language in ("en", "zh"))
    for shown in (english, chinese):
        assert not [cell for cell in shown if "_" in cell]
    assert len(english) == len(chinese)
    assert [cell for cell in chinese if "双因子" in cell]


CODES = [
    "few_facets: 1", "two_facets", "small_facets: F0", "two_threes", "singular_information",
    "no_common_factor: F0, F1, F2", "negative_variance: F0", "few_cases", "no_regular_test",
    "not_nested", "no_second_order", "no_fit: bifactor, second_order", "improper",
    "constant: q1 (a)", "few_respondents: 6 for 6 items",
]  # fmt: skip


@pytest.mark.parametrize("note", CODES)
def test_notes_are_sentences(found, note):
    for language in ("en", "zh"):
        text = said(context(found, language), note)
        assert text[-1] in ".。"
        assert note.partition(":")[0] not in text.split()


def test_small_groups_are_not_shown(found):
    section = rivals(context(found, sizes={"a": 200, "b": 4}))[0]
    shown = cells(section)
    assert "Group a" in shown
    assert not {"Group b", "All together"} & set(shown)
    assert "Group b" not in section.answer
    assert "All together" not in section.answer


def test_no_facets_no_section(found):
    assert rivals(context(Table(None))) == []
