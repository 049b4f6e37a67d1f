"""How many dimensions do the items of a model have, and which items go together? One wave.

Each group alone and, of several, within all of them together (correlations.py). Everything here
describes: no item is moved because of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE
from surveysem.measurement import factorability, retention
from surveysem.measurement.correlations import (
    BASES,
    POLYCHORIC,
    Correlations,
    answers_of,
    basis_for,
    correlations,
    not_ordinal,
    too_few,
)
from surveysem.measurement.exploratory import (
    Solution,
    elsewhere,
    explore,
    factor_names,
    matched,
    most_factors,
)

KEYS = ["model", "wave", "group", "basis"]
DIMENSION_COLUMNS = [*KEYS, "factor", "item", "n", "statistic", "est", "note"]
EXPLORATORY_COLUMNS = [*KEYS, "solution", "factors", "construct", "item", "factor", "n",
                       "statistic", "est", "note"]  # fmt: skip
CHOICES = ("parallel_pc", "parallel_paf")  # numbers of factors tried beside that of constructs


def dimensionality(
    table: pd.DataFrame,
    *,
    model: str,
    wave: str,
    groups: Sequence[str],
    factors: Mapping[str, Sequence[str]],
    draws: int,
    rng_for: Callable[[str], np.random.Generator],
) -> dict[str, pd.DataFrame]:
    """Tables dimensionality and exploratory of one model in one wave.

    factors: construct to items that all groups were asked. draws: random data sets of the
    parallel analysis. rng_for: random numbers by a group's name.
    """
    parts = [(group, [group]) for group in groups]
    if len(groups) > 1:
        parts.append((EVERYONE, list(groups)))
    rows, loadings = [], []
    for group, who in parts:
        analysed = [_Analysis(table, who, factors, basis) for basis in BASES]
        chosen = BASES[0] if analysed[1].problem else basis_for(analysed[1].samples)
        for a in analysed:
            head = (model, wave, group, a.basis)
            parallel = a.parallel(draws, rng_for(group))
            rows += _dimension_rows(head, a, parallel)
            if a.basis == chosen:
                loadings += _exploratory_rows(head, a, parallel)
    return {
        "dimensionality": pd.DataFrame(rows, columns=DIMENSION_COLUMNS),
        "exploratory": pd.DataFrame(loadings, columns=EXPLORATORY_COLUMNS),
    }


class _Analysis:
    """The correlations of one set of groups on one basis, or why there are none."""

    def __init__(self, table, groups, factors, basis):
        answers = answers_of(table, groups, factors)
        self.basis = basis
        self.construct_of = {item: c for c, items in factors.items() for item in items}
        self.left_out, self.names = answers.left_out, answers.names
        self.samples = answers.samples
        self.sample: Correlations | None = None
        self.problem = self._read()

    def _read(self) -> str:
        if len(self.names) < 2:
            return f"few_items: {len(self.names)} with answers that differ"
        problem = too_few(self.samples, self.names)
        if self.basis == POLYCHORIC:
            problem = problem or not_ordinal(self.samples, self.names)
        if problem:
            return problem
        self.sample = correlations(self.samples, self.names, self.basis)
        return factorability.singular(self.sample.R, self.sample.n, self.sample.names)

    @property
    def n(self) -> int:
        return self.sample.n if self.sample else 0

    def parallel(self, draws: int, rng: np.random.Generator) -> retention.Parallel | None:
        if self.problem:
            return None
        s = self.sample
        return retention.parallel_analysis(s.R, s.n, s.scores, draws, rng)


def _dimension_rows(head, a: _Analysis, parallel: retention.Parallel | None) -> list[tuple]:
    rows = []

    def add(statistic, est, factor="", item="", note=""):
        rows.append((*head, factor, item, a.n, statistic, est, note))

    for item, why in a.left_out.items():
        add("left_out", np.nan, item=item, note=why)
    if parallel is None:
        add("not_computed", np.nan, note=a.problem)
        return rows
    overall, each = factorability.kmo(a.sample.R)
    add("kmo", overall)
    for item, est in zip(a.names, each, strict=True):
        add("kmo", est, item=item)
    for name, est in zip(
        ("chisq", "df", "p"), factorability.bartlett(a.sample.R, a.n), strict=True
    ):
        add(f"bartlett_{name}", est)
    add("constructs", len(dict.fromkeys(a.construct_of[item] for item in a.names)))
    for kind in retention.KINDS:
        for criterion in retention.CRITERIA:
            add(f"factors_{kind}_{criterion}", parallel.factors(kind, criterion))
        for statistic, which in (
            (f"eigenvalue_{kind}", parallel.real),
            (f"random_{kind}_mean", parallel.mean),
            (f"random_{kind}_p95", parallel.p95),
        ):
            for k, est in enumerate(which[kind], start=1):
                add(statistic, est, factor=k)
    for statistic, power in (("map", 2), ("map4", 4)):
        averages = retention.average_partials(a.sample.R, power)
        add(f"factors_{statistic}", retention.fewest_partials(averages))
        for k, est in enumerate(averages):
            add(statistic, est, factor=k)
    return rows


@dataclass(frozen=True, slots=True)
class _Tried:
    """One number of factors: why it was tried, the matched solution, and its factors' names."""

    why: str
    factors: int
    solution: Solution
    owners: list[tuple[str, ...]]

    @property
    def names(self) -> list[str]:
        return factor_names(self.owners)


def _exploratory_rows(head, a: _Analysis, parallel: retention.Parallel | None) -> list[tuple]:
    if parallel is None:
        return [(*head, "", "", "", "", "", a.n, "not_computed", np.nan, a.problem)]
    wanted = {"constructs": len(dict.fromkeys(a.construct_of[item] for item in a.names))}
    wanted |= {c: parallel.factors(c.removeprefix("parallel_"), "p95") for c in CHOICES}
    rows = []
    for k in dict.fromkeys(wanted.values()):
        why = ";".join(name for name, number in wanted.items() if number == k)
        if not 1 <= k <= most_factors(len(a.names)):
            note = (
                "no_factor: no eigenvalue exceeds the random ones"
                if k < 1
                else f"no_df: {k} factors of {len(a.names)} items"
            )
            rows.append((*head, why, k, "", "", "", a.n, "not_computed", np.nan, note))
            continue
        solution, owners = matched(explore(a.sample.R, k), a.names, a.construct_of)
        rows += _solution_rows(head, a, _Tried(why, k, solution, owners))
    return rows


def _solution_rows(head, a: _Analysis, tried: _Tried) -> list[tuple]:
    rows, names = [], tried.names

    def add(statistic, est, construct="", item="", factor="", note=""):
        rows.append((*head, tried.why, tried.factors, construct, item, factor, a.n, statistic,
                     est, note))  # fmt: skip

    if tried.solution.problem:
        add("inadmissible", 1.0, note=tried.solution.problem)
    for item, own, communality in zip(
        a.names, tried.solution.loadings, tried.solution.communalities, strict=True
    ):
        construct = a.construct_of[item]
        for factor, est in zip(names, own, strict=True):
            add("loading", est, construct, item, factor)
        add("communality", communality, construct, item)
        found = elsewhere(own, tried.owners, construct)
        if found:
            home, top = found
            note = "cross_loading" if home >= 0 and abs(own[home]) >= abs(own[top]) else "elsewhere"
            add("elsewhere", own[top], construct, item, names[top], note)
    for j, one in enumerate(names):
        for k in range(j):
            add("factor_correlation", tried.solution.phi[j, k], names[k], "", one)
    return rows
