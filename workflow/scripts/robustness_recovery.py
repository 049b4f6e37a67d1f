"""Compare what was found with the truth behind synthetic data."""

from typing import TYPE_CHECKING

from surveysem.job import run
from surveysem.robustness import recovery
from surveysem.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    truth, fates, log = (read_csv(job.input[name]) for name in ("troubles", "fates", "log"))
    write_csv(recovery.troubles(truth, fates, log), job.output.troubles)
    by_rule = recovery.troubles_by_rule(truth, fates, read_csv(job.input.decisions))
    write_csv(by_rule, job.output.by_rule)
    paths = recovery.paths(read_csv(job.input.truth), read_csv(job.input.paths))
    write_csv(paths, job.output.recovery)


run(main, snakemake)
