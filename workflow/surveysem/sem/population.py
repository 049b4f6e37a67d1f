"""The population that a model describes: its moments and thresholds, without any data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.errors import nearest
from surveysem.sem import implied as ram
from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.restrictions import restrictions
from surveysem.sem.syntax import parse
from surveysem.sem.table import Row, Table, build

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

_OF_MOMENTS = ("=~", "~", "~~", "~1")


@dataclass(frozen=True, slots=True)
class Population:
    """Moments of the observed variables (of ordinal ones: the latent responses), by group.

    observed: p names. cov: p x p for each group. mean: p for each group. thresholds: for
    each group, increasing cut points by name of the ordinal variables.
    """

    observed: tuple[str, ...]
    cov: tuple[np.ndarray, ...]
    mean: tuple[np.ndarray, ...]
    thresholds: tuple[Mapping[str, np.ndarray], ...]


def population(
    model: "str | pd.DataFrame | Fit",
    *,
    groups: int = 1,
    model_type: str = "sem",
    thresholds: Mapping[str, Sequence] | None = None,
    standardized: bool = False,
) -> Population:
    """Population of a model with a value for every parameter.

    model: text in lavaan's language, whose fixed values and start() are the population's;
    or a parameter table (lhs, op, rhs, est, group); or a fit (without a mean structure its
    means are 0). Parameters of a text without a value are those of lavaan's
    simulateData(): loadings 1 (all of them, latent variances being 1), variances 1,
    regressions, covariances, intercepts and means 0. thresholds: cut points of the latent
    response by name; for several groups a list for each, or one for all. standardized:
    total variances that the text does not give are made 1 by residual variances; loadings
    without a value are then 0.7.

    Raises ModelError for values that give no covariance matrix, contradict a constraint of
    the text, or have no meaning.
    """
    if isinstance(model, str):
        table, values = _from_text(model, groups, model_type, standardized)
    elif standardized:
        raise ModelError("standardized belongs to model text: a table gives every variance")
    elif isinstance(model, pd.DataFrame):
        _require_one_level("level" in model and (model["level"] > 0).any())
        table, values = _from_frame(model)
    elif hasattr(model, "table"):
        _require_one_level(model.table.levels)
        table, values = model.table, model.values
    else:
        raise ModelError(
            f"the model has to be text, a parameter table or a fit, not {type(model).__name__}"
        )
    cut = _thresholds(table, values, thresholds or {})
    moments = [k for k, row in enumerate(table.rows) if row.op in _OF_MOMENTS]
    table = replace(table, rows=tuple(table.rows[k] for k in moments))
    values = values[moments]
    implied = [ram.implied(layout, values) for layout in ram.layouts(table)]
    for im in implied:
        _require_positive_definite(im.sigma, table.observed)
    return Population(
        table.observed, tuple(im.sigma for im in implied), tuple(im.mu for im in implied), cut
    )


def population_moments(model, **options) -> list[dict[str, pd.DataFrame | pd.Series]]:
    """`cov` and `mean` of the observed variables in each group; see `population`."""
    found = population(model, **options)
    names = list(found.observed)
    return [
        {"cov": pd.DataFrame(cov, names, names), "mean": pd.Series(mean, names)}
        for cov, mean in zip(found.cov, found.mean, strict=True)
    ]


def _from_text(
    model: str, groups: int, model_type: str, standardized: bool
) -> tuple[Table, np.ndarray]:
    table = build(model, model_type=model_type, groups=groups, std_lv=True, fixed_x=False)
    _require_one_level(table.levels)
    stated = {frozenset((s.lhs, s.rhs)) for s in parse(model) if s.op == "~~"}
    default = {"=~": 0.7 if standardized else 1.0}
    values, given = np.zeros(len(table.rows)), np.full(len(table.rows), True)
    for k, row in enumerate(table.rows):
        variance = row.op == "~~" and row.lhs == row.rhs
        if variance and frozenset((row.lhs,)) not in stated:
            values[k], given[k] = 1.0, False  # also where a fit would fix it to zero
        elif row.value is not None:
            values[k] = row.value
        elif row.start is not None:
            values[k] = row.start
        else:
            values[k] = 1.0 if variance else default.get(row.op, 0.0)
            given[k] = not variance
    _require_constraints(table, values)
    if standardized:
        for layout in ram.layouts(table):
            _standardise(table, layout, values, given)
    return table, values


def _from_frame(frame: pd.DataFrame) -> tuple[Table, np.ndarray]:
    for name in ("lhs", "op", "rhs", "est"):
        if name not in frame.columns:
            raise ModelError(
                f"the parameter table has no column '{name}'\n"
                "  hint: lhs, op, rhs, est, and group where there are several"
            )
    frame = frame[frame["op"].isin([*_OF_MOMENTS, "|"])]
    group = frame["group"].astype(int) if "group" in frame.columns else np.ones(len(frame), int)
    rows = tuple(
        Row(lhs, op, "" if op == "~1" else rhs, g, float(est))
        for lhs, op, rhs, est, g in zip(
            frame["lhs"], frame["op"], frame["rhs"], frame["est"], group, strict=True
        )
    )
    latent = tuple(dict.fromkeys(row.lhs for row in rows if row.op == "=~"))
    names = [
        name
        for row in rows
        for name in (row.lhs, row.rhs if row.op in ("=~", "~", "~~") else row.lhs)
    ]
    observed = tuple(dict.fromkeys(name for name in names if name not in latent))
    table = Table(rows, observed, latent, (), int(max(group, default=1)), True)
    return table, np.array([row.value for row in rows])


def _require_one_level(levels: object) -> None:
    if levels:
        raise NotAvailableError(
            "simulation from two-level models is not available in this version of the engine\n"
            "  hint: draw the parts within and between clusters by two models, and add them"
        )


def _require_constraints(table: Table, values: np.ndarray) -> None:
    known = {row.label: value for row, value in zip(table.rows, values, strict=True) if row.label}
    for expression in table.constraints:
        gap = float(np.real(expression({name: known[name] for name in expression.names})))
        if not abs(gap) < 1e-8:
            raise ModelError(
                f"the population's values contradict '{expression.text}' by {gap:g}\n"
                "  hint: give each labelled parameter a value, as in start(0.5)*a*x"
            )
    rules = restrictions(table)
    for expression, gap in zip(
        rules.inequalities, rules.evaluate(rules.inequalities, values)[0], strict=True
    ):
        if not gap >= -1e-8:
            raise ModelError(
                f"the population's values contradict '{expression.text}' by {-gap:g}\n"
                "  hint: give each parameter a value inside its bounds, as in start(0.5)*a*x"
            )


def _standardise(table: Table, layout: ram.Layout, values: np.ndarray, given: np.ndarray) -> None:
    """Set the variances of one group that are not given so that the totals are one.

    V = B S B' is linear in the residual variances: all are found at once, also where one
    dependent variable predicts another.
    """
    index = [
        k for k in layout.rows
        if not given[k] and table.rows[k].op == "~~" and table.rows[k].lhs == table.rows[k].rhs
    ]  # fmt: skip
    names = [*table.observed, *table.latent]
    at = [names.index(table.rows[k].lhs) for k in index]
    values[index] = 0.0
    im = ram.implied(layout, values)
    values[index] = np.linalg.solve(im.B[np.ix_(at, at)] ** 2, 1.0 - np.diag(im.V)[at])
    for k in index:
        if values[k] < 0:
            raise ModelError(
                f"standardized: more than all of the variance of '{table.rows[k].lhs}' is explained "
                f"({1 - values[k]:.3f})\n  hint: make its loadings or paths smaller"
            )


def _thresholds(
    table: Table, values: np.ndarray, given: Mapping[str, Sequence]
) -> tuple[dict[str, np.ndarray], ...]:
    """Cut points of each group: those of the table, replaced by those given."""
    result: list[dict[str, np.ndarray]] = [{} for _ in range(table.groups)]
    for row, value in zip(table.rows, values, strict=True):
        if row.op == "|":
            cuts = result[row.group - 1]
            cuts[row.lhs] = np.append(cuts.get(row.lhs, np.array([])), value)
    for name, cuts in given.items():
        for g in range(table.groups):
            own = cuts[g] if len(cuts) == table.groups and np.ndim(cuts[0]) else cuts
            result[g][name] = np.asarray(own, dtype=float)
    for cuts in result:
        for name, points in cuts.items():
            if name not in table.observed:
                close = nearest(name, table.observed)
                raise ModelError(
                    f"thresholds: '{name}' is not an observed variable of the model"
                    + (f"\n  hint: did you mean '{close}'?" if close else "")
                )
            sound = points.ndim == 1 and len(points) and np.isfinite(points).all()
            if not sound or (np.diff(points) <= 0).any():
                raise ModelError(
                    f"thresholds of '{name}' are {np.array2string(points)}\n"
                    "  hint: one or more numbers that increase, one list for each group"
                )
    return tuple(result)


def _require_positive_definite(sigma: np.ndarray, names: Sequence[str]) -> None:
    variances = np.diag(sigma)
    if (variances <= 0).any():
        k = int(np.argmin(variances))
        raise ModelError(
            f"the population's variance of '{names[k]}' is {variances[k]:.3f}\n"
            "  hint: raise its residual variance"
        )
    sd = np.sqrt(variances)
    values, vectors = np.linalg.eigh(sigma / np.outer(sd, sd))
    if values[0] < 1e-12:
        weights = np.abs(vectors[:, 0])
        found = [n for n, w in zip(names, weights, strict=True) if w > 0.1 * weights.max()]
        raise ModelError(
            "the population covariance matrix is not positive definite; look at "
            f"{', '.join(found[:10])}\n  hint: make covariances smaller or variances larger"
        )
