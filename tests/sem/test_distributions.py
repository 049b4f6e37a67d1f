"""Tails and quantiles against scipy.stats."""

import numpy as np
import pytest
from scipy import stats

from surveysem.sem import distributions as d

X = np.array([-3.0, 0.0, 1e-9, 0.5, 3.0, 50.0, 800.0, np.inf, np.nan])
P = np.array([1e-12, 0.025, 0.5, 0.975])


@pytest.mark.parametrize("df", [0, 1, 2.5, 40, np.nan])
def test_chi_square(df):
    np.testing.assert_allclose(d.chi_square_sf(X, df), stats.chi2.sf(X, df), rtol=1e-12)


def test_chi_square_of_several_degrees_of_freedom():
    df = np.array([0, 3, 7])
    np.testing.assert_allclose(d.chi_square_sf(4.0, df), stats.chi2.sf(4.0, df), rtol=1e-12)
    assert isinstance(float(d.chi_square_sf(4.0, 3)), float)
    np.testing.assert_allclose(d.chi_square_isf(P, 3), stats.chi2.isf(P, 3), rtol=1e-10)


def test_normal():
    np.testing.assert_allclose(d.normal_sf(X), stats.norm.sf(X), rtol=1e-12)
    np.testing.assert_allclose(d.normal_ppf(P), stats.norm.ppf(P), rtol=1e-12)


@pytest.mark.parametrize("df", [1, 3.5, 60])
def test_t(df):
    np.testing.assert_allclose(d.t_sf(X, df), stats.t.sf(X, df), rtol=1e-10)
    np.testing.assert_allclose(d.t_ppf(P, df), stats.t.ppf(P, df), rtol=1e-8)


@pytest.mark.parametrize(("df1", "df2"), [(1, 1), (3, 20), (4.5, 300)])
def test_f(df1, df2):
    np.testing.assert_allclose(d.f_sf(X[:-2], df1, df2), stats.f.sf(X[:-2], df1, df2), rtol=1e-9)
    np.testing.assert_allclose(d.f_ppf(P, df1, df2), stats.f.ppf(P, df1, df2), rtol=1e-8)
