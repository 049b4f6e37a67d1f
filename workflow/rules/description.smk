"""
This part of the workflow describes who answered what.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet
OUTPUTS
    results/description/items.csv      distribution of each item
    results/description/scales.csv     distribution of each scale's mean score
    results/description/missing.csv    asked, answered, unanswered, not asked by design
"""


rule description_wave:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        by_item="results/description/{wave}/items.csv",
        by_scale="results/description/{wave}/scales.csv",
        missing="results/description/{wave}/missing.csv",
    log:
        "logs/description/description_wave_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.description(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("description_wave.py"),
    script:
        "../scripts/description_wave.py"


rule description_pool:
    input:
        by_item=expand("results/description/{wave}/items.csv", wave=WAVES),
        by_scale=expand("results/description/{wave}/scales.csv", wave=WAVES),
        missing=expand("results/description/{wave}/missing.csv", wave=WAVES),
    output:
        by_item="results/description/items.csv",
        by_scale="results/description/scales.csv",
        missing="results/description/missing.csv",
    log:
        "logs/description/description_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"
