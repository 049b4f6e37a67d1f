"""Reading and writing tables: the same bytes for the same numbers, never half a file."""

import os

import numpy as np
import pandas as pd

from surveysem.files import replace

# Columns of the result tables that hold names and words, also where they look like numbers.
TEXT = [
    "action", "model", "group", "wave", "hypothesis", "tier", "kind", "estimator", "ci_method",
    "family", "verdict", "reason", "cautions", "sign", "claim", "lhs", "op", "rhs", "label",
    "fit", "effect", "from", "via", "to", "construct", "with", "item", "scale", "statistic",
    "note", "level", "respondent", "fate", "first_rule", "rules", "rule", "value", "threshold",
    "step", "file", "column", "event", "trouble", "comparison", "first", "second", "kind", "name",
    "lacking", "rival",
]  # fmt: skip
DIGITS = "%.10g"  # beyond what any reader needs, short of where machines differ


def write_csv(frame: pd.DataFrame, path: str | os.PathLike) -> None:
    """Write a table as UTF-8 CSV under a temporary name and move it into place."""
    frame = frame.copy()
    for column in frame.select_dtypes(bool):
        frame[column] = frame[column].astype(int)
    replace(
        path, lambda to: frame.to_csv(to, index=False, float_format=DIGITS, lineterminator="\n")
    )


def read_csv(path: str | os.PathLike, **options) -> pd.DataFrame:
    """Read a table that `write_csv` wrote: empty cells of TEXT columns are empty texts."""
    kinds = dict.fromkeys(TEXT, str)
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=kinds, **options)
    for column in frame.columns.intersection(TEXT):
        frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
    return frame


def write_parquet(frame: pd.DataFrame, path: str | os.PathLike) -> None:
    """Write a table as Parquet under a temporary name and move it into place."""
    replace(path, lambda to: frame.to_parquet(to, index=False))


def values(frame: pd.DataFrame, columns) -> np.ndarray:
    """Columns as floats, nan where an answer is missing: rows x columns."""
    return frame[list(columns)].to_numpy(dtype=float, na_value=np.nan)
