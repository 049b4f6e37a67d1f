"""The engine's one entry for fitting, `fit`, with lavaan's arguments and defaults."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from surveysem.sem import estimate as estimation
from surveysem.sem import moments as observed
from surveysem.sem.errors import (
    DataError,
    IdentificationError,
    ModelError,
    NotAvailableError,
)
from surveysem.sem.implied import Layout, layouts
from surveysem.sem.incomplete import Incomplete
from surveysem.sem.missing.fiml import saturated
from surveysem.sem.missing.patterns import patterns
from surveysem.sem.normal import Normal
from surveysem.sem.result import Fit, fit_table
from surveysem.sem.settings import require_rows, resolve
from surveysem.sem.table import Table, build


def fit(
    model: str,
    data: pd.DataFrame | None = None,
    *,
    model_type: str = "sem",
    sample_cov=None,
    sample_mean=None,
    sample_nobs=None,
    estimator: str = "ML",
    missing: str = "listwise",
    ordered: Sequence[str] = (),
    group: str | None = None,
    group_order: Sequence | None = None,
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    meanstructure: bool | None = None,
    std_lv: bool = False,
    parameterization: str = "delta",
    likelihood: str = "normal",
    information: str | None = None,
    se: str | None = None,
    test: str | None = None,
    fixed_x: bool = True,
    conditional_x: bool | None = None,
    constraints: str = "",
) -> Fit:
    """Fit a structural equation model written in lavaan's language.

    model: text. data: one row a respondent; or sample_cov, sample_mean, sample_nobs (for
    several groups a list each). group_order: the groups in order (default: appearance).
    Returns a `Fit`, whose `problems` have to be read first.

    Raises a SurveySemError: ModelSyntaxError and ModelError for the text, DataError for
    the data, IdentificationError for too many parameters, NotAvailableError for what this
    version cannot do (each named in its message).
    """
    settings = resolve(
        estimator=estimator,
        missing=missing,
        likelihood=likelihood,
        information=information,
        se=se,
        test=test,
        sandwich=cluster is not None or weights is not None,
        parameterization=parameterization,
        conditional_x=conditional_x,
    )
    _refuse_ordered(ordered)
    groups = _number_of_groups(data, sample_cov, sample_mean, sample_nobs, group, group_order)
    require_rows(settings, given=data is not None)
    if meanstructure is None:  # lavaan: groups, clusters and sample means bring in the means
        means = sample_mean is not None or cluster is not None or settings.missing == "fiml"
        meanstructure = groups > 1 or means
    table = build(
        model,
        model_type=model_type,
        groups=groups,
        meanstructure=meanstructure,
        std_lv=std_lv,
        fixed_x=fixed_x,
        group_equal=group_equal or (),
        group_partial=group_partial or (),
        constraints=constraints or "",
    )
    if data is not None:
        _require_other_names(table, data)
        columns = observed.Columns(table.observed, table.covariates, group, cluster, weights)
        data = data.reset_index(drop=True)
        grouped, labels = observed.rows_of(data, columns, group_order, settings.missing)
        if settings.missing == "fiml":
            parts = [
                _incomplete(g, layout) for g, layout in zip(grouped, layouts(table), strict=True)
            ]
            return fit_table(table, parts, tuple(labels), settings)
        sample = [observed.complete_moments(g) for g in grouped]
        if likelihood == "wishart":
            sample = [replace(m, cov=m.cov * m.nobs / (m.nobs - 1)) for m in sample]
    else:
        sample = observed.from_covariance(
            sample_cov, sample_mean, sample_nobs, table.observed, likelihood == "normal"
        )
        labels = list(group_order or range(1, groups + 1)) if groups > 1 else []
    if table.meanstructure and any(m.mean is None for m in sample):
        raise DataError(
            "the model has intercepts and the moments have no means\n"
            "  hint: give sample_mean beside sample_cov"
        )
    _require_rows(table, sample)
    observed.require_positive_definite(sample, table.observed)
    parameters = estimation.parametrise(table, estimation.fixed_values(table, sample))
    _require_degrees_of_freedom(table, parameters)
    fixed = tuple(table.observed.index(x) for x in table.covariates)
    parts = [
        Normal(m, layout, table.meanstructure, fixed, likelihood == "wishart")
        for m, layout in zip(sample, layouts(table), strict=True)
    ]
    return fit_table(table, parts, tuple(labels), settings)


def _incomplete(group: observed.GroupRows, layout: Layout) -> Incomplete:
    """Part of a group with missing answers: its patterns, and the saturated model."""
    rows = group.rows
    pats = patterns(rows.values, rows.weights)
    found = saturated(pats)
    moments = observed.Moments(found.sigma, found.mu, pats.nobs, group.ntotal, rows)
    return Incomplete(moments, layout, rows, pats, found, rows.covariates)


def _refuse_ordered(ordered: Sequence[str]) -> None:
    if ordered is not None and ordered is not False and (ordered is True or len(ordered)):
        raise NotAvailableError(
            "ordered: ordinal indicators are not available in this version of the engine"
        )


def _number_of_groups(data, sample_cov, sample_mean, sample_nobs, group, group_order) -> int:
    if (data is None) == (sample_cov is None):
        raise DataError(
            "give either data or sample_cov\n"
            "  hint: data=DataFrame, or sample_cov=matrix with sample_nobs=rows"
        )
    if data is None:
        groups = len(sample_cov) if observed.several(sample_cov) else 1
        if group_order is not None and len(group_order) and len(group_order) != groups:
            raise DataError(
                f"group_order has {len(group_order)} entries for {groups} matrices in sample_cov\n"
                "  hint: give one for each group"
            )
        return groups
    if not isinstance(data, pd.DataFrame):
        raise DataError(
            f"data has to be a DataFrame, not {type(data).__name__}\n"
            "  hint: pandas.DataFrame(values, columns=names)"
        )
    for name, value in (("sample_mean", sample_mean), ("sample_nobs", sample_nobs)):
        if value is not None:
            raise DataError(f"{name} belongs to sample_cov\n  hint: leave it out beside data")
    if group is None:
        if group_order is not None and len(group_order):
            raise DataError("group_order without group\n  hint: name the column in `group`")
        return 1
    return len(observed.group_labels(data, group, group_order))


def _require_other_names(table: Table, data: pd.DataFrame) -> None:
    for name in table.latent:
        if name in data.columns:
            raise ModelError(
                f"'{name}' is a latent variable of the model and a column of the data\n"
                "  hint: rename one of the two"
            )


def _require_degrees_of_freedom(table: Table, parameters: estimation.Parametrisation) -> None:
    p, fixed = len(table.observed), len(table.covariates)
    statistics = p * (p + 1) // 2 - fixed * (fixed + 1) // 2 + (p - fixed) * table.meanstructure
    free = parameters.K.shape[1]
    if free > table.groups * statistics:
        raise IdentificationError(
            f"{free} free parameters, but only {table.groups * statistics} sample moments: the "
            "model cannot be identified\n  hint: fix parameters, or use more indicators"
        )


def _require_rows(table: Table, sample: Sequence[observed.Moments]) -> None:
    p = len(table.observed)
    for m in sample:
        if m.nobs <= p:
            raise DataError(
                f"{m.nobs} complete rows for {p} observed variables: more rows than variables "
                "are needed\n  hint: look for an item with many missing answers"
            )
