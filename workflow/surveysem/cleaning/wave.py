"""One wave cleaned: exactly one fate for each raw row, and counts that add up."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import asked_table
from surveysem.cleaning.catalogue import active, what_fired
from surveysem.cleaning.findings import ALONE, OVERRIDE, families_of_care, rules_fired
from surveysem.cleaning.overrides import kept_twice, overridden
from surveysem.cleaning.rules import apply_all
from surveysem.errors import SurveySemError, describe

ANALYSED, EXCLUDED = "analysed", "excluded"
CARELESS = "careless"  # the rule that two or more families of flags make together
# Where a row comes from and how it was answered: for cleaning and the log, not for analyses
SOURCE = ["file", "row", "duration", "started", "submitted", "finished", "language"]
DECISION_COLUMNS = ["wave", "row", "respondent", "group", "rule", "family", "value", "threshold",
                    "action", "reason", "file"]  # fmt: skip


def clean_wave(
    table: pd.DataFrame,
    *,
    wave: str,
    items: Mapping[str, Mapping],
    settings: Mapping,
    overrides: Sequence[Mapping] = (),
) -> dict[str, pd.DataFrame]:
    """Clean table, fates, decisions, flow and rules (what each one found) of one wave.

    table: as intake makes it, with the extra columns that settings name (text; those of
    `same_person` hashed). items: for each its construct, check, passes,
    reverse, low, high, groups, forms. overrides: see `overridden`. The clean table has the
    analysed rows without the columns of `same_person` and of SOURCE, so that the same answers
    from another tool give the same table; reverse-keyed items are turned: high means much.
    """
    _refuse_missing(table, wave, settings)
    judged = apply_all(table, asked_table(table, items), items, settings)
    by_hand = overridden(table, overrides, settings["overrides"])
    fates = decide(table, judged.findings, settings["exclude_when"], by_hand)
    if settings["duplicates"] and len(by_hand):
        kept = by_hand.loc[by_hand["action"] == "keep", "index"]
        kept_twice(fates, fates.loc[kept], settings["overrides"])
    found = pd.concat([judged.findings, by_hand], ignore_index=True)
    source = ["file", "row", "respondent", "group"]
    decisions = pd.concat(
        [
            table.loc[found["index"], source].reset_index(drop=True),
            found.drop(columns="index"),
        ],
        axis=1,
    )
    groups = sorted(table["group"].unique())
    counted = found.assign(group=table["group"].reindex(found["index"]).to_numpy())
    fired = what_fired(counted, judged.silent, groups, settings, items, wave)
    for frame in (fates, decisions):
        frame.insert(0, "wave", wave)
    return {
        "clean": _finished(table, fates["fate"] == ANALYSED, items, settings),
        "fates": fates,
        "decisions": decisions[DECISION_COLUMNS],
        "flow": flow(fates, wave, steps(settings)),
        "rules": fired,
    }


def with_careless(
    table: pd.DataFrame, fates: pd.DataFrame, *, items: Mapping[str, Mapping], settings: Mapping
) -> pd.DataFrame:
    """The clean table with the respondents whom careless answering alone excludes.

    Those without consent, the ineligible, doubles and the incomplete stay out, and so does whom a
    researcher dropped. table, items, settings: as of `clean_wave`. fates: what it made of them.
    """
    kept = (fates["fate"] == ANALYSED) | (fates["first_rule"] == CARELESS)
    return _finished(table, kept, items, settings)


def _finished(
    table: pd.DataFrame, kept: pd.Series, items: Mapping[str, Mapping], settings: Mapping
) -> pd.DataFrame:
    """The rows kept, as later stages read them."""
    rows = table[kept.to_numpy()].reset_index(drop=True)
    return reverse(rows.drop(columns=[*SOURCE, *settings["same_person"]]), items)


def _refuse_missing(table: pd.DataFrame, wave: str, settings: Mapping) -> None:
    for key in ("consent", "eligible", "same_person"):
        for column in settings[key]:
            if column not in table:
                raise SurveySemError(
                    describe(
                        f"config.yaml, cleaning.{key}",
                        f"the wave {wave} has no column '{column}'",
                        hint="name the column under respondents.extra",
                    )
                )


def reverse(table: pd.DataFrame, items: Mapping[str, Mapping]) -> pd.DataFrame:
    """Turn reverse-keyed items by the instrument's key: low + high - answer. Nothing else does."""
    turned = {
        name: item["low"] + item["high"] - table[name]
        for name, item in items.items()
        if item["reverse"]
    }
    return table.assign(**turned)


def decide(
    table: pd.DataFrame,
    found: pd.DataFrame,
    exclude_when: int,
    by_hand: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One fate a row, from findings of the rules and of the researcher (`overridden`).

    Rules about eligibility, identity and completeness exclude alone; flags exclude where
    `exclude_when` independent families agree; the researcher's word goes over both.
    first_rule: what excluded the row, '' for an analysed one. rules: all that fired.
    """
    alone = found[found["family"].isin(ALONE)].drop_duplicates("index")
    first = alone.set_index("index")["rule"].reindex(table.index).fillna("").to_numpy(dtype=object)
    careless = families_of_care(found, table.index) >= exclude_when
    first = np.where((first == "") & careless, CARELESS, first)
    reason = np.full(len(table), "", dtype=object)
    if by_hand is not None and len(by_hand):
        at = table.index.get_indexer(by_hand["index"])
        keep = (by_hand["action"] == "keep").to_numpy()
        first[at[keep]] = ""
        dropped = at[~keep]
        first[dropped] = np.where(first[dropped] == "", OVERRIDE, first[dropped])
        reason[at] = by_hand["reason"].to_numpy()
        found = pd.concat([found, by_hand], ignore_index=True)
    fates = table[["row", "respondent", "group"]].copy()
    fates["fate"] = np.where(first == "", ANALYSED, EXCLUDED)
    fates["first_rule"] = first
    fates["rules"] = rules_fired(found, table.index)
    fates["reason"] = reason
    fates["file"] = table["file"]  # of a wave in several files, each counts its rows from the top
    return fates


def steps(settings: Mapping) -> list[str]:
    """The rules that can exclude under these settings, in their order."""
    alone = [rule.name for rule in active(settings, {}) if rule.family in ALONE]
    return [*alone, CARELESS, *([OVERRIDE] if settings["overrides"] else [])]


def flow(fates: pd.DataFrame, wave: str, order: Sequence[str]) -> pd.DataFrame:
    """Counts by group and step; each step's n_out is the next step's n_in."""
    rows = []
    for group, part in fates.groupby("group", sort=True):
        left = len(part)
        counts = part["first_rule"].value_counts()
        rows.append((wave, group, "received", left, left, ""))
        for rule in order:
            out = int(counts.get(rule, 0))
            rows.append((wave, group, rule, left, left - out, rule if out else ""))
            left -= out
        rows.append((wave, group, ANALYSED, left, left, ""))
    return pd.DataFrame(rows, columns=["wave", "group", "step", "n_in", "n_out", "reason"])
