"""What do the data of one wave say of each hypothesis, in one model?"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE
from surveysem.measurement.wave import FIT_COLUMNS, fit_rows, group_name, prepared
from surveysem.models import (
    Attempt,
    attempt,
    measurement_text,
    path_label,
    structure_text,
    unlabelled,
)
from surveysem.sem.result import Fit
from surveysem.structure import effects as fx
from surveysem.structure.cautions import cautions_of
from surveysem.structure.comparability import Comparability
from surveysem.structure.verdicts import COLUMNS

PATH_COLUMNS = ["model", "group", "wave", "lhs", "op", "rhs", "label", "est", "se", "ci_lower",
                "ci_upper", "p", "std", "std_se", "fit", "n"]  # fmt: skip
EFFECT_COLUMNS = ["model", "group", "wave", "effect", "from", "via", "to", "est", "se", "ci_lower",
                  "ci_upper", "ci_method", "p", "std", "std_se", "n"]  # fmt: skip
UNJUDGED = [*COLUMNS, "sign", "p_equivalence", "claim"]  # also of a study without hypotheses
ROUTED = ("path", "indirect", "total")  # kinds that this version analyses
ALL_ALIKE = Comparability()
FREE, EQUAL = ("loadings",), ("loadings", "regressions")


@dataclass(frozen=True, slots=True)
class Solved:
    """A fit with its path coefficients and their Monte Carlo draws (None where unusable)."""

    tried: Attempt
    paths: fx.Paths | None
    sample: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Fits:
    """Two fits of one structural model: paths free over groups, and equal."""

    text: str
    free: Solved
    equal: Solved

    def of(self, group: str) -> Solved:
        """The fit that speaks for a group: equal paths for all of them."""
        return self.equal if group == EVERYONE else self.free

    @property
    def sound(self) -> bool:
        """Whether both fits may be interpreted."""
        return self.free.tried.usable and self.equal.tried.usable


def theory_paths(hypotheses: Sequence[Mapping]) -> dict[str, list[tuple[str, str]]]:
    """Paths that the hypotheses of kind 'path' make: outcome to (id, predictor) pairs."""
    paths: dict[str, list[tuple[str, str]]] = {}
    for h in hypotheses:
        terms = paths.setdefault(h["to"], []) if h["kind"] == "path" else []
        if h["kind"] == "path" and h["from"] not in [name for _, name in terms]:
            terms.append((h["id"], h["from"]))
    return {outcome: terms for outcome, terms in paths.items() if terms}


def total_paths(hypotheses: Sequence[Mapping], outcome: str) -> dict[str, list[tuple[str, str]]]:
    """The headline model of one outcome: all its hypothesised total causes side by side."""
    terms = []
    for h in hypotheses:
        if h["kind"] == "total" and h["to"] == outcome and h["from"] not in [n for _, n in terms]:
            terms.append((h["id"], h["from"]))
    return {outcome: terms}


def constructs_of(paths: Mapping[str, Sequence[tuple[str, str]]]) -> list[str]:
    """Constructs that paths join, causes before outcomes, each once."""
    names = [name for terms in paths.values() for _, name in terms] + list(paths)
    return list(dict.fromkeys(names))


class _Fitter:
    """What all fits of a job share: data, groups, settings."""

    def __init__(self, table, groups, factors, estimator, draws, rng_for, alike):
        design = prepared(table, factors, groups, estimator)
        self.table, self.groups, self.alike, self.log = design.table, groups, alike, design.log
        self.factors = {**factors, **design.factors}  # one without items fails in words
        self.estimator, self.draws, self.rng_for = estimator, draws, rng_for

    def both(self, name: str, paths: Mapping, syntax: str = "") -> Fits:
        """Fit a model with paths free over groups, and equal where there are several."""
        used = {c: self.factors[c] for c in constructs_of(paths)}
        measured = measurement_text(used, ordinal=self.estimator == "WLSMV")
        shown = syntax or measured + structure_text(paths)
        text = unlabelled(shown)
        free = self._solve(f"{name}_free", text, FREE)
        if len(self.groups) == 1:
            return Fits(shown, free, free)
        return Fits(shown, free, self._solve(f"{name}_equal", text, EQUAL, free.tried.fit))

    def _solve(
        self, name: str, text: str, equal: Sequence[str], after: Fit | None = None
    ) -> Solved:
        """A fit with its paths and their draws. after: a fit of another model of the same items."""
        tried = attempt(
            text,
            self.table,
            self.groups,
            estimator=self.estimator,
            equal=equal,
            after=after,
            group_partial=self.alike.partial(text) if len(self.groups) > 1 else [],
        )
        if not tried.usable:
            return Solved(tried, None, None)
        paths = fx.path_coefficients(tried.fit)
        return Solved(tried, paths, paths.draws(self.rng_for(name), self.draws))


def analyse(
    table: pd.DataFrame,
    keying: Sequence[str],
    alike: Comparability = ALL_ALIKE,
    *,
    model: str,
    wave: str,
    groups: Sequence[str],
    estimator: str,
    factors: Mapping[str, Sequence[str]],
    hypotheses: Sequence[Mapping],
    syntax: str | None,
    cautions: Sequence[str],
    draws: int,
    rng_for: Callable[[str], np.random.Generator],
) -> dict:
    """Rows for hypotheses, paths, effects, fit, and the model texts, of one model and wave.

    factors: construct to items that all groups were asked in this wave. hypotheses: each
    with `reason` '' where this model and wave can test it. keying: items whose keying
    contradicts the data; they stop the model. alike: what may be compared over groups.
    rng_for: random numbers by a fit's name.
    """
    everyone = group_name(groups)
    asked = [h for h in hypotheses if not h["reason"] and h["kind"] in ROUTED]
    ids = {path_label(h["id"]): h["id"] for h in asked}
    fits: dict[str, Fits] = {}
    stop = _stop(keying, factors)
    if not stop:
        theory = theory_paths(asked)
        fitter = _Fitter(table, groups, factors, estimator, draws, rng_for, alike)
        if syntax:
            fits["theory"] = fitter.both(
                "theory", {}, _with_measurement(syntax, factors, fitter.estimator)
            )
        elif theory:
            fits["theory"] = fitter.both("theory", theory)
        for outcome in dict.fromkeys(h["to"] for h in asked if h["kind"] == "total"):
            name = f"total_{outcome}"
            fits[name] = fitter.both(name, total_paths(asked, outcome))

    shown = [everyone, *groups] if len(groups) > 1 else [everyone]

    def told(h: Mapping) -> list[str]:
        names = [*h["from"].split(";"), *h["via"], *h["to"].split(";")]
        return alike.cautions(names) if len(groups) > 1 else []

    rows, effects = [], []
    for group in shown:
        for h in hypotheses:
            row, effect = _judge_one(h, group, groups, fits, stop, [*cautions, *told(h)])
            rows.append({**row, "model": model, "wave": wave})
            if effect is not None:
                effects.append(_effect_row(model, group, wave, h, row, effect))
        effects += _implied_totals(model, group, wave, asked, groups, fits)
    return {
        "hypotheses": pd.DataFrame(rows, columns=None if rows else UNJUDGED),
        "paths": pd.DataFrame(_path_rows(model, wave, groups, fits, ids), columns=PATH_COLUMNS),
        "effects": pd.DataFrame(effects, columns=EFFECT_COLUMNS),
        "fit": pd.DataFrame(
            [
                row
                for name, pair in fits.items()
                for label, solved in (("", pair.free), ("_equal", pair.equal))
                if not label or len(groups) > 1
                for row in fit_rows((model, wave, everyone), name + label, solved.tried)
            ],
            columns=FIT_COLUMNS,
        ),
        "rsquared": pd.DataFrame(
            _explained(model, wave, groups, fits),
            columns=["model", "group", "wave", "fit", "construct", "r2"],
        ),
        "texts": {name: pair.text for name, pair in fits.items()},
    }


def _with_measurement(syntax: str, factors: Mapping[str, Sequence[str]], estimator: str) -> str:
    """The user's model with `=~` lines for the constructs that it uses and does not measure."""
    from surveysem.sem.syntax import parse

    statements = parse(syntax)
    measured = {s.lhs for s in statements if s.op == "=~"}
    used = [n for s in statements for n in (s.lhs, s.rhs) if n in factors and n not in measured]
    own = {c: factors[c] for c in dict.fromkeys(used)}
    return measurement_text(own, ordinal=estimator == "WLSMV") + syntax


def _stop(keying: Sequence[str], factors: Mapping[str, Sequence[str]]) -> str:
    used = [item for items in factors.values() for item in items]
    wrong = [item for item in keying if item in used]
    return f"keying: {', '.join(wrong)}" if wrong else ""


def _fit_of(h: Mapping, fits: Mapping[str, Fits]) -> Fits | None:
    return fits.get(f"total_{h['to']}" if h["kind"] == "total" else "theory")


def _judge_one(h, group, groups, fits, stop, cautions):
    """One hypothesis in one group: the row (without verdict) and its effect, if any."""
    several = len(groups) > 1
    row = {
        **dict.fromkeys(COLUMNS, np.nan),
        "hypothesis": h["id"],
        "tier": h["tier"],
        "kind": h["kind"],
        "group": group,
        "headline": 0,
        "estimator": "",
        "ci_method": "",
        "reason": h["reason"] or stop,
        "cautions": "",
        "sesoi": h["sesoi"] if h["sesoi"] is not None else np.nan,
        "sign": h["sign"],
        "p_equivalence": np.nan,
        "claim": "|".join((h["kind"], h["from"], ";".join(h["via"]), h["to"])),
    }
    if not row["reason"] and h["kind"] not in ROUTED:
        row["reason"] = f"kind_not_available: {h['kind']}"
    pair = _fit_of(h, fits)
    if row["reason"] or pair is None:
        row["reason"] = row["reason"] or "not_in_model"
        return row, None
    solved = pair.of(group)
    tried, paths = solved.tried, solved.paths
    if not tried.usable:
        row["reason"] = tried.reason
        return row, None
    numbers = list(range(1, len(groups) + 1))
    chosen = numbers if (group == EVERYONE or not several) else [groups.index(group) + 1]
    used = [tried.fit.nobs[g - 1] for g in chosen]
    row["n"], row["estimator"] = sum(used), tried.fit.estimator
    row["cautions"] = ";".join(cautions_of(tried.fit, cautions, all_sound=pair.sound))
    ways = [(h["from"], *h["via"], h["to"])] if h["kind"] == "indirect" else [(h["from"], h["to"])]
    missing = [
        f"{b} ~ {a}"
        for way in ways
        for a, b in itertools.pairwise(way)
        if (1, b, a) not in paths.index
    ]
    if missing:
        row["reason"] = f"not_in_model: {', '.join(missing)}"
        return row, None
    found = fx.effect(paths, ways, chosen, sesoi=h["sesoi"], sample=solved.sample)
    row |= {
        "est": found.est,
        "se": found.se,
        "std": found.std,
        "std_se": found.std_se,
        "ci_lower": found.ci_lower,
        "ci_upper": found.ci_upper,
        "ci_method": found.ci_method,
        "p": found.p,
        "p_equivalence": found.p_equivalence,
    }
    return row, found


def _effect_row(model, group, wave, h, row, found) -> tuple:
    return (
        model, group, wave, h["kind"], h["from"], ";".join(h["via"]), h["to"], found.est, found.se,
        found.ci_lower, found.ci_upper, found.ci_method, found.p, found.std, found.std_se, row["n"],
    )  # fmt: skip


def _implied_totals(model, group, wave, asked, groups, fits) -> list[tuple]:
    """Beside each total: the sum over all routes that the theory's model has for it."""
    pair, rows = fits.get("theory"), []
    if pair is None:
        return rows
    solved = pair.of(group)
    tried, paths = solved.tried, solved.paths
    if not tried.usable:
        return rows
    numbers = list(range(1, len(groups) + 1))
    chosen = [groups.index(group) + 1] if group in groups and len(groups) > 1 else numbers
    for h in (h for h in asked if h["kind"] == "total"):
        ways = fx.routes(paths, h["from"], h["to"])
        if ways:
            found = fx.effect(paths, ways, chosen, sample=solved.sample)
            n = sum(tried.fit.nobs[g - 1] for g in chosen)
            implied = {**h, "kind": "total_by_theory"}
            rows.append(_effect_row(model, group, wave, implied, {"n": n}, found))
    return rows


def _path_rows(model, wave, groups, fits: Mapping[str, Fits], ids: Mapping[str, str]):
    """Every regression of every fit, by group and equal; ids: hypothesis by its path's label."""
    rows = []
    for name, pair in fits.items():
        labels = {path: ids.get(label, label) for path, label in _labels(pair.text).items()}
        if pair.free.tried.usable:
            result = pair.free.tried.fit
            raw, std = result.parameters, result.standardized()
            for k in raw.index[raw["op"] == "~"]:
                r, s = raw.loc[k], std.loc[k]
                group = groups[r["group"] - 1]
                rows.append(
                    (model, group, wave, r["lhs"], "~", r["rhs"], labels.get((r["lhs"], r["rhs"]), ""),
                     r["est"], r["se"], r["ci_lower"], r["ci_upper"], r["pvalue"], s["est"],
                     s["se"], name, result.nobs[r["group"] - 1])
                )  # fmt: skip
        if pair.equal.tried.usable and len(groups) > 1:
            result, paths = pair.equal.tried.fit, pair.equal.paths
            for (g, lhs, rhs), _ in paths.index.items():
                if g > 1:
                    continue
                e = fx.effect(paths, [(rhs, lhs)], range(1, len(groups) + 1))
                z = 1.959963984540054
                rows.append(
                    (model, EVERYONE, wave, lhs, "~", rhs, labels.get((lhs, rhs), ""), e.est, e.se,
                     e.est - z * e.se, e.est + z * e.se, e.p, e.std, e.std_se, name,
                     sum(result.nobs))
                )  # fmt: skip
    return rows


def _explained(model, wave, groups, fits: Mapping[str, Fits]) -> list[tuple]:
    """Explained share of each outcome: by group with free paths, and the mean over groups
    (weighted by their size) with equal ones."""
    rows = []
    for name, pair in fits.items():
        outcomes = list(dict.fromkeys(row for row, _ in _labels(pair.text)))
        for solved, everyone in ((pair.free, False), (pair.equal, True)):
            if not solved.tried.usable or (everyone and len(groups) == 1):
                continue
            table = solved.tried.fit.r_squared()
            for outcome in outcomes:
                part = table[table["lhs"] == outcome]
                if everyone:
                    r2 = float(np.average(part["r2"], weights=solved.tried.fit.nobs))
                    rows.append((model, EVERYONE, wave, name, outcome, r2))
                else:
                    rows += [
                        (model, groups[r.group - 1], wave, name, outcome, r.r2)
                        for r in part.itertuples()
                    ]
    return rows


def _labels(text: str) -> dict[tuple[str, str], str]:
    """Labels of the paths of a model text."""
    from surveysem.sem.syntax import parse

    return {(s.lhs, s.rhs): (s.modifier.labels or ("",))[0] for s in parse(text) if s.op == "~"}
