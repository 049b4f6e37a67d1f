"""Compare each scale over the waves."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.measurement.scales import over_waves
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    paths = zip(job.params.waves, job.input.tables, strict=True)
    tables = {wave: pd.read_parquet(path) for wave, path in paths}
    result = over_waves(tables, **job.params.plan)
    for name, found in result.items():
        write_csv(found, job.output[name])


run(main, snakemake)
