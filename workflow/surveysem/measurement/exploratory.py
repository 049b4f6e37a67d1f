"""Exploratory factor analysis: principal axis factors, rotated obliquely, matched to constructs.

statsmodels' Factor and its rotations are maintained and agree with psych::fa(fm = "pa",
rotate = "oblimin") and GPArotation; factor_analyzer's EFA fails on current scikit-learn.
statsmodels' maximum likelihood takes 12 s for 68 items and 14 factors, its principal axis 0.1 s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

CROSS = 0.30  # a loading on a factor of another construct that is named (Howard 2016)
_STEPS = 5000


@dataclass(frozen=True, slots=True)
class Solution:
    """An oblique solution of p items and k factors.

    loadings: p x k, the pattern. phi: k x k, correlations of the factors. communalities: p.
    problem: '' or why the solution should not be interpreted.
    """

    loadings: np.ndarray
    phi: np.ndarray
    communalities: np.ndarray
    problem: str = ""


def most_factors(p: int) -> int:
    """The most factors of p items that leave degrees of freedom, (p - k)^2 - (p + k) >= 0."""
    return max((k for k in range(p) if (p - k) ** 2 - (p + k) >= 0), default=0)


def explore(R: np.ndarray, k: int) -> Solution:
    """Principal axis factors, iterated to convergence, with direct oblimin rotation (gamma 0).

    R: p x p, nonsingular; 1 <= k <= most_factors(p). Jennrich and Sampson (1966); gradient
    projection of Bernaards and Jennrich (2005), from the unrotated axes as GPArotation.
    """
    import warnings

    from statsmodels.multivariate.factor import Factor
    from statsmodels.multivariate.factor_rotation import rotate_factors

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = Factor(corr=R, n_factor=k, method="pa").fit(maxiter=_STEPS, tol=1e-9)
    A, own = found.loadings, found.communality
    problem = ""
    if A.shape[1] < k:
        problem = f"fewer_factors: only {A.shape[1]} have a positive eigenvalue"
    elif own.max() >= 1:
        problem = "heywood: an item's communality reaches one"
    elif np.abs(_step(R, own, k) - own).max() > 1e-6:
        problem = f"not_converged: in {_STEPS} steps"
    if A.shape[1] == 1:
        return Solution(A * np.sign(A.sum()), np.eye(1), own, problem)
    L, T = rotate_factors(A, "oblimin", 0, "oblique", tol=1e-7, max_tries=_STEPS)
    return Solution(L, T.T @ T, own, problem)


def _step(R: np.ndarray, communalities: np.ndarray, k: int) -> np.ndarray:
    """Communalities after one more step of the principal axis method: p."""
    R = R.copy()
    np.fill_diagonal(R, communalities)
    values, vectors = np.linalg.eigh(R)
    return (vectors[:, -k:] ** 2 * np.maximum(values[-k:], 0)).sum(axis=1)


def matched(
    solution: Solution, names: Sequence[str], construct_of: Mapping[str, str]
) -> tuple[Solution, list[tuple[str, ...]]]:
    """The solution with its factors in the order of the constructs, and who belongs to each.

    With as many factors as constructs or more, each construct gets one of its own so that the
    squared loadings of its items there are largest in sum over the constructs (Hungarian
    method); factors left over belong to none. With fewer, a construct goes to the factor
    where its items load most, and factors may be shared. Signs: items load positively on
    their own factor, in sum.
    """
    L = solution.loadings
    constructs = list(dict.fromkeys(construct_of[name] for name in names))
    mine = np.array([[construct_of[n] == c for n in names] for c in constructs], dtype=float)
    strength = mine @ L**2 / mine.sum(axis=1, keepdims=True)
    enough = L.shape[1] >= len(constructs)
    at = linear_sum_assignment(-strength)[1] if enough else strength.argmax(axis=1)
    owners = [tuple(c for c, f in zip(constructs, at, strict=True) if f == k)
              for k in range(L.shape[1])]  # fmt: skip
    order = [*dict.fromkeys(at.tolist())]
    order += [k for k in range(L.shape[1]) if k not in order]
    own_sum = np.array([
        (L[:, k] * (mine[[constructs.index(c) for c in owners[k]]].sum(axis=0) if owners[k] else 1)
         ).sum() for k in range(L.shape[1])
    ])  # fmt: skip
    sign = np.where(own_sum < 0, -1.0, 1.0)[order]
    turned = Solution(
        L[:, order] * sign,
        solution.phi[np.ix_(order, order)] * np.outer(sign, sign),
        solution.communalities,
        solution.problem,
    )
    return turned, [owners[k] for k in order]


def factor_names(owners: Sequence[tuple[str, ...]]) -> list[str]:
    """A name for each factor: its constructs joined by '+', or F and its number where none."""
    return ["+".join(o) if o else f"F{k}" for k, o in enumerate(owners, start=1)]


def elsewhere(
    loadings: np.ndarray, owners: Sequence[tuple[str, ...]], construct: str
) -> tuple[int, int] | None:
    """Of one item (k loadings): its own factor and the other one on which it loads most.

    None unless that other loading is the item's largest, or `CROSS` or more. The own factor is -1
    where its construct has none.
    """
    size = np.abs(loadings)
    own = next((k for k, o in enumerate(owners) if construct in o), -1)
    others = [k for k in range(len(size)) if k != own]
    if not others:
        return None
    top = max(others, key=lambda k: size[k])
    largest = own < 0 or size[top] > size[own]
    return (own, top) if largest or size[top] >= CROSS else None
