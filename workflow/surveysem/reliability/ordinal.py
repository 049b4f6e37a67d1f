"""Reliability of ordinal items: alpha of the latent responses, omega of the answers as coded.

Behind an answer of item j stands a normal latent response that thresholds cut into categories.
Polychoric correlations are those of the latent responses. Alpha computed from them ('ordinal
alpha') is that of a sum of latent responses, which nobody observes (Chalmers 2018); Green and
Yang's omega is that of the sum of the answers as they are coded. k items, categories as found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from surveysem.errors import SurveySemError
from surveysem.reliability.coefficient import Coefficient, log_interval, logit_interval
from surveysem.reliability.factor import (
    DELTA,
    attempt,
    one_factor,
    one_line,
    perfectly,
    positions,
    why_no_fit,
)
from surveysem.sem.inference import inverse
from surveysem.sem.ordinal import OrdinalMoments, ordinal_moments
from surveysem.sem.ordinal.bivariate import cdf, density
from surveysem.sem.ordinal.polychoric import pad
from surveysem.sem.result import Fit

LOG = "delta, log(1 - alpha)"
STATISTICS = ("omega_ordinal", "omega_ordinal_observed")


@dataclass(frozen=True, slots=True)
class Margins:
    """What one item's answers say by themselves, padded to the most thresholds c of all k.

    thresholds: k x c, `FAR` behind an item's last. steps: k x c, difference between the codes
    on either side of each threshold, 0 behind the last.
    """

    thresholds: np.ndarray
    steps: np.ndarray

    @classmethod
    def of(cls, moments: OrdinalMoments) -> "Margins":
        """Those of a sample."""
        most = max(map(len, moments.thresholds))
        steps = np.zeros((len(moments.thresholds), most))
        for row, codes in zip(steps, moments.categories, strict=True):
            row[: len(codes) - 1] = np.diff(codes)
        return cls(pad(moments.thresholds, most), steps)


def covariances(m: Margins, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariances of the coded answers (k x k) where latent responses correlate rho (k x k, below 1).

    And their derivatives: by rho (k x k), and of the sum of all by the thresholds (k x c). An
    answer is a sum of steps at the thresholds passed, so that the covariance is that of all
    pairs of steps, each Phi2(s, t, rho) - Phi(s) Phi(t) (Green and Yang 2009, eq. 21).
    """
    k, c = m.steps.shape
    first, second = (x.ravel() for x in np.indices((k, k)))
    h = np.repeat(m.thresholds[first], c, axis=1)
    t = np.tile(m.thresholds[second], (1, c))
    weight = np.repeat(m.steps[first], c, axis=1) * np.tile(m.steps[second], (1, c))
    r = rho.ravel()
    joint = cdf(h, t, r) - ndtr(h) * ndtr(t)
    cov = (weight * joint).sum(axis=1).reshape(k, k)
    slope = (weight * density(h, t, r)).sum(axis=1).reshape(k, k)
    given = ndtr((t - r[:, None] * h) / np.sqrt(1 - r * r)[:, None]) - ndtr(t)
    normal = np.exp(-(h**2) / 2) / np.sqrt(2 * np.pi)
    by_first = (weight * normal * given).reshape(k, k, c, c).sum(axis=(1, 3))
    return cov, slope, 2 * by_first  # each pair comes up twice


def variances(m: Margins) -> tuple[np.ndarray, np.ndarray]:
    """Variances of the coded answers (k), and their derivatives by the item's thresholds (k x c)."""
    below, k = ndtr(m.thresholds), len(m.steps)
    upper = np.maximum.outer(np.arange(below.shape[1]), np.arange(below.shape[1]))
    lower = np.minimum.outer(np.arange(below.shape[1]), np.arange(below.shape[1]))
    joint = below[:, lower] - below[:, :, None] * below[:, None]
    out = np.einsum("kc,kcd,kd->k", m.steps, joint, m.steps)
    later = np.triu(np.ones_like(upper), 1)  # thresholds above this one
    normal = np.exp(-(m.thresholds**2) / 2) / np.sqrt(2 * np.pi)
    mean = (m.steps * below).sum(axis=1).reshape(k, 1)
    slope = m.steps * normal * (2 * m.steps @ later.T + m.steps - 2 * mean)
    return out, slope


def green_yang(
    m: Margins, loadings: np.ndarray, total: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Omega of the sum of the coded answers (Green and Yang 2009, eq. 21), and its derivatives.

    loadings: k, standardised, of the latent responses on one factor. total: k x k, correlations of
    the latent responses. Derivatives by loadings (k), thresholds (k x c) and `total` (k x k, each
    pair in one of its two places).
    """
    common = np.outer(loadings, loadings)
    true, true_slope, true_cuts = covariances(m, common)
    off = ~np.eye(len(loadings), dtype=bool)
    all_cov, all_slope, all_cuts = covariances(m, np.where(off, total, 0.0))
    own, own_cuts = variances(m)  # at 0 a covariance of independent answers: nothing to take away
    numerator, denominator = true.sum(), all_cov.sum() + own.sum()
    est = numerator / denominator
    by_loading = 2 * (true_slope * loadings).sum(axis=1) / denominator
    by_cut = (true_cuts - est * (all_cuts + own_cuts)) / denominator
    return est, by_loading, by_cut, np.where(off, -2 * est * all_slope / denominator, 0.0)


def _at_bound(moments: OrdinalMoments, names: Sequence[str]) -> str:
    """What is wrong with polychoric correlations of 1, in words; '' where there is none."""
    if not moments.at_bound:
        return ""
    at = [moments.names.index(name) for name in moments.at_bound[0][:2]]
    return perfectly(*(names[k] for k in at))


def omegas(answers: np.ndarray, names: Sequence[str]) -> tuple[list[Coefficient], object]:
    """Green and Yang's omega with the model's and with the sample's correlations; the moments.

    answers: n x k with nan, three items or more. Diagonally weighted least squares, correlations
    from all who answered both items. The moments are None where the model was not fitted.
    """
    options = {"estimator": "WLSMV", "missing": "pairwise", "ordered": True}
    tried = attempt(one_factor(len(names)), answers, names, **options)
    moments = tried.fit.parts[0].observed if tried.fit is not None else None
    note = (_at_bound(moments, names) if moments is not None else "") or tried.note
    if note:
        rows = [Coefficient(s, tried.n, missing="pairwise", note=note) for s in STATISTICS]
        return rows, moments
    found, m = tried.fit, Margins.of(moments)
    loads, cuts = positions(found, "=~"), positions(found, "|")
    loadings, at_cut, estimates = found.values[loads], _cuts(moments), _by_statistics(found)
    column, row = np.triu_indices(len(names), 1)
    out = []
    for name, total in zip(STATISTICS, (np.outer(loadings, loadings), moments.cov), strict=True):
        est, by_loading, by_cut, by_total = green_yang(m, loadings, total)
        by_rows, slope = np.zeros(len(found.values)), np.zeros(len(moments.statistics))
        by_rows[cuts] = by_cut[*at_cut]
        if name == "omega_ordinal":  # the correlations are functions of the loadings
            by_rows[loads] = by_loading + (by_total * loadings).sum(axis=1)
        else:
            by_rows[loads] = by_loading
            slope[-len(row) :] = by_total[row, column]
        slope += by_rows @ estimates
        se = float(np.sqrt(slope @ moments.gamma @ slope / found.divisor))
        bounds = logit_interval(float(est), se)
        out.append(Coefficient(name, tried.n, float(est), *bounds, DELTA, "pairwise"))
    return out, moments


def _by_statistics(found: Fit) -> np.ndarray:
    """Derivatives of the rows' values by the sample's thresholds and correlations, r x m.

    Where the model holds, as behind WLSMV's standard errors (Muthen, du Toit and Spisic 1997).
    """
    part, im, K = found.parts[0], found.implied_moments[0], found.objective.parameters.K
    bread = inverse(found.objective.information(found.estimate.x))
    return K @ bread @ K.T @ part.weigh(im, part.jacobian(im)).T


def _cuts(moments: OrdinalMoments) -> np.ndarray:
    """Row and column of each threshold in `Margins`, 2 x thresholds."""
    counts = [len(t) for t in moments.thresholds]
    item = np.repeat(np.arange(len(counts)), counts)
    return np.stack([item, np.concatenate([np.arange(c) for c in counts])])


def latent_alpha(
    answers: np.ndarray, names: Sequence[str], moments: OrdinalMoments | None = None
) -> Coefficient:
    """Alpha of the polychoric correlations ('ordinal alpha'; Zumbo, Gadermann and Zeisser 2007).

    moments: of the answers, where they are known already.
    """
    answered, k = answers[(~np.isnan(answers)).any(axis=1)], len(names)
    moments, note = (moments, "") if moments is not None else _moments(answered, names)
    note = note or _at_bound(moments, names)
    if note:
        return Coefficient("alpha_ordinal_latent", len(answered), missing="pairwise", note=note)
    total, pairs = moments.cov.sum(), k * (k - 1) // 2
    est = float(k / (k - 1) * (1 - k / total))
    slope = np.full(pairs, 2 * k**2 / ((k - 1) * total**2))
    gamma = moments.gamma[-pairs:, -pairs:]
    bounds = log_interval(est, float(np.sqrt(slope @ gamma @ slope / moments.size)))
    return Coefficient("alpha_ordinal_latent", moments.nobs, est, *bounds, LOG, "pairwise")


def _moments(answered: np.ndarray, names: Sequence[str]) -> tuple[OrdinalMoments | None, str]:
    """Polychoric correlations of answers; or None and why not, in words."""
    note = why_no_fit(answered, names)
    if note:
        return None, note
    try:
        ordered = np.ones(len(names), dtype=bool)
        return ordinal_moments(answered, list(names), ordered, missing="pairwise"), ""
    except SurveySemError as error:
        return None, f"not fitted: {one_line(error)}"
