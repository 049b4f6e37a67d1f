"""Definitions and constraints of a model: `:=`, `==`, `<` and `>` as expressions of labels."""

from collections.abc import Sequence

from surveysem.errors import nearest
from surveysem.sem.errors import ModelError
from surveysem.sem.expressions import Expression
from surveysem.sem.syntax import EXPRESSION_OPERATORS, Statement, parse


def read_argument(text: str) -> tuple[Statement, ...]:
    """Statements of the argument `constraints`. Raises ModelError for a formula."""
    if not isinstance(text, str):
        raise ModelError(
            f"constraints={text!r} is no text\n  hint: one a line, for example 'a == b'"
        )
    statements = parse(text) if text.strip() else ()
    for s in statements:
        if s.op not in EXPRESSION_OPERATORS:
            raise ModelError(
                f"constraints, line {s.line}: '{s.lhs} {s.op} {s.rhs}' is not a constraint\n"
                "  hint: formulas belong to the model; allowed here: ==, <, >, :="
            )
    return statements


def definitions(
    statements: Sequence[Statement], labels: Sequence[str]
) -> tuple[tuple[str, Expression], ...]:
    """(name, expression) of each `:=`, which may use labels and earlier names.

    Raises ModelError for a name that is a label already, or an unknown one.
    """
    allowed, defined = list(labels), []
    for s in (s for s in statements if s.op == ":="):
        if s.lhs in allowed:
            raise ModelError(
                f"model, line {s.line}: '{s.lhs}' is a label already\n"
                "  hint: choose another name on the left of ':='"
            )
        expression = _expression(s.rhs, s.line)
        _require_known(expression, allowed, s.line)
        defined.append((s.lhs, expression))
        allowed.append(s.lhs)
    return tuple(defined)


def equalities(statements: Sequence[Statement], labels: Sequence[str]) -> tuple[Expression, ...]:
    """Each `==` as an expression of labels that is zero."""
    return _differences(statements, labels, {"==": ("lhs", "rhs")})


def inequalities(statements: Sequence[Statement], labels: Sequence[str]) -> tuple[Expression, ...]:
    """Each `<` and `>` as an expression of labels that is zero or more."""
    return _differences(statements, labels, {">": ("lhs", "rhs"), "<": ("rhs", "lhs")})


def _differences(statements, labels, sides: dict[str, tuple[str, str]]) -> tuple[Expression, ...]:
    """First side minus second, with what `:=` defines put in its place."""
    given: dict[str, Expression] = {}
    if not any(s.op in sides for s in statements):
        return ()
    for s in (s for s in statements if s.op == ":="):
        given[s.lhs] = _expression(s.rhs, s.line, given=given)
    result = []
    for s in (s for s in statements if s.op in sides):
        for side in (s.lhs, s.rhs):  # each has to stand on its own: not "a)" or "(b"
            _expression(side, s.line)
        first, second = (getattr(s, side) for side in sides[s.op])
        shown = f"{s.lhs} {s.op} {s.rhs}"
        expression = _expression(f"({first}) - ({second})", s.line, shown, given)
        _require_known(expression, labels, s.line)
        if not expression.names:
            raise ModelError(
                f"model, line {s.line}: '{shown}' holds no parameter\n"
                "  hint: label a path as in y ~ a*x, and write for example a > 0"
            )
        result.append(expression)
    return tuple(result)


def _require_known(expression: Expression, allowed: Sequence[str], line: int) -> None:
    for name in expression.names:
        if name not in allowed:
            close = nearest(name, allowed)
            raise ModelError(
                f"model, line {line}: '{name}' in '{expression.text}' is not a label\n"
                f"  allowed: {', '.join(allowed) or 'none; label a path as in y ~ a*x'}"
                + (f"\n  hint: did you mean '{close}'?" if close else "")
            )


def _expression(text: str, line: int, shown: str = "", given=None) -> Expression:
    try:
        return Expression(text, shown, given)
    except ModelError as error:
        raise ModelError(f"model, line {line}: {error}") from None
