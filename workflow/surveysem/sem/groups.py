"""From the rows of each group to the parts of an objective: complete, incomplete, ordinal."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surveysem.sem.categorical import Categorical
from surveysem.sem.distributionfree import ContinuousMoments, continuous_moments
from surveysem.sem.errors import DataError, NotAvailableError
from surveysem.sem.implied import Layout
from surveysem.sem.incomplete import Incomplete
from surveysem.sem.missing.fiml import saturated
from surveysem.sem.missing.patterns import patterns
from surveysem.sem.moments import GroupRows, Moments
from surveysem.sem.ordinal import OrdinalMoments, ordinal_moments
from surveysem.sem.settings import Settings
from surveysem.sem.table import Table
from surveysem.sem.twostage import FirstStage, TwoStage

Observed = OrdinalMoments | ContinuousMoments


def incomplete(group: GroupRows, layout: Layout, variables: Sequence[str]) -> Incomplete:
    """Part of a group with missing answers: its patterns, and the saturated model.

    Raises DataError naming two variables that nobody answered both of, and where the
    saturated model has no maximum.
    """
    rows = group.rows
    pats = patterns(rows.values, rows.weights)
    never = np.argwhere(pats.coverage == 0)
    if len(never):
        a, b = (variables[k] for k in never[0])
        raise DataError(
            f"nobody answered both '{a}' and '{b}'{group.where}: their covariance is unknown\n"
            "  hint: leave one out of the model"
        )
    found = saturated(pats)
    if not found.converged:
        raise DataError(
            f"the saturated model has no maximum{group.where} (n = {pats.nobs}): too few rows for "
            f"{len(variables)} variables with so many missing answers\n"
            "  hint: fewer variables, or more rows"
        )
    moments = Moments(found.sigma, found.mu, pats.nobs, group.ntotal, rows)
    return Incomplete(moments, layout, rows, pats, found, rows.covariates)


def two_stage(group: GroupRows, layout: Layout, table: Table, settings: Settings) -> TwoStage:
    """Part of a group whose saturated moments are estimated first.

    The auxiliary variables stand behind the model's in the group's rows, and only there.
    Raises DataError as `incomplete` does.
    """
    variables = (*table.observed, *settings.auxiliary)
    part = incomplete(group, replace(layout, p=len(variables)), variables)
    robust = settings.missing == "robust_two_stage"
    first = FirstStage(part, layout.p, settings.information, robust)
    return TwoStage(first.moments(), layout, True, part.covariates, first=first)


def categories(groups: Sequence[GroupRows], position: int, name: str) -> np.ndarray:
    """Answers of an ordinal variable, the same in every group.

    Raises DataError naming a category that one group lacks.
    """
    found = [np.unique(g.rows.values[:, position]) for g in groups]
    found = [x[~np.isnan(x)] for x in found]
    every = np.unique(np.concatenate(found))
    for g, own in zip(groups, found, strict=True):
        absent = np.setdiff1d(every, own)
        if len(absent):
            raise DataError(
                f"'{name}' has no answer {absent[0]:g}{g.where}: an empty category\n"
                "  hint: join it with its neighbour in all groups, or leave the item out"
            )
    return every


def categorical(group: GroupRows, layout: Layout, table: Table, settings: Settings) -> Categorical:
    """Part of a group with ordinal variables, or with least squares of continuous ones."""
    rows, names = group.rows, table.observed
    given = tuple(names.index(x) for x in table.covariates) if table.conditional_x else ()
    own = [k for k in range(len(names)) if k not in given]
    ordered = dict(table.ordered)
    if ordered:
        observed = ordinal_moments(
            rows.values[:, own],
            [names[k] for k in own],
            np.array([names[k] in ordered for k in own]),
            covariates=rows.values[:, list(given)] if given else None,
            missing="pairwise" if settings.missing == "pairwise" else "listwise",
            clusters=rows.clusters,
            weights=rows.weights,
        )
    else:
        _require_plain(group, settings, given)
        observed = continuous_moments(rows.values)
    return Categorical(
        _moments(group, observed, own, given),
        layout,
        observed,
        _weight(observed, settings),
        table.parameterization == "theta",
        given,
    )


def _require_plain(group: GroupRows, settings: Settings, given: tuple[int, ...]) -> None:
    """Raise NotAvailableError for what least squares of continuous variables cannot do here."""
    asked = {
        "missing='pairwise'": settings.missing == "pairwise",
        "cluster": group.rows.clusters is not None,
        "weights": group.rows.weights is not None,
        "conditional_x=True": bool(given),
    }
    for name, is_asked in asked.items():
        if is_asked:
            raise NotAvailableError(
                f"{name} does not go with estimator {settings.estimator} where no variable is "
                "ordinal\n  hint: name the ordinal variables in `ordered`, or use estimator='MLR'"
            )


def _moments(group: GroupRows, observed: Observed, own, given) -> Moments:
    """Moments of all observed variables: starting values need them, and fixed covariates."""
    p = len(own) + len(given)
    cov, mean = np.zeros((p, p)), np.zeros(p)
    thresholds = [np.zeros(0)] * p
    x = group.rows.values[:, list(given)]
    weights = group.rows.weights
    mean[list(given)] = np.average(x, axis=0, weights=weights) if given else []
    # as lavaan divides them where they are conditioned on
    cov[np.ix_(given, given)] = np.cov(x.T, aweights=weights) if given else 0.0
    cov[np.ix_(own, own)] = observed.cov
    mean[own] = observed.means
    for k, cuts in zip(own, observed.thresholds, strict=True):
        thresholds[k] = cuts
    return Moments(cov, mean, observed.nobs, group.ntotal, group.rows, tuple(thresholds))


def _weight(observed: Observed, settings: Settings) -> np.ndarray:
    """Weight matrix, or its diagonal."""
    if settings.weight == "identity":
        return np.ones(len(observed.statistics))
    variances = np.diag(observed.gamma)
    if not (variances > 1e-12).all():  # of ordinal ones only: spread was required
        names = ", ".join(f"{a} with {b}" for a, b, _ in observed.at_bound[:3]) or "some variables"
        raise DataError(
            f"the answers to {names} determine each other: their correlation has no standard "
            "error\n  hint: leave one of them out, or join rare categories"
        )
    if settings.weight == "diagonal":
        return 1 / variances
    if np.linalg.matrix_rank(observed.gamma) < len(variances):
        raise DataError(
            f"WLS needs more rows than statistics ({observed.nobs} rows, {len(variances)} "
            "statistics)\n  hint: estimator='WLSMV' uses the diagonal weight only"
        )
    return np.linalg.inv(observed.gamma)
