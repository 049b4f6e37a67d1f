"""Up the ladder of invariance, freeing the items that contradict a level, by a stated rule.

Backward release by score tests (Yoon and Millsap 2007, Structural Equation Modeling 14,
435-463; Jorgensen 2017): at each level the item whose release would lower chi-square most
is freed, as long as its test is significant at the level's ALPHA after Bonferroni's
correction over all items; then the model is fitted and tested again, and each further item
has to pass a fifth of ALPHA. An item once freed stays free at all later levels.

The two alphas were chosen by simulation (benchmarks/invariance.py, figures in
docs/methods.md): a loading that differs by .30 is hard to see with 400 respondents a group,
shifted intercepts are not; an item freed for nothing costs some precision, one held equal
against the data biases what is compared. A construct keeps at least half of its items, and two, equal:
when the next one would break that, the level fails for the construct, and no more of its
items are freed there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

import numpy as np
import pandas as pd

from surveysem.measurement.ladder import Groups, Waves
from surveysem.models import Attempt
from surveysem.sem import SurveySemError, release_tests
from surveysem.sem.result import Fit

ALPHA = {"thresholds": 0.01, "metric": 0.075, "scalar": 0.02}  # of a level's first item
FURTHER = 5  # what ALPHA is divided by for each further one


@dataclass(frozen=True, slots=True)
class Finding:
    """One item that contradicts a level. freed: whether it was, or the level fails instead.

    step: order of the findings, from 1. p_adj: by Bonferroni.
    """

    level: str
    construct: str
    item: str
    step: int
    chisq: float
    df: int
    p: float
    p_adj: float
    freed: bool


@dataclass(frozen=True, slots=True)
class Rung:
    """One level: the model with every item equal, and with those freed that were found.

    partial is full where none was. reason: why the level was not searched, '' where it was.
    """

    level: str
    full: Attempt
    partial: Attempt
    freed: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Climb:
    """The rungs in order, and what was found on them."""

    rungs: tuple[Rung, ...]
    findings: tuple[Finding, ...]

    def rung(self, level: str) -> Rung | None:
        """A level's rung, None where it was not reached."""
        return next((r for r in self.rungs if r.level == level), None)


@dataclass
class _State:
    freed: dict[str, str] = field(default_factory=dict)  # item to the level it contradicts
    findings: list[Finding] = field(default_factory=list)


def climb(design: Groups | Waves) -> Climb:
    """Fit every level of a design, searching each for the items that contradict it.

    The climb ends where a model cannot be fitted or does not converge; its rung says why.
    """
    state, rungs, full, partial = _State(), [], None, None
    for level in design.steps:
        full = design.fit(level, after=full.fit if full else None)
        if full.fit is None or not full.fit.converged:
            rungs.append(Rung(level, full, full, tuple(state.freed)))
            break
        partial = design.fit(level, state.freed, partial.fit) if state.freed else full
        reason = ""
        if level in ALPHA:
            partial, reason = _search(design, level, partial, state)
        rungs.append(Rung(level, full, partial, tuple(state.freed), reason))
        if partial.fit is None or not partial.fit.converged:
            break
    return Climb(tuple(rungs), tuple(state.findings))


def _search(design: Groups | Waves, level: str, at: Attempt, state: _State) -> tuple[Attempt, str]:
    """Free items at one level until no test is significant; the last model, or why it stopped."""
    stuck: set[str] = set()  # constructs that may free no more items at this level
    alpha = ALPHA[level]
    count = sum(len(items) for items in design.factors.values() if len(items) > 1)
    while at.fit is not None and at.fit.converged:
        candidates = {
            item: construct
            for construct, items in design.factors.items()
            for item in items
            if len(items) > 1 and construct not in stuck and item not in state.freed
        }
        try:
            tests = item_tests(design, at.fit, level, candidates)
        except SurveySemError as error:
            return at, f"not_searched: {' '.join(str(error).split())}"
        tests = tests[tests["df"] > 0]
        if tests.empty:
            return at, ""
        best = tests.sort_values(["p", "chisq"], ascending=[True, False]).iloc[0]
        p_adj = min(1.0, count * best["p"])
        if not p_adj < alpha:
            return at, ""
        alpha = ALPHA[level] / FURTHER
        construct = candidates[best["set"]]
        own = design.factors[construct]
        free = sum(item in state.freed for item in own)
        allowed = len(own) - free - 1 >= max(2, ceil(len(own) / 2))
        state.findings.append(
            Finding(level, construct, best["set"], len(state.findings) + 1, best["chisq"],
                    int(best["df"]), best["p"], p_adj, allowed)
        )  # fmt: skip
        if allowed:
            state.freed[best["set"]] = level
            at = design.fit(level, state.freed, at.fit)
        else:
            stuck.add(construct)
    return at, ""


def item_tests(
    design: Groups | Waves, fit: Fit, level: str, candidates: Mapping[str, str]
) -> pd.DataFrame:
    """Score test of the release of each candidate item: set, chisq, df, p; scaled where the
    fit's tests are."""
    rows = {item: design.rows(fit, level, item) for item in candidates}
    rows = {item: found for item, found in rows.items() if found}
    if not rows:
        return pd.DataFrame({"set": [], "chisq": [], "df": [], "p": []})
    tests = release_tests(fit, rows)
    scaled = "_scaled" if "pvalue_scaled" in tests else ""
    p = np.where(tests["df"] > 0, tests[f"pvalue{scaled}"], np.nan)
    return pd.DataFrame(
        {"set": tests["set"], "chisq": tests[f"chisq{scaled}"], "df": tests["df"], "p": p}
    )
