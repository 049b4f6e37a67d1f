"""Clusters, agreement within projects and between groups, against multilevel, psych, lme4."""

import numpy as np
import pandas as pd
import pytest

from reference_data import SCALES, frozen, leadership
from surveysem.description.agreement import agreement_table, null_variances, rwg
from surveysem.description.clusters import cluster_table
from surveysem.description.informants import icc_agreement, informant_table, profiles
from surveysem.description.oneway import oneway

NAN = np.nan
R = frozen("description", "relations")
ITEM = {"construct": "C", "codes": [1, 2, 3, 4, 5], "groups": [], "forms": []}
LEAD = SCALES["LEAD"]


@pytest.fixture(scope="module")
def soldiers() -> pd.DataFrame:
    frame = leadership([*LEAD, "COMPID"])
    frame["score"] = frame[LEAD].mean(axis=1)
    frame["rank"] = frame.groupby("COMPID").cumcount() + 1
    return frame


def unit(frame: pd.DataFrame) -> np.ndarray:
    return frame["COMPID"].to_numpy()


# One-way analysis -----------------------------------------------------------------------


def test_units_of_one_size_against_multilevel_psych_and_lme4(soldiers):
    """multilevel::ICC1, ICC2; psych::statsBy's intervals; REML by lme4::lmer."""
    many = soldiers.groupby("COMPID")["score"].transform("size") >= 12
    even = soldiers[many & (soldiers["rank"] <= 12)]
    found, why = oneway(even["score"].to_numpy(), unit(even))
    theirs = R["balanced"]
    assert why == ""
    assert found.units == theirs["units"]
    assert found.n0 == pytest.approx(12)
    assert found.icc1 == pytest.approx(theirs["icc1"], rel=1e-9)
    assert found.icc2 == pytest.approx(theirs["icc2"], rel=1e-9)
    assert found.icc1 == pytest.approx(theirs["lme4"], abs=1e-5)
    assert found.icc1_interval() == pytest.approx(theirs["ci1"], rel=1e-8)
    assert found.icc2_interval() == pytest.approx(theirs["ci2"], rel=1e-8)
    assert found.f == pytest.approx(theirs["f"], rel=1e-9)
    assert found.p == pytest.approx(theirs["p"], rel=1e-6)
    assert found.design_effect() == pytest.approx(1 + 11 * found.icc1)


def test_units_of_several_sizes_against_r(soldiers):
    """aov with n0 (written out in R), multilevel::ICC2; REML weighs units otherwise."""
    found, _ = oneway(soldiers["score"].to_numpy(), unit(soldiers))
    theirs = R["unbalanced"]
    assert found.icc1 == pytest.approx(theirs["icc1"], rel=1e-9)
    assert found.icc2 == pytest.approx(theirs["icc2"], rel=1e-9)
    assert found.design_effect() == pytest.approx(theirs["deff"], rel=1e-9)
    assert found.icc1 == pytest.approx(theirs["lme4"], abs=0.03)


def test_the_interval_covers_where_sizes_differ():
    """95 % of 2,000 samples of 30 clusters of 2 to 20 hold the true ICC of .15."""
    rng, held = np.random.default_rng(7), 0
    code = np.repeat(np.arange(30), rng.integers(2, 21, 30))
    for _ in range(2000):
        x = np.sqrt(0.15) * rng.normal(size=30)[code] + np.sqrt(0.85) * rng.normal(size=len(code))
        low, high = oneway(x, code)[0].icc1_interval()
        held += low < 0.15 < high
    assert held / 2000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("x", "units", "why"),
    [([], [], "nobody"), ([1.0, 2], ["a", "a"], "one_unit"), ([1.0, 2], ["a", "b"], "singles"),
     ([1.0, 1, 2], ["a", "a", "b"], "constant"), ([3.0] * 4, ["a", "a", "b", "b"], "constant")],
)  # fmt: skip
def test_what_has_no_intraclass_correlation(x, units, why):
    assert oneway(np.array(x), np.array(units, dtype=object)) == (None, why)


# Clusters -------------------------------------------------------------------------------


def test_clusters_of_items_and_scales(soldiers):
    frame = soldiers.assign(group="g", form="", cluster=soldiers["COMPID"].astype(str))
    frame.loc[:99, "cluster"] = ""  # not known: left out
    scale = {"scale": "S", "group": "all", "groups": ["all"], "items": LEAD}
    found = cluster_table(frame, "w1", dict.fromkeys(LEAD, ITEM), ["all"], [scale])
    assert found["kind"].tolist() == ["item"] * 11 + ["scale"]
    row, known = found.iloc[-1], frame[frame["cluster"] != ""]
    assert row["n"] == len(known)
    assert row["icc"] == pytest.approx(oneway(known["score"].to_numpy(), unit(known))[0].icc1)
    sizes = known["COMPID"].value_counts()
    assert row["clusters"] == len(sizes)
    assert row["size_min":"size_max"].tolist() == [sizes.min(), sizes.median(), sizes.max()]
    assert row["note"] == "few_clusters"


def test_clusters_that_say_nothing_are_named():
    frame = pd.DataFrame({"q1": [1.0, 2, NAN, 4], "q2": [NAN] * 4, "q3": [5.0] * 4})
    frame = frame.assign(group="a", form="", cluster=["x", "y", "y", "z"])
    items = dict.fromkeys(["q1", "q2", "q3"], ITEM)
    found = cluster_table(frame, "w1", items, ["a", "b"], []).set_index(["group", "name"])["note"]
    assert found["a"].to_dict() == {"q1": "singles", "q2": "nobody", "q3": "constant"}
    assert set(found["b"]) == {"nobody"}
    one = cluster_table(frame.assign(cluster="x"), "w1", items, ["a"], []).set_index("name")["note"]
    assert one["q1"] == "one_cluster"
    none = cluster_table(frame.assign(cluster=""), "w1", items, ["a"], [])
    assert set(none["note"]) == {"nobody"}


# Agreement ------------------------------------------------------------------------------


def test_rwg_against_multilevel(soldiers):
    """multilevel::rwg.j with ranvar = 2 and 1.34, and rwg of one item."""
    x, theirs = soldiers[LEAD].to_numpy(), R["agreement"]
    items = [ITEM] * len(LEAD)
    for name in ("uniform", "skewed"):
        found = rwg(x, unit(soldiers), null_variances(items, skewed=name == "skewed"))
        np.testing.assert_allclose(found, theirs[name], atol=1e-12)
    single = rwg(soldiers[["LEAD05"]].to_numpy(), unit(soldiers), np.array([1.34]))
    np.testing.assert_allclose(single, theirs["single"], atol=1e-12)
    assert (np.array(theirs["skewed"]) == 0).any()  # some vary more than by chance


def test_rwg_of_a_textbook_case():
    """Three raters with 4, 4, 5 and 3, 4, 4: variance 1/3 each, of 2: s = 1/6, and
    2 (5/6) / (2 (5/6) + 1/6) = 10/11."""
    x = np.array([[4.0, 3], [4, 4], [5, 4], [1, 1]])
    found = rwg(x, np.array(["p", "p", "p", "q"]), np.array([2.0, 2.0]))
    assert found[0] == pytest.approx(10 / 11)
    assert np.isnan(found[1])


def test_null_variances():
    """(A^2 - 1) / 12; published ones for five categories and more; codes need not be 1 to A."""
    items = [
        ITEM,
        {"codes": [0, 1, 2, 3, 4, 5, 6]},
        {"codes": [1, 2, 3, 4]},
        {"codes": [1, 2, 3, 4, 9]},
    ]
    assert null_variances(items, skewed=False) == pytest.approx(
        [2, 4, 15 / 12, np.var([1, 2, 3, 4, 9])]
    )
    assert null_variances(items[:2], skewed=True).tolist() == [1.34, 2.90]
    assert np.isnan(null_variances(items[2:], skewed=True)).all()


def projects(between: float, within: float, raters: int = 8, n: int = 40) -> pd.DataFrame:
    """Answers (not rounded) of raters to three items about n projects."""
    rng = np.random.default_rng(8)
    code = np.repeat(np.arange(n), raters)
    level = 3 + between * rng.normal(size=n)[code]
    frame = pd.DataFrame({f"q{k}": level + within * rng.normal(size=len(code)) for k in (1, 2, 3)})
    return frame.assign(group="a", form="", project=[f"p{k}" for k in code])


SCALE = {"scale": "S", "group": "a", "groups": ["a"], "items": ["q1", "q2", "q3"]}
ITEMS = dict.fromkeys(["q1", "q2", "q3"], ITEM)


def test_averaging_is_earned_by_agreement_and_differences():
    row = agreement_table(projects(0.7, 0.5), "w1", ITEMS, [SCALE]).iloc[0]
    assert (row["earned"], row["lacking"], row["note"]) == (1, "", "")
    assert row[["n", "projects", "singles", "raters"]].tolist() == [320, 40, 0, 8]
    assert row["rwg_uniform"] > row["rwg_skewed"] > 0.7
    assert row["rwg_uniform_share"] == 1


@pytest.mark.parametrize(
    ("between", "within", "lacking"),
    [(0.0, 0.5, "icc1;icc2"), (0.9, 1.3, "rwg_uniform;rwg_skewed"), (0.2, 0.5, "icc2")],
)
def test_averaging_that_is_not_earned_says_what_is_lacking(between, within, lacking):
    raters = 4 if lacking == "icc2" else 8
    row = agreement_table(projects(between, within, raters), "w1", ITEMS, [SCALE]).iloc[0]
    assert row["earned"] == 0
    assert row["lacking"] == lacking


def test_projects_that_say_nothing_are_named():
    frame = projects(0.7, 0.5, raters=1)
    row = agreement_table(frame, "w1", ITEMS, [SCALE]).iloc[0]
    assert (row["n"], row["singles"], row["earned"], row["note"]) == (0, 40, "", "singles")
    row = agreement_table(frame.assign(project=""), "w1", ITEMS, [SCALE]).iloc[0]
    assert row["note"] == "nobody"
    row = agreement_table(frame.assign(project="p"), "w1", ITEMS, [SCALE]).iloc[0]
    assert row["note"] == "one_project"
    assert row["rwg_uniform"] > 0
    short = {name: {**ITEM, "codes": [1, 2, 3]} for name in ITEMS}
    row = agreement_table(projects(0.7, 0.5), "w1", short, [SCALE]).iloc[0]
    assert np.isnan(row["rwg_skewed"])  # no value is published for three categories


# Two groups of informants ---------------------------------------------------------------


def test_agreement_of_two_raters_against_psych(soldiers):
    """psych::ICC, single random raters: half of each company against the other, .2 higher."""
    halves = [
        soldiers[soldiers["rank"] % 2 == side].groupby("COMPID")["score"].mean() for side in (1, 0)
    ]
    x = np.column_stack(halves) + np.array([0, 0.2])
    found, theirs = icc_agreement(x), R["informants"]
    assert found[0] == pytest.approx(theirs["icc"], rel=1e-9)
    assert found[1:] == pytest.approx(theirs["ci"], rel=1e-8)
    assert found[0] < np.corrcoef(x.T)[0, 1]
    import pingouin

    long = pd.DataFrame(x).reset_index().melt("index")
    table = pingouin.intraclass_corr(long, "index", "variable", "value")
    assert found[0] == pytest.approx(float(table["ICC"].iloc[1]), rel=1e-9)


def test_raters_that_agree_wholly():
    assert icc_agreement(np.array([[1.0, 1], [2, 2], [4, 4]]))[0] == 1


def test_profiles_are_compared_without_what_all_projects_share():
    """Both groups rate scale 2 far higher everywhere; beyond that they have nothing in common,
    or just the same."""
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(300, 8)), rng.normal(size=(300, 8))
    shared = np.linspace(0, 20, 8)
    assert np.median(profiles(x + shared, y + shared)) == pytest.approx(0, abs=0.08)
    assert profiles(x + shared, 2 * x + shared) == pytest.approx(np.ones(300))
    x[0, 2:] = NAN
    assert np.isnan(profiles(x, y)[0])


def informants() -> pd.DataFrame:
    one, two = projects(0.7, 0.3, 2), projects(0.7, 0.3, 3).assign(group="b")
    return pd.concat([one, two], ignore_index=True)


def test_informants_by_scale_and_profile():
    frame = informants()
    pairs = [{"scale": s, "first": "a", "second": "b", "items": [q]}
             for s, q in (("S", "q1"), ("T", "q2"), ("U", "q3"))]  # fmt: skip
    found = informant_table(frame, "w1", pairs)
    assert found["statistic"].tolist() == ["pearson", "icc_a1"] * 3 + ["profile"]
    means = frame.groupby(["group", "project"])["q1"].mean()
    assert found.loc[0, "est"] == pytest.approx(np.corrcoef(means["a"], means["b"])[0, 1])
    assert found.loc[0, "est"] > 0.7
    assert set(found["projects"]) == {40}
    assert found.loc[6, "q1"] <= found.loc[6, "est"] <= found.loc[6, "q3"]


def test_informants_that_share_no_project_are_few():
    frame = informants()
    frame.loc[frame["group"] == "b", "project"] += "x"
    found = informant_table(
        frame, "w1", [{"scale": "S", "first": "a", "second": "b", "items": ["q1"]}]
    )
    assert found["note"].tolist() == ["few", "few", "few"]
    assert found["projects"].tolist() == [0, 0, 0]
    assert informant_table(frame, "w1", []).empty
