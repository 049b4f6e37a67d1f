"""Pooling over imputed data sets: semTools and mice, closed forms, failures."""

import numpy as np
import pandas as pd
import pytest
from missing_cases import (
    COARSE,
    NOT_OURS,
    arguments,
    compare_measures,
    frozen,
    imputed,
    matched,
)
from sem_cases import HS, table

from surveysem.sem import SurveySemError, fit, pool
from surveysem.sem.rubin import d1, d2, d3, rubin

NAMES = ["ml", "mlr", "groups", "wlsmv"]
_pooled = {}


def pooled(name: str, **more):
    key = (name, *sorted(more))
    if key not in _pooled:
        c = frozen("pooled")[name]
        given = arguments(c, "estimator", "group", "ordered", "meanstructure")
        equal = {"group_equal": ["loadings"]} if c.get("group") and not more.get("free") else {}
        _pooled[key] = pool(c["model"], imputed(c["data"]), **given, **equal)
    return _pooled[key]


@pytest.mark.parametrize("name", NAMES)
def test_parameters_against_semtools(name):
    c = frozen("pooled")[name]
    both = matched(pooled(name).parameters, c["parameters"])
    for column in ("est", "se", "std.lv", "std.all"):
        own = column.replace(".", "_")
        theirs = both[column + "_r"] if column in ("est", "se") else both[column]
        # semTools standardises the mean of residual variances that follow from loadings
        at = (both["lhs"] != both["rhs"]) | (name != "wlsmv") | (column in ("est", "se"))
        np.testing.assert_allclose(both[own][at], theirs[at], rtol=1e-4, atol=2e-5, err_msg=column)
    tested = both["se"].to_numpy() > 0
    both = both[tested]
    few = both["df"] < 9999  # beyond that semTools has infinitely many
    np.testing.assert_allclose(both["df"][few], both["df_r"][few], rtol=2e-3)
    np.testing.assert_allclose(both["pvalue"], both["pvalue_r"], rtol=1e-3, atol=1e-5)
    for column in ("fmi", "riv"):
        np.testing.assert_allclose(both[column], both[column + "_r"], rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("name", ["ml", "mlr"])
def test_defined_parameters_against_mice(name):
    expected = frozen("pooled")[name]["defined"][0]
    row = pooled(name).parameters.query("op == ':='").iloc[0]
    for column in ("est", "se", "df", "riv"):
        assert row[column] == pytest.approx(expected[column], rel=1e-3, abs=1e-6), column


@pytest.mark.parametrize("name", NAMES)
def test_tests_and_measures_against_semtools(name):
    c, found = frozen("pooled")[name], pooled(name)
    for method, expected in c["tests"].items():
        compare_measures(found.lr_test(method=method), expected, rel=1e-4, skip=_EXTRA)
    for key, expected in c["measures"].items():
        method = "D2" if key == "pooled" else key
        measures = found.fit_measures(method, pool_robust=key == "pooled")
        theirs = {k for k in expected if "rmr" in k} if name == "wlsmv" else set()
        compare_measures(measures, expected, rel=1e-4, skip=NOT_OURS | COARSE | theirs)
        for interval in COARSE & set(expected):
            assert measures[interval] == pytest.approx(expected[interval], abs=1e-3)


_EXTRA = {"npar", "ntotal", "logl", "unrestricted_logl", "aic", "bic", "bic2"}


def test_nested_models_against_semtools():
    expected = frozen("pooled")["groups"]["difference"]
    restricted, free = pooled("groups"), pooled("groups", free=True)
    for method in ("D2", "D3"):
        found = restricted.lr_test(free, method=method)
        compare_measures(found, expected[method], rel=5e-4)
    found = restricted.lr_test(free, method="D2", pool_robust=True)
    compare_measures(found, expected["pooled"], rel=5e-4)
    with pytest.raises(SurveySemError, match="degrees of freedom"):
        free.lr_test(restricted)


@pytest.mark.parametrize("name", ["ml", "mlr"])
def test_wald_tests_against_semtools(name):
    expected = frozen("pooled")[name]["wald"]
    found = pooled(name)
    compare_measures(found.wald_test("b\nc", method="D2"), expected["D2"], rel=1e-3)
    d1_ = found.wald_test("b == 0\nc == 0")
    theirs = expected["D1"]
    for key in ("df1", "df2", "ariv", "fmi"):
        assert d1_[key] == pytest.approx(theirs[key], rel=1e-3), key
    # semTools takes the increase of all parameters in the statistic, D1 that of the tested ones
    ours = d1_["F"] * (1 + d1_["ariv"])
    assert ours == pytest.approx(theirs["F"] * (1 + expected["ariv"]), rel=1e-3)


def test_few_degrees_of_freedom_against_mice():
    estimates, errors = (
        np.array([[1], [1.3], [0.8], [1.1]]),
        np.sqrt([[0.2], [0.25], [0.18], [0.22]]),
    )
    for expected in frozen("pooled")["barnard_rubin"]:
        found = rubin(estimates, errors, expected["complete_df"])
        assert found.df[0] == pytest.approx(expected["df"], rel=1e-9)
        assert found.se[0] == pytest.approx(expected["se"], rel=1e-9)


def test_rules_by_hand():
    found = rubin(np.array([[1.0, 2.0], [3.0, 2.0]]), np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert found.est.tolist() == [2.0, 2.0]
    assert found.se[0] == pytest.approx(2.0)  # 1 + 1.5 * 2
    assert (found.riv[0], found.fmi[0]) == pytest.approx((3.0, 0.75))
    assert found.df[0] == pytest.approx((1 + 1 / 3) ** 2)
    assert found.se[1] == 0
    assert np.isnan(found.df[1])


def test_equal_data_sets_give_the_single_fit():
    data = table("hs")
    one = fit(HS, data, estimator="MLR", meanstructure=True)
    found = pool(HS, [data, data.copy(), data], estimator="MLR", meanstructure=True)
    for column in ("est", "se", "pvalue", "std_all"):
        np.testing.assert_allclose(found.parameters[column], one.parameters[column], atol=1e-10)
    for method in ("D2", "D3"):
        measures = found.fit_measures(method)
        for name in ("chisq", "chisq_scaled", "cfi", "rmsea_robust", "cfi_scaled", "srmr", "tli"):
            assert measures[name] == pytest.approx(one.measures[name], rel=1e-9), (method, name)
    assert found.lr_test(method="D3")["ariv"] == pytest.approx(0, abs=1e-9)
    labelled = HS.replace("x2", "a*x2")
    single = fit(labelled, data).wald_test("a == 0.5")["chisq"]
    assert pool(labelled, [data, data]).wald_test("a == 0.5")["F"] == pytest.approx(single)
    standardised = found.standardized()
    np.testing.assert_allclose(standardised["se"], one.standardized()["se"], rtol=1e-7, atol=1e-12)
    assert found.residuals()[0]["cov"].abs().max(axis=None) > 0
    assert len(found.r_squared()) == 9


def test_one_restriction_makes_d1_a_t_test():
    gap, within, between, m = np.array([0.7]), np.array([[0.04]]), np.array([[0.02]]), 10
    found = d1(gap, within, between, m, asymptotic=False)
    assert found["F"] == pytest.approx(0.7**2 / (0.04 + 1.1 * 0.02))
    assert d2(np.full(4, 12.0), 3, asymptotic=True)["chisq"] == pytest.approx(12)
    assert d3(12.0, 12.0, 3, 4, asymptotic=False)["F"] == pytest.approx(4)
    assert d2(np.array([0.1, 40.0]), 5, asymptotic=False)["F"] == 0


# Failures -------------------------------------------------------------------------------


def test_data_sets_that_fail_are_named_and_kept_out():
    sets = imputed("hs")
    whole = pool(HS, sets[:3])
    broken = [sets[0], sets[3].assign(x1=1.0), sets[1], sets[2]]
    found = pool(HS, broken)
    assert (found.m, found.count, found.failed, found.used) == (3, 4, (1,), (0, 2, 3))
    (problem,) = found.problems
    assert problem.subject == "data set 2"
    assert "x1" in problem.message
    np.testing.assert_allclose(found.parameters["est"], whole.parameters["est"])
    assert "3 of 4" in repr(found)
    assert found.admissible
    with pytest.raises(SurveySemError, match="different data sets"):
        found.lr_test(whole)


def test_data_sets_with_gaps_are_pooled_by_d2():
    sets = [data.copy() for data in imputed("hs")[:2]]
    for k, data in enumerate(sets):
        data.loc[k::9, "x2"] = np.nan
    found = pool(HS, sets, missing="fiml", estimator="MLR")
    assert found.measures["df_scaled"] == 24
    assert found.measures["chisq"] == pytest.approx(found.lr_test(method="D2")["chisq"])
    with pytest.raises(SurveySemError, match="complete data sets"):
        found.lr_test(method="D3")


def test_groups_keep_their_numbers():
    """Though another group comes first in one of the data sets."""
    sets = [data.copy() for data in imputed("hs")[:2]]
    turned = [sets[0], sets[1][::-1]]
    a, b = (pool(HS, some, group="school").parameters for some in (sets, turned))
    pd.testing.assert_frame_equal(a, b, rtol=1e-6)


@pytest.mark.parametrize(
    ("sets", "given", "word"),
    [
        (lambda s: s[0], {}, "list of DataFrames"),
        (lambda s: s[:1], {}, "two or more"),
        (lambda s: [s[0], s[1].to_numpy()], {}, "list of DataFrames"),
        (lambda s: [s[0], s[1][:-5]], {}, "same rows"),
        (lambda s: [d.assign(x1=1.0) for d in s], {}, "'x1' has one value"),
        (lambda s: [s[0], s[1].assign(x1=1.0)], {}, "1 of 2 data sets"),
        (lambda s: s, {"se": "none"}, "se='none'"),
        (lambda s: s, {"sample_cov": 1}, "sample_cov"),
    ],
)
def test_wrong_input_is_refused(sets, given, word):
    with pytest.raises(SurveySemError, match=word) as error:
        pool(HS, sets(imputed("hs")), **given)
    assert "hint" in str(error.value)


def test_what_is_not_pooled_is_refused():
    found = pooled("ml")
    for call, word in (
        (lambda: found.lr_test(method="D4"), "D4"),
        (lambda: found.wald_test("b", method="D3"), "D1, D2"),
        (lambda: found.fit_measures(pool_robust=True), "scaled test"),
        (lambda: found.residuals("standardized"), "pooled"),
        (lambda: found.wald_test("q == 0"), "'q' is not a label"),
        (lambda: pooled("wlsmv").lr_test(method="D3"), "maximum likelihood"),
        (lambda: found.standardized("std"), "std_all"),
    ):
        with pytest.raises(SurveySemError, match=word):
            call()
