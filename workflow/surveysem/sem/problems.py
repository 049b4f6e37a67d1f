"""Findings about a fit that a reader has to know before trusting any of its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.sem.definite import surely_above
from surveysem.sem.implied import Implied
from surveysem.sem.modelblocks import Block
from surveysem.sem.restrictions import Restrictions
from surveysem.sem.table import Table


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. kind: its type. subject: the parameter or variable. hint: what to try.

    `inadmissible` findings make every estimate of the fit unfit for interpretation.
    """

    kind: str
    subject: str
    message: str
    hint: str
    inadmissible: bool = True


def find(
    table: Table,
    values: np.ndarray,
    blocks: Sequence[Block],
    information: np.ndarray,
    converged: bool,
    K: np.ndarray,
    auxiliary: Sequence[str] = (),
) -> tuple[Problem, ...]:
    """Look at a fit for every kind of problem; an empty tuple when there is none.

    information: of the free parameters, q x q; K: the rows' dependence on them, r x q.
    auxiliary: saturated correlates; they correlate with residuals, not with the latents, so
    that their matrix with them need not be one of covariances.
    """
    places = {(block.group, block.level): block.place for block in blocks}
    found = []
    if not converged:
        found.append(
            Problem(
                "no_convergence",
                "model",
                "the optimiser did not converge",
                "check the model for a latent variable with few or weak indicators, or simplify it",
            )
        )
    loose = _unidentified(information, K)
    if len(loose):
        rows = [table.rows[k] for k in loose[:6]]
        names = [f"{r.lhs} {r.op} {r.rhs}".strip() + places[r.group, r.level] for r in rows]
        found.append(
            Problem(
                "identification",
                names[0],
                "the information matrix is singular: some parameters are not identified, "
                f"among them {', '.join(names)}",
                "fix the scale of each latent variable and avoid latents with one indicator",
            )
        )
    ordered = dict(table.ordered)  # their residual variances follow from the other parameters
    for k, row in enumerate(table.rows):
        free = (row.value is None and not row.exogenous) or row.lhs in ordered
        if row.op == "~~" and row.lhs == row.rhs and free and values[k] < 0:
            found.append(
                Problem(
                    "heywood",
                    f"{row.lhs} ~~ {row.rhs}",
                    f"negative variance of {row.lhs}{places[row.group, row.level]}: "
                    f"{values[k]:.3f}",
                    "the sample may be small, the item redundant or the model wrong; see its interval",
                )
            )
    for block in blocks:
        of_block = block.table, block.implied, block.place
        found += _latent_correlations(*of_block) or _residuals(*of_block, auxiliary)
    return tuple(found)


def at_bounds(rules: Restrictions, active: Sequence[int]) -> tuple[Problem, ...]:
    """The inequality constraints that hold the estimates back; the fit stays admissible."""
    return tuple(
        Problem(
            "active_bound",
            rules.subjects[k],
            f"the estimates lie on the border of a constraint: {rules.inequalities[k].text}",
            "without it the fit would be closer; standard errors take it as an equation, and "
            "tests at the border follow a mixture of chi-squares (chi-bar-square), not the one shown",
            inadmissible=False,
        )
        for k in active
    )


def _unidentified(information: np.ndarray, K: np.ndarray) -> np.ndarray:
    """Rows that can change without a change of the fit, those that change most first."""
    if not information.size:
        return np.array([], dtype=int)
    diagonal = np.diag(information)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = information / np.outer(scale, scale)
    if not np.isfinite(scaled).all():
        return np.flatnonzero(K.any(axis=1))
    if surely_above(scaled, 1e-9):
        return np.array([], dtype=int)
    values, vectors = np.linalg.eigh(scaled)
    if values[0] >= 1e-9:
        return np.array([], dtype=int)
    change = np.abs(K) @ np.abs(vectors[:, 0])
    order = np.argsort(-change, kind="stable")
    return order[change[order] > 0.1 * change.max()]


def _latent_correlations(table: Table, im: Implied, place: str) -> list[Problem]:
    p = len(table.observed)
    V = im.V[p:, p:]
    if not len(V) or (np.diag(V) <= 0).any():
        return []
    sd = np.sqrt(np.diag(V))
    R = V / np.outer(sd, sd)
    found = []
    for a in range(len(R)):
        for b in range(a):
            if abs(R[a, b]) > 1:
                names = f"{table.latent[b]} ~~ {table.latent[a]}"
                found.append(
                    Problem(
                        "latent_correlation",
                        names,
                        f"implied correlation of {R[a, b]:.3f} between {table.latent[b]} and "
                        f"{table.latent[a]}{place}",
                        "the two constructs cannot be told apart: merge them or drop one",
                    )
                )
    if not found and np.linalg.eigvalsh(R)[0] < -1e-10:
        found.append(
            Problem(
                "latent_covariance",
                "latent covariance matrix",
                f"the latent covariance matrix is not positive definite{place}",
                "look for constructs that are a linear combination of others",
            )
        )
    return found


def _residuals(table: Table, im: Implied, place: str, auxiliary: Sequence[str]) -> list[Problem]:
    """Residuals that cannot have these covariances, although no variance is negative."""
    names = (*table.observed, *table.latent)
    own = np.array([k for k, name in enumerate(names) if name not in auxiliary])
    S = im.S[np.ix_(own, own)]
    variances = np.diag(S)
    if (variances < 0).any():
        return []  # a finding of its own
    sd = np.sqrt(np.where(variances > 0, variances, 1.0))  # a fixed zero is allowed
    scaled = S / np.outer(sd, sd)
    if surely_above(scaled, 1e-9):
        return []
    values, vectors = np.linalg.eigh(scaled)
    if values[0] >= -1e-8:
        return []
    name = names[own[int(np.argmax(np.abs(vectors[:, 0])))]]
    return [
        Problem(
            "residual_covariance",
            name,
            "the covariance matrix of residuals and exogenous variables is not positive definite, "
            f"see {name}{place}",
            "look for covariances of residuals that are too many or too large",
        )
    ]
