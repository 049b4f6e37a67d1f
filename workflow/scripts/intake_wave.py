"""Read one wave's export as a typed table."""

from typing import TYPE_CHECKING

from surveysem.intake.wave import import_wave, read_raw
from surveysem.job import run
from surveysem.tables import write_csv, write_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    table, log = import_wave(read_raw(job.input.file), **job.params.plan)
    write_parquet(table, job.output.table)
    write_csv(log, job.output.import_log)


run(main, snakemake)
