"""
This part of the workflow decides which answers count, and records why the others do not.

REQUIRED INPUTS
    results/intake/{wave}.parquet
OUTPUTS
    results/cleaning/{wave}.parquet    analysed respondents, reverse-keyed items turned
    results/cleaning/fates.csv         one row a raw row: analysed, or excluded by which rule
    results/cleaning/decisions.csv     one row for each respondent and rule that fired
    results/cleaning/flow.csv          counts by wave, group and step
    results/cleaning/rules.csv         what each rule found, by wave and group, or why it could not
"""


rule cleaning_wave:
    input:
        table="results/intake/{wave}.parquet",
    output:
        table="results/cleaning/{wave}.parquet",
        fates="results/cleaning/{wave}/fates.csv",
        decisions="results/cleaning/{wave}/decisions.csv",
        flow="results/cleaning/{wave}/flow.csv",
        rules="results/cleaning/{wave}/rules.csv",
    log:
        "logs/cleaning/cleaning_wave_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.cleaning(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("cleaning_wave.py"),
    script:
        "../scripts/cleaning_wave.py"


rule cleaning_pool:
    input:
        fates=expand("results/cleaning/{wave}/fates.csv", wave=WAVES),
        decisions=expand("results/cleaning/{wave}/decisions.csv", wave=WAVES),
        flow=expand("results/cleaning/{wave}/flow.csv", wave=WAVES),
        rules=expand("results/cleaning/{wave}/rules.csv", wave=WAVES),
    output:
        fates="results/cleaning/fates.csv",
        decisions="results/cleaning/decisions.csv",
        flow="results/cleaning/flow.csv",
        rules="results/cleaning/rules.csv",
    log:
        "logs/cleaning/cleaning_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"


rule cleaning_careless:
    input:
        table="results/intake/{wave}.parquet",
        fates="results/cleaning/{wave}/fates.csv",
    output:
        table="results/cleaning/{wave}/with_careless.parquet",
    log:
        "logs/cleaning/cleaning_careless_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.cleaning(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("cleaning_careless.py"),
    script:
        "../scripts/cleaning_careless.py"
