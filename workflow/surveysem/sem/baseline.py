"""The independence model that incremental fit indices compare with."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

from surveysem.sem.levels import joined
from surveysem.sem.table import Row, Table


def independence(table: Table, auxiliary: Sequence[str] = ()) -> Table:
    """Variances (and means) free in every group; predictors keep their covariances.

    So do the auxiliary variables, with all others: they are saturated in both models, and
    none of the fit is theirs (Enders and Mansolf 2018; semTools::auxiliary).

    As lavaan's baseline: covariates fixed to their sample moments stay fixed, and
    predictors that are not fixed (fixed_x false) covary freely. Given the covariates,
    regressions on them are free.
    """
    if table.levels:
        own = tuple(independence(level) for level in table.levels)
        rows = joined([level.rows for level in own], table.groups)
        return replace(table, rows=rows, levels=own, latent=(), defined=(), constraints=(),
                       inequalities=())  # fmt: skip
    thresholds, rows = dict(table.ordered), []
    starts = {(r.lhs, r.rhs, r.group): r.start for r in table.rows if r.lhs in auxiliary}
    for group in range(1, table.groups + 1):
        for name in table.observed:
            fixed = name in table.covariates
            value = None if name not in thresholds else 1.0
            rows.append(Row(name, "~~", name, group, value, exogenous=fixed))
        for a, b in combinations(table.predictors, 2):
            rows.append(Row(a, "~~", b, group, None, exogenous=a in table.covariates))
        others = [v for v in table.observed if v not in auxiliary]
        rows += [Row(a, "~~", b, group, None, start=starts.get((a, b, group)))
                 for a, b in (*combinations(auxiliary, 2), *product(auxiliary, others))]  # fmt: skip
        if table.conditional_x:
            rows += [Row(y, "~", x, group, None)
                     for y in table.observed if y not in table.covariates
                     for x in table.covariates]  # fmt: skip
        if table.meanstructure:
            for name in table.observed:
                value = 0.0 if name in thresholds or name in table.split else None
                fixed = name in table.covariates
                rows.append(Row(name, "~1", "", group, value, exogenous=fixed))
        rows += [Row(name, "|", f"t{k}", group, None)
                 for name, count in table.ordered for k in range(1, count + 1)]  # fmt: skip
    return replace(table, rows=tuple(rows), latent=(), defined=(), constraints=(), inequalities=())
