"""The ladder of invariance, against semTools; the search, on data whose truth is known.

Reference values: tests/reference/measurement/ladder.R.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from reference_data import FOLDER
from surveysem.measurement import invariance
from surveysem.measurement.categories import joined, ready
from surveysem.measurement.effectsize import dmacs, graded, linear
from surveysem.measurement.estimator import choose
from surveysem.measurement.ladder import Groups, Waves, column, levels
from surveysem.measurement.scales import in_one_wave, over_waves
from surveysem.measurement.search import climb
from surveysem.sem import simulate

ITEMS = ["a", "b", "c", "d"]
LADDER = json.loads((FOLDER / "measurement" / "ladder.json").read_text(encoding="utf-8"))
CUTS = [-1.0, 0.0, 1.0]


def answers(*, ordinal: bool) -> pd.DataFrame:
    data = pd.read_csv(FOLDER / "measurement" / "ladder.csv")
    if not ordinal:
        return data
    numbers = data.drop(columns="group").apply(lambda x: np.searchsorted(CUTS, x).astype(float))
    return numbers.assign(group=data["group"])


def over_groups(*, ordinal: bool) -> Groups:
    items = [column(i, 1) for i in ITEMS]
    how = "WLSMV" if ordinal else "ML"
    data = answers(ordinal=ordinal)
    return Groups(data, {"f": items}, list(data["group"].unique()), how)


def over_time(*, ordinal: bool) -> Waves:
    data = answers(ordinal=ordinal).drop(columns="group")
    return Waves(data, "f", ITEMS, 3, "WLSMV" if ordinal else "ML")


@pytest.mark.parametrize("ordinal", [False, True])
@pytest.mark.parametrize("make", [over_groups, over_time])
def test_every_level_agrees_with_semtools(make, ordinal):
    name = ("groups" if make is over_groups else "waves") + ("_ordinal" if ordinal else "")
    design, after = make(ordinal=ordinal), None
    assert len(design.steps) == len(LADDER[name])
    for level, theirs in zip(design.steps, LADDER[name], strict=True):
        tried = design.fit(level, after=after)
        after = tried.fit
        ours = tried.fit.measures
        assert ours["df"] == theirs["df"], level
        for key, tolerance in (("chisq", 1e-3), ("chisq.scaled", 1e-2), ("srmr", 1e-4)):
            if key in theirs:
                value = ours[key.replace(".", "_")]
                assert value == pytest.approx(theirs[key], abs=tolerance), (level, key)
        assert ours["cfi"] == pytest.approx(theirs["cfi"], abs=1e-4)


# The search ------------------------------------------------------------------------------------------


def population(seed: int, *, loading=0.0, intercept=0.0, groups=2, n=600, ordinal=False):
    """One factor, five items; the third differs in the last group."""
    parts = []
    for g in range(groups):
        last = g == groups - 1
        text = "f =~ " + " + ".join(
            f"{0.8 - loading * (last and k == 3)}*y{k}" for k in range(1, 6)
        )
        text += "\nf ~~ 1*f\n" + f"y3 ~ {intercept * last}*1\n"
        text += "\n".join(f"y{k} ~~ .4*y{k}" for k in range(1, 6))
        part = simulate(text, n, 10 * seed + g)
        if ordinal:
            part = part.apply(lambda y: np.searchsorted([-1.2, -0.4, 0.4, 1.2], y).astype(float))
        parts.append(part.assign(group=f"g{g}"))
    return pd.concat(parts, ignore_index=True)


def found_in(data: pd.DataFrame, estimator: str) -> list[tuple[str, str]]:
    items = [f"y{k}" for k in range(1, 6)]
    design = Groups(data, {"f": items}, list(data["group"].unique()), estimator)
    return [(f.level, f.item) for f in climb(design).findings]


@pytest.mark.parametrize("estimator", ["MLR", "WLSMV"])
@pytest.mark.parametrize("groups", [2, 3])
def test_the_item_that_differs_is_named_and_no_other(estimator, groups):
    ordinal = estimator == "WLSMV"
    low = population(3, loading=0.4, groups=groups, ordinal=ordinal)
    assert found_in(low, estimator) == [("metric", "y3")]
    moved = population(4, intercept=0.5, groups=groups, ordinal=ordinal)
    assert found_in(moved, estimator) == [("scalar", "y3")]


@pytest.mark.parametrize("estimator", ["MLR", "WLSMV"])
def test_without_a_difference_nothing_is_named(estimator):
    assert found_in(population(8, ordinal=estimator == "WLSMV"), estimator) == []


def test_half_of_a_scale_stays_equal_or_the_level_fails():
    data = population(5)
    for k, shift in ((1, 1.0), (2, -1.0), (3, 2.0), (4, -2.0)):
        data.loc[data["group"] == "g1", f"y{k}"] += shift
    items = [f"y{k}" for k in range(1, 6)]
    ladder = invariance.assess(Groups(data, {"f": items}, ["g0", "g1"], "MLR"))
    table = ladder.tables["comparable"].iloc[0]
    assert (table["paths"], table["means"]) == ("yes", "no")
    assert table["reason"] == "fails: scalar"
    freed = ladder.tables["noninvariance"]
    assert freed["freed"].sum() == 2
    assert freed["freed"].iloc[-1] == 0


def test_a_level_holds_by_the_limits_of_its_sample():
    """Chen (2007): of groups up to 300, and more; SRMR has another for loadings."""
    assert invariance.limits("metric", 300) == {"cfi": -0.005, "rmsea": 0.010, "srmr": 0.025}
    assert invariance.limits("strict", 301) == {"cfi": -0.010, "rmsea": 0.015, "srmr": 0.010}
    moved = {"cfi": -0.007, "rmsea": 0.001, "srmr": 0.026}
    assert not invariance.holds("metric", moved, 300)
    assert invariance.holds("metric", moved, 301)
    assert invariance.holds("metric", moved | {"srmr": 0.024}, 300)


def test_tables_say_what_was_freed_and_by_how_much():
    found = invariance.assess(
        Groups(
            population(4, intercept=0.5), {"f": [f"y{k}" for k in range(1, 6)]}, ["g0", "g1"], "MLR"
        )
    )
    item = found.tables["noninvariance"].iloc[0]
    pooled = population(4, intercept=0.5).groupby("group")["y3"].std().mean()
    assert item["dmacs"] == pytest.approx(0.5 / pooled, abs=0.1)
    assert item["dmacs_signed"] > 0
    rows = found.tables["invariance"].set_index(["level", "statistic"])["est"]
    assert rows["scalar", "holds_by_test"] == 0
    assert rows["scalar_partial", "holds_by_test"] == 1
    limits = [rows[level, f"limit_{k}"] for level in ("metric", "scalar_partial")
              for k in ("cfi", "rmsea", "srmr")]  # fmt: skip
    assert limits == [-0.010, 0.015, 0.030, -0.010, 0.015, 0.010]  # 600 a group: Chen 2007
    means = found.tables["latent_means"].set_index("level")["est"]
    assert abs(means["scalar_partial"]) < 0.15  # the truth is zero
    assert means["scalar"] > means["scalar_partial"]


# Over waves ------------------------------------------------------------------------------------------


def panel() -> dict[str, pd.DataFrame]:
    data = answers(ordinal=False)
    ids = [f"r{k}" for k in range(len(data))]
    return {
        f"w{w}": pd.DataFrame({i: data[column(i, w)] for i in ITEMS} | {"respondent": ids})
        .assign(group="all")
        .iloc[: len(data) - 40 * (w - 1)]
        for w in (1, 2, 3)
    }


def plan(**asked) -> list[dict]:
    many = dict.fromkeys(ITEMS, 7)
    return [{"scale": "F", "group": "all", "items": ITEMS, "categories": many, "waves": asked}]


@pytest.mark.parametrize("same_people", [True, False])
def test_an_item_that_moves_between_waves_is_named(same_people):
    waves = dict.fromkeys(("w1", "w2", "w3"), ITEMS)
    found = over_waves(
        panel(), scales=plan(**waves), estimator="auto", panel=same_people, changed={}
    )
    assert set(found["noninvariance"]["item"]) == {"c"}
    row = found["comparable"].iloc[0]
    assert (row["paths"], row["means"], row["freed"]) == ("yes", "partial", "c")
    assert (row["across"], row["within"], row["members"]) == ("wave", "all", "w1;w2;w3")


@pytest.mark.parametrize("same_people", [True, False])
def test_an_item_asked_in_other_words_is_not_compared(same_people):
    waves = dict.fromkeys(("w1", "w2", "w3"), ITEMS)
    found = over_waves(
        panel(), scales=plan(**waves), estimator="auto", panel=same_people,
        changed={"w3": ["c"]},
    )  # fmt: skip
    assert found["noninvariance"].empty
    assert found["comparable"].iloc[0]["means"] == "yes"


def test_an_item_that_one_wave_did_not_ask():
    waves = {"w1": ITEMS, "w2": ITEMS, "w3": ["a", "b", "d"]}
    tables = panel()
    tables["w3"] = tables["w3"].assign(c=np.nan)
    found = over_waves(tables, scales=plan(**waves), estimator="auto", panel=True, changed={})
    assert found["comparable"].iloc[0][["paths", "means"]].tolist() == ["yes", "yes"]
    assert found["joined"].empty


# Edges -----------------------------------------------------------------------------------------------


def in_wave(data, items, **more):
    received = pd.DataFrame({"respondent": data["respondent"], "language": ""})
    entry = {"scale": "F", "groups": ["g0", "g1"], "items": items,
             "categories": dict.fromkeys(items, 7)}  # fmt: skip
    return in_one_wave(
        data, received, wave="w", scales=[entry], estimator="auto", by=["group"], **more
    )


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda d: d, ""),
        (lambda d: d.assign(y1=d["y2"]), "not_fitted"),
        (
            lambda d: d.assign(y1=np.nan, y2=np.nan, y3=np.nan, y4=np.nan, y5=np.nan),
            "too_few_items",
        ),
        (lambda d: d.groupby("group").head(4), "not_fitted"),
    ],
)
def test_what_cannot_be_compared_ends_in_words(change, note):
    data = population(1, n=60).assign(respondent=[str(k) for k in range(120)])
    found = in_wave(change(data), [f"y{k}" for k in range(1, 6)])
    notes = found["invariance"].loc[found["invariance"]["statistic"] == "not_computed", "note"]
    assert (note == "") == notes.empty
    assert all(n.startswith((note, "level_before")) for n in notes)
    if note:
        assert found["comparable"].iloc[0]["paths"] == "no"


def test_two_items_by_themselves_are_not_identified():
    data = population(1, n=60).assign(respondent=[str(k) for k in range(120)])
    found = in_wave(data, ["y1", "y2"])
    assert found["comparable"].iloc[0]["reason"] == "too_few_items: 2"


def test_languages_of_the_questionnaire_are_compared():
    data = population(4, intercept=0.6).assign(group="g0")
    data["respondent"] = [str(k) for k in range(len(data))]
    received = pd.DataFrame(
        {"respondent": data["respondent"], "language": ["en"] * 600 + ["zh"] * 600}
    )
    items = [f"y{k}" for k in range(1, 6)]
    entry = {"scale": "F", "groups": ["g0"], "items": items, "categories": dict.fromkeys(items, 7)}
    found = in_one_wave(data, received, wave="w", scales=[entry], estimator="auto", by=["group"])
    row = found["comparable"].iloc[0]
    assert (row["across"], row["members"], row["freed"]) == ("language", "en;zh", "y3")


def test_an_answer_that_a_group_never_gave_is_joined_with_its_neighbour():
    table = pd.DataFrame(
        {"x": [1, 2, 3, 4, 5, 2, 3, 4, 4, 3], "g": list("aaaaabbbbb")}, dtype=object
    )
    table["x"] = table["x"].astype(float)
    found, log = joined(table, ["x"], "g", ["a", "b"])
    assert sorted(found["x"].unique()) == [2, 3, 4]
    assert found["x"].tolist() == [2, 2, 3, 4, 4, 2, 3, 4, 4, 3]
    assert set(map(tuple, log.to_numpy())) == {("x", 1.0, 2.0, "b"), ("x", 5.0, 4.0, "b")}


def test_an_item_with_one_answer_in_a_group_is_left_out_by_name():
    table = pd.DataFrame({"x": [1.0, 2, 3, 3], "y": [1.0, 2, 1, 2], "g": list("aabb")})
    _, kept, log = ready(table, ["x", "y"], "g", ["a", "b"], "WLSMV")
    assert kept == ["y"]
    assert log[["item", "member"]].to_numpy().tolist() == [["x", "b"]]


@pytest.mark.parametrize(
    ("fewest", "names"),
    [
        (None, ["configural", "metric", "scalar", "strict"]),
        (2, ["configural", "scalar"]),
        (3, ["configural", "metric", "scalar", "strict"]),
        (5, ["configural", "thresholds", "metric", "scalar", "strict"]),
    ],
)
def test_levels_follow_the_number_of_categories(fewest, names):
    assert list(levels(fewest)) == names


def test_two_categories_climb_from_configural_to_scalar():
    data = population(2, intercept=0.8, ordinal=False)
    items = [f"y{k}" for k in range(1, 6)]
    data[items] = (data[items] > 0).astype(float)
    design = Groups(data, {"f": items}, ["g0", "g1"], "WLSMV")
    found = climb(design)
    assert [r.level for r in found.rungs] == ["configural", "scalar"]
    assert [f.item for f in found.findings] == ["y3"]


# Effect sizes ----------------------------------------------------------------------------------------


def test_dmacs_of_lines_has_a_closed_form():
    """The gap a + b f over f ~ N(m, v) has mean a + b m and mean square (a + b m)^2 + b^2 v."""
    size, signed = dmacs(linear(0.8, 0.1), linear(0.5, 0.4), 0.3, 1.2, 1.5)
    a, b, m, v = 0.3, -0.3, 0.3, 1.2
    assert size == pytest.approx(np.sqrt((a + b * m) ** 2 + b**2 * v) / 1.5)
    assert signed == pytest.approx((a + b * m) / 1.5)


def test_expected_ordinal_answers_have_a_closed_form_for_two_categories():
    """P(y = 1) over f ~ N(0, 1) is Phi((nu - tau) / sqrt(theta + lambda^2))."""
    half = graded(0.7, 0.2, 0.9, np.array([0.5]), np.array([0.0, 1.0]))
    nothing = linear(0.0, 0.0)
    _, mean = dmacs(nothing, half, 0.0, 1.0, 1.0)
    assert mean == pytest.approx(norm.cdf((0.2 - 0.5) / np.sqrt(0.9 + 0.49)), abs=1e-8)


# The estimator ---------------------------------------------------------------------------------------


def skewed(n: int = 200) -> pd.DataFrame:
    """x has a long tail in group h; y has none."""
    tail = [1.0] * (n - 8) + [5.0] * 8
    even = [1.0, 2.0, 3.0, 4.0, 5.0] * (n // 5)
    g = pd.DataFrame({"x": even, "y": even, "z": even, "group": "g"})
    return pd.concat([g, g.assign(x=tail, group="h")], ignore_index=True)


@pytest.mark.parametrize(
    ("categories", "groups", "asked", "chosen", "reason", "item"),
    [
        ({"x": 5, "y": 5}, ["g", "h"], "auto", "WLSMV", "skew", "x"),
        ({"x": 5, "y": 5}, ["g"], "auto", "MLR", "continuous", "x"),
        ({"y": 5}, ["g", "h"], "auto", "MLR", "continuous", "y"),
        ({"y": 5, "z": 4}, ["g", "h"], "auto", "WLSMV", "few_categories", "z"),
        ({"x": 5, "y": 4}, ["g", "h"], "ML", "ML", "configured", ""),
        ({}, ["g", "h"], "auto", "MLR", "continuous", ""),
    ],
)
def test_the_estimator_follows_the_rule(categories, groups, asked, chosen, reason, item):
    found = choose(skewed(), categories, "group", groups, asked).iloc[0]
    assert (found["estimator"], found["reason"], found["item"]) == (chosen, reason, item)
    assert found["alternative"] != found["estimator"]


def test_the_skew_that_decided_stands_beside_its_group():
    found = choose(skewed(), {"x": 5, "y": 5}, "group", ["g", "h"], "auto").iloc[0]
    tail = np.array([1.0] * 192 + [5.0] * 8)
    gap = tail - tail.mean()
    g1 = (gap**3).mean() / (gap**2).mean() ** 1.5
    assert found["member"] == "h"
    assert found["value"] == pytest.approx(
        g1 * np.sqrt(200 * 199) / 198
    )  # Joanes and Gill 1998, G1
