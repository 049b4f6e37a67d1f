"""The table of parameters that a reader sees: estimates with their inference."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import special

from surveysem.sem import definitions
from surveysem.sem.table import Table


def key_frame(table: Table, group_labels: Sequence) -> pd.DataFrame:
    """What names each row of the table, then each defined parameter: lhs, op, rhs and so on."""
    return pd.DataFrame(_keys(table, group_labels))


def _keys(table: Table, group_labels: Sequence) -> dict[str, Sequence]:
    labels = dict(enumerate(group_labels, start=1))
    rows = [
        (r.lhs, r.op, r.rhs, table.block(r), r.level, r.group, labels.get(r.group, ""), r.label)
        for r in table.rows
    ]
    rows += [(n, ":=", e.text.replace(" ", ""), 0, 0, 0, "", n) for n, e in table.defined]
    names = ("lhs", "op", "rhs", "block", "level", "group", "group_label", "label")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    if not table.levels:
        del columns["level"]
    return columns


def with_defined(table: Table, values: np.ndarray) -> np.ndarray:
    """Values of all rows, d x r, and behind them those of the defined parameters."""
    return np.hstack([values, definitions.evaluate(table, values)])


def parameter_frame(
    table: Table,
    group_labels: Sequence,
    values: np.ndarray,
    jacobian: np.ndarray | None,
    vcov: np.ndarray,
    df: float = np.inf,
    more: Mapping[str, np.ndarray] | None = None,
) -> pd.DataFrame:
    """One row a row of the table, then one a defined parameter, with delta-method inference.

    values: r, on whatever scale. jacobian: r x r, their derivatives by the rows' estimates
    (None: these are the values), of which vcov (r x r) is the covariance matrix. se is 0 for
    what is fixed, and z nan. df: of the t distribution of z, infinite for the normal one. more:
    values of all rows (r) on other scales, by the names of their columns. A two-level model's
    frame has `level` beside `block`.
    """
    more = more or {}
    est, *others = with_defined(table, np.array([values, *more.values()]))
    J, known = definitions.jacobian(table, values), vcov.diagonal()
    if jacobian is not None:
        J, known = np.vstack([jacobian, J @ jacobian]), np.zeros(0)
    variance = np.concatenate([known, ((J @ vcov) * J).sum(axis=1)])
    # what only rounding keeps from zero: a standardised variance is 1 by definition
    size = ((np.abs(J) @ np.abs(vcov)) * np.abs(J)).sum(axis=1)
    size = np.concatenate([np.abs(known), size])
    se = np.sqrt(np.where(variance <= 1e-14 * size, 0.0, variance))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(se > 0, est / se, np.nan)
    normal = np.isinf(df)
    half = se * float(special.ndtri(0.975) if normal else special.stdtrit(df, 0.975))
    tail = special.ndtr(-np.abs(z)) if normal else special.stdtr(df, -np.abs(z))
    # all columns at once: each one put into a frame later costs as much as the numbers
    return pd.DataFrame(
        _keys(table, group_labels)
        | {"est": est, "se": se, "z": z, "pvalue": 2 * tail}
        | {"ci_lower": est - half, "ci_upper": est + half}
        | dict(zip(more, others, strict=True))
    )
