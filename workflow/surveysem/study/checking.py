"""Everything that a run would refuse, before it starts."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from surveysem.errors import describe
from surveysem.privacy import read_key
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
    wrong, notes = _rows(study, root)
    return problems + wrong, notes


def _rows(study: Study, root: Path) -> tuple[list[str], list[str]]:
    """What intake and cleaning will refuse in the waves' files, and what they will take that may
    be a mistake."""
    # pandas takes a second to import, and `load` runs in every job
    from surveysem.intake.export import read

    problems, notes, respondents = [], [], {}
    for name, wave in study.waves.items():
        plan = plans.intake(study, wave) | {"key": read_key(study.pseudonyms, root)}
        raws = [read(root / s["file"], s["file"], s["options"]) for s in plan["sources"]]
        notes += occasions.notes(study, wave, raws)
        table, found = _imported(plan, raws)
        problems += found
        if table is not None:
            problems += _wrong_overrides(study, wave, table)
            respondents[name] = set(table["respondent"])
    return problems + _no_panel(study, respondents), notes


def _imported(plan: dict, raws: Sequence):
    """A wave's typed table, None where there is none, and the problems of its answers."""
    from surveysem.intake.codes import AnswerError
    from surveysem.intake.wave import import_wave

    # a scale without codes is a problem of its own
    plan["items"] = {name: item for name, item in plan["items"].items() if item["codes"]}
    problems: list[str] = []
    for on_invalid in (plan["on_invalid"], "missing"):
        try:
            return import_wave(raws, **plan | {"on_invalid": on_invalid})[0], problems
        except AnswerError as error:
            problems = problems or list(error.problems)
    return None, problems


def _wrong_overrides(study: Study, wave, table) -> list[str]:
    from surveysem.cleaning.overrides import OverrideError, overridden

    try:
        overridden(table, plans.overrides(study, wave), study.config["cleaning"]["overrides"])
    except OverrideError as error:
        return list(error.problems)
    return []


def _no_panel(study: Study, respondents: Mapping[str, set]) -> list[str]:
    """Words for waves of a panel that share nobody with the one before."""
    who = study.config["respondents"]
    if not who["panel"] or not who["id"]:
        return []
    return [
        describe(
            "config.yaml, respondents.panel",
            f"no respondent of {second} is one of {first}",
            hint="are the ids written alike in both files? panel: false where others were asked",
        )
        for first, second in pairwise(study.waves)
        if first in respondents
        and second in respondents
        and not respondents[first] & respondents[second]
    ]
