"""Arithmetic over parameter labels, for `:=` and `==`: parsed, never evaluated as code."""

import ast
from collections.abc import Callable, Mapping

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
    "abs": lambda x: x if np.real(x) >= 0 else -x,
}
_BINARY: dict[type, Callable] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


class Expression:
    """An arithmetic expression; `names` are the labels it uses."""

    def __init__(self, text: str):
        self.text = text
        try:
            self._tree = ast.parse(text.replace("^", "**").strip(), mode="eval").body
        except SyntaxError:
            raise ModelError(
                f"'{text}' is not an arithmetic expression\n"
                "  hint: allowed are labels, numbers, + - * / ^ ( ) and "
                f"{', '.join(_FUNCTIONS)}"
            ) from None
        self.names = tuple(dict.fromkeys(self._names(self._tree)))

    def _names(self, node: ast.AST) -> list[str]:
        if isinstance(node, (ast.Name, ast.Attribute)):  # a label may hold a dot
            return [ast.unparse(node)]
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return []
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return self._names(node.operand)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return self._names(node.left) + self._names(node.right)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in _FUNCTIONS
            and len(node.args) == 1
        ):
            return self._names(node.args[0])
        raise ModelError(
            f"'{ast.unparse(node)}' is not allowed in '{self.text}'\n"
            f"  hint: allowed are labels, numbers, + - * / ^ ( ) and {', '.join(_FUNCTIONS)}"
        )

    def __call__(self, values: Mapping[str, complex]) -> complex:
        """Value of the expression, given a value for each of `names`."""
        return self._value(self._tree, values)

    def _value(self, node: ast.AST, values: Mapping[str, complex]):
        if isinstance(node, (ast.Name, ast.Attribute)):
            return values[ast.unparse(node)]
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.UnaryOp):
            operand = self._value(node.operand, values)
            return -operand if isinstance(node.op, ast.USub) else operand
        if isinstance(node, ast.BinOp):
            return _BINARY[type(node.op)](
                self._value(node.left, values), self._value(node.right, values)
            )
        return _FUNCTIONS[node.func.id](self._value(node.args[0], values))

    def gradient(self, values: Mapping[str, float]) -> dict[str, float]:
        """Derivative by each name, exact to rounding: complex step (Squire and Trapp 1998)."""
        step = 1e-30
        return {
            name: float(np.imag(self({**values, name: values[name] + 1j * step})) / step)
            for name in self.names
        }
