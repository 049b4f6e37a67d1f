"""From effects to verdicts: the rules of docs/methods.md, in their order, two-sided."""

import numpy as np
import pandas as pd

from surveysem.adjust import holm

NOT_TESTABLE, NEGLIGIBLE, SUPPORTED, OPPOSITE, UNDECIDED = (
    "not testable", "negligible", "supported", "opposite", "undecided",
)  # fmt: skip
COLUMNS = ["hypothesis", "tier", "kind", "model", "group", "wave", "headline", "n", "estimator",
           "est", "se", "std", "std_se", "ci_lower", "ci_upper", "ci_method", "p", "p_adj",
           "family", "sesoi", "verdict", "reason", "cautions"]  # fmt: skip


def decide(
    std: float, ci: tuple[float, float], p_adj: float, q_adj: float, sign: str, alpha: float
) -> tuple[str, str]:
    """Verdict and reason of one testable row.

    p_adj: adjusted p against zero; q_adj: adjusted p of equivalence (nan without a
    smallest effect of interest).
    """
    if q_adj < alpha:
        return NEGLIGIBLE, ""
    if p_adj < alpha:
        if sign == "0":
            return SUPPORTED, "direction: positive" if std > 0 else "direction: negative"
        return (SUPPORTED if (std > 0) == (sign == "+") else OPPOSITE), ""
    if ci[0] > 0 or ci[1] < 0:
        return UNDECIDED, "unadjusted_only"
    return UNDECIDED, ""


def judge(rows: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Fill p_adj, family, verdict and reason of all rows.

    rows: COLUMNS plus `sign`, `p_equivalence` and `claim`, a text that is the same for
    rows that claim the same effect: within a family such rows count once.
    """
    rows = rows.copy()
    rows["family"] = rows["tier"] + ":" + rows["model"] + ":" + rows["group"] + ":" + rows["wave"]
    adjusted = pd.DataFrame(np.nan, index=rows.index, columns=["p", "p_equivalence"])
    for _, family in rows[rows["reason"] == ""].groupby("family", sort=False):
        distinct = family.drop_duplicates("claim")
        for column in adjusted:
            by_claim = dict(zip(distinct["claim"], holm(distinct[column]), strict=True))
            adjusted.loc[family.index, column] = family["claim"].map(by_claim).to_numpy()
    rows["p_adj"] = adjusted["p"]
    verdicts, reasons = [], []
    for index, row in rows.iterrows():
        if row["reason"]:
            verdicts.append(NOT_TESTABLE)
            reasons.append(row["reason"])
            continue
        interval = (row["ci_lower"], row["ci_upper"])
        verdict, reason = decide(row["std"], interval, *adjusted.loc[index], row["sign"], alpha)
        verdicts.append(verdict)
        reasons.append(reason)
    rows["verdict"], rows["reason"] = verdicts, reasons
    return rows
