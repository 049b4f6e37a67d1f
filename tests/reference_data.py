"""Data that R has seen too, and what R said of them (tests/reference/STAGE/generate.R)."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import ROOT

FOLDER = Path(__file__).parent / "reference"
LEADERSHIP = ROOT / "examples" / "leadership" / "data" / "raw" / "lq2002.csv"
SCALES = {
    "LEAD": [f"LEAD{k:02}" for k in range(1, 12)],
    "TSIG": [f"TSIG{k:02}" for k in range(1, 4)],
    "HOSTILE": [f"HOSTIL{k:02}" for k in range(1, 6)],
}

ALL_ITEMS = [item for items in SCALES.values() for item in items]


@cache
def frozen(stage: str, name: str) -> dict:
    """A frozen JSON file. Do not change what comes back."""
    return json.loads((FOLDER / stage / f"{name}.json").read_text(encoding="utf-8"))


def leadership(items=ALL_ITEMS, rows: int | None = None) -> pd.DataFrame:
    """Answers of the leadership study, without its ready-made scale scores."""
    return pd.read_csv(LEADERSHIP, usecols=list(items), dtype=float).loc[:, list(items)].head(rows)


def holes(frame: pd.DataFrame) -> pd.DataFrame:
    """The answer in row i and column j (from 1) is missing where i + 7 j is a multiple of 17."""
    i, j = np.ogrid[1 : frame.shape[0] + 1, 1 : frame.shape[1] + 1]
    return frame.mask((i + 7 * j) % 17 == 0)


def close(ours, theirs, tolerance: float = 1e-6) -> bool:
    """Whether numbers agree, relatively or absolutely, nan alike; else it says where they do not."""
    ours, theirs = np.array(ours, dtype=float), np.array(theirs, dtype=float)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    return True
