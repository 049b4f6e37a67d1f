"""Items whose answers run against the others of their construct: a remark, never a decision."""

import numpy as np
import pandas as pd

from surveysem.intake.raw import RawTable
from surveysem.study.draft.scales import Guess

FEWEST_ROWS, FEWEST_ITEMS, CLEAR = 30, 3, 0.1


def against(table: RawTable, guess: Guess) -> dict[int, float]:
    """Column number to its correlation with the rest of the scale, where that is clearly negative.

    table: the file of the guess' first column; columns of other files are left out. Where several
    items run the other way, the smaller number of them is named: the sign of the first principal
    component tells the two camps apart.
    """
    codes = {v: code for v, (code, _) in guess.kind.steps.items()}
    columns = [c for c in guess.columns if c.export == guess.columns[0].export]
    if None in codes.values() or len(columns) < FEWEST_ITEMS:
        return {}
    answers = pd.DataFrame(
        {c.at: table.cells[c.at].map(lambda v: _code(v, codes)).astype(float)
         for c in columns}
    ).dropna()  # fmt: skip
    if len(answers) < FEWEST_ROWS or (answers.std() == 0).any():
        return {}
    sign = _camps(answers.corr().to_numpy())
    turned = answers * sign
    found = {}
    for at, direction in zip(answers, sign, strict=True):
        rest = turned.drop(columns=at).mean(axis=1)
        r = float(answers[at].corr(rest))
        if direction < 0 and r < -CLEAR:
            found[at] = r
    return found


def _code(value: str, codes: dict) -> float:
    if value in codes:
        return float(codes[value])
    try:
        return float(codes.get(str(int(float(value))), np.nan))
    except ValueError:
        return np.nan


def _camps(R: np.ndarray) -> np.ndarray:
    """1 or -1 for each item: its camp on the first component, the larger camp 1."""
    sign = np.where(np.linalg.eigh(R)[1][:, -1] < 0, -1, 1)
    return -sign if (sign < 0).sum() * 2 > len(sign) else sign
