"""Coverage of 95 % intervals where clusters span groups, and with few clusters.

    python benchmarks/clusters.py [DRAWS]

Two groups answer four items within the same districts, whose effect both share. Three treatments
of the same estimates: rows taken for independent; scores summed by district within each group
only (what lavaan 0.6-14 does with such clusters; for ordinal data it ignores them altogether);
summed over the groups, as the engine does. A parameter equal in both groups (the first item's
level) needs the sum's covariances between the groups, or its interval is too short; a difference
between the groups (the second group's latent mean) needs them too, or its interval is too long.

60 districts of 2 x 8 respondents, 500 draws (Monte Carlo error .010), nominal .95:

                                      rows   by group   over groups
MLR    equal level                    0.782      0.924      0.950
MLR    difference                     0.964      0.998      0.942
FIML   equal level                    0.802      0.920      0.942
FIML   difference                     0.962      0.998      0.940
WLSMV  equal level                    0.846      0.940      0.952
WLSMV  difference                     0.952      0.994      0.936

With few districts of 20 respondents, one group, MLR, the path of a covariate that is the
district's own; tests by the normal distribution (lavaan's way) and by t:

                                cr0, normal   cr1, normal   cr1, t
 10 districts                         0.792        0.816        0.870
 20 districts                         0.892        0.896        0.910
 40 districts                         0.900        0.902        0.914
 80 districts                         0.926        0.930        0.932
"""

import os
import sys
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

import numpy as np
import pandas as pd

from surveysem.sem import fit

ITEMS = ["y1", "y2", "y3", "y4"]
MEAN = 0.3
LINES = ["f =~ y1 + c(l2, l2)*y2 + c(l3, l3)*y3 + c(l4, l4)*y4", "f ~ c(0, NA)*1"]
CONTINUOUS = "\n".join([*LINES, *(f"{y} ~ c({y}i, {y}i)*1" for y in ITEMS)])
ORDINAL = "\n".join(
    [*LINES, *(f"{y} | " + " + ".join(f"c({y}t{k}, {y}t{k})*t{k}" for k in (1, 2)) for y in ITEMS)]
)
CASES = {
    "MLR": (CONTINUOUS, {"estimator": "MLR"}),
    "FIML": (CONTINUOUS, {"estimator": "MLR", "missing": "fiml"}),
    "WLSMV": (ORDINAL, {"ordered": ITEMS}),
}


def spanning(rng, *, ordinal: bool, holes: bool, districts: int = 60, size: int = 8):
    """Rows of two groups in the same districts; the latent's variance is 1 in both."""
    who = np.tile(np.repeat(np.arange(districts), size), 2)
    group = np.repeat([0, 1], districts * size)
    shared = np.sqrt(0.15) * rng.standard_normal(districts)
    f = shared[who] + MEAN * group + np.sqrt(0.85) * rng.standard_normal(len(who))
    level = np.sqrt(0.1) * rng.standard_normal((districts, 4))
    y = 0.7 * f[:, None] + level[who] + np.sqrt(0.41) * rng.standard_normal((len(who), 4))
    if ordinal:
        y = (y > -0.5).astype(float) + (y > 0.6)
    if holes:
        y[rng.random(y.shape) < 0.15] = np.nan
    frame = pd.DataFrame(y, columns=ITEMS)
    return frame.assign(district=who, group=group, own=who * 2 + group)


def covered(row, truth) -> bool:
    return row["ci_lower"] <= truth <= row["ci_upper"]


def spans(draws: int) -> None:
    for name, (model, arguments) in CASES.items():
        ordinal = "ordered" in arguments
        hits = np.zeros((2, 3))
        level = ("y1", "|", "t1", -0.5) if ordinal else ("y1", "~1", "", 0.0)
        for draw in range(draws):
            rng = np.random.default_rng([draw, ordinal])
            frame = spanning(rng, ordinal=ordinal, holes=name == "FIML")
            for k, cluster in enumerate((None, "own", "district")):
                p = fit(model, frame, group="group", cluster=cluster, **arguments).parameters
                p = p.set_index(["lhs", "op", "rhs", "group"])
                hits[0, k] += covered(p.loc[(*level[:3], 1)], level[3])
                # the items' scale: y1 has loading 1 and the latent is 0.7 f
                hits[1, k] += covered(p.loc[("f", "~1", "", 2)], 0.7 * MEAN)
        for what, row in zip(("equal level", "difference"), hits / draws, strict=True):
            print(f"{name:6} {what:25}" + "".join(f"{x:11.3f}" for x in row), flush=True)


def few(draws: int) -> None:
    ways = (("cr0", "normal"), ("cr1", "normal"), ("cr1", "t"))
    for districts in (10, 20, 40, 80):
        hits = np.zeros(3)
        for draw in range(draws):
            rng = np.random.default_rng([draw, districts])
            who = np.repeat(np.arange(districts), 20)
            x = rng.standard_normal(districts)[who]
            f = 0.3 * x + np.sqrt(0.15) * rng.standard_normal(districts)[who]
            f = f + np.sqrt(0.85) * rng.standard_normal(len(who))
            y = f[:, None] + 0.8 * rng.standard_normal((len(who), 4))
            frame = pd.DataFrame(y, columns=ITEMS).assign(x=x, district=who)
            for k, (correction, reference) in enumerate(ways):
                found = fit(
                    "f =~ y1 + y2 + y3 + y4\nf ~ x", frame, cluster="district",
                    cluster_correction=correction, reference=reference,
                )  # fmt: skip
                p = found.parameters
                hits[k] += covered(p[(p.lhs == "f") & (p.op == "~")].iloc[0], 0.3)
        print(
            f"{districts:3} districts {'':16}" + "".join(f"{x:13.3f}" for x in hits / draws),
            flush=True,
        )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    spans(count)
    few(count)
