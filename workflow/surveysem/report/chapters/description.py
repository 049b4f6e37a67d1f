"""Chapter description: who answered what, and whom they stand for."""

from surveysem.report.blocks import Column, Section
from surveysem.report.chapters import (
    answers,
    distributions,
    relations,
    respondents,
    units,
    weighting,
)
from surveysem.report.context import Context
from surveysem.report.privacy import note, shown, table_by_group
from surveysem.report.words import count, number


def description(c: Context) -> list[Section]:
    """Who took part, what they answered and how it hangs together, what is missing, weights."""
    several = len(c.plan["groups"]) > 1
    projects = bool(c.tables["informants"].rows)
    return [
        respondents.response(c),
        distributions.scales(c),
        answers.answers(c),
        distributions.categories(c),
        distributions.normality(c),
        relations.correlations(c),
        *([relations.group_differences(c)] if several else []),
        *([relations.wave_differences(c)] if len(c.plan["waves"]) > 1 else []),
        units.clusters(c),
        units.agreement(c),
        *([units.informants(c)] if projects else []),
        _missing(c),
        respondents.mechanism(c),
        *([respondents.attrition(c)] if c.tables["attrition"].rows else []),
        weighting.weights(c),
    ]


def _missing(c: Context) -> Section:
    _, missing, reasons = c._, c.tables["missing"], c.tables["missing_reasons"]
    whole = shown(c, missing.where(wave=c.wave, group=c.whole))
    asked = sum(int(r["asked"]) for r in whole)
    left = sum(int(r["unanswered"]) for r in whole)
    design = sum(int(r["not_asked"]) for r in whole)
    worst = sorted(whole, key=lambda r: -int(r["unanswered"]))[:8]
    missing_columns = [
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Wording"), lambda r: c.text(c.plan["items"][r["item"]]["text"])),
        Column(_("Asked"), lambda r: r["asked"], True),
        Column(_("Unanswered"), lambda r: r["unanswered"], True),
        Column("%", lambda r: number(100 * float(r["share"] or 0), 1), True),
        Column(_("Left empty"), lambda r: count(r["empty"]), True),
        Column(_("Declared missing"), lambda r: count(r["declared"]), True),
        Column(_("Impossible"), lambda r: r["invalid"], True),
        Column(_("Not asked by design"), lambda r: r["not_asked"], True),
    ]
    declared = table_by_group(
        c,
        _("What was declared missing"),
        [
            Column(_("Item"), lambda r: r["item"]),
            Column(_("Group"), lambda r: c.group_name(r["group"])),
            Column(_("Answer"), lambda r: r["reason"]),
            Column("n", lambda r: r["n"], True),
        ],
        reasons.where(wave=c.wave),
        folded=True,
    )
    return Section(
        "missing",
        _("Which answers are missing?"),
        _(
            "{left} of {asked} answers asked for are missing ({share} %); {design} more were not "
            "asked by design."
        ).format(
            left=count(left),
            asked=count(asked),
            share=number(100 * left / asked if asked else 0, 1),
            design=count(design),
        )
        if whole
        else note(c),
        [
            table_by_group(c, _("Items most often left out"), missing_columns, worst),
            *([declared] if reasons.rows else []),
        ],
        meta=_("{wave} · analysed respondents").format(wave=c.wave_name(c.wave)),
        how=_(
            "An item that a group or a form of the questionnaire does not hold is "
            "absent by design: it is neither nonresponse nor imputed. The models of this "
            "version use respondents who answered every item of the model (complete cases)."
        ),
        links=[(_("missing answers"), missing.link), (_("reasons"), reasons.link)],
        rule="description_wave · surveysem.description.missing.missing_table",
    )
