"""Do the items have enough in common to look for factors? KMO and Bartlett's test.

factor_analyzer has both and agrees, but is not maintained for current scikit-learn, and they
are a line each.
"""

import numpy as np

from surveysem.sem.distributions import chi_square_sf


def kmo(R: np.ndarray) -> tuple[float, np.ndarray]:
    """Kaiser, Meyer and Olkin's measure of sampling adequacy: of all items, and of each (p).

    Squared correlations over themselves plus squared partial correlations given all other
    items (Kaiser 1970; Kaiser and Rice 1974; psych: KMO). R: p x p, nonsingular.
    """
    Q = np.linalg.inv(R)
    scale = np.sqrt(np.diag(Q))
    partial = (Q / np.outer(scale, scale)) ** 2
    squared = R**2
    np.fill_diagonal(partial, 0.0)
    np.fill_diagonal(squared, 0.0)
    each = squared.sum(axis=0) / (squared.sum(axis=0) + partial.sum(axis=0))
    return float(squared.sum() / (squared.sum() + partial.sum())), each


def bartlett(R: np.ndarray, n: int) -> tuple[float, int, float]:
    """Bartlett's (1951) test that no items correlate: chi-square, df, p.

    R: p x p, nonsingular, of n respondents (psych: cortest.bartlett).
    """
    p = len(R)
    chisq = -(n - 1 - (2 * p + 5) / 6) * np.linalg.slogdet(R)[1]
    df = p * (p - 1) // 2
    return float(chisq), df, float(chi_square_sf(chisq, df))


def singular(R: np.ndarray, n: int, names: tuple[str, ...]) -> str:
    """Why R has no inverse that says anything, in words; '' where it has one."""
    if n <= len(R):
        return f"few_respondents: {n} for {len(R)} items"
    least = np.linalg.eigvalsh(R)[0]
    if least > 1e-8:
        return ""
    off = np.abs(np.tril(R, -1))
    i, j = np.unravel_index(off.argmax(), off.shape)
    if off[i, j] > 1 - 1e-8:
        return f"perfect_correlation: {names[j]} and {names[i]}"
    if least < -1e-8:
        return "not_positive_definite: too few respondents answered both of some items"
    return "linear_dependence: an item is determined by the others"
