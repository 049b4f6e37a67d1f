"""From table and moments to an objective: free parameters, equality constraints, F."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import null_space

from surveysem.sem import implied
from surveysem.sem.errors import ModelError
from surveysem.sem.moments import Moments
from surveysem.sem.table import Table


@dataclass(frozen=True)
class Parametrisation:
    """Rows as an affine function of the free parameters: values = K x + constant.

    K: r x q, constant: r. Labels and linear equalities are built in, so that the
    optimiser works without constraints (reparametrisation by a null-space basis).

    free: rows that the model leaves free, r bool, be they held by a constraint (default:
    those that K moves).

    base: what this is the tangent space of, where nonlinear or active inequality
    constraints hold at a solution (see constrained.py). held: how many dimensions the
    inequalities take; what they hold counts as free, as in lavaan.
    """

    K: np.ndarray
    constant: np.ndarray
    free: np.ndarray | None = None
    base: "Parametrisation | None" = None
    held: int = 0

    def __post_init__(self) -> None:
        """Fill in what is free."""
        if self.free is None:
            object.__setattr__(self, "free", self.K.any(axis=1))

    @property
    def count(self) -> int:
        """Number of free parameters after equality constraints."""
        return self.K.shape[1] + self.held

    @property
    def whole(self) -> "Parametrisation":
        """The parametrisation before the constraints of a solution were taken in."""
        return self.base or self

    def nearest(self, values: np.ndarray) -> np.ndarray:
        """Free parameters whose rows come closest to values (r), q."""
        summed = self.K.T @ (values - self.constant)
        if self._column is not None:
            return summed / self.K.sum(axis=0)
        return np.linalg.solve(self.K.T @ self.K, summed)

    def rows(self, x: np.ndarray) -> np.ndarray:
        """Values of all rows, r."""
        return self.K @ x + self.constant

    @cached_property
    def _column(self) -> np.ndarray | None:
        """Column of each row where K only picks, r; None where rows mix parameters."""
        picks = ((self.K == 0) | (self.K == 1)).all() and (self.K.sum(axis=1) <= 1).all()
        return self.K.argmax(axis=1) if picks and self.K.shape[1] else None

    def spread(self, matrix: np.ndarray) -> np.ndarray:
        """K M K', r x r, of a matrix over the free parameters."""
        if self._column is None:
            return self.K @ matrix @ self.K.T
        out, moved = np.zeros((len(self.K),) * 2), np.flatnonzero(self.K.any(axis=1))
        at = self._column[moved]
        out[np.ix_(moved, moved)] = matrix[np.ix_(at, at)]
        return out

    def congruent(self, rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """K_g' M K_g, q x q, of a matrix over rows that all depend on free parameters."""
        if self._column is None:
            Kg = self.K[rows]
            return Kg.T @ matrix @ Kg
        at = self._column[rows]
        if np.array_equal(at, np.arange(self.K.shape[1])):
            return matrix
        out = np.zeros((self.K.shape[1],) * 2)
        if np.bincount(at, minlength=1).max() <= 1:
            out[np.ix_(at, at)] = matrix
        else:
            np.add.at(out, np.ix_(at, at), matrix)
        return out


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where the optimiser ended. x: q free parameters. F: minimum. information: q x q.

    active: which inequality constraints hold as equations. curvature: what the bending of
    the constraints adds to the observed information, q x q (None: nothing).
    """

    x: np.ndarray
    F: float
    information: np.ndarray
    converged: bool
    iterations: int
    active: tuple[int, ...] = ()
    curvature: np.ndarray | None = None


def free_names(table: Table) -> tuple[dict[str, int], np.ndarray]:
    """Names of the free parameters (labels, or # and the row), and rows by names, r x names."""
    names: dict[str, int] = {}
    columns = []
    for k, row in enumerate(table.rows):
        if row.value is None and not row.exogenous:
            columns.append((k, names.setdefault(row.label or f"#{k}", len(names))))
    K = np.zeros((len(table.rows), len(names)))
    for k, column in columns:
        K[k, column] = 1.0
    return names, K


def constraint_matrix(
    table: Table, names: dict[str, int], fixed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Linear constraints as R x = r over the names: constraints x names, and constraints.

    fixed: values of the rows, for labels of fixed parameters. Those that are not linear
    are left to `restrictions`.
    """
    linear = [e for e in table.constraints if e.degree(names) < 2]
    R = np.zeros((len(linear), len(names)))
    r = np.zeros(len(linear))
    fixed_labels = {
        row.label: fixed[k] for k, row in enumerate(table.rows) if row.label not in names
    }
    for k, expression in enumerate(linear):
        at = {n: fixed_labels.get(n, 0.0) for n in expression.names}
        r[k] = -float(np.real(expression(at)))
        for name, slope in expression.gradient(at).items():
            if name in names:
                R[k, names[name]] = slope
    return R, r


def parametrise(table: Table, fixed: np.ndarray) -> Parametrisation:
    """Free parameters of a table; `fixed` (r) holds the values of fixed rows.

    Raises ModelError where the linear equality constraints contradict each other.
    """
    names, K = free_names(table)
    free = K.any(axis=1)
    constant = np.where(free, 0.0, fixed)
    R, r = constraint_matrix(table, names, fixed)
    if not len(R):
        return Parametrisation(K, constant, free)
    start, *_ = np.linalg.lstsq(R, r, rcond=None)
    if not np.allclose(R @ start, r, atol=1e-10):
        raise ModelError(
            "the equality constraints contradict each other: "
            + "; ".join(e.text for e in table.constraints)
            + "\n  hint: remove one of them"
        )
    return Parametrisation(K @ null_space(R), constant + K @ start, free)


def fixed_values(table: Table, moments: Sequence[Moments]) -> np.ndarray:
    """Values of the fixed rows, r; covariates' moments are the sample's."""
    if table.levels:
        return by_level(table, moments, fixed_values)
    position = {name: k for k, name in enumerate(table.observed)}
    values = np.zeros(len(table.rows))
    for k, row in enumerate(table.rows):
        m = moments[row.group - 1]
        if row.exogenous and row.op == "~~":
            values[k] = m.cov[position[row.lhs], position[row.rhs]]
        elif row.exogenous and m.mean is not None:
            values[k] = m.mean[position[row.lhs]]
        elif row.value is not None:
            values[k] = row.value
    return values


def by_level(table: Table, moments: Sequence, function) -> np.ndarray:
    """What `function` gives for the rows of each level, with that level's moments, r."""
    values = np.zeros(len(table.rows))
    of_levels = ([m.within for m in moments], [m.between for m in moments])
    for level, (own, m) in enumerate(zip(table.levels, of_levels, strict=True), start=1):
        values[table.at(level)] = function(own, m)
    return values


class Objective:
    """F, its gradient and the information as functions of the free parameters.

    parts: one a group (see normal.Normal, categorical.Categorical). shares: of the groups
    in the information, by their sizes; F weighs them by their own `share`.
    """

    def __init__(self, parts: Sequence, parameters: Parametrisation):
        self.parts, self.parameters = tuple(parts), parameters
        self.size = sum(part.size for part in self.parts)
        self.shares = [part.size / self.size for part in self.parts]
        total = sum(part.share for part in self.parts)
        self.weights = [part.share / total for part in self.parts]
        free = parameters.K.any(axis=1)
        # derivatives by rows that are fixed would be computed for nothing
        self.free_parts = tuple(
            replace(p, layout=p.layout.take(np.flatnonzero(free[p.layout.rows])))
            for p in self.parts
        )
        self._at, self._found = b"", {}

    def kept(self, x: np.ndarray, name: str, make: Callable):
        """What `make` gives at x, kept under a name until another x is asked about.

        F, gradient, information and the tests' matrices are wanted at the same place.
        """
        if self._at != x.tobytes():
            self._at, self._found = x.tobytes(), {}
        if name not in self._found:
            self._found[name] = make()
        return self._found[name]

    def implied(self, x: np.ndarray) -> list[implied.Implied]:
        """Implied moments of each group."""

        def make() -> list[implied.Implied]:
            values = self.parameters.rows(x)
            return [part.implied(values) for part in self.parts]

        return self.kept(x, "implied", make)

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """F (weighted over groups) and its gradient, q."""
        return self.kept(x, "value", lambda: self._value(x))

    def _value(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        F, by_row = 0.0, np.zeros(len(self.parameters.constant))
        try:
            moments = self.implied(x)
        except np.linalg.LinAlgError:  # a feedback loop without an equilibrium
            return np.inf, np.zeros(len(x))
        for part, im, share in zip(self.parts, moments, self.weights, strict=True):
            f, grad = part.value(im)
            F += share * f
            if not np.isfinite(F):
                return np.inf, np.zeros(len(x))
            by_row[part.layout.rows] += share * grad
        return F, self.parameters.K.T @ by_row

    def information(self, x: np.ndarray) -> np.ndarray:
        """Expected information per observation over all groups, q x q."""
        return self.kept(x, "expected", lambda: self._summed(x, "expected"))

    def metric(self, x: np.ndarray) -> np.ndarray:
        """What scoring may divide the gradient by while steps shrink fast, q x q: the expected
        information, or with missing answers that of complete rows (Lange 1995, JRSS B 57, 425-437)."""
        kinds = {getattr(part, "metric", "expected") for part in self.free_parts}
        if kinds != {"complete"}:
            return self.information(x)
        return self.kept(x, "complete", lambda: self._summed(x, "complete"))

    def observed_information(self, x: np.ndarray) -> np.ndarray:
        """Half the Hessian of F, q x q: observed information per observation."""
        return self.kept(x, "observed", lambda: self._summed(x, "observed"))

    def _summed(self, x: np.ndarray, kind: str) -> np.ndarray:
        info = np.zeros((len(x), len(x)))
        for part, im, share in zip(self.free_parts, self.implied(x), self.shares, strict=True):
            own = getattr(part, kind)(im)
            info += share * self.parameters.congruent(part.layout.rows, own)
        return info
