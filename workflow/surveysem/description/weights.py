"""Weights: raking to population margins, trimming, and what weighting costs.

Raking (iterative proportional fitting; Deming and Stephan 1940; Deville and Sarndal 1992)
multiplies the starting weights until the weighted shares are those of the population. The
library is weightipy. Its public call always starts from equal weights, so its class Rake
is used, which takes starting weights too; it may stop when a pass improves little, so it
is called again until the margins hold, and they are always looked at afterwards.
"""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, parts
from surveysem.errors import SurveySemError, describe

TOLERANCE = 1e-8  # largest difference of a weighted share from its target
ROUNDS = 50  # calls of the library
CUTS = 200  # rounds of trimming and raking again
WEIGHT_COLUMNS = ["wave", "respondent", "group", "source", "start", "weight", "trimmed"]
SUMMARY_COLUMNS = ["wave", "group", "source", "n", "unraked", "min", "max", "cv", "n_eff", "deff",
                   "trimmed", "converged", "difference", "note"]  # fmt: skip
MARGIN_COLUMNS = ["wave", "group", "variable", "level", "n", "target", "before", "after"]
Targets = Mapping[str, Mapping[str, float]]  # variable to level to share, each summing to 1


class MarginError(SurveySemError):
    """Margins that the respondents cannot be raked to."""


@dataclass(frozen=True, slots=True)
class Raked:
    """weights: n, mean 1. trimmed: n booleans. difference: the largest of a weighted share
    from its target; converged: whether it is below TOLERANCE (with trimming it need not be)."""

    weights: np.ndarray
    trimmed: np.ndarray
    difference: float
    converged: bool


def kish(weights: np.ndarray) -> tuple[float, float]:
    """Effective sample size (sum w)^2 / sum w^2, and design effect 1 + CV^2 (Kish 1965, 1992)."""
    if not len(weights) or not weights.any():
        return np.nan, np.nan
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    return effective, len(weights) / effective


def shares(frame: pd.DataFrame, weights: np.ndarray, variable: str) -> pd.Series:
    """Weighted share of each level of a variable."""
    sums = pd.Series(weights, frame.index).groupby(frame[variable]).sum()
    return sums / sums.sum()


def largest_difference(frame: pd.DataFrame, weights: np.ndarray, targets: Targets) -> float:
    """Largest difference of a weighted share from its target."""
    return max(
        float(
            np.abs(shares(frame, weights, v).reindex(list(t), fill_value=0.0) - pd.Series(t)).max()
        )
        for v, t in targets.items()
    )


def rake(frame: pd.DataFrame, targets: Targets, start: np.ndarray) -> np.ndarray:
    """Weights (n, mean 1) raked from the starting ones (n, positive).

    frame: n respondents with a text column for each variable of `targets`, whose levels are
    just those of the column (see `refuse`). Levels with target 0 have no respondent then.
    """
    from weightipy.internal.rim import Rake

    weights = start / start.mean()
    columns = frame[list(targets)].reset_index(drop=True)
    percent = [{v: {k: 100 * s for k, s in t.items()}} for v, t in targets.items()]
    for _ in range(ROUNDS):
        engine = Rake(columns.copy(), percent, "#weight")
        engine.dataframe["#weight"] = weights
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what is looked at here
            engine.start()
        weights = engine.dataframe["#weight"].to_numpy()
        if largest_difference(frame, weights, targets) < TOLERANCE:
            break
    return weights / weights.mean()


def raked(
    frame: pd.DataFrame,
    targets: Targets,
    start: np.ndarray,
    lower: float | None,
    upper: float | None,
) -> Raked:
    """Raked weights, trimmed to `lower` and `upper` times the mean where these are given.

    Trimming (as in Potter 1990) cuts the weights and rakes them again, until the margins
    hold after the cut or CUTS are over: the limits always hold, the margins where they can.
    """
    weights = rake(frame, targets, start)
    low, high = lower or 0.0, np.inf if upper is None else upper
    for _ in range(CUTS):
        cut = np.clip(weights, low, high)
        difference = largest_difference(frame, cut, targets)
        if difference < TOLERANCE or (cut == weights).all():
            break
        weights = rake(frame, targets, cut)
    return Raked(cut, (cut == low) | (cut == high), difference, difference < TOLERANCE)


def targets_of(margins: Sequence[Mapping], group: str) -> dict[str, dict[str, float]]:
    """Targets of one group ('' for margins of everyone) as shares that sum to 1."""
    found: dict[str, dict[str, float]] = {}
    for row in margins:
        if row["group"] == group:
            found.setdefault(row["variable"], {})[row["level"]] = row["value"]
    return {
        v: {k: s / sum(levels.values()) for k, s in levels.items()} for v, levels in found.items()
    }


def refuse(frame: pd.DataFrame, targets: Targets, file: str, where: str) -> None:
    """Raise MarginError where the levels of the data and of the margins are not the same."""
    problems = []
    for variable, levels in targets.items():
        seen = set(frame[variable])
        hint = "add the level to the file, or merge levels in the data and in the file"
        for level in sorted(seen - set(levels)):
            found = f"{where}respondents have the {variable} '{level}', which has no margin"
            problems.append(describe(file, found, sorted(levels), hint))
        for level in sorted(k for k, s in levels.items() if s > 0 and k not in seen):
            found = f"no {where}respondent has the {variable} '{level}'"
            hint = "raking cannot make up for nobody: merge it with another level"
            problems.append(describe(file, found, sorted(seen), hint))
        for level in sorted(k for k, s in levels.items() if s == 0 and k in seen):
            found = f"the margin of {variable} '{level}' is 0, but {where}respondents have it"
            problems.append(describe(file, found, hint="correct the margin"))
    if problems:
        raise MarginError("\n".join(problems))


def weight_tables(
    table: pd.DataFrame,
    *,
    wave: str,
    groups: Sequence[str],
    own: bool,
    columns: Mapping[str, str],
    margins: Sequence[Mapping],
    file: str,
    lower: float | None,
    upper: float | None,
) -> dict[str, pd.DataFrame]:
    """Weights, their summary by group, and the margins before and after of one wave.

    own: the column `weight` is the user's. columns: variable of the margins to the table's
    column. margins: variable, level, value, group ('' for everyone) of this wave. Without
    margins a user's weights pass through as they are. A respondent with an empty cell in a
    raking variable cannot be raked and keeps the starting weight; without a starting weight,
    or with 0, a respondent has weight 0.
    """
    start = table["weight"].fillna(0.0).to_numpy() if own else np.ones(len(table))
    frame = pd.DataFrame({v: table[c].fillna("").astype(str) for v, c in columns.items()})
    frame.index = table.index
    weights, trimmed = start.astype(float), np.zeros(len(table), dtype=bool)
    unraked, fits, rows = np.zeros(len(table), dtype=bool), {}, []
    for group in dict.fromkeys(m["group"] for m in margins):
        targets = targets_of(margins, group)
        inside = (table["group"] == group).to_numpy() if group else np.ones(len(table), dtype=bool)
        known = (frame[list(targets)] != "").all(axis=1).to_numpy()
        use = inside & known & (start > 0)
        unraked |= inside & ~known
        if not use.any():
            continue
        refuse(frame[use], targets, file, f"{wave}: {group} " if group else f"{wave}: ")
        found = raked(frame[use], targets, start[use], lower, upper)
        fits[group or EVERYONE] = found
        positive = inside & (start > 0)
        weights[positive] = start[positive] / start[positive].mean()
        weights[use] = found.weights
        weights[positive] /= weights[positive].mean()
        trimmed[use] = found.trimmed
        rows += _margin_rows(
            frame[use], start[use], found.weights, targets, wave, group or EVERYONE
        )
    weights = _populations(weights, table["group"], margins)
    source = "raked" if margins else "own"
    out = pd.DataFrame(
        {"wave": wave, "respondent": table["respondent"], "group": table["group"],
         "source": source, "start": start, "weight": weights, "trimmed": trimmed.astype(int)}
    )  # fmt: skip
    summary = _summary(table, out, wave, groups, unraked, fits)
    margin_table = pd.DataFrame(rows, columns=MARGIN_COLUMNS)
    return {"weights": out[WEIGHT_COLUMNS], "summary": summary, "margins": margin_table}


def _populations(weights: np.ndarray, groups: pd.Series, margins: Sequence[Mapping]) -> np.ndarray:
    """Weights of groups that were raked apart, in proportion to the groups' populations.

    Counts tell a group's population; shares do not, and groups keep their sample sizes.
    """
    sizes = {}
    for row in margins:
        if row["group"] and row["kind"] == "count":
            by_variable = sizes.setdefault(row["group"], {})
            by_variable[row["variable"]] = by_variable.get(row["variable"], 0.0) + row["value"]
    if not sizes:
        return weights
    out = weights.copy()
    for group, by_variable in sizes.items():
        mine = (groups == group).to_numpy()
        if out[mine].sum() > 0:
            out[mine] *= float(np.mean(list(by_variable.values()))) / out[mine].sum()
    return out / out[out > 0].mean()


def _margin_rows(frame, start, weights, targets: Targets, wave: str, group: str) -> list[tuple]:
    rows = []
    for variable, levels in targets.items():
        n = frame[variable].value_counts()
        before, after = shares(frame, start, variable), shares(frame, weights, variable)
        rows += [
            (wave, group, variable, level, int(n.get(level, 0)), target,
             float(before.get(level, 0.0)), float(after.get(level, 0.0)))
            for level, target in levels.items()
        ]  # fmt: skip
    return rows


def _summary(table, out, wave, groups, unraked, fits: Mapping[str, Raked]) -> pd.DataFrame:
    rows = []
    for group, part in parts(table, groups):
        here = table.index.get_indexer(part.index)
        w = out["weight"].to_numpy()[here]
        effective, effect = kish(w)
        of_group = fits.get(group) or fits.get(EVERYONE)
        several = group == EVERYONE and EVERYONE not in fits
        used = list(fits.values()) if several else [of_group] if of_group else []
        rows.append(
            {"wave": wave, "group": group, "source": out["source"].iloc[0] if len(out) else "",
             "n": len(part), "unraked": int(unraked[here].sum()),
             "min": w.min() if len(w) else np.nan, "max": w.max() if len(w) else np.nan,
             "cv": np.sqrt(effect - 1) if effect >= 1 else np.nan, "n_eff": effective, "deff": effect,
             "trimmed": int(out["trimmed"].to_numpy()[here].sum()),
             "converged": int(all(f.converged for f in used)) if used else "",
             # below this it is rounding, which differs between machines
             "difference": round(max((f.difference for f in used), default=np.nan), 8),
             "note": "" if used or not fits else "no_margins"}
        )  # fmt: skip
    return pd.DataFrame(rows, columns=SUMMARY_COLUMNS)
