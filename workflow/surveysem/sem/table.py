"""The parameter table: the model's statements with lavaan's defaults added, one row a parameter.

Source: lavaan's `lavaanify` (Rosseel 2012, section 3; options auto.var, auto.fix.first,
auto.cov.lv.x, auto.cov.y, int.ov.free, fixed.x), whose row order is kept.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from surveysem.errors import nearest
from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.expressions import Expression
from surveysem.sem.syntax import EXPRESSION_OPERATORS, Modifier, Statement, parse


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
    constraints: expressions that equal zero. covariates: the observed variables fixed to
    their sample moments; predictors: the same, be they fixed or (fixed_x false) not.
    """

    rows: tuple[Row, ...]
    observed: tuple[str, ...]
    latent: tuple[str, ...]
    covariates: tuple[str, ...]
    groups: int
    meanstructure: bool
    defined: tuple[tuple[str, Expression], ...] = ()
    constraints: tuple[Expression, ...] = ()
    predictors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Variables:
    """Roles that the model gives to its variables, each in order of appearance.

    others: only in (co)variances and intercepts. stated: with a (co)variance or an
    intercept that the user wrote.
    """

    latent: tuple[str, ...]
    indicators: tuple[str, ...]
    dependents: tuple[str, ...]
    predictors: tuple[str, ...]
    others: tuple[str, ...]
    stated: frozenset[str]

    @property
    def _only_predictors(self) -> tuple[str, ...]:
        outside = {*self.latent, *self.indicators, *self.dependents}
        return tuple(v for v in self.predictors if v not in outside)

    @property
    def covariates(self) -> tuple[str, ...]:
        """Observed, only ever a predictor, without a (co)variance or mean of the user's."""
        return tuple(v for v in self._only_predictors if v not in self.stated)

    @property
    def observed(self) -> tuple[str, ...]:
        """Indicators, dependents, predictors, then others, as lavaan orders them."""
        names = [*self.indicators, *self.dependents, *self._only_predictors, *self.others]
        return tuple(dict.fromkeys(v for v in names if v not in self.latent))


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
    statements = parse(model) + _constraints(constraints)
    _refuse(statements, model_type)
    expressions = [s for s in statements if s.op in (":=", "==")]
    user = [s for s in statements if s.op not in (":=", "==")]
    user = _ordered_covariances(user)
    variables = _variables(user)
    wanted = _wanted(group_equal)
    meanstructure = meanstructure or any(s.op == "~1" for s in user)
    if groups > 1 and wanted & {"intercepts", "means"}:
        meanstructure = True
    written = _user_rows(user, variables, groups, std_lv)
    added = _default_rows(user, variables, meanstructure, std_lv, fixed_x, groups)
    if groups > 1:
        added = [_freed(row, variables, wanted, std_lv) for row in added]
    rows = [row[g] for g in range(groups) for row in (*written, *added)]
    equal_to = {(s.lhs, s.op, s.rhs): s for s in user if s.modifier.equal}
    rows = _tied(rows, variables, wanted, group_partial, equal_to)
    return Table(
        rows=tuple(rows),
        observed=variables.observed,
        latent=variables.latent,
        covariates=variables.covariates if fixed_x else (),
        groups=groups,
        meanstructure=meanstructure,
        defined=_defined(expressions, rows),
        constraints=_equalities(expressions, rows),
        predictors=variables.covariates,
    )


def _constraints(text: str) -> tuple[Statement, ...]:
    statements = parse(text) if text.strip() else ()
    for s in statements:
        if s.op not in EXPRESSION_OPERATORS:
            raise ModelError(
                f"constraints, line {s.line}: '{s.lhs} {s.op} {s.rhs}' is not a constraint\n"
                "  hint: formulas belong to the model; allowed here: ==, <, >, :="
            )
    return statements


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


def _ordered_covariances(user: Sequence[Statement]) -> list[Statement]:
    """Turn covariances around so that the first variable comes first: latent, then observed."""
    variables = _variables(user)
    position = {name: k for k, name in enumerate((*variables.latent, *variables.observed))}
    return [
        replace(s, lhs=s.rhs, rhs=s.lhs)
        if s.op == "~~" and position[s.lhs] > position[s.rhs]
        else s
        for s in user
    ]


def _variables(user: Sequence[Statement]) -> _Variables:
    def unique(names) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names))

    for s in user:
        if s.op == "=~" and s.lhs == s.rhs:
            raise ModelError(f"model, line {s.line}: '{s.lhs}' cannot measure itself")
        if s.op == "~" and s.lhs == s.rhs:
            raise ModelError(f"model, line {s.line}: '{s.lhs}' cannot predict itself")
    pairs = [s for s in user if s.op == "~~"]
    means = [s.lhs for s in user if s.op == "~1"]
    stated = [*(s.lhs for s in pairs), *(s.rhs for s in pairs), *means]
    return _Variables(
        latent=unique(s.lhs for s in user if s.op == "=~"),
        indicators=unique(s.rhs for s in user if s.op == "=~"),
        dependents=unique(s.lhs for s in user if s.op == "~"),
        predictors=unique(s.rhs for s in user if s.op == "~"),
        others=unique(stated),
        stated=frozenset(stated),
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


def _user_rows(
    user: Sequence[Statement], variables: _Variables, groups: int, std_lv: bool
) -> list[list[Row]]:
    rows, seen, with_marker = [], set(), set()
    for s in user:
        ends: object = (s.lhs, s.rhs, s.op == "~1")  # f =~ x and x ~ f are one parameter
        if s.op in ("=~", "~~"):
            ends = (s.rhs, s.lhs, False) if s.op == "=~" else frozenset((s.lhs, s.rhs))
        if ends in seen:
            raise ModelError(
                f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}' stands in the model twice"
                "\n  hint: remove one of the two"
            )
        seen.add(ends)
        m: Modifier = s.modifier
        default = None
        if s.op == "=~" and s.lhs not in with_marker and not std_lv:
            default = 1.0
        if s.op == "~~" and s.lhs == s.rhs and s.lhs in variables.latent and std_lv:
            default = 1.0
        with_marker.update([s.lhs] if s.op == "=~" else [])
        row = []
        for g in range(groups):
            value = _pick(m.fixed, g, groups, "values", s) if m.fixed or m.free else default
            label = _pick(m.labels, g, groups, "labels", s) or ""
            start = _pick(m.start, g, groups, "starting values", s)
            if value is not None and start is not None:
                value = start  # lavaan: a starting value does not free a fixed parameter
            row.append(Row(s.lhs, s.op, s.rhs, g + 1, value, "" if label == "NA" else label, start))
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
    fixed = v.covariates if fixed_x else ()
    moments = {frozenset((s.lhs, s.rhs)) for s in user if s.op == "~~"}
    means = {s.lhs for s in user if s.op == "~1"}
    ends = {x for x in v.dependents if x not in v.predictors and x not in v.indicators}
    end_points = [x for x in (*v.latent, *v.observed) if x in ends]
    exogenous = [x for x in v.latent if x not in v.dependents and x not in v.indicators]
    exact = _only_indicators(user)

    pairs = [(x, x) for x in v.observed if x not in v.covariates]
    pairs += [(x, x) for x in v.latent]
    pairs += [*combinations(exogenous, 2), *combinations(end_points, 2)]
    pairs += [(a, b) for i, a in enumerate(v.covariates) for b in v.covariates[i:]]
    rows = []
    for a, b in pairs:
        if frozenset((a, b)) in moments:
            continue
        value = None
        if a == b and a in v.latent and std_lv:
            value = 1.0
        if a == b and a in exact:
            value = 0.0
        rows.append(_same(a, "~~", b, groups, value, exogenous=a in fixed))
    if meanstructure:
        for x in (x for x in v.observed if x not in means):
            rows.append(_same(x, "~1", "", groups, None, exogenous=x in fixed))
        for x in (x for x in v.latent if x not in means):
            rows.append(_same(x, "~1", "", groups, 0.0))
    return rows


def _only_indicators(user: Sequence[Statement]) -> set[str]:
    """Indicators that are the only one of their latent, and of no other (auto.fix.single)."""
    latents = Counter(s.lhs for s in user if s.op == "=~")
    indicators = Counter(s.rhs for s in user if s.op == "=~")
    return {s.rhs for s in user if s.op == "=~" and latents[s.lhs] == 1 and indicators[s.rhs] == 1}


def _freed(
    row: list[Row], variables: _Variables, wanted: frozenset[str], std_lv: bool
) -> list[Row]:
    """A default row over groups, free in later groups where equality identifies it there.

    Equal intercepts identify the differences between latent means, equal loadings those
    between latent variances under std_lv.
    """
    first = row[0]
    if first.lhs not in variables.latent:
        return row
    mean = first.op == "~1" and "intercepts" in wanted and "means" not in wanted
    variance = first.op == "~~" and first.lhs == first.rhs and std_lv
    variance = variance and "loadings" in wanted and "lv_variances" not in wanted
    return [first, *(replace(r, value=None) for r in row[1:])] if mean or variance else row


def _same(lhs, op, rhs, groups, value, *, exogenous=False) -> list[Row]:
    return [Row(lhs, op, rhs, g + 1, value, exogenous=exogenous) for g in range(groups)]


def kind_of(row: Row, latent: Sequence[str], covariates: Sequence[str] = ()) -> str:
    """Name of the class of parameters that `group_equal` speaks of (lavaan's group.equal).

    Empty for the moments of covariates, which no class holds.
    """
    if row.op == "=~":
        return "loadings"
    if row.op == "~":
        return "regressions"
    if row.lhs in covariates:
        return ""
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


def _wanted(group_equal: Sequence[str] | str) -> frozenset[str]:
    names = [group_equal] if isinstance(group_equal, str) else group_equal
    wanted = frozenset(str(name).replace(".", "_") for name in names)
    for name in sorted(wanted.difference(KINDS)):
        close = nearest(name, KINDS)
        raise ModelError(
            f"group_equal: '{name}' is not a class of parameters\n  allowed: {', '.join(KINDS)}"
            + (f"\n  hint: did you mean '{close}'?" if close else "")
        )
    return wanted


def _name(row: Row) -> str:
    """Name of a parameter within its group, as in lavaan: `f=~x1`."""
    return f"{row.lhs}{row.op}{row.rhs}"


def _tied(
    rows: Sequence[Row],
    variables: _Variables,
    wanted: frozenset[str],
    group_partial: Sequence[str] | str,
    equal_to: dict[tuple[str, str, str], Statement],
) -> list[Row]:
    """Rows with one label wherever they are equal, be it by label, `equal()` or group_equal.

    As in lavaan a label of the user's outweighs group_equal, and a fixed member fixes all.
    """
    released = [group_partial] if isinstance(group_partial, str) else group_partial
    released = {"".join(str(entry).split()) for entry in released}
    first_group = {_name(r) for r in rows if r.group == 1}
    for entry in sorted(released - first_group):
        close = nearest(entry, first_group)
        raise ModelError(
            f"group_partial: '{entry}' is not a parameter of the model"
            + (f"\n  hint: did you mean '{close}'?" if close else "")
        )
    rows, keys = list(rows), []
    for row in rows:
        name = _name(row)
        equal = name not in released
        equal = equal and kind_of(row, variables.latent, variables.covariates) in wanted
        keys.append(row.label or (name if row.group == 1 or equal else f"{name}.g{row.group}"))
    _resolve(keys, rows, equal_to)

    members: dict[str, list[int]] = {}
    for k, key in enumerate(keys):
        members.setdefault(key, []).append(k)
    result = list(rows)
    for indices in (m for m in members.values() if len(m) > 1):
        fixed = [k for k in indices if rows[k].value is not None]
        values = {rows[k].value for k in fixed}
        if len(values) > 1:
            raise ModelError(
                f"{_words(rows[fixed[0]])} has to be equal and is fixed to different values: "
                f"{', '.join(f'{v:g}' for v in sorted(values))}\n"
                "  hint: name it in group_partial, or remove the label"
            )
        label = next((keys[k] for k in indices if rows[k].label == keys[k]), "")
        for k in indices:
            if fixed:
                result[k] = replace(rows[k], value=rows[fixed[0]].value)
            else:
                result[k] = replace(rows[k], label=label or f".p{indices[0] + 1}.")
    return result


def _words(row: Row) -> str:
    return f"'{row.lhs} {row.op} {row.rhs or ''}".rstrip() + "'"


def _resolve(keys: list[str], rows: list[Row], equal_to) -> None:
    """Let `equal("f=~x2")` stand for that parameter's own key and label; it has to exist."""
    names = {
        _name(row) + (f".g{row.group}" if row.group > 1 else ""): k for k, row in enumerate(rows)
    }
    for k, row in enumerate(rows):
        statement = equal_to.get((row.lhs, row.op, row.rhs))
        if statement is None or not row.label:
            continue
        target = names.get(row.label)
        if target is not None and target != k:
            keys[k] = keys[target]
            rows[k] = replace(row, label="")
        elif not any(other.label == row.label for j, other in enumerate(rows) if j != k):
            allowed = [*names, *_labels(rows)]
            close = nearest(row.label, [name for name in allowed if name != row.label])
            raise ModelError(
                f'model, line {statement.line}: equal("{row.label}") names no other parameter'
                + (f"\n  hint: did you mean '{close}'?" if close else "")
            )


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


def _expression(text: str, line: int, shown: str = "") -> Expression:
    try:
        return Expression(text, shown)
    except ModelError as error:
        raise ModelError(f"model, line {line}: {error}") from None


def _defined(expressions, rows) -> tuple[tuple[str, Expression], ...]:
    allowed, defined = _labels(rows), []
    for s in (s for s in expressions if s.op == ":="):
        if s.lhs in allowed:
            raise ModelError(
                f"model, line {s.line}: '{s.lhs}' is a label already\n"
                "  hint: choose another name on the left of ':='"
            )
        defined.append((s.lhs, _known(_expression(s.rhs, s.line), allowed, s.line)))
        allowed = [*allowed, s.lhs]
    return tuple(defined)


def _equalities(expressions, rows) -> tuple[Expression, ...]:
    """Constraints as expressions that are zero; what `:=` defines is put in its place."""
    definitions: dict[str, str] = {}
    for s in (s for s in expressions if s.op == ":="):
        definitions[s.lhs] = f"({_expanded(s.rhs, definitions)})"
    result = []
    for s in (s for s in expressions if s.op == "=="):
        text = _expanded(f"({s.lhs}) - ({s.rhs})", definitions)
        expression = _expression(text, s.line, f"{s.lhs} == {s.rhs}")
        result.append(_known(expression, _labels(rows), s.line))
    return tuple(result)


def _expanded(text: str, definitions: dict[str, str]) -> str:
    return re.sub(
        r"(?<![\w.])\.?[^\W\d][\w.]*", lambda m: definitions.get(m.group(), m.group()), text
    )
