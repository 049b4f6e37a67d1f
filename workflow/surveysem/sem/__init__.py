"""Structural equation models, as in lavaan: an engine that knows nothing of surveys.

docs/engine.md is its manual, with a table from lavaan's calls to these.
"""

from surveysem.sem.api import fit
from surveysem.sem.bootstrap import BollenStine, Bootstrap, bollen_stine
from surveysem.sem.compare import compare
from surveysem.sem.constrainttests import release_tests
from surveysem.sem.errors import (
    DataError,
    IdentificationError,
    ModelError,
    ModelSyntaxError,
    NotAvailableError,
    ResamplingError,
    SurveySemError,
)
from surveysem.sem.montecarlo import monte_carlo
from surveysem.sem.pool import PooledFit, pool
from surveysem.sem.population import Population, population
from surveysem.sem.problems import Problem
from surveysem.sem.refit import refit
from surveysem.sem.result import Fit
from surveysem.sem.simulate import Mar, simulate

__all__ = [
    "BollenStine",
    "Bootstrap",
    "DataError",
    "Fit",
    "IdentificationError",
    "Mar",
    "ModelError",
    "ModelSyntaxError",
    "NotAvailableError",
    "PooledFit",
    "Population",
    "Problem",
    "ResamplingError",
    "SurveySemError",
    "bollen_stine",
    "compare",
    "fit",
    "monte_carlo",
    "pool",
    "population",
    "refit",
    "release_tests",
    "simulate",
]
