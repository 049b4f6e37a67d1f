"""Residual moments: what the model leaves of each covariance and mean."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.sem import momentspace
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.inference import inverse

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

TYPES = ("raw", "cor", "cor_bentler", "normalized", "standardized")


def residuals(fit: "Fit", type: str = "raw") -> list[dict[str, pd.DataFrame | pd.Series]]:
    """Residual `cov` and `mean` of each group.

    raw: observed minus implied. cor: of the correlations, each matrix by its own
    deviations (Bollen 1989, p. 258); cor_bentler: both by the observed ones (Bentler 1995).
    normalized: raw by the standard error of the observed moment; standardized: raw by its
    own standard error, about a z statistic (Joereskog and Soerbom 1981; Ogasawara 2001).
    """
    kind = type.replace(".", "_").replace("cor_bollen", "cor")
    if kind not in TYPES:
        raise NotAvailableError(f"type={type!r} is not available (it has: {', '.join(TYPES)})")
    names, p = fit.observed, len(fit.observed)
    out = []
    for part, im in zip(fit.parts, fit.implied_moments, strict=True):
        cov, mean = _gaps(part.moments, im, kind)
        if kind in ("normalized", "standardized"):
            se_cov, se_mean = _errors(fit, part, im, own=kind == "standardized")
            cov, mean = _ratio(cov, se_cov), _ratio(mean, se_mean)
        found = {"cov": pd.DataFrame(cov[:p, :p], names, names)}
        if fit.table.meanstructure:
            found["mean"] = pd.Series(mean[:p], names)
        out.append(found)
    return out


def _gaps(moments, im, kind: str):
    mean = moments.mean if moments.mean is not None else im.mu
    sd, sd_hat = np.sqrt(np.diag(moments.cov)), np.sqrt(np.diag(im.sigma))
    if kind == "cor":
        cov = moments.cov / np.outer(sd, sd) - im.sigma / np.outer(sd_hat, sd_hat)
        return cov, (mean - im.mu) / sd
    if kind == "cor_bentler":
        return (moments.cov - im.sigma) / np.outer(sd, sd), (mean - im.mu) / sd
    return moments.cov - im.sigma, mean - im.mu


def _ratio(gap: np.ndarray, se: np.ndarray) -> np.ndarray:
    """z, with residuals that are zero but for rounding left at (about) zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(gap) < 1e-5, gap, gap / se)


def _errors(fit: "Fit", part, im, *, own: bool):
    """Standard errors of the observed moments, or (own) of the residuals: p x p and p.

    Under normality, with the saturated model's moments for the first; Q Gamma Q' with
    Q = I - Delta (Delta' A1 Delta)^-1 Delta' A1 for the second.
    """
    p, means = part.layout.p, fit.table.meanstructure
    a, b = momentspace.lower(p)
    S = part.moments.cov
    acov = np.zeros((len(a) + p * means,) * 2)
    start = p * means
    acov[:start, :start] = S[:start, :start] if means else 0
    acov[start:, start:] = (
        S[np.ix_(a, a)] * S[np.ix_(b, b)] + S[np.ix_(a, b)] * S[np.ix_(b, a)]
    )  # fmt: skip
    acov /= part.size
    if own:
        delta = part.jacobian(im) @ fit.objective.parameters.K[part.layout.rows]
        share = part.size / fit.size
        bread = share * inverse(fit.objective.information(fit.estimate.x))
        Q = np.eye(len(acov)) - delta @ bread @ part.weigh(im, delta).T
        acov = Q @ acov @ Q.T
    variance = np.diag(acov)
    se = np.sqrt(np.where(variance > 0, variance, np.nan))
    cov = np.zeros((p, p))
    cov[a, b] = cov[b, a] = se[start:]
    return cov, se[:p] if means else np.full(p, np.nan)
