"""What a rule hands back, and which families of rules there are."""

import numpy as np
import pandas as pd

FINDING_COLUMNS = ["index", "rule", "family", "value", "threshold", "action", "reason"]
SILENT_COLUMNS = ["group", "rule", "reason"]
# Rules about eligibility, identity or completeness exclude alone; they say nothing of care.
ALONE = ("eligibility", "identity", "completeness")
# Independent families of signs of care, of which several exclude together.
CARE = ("attention", "self_report", "speed", "invariability", "inconsistency", "outlier")
# A straight line contradicts itself wherever an item is reversed, so that longstring, IRV and
# even-odd consistency share a cause: of such a pair of families, only the second counts.
SAME_CAUSE = (("inconsistency", "invariability"),)
OVERRIDE = "override"  # rule and family of a researcher's decision about one respondent


def findings(
    index: pd.Index, rule: str, family: str, value, threshold: str, action: str, reason=""
) -> pd.DataFrame:
    """Findings of one rule as a frame, one row for each respondent concerned."""
    return pd.DataFrame(
        {
            "index": index,
            "rule": rule,
            "family": family,
            "value": [str(v) for v in np.broadcast_to(np.asarray(value, dtype=object), len(index))],
            "threshold": threshold,
            "action": action,
            "reason": reason,
        },
        columns=FINDING_COLUMNS,
    )


def beyond(index: pd.Index, values: np.ndarray, wrong: np.ndarray, rule: str, family: str,
           threshold: str, form: str = "{:.2f}") -> pd.DataFrame:  # fmt: skip
    """Findings of an index: flags where `wrong`, with the value written as `form` says.

    index, values, wrong: one entry a respondent.
    """
    shown = [form.format(v) for v in values[wrong]]
    return findings(index[wrong], rule, family, shown, threshold, "flag")


def families_of_care(found: pd.DataFrame, index: pd.Index) -> np.ndarray:
    """How many independent families of signs each respondent of `index` has."""
    position = index.get_indexer(found["index"])
    has = {family: np.zeros(len(index), dtype=bool) for family in CARE}
    for family in CARE:
        has[family][position[(found["family"] == family).to_numpy()]] = True
    count = np.sum(list(has.values()), axis=0)
    for one, other in SAME_CAUSE:
        count -= has[one] & has[other]
    return count


def rules_fired(found: pd.DataFrame, index: pd.Index) -> np.ndarray:
    """All rules that fired for each respondent, joined by semicolons in the order of `found`."""
    labels, state = [""], np.zeros(len(index), dtype=int)
    position = index.get_indexer(found["index"])
    rule = found["rule"].to_numpy()
    for name in dict.fromkeys(rule):
        hit = np.unique(position[rule == name])
        before, inverse = np.unique(state[hit], return_inverse=True)
        state[hit] = len(labels) + inverse
        labels += [f"{labels[k]};{name}" if labels[k] else name for k in before]
    return np.array(labels, dtype=object)[state]
