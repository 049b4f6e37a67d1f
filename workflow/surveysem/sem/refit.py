"""Further models of the same data, for what a ladder of nested models has in common."""

from collections.abc import Sequence
from dataclasses import replace

from surveysem.sem.api import require_degrees_of_freedom
from surveysem.sem.arguments import names_of
from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.result import Fit, fit_table
from surveysem.sem.table import Table, build


def refit(
    earlier: Fit,
    model: str,
    *,
    model_type: str = "sem",
    std_lv: bool = False,
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
    constraints: str = "",
    id_cat: str = "lavaan",
) -> Fit:
    """What `fit` gives for another model of the variables and rows of an earlier fit.

    The sample's moments, what tests ask of the saturated model, and the baseline model are
    those of the earlier fit, which with missing or ordinal answers cost more than a model
    does; the search starts at its estimates. All settings but those given here are its own.

    Raises what `fit` does, ModelError where the model's variables (or their order) are
    others, and NotAvailableError after a two-level fit or one with auxiliary variables.
    """
    old = earlier.table
    if old.levels or earlier.settings.auxiliary:
        raise NotAvailableError(
            "refit() does not go with two-level models and auxiliary variables\n"
            "  hint: fit() the model anew"
        )
    table = build(
        model,
        model_type=model_type,
        groups=old.groups,
        group_labels=list(earlier.group_labels),
        meanstructure=old.meanstructure,
        std_lv=std_lv,
        fixed_x=old.covariates == old.predictors,
        conditional_x=old.conditional_x,
        ordered=dict(old.ordered),
        parameterization=old.parameterization,
        id_cat=id_cat,
        group_equal=names_of("group_equal", group_equal),
        group_partial=names_of("group_partial", group_partial),
        constraints=constraints or "",
    )
    _require_same_variables(table, old)
    require_degrees_of_freedom(table, earlier.parts)
    found = fit_table(
        _started(table, earlier), earlier.parts, earlier.group_labels, earlier.settings
    )
    found.__dict__["baseline"] = earlier.baseline
    return found


def _require_same_variables(table: Table, old: Table) -> None:
    """Raise ModelError where two tables are not about the same variables in the same order."""
    for kind in ("observed", "predictors", "covariates", "ordered", "conditional_x"):
        if getattr(table, kind) != getattr(old, kind):
            raise ModelError(
                "refit() needs the variables of the earlier model in the same order: "
                f"{', '.join(map(str, old.observed))}; found {', '.join(map(str, table.observed))}"
                "\n  hint: fit() the model anew"
            )


def _started(table: Table, earlier: Fit) -> Table:
    """A table whose free rows start at the earlier fit's values, where it has such rows.

    An inadmissible or unfinished fit is no place to start from.
    """
    if not (earlier.converged and earlier.admissible):
        return table
    values = {
        (r.lhs, r.op, r.rhs, r.group): float(v)
        for r, v in zip(earlier.table.rows, earlier.values, strict=True)
    }

    def started(row):
        value = values.get((row.lhs, row.op, row.rhs, row.group))
        keep = row.value is not None or row.start is not None or value is None
        return row if keep else replace(row, start=value)

    return replace(table, rows=tuple(started(row) for row in table.rows))
