"""
This part of the workflow fits the structural models and gives each hypothesis its verdict.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet
    results/reliability/{wave}/items.csv      an item keyed the wrong way round stops a model
    results/measurement/{model}/{wave}/estimators.csv
    results/measurement/{model}/{wave}/comparable.csv, noninvariance.csv
                                              which paths may be compared over groups, and which
                                              loadings are left free to differ
OUTPUTS
    results/structure/hypotheses.csv          the verdicts
    results/structure/paths.csv               every regression of every fit
    results/structure/effects.csv             direct, indirect and total effects
    results/structure/fit.csv                 fit of each model
    results/structure/rsquared.csv            explained share of each outcome
    results/structure/{model}/{wave}/models.txt  the models, in lavaan's language
"""


rule structure_wave:
    input:
        table="results/cleaning/{wave}.parquet",
        by_item="results/reliability/{wave}/items.csv",
        comparable="results/measurement/{model}/{wave}/comparable.csv",
        noninvariance="results/measurement/{model}/{wave}/noninvariance.csv",
        estimators="results/measurement/{model}/{wave}/estimators.csv",
    output:
        hypotheses="results/structure/{model}/{wave}/hypotheses.csv",
        paths="results/structure/{model}/{wave}/paths.csv",
        effects="results/structure/{model}/{wave}/effects.csv",
        fit="results/structure/{model}/{wave}/fit.csv",
        rsquared="results/structure/{model}/{wave}/rsquared.csv",
        models="results/structure/{model}/{wave}/models.txt",
    log:
        "logs/structure/structure_wave_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.structure(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("structure_wave.py"),
    script:
        "../scripts/structure_wave.py"


rule structure_verdicts:
    input:
        hypotheses=expand("results/structure/{m}/{w}/hypotheses.csv", m=MODELS, w=WAVES),
        paths=expand("results/structure/{m}/{w}/paths.csv", m=MODELS, w=WAVES),
        effects=expand("results/structure/{m}/{w}/effects.csv", m=MODELS, w=WAVES),
        fit=expand("results/structure/{m}/{w}/fit.csv", m=MODELS, w=WAVES),
        rsquared=expand("results/structure/{m}/{w}/rsquared.csv", m=MODELS, w=WAVES),
    output:
        hypotheses="results/structure/hypotheses.csv",
        paths="results/structure/paths.csv",
        effects="results/structure/effects.csv",
        fit="results/structure/fit.csv",
        rsquared="results/structure/rsquared.csv",
    log:
        "logs/structure/structure_verdicts.log",
    conda:
        "../../environment.yml"
    params:
        plan=plans.verdicts(STUDY),
        code=DIGEST("structure_verdicts.py"),
    script:
        "../scripts/structure_verdicts.py"
