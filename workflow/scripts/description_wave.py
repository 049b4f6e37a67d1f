"""Describe one wave: items, scales, missing answers, who took part of those asked, and how answers
go with each other, with groups, clusters and projects."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description import agreement, clusters, informants, missing, response
from surveysem.description.answers import answer_table
from surveysem.description.correlations import correlation_table
from surveysem.description.differences import group_differences
from surveysem.description.mcar import mcar_table
from surveysem.description.normality import normality_table
from surveysem.description.wave import item_table, scale_table
from surveysem.job import run
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    clean = pd.read_parquet(job.input.table)
    tables = {**_described(job, clean), **_related(clean, **job.params.relations)}
    for name, table in tables.items():
        write_csv(table, job.output[name])


def _described(job, clean: pd.DataFrame) -> dict[str, pd.DataFrame]:
    plan = job.params.plan
    wave, items, groups, scales = (plan[k] for k in ("wave", "items", "groups", "scales"))
    fates, reasons = read_csv(job.input.fates), pd.read_parquet(job.input.reasons)
    table = missing.located(clean, fates)
    left_out = response.not_respondents(read_csv(job.input.decisions))
    received = pd.read_parquet(job.input.received)
    seen = response.participation(received, items, groups, left_out, **plan["takes_part"])
    rates, counts = response.response_tables(seen, wave, groups, **plan["asked"])
    return {
        "by_item": item_table(table, wave, items, groups),
        "by_scale": scale_table(table, wave, items, scales),
        "answers": answer_table(table, wave, items, groups),
        "missing": missing.missing_table(table, wave, items, groups, reasons),
        "reasons": missing.reason_table(table, wave, groups, reasons),
        "patterns": missing.pattern_table(table, wave, items, groups),
        "mcar": mcar_table(table, wave, items, groups, scales),
        "response": rates,
        "dispositions": counts,
    }


def _related(
    table: pd.DataFrame, *, wave, groups, items, scales, pairs, cluster: bool, project: bool
) -> dict[str, pd.DataFrame]:
    named, clustered = (items, scales) if cluster else ({}, [])
    judged, judges = (scales, pairs) if project else ([], [])
    return {
        "correlations": correlation_table(table, wave, items, groups, scales),
        "normality": normality_table(table, wave, items, groups, scales),
        "differences": group_differences(table, wave, pairs, scales),
        "clusters": clusters.cluster_table(table, wave, named, groups, clustered),
        "agreement": agreement.agreement_table(table, wave, items, judged),
        "informants": informants.informant_table(table, wave, judges),
    }


run(main, snakemake)
