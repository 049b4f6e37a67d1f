"""Are scales as reliable in one group, or wave, as in another? Comparisons of alpha.

Only the items that both were asked, with the same answers, are compared. Everything is of the
respondents with complete answers to them.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from surveysem.adjust import holm
from surveysem.asked import EVERYONE, members
from surveysem.correlation import fisher_interval, pearson
from surveysem.job import generator
from surveysem.reliability import resample
from surveysem.reliability.classical import (
    alpha_interval,
    alpha_of,
    complete_rows,
    why_not,
)
from surveysem.tables import values

COLUMNS = ["wave", "other_wave", "group", "other_group", "scale", "items", "n", "other_n",
           "statistic", "est", "ci_lower", "ci_upper", "ci_method", "df", "p", "p_adj",
           "note"]  # fmt: skip
MOVER = "Zou, from Feldt's intervals"


def equal_alphas(
    alphas: Sequence[float], sizes: Sequence[int], items: int
) -> tuple[float, int, float]:
    """Chi-square, degrees of freedom and p of equal alphas in independent groups.

    Hakstian and Whalen (1976), Psychometrika 41, 219, statistic M: (1 - alpha)^(1/3) is about
    normal with a known variance. Feldt's (1969) F for two groups, with n - 1 degrees of freedom
    whatever the number of items, rejects too often for scales of few; the simpler chi-square of
    Feldt, Woodruff and Salih (1987) too seldom.
    """
    a, n = np.asarray(alphas), np.asarray(sizes)
    if len(a) < 2 or (a >= 1).any() or (n < 3).any():
        return np.nan, len(a) - 1, np.nan
    z = (1 - a) ** (1 / 3)
    weight = (items - 1) * (9 * n - 11) ** 2 / (18 * items * (n - 1)) / z**2
    chisq = float(weight @ (z - weight @ z / weight.sum()) ** 2)
    return chisq, len(a) - 1, float(chdtrc(len(a) - 1, chisq))


def difference_interval(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float]:
    """Interval of a difference of independent estimates, each with its own bounds (est, lower, upper).

    The distances of the estimates from their bounds are combined like standard errors: Zou
    (2007), Psychological Methods 12, 399.
    """
    (a, a_low, a_up), (b, b_low, b_up) = first, second
    lower = a - b - np.hypot(a - a_low, b_up - b)
    upper = a - b + np.hypot(a_up - a, b - b_low)
    return float(lower), float(upper)


def _shared(entries: Sequence[Mapping]) -> list[str]:
    return [i for i in entries[0]["items"] if all(i in e["items"] for e in entries[1:])]


def _row(where: tuple, scale: str, items: int, sizes: tuple, statistic: str, **more) -> dict:
    keys = dict(zip(COLUMNS, (*where, scale, items, *sizes, statistic), strict=False))
    empty = {"est": np.nan, "ci_lower": np.nan, "ci_upper": np.nan, "ci_method": "",
             "df": np.nan, "p": np.nan, "p_adj": np.nan, "note": ""}  # fmt: skip
    return keys | empty | more


def between_groups(table: pd.DataFrame, wave: str, scales: Sequence[Mapping]) -> pd.DataFrame:
    """Every scale's alpha in one group against another, and in all groups at once (COLUMNS).

    table, scales: as in `wave.assess`. groups_difference: group minus other_group, p adjusted
    over the pairs of a scale; groups_chisq: all groups that were asked the same items.
    """
    rows = []
    for scale in dict.fromkeys(e["scale"] for e in scales):
        entries = [e for e in scales if e["scale"] == scale and e["group"] != EVERYONE]
        if len(entries) < 2:
            continue
        pairs = [_difference(table, wave, a, b) for a, b in combinations(entries, 2)]
        for row, p in zip(pairs, holm([r["p"] for r in pairs]), strict=True):
            row["p_adj"] = p
        rows += [_all_groups(table, wave, entries), *pairs] if len(entries) > 2 else pairs
    return pd.DataFrame(rows, columns=COLUMNS)


def _known(table: pd.DataFrame, entries: Sequence[Mapping]) -> tuple[list[np.ndarray], int, str]:
    """Complete answers of each entry to the items that all have; how many; why not, in words."""
    names = _shared(entries)
    if not names:
        return [np.empty((0, 0)) for _ in entries], 0, "no item that all were asked"
    answers = [values(members(table, e["groups"]), names) for e in entries]
    notes = [
        f"{e['group']}: {why}"
        for e, x in zip(entries, answers, strict=True)
        if (why := why_not(x, names))
    ]
    return [complete_rows(x) for x in answers], len(names), "; ".join(notes)


def _alpha(complete: np.ndarray) -> float:
    """Alpha of complete answers that `why_not` has nothing against."""
    return float(alpha_of(np.cov(complete.T)))


def _all_groups(table: pd.DataFrame, wave: str, entries: Sequence[Mapping]) -> dict:
    found, items, note = _known(table, entries)
    sizes = [len(x) for x in found]
    row = _row(
        (wave, "", EVERYONE, ""), entries[0]["scale"], items, (sum(sizes), np.nan), "groups_chisq"
    )
    if note:
        return row | {"note": note}
    chisq, df, p = equal_alphas([_alpha(x) for x in found], sizes, items)
    return row | {"est": chisq, "df": df, "p": p, "p_adj": p}


def _difference(table: pd.DataFrame, wave: str, a: Mapping, b: Mapping) -> dict:
    found, items, note = _known(table, (a, b))
    sizes = tuple(len(x) for x in found)
    row = _row((wave, "", a["group"], b["group"]), a["scale"], items, sizes, "groups_difference")
    return row | ({"note": note} if note else _independent(found, items))


def _independent(found: Sequence[np.ndarray], items: int) -> dict:
    """Difference of the alphas of two independent samples, with interval, chi-square test."""
    alphas, sizes = [_alpha(x) for x in found], [len(x) for x in found]
    bounds = [(est, *alpha_interval(est, n, items)) for est, n in zip(alphas, sizes, strict=True)]
    lower, upper = difference_interval(*bounds)
    _, df, p = equal_alphas(alphas, sizes, items)
    return {"est": alphas[0] - alphas[1], "ci_lower": lower, "ci_upper": upper,
            "ci_method": MOVER, "df": df, "p": p}  # fmt: skip


def between_waves(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    wave: str,
    following: str,
    scales: Sequence[Mapping],
    panel: bool,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Every scale's alpha in the following wave minus that in this one, for each group (COLUMNS).

    scales: as in `wave.assess`, with the items of both waves. In a panel the same respondents
    come up in both waves: they are drawn, with their answers in both, and `retest_r` is the
    correlation of their scale means. Otherwise the waves are independent samples.
    """
    rows = []
    for entry in scales:
        names, where = entry["items"], (wave, following, entry["group"], entry["group"])
        parts = [members(table, entry["groups"]) for table in (first, second)]
        answers = [values(part, names) for part in parts]
        use = [(~np.isnan(x)).all(axis=1) for x in answers]
        found = [x[u] for x, u in zip(answers, use, strict=True)]
        sizes = tuple(len(x) for x in found)
        row = _row(where, entry["scale"], len(names), sizes, "waves_difference")
        notes = [
            f"{w}: {why}"
            for w, x in zip((wave, following), answers, strict=True)
            if (why := why_not(x, names))
        ]
        people = [p.loc[u, "respondent"] for p, u in zip(parts, use, strict=True)]
        if notes:
            rows.append(row | {"note": "; ".join(notes)})
        elif panel:
            rng = generator(seed, "reliability", wave, following, entry["group"], entry["scale"])
            rows.append(row | _dependent(found, people, draws, rng))
        else:
            change = _independent(found[::-1], len(names))
            rows.append(row | change | {"p_adj": change["p"]})
        if panel:
            rows.append(_retest(where, entry, found, people))
    return pd.DataFrame(rows, columns=COLUMNS)


def _dependent(
    found: Sequence[np.ndarray], people: Sequence[pd.Series], draws: int, rng: np.random.Generator
) -> dict:
    """Difference of the alphas of two waves by drawing persons, whichever of the waves they are in."""
    everyone = pd.Index(pd.concat(people).unique())
    at = [everyone.get_indexer(p) for p in people]
    drawn = []
    for times in resample.counts(len(everyone), draws, rng):
        a, b = (
            alpha_of(resample.weighted_covariances(x, times[:, k]))
            for x, k in zip(found, at, strict=True)
        )
        drawn.append(b - a)
    change = np.concatenate(drawn)
    lower, upper = resample.percentile_interval(change)
    p = resample.two_sided_p(change)
    return {"est": _alpha(found[1]) - _alpha(found[0]), "ci_lower": lower, "ci_upper": upper,
            "ci_method": resample.BOOTSTRAP, "p": p, "p_adj": p}  # fmt: skip


def _retest(where: tuple, entry: Mapping, found, people) -> dict:
    """Correlation of the scale means of those with complete answers in both waves."""
    means = [pd.Series(x.mean(axis=1), p.to_numpy()) for x, p in zip(found, people, strict=True)]
    both = pd.concat(means, axis=1, join="inner").to_numpy()
    row = _row(where, entry["scale"], len(entry["items"]), (len(both), len(both)), "retest_r")
    if len(both) < 4:
        return row | {"note": f"{len(both)} respondents in both waves: too few"}
    r = float(pearson(both)[0][0, 1])
    if np.isnan(r):
        return row | {"note": "the scale does not vary among the respondents in both waves"}
    lower, upper = map(float, fisher_interval(r, len(both)))
    return row | {"est": r, "ci_lower": lower, "ci_upper": upper, "ci_method": "Fisher's z"}
