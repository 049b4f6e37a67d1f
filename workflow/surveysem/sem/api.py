"""The engine's one entry for fitting, `fit`, with lavaan's arguments and defaults."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from surveysem.sem import arguments
from surveysem.sem import estimate as estimation
from surveysem.sem import moments as observed
from surveysem.sem.auxiliary import correlated, names_of, require_free, started
from surveysem.sem.clusters import strata, with_factors
from surveysem.sem.errors import DataError, IdentificationError, ModelError, NotAvailableError
from surveysem.sem.givenmoments import from_covariance, several
from surveysem.sem.groups import categorical, categories, incomplete, two_stage
from surveysem.sem.implied import layouts
from surveysem.sem.normal import Normal
from surveysem.sem.resolve import resolve
from surveysem.sem.restrictions import restrictions
from surveysem.sem.result import Fit, fit_table
from surveysem.sem.settingrules import require_consistent, require_rows
from surveysem.sem.settings import Settings
from surveysem.sem.syntax import parse
from surveysem.sem.table import Table, build
from surveysem.sem.twolevel.groups import require_two_level, two_level
from surveysem.sem.variables import variables


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
    auxiliary: Sequence[str] = (),
    ordered: Sequence[str] = (),
    group: str | None = None,
    group_order: Sequence | None = None,
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
    cluster: str | None = None,
    cluster_correction: str | None = None,
    reference: str = "normal",
    weights: str | None = None,
    meanstructure: bool | None = None,
    std_lv: bool = False,
    parameterization: str = "delta",
    likelihood: str = "normal",
    information: str | None = None,
    se: str | None = None,
    test: str | None = None,
    bootstrap: int = 1000,
    seed: int | None = None,
    fixed_x: bool = True,
    conditional_x: bool | None = None,
    constraints: str = "",
    id_cat: str = "lavaan",
) -> Fit:
    """Fit a structural equation model written in lavaan's language.

    model: text. data: one row a respondent; or sample_cov, sample_mean, sample_nobs (for
    several groups a list each). group_order: the groups in order (default: appearance).
    missing: listwise, fiml, two_stage, robust_two_stage, pairwise. auxiliary: columns that
    inform about missing answers without being in the model (see auxiliary.py).
    bootstrap, seed: draws of se="bootstrap" and test="bollen_stine", and their randomness.
    cluster: column of the clusters, for robust errors and tests, or for a model with `level: 1`
    and `level: 2` blocks (see twolevel). cluster_correction: "cr1" (default and lavaan's only
    one: G / (G - 1) for G clusters) or "cr0" (none; lavaan's and the default with levels). reference:
    distribution of parameters' p values and intervals, "normal" (as lavaan) or "t" on G - 1
    degrees of freedom (see clusters.py).
    Returns a `Fit`, whose `problems` have to be read first.

    Raises a SurveySemError: ModelSyntaxError and ModelError for the text, DataError for
    the data, IdentificationError for too many parameters, NotAvailableError for what this
    version cannot do (each named in its message).
    """
    flags = {"std_lv": std_lv, "fixed_x": fixed_x}
    asked = {"meanstructure": meanstructure, "conditional_x": conditional_x}
    arguments.require_flags(flags | {k: v for k, v in asked.items() if v is not None})
    arguments.require_column_names({"cluster": cluster, "weights": weights})
    ordinal = _ordinal(ordered)
    statements = parse(model)
    roles = variables(statements)
    levels = any(s.level for s in statements)
    names = roles.observed if ordinal is True else (*ordinal, *roles.thresholded)
    if levels:
        require_two_level(
            clustered=cluster is not None,
            asked={
                "ordinal data (`ordered`)": bool(names),
                "weights": weights is not None,
                "sample_cov": data is None,
                "conditional_x=True": bool(conditional_x),
                "meanstructure=False": meanstructure is False,
            },
        )
    settings = resolve(
        estimator=estimator,
        missing=missing,
        likelihood=likelihood,
        information=information,
        se=se,
        test=test,
        bootstrap=bootstrap,
        seed=seed,
        sandwich=cluster is not None or weights is not None,
        ordinal=bool(names),
        auxiliary=names_of(auxiliary),
        clustered=cluster is not None,
        two_level=levels,
        cluster_correction=cluster_correction,
        reference=reference,
    )
    require_free(settings.auxiliary, roles, (group, cluster, weights))
    require_consistent(settings)
    group_order = arguments.group_order(group_order)
    groups = _number_of_groups(data, sample_cov, sample_mean, sample_nobs, group, group_order)
    require_rows(settings, given=data is not None)
    if data is None:
        arguments.require_no_rows({"group": group, "cluster": cluster, "weights": weights})
    elif ordinal is not True:
        arguments.require_ordered_known(ordinal, data)
    if conditional_x is None:
        conditional_x = bool(names)  # as lavaan: with ordinal variables
    if meanstructure is None:  # lavaan: groups, clusters and sample means bring in the means
        means = sample_mean is not None or cluster is not None or settings.missing != "listwise"
        meanstructure = groups > 1 or means
    elif settings.two_stage or settings.incomplete:
        _require_means(meanstructure, settings)
    grouped, labels = [], list(group_order or range(1, groups + 1)) if groups > 1 else []
    if data is not None:
        _require_other_names(roles.latent, data)
        data = data.reset_index(drop=True)
        fixed = roles.covariates if (fixed_x or conditional_x) and not levels else ()
        variables_used = (*roles.observed, *settings.auxiliary)
        columns = observed.Columns(variables_used, fixed, group, cluster, weights)
        grouped, labels = observed.rows_of(data, columns, group_order, settings.missing)
        corrected = with_factors([g.rows for g in grouped], settings.cluster_correction)
        grouped = [replace(g, rows=r) for g, r in zip(grouped, corrected, strict=True)]
        _require_nested(grouped, settings)
    counts = {
        name: len(categories(grouped, roles.observed.index(name), name)) - 1
        for name in roles.observed
        if name in names and name not in roles.covariates
    }
    table = build(
        model,
        model_type=model_type,
        groups=groups,
        group_labels=labels,
        meanstructure=meanstructure,
        std_lv=std_lv,
        fixed_x=fixed_x and (conditional_x or not settings.least_squares),
        conditional_x=conditional_x and bool(roles.covariates),
        ordered=counts,
        parameterization=parameterization,
        id_cat=id_cat,
        group_equal=arguments.names_of("group_equal", group_equal),
        group_partial=arguments.names_of("group_partial", group_partial),
        constraints=constraints or "",
    )
    if levels:
        parts = two_level(grouped, roles.observed, table)
    elif data is None:
        sample = from_covariance(
            sample_cov, sample_mean, sample_nobs, table.observed, likelihood == "normal"
        )
        parts = _complete(sample, table, settings)
    elif settings.least_squares:
        parts = [
            categorical(g, layout, table, settings)
            for g, layout in zip(grouped, layouts(table), strict=True)
        ]
    elif settings.incomplete:
        table = correlated(table, settings.auxiliary)
        parts = [
            incomplete(g, layout, table.observed)
            for g, layout in zip(grouped, layouts(table), strict=True)
        ]
        table = started(table, settings.auxiliary, [part.moments for part in parts])
    elif settings.two_stage:
        parts = [
            two_stage(g, layout, table, settings)
            for g, layout in zip(grouped, layouts(table), strict=True)
        ]
    else:
        sample = [observed.complete_moments(g) for g in grouped]
        if likelihood == "wishart":
            sample = [replace(m, cov=m.cov * m.nobs / (m.nobs - 1)) for m in sample]
        parts = _complete(sample, table, settings)
    require_degrees_of_freedom(table, parts)
    return fit_table(table, parts, tuple(labels), settings)


def _require_means(meanstructure: bool, settings: Settings) -> None:
    """Raise NotAvailableError where incomplete data are to be fitted without means."""
    if not meanstructure:
        raise NotAvailableError(
            f"missing={settings.missing!r} needs the means: meanstructure=False does not go with "
            "it\n  hint: leave out `meanstructure`"
        )


def _require_nested(groups: Sequence[observed.GroupRows], settings: Settings) -> None:
    """Raise NotAvailableError for two stages where clusters span groups."""
    codes = [g.rows.clusters for g in groups]
    if codes[0] is None or not settings.missing.endswith("two_stage"):
        return
    if len(set(strata(codes))) < len(codes):
        raise NotAvailableError(
            f"missing={settings.missing!r} does not go with clusters that span groups\n"
            "  hint: missing='fiml' with estimator='MLR' sums scores over the groups"
        )


def _complete(sample: Sequence[observed.Moments], table: Table, settings: Settings) -> list[Normal]:
    """Parts of groups whose moments are complete."""
    if table.meanstructure and any(m.mean is None for m in sample):
        raise DataError(
            "the model has intercepts and the moments have no means\n"
            "  hint: give sample_mean beside sample_cov"
        )
    _require_rows(table, sample)
    observed.require_positive_definite(sample, table.observed)
    fixed = tuple(table.observed.index(x) for x in table.covariates)
    return [
        Normal(m, layout, table.meanstructure, fixed, settings.likelihood == "wishart")
        for m, layout in zip(sample, layouts(table), strict=True)
    ]


def _ordinal(ordered: Sequence[str] | str | bool | None) -> tuple[str, ...] | bool:
    """Names of ordinal variables; True stands for all."""
    if ordered is True:
        return True
    return () if ordered is False else arguments.names_of("ordered", ordered)


def _number_of_groups(data, sample_cov, sample_mean, sample_nobs, group, group_order) -> int:
    if (data is None) == (sample_cov is None):
        raise DataError(
            "give either data or sample_cov\n"
            "  hint: data=DataFrame, or sample_cov=matrix with sample_nobs=rows"
        )
    if data is None:
        groups = len(sample_cov) if several(sample_cov) else 1
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


def _require_other_names(latent: Sequence[str], data: pd.DataFrame) -> None:
    for name in latent:
        if name in data.columns:
            raise ModelError(
                f"'{name}' is a latent variable of the model and a column of the data\n"
                "  hint: rename one of the two"
            )


def require_degrees_of_freedom(table: Table, parts: Sequence) -> None:
    """Raise IdentificationError for more free parameters than sample moments."""
    moments = [part.moments for part in parts]
    free = estimation.parametrise(table, estimation.fixed_values(table, moments)).count
    free -= len(restrictions(table).equalities)
    statistics = sum(part.statistics for part in parts)
    if free > statistics:
        raise IdentificationError(
            f"{free} free parameters, but only {statistics} sample moments: the "
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
