"""Tails and quantiles of the usual distributions.

As scipy.stats has them, from the same functions of scipy.special: importing scipy.stats would
cost each job of the workflow a second.
"""

import numpy as np
from scipy import special


def chi_square_sf(x, df):
    """P(X > x) of a chi-square variable; nan without degrees of freedom. x and df broadcast."""
    upper = special.chdtrc(df, np.maximum(x, 0.0))
    return np.where(np.asarray(df) > 0, upper, np.nan)[()]


def chi_square_isf(p, df):
    """The x with P(X > x) = p of a chi-square variable."""
    return special.chdtri(df, p)


def f_sf(x, df1, df2):
    """P(X > x) of an F variable."""
    return special.fdtrc(df1, df2, np.maximum(x, 0.0))


def f_ppf(p, df1, df2):
    """The x with P(X <= x) = p of an F variable."""
    return special.fdtri(df1, df2, p)


def normal_sf(x):
    """P(X > x) of a standard normal variable."""
    return special.ndtr(-np.asarray(x))[()]


def normal_pdf(x):
    """Density of a standard normal variable."""
    return np.exp(-(np.asarray(x) ** 2) / 2) / np.sqrt(2 * np.pi)


def normal_ppf(p):
    """The x with P(X <= x) = p of a standard normal variable."""
    return special.ndtri(p)


def t_sf(x, df):
    """P(X > x) of Student's t."""
    return special.stdtr(df, -np.asarray(x))[()]


def t_ppf(p, df):
    """The x with P(X <= x) = p of Student's t."""
    return special.stdtrit(df, p)
