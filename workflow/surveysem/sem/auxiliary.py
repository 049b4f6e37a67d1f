"""Auxiliary variables: outside the model, but related to the answers or to their being missing.

Under full information they are saturated correlates (Graham 2003, Structural Equation
Modeling 10, 80): they covary with each other, with the observed predictors and with the
residuals of all other observed variables, so that they change neither the model's degrees of
freedom nor what it says. In two stages they enter the first one only.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from surveysem.sem.errors import DataError
from surveysem.sem.moments import Moments
from surveysem.sem.table import Row, Table
from surveysem.sem.variables import Variables


def names_of(auxiliary: Sequence[str] | str | None) -> tuple[str, ...]:
    """Names of the auxiliary variables. Raises DataError for one that is named twice."""
    names = (auxiliary,) if isinstance(auxiliary, str) else tuple(auxiliary or ())
    doubled = [name for name in names if names.count(name) > 1]
    if doubled:
        raise DataError(f"auxiliary: '{doubled[0]}' stands there twice\n  hint: remove one")
    return names


def require_free(names: Sequence[str], roles: Variables, others: Sequence[str | None]) -> None:
    """Raise DataError for an auxiliary variable that has another role in the fit.

    others: columns of groups, clusters and weights.
    """
    for name in names:
        role = "is a latent variable of" if name in roles.latent else None
        role = "is in" if name in roles.observed else role
        if role:
            raise DataError(
                f"auxiliary: '{name}' {role} the model\n"
                "  hint: what the model has informs about missing answers anyway"
            )
        if name in others:
            raise DataError(
                f"auxiliary: '{name}' gives the groups, clusters or weights\n"
                "  hint: leave it out of `auxiliary`"
            )


def correlated(table: Table, names: Sequence[str]) -> Table:
    """The table with saturated correlates: behind the rows of each group, variables last."""
    if not names:
        return table
    rows = []
    for group in range(1, table.groups + 1):
        rows += [r for r in table.rows if r.group == group]
        rows += [Row(name, "~~", name, group, None) for name in names]
        rows += [Row(a, "~~", b, group, None) for a, b in combinations(names, 2)]
        rows += [Row(a, "~~", y, group, None) for a in names for y in table.observed]
        rows += [Row(name, "~1", "", group, None) for name in names]
    return replace(table, rows=tuple(rows), observed=(*table.observed, *names))


def started(table: Table, names: Sequence[str], moments: Sequence[Moments]) -> Table:
    """The table with starting values of the auxiliary variables' rows: the saturated moments."""
    at = {name: k for k, name in enumerate(table.observed)}

    def start(row: Row) -> Row:
        if row.lhs not in names:
            return row
        m = moments[row.group - 1]
        mean = row.op == "~1"
        value = m.mean[at[row.lhs]] if mean else m.cov[at[row.lhs], at[row.rhs]]
        return replace(row, start=float(value))

    return replace(table, rows=tuple(start(row) for row in table.rows))
