"""Whether alignment finds factor means and variances, and which item differs where.

python benchmarks/alignment.py [replications]: five items with loadings .7 (.8 in the third),
five groups with the means and variances below; in the last one the third item's intercept
(thresholds) is higher by .5 SD, its loading lower by .4, or nothing differs. Printed:
bias of means and of variances in the group where it is largest; share of samples whose 95 %
interval holds the true mean, and variance, on average and in the worst group; how often the
parameter that differs is named there, and the share of all others that are named. With five
categories all thresholds of the item differ, and naming means naming any.
By hand; docs/methods.md has the table.
"""

import sys
from itertools import product

import numpy as np
import pandas as pd

from surveysem.measurement.alignment import Alignment, align
from surveysem.measurement.approximate import configural, tested
from surveysem.measurement.ladder import Groups
from surveysem.sem import simulate

ITEMS = [f"y{k}" for k in range(1, 6)]
LOADINGS = np.array([0.7, 0.7, 0.8, 0.7, 0.7])
MEANS = np.array([0.0, 0.3, -0.2, 0.5, 0.1])
VARIANCES = np.array([1.0, 1.2, 0.8, 1.0, 0.9])
TRIED = (0.01, 0.0001)  # eps: ours and Mplus' default, and a smaller one
CUTS = [-1.2, -0.4, 0.4, 1.2]


def answers(seed: int, n: int, what: str, *, ordinal: bool) -> pd.DataFrame:
    """Answers of five groups, normal or in five categories."""
    parts = []
    for g, (mean, variance) in enumerate(zip(MEANS, VARIANCES, strict=True)):
        loadings, intercepts = LOADINGS.copy(), np.zeros(5)
        if g == len(MEANS) - 1:
            loadings[2] -= 0.4 * (what == "loading")
            intercepts[2] += 0.5 * (what == "intercept")
        lines = ["f =~ " + " + ".join(f"{v}*{y}" for v, y in zip(loadings, ITEMS, strict=True))]
        lines += [f"f ~~ {variance}*f", f"f ~ {mean}*1"]
        lines += [f"{y} ~~ .5*{y}" for y in ITEMS]
        lines += [f"{y} ~ {v}*1" for v, y in zip(intercepts, ITEMS, strict=True)]
        part = simulate("\n".join(lines), n, 10 * seed + g)
        if ordinal:
            part = part.apply(lambda y: np.searchsorted(CUTS, y).astype(float))
        parts.append(part.assign(group=str(g)))
    return pd.concat(parts, ignore_index=True)


def replication(seed: int, n: int, what: str, estimator: str) -> list[tuple]:
    """For each eps: errors of means and variances, whether their intervals hold them, whether
    the parameter was named, share of the others named, convergence."""
    data = answers(seed, n, what, ordinal=estimator == "WLSMV")
    design = Groups(data, {"f": ITEMS}, [str(g) for g in range(len(MEANS))], estimator)
    x, _, _ = configural(design, design.fit("configural").fit, "f")
    return [judged(align(x, eps), x.item, what) for eps in TRIED]


def judged(found: Alignment, item: np.ndarray, what: str) -> tuple:
    """What is kept of one alignment, nan where it did not converge."""
    errors = np.array([found.means - MEANS, found.variances - VARIANCES])[:, 1:]
    if not found.converged:
        return errors, errors * np.nan, np.nan, np.nan, False
    se = np.sqrt([np.diag(found.means_vcov), np.diag(found.variances_vcov)])[:, 1:]
    loading = ~tested(found.loadings, found.loadings_vcov)[0]
    location = ~tested(found.locations, found.locations_vcov)[0]
    flags = np.hstack([loading, location])
    true = np.zeros(flags.shape, bool)
    true[-1] = {
        "loading": [*(np.arange(5) == 2), *(item < 0)],
        "intercept": [*np.zeros(5, bool), *(item == 2)],
        "nothing": np.zeros(flags.shape[1], bool),
    }[what]
    named = flags[true].any() if true.any() else np.nan
    return errors, (np.abs(errors) <= 1.96 * se).astype(float), named, flags[~true].mean(), True


def main(replications: int) -> None:
    for estimator, what, n in product(
        ("MLR", "WLSMV"), ("nothing", "intercept", "loading"), (200, 500)
    ):
        every = [replication(s, n, what, estimator) for s in range(replications)]
        for k, eps in enumerate(TRIED):
            columns = zip(*(found[k] for found in every), strict=True)
            errors, holds, named, others, converged = (
                np.nanmean(np.array(c, float), axis=0) for c in columns
            )
            bias = [row[np.abs(row).argmax()] for row in errors]
            print(
                f"{estimator:6} {what:9} n {n} eps {eps:<6} bias of means {bias[0]:+.3f} "
                f"variances {bias[1]:+.3f} coverage means {holds[0].mean():.3f} "
                f"({holds[0].min():.3f}) variances {holds[1].mean():.3f} ({holds[1].min():.3f}) "
                f"named {named:.3f} others {others:.4f} converged {converged:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
