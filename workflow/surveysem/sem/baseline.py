"""The independence model that incremental fit indices compare with."""

from dataclasses import replace
from itertools import combinations

from surveysem.sem.table import Row, Table


def independence(table: Table) -> Table:
    """Variances (and means) free in every group; predictors keep their covariances.

    As lavaan's baseline: covariates fixed to their sample moments stay fixed, and
    predictors that are not fixed (fixed_x false) covary freely.
    """
    rows = []
    for group in range(1, table.groups + 1):
        for name in table.observed:
            fixed = name in table.covariates
            rows.append(Row(name, "~~", name, group, None, exogenous=fixed))
        for a, b in combinations(table.predictors, 2):
            rows.append(Row(a, "~~", b, group, None, exogenous=a in table.covariates))
        if table.meanstructure:
            for name in table.observed:
                rows.append(Row(name, "~1", "", group, None, exogenous=name in table.covariates))
    return replace(table, rows=tuple(rows), latent=(), defined=(), constraints=())
