"""Direct, indirect and total effects with their uncertainty, from a fit's path coefficients.

Coefficients live in arrays of draws x k (k paths over all groups), so that the same
functions serve the estimate (one draw) and Monte Carlo draws.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.sem.distributions import normal_ppf, normal_sf
from surveysem.sem.result import Fit

Route = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """Path coefficients of a fit.

    index: (group number, outcome, predictor) to position. est, std: k. est_cov, std_cov:
    k x k. shares: sample share of each group, which weigh the groups in pooled effects.
    """

    index: Mapping[tuple[int, str, str], int]
    est: np.ndarray
    est_cov: np.ndarray
    std: np.ndarray
    std_cov: np.ndarray
    shares: tuple[float, ...]

    def draws(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Normal draws of the standardised coefficients, count x k."""
        values, vectors = np.linalg.eigh(self.std_cov)
        root = vectors * np.sqrt(np.clip(values, 0, None))
        return self.std + rng.standard_normal((count, len(values))) @ root.T


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect; interval, p and equivalence p on the standardised scale.

    p_equivalence: the larger of the two one-sided p against +-sesoi (Schuirmann 1987),
    nan without sesoi.
    """

    est: float
    se: float
    std: float
    std_se: float
    ci_lower: float
    ci_upper: float
    ci_method: str
    p: float
    p_equivalence: float


def path_coefficients(result: Fit) -> Paths:
    """The `~` rows of a fit with their covariance, raw and standardised (delta method)."""
    rows = [k for k, row in enumerate(result.table.rows) if row.op == "~"]
    table = result.table.rows
    values, jacobian = result.standardized_with_jacobian()
    V = result.vcov()
    J = jacobian[rows]
    total = sum(result.nobs)
    return Paths(
        index={(table[k].group, table[k].lhs, table[k].rhs): m for m, k in enumerate(rows)},
        est=result.values[rows],
        est_cov=V[np.ix_(rows, rows)],
        std=values[rows],
        std_cov=J @ V @ J.T,
        shares=tuple(n / total for n in result.nobs),
    )


def routes(paths: Paths, start: str, end: str) -> list[Route]:
    """All directed routes from one variable to another (the model has no loops), in order."""
    after: dict[str, list[str]] = {}
    for _, outcome, predictor in paths.index:
        if outcome not in after.setdefault(predictor, []):
            after[predictor].append(outcome)
    found: list[Route] = []

    def walk(route: Route) -> None:
        if route[-1] == end:
            found.append(route)
            return
        for follower in after.get(route[-1], []):
            if follower not in route:
                walk((*route, follower))

    walk((start,))
    return [route for route in found if len(route) > 1]


def along(
    paths: Paths, coefficients: np.ndarray, ways: Sequence[Route], groups: Sequence[int]
) -> np.ndarray:
    """Sum over routes of the products of their coefficients; groups weighted by their shares.

    coefficients: draws x k. Returns one value a draw.
    """
    weight = np.array([paths.shares[g - 1] for g in groups])
    out = np.zeros(len(coefficients))
    for g, w in zip(groups, weight / weight.sum(), strict=True):
        for route in ways:
            steps = [paths.index[g, b, a] for a, b in itertools.pairwise(route)]
            out += w * coefficients[:, steps].prod(axis=1)
    return out


def _gradient(paths: Paths, at: np.ndarray, ways, groups) -> np.ndarray:
    """Derivative of `along` by the coefficients, k (products are multilinear: exact)."""
    slopes = np.zeros(len(at))
    weight = np.array([paths.shares[g - 1] for g in groups])
    for g, w in zip(groups, weight / weight.sum(), strict=True):
        for route in ways:
            steps = [paths.index[g, b, a] for a, b in itertools.pairwise(route)]
            for k in steps:
                slopes[k] += w * np.prod([at[m] for m in steps if m != k])
    return slopes


def effect(
    paths: Paths,
    ways: Sequence[Route],
    groups: Sequence[int],
    *,
    sesoi: float | None = None,
    sample: np.ndarray | None = None,
) -> Effect:
    """An effect over the routes given, for one group or as the weighted mean over several.

    Single paths use the delta method; products use `sample`, Monte Carlo draws of the
    standardised coefficients (MacKinnon, Lockwood and Williams 2004; Preacher and Selig 2012).
    """
    est = float(along(paths, paths.est[None, :], ways, groups)[0])
    std = float(along(paths, paths.std[None, :], ways, groups)[0])
    raw_slopes = _gradient(paths, paths.est, ways, groups)
    se = float(np.sqrt(max(raw_slopes @ paths.est_cov @ raw_slopes, 0.0)))
    slopes = _gradient(paths, paths.std, ways, groups)
    std_se = float(np.sqrt(max(slopes @ paths.std_cov @ slopes, 0.0)))
    if all(len(route) == 2 for route in ways):
        return Effect(est, se, std, std_se, *_normal(std, std_se, sesoi))
    draws = len(sample)
    sample = along(paths, sample, ways, groups)
    lower, upper = np.quantile(sample, [0.025, 0.975])
    tail = min((sample <= 0).mean(), (sample >= 0).mean())
    p = min(1.0, 2 * max(float(tail), 1 / draws))
    outside = np.nan
    if sesoi:
        outside = max(float((sample >= sesoi).mean()), float((sample <= -sesoi).mean()), 1 / draws)
    spread = float(sample.std(ddof=1))
    return Effect(est, se, std, spread, float(lower), float(upper), "monte_carlo", p, outside)


def _normal(std: float, se: float, sesoi: float | None):
    z = float(normal_ppf(0.975))
    p = float(2 * normal_sf(abs(std) / se)) if se > 0 else np.nan
    inside = np.nan
    if sesoi and se > 0:
        inside = float(max(normal_sf((sesoi - std) / se), normal_sf((sesoi + std) / se)))
    return std - z * se, std + z * se, "delta", p, inside
