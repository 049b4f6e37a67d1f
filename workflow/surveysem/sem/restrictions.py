"""Constraints that no change of parameters removes: nonlinear equalities, inequalities, bounds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.sem.definitions import labels
from surveysem.sem.estimate import free_names
from surveysem.sem.expressions import Expression
from surveysem.sem.table import Table


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Constraints as functions of the values of all rows of a table, r.

    equalities: expressions that are zero; inequalities: expressions that are zero or more,
    bounds last. subjects: what each inequality bears on, in words. rows: the row that
    stands for each name in the expressions.
    """

    equalities: tuple[Expression, ...]
    inequalities: tuple[Expression, ...]
    subjects: tuple[str, ...]
    rows: dict[str, int]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.equalities or self.inequalities)

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them as they were written."""
        return tuple(e.text for e in (*self.equalities, *self.inequalities))

    @property
    def used(self) -> set[int]:
        """The rows that any of them names."""
        both = (*self.equalities, *self.inequalities)
        return {self.rows[name] for expression in both for name in expression.names}

    @property
    def curved(self) -> bool:
        """Whether any is not linear."""
        both = (*self.equalities, *self.inequalities)
        return any(e.degree(self.rows) > 1 for e in both)

    def at(self, expression: Expression, values: np.ndarray) -> dict[str, float]:
        """Values of the names in an expression."""
        return {name: float(values[self.rows[name]]) for name in expression.names}

    def evaluate(
        self, expressions: Sequence[Expression], values: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values (c) and Jacobian by the rows (c x r) of expressions; nan where not defined."""
        out, jacobian = np.zeros(len(expressions)), np.zeros((len(expressions), len(values)))
        for k, expression in enumerate(expressions):
            at = self.at(expression, values)
            out[k] = float(np.real(expression(at)))
            for name, slope in expression.gradient(at).items():
                jacobian[k, self.rows[name]] += slope
        return out, jacobian

    def curvature(
        self, expressions: Sequence[Expression], weights: np.ndarray, values: np.ndarray
    ) -> np.ndarray:
        """Second derivatives of the weighted sum of expressions by the rows, r x r.

        Central differences of the exact first derivatives.
        """
        out = np.zeros((len(values),) * 2)
        for expression, weight in zip(expressions, weights, strict=True):
            if expression.degree(self.rows) < 2:
                continue
            at = self.at(expression, values)
            for name, value in at.items():
                h = 1e-5 * max(1.0, abs(value))
                up, down = (expression.gradient({**at, name: value + s * h}) for s in (1, -1))
                for other in at:
                    slope = weight * (up[other] - down[other]) / (2 * h)
                    out[self.rows[name], self.rows[other]] += slope / 2
                    out[self.rows[other], self.rows[name]] += slope / 2
        return out


def restrictions(table: Table) -> Restrictions:
    """The constraints of a table that `estimate.parametrise` leaves over.

    One parameter under several rows has its bounds once.
    """
    rows, inequalities = labels(table), list(table.inequalities)
    subjects = [expression.text for expression in inequalities]
    seen = set()
    for k, row in enumerate(table.rows):
        key = row.label or f"#{k}"
        if row.value is not None or row.exogenous or key in seen:
            continue
        seen.add(key)
        if row.lower is None and row.upper is None:
            continue
        place = f" (group {row.group})" if table.groups > 1 else ""
        place += f" (level {row.level})" if table.levels else ""
        subject = f"{row.lhs} {row.op} {row.rhs}".strip()
        name = f".row{k}."  # labels of users may look like anything else
        for bound, sign, word in ((row.lower, 1, "lower"), (row.upper, -1, "upper")):
            if bound is not None:
                rows[name] = k
                text = f"{name} - ({bound!r})" if sign > 0 else f"({bound!r}) - {name}"
                shown = f"{word} bound {bound:g} of {subject}{place}"
                inequalities.append(Expression(text, shown))
                subjects.append(subject)
    names = free_names(table)[0] if table.constraints else {}
    equalities = tuple(e for e in table.constraints if e.degree(names) > 1)
    return Restrictions(equalities, tuple(inequalities), tuple(subjects), rows)
