"""The model language: lavaan's, read into statements.

Source: Rosseel (2012), lavaan: An R Package for Structural Equation Modeling, Journal
of Statistical Software 48(2), section 3 and the page `model.syntax` of its manual.
"""

import re
from dataclasses import dataclass, field

from surveysem.sem.errors import ModelSyntaxError, NotAvailableError

OPERATORS = ("=~", "<~", "~*~", "~~", ":=", "==", "~", "<", ">", "|")
EXPRESSION_OPERATORS = (":=", "==", "<", ">")
_OPERATOR = re.compile(r"=~|<~|~\*~|~~|:=|==|~|<|>|\|")
_NAME = re.compile(r"[^\W\d][\w.]*\Z|\.[^\W\d][\w.]*\Z")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_CALL = re.compile(r"(start|equal|label|c)\s*\((.*)\)\Z", re.S)


@dataclass(frozen=True, slots=True)
class Modifier:
    """What stands before `*`: one entry for each group, or one for all.

    fixed: numbers, None where the parameter is free; start: numbers; labels: names.
    Each is empty when not given; `free` tells that `NA*` asked for a free parameter.
    """

    fixed: tuple[float | None, ...] = ()
    start: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    free: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of the model: `lhs op rhs`, or an expression for `:=`, `==`, `<`, `>`."""

    lhs: str
    op: str
    rhs: str
    line: int
    modifier: Modifier = field(default_factory=Modifier)


def parse(text: str) -> tuple[Statement, ...]:
    """Read model text into statements, in the order written.

    Raises ModelSyntaxError with line and column where the text is not in the language.
    """
    statements: list[Statement] = []
    for line, column, chunk in _chunks(text):
        statements.extend(_statement(chunk, line, column))
    if not statements:
        raise ModelSyntaxError("the model is empty", 1, hint="write for example: f =~ x1 + x2 + x3")
    return tuple(statements)


def _chunks(text: str) -> list[tuple[int, int, str]]:
    """Split text into (line, column, formula); a line without operator continues the last."""
    chunks: list[tuple[int, int, str]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        code = re.split(r"[#!]", raw, maxsplit=1)[0]
        offset = 0
        for piece in code.split(";"):
            column = offset + len(piece) - len(piece.lstrip()) + 1
            offset += len(piece) + 1
            if not piece.strip():
                continue
            continues = chunks and (
                not _OPERATOR.search(piece) or re.search(r"([+*(,]|~)\s*\Z", chunks[-1][2])
            )
            if continues:
                first = chunks[-1]
                chunks[-1] = (first[0], first[1], f"{first[2]} {piece.strip()}")
            else:
                chunks.append((number, column, piece.strip()))
    return chunks


def _statement(chunk: str, line: int, column: int) -> list[Statement]:
    match = _OPERATOR.search(chunk)
    if not match:
        block = re.match(r"(group|level|class)\s*:", chunk)
        if block:
            raise NotAvailableError(
                f"model, line {line}: '{block.group(0)}' blocks are not available; "
                "give groups by the argument `group` and modifiers as c(a, b)*x"
            )
        raise ModelSyntaxError(
            f"no operator in '{chunk}'", line, column, f"use one of {' '.join(OPERATORS)}"
        )
    op = match.group(0)
    left, right = chunk[: match.start()].strip(), chunk[match.end() :].strip()
    if op == "<~":
        raise NotAvailableError(
            f"model, line {line}: formative constructs (<~) are not available; "
            "use =~ for a reflective construct"
        )
    if not left or not right:
        side = "left" if not left else "right"
        raise ModelSyntaxError(
            f"nothing on the {side} of '{op}'", line, column + match.start(), f"e.g. y {op} x"
        )
    if op in EXPRESSION_OPERATORS:
        return [Statement(left, op, right, line)]
    statements = []
    for lhs in (part.strip() for part in left.split("+")):
        if not _NAME.match(lhs):
            raise ModelSyntaxError(f"'{lhs}' is not a variable name", line, column)
        for term in _split(right, "+"):
            if not term.strip():
                raise ModelSyntaxError(
                    f"an empty term on the right of '{op}'", line, column, "remove a '+'"
                )
            statements.append(_term(lhs, op, term.strip(), line, column + match.end()))
    return statements


def _split(text: str, separator: str) -> list[str]:
    """Split at `separator` outside brackets and outside numbers such as 1e+3."""
    parts, depth, start = [], 0, 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        exponent = separator == "+" and re.search(r"\d[eE]\Z", text[:position])
        if char == separator and depth == 0 and not exponent:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _term(lhs: str, op: str, term: str, line: int, column: int) -> Statement:
    if "?" in term:  # lavaan's short form of start(): 0.8?x
        value, _, rest = term.partition("?")
        term = f"start({value.strip()})*{rest.strip()}"
    *modifiers, variable = [part.strip() for part in _split(term, "*")]
    if op == "~" and variable in ("1", "0"):
        fixed = [*modifiers, "0"] if variable == "0" else modifiers
        return Statement(lhs, "~1", "", line, _modifier(fixed, line, column))
    if ":" in variable:
        raise NotAvailableError(
            f"model, line {line}: interaction terms ('{variable}') are not available; "
            "add the product as a column of the data"
        )
    if not _NAME.match(variable):
        raise ModelSyntaxError(
            f"'{variable}' is not a variable name",
            line,
            column,
            "names start with a letter; a modifier stands before '*', as in 0.5*x",
        )
    return Statement(lhs, op, variable, line, _modifier(modifiers, line, column))


def _modifier(parts: list[str], line: int, column: int) -> Modifier:
    fixed: tuple = ()
    start: tuple = ()
    labels: tuple = ()
    free = False
    for part in parts:
        call = _CALL.match(part)
        name, body = (call.group(1), call.group(2)) if call else ("", part)
        entries = [entry.strip().strip("\"'") for entry in _split(body, ",")]
        numbers = [_number(entry) for entry in entries]
        if name == "start":
            if None in numbers:
                raise ModelSyntaxError(f"'{part}' needs a number", line, column, "start(0.5)*x")
            start = tuple(numbers)
        elif name in ("equal", "label"):
            labels = tuple(entries)
        elif all(entry == "NA" for entry in entries):
            free = True
        elif any(number is not None for number in numbers):
            wrong = [e for e, n in zip(entries, numbers, strict=True) if n is None and e != "NA"]
            if wrong:
                raise ModelSyntaxError(f"'{wrong[0]}' among numbers in '{part}'", line, column)
            fixed = tuple(numbers)
        elif all(_NAME.match(entry) for entry in entries):
            labels = tuple(entries)
        else:
            raise ModelSyntaxError(
                f"'{part}*' is not a modifier",
                line,
                column,
                "allowed: a number, NA, a label, start(0.5), equal(a), c(a, b)",
            )
    return Modifier(fixed, start, labels, free)


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.match(text) else None
