"""Everything that a run would refuse, before it starts."""

from pathlib import Path

from surveysem.study import occasions, plans
from surveysem.study.config import read_config
from surveysem.study.load import assemble
from surveysem.study.objects import Study, StudyError


def check(root: Path) -> list[str]:
    """Everything that is wrong with the study in folder `root`, worded; empty if nothing is."""
    return examine(root)[0]


def examine(root: Path) -> tuple[list[str], list[str]]:
    """What is wrong with the study in folder `root`, and what may be meant otherwise; worded."""
    try:
        study, problems = assemble(read_config(root / "config.yaml"), root)
    except StudyError as error:
        return list(error.problems), []
    if study is None:
        return problems, []
    wrong, notes = _answers(study, root)
    return problems + wrong, notes


def _answers(study: Study, root: Path) -> tuple[list[str], list[str]]:
    """What intake will refuse in the waves' files, and what it will take that may be a mistake."""
    # pandas takes a second to import, and `load` runs in every job
    from surveysem.intake.codes import AnswerError
    from surveysem.intake.export import read
    from surveysem.intake.wave import import_wave

    problems, notes = [], []
    for wave in study.waves.values():
        plan = plans.intake(study, wave) | {"key": "any: the table is not kept"}
        # a scale without codes is a problem of its own
        plan["items"] = {name: item for name, item in plan["items"].items() if item["codes"]}
        raws = [read(root / s["file"], s["file"], s["options"]) for s in plan["sources"]]
        notes += occasions.notes(study, wave, raws)
        try:
            import_wave(raws, **plan)
        except AnswerError as error:
            problems += error.problems
    return problems, notes
