"""Set results with and without the careless respondents side by side."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.job import run
from surveysem.robustness.exclusions import side_by_side
from surveysem.structure.pool import pool
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    verdicts, scales = read_csv(job.input.verdicts), read_csv(job.input.by_scale)
    pooled = pool([read_csv(path) for path in job.input.hypotheses], **job.params.plan)
    alphas = pd.concat([read_csv(path) for path in job.input.scales], ignore_index=True)
    write_csv(side_by_side(verdicts, pooled, scales, alphas), job.output.exclusions)


run(main, snakemake)
