"""
This part of the workflow writes what is fielded from what is analysed. It runs when it is
asked for (`snakemake questionnaire`), since most runs are about answers. A study that has no
wave yet gets the same files by `python -m surveysem questionnaire`.

REQUIRED INPUTS
    instrument, responses and constructs of config.yaml
OUTPUTS
    results/questionnaire/questionnaire.xlsx               XLSForm in all languages
    results/questionnaire/{group}[_{form}]_{language}.docx to print, one a group (and form)
    results/questionnaire/codebook.csv                     which number is which item
"""

QUESTIONNAIRE = fielding.plan(
    STUDY.config, groups=STUDY.config["respondents"]["group"] and STUDY.groups
)


rule questionnaire:
    output:
        form="results/questionnaire/questionnaire.xlsx",
        codebook="results/questionnaire/codebook.csv",
        documents=[f"results/questionnaire/{d['name']}" for d in fielding.documents(QUESTIONNAIRE)],
    log:
        "logs/questionnaire/questionnaire.log",
    conda:
        "../../environment.yml"
    params:
        plan=QUESTIONNAIRE,
        code=DIGEST("questionnaire_files.py"),
    script:
        "../scripts/questionnaire_files.py"
