"""The model language: lavaan's, read into statements.

Source: Rosseel (2012), lavaan: An R Package for Structural Equation Modeling, Journal
of Statistical Software 48(2), section 3 and the page `model.syntax` of its manual.
"""

import math
import re
from dataclasses import dataclass, field

from surveysem.sem.errors import ModelError, ModelSyntaxError, NotAvailableError
from surveysem.sem.expressions import Expression

OPERATORS = ("=~", "<~", "~*~", "~~", ":=", "==", "~", "<", ">", "|")
EXPRESSION_OPERATORS = (":=", "==", "<", ">")
_OPERATOR = re.compile(r"=~|<~|~\*~|~~|:=|==|~|<|>|\|")
_BLOCK = re.compile(r"(group|level|class|block)\s*:(?!=)", re.I)
_NAME = re.compile(r"[^\W\d][\w.]*\Z|\.[^\W\d][\w.]*\Z")
_CALL = re.compile(r"(start|equal|label|c)\s*\((.*)\)\Z", re.S)
_UNAVAILABLE_CALL = re.compile(r"(efa|rv|prior|lower|upper)\s*\(")
# what a keyboard set to Chinese types, and what is meant
_FULL_WIDTH = dict(zip("＋～＝＊；：（），＃！｜＜＞", "+~=*;:(),#!|<>", strict=True))


@dataclass(frozen=True, slots=True)
class Modifier:
    """What stands before `*`: one entry for each group, or one for all.

    fixed: numbers, None where the parameter is free; start: numbers; labels: names.
    Each is empty when not given; `free` tells that `NA*` asked for a free parameter,
    `equal` that the labels name other parameters.
    """

    fixed: tuple[float | None, ...] = ()
    start: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    free: bool = False
    equal: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        """What it says: of the value, of the start, of the label."""
        said = {"value": self.fixed or self.free, "start": self.start, "label": self.labels}
        return frozenset(kind for kind, given in said.items() if given)

    def joined(self, other: "Modifier") -> "Modifier":
        """Both together; they must not speak of the same kind."""
        return Modifier(
            self.fixed or other.fixed,
            self.start or other.start,
            self.labels or other.labels,
            self.free or other.free,
            self.equal or other.equal,
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of the model: `lhs op rhs`, or an expression for `:=`, `==`, `<`, `>`."""

    lhs: str
    op: str
    rhs: str
    line: int
    modifier: Modifier = field(default_factory=Modifier)


@dataclass(frozen=True, slots=True)
class _Formula:
    """One formula's text, and the (line, column) of each of its characters."""

    text: str
    places: tuple[tuple[int, int], ...]

    def error(self, message: str, at: int = 0, hint: str = "") -> ModelSyntaxError:
        """Return an error that points at character `at`."""
        line, column = self.places[min(at, len(self.places) - 1)]
        return ModelSyntaxError(message, line, column, hint)


def parse(text: str) -> tuple[Statement, ...]:
    """Read model text into statements, in the order written.

    Raises ModelSyntaxError with line and column where the text is not in the language.
    """
    if not isinstance(text, str):
        raise ModelError(
            f"the model has to be text, not {type(text).__name__}\n"
            "  hint: write for example: f =~ x1 + x2 + x3"
        )
    statements: list[Statement] = []
    for formula in _formulas(text):
        statements.extend(_statements(formula))
    if not statements:
        raise ModelSyntaxError("the model is empty", 1, hint="write for example: f =~ x1 + x2 + x3")
    return tuple(statements)


def _operator(text: str) -> re.Match | None:
    """First operator outside quotes."""
    return _OPERATOR.search(re.sub(r"([\"']).*?\1", lambda m: "_" * len(m.group()), text))


def _formulas(text: str) -> list[_Formula]:
    """Split text at line ends and `;`; a piece without operator continues the last."""
    formulas: list[_Formula] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        code = re.split(r"[#!]", raw, maxsplit=1)[0]
        for piece in re.finditer(r"[^;]+", code):
            words = piece.group().strip()
            if not words:
                continue
            column = piece.start() + len(piece.group()) - len(piece.group().lstrip()) + 1
            places = tuple((number, column + k) for k in range(len(words)))
            continues = formulas and (
                not (_operator(words) or _BLOCK.match(words))
                or re.search(r"([+*(,]|~)\s*\Z", formulas[-1].text)
            )
            if continues:
                last = formulas.pop()
                words, places = f"{last.text} {words}", (*last.places, places[0], *places)
            formulas.append(_Formula(words, places))
    return formulas


def _statements(formula: _Formula) -> list[Statement]:
    text = formula.text
    line = formula.places[0][0]
    block = _BLOCK.match(text)
    if block:
        raise NotAvailableError(
            f"model, line {line}: '{block.group(0)}' blocks are not available\n"
            "  hint: give groups by the argument `group` and modifiers as c(a, b)*x"
        )
    match = _operator(text)
    if not match:
        hint = _full_width(text) or f"use one of {' '.join(OPERATORS)}"
        raise formula.error(f"no operator in '{text}'", 0, hint)
    op = match.group(0)
    left, right = text[: match.start()].strip(), text[match.end() :].strip()
    if op == "<~":
        raise NotAvailableError(
            f"model, line {line}: formative constructs (<~) are not available\n"
            "  hint: use =~ for a reflective construct"
        )
    if not left or not right:
        side = "left" if not left else "right"
        raise formula.error(f"nothing on the {side} of '{op}'", match.start(), f"e.g. y {op} x")
    if op in EXPRESSION_OPERATORS:
        if op == ":=" and not _NAME.match(left):
            raise formula.error(f"'{left}' is not a name", 0, "e.g. indirect := a*b")
        return [Statement(left, op, right, line)]
    parts, terms = _split(text[match.end() :], "+"), []
    if len(parts) > 1 and not parts[0][1].strip():  # lavaan: y ~ + x
        parts = parts[1:]
    for start, part in parts:
        at = match.end() + start
        if not part.strip():
            raise formula.error(f"an empty term on the right of '{op}'", at, "remove a '+'")
        at += len(part) - len(part.lstrip())
        terms.append(_term(op, part.strip(), formula, at))
    statements = []
    for start, part in _split(text[: match.start()], "+"):
        lhs = part.strip()
        if not _NAME.match(lhs):
            _refuse_call(lhs, line)
            raise formula.error(f"'{lhs}' is not a variable name", start, _full_width(lhs))
        statements += [Statement(lhs, *term) for term in _joined(terms, formula)]
    return statements


def _joined(terms, formula: _Formula) -> list[tuple]:
    """Terms, with the modifiers of a variable that stands more than once put together."""
    merged: dict[tuple[str, str], tuple] = {}
    for op, rhs, line, modifier in terms:
        before = merged.get((op, rhs))
        if before is None:
            merged[op, rhs] = (op, rhs, line, modifier)
            continue
        if before[3].kinds & modifier.kinds or not (before[3].kinds | modifier.kinds):
            raise formula.error(
                f"'{rhs or '1'}' stands in '{formula.text}' twice",
                hint="remove one; several modifiers may stand as in 0.5*x + a*x",
            )
        merged[op, rhs] = (op, rhs, before[2], before[3].joined(modifier))
    return list(merged.values())


def _split(text: str, separator: str) -> list[tuple[int, str]]:
    """Split at `separator` outside brackets, quotes and numbers such as 1e+3: (start, part)."""
    parts, depth, quoted, start = [], 0, False, 0
    for position, char in enumerate(text):
        quoted ^= char in "\"'"
        depth += (char == "(") - (char == ")")
        exponent = separator == "+" and re.search(r"(?<![\w.])[\d.]+[eE]\Z", text[:position])
        if char == separator and depth == 0 and not quoted and not exponent:
            parts.append((start, text[start:position]))
            start = position + 1
    return [*parts, (start, text[start:])]


def _term(op: str, term: str, formula: _Formula, at: int) -> tuple[str, str, int, Modifier]:
    """Operator, right-hand side, line and modifier of one term that starts at `at`."""
    line = formula.places[min(at, len(formula.places) - 1)][0]
    if "?" in term:  # lavaan's short form of start(): 0.8?x
        value, _, rest = term.partition("?")
        term = f"start({value.strip()})*{rest.strip()}"
    *modifiers, variable = [part.strip() for _, part in _split(term, "*")]
    if op == "~" and variable in ("1", "0"):
        fixed = [*modifiers, "0"] if variable == "0" else modifiers
        return "~1", "", line, _modifier(fixed, formula, at)
    if ":" in variable:
        raise NotAvailableError(
            f"model, line {line}: interaction terms ('{variable}') are not available\n"
            "  hint: add the product as a column of the data"
        )
    if not _NAME.match(variable):
        _refuse_call(variable, line)
        raise formula.error(
            f"'{variable}' is not a variable name",
            at,
            _full_width(variable)
            or "names start with a letter; a modifier stands before '*', as in 0.5*x",
        )
    return op, variable, line, _modifier(modifiers, formula, at)


def _modifier(parts: list[str], formula: _Formula, at: int) -> Modifier:
    """Put the modifiers of one term together."""
    whole = Modifier()
    for part in parts:
        one = _one_modifier(part, formula, at)
        if whole.kinds & one.kinds:
            raise formula.error(f"'{part}*' contradicts another modifier of its term", at)
        whole = whole.joined(one)
    return whole


def _one_modifier(part: str, formula: _Formula, at: int) -> Modifier:
    call = _CALL.match(part)
    name, body = (call.group(1), call.group(2)) if call else ("", part)
    inner = _CALL.match(body.strip())
    if name and inner and inner.group(1) == "c":  # start(c(0.5, 0.7))
        body = inner.group(2)
    entries = [entry.strip().strip("\"'") for _, entry in _split(body, ",")]
    numbers = [_number(entry) for entry in entries]
    if name == "start":
        if None in numbers:
            raise formula.error(f"'{part}' needs a number", at, "start(0.5)*x")
        return Modifier(start=tuple(numbers))
    if name in ("equal", "label"):
        if not all(entries):
            raise formula.error(f"'{part}' needs a name", at, f'{name}("a")*x')
        if name == "equal":  # parameters have names without spaces: f=~x2
            entries = ["".join(entry.split()) for entry in entries]
        return Modifier(labels=tuple(entries), equal=name == "equal")
    if all(entry == "NA" for entry in entries):
        return Modifier(free=True)
    if any(number is not None for number in numbers):
        wrong = [e for e, n in zip(entries, numbers, strict=True) if n is None and e != "NA"]
        if wrong:
            raise formula.error(f"'{wrong[0]}' among numbers in '{part}'", at)
        return Modifier(fixed=tuple(numbers))
    if all(_NAME.match(entry) for entry in entries):
        return Modifier(labels=tuple(entries))
    _refuse_call(part, formula.places[at][0])
    raise formula.error(
        f"'{part}*' is not a modifier",
        at,
        _full_width(part) or "allowed: a number, NA, a label, start(0.5), equal(a), c(a, b)",
    )


def _refuse_call(text: str, line: int) -> None:
    call = _UNAVAILABLE_CALL.match(text)
    if call:
        raise NotAvailableError(
            f"model, line {line}: the modifier '{call.group(1)}()' is not available in this "
            "version of the engine"
        )


def _full_width(text: str) -> str:
    """Return a hint where text holds a full-width sign, else an empty string."""
    for sign, plain in _FULL_WIDTH.items():
        if sign in text:
            return f"'{sign}' is a full-width sign: type '{plain}'"
    return ""


def _number(text: str) -> float | None:
    """Value of a number, or of arithmetic without names such as sqrt(10); else None."""
    try:
        expression = Expression(text)
    except ModelError:
        return None
    if expression.names:
        return None
    value = float(expression({}))
    return value if math.isfinite(value) else None
