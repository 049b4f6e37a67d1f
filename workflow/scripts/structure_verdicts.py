"""Pool waves and models, and give each hypothesis its verdict."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.structure.pool import pool
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    parts = [read_csv(path) for path in job.input.hypotheses]
    write_csv(pool(parts, **job.params.plan), job.output.hypotheses)
    for name in ("paths", "effects", "fit", "rsquared"):
        tables = [read_csv(path) for path in job.input[name]]
        write_csv(pd.concat(tables, ignore_index=True), job.output[name])


run(main, snakemake)
