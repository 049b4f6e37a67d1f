"""Two stages: lavaan, what the estimates are by definition, recovery, refusals."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from missing_cases import X, arguments, compare_measures, frozen, incomplete, matched
from sem_cases import HS, table

from surveysem.sem import SurveySemError, compare, fit
from surveysem.sem.simulate import simulate

NAMES = ["hs", "pd", "groups", "random_x", "clusters", "expected"]
KINDS = ["two_stage", "robust_two_stage"]


def fitted(c: dict, kind: str, **more):
    data = incomplete(c["data"], c["columns"])
    data = data[:300] if c["data"] == "sim" else data
    given = arguments(c, "group", "group_equal", "cluster", "information", "auxiliary")
    return fit(c["model"], data, missing=kind, **({"fixed_x": False} | given | more))


# lavaan's plain two stages know no clusters
CASES = [(name, kind) for name in NAMES for kind in KINDS if kind in frozen("two_stage")[name]]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_against_lavaan(name, kind):
    c = frozen("two_stage")[name]
    found = fitted(c, kind)
    both = matched(found.parameters, c[kind]["parameters"])
    np.testing.assert_allclose(both["est"], both["est_r"], rtol=5e-6, atol=4e-6)
    np.testing.assert_allclose(both["se"], both["se_r"], rtol=5e-6, atol=1e-6)
    compare_measures(found.measures, c[kind]["measures"], rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_auxiliary_variables_enter_the_first_stage_only(kind):
    """Against the same from lavaan's saturated moments and informations of all variables."""
    c = frozen("two_stage")["auxiliary"]
    found = fitted(c, kind)
    assert not found.parameters[["lhs", "rhs"]].isin(c["auxiliary"]).any(axis=None)
    both = matched(found.parameters, c[kind]["parameters"])
    np.testing.assert_allclose(both["est"], both["est_r"], rtol=5e-6, atol=4e-6)
    np.testing.assert_allclose(both["se"], both["se_r"], rtol=5e-6, atol=1e-6)
    assert found.chisq == pytest.approx(c[kind]["chisq"], rel=1e-6)
    assert found.baseline.chisq == pytest.approx(c[kind]["baseline_chisq"], rel=1e-6)
    assert found.scaled.factor == pytest.approx(c[kind]["factor"], rel=1e-6)


def test_complete_data_give_what_their_moments_give():
    """Estimates are those of complete data, and with expected information their errors."""
    data = table("hs")
    plain = fit(HS, data, meanstructure=True)
    found = fit(HS, data, missing="two_stage")
    np.testing.assert_allclose(found.parameters["est"], plain.parameters["est"], atol=1e-7)
    assert found.chisq == pytest.approx(plain.chisq, rel=1e-9)
    # Gamma = A1^-1: the scaled test is the unscaled one
    assert found.scaled.factor == pytest.approx(1, rel=1e-9)
    robust = fit(HS, data, missing="robust_two_stage")
    other = fit(HS, data, estimator="MLM", meanstructure=True)
    # MLM's weights are at the model, these at the sample's moments
    np.testing.assert_allclose(robust.parameters["se"], other.parameters["se"], rtol=0.2)


def test_the_normal_covariance_with_weights_at_the_moments_is_the_sandwich_of_definition():
    """(D'AD)^-1 D'A Gamma A D (D'AD)^-1 with Gamma the inverse of the observed information."""
    found = fit("f =~ x1 + x2 + x3 + x4", incomplete("hs", X), missing="two_stage")
    part, im = found.parts[0], found.implied_moments[0]
    D = part.jacobian(im) @ found.objective.parameters.K[part.layout.rows]
    A = part.weigh(im, np.eye(len(D)))
    bread = np.linalg.inv(D.T @ A @ D)
    gamma = np.linalg.inv(part.first.part.saturation.information)
    V = bread @ D.T @ A @ gamma @ A @ D @ bread / found.size
    K = found.objective.parameters.K
    np.testing.assert_allclose(found.vcov(), K @ V @ K.T, rtol=1e-7, atol=1e-10)


def test_covariates_may_be_fixed():
    """With complete covariates nothing but their own moments changes (lavaan refuses it).

    Exactly so where the model fits exactly, and the errors are normal theory's.
    """
    data = incomplete("hs", X)
    exact = "x1 ~ ageyr + sex\nx2 ~ ageyr + sex"
    for kind, model in product(KINDS, [exact, "visual =~ x1 + x2 + x3\nvisual ~ ageyr + sex"]):
        fixed, free = (fit(model, data, missing=kind, fixed_x=v) for v in (True, False))
        own = ~fixed.parameters["lhs"].isin(["ageyr", "sex"]) & (fixed.parameters["op"] != "~1")
        a, b = fixed.parameters[own], free.parameters[own.to_numpy()]
        np.testing.assert_allclose(a["est"], b["est"], rtol=1e-6)
        rel = 1e-6 if model == exact else 5e-3
        rel = rel if kind == "two_stage" else 0.1
        np.testing.assert_allclose(a["se"], b["se"], rtol=rel, atol=1e-9)
        assert fixed.df == free.df
        assert fixed.chisq == pytest.approx(free.chisq, rel=1e-7, abs=1e-7)


def test_weights_count_rows():
    """Rows with weight two are rows that stand there twice, as far as estimates go."""
    data = incomplete("hs", X).assign(w=1.0 + (np.arange(301) % 3 == 0))
    twice = pd.concat([data, data[data["w"] == 2]], ignore_index=True)
    found = fit(HS, data, missing="robust_two_stage", weights="w")
    np.testing.assert_allclose(
        found.parameters["est"],
        fit(HS, twice, missing="robust_two_stage").parameters["est"],
        rtol=1e-6, atol=1e-8,
    )  # fmt: skip


@pytest.mark.parametrize("equal", ["metric", "scalar"])
@pytest.mark.parametrize("kind", ["fiml", "two_stage", "robust_two_stage"])
def test_scaled_differences_against_lavaan(kind, equal):
    """Where lavaan's are wrong the generator computes them (see there)."""
    c = frozen("compare")
    data = incomplete("hs", X)
    given = {"missing": kind, "group": "school", "estimator": "MLR" if kind == "fiml" else "ML"}
    free = fit(HS, data, **given)
    same = ["loadings"] if equal == "metric" else ["loadings", "intercepts"]
    restricted = fit(HS, data, group_equal=same, **given)
    for method, expected in c[kind][equal].items():
        found = compare(restricted, free, method=method)
        assert found["chisq_diff"] == pytest.approx(expected, rel=2e-4), method
        assert found["df_diff"] == (6 if equal == "metric" else 12)


def test_second_order_tests_have_the_moments_of_chi_square():
    for test in ("scaled_shifted", "mean_var_adjusted"):
        found = fit(HS, incomplete("hs", X), missing="two_stage", test=test).scaled
        assert 0 < found.pvalue < 1e-3
        assert found.trace == pytest.approx(24 * 1.2, rel=0.3)


@pytest.fixture(scope="module")
def at_random():
    """Answers to y4 to y6 that go missing the more often, the higher the complete y1 is."""
    model = """f =~ 1*y1 + 0.8*y2 + 0.9*y3
    g =~ 1*y4 + 0.7*y5 + 0.8*y6
    g ~ 0.5*f\nf ~~ 1*f\ng ~~ 0.75*g"""
    for k in range(1, 7):
        model += f"\ny{k} ~~ 0.6*y{k}"
    data = simulate(model, n=4000, seed=11)
    u = np.random.default_rng(5).random((len(data), 3))
    chance = 1 / (1 + np.exp(1 - 1.5 * data["y1"].to_numpy()))
    gone = u < chance[:, None]
    data[["y4", "y5", "y6"]] = data[["y4", "y5", "y6"]].mask(gone)
    return data


def test_recovery_where_answers_are_missing_at_random(at_random):
    model = "f =~ y1 + y2 + y3\ng =~ y4 + y5 + y6\ng ~ f"
    found = fit(model, at_random, missing="robust_two_stage").parameters
    key = (found["lhs"] + found["op"] + found["rhs"]).to_list()
    est = dict(zip(key, found["est"], strict=True))
    se = dict(zip(key, found["se"], strict=True))
    for name, value in {"g~f": 0.5, "y4~1": 0.0, "g=~y5": 0.7, "g=~y6": 0.8, "f=~y2": 0.8}.items():
        assert abs(est[name] - value) < 3 * se[name], name
    listwise = fit(model, at_random, meanstructure=True).parameters
    biased = listwise.loc[(listwise["lhs"] == "y4") & (listwise["op"] == "~1"), "est"].item()
    assert abs(biased) > 5 * se["y4~1"]


# Refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"estimator": "MLR"}, "estimator MLR"),
        ({"se": "standard"}, "se='standard'"),
        ({"test": "yuan_bentler"}, "yuan_bentler"),
        ({"information": "first_order"}, "first_order"),
        ({"cluster": "school"}, "robust_two_stage"),
        ({"meanstructure": False}, "means"),
        ({"likelihood": "wishart"}, "wishart"),
        ({"ordered": X}, "WLSMV"),
        ({"missing": "two_stag"}, "two_stage"),
        ({"missing": "fiml", "se": "two_stage"}, "se='two_stage'"),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(given, word):
    with pytest.raises(SurveySemError, match=word) as error:
        fit(HS, incomplete("hs", X), **({"missing": "two_stage"} | given))
    assert "hint" in str(error.value)


def test_moments_have_no_missing_answers():
    cov = table("hs")[X].cov()
    with pytest.raises(SurveySemError, match="rows"):
        fit(HS, sample_cov=cov, sample_nobs=301, missing="two_stage")


def test_what_the_fit_has_and_has_not():
    found = fit(HS, incomplete("hs", X), missing="two.stage")
    assert found.factor_scores().notna().all(axis=None)
    assert found.residuals()[0]["cov"].shape == (9, 9)
    assert len(found.r_squared()) == 9
    assert found.standardized()["se"].notna().all()
    for call in (
        found.modification_indices,
        found.casewise_log_likelihood,
        found.influence,
        lambda: found.residuals("standardized"),
        lambda: found.bootstrap(10, 1),
    ):
        with pytest.raises(SurveySemError, match="two-stage"):
            call()
