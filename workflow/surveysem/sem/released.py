"""What the score says of parameters that a fit holds fixed: the parts of a Lagrange multiplier.

With U the derivative of the log-likelihood (or of minus half the weighted squares) by such a
parameter, I the information and B the covariance matrix of the scores, index f the free ones:
V = I_jj - I_jf I_ff^-1 I_fj is the variance of U where the information is right, and
M = B_jj - 2 a B_fj + a B_ff a', a = I_jf I_ff^-1, is that where it is not (White 1982;
Satorra 1989, Psychometrika 54, 131; Boos 1992). U^2 / V is the score test, U^2 / M its
robust form.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from surveysem.sem.casewise import outer_diagonal
from surveysem.sem.clusters import share_clusters
from surveysem.sem.errors import IdentificationError
from surveysem.sem.estimate import Objective
from surveysem.sem.implied import Implied, Layout
from surveysem.sem.inference import contributions, corrected, meat
from surveysem.sem.settings import SCALED, Settings

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

_PLACES = ("rows", "matrix", "i", "j")
CHUNK = 500  # parameters whose scores of all rows are held at a time


def require_identified(fit: "Fit", what: str) -> None:
    """Raise IdentificationError where the information of the free parameters is singular."""
    for problem in fit.problems:
        if problem.kind == "identification":
            raise IdentificationError(
                f"{what} need an identified model: {problem.message}\n  hint: {problem.hint}"
            )


def score_weights(objective: Objective) -> list[float]:
    """What -1/2 dF of each group counts for in the score per observation.

    As in lavaan, where least squares count a group n - 1 of N rows (and n in the information).
    """
    return [part.share / objective.size for part in objective.parts]


def robust_kind(settings: Settings) -> str | None:
    """Which contributions of the rows a robust score test needs; None where none is asked for."""
    scores = settings.se == "robust_huber_white" or settings.test == "yuan_bentler_mplus"
    if not settings.se.startswith("robust") and settings.test not in SCALED:
        return None
    return "scores" if scores and not settings.least_squares else "moments"


def joined(first: Layout, second: Layout) -> Layout:
    """The rows of one layout, then those of another of the same group.

    Released rows stand behind the model's, since the derivatives by a layout's rows want
    every predictor among them (see implied.gradient).
    """
    both = {n: np.concatenate([getattr(first, n), getattr(second, n)]) for n in _PLACES}
    return replace(first, **both, predictors=np.union1d(first.predictors, second.predictors))


def score(part, im: Implied, other: Layout) -> np.ndarray:
    """-1/2 dF by the other layout's rows, c."""
    every = replace(part, layout=joined(part.layout, other))
    return -0.5 * every.value(im)[1][len(part.layout.rows) :]


def information_with(part, im: Implied, other: Layout, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Information (`expected` or `observed`) of the other layout's rows: its diagonal (c), and
    its block with the part's own rows (c x r_g)."""
    own, both = len(part.layout.rows), joined(part.layout, other)
    if kind == "expected":
        diagonal, cross = part.expected_with(im, both)
        return diagonal[own:], cross[own:]
    every = replace(part, layout=both).observed(im)
    return np.diag(every)[own:], every[own:, :own]


def robust_variance(
    objective: Objective,
    x: np.ndarray,
    kind: str,
    group: int,
    layout: Layout,
    slope: np.ndarray,
) -> np.ndarray:
    """M of each of the rows (c) of a layout of one group (from 0); slope: a, c x q.

    Rows' contributions are summed by cluster first, over all groups that a cluster spans.
    """
    part, share, K = objective.parts[group], objective.shares[group], objective.parameters.K
    im, own = objective.implied(x), len(part.layout.rows)
    if hasattr(part, "moment_meat") and not share_clusters(objective.parts):
        diagonal, cross = part.moment_meat_with(im[group], joined(part.layout, layout))
        cross = share * cross[own:] @ K[part.layout.rows]
        by_free = ((slope @ meat(objective, x, kind)) * slope).sum(axis=1)
        return share * diagonal[own:] - 2 * (cross * slope).sum(axis=1) + by_free
    rows, clusters = contributions(objective, im, kind)
    start = sum(len(p.rows.values) for p in objective.parts[:group])
    at = slice(start, start + len(part.rows.values))
    out = np.empty(len(layout.rows))
    for first in range(0, len(out), CHUNK):
        some = np.arange(first, min(first + CHUNK, len(out)))
        every = replace(part, layout=joined(part.layout, layout.take(some)))
        found = every.scores if kind == "scores" else every.moment_scores
        adjusted = -rows @ slope[some].T
        adjusted[at] += found(im[group])[:, own:]
        adjusted = corrected(objective, adjusted, clusters)
        out[some] = outer_diagonal(adjusted, clusters, objective.size)
    return out
