"""Frozen results of lavaan and semTools for incomplete data, and the data behind them.

tests/reference/sem/missing/generate.R makes the same holes and holds the calls.
"""

import json
from functools import cache

import numpy as np
import pandas as pd
from fiml_cases import holes
from sem_cases import FOLDER, table

X = [f"x{k}" for k in range(1, 10)]
# by semTools on degrees of freedom that lavaan does not take, coarse, or wrong (see pooledtests.py)
COARSE = {"rmsea_ci_lower", "rmsea_ci_upper", "rmsea_ci_lower_robust", "rmsea_ci_upper_robust"}
NOT_OURS = {"rmsea_ci_lower_scaled", "rmsea_ci_upper_scaled", "tli_robust", "nnfi_robust", "crmr",
            "gammaHat", "adjGammaHat", "gammaHat_scaled", "adjGammaHat_scaled",
            "baseline_chisq_shift_parameters"}  # fmt: skip


@cache
def frozen(kind: str) -> dict:
    """One of two_stage, auxiliary, compare and pooled."""
    return json.loads((FOLDER / "missing" / f"{kind}.json").read_text(encoding="utf-8"))


def incomplete(name: str, columns: list[str]) -> pd.DataFrame:
    """A data file with holes in some columns."""
    data = table(name).copy()
    data[columns] = holes(data[columns])
    return data


def imputed(name: str) -> list[pd.DataFrame]:
    """The imputed data sets of `pooled`."""
    c = frozen("pooled")
    data = incomplete(name, c["columns"][name])
    if name == "sim":
        data = data[:400]
    sets = [data.copy() for _ in range(5)]
    for column, draws in c["cells"][name].items():
        for one, values in zip(sets, draws, strict=True):
            one.loc[one[column].isna(), column] = values
    return sets


def arguments(c: dict, *names: str) -> dict:
    """Those of a case's arguments that it has."""
    return {name: c[name] for name in names if c.get(name) is not None}


def numbers(values) -> np.ndarray:
    """A frozen vector, null as nan."""
    return np.array([np.nan if v in (None, "NA") else v for v in values], dtype=float)


def matched(parameters: pd.DataFrame, expected: dict) -> pd.DataFrame:
    """Parameters beside the frozen ones, whose columns have `_r` behind."""
    frame = pd.DataFrame(expected).replace("NA", np.nan)
    for column in frame.columns.difference(["lhs", "op", "rhs"]):
        frame[column] = pd.to_numeric(frame[column])
    both = parameters.merge(frame, on=["lhs", "op", "rhs", "group"], suffixes=("", "_r"))
    assert len(both) == len(frame)
    return both


def compare_measures(found: dict, expected: dict, *, rel: float, skip=frozenset()) -> None:
    """Every frozen measure that is no `skip`."""
    for name, value in expected.items():
        if name in skip or value in (None, "NA"):
            continue
        np.testing.assert_allclose(found[name], value, rtol=rel, atol=rel, err_msg=name)
