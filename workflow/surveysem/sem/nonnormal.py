"""Correlated variables of given skewness and kurtosis: Fleishman (1978), Vale and Maurelli (1983).

A standard normal z becomes y = -c + b z + c z^2 + d z^3, of mean zero and variance one.
"""

import numpy as np

from surveysem.sem.errors import ModelError


def fleishman(skew: float, kurtosis: float) -> np.ndarray:
    """b, c and d that give a skewness and an excess kurtosis (Fleishman 1978, eq. 11, 17, 18).

    Raises ModelError where no polynomial has them (about: kurtosis < 1.64 skew^2 - 1.15).
    """
    from scipy.optimize import root  # slow to import

    def gap(x: np.ndarray) -> list[float]:
        b, c, d = x
        return [
            b**2 + 6 * b * d + 2 * c**2 + 15 * d**2 - 1,
            2 * c * (b**2 + 24 * b * d + 105 * d**2 + 2) - skew,
            24
            * (
                b * d
                + c**2 * (1 + b**2 + 28 * b * d)
                + d**2 * (12 + 48 * b * d + 141 * c**2 + 225 * d**2)
            )
            - kurtosis,
        ]

    # near the border of what is possible the way there has to be gone in steps
    x = np.array([1.0, 0.0, 0.0])
    target = skew, kurtosis
    for share in np.linspace(0.05, 1, 20):
        skew, kurtosis = share * target[0], share * target[1]
        found = root(gap, x, tol=1e-13)
        x = found.x
    if np.abs(gap(x)).max() > 1e-8:
        raise ModelError(
            f"no distribution of Fleishman's has skewness {target[0]:g} and excess kurtosis "
            f"{target[1]:g}\n  hint: raise the kurtosis; it has to exceed about "
            f"{1.64 * target[0] ** 2 - 1.15:.2f}"
        )
    return x


def intermediate(correlations: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Correlations of the normal variables behind those wanted, p x p (Vale and Maurelli, eq. 11).

    coefficients: p x 3 as from `fleishman`. Raises ModelError where there are none.
    """
    b, c, d = coefficients.T
    linear = np.outer(b, b) + 3 * np.outer(b, d) + 3 * np.outer(d, b) + 9 * np.outer(d, d)
    square, cube = 2 * np.outer(c, c), 6 * np.outer(d, d)
    rho = correlations.copy()
    for _ in range(100):
        step = linear * rho + square * rho**2 + cube * rho**3 - correlations
        step /= linear + 2 * square * rho + 3 * cube * rho**2
        rho = rho - step
        if np.abs(step).max() < 1e-14:
            break
    np.fill_diagonal(rho, 1.0)
    if not np.abs(step).max() < 1e-8 or not np.linalg.eigvalsh(rho)[0] > 0:
        raise ModelError(
            "the population's correlations cannot be had with this skewness and kurtosis\n"
            "  hint: make the skewness smaller, or more alike over variables"
        )
    return rho


def transform(z: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Normal variables (n x p) made nonnormal, n x p."""
    b, c, d = coefficients.T
    return -c + z * (b + z * (c + z * d))
