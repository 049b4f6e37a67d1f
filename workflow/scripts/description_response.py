"""Who took part in one wave, of those invited: AAPOR's rates."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description.response import not_respondents, participation, response_tables
from surveysem.job import run
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, plan = pd.read_parquet(job.input.table), job.params.plan
    left_out = not_respondents(read_csv(job.input.decisions))
    seen = participation(
        table, plan["items"], plan["groups"], left_out, plan["complete"], plan["partial"]
    )
    rates, counts = response_tables(
        seen, plan["wave"], plan["groups"], plan["invited"], plan["dispositions"]
    )
    write_csv(rates, job.output.response)
    write_csv(counts, job.output.dispositions)


run(main, snakemake)
