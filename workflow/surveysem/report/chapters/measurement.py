"""Chapter measurement: are the scales distinct, and alike in every group?"""

from surveysem.report.blocks import Block, Column, Section, table
from surveysem.report.chapters import alignment, invariance, loadingplot
from surveysem.report.chapters.dimensionality import dimensionality
from surveysem.report.chapters.distinctness import distinctness
from surveysem.report.chapters.fit import fit_block, meta
from surveysem.report.chapters.method import method
from surveysem.report.chapters.rivals import rivals
from surveysem.report.chapters.scores import scores
from surveysem.report.context import Context
from surveysem.report.figures import block
from surveysem.report.privacy import table_by_group
from surveysem.report.tables import unique
from surveysem.report.words import interval, number, p_value


def measurement(c: Context) -> list[Section]:
    """Per model: dimensions, fit of the CFA, loadings, distinctness, invariance, method,
    scores; then facets and invariance of the scales."""
    out = []
    for model in c.plan["models"]:
        out += [dimensionality(c, model), _cfa(c, model), distinctness(c, model)]
        if len(c.plan["models"][model]["groups"]) > 1:
            out.append(invariance.of_model(c, model))
        out += [method(c, model), scores(c, model)]
    of_scales = [invariance.of_scales(c), *alignment.of_scales(c)]
    return [_estimators(c), *out, *rivals(c), *of_scales]


def _cfa(c: Context, model: str) -> Section:
    _, fit, loadings = c._, c.tables["fit"], c.tables["loadings"]
    rows = fit.where(model=model)
    latest = loadings.where(model=model, wave=c.wave, statistic="loading_std")
    other = loadings.where(model=model, wave=c.wave, statistic="loading_std_alternative")
    # a construct of negative variance has no standardised loadings
    known = [r for r in latest if r["est"] != ""]
    weak = [r for r in known if abs(float(r["est"])) < 0.50]
    if latest:
        answer = _("{n} of {all} standardised loadings reach .50.").format(
            n=len(known) - len(weak), all=len(latest)
        )
    else:
        answer = _("The factor model could not be fitted in the latest wave; the table says why.")
    columns = [
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Wording"), lambda r: c.text(c.plan["items"][r["item"]]["text"])),
        Column("λ", lambda r: number(r["est"], 2), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 2), True),
    ]
    return Section(
        f"cfa-{model}",
        _("Do the items measure their constructs? Model {model}").format(model=model),
        answer,
        [
            *(block(c, figure) for figure in loadingplot.of_model(c, model)),
            fit_block(c, _("Fit of the factor model"), rows),
            table_by_group(
                c,
                _("Standardised loadings, {wave}").format(wave=c.wave_name(c.wave)),
                columns,
                latest,
                folded=True,
            ),
            table_by_group(
                c,
                _("Standardised loadings with the other estimator, {wave}").format(
                    wave=c.wave_name(c.wave)
                ),
                columns,
                other,
                folded=True,
            ),
            _modification(c, model),
        ],
        meta=meta(c, model, rows, "cfa"),
        how=_(
            "A standardised loading of .50 is a convention for a usable item, .70 for a good one "
            "(Hair et al., 2019). CFI and TLI of .95, RMSEA of .06 and SRMR of .08 are customary "
            "orientation marks, not laws (Hu & Bentler, 1999). Many items at modest n inflate "
            "chi-square (Shi, Lee & Terry, 2018). Chi-square is the scaled one where the estimator "
            "has it, CFI, TLI and RMSEA are the robust ones. Modification indices are shown and "
            "never acted on."
        ),
        links=[(_("fit"), fit.link), (_("loadings"), loadings.link)],
        rule="measurement_wave · surveysem.measurement.wave.measure",
    )


def _modification(c: Context, model: str) -> Block:
    """What would lower chi-square most, by group."""
    _ = c._
    columns = [
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Parameter"), lambda r: f"{c.name(r['lhs'])} {r['op']} {c.name(r['rhs'])}"),
        Column("χ²", lambda r: number(r["mi"], 1), True),
        Column(_("p adjusted"), lambda r: p_value(r["p_adj"]).removeprefix("= "), True),
        Column(_("Expected value, standardised"), lambda r: number(r["epc_std"], 2), True),
    ]
    rows = c.tables["modification"].where(model=model, wave=c.wave)
    title = _("Modification indices, {wave}").format(wave=c.wave_name(c.wave))
    return table_by_group(c, title, columns, rows, folded=True)


def _estimators(c: Context) -> Section:
    """Which estimator each model has in each wave, and why."""
    _, estimators = c._, c.tables["estimators"]
    latest = estimators.where(wave=c.wave)
    columns = [
        Column(_("Model"), lambda r: r["model"]),
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Estimator"), lambda r: r["estimator"]),
        Column(_("Reason"), lambda r: _why(c, r)),
        Column(_("Shown beside it"), lambda r: r["alternative"]),
    ]
    answer = _("By {names}.").format(
        names=", ".join(f"{r['estimator']} ({r['model']})" for r in latest)
    )
    models = unique(r["model"] for r in estimators.rows)
    if any(len({r["estimator"] for r in estimators.where(model=m)}) > 1 for m in models):
        answer += " " + _(
            "Waves differ in it, so do not compare their loadings by eye: `estimator` in "
            "config.yaml sets one for all."
        )
    return Section(
        "estimators",
        _("How are the models estimated?"),
        answer,
        [table(_("Estimators"), columns, estimators.rows)],
        how=_(
            "Four answer categories or fewer, or an absolute skew above 2 in a group, call for "
            "ordinal items (WLSMV; Rhemtulla, Brosseau-Liard & Savalei, 2012; West, Finch & "
            "Curran, 1995); otherwise robust maximum likelihood with full information on missing "
            "answers (MLR). Each wave decides for itself; its structural models follow. WLSMV uses "
            "pairs of answers and assumes that they are missing about at random; answers that a "
            "group never gave are joined with a neighbour in all groups alike."
        ),
        links=[(_("estimators"), estimators.link), (_("joined answers"), c.tables["joined"].link)],
        rule="measurement_wave · surveysem.measurement.estimator.choose",
    )


def _why(c: Context, row) -> str:
    _ = c._
    value = number(row["value"], 2) if row["value"] else "–"
    return {
        "configured": _("so in config.yaml"),
        "few_categories": _("{item} has {n} answer categories").format(
            item=row["item"], n=row["value"].removesuffix(".0")
        ),
        "skew": _("{item} has a skew of {value} ({group})").format(
            item=row["item"], value=value, group=c.group_name(row["member"])
        ),
        "continuous": _("five answer categories or more, absolute skew up to {value}").format(
            value=value.removeprefix("−")
        ),
    }[row["reason"]]
