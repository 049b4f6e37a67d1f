"""Time and memory of intake and cleaning of a CSV file, as the workflow's jobs run them.

    python benchmarks/intake.py [--rows 1000000]

60 items in 12 scales, three groups, ids, durations; 2 % of the answers missing. Each step is a
process of its own (as each job is), timed with its imports.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import pandas as pd

from surveysem.study.config import complete

ITEMS = {
    f"v{j}": {
        "construct": f"C{j // 5}", "check": "", "passes": [], "reverse": j % 5 == 4,
        "low": 1, "high": 5, "codes": [1, 2, 3, 4, 5], "labels": {}, "groups": [], "forms": [],
    }
    for j in range(60)
}  # fmt: skip
HEADER = ["id", "side", "seconds", *ITEMS]


def make(folder: Path, rows: int) -> None:
    """Write the file in blocks, so that making it takes little memory."""
    import numpy as np

    rng = np.random.default_rng(1)
    with open(folder / "wave.csv", "w", encoding="utf-8") as handle:
        handle.write(",".join(HEADER) + "\n")
        for start in range(0, rows, 50_000):
            n = min(50_000, rows - start)
            frame = pd.DataFrame({"id": [f"r{k}" for k in range(start, start + n)]})
            frame["side"] = rng.choice(["a", "b", "c"], n)
            frame["seconds"] = rng.lognormal(6, 0.4, n).round().astype(int)
            for j in range(60):
                if j % 5 == 0:
                    factor = rng.standard_normal(n)
                y = (-0.7 if j % 5 == 4 else 0.7) * factor + 0.71 * rng.standard_normal(n)
                codes = np.searchsorted([-1.5, -0.5, 0.5, 1.5], y) + 1
                frame[f"v{j}"] = np.where(rng.random(n) < 0.02, "", codes.astype(str))
            frame.to_csv(handle, header=False, index=False, lineterminator="\n")


def look(folder: Path) -> None:
    """What every start of Snakemake needs, the first time."""
    from surveysem.intake.look import look as first

    first(folder / "wave.csv", "wave.csv", {}, folder / "looks")


def intake(folder: Path) -> None:
    """The job intake_wave."""
    from surveysem.intake.export import read
    from surveysem.intake.wave import import_wave
    from surveysem.tables import write_csv, write_parquet

    at = {name: [k] for k, name in enumerate(HEADER)}
    roles = {"id": at["id"], "group": at["side"], "duration": at["seconds"]}
    columns = roles | {name: at[name] for name in ITEMS}
    source = {"file": "wave.csv", "columns": columns, "how": {}, "fixed": {}, "only": True}
    table, log, reasons = import_wave(
        [read(folder / "wave.csv", "wave.csv", {})], wave="w", sources=[source], items=ITEMS,
        extra=[], absent=[], reworded=[], changed=[], grouped=True, groups={},
        on_invalid="error", missing=[], key="a key",
    )  # fmt: skip
    write_parquet(table, folder / "wave.parquet")
    write_parquet(reasons, folder / "reasons.parquet")
    write_csv(log, folder / "log.csv")


def cleaning(folder: Path) -> None:
    """The job cleaning_wave."""
    from surveysem.cleaning.wave import clean_wave
    from surveysem.tables import write_csv, write_parquet

    settings = complete({"waves": []})["cleaning"] | {"grouped": True}
    table = pd.read_parquet(folder / "wave.parquet")
    result = clean_wave(table, wave="w", items=ITEMS, settings=settings)
    write_parquet(result["clean"], folder / "clean.parquet")
    for name in ("fates", "decisions", "flow", "rules"):
        write_csv(result[name], folder / f"{name}.csv")


STEPS = {"look": look, "intake": intake, "cleaning": cleaning}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.step:
        start = time.perf_counter()
        STEPS[given.step](given.folder)
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = used.ru_utime + used.ru_stime
        print(json.dumps([time.perf_counter() - start, seconds, used.ru_maxrss / 1e6]))
        return
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), given.rows)
        size = (Path(name) / "wave.csv").stat().st_size / 1e6
        print(f"{given.rows:,} rows, {len(HEADER)} columns, {size:.0f} MB")
        for step in STEPS:
            command = [sys.executable, __file__, "--step", step, "--folder", name]
            wall, seconds, peak = json.loads(subprocess.check_output(command))
            print(f"{step}: {wall:.1f} s, {seconds:.1f} CPU s, peak {peak:.2f} GB")


if __name__ == "__main__":
    main()
