"""Omega hierarchical of an exploratory factor analysis, against psych and by its derivatives."""

import numpy as np
import pandas as pd
import pytest
from likert import by_statistic, likert

from reference_data import FOLDER, SCALES, frozen, leadership
from surveysem.reliability import schmidleiman as sl
from surveysem.reliability import wave
from surveysem.reliability.resample import covariances, percentile_interval

FROZEN = frozen("reliability", "psych")["schmid_leiman"]


def data(name: str) -> np.ndarray:
    """The answers of a frozen case."""
    if name == "LEAD":
        return leadership(SCALES["LEAD"]).to_numpy()
    path = {"hs": "sem/hs.csv", "bifactor": "reliability/bifactor.csv"}[name]
    frame = pd.read_csv(FOLDER / path)
    return frame.filter(regex="^[xb][1-9]$").to_numpy(dtype=float)


def correlations(name: str) -> np.ndarray:
    """Their correlation matrix, 1 x k x k."""
    return np.corrcoef(data(name).T)[None]


@pytest.mark.parametrize("name", ["hs", "bifactor"])
def test_coefficients_against_psych(name):
    """omega(flip = FALSE): three minimum-residual factors, oblimin."""
    R = correlations(name)
    found = sl.schmid_leiman(R)
    assert sl.improper(found, range(9)) == ""
    for statistic, value in sl.coefficients(R, found).items():
        assert value[0] == pytest.approx(FROZEN[name][statistic], abs=1e-4)


def test_where_psych_stops_at_its_bound_we_say_so():
    found = sl.schmid_leiman(correlations("LEAD"))
    assert FROZEN["LEAD"]["smallest"] < sl.LEAST
    assert sl.improper(found, SCALES["LEAD"]) == (
        "Heywood case in the exploratory factor analysis: no unique variance of LEAD02"
    )


def test_minres_derivatives_against_finite_differences():
    R = correlations("hs")
    psi = np.linspace(0.3, 0.7, 9)[None]
    _, gradient, hessian = sl._residuals(R, psi, 3)
    for j in range(9):
        e = 1e-6 * np.eye(9)[j]
        up, down = (sl._residuals(R, psi + d, 3) for d in (e, -e))
        assert gradient[0, j] == pytest.approx((up[0][0] - down[0][0]) / 2e-6, abs=1e-8)
        np.testing.assert_allclose(hessian[0, j], (up[1][0] - down[1][0]) / 2e-6, atol=1e-6)


def test_minres_recovers_a_factor_model():
    rng = np.random.default_rng(1)
    L = rng.uniform(0.2, 0.6, (9, 3))
    R = L @ L.T
    np.fill_diagonal(R, 1.0)
    loadings, psi = sl.minres(R[None], 3)
    np.testing.assert_allclose(loadings[0] @ loadings[0].T, L @ L.T, atol=1e-5)
    np.testing.assert_allclose(psi[0], 1 - (L**2).sum(axis=1), atol=1e-5)


def test_many_matrices_at_once_are_as_good_as_one():
    drawn = covariances(data("hs"), 5, np.random.default_rng(2))
    R = drawn / np.sqrt(np.einsum("bii,bjj->bij", drawn, drawn))
    near = sl.schmid_leiman(correlations("hs")).rotated[0]
    together = sl.coefficients(R, sl.schmid_leiman(R, near))["omega_h_sl"]
    alone = [sl.coefficients(r[None], sl.schmid_leiman(r[None], near))["omega_h_sl"][0] for r in R]
    np.testing.assert_allclose(together, alone, atol=1e-9)


def test_oblimin_keeps_the_common_part_and_stops_where_nothing_is_to_gain():
    loadings, _ = sl.minres(correlations("bifactor"), 3)
    rotated, phi, converged = sl.oblimin(sl.varimax(loadings[0])[None])
    assert converged.all()
    np.testing.assert_allclose(np.diag(phi[0]), 1)
    common = rotated[0] @ phi[0] @ rotated[0].T
    np.testing.assert_allclose(common, loadings[0] @ loadings[0].T, atol=1e-12)
    squares = rotated[0] ** 2
    before = sl.varimax(loadings[0]) ** 2

    def crossing(s):
        return (s[:, :, None] * s[:, None]).sum() - (s**2).sum()

    assert crossing(squares) < crossing(before)


def test_interval_covers_the_estimate_and_narrows_with_the_sample():
    x = data("bifactor")
    names = [f"b{k}" for k in range(1, 10)]
    widths = []
    for rows in (x, np.tile(x, (4, 1))):
        found = by_statistic(
            wave._schmid_leiman(
                np.cov(rows.T), covariances(rows, 300, np.random.default_rng(3)), names, len(rows)
            )
        )
        c = found["omega_h_sl"]
        assert c.lower < c.est < c.upper
        widths.append(c.upper - c.lower)
    assert widths[1] == pytest.approx(widths[0] / 2, rel=0.2)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (5, "fewer than 6 items: three group factors are not identified"),
        (6, "an item is a linear function of others"),
    ],
)
def test_why_not_in_words(items, expected):
    R = np.ones((items, items))
    assert sl.why_not(R, list(range(items))) == expected


def test_items_of_one_factor_only():
    """Three group factors are then too many; which of the signs shows first is chance."""
    x = likert(800, np.full(8, 0.7), seed=6).to_numpy()
    found = sl.schmid_leiman(np.corrcoef(x.T)[None])
    assert sl.improper(found, [f"q{j}" for j in range(1, 9)])


def test_a_draw_that_cannot_be_analysed_has_no_value():
    drawn = np.stack([np.eye(6), np.ones((6, 6)), np.zeros((6, 6))])
    assert sl.usable(drawn).tolist() == [True, False, False]
    assert np.isnan(percentile_interval(np.array([0.5, np.nan, np.nan]))).all()
