"""Alignment, against minima found by R's optim, finite differences and drawn estimates.

Reference values: tests/reference/measurement/generate_alignment.R.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from reference_data import LEADERSHIP, frozen
from surveysem.measurement import alignment, approximate
from surveysem.measurement.alignment import Configural, align, invariant_set
from surveysem.measurement.ladder import Groups

R = frozen("measurement", "alignment")
KINDS = {"continuous": "ML", "ordinal": "WLSMV"}
MEANS, VARIANCES = np.array([0, 0.3, -0.2, 0.5, 0.1]), np.array([1, 1.2, 0.8, 1, 0.9])
IN_R = {"rtol": 3e-3, "atol": 1e-9}  # its derivatives are differences of minima


def of_r(kind: str) -> Configural:
    r = {key: np.array(R[kind][key]) for key in ("loading", "location", "item", "vcov", "n")}
    return Configural(r["loading"], r["location"], r["item"], r["vcov"], r["n"].astype(float))


def errors(vcov: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(vcov))


# Against R --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_minimum_and_errors_agree_with_r(kind):
    found, theirs = align(of_r(kind)), R[kind]
    assert found.converged
    assert found.scale.loss + found.shift.loss == pytest.approx(theirs["loss"], rel=1e-9)
    assert found.means == pytest.approx(theirs["mean"], abs=2e-5)
    assert found.variances == pytest.approx(theirs["var"], abs=5e-5)
    values = np.concatenate([found.loadings.ravel(), found.locations.ravel()])
    assert values == pytest.approx(theirs["aligned"], abs=2e-5)
    np.testing.assert_allclose(errors(found.means_vcov), theirs["mean_se"], **IN_R)
    np.testing.assert_allclose(errors(found.variances_vcov), theirs["var_se"], **IN_R)
    both = np.concatenate([errors(found.loadings_vcov), errors(found.locations_vcov)])
    np.testing.assert_allclose(both, theirs["se"], **IN_R)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sets_of_invariant_groups_agree_with_r(kind):
    x, found = of_r(kind), align(of_r(kind))
    own = [approximate.tested(found.loadings, found.loadings_vcov),
           approximate.tested(found.locations, found.locations_vcov)]  # fmt: skip
    inside = np.hstack([part[0] for part in own]).T
    p = np.hstack([part[1] for part in own]).T
    assert inside.tolist() == [theirs["inside"] for theirs in R[kind]["sets"]]
    assert p == pytest.approx(np.array([theirs["p"] for theirs in R[kind]["sets"]]), abs=3e-3)
    assert (~inside).sum() == (2 if kind == "continuous" else 0)
    assert len(x.item) == (6 if kind == "continuous" else 12)


@pytest.mark.parametrize(("kind", "estimator"), KINDS.items())
def test_the_configural_estimates_are_those_of_lavaan(kind, estimator):
    data = pd.read_csv(LEADERSHIP)
    data = data[data["COMPID"].isin(R["companies"])].assign(group=lambda d: d["COMPID"].map(str))
    items = R["items"]
    data[items] = data[items].astype(float)
    if estimator == "WLSMV":
        data[items] = np.searchsorted([2.5, 3.5], data[items]).astype(float)
    design = Groups(data, {"f": items}, [str(c) for c in R["companies"]], estimator)
    x, found, names = approximate.configural(design, design.fit("configural").fit, "f")
    theirs = of_r(kind)
    assert found == items
    assert set(names) == ({"intercept"} if kind == "continuous" else {"t1", "t2"})
    assert x.item.tolist() == theirs.item.tolist()
    assert x.sizes.tolist() == theirs.sizes.tolist()
    assert x.loadings == pytest.approx(theirs.loadings, abs=1e-3)
    assert x.locations == pytest.approx(theirs.locations, abs=1e-3)
    assert errors(x.vcov) == pytest.approx(errors(theirs.vcov), rel=2e-2)
    assert align(x).means == pytest.approx(R[kind]["mean"], abs=2e-3)


# Derivatives ------------------------------------------------------------------------------------------


def random_model(*, missing: bool) -> Configural:
    rng = np.random.default_rng(1)
    item = np.array([0, 1, 2, 3, 4, 4])
    loadings, locations = rng.uniform(0.5, 1, (4, 5)), rng.normal(size=(4, 6))
    if missing:
        loadings[1, 4], locations[1, 4:] = np.nan, np.nan
    root = rng.normal(size=(44, 44)) / 100
    return Configural(loadings, locations, item, root @ root.T, np.array([90.0, 200, 300, 150]))


def slope(function, part: int, at, step=1e-6) -> np.ndarray:
    """Numeric derivative of one of a function's results: values x inputs."""
    moves = step * np.eye(len(at))
    return np.array(
        [(function(at + m)[part] - function(at - m)[part]) / (2 * step) for m in moves]
    ).T


@pytest.mark.parametrize("missing", [False, True])
def test_derivatives_agree_with_finite_differences(missing):
    x = random_model(missing=missing)
    at, split = np.array([0.2, -0.1, 0.3, -0.4]), x.loadings.size

    def of(values, shift=at):
        moved = replace(x, loadings=values[:split].reshape(4, 5),
                        locations=values[split:].reshape(4, 6))  # fmt: skip
        return alignment.shift_loss(shift, moved)

    def scaled(s, values=x.loadings):
        return alignment.scale_loss(s, values.reshape(4, 5), x.sizes)

    every = np.concatenate([x.loadings.ravel(), x.locations.ravel()])
    shifted = partial(of, every)
    for loss, by_estimates in ((scaled, partial(scaled, at)), (shifted, of)):
        _, gradient, hessian, mixed = loss(at)
        inputs = every[: mixed.shape[1]]
        assert gradient == pytest.approx(slope(loss, 0, at), abs=1e-4)
        assert hessian == pytest.approx(slope(loss, 1, at), abs=1e-4)
        known = np.isfinite(inputs)
        assert mixed[:, known] == pytest.approx(slope(by_estimates, 1, inputs)[:, known], abs=1e-4)
        assert (mixed[:, ~known] == 0).all()


def test_missing_parameters_have_no_part_in_the_minimum():
    x = random_model(missing=True)
    found = align(x)
    assert found.converged
    assert np.isnan(found.loadings[1, 4])
    assert np.isfinite(found.means_vcov).all()


# Recovery ---------------------------------------------------------------------------------------------


def truth(shift: float = 0.0) -> Configural:
    """Configural parameters of groups that differ in the factor, and one in an intercept."""
    sd, loading = np.sqrt(VARIANCES)[:, None], np.array([0.7, 0.7, 0.8, 0.7, 0.6])
    locations = MEANS[:, None] * loading
    locations[-1, 2] += shift
    return Configural(
        sd * loading, locations, np.arange(5), np.eye(50) * 0.04**2, np.full(5, 500.0)
    )


def test_without_error_and_differences_the_truth_comes_back():
    found = align(truth())
    assert found.means == pytest.approx(MEANS, abs=1e-6)
    assert found.variances == pytest.approx(VARIANCES, abs=1e-6)
    assert found.loadings == pytest.approx(np.tile([0.7, 0.7, 0.8, 0.7, 0.6], (5, 1)), abs=1e-6)
    assert found.locations == pytest.approx(0, abs=1e-6)


def test_one_difference_moves_the_group_s_mean_little_and_less_with_a_smaller_eps():
    plain = truth(0.5)
    averaged = 0.5 * 0.8 / (4 * 0.49 + 0.64 - 0.49 + 0.36 - 0.49)  # by least squares
    rounded, sharp = (align(plain, eps).means[-1] - MEANS[-1] for eps in (1e-2, 1e-5))
    assert abs(sharp) < 0.01 < rounded < 0.4 * averaged


def test_standard_errors_cover():
    """Estimates drawn about the truth with the covariance matrix that the errors use."""
    rng, plain = np.random.default_rng(3), truth()
    means, held = [], []
    for _ in range(60):
        drawn = replace(
            plain, loadings=plain.loadings + rng.normal(0, 0.04, (5, 5)),
            locations=plain.locations + rng.normal(0, 0.04, (5, 5)),
        )  # fmt: skip
        found = align(drawn)
        means.append(found.means[1:])
        held.append(np.abs(found.means - MEANS)[1:] <= 1.96 * errors(found.means_vcov)[1:])
    assert 0.9 <= np.mean(held) <= 0.99
    typical = errors(align(plain).means_vcov)[1:]
    assert np.std(means, axis=0) == pytest.approx(typical, rel=0.3)


# The rule ---------------------------------------------------------------------------------------------


def test_a_group_apart_is_outside_the_invariant_set():
    inside, p = invariant_set(np.array([0, 0.1, -0.1, 1, np.nan]), np.eye(5) * 0.01)
    assert inside.tolist() == [True, True, True, False, False]
    assert p[3] < 1e-9 < 0.2 < p[:3].min()
    assert np.isnan(p[4])


def test_a_group_that_a_chain_connects_is_put_outside_by_the_average():
    """0.35 apart is connected (z = 2.47); the last is .7 from the average of the others."""
    values, vcov = np.array([0, 0, 0, 0, 0, 0.35, 0.7]), np.eye(7) * 0.01
    inside, _ = invariant_set(values, vcov)
    assert inside.tolist() == [True] * 6 + [False]


def test_a_factor_without_loadings_has_no_minimum():
    found = align(replace(truth(), loadings=np.full((5, 5), 1e-9)))
    assert not found.converged
    assert np.isnan(found.means_vcov).all()
