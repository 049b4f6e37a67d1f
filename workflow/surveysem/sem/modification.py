"""Modification indices: what the chi-square would fall by, were a parameter free.

Sources: Soerbom (1989), Psychometrika 54, 371-384 (modification index, expected change);
Saris, Satorra and van der Veld (2009) (power against a change of a stated size).
"""

from dataclasses import replace
from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from surveysem.sem import implied as ram
from surveysem.sem.inference import inverse
from surveysem.sem.standardise import standardise
from surveysem.sem.table import Row, Table

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

_CUBE_ROOT = np.finfo(float).eps ** (1 / 3)


def candidates(table: Table) -> list[Row]:
    """Parameters that could be freed, group by group: fixed rows, then absent ones.

    As in lavaan: loadings of every indicator on every latent, covariances of indicators
    and of latents, regressions among the variables of regressions; but none that would
    explain a covariate whose moments are fixed.
    """
    latent = table.latent
    indicators = {r.rhs for r in table.rows if r.op == "=~"} - set(latent)
    paths = [r for r in table.rows if r.op == "~" and r.group == 1]
    regressed = list(dict.fromkeys([*(r.lhs for r in paths), *(r.rhs for r in paths)]))
    items = [v for v in table.observed if v in indicators]
    pairs = [(f, "=~", v) for f in latent for v in table.observed
             if v not in regressed and v not in table.predictors]  # fmt: skip
    pairs += [(a, "~~", b) for a, b in combinations_with_replacement(items, 2)]
    pairs += [(a, "~~", b) for a, b in combinations_with_replacement(latent, 2)]
    pairs += [(a, "~", b) for a, b in product(regressed, regressed)
              if a != b and not (a in indicators and b in latent)
              and a not in table.covariates]  # fmt: skip
    known = {(_key(r.lhs, r.op, r.rhs), r.group) for r in table.rows}
    found = []
    for group in range(1, table.groups + 1):
        found += [
            r for r in table.rows if r.group == group and r.value is not None and not r.exogenous
        ]
        found += [Row(a, op, b, group, None) for a, op, b in pairs
                  if (_key(a, op, b), group) not in known]  # fmt: skip
    return found


def _key(lhs: str, op: str, rhs: str):
    return (op, frozenset((lhs, rhs))) if op == "~~" else (op, lhs, rhs)


def modification_indices(
    fit: "Fit", *, delta: float = 0.1, alpha: float = 0.05, minimum: float = 0.0
) -> pd.DataFrame:
    """Table of indices (at least `minimum`), in the order of `candidates`.

    Columns lhs, op, rhs, group, group_label, mi, epc (expected change), sepc_lv, sepc_all,
    sepc_nox (standardised), delta, power (of finding a change of delta at level alpha).
    Parameters whose release changes nothing, or that the others determine, are left out.
    """
    rows = candidates(fit.table)
    mi, epc, standard = _indices(fit, rows)
    frame = pd.DataFrame(
        [(r.lhs, r.op, r.rhs, r.group, fit.group_label(r.group)) for r in rows],
        columns=["lhs", "op", "rhs", "group", "group_label"],
    )
    frame["mi"], frame["epc"] = mi, epc
    for name, values in standard.items():
        frame[name] = values
    frame["delta"] = delta
    with np.errstate(divide="ignore", invalid="ignore"):
        ncp = mi / epc**2 * delta**2
    critical = stats.chi2.isf(alpha, 1)
    frame["power"] = stats.ncx2.sf(critical, 1, np.where(np.isfinite(ncp), ncp, np.nan))
    return frame[frame["mi"] >= minimum].reset_index(drop=True)


def _indices(fit: "Fit", rows: list[Row]):
    """mi, epc and standardised changes of each candidate row."""
    mi, epc = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    standard = {name: np.full(len(rows), np.nan) for name in ("sepc_lv", "sepc_all", "sepc_nox")}
    K, size = fit.objective.parameters.K, fit.size
    inverse_information = inverse(fit.objective.information(fit.estimate.x))
    groups = np.array([r.group for r in rows])
    extended = ram.layouts(replace(fit.table, rows=tuple(rows)))
    triples = zip(fit.parts, fit.implied_moments, fit.objective.shares, strict=True)
    for g, (part, im, share) in enumerate(triples, start=1):
        at = np.flatnonzero(groups == g)
        if not len(at):
            continue
        layout = extended[g - 1]
        score = -0.5 * share * replace(part, layout=layout).value(im)[1]
        own = share * ram.information_diagonal(layout, im)
        cross = share * ram.information(layout, im, part.layout) @ K[part.layout.rows]
        V = own - ((cross @ inverse_information) * cross).sum(axis=1)
        V[V < _CUBE_ROOT] = np.nan
        mi[at], epc[at] = size * score**2 / V, score / V
        change = np.zeros(len(rows))
        change[at] = epc[at]
        for name, free in fit.standardised_variables().items():
            value = standardise(layout, im, change, free=free)[0]
            standard[name.replace("std", "sepc")][at] = value
    return mi, epc, standard
