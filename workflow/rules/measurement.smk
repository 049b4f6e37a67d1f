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
    scores.csv, determinacy.csv     factor scores of each respondent, how well they are known
    rivals.csv            scales with facets: one factor, correlated, second order, bifactor
    scale_alignment.csv   where its means are not comparable over three groups or more: aligned ones
    dimensionality.csv, exploratory.csv     how many factors, which items load where
    validity.csv, cross_loadings.csv        which constructs overlap, which items load elsewhere
    method.csv            Harman, unmeasured method factor, marker technique
"""

OF_MODEL = ("estimators", "loadings", "fit", "validity", "residuals", "modification", "cross_loadings",
            "invariance", "noninvariance", "comparable", "latent_means", "joined", "scores",
            "determinacy")  # fmt: skip
OF_CHECKS = ("dimensionality", "exploratory", "distinctness", "method")
POOLED = [name for name in (*OF_MODEL, *OF_CHECKS) if name != "distinctness"]  # part of validity
OF_SCALE = ("estimators", "invariance", "noninvariance", "comparable", "latent_means", "joined",
            "alignment")  # fmt: skip


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
        rivals="results/measurement/scales/{wave}/rivals.csv",
    log:
        "logs/measurement/measurement_scales_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: scaleplans.scales_over_groups(STUDY, STUDY.waves[w.wave]),
        rivals=lambda w: scaleplans.rivals(STUDY, STUDY.waves[w.wave]),
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


rule measurement_checks:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        **{name: f"results/measurement/{{model}}/{{wave}}/{name}.csv" for name in OF_CHECKS},
    log:
        "logs/measurement/measurement_checks_{model}_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        scales=lambda w: plans.dimensionality(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        method=lambda w: plans.common_method(STUDY, STUDY.models[w.model], STUDY.waves[w.wave]),
        code=DIGEST("measurement_checks.py"),
    script:
        "../scripts/measurement_checks.py"


rule measurement_pool:
    input:
        **{
            name: expand(
                f"results/measurement/{{m}}/{{w}}/{{part}}.csv",
                m=MODELS,
                w=WAVES,
                part=("validity", "distinctness") if name == "validity" else name,
            )
            for name in POOLED
        },
        **{
            f"scale_{name}": expand(
                f"results/measurement/scales/{{w}}/{name}.csv", w=[*WAVES, "waves"]
            )
            for name in OF_SCALE
        },
        rivals=expand("results/measurement/scales/{w}/rivals.csv", w=WAVES),
    output:
        **{name: f"results/measurement/{name}.csv" for name in POOLED},
        **{f"scale_{name}": f"results/measurement/scale_{name}.csv" for name in OF_SCALE},
        rivals="results/measurement/rivals.csv",
    log:
        "logs/measurement/measurement_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"
