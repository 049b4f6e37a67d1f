"""
This part of the workflow asks whether another engine says the same, whether a common method
makes the paths, and, for synthetic data, how much of the truth was found.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet
    results/structure/{model}/{wave}/models.txt
    the folder study.truth of config.yaml, for synthetic data
    results/cleaning/{wave}/with_careless.parquet, where cleaning.compare asks for it
OUTPUTS
    results/robustness/engines.csv            largest disagreement with semopy
    results/robustness/method.csv             paths with a common method controlled
    results/robustness/troubles.csv           planted troubles found (synthetic data)
    results/robustness/troubles_by_rule.csv   the same by cleaning rule
    results/robustness/recovery.csv           true and estimated paths (synthetic data)
    results/robustness/exclusions.csv         verdicts and alphas with and without the careless
"""


rule robustness_wave:
    input:
        table="results/cleaning/{wave}.parquet",
        models="results/structure/{model}/{wave}/models.txt",
    output:
        engines="results/robustness/{model}/{wave}/engines.csv",
        method="results/robustness/{model}/{wave}/method.csv",
    log:
        "logs/robustness/robustness_wave_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        engines=lambda w: plans.robustness(STUDY.models[w.model], STUDY.waves[w.wave]),
        method=lambda w: plans.method_controls(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("robustness_wave.py"),
    script:
        "../scripts/robustness_wave.py"


rule robustness_pool:
    input:
        engines=expand("results/robustness/{m}/{w}/engines.csv", m=MODELS, w=WAVES),
        method=expand("results/robustness/{m}/{w}/method.csv", m=MODELS, w=WAVES),
    output:
        engines="results/robustness/engines.csv",
        method="results/robustness/method.csv",
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


use rule structure_wave as robustness_structure with:
    input:
        table="results/cleaning/{wave}/with_careless.parquet",
        by_item="results/reliability/{wave}/items.csv",
        comparable="results/measurement/{model}/{wave}/comparable.csv",
        noninvariance="results/measurement/{model}/{wave}/noninvariance.csv",
        estimators="results/measurement/{model}/{wave}/estimators.csv",
    output:
        hypotheses="results/robustness/{model}/{wave}/with_careless/hypotheses.csv",
        paths="results/robustness/{model}/{wave}/with_careless/paths.csv",
        effects="results/robustness/{model}/{wave}/with_careless/effects.csv",
        fit="results/robustness/{model}/{wave}/with_careless/fit.csv",
        rsquared="results/robustness/{model}/{wave}/with_careless/rsquared.csv",
        models="results/robustness/{model}/{wave}/with_careless/models.txt",
    log:
        "logs/robustness/robustness_structure_{model}_{wave}.log",


use rule reliability_wave as robustness_reliability with:
    input:
        table="results/cleaning/{wave}/with_careless.parquet",
    output:
        by_scale="results/robustness/with_careless/{wave}/scales.csv",
        by_item="results/robustness/with_careless/{wave}/items.csv",
        groups="results/robustness/with_careless/{wave}/groups.csv",
    log:
        "logs/robustness/robustness_reliability_{wave}.log",


rule robustness_exclusions:
    input:
        verdicts="results/structure/hypotheses.csv",
        by_scale="results/reliability/scales.csv",
        hypotheses=expand(rules.robustness_structure.output.hypotheses, model=MODELS, wave=WAVES),
        scales=expand(rules.robustness_reliability.output.by_scale, wave=WAVES),
    output:
        exclusions="results/robustness/exclusions.csv",
    log:
        "logs/robustness/robustness_exclusions.log",
    conda:
        "../../environment.yml"
    params:
        plan=plans.verdicts(STUDY),
        code=DIGEST("robustness_exclusions.py"),
    script:
        "../scripts/robustness_exclusions.py"
