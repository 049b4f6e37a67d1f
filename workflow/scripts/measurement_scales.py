"""Compare each scale over groups, languages and chosen columns in one wave, and models of facets."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.measurement.rivals import rivals
from surveysem.measurement.scales import in_one_wave
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, received = pd.read_parquet(job.input.table), pd.read_parquet(job.input.received)
    result = in_one_wave(table, received, **job.params.plan)
    result["rivals"] = rivals(table, **job.params.rivals)
    for name, found in result.items():
        write_csv(found, job.output[name])


run(main, snakemake)
