"""Effects against closed forms and lavaan."""

import numpy as np
import pandas as pd
import pytest

from surveysem.sem import fit
from surveysem.structure import effects as fx


@pytest.fixture(scope="module")
def paths():
    """x -> m -> y with a direct path, two groups, made-up estimates."""
    index = {(1, "m", "x"): 0, (1, "y", "m"): 1, (1, "y", "x"): 2}
    index |= {(2, "m", "x"): 3, (2, "y", "m"): 4, (2, "y", "x"): 5}
    est = np.array([0.5, 0.4, 0.1, 0.3, 0.2, 0.0])
    cov = np.diag([0.01, 0.02, 0.03, 0.01, 0.02, 0.03])
    return fx.Paths(index, est, cov, est * 0.8, cov * 0.64, (0.25, 0.75))


def test_routes_lists_every_directed_route(paths):
    assert fx.routes(paths, "x", "y") == [("x", "m", "y"), ("x", "y")]
    assert fx.routes(paths, "y", "x") == []


def test_total_is_the_matrix_formula(paths):
    """Total effects are (I - B)^-1 - I (Bollen 1989, section 8)."""
    B = np.zeros((3, 3))  # x, m, y
    B[1, 0], B[2, 1], B[2, 0] = 0.5, 0.4, 0.1
    total = np.linalg.inv(np.eye(3) - B)[2, 0]
    ways = fx.routes(paths, "x", "y")
    assert fx.along(paths, paths.est[None, :], ways, [1])[0] == pytest.approx(total, abs=1e-14)


def test_groups_are_weighted_by_their_shares(paths):
    ways = [("x", "m", "y")]
    pooled = fx.along(paths, paths.est[None, :], ways, [1, 2])[0]
    assert pooled == pytest.approx(0.25 * 0.5 * 0.4 + 0.75 * 0.3 * 0.2, abs=1e-14)


def test_direct_path_uses_the_delta_method(paths):
    found = fx.effect(paths, [("x", "y")], [1], sesoi=0.1)
    assert (found.est, found.std) == (pytest.approx(0.1), pytest.approx(0.08))
    assert found.std_se == pytest.approx(np.sqrt(0.03 * 0.64))
    assert found.ci_upper - found.ci_lower == pytest.approx(2 * 1.959963984540054 * found.std_se)
    assert found.ci_method == "delta"


def test_product_has_sobels_standard_error(paths):
    """Sobel (1982): var(ab) = a^2 var(b) + b^2 var(a)."""
    sample = paths.draws(np.random.default_rng(1), 1000)
    found = fx.effect(paths, [("x", "m", "y")], [1], sample=sample)
    assert found.se == pytest.approx(np.sqrt(0.5**2 * 0.02 + 0.4**2 * 0.01))


def test_monte_carlo_interval_is_that_of_the_product_of_normals(paths):
    """Quantiles of a product of two independent normals, by brute force with other draws."""
    sample = paths.draws(np.random.default_rng(1), 200_000)
    found = fx.effect(paths, [("x", "m", "y")], [1], sesoi=0.03, sample=sample)
    rng = np.random.default_rng(99)
    product = rng.normal(0.4, 0.08, 400_000) * rng.normal(0.32, np.sqrt(0.0128), 400_000)
    assert found.ci_lower == pytest.approx(np.quantile(product, 0.025), abs=0.003)
    assert found.ci_upper == pytest.approx(np.quantile(product, 0.975), abs=0.003)
    assert found.p == pytest.approx(2 * (product <= 0).mean(), rel=0.15)
    assert found.p_equivalence == pytest.approx((product >= 0.03).mean(), rel=0.02)


def test_draws_have_the_covariance_of_the_estimates(paths):
    draws = paths.draws(np.random.default_rng(5), 200_000)
    assert np.allclose(np.cov(draws.T), paths.std_cov, atol=3e-4)
    assert np.allclose(draws.mean(axis=0), paths.std, atol=2e-3)


def test_indirect_effect_agrees_with_lavaan(reference_pd):
    """R: sem(PDind, PoliticalDemocracy); ind := a*b: 1.24178280736893, se 0.355422349951313;
    tot: 1.81411900212825, se 0.37358841510959 (lavaan 0.7-2)."""
    text = (
        "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8\n"
        "dem60 ~ ind60\ndem65 ~ ind60 + dem60\ny1 ~~ y5\ny2 ~~ y4\ny2 ~~ y6\ny3 ~~ y7\n"
        "y4 ~~ y8\ny6 ~~ y8"
    )
    found = fx.path_coefficients(fit(text, reference_pd))
    sample = found.draws(np.random.default_rng(1), 1000)
    indirect = fx.effect(found, [("ind60", "dem60", "dem65")], [1], sample=sample)
    total = fx.effect(found, fx.routes(found, "ind60", "dem65"), [1], sample=sample)
    assert indirect.est == pytest.approx(1.24178280736893, rel=1e-5)
    assert indirect.se == pytest.approx(0.355422349951313, rel=1e-5)
    assert total.est == pytest.approx(1.81411900212825, rel=1e-5)
    assert total.se == pytest.approx(0.37358841510959, rel=1e-5)


@pytest.fixture
def reference_pd():
    from helpers import ROOT

    return pd.read_csv(ROOT / "tests" / "reference" / "sem" / "pd.csv")
