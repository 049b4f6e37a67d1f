"""What jobs are told of who was asked what, who answered, and for whom they stand.

Plain values like those of `surveysem.study.plans`, for the stages that describe respondents.
"""

from itertools import combinations

from surveysem.study import sampling
from surveysem.study.objects import EVERYONE, Item, Study, Wave


def substance(study: Study, wave: Wave) -> list[Item]:
    """Items of a wave that are no checks of attention."""
    return [i for i in study.items_of(wave).values() if not i.check]


def scales(study: Study, wave: Wave) -> list[dict]:
    """One entry a construct and group that was asked it; and one for all groups together,
    with the items that all of those were asked."""
    entries = []
    for construct in study.constructs:
        by_group = {}
        for group in study.groups:
            items = study.scale_items(construct, [group], wave)
            if items:
                by_group[group] = [item.name for item in items]
        if len(by_group) > 1:
            common = study.scale_items(construct, list(by_group), wave)
            if common:
                entries.append(
                    _scale(construct, EVERYONE, list(by_group), [i.name for i in common])
                )
        entries += [_scale(construct, g, [g], names) for g, names in by_group.items()]
    return entries


def _scale(construct: str, group: str, groups: list[str], items: list[str]) -> dict:
    return {"scale": construct, "group": group, "groups": groups, "items": items}


def _asked(study: Study, wave: Wave) -> dict:
    return {
        item.name: {
            "construct": item.construct,
            "groups": list(item.groups),
            "forms": list(item.forms),
        }
        for item in substance(study, wave)
    }


def description(study: Study, wave: Wave) -> dict:
    """Items, scales and groups to describe in one wave; whom it asked, and what counts as
    having taken part."""
    settings, asked = study.config["sample"], _asked(study, wave)
    for item in substance(study, wave):
        asked[item.name] |= {"codes": list(item.codes), "reverse": item.reverse}
    return {
        "wave": wave.name,
        "groups": list(study.groups),
        "items": asked,
        "scales": scales(study, wave),
        "takes_part": {"complete": settings["complete"], "partial": settings["partial"]},
        "asked": {
            "invited": sampling.invited(study.config, wave.name, list(study.groups)),
            "dispositions": sampling.dispositions(study.config, wave.name),
        },
    }


def relations(study: Study, wave: Wave) -> dict:
    """Items, scales and pairs of groups to relate in one wave; whether respondents name their
    cluster and their project."""
    who, items = study.config["respondents"], _asked(study, wave)
    for item in substance(study, wave):
        items[item.name] |= {"codes": list(item.codes)}
    return {
        "wave": wave.name,
        "groups": list(study.groups),
        "items": items,
        "scales": scales(study, wave),
        "pairs": _pairs(study, wave),
        "cluster": bool(who["cluster"]),
        "project": bool(who["project"]),
    }


def _pairs(study: Study, wave: Wave) -> list[dict]:
    """One entry a construct and two groups with the items that both were asked."""
    found = []
    for construct in study.constructs:
        for first, second in combinations(study.groups, 2):
            items = study.scale_items(construct, [first, second], wave)
            if items:
                found.append(
                    {"scale": construct, "first": first, "second": second,
                     "items": [item.name for item in items]}
                )  # fmt: skip
    return found


def changes(study: Study) -> dict:
    """Scales to compare between waves: the items that both waves asked with the same answers.

    reworded: those of them that some wave after the first of the two asked in other words.
    """
    found = []
    for first, second in combinations(study.waves.values(), 2):
        alike = _alike(study, first, second)
        changed = _reworded(study, first, second)
        for one in scales(study, first):
            both = set(alike) & {
                item.name for item in study.scale_items(one["scale"], one["groups"], second)
            }
            items = [name for name in one["items"] if name in both]
            if items:
                found.append(
                    {**one, "first": first.name, "second": second.name, "items": items,
                     "reworded": [name for name in items if name in changed]}
                )  # fmt: skip
    return {
        "waves": list(study.waves),
        "panel": study.config["respondents"]["panel"],
        "scales": found,
    }


def _alike(study: Study, first: Wave, second: Wave) -> list[str]:
    """Items that two waves asked with the same codes."""
    one, two = study.items_of(first), study.items_of(second)
    return [name for name in one if name in two and one[name].codes == two[name].codes]


def _reworded(study: Study, first: Wave, second: Wave) -> set[str]:
    order = list(study.waves)
    later = order[order.index(first.name) + 1 : order.index(second.name) + 1]
    return {name for wave in later for name in study.waves[wave].reworded}


def attrition(study: Study, wave: Wave) -> dict:
    """Scales that may go with not taking part in the wave after this one."""
    waves = list(study.waves)
    return {
        "wave": wave.name,
        "following": waves[waves.index(wave.name) + 1],
        "groups": list(study.groups),
        "items": _asked(study, wave),
        "scales": scales(study, wave),
    }


def weighted(study: Study) -> bool:
    """Whether there are weights: the user's column, or margins to rake to."""
    return bool(study.config["respondents"]["weight"] or study.margins)


def weights(study: Study, wave: Wave) -> dict:
    """Which weights one wave gets."""
    settings = study.config["weights"]
    rows = [m for m in study.margins if m.wave in ("", wave.name)]
    return {
        "wave": wave.name,
        "groups": list(study.groups),
        "own": bool(study.config["respondents"]["weight"]),
        "columns": {m.variable: sampling.column_of(study.config, m.variable) for m in rows},
        "margins": [
            {"variable": m.variable, "level": m.level, "kind": m.kind, "value": m.value,
             "group": m.group}
            for m in rows
        ],
        "file": settings["margins"] or "",
        "lower": settings["trim_lower"],
        "upper": settings["trim_upper"],
    }  # fmt: skip
