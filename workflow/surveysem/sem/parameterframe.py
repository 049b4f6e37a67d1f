"""The table of parameters that a reader sees: estimates with their inference."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from surveysem.sem import definitions
from surveysem.sem.table import Table


def key_frame(table: Table, group_labels: Sequence) -> pd.DataFrame:
    """What names each row of the table, then each defined parameter: lhs, op, rhs and so on."""
    labels = dict(enumerate(group_labels, start=1))
    rows = [
        (r.lhs, r.op, r.rhs, table.block(r), r.group, labels.get(r.group, ""), r.label)
        for r in table.rows
    ]
    rows += [(n, ":=", e.text.replace(" ", ""), 0, 0, "", n) for n, e in table.defined]
    columns = ["lhs", "op", "rhs", "block", "group", "group_label", "label"]
    frame = pd.DataFrame(rows, columns=columns)
    if table.levels:
        frame.insert(4, "level", [*(r.level for r in table.rows), *(0 for _ in table.defined)])
    return frame


def with_defined(table: Table, values: np.ndarray) -> np.ndarray:
    """Values of all rows, r, and behind them those of the defined parameters."""
    return np.concatenate([values, definitions.evaluate(table, values[None])[0]])


def parameter_frame(
    table: Table,
    group_labels: Sequence,
    values: np.ndarray,
    jacobian: np.ndarray,
    vcov: np.ndarray,
    df: float = np.inf,
) -> pd.DataFrame:
    """One row a row of the table, then one a defined parameter, with delta-method inference.

    values: r, on whatever scale. jacobian: r x r, their derivatives by the rows' estimates,
    of which vcov (r x r) is the covariance matrix. se is 0 for what is fixed, and z nan. df: of
    the t distribution of z, infinite for the normal one. A two-level model's frame has `level`
    beside `block`.
    """
    est = with_defined(table, values)
    J = np.vstack([jacobian, definitions.jacobian(table, values) @ jacobian])
    variance = ((J @ vcov) * J).sum(axis=1)
    # what only rounding keeps from zero: a standardised variance is 1 by definition
    size = ((np.abs(J) @ np.abs(vcov)) * np.abs(J)).sum(axis=1)
    se = np.sqrt(np.where(variance <= 1e-14 * size, 0.0, variance))
    frame = key_frame(table, group_labels)
    frame["est"], frame["se"] = est, se
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["z"] = np.where(se > 0, est / se, np.nan)
    reference = stats.norm if np.isinf(df) else stats.t(df)
    quantile = float(reference.ppf(0.975))
    frame["pvalue"] = 2 * reference.sf(np.abs(frame["z"]))
    frame["ci_lower"] = est - quantile * se
    frame["ci_upper"] = est + quantile * se
    return frame
