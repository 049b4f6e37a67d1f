"""Draw the synthetic demonstration survey into data/raw/ (run by `snakemake demo_data`)."""

from pathlib import Path
from typing import TYPE_CHECKING

from surveysem.demo import population
from surveysem.demo.survey import Survey, write_survey
from surveysem.errors import SurveySemError
from surveysem.job import run
from surveysem.study import tables

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(job) -> None:
    params = job.params
    if not params.synthetic:
        raise SurveySemError(
            "study.synthetic is false: demo_data would write over a real survey's files"
        )
    constructs, _ = tables.read_constructs(Path(params.constructs), params.constructs)
    scales, _ = tables.read_responses(Path(params.responses), params.responses)
    items, _, _ = tables.read_instrument(
        Path(params.instrument), params.instrument, constructs, scales
    )
    people = population.read(Path(params.population))
    texts = {name: scale["texts"] for name, scale in scales.items()}
    write_survey(Survey(people, items), Path(params.folder), texts)


run(main, snakemake)
