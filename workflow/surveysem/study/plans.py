"""What each job of the workflow is told: plain values, just those that it uses.

Snakemake reruns a job when a value it is told changes, so a plan holds nothing that the
job does not use: rewording an item, say, reaches the report and no fit.
"""

import re
from collections.abc import Mapping

from surveysem.study import respondents
from surveysem.study.config import complete
from surveysem.study.objects import EVERYONE, Hypothesis, Model, Study, Wave, texts
from surveysem.study.scaleplans import categories


def intake(study: Study, wave: Wave) -> dict:
    """How to read one wave's files."""
    settings = study.config["intake"]
    items = {**study.items, **wave.changed}
    return {
        "wave": wave.name,
        "sources": [
            {
                "file": source.file,
                "options": dict(source.options),
                "columns": {name: list(columns) for name, columns in source.columns.items()},
                "how": dict(source.how),
                "fixed": dict(source.fixed),
                "only": len(wave.sources) == 1,
            }
            for source in wave.sources
        ],
        "items": {
            item.name: {
                "codes": list(item.codes),
                "labels": dict(item.labels),
                "groups": list(item.groups),
                "forms": list(item.forms),
            }
            for item in items.values()
        },
        "extra": list(study.config["respondents"]["extra"]),
        "hashed": list(study.config["cleaning"]["same_person"]),
        "absent": list(wave.without),
        "reworded": list(wave.reworded),
        "changed": list(wave.changed),
        "grouped": study.grouped,
        "groups": dict(wave.named),
        "on_invalid": settings["on_invalid"],
        "missing": list(settings["missing_codes"]),
        "key": dict(study.pseudonyms),
    }


def cleaning(study: Study, wave: Wave) -> dict:
    """Which rules clean one wave, and which items they need."""
    settings = dict(study.config["cleaning"])
    del settings["compare"]  # what is done with the clean tables later changes none of them
    settings["grouped"] = study.grouped
    return {
        "wave": wave.name,
        "items": {
            item.name: {
                "construct": item.construct,
                "check": item.check,
                "passes": list(item.passes),
                "reverse": item.reverse,
                "low": item.codes[0],
                "high": item.codes[-1],
                "groups": list(item.groups),
                "forms": list(item.forms),
            }
            for item in study.items_of(wave).values()
        },
        "settings": settings,
        "overrides": overrides(study, wave),
    }


def overrides(study: Study, wave: Wave) -> list[dict]:
    """A wave's overrides; their ids are hashed already, since plans stand in Snakemake's records."""
    return [
        {
            "line": o.line,
            "respondent": o.respondent,
            "row": o.row,
            "decision": o.decision,
            "reason": o.reason,
        }
        for o in study.overrides
        if o.wave == wave.name
    ]


def factors(study: Study, model: Model, wave: Wave) -> dict[str, list[str]]:
    """Constructs of a model in one wave with the items that all its groups were asked."""
    wanted = _constructs_in_hypotheses(study, model)
    found = {c: study.scale_items(c, model.groups, wave) for c in study.constructs if c in wanted}
    return {c: [item.name for item in items] for c, items in found.items() if items}


def _claimed(h: Hypothesis, model: Model) -> bool:
    return not h.groups or model.groups == (EVERYONE,) or set(model.groups) <= set(h.groups)


def _names(h: Hypothesis) -> list[str]:
    return [name.partition(":")[0] for name in (*h.causes, *h.via, *h.outcomes)]


def _constructs_in_hypotheses(study: Study, model: Model) -> set[str]:
    if model.syntax:
        words = set(re.findall(r"[^\W\d][\w.]*", model.syntax))
        return {c for c in study.constructs if c in words}
    if not study.hypotheses:
        return set(study.constructs)  # scales come before hypotheses
    return {
        name
        for h in study.hypotheses.values()
        if _claimed(h, model) and h.kind in ("path", "indirect", "total")
        for name in _names(h)
    }


def measurement(study: Study, model: Model, wave: Wave) -> dict:
    """The measurement model of one model in one wave."""
    measured = factors(study, model, wave)
    items = [item for own in measured.values() for item in own]
    return {
        "model": model.name,
        "wave": wave.name,
        "groups": list(model.groups),
        "estimator": model.estimator,
        "factors": measured,
        "categories": categories(study, items, [wave]),
    }


def dimensionality(study: Study, model: Model, wave: Wave) -> dict:
    """The items of one model in one wave: which dimensions do they have, which scales overlap?"""
    return {
        **robustness(model, wave),
        "factors": factors(study, model, wave),
        "draws": study.config["resampling"]["draws"],
        "seed": study.config["seed"],
    }


def common_method(study: Study, model: Model, wave: Wave) -> dict:
    """The constructs of one model in one wave, apart from the markers among them."""
    controls = method_controls(study, model, wave)
    substantive = {
        construct: items
        for construct, items in factors(study, model, wave).items()
        if construct not in controls["markers"]
    }
    return {**controls, "factors": substantive}


def structure(study: Study, model: Model, wave: Wave) -> dict:
    """One model with its hypotheses in one wave."""
    who, measured = study.config["respondents"], factors(study, model, wave)
    cautions = []
    if who["cluster"]:
        cautions.append("clusters_ignored")
    if respondents.weighted(study):
        cautions.append("weights_ignored")
    return {
        "model": model.name,
        "wave": wave.name,
        "groups": list(model.groups),
        "factors": measured,
        "hypotheses": [
            {
                "id": h.id,
                "tier": h.tier,
                "kind": h.kind,
                "from": ";".join(h.causes),
                "via": list(h.via),
                "to": ";".join(h.outcomes),
                "sign": h.sign,
                "sesoi": h.sesoi,
                "reason": _untestable(study, h, model, wave, measured),
            }
            for h in study.hypotheses.values()
        ],
        "syntax": model.syntax,
        "cautions": cautions,
        "draws": study.config["verdicts"]["draws"],
        "seed": study.config["seed"],
    }


def _untestable(study: Study, h: Hypothesis, model: Model, wave: Wave, measured: Mapping) -> str:
    """Why a model in a wave cannot test a hypothesis by design; '' where it can."""
    if not _claimed(h, model):
        silent = [g for g in model.groups if g not in h.groups]
        return f"not_claimed: {', '.join(silent)}"
    absent = [name for name in dict.fromkeys(_names(h)) if name not in measured]
    unasked = [n for n in absent if not study.scale_items(n, model.groups, wave)]
    if unasked:
        return f"not_asked: {', '.join(unasked)}"
    # the user's own model leaves them out
    return f"not_in_model: {', '.join(absent)}" if absent and model.syntax else ""


def robustness(model: Model, wave: Wave) -> dict:
    """Which fits of one model in one wave the second engine repeats."""
    return {"model": model.name, "wave": wave.name, "groups": list(model.groups)}


def method_controls(study: Study, model: Model, wave: Wave) -> dict:
    """Markers that the groups of one model were asked in one wave, and the items that were turned."""
    markers = {
        c.code: [item.name for item in study.scale_items(c.code, model.groups, wave)]
        for c in study.constructs.values()
        if c.role == "marker"
    }
    return {
        **robustness(model, wave),
        "markers": {code: items for code, items in markers.items() if items},
        "reverse": [item.name for item in study.items.values() if item.reverse],
    }


def verdicts(study: Study) -> dict:
    """How waves and models are pooled into verdicts."""
    return {
        "waves": list(study.waves),
        "panel": study.config["respondents"]["panel"],
        "alpha": study.config["verdicts"]["alpha"],
        "first_group": {
            name: model.groups[0] if len(model.groups) == 1 else EVERYONE
            for name, model in study.models.items()
        },
    }


def report(study: Study) -> dict:
    """Names and words for the report."""
    config = study.config
    return {
        "title": texts(config["study"]["title"]),
        "synthetic": config["study"]["synthetic"],
        "languages": list(study.languages),
        "groups": {name: dict(label) for name, label in study.groups.items()},
        "waves": {
            w.name: {
                "label": dict(w.label),
                "file": w.file,
                "scales": {item.name: item.scale for item in w.changed.values()},
            }
            for w in study.waves.values()
        },
        "answers": {
            name: {str(code): dict(labels) for code, labels in sorted(scale.items())}
            for name, scale in study.answers.items()
        },
        "pseudonyms": "published" if "published" in study.pseudonyms else "own",
        "models": {
            m.name: {"groups": list(m.groups), "estimator": m.estimator}
            for m in study.models.values()
        },
        "constructs": {
            c.code: {"name": dict(c.name), "role": c.role} for c in study.constructs.values()
        },
        "items": {
            i.name: {
                "text": dict(i.text),
                "reverse": i.reverse,
                "construct": i.construct,
                "scale": i.scale,
                "line": i.line,
            }
            for i in study.items.values()
        },
        "hypotheses": {
            h.id: {
                "tier": h.tier,
                "kind": h.kind,
                "from": list(h.causes),
                "via": list(h.via),
                "to": list(h.outcomes),
                "sign": h.sign,
                "contrast": h.contrast,
                "clause": h.clause,
            }
            for h in study.hypotheses.values()
        },
        "instrument": config["instrument"],
        "cleaning": dict(config["cleaning"]),
        "cleaning_defaults": complete({})["cleaning"],
        "panel": config["respondents"]["panel"],
        "sample": {key: config["sample"][key] for key in ("complete", "partial")},
        "e": sorted({e["e"] for e in config["sample"]["dispositions"] if "e" in e}),
        "trimming": [config["weights"][key] for key in ("trim_lower", "trim_upper")],
        "minimum_cell": config["privacy"]["minimum_cell"],
        "alpha": config["verdicts"]["alpha"],
        "seed": config["seed"],
    }
