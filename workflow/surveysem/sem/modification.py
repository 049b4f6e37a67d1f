"""Modification indices: what the chi-square would fall by, were a parameter free.

Sources: Soerbom (1989), Psychometrika 54, 371-384 (modification index, expected change);
Saris, Satorra and van der Veld (2009) (power against a change of a stated size).
"""

from dataclasses import replace
from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem import implied as ram
from surveysem.sem.distributions import chi_square_isf
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.inference import information as of_free
from surveysem.sem.inference import inverse
from surveysem.sem.released import (
    information_with,
    require_identified,
    robust_kind,
    robust_variance,
    score,
    score_weights,
)
from surveysem.sem.standardise import standardised, unit_variances
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
    fit: "Fit",
    *,
    delta: float = 0.1,
    alpha: float = 0.05,
    minimum: float = 0.0,
    information: str = "expected",
) -> pd.DataFrame:
    """Table of indices (at least `minimum`), in the order of `candidates`.

    Columns lhs, op, rhs, group, group_label, mi, epc (expected change), sepc_lv, sepc_all,
    sepc_nox (standardised), delta, power (of finding a change of delta at level alpha); with
    robust standard errors or tests mi_scaled after mi. Parameters whose release changes
    nothing, or that the others determine, are left out.

    information: "expected" or "observed", as modindices() has them. mi of weights that are not
    the inverse of the moments' covariance matrix (WLSMV, ULSMV), or of data that are not
    normal, is no chi-square; mi_scaled is: U^2 / M of the module `released`, the same as mi
    by the scaling factor of a difference on one degree of freedom (Satorra 1989; lavaan has
    none). Raises NotAvailableError for the observed information of
    least squares, IdentificationError where parameters are not identified.
    """
    if information not in ("expected", "observed"):
        raise NotAvailableError(
            f"information={information!r} is not available for modification indices\n"
            "  allowed: 'expected', 'observed'"
        )
    if information == "observed" and fit.settings.least_squares:
        raise NotAvailableError(
            f"the observed information of estimator {fit.estimator} is not available\n"
            "  hint: information='expected'"
        )
    require_identified(fit, "modification indices")
    rows = candidates(fit.table)
    found = _indices(fit, rows, information)
    frame = pd.DataFrame(
        [(r.lhs, r.op, r.rhs, r.group, fit.group_label(r.group)) for r in rows],
        columns=["lhs", "op", "rhs", "group", "group_label"],
    )
    for name, values in found.items():
        frame[name] = values
    frame["delta"] = delta
    with np.errstate(divide="ignore", invalid="ignore"):
        ncp = frame["mi"] / frame["epc"] ** 2 * delta**2
    from scipy.stats import ncx2  # a second to import

    critical = chi_square_isf(alpha, 1)
    frame["power"] = ncx2.sf(critical, 1, np.where(np.isfinite(ncp), ncp, np.nan))
    return frame[frame["mi"] >= minimum].reset_index(drop=True)


def _indices(fit: "Fit", rows: list[Row], information: str) -> dict[str, np.ndarray]:
    """mi (and mi_scaled), epc and standardised changes of each candidate row."""
    kind = robust_kind(fit.settings)
    names = ("mi", *(["mi_scaled"] if kind else []), "epc", "sepc_lv", "sepc_all", "sepc_nox")
    out = {name: np.full(len(rows), np.nan) for name in names}
    objective, implied, size = fit.objective, fit.implied_moments, fit.size
    K = objective.parameters.K
    inverse_information = inverse(of_free(objective, fit.estimate.x, information))
    groups = np.array([r.group for r in rows])
    extended = ram.layouts(replace(fit.table, rows=tuple(rows)))
    weights = score_weights(objective)
    for g, (part, im) in enumerate(zip(fit.parts, implied, strict=True)):
        at, layout, share = np.flatnonzero(groups == g + 1), extended[g], objective.shares[g]
        if not len(at):
            continue
        U = weights[g] * score(part, im, layout)
        own, cross = information_with(part, im, layout, information)
        cross = share * cross @ K[part.layout.rows]
        slope = cross @ inverse_information
        V = share * own - (slope * cross).sum(axis=1)
        V[V < _CUBE_ROOT] = np.nan
        out["mi"][at], out["epc"][at] = size * U**2 / V, U / V
        if kind:
            M = robust_variance(objective, fit.estimate.x, kind, g, layout, slope)
            M[np.isnan(V)] = np.nan
            out["mi_scaled"][at] = size * U**2 / M
        change = np.zeros(len(rows))
        change[at] = out["epc"][at]
        whole = part.unconditional(im)
        for name, free in unit_variances(fit.table).items():
            value = standardised(layout, whole, change, free=free)
            unit = (layout.matrix == ram.SCALE) & (value == 1)  # as lavaan shows them
            out[name.replace("std", "sepc")][at] = np.where(unit, np.sign(change[at]), value)
    return out
