"""The model language: lavaan's, read into statements.

Source: Rosseel (2012), lavaan: An R Package for Structural Equation Modeling, Journal
of Statistical Software 48(2), section 3 and the page `model.syntax` of its manual.
"""

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from surveysem.sem.errors import ModelError, ModelSyntaxError, NotAvailableError
from surveysem.sem.formulas import BLOCK, NAME, Formula, formulas, operator, split
from surveysem.sem.modifiers import Modifier, modifier, refuse_call

OPERATORS = ("=~", "<~", "~*~", "~~", ":=", "==", "~", "<", ">", "|")
LEVELS = {"1": 1, "within": 1, "2": 2, "between": 2}
EXPRESSION_OPERATORS = (":=", "==", "<", ">")
_THRESHOLD = re.compile(r"t[1-9][0-9]*\Z")
_EQUALS = "write =~ for a measurement, == for an equality, := for a definition"
_NAMES = "names start with a letter and hold letters, digits, '_' and '.'"


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of the model: `lhs op rhs`, or an expression for `:=`, `==`, `<`, `>`.

    group: what stands behind `group:` above it, empty where the statement is for all.
    level: 1 (within clusters) or 2 (between them), 0 in a model without levels.
    """

    lhs: str
    op: str
    rhs: str
    line: int
    modifier: Modifier = field(default_factory=Modifier)
    group: str = ""
    level: int = 0


def parse(text: str) -> tuple[Statement, ...]:
    """Read model text into statements, in the order written.

    Raises ModelSyntaxError with line and column where the text is not in the language,
    NotAvailableError for what lavaan has and the engine has not.
    """
    if not isinstance(text, str):
        raise ModelError(
            f"the model has to be text, not {type(text).__name__}\n"
            "  hint: write for example: f =~ x1 + x2 + x3"
        )
    return _parsed(text)


@lru_cache(maxsize=64)  # a fit reads its text several times, and a pipeline fits it often
def _parsed(text: str) -> tuple[Statement, ...]:
    statements: list[Statement] = []
    group, level = "", 0
    for formula in formulas(text):
        if BLOCK.match(formula.text):
            word, label = _block(formula)
            if word == "group":
                group, level = label, 0
            else:
                level = _level(label, formula)
        else:
            statements += [replace(s, group=group, level=level) for s in _statements(formula)]
    if not statements:
        raise ModelSyntaxError("the model is empty", 1, hint="write for example: f =~ x1 + x2 + x3")
    return tuple(statements)


def _block(formula: Formula) -> tuple[str, str]:
    """Kind and label of a `group: label` or `level: label` line, without spaces as in lavaan."""
    word, label = (part.strip() for part in formula.text.split(":", 1))
    if word.lower() not in ("group", "level"):
        raise NotAvailableError(
            f"model, line {formula.line()}: '{word}:' blocks are not available in this "
            "version of the engine\n  hint: blocks are: group: label, level: 1, level: 2"
        )
    label = "".join(label.split()).strip("\"'")
    if not label:
        word = word.lower()
        raise formula.error(f"nothing behind '{word}:'", len(formula.text), f"e.g. {word}: 1")
    return word.lower(), label


def _level(label: str, formula: Formula) -> int:
    level = LEVELS.get(label.lower())
    if level is None:
        raise formula.error(
            f"there is no level '{label}'",
            formula.text.index(":") + 1,
            "1 or within for the members of clusters, 2 or between for the clusters",
        )
    return level


def _statements(formula: Formula) -> list[Statement]:
    text = formula.text
    match = operator(text)
    if not match:
        hint = _EQUALS if "=" in text else f"use one of {' '.join(OPERATORS)}"
        raise formula.error(f"no operator in '{text}'", 0, hint)
    op = match.group(0)
    left, right = text[: match.start()].strip(), text[match.end() :].strip()
    if op == "<~":
        raise NotAvailableError(
            f"model, line {formula.line()}: formative constructs (<~) are not available\n"
            "  hint: use =~ for a reflective construct"
        )
    if not left or not right:
        side = "left" if not left else "right"
        raise formula.error(f"nothing on the {side} of '{op}'", match.start(), f"e.g. y {op} x")
    if op in EXPRESSION_OPERATORS:
        if op in "<>" and right.startswith("="):
            hint = f"write {left} {op} {right[1:].strip()}: the bound itself is allowed"
            raise formula.error(f"'{op}=' is not an operator", match.start(), hint)
        if op == ":=" and not NAME.match(left):
            raise formula.error(f"'{left}' is not a name", 0, "e.g. indirect := a*b")
        return [Statement(left, op, right, formula.line())]
    terms = _joined(_terms(op, match.end(), formula), formula)
    statements = []
    for start, part in split(text[: match.start()], "+"):
        lhs = part.strip()
        if not NAME.match(lhs):
            refuse_call(lhs, formula.line())
            raise formula.error(f"'{lhs}' is not a variable name", start, _NAMES)
        statements += [Statement(lhs, *term) for term in terms]
    return statements


def _terms(op: str, end: int, formula: Formula) -> list[tuple[str, str, int, Modifier]]:
    """Terms on the right of an operator that ends at character `end`."""
    parts, terms = split(formula.text[end:], "+"), []
    if len(parts) > 1 and not parts[0][1].strip():  # lavaan: y ~ + x
        parts = parts[1:]
    for start, part in parts:
        at = end + start
        if not part.strip():
            raise formula.error(f"an empty term on the right of '{op}'", at, "remove a '+'")
        at += len(part) - len(part.lstrip())
        terms.append(_term(op, part.strip(), formula, at))
    return terms


def _joined(terms, formula: Formula) -> list[tuple]:
    """Terms, with the modifiers of a variable that stands more than once put together."""
    merged: dict[tuple[str, str], tuple] = {}
    for op, rhs, line, one in terms:
        before = merged.get((op, rhs))
        if before is None:
            merged[op, rhs] = (op, rhs, line, one)
            continue
        if before[3].kinds & one.kinds or not (before[3].kinds | one.kinds):
            raise formula.error(
                f"'{rhs or '1'}' stands in '{formula.text}' twice",
                0,
                "remove one; several modifiers may stand as in 0.5*x + a*x",
            )
        merged[op, rhs] = (op, rhs, before[2], before[3].joined(one))
    return list(merged.values())


def _term(op: str, term: str, formula: Formula, at: int) -> tuple[str, str, int, Modifier]:
    """Operator, right-hand side, line and modifier of one term that starts at `at`."""
    line = formula.line(at)
    if "?" in term:  # lavaan's short form of start(): 0.8?x
        value, _, rest = term.partition("?")
        term = f"start({value.strip()})*{rest.strip()}"
    *parts, variable = [part.strip() for _, part in split(term, "*")]
    if op == "~" and variable in ("1", "0"):
        fixed = [*parts, "0"] if variable == "0" else parts
        return "~1", "", line, modifier(fixed, formula, at)
    if ":" in variable:
        raise NotAvailableError(
            f"model, line {line}: interaction terms ('{variable}') are not available\n"
            "  hint: add the product as a column of the data"
        )
    if op == "|" and not _THRESHOLD.match(variable):
        hint = "thresholds are t1, t2, ..., as in y | t1 + t2; a modifier stands before '*'"
        raise formula.error(f"'{variable}' is not the name of a threshold", at, hint)
    if not NAME.match(variable):
        refuse_call(variable, line)
        hint = f"{_NAMES}; a modifier stands before '*', as in 0.5*x"
        if re.search(r"[\w.][\s-]+[\w.]", variable):
            hint = "terms are joined by '+', as in x1 + x2"
        if "=" in variable:
            hint = _EQUALS
        raise formula.error(f"'{variable}' is not a variable name", formula.turn(at, term), hint)
    return op, variable, line, modifier(parts, formula, at)
