"""How many factors? Parallel analysis and Velicer's minimum average partial."""

from dataclasses import dataclass

import numpy as np

PERCENTILE = 95
CRITERIA = ("p95", "mean")
KINDS = ("pc", "paf")
_CHUNK = 100  # random matrices made at a time


@dataclass(frozen=True, slots=True)
class Parallel:
    """Eigenvalues (p) of the items by kind, and what random items of the same size have.

    kind pc: of the correlation matrix (principal components); paf: of the same with squared
    multiple correlations on its diagonal (principal axis factors). mean and p95: of the random
    ones, p each.
    """

    real: dict[str, np.ndarray]
    mean: dict[str, np.ndarray]
    p95: dict[str, np.ndarray]

    def factors(self, kind: str, criterion: str) -> int:
        """How many eigenvalues in a row, from the first, exceed the random ones."""
        above = self.real[kind] > getattr(self, criterion)[kind]
        return int(np.argmin(above)) if not above.all() else len(above)


def reduced(R: np.ndarray) -> np.ndarray:
    """Correlation matrices (... x p x p) with squared multiple correlations on the diagonal."""
    R = R.copy()
    at = np.arange(R.shape[-1])
    R[..., at, at] = 1 - 1 / np.diagonal(np.linalg.inv(R), axis1=-2, axis2=-1)
    return R


def descending(R: np.ndarray) -> np.ndarray:
    """Eigenvalues of symmetric matrices, largest first: ... x p."""
    return np.linalg.eigvalsh(R)[..., ::-1]


def random_correlations(
    n: int, scores: np.ndarray, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Correlation matrices of n respondents who answer p items at random: draws x p x p.

    From Wishart matrices by Bartlett's (1933) decomposition, which are what n rows of p normal
    variables give, for p (p + 1) / 2 random numbers in place of n p. scores: p; the polychoric
    correlation of two independent items has, to first order, the spread of a Pearson
    correlation divided by both (Olsson 1979); ones for Pearson.
    """
    p = len(scores)
    A = np.tril(rng.standard_normal((draws, p, p)), -1)
    at = np.arange(p)
    A[:, at, at] = np.sqrt(rng.chisquare(n - 1 - at, (draws, p)))
    A /= np.sqrt((A**2).sum(axis=2, keepdims=True))
    R = A @ A.transpose(0, 2, 1) / np.outer(scores, scores)
    R[:, at, at] = 1.0
    return R


def parallel_analysis(
    R: np.ndarray, n: int, scores: np.ndarray, draws: int, rng: np.random.Generator
) -> Parallel:
    """Horn's (1965) parallel analysis of components and of principal axis factors.

    R: p x p, nonsingular, of n > p respondents. As psych::fa.parallel(SMC = TRUE) with simulated
    data; the 95th percentile and the mean of `draws` random data sets (Glorfeld 1995). Axis
    factors tend to come out too many (Buja and Eyuboglu 1992; Lim and Jahng 2019).
    """
    random = {kind: np.empty((draws, len(R))) for kind in KINDS}
    for first in range(0, draws, _CHUNK):
        part = slice(first, min(first + _CHUNK, draws))
        some = random_correlations(n, scores, part.stop - first, rng)
        random["pc"][part] = descending(some)
        random["paf"][part] = descending(reduced(some))
    return Parallel(
        {"pc": descending(R), "paf": descending(reduced(R))},
        {kind: values.mean(axis=0) for kind, values in random.items()},
        {kind: np.percentile(values, PERCENTILE, axis=0) for kind, values in random.items()},
    )


def average_partials(R: np.ndarray, power: int = 2) -> np.ndarray:
    """Mean of the partial correlations' powers after 0, 1, ... components are taken out: p - 1.

    power 2: Velicer (1976; psych: vss()$map from one component on); 4: Velicer, Eaton and Fava
    (2000). The number of components with the smallest is the number of factors. nan where an
    item is explained wholly.
    """
    values, vectors = np.linalg.eigh(R)
    values, vectors = values[::-1], vectors[:, ::-1]
    p = len(R)
    out = np.full(p - 1, np.nan)
    left = R.copy()
    for m in range(p - 1):
        if m:
            one = vectors[:, m - 1]
            left = left - values[m - 1] * np.outer(one, one)
        rest = np.diag(left)
        if rest.min() <= 1e-10:
            break
        partial = left / np.sqrt(np.outer(rest, rest))
        np.fill_diagonal(partial, 0.0)
        out[m] = (partial**power).sum() / (p * (p - 1))
    return out


def fewest_partials(averages: np.ndarray) -> int:
    """The number of components at the smallest average."""
    return int(np.nanargmin(averages))
