"""One wave cleaned: exactly one fate for each raw row, and counts that add up."""

from collections.abc import Mapping, Sequence

import pandas as pd

from surveysem.asked import asked_table
from surveysem.cleaning.rules import ALONE, apply_all

ANALYSED, EXCLUDED = "analysed", "excluded"
CARELESS = "careless"  # the rule that two or more families of flags make together
FLOW_ORDER = ("no_group", "duplicate_id", "incomplete", CARELESS)


def clean_wave(
    table: pd.DataFrame, *, wave: str, items: Mapping[str, Mapping], settings: Mapping
) -> dict[str, pd.DataFrame]:
    """Clean table, fates, decisions and flow of one wave.

    items: for each its check, passes, reverse, low, high, groups, forms. The clean table
    has the analysed rows, reverse-keyed items turned so that high means much.
    """
    found = apply_all(table, asked_table(table, items), items, settings)
    fates = _fates(table, found, settings["exclude_when"])
    decisions = pd.concat(
        [
            table.loc[found["index"], ["row", "respondent", "group"]].reset_index(drop=True),
            found.drop(columns="index"),
        ],
        axis=1,
    )
    for frame in (fates, decisions):
        frame.insert(0, "wave", wave)
    clean = table[(fates["fate"] == ANALYSED).to_numpy()].reset_index(drop=True)
    return {
        "clean": reverse(clean, items),
        "fates": fates,
        "decisions": decisions,
        "flow": _flow(fates, wave, FLOW_ORDER if settings["grouped"] else FLOW_ORDER[1:]),
    }


def reverse(table: pd.DataFrame, items: Mapping[str, Mapping]) -> pd.DataFrame:
    """Turn reverse-keyed items by the instrument's key: low + high - answer. Nothing else does."""
    turned = {
        name: item["low"] + item["high"] - table[name]
        for name, item in items.items()
        if item["reverse"]
    }
    return table.assign(**turned)


def _fates(table: pd.DataFrame, found: pd.DataFrame, exclude_when: int) -> pd.DataFrame:
    """One row a raw row. Rules about identity, eligibility and completeness exclude alone;
    flags exclude where at least `exclude_when` families agree."""
    alone = found[found["family"].isin(ALONE)]
    flags = found[~found["family"].isin(ALONE)]
    families = flags.groupby("index")["family"].nunique().reindex(table.index, fill_value=0)
    first = alone.drop_duplicates("index").set_index("index")["rule"]
    first = first.reindex(table.index).fillna("")
    careless = (first == "") & (families >= exclude_when)
    first = first.mask(careless, CARELESS)
    rules = found.groupby("index")["rule"].agg(";".join).reindex(table.index).fillna("")
    fates = table[["row", "respondent", "group"]].copy()
    fates["fate"] = (first == "").map({True: ANALYSED, False: EXCLUDED})
    fates["first_rule"] = first
    fates["rules"] = rules
    return fates


def _flow(fates: pd.DataFrame, wave: str, order: Sequence[str]) -> pd.DataFrame:
    """Counts by group and step; each step's n_out is the next step's n_in."""
    rows = []
    for group, part in fates.groupby("group", sort=True):
        left = len(part)
        rows.append((wave, group, "received", left, left, ""))
        for rule in order:
            out = int((part["first_rule"] == rule).sum())
            rows.append((wave, group, rule, left, left - out, rule if out else ""))
            left -= out
        rows.append((wave, group, ANALYSED, left, left, ""))
    return pd.DataFrame(rows, columns=["wave", "group", "step", "n_in", "n_out", "reason"])
