"""Observed information by the rows of a model, against differences of the gradient."""

import numpy as np
import pytest
from fiml_cases import differences, fitted, holes
from sem_cases import HS, table

from surveysem.sem import fit, hessian, implied, momentspace
from surveysem.sem.missing.patterns import patterns

ITEMS = [f"x{k}" for k in range(1, 10)]
STRUCTURE = """
visual =~ x1 + a*x2 + b*x3 + x9
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
speed ~ visual + textual + sex
textual ~ ageyr + sex
x7 ~~ x8
x2 ~~ x5
"""
MODELS = {
    "factors": (HS, {}),
    "structure": (STRUCTURE, {"fixed_x": False}),
    "covariates": (STRUCTURE, {}),
    "equality": (STRUCTURE, {"constraints": "a == 0.2 + b/2"}),
    "second order": (HS + "\ng =~ visual + textual + speed", {"std_lv": True}),
    "latent means": (HS + "\nx1 ~ 0*1\nvisual ~ 1\ntextual ~ visual\nspeed ~ visual", {}),
    "feedback": ("x4 ~ x5 + x1\nx5 ~ x4 + x2\nx9 ~ x4 + x5", {"fixed_x": False}),
    "two groups": (HS, {"group": "school", "group_equal": ["loadings", "intercepts"]}),
}


def moved(x):
    """Somewhere near x, where the gradient is not zero."""
    return x + 0.02 * np.random.default_rng(3).standard_normal(len(x)) * np.maximum(abs(x), 0.1)


def pieces(name):
    """Data with reverse-keyed items (a marker among them), model and arguments."""
    model, arguments = MODELS[name]
    return table("hs").assign(x1=-table("hs")["x1"], x8=-table("hs")["x8"]), model, arguments


@pytest.mark.parametrize(
    ("name", "means"),
    [(name, means) for name in MODELS for means in (True, False) if means or "means" not in name],
)
def test_complete_data(name, means):
    data, model, arguments = pieces(name)
    arguments = dict(arguments)
    if not means and "group_equal" in arguments:
        arguments["group_equal"] = ["loadings"]
    found = fit(model, data, meanstructure=means, **arguments)
    objective, x = found.objective, moved(found.estimate.x)
    numeric = differences(lambda t: objective(t)[1], x) / 2
    found = objective.observed_information(x)
    np.testing.assert_allclose(found, numeric, rtol=1e-6, atol=1e-7 * np.abs(numeric).max())


@pytest.mark.parametrize("name", MODELS)
def test_incomplete_data(name):
    data, model, arguments = pieces(name)
    arguments = dict(arguments)
    data[ITEMS] = holes(data[ITEMS])
    group = arguments.pop("group", None)
    frames = [data] if group is None else [part for _, part in data.groupby(group, sort=False)]
    found = fitted(model, frames, **arguments)
    objective, x = found.objective, moved(found.estimate.x)
    numeric = differences(lambda t: objective(t)[0], x)
    np.testing.assert_allclose(objective(x)[1], numeric, rtol=1e-6, atol=1e-7)
    numeric = differences(lambda t: objective(t)[1], x) / 2
    found = objective.observed_information(x)
    np.testing.assert_allclose(found, numeric, rtol=1e-6, atol=1e-7 * np.abs(numeric).max())


def test_both_agree_on_complete_data():
    data = table("hs")
    found = fit(STRUCTURE, data, meanstructure=True, fixed_x=False)
    layout, values = found.layouts[0], moved(found.values)
    im = implied.implied(layout, values)
    pats = patterns(data[list(found.table.observed)].to_numpy(dtype=float))
    np.testing.assert_allclose(
        hessian.complete(layout, im, found.moments[0].cov, found.moments[0].mean),
        hessian.incomplete(layout, im, pats),
        rtol=1e-10,
        atol=1e-9,
    )


def test_observed_is_expected_where_the_data_equal_the_model():
    found = fit(STRUCTURE, table("hs"), meanstructure=True, fixed_x=False)
    layout = found.layouts[0]
    im = implied.implied(layout, found.values)
    np.testing.assert_allclose(
        hessian.complete(layout, im, im.sigma, im.mu),
        implied.information(layout, im),
        atol=1e-9,
    )


@pytest.mark.parametrize("name", MODELS)
def test_jacobian_of_the_moments(name):
    data, model, arguments = pieces(name)
    found = fit(model, data, meanstructure=True, **arguments)
    lower = np.tril_indices(found.layouts[0].p)
    for layout in found.layouts:

        def moments(x, layout=layout):
            values = found.values.copy()
            values[layout.rows] = x
            im = implied.implied(layout, values)
            return np.concatenate([im.mu, im.sigma[lower]])

        analytic = momentspace.jacobian(layout, implied.implied(layout, found.values), means=True)
        numeric = differences(moments, found.values[layout.rows])
        np.testing.assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-7)


def test_second_derivatives_play_no_part_where_the_gradient_is_zero():
    found = fit(STRUCTURE, table("hs"), meanstructure=True)
    layout = found.layouts[0]
    im = implied.implied(layout, found.values)
    none = hessian.second_order(layout, im, np.zeros((layout.p,) * 2), np.zeros(layout.p))
    assert not none.any()
