"""Effect sizes of differences, against base R; groups and waves."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reference_data import SCALES, frozen, leadership
from surveysem.description.differences import group_differences, wave_differences
from surveysem.description.effects import (
    NOTHING,
    hedges_factor,
    noncentral_f,
    noncentral_t,
    paired,
    several_groups,
    two_groups,
)

NAN = np.nan
R = frozen("description", "relations")["differences"]


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    """Mean scores and company, in the order of the file."""
    items = SCALES["LEAD"] + SCALES["HOSTILE"]
    frame = leadership([*items, "COMPID"])
    return pd.DataFrame(
        {"score": frame[SCALES["LEAD"]].mean(axis=1), "other": frame[SCALES["HOSTILE"]].mean(axis=1),
         "company": frame["COMPID"]}
    )  # fmt: skip


def of_companies(scores: pd.DataFrame, start: int, stop: int) -> np.ndarray:
    wanted = scores["company"].unique()[start:stop]
    return scores.loc[scores["company"].isin(wanted), "score"].to_numpy()


def said(effect) -> list[float]:
    """Estimate, test, df, interval and p."""
    return [effect.est, effect.test, effect.df, effect.ci_lower, effect.ci_upper, effect.p]


def of_r(theirs) -> list:
    """The same of R, to compare with."""
    exact = [pytest.approx(theirs[k], rel=1e-9, abs=1e-12) for k in ("est", "test", "df")]
    interval = [pytest.approx(bound, rel=1e-7, abs=1e-7) for bound in theirs["ci"]]
    return [*exact, *interval, pytest.approx(theirs["p"], rel=1e-8)]


# Effect sizes ---------------------------------------------------------------------------


def test_two_groups_against_r(scores):
    """t.test for both tests; d * J with the noncentral t interval by pt and uniroot."""
    x, y = of_companies(scores, 0, 3), of_companies(scores, 3, 9)
    assert said(two_groups(x, y)) == of_r(R["two"])
    assert said(two_groups(x[:4], y[:3])) == of_r(R["small"])


def test_paired_against_r(scores):
    """t.test(paired = TRUE), pt and uniroot; Algina and Keselman's interval."""
    x, y = scores["score"].to_numpy()[:90], scores["other"].to_numpy()[:90]
    found, theirs = paired(x, y), R["paired"]
    for name, key in (("g_z", "z"), ("g_av", "av")):
        test = {k: theirs[k] for k in ("test", "df", "p")}
        assert said(found[name]) == of_r({"est": theirs[key][0], "ci": theirs[key][1:], **test})


def test_several_groups_against_r(scores):
    """aov, oneway.test, and pf with uniroot; once with a lower bound of zero."""
    for name, which in (("several", list(range(8))), ("alike", [0, 3, 8])):
        groups = [of_companies(scores, k, k + 1) for k in which]
        found = several_groups(groups)
        assert said(found) == of_r(R[name])
        assert found.df2 == pytest.approx(R[name]["df2"], rel=1e-9)


def test_effects_against_pingouin(scores):
    import pingouin

    x, y = of_companies(scores, 0, 3), of_companies(scores, 3, 9)
    found = two_groups(x, y)
    welch = pingouin.ttest(y, x, correction=True)
    assert found.test == pytest.approx(float(welch["T"].iloc[0]), rel=1e-9)
    approximate = pingouin.compute_effsize(y, x, eftype="hedges")  # 1 - 3 / (4 N - 9) for J
    assert found.est == pytest.approx(float(approximate), rel=1e-4)


@pytest.mark.parametrize(("t", "df"), [(2.3, 10), (-12.0, 398), (0.0, 5), (37.0, 1300), (0.5, 3)])
def test_noncentral_t_leaves_its_tails(t, df):
    low, high = noncentral_t(t, df)
    assert stats.nct.sf(abs(t), df, low if t >= 0 else -high) == pytest.approx(0.025, abs=1e-8)
    assert stats.nct.cdf(abs(t), df, high if t >= 0 else -low) == pytest.approx(0.025, abs=1e-8)


@pytest.mark.parametrize(("f", "df1", "df2"), [(8.0, 5, 20), (3.0, 2, 1000), (500.0, 2, 1e5)])
def test_noncentral_f_leaves_its_tails(f, df1, df2):
    low, high = noncentral_f(f, df1, df2)
    assert stats.ncf.cdf(f, df1, df2, high) == pytest.approx(0.025, abs=1e-6)
    if low > 0:
        assert stats.ncf.cdf(f, df1, df2, low) == pytest.approx(0.975, abs=1e-6)
    else:
        assert stats.f.cdf(f, df1, df2) <= 0.975


def test_hedges_factor_has_its_closed_form():
    """J(2) = 1 / sqrt(pi), since gamma(1/2) = sqrt(pi); and 1 - 3 / (4 df - 1) far out."""
    assert hedges_factor(2) == pytest.approx(1 / np.sqrt(np.pi))
    assert hedges_factor(500) == pytest.approx(1 - 3 / (4 * 500 - 1), rel=1e-6)


def test_the_interval_of_g_covers():
    """95 % of the intervals hold the true difference of .5 SD (n = 20 and 35)."""
    rng, held = np.random.default_rng(6), 0
    for _ in range(2000):
        found = two_groups(rng.normal(size=20), rng.normal(0.5, 1, 35))
        held += found.ci_lower < 0.5 < found.ci_upper
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("x", "y"), [([], [1.0, 2]), ([1.0], [1.0, 2]), ([2.0, 2], [3.0, 3, 3])])
def test_what_has_no_effect_size(x, y):
    assert two_groups(np.array(x), np.array(y)) is NOTHING
    assert several_groups([np.array(x), np.array(y), np.array([1.0, 4])]) is NOTHING
    assert paired(np.array([1.0, 2]), np.array([2.0, 3]))["g_z"] is NOTHING
    assert paired(np.array([1.0]), np.array([2.0]))["g_av"] is NOTHING


# Tables ---------------------------------------------------------------------------------


def wave(seed: int, who: range, shift: float = 0.0) -> pd.DataFrame:
    """Three groups, two items of scale S (group c was asked the first only), one of T."""
    rng = np.random.default_rng(seed)
    n = len(who)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 3)) + shift, columns=["q1", "q2", "q3"])
    frame["group"] = [("a", "b", "c")[k % 3] for k in who]
    frame["respondent"] = [f"r{k}" for k in who]
    frame.loc[frame["group"] == "c", "q2"] = NAN
    return frame


PAIRS = [
    {"scale": "S", "first": "a", "second": "b", "items": ["q1", "q2"]},
    {"scale": "S", "first": "a", "second": "c", "items": ["q1"]},
    {"scale": "S", "first": "b", "second": "c", "items": ["q1"]},
    {"scale": "T", "first": "a", "second": "b", "items": ["q3"]},
]
ENTRIES = [
    {"scale": "S", "group": "all", "groups": ["a", "b", "c"], "items": ["q1"]},
    {"scale": "S", "group": "a", "groups": ["a"], "items": ["q1", "q2"]},
    {"scale": "T", "group": "all", "groups": ["a", "b"], "items": ["q3"]},
]


def test_groups_are_compared_by_the_items_that_both_were_asked():
    table = wave(1, range(90))
    found = group_differences(table, "w1", PAIRS, ENTRIES)
    pairs = found[found["comparison"] == "pair"]
    assert pairs[["n_first", "n_second", "items"]].to_numpy().tolist() == [
        [30, 30, 2], [30, 30, 1], [30, 30, 1], [30, 30, 1]
    ]  # fmt: skip
    a, b = (table[table["group"] == g] for g in "ab")
    x, y = (part[["q1", "q2"]].mean(axis=1).to_numpy() for part in (a, b))
    assert pairs.iloc[0]["difference"] == pytest.approx(y.mean() - x.mean())
    assert pairs.iloc[0]["p"] == pytest.approx(stats.ttest_ind(x, y, equal_var=False).pvalue)
    whole = found[found["comparison"] == "groups"]
    assert whole["scale"].tolist() == ["S"]  # T was asked of two groups: their pair says it
    assert whole["n_first"].tolist() == [90]


def test_p_values_are_adjusted_over_the_pairs_of_a_wave():
    """Holm by hand: sorted p times 4, 3, 2, 1, and never falling."""
    found = group_differences(wave(2, range(90)), "w1", PAIRS, ENTRIES)
    pairs = found[found["comparison"] == "pair"]
    order = pairs["p"].sort_values()
    by_hand = np.minimum(np.maximum.accumulate(order.to_numpy() * [4, 3, 2, 1]), 1)
    assert pairs.loc[order.index, "p_adj"].to_numpy() == pytest.approx(by_hand)
    whole = found[found["comparison"] == "groups"]
    assert whole["p_adj"].tolist() == whole["p"].tolist()  # a family of its own


CHANGES = [
    {"scale": "S", "group": "a", "groups": ["a"], "items": ["q1", "q2"], "first": "w1",
     "second": "w2", "reworded": ["q2"]},
    {"scale": "T", "group": "a", "groups": ["a"], "items": ["q3"], "first": "w1", "second": "w2",
     "reworded": []},
]  # fmt: skip


def test_a_panel_compares_the_same_respondents():
    tables = {"w1": wave(3, range(90)), "w2": wave(4, range(60, 150), 0.5)}
    found = wave_differences(tables, CHANGES, panel=True)
    assert found["statistic"].tolist() == ["g_av", "g_z"] * 2
    assert set(found["n_first"]) == set(found["n_second"]) == {10}  # of group a in both
    one, two = (t.set_index("respondent") for t in tables.values())
    both = [f"r{k}" for k in range(60, 90, 3)]
    x, y = (t.loc[both, ["q1", "q2"]].mean(axis=1).to_numpy() for t in (one, two))
    assert found.loc[0, "p"] == pytest.approx(stats.ttest_rel(x, y).pvalue)
    assert found.loc[0, "note"] == "reworded: q2"
    assert set(found["wave"]) == {"w2"}
    p = found.drop_duplicates("scale")["p"].to_numpy()  # two effect sizes of a scale are one test
    by_hand = np.sort(p) * [2, 1]
    assert sorted(set(found["p_adj"].round(12))) == pytest.approx(
        sorted(set(np.minimum(np.maximum.accumulate(by_hand), 1).round(12)))
    )


def test_samples_of_their_own_are_compared_as_groups_are():
    tables = {"w1": wave(3, range(90)), "w2": wave(4, range(60, 150), 0.5)}
    found = wave_differences(tables, CHANGES, panel=False)
    assert found["statistic"].tolist() == ["g", "g"]
    assert set(found["n_first"]) == {30}


def test_waves_and_groups_that_cannot_be_compared_say_so():
    tables = {"w1": wave(3, range(90)), "w2": wave(4, range(200, 230))}
    found = wave_differences(tables, CHANGES, panel=True)  # nobody stayed
    assert (
        found["note"].tolist()
        == ["too_few_or_constant; reworded: q2"] * 2 + ["too_few_or_constant"] * 2
    )
    assert found["p_adj"].isna().all()
    found = group_differences(wave(1, range(3)), "w1", PAIRS, ENTRIES)
    assert set(found["note"]) == {"too_few_or_constant"}
    assert group_differences(wave(1, range(9)), "w1", [], []).empty
    assert wave_differences(tables, [], panel=True).empty
