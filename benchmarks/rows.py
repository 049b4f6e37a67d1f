"""How time and memory grow with the rows: 40 items, 8 factors, from a thousand rows to a million.

    python benchmarks/rows.py [--most 1000000]

Each fit runs in a process of its own, which tells its peak memory; CPU seconds are those of
fit, parameters and fit measures, without the making of the data. FIML has up to 2,000
patterns of missing answers.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
import pandas as pd

from surveysem.sem import fit

ITEMS = [f"y{k}" for k in range(1, 41)]
MODEL = (
    "\n".join(f"f{f + 1} =~ " + " + ".join(ITEMS[5 * f : 5 * f + 5]) for f in range(8))
    + "\nf8 ~ f1 + f2 + f3\nf7 ~ f8 + f4\nf6 ~ f7 + f5"
)
ARGUMENTS = {
    "ML": {},
    "MLR": {"estimator": "MLR"},
    "WLSMV": {"estimator": "WLSMV", "ordered": ITEMS},
    "FIML": {"missing": "fiml"},
}


def data(n: int, kind: str) -> pd.DataFrame:
    """Answers from one to five; for FIML with holes in the shape of 2,000 patterns at most."""
    rng = np.random.default_rng(7)
    F = rng.standard_normal((n, 8)) @ np.linalg.cholesky(0.4 * np.eye(8) + 0.3).T
    y = 0.8 * np.repeat(F, 5, axis=1)
    y += 0.6 * rng.standard_normal(y.shape)
    y = np.searchsorted([-1.5, -0.5, 0.3, 1.2], y).astype(float) + 1
    if kind == "FIML":
        patterns = rng.random((2000, 40)) < 0.05
        y[patterns[rng.integers(2000, size=n)]] = np.nan
    return pd.DataFrame(y, columns=ITEMS)


def one(kind: str, n: int) -> None:
    """Fit once, and print seconds and memory as JSON."""
    frame = data(n, kind)
    assert fit(MODEL, frame.head(2000).fillna(3.0)).measures  # imports
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    found = fit(MODEL, frame, **ARGUMENTS[kind])
    estimates = time.process_time() - start
    se = found.parameters["se"].max()
    errors = time.process_time() - start
    cfi = found.measures["cfi"]
    whole = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = [estimates, errors, whole, before / 2**20, peak / 2**20, found.converged, cfi, se]
    print(json.dumps([float(value) for value in out]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=2)
    chosen = parser.parse_args()
    if chosen.one:
        one(chosen.one[0], int(chosen.one[1]))
        return
    print("| fit | rows | estimates (s) | + standard errors | + measures | data (GB) | peak (GB) |")
    print("|---|---|---|---|---|---|---|")
    for kind in ARGUMENTS:
        for n in (1_000, 10_000, 100_000, 1_000_000):
            if n > chosen.most:
                continue
            command = [sys.executable, __file__, "--one", kind, str(n)]
            out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            a, b, c, before, peak, converged, *_ = json.loads(out)
            flag = "" if converged else " (not converged)"
            figures = " | ".join(f"{value:.2f}" for value in (a, b, c, before, peak))
            print(f"| {kind}{flag} | {n:,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
