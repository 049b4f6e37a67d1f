"""Ask of one model in one wave whether its scales are distinct."""

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import generator, run
from surveysem.measurement.distinctness import distinctness
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan = dict(job.params.plan)
    rng_for = partial(generator, plan.pop("seed"), "distinctness", plan["model"], plan["wave"])
    rows = distinctness(pd.read_parquet(job.input.table), rng_for=rng_for, **plan)
    write_csv(rows, job.output.validity)


run(main, snakemake)
