"""The frozen cases of tests/reference/sem: lavaan's results, and the engine's fit of each."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from surveysem.sem import fit

FOLDER = Path(__file__).parents[1] / "reference" / "sem"
NAMES = sorted(path.stem for path in (FOLDER / "frozen").glob("*.json"))

HS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"


@cache
def table(name: str) -> pd.DataFrame:
    """One of the data files: hs, pd or sim. Copy it before you change it."""
    return pd.read_csv(FOLDER / f"{name}.csv")


@cache
def case(name: str) -> dict:
    """A frozen case, with its parameters as a DataFrame (None stands for not a number)."""
    frozen = json.loads((FOLDER / "frozen" / f"{name}.json").read_text(encoding="utf-8"))
    for key in ("parameters", "intervals", "std_all", "std_lv"):
        if frozen[key] is not None:
            frozen[key] = pd.DataFrame(frozen[key]).replace({None: np.nan})
    frozen["measures"] = {
        k: np.nan if v is None else float(v) for k, v in frozen["measures"].items()
    }
    return frozen


@cache
def fitted(name: str):
    """The engine's fit of a case."""
    c = case(name)
    data = table(c["data"]).copy()
    for column in c["reverse"] or ():
        data[column] = -data[column]
    for j, column in enumerate(c.get("holes") or (), start=1):
        data[column] = data[column].mask((np.arange(1, len(data) + 1) + 7 * j) % 17 == 0)
    if c["input"] == "raw":
        return fit(c["model"], data, **c["arguments"])
    parts = [part for _, part in data.groupby(c["by"], sort=False)] if c["by"] else [data]
    parts = [part.select_dtypes("number") for part in parts]
    given = {
        "sample_cov": [part.cov() for part in parts],
        "sample_nobs": [len(part) for part in parts],
    }
    if c["input"] == "cov_means":
        given["sample_mean"] = [part.mean() for part in parts]
    if not c["by"]:
        given = {key: value[0] for key, value in given.items()}
    return fit(c["model"], **given, **c["arguments"])
