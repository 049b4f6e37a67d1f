"""Approximate invariance of a scale over many groups, as a table: alignment where scalar
invariance fails (see alignment.py).

Run for three groups or more, where the ladder does not find all items equal: with two groups
no majority says which of them differs. An item asked in other words is not compared.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from surveysem.measurement import alignment
from surveysem.measurement.alignment import Alignment, Configural
from surveysem.measurement.invariance import Ladder
from surveysem.measurement.ladder import Groups, Waves
from surveysem.sem.result import Fit

COLUMNS = ["construct", "statistic", "parameter", "item", "member", "est", "se", "p", "differs",
           "note"]  # fmt: skip
FEWEST = 3  # groups, and items in each
# Share of parameters that differ above which aligned means are not trustworthy: Muthén and
# Asparouhov (2014, Frontiers in Psychology 5, 978). A rule of thumb.
MOST = 0.25


def assess(design: Groups | Waves, ladder: Ladder, names: Sequence[str]) -> pd.DataFrame:
    """Alignment of each construct of a design whose ladder was climbed; see docs/results.md.

    names: of the members in order. One row `not_computed` with the reason where it was not.
    """
    rows = []
    for construct in design.factors:
        reason = _why_not(design, ladder, construct)
        found = [] if reason else _aligned(design, ladder, construct, names)
        if isinstance(found, str):
            found, reason = [], found
        rows += found or [_row(construct, "not_computed", note=reason)]
    return pd.DataFrame(rows, columns=COLUMNS)


def not_computed(construct: str, reason: str) -> pd.DataFrame:
    """The table of a scale that no model was fitted to."""
    return pd.DataFrame([_row(construct, "not_computed", note=reason)], columns=COLUMNS)


def _row(construct, statistic, parameter="", item="", member="", est=np.nan, se=np.nan, p=np.nan,
         differs="", note="") -> tuple:  # fmt: skip
    return (construct, statistic, parameter, item, member, est, se, p, differs, note)


def _why_not(design: Groups | Waves, ladder: Ladder, construct: str) -> str:
    """Why a construct is not aligned, as 'code: detail'; '' where it is."""
    count = len(design.places(construct))
    if count < FEWEST:
        return f"too_few_groups: {count}"
    comparable = ladder.tables["comparable"].set_index("construct")
    if comparable.loc[construct, "means"] == "yes":
        return "scalar_holds"
    tried = ladder.found.rung("configural").full
    if not tried.usable:
        return tried.reason
    if not np.isfinite(tried.fit.vcov()).all():
        return "no_standard_errors"
    fewest = min(_compared(design, construct).values(), key=len)
    return f"too_few_items: {len(fewest)}" if len(fewest) < FEWEST else ""


def _compared(design: Groups | Waves, construct: str) -> dict[str, dict]:
    """Member to the items that it was asked in the same words as another: their places."""
    found: dict[str, dict] = {place.member: {} for place in design.places(construct)}
    order = {member: n for n, member in enumerate(found, start=1)}
    for item in design.factors[construct]:
        # Groups name changed items, Waves pairs of item and wave
        same = [
            place
            for place in design.places(construct, item)
            if not {item, (item, order[place.member])} & set(design.changed)
        ]
        for place in same if len(same) > 1 else []:
            found[place.member][item] = place
    return found


def configural(
    design: Groups | Waves, fit: Fit, construct: str
) -> tuple[Configural, list[str], list[str]]:
    """A construct's configural estimates, its items, and the name of each location
    (`intercept`, or a threshold `t1`, ...)."""
    members = _compared(design, construct)
    items = [i for i in design.factors[construct] if any(i in own for own in members.values())]
    row = {(r.name, r.group): k for k, r in enumerate(fit.table.rows)}
    ordinal = fit.settings.least_squares
    some = {item: next(own[item] for own in members.values() if item in own) for item in items}
    places = [
        (item, name)
        for item in items
        for name in (_cuts(row, some[item]) if ordinal else ["intercept"])
    ]
    loads = [[_find(row, own.get(item), "loading") for item in items] for own in members.values()]
    stands = [[_find(row, own.get(item), name) for item, name in places]
              for own in members.values()]  # fmt: skip
    rows = np.array([k for part in (loads, stands) for line in part for k in line])
    seen = rows >= 0
    values = np.where(seen, fit.values[rows], np.nan)
    split = len(members) * len(items)
    loadings = values[:split].reshape(len(members), -1)
    # a factor's direction is arbitrary in each group of the configural model
    turned = np.where(np.nansum(loadings, axis=1) < 0, -1.0, 1.0)
    signs = np.concatenate([np.repeat(turned, len(items)),
                            np.full(len(rows) - split, -1.0 if ordinal else 1.0)]) * seen  # fmt: skip
    vcov = fit.vcov()[np.ix_(rows, rows)] * np.outer(signs, signs)
    locations = values[split:].reshape(len(members), -1) * (-1 if ordinal else 1)
    sizes = [_size(own) for own in members.values()]
    item_of = np.array([items.index(item) for item, _ in places])
    x = Configural(loadings * turned[:, None], locations, item_of, vcov, np.array(sizes, float))
    return x, items, [name for _, name in places]


def _cuts(row: dict, place) -> list[str]:
    """Names of an ordinal item's thresholds."""
    names = (f"t{k}" for k in range(1, len(row)))
    return [n for n in names if (f"{place.item}|{n}", place.group) in row]


def _find(row: dict, place, parameter: str) -> int:
    """Row of a member's parameter in the fit, -1 where it was not asked the item."""
    if place is None:
        return -1
    name = {"loading": f"{place.factor}=~{place.item}", "intercept": f"{place.item}~1"}
    return row[name.get(parameter, f"{place.item}|{parameter}"), place.group]


def _size(own: dict) -> int:
    """Respondents of a member who answered any of the items."""
    table = next(iter(own.values())).table
    return int(table[[place.item for place in own.values()]].notna().any(axis=1).sum())


def _aligned(design, ladder: Ladder, construct: str, names: Sequence[str]) -> list[tuple] | str:
    fit = ladder.found.rung("configural").full.fit
    x, items, parameters = configural(design, fit, construct)
    found = alignment.align(x)
    if not found.converged:
        return "no_minimum"
    rows = [_row(construct, "loss", part, est=m.loss, note=f"{m.agreeing}/{len(m.losses)}")
            for part, m in (("loading", found.scale), ("location", found.shift))]  # fmt: skip
    rows += _factor_rows(construct, names, found)
    more, differing = _parameter_rows(construct, names, items, parameters, x, found)
    note = "untrustworthy" if differing > MOST else ""
    share = _row(construct, "share_differing", est=differing, note=note)
    return [*rows, share, *more]


def _factor_rows(construct: str, names: Sequence[str], found: Alignment) -> list[tuple]:
    mean_se, variance_se = (np.sqrt(np.diag(v)) for v in (found.means_vcov, found.variances_vcov))
    rows = []
    for g, member in enumerate(names):
        # the first group's are fixed, and tested against nothing
        p = 2 * norm.sf(abs(found.means[g]) / mean_se[g]) if g else np.nan
        rows += [
            _row(construct, "mean", member=member, est=found.means[g], se=mean_se[g], p=p),
            _row(construct, "variance", member=member, est=found.variances[g], se=variance_se[g]),
        ]
    return rows


def _parameter_rows(
    construct: str,
    names: Sequence[str],
    items: Sequence[str],
    parameters: Sequence[str],
    x: Configural,
    found: Alignment,
) -> tuple[list[tuple], float]:
    """Rows of each aligned parameter and of the shares explained; share of those that differ."""
    loading = tested(found.loadings, found.loadings_vcov)
    location = tested(found.locations, found.locations_vcov)
    sd = np.sqrt(found.variances)[:, None]
    by_loading = sd * loading[2]
    by_location = location[2] + found.means[:, None] * loading[2][x.item]
    cases = [
        ("loading", items, ["loading"] * len(items), found.loadings, loading, x.loadings, by_loading),
        ("location", [items[i] for i in x.item], parameters, found.locations, location,
         x.locations, by_location),
    ]  # fmt: skip
    rows: list[tuple] = []
    for kind, own, labels, values, (inside, p, _, se), before, predicted in cases:
        share = alignment.explained(before, predicted)
        rows.append(_row(construct, "r2", kind, est=share))
        for j, (item, label) in enumerate(zip(own, labels, strict=True)):
            sign = 1 if label in ("loading", "intercept") else -1  # thresholds as they are known
            share = alignment.explained(before[:, j], predicted[:, j])
            rows.append(_row(construct, "r2", label, item, est=share))
            rows += [
                _row(construct, "aligned", label, item, member, sign * values[g, j], se[g, j],
                     p[g, j], int(not inside[g, j]))
                for g, member in enumerate(names)
                if np.isfinite(values[g, j])
            ]  # fmt: skip
    differs = [row[COLUMNS.index("differs")] for row in rows if row[1] == "aligned"]
    return rows, float(np.mean(differs))


def tested(values: np.ndarray, vcov: np.ndarray) -> tuple[np.ndarray, ...]:
    """For aligned parameters G x P: whether each is in the invariant set, its p value, the
    average of each set (P), and standard errors."""
    count = values.shape[1]
    sets = [alignment.invariant_set(values[:, j], vcov[j::count, j::count]) for j in range(count)]
    inside, p = (np.array(part).T for part in zip(*sets, strict=True))
    average = np.nanmean(np.where(inside, values, np.nan), axis=0)
    return inside, p, average, np.sqrt(np.diag(vcov)).reshape(values.shape)
