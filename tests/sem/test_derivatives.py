"""Every analytic derivative of the engine against central differences."""

from dataclasses import replace

import numpy as np
import pytest
from sem_cases import HS, table

from surveysem.sem import fit, momentspace
from surveysem.sem import implied as ram
from surveysem.sem.errors import ModelError
from surveysem.sem.estimate import Objective
from surveysem.sem.expressions import Expression
from surveysem.sem.modification import candidates
from surveysem.sem.released import information_with, joined, score
from surveysem.sem.standardise import standardise, unit_variances

STRUCTURE = """
visual =~ x1 + a*x2 + b*x3 + x9
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
speed ~ visual + textual + sex
textual ~ ageyr + sex
x7 ~~ x8
x2 ~~ x5
"""
LOOP = "x4 ~ x5 + x1\nx5 ~ x4 + x2\nx9 ~ x4 + x5"
FITS = {
    "one group": (STRUCTURE, {}),
    "means": (STRUCTURE, {"meanstructure": True, "fixed_x": False}),
    "equality": (STRUCTURE + "a == 0.2 + b/2", {"meanstructure": True}),
    "two groups": (HS, {"group": "school"}),
    "scalar": (STRUCTURE, {"group": "school", "group_equal": ["loadings", "intercepts"]}),
    "second order": (HS + "\ng =~ visual + textual + speed", {"std_lv": True}),
    "feedback": (LOOP, {"meanstructure": True}),
}


@pytest.fixture(scope="module", params=FITS)
def found(request):
    """A fit, whose objective the tests look at beside the minimum."""
    model, arguments = FITS[request.param]
    return fit(model, table("hs"), **arguments)


@pytest.fixture(scope="module")
def objective(found):
    return found.objective


@pytest.fixture(scope="module")
def point(found):
    """Somewhere near the minimum, where the gradient is not zero."""
    x = found.estimate.x
    return x + 0.02 * np.random.default_rng(3).standard_normal(len(x)) * np.maximum(np.abs(x), 0.1)


def differences(function, x, step=1e-5):
    """Jacobian of a function by central differences, outputs x inputs."""
    columns = []
    for k in range(len(x)):
        shift = np.zeros(len(x))
        shift[k] = step * max(1.0, abs(x[k]))
        columns.append((function(x + shift) - function(x - shift)) / (2 * shift[k]))
    return np.stack(columns, axis=-1)


def moments_of(found, x):
    """Implied covariances (lower triangle) and means of every group, one after another."""
    values, parts = found.objective.parameters.rows(x), []
    for layout in found.layouts:
        im = ram.implied(layout, values)
        parts += [im.sigma[np.tril_indices(layout.p)], im.mu]
    return np.concatenate(parts)


def test_gradient_of_the_discrepancy(objective, point):
    np.testing.assert_allclose(
        objective(point)[1], differences(lambda x: objective(x)[0], point), rtol=1e-5, atol=1e-7
    )


def test_expected_information_is_that_of_the_moments(found, objective, point):
    """J' W J with W the normal-theory weight of the moments (Browne 1974)."""
    J = differences(lambda x: moments_of(found, x), point)
    values, start, total = found.objective.parameters.rows(point), 0, 0.0
    for layout, share in zip(found.layouts, objective.shares, strict=True):
        p = layout.p
        W = np.linalg.inv(ram.implied(layout, values).sigma)
        i, j = np.tril_indices(p)
        twice = np.where(i == j, 1.0, 2.0)
        weight = W[np.ix_(i, i)] * W[np.ix_(j, j)] + W[np.ix_(i, j)] * W[np.ix_(j, i)]
        weight = weight * np.outer(twice, twice) / 4
        of_cov = J[start : start + len(i)]
        of_mean = J[start + len(i) : start + len(i) + p]
        total = total + share * (of_cov.T @ weight @ of_cov)
        if found.table.meanstructure:
            total = total + share * (of_mean.T @ W @ of_mean)
        start += len(i) + p
    np.testing.assert_allclose(objective.information(point), total, rtol=1e-6, atol=1e-7)


def test_information_is_half_the_hessian_where_the_model_fits_exactly(found, point):
    """F is twice the negative log-likelihood per observation, and data equal the model."""
    values = found.objective.parameters.rows(point)
    exact = []
    for part in found.parts:
        im = ram.implied(part.layout, values)
        exact.append(replace(part, moments=replace(part.moments, cov=im.sigma, mean=im.mu)))
    objective = Objective(exact, found.objective.parameters)
    hessian = differences(lambda x: objective(x)[1], point)
    np.testing.assert_allclose(objective.information(point), hessian / 2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("means", [False, True])
def test_observed_information_of_the_moments_is_half_the_hessian(means):
    """Of F = log|Sigma| + tr(T Sigma^-1), T with the means' distance, by central differences."""
    rng = np.random.default_rng(6)
    roots = rng.normal(size=(2, 3, 5))
    S, Sigma = (R @ R.T for R in roots)
    m, mu = rng.normal(size=(2, 3)) if means else np.zeros((2, 3))
    a, b = momentspace.lower(3)

    def slope(x):
        sigma = np.zeros((3, 3))
        sigma[a, b] = sigma[b, a] = x[3 * means :]
        W, d = np.linalg.inv(sigma), m - x[:3] if means else np.zeros(3)
        by_sigma = W - W @ (S + np.outer(d, d)) @ W
        of_cov = by_sigma[a, b] * np.where(a == b, 1, 2)
        return np.concatenate([-2 * W @ d, of_cov]) if means else of_cov

    x = np.concatenate([mu, Sigma[a, b]]) if means else Sigma[a, b]
    W = np.linalg.inv(Sigma)
    found = momentspace.weigh_observed(W, S, m - mu, np.eye(len(x)), means=means)
    np.testing.assert_allclose(found, differences(slope, x) / 2, rtol=1e-6, atol=1e-6)


def test_information_with_other_rows_is_a_block_of_the_whole(found, point):
    """Its diagonal too; information_with, and both kinds, for rows that the model lacks."""
    table = found.table
    absent = [r for r in candidates(table) if r not in table.rows]
    extended = ram.layouts(replace(table, rows=tuple(absent)))
    moments = found.objective.implied(point)
    for part, im, other in zip(found.parts, moments, extended, strict=True):
        own = len(part.layout.rows)
        every = replace(part, layout=joined(part.layout, other))
        for kind in ("expected", "observed"):
            whole = getattr(every, kind)(im)
            diagonal, cross = information_with(part, im, other, kind)
            np.testing.assert_allclose(diagonal, np.diag(whole)[own:], rtol=1e-9)
            np.testing.assert_allclose(cross, whole[own:, :own], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(score(part, im, other), -every.value(im)[1][own:] / 2)


@pytest.mark.parametrize("kind", ["std_all", "std_lv", "std_nox"])
def test_jacobian_of_the_standardised_solution(found, kind):
    free = unit_variances(found.table)[kind]

    def standardised(values):
        out = np.zeros(len(values))
        for layout in found.layouts:
            im = ram.implied(layout, values)
            out[layout.rows] = standardise(layout, im, values, free=free)[0]
        return out

    analytic = found.standardized_with_jacobian(kind)[1]
    np.testing.assert_allclose(
        analytic, differences(standardised, found.values), rtol=1e-5, atol=1e-7
    )


def test_jacobian_of_the_total_standard_deviations(found):
    for layout in found.layouts:

        def deviations(x, layout=layout):
            values = found.values.copy()
            values[layout.rows] = x
            return np.sqrt(np.diag(ram.implied(layout, values).V))

        analytic = ram.total_sd_jacobian(layout, ram.implied(layout, found.values))
        numeric = differences(deviations, found.values[layout.rows])
        np.testing.assert_allclose(analytic, numeric, rtol=1e-5, atol=1e-7)


def test_covariance_of_defined_parameters_is_the_delta_method():
    found = fit("x4 ~ a*x1 + x2\nx9 ~ b*x4 + c*x1\nshare := a*b / (c + a*b)", table("hs"))
    at = found.parameters.set_index("label")
    rows = [list(found.parameters["label"]).index(name) for name in "abc"]

    def share(x):
        return np.array([x[0] * x[1] / (x[2] + x[0] * x[1])])

    slope = differences(share, at.loc[list("abc"), "est"].to_numpy(dtype=float))[0]
    expected = np.sqrt(slope @ found.vcov()[np.ix_(rows, rows)] @ slope)
    assert at.loc["share", "se"] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    "text",
    [
        "a + b*c - 2",
        "a*b / (c + a)",
        "-a^2 + b**3",
        "exp(a*b) - log(c)",
        "sqrt(a) * abs(b) / c^0.5",
        "sin(a) + cos(b) * tanh(c)",
        "abs(-a) + 1e-3 * b + 2.5e+1 * c",
        "a^b",
        "2^c",
        "3",
    ],
)
def test_gradient_of_an_expression(text):
    at = {"a": 0.7, "b": -0.4, "c": 1.3}
    expression = Expression(text)
    slopes = expression.gradient({name: at[name] for name in expression.names})

    def value(x):
        return np.array([expression(dict(zip(at, x, strict=True)))])

    numeric = dict(zip(at, differences(value, np.array(list(at.values())))[0], strict=True))
    assert set(slopes) <= set(at)
    assert {**dict.fromkeys(at, 0.0), **slopes} == pytest.approx(numeric, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("text", ["a / (b - b)", "log(b)", "sqrt(b)", "b^0.5"])
def test_an_expression_that_is_not_defined_has_no_derivative(text):
    expression = Expression(text)
    at = {"a": 0.7, "b": -0.4}
    assert not np.isfinite(expression(at))
    assert np.isnan(list(expression.gradient(at).values())).all()


@pytest.mark.parametrize("name", ["lambda", "in", "a.b", ".p2.", "é", "路径", "ａ", "exp", "_x"])
def test_any_label_may_stand_in_an_expression(name):
    """Python's own words, dots, Chinese, letters that Python would normalise."""
    expression = Expression(f"2*{name} + {name}^2")
    assert expression.names == (name,)
    assert expression({name: 3.0}) == 15
    assert expression.gradient({name: 3.0}) == {name: pytest.approx(8)}


@pytest.mark.parametrize(
    "text",
    ["a +", "a b", "(a", "a if b else c", "f(a)", "__import__('os')", "a[0]",
     "exp(a, b)", "a == b", "a // b", "a % b", "'a'", "1j*a", "lambda: a", "", "exp()", "2a"],
)  # fmt: skip
def test_an_expression_that_is_not_arithmetic_is_refused(text):
    with pytest.raises(ModelError, match="allowed are labels, numbers"):
        Expression(text)
