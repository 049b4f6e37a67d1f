"""Relate the answers of one wave: to each other, to groups, clusters and projects."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description import agreement, clusters, informants
from surveysem.description.correlations import correlation_table
from surveysem.description.differences import group_differences
from surveysem.description.normality import normality_table
from surveysem.job import run
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan, out = job.params.plan, job.output
    wave, items, groups, scales = (plan[k] for k in ("wave", "items", "groups", "scales"))
    table = pd.read_parquet(job.input.table)
    write_csv(correlation_table(table, wave, items, groups, scales), out.correlations)
    write_csv(normality_table(table, wave, items, groups, scales), out.normality)
    write_csv(group_differences(table, wave, plan["pairs"], scales), out.differences)
    clustered = scales if plan["cluster"] else []
    named = items if plan["cluster"] else {}
    write_csv(clusters.cluster_table(table, wave, named, groups, clustered), out.clusters)
    judged, pairs = (scales, plan["pairs"]) if plan["project"] else ([], [])
    write_csv(agreement.agreement_table(table, wave, items, judged), out.agreement)
    write_csv(informants.informant_table(table, wave, pairs), out.informants)


run(main, snakemake)
