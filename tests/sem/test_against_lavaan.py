"""The engine against lavaan, case by case.

Every number comes from tests/reference/sem/generate.R, which holds each case's call of
lavaan::sem() or lavaan::cfa() and writes

    parameterEstimates(fit), standardizedSolution(fit),
    standardizedSolution(fit, type = "std.lv"), lavInspect(fit, "r2"), fitMeasures(fit)

into tests/reference/sem/frozen. Cases with `tight` false were made with lavaan 0.7-2 and
its default stopping rule (a relative change of 1e-10 in F).
"""

import numpy as np
import pandas as pd
import pytest
from sem_cases import NAMES, case, fitted

KEYS = ["lhs", "op", "rhs", "group"]
# GFI changed its definition between versions of lavaan
LEFT_OUT = ("gfi", "agfi", "pgfi")
LIKELIHOOD = ("logl", "unrestricted_logl", "aic", "bic", "bic2")
CHI_SQUARES = ("chisq", "fmin", "baseline_chisq")
INTERVALS = ("rmsea_ci_lower", "rmsea_ci_upper")
SCALED = ("chisq_scal", "baseline_chisq_scal", "chisq_shift", "scaling_factor", "df_scaled")
RESIDUALS = ("rmr", "srmr", "crmr")
# lavaan 0.7-2 stopped early there (a higher F than ours, see test_minimum...): the tight
# runs of the same models, NAME_tight, hold the engine to the full precision
STOPPED_EARLY = {"pd_eq": 3e-4, "simcfa_conf": 3e-4, "simcfa_scalar": 3e-4,
                 "fiml_covariates": 2e-4, "fiml_random": 2e-4}  # fmt: skip
FIML = tuple(n for n in NAMES if n.startswith("fiml"))
# There lavaan 0.6-14 puts a matrix that is not meant into the factor of the robust indices:
# the expected information in place of the observed one of the saturated model (expected),
# and zeros for the predictors' moments, since its second fit has fixed.x = TRUE (random)
OTHER_FACTOR = ("fiml_expected", "fiml_random")

ORDINAL = tuple(n for n in NAMES if n.startswith("ordinal"))
SQUARES = (*ORDINAL, *(n for n in NAMES if n.startswith("continuous")))
# lavaan counts variances there whose residuals it does not sum, of covariates and of numeric
# variables (ordinal_joint): test_diagnostics_beyond_ml.py tests the sums themselves, exactly
OTHER_COUNT = ("ordinal_covariates", "ordinal_covariates_theta", "ordinal_outcome",
               "ordinal_joint")  # fmt: skip
# lavaan 0.6-14 gives a chi-square's p value to weighted squares that have no such
# distribution; 0.7-2 and the engine do not
NO_P_VALUE = tuple(n for n in SQUARES if n not in ("ordinal_wls", "continuous_wls"))
# Robust indices of ordinal data (Savalei 2021). lavaan adds up the groups' traces of the
# baseline in a way that is right for one group only, and gives up where ours exist
OTHER_BASELINE = tuple(n for n in ORDINAL if case(n)["arguments"].get("group"))
GIVEN_UP = tuple(
    n for n in OTHER_BASELINE if np.isnan(case(n)["measures"].get("rmsea_robust", 0))
)  # lavaan's own nan; ours are tested by the groups whose baseline it does solve

# The baseline's factor is exactly 1 under DWLS (U is diagonal, W its inverse variances). lavaan
# takes a factor equal to 1 for "no correction" and drops the model's too
UNIT_BASELINE = ("continuous_wlsmv",)

# lavaan's optimiser ends beyond the bound: the variance is -1e-9 there, and has no R squared
BEYOND_THE_BOUND = ("inequality_variance",)

WITH_INTERVALS = [n for n in NAMES if case(n)["intervals"] is not None and n not in STOPPED_EARLY]

each_case = pytest.mark.parametrize("name", NAMES)


def close(ours, theirs, relative, floor=0.01):
    """Equal within `relative` of the frozen values, or of `floor` where smaller; nan alike."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    gap = np.abs(ours - theirs) / np.maximum(floor, np.abs(theirs))
    alike = np.array_equal(np.isnan(ours), np.isnan(theirs))
    return alike and np.nanmax(gap, initial=0.0) <= relative


def measures(name, choose):
    """Frozen measures and ours, for the names that `choose` accepts."""
    if name in NO_P_VALUE:
        without = choose

        def choose(k):
            return without(k) and k not in ("pvalue", "baseline_pvalue")

    theirs = {k: v for k, v in case(name)["measures"].items() if choose(k)}
    return [fitted(name).measures[k] for k in theirs], list(theirs.values())


@each_case
def test_rows_stand_in_lavaans_order(name):
    pd.testing.assert_frame_equal(fitted(name).parameters[KEYS], case(name)["parameters"][KEYS])


@each_case
def test_labels(name):
    """Where lavaan shows the argument of equal(), the engine shows the label both share."""
    ours, theirs = fitted(name).parameters["label"], case(name)["parameters"]["label"]
    called = theirs.str.contains("=~")
    assert list(ours[~called]) == list(theirs[~called])
    assert ours[called].isin(ours[~called]).all()


@each_case
def test_converges(name):
    assert fitted(name).converged


@pytest.mark.parametrize("name", [n for n in NAMES if n not in SQUARES])
def test_minimum_is_not_above_lavaans(name):
    """Of the model; lavaan's saturated model of incomplete data is short of its maximum."""
    theirs = case(name)["measures"]["logl"]
    assert fitted(name).measures["logl"] >= theirs - 1e-11 * max(abs(theirs), 1)


@each_case
def test_estimates(name):
    tolerance = STOPPED_EARLY.get(name, 5e-5)
    assert close(fitted(name).parameters["est"], case(name)["parameters"]["est"], tolerance)


@each_case
def test_standard_errors(name):
    assert close(fitted(name).parameters["se"], case(name)["parameters"]["se"], 5e-5)


@pytest.mark.parametrize("name", WITH_INTERVALS)
def test_p_values(name):
    ours, theirs = fitted(name).parameters["pvalue"], case(name)["intervals"]["pvalue"]
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


@pytest.mark.parametrize("column", ["ci_lower", "ci_upper"])
@pytest.mark.parametrize("name", WITH_INTERVALS)
def test_intervals(name, column):
    """A bound may be close to zero: it is exact to 5e-5 of the estimate it belongs to."""
    ours, theirs = fitted(name).parameters, case(name)["intervals"]
    gap = (ours[column] - theirs[column]).abs()
    assert (gap <= 5e-5 * np.maximum(ours["est"].abs() + 2 * ours["se"], 0.01)).all()


@each_case
def test_standardised_estimates(name):
    tolerance = STOPPED_EARLY.get(name, 5e-5)
    assert close(fitted(name).standardized()["est"], case(name)["std_all"]["est"], tolerance)


@each_case
def test_standard_errors_of_standardised_estimates(name):
    assert close(fitted(name).standardized()["se"], case(name)["std_all"]["se"], 5e-5)


@each_case
def test_parameters_carry_the_standardised_estimates(name):
    tolerance = STOPPED_EARLY.get(name, 5e-5)
    assert close(fitted(name).parameters["std_all"], case(name)["std_all"]["est"], tolerance)


@pytest.mark.parametrize("name", [n for n in NAMES if case(n)["std_lv"] is not None])
def test_estimates_with_standardised_latents(name):
    tolerance = STOPPED_EARLY.get(name, 5e-5)
    assert close(fitted(name).standardized("std_lv")["est"], case(name)["std_lv"]["est"], tolerance)


@pytest.mark.parametrize("name", [n for n in NAMES if case(n)["std_lv"] is not None])
def test_standard_errors_with_standardised_latents(name):
    assert close(fitted(name).standardized("std_lv")["se"], case(name)["std_lv"]["se"], 5e-5)


WITH_R2 = [n for n in NAMES if case(n)["r2"] is not None and n not in BEYOND_THE_BOUND]


@pytest.mark.parametrize("name", WITH_R2)
def test_r_squared(name):
    ours = fitted(name).r_squared().set_index(["group", "lhs"])["r2"]
    parts = enumerate(case(name)["r2"], start=1)
    theirs = {(g, k): v for g, part in parts for k, v in (part or {}).items()}
    assert set(ours.index) == set(theirs)
    assert close(ours, [np.nan if theirs[k] is None else theirs[k] for k in ours.index], 5e-5)


@each_case
def test_no_measure_is_missing(name):
    wanted = {k for k in case(name)["measures"] if not k.startswith(LEFT_OUT)}
    assert not wanted.difference(fitted(name).measures)


@each_case
@pytest.mark.parametrize("measure", ["npar", "df", "baseline_df"])
def test_counts(name, measure):
    assert fitted(name).measures[measure] == case(name)["measures"][measure]


@pytest.mark.parametrize("name", [n for n in NAMES if n not in SQUARES])
def test_number_of_rows(name):
    """lavaan's fitMeasures() of weighted squares do not hold it."""
    assert fitted(name).measures["ntotal"] == case(name)["measures"]["ntotal"]


@each_case
def test_chi_squares(name):
    """lavaan's EM of the saturated model stops at a relative change of 1e-5.

    And its polychoric and polyserial correlations are one nlminb() each, right to about 1e-7.
    """
    tolerance = 1e-6 if name in (*FIML, *ORDINAL) else 1e-8
    assert close(*measures(name, lambda k: k in CHI_SQUARES), tolerance, floor=1e-2)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in SQUARES])
def test_likelihood_and_information_criteria(name):
    assert close(*measures(name, lambda k: k in LIKELIHOOD), 1e-8)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in OTHER_COUNT])
def test_root_mean_square_residuals(name):
    assert close(*measures(name, lambda k: k.startswith(RESIDUALS)), 1e-5)


@each_case
@pytest.mark.parametrize("measure", INTERVALS)
def test_rmsea_interval(name, measure):
    """lavaan finds the noncentrality by uniroot() with R's default tolerance of 1.2e-4."""
    ours, frozen = fitted(name).measures, case(name)["measures"]
    groups, divisor = len(fitted(name).moments), ours["ntotal"] * max(ours["df"], 1)
    for variant in (v for v in (measure, f"{measure}_scaled", f"{measure}_robust") if v in frozen):
        theirs = frozen[variant]
        noncentrality = theirs**2 * divisor / groups
        if variant.endswith("robust") and name in (*OTHER_FACTOR, *ORDINAL):
            continue
        c = max(1.3, ours.get("chisq_scaling_factor", 1.0))
        within = np.sqrt((noncentrality + 1.3e-4 * c) * groups / divisor) - theirs if theirs else 0
        assert ours[variant] == pytest.approx(theirs, abs=within + 1e-6 * (name in FIML) + 1e-8)


@each_case
def test_scaled_chi_squares(name):
    """lavaan differentiates the observed information numerically."""
    assert close(*measures(name, lambda k: k.startswith(SCALED)), 5e-6)


@each_case
def test_every_other_measure(name):
    """CFI, TLI, RMSEA, p values, McDonald's, Hoelter's and the others."""
    tested = (*LEFT_OUT, *CHI_SQUARES, *LIKELIHOOD, *INTERVALS, *RESIDUALS, *SCALED)

    def other(k):
        return not k.startswith(tested) and not k.endswith(("_scaled", "_robust"))

    assert close(*measures(name, other), 1e-6 if name in ORDINAL else 1e-7, floor=1.0)


@each_case
def test_scaled_and_robust_measures(name):
    kinds = ("_scaled",) if name in (*OTHER_FACTOR, *ORDINAL) else ("_scaled", "_robust")
    other = ("tli_robust", "nnfi_robust", "rni_robust") if name in UNIT_BASELINE else ()

    def variant(k):
        return k.endswith(kinds) and not k.startswith((*INTERVALS, *SCALED, *other))

    assert close(*measures(name, variant), 1e-5 if name in FIML else 2e-6, floor=1.0)


@pytest.mark.parametrize("name", UNIT_BASELINE)
def test_a_factor_of_one_of_the_baseline_corrects_nothing(name):
    """tr(W Gamma) of the covariances alone, W = 1 / diag(Gamma), is their number."""
    frozen, found = case(name)["measures"], fitted(name)
    base = found.baseline.scaled
    assert base.trace == pytest.approx(found.baseline.df, rel=1e-8)
    gap, base_gap = (frozen[f"{k}chisq"] - frozen[f"{k}df"] for k in ("", "baseline_"))
    assert frozen["rni_robust"] == pytest.approx(1 - gap / base_gap, rel=1e-10)
    gap = frozen["chisq"] - found.scaled.trace
    assert found.measures["rni_robust"] == pytest.approx(1 - gap / base_gap, rel=1e-8)


@pytest.mark.parametrize("name", [n for n in ORDINAL if n not in OTHER_BASELINE])
def test_robust_incremental_indices_of_ordinal_data(name):
    kinds = [f"{k}_robust" for k in ("cfi", "tli", "nnfi", "rni")]
    assert close(*measures(name, lambda k: k in kinds), 2e-6, floor=1.0)


@pytest.mark.parametrize("name", [n for n in ORDINAL if n not in GIVEN_UP])
def test_robust_rmsea_of_ordinal_data(name):
    """lavaan 0.6-14 divides by N - G there, 0.7-2 and the engine by N."""
    groups = len(fitted(name).parts)
    kinds = [f"rmsea_{k}robust" for k in ("", "ci_lower_", "ci_upper_")]
    ours, theirs = measures(name, lambda k: k in kinds)
    n = fitted(name).measures["ntotal"]
    assert close(ours, np.multiply(theirs, np.sqrt((n - groups) / n)), 1e-5, floor=1.0)
