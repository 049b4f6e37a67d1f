"""CPU seconds of 200 and 2,000 bootstrap draws, here and in lavaan, in the same run.

    python benchmarks/bootstrap.py

The model has 8 factors and 30 items, 1,200 rows. lavaan's bootstrapLavaan runs 200 draws
with nothing but the estimates computed; without Rscript its rows are left out. The
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
fit <- sem(model, data, se = "none", test = "none", baseline = FALSE, h1 = FALSE,
  loglik = FALSE, implied = FALSE, check.post = FALSE)
cpu <- system.time(draws <- bootstrapLavaan(fit, R = 200))
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
    if not shutil.which("Rscript"):
        return
    with tempfile.TemporaryDirectory() as folder:
        script, model = Path(folder, "bootstrap.R"), Path(folder, "model.txt")
        script.write_text(LAVAAN, encoding="utf-8")
        model.write_text(case["model"], encoding="utf-8")
        command = ["Rscript", str(script), str(REFERENCE / "sim.csv"), str(model)]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    theirs = np.array(out[1:], dtype=float)
    ours = many.draws[:, found.objective.parameters.K.any(axis=1).nonzero()[0]].std(axis=0, ddof=1)
    ratio = ours / theirs
    print(f"lavaan        200 draws  {float(out[0]):7.2f} s   {float(out[0]) / seconds:.0f} times")
    print(f"standard errors, surveysem / lavaan: mean {ratio.mean():.3f}, sd {ratio.std():.3f}")


if __name__ == "__main__":
    main()
