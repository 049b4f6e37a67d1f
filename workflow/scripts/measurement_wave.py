"""Fit the measurement model of one model in one wave, and climb its ladder of invariance."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.measurement.wave import measure
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table = pd.read_parquet(job.input.table)
    result = measure(table, **job.params.plan)
    for name, found in result.items():
        write_csv(found, job.output[name])


run(main, snakemake)
