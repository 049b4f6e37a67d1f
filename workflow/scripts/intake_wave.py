"""Read one wave's exports as a typed table."""

from pathlib import Path
from typing import TYPE_CHECKING

from surveysem.intake.export import read
from surveysem.intake.wave import import_wave
from surveysem.job import run
from surveysem.privacy import read_key
from surveysem.tables import write_csv, write_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan = {**job.params.plan, "key": read_key(job.params.plan["key"])}
    raws = [read(Path(s["file"]), s["file"], s["options"]) for s in plan["sources"]]
    table, log, reasons = import_wave(raws, **plan)
    write_parquet(table, job.output.table)
    write_parquet(reasons, job.output.reasons)
    write_csv(log, job.output.import_log)


run(main, snakemake)
