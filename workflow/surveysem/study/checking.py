"""Everything that a run would refuse, before it starts."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from surveysem.errors import describe
from surveysem.privacy import read_key
from surveysem.study import plans
from surveysem.study.config import read_config
from surveysem.study.load import assemble
from surveysem.study.objects import Study, StudyError


def check(root: Path) -> list[str]:
    """Everything that is wrong with the study in folder `root`, worded; empty if nothing is."""
    try:
        study, problems = assemble(read_config(root / "config.yaml"), root)
    except StudyError as error:
        return list(error.problems)
    return problems + (_wrong_rows(study, root) if study else [])


def _wrong_rows(study: Study, root: Path) -> list[str]:
    """What intake and cleaning will refuse in the waves' files."""
    problems, respondents = [], {}
    for name, wave in study.waves.items():
        table, found = _imported(study, wave, root)
        problems += found
        if table is not None:
            problems += _wrong_overrides(study, wave, table)
            respondents[name] = set(table["respondent"])
    return problems + _no_panel(study, respondents)


def _imported(study: Study, wave, root: Path):
    """A wave's typed table, None where there is none, and the problems of its answers."""
    # pandas takes a second to import, and `load` runs in every job
    from surveysem.intake.codes import AnswerError
    from surveysem.intake.export import read
    from surveysem.intake.wave import import_wave

    plan = plans.intake(study, wave) | {"key": read_key(study.pseudonyms, root)}
    # a scale without codes is a problem of its own
    plan["items"] = {name: item for name, item in plan["items"].items() if item["codes"]}
    raws = [read(root / s["file"], s["file"], s["options"]) for s in plan["sources"]]
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
