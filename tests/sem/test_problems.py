"""Fits that a reader must not trust come back marked, with the parameter and a hint."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sem_cases import HS, table

from surveysem.sem import fit
from surveysem.sem.errors import IdentificationError

NAMES = [f"x{k}" for k in range(1, 10)]


def implied_cov(correlations, loading=0.6, each=2):
    """Covariances of unit-variance items, `each` a latent, from the latents' correlations."""
    R = np.array(correlations, dtype=float)
    cov = np.kron(R, np.full((each, each), loading**2))
    np.fill_diagonal(cov, 1.0)
    names = NAMES[: len(cov)]
    return pd.DataFrame(cov, names, names)


def kinds(found):
    return [problem.kind for problem in found.problems]


def heywood():
    """Rscript: cfa("f =~ x1 + x2 + x7 + x8", HolzingerSwineford1939) has x8 ~~ x8 = -0.552."""
    return fit("f =~ x1 + x2 + x7 + x8", table("hs"))


def beyond_one():
    cov = implied_cov([[1, 1.25], [1.25, 1]])
    return fit("f =~ x1 + x2\ng =~ x3 + x4", sample_cov=cov, sample_nobs=200)


def not_positive_definite():
    cov = implied_cov([[1, 0.8, 0.8], [0.8, 1, -0.2], [0.8, -0.2, 1]], each=3)
    return fit(
        "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nh =~ x7 + x8 + x9", sample_cov=cov, sample_nobs=200
    )


def residuals_of_no_data():
    """Three residuals that correlate by -.3 / .36 each: no pair is wrong, the three are."""
    cov = pd.DataFrame(np.full((6, 6), 0.64), NAMES[:6], NAMES[:6])
    cov.iloc[:3, :3] = 0.34
    cov[:] = np.where(np.eye(6) == 1, 1.0, cov)
    text = "f =~ x4 + x1 + x2 + x3 + x5 + x6\nx1 ~~ -0.3*x2 + -0.3*x3\nx2 ~~ -0.3*x3"
    return fit(text, sample_cov=cov, sample_nobs=200)


def unidentified():
    return fit("f =~ NA*x1 + x2 + x3 + x4", table("hs"))


def not_converging():
    """F has no minimum: the residual variance of x2 goes to minus infinity, in lavaan too."""
    return fit("f =~ x2 + x3 + x5 + x7", table("hs"))


EVERY = [heywood, beyond_one, not_positive_definite, residuals_of_no_data, unidentified,
         not_converging]  # fmt: skip


def test_a_sound_fit_has_no_problems():
    found = fit(HS, table("hs"))
    assert (found.problems, found.admissible, found.converged) == ((), True, True)


def test_heywood_case():
    found = heywood()
    assert kinds(found) == ["heywood"]
    assert found.problems[0].subject == "x8 ~~ x8"
    assert "negative variance of x8: -0.552" in found.problems[0].message


def test_heywood_case_names_the_group():
    """The groups share no parameter: what is wrong in one alone is wrong there together too."""
    data = table("hs")
    alone = fit("f =~ x1 + x2 + x7 + x8", data[data["school"] == "Grant-White"])
    together = fit("f =~ x1 + x2 + x7 + x8", data, group="school")
    expected = {f"{p.message} (group)" for p in alone.problems if p.kind == "heywood"}
    found = {
        p.message.replace(" (group Grant-White)", "") + " (group)"
        for p in together.problems
        if p.kind == "heywood" and "(group Grant-White)" in p.message
    }
    assert found == expected != set()


def test_heywood_case_of_a_latent_variable():
    cov = implied_cov([[1, 0.5], [0.5, 1]])
    cov.loc["x1", "x2"] = cov.loc["x2", "x1"] = -0.3
    found = fit("f =~ x1 + 1*x2\ng =~ x3 + 1*x4", sample_cov=cov, sample_nobs=200)
    assert "f ~~ f" in [p.subject for p in found.problems if p.kind == "heywood"]


def test_latent_correlation_beyond_one():
    found = beyond_one()
    assert kinds(found) == ["latent_correlation"]
    assert found.problems[0].subject == "f ~~ g"
    assert "1.250" in found.problems[0].message


def test_latent_covariance_matrix_that_no_pair_explains():
    found = not_positive_definite()
    assert kinds(found) == ["latent_covariance"]


def test_residual_covariance_matrix_that_no_variance_explains():
    found = residuals_of_no_data()
    assert kinds(found) == ["residual_covariance"]
    assert found.problems[0].subject in ("x1", "x2", "x3")


def test_unidentified_model_names_the_parameters():
    found = unidentified()
    assert "identification" in kinds(found)
    message = next(p.message for p in found.problems if p.kind == "identification")
    assert "f ~~ f" in message
    assert "f =~ x1" in message


def test_unidentified_model_has_estimates_and_no_standard_errors():
    found = unidentified()
    free = [row.value is None for row in found.table.rows]
    assert np.isfinite(found.parameters["est"]).all()
    assert found.parameters["se"][free].isna().all()
    assert np.isnan(found.standardized()["se"]).any()


def test_no_convergence():
    found = not_converging()
    assert not found.converged
    assert "no_convergence" in kinds(found)


def test_the_error_of_an_only_indicator_is_not_identified():
    text = "f =~ x1 + x3 + x4\ng =~ x2\n"
    assert fit(text, table("hs")).problems == ()
    assert "identification" in kinds(fit(text + "x2 ~~ NA*x2", table("hs")))


@pytest.mark.parametrize("make", EVERY)
def test_problems_make_a_fit_inadmissible(make):
    assert not make().admissible


@pytest.mark.parametrize("make", EVERY)
def test_problems_come_with_a_hint(make):
    for problem in make().problems:
        assert problem.subject
        assert problem.message
        assert problem.hint


@pytest.mark.parametrize("make", EVERY)
def test_everything_can_be_asked_of_a_marked_fit(make):
    """No warning, no exception: what is not defined is not a number."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = make()
        rows = len(found.table.rows)
        assert len(found.parameters) == len(found.standardized("std_lv")) == rows
        assert found.vcov().shape == (rows, rows)
        assert {"chisq", "cfi", "srmr"} <= set(found.measures)
        assert len(found.r_squared())
        assert len(found.implied()) == 1
        assert "problems" in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f =~ x1 + x2", "4 free parameters, but only 3 sample moments"),
        ("f =~ NA*x1 + x2 + x3", "7 free parameters, but only 6 sample moments"),
        ("x1 ~ x2\nx2 ~ x1\nx1 ~~ x2", "5 free parameters, but only 3 sample moments"),
        ("x1 ~ sex\nx2 ~ sex + x1\nx1 ~~ x2", "6 free parameters, but only 5 sample moments"),
    ],
)
def test_more_parameters_than_moments_cannot_be_fitted(text, said):
    with pytest.raises(IdentificationError) as caught:
        fit(text, table("hs"))
    assert said in str(caught.value)
    assert "hint" in str(caught.value)


def test_a_saturated_model_is_sound():
    found = fit("x1 ~ x2 + x3", table("hs"))
    assert found.problems == ()
    assert found.measures["df"] == 0
    assert found.measures["chisq"] == pytest.approx(0, abs=1e-9)
    assert np.isnan(found.measures["pvalue"])


def test_a_model_without_free_parameters_is_evaluated():
    found = fit("x1 ~~ 1*x1\nx2 ~~ 1*x2\nx1 ~~ 0*x2", table("hs"))
    assert (found.npar, found.converged) == (0, True)
    assert found.measures["df"] == 3


def test_a_minimum_where_scoring_crawls_is_found():
    """A Heywood case whose curvature is 12 times the expected information: Newton finishes it.

    Rscript: fitMeasures(sem(text, sim[397:496, ]), "chisq") is 75.97594.
    """
    text = """
    f6 =~ y24 + y22
    f2 =~ y5 + y6
    f7 =~ y27 + y26 + y25
    f8 =~ y30 + y29 + y28
    f1 =~ y1 + y4 + y3
    f6 ~ f2
    f8 ~ f2
    f1 ~ f2 + f6 + f8
    """
    found = fit(text, table("sim").iloc[396:496])
    assert found.converged
    assert found.measures["chisq"] == pytest.approx(75.97594, abs=1e-4)


def test_a_second_start_leaves_an_inadmissible_local_minimum():
    """From the first start Newton ends in a Heywood case with chi-square 1781.90.

    Rscript: fitMeasures(cfa(text, sim), "chisq") is 1759.667, without a warning.
    """
    text = """
    f3 =~ y8 + start(0.7)*y9 + y10 + y11
    f1 =~ y1 + y2 + NA*y3 + -0.3*y4
    f2 =~ y5 + y6 + y7
    f4 ~ f3 + f2
    f4 =~ y12 + y13 + start(0.4)*y14
    """
    found = fit(text, table("sim"))
    assert found.measures["chisq"] == pytest.approx(1759.66675, abs=1e-4)
    assert found.admissible
