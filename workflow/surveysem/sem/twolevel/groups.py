"""From the rows of each group to the parts of a two-level objective."""

from collections.abc import Sequence

import numpy as np

from surveysem.sem.clusters import strata
from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.implied import Levels, layouts
from surveysem.sem.moments import GroupRows, Moments
from surveysem.sem.table import Table
from surveysem.sem.twolevel.data import ClusterData, cluster_data
from surveysem.sem.twolevel.part import LevelMoments, TwoLevel
from surveysem.sem.twolevel.saturated import saturated


def two_level(groups: Sequence[GroupRows], names: Sequence[str], table: Table) -> list[TwoLevel]:
    """Parts of groups whose rows (n x names) are members of clusters.

    Raises NotAvailableError for clusters with members in several groups, DataError for
    variables that do not belong to the levels they stand at, or too few clusters.
    """
    if len(set(strata([g.rows.clusters for g in groups]))) < len(groups):
        raise NotAvailableError(
            "a cluster has members in several groups: two-level models need clusters within groups"
            "\n  hint: a model of one level with `cluster` sums over groups, or make the group a "
            "covariate"
        )
    within, between = table.levels
    parts = []
    for g, layout in zip(groups, layouts(table), strict=True):
        data = cluster_data(
            g.rows.values, g.rows.clusters, names, within.observed, between.observed, g.where
        )
        parts.append(_part(g, data, layout, table))
    return parts


def _part(group: GroupRows, data: ClusterData, layout: Levels, table: Table) -> TwoLevel:
    found = saturated(data, group.where)
    im, clusters = found.implied, data.clusters
    own = data.own[:, data.between]
    moments = LevelMoments(
        Moments(im.within.sigma, im.within.mu, data.nobs, group.ntotal),
        Moments(im.between.sigma, im.between.mu, clusters, clusters),
        np.atleast_2d(np.cov(own.T, ddof=0)),
        data.nobs,
        group.ntotal,
    )
    covariates = tuple(tuple(own.observed.index(x) for x in own.covariates) for own in table.levels)
    return TwoLevel(data, layout, moments, found, covariates, group.rows.factor)


def require_two_level(*, clustered: bool, asked: dict[str, bool]) -> None:
    """Raise ModelError without clusters, NotAvailableError naming what levels do not go with.

    asked: whether an argument, by its name in words, was asked for.
    """
    if not clustered:
        raise ModelError(
            "the model has 'level:' blocks, and no clusters are named\n"
            "  hint: name the column of the clusters in `cluster`"
        )
    for name, is_asked in asked.items():
        if is_asked:
            raise NotAvailableError(
                f"{name} is not available for two-level models\n"
                "  hint: leave it out, or fit a model of one level with `cluster`"
            )
