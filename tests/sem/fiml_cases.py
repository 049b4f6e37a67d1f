"""Incomplete data for the tests, and full-information fits of lavaan's frozen cases.

tests/reference/sem/fiml/generate.R makes the same holes and holds lavaan's calls.
"""

import json
from functools import cache

import numpy as np
import pandas as pd
from sem_cases import FOLDER, table

from surveysem.sem import fit

NAMES = ["hs", "pd", "reversed", "groups"]


@cache
def case(name: str) -> dict:
    """A frozen case, with its parameters as a DataFrame."""
    frozen = json.loads((FOLDER / "fiml" / f"{name}.json").read_text(encoding="utf-8"))
    frozen["parameters"] = pd.DataFrame(frozen["parameters"])
    return frozen


def holes(frame: pd.DataFrame, empty=()) -> pd.DataFrame:
    """Answers gone where i + 7 j is a multiple of 17 or i j leaves 3 when divided by 11.

    i and j count rows and columns from 1; the rows in `empty` lose every answer.
    """
    i, j = np.ogrid[1 : frame.shape[0] + 1, 1 : frame.shape[1] + 1]
    gone = ((i + 7 * j) % 17 == 0) | ((i * j) % 11 == 3) | np.isin(i, list(empty))
    return frame.mask(gone)


def data_of(c: dict) -> list[pd.DataFrame]:
    """The case's incomplete data, one frame for each group in order of appearance."""
    whole = table(c["data"]).copy()
    for column in c["reverse"] or ():
        whole[column] = -whole[column]
    frame = holes(whole[c["columns"]], c["empty"] or ())
    if c["group"] is None:
        return [frame]
    return [frame[whole[c["group"]] == label] for label in whole[c["group"]].unique()]


def fitted(model: str, frames: list[pd.DataFrame], **arguments):
    """The engine's fit of incomplete data, one frame a group."""
    if len(frames) == 1:
        return fit(model, frames[0], missing="fiml", **arguments)
    parts = [frame.assign(part=k) for k, frame in enumerate(frames)]
    return fit(model, pd.concat(parts), missing="fiml", group="part", **arguments)


@cache
def fitted_case(name: str):
    c = case(name)
    equal = {"group_equal": c["group_equal"]} if c["group_equal"] else {}
    return fitted(c["model"], data_of(c), **equal)


def differences(function, x, step=1e-5):
    """Jacobian of a function by central differences, outputs x inputs."""
    columns = []
    for k in range(len(x)):
        shift = np.zeros(len(x))
        shift[k] = step * max(1.0, abs(x[k]))
        columns.append((function(x + shift) - function(x - shift)) / (2 * shift[k]))
    return np.stack(columns, axis=-1)
