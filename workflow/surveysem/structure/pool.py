"""All waves and models together: verdicts, headline rows, claims about change."""

from collections.abc import Mapping, Sequence

import pandas as pd

from surveysem.structure.verdicts import COLUMNS, judge


def pool(
    parts: Sequence[pd.DataFrame],
    *,
    waves: Sequence[str],
    panel: bool,
    first_group: Mapping[str, str],
    alpha: float,
) -> pd.DataFrame:
    """Table hypotheses.csv.

    parts: one a model and wave. first_group: for each model the group of its headline
    rows (all groups together, or its only one). Families lie within a model, group and
    wave, so a further wave changes no old verdict.
    """
    rows = pd.concat(parts, ignore_index=True)
    reasons = [_change(row, len(waves), panel) for row in rows.to_dict("records")]
    rows["reason"] = pd.Series(reasons, index=rows.index, dtype=object)  # also where there is none
    rows["headline"] = (
        (rows["wave"] == waves[-1])
        & (rows["group"] == rows["model"].map(first_group))
        & ~rows["reason"].str.startswith("not_claimed")
    ).astype(int)
    return judge(rows, alpha)[COLUMNS]


def _change(row: Mapping, waves: int, panel: bool) -> str:
    """Reason of a claim about change that this design cannot test; else the row's own."""
    if row["kind"] != "within" or row["reason"].startswith("not_claimed"):
        return row["reason"]
    if not panel:
        return "design_panel"
    if waves < 3:
        return f"design_waves: {waves}"
    return row["reason"]
