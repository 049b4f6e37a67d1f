"""Compare the reliability of the scales of one wave with the next."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.reliability.compare import between_waves
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    tables = [pd.read_parquet(path) for path in (job.input.table, job.input.following)]
    write_csv(between_waves(*tables, **job.params.plan), job.output.changes)


run(main, snakemake)
