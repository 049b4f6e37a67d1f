"""How much of the answers is the method of asking? One wave.

Harman's single factor, an unmeasured method factor, a marker variable: none of them shows that
there is no common method, and each says how much it would take away.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, members
from surveysem.measurement import correlations as cor
from surveysem.measurement.estimator import quick
from surveysem.measurement.exploratory import explore
from surveysem.measurement.factorability import singular
from surveysem.measurement.latent import unit_text
from surveysem.measurement.methodmodels import free_name, unmeasured, with_marker
from surveysem.measurement.wave import KEYS
from surveysem.models import Attempt, attempt, difference
from surveysem.sem import Fit

NONE = "not_distinct_from_none"  # note of a method factor that improves no fit
COLUMNS = [*KEYS, "technique", "estimator", "fit", "construct", "with", "n", "statistic", "est",
           "note"]  # fmt: skip


def common_method(
    table: pd.DataFrame,
    *,
    model: str,
    wave: str,
    groups: Sequence[str],
    factors: Mapping[str, Sequence[str]],
    markers: Mapping[str, Sequence[str]],
    reverse: Sequence[str],
) -> pd.DataFrame:
    """Table method of one model in one wave.

    factors, markers: substantive and marker constructs to items that all groups were asked.
    reverse: items that were turned. Models are fitted in each group alone, by `quick`'s
    estimator; Harman's share of several groups together is of correlations within groups.
    """
    rows = []
    for group in groups:
        rows += _harman((model, wave, group), table, [group], factors)
        one = _OneGroup((model, wave, group), table, group, factors)
        rows += one.unmeasured("ulmc", ())
        if any(item in set(reverse) for items in factors.values() for item in items):
            rows += one.unmeasured("ulmc_keyed", reverse)
        if not markers:
            rows.append(one.row("marker", "", "not_computed",
                                note="no_marker: no construct with role marker was asked"))  # fmt: skip
        for marker, items in markers.items():
            rows += one.marker(marker, items)
    if len(groups) > 1:
        rows += _harman((model, wave, EVERYONE), table, groups, factors)
    return pd.DataFrame(rows, columns=COLUMNS)


def harman(R: np.ndarray) -> tuple[float, float]:
    """Share of the first unrotated factor in the items' variance: component, and axis factor.

    R: p x p. Principal component: the first eigenvalue over p (psych: principal); principal
    axis: the sum of communalities of one factor over p, nan where that factor does not
    exist. Podsakoff and Organ (1986); below .50 is no evidence (Podsakoff et al. 2003;
    Fuller et al. 2016).
    """
    p = len(R)
    component = float(np.linalg.eigvalsh(R)[-1] / p)
    found = explore(R, 1) if p > 2 else None
    axis = np.nan if found is None or found.problem else float(found.communalities.sum() / p)
    return component, axis


def _harman(head, table, groups, factors) -> list[tuple]:
    answers = cor.answers_of(table, groups, factors)
    samples, names = answers.samples, answers.names
    n = cor.pairwise_n(samples) if names else 0

    def row(statistic, est, note=""):
        return (*head, "harman", "", "", "", "", n, statistic, est, note)

    rows = [row("left_out", np.nan, why) for why in answers.left_out.values()]
    problem = cor.too_few(samples, names)
    if len(names) < 2:
        problem = f"few_items: {len(names)} with answers that differ"
    if not problem:
        R = cor.correlations(samples, names, cor.PEARSON).R
        problem = singular(R, n, tuple(names))
    if problem:
        return [*rows, row("not_computed", np.nan, problem)]
    shares = zip(("share_component", "share_axis"), harman(R), strict=True)
    return [*rows, *(row(name, est) for name, est in shares)]


def shares(result: Fit, method: str, factors: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """What a method factor has of the items: rows '' (all items) and each construct.

    Columns construct, share (mean squared standardised method loading of the items), substance
    and method (parts of the variance of the construct's sum of standardised items; Williams,
    Hartman and Cavazotte 2010, phase II).
    """
    p = result.standardized()
    loading = p[p["op"] == "=~"].set_index(["lhs", "rhs"])["est"]
    own = p[(p["op"] == "~~") & (p["lhs"] == p["rhs"])].set_index("lhs")["est"]
    rows, every = [], []
    for construct, items in factors.items():
        lam = np.array([loading[construct, i] for i in items])
        met = np.array([loading[method, i] for i in items])
        theta = own[list(items)].to_numpy()
        total = lam.sum() ** 2 + met.sum() ** 2 + theta.sum()
        every.append(met**2)
        rows.append((construct, np.mean(met**2), lam.sum() ** 2 / total, met.sum() ** 2 / total))
    rows.insert(0, ("", float(np.mean(np.concatenate(every))), np.nan, np.nan))
    return pd.DataFrame(rows, columns=["construct", "share", "substance", "method"])


def pair_correlations(result: Fit, constructs: Sequence[str]) -> dict[tuple[str, str], float]:
    """Correlation of each pair of constructs, in the order of combinations()."""
    p = result.standardized()
    found = p[p["op"] == "~~"].set_index(["lhs", "rhs"])["est"]
    pairs = list(combinations(constructs, 2))
    return {(a, b): found.get((a, b), found.get((b, a), np.nan)) for a, b in pairs}


class _OneGroup:
    """The models of one group."""

    def __init__(self, head, table, group, factors):
        self.head, self.table, self.group, self.factors = head, table, group, factors
        items = [item for own in factors.values() for item in own]
        self.estimator = quick(members(table, [group]), items)
        self.text = unit_text(factors)
        self.plain = attempt(self.text, table, [group], estimator=self.estimator)

    def row(self, technique, fit, statistic, est=np.nan, pair=("", ""), n=0, note="") -> tuple:
        return (*self.head, technique, self.estimator, fit, *pair, n, statistic, est, note)

    def unmeasured(self, technique: str, turned: Sequence[str]) -> list[tuple]:
        """Rows of the unmeasured method factor."""
        if len(self.factors) < 2:
            why = "few_constructs: a method factor needs two constructs"
            return [self.row(technique, "", "not_computed", note=why)]
        if not self.plain.usable:
            return [self.row(technique, "", "not_computed", note=self.plain.reason)]
        name = free_name([*self.table.columns, *self.factors])
        tried = self._after(self.plain.fit, unmeasured(self.text, name, turned))
        n = self.plain.fit.nobs[0]
        if not tried.usable:
            why = tried.reason.replace(name, "method")
            return [self.row(technique, technique, "not_reported", n=n, note=why)]
        rows = self._comparison(technique, technique, self.plain.fit, tried.fit, NONE)
        rows += self._shares(technique, technique, tried.fit, name)
        return rows + self._changes(technique, technique, self.plain.fit, tried.fit)

    def marker(self, marker: str, items: Sequence[str]) -> list[tuple]:
        """Rows of the marker technique: CFA, Baseline, Method-C, Method-U, Method-R."""
        technique = f"marker:{marker}"
        every = {**self.factors, marker: items}
        cfa = attempt(unit_text(every), self.table, [self.group], estimator=self.estimator)
        if not cfa.usable:
            return [self.row(technique, "cfa", "not_computed", note=cfa.reason)]
        held = unstandardised(cfa.fit, marker, items)

        def tried(text, method, fixed=None):
            more = unit_text(self.factors, fixed) if fixed else text
            return self._after(cfa.fit, with_marker(more, marker, *held, method))

        fits = {"cfa": cfa, "baseline": tried(self.text, "")}
        fits |= {"method_c": tried(self.text, "c"), "method_u": tried(self.text, "u")}
        rows = [row for name, f in fits.items() for row in self._fit_rows(technique, name, f)]
        if not all(f.usable for f in fits.values()):
            return rows
        base, c, u = (fits[name].fit for name in ("baseline", "method_c", "method_u"))
        rows += self._comparison(technique, "method_c", base, c, NONE)
        rows += self._comparison(technique, "method_u", c, u, "equal_loadings_suffice")
        best = "method_u" if difference(c, u)[2] < 0.05 else "method_c"
        rows.append(self.row(technique, best, "kept", 1.0, n=base.nobs[0]))
        for name in ("method_c", "method_u"):
            rows += self._shares(technique, name, fits[name].fit, marker)
            rows += self._changes(technique, name, base, fits[name].fit)
        if len(self.factors) < 2:
            return rows
        fixed = pair_correlations(base, list(self.factors))
        r = tried(self.text, best.removeprefix("method_"), fixed)
        rows += self._fit_rows(technique, "method_r", r)
        if r.usable:
            rows += self._comparison(technique, "method_r", r.fit, fits[best].fit, "no_bias_found")
        return rows

    def _after(self, earlier: Fit, text: str) -> Attempt:
        """Another model of the rows and variables of an earlier fit."""
        return attempt(text, self.table, [self.group], after=earlier)

    def _fit_rows(self, technique, name, tried: Attempt) -> list[tuple]:
        if not tried.usable:
            n = tried.fit.nobs[0] if tried.fit else 0
            return [self.row(technique, name, "not_reported", n=n, note=tried.reason)]
        f = tried.fit
        measures = (("chisq", f.chisq), ("df", f.df), ("cfi", f.measures["cfi"]))
        return [self.row(technique, name, key, est, n=f.nobs[0]) for key, est in measures]

    def _comparison(self, technique, name, restricted, free, if_alike) -> list[tuple]:
        """Test of two nested fits; if_alike: the note of one that does not tell them apart."""
        chisq, df, p, why_not = difference(restricted, free)
        note = why_not or ("" if p < 0.05 else if_alike)
        found = (("chisq_diff", chisq, ""), ("df_diff", df, ""), ("p_diff", p, note))
        return [self.row(technique, name, key, est, n=free.nobs[0], note=why)
                for key, est, why in found]  # fmt: skip

    def _shares(self, technique, name, fit, method) -> list[tuple]:
        rows, n = [], fit.nobs[0]
        for r in shares(fit, method, self.factors).itertuples():
            rows.append(self.row(technique, name, "method_share", r.share, (r.construct, ""), n))
            if r.construct:
                at = (r.construct, "")
                rows.append(self.row(technique, name, "reliability_substance", r.substance, at, n))
                rows.append(self.row(technique, name, "reliability_method", r.method, at, n))
        return rows

    def _changes(self, technique, name, before: Fit, after: Fit) -> list[tuple]:
        """Correlations of the constructs with the method factor, and what they lost."""
        old = pair_correlations(before, list(self.factors))
        new = pair_correlations(after, list(self.factors))
        rows = []
        for pair, r in new.items():
            n = after.nobs[0]
            rows.append(self.row(technique, name, "latent_correlation", r, pair, n))
            rows.append(self.row(technique, name, "change", r - old[pair], pair, n))
        if new:
            pair = max(new, key=lambda p: abs(new[p] - old[p]))
            largest = new[pair] - old[pair]
            rows.append(self.row(technique, name, "largest_change", largest, pair, after.nobs[0]))
        return rows


def unstandardised(result: Fit, construct: str, items: Sequence[str]) -> tuple[dict, dict]:
    """Loadings and residual variances of a construct's items, in the items' units."""
    p = result.parameters
    loadings = p[(p["op"] == "=~") & (p["lhs"] == construct)].set_index("rhs")["est"]
    own = p[(p["op"] == "~~") & (p["lhs"] == p["rhs"])].set_index("lhs")["est"]
    return {i: float(loadings[i]) for i in items}, {i: float(own[i]) for i in items}
