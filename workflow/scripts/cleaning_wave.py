"""Clean one wave, every exclusion on record."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.cleaning.wave import clean_wave
from surveysem.job import run
from surveysem.tables import write_csv, write_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    result = clean_wave(pd.read_parquet(job.input.table), **job.params.plan)
    write_parquet(result["clean"], job.output.table)
    for name in ("fates", "decisions", "flow", "rules"):
        write_csv(result[name], job.output[name])


run(main, snakemake)
