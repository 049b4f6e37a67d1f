"""F and its constraints as a nonlinear program in scaled free parameters."""

import numpy as np
from scipy.linalg import cholesky

from surveysem.sem.estimate import Objective
from surveysem.sem.optimiser import curvatures, units
from surveysem.sem.restrictions import Restrictions


class Program:
    """F and the constraints as functions of scaled free parameters z = x / scale, q."""

    def __init__(self, objective: Objective, rules: Restrictions, scale: np.ndarray):
        self.objective, self.rules, self.scale = objective, rules, scale
        self.K = objective.parameters.K * scale
        # linear inequalities, as bounds are, once and for all: values = at + slopes z
        self.straight = np.array([e.degree(rules.rows) < 2 for e in rules.inequalities], dtype=bool)
        linear = [e for e, so in zip(rules.inequalities, self.straight, strict=True) if so]
        self.bent = [e for e, so in zip(rules.inequalities, self.straight, strict=True) if not so]
        self.at, slopes = rules.evaluate(linear, objective.parameters.constant)
        self.slopes = slopes @ self.K

    def value(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """F and its gradient."""
        F, grad = self.objective(z * self.scale)
        return F, grad * self.scale

    def constraints(self, z: np.ndarray):
        """Values and Jacobians of equalities and inequalities: h (e), A, c (i), C."""
        values = self.objective.parameters.rows(z * self.scale)
        h, A = self.rules.evaluate(self.rules.equalities, values)
        c, C = np.zeros(len(self.straight)), np.zeros((len(self.straight), len(z)))
        c[self.straight], C[self.straight] = self.at + self.slopes @ z, self.slopes
        c[~self.straight], bent = self.rules.evaluate(self.bent, values)
        C[~self.straight] = bent @ self.K
        return h, A @ self.K, c, C

    def scoring(self, z: np.ndarray) -> np.ndarray:
        """Twice the expected information."""
        return 2 * self.objective.information(z * self.scale) * np.outer(self.scale, self.scale)

    def bending(self, z: np.ndarray, equal: np.ndarray, unequal: np.ndarray) -> np.ndarray:
        """Second derivatives of the constraints, weighted by minus their multipliers, q x q."""
        rules, K = self.rules, self.K
        values = self.objective.parameters.rows(z * self.scale)
        of_rows = rules.curvature(rules.equalities, -equal, values)
        return K.T @ (of_rows + rules.curvature(rules.inequalities, -unequal, values)) @ K

    def lagrangian(self, z: np.ndarray, equal: np.ndarray, unequal: np.ndarray) -> np.ndarray:
        """Hessian of F minus the multipliers times the constraints."""
        x = z * self.scale
        of = self.objective
        H = 2 * of.observed_information(x) if self.analytic else curvatures(of, x)
        return H * np.outer(self.scale, self.scale) + self.bending(z, equal, unequal)

    @property
    def analytic(self) -> bool:
        """Whether the Hessian of F costs little more than the expected information."""
        return all(callable(getattr(part, "observed", None)) for part in self.objective.parts)


def damped(H: np.ndarray) -> np.ndarray:
    """Lower Cholesky factor of a Hessian, made positive definite where it is not."""
    scale = units(H)
    scaled = H / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(scaled)
    if values[0] < 1e-6 * values[-1]:
        scaled = (vectors * np.maximum(values, 1e-6 * values[-1])) @ vectors.T
    return cholesky(scaled * np.outer(scale, scale), lower=True)


def row_norms(J: np.ndarray) -> np.ndarray:
    """Lengths of the rows, 1 for those that are zero."""
    size = np.linalg.norm(J, axis=1)
    return np.where(size > 0, size, 1.0)
