"""Time and memory of cleaning: 60 items in 12 scales, one row in five reversed, every rule on.

    python benchmarks/cleaning.py [--rows 1000000]

CPU seconds are those of clean_wave alone; the peak includes the table itself.
"""

import argparse
import os
import resource
import time

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
import pandas as pd

from surveysem.cleaning.wave import clean_wave
from surveysem.study.config import complete

ITEMS = {
    f"v{j}": {
        "construct": f"C{j // 5}", "check": "", "passes": [], "reverse": j % 5 == 4,
        "low": 1, "high": 5, "groups": [], "forms": [],
    }
    for j in range(60)
}  # fmt: skip


def survey(n: int, seed: int = 1) -> pd.DataFrame:
    """A typed table as intake makes it: three groups, 2 % of the answers missing."""
    rng = np.random.default_rng(seed)
    columns = {
        "file": "wave.csv", "row": np.arange(2, n + 2), "respondent": [f"{k:012x}" for k in range(n)],
        "group": rng.choice(["a", "b", "c"], n), "project": "", "cluster": "",
        "weight": np.nan, "duration": rng.lognormal(6, 0.4, n), "form": "",
        "started": "", "submitted": "", "finished": "", "language": "",
    }  # fmt: skip
    for j, (name, item) in enumerate(ITEMS.items()):
        if j % 5 == 0:
            factor = rng.standard_normal(n, dtype=np.float32)
        y = (-0.7 if item["reverse"] else 0.7) * factor + 0.71 * rng.standard_normal(n)
        codes = np.searchsorted([-1.5, -0.5, 0.5, 1.5], y) + 1.0
        codes[rng.random(n) < 0.02] = np.nan
        columns[name] = codes
    return pd.DataFrame(columns)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    table = survey(parser.parse_args().rows)
    for name, more in (
        ("defaults", {}),
        ("every rule", {"person_total": 0.0, "synonym_pairs": 0.3, "antonym_pairs": -0.3}),
    ):
        settings = complete({"waves": []})["cleaning"] | {"grouped": True} | more
        start = time.process_time()
        clean_wave(table, wave="w", items=ITEMS, settings=settings)
        spent = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{name}: {len(table):,} rows, {spent:.1f} CPU s, peak {peak:.2f} GB")


if __name__ == "__main__":
    main()
