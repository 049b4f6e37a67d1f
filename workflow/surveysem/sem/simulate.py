"""Data drawn from a population model: continuous or ordinal, in groups, with missing answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from surveysem.errors import nearest
from surveysem.sem import nonnormal
from surveysem.sem.errors import DataError
from surveysem.sem.population import Population, population

if TYPE_CHECKING:
    from surveysem.sem.result import Fit


@dataclass(frozen=True, slots=True)
class Mar:
    """Answers missing at random, by a logistic regression on a variable without holes.

    share: of the answers that are missing, in expectation. on: the variable. slope: by
    one standard deviation of it.
    """

    share: float
    on: str
    slope: float = 1.0


def simulate(
    model: "str | pd.DataFrame | Fit",
    n: int | Sequence[int],
    seed: int | np.random.Generator,
    *,
    model_type: str = "sem",
    group: str = "group",
    group_labels: Sequence | None = None,
    thresholds: Mapping[str, Sequence] | None = None,
    missing: Mapping[str, float | Mar] | pd.DataFrame | None = None,
    skew: float | Mapping[str, float] = 0.0,
    kurtosis: float | Mapping[str, float] = 0.0,
    standardized: bool = False,
) -> pd.DataFrame:
    """Draw a sample: one column an observed variable, and `group` where n is a list.

    model, model_type, thresholds, standardized: see `population`. n: rows, or rows of each
    group; group_labels: what stands in the column `group` (default 1, 2, ...). Ordinal
    variables (with thresholds) hold categories 1, 2, ... missing: for each variable the
    share of answers that are missing completely at random, or a `Mar`; or a frame of
    truth values, true where missing, whose rows are patterns drawn with replacement
    (`data.isna()` for the pattern of a survey). skew, kurtosis (excess): of continuous
    variables and latent responses (Vale and Maurelli 1983), one for all or by name.

    The same seed gives the same data. Raises ModelError for the model, DataError for the
    other arguments.
    """
    sizes = _sizes(n)
    several = not np.isscalar(n)
    found = population(
        model,
        groups=len(sizes),
        model_type=model_type,
        thresholds=thresholds,
        standardized=standardized,
    )
    if len(found.cov) != len(sizes):
        raise DataError(
            f"n gives rows for {len(sizes)} group(s), the model has {len(found.cov)}\n"
            "  hint: n = [rows of the first group, rows of the second, ...]"
        )
    labels = list(range(1, len(sizes) + 1)) if group_labels is None else list(group_labels)
    if len(labels) != len(sizes):
        raise DataError(f"group_labels has {len(labels)} labels for {len(sizes)} group(s)")
    rng = np.random.default_rng(seed)
    shapes = _by_name(skew, found, "skew"), _by_name(kurtosis, found, "kurtosis")
    values = np.vstack([_draw(found, g, size, rng, *shapes) for g, size in enumerate(sizes)])
    data = pd.DataFrame(values, columns=list(found.observed))
    _cut(data, found, sizes)
    holes = _holes(data, missing, rng)
    for name in holes.columns:
        if holes[name].any():
            data[name] = data[name].astype(float).mask(holes[name].to_numpy())
    if several:
        if group in data.columns:
            raise DataError(f"group: '{group}' is a variable of the model\n  hint: another name")
        data[group] = [
            label for label, size in zip(labels, sizes, strict=True) for _ in range(size)
        ]
    return data


def _sizes(n: int | Sequence[int]) -> list[int]:
    sizes = [n] if np.isscalar(n) else list(n)
    if not sizes or not all(
        isinstance(size, (int, np.integer)) and not isinstance(size, bool) and size > 0
        for size in sizes
    ):
        raise DataError(f"n is {n!r}\n  hint: a whole number of rows, or a list with one a group")
    return [int(size) for size in sizes]


def _known(names, allowed: Sequence[str], argument: str) -> None:
    for name in names:
        if name not in allowed:
            close = nearest(name, allowed)
            raise DataError(
                f"{argument}: '{name}' is not an observed variable of the model"
                + (f"\n  hint: did you mean '{close}'?" if close else "")
            )


def _by_name(value: float | Mapping[str, float], found: Population, argument: str) -> np.ndarray:
    """A number for each observed variable, p; 0 where none is given."""
    if not isinstance(value, Mapping):
        return np.full(len(found.observed), float(value))
    _known(value, found.observed, argument)
    return np.array([float(value.get(name, 0.0)) for name in found.observed])


def _draw(
    found: Population,
    g: int,
    size: int,
    rng: np.random.Generator,
    skew: np.ndarray,
    kurtosis: np.ndarray,
) -> np.ndarray:
    """Continuous values of one group, n_g x p."""
    cov, mean = found.cov[g], found.mean[g]
    z = rng.standard_normal((size, len(mean)))
    if not (skew.any() or kurtosis.any()):
        return mean + z @ np.linalg.cholesky(cov).T
    sd = np.sqrt(np.diag(cov))
    kinds = {pair: nonnormal.fleishman(*pair) for pair in zip(skew, kurtosis, strict=True)}
    coefficients = np.array([kinds[pair] for pair in zip(skew, kurtosis, strict=True)])
    behind = nonnormal.intermediate(cov / np.outer(sd, sd), coefficients)
    return mean + sd * nonnormal.transform(z @ np.linalg.cholesky(behind).T, coefficients)


def _cut(data: pd.DataFrame, found: Population, sizes: Sequence[int]) -> None:
    """Put categories 1, 2, ... in place of latent responses."""
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    for name in {name: None for cuts in found.thresholds for name in cuts}:
        response = data[name].to_numpy()
        data[name] = np.concatenate(
            [
                1 + np.searchsorted(cuts[name], response[a:b])
                for cuts, a, b in zip(found.thresholds, bounds[:-1], bounds[1:], strict=True)
            ]
        )


def _holes(data: pd.DataFrame, missing, rng: np.random.Generator) -> pd.DataFrame:
    """Which answers are missing: truth values under the names of `missing`."""
    if missing is None:
        return pd.DataFrame(index=data.index)
    if isinstance(missing, pd.DataFrame):
        _known(missing.columns, list(data.columns), "missing")
        if not len(missing) or not all(missing.dtypes == np.dtype(bool)):
            raise DataError("missing: a frame of patterns holds truth values\n  hint: data.isna()")
        return missing.iloc[rng.integers(len(missing), size=len(data))].reset_index(drop=True)
    _known(missing, list(data.columns), "missing")
    holes = pd.DataFrame(index=data.index)
    for name, rule in missing.items():
        holes[name] = rng.random(len(data)) < _probability(data, name, rule, missing)
    return holes


def _probability(data: pd.DataFrame, name: str, rule: float | Mar, missing: Mapping):
    """Probability that an answer is missing: one for all rows, or n."""
    share = rule.share if isinstance(rule, Mar) else rule
    if not 0 <= share < 1:
        raise DataError(f"missing: '{name}' has a share of {share}\n  hint: from 0 to below 1")
    if not isinstance(rule, Mar) or not share:
        return share
    _known([rule.on], list(data.columns), "missing")
    if rule.on in missing:
        raise DataError(
            f"missing: '{name}' depends on '{rule.on}', which has missing answers itself\n"
            "  hint: let it depend on a variable without any"
        )
    x = data[rule.on].to_numpy()
    effect = rule.slope * (x - x.mean()) / x.std()
    far = 40 + np.abs(effect).max()
    from scipy.optimize import brentq  # slow to import

    return expit(brentq(lambda a: expit(a + effect).mean() - share, -far, far) + effect)
