"""The engine stands alone: it may be used without the rest, and without what is under the GPL."""

import subprocess
import sys

FORBIDDEN = ("pingouin", "semopy", "statsmodels", "snakemake", "factor_analyzer", "matplotlib")


def test_the_engine_imports_nothing_that_it_does_not_need():
    code = f"import sys, surveysem.sem; print(*[n for n in {FORBIDDEN} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_engine_knows_nothing_of_surveys():
    code = "import sys, surveysem.sem; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {name for name in done.stdout.split() if name.startswith("surveysem")}
    inside = {name for name in ours if name.startswith("surveysem.sem")}
    assert ours - inside == {"surveysem", "surveysem.errors"}
