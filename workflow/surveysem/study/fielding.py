"""What the instrument asks of whom, for the questionnaire: plain values, no survey data needed.

A study is fielded before it has a wave, so this reads config and instrument alone. What
is wrong for a questionnaire only (a text that lacks its translation, say) is told when one
is asked for: it stops no analysis.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from surveysem.errors import describe
from surveysem.study import config as settings
from surveysem.study import tables
from surveysem.study.objects import StudyError, texts

ROLES = ("id", "group", "project", "cluster", "form")
OTHER_FORM = "other"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML file can hold these


def read(root: Path) -> dict:
    """The plan of the study in folder `root`, which need not have waves yet."""
    config = settings.read_config(root / "config.yaml")
    full = settings.complete({**config, "waves": [{"name": "none", "file": "none"}]})
    problems = settings.problems(full)
    if problems:
        raise StudyError(problems)
    found = plan(full, root)
    if found["unread"]:
        raise StudyError(found["unread"])
    return found


def plan(full: Mapping, root: Path = Path(), groups: Mapping | None = None) -> dict:
    """What a questionnaire needs of a completed config and its files.

    groups: label by language of each group, where the waves are known; otherwise those that
    config or instrument name. `unread` holds what is wrong with the files.
    """
    scales, unread = tables.read_responses(root / full["responses"], full["responses"])
    constructs, found = tables.read_constructs(root / full["constructs"], full["constructs"])
    shown = full["instrument"]
    items, _, more = tables.read_instrument(root / shown, shown, constructs, scales)
    asked = full["questionnaire"]
    items = {n: i for n, i in (items or {}).items() if asked["optional"] or not i.optional}
    used = dict.fromkeys(i.scale for i in items.values() if scales and i.scale in scales)
    answers = {name: scales[name]["texts"] for name in used}
    who = full["respondents"]
    return {
        "unread": [*unread, *found, *more],
        "files": {"items": shown, "answers": full["responses"]},
        "title": texts(full["study"]["title"]),
        "languages": _languages(full["languages"], items),
        "instructions": texts(asked.get("instructions", {})),
        "order": asked["order"],
        "seed": full["seed"],
        "columns": {role: who[role] for role in ROLES},
        "groups": _groups(who, items, groups),
        "forms": _forms(asked["forms"], items),
        "items": {
            item.name: {
                "text": dict(item.text),
                "construct": item.construct,
                "scale": item.scale,
                "groups": list(item.groups),
                "forms": list(item.forms),
                "check": item.check,
            }
            for item in items.values()
        },
        "scales": {
            name: {code: dict(labels) for code, labels in sorted(scale.items())}
            for name, scale in answers.items()
        },
    }


def _languages(first, items: Mapping) -> list[str]:
    """Languages in which at least one item is worded, the report's languages first."""
    worded = dict.fromkeys(k for item in items.values() for k, text in item.text.items() if text)
    return [*(k for k in first if k in worded), *(k for k in worded if k not in first)]


def _groups(who: Mapping, items: Mapping, known: Mapping | None) -> dict[str, dict[str, str]]:
    if not who["group"]:
        return {}
    if known:
        return {name: dict(label) for name, label in known.items()}
    named = dict.fromkeys(name for item in items.values() for name in item.groups)
    return {name: texts(label) for name, label in (who["groups"] or {n: n for n in named}).items()}


def _forms(declared: list[str], items: Mapping) -> list[str]:
    named = list(dict.fromkeys(name for item in items.values() for name in item.forms))
    return declared or ([*named, OTHER_FORM] if named else [])


def documents(plan: Mapping) -> list[dict]:
    """The printed questionnaires: name, group, form (None: any), language, items in order.

    One a language and group, and a form where the forms differ for the group.
    """
    found: list[dict] = []
    for group in plan["groups"] or [None]:
        variants: dict[tuple[str, ...], str | None] = {}
        for form in plan["forms"] or [None]:
            variants.setdefault(tuple(asked(plan, group, form)), form)
        for items, form in variants.items():
            parts = [group or "all", *([form] if form and len(variants) > 1 else [])]
            stem = re.sub(r"[^\w.-]+", "_", "_".join(parts))
            taken = [d for d in found if d["stem"] == stem and d["language"] == "-"]
            stem += f"_{len(taken) + 1}" if taken else ""
            found += [
                {"name": f"{stem}_{language}.docx", "stem": stem, "group": group,
                 "form": form if len(variants) > 1 else None, "language": language,
                 "items": list(items)}
                for language in plan["languages"]
            ]  # fmt: skip
    return found


def asked(plan: Mapping, group: str | None, form: str | None) -> list[str]:
    """Items that a group is asked on a form."""
    return [
        name
        for name, item in plan["items"].items()
        if (not item["groups"] or group is None or group in item["groups"])
        and (not item["forms"] or form is None or form in item["forms"])
    ]


def problems(plan: Mapping) -> list[str]:
    """What keeps a questionnaire from being written, worded."""
    found = list(plan["unread"])
    if not plan["items"] and not found:
        found.append(describe(plan["files"]["items"], "no item to ask"))
    for name, item in plan["items"].items():
        found += _texts(f"{plan['files']['items']}, item {name}", item["text"], plan["languages"])
        found += [
            describe(f"{plan['files']['items']}, item {name}, column forms",
                     f"'{form}' is no form of the questionnaire", plan["forms"],
                     "list it in questionnaire.forms of config.yaml")
            for form in item["forms"] if form not in plan["forms"]
        ]  # fmt: skip
    for scale, codes in plan["scales"].items():
        for code, labels in codes.items():
            if any(labels.values()):  # a code without any label is shown as its number
                where = f"{plan['files']['answers']}, scale {scale}, code {code}"
                found += _texts(where, labels, plan["languages"])
    return found


def _texts(where: str, text: Mapping[str, str], languages: list[str]) -> list[str]:
    lacking = [language for language in languages if not text.get(language)]
    found = [
        describe(f"{where}, column {language}", "there is no text, though other rows have one",
                 hint=f"translate it, or empty the column {language} of every item")
        for language in lacking
    ]  # fmt: skip
    return found + [
        describe(f"{where}, column {k}", "the text holds a control character", hint="retype it")
        for k, value in text.items()
        if CONTROL.search(value)
    ]
