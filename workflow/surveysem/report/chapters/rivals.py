"""Section on facets: are they factors of their own, or parts of one thing?"""

from collections.abc import Sequence

from surveysem.report import words
from surveysem.report.blocks import Block, Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import shown, table_by_group
from surveysem.report.remarks import remark
from surveysem.report.tables import Row, unique
from surveysem.report.words import interval, number, p_value


def rivals(c: Context) -> list[Section]:
    """One section where the constructs file declares facets, none elsewhere."""
    _, found = c._, c.tables["rivals"]
    if not found.rows:
        return []
    blocks = []
    for wave in reversed(list(c.plan["waves"])):
        folded = wave != c.wave
        blocks += [_fits(c, wave, folded=folded), _tests(c, wave, folded=folded)]
    blocks.insert(2, _correlations(c))
    return [
        Section(
            "facets",
            _("Are a scale's facets factors of their own?"),
            _answer(c),
            [b for b in blocks if b.rows],
            how=_(
                "First, what the numbers of facets and items allow: a facet of one item is no "
                "factor; behind two facets no second-order factor is identified; behind three it is "
                "the model of correlated facets in another form, so that no data can choose between "
                "the two (Rindskopf & Rose, 1988); of four or more it is a restriction that can be "
                "tested. A bifactor model (a general factor beside the facets, all uncorrelated) "
                "needs three items a facet and three facets, or four items in one of two (Fang et "
                "al., 2021; Green & Yang, 2018); second order is a special case of it (Yung, Thissen "
                "& McLeod, 1999). A small p says that the freer model fits better, which in large "
                "samples it does even where facets correlate by .95: above .85 or .90 they hardly "
                "differ (conventions; Brown, 2015). Among models that are not nested the lower AIC "
                "or BIC fits better; a bifactor model tends to fit better whatever the truth "
                "(Bonifay, Lane & Reise, 2017). A correlation beyond one is a sign of one factor."
            ),
            links=[(_("rivals"), found.link)],
            rule="measurement_scales · surveysem.measurement.rivals.rivals",
        )
    ]


def _answer(c: Context) -> str:
    """Of which scales correlated facets fit better than one factor in the latest wave."""
    _ = c._
    mine = c.tables["rivals"].where(wave=c.wave)
    tests = shown(c, [r for r in mine if r["statistic"] == "p_diff" and r["rival"] == "one_factor"
                      and r["with"] == "correlated" and r["est"] != ""])  # fmt: skip
    alpha = c.plan["alpha"]
    sentences = {
        True: _("Correlated facets fit better than one factor: {names}."),
        False: _("Correlated facets do not fit better than one factor: {names}."),
    }
    parts = []
    for better, sentence in sentences.items():
        rows = [r for r in tests if (float(r["est"]) < alpha) == better]
        if rows:
            parts.append(sentence.format(names=c.named(rows, "construct")))
    told = {(r["construct"], r["group"]) for r in tests}
    rest = [r for r in shown(c, mine) if (r["construct"], r["group"]) not in told]
    if rest:
        text = _("Not compared: {names}; the table says why.")
        parts.append(text.format(names=c.named(rest, "construct")))
    same = unique(r["construct"] for r in mine if r["statistic"] == "equivalent_to")
    if same:
        text = _(
            "With three facets a factor behind them is the same model as correlated facets: {names}."
        )
        parts.append(text.format(names=words.first([c.name(x) for x in same], _)))
    return " ".join(parts) or _("No group is large enough to be shown.")


def _who(c: Context) -> list[Column]:
    return [
        Column(c._("Construct"), lambda r: c.name(r["construct"])),
        Column(c._("Group"), lambda r: c.group_name(r["group"])),
    ]


def rival_word(code: str, c: Context) -> str:
    """A rival's name."""
    _ = c._
    return {
        "one_factor": _("one factor"),
        "correlated": _("correlated facets"),
        "second_order": _("factor behind the facets"),
        "bifactor": _("bifactor"),
        "": _("all of them"),
    }.get(code, code)


def _fits(c: Context, wave: str, *, folded: bool) -> Block:
    """What is identified and how it fits, one line a rival."""
    _, lines = c._, []
    rows = c.tables["rivals"].where(wave=wave)
    for construct, group, rival in unique((r["construct"], r["group"], r["rival"]) for r in rows):
        own = [r for r in rows if (r["construct"], r["group"], r["rival"])
               == (construct, group, rival)]  # fmt: skip
        by = {r["statistic"]: r for r in own if not r["with"]}
        if rival or "not_computed" in by or "left_out" in by:
            lines.append({"wave": wave, "construct": construct, "group": group, "rival": rival,
                          "by": by, "notes": _notes(c, own)})  # fmt: skip

    def best(r, statistic):
        forms = (f"{statistic}_robust", f"{statistic}_scaled", statistic)
        return next((r["by"][f]["est"] for f in forms if r["by"].get(f, {}).get("est")), "")

    def value(statistic, digits, bounded=False):
        return lambda r: number(best(r, statistic), digits, bounded=bounded)

    def rmsea(r):
        ends = best(r, "rmsea_ci_lower"), best(r, "rmsea_ci_upper")
        estimate = number(best(r, "rmsea"), 3, bounded=True)
        return f"{estimate} {interval(*ends, 3, bounded=True)}" if ends[0] else estimate

    columns = [
        *_who(c),
        Column(_("Model"), lambda r: rival_word(r["rival"], c)),
        Column("n", value("ntotal", 0), True),
        Column("χ²", value("chisq", 1), True),
        Column("df", value("df", 0), True),
        Column("p", lambda r: p_value(best(r, "pvalue")).removeprefix("= "), True),
        Column("CFI", value("cfi", 3, True), True),
        Column("TLI", value("tli", 3, True), True),
        Column("RMSEA [90 %]", rmsea, True),
        Column("SRMR", value("srmr", 3, True), True),
        Column("AIC", value("aic", 1), True),
        Column("BIC", value("bic", 1), True),
        Column(_("Remark"), lambda r: r["notes"]),
    ]
    title = _("Models of facets, {wave}").format(wave=c.wave_name(wave))
    note = _(
        "All models of a scale and group are of the same items and respondents; groups together "
        "have parameters of their own. Chi-square is the scaled one where the estimator has it."
    )
    return table_by_group(c, title, columns, lines, folded=folded, note=note)


def _notes(c: Context, rows: Sequence[Row]) -> str:
    """Remarks of a rival: identified or not, its twin, what is wrong with it."""
    told = ("identified", "equivalent_to", "inadmissible", "not_computed", "npar")
    notes = [r for r in rows if r["note"] and r["statistic"] in told]
    if any(r["statistic"] == "equivalent_to" for r in rows):  # its twin's row has said it
        notes = [r for r in notes if not r["note"].startswith("inadmissible: ")]
    out = [_twin(c, r["note"]) if r["statistic"] == "equivalent_to" else said(c, r["note"])
           for r in notes]  # fmt: skip
    apart = [r["note"].removeprefix("no_facet: ") for r in rows if r["note"].startswith("no_facet")]
    constant = [said(c, r["note"]) for r in rows if r["note"].startswith("constant")]
    if apart:
        text = c._("Left out, since no facet with another item holds them: {names}.")
        out.append(text.format(names=words.listed(apart, c._)))
    return " ".join([*out, *constant])


def _twin(c: Context, rival: str) -> str:
    text = c._("The same model as {rival}, with the same fit.")
    return text.format(rival=rival_word(rival, c))


def said(c: Context, note: str) -> str:
    """A note as a sentence."""
    _ = c._
    code, _sep, detail = note.partition(": ")
    if code == "no_fit":
        detail = words.listed([rival_word(r, c) for r in detail.split(", ")], _)
    sentence = {
        "few_facets": _("Fewer than two facets have two items: no model of facets."),
        "two_facets": _("Not identified: one correlation cannot give two loadings."),
        "small_facets": _("Not identified: fewer than three items in {detail}."),
        "two_threes": _(
            "Not identified: of two facets one needs four items, so that the general loadings have "
            "a size."
        ),
        "singular_information": _(
            "Not identified in these answers: the information matrix is singular."
        ),
        "no_common_factor": _("No factor behind these facets has such correlations: {detail}."),
        "negative_variance": _("A factor behind the facets leaves a negative variance: {detail}."),
        "few_cases": _("Fewer than five respondents for each free parameter."),
        "no_regular_test": _(
            "No chi-square test: the freer model is not identified where the other one holds. "
            "Compare AIC and BIC."
        ),
        "not_nested": _("Not nested: compare AIC and BIC."),
        "no_second_order": _(
            "Not nested, since no factor behind the facets has these correlations: compare AIC and "
            "BIC."
        ),
        "no_fit": _("No fit to compare: {detail}."),
        "improper": _("Estimates beyond their bounds, with which the test is right."),
    }.get(code)
    return sentence.format(detail=detail) if sentence else remark(note, _, c.name)


def _tests(c: Context, wave: str, *, folded: bool) -> Block:
    """Difference tests of nested rivals, and pairs that cannot be tested."""
    _ = c._
    rows = [r for r in c.tables["rivals"].where(wave=wave)
            if r["statistic"] in ("chisq_diff", "not_tested")]  # fmt: skip

    def other(r: Row, statistic: str) -> str:
        keys = ("wave", "group", "construct", "rival", "with")
        same = {key: r[key] for key in keys}
        return c.tables["rivals"].value("est", **same, statistic=statistic)

    columns = [
        *_who(c),
        Column(_("Restricted model"), lambda r: rival_word(r["rival"], c)),
        Column(_("Freer model"), lambda r: rival_word(r["with"], c)),
        Column("Δχ²", lambda r: number(r["est"], 1), True),
        Column("Δdf", lambda r: number(other(r, "df_diff"), 0), True),
        Column("p", lambda r: p_value(other(r, "p_diff")).removeprefix("= "), True),
        Column(_("Remark"), lambda r: said(c, r["note"]) if r["note"] else ""),
    ]
    title = _("Nested models of facets compared, {wave}").format(wave=c.wave_name(wave))
    return table_by_group(c, title, columns, rows, folded=folded)


def _correlations(c: Context) -> Block:
    """Correlations of the facets in the latest wave."""
    _ = c._
    rows = c.tables["rivals"].where(wave=c.wave, statistic="correlation")
    columns = [
        *_who(c),
        Column(_("Facets"), lambda r: words.listed(r["with"].split(";"), _)),
        Column("r", lambda r: number(r["est"], 2, bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 2, bounded=True), True),
    ]
    title = _("Correlations of the facets, {wave}").format(wave=c.wave_name(c.wave))
    return table_by_group(c, title, columns, rows)
