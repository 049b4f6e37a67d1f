"""
This part of the workflow asks whether another engine says the same, and, for synthetic
data, how much of the truth was found.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet
    results/structure/{model}/{wave}/models.txt
    the folder study.truth of config.yaml, for synthetic data
OUTPUTS
    results/robustness/engines.csv            largest disagreement with semopy
    results/robustness/troubles.csv           planted troubles found (synthetic data)
    results/robustness/troubles_by_rule.csv   the same by cleaning rule
    results/robustness/recovery.csv           true and estimated paths (synthetic data)
"""


rule robustness_engines:
    input:
        table="results/cleaning/{wave}.parquet",
        models="results/structure/{model}/{wave}/models.txt",
    output:
        engines="results/robustness/{model}/{wave}/engines.csv",
    log:
        "logs/robustness/robustness_engines_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.robustness(STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("robustness_engines.py"),
    script:
        "../scripts/robustness_engines.py"


rule robustness_pool:
    input:
        engines=expand("results/robustness/{m}/{w}/engines.csv", m=MODELS, w=WAVES),
    output:
        engines="results/robustness/engines.csv",
    log:
        "logs/robustness/robustness_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"


rule robustness_recovery:
    input:
        troubles=f"{STUDY.truth}/troubles.csv",
        truth=f"{STUDY.truth}/paths.csv",
        fates="results/cleaning/fates.csv",
        decisions="results/cleaning/decisions.csv",
        log="results/intake/import_log.csv",
        paths="results/structure/paths.csv",
    output:
        troubles="results/robustness/troubles.csv",
        by_rule="results/robustness/troubles_by_rule.csv",
        recovery="results/robustness/recovery.csv",
    log:
        "logs/robustness/robustness_recovery.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("robustness_recovery.py"),
    script:
        "../scripts/robustness_recovery.py"
