"""Modification indices, score and Wald tests, residuals, nested models: against lavaan.

Every number comes from tests/reference/sem/diagnostics/generate.R.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sem_cases import FOLDER, HS, fitted, table

from surveysem.sem import compare, fit
from surveysem.sem.errors import DataError, ModelError, NotAvailableError

FROZEN = json.loads((FOLDER / "diagnostics" / "diagnostics.json").read_text(encoding="utf-8"))
MIMIC = HS + "\nvisual + textual ~ ageyr + sex\nspeed ~ ageyr + visual"
PD = """ind60 =~ x1 + x2 + x3
dem60 =~ y1 + a*y2 + b*y3 + c*y4
dem65 =~ y5 + a*y6 + b*y7 + c*y8
dem60 ~ p*ind60
dem65 ~ q*ind60 + r*dem60
y1 ~~ y5"""
LINEAR = """visual =~ x1 + a*x2 + b*x3
textual =~ x4 + c*x5 + d*x6
speed =~ x7 + x8 + x9
a == 2*b
c + d == 2.1"""
ORTHOGONAL = HS + "\nvisual ~~ 0*textual + 0*speed\ntextual ~~ 0*speed"
SCALAR = {"group": "school", "group_equal": ["loadings", "intercepts"]}
MODELS = {
    "hs": (HS, "hs", {}),
    "mimic": (MIMIC, "hs", {"meanstructure": True}),
    "mimic_random": (MIMIC, "hs", {"meanstructure": True, "fixed_x": False}),
    "groups": (HS, "hs", SCALAR),
    "pd": (PD, "pd", {}),
    "orthogonal": (ORTHOGONAL, "hs", {}),
    "linear": (LINEAR, "hs", {}),
}


@pytest.fixture(scope="module")
def fits():
    return {name: fit(m, table(data), **options) for name, (m, data, options) in MODELS.items()}


def close(ours, theirs, tolerance):
    np.testing.assert_allclose(
        np.array(ours, dtype=float), np.array(theirs, dtype=float), rtol=tolerance, atol=tolerance
    )


# Modification indices ---------------------------------------------------------------------


def by_parameter(frame):
    """Rows keyed by parameter, whichever way round a covariance is written."""
    keys = [
        (g, op, *(sorted((a, b)) if op == "~~" else (a, b)))
        for a, op, b, g in zip(frame["lhs"], frame["op"], frame["rhs"], frame["group"], strict=True)
    ]
    return frame.set_index(pd.MultiIndex.from_tuples(keys)).sort_index()


@pytest.mark.parametrize("name", FROZEN["indices"])
def test_modification_indices_against_lavaan(fits, name):
    ours = by_parameter(fits[name].modification_indices())
    theirs = by_parameter(pd.DataFrame(FROZEN["indices"][name]))
    assert list(ours.index) == list(theirs.index)
    close(ours["mi"], theirs["mi"], 1e-4)
    close(ours["epc"], theirs["epc"], 1e-5)
    for kind in ("lv", "all", "nox"):
        close(ours[f"sepc_{kind}"], theirs[f"sepc.{kind}"], 1e-5)
    close(ours["power"], theirs["power"], 1e-5)


def test_an_index_is_about_what_the_chi_square_falls_by(fits):
    largest = fits["hs"].modification_indices().sort_values("mi").iloc[-1]
    freed = fit(f"{HS}\n{largest.lhs} {largest.op} {largest.rhs}", table("hs"))
    assert fits["hs"].chisq - freed.chisq == pytest.approx(largest["mi"], rel=0.1)
    row = freed.parameters.query(
        "lhs == @largest.lhs and op == @largest.op and rhs == @largest.rhs"
    )
    assert row["est"].item() == pytest.approx(largest["epc"], rel=0.35)


def test_small_indices_can_be_left_out(fits):
    some = fits["hs"].modification_indices(minimum=5)
    assert 0 < len(some) < 20
    assert (some["mi"] >= 5).all()


def test_standardised_but_for_covariates_against_lavaan(fits):
    ours = fits["mimic"].standardized("std_nox")
    close(ours["est"], FROZEN["std_nox"]["est.std"], 1e-5)
    close(ours["se"], FROZEN["std_nox"]["se"], 1e-5)


# Score and Wald tests -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pd", "groups", "linear"])
def test_score_tests_against_lavaan(fits, name):
    single, total = fits[name].score_test()
    close(single["mi"], FROZEN["scores"][name]["uni"], 1e-4)
    close(single["pvalue"], stats.chi2.sf(single["mi"], 1), 1e-12)
    # lavaan counts all 15 equalities of the groups, though with all released (and the second
    # group's means free) 3 of them are for nothing: the configural model has 12 df less
    assert len(single) == FROZEN["scores"][name]["df"]
    assert total["df"] == {"groups": 12}.get(name, len(single))
    assert total["chisq"] == pytest.approx(FROZEN["scores"][name]["total"], rel=1e-5)


def test_constraints_are_named(fits):
    assert fits["groups"].score_test()[0]["constraint"][0] == "visual=~x2.g1 == visual=~x2.g2"
    assert fits["linear"].score_test()[0]["constraint"].tolist() == ["a == 2*b", "c + d == 2.1"]


def test_a_score_test_is_about_the_likelihood_ratio(fits):
    """Releasing x3's intercept, the largest, against the refit without that equality."""
    single, _ = fits["groups"].score_test()
    row = single.set_index("constraint").loc["x3~1.g1 == x3~1.g2"]
    freed = fit(HS, table("hs"), **SCALAR, group_partial=["x3~1"])
    assert fits["groups"].chisq - freed.chisq == pytest.approx(row["mi"], rel=0.1)


@pytest.mark.parametrize(
    ("name", "text"),
    [("one", "p == q"), ("two", "p == 2*q\nr == 0.8"), ("curved", "p*r == q")],
)
def test_wald_tests_against_lavaan(fits, name, text):
    ours, theirs = fits["pd"].wald_test(text), FROZEN["wald"][name]
    assert ours["df"] == theirs["df"]
    assert ours["chisq"] == pytest.approx(theirs["stat"], rel=1e-5)
    assert ours["pvalue"] == pytest.approx(theirs["p.value"], rel=1e-5)


def test_a_robust_wald_test_against_lavaan():
    ours = fit(PD, table("pd"), estimator="MLR").wald_test("p == q")
    assert ours["chisq"] == pytest.approx(FROZEN["wald"]["robust"]["stat"], rel=1e-4)


def test_a_label_alone_is_tested_against_zero(fits):
    z = fits["pd"].parameters.set_index("label").loc["r", "z"]
    assert fits["pd"].wald_test("r")["chisq"] == pytest.approx(z**2)


@pytest.mark.parametrize(("text", "said"), [("z == 1", "'z' is not a label"),
                                            ("p == q\nq == p", "redundant")])  # fmt: skip
def test_wald_tests_that_cannot_be(fits, text, said):
    with pytest.raises(ModelError, match=said):
        fits["pd"].wald_test(text)


def test_no_equality_no_score_test(fits):
    with pytest.raises(ModelError, match="no equality constraints"):
        fits["hs"].score_test()


# Residuals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["raw", "cor_bollen", "cor_bentler", "normalized", "standardized"])
@pytest.mark.parametrize("name", FROZEN["residuals"])
def test_residuals_against_lavaan(fits, name, kind):
    ours = fits[name].residuals(kind)
    for part, theirs in zip(ours, FROZEN["residuals"][name][kind], strict=True):
        theirs_cov = np.array(theirs["cov"], dtype=float)
        # z of a residual that is zero but for rounding is noise in both
        least, tolerance = (2e-4, 2e-4) if kind == "standardized" else (-1, 2e-5)
        kept = np.abs(theirs_cov) > least
        assert kept.sum() > 10
        close(part["cov"].to_numpy()[kept], theirs_cov[kept], tolerance)
        if theirs.get("mean"):
            mean = np.array(theirs["mean"], dtype=float)
            kept = np.abs(mean) > 2e-4
            close(part["mean"].to_numpy()[kept], mean[kept], tolerance)


def test_unknown_residuals_are_refused(fits):
    with pytest.raises(NotAvailableError, match="studentized"):
        fits["hs"].residuals("studentized")


def test_srmr_does_not_depend_on_the_origin_of_a_covariate():
    """lavaan's does where conditional.x=TRUE: it has the intercepts at covariates of zero (.212 of
    this model and .153 with ageyr - 13), ours those of all variables, conditional or not."""
    model = f"{HS}\nvisual + textual ~ ageyr + sex\nspeed ~ ageyr + visual"
    data, options = table("hs"), {"meanstructure": True}
    moved = data.assign(ageyr=data["ageyr"] - 13)
    given = [fit(model, d, conditional_x=True, **options).measures for d in (data, moved)]
    joint = fit(model, data, **options).measures
    for name in ("srmr", "rmr_nomean", "crmr", "srmr_mplus"):
        assert given[0][name] == pytest.approx(given[1][name], rel=1e-6)
        assert given[0][name] == pytest.approx(joint[name], rel=1e-6)


def test_expected_correlation_of_a_residual_that_is_none():
    """The single indicator's residual variance is zero: lavaan has NA."""
    found = fit("visual =~ x1 + x2 + x3\nquick =~ x9\nquick ~ visual", table("hs"))
    indices = found.modification_indices()
    of_quick = indices[(indices["op"] == "~~") & (indices["rhs"] == "x9")]
    assert len(of_quick)
    assert of_quick["epc"].notna().all()
    assert of_quick[["sepc_all", "sepc_nox"]].isna().all(axis=None)


# Nested models ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FROZEN["differences"])
def test_differences_against_lavaan(name):
    estimator, _, method = name.partition("_")
    levels = [["loadings", "intercepts"], ["loadings"], []]
    restricted, free = (
        fit(HS, table("hs"), estimator=estimator, group="school", group_equal=equal)
        for equal in (levels[1:] if method.endswith("2010") else levels[:2])
    )
    ours, theirs = compare(restricted, free, method), FROZEN["differences"][name]
    assert ours["df_diff"] == theirs["df_diff"]
    assert ours["chisq_diff"] == pytest.approx(theirs["chisq_diff"], rel=1e-5)
    assert ours["pvalue"] == pytest.approx(theirs["pvalue"], rel=1e-4)
    default = {"ML": "standard", "MLR": "satorra_bentler_2001", "MLM": "satorra_bentler_2001",
               "MLMV": "satorra_2000"}  # fmt: skip
    if method == default[estimator]:
        assert compare(restricted, free) == ours


@pytest.mark.parametrize("pair", FROZEN["ordinal_differences"])
def test_differences_of_ordinal_fits_against_lavaan(pair):
    restricted, free = (fitted(f"ordinal_{name}") for name in pair.split("_"))
    ours, theirs = compare(restricted, free), FROZEN["ordinal_differences"][pair]
    assert ours["df_diff"] == theirs["df_diff"]
    assert ours["chisq_diff"] == pytest.approx(theirs["chisq_diff"], rel=1e-6)
    assert ours["pvalue"] == pytest.approx(theirs["pvalue"], rel=1e-5)


def test_ordinal_fits_have_no_plain_difference():
    with pytest.raises(NotAvailableError, match="no difference of chi-squares"):
        compare(fitted("ordinal_metric"), fitted("ordinal_groups"), "standard")


@pytest.mark.parametrize("name", ["ordinal", "continuous_wls"])
def test_least_squares_have_no_likelihood_of_a_row(name):
    with pytest.raises(NotAvailableError, match="no likelihood of a row"):
        fitted(name).casewise_log_likelihood()


def test_changes_of_fit_stand_beside(fits):
    free = fit(HS, table("hs"), group="school", group_equal=["loadings"])
    found = compare(fits["groups"], free)
    assert found["delta_cfi"] == pytest.approx(
        fits["groups"].measures["cfi"] - free.measures["cfi"]
    )


def test_pairs_that_cannot_be_compared(fits):
    with pytest.raises(ModelError, match="degrees of freedom"):
        compare(fits["hs"], fits["hs"])
    with pytest.raises(DataError, match="same variables and rows"):
        compare(fits["hs"], fits["pd"])
    with pytest.raises(DataError, match="different estimators"):
        compare(fits["orthogonal"], fit(HS, table("hs"), estimator="MLR"))
    with pytest.raises(NotAvailableError, match="scaled test"):
        compare(fits["orthogonal"], fits["hs"], "satorra_2000")
