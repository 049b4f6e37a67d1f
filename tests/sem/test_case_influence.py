"""What single rows and clusters do to a fit: against lavaan, against brute-force refits."""

import json
from functools import cache

import numpy as np
import pytest
from sem_cases import FOLDER, HS, table

from surveysem.sem import caseinfluence, fit
from surveysem.sem.errors import DataError, IdentificationError

FROZEN = json.loads((FOLDER / "scores" / "scores.json").read_text(encoding="utf-8"))["casewise"]
COVARIATES = HS + "\nspeed ~ ageyr + sex + visual\ntextual ~ sex"
EQUAL = {"group": "school", "group_equal": ["loadings", "intercepts"]}
CASES = {
    "hs": (HS, {}),
    "means": (HS, {"meanstructure": True}),
    "groups": (HS, EQUAL),
    "covariates": (COVARIATES, {}),
    "covariates, means": (COVARIATES, {"meanstructure": True}),
    "covariates, groups": (COVARIATES, EQUAL),
    "robust": (HS, {"estimator": "MLR"}),
    "weights": (HS, {"weights": "weight"}),
    "weights, groups": (COVARIATES, {"weights": "weight", **EQUAL}),
    "clusters": (HS, {"cluster": "class"}),
    "wishart": (HS, {"likelihood": "wishart"}),
}


def data():
    frame = table("hs").copy()
    frame["weight"] = 0.5 + (np.arange(len(frame)) % 5) / 2
    frame["class"] = np.arange(len(frame)) // 3
    return frame


@cache
def fitted(name):
    model, options = CASES[name]
    return fit(model, data(), **options)


# Log-likelihood --------------------------------------------------------------------------


@pytest.mark.parametrize("name", FROZEN)
def test_rows_log_likelihood_against_lavaan(name):
    np.testing.assert_allclose(fitted(name).casewise_log_likelihood(), FROZEN[name], rtol=1e-7)


@pytest.mark.parametrize("name", [name for name in CASES if name != "wishart"])
def test_parts_sum_to_the_whole(name):
    found = fitted(name)
    assert found.casewise_log_likelihood().sum() == pytest.approx(found.measures["logl"], rel=1e-12)
    assert caseinfluence.chi_square_parts(found).sum() == pytest.approx(found.chisq, rel=1e-8)


# Exact deletion ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_exact_influence_is_that_of_refits(name):
    model, options = CASES[name]
    found, frame = fitted(name), data()
    index = np.arange(len(frame))
    if "group" in options:  # rows of the fit stand group by group
        index = np.concatenate(
            [np.flatnonzero(frame["school"] == label) for label in found.group_labels]
        )
    free = found.objective.parameters.K.any(axis=1)
    independent = _independent(found.objective.parameters.K)
    ours = caseinfluence.exact(found, chosen=[3, 200])
    for k, row in enumerate((3, 200)):
        # from another starting point, and to another optimum only if there were two
        again = fit(model, frame.drop(index=index[row]), **options, group_order=found.group_labels)
        change = found.values - again.values
        np.testing.assert_allclose(ours.change[k][free], change[free], rtol=1e-4, atol=1e-6)
        V = again.vcov()[np.ix_(independent, independent)]
        cook = change[independent] @ np.linalg.solve(V, change[independent])
        assert ours.cook[k] == pytest.approx(cook, rel=1e-4)
        assert ours.chisq[k] == pytest.approx(found.chisq - again.chisq, abs=1e-6)


def _independent(K):
    """Rows that together carry the free parameters."""
    rows = []
    for k in range(len(K)):
        if np.linalg.matrix_rank(K[[*rows, k]]) > len(rows):
            rows.append(k)
    return rows


def test_clusters_are_left_out_together():
    found, frame = fitted("covariates"), data()
    ours = caseinfluence.exact(found, units=frame["agemo"], chosen=[7])
    again = fit(COVARIATES, frame[frame["agemo"] != 7])
    free = found.objective.parameters.K.any(axis=1)
    np.testing.assert_allclose(
        ours.change[0][free], (found.values - again.values)[free], rtol=1e-4, atol=1e-6
    )
    assert ours.units.tolist() == [7]


def test_no_distance_with_fewer_clusters_than_parameters():
    found = fit(HS, table("hs"), cluster="agemo")
    assert caseinfluence.approximate(found).cook.shape == (301,)
    assert np.isnan(caseinfluence.approximate(found).cook).all()
    assert np.isnan(caseinfluence.exact(found, chosen=[0]).cook).all()


# One step ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["hs", "covariates, means", "groups"])
def test_one_step_is_close_to_exact(name):
    found = fitted(name)
    rows = np.arange(0, 301, 6)
    exact = caseinfluence.exact(found, chosen=rows)
    near = caseinfluence.approximate(found)
    assert exact.converged.all()
    for row in np.flatnonzero(found.objective.parameters.K.any(axis=1)):
        assert np.corrcoef(near.change[rows, row], exact.change[:, row])[0, 1] > 0.99
    assert np.corrcoef(near.cook[rows], exact.cook)[0, 1] > 0.99
    assert np.corrcoef(near.chisq[rows], exact.chisq)[0, 1] > 0.98


def test_one_step_of_clusters_is_close_to_exact():
    found, units = fitted("means"), data()["agemo"]
    exact = caseinfluence.exact(found, units)
    near = caseinfluence.approximate(found, units)
    assert near.units.tolist() == exact.units.tolist()
    assert np.corrcoef(near.cook, exact.cook)[0, 1] > 0.95
    # steps over the rest of the rows: without the denominator they sum to zero, as scores do
    sizes = units.value_counts()[near.units].to_numpy()
    np.testing.assert_allclose(((301 - sizes)[:, None] * near.change).sum(axis=0), 0, atol=1e-4)


def test_a_wild_row_stands_out():
    frame = data()
    frame.loc[10, ["x1", "x2", "x3"]] = [12.0, -3.0, 9.0]
    found = fit(HS, frame)
    for exact in (False, True):
        changes = found.influence(refit=exact, chosen=range(20))
        assert changes["cook"].idxmax() == 10
        assert changes.columns[:3].tolist() == ["cook", "chisq", "converged"]
        assert "visual=~x2" in changes.columns


def test_rows_may_stand_in_any_order():
    frame = data().sample(frac=1, random_state=3)
    shuffled = fit(HS, frame).influence(units=frame.index)
    np.testing.assert_allclose(
        shuffled.sort_index()["cook"], fitted("hs").influence()["cook"], rtol=1e-5
    )


# What cannot be -------------------------------------------------------------------------------


def test_influence_that_cannot_be():
    found = fitted("hs")
    with pytest.raises(DataError, match="5 labels, the fit has 301 rows"):
        found.influence(units=range(5))
    with pytest.raises(DataError, match="unit 301 is not among"):
        found.influence(chosen=[301], refit=True)
    moments = fit(HS, sample_cov=table("hs").select_dtypes("number").cov(), sample_nobs=301)
    with pytest.raises(DataError, match="no rows to look at"):
        moments.influence()
    loose = fit("f =~ x1 + x2\ng =~ x3 + x4\nf ~~ 0*g\nx1 ~~ x3", table("hs"))
    with pytest.raises(IdentificationError, match="not identified"):
        loose.influence()


def test_a_group_that_would_be_too_small_is_not_refitted():
    frame = data()
    frame["unit"] = np.where(frame["school"] == "Pasteur", "all", frame["id"].astype(str))
    found = fit(HS, frame, group="school")
    labels = found.group_labels
    units = np.concatenate([frame.loc[frame["school"] == s, "unit"] for s in labels])
    gone = caseinfluence.exact(found, units, chosen=["all"])
    assert not gone.converged[0]
    assert np.isnan(gone.cook[0])
