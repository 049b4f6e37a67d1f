"""
This part of the workflow asks whether the scales measure the same thing, apart from each
other, in every group.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet
OUTPUTS
    results/measurement/loadings.csv    standardised loadings
    results/measurement/fit.csv         fit of the factor model
    results/measurement/validity.csv    CR, AVE, HTMT, latent correlations
    results/measurement/invariance.csv  configural, metric and scalar models compared
"""


rule measurement_wave:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        loadings="results/measurement/{model}/{wave}/loadings.csv",
        fit="results/measurement/{model}/{wave}/fit.csv",
        validity="results/measurement/{model}/{wave}/validity.csv",
        invariance="results/measurement/{model}/{wave}/invariance.csv",
    log:
        "logs/measurement/measurement_wave_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.measurement(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("measurement_wave.py"),
    script:
        "../scripts/measurement_wave.py"


rule measurement_pool:
    input:
        loadings=expand("results/measurement/{m}/{w}/loadings.csv", m=MODELS, w=WAVES),
        fit=expand("results/measurement/{m}/{w}/fit.csv", m=MODELS, w=WAVES),
        validity=expand("results/measurement/{m}/{w}/validity.csv", m=MODELS, w=WAVES),
        invariance=expand("results/measurement/{m}/{w}/invariance.csv", m=MODELS, w=WAVES),
    output:
        loadings="results/measurement/loadings.csv",
        fit="results/measurement/fit.csv",
        validity="results/measurement/validity.csv",
        invariance="results/measurement/invariance.csv",
    log:
        "logs/measurement/measurement_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"
