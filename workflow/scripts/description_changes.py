"""Compare the scale means of all pairs of waves, below those of groups within each wave."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description.differences import wave_differences
from surveysem.job import run
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan, tables = job.params.plan, list(job.input.tables)
    waves = {w: pd.read_parquet(t) for w, t in zip(plan["waves"], tables, strict=True)}
    within = [read_csv(path) for path in job.input.differences]
    between = wave_differences(waves, plan["scales"], plan["panel"])
    found = [frame for frame in (*within, between) if len(frame)] or [between]
    write_csv(pd.concat(found, ignore_index=True), job.output.differences)


run(main, snakemake)
