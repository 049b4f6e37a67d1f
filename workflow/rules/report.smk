"""
This part of the workflow writes the report: a self-contained page a language, and its figures.

REQUIRED INPUTS
    the pooled tables of every stage
OUTPUTS
    results/report/index.html          in the first of config.yaml's languages
    results/report/{language}.html     in each other one
    results/report/figures/           the figures, {name}_{language}.svg and .png
"""


rule report:
    input:
        **{n: rules.description_pool_relations.output[n] for n in RELATIONS},
        flow=rules.cleaning_pool.output.flow,
        fates=rules.cleaning_pool.output.fates,
        decisions=rules.cleaning_pool.output.decisions,
        cleaning_rules=rules.cleaning_pool.output.rules,
        import_log=rules.intake_pool.output.import_log,
        item_moments=rules.description_pool.output.by_item,
        scale_moments=rules.description_pool.output.by_scale,
        answers=rules.description_pool.output.answers,
        differences=rules.description_changes.output.differences,
        missing=rules.description_pool.output.missing,
        missing_patterns=rules.description_pool.output.patterns,
        missing_reasons=rules.description_pool.output.reasons,
        mcar=rules.description_pool.output.mcar,
        response=rules.description_pool.output.response,
        dispositions=rules.description_pool.output.dispositions,
        attrition=rules.description_pool_attrition.output.attrition if PANEL else [],
        attrition_predictors=(
            rules.description_pool_attrition.output.attrition_predictors if PANEL else []
        ),
        weight_summary=rules.description_pool_weights.output.weight_summary if WEIGHTED else [],
        margins=rules.description_pool_weights.output.margins if WEIGHTED else [],
        by_scale=rules.reliability_pool.output.by_scale,
        by_item=rules.reliability_pool.output.by_item,
        comparisons=rules.reliability_pool.output.comparisons,
        loadings=rules.measurement_pool.output.loadings,
        fit=rules.measurement_pool.output.fit,
        validity=rules.measurement_pool.output.validity,
        modification=rules.measurement_pool.output.modification,
        estimators=rules.measurement_pool.output.estimators,
        joined=rules.measurement_pool.output.joined,
        invariance=rules.measurement_pool.output.invariance,
        noninvariance=rules.measurement_pool.output.noninvariance,
        comparable=rules.measurement_pool.output.comparable,
        latent_means=rules.measurement_pool.output.latent_means,
        scale_invariance=rules.measurement_pool.output.scale_invariance,
        scale_noninvariance=rules.measurement_pool.output.scale_noninvariance,
        scale_comparable=rules.measurement_pool.output.scale_comparable,
        determinacy=rules.measurement_pool.output.determinacy,
        rivals=rules.measurement_pool.output.rivals,
        scale_alignment=rules.measurement_pool.output.scale_alignment,
        dimensionality=rules.measurement_pool.output.dimensionality,
        exploratory=rules.measurement_pool.output.exploratory,
        cross_loadings=rules.measurement_pool.output.cross_loadings,
        method=rules.measurement_pool.output.method,
        hypotheses=rules.structure_verdicts.output.hypotheses,
        paths=rules.structure_verdicts.output.paths,
        effects=rules.structure_verdicts.output.effects,
        rsquared=rules.structure_verdicts.output.rsquared,
        structure_fit=rules.structure_verdicts.output.fit,
        engines=rules.robustness_pool.output.engines,
        method_paths=rules.robustness_pool.output.method,
        troubles=rules.robustness_recovery.output.troubles if STUDY.truth else [],
        troubles_by_rule=rules.robustness_recovery.output.by_rule if STUDY.truth else [],
        recovery=rules.robustness_recovery.output.recovery if STUDY.truth else [],
        exclusions=(
            rules.robustness_exclusions.output.exclusions
            if STUDY.config["cleaning"]["compare"]
            else []
        ),
    output:
        pages=[
            report(
                f"results/report/{'index' if k == 0 else language}.html",
                category="Report",
                labels={"language": language},
            )
            for k, language in enumerate(STUDY.languages)
        ],
        figures=directory("results/report/figures"),
    log:
        "logs/report/report.log",
    conda:
        "../../environment.yml"
    params:
        plan=plans.report(STUDY),
        code=DIGEST("report_pages.py", "report/templates/*", "report/locale/*"),
    script:
        "../scripts/report_pages.py"
