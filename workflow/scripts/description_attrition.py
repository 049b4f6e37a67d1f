"""Who of one wave did not take part in the next, and whether their answers say so."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description.attrition import attrition_tables
from surveysem.job import run
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, fates = pd.read_parquet(job.input.table), read_csv(job.input.fates)
    counts, predictors = attrition_tables(table, fates, **job.params.plan)
    write_csv(counts, job.output.attrition)
    write_csv(predictors, job.output.attrition_predictors)


run(main, snakemake)
