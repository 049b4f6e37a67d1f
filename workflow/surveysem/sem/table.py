"""The parameter table: the model's statements with lavaan's defaults added, one row a parameter.

Source: lavaan's `lavaanify` (Rosseel 2012, section 3; options auto.var, auto.fix.first,
auto.cov.lv.x, auto.cov.y, int.ov.free, fixed.x), whose row order is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from surveysem.errors import nearest
from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.expressions import Expression
from surveysem.sem.syntax import Modifier, Statement, parse


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter of one group.

    value: the fixed value, or None where the parameter is free. label: the user's, or
    one given by an equality over groups. exogenous: fixed to the sample moment.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    value: float | None
    label: str = ""
    start: float | None = None
    exogenous: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """All parameters of a model.

    observed, latent: variable names, observed in the order of the moments.
    rows: length r, groups one after another. defined: (name, expression) of `:=`.
    constraints: expressions that equal zero.
    """

    rows: tuple[Row, ...]
    observed: tuple[str, ...]
    latent: tuple[str, ...]
    covariates: tuple[str, ...]
    groups: int
    meanstructure: bool
    defined: tuple[tuple[str, Expression], ...] = ()
    constraints: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class _Variables:
    """Roles that the model gives to its variables, each in order of appearance."""

    latent: tuple[str, ...]
    indicators: tuple[str, ...]
    dependents: tuple[str, ...]
    predictors: tuple[str, ...]
    others: tuple[str, ...] = field(default=())

    @property
    def covariates(self) -> tuple[str, ...]:
        """Observed, only ever a predictor."""
        outside = {*self.latent, *self.indicators, *self.dependents}
        return tuple(v for v in self.predictors if v not in outside)

    @property
    def observed(self) -> tuple[str, ...]:
        """Indicators, then dependents, others and covariates, as lavaan orders them."""
        inner = [*self.indicators, *self.dependents, *self.others]
        names = [v for v in inner if v not in self.latent and v not in self.covariates]
        return tuple(dict.fromkeys([*names, *self.covariates]))


def build(
    model: str,
    *,
    model_type: str = "sem",
    groups: int = 1,
    meanstructure: bool = False,
    std_lv: bool = False,
    fixed_x: bool = True,
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
    constraints: str = "",
) -> Table:
    """Read a model and complete it by the defaults of lavaan's function `model_type`.

    Raises ModelSyntaxError, ModelError, NotAvailableError.
    """
    statements = parse(model) + (parse(constraints) if constraints.strip() else ())
    _refuse(statements, model_type)
    expressions = [s for s in statements if s.op in (":=", "==")]
    user = [s for s in statements if s.op not in (":=", "==")]
    variables = _variables(user)
    meanstructure = meanstructure or any(s.op == "~1" for s in user)
    template = _user_rows(user, groups, std_lv)
    template += _default_rows(user, variables, meanstructure, std_lv, fixed_x, groups)
    by_group = [[replace(row[g], group=g + 1) for row in template] for g in range(groups)]
    if groups > 1 and group_equal:
        by_group = _equal_over_groups(by_group, variables, group_equal, group_partial, std_lv)
    rows = tuple(row for group in by_group for row in group)
    return Table(
        rows=rows,
        observed=variables.observed,
        latent=variables.latent,
        covariates=variables.covariates if fixed_x else (),
        groups=groups,
        meanstructure=meanstructure,
        defined=_defined(expressions, rows),
        constraints=_equalities(expressions, rows),
    )


def _refuse(statements: Sequence[Statement], model_type: str) -> None:
    if model_type not in ("sem", "cfa"):
        raise NotAvailableError(
            f"model_type '{model_type}' is not available in this version; allowed: sem, cfa"
        )
    for s in statements:
        if s.op in ("|", "~*~"):
            raise NotAvailableError(
                f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}': ordinal variables are not "
                "available in this version of the engine"
            )
        if s.op in ("<", ">"):
            raise NotAvailableError(
                f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}': inequality constraints are "
                "not available in this version of the engine"
            )


def _variables(user: Sequence[Statement]) -> _Variables:
    def unique(names) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names))

    latent = unique(s.lhs for s in user if s.op == "=~")
    for s in user:
        if s.op == "=~" and s.lhs == s.rhs:
            raise ModelError(f"model, line {s.line}: '{s.lhs}' cannot measure itself")
    known = [s for s in user if s.op in ("~~", "~1")]
    return _Variables(
        latent=latent,
        indicators=unique(s.rhs for s in user if s.op == "=~"),
        dependents=unique(s.lhs for s in user if s.op == "~"),
        predictors=unique(s.rhs for s in user if s.op == "~"),
        others=unique(name for s in known for name in (s.lhs, s.rhs) if name),
    )


def _pick(entries: tuple, group: int, groups: int, what: str, statement: Statement):
    """Entry for a group of a modifier that gives one for all or one for each."""
    if not entries:
        return None
    if len(entries) not in (1, groups):
        raise ModelError(
            f"model, line {statement.line}: {len(entries)} {what} for {groups} group(s) in "
            f"'{statement.lhs} {statement.op} {statement.rhs}'\n"
            f"  hint: give one, or one for each group: c({', '.join('ab'[:groups])})"
        )
    return entries[0] if len(entries) == 1 else entries[group]


def _user_rows(user: Sequence[Statement], groups: int, std_lv: bool) -> list[list[Row]]:
    rows, seen, with_marker = [], set(), set()
    for s in user:
        ends = frozenset((s.lhs, s.rhs)) if s.op == "~~" else (s.lhs, s.rhs)
        if (s.op, ends) in seen:
            raise ModelError(
                f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}' stands in the model twice"
            )
        seen.add((s.op, ends))
        m: Modifier = s.modifier
        marker = s.op == "=~" and s.lhs not in with_marker
        with_marker.update([s.lhs] if s.op == "=~" else [])
        row = []
        for g in range(groups):
            value = _pick(m.fixed, g, groups, "values", s)
            if marker and not m.fixed and not m.free and not std_lv:
                value = 1.0
            label = _pick(m.labels, g, groups, "labels", s) or ""
            row.append(
                Row(
                    s.lhs,
                    s.op,
                    s.rhs,
                    g + 1,
                    value,
                    "" if label == "NA" else label,
                    _pick(m.start, g, groups, "starting values", s),
                )
            )
        rows.append(row)
    return rows


def _default_rows(
    user: Sequence[Statement],
    variables: _Variables,
    meanstructure: bool,
    std_lv: bool,
    fixed_x: bool,
    groups: int,
) -> list[list[Row]]:
    v = variables
    covariates = v.covariates if fixed_x else ()
    moments = {frozenset((s.lhs, s.rhs)) for s in user if s.op == "~~"}
    means = {s.lhs for s in user if s.op == "~1"}
    ends = [x for x in v.dependents if x not in v.predictors and x not in v.indicators]
    end_points = [x for x in v.latent if x in ends] + [x for x in ends if x not in v.latent]
    exogenous = [x for x in v.latent if x not in v.dependents and x not in v.indicators]
    free_x = [x for x in v.covariates if x not in covariates]

    pairs = [(x, x) for x in v.observed if x not in v.covariates]
    pairs += [(x, x) for x in v.latent]
    pairs += [*combinations(exogenous, 2), *combinations(end_points, 2)]
    xs = covariates or free_x
    pairs += [(a, b) for i, a in enumerate(xs) for b in xs[i:]]
    rows = []
    for a, b in pairs:
        if frozenset((a, b)) in moments:
            continue
        fixed = 1.0 if std_lv and a == b and a in v.latent else None
        rows.append(_same(a, "~~", b, groups, fixed, exogenous=a in covariates))
    if meanstructure:
        for x in (x for x in v.observed if x not in means):
            rows.append(_same(x, "~1", "", groups, None, exogenous=x in covariates))
        for x in (x for x in v.latent if x not in means):
            rows.append(_same(x, "~1", "", groups, 0.0))
    return rows


def _same(lhs, op, rhs, groups, value, *, exogenous=False) -> list[Row]:
    return [Row(lhs, op, rhs, g + 1, value, exogenous=exogenous) for g in range(groups)]


def kind_of(row: Row, latent: Sequence[str]) -> str:
    """Name of the class of parameters that `group_equal` speaks of (lavaan's group.equal)."""
    if row.op == "=~":
        return "loadings"
    if row.op == "~":
        return "regressions"
    if row.op == "~1":
        return "means" if row.lhs in latent else "intercepts"
    if row.lhs in latent:
        return "lv_variances" if row.lhs == row.rhs else "lv_covariances"
    return "residuals" if row.lhs == row.rhs else "residual_covariances"


KINDS = (
    "loadings",
    "intercepts",
    "means",
    "residuals",
    "residual_covariances",
    "lv_variances",
    "lv_covariances",
    "regressions",
)


def _equal_over_groups(
    by_group: list[list[Row]],
    variables: _Variables,
    group_equal: Sequence[str],
    group_partial: Sequence[str],
    std_lv: bool,
) -> list[list[Row]]:
    wanted = {name.replace(".", "_") for name in group_equal}
    for name in wanted.difference(KINDS):
        close = nearest(name, KINDS)
        raise ModelError(
            f"group_equal: '{name}' is not a class of parameters\n  allowed: {', '.join(KINDS)}"
            + (f"\n  hint: did you mean '{close}'?" if close else "")
        )
    released = {"".join(entry.split()) for entry in group_partial}
    known = {f"{r.lhs}{r.op}{r.rhs}" for r in by_group[0]}
    for entry in released.difference(known):
        raise ModelError(f"group_partial: '{entry}' is not a parameter of the model")
    result = [list(rows) for rows in by_group]
    for index, first in enumerate(by_group[0]):
        kind = kind_of(first, variables.latent)
        equal = kind in wanted and f"{first.lhs}{first.op}{first.rhs}" not in released
        for g, rows in enumerate(by_group):
            row = rows[index]
            if equal and row.value is None and not row.exogenous:
                label = first.label or f".p{index + 1}."
                result[g][index] = replace(row, label=label)
            elif g > 0 and kind == "means" and "intercepts" in wanted and "means" not in wanted:
                # equal intercepts identify the differences between latent means
                result[g][index] = replace(row, value=None)
            elif g > 0 and std_lv and kind == "lv_variances" and "loadings" in wanted:
                result[g][index] = replace(row, value=None if kind not in wanted else row.value)
    return result


def _labels(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(r.label for r in rows if r.label))


def _known(expression: Expression, allowed: Sequence[str], line: int) -> Expression:
    for name in expression.names:
        if name not in allowed:
            close = nearest(name, allowed)
            raise ModelError(
                f"model, line {line}: '{name}' in '{expression.text}' is not a label\n"
                f"  allowed: {', '.join(allowed) or 'none; label a path as in y ~ a*x'}"
                + (f"\n  hint: did you mean '{close}'?" if close else "")
            )
    return expression


def _defined(expressions, rows) -> tuple[tuple[str, Expression], ...]:
    allowed, defined = _labels(rows), []
    for s in (s for s in expressions if s.op == ":="):
        defined.append((s.lhs, _known(Expression(s.rhs), allowed, s.line)))
        allowed = [*allowed, s.lhs]
    return tuple(defined)


def _equalities(expressions, rows) -> tuple[Expression, ...]:
    return tuple(
        _known(Expression(f"({s.lhs}) - ({s.rhs})"), _labels(rows), s.line)
        for s in expressions
        if s.op == "=="
    )
