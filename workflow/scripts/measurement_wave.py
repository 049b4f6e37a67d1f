"""Fit the measurement model of one model in one wave."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.measurement.wave import measure
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    result = measure(pd.read_parquet(job.input.table), **job.params.plan)
    for name, table in result.items():
        write_csv(table, job.output[name])


run(main, snakemake)
