"""From table and moments to estimates: constraints, starting values, Fisher scoring."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve, null_space
from scipy.optimize import minimize

from surveysem.sem import implied
from surveysem.sem.errors import ModelError
from surveysem.sem.moments import Moments
from surveysem.sem.table import Table

GRADIENT_TOLERANCE = 1e-8  # of F by the free parameters, in units of their standard errors
CHORD = 0.01  # below this length of a step the last information serves on
STALLED_TOLERANCE = 1e-6  # the same, where no step makes F smaller
MAX_ITERATIONS = 100
MAX_NEWTON = 30


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
        return np.linalg.solve(self.K.T @ self.K, self.K.T @ (values - self.constant))

    def rows(self, x: np.ndarray) -> np.ndarray:
        """Values of all rows, r."""
        return self.K @ x + self.constant

    @cached_property
    def _column(self) -> np.ndarray | None:
        """Column of each row where K only picks, r; None where rows mix parameters."""
        picks = ((self.K == 0) | (self.K == 1)).all() and (self.K.sum(axis=1) <= 1).all()
        return self.K.argmax(axis=1) if picks and self.K.shape[1] else None

    def congruent(self, rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """K_g' M K_g, q x q, of a matrix over rows that all depend on free parameters."""
        if self._column is None:
            Kg = self.K[rows]
            return Kg.T @ matrix @ Kg
        at = self._column[rows]
        out = np.zeros((self.K.shape[1],) * 2)
        if len(np.unique(at)) == len(at):
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
        return _by_level(table, moments, fixed_values)
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


def _by_level(table: Table, moments: Sequence, function) -> np.ndarray:
    """What `function` gives for the rows of each level, with that level's moments, r."""
    values = np.zeros(len(table.rows))
    of_levels = ([m.within for m in moments], [m.between for m in moments])
    for level, (own, m) in enumerate(zip(table.levels, of_levels, strict=True), start=1):
        values[table.at(level)] = function(own, m)
    return values


def starting_values(table: Table, moments: Sequence[Moments], *, plain: bool = False) -> np.ndarray:
    """Starting value of each row, r.

    Loadings start at the ratio of the indicator's covariances with the other indicators
    to the marker's (an instrumental-variables idea, Hagglund 1982), so that they carry
    the sign of a reverse-keyed item; a latent variance starts at what that implies. With
    `plain` they start at equal standardised loadings and the user's values are left aside, for
    a second try.
    """
    if table.levels:
        sound = [m.sound() for m in moments]
        return _by_level(table, sound, lambda own, m: starting_values(own, m, plain=plain))
    position = {name: k for k, name in enumerate(table.observed)}
    indicators: dict[tuple[str, int], list[str]] = {}
    scaled = set()
    for row in table.rows:
        if row.op == "=~" and row.rhs in position:
            indicators.setdefault((row.lhs, row.group), []).append(row.rhs)
        if row.op == "~~" and row.lhs == row.rhs and row.value is not None:
            scaled.add((row.lhs, row.group))
    loadings, variances = {}, {}
    for (latent, group), names in indicators.items():
        index = [position[n] for n in names]
        cov = moments[group - 1].cov[np.ix_(index, index)]
        ratio = _loading_ratios(cov, plain=plain)
        variance = max(_common_variance(cov, ratio), 0.05 * cov[0, 0])
        if (latent, group) in scaled:
            ratio, variance = ratio * np.sqrt(variance), 1.0
        loadings |= {(latent, n, group): v for n, v in zip(names, ratio, strict=True)}
        variances[latent, group] = variance
    values = np.zeros(len(table.rows))
    for k, row in enumerate(table.rows):
        m = moments[row.group - 1]
        if row.value is not None:
            values[k] = row.value
        elif row.start is not None and not plain:
            values[k] = row.start
        elif row.op == "=~":
            values[k] = loadings.get((row.lhs, row.rhs, row.group), 1.0)
        elif row.op == "~~" and row.lhs == row.rhs:
            if row.lhs in position:
                values[k] = 0.5 * m.cov[position[row.lhs], position[row.lhs]]
            else:
                values[k] = variances.get((row.lhs, row.group), 0.5)
        elif row.op == "~1" and row.lhs in position and m.mean is not None:
            values[k] = m.mean[position[row.lhs]]
        elif row.op == "|":
            values[k] = m.thresholds[position[row.lhs]][int(row.rhs[1:]) - 1]
        elif row.op == "~*~":
            values[k] = 1.0
    return values


def _loading_ratios(cov: np.ndarray, *, plain: bool) -> np.ndarray:
    """Loadings relative to the first indicator's, from covariances with the others, p_f."""
    size = len(cov)
    ratio = np.sign(cov[0]) * np.sqrt(np.diag(cov) / cov[0, 0])
    if size < 3 or plain:
        return ratio
    for k in range(1, size):
        rest = [m for m in range(1, size) if m != k]
        bottom = cov[0, rest] @ cov[0, rest]
        if bottom > 1e-12:
            slope = (cov[k, rest] @ cov[0, rest]) / bottom
            # a marker that hardly correlates makes the ratio explode: keep it in bounds
            limit = 5 * abs(ratio[k])
            ratio[k] = np.clip(slope, -limit, limit) if slope else ratio[k]
    ratio[0] = 1.0
    return ratio


def _common_variance(cov: np.ndarray, ratio: np.ndarray) -> float:
    """Variance of the latent with a unit marker, by least squares on the covariances."""
    lower = np.tril_indices(len(cov), -1)
    products = np.outer(ratio, ratio)[lower]
    if not len(products):
        return 0.5 * cov[0, 0]
    return float(np.clip((products @ cov[lower]) / (products @ products), 0, 0.9 * cov[0, 0]))


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
        self._at: tuple[bytes, list[implied.Implied]] = (b"", [])

    def implied(self, x: np.ndarray) -> list[implied.Implied]:
        """Implied moments of each group. Those of the last x are kept: F, gradient and
        information are asked for at the same place."""
        key = x.tobytes()
        if self._at[0] != key or not self._at[1]:
            values = self.parameters.rows(x)
            self._at = (key, [part.implied(values) for part in self.parts])
        return self._at[1]

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """F (weighted over groups) and its gradient, q."""
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
        info = np.zeros((len(x), len(x)))
        for part, im, share in zip(self.free_parts, self.implied(x), self.shares, strict=True):
            info += share * self.parameters.congruent(part.layout.rows, part.expected(im))
        return info

    def observed_information(self, x: np.ndarray) -> np.ndarray:
        """Half the Hessian of F, q x q: observed information per observation."""
        info = np.zeros((len(x), len(x)))
        for part, im, share in zip(self.free_parts, self.implied(x), self.shares, strict=True):
            info += share * self.parameters.congruent(part.layout.rows, part.observed(im))
        return info


def starting_point(
    objective: Objective,
    table: Table,
    moments: Sequence[Moments],
    *,
    plain: bool = False,
    admit: Callable[[np.ndarray], np.ndarray] = lambda x: x,
) -> np.ndarray:
    """Free parameters to start from, q: the starting values, with variances that suffice.

    Covariances that the user fixed or gave may be too large for the variances: these are
    raised until the implied matrix is positive definite. admit: moves a point to where
    the constraints hold.
    """
    values = starting_values(table, moments, plain=plain)
    variance = np.array([r.op == "~~" and r.lhs == r.rhs for r in table.rows])
    for factor in (1, 4, 16, 64):
        raised = np.where(variance, factor * values, values)
        x = admit(objective.parameters.nearest(raised))
        if np.isfinite(objective(x)[0]):
            return x
    raise ModelError(
        "the starting values give no positive-definite covariance matrix\n"
        "  hint: give other values in start(), or fix covariances to smaller values"
    )


def minimise(objective: Objective, start: np.ndarray) -> Estimate:
    """Fisher scoring with step halving; where it stalls, Newton's method and BFGS take over.

    The gradient of F is twice the score per observation, hence the step
    -information^-1 gradient / 2. Far from the model (a Heywood case, say) the expected
    information differs so much from the curvature that scoring crawls or oscillates.
    """
    if not len(start):
        return Estimate(start, objective(start)[0], np.zeros((0, 0)), True, 0)
    x, converged, iterations = _scoring(objective, start)
    if not converged:
        x, converged = _newton(objective, x)
    if not converged:
        x, converged = _newton(objective, _quasi_newton(objective, x))
    return Estimate(x, objective(x)[0], objective.information(x), converged, iterations)


def _scoring(objective: Objective, x: np.ndarray) -> tuple[np.ndarray, bool, int]:
    F, grad = objective(x)
    iterations, distance, info = 0, np.inf, None
    for iterations in range(1, MAX_ITERATIONS + 1):
        if distance > CHORD:  # close to the minimum the information hardly changes
            info = objective.information(x)
        step = -_solve(info, grad) / 2
        before, distance = distance, _distance(grad, step)
        if distance < GRADIENT_TOLERANCE:
            return x, True, iterations
        if distance > 0.5 * before:
            distance = np.inf  # not fast: take the information anew
        length, F, grad = _line_search(objective, x, F, grad, step)
        if not length:
            break
        x = x + length * step
    return x, False, iterations


def _newton(objective: Objective, x: np.ndarray) -> tuple[np.ndarray, bool]:
    """Newton's method with the Hessian from differences of the gradient, as far as it goes.

    Converged tells whether the gradient is zero, in units of the standard errors.
    """
    F, grad = objective(x)
    for _ in range(MAX_NEWTON):
        hessian = curvatures(objective, x)
        scale = units(hessian)
        values, vectors = np.linalg.eigh(hessian / np.outer(scale, scale))
        if not values[0] > 1e-10:
            break
        step = -vectors @ ((vectors.T @ (grad / scale)) / values) / scale
        if _distance(grad, step) < GRADIENT_TOLERANCE:
            return x, True
        length, F, grad = _line_search(objective, x, F, grad, step)
        if not length:
            break
        x = x + length * step
    step = _solve(objective.information(x), grad) / 2
    return x, _distance(grad, -step) < STALLED_TOLERANCE


def curvatures(objective: Objective, x: np.ndarray) -> np.ndarray:
    """Second derivatives of F, q x q, by central differences of the gradient."""
    width = 1e-5 / units(objective.information(x))
    columns = []
    for k, h in enumerate(width):
        shift = np.zeros(len(x))
        shift[k] = h
        (up, above), (down, below) = objective(x + shift), objective(x - shift)
        if not np.isfinite(up + down):
            return -np.eye(len(x))  # too close to a singular covariance matrix
        columns.append((above - below) / (2 * h))
    H = np.array(columns)
    return (H + H.T) / 2


def _distance(grad: np.ndarray, step: np.ndarray) -> float:
    """Length of a step in standard errors per root n: invariant to scale."""
    return float(np.sqrt(max(-(grad @ step), 0.0)))


def _line_search(objective, x, F, grad, step) -> tuple[float, float, np.ndarray]:
    """Halve the step until F falls: length (0 where it never does), F and gradient there."""
    length = 1.0
    while length > 1e-10:
        F_new, grad_new = objective(x + length * step)
        if np.isfinite(F_new) and F_new <= F + 1e-4 * length * (grad @ step) + 1e-13:
            return length, F_new, grad_new
        length /= 2
    return 0.0, F, grad


def units(matrix: np.ndarray) -> np.ndarray:
    """Roots of the diagonal, 1 where it is not positive: the parameters' units."""
    diagonal = np.diag(matrix)
    return np.sqrt(np.where(diagonal > 0, diagonal, 1.0))


def _solve(info: np.ndarray, grad: np.ndarray) -> np.ndarray:
    """info^-1 grad, damped where the information is close to singular."""
    scale = units(info)
    scaled = info / np.outer(scale, scale)
    try:
        root = cho_factor(scaled, check_finite=False)
        if np.diag(root[0]).min() > 1e-2:  # far from singular
            return cho_solve(root, grad / scale, check_finite=False) / scale
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(scaled)
    inverse = 1 / np.maximum(values, 1e-6 * values[-1])
    return vectors @ (inverse * (vectors.T @ (grad / scale))) / scale


def _quasi_newton(objective: Objective, x: np.ndarray) -> np.ndarray:
    scale = 1 / units(objective.information(x))

    def scaled(z: np.ndarray) -> tuple[float, np.ndarray]:
        F, grad = objective(z * scale)
        return (F if np.isfinite(F) else 1e10), grad * scale

    # a likelihood without a maximum has it walk for ever
    options = {"maxiter": 100 + 20 * len(x), "gtol": 1e-8}
    return minimize(scaled, x / scale, jac=True, method="BFGS", options=options).x * scale
