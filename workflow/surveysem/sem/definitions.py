"""Defined parameters (`:=`) as functions of the rows of a table, for many values at once."""

from collections.abc import Sequence

import numpy as np

from surveysem.sem.expressions import Expression
from surveysem.sem.table import Table


def labels(table: Table) -> dict[str, int]:
    """Index of the first row that carries each label."""
    return {row.label: k for k, row in reversed(list(enumerate(table.rows))) if row.label}


def evaluate(
    table: Table, values: np.ndarray, defined: Sequence[tuple[str, Expression]] | None = None
) -> np.ndarray:
    """Values of the defined parameters, d x k, from the values of all rows, d x r.

    defined: (name, expression), default the table's own; one may use those before it.
    """
    known = {label: values[:, k] for label, k in labels(table).items()}
    out = []
    for name, expression in table.defined if defined is None else defined:
        value = expression({n: known[n] for n in expression.names})
        known[name] = np.broadcast_to(value, len(values))
        out.append(known[name])
    return np.column_stack(out) if out else np.zeros((len(values), 0))


def jacobian(table: Table, values: np.ndarray) -> np.ndarray:
    """Derivatives of the defined parameters by the rows, k x r, at the values, r.

    Complex step (Squire and Trapp 1998): exact to rounding. nan where one is not defined.
    """
    if not table.defined:
        return np.zeros((0, len(values)))
    step = 1e-30
    slopes = np.imag(evaluate(table, values + 1j * step * np.eye(len(values)))).T / step
    return np.where(np.isfinite(evaluate(table, values[None])).T, slopes, np.nan)
