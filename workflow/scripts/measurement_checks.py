"""Ask of one model in one wave how many dimensions its items have, whether its scales are distinct,
and what a common method makes of the answers. One job: its parts take less time than its start."""

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import generator, run
from surveysem.measurement.dimensionality import dimensionality
from surveysem.measurement.distinctness import distinctness
from surveysem.measurement.method import common_method
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, plan = pd.read_parquet(job.input.table), dict(job.params.scales)
    seed, name = plan.pop("seed"), (plan["model"], plan["wave"])
    found = {
        **dimensionality(table, rng_for=partial(generator, seed, "dimensionality", *name), **plan),
        "distinctness": distinctness(
            table, rng_for=partial(generator, seed, "distinctness", *name), **plan
        ),
        "method": common_method(table, **job.params.method),
    }
    for name, rows in found.items():
        write_csv(rows, job.output[name])


run(main, snakemake)
