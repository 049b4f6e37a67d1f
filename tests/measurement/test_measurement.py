"""CFA, CR, AVE and invariance, against lavaan and semTools."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_data import FOLDER, SCALES, close, frozen, holes, leadership
from surveysem.measurement import validity
from surveysem.measurement.wave import (
    CROSS_COLUMNS,
    ESTIMATOR_COLUMNS,
    FIT_COLUMNS,
    INVARIANCE,
    LOADING_COLUMNS,
    MODIFICATION_COLUMNS,
    RESIDUAL_COLUMNS,
    SCORE_COLUMNS,
    VALIDITY_COLUMNS,
    measure,
)

LEADERSHIP, SCHOOLS = frozen("measurement", "leadership"), frozen("measurement", "schools")
ORDER = ["Pasteur", "Grant-White"]
HS = {
    "visual": ["x1", "x2", "x3"],
    "textual": ["x4", "x5", "x6"],
    "speed": ["x7", "x8", "x9"],
}
PART = {"LEAD": SCALES["LEAD"][:4], "TSIG": SCALES["TSIG"]}
SINGLE = {"LEAD": SCALES["LEAD"], "TSIG": ["TSIG02"]}
ONE = ["all"]


def schools() -> pd.DataFrame:
    path = FOLDER / "measurement" / "holzinger_swineford.csv"
    return pd.read_csv(path).rename(columns={"school": "group"})


def measured(table, factors, groups=ONE):
    """The four tables, each with its columns checked."""
    if "group" not in table:
        table = table.assign(group="all")
    table = table.assign(respondent=[f"r{k}" for k in range(len(table))])
    found = measure(table, model="m", wave="w", groups=groups, estimator="ML",
                    factors=factors, categories={i: 7 for own in factors.values() for i in own})  # fmt: skip
    columns = {"estimators": ESTIMATOR_COLUMNS, "loadings": LOADING_COLUMNS,
               "fit": FIT_COLUMNS, "validity": VALIDITY_COLUMNS,
               "residuals": RESIDUAL_COLUMNS, "modification": MODIFICATION_COLUMNS,
               "cross_loadings": CROSS_COLUMNS, **SCORE_COLUMNS,
               **INVARIANCE}  # fmt: skip
    assert {name: frame.columns.tolist() for name, frame in found.items()} == columns
    return found


@pytest.fixture(scope="module")
def results():
    """Each frozen one-sample case: what lavaan and semTools say, our tables, our group's name."""
    both = measured(schools(), HS, ORDER)
    found = {
        "complete": (LEADERSHIP["complete"], measured(leadership(), SCALES), "all"),
        "holes": (LEADERSHIP["holes"], measured(holes(some()), PART), "all"),
        "single": (LEADERSHIP["single"], measured(leadership(), SINGLE), "all"),
    }
    return found | {name: (SCHOOLS["schools"][name], both, name) for name in ORDER}


def some() -> pd.DataFrame:
    return leadership([i for items in PART.values() for i in items], rows=300)


CASES = ("complete", "holes", "single", *ORDER)
each_case = pytest.mark.parametrize("case", CASES)


def statistic(result, group, name):
    """Validity rows of one statistic."""
    table = result["validity"]
    return table[(table["group"] == group) & (table["statistic"] == name)]


# Against lavaan ----------------------------------------------------------------------------------


@each_case
def test_standardised_loadings_against_lavaan(results, case):
    theirs, ours, group = results[case]
    rows = ours["loadings"]
    mine = rows[(rows["group"] == group) & (rows["statistic"] == "loading_std")]
    assert mine["construct"].tolist() == theirs["loadings"]["lhs"]
    assert mine["item"].tolist() == theirs["loadings"]["rhs"]
    for column in ("est", "se", "ci_lower", "ci_upper"):
        assert close(mine[column], theirs["loadings"][column], 2e-5 if column != "est" else 1e-5)


@each_case
def test_latent_correlations_against_lavaan(results, case):
    theirs, ours, group = results[case]
    mine = statistic(ours, group, "latent_correlation")
    assert mine["construct"].tolist() == theirs["correlations"]["lhs"]
    assert mine["with"].tolist() == theirs["correlations"]["rhs"]
    for column in ("est", "ci_lower", "ci_upper"):
        assert close(mine[column], theirs["correlations"][column], 2e-5)


@pytest.mark.parametrize("case", ["complete", "holes", "single"])
def test_fit_against_lavaan(results, case):
    theirs, ours, _ = results[case]
    mine = ours["fit"].query("fit == 'cfa'").set_index("statistic")["est"]
    for name, value in theirs["measures"].items():
        assert close(mine[name], value)
    assert mine["n_received"] == (2042 if case != "holes" else 300)


# Against semTools ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["complete", *ORDER])
@pytest.mark.parametrize("name", ["cr", "ave"])
def test_composite_reliability_and_ave_against_semtools(results, case, name):
    theirs, ours, group = results[case]
    mine = statistic(ours, group, name).set_index("construct")["est"]
    assert mine.index.tolist() == list(theirs[name])
    assert close(mine, list(theirs[name].values()), 2e-6)


@pytest.mark.parametrize("level", ["configural", "metric", "scalar"])
def test_levels_of_invariance_against_lavaan(results, level):
    table = results["Pasteur"][1]["invariance"]
    mine = table[table["level"] == level].set_index("statistic")["est"]
    for name in ("chisq", "df", "cfi", "rmsea", "srmr"):
        assert close(mine[name], SCHOOLS["levels"][level][name])
    if level == "configural":
        assert "chisq_diff" not in mine
        return
    for name, value in SCHOOLS["differences"][level].items():
        assert close(mine[name], value, 1e-5)
    before = SCHOOLS["levels"]["configural" if level == "metric" else "metric"]
    for name in ("cfi", "rmsea", "srmr"):
        assert close(mine[f"delta_{name}"], SCHOOLS["levels"][level][name] - before[name])


# Closed forms ----------------------------------------------------------------------------------------

shares = st.lists(st.floats(0.1, 0.95), min_size=2, max_size=8)


@given(shares)
def test_reliability_of_equal_loadings_is_spearman_and_browns(loadings):
    lam = np.full(len(loadings), loadings[0])
    r, k = lam[0] ** 2, len(lam)
    cr, ave = k * r / (1 + (k - 1) * r), r
    assert validity.composite_reliability(lam, 1 - lam**2) == pytest.approx(cr, rel=1e-12)
    assert validity.average_variance_extracted(lam) == pytest.approx(ave, rel=1e-12)


# Where it cannot be computed -------------------------------------------------------------------------


def test_one_group_has_nothing_to_compare():
    found = measured(leadership(), SCALES)
    assert all(found[name].empty for name in INVARIANCE)


def test_a_single_item_has_no_reliability(results):
    _, ours, group = results["single"]
    assert statistic(ours, group, "cr")["construct"].tolist() == ["LEAD"]
    assert statistic(ours, group, "ave")["construct"].tolist() == ["LEAD"]


def test_a_group_without_respondents_ends_in_words():
    found = measured(schools(), HS, [*ORDER, "Elsewhere"])
    assert found["loadings"].empty
    assert found["validity"].empty
    assert found["fit"]["statistic"].tolist() == ["not_computed"] * 2
    assert set(found["fit"]["note"]) == {"no_data: Elsewhere"}
    notes = found["invariance"].set_index("level")["note"]
    assert notes["configural"] == "no_data: Elsewhere"
    assert set(notes[1:]) == {"level_before: configural"}


def test_an_item_that_everyone_answers_alike_ends_in_words():
    table = schools()
    table["x5"] = 3.0
    found = measured(table, HS, ORDER)
    said = found["fit"][found["fit"]["statistic"] == "left_out"]["note"]
    assert set(said) == {"constant: x5 (Pasteur)", "constant: x5 (Grant-White)"}
    assert "x5" not in set(found["loadings"]["item"])
    assert {"x4", "x6"} <= set(found["loadings"]["item"])


def test_an_inadmissible_solution_is_marked_and_gives_no_reliability():
    """Correlations of .8, .8 and .5 cannot come from one factor without a negative variance."""
    rng = np.random.default_rng(1)
    R = np.array([[1.0, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]])
    x = rng.standard_normal((200, 3))
    x = (x - x.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T  # exactly uncorrelated
    table = pd.DataFrame(x @ np.linalg.cholesky(R).T, columns=["a", "b", "c"])
    found = measured(table, {"F": ["a", "b", "c"]})
    marked = found["fit"][found["fit"]["fit"] == "cfa"].set_index("statistic")
    assert marked.loc["inadmissible", "est"] == 1
    assert "negative variance of a" in marked.loc["inadmissible", "note"]
    assert not {"cr", "ave"} & set(found["validity"]["statistic"])
