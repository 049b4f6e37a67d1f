"""Residual moments: what the model leaves of each covariance, mean and threshold."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem import momentspace
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.inference import inverse
from surveysem.sem.released import require_identified
from surveysem.sem.twolevel.measures import level_gaps

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

TYPES = ("raw", "cor", "cor_bentler", "normalized", "standardized")
_ZERO = 1e-5  # a residual below it is zero but for rounding: its z is not shown, as in lavaan


def residuals(fit: "Fit", type: str = "raw") -> list[dict[str, pd.DataFrame | pd.Series]]:
    """Residual `cov` and `mean` of each group; of ordinal fits those of the latent responses.

    Of a two-level model for each level within each group.

    raw: observed minus implied. cor: of the correlations, each matrix by its own
    deviations (Bollen 1989, p. 258); cor_bentler: both by the observed ones (Bentler 1995).
    normalized: raw by the standard error of the observed moment; standardized: raw by its
    own standard error, about a z statistic (Joereskog and Soerbom 1981; Ogasawara 2001).
    Standard errors follow the fit's: from the saturated model's information, or robust.

    Incomplete data: observed are the saturated model's moments. Ordinal fits: `cov` are
    correlations of responses and covariances of numeric variables (given the covariates),
    `mean` has the numeric variables, `th` the thresholds, and `slopes` of y on x where the
    moments are conditional; these two have no scale of correlations and stay raw there.
    Beyond lavaan 0.6-14: z of mixed data and given covariates; and in several ordinal
    groups lavaan divides the sampling variances by all rows, here by the group's own.

    Raises NotAvailableError for another type, and for z with information="first_order",
    IdentificationError for standardized ones where parameters are not identified.
    """
    kind = type.replace(".", "_").replace("cor_bollen", "cor")
    if kind not in TYPES:
        raise NotAvailableError(f"type={type!r} is not available (it has: {', '.join(TYPES)})")
    if fit.table.levels:
        return [level_gaps(block, kind) for block in fit.blocks]
    z = kind in ("normalized", "standardized")
    errors = _errors(fit, own=kind == "standardized") if z else [None] * len(fit.parts)
    out = []
    for part, im, se in zip(fit.parts, fit.implied_moments, errors, strict=True):
        observed, model = part.moment_vectors(im)
        gap = observed - model
        if z:
            found = _tables(fit, part, _ratio(gap, se))
        else:
            found = _tables(fit, part, gap)
            if kind != "raw":
                both = (_tables(fit, part, x, unit=1.0) for x in (observed, model))
                _rescale(found, *both, kind)
        out.append({name: _of_model(fit, table) for name, table in found.items()})
    return out


def _of_model(fit: "Fit", table: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """A table without auxiliary variables, which no model restricts."""
    if not fit.correlates:
        return table
    kept = [name for name in table.index if name not in fit.correlates]
    return table[kept] if table.ndim == 1 else table.loc[kept, kept]


def _rescale(found: dict, observed: dict, model: dict, kind: str) -> None:
    """Put residual covariances and means on the scale of correlations, in place."""
    S, sigma = observed["cov"].to_numpy(), model["cov"].to_numpy()
    sd = np.sqrt(np.diag(S))
    sd_hat = np.sqrt(np.diag(sigma)) if kind == "cor" else sd
    found["cov"][:] = S / np.outer(sd, sd) - sigma / np.outer(sd_hat, sd_hat)
    if "mean" in found:
        found["mean"] /= pd.Series(sd, observed["cov"].index)[found["mean"].index]


def _ratio(gap: np.ndarray, se: np.ndarray) -> np.ndarray:
    """z, with residuals that are zero but for rounding left at (about) zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(gap) < _ZERO, gap, gap / se)


def _tables(
    fit: "Fit", part, vector: np.ndarray, unit: float = 0.0
) -> dict[str, pd.DataFrame | pd.Series]:
    """A vector over the moments of one group (see its `moment_vectors`) as labelled tables.

    unit: what stands on the diagonal for ordered variables, whose variance is no moment.
    """
    names = list(fit.table.observed)
    if fit.settings.least_squares:
        return _of_statistics(part, names, vector, unit)
    p, means = part.layout.p, fit.table.meanstructure
    a, b = momentspace.lower(p)
    cov = np.zeros((p, p))
    cov[a, b] = cov[b, a] = vector[p * means :]
    out = {"cov": pd.DataFrame(cov, names, names)}
    return out | ({"mean": pd.Series(vector[:p], names)} if means else {})


def _of_statistics(part, names: list[str], vector: np.ndarray, unit: float) -> dict:
    at = part.places
    y, x = [names[k] for k in at.dependents], [names[k] for k in at.covariates]
    cov = unit * np.eye(len(y))
    cov[at.numeric, at.numeric] = vector[at.variances_at]
    cov[at.row, at.column] = cov[at.column, at.row] = vector[at.pairs_at]
    out = {"cov": pd.DataFrame(cov, y, y)}
    if len(at.numeric):
        out["mean"] = pd.Series(vector[at.means_at], [y[k] for k in at.numeric])
    if len(at.thresholds):
        counts = [len(cuts) for cuts in part.observed.thresholds]
        labels = [f"{n}|t{k + 1}" for n, count in zip(y, counts, strict=True) for k in range(count)]
        out["th"] = pd.Series(vector[at.thresholds_at], labels)
    if x:
        out["slopes"] = pd.DataFrame(vector[at.slopes_at], y, x)
    return out


def _errors(fit: "Fit", *, own: bool) -> list[np.ndarray]:
    """Standard errors of the observed moments, or (own) of the residuals, of each group.

    The latter: Q C Q', C the moments' covariance matrix, Q = I - Delta E^-1 Delta' A1 with
    E = Delta' A1 Delta over all groups. Moments of fixed covariates do not vary: zero.
    """
    settings = fit.settings
    if settings.information == "first_order":
        raise NotAvailableError(
            "standard errors of residuals are not available with information='first_order'\n"
            "  hint: information='expected' or 'observed', or type='cor'"
        )
    triples = list(zip(fit.parts, fit.implied_moments, fit.objective.shares, strict=True))
    K = fit.objective.parameters.K
    if own and K.shape[1]:
        require_identified(fit, "standardized residuals")
        slopes, E = [], 0.0
        for part, im, share in triples:
            delta = part.moment_jacobian(im) @ K[part.layout.rows]
            weighted = part.curvature(im, delta, settings.information)
            slopes.append((delta, weighted))
            E = E + share * delta.T @ weighted
        bread = inverse(E)
    out = []
    for g, (part, _, share) in enumerate(triples):
        keep = part.kept()
        acov = part.moment_covariance(robust=settings.se.startswith("robust"),
                                      information=settings.information) / part.size  # fmt: skip
        if own and K.shape[1]:
            delta, weighted = slopes[g]
            Q = np.eye(len(acov)) - share * delta[keep] @ bread @ weighted[keep].T
            acov = Q @ acov @ Q.T
        variance = np.diag(acov)
        se = np.zeros(len(part.moment_vectors(fit.implied_moments[g])[0]))
        se[keep] = np.sqrt(np.where(variance > 0, variance, np.nan))
        out.append(se)
    return out
