"""Minima under constraints that no change of parameters removes: nonlinear and inequality ones.

Sequential quadratic programming (Kraft 1988, as scipy's SLSQP) in units of the standard
errors, then Newton steps on the conditions of Karush, Kuhn and Tucker with the active
constraints (Nocedal and Wright 2006, chapter 18).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import minimize

from surveysem.sem.estimate import Estimate, Objective, units
from surveysem.sem.expressions import Expression
from surveysem.sem.table import Table

ACTIVE = 1e-7  # an inequality this close to its bound holds as an equation
CONVERGED = 1e-7  # length of the last step in standard errors per root n


@dataclass(frozen=True, slots=True)
class Constraints:
    """Constraints as functions of the free parameters.

    equalities: expressions that equal zero; inequalities: that are not negative. labels:
    row of the table for each label. K, constant: rows from free parameters (r x q, r).
    """

    equalities: tuple[Expression, ...]
    inequalities: tuple[Expression, ...]
    labels: dict[str, int]
    K: np.ndarray
    constant: np.ndarray

    def __bool__(self) -> bool:
        return bool(self.equalities or self.inequalities)

    def evaluate(
        self, expressions: Sequence[Expression], x: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values (c) and Jacobian (c x q) of expressions."""
        rows = self.K @ x + self.constant
        values, jacobian = np.zeros(len(expressions)), np.zeros((len(expressions), len(x)))
        for k, expression in enumerate(expressions):
            at = {name: float(rows[self.labels[name]]) for name in expression.names}
            values[k] = float(np.real(expression(at)))
            for name, slope in expression.gradient(at).items():
                jacobian[k] += slope * self.K[self.labels[name]]
        return values, jacobian

    def active(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values and Jacobian of the equalities and of the inequalities at their bounds."""
        values, jacobian = self.evaluate(self.equalities, x)
        more, slopes = self.evaluate(self.inequalities, x)
        at = more < ACTIVE
        return np.concatenate([values, more[at]]), np.vstack([jacobian, slopes[at]])

    def tangent(self, x: np.ndarray) -> np.ndarray:
        """Basis of the directions that keep the active constraints, q x (q - c)."""
        _, jacobian = self.active(x)
        return null_space(jacobian) if len(jacobian) else np.eye(len(x))


def label_rows(table: Table) -> dict[str, int]:
    """The first row of each label."""
    return {row.label: k for k, row in reversed(list(enumerate(table.rows))) if row.label}


def minimise(objective: Objective, start: np.ndarray, constraints: Constraints) -> Estimate:
    """Minimum of the objective under the constraints."""
    scale = 1 / units(objective.information(start))

    def scaled(z):
        F, grad = objective(z * scale)
        return (F if np.isfinite(F) else 1e10), grad * scale

    rules = []
    for kind, expressions in (("eq", constraints.equalities), ("ineq", constraints.inequalities)):
        if expressions:
            rules.append(
                {
                    "type": kind,
                    "fun": lambda z, e=expressions: constraints.evaluate(e, z * scale)[0],
                    "jac": lambda z, e=expressions: constraints.evaluate(e, z * scale)[1] * scale,
                }
            )
    options = {"maxiter": 1000, "ftol": 1e-13}
    found = minimize(scaled, start / scale, jac=True, method="SLSQP", constraints=rules,
                     options=options)  # fmt: skip
    x, converged = _polish(objective, found.x * scale, constraints)
    return Estimate(x, objective(x)[0], objective.information(x), converged, int(found.nit))


def _polish(objective: Objective, x: np.ndarray, constraints: Constraints):
    """Newton steps with the expected information, on the active constraints."""
    for _ in range(50):
        F, grad = objective(x)
        if not np.isfinite(F):
            return x, False
        values, J = constraints.active(x)
        H = 2 * objective.information(x)
        system = np.block([[H, J.T], [J, np.zeros((len(J),) * 2)]])
        step, *_ = np.linalg.lstsq(system, -np.concatenate([grad, values]), rcond=1e-12)
        step = step[: len(x)]
        length = np.sqrt(max(step @ H @ step, 0.0))
        if length < CONVERGED and np.abs(values).max(initial=0.0) < 1e-8:
            return x, True
        x = x + min(1.0, 0.5 / length) * step
        below = constraints.evaluate(constraints.inequalities, x)[0]
        if (below < -1e-6).any():
            return x, False
    return x, False
