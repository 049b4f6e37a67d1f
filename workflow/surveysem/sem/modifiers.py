"""What stands before `*` in a formula: fixed values, starts, labels, bounds."""

import math
import re
from dataclasses import dataclass

from surveysem.errors import nearest
from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.expressions import Expression
from surveysem.sem.formulas import NAME, Formula, split

_CALLS = ("start", "equal", "label", "lower", "upper", "c")
_CALL = re.compile(rf"({'|'.join(_CALLS)})\s*\((.*)\)\Z", re.S)
_UNAVAILABLE_CALL = re.compile(r"(efa|rv|prior)\s*\(")
_ALLOWED = (
    "allowed: a number, NA, a label, start(0.5), equal(a), label(a), lower(0), upper(1), c(a, b)"
)


@dataclass(frozen=True, slots=True)
class Modifier:
    """What stands before `*`: one entry for each group, or one for all.

    fixed: numbers, None where the parameter is free; start, lower, upper: numbers;
    labels: names. Each is empty when not given; `free` tells that `NA*` asked for a free
    parameter, `equal` that the labels name other parameters.
    """

    fixed: tuple[float | None, ...] = ()
    start: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    free: bool = False
    equal: bool = False
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """What it says: of the value, the start, the label, the bounds."""
        said = {
            "value": self.fixed or self.free,
            "start": self.start,
            "label": self.labels,
            "lower": self.lower,
            "upper": self.upper,
        }
        return frozenset(kind for kind, given in said.items() if given)

    def joined(self, other: "Modifier") -> "Modifier":
        """Both together; they must not speak of the same kind."""
        return Modifier(
            self.fixed or other.fixed,
            self.start or other.start,
            self.labels or other.labels,
            self.free or other.free,
            self.equal or other.equal,
            self.lower or other.lower,
            self.upper or other.upper,
        )


def modifier(parts: list[str], formula: Formula, at: int) -> Modifier:
    """Put the modifiers of one term together; the term starts at character `at`.

    Raises ModelSyntaxError where one is no modifier or two contradict each other, and
    NotAvailableError for efa(), rv() and prior().
    """
    whole = Modifier()
    for part in parts:
        one = _one(part, formula, at)
        if whole.kinds & one.kinds:
            raise formula.error(
                f"'{part}*' contradicts another modifier of its term", at, "keep one of the two"
            )
        whole = whole.joined(one)
    return whole


def _one(part: str, formula: Formula, at: int) -> Modifier:
    call = _CALL.match(part)
    name, body = (call.group(1), call.group(2)) if call else ("", part)
    inner = _CALL.match(body.strip())
    if name and inner and inner.group(1) == "c":  # start(c(0.5, 0.7))
        body = inner.group(2)
    entries = [entry.strip().strip("\"'") for _, entry in split(body, ",")]
    if name in ("start", "lower", "upper"):
        numbers = [_number(entry) for entry in entries]
        if None in numbers:
            raise formula.error(f"'{part}' needs a number", at, f"{name}(0.5)*x")
        return Modifier(**{name: tuple(numbers)})
    if name in ("equal", "label"):
        if not all(entries):
            raise formula.error(f"'{part}' needs a name", at, f'{name}("a")*x')
        if name == "equal":  # parameters have names without spaces: f=~x2
            entries = ["".join(entry.split()) for entry in entries]
        return Modifier(labels=tuple(entries), equal=name == "equal")
    return _value_or_label(part, entries, formula, at)


def _value_or_label(part: str, entries: list[str], formula: Formula, at: int) -> Modifier:
    if all(entry == "NA" for entry in entries):
        return Modifier(free=True)
    numbers = [_number(entry) for entry in entries]
    if any(number is not None for number in numbers):
        wrong = [e for e, n in zip(entries, numbers, strict=True) if n is None and e != "NA"]
        if wrong:
            raise formula.error(
                f"'{wrong[0]}' among numbers in '{part}'", at, "numbers or NA only: c(0.5, NA)*x"
            )
        return Modifier(fixed=tuple(numbers))
    if all(NAME.match(entry) for entry in entries):
        return Modifier(labels=tuple(entries))
    refuse_call(part, formula.line(at))
    called = re.match(r"([\w.]+)\s*\(", part)
    close = nearest(called.group(1), _CALLS) if called else None
    if close and close != called.group(1):
        raise formula.error(f"'{part}*' is not a modifier", at, f"did you mean '{close}()'?")
    raise formula.error(f"'{part}*' is not a modifier", at, _ALLOWED)


def refuse_call(text: str, line: int) -> None:
    """Raise NotAvailableError for a modifier that lavaan has and the engine has not."""
    call = _UNAVAILABLE_CALL.match(text)
    if call:
        raise NotAvailableError(
            f"model, line {line}: the modifier '{call.group(1)}()' is not available in this "
            "version of the engine"
        )


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
