"""The second engine: semopy refits what it can fit as well, complete-data ML in one group."""

import contextlib
import io
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import members
from surveysem.models import attempt
from surveysem.sem.result import Fit

COLUMNS = ["model", "wave", "group", "fit", "n", "statistic", "est", "second", "difference", "note"]
# Beyond these, a caution: relative for chi-square, absolute for loadings and paths.
TOLERANCE = {"estimate": 0.005, "se": 0.005, "chisq": 0.001}


def second_fit(text: str, data: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """semopy's estimates (lhs, op, rhs, est, se) of the loadings and paths, and chi-square.

    semopy's covariance matrix divides by n, as ours does; its `obj` is F, so that
    chi-square is n F. Covariances of exogenous latents and of outcomes are written out,
    because its defaults differ from lavaan's.
    """
    import semopy

    model = semopy.Model(text)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        found = model.fit(data, obj="MLW", solver="SLSQP")
        table = model.inspect()
    rows = []
    for r in table[table["op"] == "~"].itertuples(index=False):
        se = pd.to_numeric(r[4], errors="coerce")
        rows.append((r.lval, r.rval, float(r.Estimate), float(se)))
    return pd.DataFrame(rows, columns=["lhs", "rhs", "est", "se"]), float(found.fun) * len(data)


def first_fit_text(result: Fit) -> str:
    """A fitted single-group model with every parameter written out, in both languages."""
    lines = []
    for row in result.table.rows:
        fixed = f"{row.value:g}*" if row.value is not None else ""
        if row.op in ("=~", "~", "~~"):
            lines.append(f"{row.lhs} {row.op} {fixed}{row.rhs}")
    return "\n".join(lines)


def compare(
    table: pd.DataFrame, texts: Mapping[str, str], *, model: str, wave: str, groups: Sequence[str]
) -> pd.DataFrame:
    """Largest disagreement of estimates, standard errors and chi-square, by fit and group.

    The multi-group model is beyond semopy: each group's part of it is fitted alone by both.
    """
    rows = []
    for name, text in texts.items():
        for group in groups:
            head = (model, wave, group, name)
            tried = attempt(text, table, [group])
            if not tried.usable:
                rows.append((*head, 0, "not_computed", np.nan, np.nan, np.nan, tried.reason))
                continue
            rows += _compare_one(head, tried.fit, members(table, [group]))
    return pd.DataFrame(rows, columns=COLUMNS)


def _compare_one(head: tuple, ours: Fit, data: pd.DataFrame) -> list[tuple]:
    data = data[list(ours.table.observed)].astype(float).dropna()
    n = len(data)
    try:
        theirs, chisq = second_fit(first_fit_text(ours), data)
    except Exception as error:  # semopy raises bare exceptions of many kinds
        note = f"semopy failed: {type(error).__name__}"
        return [(*head, n, "not_computed", np.nan, np.nan, np.nan, note)]
    own = ours.parameters
    own = own[own["op"].isin(["=~", "~"]) & (own["se"] > 0)]
    # semopy writes a loading as item ~ latent
    keys = [(r.rhs, r.lhs) if r.op == "=~" else (r.lhs, r.rhs) for r in own.itertuples()]
    other = theirs.set_index(["lhs", "rhs"]).reindex(keys)
    rows = []
    for statistic, column in (("estimate", "est"), ("se", "se")):
        gap = np.abs(own[column].to_numpy() - other[column].to_numpy())
        if np.isnan(gap).all():
            rows.append((*head, n, statistic, np.nan, np.nan, np.nan, "semopy gives none"))
            continue
        k = int(np.nanargmax(gap))
        rows.append(
            (*head, n, statistic, own[column].iloc[k], other[column].iloc[k], gap[k],
             _note(statistic, gap[k]))
        )  # fmt: skip
    own_chisq = ours.measures["chisq"]
    gap = abs(own_chisq - chisq)
    relative = gap / max(own_chisq, 1.0)
    rows.append((*head, n, "chisq", own_chisq, chisq, gap, _note("chisq", relative)))
    return rows


def _note(statistic: str, gap: float) -> str:
    return "beyond tolerance" if gap > TOLERANCE[statistic] else ""
