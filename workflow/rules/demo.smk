"""
This part of the workflow draws the synthetic demonstration survey. It runs only when it
is asked for (`snakemake demo_data`), since data/raw/ belongs to the user.

REQUIRED INPUTS
    data/demo/population.yaml, the instrument
OUTPUTS
    data/raw/wave1.csv, ... and data/raw/truth/ (not declared, so that no run removes them)
"""


rule demo_data:
    log:
        "logs/demo/demo_data.log",
    conda:
        "../../environment.yml"
    params:
        synthetic=STUDY.config["study"]["synthetic"],
        population="data/demo/population.yaml",
        folder="data/raw",
        instrument=STUDY.config["instrument"],
        responses=STUDY.config["responses"],
        constructs=STUDY.config["constructs"],
    script:
        "../scripts/demo_data.py"
