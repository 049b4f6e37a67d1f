"""Missing answers of one wave: shares, reasons, patterns, Little's test."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description.mcar import mcar_table
from surveysem.description.missing import (
    missing_table,
    only_counted,
    pattern_table,
    reason_table,
    reasons_of_log,
)
from surveysem.job import run
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, plan = pd.read_parquet(job.input.table), job.params.plan
    wave, items, groups = plan["wave"], plan["items"], plan["groups"]
    log = read_csv(job.input.import_log)
    reasons, counted = reasons_of_log(log), only_counted(log)
    write_csv(missing_table(table, wave, items, groups, reasons, counted), job.output.missing)
    write_csv(reason_table(table, wave, groups, reasons), job.output.reasons)
    write_csv(pattern_table(table, wave, items, groups), job.output.patterns)
    write_csv(mcar_table(table, wave, items, groups, plan["scales"]), job.output.mcar)


run(main, snakemake)
