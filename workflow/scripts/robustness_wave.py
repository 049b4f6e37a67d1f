"""Refit the models of one wave with the second engine, and with a common method controlled."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.models import read_texts
from surveysem.robustness.engines import compare
from surveysem.robustness.method import method_controls
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, texts = pd.read_parquet(job.input.table), read_texts(job.input.models)
    write_csv(compare(table, texts, **job.params.engines), job.output.engines)
    write_csv(method_controls(table, texts, **job.params.method), job.output.method)


run(main, snakemake)
