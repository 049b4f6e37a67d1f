"""Which rules there are: name, key in config.yaml, family, source; and what each of them found.

The config schema names the same sources beside the defaults (a test compares the two).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from surveysem.cleaning.findings import ALONE, OVERRIDE

RULE_COLUMNS = ["wave", "group", "rule", "family", "key", "setting", "source", "threshold_source",
                "action", "fired", "note"]  # fmt: skip
CONVENTION = "convention"  # a threshold of this product; no source states it


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by the name that the log gives it. key: under `cleaning` in config.yaml; '' for a
    rule without a setting. source: where the index comes from. threshold: who states the default
    threshold (CONVENTION where nobody does, '' where there is none)."""

    name: str
    key: str
    family: str
    source: str = ""
    threshold: str = ""


CATALOGUE = (
    Rule("consent", "consent", "eligibility"),
    Rule("eligibility", "eligible", "eligibility", "Appelbaum et al. 2018"),
    Rule("no_group", "", "eligibility"),
    Rule("duplicate_id", "duplicates", "identity"),
    Rule("same_person", "same_person", "identity"),
    Rule("identical_answers", "identical_answers", "identity", "Kuriakose and Robbins 2016",
         CONVENTION),
    Rule("incomplete", "incomplete", "completeness", "AAPOR 2023", CONVENTION),
    Rule("attention", "attention", "attention", "Meade and Craig 2012"),
    Rule("self_report", "self_report", "self_report", "Meade and Craig 2012"),
    Rule("speed_per_item", "seconds_per_item", "speed", "Huang et al. 2012", "Huang et al. 2012"),
    Rule("speed_of_median", "share_of_median", "speed", "Greszki et al. 2015", CONVENTION),
    Rule("longstring", "longstring", "invariability", "Johnson 2005", "Curran 2016"),
    Rule("irv_low", "irv_low", "invariability", "Dunn et al. 2018", CONVENTION),
    Rule("item_sd_high", "item_sd_high", "inconsistency", "Marjanovic et al. 2015", CONVENTION),
    Rule("even_odd", "even_odd", "inconsistency", "Johnson 2005; Meade and Craig 2012",
         "Johnson 2005"),
    Rule("synonyms", "synonyms", "inconsistency", "Meade and Craig 2012", CONVENTION),
    Rule("antonyms", "antonyms", "inconsistency", "Johnson 2005", "Johnson 2005"),
    Rule("reversed_pairs", "reversed_pairs", "inconsistency", "Swain et al. 2008", CONVENTION),
    Rule("person_total", "person_total", "outlier", "Curran 2016", CONVENTION),
    Rule("mahalanobis", "mahalanobis", "outlier", "Meade and Craig 2012", CONVENTION),
    Rule(OVERRIDE, "overrides", OVERRIDE),
)  # fmt: skip


def active(settings: Mapping, items: Mapping[str, Mapping]) -> list[Rule]:
    """The rules that are on, in their order; one for each attention check or self-report."""
    rules = []
    for rule in CATALOGUE:
        checks = [name for name, item in items.items() if item["check"] == rule.key]
        if rule.name == "no_group":
            rules += [rule] if settings["grouped"] else []
        elif rule.key in ("attention", "self_report"):
            rules += [replace(rule, name=f"{rule.name}_{c}") for c in checks if settings[rule.key]]
        elif not _off(settings[rule.key]):
            rules.append(rule)
    return rules


def _off(setting) -> bool:
    """Whether a setting switches its rule off; 0 is a threshold like others."""
    return setting is None or setting is False or setting in ({}, [])


def _shown(rule: Rule, settings: Mapping) -> str:
    """A rule's setting in a cell: numbers as typed, columns by name."""
    setting = settings[rule.key] if rule.key else True
    if rule.name == OVERRIDE or isinstance(setting, bool):
        return "on"
    if isinstance(setting, Mapping):
        return "; ".join(f"{c}: {', '.join(map(str, a))}" for c, a in setting.items())
    return ", ".join(setting) if isinstance(setting, list) else str(setting)


def what_fired(
    found: pd.DataFrame,
    silent: pd.DataFrame,
    groups: Sequence[str],
    settings: Mapping,
    items: Mapping[str, Mapping],
    wave: str,
) -> pd.DataFrame:
    """RULE_COLUMNS, one row for each group and rule that is on.

    found: findings with the respondent's `group`. fired: respondents. note: why the group's
    answers did not allow the rule, '' where they did.
    """
    counts = found.drop_duplicates(["index", "rule"]).groupby(["group", "rule"]).size().to_dict()
    why = {(s.group, s.rule): s.reason for s in silent.itertuples()}
    rows = []
    for group in groups:
        for rule in active(settings, items):
            action = "exclude" if rule.family in ALONE else "flag"
            rows.append(
                (
                    wave,
                    group,
                    rule.name,
                    rule.family,
                    rule.key,
                    _shown(rule, settings),
                    rule.source,
                    rule.threshold,
                    "keep or drop" if rule.name == OVERRIDE else action,
                    counts.get((group, rule.name), 0),
                    why.get((group, rule.name), ""),
                )
            )
    return pd.DataFrame(rows, columns=RULE_COLUMNS)
