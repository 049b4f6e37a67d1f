"""HTMT, latent correlations and loadings elsewhere, against semTools and lavaan."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_data import FOLDER, SCALES, close, frozen, holes, leadership
from surveysem.job import generator
from surveysem.measurement import correlations as cor
from surveysem.measurement import htmt, latent
from surveysem.measurement.distinctness import distinctness
from surveysem.measurement.wave import VALIDITY_COLUMNS, measure
from surveysem.models import attempt
from surveysem.sem import fit

FROZEN = frozen("measurement", "distinctness")
ONE = ("all",)
HS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
HALVES = {
    "first": [f"LEAD0{k}" for k in range(1, 5)],
    "second": [f"LEAD0{k}" for k in range(5, 9)],
}
PART = {"LEAD": SCALES["LEAD"][:4], "TSIG": SCALES["TSIG"]}
CASES = {"leadership": SCALES, "halves": HALVES, "schools": HS}
each_case = pytest.mark.parametrize("case", CASES)


def schools() -> pd.DataFrame:
    path = FOLDER / "measurement" / "holzinger_swineford.csv"
    return pd.read_csv(path).rename(columns={"school": "group"})


def data_of(case: str) -> pd.DataFrame:
    return {
        "leadership": leadership,
        "halves": lambda: leadership(SCALES["LEAD"], rows=300),
        "schools": schools,
    }[case]()


def made(table, factors, groups=ONE, draws=100):
    def rng_for(name):
        return generator(1, name)

    found = distinctness(table, model="m", wave="w", groups=list(groups), factors=factors,
                         draws=draws, rng_for=rng_for)  # fmt: skip
    assert found.columns.tolist() == VALIDITY_COLUMNS
    return found


def modelled(table, factors, groups=ONE):
    """Tables of the factor model."""
    if "group" not in table:
        table = table.assign(group="all")
    table = table.assign(respondent=[f"r{k}" for k in range(len(table))])
    return measure(table, model="m", wave="w", groups=list(groups), estimator="ML",
                   factors=factors, categories={i: 7 for own in factors.values() for i in own})  # fmt: skip


@pytest.fixture(scope="module")
def results():
    return {case: made(data_of(case), factors) for case, factors in CASES.items()}


def statistic(table, name, group="all"):
    return table[(table["statistic"] == name) & (table["group"] == group)]


def notes(found, name):
    return set(statistic(found, name)["note"])


# Against semTools ----------------------------------------------------------------------------------


@each_case
@pytest.mark.parametrize("name", ["htmt", "htmt2", "htmt_polychoric", "htmt2_polychoric"])
def test_ratios_against_semtools(results, case, name):
    if name not in FROZEN[case]:
        assert case == "schools"  # its items have more than 10 values
        return
    theirs = FROZEN[case][name]
    mine = statistic(results[case], name).set_index(["construct", "with"])["est"]
    keys = list(zip(theirs["construct"], theirs["with"], strict=True))
    assert len(keys) == len(mine)
    assert close(mine.loc[keys], theirs["est"], 1e-6 if "poly" not in name else 2e-5)


@pytest.mark.parametrize("case", ["holes", "Pasteur", "Grant-White"])
def test_ratio_of_complete_rows_and_of_schools_against_semtools(case):
    if case == "holes":
        theirs, factors = frozen("measurement", "leadership")["holes"]["htmt"], PART
        items = [i for part in PART.values() for i in part]
        table = holes(leadership(items, rows=300)).dropna()
    else:
        theirs, factors = frozen("measurement", "schools")["schools"][case]["htmt"], HS
        table = schools()
        table = table[table["group"] == case].drop(columns="group")
    names = [item for items in factors.values() for item in items]
    at = htmt.places(factors, names)
    mine = htmt.ratios(table[names].corr().to_numpy(), list(at.values()), geometric=False)
    keyed = dict(zip(combinations(at, 2), mine, strict=True))
    assert close([keyed[key] for key in zip(theirs["construct"], theirs["with"], strict=True)],
          theirs["est"])  # fmt: skip


@each_case
@pytest.mark.parametrize("cut", [0.85, 0.90])
def test_correlations_held_at_a_cut_against_semtools(case, cut):
    theirs, factors = FROZEN[case][f"held_{100 * cut:.0f}"], CASES[case]
    result = fit(latent.unit_text(factors), data_of(case))
    mine = latent.latent_correlations(result.standardized(), list(factors)).set_index(["a", "b"])
    seen = 0
    for k, key in enumerate(zip(theirs["construct"], theirs["with"], strict=True)):
        r = mine.loc[key]
        assert close([r["est"], r["ci_lower"], r["ci_upper"]],
              [theirs["est"][k], theirs["ci_lower"][k], theirs["ci_upper"][k]], 2e-5)  # fmt: skip
        if abs(theirs["est"][k]) < cut:
            chisq, p, why = latent.held_at(result, factors, key, r["est"], cut)
            assert why == ""
            assert close(chisq, theirs["chisq"][k], 1e-5)
            assert close(p, theirs["p"][k] / 2, 1e-5)
            seen += 1
    assert seen or case == "halves"


@pytest.mark.parametrize("estimator", ["ML", "MLM"])
@pytest.mark.parametrize("cut", [0.85, 0.9, 0.95])
def test_correlations_on_both_sides_of_a_cut_against_lavaan(estimator, cut):
    result = fit(latent.unit_text(HALVES), data_of("halves"), estimator=estimator)
    est = latent.latent_correlations(result.standardized(), list(HALVES))["est"].item()
    chisq, p, _ = latent.held_at(result, HALVES, ("first", "second"), est, cut)
    assert close(chisq, FROZEN["halves_held"][estimator][f"{cut:g}"], 1e-4)
    assert (p < 0.5) == (est < cut)


@each_case
def test_expected_loadings_against_lavaan(case):
    theirs = pd.DataFrame(FROZEN[case]["cross"]).set_index(["item", "construct"])
    table = data_of(case).drop(columns="group", errors="ignore")
    cross = modelled(table, CASES[case])["cross_loadings"]
    items = [item for part in CASES[case].values() for item in part]
    assert cross["item"].unique().tolist() == items
    for name, column in (("expected_loading", "est"), ("mi", "mi")):
        mine = cross[cross["statistic"] == name].set_index(["item", "with"])["est"]
        assert close(mine, theirs.loc[mine.index, column], 2e-4)
    largest = theirs["est"].abs().groupby("item").max()
    mine = cross[cross["statistic"] == "expected_loading"]
    assert close(mine["est"].abs().groupby(mine["item"]).max().loc[items], largest[items], 2e-4)


# Intervals -----------------------------------------------------------------------------------------


def test_bootstrap_interval_is_that_of_the_ratios_of_resampled_rows():
    table = holes(leadership(rows=200))
    names = list(table.columns)
    at = htmt.places(SCALES, names)
    x = table.to_numpy()
    counts = cor.bootstrap_counts([x], 60, np.random.default_rng(3))
    found = htmt.with_intervals(
        table.corr().to_numpy(), at, lambda: cor.resampled_pearson([x], counts)
    )
    naive = {name: [] for name in htmt.RATIOS}
    for w in counts[0]:
        R = table.iloc[np.repeat(np.arange(200), w.astype(int))].corr().to_numpy()
        for name in htmt.RATIOS:
            naive[name].append(htmt.ratios(R, list(at.values()), name == "htmt2"))
    for name in htmt.RATIOS:
        assert close(found[name].lower, np.quantile(naive[name], 0.025, axis=0), 1e-9)
        assert close(found[name].upper, np.quantile(naive[name], 0.975, axis=0), 1e-9)
        assert found[name].used.tolist() == [60, 60, 60]


def test_intervals_hold_the_truth_about_as_often_as_they_claim():
    rng = np.random.default_rng(11)
    lam, phi, held = 0.7, 0.6, {name: 0 for name in htmt.RATIOS}
    at = {"a": [0, 1, 2], "b": [3, 4, 5]}
    for _ in range(200):
        F = rng.multivariate_normal([0, 0], [[1, phi], [phi, 1]], 150)
        x = lam * np.repeat(F, 3, axis=1) + np.sqrt(1 - lam**2) * rng.standard_normal((150, 6))
        counts = cor.bootstrap_counts([x], 200, rng)
        found = htmt.with_intervals(
            np.corrcoef(x.T), at, lambda x=x, counts=counts: cor.resampled_pearson([x], counts)
        )
        for name, r in found.items():
            held[name] += bool(r.lower[0] <= phi <= r.upper[0])
    for name in htmt.RATIOS:
        assert 0.89 <= held[name] / 200 <= 0.99


def test_the_same_seed_gives_the_same_rows(results):
    again = made(data_of("schools"), HS)
    pd.testing.assert_frame_equal(again, results["schools"])


# Closed forms --------------------------------------------------------------------------------------

shares = st.lists(st.floats(0.1, 0.95), min_size=2, max_size=8)


@given(shares, shares, st.floats(0.05, 0.95), st.booleans(), st.booleans())
def test_ratios_of_equal_loadings_are_the_latent_correlation(first, second, phi, turned, geometric):
    """Of parallel items each ratio is the correlation of the two constructs without its sign."""
    lam = np.repeat([first[0], second[0]], [len(first), len(second)])
    which = np.repeat([0, 1], [len(first), len(second)])
    r = -phi if turned else phi
    R = np.outer(lam, lam) * np.where(which[:, None] == which, 1.0, r)
    np.fill_diagonal(R, 1.0)
    at = [np.flatnonzero(which == 0), np.flatnonzero(which == 1)]
    assert close(htmt.ratios(R, at, geometric), [phi], 1e-9)


@given(shares, shares, st.floats(0.05, 0.95))
def test_htmt2_is_the_latent_correlation_of_congeneric_items_of_one_size(first, second, phi):
    """Geometric means undo unequal loadings where all pairs weigh the same: two items a construct."""
    lam = np.array([*first[:2], *second[:2]])
    R = np.outer(lam, lam) * np.kron([[1, phi], [phi, 1]], np.ones((2, 2)))
    np.fill_diagonal(R, 1.0)
    assert close(htmt.ratios(R, [[0, 1], [2, 3]], geometric=True), [phi], 1e-9)


def test_uncorrelated_constructs_have_ratios_of_zero():
    R = np.kron(np.eye(2), np.full((2, 2), 0.5)) + 0.5 * np.eye(4)
    for geometric in (False, True):
        assert close(htmt.ratios(R, [[0, 1], [2, 3]], geometric), [0.0], 1e-12)


def test_ratios_of_many_matrices_at_once():
    R = np.array([leadership(rows=n).corr().to_numpy() for n in (50, 100, 200)])
    at = list(htmt.places(SCALES, [i for items in SCALES.values() for i in items]).values())
    for geometric in (False, True):
        one_by_one = [htmt.ratios(one, at, geometric) for one in R]
        assert close(htmt.ratios(R, at, geometric), one_by_one, 1e-12)


@pytest.mark.parametrize(("upper", "word"), [
    (1.0, "severe"), (0.95, "moderate"), (0.9, "moderate"), (0.85, "marginal"), (0.79, "none"),
    (-0.1, "none"),
])  # fmt: skip
def test_classes_of_the_upper_limit(upper, word):
    assert latent.overlap(upper) == word


def test_upper_limit_of_the_size_follows_the_sign():
    assert latent.upper_size(0.5, 0.4, 0.6) == 0.6
    assert latent.upper_size(-0.5, -0.6, -0.4) == 0.6


def test_one_sided_p_of_a_correlation_below_a_cut():
    assert close(latent.below(0.85 - 1.6448536 * 0.05, 0.05, 0.85), 0.05)
    assert close(latent.below(-(0.85 - 1.6448536 * 0.05), 0.05, 0.85), 0.05)
    assert close(latent.below(0.85, 0.05, 0.85), 0.5)
    assert np.isnan(latent.below(0.5, 0.0, 0.85))


def test_fornell_and_larcker_compare_the_smaller_ave():
    loadings = {"a": np.array([0.8, 0.8]), "b": np.array([0.6, 0.6]), "c": np.array([1.0])}
    assert close(latent.fornell_larcker(loadings, "a", "b", 0.5), 0.36 - 0.25, 1e-12)
    assert np.isnan(latent.fornell_larcker(loadings, "a", "c", 0.5))


def test_holm_against_a_worked_example():
    """Holm (1979): smallest p times 4, next times 3, never falling."""
    assert close(latent.holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02], 1e-12)


# What the table says -------------------------------------------------------------------------------


def test_close_scales_are_tested_against_the_cuts(results):
    found = modelled(data_of("halves"), HALVES)["validity"]
    assert statistic(found, "latent_upper")["note"].item() == "moderate"
    assert statistic(found, "p_below_100")["est"].item() < 0.01
    assert statistic(results["halves"], "p_chisq_85")["est"].item() > 0.9  # .914 lies above
    assert statistic(results["leadership"], "chisq_85").empty  # no doubt that a test could settle


def test_an_item_of_another_construct_is_named():
    table = schools().drop(columns="group")
    table["x4"] += 0.3 * table["x1"]
    cross = modelled(table, HS)["cross_loadings"]
    named = cross[cross["note"] == "elsewhere"]
    assert ("x4", "visual") in set(zip(named["item"], named["with"], strict=True))


def test_groups_alone_and_together():
    table = schools()
    moved = table.copy()
    items = [i for part in HS.values() for i in part]
    moved.loc[moved["group"] == "Pasteur", items] += 10
    found = made(table, HS, ("Pasteur", "Grant-White"))
    again = made(moved, HS, ("Pasteur", "Grant-White"))
    for group in ("Pasteur", "Grant-White", "all"):
        assert close(statistic(found, "htmt", group)["est"], statistic(again, "htmt", group)["est"])
    assert set(statistic(found, "htmt", "all")["n"]) == {301}


# Where it cannot be computed -------------------------------------------------------------------------


def test_single_items_have_no_ratio():
    factors = {"LEAD": SCALES["LEAD"], "TSIG": ["TSIG02"]}
    few = {"few_items: two constructs of two items each are needed"}
    assert notes(made(leadership(), factors), "htmt") == few
    found = modelled(leadership(), factors)["validity"]
    assert np.isfinite(statistic(found, "p_below_85")["est"].item())
    assert np.isnan(statistic(found, "fornell_larcker")["est"].item())


def test_one_construct_has_nothing_to_be_distinct_from():
    found = made(leadership(), {"TSIG": SCALES["TSIG"]})
    assert notes(found, "htmt") == {"few_items: two constructs of two items each are needed"}
    assert statistic(found, "chisq").empty


def test_an_item_without_variance_is_left_out_of_ratios_and_stops_the_model():
    table = leadership(rows=300)
    table["TSIG01"] = 3.0
    found = made(table, SCALES)
    assert notes(found, "left_out") == {"no_variance: TSIG01"}
    assert len(statistic(found, "htmt")) == 3
    assert "TSIG01" in statistic(found, "chisq")["note"].item()


def test_perfectly_correlated_items_end_in_words():
    table = leadership(rows=300)
    table["TSIG02"] = table["TSIG01"]
    found = made(table, SCALES)
    cross = modelled(table, SCALES)["cross_loadings"]
    assert cross["statistic"].tolist() == ["not_computed"]
    assert cross["note"].item().startswith(("not_fitted", "inadmissible"))
    assert np.isfinite(statistic(found, "htmt")["est"]).all()
    assert statistic(found, "chisq")["note"].item().startswith("not_fitted")


def test_fewer_respondents_than_items_end_in_words():
    found = made(leadership(rows=15), SCALES)
    assert statistic(found, "chisq")["note"].item().startswith("not_fitted")


def test_no_answers_end_in_words():
    table = leadership(rows=30)
    table[:] = np.nan
    found = made(table, SCALES)
    assert len(statistic(found, "left_out")) == 19
    assert notes(found, "htmt") == {"few_items: two constructs of two items each are needed"}
    assert len(statistic(found, "chisq")) == 1


def test_items_of_many_answers_have_no_polychoric_ratios(results):
    assert notes(results["schools"], "htmt_polychoric") == {
        "many_categories: x1 has 35 different answers"
    }
    assert len(statistic(results["schools"], "htmt")) == 3


def test_an_absent_group_ends_in_words():
    found = made(schools(), HS, ("Pasteur", "Elsewhere"))
    assert statistic(found, "chisq", "Elsewhere")["note"].item() == "no_data: Elsewhere"
    assert len(statistic(found, "left_out", "Elsewhere")) == 9


def test_unit_text_is_the_marker_model_in_other_units():
    data = data_of("schools")
    ours = fit(latent.unit_text(HS), data)
    other = attempt("\n".join(f"{c} =~ {'+'.join(i)}" for c, i in HS.items()), data, ["all"]).fit
    assert close(ours.chisq, other.chisq, 1e-6)
