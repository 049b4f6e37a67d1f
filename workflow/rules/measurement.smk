"""
This part of the workflow asks whether the scales measure the same thing, apart from each
other, in every group and in every wave.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet
    results/intake/{wave}.parquet               languages of the questionnaire
OUTPUTS in results/measurement/
    estimators.csv        the estimator of each model and scale, and why
    loadings.csv, fit.csv, validity.csv, residuals.csv, modification.csv     the factor models
    invariance.csv, noninvariance.csv, comparable.csv, latent_means.csv, joined.csv
                          each model over its groups: levels, items freed, what may be compared
    scale_*.csv           the same of each scale by itself over groups, languages and waves
    dimensionality.csv, exploratory.csv     how many factors, which items load where
    validity.csv, cross_loadings.csv        which constructs overlap, which items load elsewhere
    method.csv            Harman, unmeasured method factor, marker technique
"""

OF_MODEL = ("estimators", "loadings", "fit", "validity", "residuals", "modification", "cross_loadings",
            "invariance", "noninvariance", "comparable", "latent_means", "joined")  # fmt: skip
OF_CHECKS = ("dimensionality", "exploratory", "method")
OF_SCALE = ("estimators", "invariance", "noninvariance", "comparable", "latent_means", "joined")


rule measurement_wave:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        **{name: f"results/measurement/{{model}}/{{wave}}/{name}.csv" for name in OF_MODEL},
    log:
        "logs/measurement/measurement_wave_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.measurement(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("measurement_wave.py"),
    script:
        "../scripts/measurement_wave.py"


rule measurement_scales:
    input:
        table="results/cleaning/{wave}.parquet",
        received="results/intake/{wave}.parquet",
    output:
        **{name: f"results/measurement/scales/{{wave}}/{name}.csv" for name in OF_SCALE},
    log:
        "logs/measurement/measurement_scales_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: scaleplans.scales_over_groups(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("measurement_scales.py"),
    script:
        "../scripts/measurement_scales.py"


rule measurement_waves:
    input:
        tables=expand("results/cleaning/{wave}.parquet", wave=WAVES),
    output:
        **{name: f"results/measurement/scales/waves/{name}.csv" for name in OF_SCALE},
    log:
        "logs/measurement/measurement_waves.log",
    conda:
        "../../environment.yml"
    params:
        plan=scaleplans.scales_over_waves(STUDY),
        waves=WAVES,
        code=DIGEST("measurement_waves.py"),
    script:
        "../scripts/measurement_waves.py"


rule measurement_dimensionality:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        dimensionality="results/measurement/{model}/{wave}/dimensionality.csv",
        exploratory="results/measurement/{model}/{wave}/exploratory.csv",
    log:
        "logs/measurement/measurement_dimensionality_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.dimensionality(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("measurement_dimensionality.py"),
    script:
        "../scripts/measurement_dimensionality.py"


rule measurement_distinctness:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        validity="results/measurement/{model}/{wave}/distinctness.csv",
    log:
        "logs/measurement/measurement_distinctness_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.dimensionality(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("measurement_distinctness.py"),
    script:
        "../scripts/measurement_distinctness.py"


rule measurement_method:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        method="results/measurement/{model}/{wave}/method.csv",
    log:
        "logs/measurement/measurement_method_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.common_method(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("measurement_method.py"),
    script:
        "../scripts/measurement_method.py"


rule measurement_pool:
    input:
        **{
            name: expand(
                f"results/measurement/{{m}}/{{w}}/{{part}}.csv",
                m=MODELS,
                w=WAVES,
                part=("validity", "distinctness") if name == "validity" else name,
            )
            for name in [*OF_MODEL, *OF_CHECKS]
        },
        **{
            f"scale_{name}": expand(
                f"results/measurement/scales/{{w}}/{name}.csv", w=[*WAVES, "waves"]
            )
            for name in OF_SCALE
        },
    output:
        **{name: f"results/measurement/{name}.csv" for name in [*OF_MODEL, *OF_CHECKS]},
        **{f"scale_{name}": f"results/measurement/scale_{name}.csv" for name in OF_SCALE},
    log:
        "logs/measurement/measurement_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"
