"""Write the report's pages, one a language, and its figures."""

from pathlib import Path
from typing import TYPE_CHECKING

from surveysem.files import replace, write_text
from surveysem.job import run
from surveysem.report.pages import draw, render
from surveysem.report.tables import Table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    plan, targets = job.params.plan, list(job.output.pages)
    tables = {name: Table(path or None) for name, path in job.input.items()}
    pages = {k: Path(p).name for k, p in zip(plan["languages"], targets, strict=True)}
    figures = draw(plan, tables)
    folder = Path(job.output.figures)
    folder.mkdir(exist_ok=True)
    for name, content in figures.items():
        replace(folder / name, lambda to, content=content: Path(to).write_bytes(content))
    texts = render(plan, tables, pages, figures)
    for language, target in zip(pages, targets, strict=True):
        write_text(texts[language], target)


run(main, snakemake)
