"""What jobs about scales by themselves need to know of a study: reliability, alike everywhere?"""

from collections.abc import Iterable

from surveysem.study import respondents
from surveysem.study.objects import Study, Wave


def reliability(study: Study, wave: Wave) -> dict:
    """Scales to assess in one wave."""
    scales, asked = respondents.scales(study, wave), study.items_of(wave)
    names = dict.fromkeys(name for entry in scales for name in entry["items"])
    return {
        "wave": wave.name,
        "scales": scales,
        "categories": {name: len(asked[name].codes) for name in names},
        "facets": _facets(study, names),
        "draws": study.config["resampling"]["draws"],
        "seed": study.config["seed"],
    }


def _facets(study: Study, names: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Items of each facet that the constructs file declares, by construct."""
    items = [study.items[name] for name in names]
    return {
        c.code: {
            f: [i.name for i in items if i.construct == c.code and i.facet == f] for f in c.facets
        }
        for c in study.constructs.values()
        if c.facets
    }


def reliability_change(study: Study, wave: Wave) -> dict:
    """Scales to compare between one wave and the next: the items that both asked alike."""
    waves = list(study.waves.values())
    following = waves[waves.index(wave) + 1]
    here, there = study.items_of(wave), study.items_of(following)
    alike = {name for name in here if name in there and here[name].codes == there[name].codes}
    later = {(e["scale"], e["group"]): e for e in respondents.scales(study, following)}
    scales = []
    for entry in respondents.scales(study, wave):
        other = later.get((entry["scale"], entry["group"]), {"items": [], "groups": []})
        items = [name for name in entry["items"] if name in alike and name in other["items"]]
        if items and entry["groups"] == other["groups"]:
            scales.append(entry | {"items": items})
    return {
        "wave": wave.name,
        "following": following.name,
        "scales": scales,
        "panel": study.config["respondents"]["panel"],
        "draws": study.config["resampling"]["draws"],
        "seed": study.config["seed"],
    }


def categories(study: Study, names: Iterable[str], waves: Iterable[Wave]) -> dict[str, int]:
    """Numbers of the items' answers, the fewest of several waves."""
    return {
        name: min(len(wave.changed.get(name, study.items[name]).codes) for wave in waves)
        for name in names
    }


def scales_over_groups(study: Study, wave: Wave) -> dict:
    """Scales compared over groups, languages and chosen columns in one wave."""
    every = respondents.scales(study, wave)
    asked: dict[str, dict] = {}
    for entry in every:  # the one of all groups together comes first
        asked.setdefault(entry["scale"], entry)
    return {
        "wave": wave.name,
        "scales": [
            {key: e[key] for key in ("scale", "groups", "items")}
            | {"categories": categories(study, e["items"], [wave])}
            for e in asked.values()
        ],
        "estimator": study.config["measurement"]["estimator"],
        "by": [*(["group"] if study.grouped else []), *study.config["measurement"]["compare"]],
    }


def rivals(study: Study, wave: Wave) -> dict:
    """Scales whose facets are compared with models without them, in one wave."""
    entries = respondents.scales(study, wave)
    facets = _facets(study, dict.fromkeys(name for e in entries for name in e["items"]))
    found: dict[str, dict] = {}
    for e in entries:
        if not facets.get(e["scale"]):
            continue
        one = found.setdefault(
            e["scale"],
            {"scale": e["scale"], "groups": [], "facets": facets[e["scale"]], "categories": {},
             "samples": []},
        )  # fmt: skip
        one["groups"] += [g for g in e["groups"] if g not in one["groups"]]
        one["categories"] |= categories(study, e["items"], [wave])
        one["samples"].append({key: e[key] for key in ("group", "groups", "items")})
    return {
        "wave": wave.name,
        "scales": list(found.values()),
        "estimator": study.config["measurement"]["estimator"],
    }


def scales_over_waves(study: Study) -> dict:
    """Scales compared over the waves, within each group."""
    waves, entries = study.waves.values(), []
    for construct in study.constructs:
        for group in study.groups:
            asked = {
                w.name: [i.name for i in study.scale_items(construct, [group], w)] for w in waves
            }
            items = list(dict.fromkeys(item for own in asked.values() for item in own))
            if items:
                entries.append(
                    {
                        "scale": construct,
                        "group": group,
                        "items": items,
                        "categories": categories(study, items, list(waves)),
                        "waves": asked,
                    }
                )
    changed = {w.name: [*w.reworded, *w.changed] for w in waves if w.reworded or w.changed}
    return {
        "scales": entries,
        "estimator": study.config["measurement"]["estimator"],
        "panel": study.config["respondents"]["panel"],
        "changed": changed,
    }
