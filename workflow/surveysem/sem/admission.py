"""Points where the constraints hold, to start from, and what to say where there is none."""

import numpy as np

from surveysem.sem import quadratic
from surveysem.sem.errors import ModelError
from surveysem.sem.estimate import Objective
from surveysem.sem.optimiser import units
from surveysem.sem.program import Program, damped, row_norms
from surveysem.sem.restrictions import Restrictions

HOLDS = 1e-9  # a constraint counts as met, in the units of its own gradient


def admitted(objective: Objective, x: np.ndarray, rules: Restrictions) -> np.ndarray:
    """A point near x where all constraints hold, q; one where F is defined if there is.

    Successive projections onto the linearised constraints, in standard errors if F is
    defined at x, then in relative units. Raises ModelError where none is found, naming the
    constraints that fail.
    """
    if not rules:
        return x
    values = objective.parameters.rows(x)
    rng = np.random.default_rng(1)  # a symmetric start (a = b = 0) may have no gradient
    relative = np.maximum(np.abs(x), 0.1)
    touched = objective.parameters.K[list(rules.used)].any(axis=0)
    tries = [(relative, np.eye(len(x)), spread) for spread in (0.0, 0.1, 0.3, 1.0, 1.0, 1.0)]
    if len(x) and np.isfinite(objective(x)[0]):
        scale = 1 / units(objective.information(x))
        tries.insert(0, (scale, damped(Program(objective, rules, scale).scoring(x / scale)), 0.0))
    worst: list[str] = []
    kept = None
    for scale, root, spread in tries:
        moved = x + spread * relative * touched * rng.standard_normal(len(x))
        found, off = projected(Program(objective, rules, scale), moved / scale, root)
        if found is not None and np.isfinite(objective(found * scale)[0]):
            return found * scale
        if found is not None and kept is None:
            kept = found * scale
        worst = worst or off
    if kept is not None:
        return kept
    shown = "; ".join(worst)
    parameters = objective.parameters
    defined = all(np.isfinite(rules.evaluate(e, values)[0]).all()
                  for e in (rules.equalities, rules.inequalities))  # fmt: skip
    if parameters.K.shape[1] and not defined:
        raise ModelError(
            f"the starting values give no number in a constraint: {shown}\n"
            "  hint: give others, as in start(0.5)*a*x, at which it is defined"
        )
    raise ModelError(
        f"no values of the parameters were found that satisfy the constraints: {shown}\n"
        + (f"  all of them: {'; '.join(rules.texts)}\n" if set(worst) != set(rules.texts) else "")
        + "  hint: remove one of them, or give starting values that satisfy them: start(0.5)*a*x"
    )


def projected(
    problem: Program, z: np.ndarray, root: np.ndarray
) -> tuple[np.ndarray | None, list[str]]:
    """Where the constraints hold, q, or None and the texts of those that fail.

    root: Cholesky factor of the metric.
    """
    texts = problem.rules.texts
    failing = list(texts)
    for _ in range(100):
        h, A, c, C = problem.constraints(z)
        everything = np.concatenate([h, c, A.ravel(), C.ravel()])
        if not np.isfinite(everything).all():
            undefined = ~np.isfinite(np.concatenate([h, c]))
            return None, [t for t, bad in zip(texts, undefined, strict=True) if bad] or failing
        off = np.concatenate([np.abs(h) / row_norms(A), np.maximum(-c, 0.0) / row_norms(C)])
        failing = [t for t, gap in zip(texts, off, strict=True) if gap > HOLDS]
        if not failing or not len(z):
            return (None if failing else z), failing
        d = quadratic.solve(root, np.zeros(len(z)), A, h, C, c).d
        length = 1.0
        while length > 1e-6:
            new = problem.constraints(z + length * d)
            size = np.concatenate([np.abs(new[0]), np.maximum(-new[2], 0.0)])
            old = np.concatenate([np.abs(h), np.maximum(-c, 0.0)])
            if np.isfinite(size).all() and size @ size <= (1 - 1e-4 * length) * (old @ old):
                break
            length /= 2
        else:
            return None, failing
        z = z + length * d
    return None, failing
