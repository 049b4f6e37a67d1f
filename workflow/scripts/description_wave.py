"""Describe one wave: items and scales."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description.wave import item_table, scale_table
from surveysem.job import run
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, plan = pd.read_parquet(job.input.table), job.params.plan
    wave, items, groups = plan["wave"], plan["items"], plan["groups"]
    write_csv(item_table(table, wave, items, groups), job.output.by_item)
    write_csv(scale_table(table, wave, plan["scales"]), job.output.by_scale)


run(main, snakemake)
