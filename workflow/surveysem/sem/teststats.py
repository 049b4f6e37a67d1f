"""Test statistics of a fit: the chi-square, and its scaled forms for data that are not normal."""

from dataclasses import dataclass

import numpy as np

from surveysem.sem import momentspace
from surveysem.sem.clusters import roots, share_clusters
from surveysem.sem.correlations import correlation_structure, normal_weight, normal_weight_trace
from surveysem.sem.estimate import Objective
from surveysem.sem.inference import information, inverse
from surveysem.sem.inference import meat as outer_product
from surveysem.sem.measures import chi_square_p
from surveysem.sem.settings import SCALED, Settings


@dataclass(frozen=True, slots=True)
class Scaled:
    """A scaled chi-square.

    stat on df, with p value; stat = chisq / factor + shift. trace: tr(U Gamma).
    factor_h1, factor_h0: Yuan and Bentler's factors of the saturated model and this one.
    """

    stat: float
    df: float
    pvalue: float
    factor: float
    shift: float
    trace: float
    factor_h1: float = np.nan
    factor_h0: float = np.nan


def scaled(
    objective: Objective, x: np.ndarray, settings: Settings, chisq: float, df: int
) -> Scaled:
    """The scaled statistic that the settings ask for; nan without degrees of freedom."""
    if df == 0:
        return Scaled(chisq, 0, np.nan, np.nan, np.nan, np.nan)
    if settings.test == "yuan_bentler_mplus":
        return yuan_bentler(objective, x, settings, chisq, df)
    if settings.test == "satorra_bentler":
        return satorra_bentler(objective, x, chisq, df)
    return second_order(objective, x, settings.test, chisq, df)


def yuan_bentler(
    objective: Objective, x: np.ndarray, settings: Settings, chisq: float, df: int
) -> Scaled:
    """Yuan and Bentler's (2000) T2*, in the form of Asparouhov and Muthen (2005).

    c = (tr(A1^-1 B1) - tr(A0^-1 B0)) / df, index 1 the saturated model, 0 this one.
    """
    h1 = sum(part.saturated_trace() for part in objective.parts)
    h0 = float(
        (outer_product(objective, x, "scores") * inverse(information(objective, x, settings.information)).T
         ).sum()
    )  # fmt: skip
    statistics = df + objective.parameters.count
    factor = (h1 - h0) / df
    if not factor > 0:
        factor = np.nan
    stat = chisq / factor
    free = objective.parameters.free.sum()
    return Scaled(
        stat, df, chi_square_p(stat, df), factor, 0.0, h1 - h0, h1 / statistics, h0 / free
    )


def satorra_bentler(objective: Objective, x: np.ndarray, chisq: float, df: int) -> Scaled:
    """Satorra and Bentler (1994): c = tr(U Gamma) / df, at the model's expected weights."""
    h1 = sum(
        part.saturated_trace(im)
        for part, im in zip(objective.parts, objective.implied(x), strict=True)
    )
    h0 = float((outer_product(objective, x, "moments") * inverse(objective.information(x)).T).sum())
    factor = (h1 - h0) / df
    stat = chisq / factor
    return Scaled(stat, df, chi_square_p(stat, df), factor, 0.0, h1 - h0)


def second_order(objective: Objective, x: np.ndarray, test: str, chisq: float, df: int) -> Scaled:
    """Corrections that match the mean and the variance of the chi-square distribution.

    scaled_shifted: Asparouhov and Muthen (2010), T = a chisq + b on df.
    mean_var_adjusted: Satterthwaite, on tr(U Gamma)^2 / tr((U Gamma)^2) degrees of freedom.
    """
    trace, square = traces(objective, x)
    if not square > 0:  # rounding: the information is all but singular, see `problems`
        return Scaled(np.nan, df, np.nan, np.nan, np.nan, trace)
    if test == "mean_var_adjusted":
        df_adjusted = trace**2 / square
        factor = trace / df_adjusted
        stat = chisq / factor
        return Scaled(stat, df_adjusted, chi_square_p(stat, df_adjusted), factor, 0.0, trace)
    a = np.sqrt(df / square)
    shift = df - a * trace
    stat = chisq * a + shift
    return Scaled(stat, df, chi_square_p(stat, df), 1 / a, shift, trace)


def traces(objective: Objective, x: np.ndarray) -> tuple[float, float]:
    """tr(U Gamma) and tr(U Gamma U Gamma), U = A1 - A1 Delta E^-1 Delta' A1.

    Satorra and Bentler (1994, eq. 16.15). Multiplied out, so that products of two matrices
    over the moments are never formed: with P = A1 Delta,
    tr(U Gamma U Gamma) = tr(A1 Gamma A1 Gamma) - 2 tr(E^-1 P' Gamma A1 Gamma P)
    + tr((E^-1 P' Gamma P)^2). Gamma is block diagonal over the groups.
    """
    if share_clusters(objective.parts):
        return _traces_by_cluster(objective, x)
    first = second = 0.0
    inner, cross = np.zeros((len(x), len(x))), np.zeros((len(x), len(x)))
    parts = zip(objective.free_parts, objective.implied(x), objective.shares, strict=True)
    for part, im, share in parts:
        weighted = part.weigh(im, part.gamma())
        first += float(np.trace(weighted))
        second += float((weighted * weighted.T).sum())
        P = part.weigh(im, part.jacobian(im))
        spread, rows = part.spread(P), part.layout.rows
        inner += share * objective.parameters.congruent(rows, P.T @ spread)
        again = spread.T @ part.weigh(im, spread)
        cross += share * objective.parameters.congruent(rows, again)
    inverse_information = inverse(objective.information(x))
    projected = inverse_information @ inner
    trace = first - float(np.trace(projected))
    square = second - 2 * float((inverse_information * cross.T).sum())
    return trace, square + float((projected * projected.T).sum())


def _traces_by_cluster(objective: Objective, x: np.ndarray) -> tuple[float, float]:
    """The same where clusters span groups: Gamma = Z Z', Z with a column a cluster.

    With H = Z' A1 Z and R = Delta' A1 Z: tr(A1 Gamma A1 Gamma) is the sum of H's squares, and
    P' Gamma A1 Gamma P = R H R'.
    """
    parts, H, R = objective.free_parts, 0.0, 0.0
    of_groups = roots(parts, [part.cluster_sums() for part in parts])
    triples = zip(parts, objective.implied(x), objective.shares, of_groups, strict=True)
    for part, im, share, Z in triples:
        weighted = share * part.weigh(im, Z)
        H = H + Z.T @ weighted
        R = R + objective.parameters.K[part.layout.rows].T @ (part.jacobian(im).T @ weighted)
    inverse_information = inverse(objective.information(x))
    projected = inverse_information @ R @ R.T
    trace = float(np.trace(H) - np.trace(projected))
    square = float((H * H).sum()) - 2 * float((inverse_information * (R @ H @ R.T)).sum())
    return trace, square + float((projected * projected.T).sum())


def complete_test(
    objective: Objective, x: np.ndarray, df: int, settings: Settings
) -> tuple[float, float] | None:
    """Chi-square of the saturated moments of incomplete data, and its factor c.

    Zhang and Savalei (2020): FIML-C version 3 with a scaled test, version 6 (normal data,
    B = A) otherwise. None where the saturated information is singular. With A, B and C of
    `Saturation`, c = tr(Q' C Q A^-1 B A^-1) / df and Q = I - Delta E^-1 Delta' A, multiplied
    out as in `traces`.
    """
    if settings.least_squares:
        return _correlation_test(objective, x, df)
    chisq, trace, q = 0.0, 0.0, len(x)
    bread, cross, curvature, meat = (np.zeros((q, q)) for _ in range(4))
    left = right = 0.0
    robust = settings.test in SCALED
    spanning = robust and share_clusters(objective.parts)
    Z = roots(objective.parts, [p.cluster_sums() for p in objective.parts]) if spanning else []
    triples = zip(objective.free_parts, objective.implied(x), objective.shares, strict=True)
    for g, (part, im, share) in enumerate(triples):
        chisq += part.size * part.complete_discrepancy(im)
        if not df:
            continue
        h1, D, rows = part.saturation, part.jacobian(im), part.layout.rows
        turned = momentspace.transposed(D)
        try:
            CD = h1.complete(D)
            if robust:
                trace += h1.complete_trace_robust
                # D' C A^-1 B D, and D' B D
                crossed, outer = turned @ h1.complete_robust @ D, turned @ h1.meat @ D
            else:
                trace += h1.complete_trace
                crossed, outer = CD.T @ D, None  # B = A
        except np.linalg.LinAlgError:
            return None
        pull = objective.parameters.congruent
        own = pull(rows, turned @ h1.information @ D)
        bread += share * own
        cross += share * pull(rows, crossed)
        curvature += share * pull(rows, D.T @ CD)
        meat += share * (own if outer is None else pull(rows, outer))
        if spanning:  # products of whole clusters in place of the groups' own
            K = objective.parameters.K[rows].T
            left = left + share * K @ (CD.T @ (h1.acov @ Z[g]))
            right = right + share * K @ (D.T @ Z[g])
    if not df:
        return chisq, 1.0
    if spanning:
        cross, meat = left @ right.T, right @ right.T
    E = inverse(bread)
    trace -= 2 * float((E * cross.T).sum())
    trace += float(((E @ curvature @ E) * meat.T).sum())
    return chisq, trace / df


def _correlation_test(objective: Objective, x: np.ndarray, df: int) -> tuple[float, float] | None:
    """Chi-square of polychoric correlations under maximum likelihood, and its factor c.

    Savalei (2021), catML-DWLS: c = tr(Q' V Q Gamma) / df with Q = I - Delta E^-1 Delta' W,
    multiplied out as in `traces`.
    """
    chisq, trace, q = 0.0, 0.0, len(x)
    left = right = 0.0
    spanning = share_clusters(objective.parts)
    Z = roots(objective.parts, [p.cluster_sums() for p in objective.parts]) if spanning else []
    cross, curvature, meat = np.zeros((q, q)), np.zeros((q, q)), np.zeros((q, q))
    triples = zip(objective.free_parts, objective.implied(x), objective.shares, strict=True)
    for g, (part, im, share) in enumerate(triples):
        found = correlation_structure(part, im)
        if found is None:
            return None
        F, W, delta, weight, gamma = found
        chisq += part.size * F
        moving = np.flatnonzero(delta.any(axis=0))
        rows, D = part.layout.rows[moving], delta[:, moving]
        WD = D * weight[:, None]
        VD, GWD = normal_weight(W, D), gamma @ WD
        trace += normal_weight_trace(W, gamma)
        pull = objective.parameters.congruent
        cross += share * pull(rows, VD.T @ GWD)
        curvature += share * pull(rows, D.T @ VD)
        meat += share * pull(rows, WD.T @ GWD)
        if spanning:  # products of whole clusters in place of the groups' own
            K, own = objective.parameters.K[rows].T, Z[g][part.places.pairs_at]
            left = left + share * K @ (VD.T @ own)
            right = right + share * K @ (WD.T @ own)
    if not df:
        return chisq, 1.0
    if spanning:
        cross, meat = left @ right.T, right @ right.T
    E = inverse(objective.information(x))
    trace -= 2 * float((E * cross.T).sum())
    trace += float(((E @ curvature @ E) * meat.T).sum())
    return chisq, trace / df
