"""Rivals of facets: what is identified by rank, what is nested by fit, fits against lavaan.

Reference values: tests/reference/measurement/generate_rivals.R.
"""

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
import pytest

from reference_data import FOLDER, frozen, holes
from surveysem.measurement import facets as models
from surveysem.measurement.rivals import COLUMNS, rivals
from surveysem.models import attempt
from surveysem.sem import fit

FROZEN = frozen("measurement", "rivals")
SHAPES = [sizes for f in (2, 3, 4, 5) for sizes in combinations_with_replacement((2, 3, 4), f)]
ONE = ["all"]


def of_sizes(sizes):
    numbers = iter(range(sum(sizes)))
    return {f"F{k}": [f"x{next(numbers)}" for _ in range(n)] for k, n in enumerate(sizes)}


def made(table, facets, *, estimator="ML", groups=ONE, items=None, categories=5):
    items = items or [i for own in facets.values() for i in own]
    samples = [{"group": "all", "groups": list(groups), "items": items}]
    if len(groups) > 1:
        samples += [{"group": g, "groups": [g], "items": items} for g in groups]
    entry = {"scale": "S", "groups": list(groups), "facets": facets, "samples": samples,
             "categories": dict.fromkeys(items, categories)}  # fmt: skip
    table = table if "group" in table else table.assign(group="all")
    found = rivals(table, wave="w", scales=[entry], estimator=estimator)
    assert found.columns.tolist() == COLUMNS
    return found


def value(found, statistic, rival="", with_="", group="all", column="est"):
    return found[(found["statistic"] == statistic) & (found["rival"] == rival)
                 & (found["with"] == with_) & (found["group"] == group)][column].item()  # fmt: skip


# Identification by the rank of the moments' derivatives, at a point taken at random ------------------


def implied(rival, sizes, p):
    """Covariances of the items, lower triangle, of a rival at its parameters p (any length)."""
    k, f = sum(sizes), len(sizes)
    facet = np.repeat(np.eye(f), sizes, axis=0)
    take = iter(p)
    some = lambda n: np.array([next(take) for _ in range(n)])  # noqa: E731
    residuals, loadings = np.diag(some(k)), some(k)
    if rival == "one_factor":
        sigma = np.outer(loadings, loadings)
    elif rival == "bifactor":
        own = facet * some(k)[:, None]
        sigma = np.outer(loadings, loadings) + own @ own.T
    else:
        if rival == "second_order":
            behind = some(f)
            R = np.outer(behind, behind)
        else:
            R = np.zeros((f, f))
            R[np.tril_indices(f, -1)] = some(f * (f - 1) // 2)
            R = R + R.T
        np.fill_diagonal(R, 1)  # the scale of a facet: its variance is one
        L = facet * loadings[:, None]
        sigma = L @ R @ L.T
    return (sigma + residuals)[np.tril_indices(k)]


def parameters(rival, sizes, rng):
    """A point of a rival: residual variances, then loadings, then what relates the facets."""
    k, f = sum(sizes), len(sizes)
    more = {"one_factor": 0, "bifactor": k, "second_order": f, "correlated": f * (f - 1) // 2}[
        rival
    ]
    return np.concatenate(
        [rng.uniform(0.4, 1, k), rng.uniform(0.5, 1, k), rng.uniform(0.3, 0.8, more)]
    )


def rank(rival, sizes, p):
    step = 1e-6
    J = np.column_stack([
        (implied(rival, sizes, p + e) - implied(rival, sizes, p - e)) / (2 * step)
        for e in step * np.eye(len(p))
    ])  # fmt: skip
    singular = np.linalg.svd(J, compute_uv=False)
    return int((singular > 1e-6 * singular[0]).sum())


@pytest.mark.parametrize("rival", models.RIVALS)
def test_the_rules_of_identification_are_those_of_the_rank(rival):
    rng, seen = np.random.default_rng(1), set()
    for sizes in SHAPES:
        p = parameters(rival, sizes, rng)
        identified = rank(rival, sizes, p) == len(p)
        assert identified == (models.unidentified(of_sizes(sizes), rival) == ""), sizes
        seen.add(identified)
    assert seen == ({True} if rival in ("one_factor", "correlated") else {True, False})


def test_the_engine_finds_unidentified_what_the_rules_call_so():
    for sizes, rival in (((3, 3), "second_order"), ((2, 2, 2), "bifactor"), ((3, 3), "bifactor")):
        p = parameters(rival, sizes, np.random.default_rng(2))
        k, facets = sum(sizes), of_sizes(sizes)
        sigma = np.zeros((k, k))
        sigma[np.tril_indices(k)] = implied(rival, sizes, p)
        sigma = pd.DataFrame(sigma + np.tril(sigma, -1).T, columns=[f"x{j}" for j in range(k)])
        found = fit(
            models.text(facets, rival), sample_cov=sigma.set_axis(sigma.columns), sample_nobs=500
        )
        assert "identification" in {p.kind for p in found.problems}, (sizes, rival)


# What is nested, and what is one model ---------------------------------------------------------------


def least(rival, sizes, moments):
    """Chi-square of a rival at a population's moments, n = 500: zero where it reproduces them."""
    k = sum(sizes)
    sigma = np.zeros((k, k))
    sigma[np.tril_indices(k)] = moments
    names = [f"x{j}" for j in range(k)]
    sigma = pd.DataFrame(sigma + np.tril(sigma, -1).T, names, names)
    text = models.text(of_sizes(sizes), rival)
    return fit(text, sample_cov=sigma, sample_nobs=500).chisq


@pytest.mark.parametrize(
    "sizes", [(2, 2), (3, 4), (2, 3, 3), (3, 3, 3), (2, 2, 2, 2), (3, 3, 3, 3)]
)
def test_a_restricted_rival_is_a_case_of_the_freer_one(sizes):
    facets, rng = of_sizes(sizes), np.random.default_rng(3)
    for restricted, free, why in models.pairs(facets):
        three = (restricted, free, len(sizes)) == ("correlated", "bifactor", 3)
        kind = "second_order" if three else restricted  # correlations that a factor makes
        apart = least(free, sizes, implied(kind, sizes, parameters(kind, sizes, rng)))
        assert (apart > 1e-3) == (why == "not_nested"), (restricted, free)
        back = least(restricted, sizes, implied(free, sizes, parameters(free, sizes, rng)))
        assert back > 1e-3, (restricted, free)  # not the other way round


def test_three_facets_have_one_model_in_two_forms():
    rng = np.random.default_rng(4)
    for sizes in ((2, 2, 2), (3, 3, 3), (2, 3, 4)):
        assert models.twin(of_sizes(sizes), "second_order") == "correlated"
        for one, other in (("second_order", "correlated"), ("correlated", "second_order")):
            p = parameters(one, sizes, rng)
            if one == "correlated":  # three correlations that a factor with admissible loadings has
                p[-3:] = 0.5, 0.6, 0.55
            assert least(other, sizes, implied(one, sizes, p)) < 1e-4
    for sizes in ((2, 2), (2, 2, 2, 2)):
        assert models.twin(of_sizes(sizes), "second_order") == ""


def test_no_regular_test_where_the_freer_rival_loses_its_rank():
    for sizes in ((3, 4), (3, 3, 3), (3, 3, 3, 3)):
        k, rng = sum(sizes), np.random.default_rng(5)
        one = parameters("one_factor", sizes, rng)
        at = {("one_factor", "bifactor"): np.concatenate([one, np.zeros(k)])}
        correlated = parameters("correlated", sizes, rng)
        loadings, behind = correlated[k : 2 * k], np.sqrt(0.5)
        at["correlated", "bifactor"] = np.concatenate(
            [correlated[:k], behind * loadings, behind * loadings]
        )
        for restricted, free, why in models.pairs(of_sizes(sizes)):
            if (restricted, free) in at:
                full = rank(free, sizes, at[restricted, free]) == len(at[restricted, free])
                assert full == (why != "no_regular_test"), (sizes, restricted)


def test_squared_loadings_behind_three_facets():
    behind = np.array([0.9, 0.5, 0.7])
    R = np.outer(behind, behind)
    np.testing.assert_allclose(models.second_order_loadings(R), behind**2)


# Against lavaan --------------------------------------------------------------------------------------


def data(name):
    if name == "schools":
        table = pd.read_csv(FOLDER / "measurement" / "holzinger_swineford.csv")
        return table[table["school"] == "Grant-White"].drop(columns="school").reset_index(drop=True)
    if name.startswith("four"):
        return pd.read_csv(FOLDER / "measurement" / "facets.csv", dtype=float)
    table = pd.read_csv(FOLDER / "reliability" / "bifactor.csv", dtype=float)
    return holes(table) if name == "holes" else table


CASES = {"schools": "ML", "holes": "MLR", "ordinal": "WLSMV", "four": "ML", "four_ordinal": "WLSMV"}


def threes(items):
    return {f"Facet {k // 3}": list(items[k : k + 3]) for k in range(0, len(items), 3)}


@pytest.fixture(scope="module")
def against():
    return {name: made(data(name), threes(list(data(name))), estimator=how)
            for name, how in CASES.items()}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_fits_against_lavaan(against, name):
    found, compared = against[name], 0
    for rival, theirs in FROZEN[name]["fits"].items():
        same = found[(found["rival"] == rival) & (found["statistic"] == "equivalent_to")]
        rival = same["note"].item() if len(same) else rival  # lavaan has fitted both
        for measure, expected in theirs.items():
            mine = found[(found["rival"] == rival) & (found["with"] == "")
                         & (found["statistic"] == measure.replace(".", "_"))]["est"]  # fmt: skip
            tolerance = 1e-2 if "scaled" in measure else 1e-3
            if measure == "pvalue" and CASES[name] == "WLSMV":
                continue  # without a scale chi-square has no distribution
            assert mine.item() == pytest.approx(expected, abs=tolerance), (rival, measure)
            compared += 1
    assert compared > 30
    assert ("equivalent_to" in set(found["statistic"])) == (not name.startswith("four"))
    correlations = found[found["statistic"] == "correlation"]["est"].to_numpy()
    np.testing.assert_allclose(correlations, FROZEN[name]["correlations"], atol=1e-3)


@pytest.mark.parametrize("name", [name for name in CASES if name != "holes"])
def test_differences_against_lavaan(against, name):
    found = against[name]
    assert FROZEN[name]["tests"]
    for test in FROZEN[name]["tests"]:
        pair = test["restricted"], test["free"]
        assert value(found, "df_diff", *pair) == test["df_diff"]
        tolerance = 1e-2 if CASES[name] == "WLSMV" else 1e-3
        assert value(found, "chisq_diff", *pair) == pytest.approx(test["chisq_diff"], abs=tolerance)
        assert value(found, "p_diff", *pair) == pytest.approx(test["p_diff"], abs=1e-4)
    shown = found[found["statistic"].isin(["chisq_diff", "not_tested"])]
    facets = threes(list(data(name)))
    assert list(zip(shown["rival"], shown["with"], strict=True)) == [
        p[:2] for p in models.pairs(facets)
    ]


def test_the_bifactor_model_starts_where_it_ends_well():
    """From default starting values its search ends in a negative variance, here and in one school."""
    table, facets = data("schools"), threes([f"x{k}" for k in range(1, 10)])
    assert not attempt(models.text(facets, "bifactor"), table, ONE).usable
    found = made(table, facets)
    assert value(found, "chisq", "bifactor") == pytest.approx(19.658, abs=1e-3)
    assert "inadmissible" not in set(found["statistic"])


# Recovery --------------------------------------------------------------------------------------------


def planted(n, correlation, seed, *, facets=4, per=2):
    """Facets behind which one factor stands, with correlations alike (1: there are no facets)."""
    rng = np.random.default_rng(seed)
    g = rng.standard_normal((n, 1))
    F = np.sqrt(correlation) * g + np.sqrt(1 - correlation) * rng.standard_normal((n, facets))
    x = 0.8 * np.repeat(F, per, axis=1) + 0.6 * rng.standard_normal((n, facets * per))
    table = pd.DataFrame(x, columns=[f"x{j}" for j in range(facets * per)])
    return table, of_sizes((per,) * facets)


def shares(correlation, n=300, samples=60):
    """Share of samples in which each difference is significant at .05."""
    found = [made(*planted(n, correlation, seed)) for seed in range(samples)]
    rows = pd.concat([f[f["statistic"] == "p_diff"] for f in found])
    return (rows["est"] < 0.05).groupby([rows["rival"], rows["with"]]).mean()


def test_a_planted_second_order_is_told_from_one_factor():
    share = shares(0.7)
    assert share["one_factor", "correlated"] > 0.95
    assert share["one_factor", "second_order"] > 0.95
    assert share["second_order", "correlated"] < 0.15


def test_one_factor_is_kept_where_there_are_no_facets():
    """Estimates then go beyond one in most samples; the test is of these unbounded ones."""
    share = shares(1.0)
    assert share["one_factor", "correlated"] < 0.15
    assert share["one_factor", "second_order"] < 0.15
    found = made(*planted(300, 1.0, 1))
    assert "inadmissible" in set(found["statistic"])
    assert value(found, "p_diff", "one_factor", "correlated", column="note") == "improper"


# Groups, and where it cannot be computed -------------------------------------------------------------


def test_groups_together_add_up():
    table, facets = planted(800, 0.6, 7, facets=3, per=3)
    table["group"] = np.where(np.arange(800) % 2, "north", "south")
    found = made(table, facets, groups=("north", "south"))
    for rival in ("one_factor", "correlated"):
        for statistic in ("chisq", "df", "ntotal"):
            parts = [value(found, statistic, rival, group=g) for g in ("north", "south")]
            assert value(found, statistic, rival) == pytest.approx(sum(parts), abs=1e-4)


def test_items_of_no_facet_and_facets_of_one_item_are_left_out():
    table, facets = planted(300, 0.6, 8, facets=3, per=3)
    some = {"F0": facets["F0"], "F1": facets["F1"], "F2": facets["F2"][:1]}
    found = made(table, some, items=list(table))
    left = found[found["statistic"] == "left_out"]["note"].tolist()
    assert left == ["no_facet: x6", "no_facet: x7", "no_facet: x8"]
    assert value(found, "identified", "second_order", column="note") == "two_facets"
    assert value(found, "identified", "bifactor", column="note") == "two_threes"
    assert value(found, "df", "one_factor") == 9


def only_note(found):
    assert "identified" not in set(found["statistic"])
    return found[found["statistic"] == "not_computed"]["note"].item()


def test_one_item_a_facet_has_no_model_of_facets():
    table, _ = planted(300, 0.6, 9)
    assert only_note(made(table, {f"F{k}": [f"x{k}"] for k in range(4)})) == "few_facets: 0"


def test_an_item_without_variance_takes_its_facet_along():
    table, facets = planted(300, 0.6, 10, facets=2)
    found = made(table.assign(x3=1.0), facets)
    assert only_note(found) == "few_facets: 1"
    assert "constant: x3 (all)" in set(found["note"])


def test_too_few_no_and_equal_answers_end_in_words():
    table, facets = planted(300, 0.6, 11, facets=3)
    assert only_note(made(table.head(6), facets)) == "few_respondents: 6 for 6 items"
    nobody = made(table.assign(**dict.fromkeys(table, np.nan)), facets)
    assert only_note(nobody) == "few_facets: 0"
    found = made(table.assign(x1=table["x0"]), facets)
    notes = found[found["statistic"] == "not_computed"]["note"]
    assert len(notes)
    assert notes.str.startswith(("not_fitted: ", "inadmissible: ")).all()
    few = made(table.head(30), facets)
    assert value(few, "npar", "correlated", column="note") == "few_cases"


def test_a_group_without_answers_is_named():
    table, facets = planted(300, 0.6, 12, facets=3)
    found = made(table.assign(group="north"), facets, groups=("north", "south"))
    why = found[found["statistic"] == "not_computed"].set_index("group")["note"]
    assert why["all"] == "few_respondents: 0 for 6 items (south)"
    assert value(found, "df", "correlated", group="north") == 6


def test_no_name_of_an_item_or_facet_is_in_the_way():
    table, facets = planted(300, 1.0, 1)
    renamed = {"x0": "general", "x1": "facet1", "x2": "facet1."}
    facets = {f"rapid response {k}": [renamed.get(i, i) for i in own]
              for k, own in enumerate(facets.values())}  # fmt: skip
    plain, found = made(*planted(300, 1.0, 1)), made(table.rename(columns=renamed), facets)
    np.testing.assert_allclose(found["est"], plain["est"], rtol=1e-6)
    said = found[found["statistic"] == "inadmissible"]["note"].iloc[0]
    assert "rapid response" in said
    assert "facet" not in said


def behind(correlations, per):
    """Three facets with these correlations."""
    rng, R = np.random.default_rng(13), np.eye(3)
    R[[0, 0, 1], [1, 2, 2]] = R[[1, 2, 2], [0, 0, 1]] = correlations
    F = rng.multivariate_normal(np.zeros(3), R, 400)
    x = 0.8 * np.repeat(F, per, axis=1) + 0.6 * rng.standard_normal((400, 3 * per))
    return pd.DataFrame(x, columns=[f"x{j}" for j in range(3 * per)]), of_sizes((per,) * 3)


def test_correlations_that_no_factor_makes_are_named():
    found = made(*behind((0.5, 0.5, -0.3), 2))
    assert (
        value(found, "inadmissible", "second_order", column="note")
        == "no_common_factor: F0, F1, F2"
    )
    found = made(*behind((0.75, 0.75, 0.3), 3))
    assert value(found, "inadmissible", "second_order", column="note") == "negative_variance: F0"
    why = found[(found["rival"] == "correlated") & (found["statistic"] == "not_tested")][
        "note"
    ].item()
    assert why.startswith(("no_second_order", "no_fit"))  # the bifactor model may have no minimum
    assert "inadmissible" not in set(made(*behind((0.5, 0.5, 0.5), 2))["statistic"])
