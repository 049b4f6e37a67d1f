"""
This part of the workflow describes who answered what, and whom they stand for.

REQUIRED INPUTS
    results/cleaning/{wave}.parquet    analysed respondents
    results/intake/{wave}.parquet      received ones, for the response rates
    the log of intake, and the fates and decisions of cleaning
OUTPUTS in results/description/
    items.csv, scales.csv              distribution of each item and of each scale's mean score
    answers.csv                        how often each answer was given, empty categories too
    correlations.csv, normality.csv    of items and of scales; Mardia's statistics
    differences.csv                    of scale means: groups within a wave, waves within a group
    clusters.csv                       ICC(1) and design effects, where clusters are named
    agreement.csv, informants.csv      within projects, and between two groups about them
    missing.csv                        asked, answered, unanswered by reason, not asked by design
    missing_reasons.csv                what was declared missing
    missing_patterns.csv               which items were left out together
    mcar.csv                           Little's test
    response.csv, dispositions.csv     AAPOR's outcome rates, and the counts behind them
    attrition.csv, attrition_predictors.csv     panels of several waves only
    weights.csv, weight_summary.csv, margins.csv     where config.yaml asks for weights only
"""

PANEL = WAVES[:-1] if STUDY.config["respondents"]["panel"] else []
WEIGHTED = WAVES if respondents.weighted(STUDY) else []
ATTRITION = ("attrition", "attrition_predictors")
WEIGHTS = ("weights", "weight_summary", "margins")
RELATIONS = ("correlations", "normality", "clusters", "agreement", "informants")


rule description_wave:
    input:
        table="results/cleaning/{wave}.parquet",
        fates="results/cleaning/{wave}/fates.csv",
        decisions="results/cleaning/{wave}/decisions.csv",
        received="results/intake/{wave}.parquet",
        reasons="results/intake/{wave}/reasons.parquet",
    output:
        **{n: f"results/description/{{wave}}/{n}.csv" for n in (*RELATIONS, "differences")},
        by_item="results/description/{wave}/items.csv",
        by_scale="results/description/{wave}/scales.csv",
        answers="results/description/{wave}/answers.csv",
        missing="results/description/{wave}/missing.csv",
        reasons="results/description/{wave}/missing_reasons.csv",
        patterns="results/description/{wave}/missing_patterns.csv",
        mcar="results/description/{wave}/mcar.csv",
        response="results/description/{wave}/response.csv",
        dispositions="results/description/{wave}/dispositions.csv",
    log:
        "logs/description/description_wave_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: respondents.description(STUDY, STUDY.waves[w.wave]),
        relations=lambda w: respondents.relations(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("description_wave.py"),
    script:
        "../scripts/description_wave.py"


rule description_changes:
    input:
        tables=expand("results/cleaning/{wave}.parquet", wave=WAVES),
        differences=expand("results/description/{wave}/differences.csv", wave=WAVES),
    output:
        differences="results/description/differences.csv",
    log:
        "logs/description/description_changes.log",
    conda:
        "../../environment.yml"
    params:
        plan=respondents.changes(STUDY),
        code=DIGEST("description_changes.py"),
    script:
        "../scripts/description_changes.py"


rule description_attrition:
    input:
        table="results/cleaning/{wave}.parquet",
        fates=lambda w: f"results/cleaning/{WAVES[WAVES.index(w.wave) + 1]}/fates.csv",
    output:
        attrition="results/description/{wave}/attrition.csv",
        attrition_predictors="results/description/{wave}/attrition_predictors.csv",
    log:
        "logs/description/description_attrition_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: respondents.attrition(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("description_attrition.py"),
    script:
        "../scripts/description_attrition.py"


rule description_weights:
    input:
        table="results/cleaning/{wave}.parquet",
    output:
        weights="results/description/{wave}/weights.csv",
        summary="results/description/{wave}/weight_summary.csv",
        margins="results/description/{wave}/margins.csv",
    log:
        "logs/description/description_weights_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: respondents.weights(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("description_weights.py"),
    script:
        "../scripts/description_weights.py"


rule description_pool:
    input:
        by_item=expand("results/description/{wave}/items.csv", wave=WAVES),
        by_scale=expand("results/description/{wave}/scales.csv", wave=WAVES),
        answers=expand("results/description/{wave}/answers.csv", wave=WAVES),
        missing=expand("results/description/{wave}/missing.csv", wave=WAVES),
        reasons=expand("results/description/{wave}/missing_reasons.csv", wave=WAVES),
        patterns=expand("results/description/{wave}/missing_patterns.csv", wave=WAVES),
        mcar=expand("results/description/{wave}/mcar.csv", wave=WAVES),
        response=expand("results/description/{wave}/response.csv", wave=WAVES),
        dispositions=expand("results/description/{wave}/dispositions.csv", wave=WAVES),
    output:
        by_item="results/description/items.csv",
        by_scale="results/description/scales.csv",
        answers="results/description/answers.csv",
        missing="results/description/missing.csv",
        reasons="results/description/missing_reasons.csv",
        patterns="results/description/missing_patterns.csv",
        mcar="results/description/mcar.csv",
        response="results/description/response.csv",
        dispositions="results/description/dispositions.csv",
    log:
        "logs/description/description_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"


rule description_pool_relations:
    input:
        **{n: expand(f"results/description/{{wave}}/{n}.csv", wave=WAVES) for n in RELATIONS},
    output:
        **{n: f"results/description/{n}.csv" for n in RELATIONS},
    log:
        "logs/description/description_pool_relations.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"


rule description_pool_attrition:
    input:
        **{n: expand(f"results/description/{{wave}}/{n}.csv", wave=PANEL) for n in ATTRITION},
    output:
        **{n: f"results/description/{n}.csv" for n in ATTRITION},
    log:
        "logs/description/description_pool_attrition.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"


rule description_pool_weights:
    input:
        **{n: expand(f"results/description/{{wave}}/{n}.csv", wave=WEIGHTED) for n in WEIGHTS},
    output:
        **{n: f"results/description/{n}.csv" for n in WEIGHTS},
    log:
        "logs/description/description_pool_weights.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"
