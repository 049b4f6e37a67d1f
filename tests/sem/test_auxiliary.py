"""Auxiliary variables under full information: semTools, what they must not change, recovery."""

import numpy as np
import pandas as pd
import pytest
from missing_cases import X, arguments, compare_measures, frozen, incomplete, matched, numbers
from sem_cases import HS, table

from surveysem.sem import SurveySemError, compare, fit

NAMES = ["ml", "mlr", "covariate", "groups"]
ONE = "visual =~ x1 + x2 + x3\nspeed =~ x7 + x8 + x9\nspeed ~ visual"


def fitted(c: dict):
    given = arguments(c, "estimator", "auxiliary", "group", "group_equal")
    return fit(c["model"], incomplete("hs", X), missing="fiml", fixed_x=False, **given)


@pytest.mark.parametrize("name", NAMES)
def test_against_semtools(name):
    c = frozen("auxiliary")[name]
    found = fitted(c)
    both = matched(found.parameters, c["parameters"])
    assert len(both) == len(found.parameters)
    np.testing.assert_allclose(both["est"], both["est_r"], rtol=5e-5, atol=5e-6)
    np.testing.assert_allclose(both["se"], both["se_r"], rtol=1e-4, atol=5e-6)
    compare_measures(found.measures, c["measures"], rel=5e-5)
    np.testing.assert_allclose(found.factor_scores()[:5], c["scores"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["ml", "mlr"])
def test_standardised_solution_against_semtools(name):
    c = frozen("auxiliary")[name]
    found = fitted(c).standardized()
    expected = c["standardized"]
    keys = list(zip(expected["lhs"], expected["op"], expected["rhs"], strict=True))
    own = found.set_index(["lhs", "op", "rhs"]).loc[keys]
    np.testing.assert_allclose(own["est"], numbers(expected["est.std"]), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(own["se"], numbers(expected["se"]), rtol=2e-4, atol=1e-5)


def test_complete_answers_leave_the_auxiliary_variables_nothing_to_say():
    """Estimates, errors and test are those without them, and so are CFI, TLI and RMSEA."""
    data = table("hs")
    for estimator in ("ML", "MLR"):
        plain = fit(HS, data, missing="fiml", estimator=estimator)
        found = fit(HS, data, missing="fiml", estimator=estimator, auxiliary=["ageyr", "grade"])
        assert list(found.parameters["lhs"]) == list(plain.parameters["lhs"])
        # grade has one missing answer
        np.testing.assert_allclose(found.parameters["est"], plain.parameters["est"], atol=2e-4)
        rel = 1e-3 if estimator == "ML" else 0.3
        np.testing.assert_allclose(found.parameters["se"], plain.parameters["se"], rtol=rel)
        assert found.df == plain.df
        for name in ("chisq", "cfi", "tli", "rmsea", "cfi_robust", "rmsea_robust"):
            assert found.measures[name] == pytest.approx(plain.measures[name], rel=0.01), name
        assert found.measures["baseline_df"] == plain.measures["baseline_df"]


def test_fixed_covariates_keep_their_moments():
    model = ONE + " + ageyr"
    data = incomplete("hs", X)
    fixed, free = (
        fit(model, data, missing="fiml", auxiliary="x4", fixed_x=value) for value in (True, False)
    )
    own = (fixed.parameters["lhs"] != "ageyr").to_numpy()
    for column in ("est", "se"):
        a, b = (f.parameters[column][own] for f in (fixed, free))
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-8)
    assert fixed.chisq == pytest.approx(free.chisq, rel=1e-9)
    assert fixed.measures["baseline_chisq"] == pytest.approx(free.measures["baseline_chisq"])
    # predictors covary in the baseline model, as without auxiliary variables
    model += " + sex"
    plain, found = (
        fit(model, data, missing="fiml", fixed_x=False, auxiliary=names) for names in ((), "x4")
    )
    assert found.measures["baseline_df"] == plain.measures["baseline_df"]


def test_users_see_the_model_only():
    found = fit(ONE, incomplete("hs", X), missing="fiml", auxiliary=("ageyr", "x4"))
    theirs = {"ageyr", "x4"}
    for frame in (found.parameters, found.standardized(), found.r_squared()):
        assert not theirs & {*frame["lhs"]}
    assert found.implied()[0]["cov"].shape == (6, 6)
    for kind in ("raw", "cor", "cor.bentler"):
        assert list(found.residuals(kind)[0]["mean"].index) == found.observed
    assert found.problems == ()
    for call in (found.modification_indices, found.influence, lambda: found.bootstrap(10, 1)):
        with pytest.raises(SurveySemError, match=r"auxiliary variables \(ageyr, x4\)"):
            call()
    free = found
    other = ONE.replace("x2 + x3", "a*x2 + a*x3")
    restricted = fit(other, incomplete("hs", X), missing="fiml", auxiliary=("ageyr", "x4"))
    assert compare(restricted, free)["df_diff"] == 1
    alone = fit(other, incomplete("hs", X), missing="fiml")
    with pytest.raises(SurveySemError, match=r"variables and rows|estimators"):
        compare(alone, free)


def test_what_predicts_missingness_removes_the_bias():
    """y3's answers go missing where z is high, and z is related to y3 (Enders 2008)."""
    rng = np.random.default_rng(3)
    n = 3000
    f, z = rng.standard_normal((2, n))
    items = {f"y{k}": 0.8 * f + 0.6 * rng.standard_normal(n) for k in (1, 2)}
    items |= {"y3": 0.6 * f + 0.7 * z + 0.4 * rng.standard_normal(n), "z": z}
    data = pd.DataFrame(items)
    data["y3"] = data["y3"].mask(z > 0.3)
    model = "f =~ y1 + y2 + y3"
    for missing in ("fiml", "two_stage"):
        both = [
            fit(model, data, missing=missing, auxiliary=names).parameters.set_index(["lhs", "op"])
            for names in ((), ("z",))
        ]
        alone, helped = (frame.loc[("y3", "~1")] for frame in both)
        assert abs(alone["est"]) > 10 * alone["se"]
        assert abs(helped["est"]) < 3 * helped["se"]
        variance = both[1].loc[("y3", "~~")]
        assert abs(variance["est"] - 0.65) < 3 * variance["se"]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"auxiliary": ["x1"]}, "'x1' is in the model"),
        ({"auxiliary": ["visual"]}, "'visual' is a latent variable"),
        ({"auxiliary": ["ageyr", "ageyr"]}, "twice"),
        ({"auxiliary": ["agyr"]}, "did you mean 'ageyr'"),
        ({"auxiliary": ["flat"]}, "'flat' has one value"),
        ({"auxiliary": ["void"]}, "'void' has no answer"),
        ({"auxiliary": ["school"]}, "not numeric"),
        ({"auxiliary": ["sex"], "group": "sex"}, "'sex' gives the groups"),
        ({"auxiliary": ["ageyr"], "missing": "listwise"}, "listwise"),
        ({"auxiliary": ["ageyr"], "ordered": X}, "auxiliary"),
    ],
)
@pytest.mark.parametrize("missing", ["fiml", "two_stage"])
def test_wrong_names_are_refused(given, word, missing):
    data = incomplete("hs", X).assign(flat=1.0, void=np.nan)
    if "ordered" in given:
        given = given | {"missing": "pairwise"}
    with pytest.raises(SurveySemError, match=word) as error:
        fit(HS, data, **({"missing": missing} | given))
    assert "hint" in str(error.value)
