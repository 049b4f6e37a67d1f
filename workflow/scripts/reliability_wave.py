"""Assess the scales of one wave, and compare its groups."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.reliability.compare import between_groups
from surveysem.reliability.wave import assess
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, plan = pd.read_parquet(job.input.table), job.params.plan
    scales, items = assess(table, **plan)
    write_csv(scales, job.output.by_scale)
    write_csv(items, job.output.by_item)
    write_csv(between_groups(table, plan["wave"], plan["scales"]), job.output.groups)


run(main, snakemake)
