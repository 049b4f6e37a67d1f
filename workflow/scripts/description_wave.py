"""Describe one wave: items, scales, missing answers, who took part of those asked, and how answers
go with each other, with groups, clusters and projects."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description.tables import described, related
from surveysem.job import run
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    clean, files = pd.read_parquet(job.input.table), job.input
    found = described(
        clean,
        received=pd.read_parquet(files.received),
        reasons=pd.read_parquet(files.reasons),
        fates=read_csv(files.fates),
        decisions=read_csv(files.decisions),
        **job.params.plan,
    )
    for name, table in {**found, **related(clean, **job.params.relations)}.items():
        write_csv(table, job.output[name])


run(main, snakemake)
