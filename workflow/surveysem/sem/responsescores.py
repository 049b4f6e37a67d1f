"""Factor scores of a fit with ordinal answers: its measurement part, and each row's mode.

Given the factors and the covariates an item's latent response is y = nu + lambda' eta +
kappa' x + e, and eta = mean + Gamma x + zeta: all that ordinalscores needs.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from surveysem.sem.errors import DataError, NotAvailableError
from surveysem.sem.implied import DIRECTED, MEAN
from surveysem.sem.ordinalscores import Measurement, posterior_mode
from surveysem.sem.posteriormean import of_each, posterior_mean

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

RIDGE = 1e-5  # precision that maximum likelihood gets about the mean, as in lavaan
MEANS = {"EAP": posterior_mean, "EAP_each": of_each}
Scorer = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def scorers(fit: "Fit", method: str, residual_covariances: str) -> list[Scorer]:
    """For each group what turns its rows (n x p, nan where not answered) into scores and errors.

    method: "regression" for the mode of the factors given the answers (EBM), "Bartlett" for
    maximum likelihood, where a ridge (RIDGE) keeps the scores of rows at an end finite; "EAP" for
    the mean of all factors given the answers, "EAP_each" for that of each given its own items. nan
    in rows without a covariate or any answer, for factors that no answer speaks of under
    maximum likelihood, and throughout a group with a negative residual variance (see
    `problems`). Raises NotAvailableError for models in which the answers depend on each
    other beyond the factors, naming the parameter.
    """
    if residual_covariances not in ("refuse", "ignore"):
        raise NotAvailableError(
            f"residual_covariances={residual_covariances!r} is not available\n"
            "  allowed: 'refuse', 'ignore'"
        )
    return [
        _scorer(fit, part, im, method, residual_covariances == "ignore")
        for part, im in zip(fit.parts, fit.implied_moments, strict=True)
    ]


def _scorer(fit: "Fit", part, im, method: str, ignore: bool) -> Scorer:
    layout, names, ml = part.layout, fit.table.observed, method == "Bartlett"
    p, t = layout.p, layout.t
    A, nu = np.zeros((t, t)), np.zeros(t)
    values, directed, mean = (
        fit.values[layout.rows],
        layout.matrix == DIRECTED,
        layout.matrix == MEAN,
    )
    A[layout.i[directed], layout.j[directed]] = values[directed]
    nu[layout.i[mean]] = values[mean]
    x = np.array([k for k, name in enumerate(names) if name in fit.table.predictors], dtype=int)
    y, eta = np.setdiff1d(np.arange(p), x), np.arange(p, t)
    _require_independence(fit, A, im.S, x, y, eta, ignore)
    B = np.linalg.inv(np.eye(len(eta)) - A[np.ix_(eta, eta)])
    counts = dict(fit.table.ordered)
    categories = _categories(part, y)
    cuts = np.split(im.tau, np.cumsum([counts.get(names[k], 0) for k in y])[:-1])
    L, residuals = A[np.ix_(y, eta)], np.diag(im.S)[y]
    exact = [names[k] for k, v in zip(y, residuals, strict=True) if v == 0]
    if exact and method != "EAP_each":
        raise NotAvailableError(
            f"factor scores: the residual variance of '{exact[0]}' is zero, so that an answer "
            "fixes its response\n  hint: give it a residual variance"
        )
    cov = np.eye(len(eta)) / RIDGE if ml else B @ im.S[np.ix_(eta, eta)] @ B.T
    measurement = Measurement(L, residuals, [c if len(c) else None for c in cuts], nu[y], cov)
    if method in MEANS and len(x):
        raise NotAvailableError(
            "posterior means of models with covariates are not available\n"
            "  hint: method='regression' gives the modes"
        )
    slopes, direct = B @ A[np.ix_(eta, x)], A[np.ix_(y, x)]

    def score(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        answers = _coded(rows[:, y], categories, [names[k] for k in y])
        nothing = np.full((len(rows), len(eta)), np.nan)
        if (residuals < 0).any() or not len(eta):
            return nothing, nothing
        if method in MEANS:
            return MEANS[method](answers, measurement, B @ nu[eta])
        given = rows[:, x]
        scores, errors = posterior_mode(
            answers, measurement, B @ nu[eta] + given @ slopes.T, given @ direct.T
        )
        if ml:
            silent = (~np.isnan(answers)).astype(float) @ (L != 0) == 0
            scores[silent], errors[silent] = np.nan, np.nan
        return scores, errors

    return score


def _require_independence(fit: "Fit", A, S, x, y, eta, ignore: bool) -> None:
    names = (*fit.table.observed, *fit.table.latent)
    for k in y:
        on = np.flatnonzero(A[:, k])
        if len(on):
            raise NotAvailableError(
                f"factor scores of ordinal models in which an item predicts another variable "
                f"({names[on[0]]} ~ {names[k]}) are not available\n"
                "  hint: let a latent variable of its own stand for that item"
            )
    others = [(a, b) for a in (*y, *x) for b in (*eta, *x) if a != b and b > a]
    others += [] if ignore else [(a, b) for a in y for b in y if b > a]
    covariates = set(x)
    for a, b in others:
        if S[a, b] and not {a, b} <= covariates:
            raise NotAvailableError(
                "factor scores of ordinal models need items that are independent given the factors, "
                f"and the model has {names[a]} ~~ {names[b]}\n"
                "  hint: residual_covariances='ignore' leaves those of items out, as lavaan does"
            )


def _categories(part, y: np.ndarray) -> list[np.ndarray]:
    """Sorted answers of the dependent variables y (none for numeric ones)."""
    own = dict(zip(part.places.dependents, part.observed.categories, strict=True))
    return [own[k] for k in y]


def _coded(rows: np.ndarray, categories: list[np.ndarray], names: list[str]) -> np.ndarray:
    """Answers as categories counted from 0. Raises DataError for one that the fit did not have."""
    out = rows.copy()
    for j, (known, name) in enumerate(zip(categories, names, strict=True)):
        if not len(known):
            continue
        seen = ~np.isnan(rows[:, j])
        strange = seen & ~np.isin(rows[:, j], known)
        if strange.any():
            raise DataError(
                f"'{name}' has the answer {rows[strange, j][0]:g}, which the fit's data have not\n"
                f"  allowed: {', '.join(f'{value:g}' for value in known)}"
            )
        out[seen, j] = np.searchsorted(known, rows[seen, j])
    return out
