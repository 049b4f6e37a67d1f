"""Structural equation models, as in lavaan: an engine that knows nothing of surveys."""

from surveysem.sem.api import fit
from surveysem.sem.compare import compare
from surveysem.sem.errors import SurveySemError

__all__ = ["SurveySemError", "compare", "fit"]
