"""Does each scale hang together? All coefficients of the scales and items of one wave."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import members
from surveysem.correlation import fisher_interval, pearson
from surveysem.job import generator
from surveysem.measurement.estimator import choose
from surveysem.reliability import classical, facets, factor, ordinal, resample, schmidleiman
from surveysem.reliability.classical import complete_rows, why_not
from surveysem.reliability.coefficient import Coefficient
from surveysem.tables import values

SCALE_COLUMNS = ["wave", "group", "scale", "items", "n", "statistic", "est", "ci_lower",
                 "ci_upper", "ci_method", "missing", "lead", "note"]  # fmt: skip
ITEM_COLUMNS = ["wave", "group", "scale", "item", "n", "statistic", "est", "ci_lower",
                "ci_upper", "ci_method", "note"]  # fmt: skip
MOST_CATEGORIES = 7  # of items that count as ordinal; with more they are all but continuous
TWO_ITEMS = "two items: a factor behind them is not identified"


def scale_coefficients(
    answers: np.ndarray,
    names: Sequence[str],
    *,
    categories: Sequence[int],
    facets_of: Mapping[str, Sequence[str]],
    draws: int,
    rng: np.random.Generator,
) -> list[Coefficient]:
    """Every coefficient of one scale in one group. answers: n x k with nan.

    categories: k, how many answers each item has. facets_of: items of declared facets.
    """
    out = _classical(answers, names, draws, rng)
    n, k = int((~np.isnan(answers)).any(axis=1).sum()), len(names)
    if k < 2:
        return [*out, Coefficient("omega", n, missing="fiml", note=why_not(answers, names))]
    if k == 2:
        out.append(Coefficient("omega", n, missing="fiml", note=TWO_ITEMS))
    else:
        out += factor.unidimensional(answers, names)
        out += facets.hierarchical(answers, names, facets_of)
    out += _ordinal(answers, names, max(categories))
    return out


def _classical(
    answers: np.ndarray, names: Sequence[str], draws: int, rng: np.random.Generator
) -> list[Coefficient]:
    complete, k = complete_rows(answers), len(names)
    n, note = len(complete), why_not(answers, names)
    if note:
        statistics = ("alpha", "mean_r", "spearman_brown") if k == 2 else ("alpha", "mean_r")
        return [Coefficient(s, n, note=note) for s in statistics]
    est = classical.alpha(answers)
    bounds = classical.alpha_interval(est, n, k)
    caution = "two items: alpha underestimates (Eisinga et al. 2013)" if k == 2 else ""
    out = [Coefficient("alpha", n, est, *bounds, "Feldt", note=caution)]
    cov = np.cov(complete.T)
    drawn = resample.covariances(complete, draws, rng)
    for statistic, function in classical.of_covariances(k).items():
        bounds = resample.percentile_interval(function(drawn))
        out.append(Coefficient(statistic, n, float(function(cov)), *bounds, resample.BOOTSTRAP))
    if k == 2:
        out.append(_spearman_brown(complete))
        return out
    return out + _split_halves(cov, est, n) + _schmid_leiman(cov, drawn, names, n)


def _split_halves(cov: np.ndarray, alpha: float, n: int) -> list[Coefficient]:
    """Mean, lowest and highest of all splits into halves.

    The extremes have no interval: that of their bootstrap holds the population's extreme in as few
    as one of six samples (benchmarks/reliability.py).
    """
    k = len(cov)
    share = classical.mean_split_half(1.0, k)
    bounds = (share * bound for bound in classical.alpha_interval(alpha, n, k))
    out = [Coefficient("split_half_mean", n, alpha * share, *bounds, "Feldt")]
    if k > classical.MOST_ITEMS:
        why = f"more than {classical.MOST_ITEMS} items: not every split is tried"
        return out + [Coefficient(f"split_half_{s}", n, note=why) for s in ("min", "max")]
    every = classical.split_halves(cov, classical.splits(k))
    extremes = (("min", "lowest", every.min()), ("max", "highest", every.max()))
    for statistic, name, value in extremes:
        why = f"the {name} of {len(every)} splits goes with chance: no interval"
        out.append(Coefficient(f"split_half_{statistic}", n, float(value), note=why))
    return out


def _spearman_brown(complete: np.ndarray) -> Coefficient:
    r, n = float(pearson(complete)[0][0, 1]), len(complete)
    bounds = (float(classical.spearman_brown(bound)) for bound in fisher_interval(r, n))
    note = "two items: right if they measure equally well (Eisinga et al. 2013)"
    return Coefficient(
        "spearman_brown", n, classical.spearman_brown(r), *bounds, "Fisher's z", note=note
    )


def _schmid_leiman(
    cov: np.ndarray, drawn: np.ndarray, names: Sequence[str], n: int
) -> list[Coefficient]:
    """Omega hierarchical and its kin from an exploratory factor analysis, as psych::omega()."""
    statistics = schmidleiman.STATISTICS
    R = classical.correlations(cov)[None]
    note = schmidleiman.why_not(R[0], names)
    if note:
        return [Coefficient(statistics[0], n, note=note)]
    found = schmidleiman.schmid_leiman(R)
    note = schmidleiman.improper(found, names)
    if note:
        return [Coefficient(s, n, note=note) for s in statistics]
    est = schmidleiman.coefficients(R, found)
    spread = schmidleiman.resampled(drawn, found)
    return [_with_interval(s, n, float(est[s][0]), spread[s]) for s in statistics]


def _with_interval(statistic: str, n: int, est: float, drawn: np.ndarray) -> Coefficient:
    """A coefficient of an exploratory rotation with the interval of its draws, if that holds it."""
    lower, upper = resample.basic_interval(est, drawn)
    if lower <= est <= upper:
        return Coefficient(statistic, n, est, lower, upper, resample.BASIC)
    return Coefficient(statistic, n, est, note="unstable under resampling: no interval")


def _ordinal(answers: np.ndarray, names: Sequence[str], most: int) -> list[Coefficient]:
    """Coefficients of items as ordinal ones; none where an item has more than seven answers."""
    if most > MOST_CATEGORIES:
        return []
    if len(names) == 2:
        return [ordinal.latent_alpha(answers, names)]
    found, moments = ordinal.omegas(answers, names)
    return [*found, ordinal.latent_alpha(answers, names, moments)]


def item_rows(answers: np.ndarray, names: Sequence[str]) -> list[tuple]:
    """Rows of items.csv but for their keys: item-rest correlation, alpha without the item."""
    complete, k = complete_rows(answers), len(names)
    n, known = len(complete), not why_not(answers, names)
    rest = [classical.item_rest(answers, j)[0] if k > 1 else np.nan for j in range(k)]
    without = np.full(k, np.nan)
    if known and k > 2:
        without = classical.alpha_if_deleted(np.cov(complete.T))
    out = []
    for j, name in enumerate(names):
        lower, upper = map(float, fisher_interval(rest[j], n))
        note = _keying(rest[j], upper, rest)
        method = "Fisher's z" if np.isfinite(lower) else ""
        out.append((name, n, "item_rest", rest[j], lower, upper, method, note))
        bounds = classical.alpha_interval(without[j], n, k - 1)
        method = "Feldt" if np.isfinite(bounds[0]) else ""
        out.append((name, n, "alpha_if_deleted", float(without[j]), *bounds, method, ""))
    return out


def _keying(r: float, upper: float, all_r: Sequence[float]) -> str:
    """What a negative item-rest correlation says of an item's keying; '' where it says nothing.

    One wrongly keyed item drags its neighbours' correlations below zero too, so only the
    lowest of a scale is called the probable culprit. Only an interval that lies below zero
    as a whole stops models (structure.keying); the rest is a caution.
    """
    lowest = r <= np.nanmin([*all_r, np.inf])
    if not upper < 0:
        return "perhaps keyed the wrong way round" if r < 0 and lowest else ""
    if lowest:
        return "probably keyed the wrong way round"
    return "runs against its scale: look again once the lowest item is mended"


def assess(
    table: pd.DataFrame,
    wave: str,
    scales: Sequence[Mapping],
    *,
    categories: Mapping[str, int],
    facets: Mapping[str, Mapping[str, Sequence[str]]],
    draws: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables scales.csv and items.csv of a wave. `table` has reverse-keyed items turned.

    scales: one entry a scale and group with its `scale`, `group`, `groups`, `items`.
    categories: number of answers of each item. facets: items of the facets that a scale
    declares. draws, seed: of the bootstrap. `missing` says what is done about missing
    answers, n counts the respondents used; `lead` marks the coefficient to read first.
    """
    names = dict.fromkeys(entry["scale"] for entry in scales)
    lead = {s: _lead(table, [e for e in scales if e["scale"] == s], categories) for s in names}
    scale_rows, rows = [], []
    for entry in scales:
        items, scale = entry["items"], entry["scale"]
        answers = values(members(table, entry["groups"]), items)
        head = (wave, entry["group"], scale)
        read_first = {1: "omega", 2: "spearman_brown"}.get(len(items), lead[scale])
        for c in scale_coefficients(
            answers,
            items,
            categories=[categories[name] for name in items],
            facets_of=facets.get(scale, {}),
            draws=draws,
            rng=generator(seed, "reliability", *head),
        ):
            scale_rows.append(
                (*head, len(items), c.n, c.statistic, c.est, c.lower, c.upper,
                 c.method if np.isfinite(c.lower) else "", c.missing,
                 int(c.statistic == read_first), c.note)
            )  # fmt: skip
        rows += [(*head, *row) for row in item_rows(answers, items)]
    return (
        pd.DataFrame(scale_rows, columns=SCALE_COLUMNS),
        pd.DataFrame(rows, columns=ITEM_COLUMNS),
    )


def _lead(table: pd.DataFrame, entries: Sequence[Mapping], categories: Mapping[str, int]) -> str:
    """The coefficient to read first, one for all groups of a scale (its entries): omega, of ordinal
    items where the rule of `estimator: auto` treats them as such in one of the groups."""
    items = {name: categories[name] for entry in entries for name in entry["items"]}
    if max(items.values()) > MOST_CATEGORIES:
        return "omega"
    groups = list(dict.fromkeys(group for entry in entries for group in entry["groups"]))
    chosen = choose(table, items, "group", groups, "auto")["estimator"].item()
    return "omega_ordinal" if chosen == "WLSMV" else "omega"
