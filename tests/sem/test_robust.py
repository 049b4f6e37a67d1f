"""Scores of single rows, and the tests and errors that rest on them."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import block_diag
from sem_cases import HS, table

from surveysem.sem import casewise, fit, momentspace
from surveysem.sem import implied as ram
from surveysem.sem.errors import DataError
from surveysem.sem.inference import meat
from surveysem.sem.teststats import satorra_bentler, traces

COVARIATES = HS + "\nspeed ~ ageyr + sex + visual\ntextual ~ sex"
CASES = {
    "one group": (HS, {}),
    "means": (HS, {"meanstructure": True}),
    "covariates": (COVARIATES, {"meanstructure": True}),
    "groups": (HS, {"group": "school", "group_equal": ["loadings", "intercepts"]}),
    "covariates, groups": (COVARIATES, {"group": "school"}),
    "weights": (HS, {"weights": "agemo", "meanstructure": True}),
    "clusters": (HS, {"cluster": "agemo"}),
    "clusters, weights, covariates": (COVARIATES, {"cluster": "grade_age", "weights": "weight"}),
}


def data() -> pd.DataFrame:
    frame = table("hs").copy()
    frame["weight"] = 0.5 + (np.arange(len(frame)) % 5) / 2
    frame["grade_age"] = frame["ageyr"] * 10 + np.arange(len(frame)) % 7
    frame["agemo"] = frame["agemo"] + 1
    return frame


@pytest.fixture(scope="module", params=CASES)
def found(request):
    model, arguments = CASES[request.param]
    return fit(model, data(), estimator="MLM", **arguments)


def log_likelihood(part, im, means):
    """Log-likelihood of each row, from its density."""
    rows = part.moments.rows
    centre = im.mu if means else rows.mean(rows.values)
    y = rows.values - centre
    W = np.linalg.inv(im.sigma)
    value = -0.5 * (np.linalg.slogdet(im.sigma)[1] + ((y @ W) * y).sum(axis=1))
    return value if rows.weights is None else value * rows.weights


def test_scores_are_the_derivatives_of_the_log_likelihood(found):
    means = found.table.meanstructure
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        scores = part.scores(im)
        for k, row in enumerate(part.layout.rows):
            step = 1e-5 * max(1.0, abs(found.values[row]))
            sides = []
            for sign in (1, -1):
                values = found.values.copy()
                values[row] += sign * step
                sides.append(log_likelihood(part, ram.implied(part.layout, values), means))
            np.testing.assert_allclose(
                scores[:, k], (sides[0] - sides[1]) / (2 * step), rtol=1e-5, atol=1e-5
            )


def test_scores_sum_to_zero_at_the_minimum(found):
    by_row = np.zeros(len(found.values))
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        by_row[part.layout.rows] = part.scores(im).sum(axis=0)
    np.testing.assert_allclose(found.objective.parameters.K.T @ by_row, 0, atol=1e-4)


def test_jacobian_of_the_moments(found):
    means = found.table.meanstructure
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        a, b = momentspace.lower(part.layout.p)
        delta = part.jacobian(im)
        for k, row in enumerate(part.layout.rows):
            step = 1e-5 * max(1.0, abs(found.values[row]))
            sides = []
            for sign in (1, -1):
                values = found.values.copy()
                values[row] += sign * step
                moved = ram.implied(part.layout, values)
                sides.append(np.concatenate([moved.mu if means else [], moved.sigma[a, b]]))
            np.testing.assert_allclose(
                delta[:, k], (sides[0] - sides[1]) / (2 * step), rtol=1e-5, atol=1e-6
            )


def test_the_weight_is_that_of_the_expected_information(found):
    """Delta' A1 Delta, over all moments, is the information by ranks."""
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        delta = part.jacobian(im)
        np.testing.assert_allclose(
            delta.T @ part.weigh(im, delta), part.expected(im), rtol=1e-8, atol=1e-8
        )


def test_moment_scores_are_weighted_contributions(found):
    """Row by row without the moments' matrices, and with them."""
    means = found.table.meanstructure
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        t = momentspace.contributions(part.moments.rows, slice(None), means=means)
        expected = part.weigh(im, t.T).T @ part.jacobian(im)
        np.testing.assert_allclose(part.moment_scores(im), expected, rtol=1e-6, atol=1e-8)


def test_the_trace_of_the_saturated_model(found):
    """tr(A1 Gamma) by rows (or clusters) is that of the matrices."""
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        expected = np.trace(part.weigh(im, part.gamma()))
        assert part.saturated_trace(im) == pytest.approx(expected, rel=1e-10)


def test_gamma_in_chunks(found, monkeypatch):
    whole = [part.gamma() for part in found.parts]
    monkeypatch.setattr(momentspace, "CHUNK", 17)
    for part, expected in zip(found.parts, whole, strict=True):
        np.testing.assert_allclose(part.gamma(), expected, rtol=1e-10, atol=1e-12)


def test_two_ways_to_the_satorra_bentler_trace(found):
    scaled = satorra_bentler(found.objective, found.estimate.x, found.chisq, found.df)
    assert traces(found.objective, found.estimate.x)[0] == pytest.approx(scaled.trace)


def test_traces_are_those_of_the_matrix_itself(found):
    """U Gamma over the moments of all groups, written out."""
    objective, x = found.objective, found.estimate.x
    weights, deltas, gammas = [], [], []
    for part, im, share in zip(found.parts, objective.implied(x), objective.shares, strict=True):
        gamma = part.gamma()
        weights.append(share * part.weigh(im, np.eye(len(gamma))))
        deltas.append(part.jacobian(im) @ objective.parameters.K[part.layout.rows])
        gammas.append(gamma / share)
    W, delta = block_diag(*weights), np.vstack(deltas)
    WD = W @ delta
    UG = (W - WD @ np.linalg.inv(delta.T @ WD) @ WD.T) @ block_diag(*gammas)
    expected = np.trace(UG), np.trace(UG @ UG)
    np.testing.assert_allclose(traces(objective, x), expected, rtol=1e-8)


def test_normal_data_need_no_scaling():
    """With many normal rows the factors are about one, and robust errors the usual ones."""
    rng = np.random.default_rng(5)
    f = rng.standard_normal((40_000, 1))
    x = 0.7 * f + 0.7 * rng.standard_normal((40_000, 5))
    frame = pd.DataFrame(x, columns=list("abcde"))
    usual = fit("f =~ a + b + c + d + e", frame)
    for estimator in ("MLR", "MLM"):
        robust = fit("f =~ a + b + c + d + e", frame, estimator=estimator)
        assert robust.scaled.factor == pytest.approx(1, abs=0.02)
        np.testing.assert_allclose(robust.parameters["se"], usual.parameters["se"], rtol=0.03)


def test_every_row_twice_in_a_cluster_is_the_same_as_once():
    """Cluster-robust errors see through copies, but for the factor C / (C - 1)."""
    frame = table("hs").copy()
    once = fit(HS, frame, estimator="MLR", meanstructure=True)
    frame["who"] = np.arange(len(frame))
    twice = fit(HS, pd.concat([frame, frame]), cluster="who")
    factor = len(frame) / (len(frame) - 1)
    np.testing.assert_allclose(
        twice.parameters["se"], once.parameters["se"] * np.sqrt(factor), rtol=1e-6
    )
    assert twice.scaled.stat == pytest.approx(once.scaled.stat, rel=0.01)


def test_clusters_that_span_groups_are_summed_over_groups():
    """A cluster's rows in two groups are not independent: B sums their scores first."""
    frame = data()
    model, equal = "visual =~ x1 + x2 + x3", ["loadings", "intercepts"]
    spanning = fit(model, frame, group="school", cluster="ageyr", group_equal=equal)
    frame["own"] = frame["school"] + frame["ageyr"].astype(str)
    apart = fit(model, frame, group="school", cluster="own", group_equal=equal)
    objective, x = spanning.objective, spanning.estimate.x
    sums = {}
    for part, im in zip(spanning.parts, spanning.implied_moments, strict=True):
        rows = part.scores(im) @ objective.parameters.K[part.layout.rows]
        for code, score in zip(part.moments.rows.clusters, rows, strict=True):
            sums[code] = sums.get(code, 0) + score
    by_hand = sum(np.outer(s, s) for s in sums.values()) / 301 * len(sums) / (len(sums) - 1)
    np.testing.assert_allclose(meat(objective, x, "scores"), by_hand, rtol=1e-9)
    assert not np.allclose(meat(apart.objective, x, "scores"), by_hand, rtol=0.05)


def test_equal_weights_are_no_weights():
    frame = data().assign(one=3.0)
    plain = fit(HS, frame, estimator="MLR")
    weighted = fit(HS, frame, weights="one")
    np.testing.assert_allclose(
        weighted.parameters[["est", "se"]], plain.parameters[["est", "se"]], rtol=1e-6, atol=1e-9
    )
    assert weighted.measures["cfi_robust"] == pytest.approx(plain.measures["cfi_robust"])


def test_outer_products_by_cluster():
    rows, clusters = np.array([[1.0, 0], [2, 1], [0, 3]]), np.array([0, 0, 1])
    sums = np.array([[3.0, 1], [0, 3]])
    np.testing.assert_allclose(casewise.outer(rows, clusters, 3), sums.T @ sums / 3)
    np.testing.assert_allclose(casewise.outer(rows, None, 3), rows.T @ rows / 3)


@pytest.mark.parametrize(
    ("column", "values", "argument", "said"),
    [
        ("c", [np.nan, *[1.0] * 300], "cluster", "1 missing value"),
        ("c", [1.0] * 301, "cluster", "fewer than two clusters"),
        ("w", [np.nan, *[1.0] * 300], "weights", "1 missing value"),
        ("w", [-1.0, *[1.0] * 300], "weights", "holds '-1.0'"),
        ("w", ["much"] * 301, "weights", "holds 'much'"),
        ("w", [0.0] * 301, "weights", "above zero"),
    ],
)
def test_bad_clusters_and_weights(column, values, argument, said):
    frame = table("hs").copy()
    frame[column] = values
    with pytest.raises(DataError, match=said) as caught:
        fit(HS, frame, **{argument: column})
    assert "hint:" in str(caught.value)


def test_robust_errors_need_rows():
    frame = table("hs")
    with pytest.raises(DataError, match="needs the rows"):
        fit(HS, sample_cov=frame[[f"x{k}" for k in range(1, 10)]].cov(), sample_nobs=301,
            estimator="MLR")  # fmt: skip
