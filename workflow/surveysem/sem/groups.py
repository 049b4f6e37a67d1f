"""From the rows of each group to the parts of an objective: complete, incomplete, ordinal."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surveysem.sem.casewise import Rows
from surveysem.sem.categorical import Categorical
from surveysem.sem.distributionfree import ContinuousMoments, continuous_moments
from surveysem.sem.errors import DataError, NotAvailableError
from surveysem.sem.implied import Layout
from surveysem.sem.incomplete import Incomplete
from surveysem.sem.missing.fiml import saturated
from surveysem.sem.missing.patterns import patterns
from surveysem.sem.missing.saturation import Saturation
from surveysem.sem.moments import GroupRows, Moments, require_spread
from surveysem.sem.momentspace import kept_moments
from surveysem.sem.normal import Normal
from surveysem.sem.ordinal import OrdinalMoments, ordinal_moments
from surveysem.sem.places import places
from surveysem.sem.settings import Settings
from surveysem.sem.table import Table
from surveysem.sem.twostage import FirstStage, TwoStage

Observed = OrdinalMoments | ContinuousMoments


def with_rows(part, rows: Rows, table: Table, settings: Settings, *, estimates: bool = False):
    """The same part of other rows of its group, such as a bootstrap draw's.

    estimates: only the discrepancy's minimum is wanted; what tests and standard errors need
    beside it (the saturated model, the covariances of the statistics) is left out.

    Raises DataError naming what no model can be fitted to: a variable without spread, an
    empty category, two variables that nobody answered both of, a singular covariance matrix.
    """
    group = GroupRows(rows, "", len(rows.values))
    if len(rows.values) < 2:
        raise DataError("a group has fewer than two rows")
    if isinstance(part, Normal):
        return part.with_rows(rows, settings.likelihood, table.observed)
    require_spread(rows.values, table.observed, "")
    if isinstance(part, Categorical):
        return _categorical_again(part, group, table, settings, estimates=estimates)
    near = None if part.saturated is None else (part.saturated.mu, part.saturated.sigma)
    return incomplete(group, part.layout, table.observed, start=near, estimates=estimates)


def _categorical_again(part: Categorical, group: GroupRows, table, settings, *, estimates: bool):
    own = np.setdiff1d(np.arange(part.layout.p), part.covariates)
    for k, ordered in zip(own, part.observed.ordered, strict=True):
        if ordered:
            before = part.observed.categories[int(np.searchsorted(own, k))]
            absent = np.setdiff1d(before, group.rows.values[:, k])
            if len(absent):
                raise _empty(table.observed[k], absent[0], group.where)
    gamma = "diagonal" if estimates and settings.weight == "diagonal" else True
    gamma = False if estimates and settings.weight == "identity" else gamma
    return categorical(group, part.layout, table, settings, gamma=gamma, start=part.observed.cov)


def incomplete(
    group: GroupRows,
    layout: Layout,
    variables: Sequence[str],
    *,
    start: tuple[np.ndarray, np.ndarray] | None = None,
    estimates: bool = False,
) -> Incomplete:
    """Part of a group with missing answers: its patterns, and the saturated model.

    start, estimates: see fiml.saturated and `with_rows`. Raises DataError naming two
    variables that nobody answered both of, and where the saturated model has no maximum.
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
    if estimates:
        return Incomplete(_of_covariates(group), layout, rows, pats, None, rows.covariates)
    found = saturated(pats, start)
    if not found.converged:
        raise DataError(
            f"the saturated model has no maximum{group.where} (n = {pats.nobs}): too few rows for "
            f"{len(variables)} variables with so many missing answers\n"
            "  hint: fewer variables, or more rows"
        )
    moments = Moments(found.sigma, found.mu, pats.nobs, group.ntotal, rows)
    kept = kept_moments(len(variables), rows.covariates)
    shared = Saturation(found, rows, pats, kept)
    return Incomplete(moments, layout, rows, pats, found, rows.covariates, shared)


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


def _of_covariates(group: GroupRows) -> Moments:
    """Moments of the covariates, which are never missing; nan for the other variables."""
    rows, fixed = group.rows, list(group.rows.covariates)
    p = rows.values.shape[1]
    cov, mean = np.full((p, p), np.nan), np.full(p, np.nan)
    mean[fixed] = rows.mean(rows.values[:, fixed])
    y = rows.values[:, fixed] - mean[fixed]
    weight = np.ones(len(y)) if rows.weights is None else rows.weights
    cov[np.ix_(fixed, fixed)] = (y * weight[:, None]).T @ y / weight.sum()
    return Moments(cov, mean, len(rows.values), group.ntotal, rows)


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
            raise _empty(name, absent[0], g.where)
    return every


def _empty(name: str, category: float, where: str) -> DataError:
    return DataError(
        f"'{name}' has no answer {category:g}{where}: an empty category\n"
        "  hint: join it with its neighbour in all groups, or leave the item out"
    )


def categorical(
    group: GroupRows,
    layout: Layout,
    table: Table,
    settings: Settings,
    *,
    gamma: bool | str = True,
    start: np.ndarray | None = None,
) -> Categorical:
    """Part of a group with ordinal variables, or with least squares of continuous ones.

    gamma, start: as in ordinal.ordinal_moments.
    """
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
            gamma=gamma,
            start=start,
            clusters=rows.clusters,
            weights=rows.weights,
            correction=None if rows.clusters is None else rows.factor,
        )
    else:
        _require_plain(group, settings, given)
        observed = continuous_moments(rows.values, means=table.meanstructure)
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


def _units(observed: Observed) -> np.ndarray:
    """Units of thresholds and of correlations with an ordinal variable, m; 0 for the others.

    Only these can lack a standard error: of numeric variables spread was required.
    """
    out = np.zeros(len(observed.statistics))
    if not observed.ordered.any():
        return out
    p, k = len(observed.cov), observed.slopes.shape[1]
    at = places(tuple(len(t) for t in observed.thresholds), p + k, tuple(range(p, p + k)))
    sd = np.sqrt(np.diag(observed.cov))
    out[at.thresholds_at] = 1.0
    out[at.pairs_at] = sd[at.row] * sd[at.column]
    return out


def _weight(observed: Observed, settings: Settings) -> np.ndarray:
    """Weight matrix, or its diagonal."""
    if settings.weight == "identity":
        return np.ones(len(observed.statistics))
    variances = observed.gamma if observed.gamma.ndim == 1 else np.diag(observed.gamma)
    if not (variances > 1e-12 * _units(observed) ** 2).all():
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
