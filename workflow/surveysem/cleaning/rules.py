"""The cleaning rules: each a pure function from answers to a flag, a value and a threshold.

Sources: Meade and Craig (2012), Psychological Methods 17, 437-455; Huang et al. (2012),
Journal of Business and Psychology 27, 99-114; Greszki, Meyer and Schoen (2015), Public
Opinion Quarterly 79, 471-503; Johnson (2005), Journal of Research in Personality 39,
103-129; Curran (2016), Journal of Experimental Social Psychology 66, 4-19.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.tables import values

FINDING_COLUMNS = ["index", "rule", "family", "value", "threshold", "action"]
# A family excludes alone when it is about eligibility or identity, not about care.
ALONE = ("eligibility", "identity", "completeness")


def findings(index: pd.Index, rule: str, family: str, value, threshold: str, action: str):
    """Findings of one rule as a frame, one row for each respondent concerned."""
    return pd.DataFrame(
        {
            "index": index,
            "rule": rule,
            "family": family,
            "value": [str(v) for v in np.broadcast_to(np.asarray(value, dtype=object), len(index))],
            "threshold": threshold,
            "action": action,
        },
        columns=FINDING_COLUMNS,
    )


def no_group(table: pd.DataFrame) -> pd.DataFrame:
    """Respondents whose stakeholder group is unknown."""
    index = table.index[table["group"] == ""]
    return findings(index, "no_group", "eligibility", "", "a group", "exclude")


def duplicates(table: pd.DataFrame) -> pd.DataFrame:
    """Later rows with a respondent that the wave has already; the first row stays."""
    index = table.index[table.duplicated("respondent", keep="first")]
    first = table.drop_duplicates("respondent").set_index("respondent")["row"]
    value = [f"same id as row {first[r]}" for r in table.loc[index, "respondent"]]
    return findings(index, "duplicate_id", "identity", value, "one row an id", "exclude")


def incomplete(table: pd.DataFrame, items: Sequence[str], asked: pd.DataFrame, limit: float):
    """More than a share `limit` of the items asked without answer."""
    asked_count = asked[list(items)].sum(axis=1)
    answered = (table[list(items)].notna() & asked[list(items)]).sum(axis=1)
    # one division of whole numbers: 1 - 7 / 10 is a little more than 0.3 to a computer
    share = (asked_count - answered) / asked_count.where(asked_count > 0)
    index = table.index[share.fillna(1.0) > limit]
    value = share.fillna(1.0)[index].map("{:.2f}".format)
    return findings(
        index, "incomplete", "completeness", value, f"share missing <= {limit:g}", "exclude"
    )


def check_failed(table: pd.DataFrame, item: str, family: str, passes: Sequence[int]):
    """An attention check or self-report answered outside the codes that pass."""
    answer = table[item]
    index = table.index[answer.notna() & ~answer.isin(passes)]
    threshold = "answer in " + " ".join(map(str, passes))
    value = answer[index].map("{:g}".format)
    return findings(index, f"{family}_{item}", family, value, threshold, "flag")


def speed(table: pd.DataFrame, asked: pd.DataFrame, per_item: float, share: float):
    """Faster than `per_item` seconds an item, or than a `share` of the group's median."""
    seconds = table["duration"]
    pace = seconds / asked.sum(axis=1)
    median = seconds.groupby(table["group"]).transform("median")
    out = []
    fast = table.index[pace < per_item]
    out.append(
        findings(
            fast,
            "speed_per_item",
            "speed",
            pace[fast].map("{:.2f}".format),
            f"seconds an item >= {per_item:g}",
            "flag",
        )
    )
    ratio = seconds / median
    fast = table.index[ratio < share]
    out.append(
        findings(
            fast,
            "speed_of_median",
            "speed",
            ratio[fast].map("{:.2f}".format),
            f"share of the group's median >= {share:g}",
            "flag",
        )
    )
    return pd.concat(out, ignore_index=True)


def longest_runs(answers: np.ndarray) -> np.ndarray:
    """Length of the longest run of one identical answer in each row; missing ones are skipped.

    answers: respondents x items in the order of the questionnaire, before reverse-keyed
    items are turned. (careless::longstring with missing answers left out.)
    """
    longest = np.zeros(len(answers), dtype=int)
    run = np.zeros(len(answers), dtype=int)
    last = np.full(len(answers), np.nan)
    for column in answers.T:
        seen = ~np.isnan(column)
        run = np.where(seen, np.where(column == last, run + 1, 1), run)
        last = np.where(seen, column, last)
        longest = np.maximum(longest, run)
    return longest


def longstring(table: pd.DataFrame, items: Sequence[str], limit: float) -> pd.DataFrame:
    """One identical answer over at least a share `limit` of the items answered."""
    answers = values(table, items)
    count = (~np.isnan(answers)).sum(axis=1)
    run = longest_runs(answers)
    share = run / np.maximum(count, 1)
    index = table.index[(run > 1) & (share >= limit)]  # one answer alone is no run
    value = [f"{run[k]} of {count[k]}" for k in table.index.get_indexer(index)]
    threshold = f"run < {limit:g} of the items answered"
    return findings(index, "longstring", "invariability", value, threshold, "flag")


def apply_all(
    table: pd.DataFrame, asked: pd.DataFrame, items: Mapping[str, Mapping], settings: Mapping
) -> pd.DataFrame:
    """Findings of every rule that is switched on, in the order in which they exclude.

    asked: respondents x items, whether the item was asked. items: in the order of the
    questionnaire, with `check` and `passes`. Indicators of care need two items at least.
    """
    substance = [name for name, item in items.items() if not item["check"]]
    found = [no_group(table)] if settings["grouped"] else []
    if settings["duplicates"]:
        found.append(duplicates(table))
    found.append(incomplete(table, substance, asked, settings["incomplete"]))
    for name, item in items.items():
        if item["check"] and settings[item["check"]]:
            found.append(check_failed(table, name, item["check"], item["passes"]))
    found.append(speed(table, asked, settings["seconds_per_item"], settings["share_of_median"]))
    found.append(longstring(table, substance, settings["longstring"]))
    return pd.concat(found, ignore_index=True)
