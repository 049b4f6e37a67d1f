"""The engine's one entry for fitting, `fit`, with lavaan's arguments and defaults."""

from collections.abc import Sequence

import pandas as pd

from surveysem.sem import estimate as estimation
from surveysem.sem import moments as observed
from surveysem.sem.errors import DataError, IdentificationError, NotAvailableError
from surveysem.sem.result import Fit
from surveysem.sem.table import build

# Arguments of the full contract (docs/engine.md) with the values available so far.
AVAILABLE = {
    "estimator": ("ML",),
    "missing": ("listwise",),
    "parameterization": ("delta",),
    "likelihood": ("normal", "wishart"),
    "information": (None, "expected"),
    "se": (None, "standard"),
    "test": (None, "standard"),
    "conditional_x": (None, False),
    "cluster": (None,),
    "weights": (None,),
}


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
    asked = {
        "estimator": estimator,
        "missing": missing,
        "parameterization": parameterization,
        "likelihood": likelihood,
        "information": information,
        "se": se,
        "test": test,
        "conditional_x": conditional_x,
        "cluster": cluster,
        "weights": weights,
    }
    _refuse(asked, ordered)
    groups = _number_of_groups(data, sample_cov, group, group_order)
    if meanstructure is None:  # lavaan: groups and sample means bring in the means
        meanstructure = groups > 1 or sample_mean is not None
    table = build(
        model,
        model_type=model_type,
        groups=groups,
        meanstructure=meanstructure,
        std_lv=std_lv,
        fixed_x=fixed_x,
        group_equal=group_equal,
        group_partial=group_partial,
        constraints=constraints,
    )
    if data is not None:
        sample, labels = observed.from_data(data, table.observed, group, group_order)
        if likelihood == "wishart":
            sample = [
                observed.Moments(m.cov * m.nobs / (m.nobs - 1), m.mean, m.nobs, m.ntotal)
                for m in sample
            ]
    else:
        sample = observed.from_covariance(
            sample_cov, sample_mean, sample_nobs, table.observed, likelihood == "normal"
        )
        labels = list(group_order or range(1, groups + 1)) if groups > 1 else []
    if table.meanstructure and any(m.mean is None for m in sample):
        raise DataError("the model has intercepts: give sample_mean beside sample_cov")
    _require_degrees_of_freedom(table, sample)
    observed.require_positive_definite(sample, table.observed)
    fixed = estimation.fixed_values(table, sample)
    parameters = estimation.parametrise(table, fixed)
    objective = estimation.Objective(table, sample, parameters)
    start = estimation.starting_values(table, sample)
    x = _project(parameters, start)
    return Fit(
        table=table,
        moments=tuple(sample),
        parametrisation=parameters,
        estimate=estimation.minimise(objective, x),
        group_labels=tuple(labels),
        estimator=estimator,
        likelihood=likelihood,
    )


def _refuse(asked: dict, ordered: Sequence[str]) -> None:
    for name, value in asked.items():
        if value not in AVAILABLE[name]:
            allowed = ", ".join(repr(v) for v in AVAILABLE[name])
            raise NotAvailableError(
                f"{name}={value!r} is not available in this version of the engine "
                f"(it has: {allowed})"
            )
    if len(ordered):
        raise NotAvailableError(
            "ordered: ordinal indicators are not available in this version of the engine"
        )


def _number_of_groups(data, sample_cov, group, group_order) -> int:
    if (data is None) == (sample_cov is None):
        raise DataError("give either data or sample_cov (with sample_nobs)")
    if data is None:
        return len(sample_cov) if isinstance(sample_cov, (list, tuple)) else 1
    if group is None:
        return 1
    if group not in data.columns:
        raise DataError(f"group: column '{group}' is not in the data")
    return len(group_order) if group_order else data[group].nunique()


def _require_degrees_of_freedom(table, sample) -> None:
    p = len(table.observed)
    statistics = table.groups * (p * (p + 1) // 2 + p * table.meanstructure)
    names = {r.label or k for k, r in enumerate(table.rows) if r.value is None and not r.exogenous}
    free = len(names) - len(table.constraints)
    if free > statistics:
        raise IdentificationError(
            f"{free} free parameters, but only {statistics} sample moments: the model cannot be "
            "identified\n  hint: fix parameters, or use more indicators"
        )
    for m in sample:
        if m.nobs <= p:
            raise DataError(
                f"{m.nobs} complete rows for {p} observed variables: more rows than variables "
                "are needed\n  hint: look for an item with many missing answers"
            )


def _project(parameters, start):
    """Free parameters whose rows come closest to the starting values (least squares)."""
    K = parameters.K
    gram = K.T @ K
    return estimation.np.linalg.solve(gram, K.T @ (start - parameters.constant))
