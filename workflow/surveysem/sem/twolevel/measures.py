"""Measures of two-level models: intraclass correlations and residuals of each level."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from surveysem.sem.modelblocks import Block
from surveysem.sem.table import Table


def intraclass(table: Table, moments) -> Iterator[tuple[str, float]]:
    """Each split variable and the share of its variance between clusters, of the saturated model."""
    within, between = table.levels
    for name in within.split:
        k, m = within.observed.index(name), between.observed.index(name)
        of_b = moments.between.cov[m, m]
        yield name, float(of_b / (moments.within.cov[k, k] + of_b))


def level_residuals(blocks: Sequence[Block], shares: Sequence[float]) -> dict[str, float]:
    """SRMR within and between clusters, and their sum, as lavaan gives them.

    Each is the root mean square of the residual correlations, p (p + 1) / 2 of them with the
    diagonal's zeros, over groups by their share of the members. nan where a variance between
    clusters is negative.
    """
    found = {1: 0.0, 2: 0.0}
    for block in blocks:
        gap = _correlations(block.moments.cov) - _correlations(block.implied.sigma)
        own = np.sqrt(np.mean(gap[np.tril_indices(len(gap))] ** 2))
        found[block.level] += shares[block.group - 1] * float(own)
    return {"srmr": found[1] + found[2], "srmr_within": found[1], "srmr_between": found[2]}


def level_gaps(block: Block, kind: str) -> dict[str, pd.DataFrame | pd.Series]:
    """Residual `cov` and `mean` of a level: the saturated model's moments less the model's.

    kind: raw, cor or cor_bentler, as in residuals.residuals.
    """
    names, im, moments = list(block.table.observed), block.implied, block.moments
    with np.errstate(invalid="ignore"):
        sd = np.sqrt(np.diag(moments.cov))
    cov, mean = moments.cov - im.sigma, moments.mean - im.mu
    if kind == "cor":
        cov = _correlations(moments.cov) - _correlations(im.sigma)
        with np.errstate(invalid="ignore"):
            mean = moments.mean / sd - im.mu / np.sqrt(np.diag(im.sigma))
    elif kind == "cor_bentler":
        cov, mean = cov / np.outer(sd, sd), mean / sd
    return {"cov": pd.DataFrame(cov, names, names), "mean": pd.Series(mean, names)}


def _correlations(cov: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.diag(cov))
        return cov / np.outer(sd, sd)
