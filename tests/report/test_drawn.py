"""What the figures show: the numbers of the tables, small groups never, words where there is
nothing to draw."""

from itertools import pairwise

import pytest

from surveysem.report import bars, heatmap, pages
from surveysem.report.chapters import answers, htmtmap, invarianceladder, loadingplot
from surveysem.report.context import Context
from surveysem.report.raster import png
from surveysem.report.tables import Table
from surveysem.report.words import interval, number, percent

GROUPS = ("a", "b", "c")
CODES = ("1", "2", "3", "4")


def table(rows) -> Table:
    found = Table(None)
    found.rows = [{k: str(v) for k, v in r.items()} for r in rows]
    return found


def plan(items: int = 3, constructs: int = 2) -> dict:
    """Constructs C0, C1, ... of `items` items each, C0_1, C0_2, ...; groups a, b, c."""
    names = {f"C{k}_{j}": f"C{k}" for k in range(constructs) for j in range(items)}
    label = {"scale": "s", "reverse": False}
    return {
        "waves": {w: {"label": {"*": f"Wave <{w}>"}, "scales": {}} for w in ("w1", "w2")},
        "groups": {g: {"en": f"Group {g} & co", "zh": f"群体{g}"} for g in GROUPS},
        "constructs": {f"C{k}": {"name": {"en": f"Construct {k}", "zh": f"构念{k}"}}
                       for k in range(constructs)},
        "items": {i: {**label, "construct": c, "text": {"*": f"Wording <{i}>"}}
                  for i, c in names.items()},
        "answers": {"s": {k: {"en": f"Answer {k}", "zh": f"回答{k}"} for k in CODES}},
        "models": {"m": {"groups": ["a", "b"], "estimator": "ML"},
                   "n": {"groups": ["c"], "estimator": "ML"}},
        "minimum_cell": 5, "alpha": 0.05, "panel": True,
    }  # fmt: skip


def context(given=None, sizes=None, language="en", **tables) -> Context:
    """With 200 respondents a group unless `sizes` says otherwise, and no rows but those given."""
    sizes = {g: 200 for g in GROUPS} | (sizes or {})
    flow = [{"wave": w, "group": g, "step": s, "n_in": n, "n_out": n}
            for w in ("w1", "w2") for g, n in sizes.items() for s in ("received", "analysed")]  # fmt: skip
    names = ("answers", "loadings", "invariance", "noninvariance", "validity")
    found = {name: table(tables.get(name, ())) for name in names} | {"flow": table(flow)}
    return Context(language, given or plan(), found)


def texts(figure) -> list[str]:
    return [label.text for label in figure.drawing.labels]


# Answers ------------------------------------------------------------------------------------


def answered(given, groups=GROUPS, counts=(10, 30, 90, 70), wave="w2"):
    n = sum(counts)
    return [
        {"wave": wave, "group": g, "construct": item["construct"], "item": name, "reverse": 0,
         "code": code, "count": k, "n": n, "share": k / n if n else "", "note": ""}
        for g in groups for name, item in given["items"].items()
        for code, k in zip(CODES, counts, strict=True)
    ]  # fmt: skip


def test_a_picture_a_construct_with_the_numbers_of_the_table():
    given = plan()
    rows = answered(given, counts=(10, 30, 90, 70))
    c = context(given, answers=rows)
    found = answers.figures(c)
    assert [f.name for f in found] == ["answers_C0_en", "answers_C1_en"]
    assert [f.folded for f in found] == [False, True]
    said = texts(found[0])
    assert said[:4] == ["Answer 1", "Answer 2", "Answer 3", "Answer 4"]
    for share in (10, 30, 90, 70):
        assert said.count(percent(share / 200, 0)) == 9  # three items, three groups
    assert said.count("n = 200") == 9
    assert said.count("Group b & co") == 3
    assert "Wording <C0_1>" in said
    assert "C0_0: Group a & co 5 / 15 / 45 / 35 %, n = 200" in found[0].drawing.description


def test_labels_are_those_of_the_language_and_of_the_wave():
    given = plan()
    rows = answered(given)
    assert texts(answers.figures(context(given, language="zh", answers=rows))[0])[0] == "回答1"
    given["answers"]["t"] = {"1": {"*": "Other"}, "2": {}}
    given["waves"]["w2"]["scales"] = {i: "t" for i in given["items"]}
    said = texts(answers.figures(context(given, answers=rows))[0])
    assert said[:4] == ["Other", "2", "3", "4"]


def test_items_with_other_answers_have_a_legend_of_their_own():
    given = plan()
    given["waves"]["w2"]["scales"] = {"C0_2": "none"}
    said = texts(answers.figures(context(given, answers=answered(given)))[0])
    assert said.count("Answer 1") == 1
    assert said.count("0 %") == 2


def test_groups_that_were_not_asked_or_did_not_answer_are_named():
    given = plan()
    rows = answered(given, groups=("a",))
    rows += [r for r in answered(given, groups=("b",)) if r["item"] != "C0_0"]
    rows += [r for r in answered(given, groups=("c",), counts=(0,) * 4) if r["construct"] == "C0"]
    first, second = answers.figures(context(given, answers=rows))
    assert texts(first).count("not asked") == 1
    assert texts(first).count("no answers") == 3
    assert second.note == "Shares in per cent. Not shown, since not asked: Group c & co."


def test_small_groups_are_not_drawn():
    given = plan()
    c = context(given, {"b": 3}, answers=answered(given))
    for figure in answers.figures(c):
        assert "Group b" not in " ".join([*texts(figure), figure.drawing.description])
        assert "not shown" in figure.note
    nobody = context(given, {g: 3 for g in GROUPS}, answers=answered(given))
    assert answers.figures(nobody) == []
    assert answers.answers(nobody).blocks == []
    assert "not shown" in answers.answers(nobody).answer


def test_the_answer_names_the_ends():
    given = plan()
    rows = answered(given)
    for r in rows:
        if (r["group"], r["item"]) == ("b", "C1_1"):
            r["share"] = {"1": 0.6, "2": 0.1, "3": 0.1, "4": 0.2}[r["code"]]
        if (r["group"], r["item"]) == ("c", "C0_2"):
            r["share"] = {"1": 0.0, "2": 0.1, "3": 0.1, "4": 0.8}[r["code"]]
    section = answers.answers(context(given, answers=rows))
    assert section.answer == (
        "The highest answer is given most often to C0_2, Group c & co: 80 %; the lowest to C1_1, "
        "Group b & co: 60 %."
    )
    assert answers.answers(context(given)).answer == "Nobody answered in the latest wave."


def test_no_bar_reaches_beyond_its_room():
    given = plan(1)
    for counts in ((200, 0, 0, 0), (0, 0, 0, 200), (100, 100, 0, 0)):
        [first, _second] = answers.figures(context(given, answers=answered(given, counts=counts)))
        left = first.drawing.width - bars.EDGE - bars.COUNTS - 8 - bars.BARS
        for box in first.drawing.boxes:
            if box.height == bars.BAR:
                assert left - 1e-6 <= box.x
                assert box.x + box.width <= left + bars.BARS + 1e-6


# Loadings -----------------------------------------------------------------------------------


def loaded(given, groups=("a", "b"), model="m"):
    base = {"model": model, "wave": "w2", "n": 200, "statistic": "loading_std", "se": 0.05}
    return [
        {**base, "group": g, "construct": item["construct"], "item": name,
         "est": 0.4 + 0.001 * k, "ci_lower": 0.3 + 0.001 * k, "ci_upper": 0.5 + 0.001 * k}
        for g in groups for k, (name, item) in enumerate(given["items"].items())
    ]  # fmt: skip


def test_loadings_are_those_of_the_table():
    """Also of seventy items of fourteen constructs, whose rows stay apart."""
    given = plan(5, 14)
    rows = loaded(given)
    [figure] = loadingplot.figures(context(given, loadings=rows))
    assert figure.name == "loadings_m_en"
    said = texts(figure)
    for r in rows:
        written = f"{number(r['est'])} {interval(str(r['ci_lower']), str(r['ci_upper']))}"
        assert written in said
    assert len(figure.drawing.marks) == 140
    for code in given["items"]:
        assert said.count(code) == 1
    heights = sorted({m.y for m in figure.drawing.marks})
    assert len(heights) == 70
    assert min(b - a for a, b in pairwise(heights)) > 15
    assert png(figure.drawing)


def test_a_model_that_was_not_fitted_has_no_picture_of_loadings():
    assert loadingplot.figures(context()) == []
    rows = loaded(plan(), ("c",), "n")
    for r in rows:
        r.update(est="", ci_lower="", ci_upper="")
    assert loadingplot.figures(context(loadings=rows)) == []
    rows[0].update(est=0.7)
    [figure] = loadingplot.figures(context(loadings=rows))
    assert texts(figure).count("no value") == 5
    assert "0.70" in texts(figure)


def test_loadings_of_a_small_group_are_not_drawn():
    [figure] = loadingplot.figures(context(sizes={"b": 2}, loadings=loaded(plan())))
    assert "Group b" not in " ".join([*texts(figure), figure.drawing.description])
    assert "not shown" in figure.note


# HTMT ---------------------------------------------------------------------------------------


def ratios(k=4, group="all", model="m", upper=0.5):
    base = {"model": model, "wave": "w2", "group": group, "statistic": "htmt", "n": 400,
            "ci_method": "percentile", "note": ""}  # fmt: skip
    return [
        {**base, "construct": f"C{i}", "with": f"C{j}", "est": upper - 0.05 + 0.001 * i,
         "ci_lower": 0.1, "ci_upper": upper}
        for i in range(k) for j in range(i + 1, k)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("upper", "frames"), [(0.84, 0), (0.85, 1), (0.899, 1), (0.9, 2), (1.1, 2)]
)
def test_pairs_are_framed_by_their_upper_limit(upper, frames):
    rows = ratios(4)
    rows[2].update(est=upper - 0.1, ci_upper=upper)  # C0 with C3
    [figure] = htmtmap.figures(context(plan(3, 4), validity=rows))
    assert figure.name == "htmt_m_all_en"
    drawn = [w for w in figure.drawing.ways if len(w.points) == 5]
    assert len(drawn) - 3 == frames  # three stand in the key
    said = texts(figure)
    for r in rows:
        assert number(r["est"], bounded=True) in said
        assert f"≤ {number(r['ci_upper'], bounded=True)}" in said
    assert figure.note.startswith(f"In {int(frames > 0)} of 6 pairs")
    assert ("Construct 3 – Construct 0" in figure.drawing.description) == (frames > 0)


def test_fourteen_constructs_fit_a_page():
    [figure] = htmtmap.figures(context(plan(3, 14), validity=ratios(14)))
    assert len([b for b in figure.drawing.boxes if b.height == heatmap.HIGH]) == 91
    assert figure.drawing.width < 1120
    assert figure.note.startswith("In 0 of 91 pairs")


def test_without_a_pair_there_is_no_matrix():
    assert htmtmap.figures(context()) == []
    rows = ratios(2)
    rows[0].update(est="", ci_upper="", ci_lower="")
    assert htmtmap.figures(context(validity=rows)) == []


def test_groups_have_a_matrix_each_and_small_ones_none():
    rows = [*ratios(2, "a"), *ratios(2, "b"), *ratios(2, "all")]
    found = htmtmap.figures(context(validity=rows))
    assert [f.name for f in found] == ["htmt_m_all_en", "htmt_m_a_en", "htmt_m_b_en"]
    assert [f.folded for f in found] == [False, True, True]
    small = htmtmap.figures(context(sizes={"b": 2}, validity=rows))
    assert [f.name for f in small] == ["htmt_m_all_en", "htmt_m_a_en"]


# Ladder -------------------------------------------------------------------------------------

FIT = {"df": 50, "cfi": 0.98, "rmsea": 0.02, "srmr": 0.03}
STEP = {**FIT, "chisq_diff": 117.07, "df_diff": 54, "p_diff": 0.0000014, "delta_cfi": -0.0036,
        "delta_rmsea": 0.0012, "delta_srmr": 0.0004, "limit_cfi": -0.01, "limit_rmsea": 0.015,
        "limit_srmr": 0.01, "holds_by_test": 0, "holds_by_indices": 1}  # fmt: skip


def levels(**given):
    return [
        {"model": "m", "wave": "w2", "group": "all", "level": level, "statistic": s, "est": v, "note": n}
        for level, values in given.items()
        for s, (v, n) in ((s, v if isinstance(v, tuple) else (v, "")) for s, v in values.items())
    ]  # fmt: skip


def freed(item, level="scalar", kept="1", construct="C0"):
    return {"model": "m", "wave": "w2", "group": "all", "level": level, "construct": construct,
            "item": item, "freed": kept, "member": "b"}  # fmt: skip


def test_the_ladder_says_what_was_freed_and_shows_the_changes():
    partial = STEP | {"chisq_diff": 57.12, "df_diff": 53, "p_diff": 0.325, "holds_by_test": 1}
    rows = levels(configural=FIT, metric=STEP | {"holds_by_test": 1}, scalar=STEP,
                  scalar_partial=partial, strict=STEP | {"holds_by_test": 1})  # fmt: skip
    [figure] = invarianceladder.figures(
        context(invariance=rows, noninvariance=[freed("C0_1"), freed("C0_1")])
    )
    said = texts(figure)
    assert figure.name == "invariance_m_en"
    assert said.count("holds but for C0_1") == 1
    assert said.count("no item differs") == 2
    assert "Δχ²(54) = 117.1, p < .001" in said
    assert "Δχ²(53) = 57.1, p = .325" in said
    assert said.count("rejected by the test") == 1
    assert said.count("−.004") == said.count(".001") == 4
    assert said.count("−.010") == said.count(".015") == 3  # the cut-offs
    assert sum(m.sides == 4 for m in figure.drawing.marks) == 3 + 1  # and the key's


def test_levels_that_fail_or_were_not_reached_say_so():
    rows = levels(configural=FIT, metric=STEP,
                  scalar={"not_computed": ("", "level_before: metric")})  # fmt: skip
    item = freed("C0_1", "metric", "0")
    [figure] = invarianceladder.figures(context(invariance=rows, noninvariance=[item]))
    said = " ".join(texts(figure))
    assert "fails: Construct 0" in said
    assert "not computed" in said
    assert "a level before it was" in said


def test_tables_without_cut_offs_or_values_are_drawn_without():
    bare = {k: v for k, v in STEP.items() if not k.startswith("limit_")}
    [figure] = invarianceladder.figures(context(invariance=levels(configural=FIT, metric=bare)))
    assert len([w for w in figure.drawing.ways if w.dashes]) == 1  # the key's
    nothing = levels(configural={"not_computed": ("", "few_respondents: 3")})
    assert invarianceladder.figures(context(invariance=nothing)) == []
    assert invarianceladder.figures(context()) == []


def test_pictures_that_no_font_can_write_are_named_with_a_remedy(monkeypatch):
    """The SVGs are there all the same."""
    given = plan() | {"languages": ["en", "zh"]}
    tables = context(given, answers=answered(given), loadings=loaded(given)).tables
    monkeypatch.setattr(
        pages, "png", lambda d: None if "构念" in d.description + d.title else b"png"
    )
    with pytest.warns(UserWarning, match="noto-cjk-sans-otc") as told:
        found = pages.draw(given, tables)
    [warning] = told
    assert "no answers_C0_zh.png, answers_C1_zh.png: no font" in str(warning.message)
    assert "answers_C0_zh.svg" in found
    assert "answers_C0_zh.png" not in found
    assert found["loadings_m_en.png"] == b"png"


def test_a_study_without_groups_is_drawn_as_everyone():
    given = plan(3, 2)
    given["groups"] = {"all": {"*": "All respondents"}}
    given["models"] = {"m": {"groups": ["all"], "estimator": "ML"}}
    c = context(given, answers=answered(given, groups=("all",)), loadings=loaded(given, ("all",)),
                validity=ratios(2))  # fmt: skip
    c.tables["flow"].rows = [{**r, "group": ""} for r in c.tables["flow"].rows]
    assert texts(answers.figures(c)[0]).count("All respondents") == 3
    assert "All respondents" in texts(loadingplot.figures(c)[0])
    [figure] = htmtmap.figures(c)
    assert figure.name == "htmt_m_all_en"
    assert not figure.folded
