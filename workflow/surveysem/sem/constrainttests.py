"""Tests of constraints: score tests of those that hold, Wald tests of those that might.

Sources: Rao (1948) and Silvey (1959) for the score test, Wald (1943).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem import definitions
from surveysem.sem.distributions import chi_square_sf, f_sf
from surveysem.sem.errors import ModelError
from surveysem.sem.estimate import free_names
from surveysem.sem.expressions import Expression
from surveysem.sem.inference import inverse, meat
from surveysem.sem.released import require_identified, robust_kind, score_weights
from surveysem.sem.syntax import parse

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

_SINGULAR = 1e-9  # share of information, or of an eigenvalue, that rounding leaves


def _directions(fit: "Fit") -> tuple[list[str], np.ndarray]:
    """Each equality in words, and the rows' movement that breaks just that one, r x c.

    Inequalities that hold as equations go on holding.
    """
    rows = fit.table.rows
    free = fit.objective.parameters.free
    first: dict[str, int] = {}
    words, columns = [], []
    for k, row in enumerate(rows):
        if not free[k] or not row.label:
            continue
        if row.label not in first:
            first[row.label] = k
            continue
        words.append(f"{_name(fit, first[row.label])} == {_name(fit, k)}")
        columns.append(np.eye(len(rows))[k])
    if fit.table.constraints:
        _, by_name = free_names(fit.table)
        rules = fit.restrictions
        linear = [e for e in fit.table.constraints if e not in rules.equalities]
        equal = [*linear, *rules.equalities]
        held = [rules.inequalities[k] for k in fit.estimate.active]
        _, J = rules.evaluate([*equal, *held], fit.values)
        words += [expression.text for expression in equal]
        columns += list((by_name @ np.linalg.pinv(J @ by_name)).T[: len(equal)])
    return words, np.array(columns).T.reshape(len(rows), len(columns))


def _name(fit: "Fit", k: int) -> str:
    row = fit.table.rows[k]
    group = f".g{row.group}" if fit.table.groups > 1 else ""
    return f"{row.lhs}{row.op}{row.rhs}{group}"


def score_test(fit: "Fit") -> tuple[pd.DataFrame, dict[str, float]]:
    """Test of releasing each equality constraint, and of all of them together.

    Table: constraint, mi (chi-square on 1 df), pvalue, epc (by how much the second member
    would move). Total: chisq, df, pvalue. lavTestScore() with the expected information, but
    that df counts the constraints whose release says something: lavaan counts those too that
    the others determine, such as equal thresholds beside free scales. With robust standard
    errors or tests also mi_scaled and pvalue_scaled, chisq_scaled and pvalue_scaled (see the
    module `released`; lavTestScore() falls back to the ordinary ones). nan for a constraint
    whose release changes nothing. Nonlinear equalities are released along their gradients;
    inequalities are not.

    Raises ModelError for a model without equality constraints, IdentificationError.
    """
    words, D = _directions(fit)
    if not words:
        raise ModelError(
            "the model has no equality constraints\n"
            "  hint: equal labels, ==, or group_equal make some"
        )
    moved = _moved(fit, D)
    own = np.where(moved.known, np.diag(moved.V), np.nan)
    table = pd.DataFrame({"constraint": words, "mi": fit.size * moved.score**2 / own})
    table["pvalue"] = chi_square_sf(table["mi"], 1)
    tests = _joint(moved, np.arange(len(words)), fit.size)
    if moved.M is not None:
        table["mi_scaled"] = (
            fit.size * moved.score**2 / np.where(moved.known, np.diag(moved.M), np.nan)
        )
        table["pvalue_scaled"] = chi_square_sf(table["mi_scaled"], 1)
    table["epc"] = moved.score / own / moved.unit
    return table, tests


def release_tests(fit: "Fit", sets: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    """Score test of each set of rows: what chi-square would lose, were they free.

    sets: name to positions of rows in the fit's table, which are fixed, or equal to another
    row that stands before them; each would go its own way, all others stay. Columns set,
    chisq, df, pvalue and, with robust standard errors or tests, chisq_scaled and
    pvalue_scaled; nan with df 0 where the release changes nothing. For one row these are
    score_test()'s and modification_indices()' values.

    Raises IdentificationError.
    """
    positions = list(dict.fromkeys(k for rows in sets.values() for k in rows))
    at = {k: n for n, k in enumerate(positions)}
    moved = _moved(fit, np.eye(len(fit.table.rows))[:, positions])
    tests = {
        name: _joint(moved, np.array([at[k] for k in rows]), fit.size)
        for name, rows in sets.items()
    }
    return pd.DataFrame([{"set": name, **test} for name, test in tests.items()])


@dataclass(frozen=True, slots=True)
class _Moved:
    """Score of c movements of rows that a fit forbids, in units of their information.

    score: c. V: its variance by the expected information, c x c; M: the robust one, or None.
    unit: c. known: whether a movement changes anything that free parameters do not, c.
    """

    score: np.ndarray
    V: np.ndarray
    M: np.ndarray | None
    unit: np.ndarray
    known: np.ndarray


def _moved(fit: "Fit", D: np.ndarray) -> _Moved:
    """Score of movements D of the rows, r x c. Raises IdentificationError."""
    require_identified(fit, "score tests")
    objective, x = fit.objective, fit.estimate.x
    K = objective.parameters.K
    score, full = np.zeros(D.shape[1]), np.zeros((D.shape[1],) * 2)
    cross = np.zeros((D.shape[1], K.shape[1]))
    weights = score_weights(objective)
    for part, im, share, weight in zip(
        fit.parts, fit.implied_moments, objective.shares, weights, strict=True
    ):
        d = D[part.layout.rows]
        info = share * part.expected(im)
        score += -0.5 * weight * part.value(im)[1] @ d
        full += d.T @ info @ d
        cross += d.T @ info @ K[part.layout.rows]
    slope = cross @ inverse(objective.information(x))
    V = full - slope @ cross.T
    unit = np.sqrt(np.diag(full))
    kind, M = robust_kind(fit.settings), None
    if kind:
        M = meat(objective, x, kind, D - K @ slope.T) / np.outer(unit, unit)
    V = V / np.outer(unit, unit)
    return _Moved(score / unit, V, M, unit, np.diag(V) > _SINGULAR)


def _joint(moved: _Moved, some: np.ndarray, size: float) -> dict[str, float]:
    """Chi-square of several movements together, on as many df as say something."""
    V, score = moved.V[np.ix_(some, some)], moved.score[some]
    values, vectors = np.linalg.eigh(V)
    found = values > _SINGULAR * max(values[-1], 1.0)
    df, turned = int(found.sum()), vectors[:, found].T @ score
    total = float(size * (turned**2 / values[found]).sum()) if df else np.nan
    tests = {"chisq": total, "df": df, "pvalue": float(chi_square_sf(total, df))}
    if moved.M is not None:
        inside = vectors[:, found].T @ moved.M[np.ix_(some, some)] @ vectors[:, found]
        scaled = float(size * turned @ np.linalg.solve(inside, turned)) if df else np.nan
        tests |= {"chisq_scaled": scaled, "pvalue_scaled": float(chi_square_sf(scaled, df))}
    return tests


def wald_test(fit: "Fit", constraints: str) -> dict[str, float]:
    """Wald test of `constraints` (lines of labels such as `a == 2*b`; `a` means a == 0).

    Uses the fit's covariance matrix, robust where the fit is. Returns chisq, df, pvalue; with
    `reference="t"` p is of F = chisq / df, on df and clusters less strata (Korn and Graubard
    1990), which is returned as df2. Raises ModelError for an unknown label or redundant constraints.
    """
    g, J = restrictions(fit, constraints)
    middle = J @ fit.vcov() @ J.T
    require_independent(middle)
    chisq = float(g @ np.linalg.solve(middle, g))
    df, df2 = len(g), fit.reference_df
    if np.isfinite(df2):
        pvalue = float(f_sf(chisq / df, df, df2))
        return {"chisq": chisq, "df": df, "df2": df2, "pvalue": pvalue}
    return {"chisq": chisq, "df": df, "pvalue": float(chi_square_sf(chisq, df))}


def require_independent(middle: np.ndarray) -> None:
    """Raise ModelError where constraints with this covariance matrix (k x k) are redundant."""
    if np.linalg.matrix_rank(middle) < len(middle):
        raise ModelError(
            "the constraints are redundant, or hold parameters that are fixed or at a bound\n"
            "  hint: remove one of them"
        )


def restrictions(fit: "Fit", constraints: str) -> tuple[np.ndarray, np.ndarray]:
    """How far the fit's values are from constraints, k, and the derivatives by its rows, k x r.

    Raises ModelError for an unknown label.
    """
    labels = definitions.labels(fit.table)
    text = "\n".join(
        line if "==" in line else f"{line} == 0"
        for line in constraints.splitlines()
        if line.strip()
    )
    values, slopes = [], []
    for statement in parse(text):
        expression = Expression(f"({statement.lhs}) - ({statement.rhs})")
        unknown = [name for name in expression.names if name not in labels]
        if unknown:
            raise ModelError(
                f"'{unknown[0]}' is not a label of the model\n  allowed: {', '.join(labels)}"
            )
        at = {name: float(fit.values[labels[name]]) for name in expression.names}
        slope = np.zeros(len(fit.values))
        for name, partial in expression.gradient(at).items():
            slope[labels[name]] = partial
        values.append(float(np.real(expression(at))))
        slopes.append(slope)
    return np.array(values), np.array(slopes).reshape(len(values), len(fit.values))
