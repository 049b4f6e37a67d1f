"""CPU seconds of bootstrap draws, here and in lavaan, in the same run.

    python benchmarks/bootstrap.py

The model has 8 factors and 30 items, 1,200 rows. lavaan's bootstrapLavaan runs 200 draws
with nothing but the estimates computed, and a few of incomplete (5 % of the answers) and of
ordinal data; without Rscript its rows are left out. The
standard errors of both are compared as well: seeds differ, so they agree but for chance.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # slow kernels: numpy picks its own
    os.environ.pop(name, None)
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from surveysem.sem import fit  # noqa: E402
from surveysem.sem.bootstrap import bollen_stine  # noqa: E402

REFERENCE = ROOT / "tests" / "reference" / "sem"
LAVAAN = """
suppressMessages(library(lavaan))
arguments <- commandArgs(TRUE)
data <- read.csv(arguments[1])
model <- readLines(arguments[2])
kind <- arguments[3]
R <- as.integer(arguments[4])
more <- switch(kind, fiml = list(missing = "ml"), wlsmv = list(ordered = lavNames(model, "ov")))
fit <- do.call("sem", c(list(model, data, se = "none", test = "none", baseline = FALSE, h1 = FALSE,
  loglik = FALSE, implied = FALSE, check.post = FALSE), more))
cpu <- system.time(draws <- bootstrapLavaan(fit, R = R))
cat(sum(cpu[c("user.self", "sys.self")]), apply(draws, 2, sd, na.rm = TRUE))
"""


def cpu(call):
    """Result and CPU seconds of a call."""
    start = time.process_time()
    return call(), time.process_time() - start


def main() -> None:
    case = json.loads((REFERENCE / "frozen" / "sim_ml.json").read_text(encoding="utf-8"))
    data = pd.read_csv(REFERENCE / "sim.csv")
    found = fit(case["model"], data)
    items = list(found.table.observed)
    found.bootstrap(10, 0)
    few, seconds = cpu(lambda: found.bootstrap(200, 1))
    many, longer = cpu(lambda: found.bootstrap(2000, 1))
    _, test = cpu(lambda: bollen_stine(found, 2000, 1))
    _, bca = cpu(lambda: many.intervals("bca"))
    statistics, slow = cpu(lambda: found.bootstrap(200, 1, statistic=lambda f: f.measures["cfi"]))
    print(f"surveysem     200 draws  {seconds:7.2f} s   {few}")
    print(f"surveysem   2,000 draws  {longer:7.2f} s   {many}")
    print(f"  BCa intervals of these {bca:7.2f} s")
    print(f"  Bollen-Stine, 2,000    {test:7.2f} s")
    print(f"  CFI of 200 draws       {slow:7.2f} s   {statistics}")
    gone = np.random.default_rng(1).random(data[items].shape) < 0.05
    holes = data.assign(**data[items].mask(gone))
    fiml = fit(case["model"], holes, missing="fiml")
    ordinal = fit(case["model"], data, ordered=items)
    others = {}
    for name, one in (("fiml", fiml), ("wlsmv", ordinal)):
        result, others[name] = cpu(lambda one=one: one.bootstrap(40, 1))
        print(f"{name:12} 40 draws   {others[name]:7.2f} s   {result}")
    if not shutil.which("Rscript"):
        return
    theirs = lavaan(case["model"], data, "ml", 200)
    ours = many.draws[:, found.objective.parameters.K.any(axis=1).nonzero()[0]].std(axis=0, ddof=1)
    ratio = ours / theirs[1:]
    print(f"lavaan        200 draws  {theirs[0]:7.2f} s   {theirs[0] / seconds:.0f} times")
    print(f"  a draw of 2,000: {theirs[0] / 200 / (longer / 2000):.0f} times")
    print(f"standard errors, surveysem / lavaan: mean {ratio.mean():.3f}, sd {ratio.std():.3f}")
    for name, frame in (("fiml", holes), ("wlsmv", data)):
        slow = lavaan(case["model"], frame, name, 4)[0] / 4
        print(f"lavaan {name}: {slow:.2f} s a draw, {slow / (others[name] / 40):.0f} times")


def lavaan(model: str, data: pd.DataFrame, kind: str, draws: int) -> np.ndarray:
    """CPU seconds of lavaan's draws, and the standard deviations of its parameters."""
    with tempfile.TemporaryDirectory() as folder:
        script, text, rows = (Path(folder, name) for name in ("lavaan.R", "model.txt", "data.csv"))
        script.write_text(LAVAAN, encoding="utf-8")
        text.write_text(model, encoding="utf-8")
        data.to_csv(rows, index=False)
        command = ["Rscript", str(script), str(rows), str(text), kind, str(draws)]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return np.array(out, dtype=float)


if __name__ == "__main__":
    main()
