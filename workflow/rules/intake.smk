"""
This part of the workflow reads each wave's export in the instrument's terms.

REQUIRED INPUTS
    the file of each wave in config.yaml
OUTPUTS
    results/intake/{wave}.parquet      one typed table a wave
    results/intake/{wave}/reasons.parquet    why answers are missing: declared so, or impossible
    results/intake/import_log.csv      what happened to each column and odd answer
"""


rule intake_wave:
    input:
        files=lambda w: STUDY.waves[w.wave].inputs,
    output:
        table="results/intake/{wave}.parquet",
        import_log="results/intake/{wave}/import_log.csv",
        reasons="results/intake/{wave}/reasons.parquet",
    log:
        "logs/intake/intake_wave_{wave}.log",
    conda:
        "../../environment.yml"
    params:
        plan=lambda w: plans.intake(STUDY, STUDY.waves[w.wave]),
        code=DIGEST("intake_wave.py"),
    script:
        "../scripts/intake_wave.py"


rule intake_pool:
    input:
        import_log=expand("results/intake/{wave}/import_log.csv", wave=WAVES),
    output:
        import_log="results/intake/import_log.csv",
    log:
        "logs/intake/intake_pool.log",
    conda:
        "../../environment.yml"
    params:
        code=DIGEST("pool_tables.py"),
    script:
        "../scripts/pool_tables.py"
