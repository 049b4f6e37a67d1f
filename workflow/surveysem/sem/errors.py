"""Errors of the engine: each names the thing that is wrong and how to mend it."""

from surveysem.errors import SurveySemError

__all__ = [
    "DataError",
    "IdentificationError",
    "ModelError",
    "ModelSyntaxError",
    "NotAvailableError",
    "ResamplingError",
    "SurveySemError",
]


class ModelSyntaxError(SurveySemError):
    """Model text that the language does not allow.

    Attributes: `line` and `column`, both counted from 1.
    """

    def __init__(self, message: str, line: int, column: int = 1, hint: str = ""):
        self.line, self.column = line, column
        tail = f"\n  hint: {hint}" if hint else ""
        super().__init__(f"model, line {line}, column {column}: {message}{tail}")


class ModelError(SurveySemError):
    """A model that is well written but cannot be built (unknown label, no variables)."""


class DataError(SurveySemError):
    """Data that the model cannot be fitted to (missing column, text, no rows)."""


class IdentificationError(SurveySemError):
    """A model with more free parameters than the moments can tell apart."""


class NotAvailableError(SurveySemError):
    """A request that this version of the engine cannot carry out, named."""


class ResamplingError(SurveySemError):
    """A bootstrap that cannot be done, or that leaves too few draws."""
