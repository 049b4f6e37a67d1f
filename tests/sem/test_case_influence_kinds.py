"""Case influence of incomplete, ordinal and other least-squares fits, against refits.

Frozen values: tests/reference/sem/bootstrap/more.R, lavaan 0.6-14.
"""

import json

import numpy as np
import pandas as pd
import pytest
from sem_cases import FOLDER, HS
from test_bootstrap_kinds import CASES, ITEMS, fitted, incomplete, items

from surveysem.sem import caseinfluence, fit, infinitesimal
from surveysem.sem.errors import NotAvailableError


@pytest.mark.parametrize("name", CASES)
def test_exact_influence_is_that_of_refits(name):
    model, data, options = CASES[name]
    found, frame = fitted(name), data()
    index = np.arange(len(frame))
    if "group" in options:  # rows of the fit stand group by group
        labels, by = found.group_labels, frame[options["group"]]
        index = np.concatenate([np.flatnonzero(by == label) for label in labels])
    ours = caseinfluence.exact(found, chosen=[130])
    again = fit(
        model, frame.drop(index=frame.index[index[130]]), **options,
        group_order=found.group_labels or None,
    )  # fmt: skip
    np.testing.assert_allclose(ours.change[0], found.values - again.values, rtol=2e-4, atol=2e-6)
    assert ours.chisq[0] == pytest.approx(found.chisq - again.chisq, abs=1e-5)


def test_incomplete_rows_left_out_are_lavaans():
    """sem(missing = "ml") of the data without a row: estimates and chi-square."""
    case = json.loads((FOLDER / "bootstrap" / "deletions.json").read_text(encoding="utf-8"))
    found = fit(HS, incomplete(), missing="fiml")
    ours = caseinfluence.exact(found, chosen=case["rows"])
    expected = np.array(case["est"]) - np.array(case["without"])
    np.testing.assert_allclose(ours.change, expected, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(
        ours.chisq, np.array(case["chisq"]) - np.array(case["chisq_without"]), atol=1e-5
    )


@pytest.mark.parametrize(
    ("name", "least", "least_chisq"),
    [("fiml", 0.99, 0.98), ("fiml, robust, weights", 0.98, 0.98), ("ordinal", 0.9, 0.9),
     ("ordinal, weights", 0.9, 0.9), ("ordinal, groups", 0.85, 0.9), ("continuous", 0.99, 0.98)],
)  # fmt: skip
def test_one_step_is_close_to_exact(name, least, least_chisq):
    found = fitted(name)
    rows = np.arange(0, 300, 12)
    exact, near = caseinfluence.exact(found, chosen=rows), caseinfluence.approximate(found)
    assert exact.converged.all()
    moving = exact.change.std(axis=0) > 1e-9  # not a threshold far from all these answers
    for row in np.flatnonzero(found.objective.parameters.K.any(axis=1) & moving):
        assert np.corrcoef(near.change[rows, row], exact.change[:, row])[0, 1] > least
    assert np.corrcoef(near.cook[rows], exact.cook)[0, 1] > 0.97
    assert np.corrcoef(near.chisq[rows], exact.chisq)[0, 1] > least_chisq


@pytest.mark.parametrize("estimator", ["WLS", "ULSMV", "WLSMV"])
@pytest.mark.parametrize("ordered", [ITEMS, ITEMS[:3], []])
def test_scores_sum_to_zero_and_parts_to_the_whole(estimator, ordered):
    model = "f =~ y1 + y2 + y3 + y4\ng =~ y5 + y6 + y7 + y8"
    found = fit(model, items(), ordered=ordered, estimator=estimator)
    scores = infinitesimal.scores(found)
    np.testing.assert_allclose(scores.sum(axis=0) / np.abs(scores).sum(axis=0), 0, atol=1e-5)
    total = caseinfluence.chi_square_parts(found).sum()
    assert total * 499 / 500 == pytest.approx(found.chisq, rel=1e-6)


def test_clusters_of_ordinal_answers_are_left_out_together():
    found = fitted("ordinal, clusters")
    units = items()["class"]
    chosen = range(0, 50, 4)
    exact = caseinfluence.exact(found, units, chosen=chosen)
    near = caseinfluence.approximate(found, units)
    free = found.objective.parameters.K.any(axis=1)
    pairs = np.corrcoef(near.change[list(chosen)][:, free].ravel(), exact.change[:, free].ravel())
    assert pairs[0, 1] > 0.95


def test_the_only_answer_in_a_category_cannot_be_left_out():
    frame = items().iloc[:200].copy()
    frame["y1"] = frame["y1"].clip(lower=2)
    frame.loc[frame.index[5], "y1"] = 1
    found = fit("f =~ y1 + y2 + y3 + y4", frame, ordered=ITEMS[:4])
    gone = found.influence(refit=True, chosen=[5, 6])
    assert gone["converged"].tolist() == [False, True]
    assert np.isnan(gone.loc[5, "cook"])


def test_columns_are_those_of_every_fit():
    changes = fitted("ordinal").influence(chosen=[0, 1])
    assert changes.columns[:3].tolist() == ["cook", "chisq", "converged"]
    assert isinstance(changes, pd.DataFrame)
    with pytest.raises(NotAvailableError, match="least squares"):
        fitted("ordinal").casewise_log_likelihood()
