"""Describe one wave: items, scales, missing answers, who took part of those asked."""

from typing import TYPE_CHECKING

import pandas as pd

from surveysem.description import missing, response
from surveysem.description.answers import answer_table
from surveysem.description.mcar import mcar_table
from surveysem.description.wave import item_table, scale_table
from surveysem.job import run
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan, out = job.params.plan, job.output
    wave, items, groups = plan["wave"], plan["items"], plan["groups"]
    clean, fates = pd.read_parquet(job.input.table), read_csv(job.input.fates)
    table, reasons = missing.located(clean, fates), pd.read_parquet(job.input.reasons)
    write_csv(item_table(table, wave, items, groups), out.by_item)
    write_csv(scale_table(table, wave, items, plan["scales"]), out.by_scale)
    write_csv(answer_table(table, wave, items, groups), out.answers)
    write_csv(missing.missing_table(table, wave, items, groups, reasons), out.missing)
    write_csv(missing.reason_table(table, wave, groups, reasons), out.reasons)
    write_csv(missing.pattern_table(table, wave, items, groups), out.patterns)
    write_csv(mcar_table(table, wave, items, groups, plan["scales"]), out.mcar)
    left_out = response.not_respondents(read_csv(job.input.decisions))
    received = pd.read_parquet(job.input.received)
    seen = response.participation(received, items, groups, left_out, **plan["takes_part"])
    rates, counts = response.response_tables(seen, wave, groups, **plan["asked"])
    write_csv(rates, out.response)
    write_csv(counts, out.dispositions)


run(main, snakemake)
