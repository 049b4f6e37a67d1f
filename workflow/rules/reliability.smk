"""
This part of the workflow asks whether each scale hangs together.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet
OUTPUTS
    results/reliability/scales.csv          omega, alpha and their kin, each with interval
    results/reliability/items.csv           item-rest correlation, alpha if deleted
    results/reliability/comparisons.csv     alpha between groups and between waves
"""


rule reliability_wave:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        by_scale="results/reliability/{wave}/scales.csv",
        by_item="results/reliability/{wave}/items.csv",
        groups="results/reliability/{wave}/groups.csv",
    log:
        "logs/reliability/reliability_wave_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: scaleplans.reliability(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("reliability_wave.py"),
    script:
        "../scripts/reliability_wave.py"


rule reliability_change:
    input:
        table="results/cleaning/{wave}.parquet",
        following=lambda w: f"results/cleaning/{WAVES[WAVES.index(w.wave) + 1]}.parquet",
    output:
        changes="results/reliability/{wave}/changes.csv",
    log:
        "logs/reliability/reliability_change_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: scaleplans.reliability_change(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("reliability_change.py"),
    script:
        "../scripts/reliability_change.py"


rule reliability_pool:
    input:
        by_scale=expand("results/reliability/{wave}/scales.csv", wave=WAVES),
        by_item=expand("results/reliability/{wave}/items.csv", wave=WAVES),
        comparisons=expand("results/reliability/{wave}/groups.csv", wave=WAVES)
        + expand("results/reliability/{wave}/changes.csv", wave=WAVES[:-1]),
    output:
        by_scale="results/reliability/scales.csv",
        by_item="results/reliability/items.csv",
        comparisons="results/reliability/comparisons.csv",
    log:
        "logs/reliability/reliability_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"
