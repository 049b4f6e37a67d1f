"""Weights of one wave: the user's own, or raked to population margins."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description.weights import weight_tables
from surveysem.job import run
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    found = weight_tables(pd.read_parquet(job.input.table), **job.params.plan)
    for name, frame in found.items():
        write_csv(frame, job.output[name])


run(main, snakemake)
