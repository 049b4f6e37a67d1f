"""Factor scores from the answers that a row has, and how good they are.

A score is the factor's mean plus F (y - mu). Sources: Thurstone (1935) and Thomson (1939)
for the regression method, Bartlett (1937) for his; Grice (2001) for determinacy. Those of
ordinal answers are in ordinalscores and responsescores.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.errors import nearest
from surveysem.sem import moments as observed
from surveysem.sem.errors import DataError, NotAvailableError
from surveysem.sem.implied import DIRECTED, Implied, Layout
from surveysem.sem.responsescores import MEANS, Scorer, scorers

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

METHODS = ("regression", "Bartlett")
# empirical Bayes modal and maximum likelihood: what the two are for ordinal answers too
_SYNONYMS = {"EBM": "regression", "ML": "Bartlett"}
_ESTIMABLE = 1e-8  # what rounding leaves of a factor that no answer speaks of


@dataclass(frozen=True, slots=True)
class Factors:
    """What the scores of one group depend on: p observed variables, m factors.

    sigma: p x p, mu: p, moments of the observed variables. between: m x p, covariances of
    the factors with them. cov: m x m, mean: m, moments of the factors. The structure of the
    observed variables, y = intercepts + loadings eta + paths y + e: loadings p x m, paths
    p x p, residuals p x p (covariance matrix of e).
    """

    sigma: np.ndarray
    mu: np.ndarray
    between: np.ndarray
    cov: np.ndarray
    mean: np.ndarray
    loadings: np.ndarray
    paths: np.ndarray
    residuals: np.ndarray

    @property
    def informative(self) -> np.ndarray:
        """Variables that Bartlett's method takes as random given the factors, p bool.

        Not so covariates: variables that predict others and depend on none.
        """
        dependent = self.loadings.any(axis=1) | self.paths.any(axis=1)
        return dependent | ~self.paths.any(axis=0)


@dataclass(frozen=True, slots=True)
class Weights:
    """How answers become scores.

    F: m x p, zero where an answer is missing. errors: m x m, covariance of score minus
    factor. Both are nan for a factor that the answers do not identify.
    """

    F: np.ndarray
    errors: np.ndarray


def factors(layout: Layout, im: Implied, values: np.ndarray, mu: np.ndarray) -> Factors:
    """Factors of one group at the values of the rows, r; mu: p, centre of the observed."""
    p = layout.p
    A = np.zeros((layout.t, layout.t))
    directed = layout.matrix == DIRECTED
    A[layout.i[directed], layout.j[directed]] = values[layout.rows[directed]]
    return Factors(
        sigma=im.sigma,
        mu=mu,
        between=im.C[p:],
        cov=im.V[p:, p:],
        mean=im.centre[p:],
        loadings=A[:p, p:],
        paths=A[:p, :p],
        residuals=im.S[:p, :p],
    )


def weights(f: Factors, method: str, seen: np.ndarray | None = None) -> Weights:
    """Weights of the answers in `seen` (p bool, default all).

    Raises NotAvailableError for another method than `regression` and `Bartlett`.
    """
    _require_method(method)
    seen = np.full(len(f.mu), True) if seen is None else seen
    F = np.zeros_like(f.between)
    if method == "regression":
        F[:, seen] = np.linalg.solve(f.sigma[np.ix_(seen, seen)], f.between[:, seen].T).T
        return Weights(F, f.cov - F @ f.between.T)
    # a variable says nothing where one that predicts it is missing
    used = seen & f.informative & ~f.paths[:, ~seen].any(axis=1)
    L = f.loadings[used]
    # with the factors' part added to Theta the weights are the same, and its inverse exists
    # where a residual is zero
    R = f.residuals[np.ix_(used, used)] + L @ f.cov @ L.T
    RL = np.linalg.solve(R, L)
    M = L.T @ RL
    units = np.sqrt(np.where(np.diag(M) > 0, np.diag(M), 1.0))
    scaled = M / np.outer(units, units)
    inverse = np.linalg.pinv(scaled, rcond=_ESTIMABLE, hermitian=True)
    lost = np.abs(inverse @ scaled - np.eye(len(M))).max(axis=1, initial=0.0) > 1e-6
    inverse /= np.outer(units, units)
    F = inverse @ RL.T @ (np.eye(len(f.mu)) - f.paths)[used]
    errors = inverse - f.cov
    F[lost], errors[lost], errors[:, lost] = np.nan, np.nan, np.nan
    return Weights(F, errors)


def _require_method(method: str) -> None:
    if method not in METHODS:
        raise NotAvailableError(
            f"method={method!r} is not available (it has: {(*METHODS, *_SYNONYMS, *MEANS)})"
        )


def score(values: np.ndarray, f: Factors, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Scores and their standard errors, n x m each, of rows with nan where not answered.

    The standard error is the root of the variance of score minus factor. nan in rows
    without any answer, and for factors that a row's answers do not identify.
    """
    scores = np.full((len(values), len(f.mean)), np.nan)
    errors = np.full_like(scores, np.nan)
    for seen, index in patterns(values):
        if not seen.any():
            continue
        w = weights(f, method, seen)
        deviations = np.where(seen, values[index] - f.mu, 0.0)
        scores[index] = f.mean + deviations @ w.F.T
        with np.errstate(invalid="ignore"):
            # rounding below zero: a factor that the answers give without error
            variances, least = np.diag(w.errors), -1e-10 * np.abs(np.diag(f.cov))
            errors[index] = np.sqrt(np.where(variances >= least, variances.clip(0.0), np.nan))
    return scores, errors


def patterns(values: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Which variables were answered (p bool), and by which rows, for each pattern."""
    seen = ~np.isnan(values)
    packed = np.packbits(seen, axis=1)
    _, first, code = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(code.ravel(), kind="stable")
    bounds = np.cumsum(np.bincount(code.ravel(), minlength=len(first)))[:-1]
    return list(zip(seen[first], np.split(order, bounds), strict=True))


def determinacy(f: Factors, method: str) -> np.ndarray:
    """Correlation of each factor with its score from complete answers, m (Grice 2001, eq. 5).

    Its square is the share of the factor's variance that the scores hold.
    """
    F = weights(f, method).F
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = ((F @ f.sigma) * F).sum(axis=1)
        return (F * f.between).sum(axis=1) / np.sqrt(variance * np.diag(f.cov))


# Of a fit --------------------------------------------------------------------------------


def fit_factors(fit: "Fit") -> list[Factors]:
    """Factors of each group; without a mean structure around the sample means."""
    result = []
    for layout, im, m in zip(fit.layouts, fit.implied_moments, fit.moments, strict=True):
        if fit.table.meanstructure or m.mean is None:
            result.append(factors(layout, im, fit.values, im.mu))
        else:
            found = factors(layout, im, fit.values, m.mean)
            result.append(replace(found, mean=_means(layout, fit.values, m.mean)))
    return result


def _means(layout: Layout, values: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Factors' means, m, where intercepts are zero and observed variables have theirs, p.

    What a mean structure with free intercepts of the observed variables gives.
    """
    p, directed = layout.p, layout.matrix == DIRECTED
    A = np.zeros((layout.t, layout.t))
    A[layout.i[directed], layout.j[directed]] = values[layout.rows[directed]]
    return np.linalg.solve(np.eye(layout.t - p) - A[p:, p:], A[p:, :p] @ mean)


def fit_scores(
    fit: "Fit",
    method: str,
    *,
    data: pd.DataFrame | None = None,
    group: str | None = None,
    residual_covariances: str = "refuse",
) -> pd.DataFrame:
    """Scores under the factors' names, one row a row of the data.

    method: "regression" or "Bartlett"; of ordinal fits these are the mode of the factors
    given the answers and maximum likelihood, which "EBM" and "ML" name as well. "EAP" is the mean
    of the factors given the answers: for continuous ones the regression score, for ordinal ones an
    integral over all factors; "EAP_each" is that of each given its own items (posteriormean). Without
    `data` the rows of the fit, groups one after another. `group` names the column of `data`
    that holds the labels of the fit's groups. residual_covariances: of an ordinal fit's
    items, "refuse" or "ignore". Raises DataError naming what is wrong with the data, or
    that the fit has none, and as `weights` and responsescores.scorers do.
    """
    return _of_fit(fit, method, data, group, residual_covariances)[0]


def fit_errors(
    fit: "Fit",
    method: str,
    *,
    data: pd.DataFrame | None = None,
    group: str | None = None,
    residual_covariances: str = "refuse",
) -> pd.DataFrame:
    """Standard errors of `fit_scores`, for the same rows; of ordinal fits from the curvature."""
    return _of_fit(fit, method, data, group, residual_covariances)[1]


def scores_and_errors(
    fit: "Fit", method: str, data: pd.DataFrame, group: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`fit_scores` and `fit_errors` of the same rows, in the time of one of them."""
    return _of_fit(fit, method, data, group, "refuse")


def fit_determinacy(fit: "Fit", method: str) -> pd.DataFrame:
    """Determinacy of each factor (columns) in each group (rows, by label).

    Raises NotAvailableError for ordinal fits.
    """
    if fit.table.ordered:
        raise NotAvailableError(
            "the determinacy of scores from ordinal answers has no closed form\n"
            "  hint: factor_score_errors() tells how well each row's score is known"
        )
    index = pd.Index(fit.group_labels or [""], name="group_label")
    found = [determinacy(f, _SYNONYMS.get(method, method)) for f in fit_factors(fit)]
    return pd.DataFrame(found, index, list(fit.table.latent))


def _scorers(fit: "Fit", method: str, residual_covariances: str) -> list[Scorer]:
    """What scores the rows of each group."""
    method = _SYNONYMS.get(method, method)
    if fit.table.ordered:
        if method not in MEANS:
            _require_method(method)
        return scorers(fit, method, residual_covariances)
    method = "regression" if method == "EAP" else method
    _require_method(method)
    if residual_covariances != "refuse":
        raise NotAvailableError(
            "residual_covariances belongs to ordinal fits\n"
            "  hint: leave it out: scores of continuous variables take them into account"
        )
    return [partial(score, f=f, method=method) for f in fit_factors(fit)]


def _of_fit(
    fit: "Fit",
    method: str,
    data: pd.DataFrame | None,
    group: str | None,
    residual_covariances: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    every = _scorers(fit, method, residual_covariances)
    if data is None:
        if any(m.rows is None for m in fit.moments):
            raise DataError(
                "the model was fitted to moments: there are no rows to score\n  hint: give data="
            )
        parts = [m.rows.values for m in fit.moments]
        index = pd.RangeIndex(sum(len(part) for part in parts))
        rows = np.split(np.arange(len(index)), np.cumsum([len(part) for part in parts])[:-1])
    else:
        values = _values(data, fit.table.observed)
        rows = _rows_by_group(data, fit.group_labels, group)
        parts, index = [values[at] for at in rows], data.index
    out = np.full((2, len(index), len(fit.table.latent)), np.nan)
    for at, part, scorer in zip(rows, parts, every, strict=True):
        out[:, at] = scorer(part)
    scores, errors = (pd.DataFrame(x, index, list(fit.table.latent)) for x in out)
    return scores, errors


def _values(data: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    missing = [name for name in names if name not in data.columns]
    if missing:
        close = nearest(missing[0], data.columns)
        raise DataError(
            f"not in the data: {', '.join(missing)}\n"
            f"  hint: {f'did you mean {close!r}?' if close else 'check the column names'}"
        )
    return observed.numbers(data, names, "")


def _rows_by_group(data: pd.DataFrame, labels: Sequence, group: str | None) -> list[np.ndarray]:
    if not labels:
        return [np.arange(len(data))]
    if group not in data.columns:
        raise DataError(
            f"group: column {group!r} is not in the data\n"
            "  hint: the fit has groups; name the column that holds their labels"
        )
    unknown = data[group][~data[group].isin(labels)]
    if len(unknown):
        raise DataError(
            f"group '{unknown.iloc[0]}' in column '{group}' is not in the fit\n"
            f"  allowed: {', '.join(map(str, labels))}\n"
            "  hint: leave those rows out"
        )
    return [np.flatnonzero(data[group] == label) for label in labels]
