"""
This part of the workflow asks whether each scale hangs together.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet
OUTPUTS
    results/reliability/scales.csv     alpha with interval, mean inter-item correlation
    results/reliability/items.csv      item-rest correlation, alpha if deleted
"""


rule reliability_wave:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        by_scale="results/reliability/{wave}/scales.csv",
        by_item="results/reliability/{wave}/items.csv",
    log:
        "logs/reliability/reliability_wave_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.reliability(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("reliability_wave.py"),
    script:
        "../scripts/reliability_wave.py"


rule reliability_pool:
    input:
        by_scale=expand("results/reliability/{wave}/scales.csv", wave=WAVES),
        by_item=expand("results/reliability/{wave}/items.csv", wave=WAVES),
    output:
        by_scale="results/reliability/scales.csv",
        by_item="results/reliability/items.csv",
    log:
        "logs/reliability/reliability_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"
