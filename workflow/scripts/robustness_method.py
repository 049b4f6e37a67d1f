"""Refit the models of one wave with a common method controlled."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.models import read_texts
from surveysem.robustness.method import method_controls
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    texts = read_texts(job.input.models)
    table = method_controls(pd.read_parquet(job.input.table), texts, **job.params.plan)
    write_csv(table, job.output.method)


run(main, snakemake)
