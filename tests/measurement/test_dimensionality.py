"""KMO, Bartlett, parallel analysis, MAP and exploratory factors, against psych and GPArotation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_data import ALL_ITEMS, FOLDER, SCALES, close, frozen, holes, leadership
from surveysem.job import generator
from surveysem.measurement import correlations as cor
from surveysem.measurement import exploratory as efa
from surveysem.measurement import factorability, retention
from surveysem.measurement.dimensionality import (
    DIMENSION_COLUMNS,
    EXPLORATORY_COLUMNS,
    dimensionality,
)
from surveysem.measurement.polychoricdraws import influences, resampled_polychoric
from surveysem.sem.ordinal import ordinal_moments

FROZEN = frozen("measurement", "dimensionality")
CASES = FROZEN["cases"]
SOLUTIONS = [(case, k) for case, found in CASES.items() for k in range(len(found["efa"]))]
each_case = pytest.mark.parametrize("case", CASES)


def matrix(case: str) -> np.ndarray:
    return np.array(CASES[case]["R"])


def parallel(R, n, scores=None, draws=1000):
    rng = np.random.default_rng(5)
    return retention.parallel_analysis(
        R, n, np.ones(len(R)) if scores is None else scores, draws, rng
    )


def aligned(ours, theirs):
    """Which of our factors is each of theirs, and with which sign."""
    at = np.abs(ours.T @ theirs).argmax(axis=0)
    assert sorted(at) == list(range(theirs.shape[1]))
    return at, np.sign((ours[:, at] * theirs).sum(axis=0))


def tables(table, factors, groups=("all",), draws=100):
    def rng_for(name):
        return generator(1, name)

    found = dimensionality(table, model="m", wave="w", groups=list(groups), factors=factors,
                           draws=draws, rng_for=rng_for)  # fmt: skip
    assert found["dimensionality"].columns.tolist() == DIMENSION_COLUMNS
    assert found["exploratory"].columns.tolist() == EXPLORATORY_COLUMNS
    return found


def value(table, statistic, **where):
    found = table[table["statistic"] == statistic]
    for column, wanted in where.items():
        found = found[found[column] == wanted]
    return found["est"].item()


def planted(n=600, seed=1, swapped=False) -> tuple[pd.DataFrame, dict]:
    """Three correlated factors of four items, five answers; swapped: item b4 measures c."""
    rng = np.random.default_rng(seed)
    F = rng.standard_normal((n, 3)) @ np.linalg.cholesky(0.7 * np.eye(3) + 0.3).T
    factors = {c: [f"{c}{k}" for k in range(1, 5)] for c in "abc"}
    data = {}
    for j, (_, items) in enumerate(factors.items()):
        for item in items:
            source = 2 if swapped and item == "b4" else j
            latent = 0.75 * F[:, source] + 0.66 * rng.standard_normal(n)
            data[item] = np.searchsorted([-1.5, -0.5, 0.5, 1.5], latent) + 1.0
    return pd.DataFrame(data), factors


# Against psych -----------------------------------------------------------------------------------


@each_case
def test_kmo_and_bartlett_against_psych(case):
    theirs = CASES[case]
    overall, each = factorability.kmo(matrix(case))
    assert close(overall, theirs["kmo"])
    assert close(each, theirs["kmo_item"])
    chisq, df, p = factorability.bartlett(matrix(case), theirs["n"])
    assert close(chisq, theirs["chisq"], 1e-9)
    assert df == theirs["df"]
    assert close(p, theirs["p"], 1e-9)


@each_case
def test_parallel_analysis_picks_as_many_factors_as_psych(case):
    theirs = CASES[case]["parallel"]
    ours = parallel(matrix(case), CASES[case]["n"])
    for kind in retention.KINDS:
        assert close(ours.real[kind], theirs[f"real_{kind}"], 1e-9)
        assert ours.factors(kind, "p95") == theirs[kind]
        # both are percentiles of 1,000 draws
        assert close(ours.p95[kind][:3], theirs[f"p95_{kind}"][:3], 0.03)


def test_polychoric_parallel_analysis_picks_as_many_factors_as_psych():
    theirs = FROZEN["polychoric"]
    ours = cor.correlations([leadership(rows=400).to_numpy()], ALL_ITEMS, cor.POLYCHORIC)
    assert close(ours.R, theirs["R"], 1e-4)
    found = parallel(ours.R, ours.n, ours.scores)
    assert (found.factors("pc", "p95"), found.factors("paf", "p95")) == (
        theirs["pc"],
        theirs["paf"],
    )


@each_case
def test_average_partials_against_psych(case):
    theirs = CASES[case]["map"]
    assert close(retention.average_partials(matrix(case))[1 : len(theirs) + 1], theirs)


@pytest.mark.parametrize(("name", "power"), [("two", 2), ("four", 4)])
def test_average_partials_against_regressions(name, power):
    """By the definition: correlations of residuals, also for the fourth power."""
    ours = retention.average_partials(leadership(rows=120).corr().to_numpy(), power)
    assert close(ours, FROZEN["partials"][name])


@pytest.mark.parametrize(("case", "k"), SOLUTIONS)
def test_oblimin_solution_against_psych(case, k):
    theirs = CASES[case]["efa"][k]
    ours = efa.explore(matrix(case), theirs["factors"])
    L = np.array(theirs["loadings"])
    at, sign = aligned(ours.loadings, L)
    assert close(ours.loadings[:, at] * sign, L)
    assert close(ours.phi[np.ix_(at, at)] * np.outer(sign, sign), theirs["phi"])
    assert close(ours.communalities, theirs["communalities"])
    L = np.array(theirs["psych_loadings"])  # fa() stops its rotation at a gradient of 1e-5
    at, sign = aligned(ours.loadings, L)
    assert close(ours.loadings[:, at] * sign, L, 5e-5)


# Correlations --------------------------------------------------------------------------------------


def test_correlations_are_of_the_pairs_answered():
    x = holes(leadership(rows=200))
    assert close(cor.correlations([x.to_numpy()], ALL_ITEMS, cor.PEARSON).R, x.corr(), 1e-12)
    assert close(x.corr(), CASES["leadership_holes"]["R"], 1e-12)


def test_correlations_within_groups_take_the_groups_means_out():
    """As cov2cor of the summed cross products around each group's means (R)."""
    table = pd.read_csv(FOLDER / "measurement" / "holzinger_swineford.csv")
    samples = [d.drop(columns="school").to_numpy(float) for _, d in table.groupby("school")]
    names = list(table.columns.drop("school"))
    assert close(cor.correlations(samples, names, cor.PEARSON).R, FROZEN["within"], 1e-12)
    moved = [samples[0], samples[1] + 100]
    assert close(cor.correlations(moved, names, cor.PEARSON).R, FROZEN["within"], 1e-9)


def test_resampled_correlations_are_those_of_the_rows_drawn():
    samples = [holes(leadership(rows=150)).to_numpy(), leadership(rows=90).to_numpy()]
    counts = cor.bootstrap_counts(samples, 5, np.random.default_rng(1))
    assert [int(c.sum()) for c in counts] == [5 * 150, 5 * 90]
    found = np.concatenate(list(cor.resampled_pearson(samples, counts)))
    for k in range(5):
        drawn = [x[np.repeat(np.arange(len(x)), w[k].astype(int))]
                 for x, w in zip(samples, counts, strict=True)]  # fmt: skip
        assert close(found[k], cor.pearson(drawn, ALL_ITEMS)[0], 1e-9)


@pytest.mark.parametrize("missing", [False, True])
def test_influences_on_polychoric_correlations_are_what_a_heavier_row_does(missing):
    names = [*SCALES["TSIG"], "LEAD01"]
    x = leadership(names, rows=80)
    x = (holes(x) if missing else x).to_numpy()
    rho, rows = influences(x, names)
    every, at = np.ones(4, dtype=bool), np.tril_indices(4, -1)

    def weighted(row, by):
        weights = np.ones(80)
        weights[row] += by
        return ordinal_moments(
            x, names, every, missing="pairwise", gamma=False, weights=weights
        ).cov[at]

    assert close(rho, weighted(0, 0.0), 1e-9)
    for row in (0, 7, 33, 79):
        assert close(rows[row], (weighted(row, 0.01) - weighted(row, -0.01)) / 0.02, 2e-6)


def test_resampled_polychoric_correlations_spread_as_refitted_ones_do():
    x = leadership(SCALES["TSIG"], rows=300).to_numpy()
    counts = cor.bootstrap_counts([x], 400, np.random.default_rng(2))
    names = SCALES["TSIG"]
    linear = np.concatenate(list(resampled_polychoric([x], names, counts)))
    refitted = np.array([
        cor.polychoric([x[np.repeat(np.arange(len(x)), w.astype(int))]], names)[0]
        for w in counts[0]
    ])  # fmt: skip
    low = np.tril_indices(3, -1)
    one, other = linear[:, *low], refitted[:, *low]
    assert close(one.std(axis=0) / other.std(axis=0), np.ones(3), 0.05)
    assert (np.corrcoef(one.T, other.T)[:3, 3:].diagonal() > 0.97).all()


def test_random_polychoric_eigenvalues_are_those_of_shuffled_answers():
    x = leadership(rows=300).to_numpy().copy()
    rng = np.random.default_rng(3)
    shuffled = []
    for _ in range(40):
        y = np.column_stack([rng.permutation(column) for column in x.T])
        shuffled.append(retention.descending(cor.polychoric([y], ALL_ITEMS)[0]))
    scores = cor.correlations([x], ALL_ITEMS, cor.POLYCHORIC).scores
    ours = retention.random_correlations(300, scores, 400, rng)
    plain = retention.random_correlations(300, np.ones(19), 400, rng)
    theirs, mean = np.mean(shuffled, axis=0), retention.descending(ours).mean(axis=0)
    assert close(mean[:8], theirs[:8], 0.01)
    assert (np.abs(retention.descending(plain).mean(axis=0) - theirs)[:3] > 0.02).all()


def test_random_correlations_are_those_of_normal_data():
    rng = np.random.default_rng(4)
    ours = retention.random_correlations(50, np.ones(4), 20_000, rng)
    assert close(ours[:, 0, 1].std(), 1 / 7, 0.01)  # 1 / sqrt(n - 1)
    made = np.array([np.corrcoef(rng.standard_normal((4, 50))) for _ in range(20_000)])
    assert close(
        retention.descending(ours).mean(axis=0), retention.descending(made).mean(axis=0), 0.005
    )


@pytest.mark.parametrize(("answers", "basis"), [
    ([1, 2, 3, 4, 5, 1, 2, 3, 4, 5], "pearson"),
    ([1, 2, 3, 4, 4, 3, 2, 1, 2, 3], "polychoric"),  # four categories
    ([1] * 30 + [2, 3, 4, 5], "polychoric"),  # skewed
])  # fmt: skip
def test_basis_follows_the_rule_of_the_estimator(answers, basis):
    assert cor.basis_for([np.array(answers, dtype=float)[:, None]]) == basis


# Closed forms --------------------------------------------------------------------------------------


@given(st.floats(0.05, 0.9), st.integers(3, 8))
def test_kmo_of_equal_correlations(r, p):
    """All partial correlations of equal correlations r are r / (1 + (p - 2) r)."""
    R = np.full((p, p), r)
    np.fill_diagonal(R, 1.0)
    partial = r / (1 + (p - 2) * r)
    overall, each = factorability.kmo(R)
    assert close(overall, r**2 / (r**2 + partial**2), 1e-9)
    assert close(each, np.full(p, overall), 1e-9)


@given(st.integers(1, 30))
def test_most_factors_leave_degrees_of_freedom(p):
    k = efa.most_factors(p)
    assert k == 0 or (p - k) ** 2 >= p + k
    assert (p - k - 1) ** 2 < p + k + 1 or k + 1 >= p


def test_cut_normal_variables_keep_two_over_pi_of_their_variance():
    assert close(cor.score_variance(np.array([0.0])), 2 / np.pi, 1e-12)
    assert cor.score_variance(np.linspace(-3, 3, 200)) > 0.999


# What the tables say -------------------------------------------------------------------------------


def test_planted_factors_are_found_and_matched():
    data, factors = planted()
    found = tables(data, factors)
    d = found["dimensionality"]
    for name in ("pc_p95", "paf_p95", "pc_mean", "map", "map4"):
        assert value(d, f"factors_{name}", basis="pearson") == 3
    e = found["exploratory"]
    assert set(e["solution"]) == {"constructs;parallel_pc;parallel_paf"}
    assert "elsewhere" not in set(e["statistic"])
    own = e[(e["statistic"] == "loading") & (e["construct"] == e["factor"])]
    assert len(own) == 12
    assert (own["est"] > 0.55).all()
    between = e[e["statistic"] == "factor_correlation"]["est"]
    assert (between.between(0.15, 0.45)).all()


def test_an_item_that_loads_elsewhere_is_named():
    data, factors = planted(swapped=True)
    e = tables(data, factors)["exploratory"]
    named = e[e["statistic"] == "elsewhere"]
    assert named["item"].tolist() == ["b4"]
    assert named["factor"].item() == "c"
    assert named["note"].item() == "elsewhere"
    assert named["est"].item() > 0.5


def test_a_cross_loading_is_told_from_a_larger_one():
    own = [("A",), ("B",)]
    assert efa.elsewhere(np.array([0.60, 0.31]), own, "A") == (0, 1)
    assert efa.elsewhere(np.array([0.60, -0.29]), own, "A") is None
    assert efa.elsewhere(np.array([0.10, -0.20]), own, "A") == (0, 1)  # largest there
    assert efa.elsewhere(np.array([0.5]), [("A",)], "A") is None


def test_fewer_factors_than_constructs_are_shared():
    data, factors = planted()
    mine = {item: c for c, items in factors.items() for item in items}
    R = data.corr().to_numpy()
    solution, owners = efa.matched(efa.explore(R, 1), list(data), mine)
    assert owners == [("a", "b", "c")]
    assert efa.factor_names(owners) == ["a+b+c"]
    assert (solution.loadings > 0).all()
    _, owners = efa.matched(efa.explore(R, 4), list(data), mine)
    assert owners == [("a",), ("b",), ("c",), ()]
    assert efa.factor_names(owners)[3] == "F4"


def test_groups_alone_and_together():
    data, factors = planted()
    data["group"] = np.where(np.arange(len(data)) % 2, "north", "south")
    data.loc[data["group"] == "north", factors["a"]] += 5  # a difference is no correlation
    d = tables(data, factors, ("south", "north"))["dimensionality"]
    assert d["group"].unique().tolist() == ["south", "north", "all"]
    assert value(d, "factors_pc_p95", basis="pearson", group="all") == 3
    assert set(d[d["group"] == "all"]["n"]) == {600}


def test_the_same_seed_gives_the_same_tables():
    data, factors = planted(n=100)
    one, other = tables(data, factors), tables(data, factors)
    pd.testing.assert_frame_equal(one["dimensionality"], other["dimensionality"])


# Where it cannot be computed -------------------------------------------------------------------------


def notes(found, name="dimensionality"):
    table = found[name]
    return set(table[table["statistic"] == "not_computed"]["note"])


def test_an_item_without_variance_in_a_group_is_left_out_in_words():
    data, factors = planted()
    data["group"] = np.where(np.arange(len(data)) % 2, "north", "south")
    data.loc[data["group"] == "north", "a1"] = 3.0
    d = tables(data, factors, ("south", "north"))["dimensionality"]
    out = d[d["statistic"] == "left_out"]
    assert set(out["group"]) == {"north", "all"}
    assert set(out["note"]) == {"no_variance: a1"}
    assert value(d, "factors_pc_p95", basis="pearson", group="north") == 3


def test_perfectly_correlated_items_end_in_words():
    data, factors = planted()
    data["b2"] = 2 * data["b1"] + 1
    found = tables(data, factors)
    assert "perfect_correlation: b1 and b2" in notes(found)
    assert "perfect_correlation: b1 and b2" in notes(found, "exploratory")


def test_fewer_respondents_than_items_end_in_words():
    data, factors = planted(n=12)
    assert notes(tables(data, factors)) == {"few_respondents: 12 for 12 items"}


def test_no_answers_end_in_words():
    data, factors = planted(n=50)
    data[:] = np.nan
    found = tables(data, factors)
    assert notes(found) == {"few_items: 0 with answers that differ"}
    assert (found["dimensionality"]["statistic"] == "left_out").sum() == 24
    data["group"] = "south"
    assert notes(tables(data, factors, ("north",))) == {"few_items: 0 with answers that differ"}


def test_a_pair_that_nobody_answered_ends_in_words():
    data, factors = planted(n=200)
    data.loc[:99, "a1"] = np.nan
    data.loc[100:, "c2"] = np.nan
    assert notes(tables(data, factors)) == {"few_answers: 0 answered both a1 and c2"}


def test_two_items_have_no_exploratory_factors():
    data, _ = planted(n=200)
    found = tables(data, {"a": ["a1", "a2"]})
    assert notes(found, "exploratory") == {"no_df: 1 factors of 2 items"}
    assert close(value(found["dimensionality"], "kmo", basis="pearson", item=""), 0.5, 1e-12)


def test_a_heywood_case_is_marked():
    R = np.array([[1.0, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]])
    assert efa.explore(R, 1).problem.startswith("heywood")
