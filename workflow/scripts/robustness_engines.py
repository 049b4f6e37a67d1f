"""Refit the models of one wave with the second engine."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.models import read_texts
from surveysem.robustness.engines import compare
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    texts = read_texts(job.input.models)
    table = compare(pd.read_parquet(job.input.table), texts, **job.params.plan)
    write_csv(table, job.output.engines)


run(main, snakemake)
