"""Ask of one model in one wave how much a common method makes of its answers."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.measurement.method import common_method
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table = common_method(pd.read_parquet(job.input.table), **job.params.plan)
    write_csv(table, job.output.method)


run(main, snakemake)
