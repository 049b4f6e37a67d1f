"""How often the invariance search finds the one item that differs, and how often it names another.

python benchmarks/invariance.py [replications]: five items, two groups of 400; in the second
group the third item's loading is lower by .30, or its intercept (thresholds) by .5 SD, or
nothing differs. residual: "kept" leaves the residual variance, "filled" the item's total
variance, as they are. By hand; docs/methods.md has the table.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import numpy as np
import pandas as pd

from surveysem.measurement.ladder import Groups
from surveysem.measurement.search import climb
from surveysem.sem import simulate

ITEMS = [f"y{k}" for k in range(1, 6)]
CUTS = [-1.2, -0.4, 0.4, 1.2]


def group(loadings, intercepts, residuals, n: int, seed: int, *, ordinal: bool) -> pd.DataFrame:
    """Answers of one group: normal, or in five categories."""
    lines = ["f =~ " + " + ".join(f"{v}*{y}" for v, y in zip(loadings, ITEMS, strict=True))]
    lines += ["f ~~ 1*f"]
    lines += [f"{y} ~~ {v}*{y}" for v, y in zip(residuals, ITEMS, strict=True)]
    lines += [f"{y} ~ {v}*1" for v, y in zip(intercepts, ITEMS, strict=True)]
    data = simulate("\n".join(lines), n, seed)
    return data.apply(lambda y: np.searchsorted(CUTS, y).astype(float)) if ordinal else data


def replication(job: tuple) -> tuple[bool, bool]:
    """Whether the third item was named, and whether another was."""
    seed, estimator, what, loading, residual = job
    parts = []
    for g in (0, 1):
        loadings, intercepts = np.full(5, loading), np.zeros(5)
        if g and what == "loading":
            loadings[2] -= 0.30
        if g and what == "intercept":
            intercepts[2] += 0.5
        own = loadings if residual == "filled" else np.full(5, loading)
        part = group(
            loadings, intercepts, 1 - own**2, 400, 2 * seed + g, ordinal=estimator == "WLSMV"
        )
        parts.append(part.assign(group=str(g)))
    design = Groups(pd.concat(parts, ignore_index=True), {"f": ITEMS}, ["0", "1"], estimator)
    named = {finding.item for finding in climb(design).findings}
    return "y3" in named, bool(named - {"y3"})


def main(replications: int) -> None:
    cases = list(product(("MLR", "WLSMV"), ("loading",), (0.7, 0.8), ("kept", "filled")))
    cases += [(e, w, 0.7, "kept") for e in ("MLR", "WLSMV") for w in ("intercept", "nothing")]
    with ProcessPoolExecutor(2) as pool:
        for estimator, what, loading, residual in cases:
            jobs = [(s, estimator, what, loading, residual) for s in range(replications)]
            found = np.mean(list(pool.map(replication, jobs, chunksize=10)), axis=0)
            print(
                f"{estimator:6} {what:9} loadings {loading} residual {residual:6} "
                f"named {found[0]:.3f} another {found[1]:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
