"""Sections on the respondents: who took part, what they left out, who left."""

from surveysem.report import words
from surveysem.report.blocks import Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import note, shown, table_by_group
from surveysem.report.tables import Row
from surveysem.report.words import count, interval, number, p_value, percent


def response(c: Context) -> Section:
    """AAPOR's rates where they can be given, and why not where they cannot."""
    _, rates, counts = c._, c.tables["response"], c.tables["dispositions"]
    given = [r for r in shown(c, rates.rows) if r["est"] != ""]
    lacking = [r for r in shown(c, rates.where(wave=c.wave, group="all")) if r["est"] == ""]
    if given:
        first = next((r for r in reversed(given) if r["group"] == "all"), given[-1])
        answer = _("{rate} is {share} % in {wave} ({group}).").format(
            rate=first["rate"], share=percent(first["est"]), wave=c.wave_name(first["wave"]),
            group=c.group_name(first["group"]),
        )  # fmt: skip
    else:
        answer = _(
            "No response rate can be given: config.yaml does not say how many were invited "
            "(`sample.invited`)."
        )
    names = {
        "complete": _("Complete (I)"), "partial": _("Partial (P)"), "breakoff": _("Break-off"),
        "refusal": _("Refusal (R)"), "noncontact": _("Noncontact (NC)"), "other": _("Other (O)"),
        "unknown": _("Unknown eligibility (UH + UO)"), "invited": _("Invited"),
    }  # fmt: skip
    place = [
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
    ]
    rate = [
        Column(_("Rate"), lambda r: r["rate"]),
        Column("%", lambda r: percent(r["est"]), True),
        Column("n", lambda r: f"{count(r['numerator'])} / {count(r['denominator'])}", True),
    ]
    case = [
        Column(_("Outcome"), lambda r: names[r["disposition"]]),
        Column("n", lambda r: count(r["n"]), True),
        Column(_("Source"), lambda r: "config.yaml" if r["source"] == "config" else _("data")),
    ]
    why = [
        Column(_("Rate"), lambda r: words.listed(r["rates"], _)),
        Column(_("Why it cannot be given"), lambda r: _reason(r["note"], _)),
    ]
    lines = [
        {"note": note, "rates": [r["rate"] for r in lacking if r["note"] == note]}
        for note in dict.fromkeys(r["note"] for r in lacking)
    ]
    blocks = [
        table_by_group(c, _("Response and cooperation rates"), [*place, *rate], given),
        table_by_group(c, _("Rates that cannot be given"), why, lines),
        table_by_group(c, _("Outcomes"), [*place, *case], counts.rows, folded=True),
    ]
    how = _(
        "Rates and their names are those of the American Association for Public Opinion Research "
        "(Standard Definitions, 10th edition, 2023). Complete: answers to at least {complete} % of "
        "the items asked; partial: at least {partial} %; fewer is a break-off. RR1 and RR2 count "
        "everyone invited; RR3 and RR4 need an estimate (e) of how many of unknown eligibility are "
        "eligible; RR5 and RR6 hold only where nobody's eligibility is unknown, or e is zero. "
        "COOP1 to COOP4 are shares of those contacted. Odd numbers count complete respondents, "
        "even ones partial ones too. A high rate does not show that those who are missing would "
        "have answered alike."
    ).format(**{k: number(100 * v, 0) for k, v in c.plan["sample"].items()})
    if c.plan["e"]:
        used = words.listed([number(e, 2, bounded=True) for e in c.plan["e"]], _)
        how += " " + _("Estimates used: e = {values}.").format(values=used)
    return Section(
        "response", _("How many of those invited took part?"), answer,
        [b for b in blocks if b.rows], how=how,
        links=[(_("rates"), rates.link), (_("outcomes"), counts.link)],
        rule="description_wave · surveysem.description.response.rates",
    )  # fmt: skip


def _reason(note: str, _) -> str:
    return {
        "needs_counts": _("The number of respondents is not known for every group."),
        "needs_invited": _("The number invited is not known (`sample.invited`)."),
        "needs_dispositions": _("Outcomes of the others are not known (`sample.dispositions`)."),
        "needs_e": _("The share e of eligible ones among the unknown is not given."),
        "unknown_eligibility": _("The eligibility of some is unknown."),
        "nobody": _("There is nobody to divide by."),
        "more_than_invited": _("More respondents than the number to divide by: check the numbers."),
    }[note]


def mechanism(c: Context) -> Section:
    """Patterns of missing answers, and Little's test."""
    _, tests, patterns = c._, c.tables["mcar"], c.tables["missing_patterns"]
    rows = [r for r in tests.where(wave=c.wave) if r["p"] != ""]
    joint = [r for r in shown(c, rows) if r["scale"] == "all"]
    alarms = [c.group_name(r["group"]) for r in joint if float(r["p"]) < 0.05]
    if not joint:
        answer = _("Little's test could not be computed: too few answers are missing.")
    elif alarms:
        answer = _("Not completely at random (Little's test of all items): {groups}.").format(
            groups=words.join(alarms, _)
        )
    else:
        answer = _("Little's test finds no sign against 'missing completely at random'.")
    kinds = {"complete": _("none missing"), "breakoff": _("stopped"), "scattered": _("scattered")}
    place = Column(_("Group"), lambda r: c.group_name(r["group"]))
    columns = [
        place,
        Column(_("Scale"), lambda r: _("All items") if r["scale"] == "all" else c.name(r["scale"])),
        Column(_("Items"), lambda r: r["items"], True),
        Column("n", lambda r: r["n"], True),
        Column(_("Patterns"), lambda r: r["patterns"], True),
        Column("d²", lambda r: number(r["statistic"], 1), True),
        Column("df", lambda r: count(r["df"]), True),
        Column("p", lambda r: p_value(r["p"]).removeprefix("= "), True),
    ]
    pattern_columns = [
        place,
        Column(_("Kind"), lambda r: kinds[r["kind"]]),
        Column("n", lambda r: r["n"], True),
        Column("%", lambda r: percent(r["share"]), True),
        Column(_("Items left out"), lambda r: r["items"].replace(";", " ") or "–"),
    ]
    # a pattern of few respondents is that of persons, however large their group is
    often = [r for r in patterns.where(wave=c.wave) if int(r["n"]) >= c.plan["minimum_cell"]]
    return Section(
        "mcar", _("Are answers missing by chance?"), answer,
        [
            table_by_group(c, _("Little's test, all items"), columns, joint),
            table_by_group(c, _("Little's test, by scale"), columns,
                           [r for r in rows if r["scale"] != "all"], folded=True),
            table_by_group(
                c, _("Most frequent patterns of missing answers"), pattern_columns, often,
                folded=True,
                note=_("Patterns of fewer than {n} respondents are in the CSV only.").format(
                    n=c.plan["minimum_cell"]),
            ),
        ],
        meta=_("{wave} · items that every respondent of a row was asked").format(
            wave=c.wave_name(c.wave)),
        how=_(
            "Little's test (1988) compares the means of respondents who left out the same items, "
            "with maximum-likelihood covariances. A small p speaks against 'completely at random' "
            "and so against using complete cases only. A large p does not show it, least of all "
            "with many patterns of few respondents (Enders, 2022). The tests by scale are many: "
            "one in twenty is below .05 by chance."
        ),
        links=[(_("Little's test"), tests.link), (_("patterns"), patterns.link)],
        rule="description_wave · surveysem.description.mcar.little",
    )  # fmt: skip


def attrition(c: Context) -> Section:
    """Who of a wave is not in the next, and whether that goes with answers."""
    _, counts, predictors = c._, c.tables["attrition"], c.tables["attrition_predictors"]
    last = counts.where(wave=counts.rows[-1]["wave"], group=c.whole)
    answer = _left_in_words(c, last[0]) if shown(c, last) else note(c)
    notes = {
        "few_lost": _("Too few lost or kept for a regression on all scales."),
        "separation": _("The regression has no finite estimates."),
        "no_predictors": _("No scale that all were asked."),
        "": "",
    }
    place = [
        Column(_("Waves"), lambda r: f"{c.wave_name(r['wave'])} → {c.wave_name(r['next'])}"),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
    ]
    columns = [
        *place,
        Column("n", lambda r: r["n"], True),
        Column(_("Analysed in the next"), lambda r: r["analysed"], True),
        Column(_("Excluded there"), lambda r: r["excluded"], True),
        Column(_("Lost"), lambda r: r["lost"], True),
        Column("%", lambda r: percent(r["share"]), True),
        Column("95 % CI", lambda r: _bounds(r), True),
        Column("χ² (df)", lambda r: f"{number(r['lr'], 1)} ({count(r['df'])})" if r["lr"] else "–",
               True),
        Column("p", lambda r: p_value(r["p"]).removeprefix("= "), True),
        Column(_("Remark"), lambda r: notes[r["note"]]),
    ]  # fmt: skip

    def predictor(r: Row) -> str:
        kind, _sep, name = r["predictor"].partition(":")
        return c.group_name(name) if kind == "group" else c.name(r["predictor"])

    each = [
        *place,
        Column(_("Predictor"), predictor),
        Column("n", lambda r: r["n"], True),
        Column(_("Estimate"), lambda r: number(r["est"]), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"]), True),
        Column("p", lambda r: p_value(r["p"]).removeprefix("= "), True),
    ]
    return Section(
        "attrition", _("Who left the panel?"), answer,
        [
            table_by_group(c, _("Panel attrition"), columns, counts.rows),
            table_by_group(c, _("Lost against kept: standardised mean differences"), each,
                           predictors.where(statistic="smd"), folded=True),
            table_by_group(c, _("Odds ratios of being lost, predictors side by side"), each,
                           predictors.where(statistic="odds_ratio"), folded=True),
        ],
        how=_(
            "Someone whose answers were excluded in the next wave did take part in it. A "
            "standardised difference beyond .10 deserves a look (Austin, 2009). The test asks "
            "whether all scale scores together predict dropout (likelihood ratio of a logistic "
            "regression, groups held constant); odds ratios are for one standard deviation, and "
            "for a group against the first one. Dropout that depends on answers never given leaves "
            "no trace (Enders, 2022)."
        ),
        links=[(_("attrition"), counts.link), (_("predictors"), predictors.link)],
        rule="description_attrition · surveysem.description.attrition.attrition_tables",
    )  # fmt: skip


def _left_in_words(c: Context, whole: Row) -> str:
    """How many left between the last two waves, and whether that goes with answers."""
    _ = c._
    answer = _("{lost} of {n} respondents of {wave} ({share} %) did not take part in {next}.").format(
        lost=count(whole["lost"]), n=count(whole["n"]), share=percent(whole["share"]),
        wave=c.wave_name(whole["wave"]), next=c.wave_name(whole["next"]),
    )  # fmt: skip
    if whole["p"] != "":
        related = float(whole["p"]) < 0.05
        answer += " " + (
            _("Dropout goes with their answers (p {p}).")
            if related
            else _("No sign that dropout goes with their answers (p {p}).")
        ).format(p=p_value(whole["p"]))
    return answer


def _bounds(r: Row) -> str:
    return f"[{percent(r['ci_lower'])}, {percent(r['ci_upper'])}]" if r["ci_lower"] else "–"
