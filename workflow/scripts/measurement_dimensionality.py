"""Look for the dimensions of one model's items in one wave."""

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import generator, run
from surveysem.measurement.dimensionality import dimensionality
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan = dict(job.params.plan)
    rng_for = partial(generator, plan.pop("seed"), "dimensionality", plan["model"], plan["wave"])
    result = dimensionality(pd.read_parquet(job.input.table), rng_for=rng_for, **plan)
    for name, table in result.items():
        write_csv(table, job.output[name])


run(main, snakemake)
