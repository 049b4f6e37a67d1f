"""The parameter table: the model's statements with lavaan's defaults added, one row a parameter.

Sources: lavaan's `lavaanify` (Rosseel 2012, section 3); for ordinal indicators in several
groups its rules or, by `id_cat`, those of Wu and Estabrook (2016, Psychometrika 81).
"""

from collections.abc import Mapping, Sequence

from surveysem.sem.blocks import statements_by_group
from surveysem.sem.constraints import definitions, equalities, inequalities, read_argument
from surveysem.sem.defaults import added_rows, written_rows
from surveysem.sem.equality import labels, tied
from surveysem.sem.options import options
from surveysem.sem.rows import Row, Table
from surveysem.sem.syntax import EXPRESSION_OPERATORS, parse
from surveysem.sem.thresholds import ordinal_variables, require_ordinal
from surveysem.sem.variables import turned, variables

__all__ = ["Row", "Table", "build"]


def build(
    model: str,
    *,
    model_type: str = "sem",
    groups: int = 1,
    group_labels: Sequence = (),
    meanstructure: bool = False,
    std_lv: bool = False,
    fixed_x: bool = True,
    conditional_x: bool = False,
    ordered: Mapping[str, int] | None = None,
    parameterization: str = "delta",
    id_cat: str = "lavaan",
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
    constraints: str = "",
) -> Table:
    """Read a model and complete it by the defaults of lavaan's function `model_type`.

    groups: their number; group_labels: their labels in order, for `group: label` lines.
    ordered: number of thresholds of each ordinal variable, the same in all groups; names
    outside the model do not matter, and covariates enter as numbers, as in lavaan.
    conditional_x: the moments are those given the covariates (their rows are the same).
    id_cat: "lavaan", or "wu_estabrook" for what equal thresholds, loadings and intercepts
    of ordinal indicators free in later groups.

    The first indicator of a latent variable is its marker (see `defaults`).

    Raises ModelSyntaxError, ModelError, NotAvailableError.
    """
    statements = parse(model) + read_argument(constraints)
    expressions = [s for s in statements if s.op in EXPRESSION_OPERATORS]
    user = [s for s in statements if s.op not in EXPRESSION_OPERATORS]
    parts = [
        turned(part, variables(part)) for part in statements_by_group(user, groups, group_labels)
    ]
    roles = variables(parts[0] if parts else user)
    ordinal = ordinal_variables(ordered or {}, roles)
    chosen = options(
        model_type=model_type,
        groups=groups,
        meanstructure=meanstructure or any(s.op == "~1" for s in user),
        std_lv=std_lv,
        fixed_x=fixed_x,
        conditional_x=conditional_x,
        parameterization=parameterization,
        id_cat=id_cat,
        ordered=ordinal,
        group_equal=group_equal,
        group_partial=group_partial,
    )
    rows: list[Row] = []
    for group, part in enumerate(parts, start=1):
        require_ordinal(part, roles, chosen)
        own = variables(part)
        rows += written_rows(part, own, group, chosen)
        rows += added_rows(part, own, group, chosen)
    equal_to = {
        (f"{s.lhs}{s.op}{s.rhs}", group): s
        for group, part in enumerate(parts, start=1)
        for s in part
        if s.modifier.equal
    }
    rows = tied(rows, roles.latent, roles.covariates, chosen, equal_to)
    return Table(
        rows=tuple(rows),
        observed=roles.observed,
        latent=roles.latent,
        covariates=roles.covariates if fixed_x else (),
        groups=groups,
        meanstructure=chosen.meanstructure,
        defined=definitions(expressions, labels(rows)),
        constraints=equalities(expressions, labels(rows)),
        predictors=roles.covariates,
        inequalities=inequalities(expressions, labels(rows)),
        ordered=tuple(ordinal.items()),
        parameterization=parameterization,
        conditional_x=conditional_x and bool(roles.covariates),
    )
