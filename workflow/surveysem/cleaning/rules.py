"""The cleaning rules in the order in which they exclude, and those about care in answering.

Sources: Meade and Craig (2012), Psychological Methods 17, 437-455; Huang et al. (2012),
Journal of Business and Psychology 27, 99-114; Greszki, Meyer and Schoen (2015), Public
Opinion Quarterly 79, 471-503; Curran (2016), Journal of Experimental Social Psychology 66, 4-19.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.cleaning import identity, patterns
from surveysem.cleaning.block import blocks
from surveysem.cleaning.findings import FINDING_COLUMNS, SILENT_COLUMNS, beyond, findings


@dataclass(frozen=True, slots=True)
class Judgement:
    """findings: FINDING_COLUMNS, in the order of the rules. silent: group, rule, reason, for
    rules that are on and that a group's answers do not allow."""

    findings: pd.DataFrame
    silent: pd.DataFrame


def incomplete(table: pd.DataFrame, items: Sequence[str], asked: pd.DataFrame, limit: float):
    """More than a share `limit` of the items asked without answer."""
    asked_count, answered = np.zeros(len(table), dtype=int), np.zeros(len(table), dtype=int)
    for name in items:
        was_asked = asked[name].to_numpy(dtype=bool)
        asked_count += was_asked
        answered += was_asked & table[name].notna().to_numpy()
    # one division of whole numbers: 1 - 7 / 10 is a little more than 0.3 to a computer
    share = np.where(asked_count, (asked_count - answered) / np.maximum(asked_count, 1), 1.0)
    wrong = share > limit
    shown = [f"{s:.2f}" for s in share[wrong]]
    threshold = f"share missing <= {limit:g}"
    return findings(table.index[wrong], "incomplete", "completeness", shown, threshold, "exclude")


def check_failed(table: pd.DataFrame, item: str, family: str, passes: Sequence[int]):
    """An attention check or self-report answered outside the codes that pass."""
    answer = table[item]
    index = table.index[answer.notna() & ~answer.isin(passes)]
    threshold = "answer in " + " ".join(map(str, passes))
    value = answer[index].map("{:g}".format)
    return findings(index, f"{family}_{item}", family, value, threshold, "flag")


def speed(
    table: pd.DataFrame,
    asked: pd.DataFrame,
    per_item: float | None,
    share: float | None,
    reference: np.ndarray | None = None,
):
    """Faster than `per_item` seconds an item, or than a `share` of the group's median.

    The time of an item is the whole duration over the items reached, so that who breaks off or
    has a shorter form does not look hasty. reference: n, whose times make the median; default
    is everyone's. None switches one of the two off.
    """
    seconds = table["duration"].to_numpy(dtype=float)
    reached = items_reached(table, asked).astype(float)
    pace = seconds / np.where(reached, reached, np.nan)
    out = [findings(table.index[:0], "speed_per_item", "speed", "", "", "flag")]
    if per_item is not None:
        threshold = f"seconds an item >= {per_item:g}"
        out.append(beyond(table.index, pace, pace < per_item, "speed_per_item", "speed", threshold))
    if share is not None:
        member = np.ones(len(table), dtype=bool) if reference is None else reference
        counted = pd.Series(np.where(member, pace, np.nan), table.index)
        median = counted.groupby(table["group"]).transform("median").to_numpy()
        ratio = seconds / np.where(reached, median * reached, np.nan)
        threshold = f"share of the group's median >= {share:g}"
        out.append(beyond(table.index, ratio, ratio < share, "speed_of_median", "speed", threshold))
    return pd.concat(out, ignore_index=True)


def items_reached(table: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
    """How many of the items asked each respondent came to: those up to the last one answered.

    asked: respondents x items, in the order of the questionnaire.
    """
    passed, reached = np.zeros(len(table), dtype=int), np.zeros(len(table), dtype=int)
    for name in asked:
        passed += asked[name].to_numpy(dtype=bool)
        reached = np.where(table[name].notna(), passed, reached)
    return reached


def apply_all(
    table: pd.DataFrame, asked: pd.DataFrame, items: Mapping[str, Mapping], settings: Mapping
) -> Judgement:
    """Findings of every rule that is switched on, in the order in which they exclude.

    asked: respondents x items, whether the item was asked. items: in the order of the
    questionnaire, with `check`, `passes`, `construct`, `reverse`, `low`, `high`, `groups`.
    settings: keys as under `cleaning` in config.yaml, and `grouped`; a number that is None
    switches its rule off. Without consent, answers are not looked at by any other rule; and
    others are compared with those alone whom no rule excludes alone.
    """
    found = []
    if settings["consent"]:
        found = [identity.allowed_answers(table, settings["consent"], "consent")]
        refused = table.index.isin(found[0]["index"])
        table, asked = table[~refused], asked[~refused]
    found += _alone(table, asked, items, settings)
    reference = ~table.index.isin(pd.concat([f["index"] for f in found] or [pd.Series()]))
    care, silent = _care(table, asked, items, settings, reference)
    every = pd.concat([*found, *care], ignore_index=True)
    return Judgement(every[FINDING_COLUMNS], pd.DataFrame(silent, columns=SILENT_COLUMNS))


def _alone(table, asked, items, settings) -> list[pd.DataFrame]:
    """Findings of eligibility, identity and completeness. Which twin stays depends on what
    else excludes it, so completeness is judged before identity and listed after it."""
    substance = [name for name, item in items.items() if not item["check"]]
    found = []
    if settings["eligible"]:
        found.append(identity.allowed_answers(table, settings["eligible"], "eligibility"))
    if settings["grouped"]:
        found.append(identity.no_group(table))
    last = []
    if settings["incomplete"] is not None:
        last.append(incomplete(table, substance, asked, settings["incomplete"]))
    settled = np.zeros(len(table), dtype=bool)
    for part in (*found, *last):
        settled |= table.index.isin(part["index"])

    def settle(part: pd.DataFrame) -> None:
        found.append(part)
        settled[table.index.get_indexer(part["index"])] = True

    if settings["duplicates"]:
        complete = settings["keep_duplicate"] == "complete"
        answered = sum(table[n].notna().to_numpy(dtype=int) for n in substance)
        settle(identity.duplicates(table, settled.copy(), answered if complete else None))
    if settings["same_person"]:
        settle(identity.same_person(table, settings["same_person"], settled.copy()))
    if settings["identical_answers"] is not None:
        least = settings["identical_answers"]
        settle(identity.identical_answers(table, list(items), least, settled.copy()))
    return [*found, *last]


def _care(table, asked, items, settings, reference) -> tuple[list[pd.DataFrame], list[tuple]]:
    """Findings of the rules about care, and (group, rule, reason) where one has to be silent."""
    found, silent = [], []
    for name, item in items.items():
        if item["check"] and settings[item["check"]]:
            found.append(check_failed(table, name, item["check"], item["passes"]))
    pace = settings["seconds_per_item"], settings["share_of_median"]
    found.append(speed(table, asked, *pace, reference))
    by_rule: dict[str, list[pd.DataFrame]] = {rule: [] for rule in PATTERNS}
    groups = sorted(g for g in table["group"].unique() if g)
    for block in blocks(table, items, groups, reference):
        for rule, (function, more) in PATTERNS.items():
            if settings[rule] is None:
                continue
            result = function(block, settings[rule], *(settings[key] for key in more))
            if isinstance(result, str):
                silent.append((block.group, rule, result))
            else:
                by_rule[rule].append(result)
    return [*found, *(part for parts in by_rule.values() for part in parts)], silent


# Rules on patterns by their key in config.yaml, each with the further keys that it takes.
PATTERNS = {
    "longstring": (patterns.longstring, ()),
    "irv_low": (patterns.low_irv, ()),
    "item_sd_high": (patterns.high_item_sd, ()),
    "even_odd": (patterns.even_odd, ("least_pairs",)),
    "synonyms": (patterns.synonyms, ("synonym_pairs", "least_pairs")),
    "antonyms": (patterns.antonyms, ("antonym_pairs", "least_pairs")),
    "reversed_pairs": (patterns.reversed_pairs, ("least_reversed",)),
    "person_total": (patterns.person_total, ("least_pairs",)),
    "mahalanobis": (patterns.mahalanobis, ()),
}
