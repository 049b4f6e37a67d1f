"""Put the tables of all waves (and models) below each other, in the order of config.yaml."""

import csv
import io
from typing import TYPE_CHECKING

from surveysem.files import write_text
from surveysem.job import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    for name, target in job.output.items():
        parts, text = job.input[name], io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for k, path in enumerate([parts] if isinstance(parts, str) else parts):
            with open(path, encoding="utf-8", newline="") as handle:
                rows = list(csv.reader(handle))
            writer.writerows(rows if k == 0 else rows[1:])
        write_text(text.getvalue(), target)


run(main, snakemake)
