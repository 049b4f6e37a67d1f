"""Write the questionnaire: XLSForm, Word documents, codebook."""

from pathlib import Path
from typing import TYPE_CHECKING

from surveysem.job import run
from surveysem.questionnaire.files import write

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    write(job.params.plan, Path(job.output.codebook).parent)


run(main, snakemake)
