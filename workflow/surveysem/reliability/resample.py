"""Bootstrap draws of the covariances of complete answers, all at once."""

from collections.abc import Iterator

import numpy as np

LEVEL = 0.95
AT_ONCE = 2**22  # rows that are drawn together, which bounds the memory
BOOTSTRAP, BASIC = "bootstrap, percentile", "bootstrap, basic on the logit"


def counts(n: int, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each of n units comes up in samples of n with replacement, some draws x n at a time."""
    step = max(1, AT_ONCE // max(n, 1))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        chosen = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
        yield np.bincount(chosen.ravel(), minlength=size * n).reshape(size, n).astype(float)


def weighted_covariances(answers: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Covariances (divided by n - 1) of n x k answers that count `times`, draws x n: draws x k x k."""
    k = answers.shape[1]
    y = answers - answers.mean(axis=0)
    i, j = np.tril_indices(k)
    size = times.sum(axis=1)[:, None]
    sums = times @ np.column_stack([y, y[:, i] * y[:, j]])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums[:, :k] / size
        cov = (sums[:, k:] - size * mean[:, i] * mean[:, j]) / (size - 1)
    out = np.empty((len(times), k, k))
    out[:, i, j] = out[:, j, i] = cov
    return out


def covariances(answers: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Covariance matrices of `draws` samples with replacement from n x k answers, draws x k x k."""
    parts = [weighted_covariances(answers, times) for times in counts(len(answers), draws, rng)]
    return np.concatenate(parts)


def percentile_interval(values: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Percentile interval of the draws that have a value (Efron 1979).

    nan where fewer than nine in ten have one.
    """
    found = values[np.isfinite(values)]
    if not len(found) or len(found) < 0.9 * len(values):
        return np.nan, np.nan
    tail = (1 - level) / 2
    lower, upper = np.quantile(found, [tail, 1 - tail])
    return float(lower), float(upper)


def basic_interval(est: float, values: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Basic interval of a share, symmetric to the draws about the estimate on the logit scale.

    Where resampling moves a coefficient, as it does one of an exploratory rotation, sampling has
    moved the estimate by as much: the interval goes back (Davison and Hinkley 1997, eq. 5.6).
    """
    if not 0 < est < 1:
        return np.nan, np.nan
    inside = np.where((values > 0) & (values < 1), values, np.nan)
    with np.errstate(invalid="ignore"):
        drawn = np.log(inside / (1 - inside))
    low, high = percentile_interval(drawn, level)
    centre = np.log(est / (1 - est))
    bounds = 1 / (1 + np.exp(-np.array([2 * centre - high, 2 * centre - low])))
    return float(bounds[0]), float(bounds[1])


def two_sided_p(values: np.ndarray) -> float:
    """Twice the smaller share of draws on either side of zero (Davison and Hinkley 1997, eq. 4.11).

    nan where fewer than nine in ten have a value.
    """
    found = values[np.isfinite(values)]
    if not len(found) or len(found) < 0.9 * len(values):
        return np.nan
    side = min((found <= 0).sum(), (found >= 0).sum())
    return float(min(1.0, 2 * (1 + side) / (1 + len(found))))
