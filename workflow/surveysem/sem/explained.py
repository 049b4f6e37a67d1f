"""Shares of variance that a fitted model explains, and that lie between clusters."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem.errors import NotAvailableError
from surveysem.sem.twolevel.measures import intraclass

if TYPE_CHECKING:
    from surveysem.sem.result import Fit


def r_squared(fit: "Fit") -> pd.DataFrame:
    """Explained share of each dependent variable's variance: see Fit.r_squared."""
    rows = []
    for block in fit.blocks:
        g = block.group
        im = fit.parts[g - 1].unconditional(block.implied)
        depends = {r.rhs if r.op == "=~" else r.lhs for r in block.table.rows
                   if r.op in ("=~", "~") and r.group == g}  # fmt: skip
        for k, name in enumerate(block.names):
            if name in depends:
                r2 = 1 - im.S[k, k] / im.V[k, k] if im.S[k, k] >= 0 else np.nan
                rows.append((name, g, fit.group_label(g), block.level, r2))
    frame = pd.DataFrame(rows, columns=["lhs", "group", "group_label", "level", "r2"])
    return frame if fit.table.levels else frame.drop(columns="level")


def intraclass_correlations(fit: "Fit") -> pd.DataFrame:
    """Share of each split variable's variance between clusters: see the method of Fit."""
    if not fit.table.levels:
        raise NotAvailableError(
            "intraclass correlations are of two-level models\n"
            "  hint: write 'level: 1' and 'level: 2' blocks, and name `cluster`"
        )
    rows = [
        (name, g, fit.group_label(g), icc)
        for g, part in enumerate(fit.parts, start=1)
        for name, icc in intraclass(fit.table, part.moments)
    ]
    return pd.DataFrame(rows, columns=["lhs", "group", "group_label", "icc"])
