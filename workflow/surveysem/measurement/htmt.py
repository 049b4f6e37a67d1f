"""Heterotrait-monotrait ratios of correlations, with bootstrap intervals.

HTMT: arithmetic means (Henseler, Ringle and Sarstedt 2015; semTools: htmt(htmt2 = FALSE)).
HTMT2: geometric means (Roemer, Schuberth and Henseler 2021; semTools: htmt(), its default).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

RATIOS = ("htmt", "htmt2")


def places(factors: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, list[int]]:
    """Positions of the items of each construct that has two or more among `names`."""
    at = {name: k for k, name in enumerate(names)}
    found = {c: [at[i] for i in items if i in at] for c, items in factors.items()}
    return {c: where for c, where in found.items() if len(where) > 1}


def ratios(R: np.ndarray, at: Sequence[Sequence[int]], geometric: bool) -> np.ndarray:
    """HTMT, or HTMT2, of each pair of constructs: ... x pairs, in the order of combinations().

    R: ... x p x p, items keyed alike. at: positions of each construct's items, two or more.
    Correlations count without their sign. Where one is zero HTMT2 is zero or has no value (nan).
    """
    mine = np.zeros((R.shape[-1], len(at)))
    for k, where in enumerate(at):
        mine[where, k] = 1.0
    size = np.array([len(where) for where in at])
    count = np.outer(size, size) - np.diag(size)  # without the diagonal of R
    with np.errstate(divide="ignore", invalid="ignore"):
        A = np.log(np.abs(R)) if geometric else np.abs(R)
        diagonal = np.arange(R.shape[-1])
        A[..., diagonal, diagonal] = 0.0
        if geometric:
            A = np.maximum(A, -700.0)  # exp() of the sum's mean is zero all the same
        means = mine.T @ A @ mine / count
        if geometric:
            means = np.exp(means)
        i, j = np.array([*combinations(range(len(at)), 2)]).T
        return means[..., i, j] / np.sqrt(means[..., i, i] * means[..., j, j])


@dataclass(frozen=True, slots=True)
class Ratios:
    """Of one ratio for each pair of constructs: estimate and 95 % percentile interval.

    pairs: P pairs of constructs. est, lower, upper: P. used: P, draws that have a value.
    """

    pairs: tuple[tuple[str, str], ...]
    est: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    used: np.ndarray


def with_intervals(
    R: np.ndarray,
    at: Mapping[str, Sequence[int]],
    draws: Callable[[], Iterator[np.ndarray]],
    level: float = 0.95,
) -> dict[str, Ratios]:
    """Both ratios of all pairs of constructs, by name.

    R: p x p. at: construct to its items' positions (`places`), two constructs or more. draws:
    resampled correlations, some draws x p x p at a time. Percentile intervals: near zero a
    ratio of sizes cannot fall, so that the interval may lie above the estimate there.
    """
    where = list(at.values())
    pairs = tuple(combinations(at, 2))
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in RATIOS}
    for some in draws():
        for name in RATIOS:
            drawn[name].append(ratios(some, where, name == "htmt2"))
    tail = (1 - level) / 2
    found = {}
    for name in RATIOS:
        every = np.concatenate(drawn[name])
        known = np.isfinite(every)
        bounds = np.full((2, len(pairs)), np.nan)
        some = known.any(axis=0)
        every = np.where(known, every, np.nan)
        bounds[:, some] = np.nanquantile(every[:, some], [tail, 1 - tail], axis=0)
        found[name] = Ratios(pairs, ratios(R, where, name == "htmt2"), *bounds, known.sum(axis=0))
    return found
