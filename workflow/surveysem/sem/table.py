"""The parameter table: the model's statements with lavaan's defaults added, one row a parameter.

Sources: lavaan's `lavaanify` (Rosseel 2012, section 3); for ordinal indicators in several
groups its rules or, by `id_cat`, those of Wu and Estabrook (2016, Psychometrika 81).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from surveysem.sem.blocks import statements_by_group
from surveysem.sem.constraints import definitions, equalities, inequalities, read_argument
from surveysem.sem.defaults import added_rows, written_rows
from surveysem.sem.equality import labels, require_known, tied
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.levels import joined, statements_by_level
from surveysem.sem.options import Options, options
from surveysem.sem.rows import Row, Table
from surveysem.sem.syntax import EXPRESSION_OPERATORS, Statement, parse
from surveysem.sem.thresholds import ordinal_variables, require_ordinal
from surveysem.sem.variables import Variables, turned, variables

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
    levels = statements_by_level(user)
    two = len(levels) == 2
    if two and model_type == "growth":
        raise NotAvailableError(
            "model_type 'growth' is not available for two-level models\n"
            "  hint: model_type='sem', with the intercepts and means written out"
        )
    parts = [_by_group(part, groups, group_labels) for part in levels]
    roles = [variables(part[0] if part else user) for part in parts]
    split = frozenset(roles[0].observed).intersection(roles[1].observed) if two else frozenset()
    ordinal = ordinal_variables(ordered or {}, roles[0])
    chosen = options(
        model_type=model_type,
        groups=groups,
        meanstructure=meanstructure or two or any(s.op == "~1" for s in user),
        std_lv=std_lv,
        fixed_x=fixed_x,
        conditional_x=conditional_x,
        parameterization=parameterization,
        id_cat=id_cat,
        ordered=ordinal,
        group_equal=group_equal,
        group_partial=group_partial,
    )
    of_level = [replace(chosen, split=split), chosen] if two else [chosen]
    made = [_rows(p, r, o) for p, r, o in zip(parts, roles, of_level, strict=True)]
    require_known([row for rows in made for row in rows], chosen)
    tied_rows = [
        tied(rows, r.latent, r.covariates, o, _equal_to(p))
        for rows, p, r, o in zip(made, parts, roles, of_level, strict=True)
    ]
    rows = joined(tied_rows, groups) if two else tuple(tied_rows[0])

    def table(rows: Sequence[Row], *own: Variables, **more) -> Table:
        def names(kind: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(x for r in own for x in getattr(r, kind)))

        return Table(
            rows=tuple(rows),
            observed=names("observed"),
            latent=names("latent"),
            covariates=names("covariates") if fixed_x else (),
            groups=groups,
            meanstructure=chosen.meanstructure,
            predictors=names("covariates"),
            **more,
        )

    whole = table(
        rows,
        *roles,
        defined=definitions(expressions, labels(rows)),
        constraints=equalities(expressions, labels(rows)),
        inequalities=inequalities(expressions, labels(rows)),
        ordered=tuple(ordinal.items()),
        parameterization=parameterization,
        conditional_x=conditional_x and bool(roles[0].covariates),
    )
    if not two:
        return whole
    own = [[row for row in rows if row.level == level] for level in (1, 2)]
    within = table(own[0], roles[0], split=tuple(x for x in roles[0].observed if x in split))
    return replace(whole, levels=(within, table(own[1], roles[1])))


def _by_group(
    user: Sequence[Statement], groups: int, group_labels: Sequence
) -> list[list[Statement]]:
    """Statements of each group, with covariances written in the order of the variables."""
    parts = statements_by_group(user, groups, group_labels)
    return [turned(part, variables(part)) for part in parts]


def _rows(parts: Sequence[Sequence[Statement]], roles: Variables, chosen: Options) -> list[Row]:
    rows: list[Row] = []
    for group, part in enumerate(parts, start=1):
        require_ordinal(part, roles, chosen)
        own = variables(part)
        rows += written_rows(part, own, group, chosen)
        rows += added_rows(part, own, group, chosen)
    return rows


def _equal_to(parts: Sequence[Sequence[Statement]]) -> dict[tuple[str, int], Statement]:
    """Statements that carry `equal()`, by name and group of their row."""
    return {
        (f"{s.lhs}{s.op}{s.rhs}", group): s
        for group, part in enumerate(parts, start=1)
        for s in part
        if s.modifier.equal
    }
