"""Fit one structural model in one wave and estimate what each hypothesis claims."""

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import generator, run
from surveysem.models import write_texts
from surveysem.structure.comparability import comparability
from surveysem.structure.keying import contradicted
from surveysem.structure.wave import analyse
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan = dict(job.params.plan)
    rng_for = partial(generator, plan.pop("seed"), "structure", plan["model"], plan["wave"])
    keying = contradicted(read_csv(job.input.by_item))
    alike = comparability(read_csv(job.input.comparable), read_csv(job.input.noninvariance))
    chosen = read_csv(job.input.estimators)["estimator"].item()
    table = pd.read_parquet(job.input.table)
    result = analyse(table, keying, alike, estimator=chosen, rng_for=rng_for, **plan)
    for name in ("hypotheses", "paths", "effects", "fit", "rsquared"):
        write_csv(result[name], job.output[name])
    write_texts(result["texts"], job.output.models)


run(main, snakemake)
