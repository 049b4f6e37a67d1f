"""The clean table of one wave with the respondents whom careless answering excludes."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.cleaning.wave import with_careless
from surveysem.job import run
from surveysem.tables import read_csv, write_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan, fates = job.params.plan, read_csv(job.input.fates)
    table = pd.read_parquet(job.input.table)
    kept = with_careless(table, fates, items=plan["items"], settings=plan["settings"])
    write_parquet(kept, job.output.table)


run(main, snakemake)
