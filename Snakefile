"""From survey waves to a report: eight stages, one rule file each (see docs/ and README)."""

import os
import sys
from pathlib import Path

from surveysem.study import (
    StudyError,
    fielding,
    load,
    plans,
    read_config,
    respondents,
    scaleplans,
)
from surveysem.study.digest import Digests

try:
    if not workflow.overwrite_configfiles:
        read_config(Path("config.yaml"))  # says what is wrong in more words than Snakemake
except StudyError as error:
    sys.exit(f"\n{error}\n")


configfile: "config.yaml"


# Small matrices on several threads cost far more than they save; jobs inherit this.
os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

try:
    STUDY = load(config)
except StudyError as error:
    sys.exit(f"\n{error}\n\n(`python -m surveysem check` lists the same.)")

DIGEST = Digests(Path(workflow.basedir) / "workflow" / "scripts")
WAVES, MODELS = list(STUDY.waves), list(STUDY.models)


wildcard_constraints:
    wave="|".join(WAVES),
    model="|".join(MODELS),


include: "workflow/rules/intake.smk"
include: "workflow/rules/cleaning.smk"
include: "workflow/rules/description.smk"
include: "workflow/rules/reliability.smk"
include: "workflow/rules/measurement.smk"
include: "workflow/rules/structure.smk"
include: "workflow/rules/robustness.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/questionnaire.smk"
include: "workflow/rules/demo.smk"


rule all:
    default_target: True
    input:
        rules.report.output,
