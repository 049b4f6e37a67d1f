"""Are facets factors of their own? The models of `facets` fitted to one wave and compared."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, members
from surveysem.measurement import facets as models
from surveysem.measurement.categories import ready
from surveysem.measurement.estimator import choose
from surveysem.measurement.latent import latent_correlations
from surveysem.measurement.wave import SHOWN
from surveysem.models import Attempt, attempt, difference
from surveysem.sem.result import Fit

COLUMNS = ["wave", "group", "construct", "rival", "with", "statistic", "est", "ci_lower",
           "ci_upper", "note"]  # fmt: skip
CASES = 5  # respondents a free parameter, below which a caution stands
UNTESTABLE = ("no_convergence", "identification")


def rivals(
    table: pd.DataFrame, *, wave: str, scales: Sequence[Mapping], estimator: str
) -> pd.DataFrame:
    """Long table COLUMNS of the rivals of every scale with facets, in one wave.

    scales: entries with `scale`; `groups` that were asked it; `categories` of each item; `facets`
    to items; and `samples`, each with a name (`group`), its `groups` and the `items` that all of
    these were asked. Several groups are fitted together, each with parameters of its own: their
    chi-squares add up. estimator: `auto`, or one for all; one choice a scale (estimator.choose).
    with: the freer rival of a difference test, or the two facets of a correlation.
    """
    rows = []
    for entry in scales:
        part = members(table, entry["groups"])
        choice = choose(part, entry["categories"], "group", entry["groups"], estimator)
        for sample in entry["samples"]:
            head = (wave, sample["group"], entry["scale"])
            found = _Sample(head, part, entry["facets"], sample, choice["estimator"].item())
            rows += found.rows()
    return pd.DataFrame(rows, columns=COLUMNS)


class _Sample:
    """The rivals of one scale among one group, or several together."""

    def __init__(self, head, table, facets, sample, estimator: str):
        self.head, self.groups, self.estimator = head, sample["groups"], estimator
        by = "group" if len(self.groups) > 1 else None
        part = members(table, self.groups)
        self.table, kept, log = ready(part, sample["items"], by, self.groups, estimator)
        self.facets = models.factors(facets, kept)
        self.items = [i for own in self.facets.values() for i in own]
        self.constant = log[log["category"].isna()]
        self.apart = [i for i in kept if i not in self.items]

    def row(self, statistic, est=np.nan, rival="", with_="", ends=(np.nan, np.nan), note=""):
        """One row of COLUMNS."""
        return (*self.head, rival, with_, statistic, est, *ends, note)

    def rows(self) -> list[tuple]:
        """What was used, what is identified, how each rival fits, and how they compare."""
        rows = [self.row("left_out", note=f"constant: {r.item} ({r.member})")
                for r in self.constant.itertuples()]  # fmt: skip
        rows += [self.row("left_out", note=f"no_facet: {item}") for item in self.apart]
        rows += [self.row("items", len(own), "", f) for f, own in self.facets.items()]
        why = self._why_none()
        if why:
            return [*rows, self.row("not_computed", note=why)]
        rows.append(self.row("estimator", note=self.estimator))
        tried = self._fits()
        for rival in models.RIVALS:
            rows += self._of_rival(rival, tried)
        return [*rows, *self._correlations(tried["correlated"]), *self._differences(tried)]

    def _why_none(self) -> str:
        """Why there is nothing to compare, '' where there is."""
        if len(self.facets) < 2:
            return f"few_facets: {len(self.facets)}"
        for group in self.groups:
            n = int(members(self.table, [group])[self.items].notna().any(axis=1).sum())
            if n <= len(self.items):
                return f"few_respondents: {n} for {len(self.items)} items{self._in(group)}"
        return ""

    def _in(self, group: str) -> str:
        """Where something holds, behind what holds."""
        return f" ({group})" if len(self.groups) > 1 and group != EVERYONE else ""

    def _fits(self) -> dict[str, Attempt]:
        """Fits of the rivals that are identified and no other's twin, of the same respondents."""
        tried: dict[str, Attempt] = {}
        for rival in models.RIVALS:
            if models.unidentified(self.facets, rival) or models.twin(self.facets, rival):
                continue
            first = next((t.fit for t in tried.values() if t.fit is not None), None)
            start = self._start(tried["correlated"]) if rival == "bifactor" else None
            text = models.text(self.facets, rival, start)
            tried[rival] = attempt(
                text, self.table, self.groups, estimator=self.estimator, after=first
            )
        return tried

    def _start(self, correlated: Attempt) -> dict[tuple[str, str], float] | None:
        """Where to look for the bifactor model, None where correlated facets do not tell."""
        if not correlated.usable:
            return None
        p = correlated.fit.parameters
        loadings = p[(p["op"] == "=~") & (p["group"] == 1)].set_index("rhs")["est"]
        return models.bifactor_start(
            self.facets, self._facet_correlations(correlated.fit)[0], loadings
        )

    def _of_rival(self, rival: str, tried: Mapping[str, Attempt]) -> list[tuple]:
        why, same = models.unidentified(self.facets, rival), models.twin(self.facets, rival)
        found = tried.get(same or rival)
        if not why and found.fit is not None and _kinds(found) == {"identification"}:
            why = "singular_information"
        rows = [self.row("identified", float(not why), rival, note=why)]
        if same:
            rows.append(self.row("equivalent_to", rival=rival, note=same))
            improper = self._improper(found)
            return rows + [self.row("inadmissible", 1.0, rival, note=w) for w in improper]
        if found is None:
            return rows
        if found.fit is None or not found.fit.converged:
            return [*rows, self.row("not_computed", rival=rival, note=self._said(found.reason))]
        measures = found.fit.measures
        few = measures["ntotal"] < CASES * measures["npar"]
        for key in SHOWN:
            if key in measures:
                note = "few_cases" if few and key == "npar" else ""
                rows.append(self.row(key, measures[key], rival, note=note))
        if found.reason:
            rows.append(self.row("inadmissible", 1.0, rival, note=self._said(found.reason)))
        return rows

    def _improper(self, correlated: Attempt) -> list[str]:
        """Why no factor can stand behind three facets with such correlations, by group."""
        if not correlated.usable:
            return [self._said(correlated.reason)]
        out = []
        for group, R in zip(self.groups, self._facet_correlations(correlated.fit), strict=True):
            squares = models.second_order_loadings(R)
            beyond = [f for f, square in zip(self.facets, squares, strict=True) if square > 1]
            if not (squares >= 0).all():
                out.append(f"no_common_factor: {', '.join(self.facets)}{self._in(group)}")
            elif beyond:
                out.append(f"negative_variance: {', '.join(beyond)}{self._in(group)}")
        return out

    def _facet_correlations(self, fit: Fit) -> list[np.ndarray]:
        """Correlations of the facets, f x f, of each group."""
        order = [models.names(self.facets)[f] for f in self.facets]
        solution, out = fit.standardized(), []
        for _, part in solution.groupby("group"):
            R = np.eye(len(order))
            for r in latent_correlations(part, order).itertuples():
                i, j = order.index(r.a), order.index(r.b)
                R[i, j] = R[j, i] = r.est
            out.append(R)
        return out

    def _correlations(self, found: Attempt) -> list[tuple]:
        """Correlations of the facets in a single group, with intervals."""
        if not found.usable or len(self.groups) > 1:
            return []
        facet = {name: f for f, name in models.names(self.facets).items() if f}
        of = latent_correlations(found.fit.standardized(), list(facet))
        return [
            self.row("correlation", r.est, "correlated", f"{facet[r.a]};{facet[r.b]}",
                     (r.ci_lower, r.ci_upper))
            for r in of.itertuples()
        ]  # fmt: skip

    def _differences(self, tried: Mapping[str, Attempt]) -> list[tuple]:
        """Tests of nested rivals, or why there is none.

        Improper estimates do not stand in a test's way: it is the unbounded estimates whose
        difference has a chi-square distribution where a correlation is one or a variance zero
        (Savalei & Kolenikov 2008, Psychological Methods 13, 150-170). The note says so. Three
        correlated facets are a bifactor model only with correlations that a factor behind them
        makes.
        """
        rows = []
        for restricted, free, why in models.pairs(self.facets):
            both = tried[restricted], tried[free]
            unfit = [name for name in (restricted, free) if not _testable(tried[name])]
            if not why and unfit:
                why = f"no_fit: {', '.join(unfit)}"
            if not why and (restricted, free) == ("correlated", "bifactor"):
                why = "no_second_order" if self._improper(both[0]) else ""
            if why:
                rows.append(self.row("not_tested", np.nan, restricted, free, note=why))
                continue
            chisq, df, p, note = difference(*(t.fit for t in both))
            if not note and not all(t.usable for t in both):
                note = "improper"
            for name, est in (("chisq_diff", chisq), ("df_diff", df), ("p_diff", p)):
                rows.append(self.row(name, est, restricted, free, note=note))
        return rows

    def _said(self, reason: str) -> str:
        """A reason with the study's names in place of the latent variables'."""
        word = {name: f for f, name in models.names(self.facets).items() if f}
        every = "|".join(re.escape(name) for name in word)
        return re.sub(rf"\b(?:{every})(?![\w.])", lambda m: word[m[0]], reason)


def _kinds(found: Attempt) -> set[str]:
    """Of the findings that forbid a test of a fit, those that it has."""
    return {p.kind for p in found.fit.problems}.intersection(UNTESTABLE)


def _testable(found: Attempt) -> bool:
    return found.fit is not None and not _kinds(found)
