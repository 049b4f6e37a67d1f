"""Who took part, of those invited: outcome rates under AAPOR's names.

American Association for Public Opinion Research, Standard Definitions (10th edition 2023;
the formulas are those of the 9th edition 2016). I complete, P partial, R refusal and
break-off, NC noncontact, O other, UH and UO of unknown eligibility, e the share of these
that is estimated to be eligible:

    RR1 = I / (I + P + R + NC + O + UH + UO)          RR2 = (I + P) / the same
    RR3 = I / (I + P + R + NC + O + e (UH + UO))      RR4 = (I + P) / the same
    RR5 = I / (I + P + R + NC + O), only where e is 0 or nobody's eligibility is unknown
    RR6 = (I + P) / the same, under the same condition
    COOP1 = I / (I + P + R + O)                       COOP2 = (I + P) / the same
    COOP3 = I / (I + P + R)                           COOP4 = (I + P) / the same

A number that is not given is unknown, not zero: a rate that needs it has a reason instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, asked_table

RATES = ("RR1", "RR2", "RR3", "RR4", "RR5", "RR6", "COOP1", "COOP2", "COOP3", "COOP4")
COLUMNS = ["wave", "group", "rate", "est", "numerator", "denominator", "note"]
COUNT_COLUMNS = ["wave", "group", "disposition", "n", "source"]


@dataclass(frozen=True, slots=True)
class Cases:
    """Counts of one group; None where a number is not known. eligible_unknown: e (UH + UO).

    invited: everyone but the known ineligible.
    """

    complete: float | None = None
    partial: float | None = None
    refusal: float | None = None
    noncontact: float | None = None
    other: float | None = None
    unknown: float | None = None
    eligible_unknown: float | None = None
    invited: float | None = None


def rates(cases: Cases) -> dict[str, tuple[float, float, float, str]]:
    """For each of RATES: rate, numerator, denominator, and why there is none ('' where there is).

    Notes: needs_counts, needs_invited (neither the number invited nor all counts),
    needs_dispositions, needs_e, unknown_eligibility, nobody, more_than_invited.
    """
    c = cases
    known = _sum(c.complete, c.partial, c.refusal, c.noncontact, c.other)
    everyone = c.invited if c.invited is not None else _sum(known, c.unknown)
    with_e = _sum(known, c.eligible_unknown)
    sure = known if c.unknown == 0 or c.eligible_unknown == 0 else None
    contacted = _sum(c.complete, c.partial, c.refusal, c.other)
    able = _sum(c.complete, c.partial, c.refusal)
    lacks = "needs_dispositions"
    e_lacks = "needs_e" if known is not None and c.unknown is not None else lacks
    sure_lacks = lacks if known is None or c.unknown is None else "unknown_eligibility"
    below = {
        "RR1": (everyone, "needs_invited"), "RR3": (with_e, e_lacks), "RR5": (sure, sure_lacks),
        "COOP1": (contacted, lacks), "COOP3": (able, lacks),
    }  # fmt: skip
    taken = _sum(c.complete, c.partial)
    found = {}
    for k in range(0, len(RATES), 2):
        denominator, reason = below[RATES[k]]
        for name, numerator in ((RATES[k], c.complete), (RATES[k + 1], taken)):
            found[name] = _rate(numerator, denominator, reason)
    return found


def _sum(*counts: float | None) -> float | None:
    return None if None in counts else sum(counts)


def _rate(numerator, denominator, reason: str) -> tuple[float, float, float, str]:
    top = np.nan if numerator is None else numerator
    if numerator is None:
        return np.nan, top, np.nan, "needs_counts"
    if denominator is None:
        return np.nan, top, np.nan, reason
    if denominator == 0:
        return np.nan, top, denominator, "nobody"
    if numerator > denominator:
        return np.nan, top, denominator, "more_than_invited"
    return numerator / denominator, top, denominator, ""


def together(groups: Sequence[Cases]) -> Cases:
    """Cases of several groups as one: a number is known where each group's is."""
    return Cases(
        **{f.name: _sum(*(getattr(c, f.name) for c in groups)) for f in fields(Cases)}
    )  # fmt: skip


def participation(
    table: pd.DataFrame,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    left_out: pd.DataFrame,
    complete: float,
    partial: float,
) -> pd.DataFrame:
    """Received respondents by group: complete, partial and break-off, by the share of the
    items asked that they answered.

    table: a wave as received (intake). left_out: file and row of those that are no
    respondents (doubles, the ineligible). complete, partial: least shares of answered items. Index: groups and
    'all' (which also has those whose group is unknown).
    """
    keys = ["file", "row"]
    table = table[
        ~pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(left_out[keys]))
    ]
    asked = asked_table(table, items)
    answered = (table[list(items)].notna() & asked).sum(axis=1)
    share = (answered / asked.sum(axis=1).where(lambda n: n > 0)).fillna(0.0)
    # Shares such as 4 / 5 are a little off in binary; a threshold of .8 shall mean 4 of 5.
    kind = np.select([share >= complete - 1e-9, share >= partial - 1e-9], ["complete", "partial"],
                     "breakoff")  # fmt: skip
    counts = pd.crosstab(table["group"], kind).reindex(
        columns=["complete", "partial", "breakoff"], fill_value=0
    )
    whole = counts.sum().rename(EVERYONE).to_frame().T
    named = [g for g in groups if g != EVERYONE]
    return pd.concat([counts.reindex(named, fill_value=0), whole]).astype(int)


def not_respondents(decisions: pd.DataFrame) -> pd.DataFrame:
    """File and row of those that are no respondents of their own: doubles and the ineligible.

    Careless and incomplete respondents did respond, and those without a known group too.
    """
    which = decisions["family"].isin(("identity", "eligibility"))
    which &= (decisions["action"] == "exclude") & (decisions["rule"] != "no_group")
    return decisions.loc[which, ["file", "row"]]


def cases_of(seen: Mapping[str, int], invited: float | None, given: Mapping | None) -> Cases:
    """Cases of one group from what the data show, and what config.yaml adds to it.

    seen: complete and partial as received. given: an entry of sample.dispositions, or None.
    """
    given = given or {}
    unknown = _sum(given.get("unknown_household"), given.get("unknown_other"))
    e = given.get("e")
    share = 0.0 if unknown == 0 else None if unknown is None or e is None else e * unknown
    return Cases(
        complete=given.get("complete", seen["complete"]),
        partial=given.get("partial", seen["partial"]),
        refusal=given.get("refusal"), noncontact=given.get("noncontact"),
        other=given.get("other"), unknown=unknown, eligible_unknown=share, invited=invited,
    )  # fmt: skip


def response_tables(
    seen: pd.DataFrame,
    wave: str,
    groups: Sequence[str],
    invited: Mapping[str, int],
    dispositions: Mapping[str, Mapping],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rates (COLUMNS) and counts (COUNT_COLUMNS) of one wave by group and all together.

    seen: of `participation`. invited, dispositions: by group; under 'all' for the whole
    wave, else the whole is the sum of its groups.
    """
    named = [g for g in groups if g != EVERYONE]
    cases = {g: cases_of(seen.loc[g], invited.get(g), dispositions.get(g)) for g in named}
    of_all = EVERYONE in invited or EVERYONE in dispositions or not named
    if of_all:
        whole = cases_of(seen.loc[EVERYONE], invited.get(EVERYONE), dispositions.get(EVERYONE))
    else:
        whole = together(list(cases.values()))
    rows, counts = [], []
    for group, one in {**cases, EVERYONE: whole}.items():
        rows += [(wave, group, name, *found) for name, found in rates(one).items()]
        given = dispositions.get(group, {})
        counts += _counts(wave, group, one, seen.loc[group], given)
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(counts, columns=COUNT_COLUMNS)


def _counts(wave: str, group: str, cases: Cases, seen: pd.Series, given: Mapping) -> list[tuple]:
    """Each known number and where it comes from: the data or config.yaml."""
    entries = [
        (wave, group, name, getattr(cases, name), "config" if name in given else "data")
        for name in ("complete", "partial")
    ]
    entries.append((wave, group, "breakoff", int(seen["breakoff"]), "data"))
    for name in ("refusal", "noncontact", "other", "unknown", "invited"):
        if getattr(cases, name) is not None:
            entries.append((wave, group, name, getattr(cases, name), "config"))
    return [entry for entry in entries if entry[3] is not None]
