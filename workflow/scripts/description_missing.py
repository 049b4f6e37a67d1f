"""Missing answers of one wave: shares, reasons, patterns, Little's test."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description.mcar import mcar_table
from surveysem.description.missing import located, missing_table, pattern_table, reason_table
from surveysem.job import run
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan, fates = job.params.plan, read_csv(job.input.fates)
    table = located(pd.read_parquet(job.input.table), fates)
    wave, items, groups = plan["wave"], plan["items"], plan["groups"]
    reasons = pd.read_parquet(job.input.reasons)
    write_csv(missing_table(table, wave, items, groups, reasons), job.output.missing)
    write_csv(reason_table(table, wave, groups, reasons), job.output.reasons)
    write_csv(pattern_table(table, wave, items, groups), job.output.patterns)
    write_csv(mcar_table(table, wave, items, groups, plan["scales"]), job.output.mcar)


run(main, snakemake)
