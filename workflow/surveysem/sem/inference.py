"""Covariance matrix of the free parameters: inverse information, or a sandwich around it."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from surveysem.sem import casewise
from surveysem.sem.clusters import share_clusters
from surveysem.sem.estimate import Objective
from surveysem.sem.implied import Implied
from surveysem.sem.settings import Settings


def inverse(matrix: np.ndarray) -> np.ndarray:
    """Inverse of an information matrix (symmetric), whose units may lie 10^9 apart, q x q.

    Of a singular one the pseudo-inverse, for tests: any generalised inverse gives the same
    projection on the tangent space. (Standard errors are nan then, see result.py.)
    """
    scale = np.sqrt(np.abs(np.diag(matrix)))
    scale = np.where(scale > 0, scale, 1.0)
    outer = np.outer(scale, scale)
    root, indefinite = dpotrf(matrix / outer, lower=1)
    if not indefinite:
        lower = np.tril(dpotri(root, lower=1, overwrite_c=1)[0])
        return (lower + np.tril(lower, -1).T) / outer
    try:
        return np.linalg.inv(matrix / outer) / outer
    except np.linalg.LinAlgError:
        return np.linalg.pinv(matrix / outer, rcond=1e-12, hermitian=True) / outer


def information(objective: Objective, x: np.ndarray, kind: str) -> np.ndarray:
    """Information per observation, q x q: expected, observed or first_order."""
    if kind == "expected":
        return objective.information(x)
    if kind == "observed":
        return objective.observed_information(x)
    return meat(objective, x, "scores")


def contributions(
    objective: Objective, im: Sequence[Implied], kind: str, along: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Each row's score (`scores`) or moment score (`moments`), n x q, and the rows' clusters.

    Groups follow each other. along: directions of the table's rows, r x q (default: those of
    the free parameters).
    """
    K = objective.parameters.K if along is None else along
    blocks, clusters = [], []
    for part, moments in zip(objective.parts, im, strict=True):
        rows = part.scores(moments) if kind == "scores" else part.moment_scores(moments)
        blocks.append(rows @ K[part.layout.rows])
        clusters.append(part.rows.clusters)
    together = None if clusters[0] is None else np.concatenate(clusters)
    return np.vstack(blocks), together


def meat(
    objective: Objective, x: np.ndarray, kind: str, along: np.ndarray | None = None
) -> np.ndarray:
    """Outer product of the contributions per observation, q x q (see `contributions`)."""
    if along is None:
        return objective.kept(x, kind, lambda: _meat(objective, x, kind, None))
    return _meat(objective, x, kind, along)


def _meat(objective: Objective, x: np.ndarray, kind: str, along: np.ndarray | None) -> np.ndarray:
    im = objective.implied(x)
    summed = hasattr(objective.parts[0], "moment_meat") and not share_clusters(objective.parts)
    if kind == "moments" and summed:
        out = 0.0
        for part, moments, share in zip(objective.free_parts, im, objective.shares, strict=True):
            own, rows = part.moment_meat(moments), part.layout.rows
            if along is None:
                out = out + share * objective.parameters.congruent(rows, own)
            else:
                out = out + share * along[rows].T @ own @ along[rows]
        return out
    rows, clusters = contributions(objective, im, kind, along)
    return casewise.outer(corrected(objective, rows, clusters), clusters, objective.size)


def corrected(objective: Objective, rows: np.ndarray, clusters: np.ndarray | None) -> np.ndarray:
    """Contributions of the rows times the root of their clusters' factor, n x q.

    Groups with a common cluster have the same factor (see clusters.py).
    """
    if clusters is None:
        return rows
    factors = [np.full(len(part.rows.values), part.rows.factor) for part in objective.parts]
    return rows * np.sqrt(np.concatenate(factors))[:, None]


def covariance(objective: Objective, x: np.ndarray, settings: Settings) -> np.ndarray:
    """Covariance of root-n times the free parameters, q x q.

    standard: inverse information (Bollen 1989, eq. 4.68). robust_sem: Satorra and Bentler
    (1994, eq. 16.10); two_stage and robust_two_stage: the same with the first stage's Gamma
    (Savalei and Bentler 2009, eq. 14). robust_huber_white: Huber (1967), White (1982); with clusters
    Binder (1983). Under nonlinear constraints the information is that along their tangent
    space, without their curvature, as in lavaan.
    """
    bread = inverse(information(objective, x, settings.information))
    if settings.se == "standard":
        return bread
    kind = "scores" if settings.se == "robust_huber_white" else "moments"
    return bread @ meat(objective, x, kind) @ bread
