"""Draw the synthetic demonstration survey into data/raw/ (run by `snakemake demo_data`)."""

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from surveysem.demo import population
from surveysem.demo.survey import Survey
from surveysem.files import write_text
from surveysem.job import plain_errors
from surveysem.study import tables
from surveysem.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(params) -> None:
    if not params.synthetic:
        sys.exit("study.synthetic is false: demo_data would write over a real survey's files")
    people = population.read(Path(params.population))
    constructs, _ = tables.read_constructs(Path(params.constructs), params.constructs)
    scales, _ = tables.read_responses(Path(params.responses), params.responses)
    items, _ = tables.read_instrument(
        Path(params.instrument), params.instrument, constructs, scales
    )
    survey, troubles = Survey(people, items), []
    raw, truth = Path(params.folder), Path(params.folder) / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    for number, wave in enumerate(people.settings["waves"], start=1):
        frame, planted = survey.wave(wave)
        write_csv(frame, raw / f"wave{number}.csv")
        troubles += planted.values.tolist()
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([planted.columns, *troubles])
    write_text(text.getvalue(), truth / "troubles.csv")
    write_csv(population.true_paths(people), truth / "paths.csv")
    write_csv(survey.truth(), truth / "items.csv")
    correlations = population.implied_correlations(people).rename_axis("factor").reset_index()
    write_csv(correlations, truth / "correlations.csv")


with plain_errors():
    main(snakemake.params)
