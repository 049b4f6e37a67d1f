"""Factor scores of ordinal fits: against lavaan, and what must hold.

lavaan's numbers come from tests/reference/sem/scores/generate_ordinal.R: `lavaan` is its
lavPredict(), `tight` the same maximum from lavaan's estimates by R's BFGS.
"""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sem_cases import FOLDER, HS, case, fitted, table

from surveysem.sem import fit
from surveysem.sem.errors import DataError, NotAvailableError

FROZEN = json.loads((FOLDER / "scores" / "ordinal.json").read_text(encoding="utf-8"))
ROWS = 25
ITEMS = [f"y{k}" for k in range(1, 9)]
TWO = "f =~ y1 + y2 + y3 + y4\ng =~ y5 + y6 + y7 + y8"
# lavaan 0.6-14 takes every group's items for those of the first; under theta it mixes units;
# and an item on which a covariate has an effect it takes for a factor
RIGHT_IN_LAVAAN = ("ordinal_metric", "ordinal_mixed", "ordinal_pairwise", "covariates")


def data_of(name):
    data = table("sim").copy()
    for j, column in enumerate(FROZEN[name]["holes"] or (), start=1):
        data[column] = data[column].mask((np.arange(1, len(data) + 1) + 7 * j) % 17 == 0)
    return data


@cache
def fit_of(name):
    return fit(FROZEN[name]["model"], data_of(name), **FROZEN[name]["arguments"])


def close(ours, theirs, tolerance):
    np.testing.assert_allclose(
        np.array(ours, dtype=float), np.array(theirs, dtype=float), rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize("method", ["EBM", "ML"])
@pytest.mark.parametrize("name", FROZEN)
def test_scores_against_lavaan(name, method):
    """ML of a row at an end is nearly flat: R's optimiser finds it to four digits or five."""
    found = fit_of(name)
    scores, frozen = found.factor_scores(method), FROZEN[name][method]
    starts = np.cumsum([0, *found.nobs[:-1]])
    for start, tight in zip(starts, frozen["tight"], strict=True):
        close(scores.iloc[start : start + ROWS], tight, 1e-6 if method == "EBM" else 1e-4)
    if name in RIGHT_IN_LAVAAN:
        lavaan = np.array(frozen["lavaan"][0], dtype=float)
        inner = np.abs(lavaan) < 2  # there lavPredict() stops early
        close(scores.iloc[:ROWS].to_numpy()[inner], lavaan[inner], 1e-3)


def test_names_of_the_methods():
    """Regression and Bartlett are what EBM and ML are for continuous variables."""
    found, plain = fit_of("ordinal_mixed"), fit(HS, table("hs"))
    for one, other in (("EBM", "regression"), ("ML", "Bartlett")):
        close(found.factor_scores(one), found.factor_scores(other), 0)
        close(plain.factor_scores(one), plain.factor_scores(other), 0)
        close(plain.factor_score_errors(one), plain.factor_score_errors(other), 0)
    close(plain.factor_determinacy("ML"), plain.factor_determinacy("Bartlett"), 0)


def test_errors_shrink_with_answers():
    found, data = fit_of("ordinal_pairwise"), data_of("ordinal_pairwise")
    errors = found.factor_score_errors()
    gaps = data.loc[:, "y1":"y4"].isna().sum(axis=1)
    assert errors["f1"][gaps == 1].mean() > errors["f1"][gaps == 0].mean()
    assert (found.factor_score_errors("ML") > errors).all(axis=None)


def test_errors_cover_the_factors():
    """Simulated factors lie within 1.96 errors of their scores in about 95 % of the rows."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=2000)
    f = 0.6 * x + rng.normal(size=2000)
    L = np.array([0.9, 0.8, 1.1, 0.7])
    y = f[:, None] * L + rng.normal(size=(2000, 4))
    data = pd.DataFrame(np.digitize(y, [-1.5, 0, 1.5]), columns=list("abcd")).assign(x=x)
    found = fit("F =~ a + b + c + d\nF ~ x", data, ordered=list("abcd"), parameterization="theta")
    scores, errors = found.factor_scores()["F"] / 0.9, found.factor_score_errors()["F"] / 0.9
    assert (np.abs(scores - f) < 1.96 * errors).mean() == pytest.approx(0.95, abs=0.015)


def test_least_squares_of_continuous_variables_have_regression_scores():
    found = fitted("continuous_wls")
    moments = found.implied_moments[0]
    W = moments.C[moments.p :] @ np.linalg.inv(moments.sigma)
    rows = found.moments[0].rows.values - moments.mu
    close(found.factor_scores(), rows @ W.T + moments.centre[moments.p :], 1e-10)
    assert (found.factor_determinacy() < 1).all(axis=None)


# Other data -----------------------------------------------------------------------------------


def test_other_rows_in_any_order_and_with_gaps():
    found = fit_of("mixed_covariates")
    data = table("sim").sample(60, random_state=2)
    scores = found.factor_scores(data=data, group="grp")
    assert scores.index.equals(data.index)
    own = pd.concat([table("sim")[table("sim")["grp"] == g] for g in found.group_labels]).index
    close(scores, found.factor_scores().set_axis(own).loc[data.index], 1e-9)
    data = data.astype({"y20": float, "y1": float})
    data.iloc[0, data.columns.get_loc("y20")] = np.nan
    data.iloc[1, data.columns.get_loc("y1")] = np.nan
    data.loc[data.index[2], [f"y{k}" for k in range(1, 13)]] = np.nan
    holed = found.factor_scores(data=data, group="grp")
    assert holed.iloc[0].isna().all()  # what a covariate says is not known
    assert holed.iloc[1].notna().all()
    assert holed.iloc[2].isna().all()
    close(holed.iloc[3:], scores.iloc[3:], 1e-9)


def test_maximum_likelihood_needs_items_of_the_factor():
    data = table("sim").filter(like="y").head(3).astype(float)
    data.loc[0, ["y1", "y2", "y3", "y4"]] = np.nan
    ml = fit_of("ordinal_mixed").factor_scores("ML", data=data)
    assert ml.loc[0].isna().tolist() == [True, False, False]
    assert fit_of("ordinal_mixed").factor_scores(data=data).notna().all(axis=None)


def test_codes_of_answers_do_not_matter():
    data = table("sim").copy()
    plain = fit(TWO, data, ordered=ITEMS).factor_scores()
    data["y1"] = data["y1"].map({1: -3, 2: 0, 3: 10, 4: 11, 5: 40})
    close(fit(TWO, data, ordered=ITEMS).factor_scores(), plain, 1e-7)


def test_answers_that_the_fit_has_not_seen_are_named():
    data = table("sim").head(4).copy()
    data.loc[2, "y3"] = 6
    with pytest.raises(DataError, match=r"'y3' has the answer 6.*\n.*allowed: 1, 2, 3, 4, 5"):
        fit_of("ordinal_mixed").factor_scores(data=data)
    data.loc[2, "y5"] = 77  # y5 is numeric
    data.loc[2, "y3"] = 5
    assert fit_of("ordinal_mixed").factor_scores(data=data).notna().all(axis=None)


# What cannot be ---------------------------------------------------------------------------------


def test_items_that_depend_on_each_other_are_named():
    found = fitted("ordinal_equal")
    with pytest.raises(NotAvailableError, match="y1 ~~ y5"):
        found.factor_scores()
    ignored = found.factor_scores(residual_covariances="ignore")
    model = case("ordinal_equal")["model"].replace("y1 ~~ y5\n", "")
    without = fit(model, table("sim"), ordered=ITEMS)
    close(ignored, without.factor_scores(), 0.1)
    with pytest.raises(NotAvailableError, match="'drop'"):
        found.factor_scores(residual_covariances="drop")
    with pytest.raises(NotAvailableError, match="belongs to ordinal fits"):
        fit(HS, table("hs")).factor_scores(residual_covariances="ignore")
    with pytest.raises(NotAvailableError, match=r"an item predicts another variable \(y10 ~ y9\)"):
        fitted("ordinal_outcome").factor_scores()


def test_scores_that_do_not_exist():
    found = fit_of("ordinal_mixed")
    with pytest.raises(NotAvailableError, match="'EAPS' is not available"):
        found.factor_scores("EAPS")
    with pytest.raises(NotAvailableError, match="no closed form"):
        found.factor_determinacy()


def test_items_without_error_are_named():
    model = "f =~ y1 + y2 + y3\ng =~ y9\ny9 ~~ 0*y9\ng ~ f"
    with pytest.raises(NotAvailableError, match="'y9' is zero"):
        fit(model, table("sim"), ordered=["y1", "y2", "y3"]).factor_scores()


def test_a_negative_residual_variance_leaves_no_scores():
    rng = np.random.default_rng(8)
    R = np.array([[1, 0.8, 0.7], [0.8, 1, 0.45], [0.7, 0.45, 1]])
    y = rng.multivariate_normal(np.zeros(3), R, 800)
    data = pd.DataFrame(np.digitize(y, [-0.7, 0.5]), columns=list("abc"))
    found = fit("f =~ a + b + c", data, ordered=True)
    assert not found.admissible
    assert found.factor_scores().isna().all(axis=None)
