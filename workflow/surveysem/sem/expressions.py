"""Arithmetic over parameter labels, for `:=`, `==`, `<` and `>`: parsed, never run as code."""

import ast
import re
from collections.abc import Callable, Container, Mapping

import numpy as np

from surveysem.sem.errors import ModelError

_FUNCTIONS: dict[str, Callable] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    # abs and the comparison keep a complex step intact (abs is not analytic at 0 only)
    "abs": lambda x: np.where(np.real(x) >= 0, x, -x),
}


def _power(a, b):
    """a^b; a negative base has no derivative by its exponent."""
    return np.where(np.real(a) < 0, np.nan, a**b) if np.iscomplexobj(b) else a**b


_BINARY: dict[type, Callable] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: _power,
}
_DEPTH = 500  # of the tree, as is the length of a sum: Python evaluates it by recursion
_ALLOWED = f"  hint: allowed are labels, numbers, + - * / ^ ( ) and {', '.join(_FUNCTIONS)}"
# a number, which stays, or a label: labels may hold dots and any letters
_TOKEN = re.compile(r"((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(\.?[^\W\d][\w.]*)")
_SIGNS = re.compile(r"[-+*/^(),=<>|~\s]*\Z")  # those of other operators get a message of their own


class Expression:
    """An arithmetic expression; `names` are the labels it uses.

    `shown` is what messages call it (default: the text itself). `given` are expressions
    for names that stand for them: `names` holds what those use instead.
    """

    def __init__(self, text: str, shown: str = "", given: Mapping[str, "Expression"] | None = None):
        self.text = shown or text
        # labels become v0_, v1_, ...: Python's words (lambda, in) and letters do not matter
        self._labels: dict[str, str] = {}
        code = _TOKEN.sub(self._token, text.replace("^", "**")).strip()
        if not _SIGNS.match(_TOKEN.sub("", text)):
            raise self._error()
        try:
            self._tree = ast.parse(code, mode="eval").body
            direct = self._names(self._tree)
        except (SyntaxError, ValueError):
            raise self._error() from None
        except (RecursionError, MemoryError):
            raise ModelError(
                f"{self._shown()} has too many parts\n"
                "  hint: define some of them by := and use their names"
            ) from None
        self._given = {name: e for name, e in (given or {}).items() if name in direct}
        used = [self._given[n].names if n in self._given else (n,) for n in direct]
        self.names = tuple(dict.fromkeys(name for names in used for name in names))

    def _error(self) -> ModelError:
        return ModelError(f"{self._shown()} is not an arithmetic expression\n{_ALLOWED}")

    def _shown(self) -> str:
        return f"'{self.text}'" if len(self.text) < 200 else f"'{self.text[:60]} ...'"

    def _token(self, match: re.Match) -> str:
        number, label = match.groups()
        if number:
            return number
        if label in _FUNCTIONS and match.string[match.end() :].lstrip().startswith("("):
            return label
        return next(
            (code for code, known in self._labels.items() if known == label), None
        ) or self._new(label)

    def _new(self, label: str) -> str:
        code = f"v{len(self._labels)}_"
        self._labels[code] = label
        return code

    def _names(self, node: ast.AST, depth: int = 0) -> list[str]:
        if depth > _DEPTH:
            raise RecursionError
        if isinstance(node, ast.Name) and node.id in self._labels:
            return [self._labels[node.id]]
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return []
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return self._names(node.operand, depth + 1)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return [
                *self._names(node.left, depth + 1),
                *self._names(node.right, depth + 1),
            ]
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in _FUNCTIONS
            and len(node.args) == 1
            and not node.keywords
        ):
            return self._names(node.args[0], depth + 1)
        part = ast.unparse(node)
        for code, label in self._labels.items():
            part = part.replace(code, label)
        raise ModelError(f"'{part}' is not allowed in {self._shown()}\n{_ALLOWED}")

    def __call__(self, values: Mapping[str, complex]) -> complex:
        """Value of the expression, given a value (or an array of them) for each of `names`.

        As in R, what is not defined (1 / 0, the root of -1) is inf or nan.
        """
        with np.errstate(all="ignore"):
            own = {name: given(values) for name, given in self._given.items()}
            return self._value(self._tree, {**values, **own} if own else values)

    def _value(self, node: ast.AST, values: Mapping[str, complex]):
        if isinstance(node, ast.Name):
            value = values[self._labels[node.id]]
            return np.complex128(value) if np.iscomplexobj(value) else np.float64(value)
        if isinstance(node, ast.Constant):
            return np.float64(node.value)
        if isinstance(node, ast.UnaryOp):
            operand = self._value(node.operand, values)
            return -operand if isinstance(node.op, ast.USub) else operand
        if isinstance(node, ast.BinOp):
            return _BINARY[type(node.op)](
                self._value(node.left, values), self._value(node.right, values)
            )
        return _FUNCTIONS[node.func.id](self._value(node.args[0], values))

    def degree(self, free: Container[str]) -> int:
        """0 where it holds none of the `free` names, 1 where it is linear in them, else 2.

        As written: what cancels out (a*b - a*b) counts.
        """
        return self._degree(self._tree, free)

    def _degree(self, node: ast.AST, free: Container[str]) -> int:
        if isinstance(node, ast.Name):
            label = self._labels[node.id]
            given = self._given.get(label)
            return int(label in free) if given is None else given.degree(free)
        if isinstance(node, ast.Constant):
            return 0
        if isinstance(node, ast.UnaryOp):
            return self._degree(node.operand, free)
        if isinstance(node, ast.Call):
            return 2 * bool(self._degree(node.args[0], free))
        left, right = self._degree(node.left, free), self._degree(node.right, free)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return max(left, right)
        if isinstance(node.op, ast.Mult):
            return min(left + right, 2)
        if isinstance(node.op, ast.Div):
            return 2 if right else left
        first = isinstance(node.right, ast.Constant) and node.right.value == 1
        return left if first else 2 * bool(left or right)

    def gradient(self, values: Mapping[str, float]) -> dict[str, float]:
        """Derivative by each name, exact to rounding: complex step (Squire and Trapp 1998).

        nan where the expression itself is not defined.
        """
        if not np.isfinite(self(values)):
            return dict.fromkeys(self.names, np.nan)
        step = 1e-30
        return {
            name: float(np.imag(self({**values, name: values[name] + 1j * step})) / step)
            for name in self.names
        }
