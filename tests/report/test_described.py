"""The description's sections: answers true to the tables, few respondents never shown."""

import re

import pytest

from surveysem.report.chapters import distributions, relations, units
from surveysem.report.context import Context
from surveysem.report.tables import Table

SIZES = {"a": 60, "b": 4, "c": 40}
NAMES = [
    "flow", "item_moments", "scale_moments", "answers", "normality", "correlations",
    "differences", "clusters", "agreement", "informants",
]  # fmt: skip


def table(rows: list[dict]) -> Table:
    out = Table(None)
    out.rows = [{k: str(v) for k, v in row.items()} for row in rows]
    return out


@pytest.fixture
def context() -> Context:
    plan = {
        "waves": {w: {"label": {"*": w}} for w in ("w1", "w2")},
        "groups": {g: {"*": f"Group {g}"} for g in SIZES},
        "constructs": {"S": {"name": {"*": "Sleep"}}, "T": {"name": {"*": "Trust"}}},
        "items": {q: {"text": {"*": f"Wording of {q}"}} for q in ("q1", "q2")},
        "minimum_cell": 5, "alpha": 0.05, "panel": True,
    }  # fmt: skip
    tables = {name: table([]) for name in NAMES}
    tables["flow"] = table(
        [{"wave": w, "group": g, "step": "analysed", "n_out": n}
         for w in ("w1", "w2") for g, n in SIZES.items()]
    )  # fmt: skip
    return Context("en", plan, tables)


@pytest.fixture
def large(context) -> Context:
    """The same with no small group, so that totals may be shown."""
    for row in context.tables["flow"].where(group="b"):
        row["n_out"] = "40"
    return context


def cells(section, title=None) -> list[str]:
    blocks = [b for b in section.blocks if title is None or b.title == title]
    return [str(cell) for b in blocks for row in b.rows for cell in row]


SCALE = {"items": 3, "n_asked": 60, "sd": 1, "median": 3, "q1": 2, "q3": 4, "skew": 0, "kurtosis": 0,
         "floor": 0.01, "ceiling": 0.2, "missing": 0, "wave": "w2"}  # fmt: skip


MEANS = [
    {**SCALE, "scale": "S", "group": "all", "n": 90, "mean": 2.5, "note": ""},
    {**SCALE, "scale": "T", "group": "all", "n": 90, "mean": 3.75, "note": "ceiling"},
    {**SCALE, "scale": "S", "group": "b", "n": 40, "mean": 1.23, "note": ""},
]


def test_scales_name_the_ends(large):
    large.tables["scale_moments"] = table(MEANS)
    section = distributions.scales(large)
    assert section.answer == (
        "Scale means in w2 go from 2.50 (Sleep) to 3.75 (Trust). "
        "Floor or ceiling effects: Trust (All together)."
    )
    assert {"1.23", "2.50", "3.75"} <= set(cells(section))
    assert section.blocks[0].note == ""


def test_few_answers_to_a_scale_hide_its_total_too(large):
    """Three of group a answered T: the total less the other groups would tell their mean."""
    few = {**SCALE, "scale": "T", "group": "a", "n": 3, "mean": 1.45, "note": "floor"}
    large.tables["scale_moments"] = table([*MEANS, few])
    section = distributions.scales(large)
    assert section.answer == "Scale means in w2 go from 2.50 (Sleep) to 2.50 (Sleep)."
    assert not {"1.45", "3.75"} & set(cells(section))
    assert "fewer than 5 respondents" in section.blocks[0].note


def test_a_small_group_hides_all_totals_and_the_answer_says_so(context):
    context.tables["scale_moments"] = table(MEANS)
    section = distributions.scales(context)
    assert section.answer.startswith("Groups with fewer than 5 respondents")
    assert not {"1.23", "2.50", "3.75"} & set(cells(section))


ANSWER = {"wave": "w2", "construct": "S", "reverse": 0, "n": 40, "share": 0.1, "count": 1}


def test_categories_name_codes_and_no_counts(context):
    context.tables["answers"] = table([
        {**ANSWER, "group": g, "item": "q1", "code": k, "note": note}
        for g in ("a", "b", "c") for k, note in ((1, ""), (2, "sparse"), (3, "empty"))
    ])  # fmt: skip
    section = distributions.categories(context)
    assert section.answer == (
        "Some answers were given by nobody: q1 (Group a: 3); q1 (Group c: 3)."
    )
    assert cells(section)[:6] == ["q1", "Group a", "Wording of q1", "40", "3", "2"]
    assert "Group b" not in cells(section)
    context.tables["answers"] = table(
        [{**ANSWER, "group": "a", "item": "q1", "code": 1, "note": ""}]
    )
    assert "five times or more" in distributions.categories(context).answer


NORMAL = {"wave": "w2", "scale": "all", "items": 2, "n": 50, "df": 4, "p": 0.2, "note": ""}


def test_heavy_tails_are_named(context):
    context.tables["normality"] = table([
        {**NORMAL, "group": g, "statistic": s, "est": 1, "test": t}
        for g, z in (("a", 6.5), ("c", -6.5))
        for s, t in (("skewness_corrected", 3), ("kurtosis_corrected", z))
    ])  # fmt: skip
    item = {"wave": "w2", "item": "q2", "n": 50}
    context.tables["item_moments"] = table(
        [
            {**item, "group": "c", "note": "few_answers;peaked"},
            {**item, "group": "b", "note": "skewed"},
        ]
    )
    section = distributions.normality(context)
    assert section.answer == (
        "Far from normal by skew or kurtosis: q2 (Group c). "
        "Taken together, answers are not normal (Group a): robust statistics are needed."
    )


CORRELATION = {"wave": "w2", "ci_lower": 0.3, "ci_upper": 0.5, "polychoric": "", "note": ""}


CORRELATIONS = [
    {**CORRELATION, "group": "all", "kind": "scale", "name": "S", "with": "T", "n": 90,
     "pearson": -0.4},
    {**CORRELATION, "group": "a", "kind": "scale", "name": "S", "with": "T", "n": 40,
     "pearson": 0.77},
    {**CORRELATION, "group": "all", "kind": "item", "name": "q1", "with": "q2", "n": 90,
     "pearson": 0.8, "polychoric": 0.93},
]  # fmt: skip


def test_correlations_stand_in_a_triangle(large):
    large.tables["correlations"] = table(CORRELATIONS)
    section = relations.correlations(large)
    assert section.answer == (
        "Of the scales, Sleep and Trust go together most: r = −.40 [.30, .50]. "
        "Items that ask nearly the same (polychoric correlation of .90 or more): q1–q2 (.93)."
    )
    assert cells(section)[:8] == ["1. Sleep", "–", "–", "", "2. Trust", "–", "–", "−.40"]
    for row in large.tables["flow"].where(group="b"):
        row["n_out"] = "4"
    section = relations.correlations(large)
    assert section.answer.startswith("Groups with fewer than 5 respondents")
    assert "−.40" not in cells(section)
    assert ".77" in cells(section)


DIFFERENCE = {
    "scale": "S", "items": 3, "n_first": 50, "n_second": 40, "mean_first": 3, "mean_second": 3.4,
    "difference": 0.4, "statistic": "g", "est": 0.5, "ci_lower": 0.1, "ci_upper": 0.9, "test": 2.5,
    "df": 80, "df2": "", "p": 0.01, "p_adj": 0.02, "note": "", "wave": "w2", "group": "all",
}  # fmt: skip


def test_small_groups_are_in_no_comparison(context):
    context.tables["differences"] = table([
        {**DIFFERENCE, "comparison": "pair", "first": "a", "second": "c"},
        {**DIFFERENCE, "comparison": "pair", "first": "a", "second": "b", "est": 1.23},
        {**DIFFERENCE, "comparison": "pair", "first": "a", "second": "c", "n_second": 3, "est": 2.34},
    ])  # fmt: skip
    section = relations.group_differences(context)
    assert section.answer.startswith(
        "1 of 1 comparisons of two groups are significant; the largest difference: Sleep, Group c "
        "against Group a, g = 0.50 [0.10, 0.90]. A difference of means"
    )
    assert not {"1.23", "2.34"} & set(cells(section))


def test_changes_of_small_groups_are_not_shown(context):
    one = {**DIFFERENCE, "comparison": "waves", "first": "w1", "second": "w2", "statistic": "g_av"}
    context.tables["differences"] = table([
        {**one, "group": "a"}, {**one, "group": "b", "est": 1.23},
        {**one, "group": "c", "n_first": 4, "n_second": 4, "est": 2.34},
        {**one, "group": "a", "statistic": "g_z", "est": 3.45},
    ])  # fmt: skip
    section = relations.wave_differences(context)
    assert section.answer.startswith("From w1 to w2 these changed (g): Sleep, Group a (0.50).")
    assert not {"1.23", "2.34", "3.45"} & set(cells(section))
    context.tables["differences"] = table([{**one, "group": "a", "p_adj": 0.4}])
    assert relations.wave_differences(context).answer == (
        "No scale changed significantly from w1 to w2."
    )


CLUSTER = {"wave": "w2", "kind": "scale", "name": "S", "n": 50, "clusters": 20, "size_min": 1,
           "size_median": 3, "size_max": 9, "icc": 0.12, "ci_lower": 0.02, "ci_upper": 0.3,
           "deff": 1.8, "note": "few_clusters"}  # fmt: skip


def test_clusters_say_what_they_cost(context):
    assert "names no cluster" in units.clusters(context).answer
    context.tables["clusters"] = table([
        {**CLUSTER, "group": "a"}, {**CLUSTER, "group": "b", "deff": 9.87},
        {**CLUSTER, "group": "c", "icc": "", "deff": "", "note": "singles"},
    ])  # fmt: skip
    section = units.clusters(context)
    assert section.answer == (
        "Clusters inflate the variance of a scale's mean by a factor of up to 1.80 "
        "(Sleep, Group a: ICC(1) = .12 [.02, .30])."
    )
    assert "Fewer than 50 clusters" in section.blocks[0].note
    assert "9.87" not in cells(section)


AGREEMENT = {
    "wave": "w2", "items": 3, "n": 50, "projects": 20, "singles": 1, "raters": 2.5, "rwg_uniform": 0.9,
    "rwg_uniform_share": 1, "rwg_skewed": 0.8, "rwg_skewed_share": 0.7, "icc1": 0.3, "icc1_lower": 0.1,
    "icc1_upper": 0.5, "icc2": 0.75, "p": 0.001, "lacking": "", "note": "", "earned": 1,
}  # fmt: skip


def test_averaging_is_earned_or_says_what_is_lacking(context):
    assert "names no project" in units.agreement(context).answer
    context.tables["agreement"] = table([
        {**AGREEMENT, "scale": "S", "group": "a"},
        {**AGREEMENT, "scale": "T", "group": "a", "earned": 0, "lacking": "rwg_skewed;icc2"},
        {**AGREEMENT, "scale": "T", "group": "b"},
    ])  # fmt: skip
    section = units.agreement(context)
    assert section.answer.endswith("are earned for 1 of 2 scales and groups: Sleep (Group a).")
    assert "not earned: rwg (skewed), ICC(2)" in cells(section)
    nobody = {**AGREEMENT, "scale": "S", "group": "a", "earned": "", "note": "singles", "n": 0}
    context.tables["agreement"] = table([nobody])
    assert units.agreement(context).answer == (
        "It cannot be said: each project has one respondent only."
    )


INFORMANT = {"wave": "w2", "scale": "S", "items": 3, "projects": 20, "mean_first": 3, "mean_second": 3,
             "ci_lower": 0.1, "ci_upper": 0.6, "q1": "", "q3": "", "note": ""}  # fmt: skip


def test_informants_of_small_groups_are_not_shown(context):
    context.tables["informants"] = table([
        {**INFORMANT, "first": "a", "second": second, "statistic": s, "est": est}
        for second, est in (("c", 0.41), ("b", 0.98)) for s in ("pearson", "icc_a1")
    ])  # fmt: skip
    section = units.informants(context)
    assert section.answer == (
        "Two groups agree most on Sleep (Group a, Group c): ICC(A,1) = .41 [.10, .60]. "
        "Below .50: 1 of 1 comparisons."
    )
    assert ".98" not in cells(section)


def test_every_section_of_a_finished_run_has_an_answer(finished):
    """A study without clusters and projects, and with two groups and waves of a panel."""
    page = (finished.folder / "results/report/index.html").read_text(encoding="utf-8")
    chapter = page[page.index('id="description"') : page.index('id="reliability"')]
    answers = dict(re.findall(r'<section id="([\w-]+)" class="section[^>]*>.*?class="answer">(.*?)</p>',
                              chapter, flags=re.S))  # fmt: skip
    wanted = ["response", "scale-means", "answers", "categories", "normality", "correlations",
              "group-differences", "wave-differences", "clusters", "agreement", "missing", "mcar",
              "attrition", "weights"]  # fmt: skip
    assert list(answers) == wanted
    assert "names no cluster" in answers["clusters"]
    assert "names no project" in answers["agreement"]
    assert answers["group-differences"].startswith("0 of 3 comparisons")
