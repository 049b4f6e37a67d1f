"""p values of several tests that answer one question."""

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> np.ndarray:
    """Holm's (1979) step-down adjustment; nan entries stay nan and do not count.

    In place of statsmodels' multipletests, whose import costs a job more than most stages do.
    """
    p = np.asarray(p, dtype=float)
    out, known = np.full(len(p), np.nan), np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    out[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return out
