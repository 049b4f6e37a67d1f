"""All files of the questionnaire, checked before the first is written."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from surveysem.files import replace, write_text
from surveysem.questionnaire.blocks import CODEBOOK, codebook
from surveysem.questionnaire.word import document
from surveysem.questionnaire.xlsform import workbook
from surveysem.study import StudyError
from surveysem.study.fielding import documents, problems

FOLDER = Path("results/questionnaire")


def write(plan: Mapping, folder: Path) -> list[Path]:
    """Write XLSForm, codebook and documents; the paths. Raises SurveySemError before that."""
    wrong = problems(plan)
    if wrong:
        raise StudyError(wrong)
    made = {"questionnaire.xlsx": workbook(plan)}
    made |= {target["name"]: document(plan, target) for target in documents(plan)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        replace(folder / name, lambda to, data=data: Path(to).write_bytes(data))
    write_text(_csv([CODEBOOK, *codebook(plan)]), folder / "codebook.csv")
    return [folder / name for name in (*made, "codebook.csv")]


def _csv(rows: list[list]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
