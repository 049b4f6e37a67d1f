"""Chapter measurement: are the scales distinct, and alike in every group?"""

from surveysem.report.blocks import Column, Section, table
from surveysem.report.chapters.fit import fit_block, meta
from surveysem.report.context import Context
from surveysem.report.privacy import table_by_group
from surveysem.report.tables import unique
from surveysem.report.words import interval, number, p_value


def measurement(c: Context) -> list[Section]:
    """Per model: fit of the CFA, loadings, distinctness, invariance."""
    out = []
    for model in c.plan["models"]:
        out += [_cfa(c, model), _distinct(c, model)]
        if len(c.plan["models"][model]["groups"]) > 1:
            out.append(_invariance(c, model))
    return out


def _cfa(c: Context, model: str) -> Section:
    _, fit, loadings = c._, c.tables["fit"], c.tables["loadings"]
    rows = fit.where(model=model)
    latest = [r for r in loadings.where(model=model, wave=c.wave)]
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
            fit_block(c, _("Fit of the factor model"), rows),
            table_by_group(
                c,
                _("Standardised loadings, {wave}").format(wave=c.wave_name(c.wave)),
                columns,
                latest,
                folded=True,
            ),
        ],
        meta=meta(c, model, rows, "cfa"),
        how=_(
            "A standardised loading of .50 is a convention for a usable item, .70 for a good one "
            "(Hair et al., 2019). CFI and TLI of .95, RMSEA of .06 and SRMR of .08 are customary "
            "orientation marks, not laws (Hu & Bentler, 1999). Many items at modest n inflate "
            "chi-square (Shi, Lee & Terry, 2018). The statistics are those of normal-theory "
            "maximum likelihood, neither scaled nor robust."
        ),
        links=[(_("fit"), fit.link), (_("loadings"), loadings.link)],
        rule="measurement_wave · surveysem.measurement.wave.measure",
    )


def _distinct(c: Context, model: str) -> Section:
    _, validity = c._, c.tables["validity"]
    rows = validity.where(model=model, wave=c.wave)
    htmt = [r for r in rows if r["statistic"] == "htmt" and r["est"] != ""]
    close = sorted((r for r in htmt if float(r["est"]) >= 0.85), key=lambda r: -float(r["est"]))
    pairs = len(htmt)
    if not htmt:
        answer = _("Not computed: a pair of constructs with two items each is needed.")
    elif close:
        shown = [
            _("{a} and {b} ({group}): HTMT {value}").format(
                a=c.name(r["construct"]),
                b=c.name(r["with"]),
                group=c.group_name(r["group"]),
                value=number(r["est"], 2, bounded=True),
            )
            for r in close[:4]
        ]
        answer = _("Yes for {n} of {all} pairs. Close together: {pairs}.").format(
            n=pairs - len(close), all=pairs, pairs=_("; ").join(shown)
        )
    else:
        top = max(htmt, key=lambda r: float(r["est"]))
        answer = _("Yes for all {all} pairs; the closest are {a} and {b}, HTMT {value}.").format(
            all=pairs,
            a=c.name(top["construct"]),
            b=c.name(top["with"]),
            value=number(top["est"], 2, bounded=True),
        )
    quality = [r for r in rows if r["statistic"] == "cr"]
    columns = [
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column("n", lambda r: r["n"] or "–", True),
        Column("CR", lambda r: number(r["est"], 2, bounded=True), True),
        Column(
            "AVE",
            lambda r: number(
                validity.value("est", model=model, wave=c.wave, group=r["group"],
                               construct=r["construct"], statistic="ave"), 2, bounded=True),
            True,
        ),
    ]  # fmt: skip
    correlation = [r for r in rows if r["statistic"] == "latent_correlation"]
    pair_columns = [
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("and"), lambda r: c.name(r["with"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Latent r"), lambda r: number(r["est"], 2, bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 2, bounded=True), True),
        Column(
            "HTMT",
            lambda r: number(
                validity.value("est", model=model, wave=c.wave, group=r["group"],
                               construct=r["construct"], **{"with": r["with"]},
                               statistic="htmt"), 2, bounded=True),
            True,
        ),
    ]  # fmt: skip
    return Section(
        f"distinct-{model}",
        _("Are the scales distinct? Model {model}").format(model=model),
        answer,
        [
            table_by_group(
                c, _("Composite reliability and average variance extracted"), columns, quality
            ),
            table_by_group(
                c, _("Correlations between constructs"), pair_columns, correlation, folded=True
            ),
        ],
        meta=f"{c.groups_in_words(model)} · {c.wave_name(c.wave)}",
        how=_(
            "HTMT compares correlations between the items of two constructs with those within "
            "them; .85 (.90 for close concepts) is the customary limit (Henseler, Ringle & "
            "Sarstedt, 2015). CR of .70 and AVE of .50 are conventions (Fornell & Larcker, 1981)."
        ),
        links=[(_("validity"), validity.link)],
        rule="measurement_wave · surveysem.measurement.validity",
    )


def _invariance(c: Context, model: str) -> Section:
    _, invariance = c._, c.tables["invariance"]
    rows = invariance.where(model=model)
    names = {
        "configural": _("same items (configural)"),
        "metric": _("equal loadings (metric)"),
        "scalar": _("equal intercepts too (scalar)"),
    }
    lines = []
    for wave, level in unique((r["wave"], r["level"]) for r in rows):
        mine = {r["statistic"]: r for r in rows if (r["wave"], r["level"]) == (wave, level)}
        lines.append({"wave": wave, "level": level, "mine": mine})

    def value(statistic, digits, bounded=False):
        return lambda r: (
            number(r["mine"][statistic]["est"], digits, bounded=bounded)
            if statistic in r["mine"]
            else "–"
        )

    columns = [
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Model"), lambda r: names[r["level"]]),
        Column("χ²", value("chisq", 1), True),
        Column("df", value("df", 0), True),
        Column("CFI", value("cfi", 3, True), True),
        Column("ΔCFI", value("delta_cfi", 3, True), True),
        Column("ΔRMSEA", value("delta_rmsea", 3, True), True),
        Column("ΔSRMR", value("delta_srmr", 3, True), True),
        Column("Δχ²", value("chisq_diff", 1), True),
        Column("Δdf", value("df_diff", 0), True),
        Column("p", lambda r: p_value(r["mine"]["p_diff"]["est"]).removeprefix("= ")
               if "p_diff" in r["mine"] else "–", True),
    ]  # fmt: skip
    metric = invariance.one(model=model, wave=c.wave, level="metric", statistic="delta_cfi")
    scalar = invariance.one(model=model, wave=c.wave, level="scalar", statistic="delta_cfi")
    if not metric or not scalar:
        answer = _("The comparison could not be computed in the latest wave; the table says why.")
    else:
        p = invariance.value("est", model=model, wave=c.wave, level="scalar", statistic="p_diff")
        answer = _(
            "Changes in CFI: {metric} for equal loadings, {scalar} for equal intercepts "
            "(a drop beyond −.010 is the customary alarm); chi-square difference of the latter: "
            "p {p}."
        ).format(
            metric=number(metric["est"], 3, bounded=True),
            scalar=number(scalar["est"], 3, bounded=True),
            p=p_value(p),
        )
    return Section(
        f"invariance-{model}",
        _("Do the scales mean the same in every group? Model {model}").format(model=model),
        answer,
        [table(_("Invariance over groups"), columns, lines)],
        meta=meta(c, model, c.tables["fit"].where(model=model), "cfa"),
        how=_(
            "Paths may be compared between groups when loadings are equal, means when intercepts "
            "are equal too. Changes in fit and the chi-square difference are read together and may "
            "disagree (Cheung & Rensvold, 2002; Chen, 2007); fit indices alone miss single items. "
            "The structural models hold loadings equal over groups."
        ),
        links=[(_("invariance"), invariance.link)],
        rule="measurement_wave · surveysem.measurement.wave.measure",
    )
