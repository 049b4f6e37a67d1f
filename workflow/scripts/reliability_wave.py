"""Assess the scales of one wave."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.reliability.wave import assess
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    scales, items = assess(pd.read_parquet(job.input.table), **job.params.plan)
    write_csv(scales, job.output.by_scale)
    write_csv(items, job.output.by_item)


run(main, snakemake)
