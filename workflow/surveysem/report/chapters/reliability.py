"""Chapter reliability: do the scales hang together?"""

from surveysem.report.blocks import Block, Column, Section
from surveysem.report.chapters.coefficients import lead_word, method_word, note_word, statistic_word
from surveysem.report.chapters.reliabilitydifferences import between_groups, between_waves
from surveysem.report.context import Context
from surveysem.report.privacy import shown, table_by_group
from surveysem.report.tables import Row
from surveysem.report.words import interval, number

RULE = "reliability_wave · surveysem.reliability.wave.assess"


def reliability(c: Context) -> list[Section]:
    """Omega and alpha of each scale and group; differences; items that fit badly."""
    return [_coefficients(c), *between_groups(c), *between_waves(c), *_keying(c)]


def _coefficients(c: Context) -> Section:
    _, scales, items = c._, c.tables["by_scale"], c.tables["by_item"]
    return Section(
        "coefficients",
        _("Does each scale hang together?"),
        _answer(c),
        [
            _lead_table(c, c.wave),
            *(_lead_table(c, w, folded=True) for w in reversed(list(c.plan["waves"])[:-1])),
            _every_coefficient(c),
            _items(c),
        ],
        meta=_(
            "ω: one-factor model, robust full-information maximum likelihood, everyone who answered "
            "an item · ordinal ω: WLSMV, pairwise · α: complete answers, Feldt's interval"
        ),
        how=_(
            "Omega is the share of the score's variance that the items' common factor makes; alpha "
            "equals it only where all items measure equally well (McNeish, 2018). Of items with four "
            "answers or fewer, or strong skew, the ordinal omega of Green and Yang (2009) is "
            "shown; of two items Spearman and Brown's coefficient. A value of .70 is a convention "
            "for research, .80 a better one (Nunnally & Bernstein, 1994); above .95 items repeat each "
            "other. An item-rest correlation below .30 marks a weak item; no item is deleted by the "
            "machine. A negative one with its whole interval below zero means a probable keying "
            "mistake and stops the models. Respondents of one cluster are alike, which the intervals "
            "do not take into account."
        ),
        links=[(_("scales"), scales.link), (_("items"), items.link)],
        rule=RULE,
    )


def _answer(c: Context) -> str:
    """How many scales reach .70, and which do not."""
    _, by_item = c._, c.tables["by_item"]
    lead = shown(c, c.tables["by_scale"].where(wave=c.wave, lead="1"))
    known = [r for r in lead if r["est"] != ""]
    low = [r for r in known if float(r["est"]) < 0.70]
    sure = [r for r in known if float(r["ci_lower"] or "nan") >= 0.70]
    redundant = [r for r in known if float(r["est"]) > 0.95]
    rest = shown(c, by_item.where(wave=c.wave, statistic="item_rest"))
    weak = [r for r in rest if r["est"] != "" and float(r["est"]) < 0.30]
    parts = [
        _(
            "The reliability of {good} of {all} scales by group reaches .70, that of {sure} with its "
            "whole interval."
        ).format(good=len(known) - len(low), all=len(known), sure=len(sure))
    ]
    if low:
        parts.append(_("Below: {names}.").format(names=c.named(low)))
    if redundant:
        text = _("Above .95, where items repeat each other: {names}.")
        parts.append(text.format(names=c.named(redundant)))
    if len(known) < len(lead):
        text = _("Not computed: {names}; the table says why.")
        parts.append(text.format(names=c.named([r for r in lead if r["est"] == ""])))
    if weak:
        parts.append(_("{n} item-rest correlations are below .30.").format(n=len(weak)))
    return " ".join(parts)


def _who(c: Context) -> list[Column]:
    return [
        Column(c._("Scale"), lambda r: c.name(r["scale"])),
        Column(c._("Group"), lambda r: c.group_name(r["group"])),
    ]


def _estimate(heading: str, digits: int = 2) -> list[Column]:
    """Estimate and interval of a row."""
    return [
        Column(heading, lambda r: number(r["est"], digits, bounded=True), True),
        Column(
            "95 % CI",
            lambda r: interval(r["ci_lower"], r["ci_upper"], digits, bounded=True),
            True,
        ),
    ]


def _lead_table(c: Context, wave: str, *, folded: bool = False) -> Block:
    _, scales = c._, c.tables["by_scale"]

    def other(r: Row, statistic: str) -> Row:
        keys = {"wave": r["wave"], "group": r["group"], "scale": r["scale"]}
        return scales.one(**keys, statistic=statistic) or {
            "est": "",
            "ci_lower": "",
            "ci_upper": "",
        }

    def alpha(r: Row) -> Row:
        return other(r, "alpha")

    columns = [
        *_who(c),
        Column(_("Items"), lambda r: r["items"], True),
        Column("n", lambda r: r["n"], True),
        Column(_("Coefficient"), lambda r: lead_word(r["statistic"], _)),
        *_estimate(_("Reliability")),
        Column("α", lambda r: number(alpha(r)["est"], 2, bounded=True), True),
        Column(
            _("95 % CI of α"),
            lambda r: interval(alpha(r)["ci_lower"], alpha(r)["ci_upper"], 2, bounded=True),
            True,
        ),
        Column(_("Mean r"), lambda r: number(other(r, "mean_r")["est"], 2, bounded=True), True),
        Column(_("Remark"), lambda r: note_word(r["note"], _)),
    ]
    title = _("Reliability of the scales, {wave}").format(wave=c.wave_name(wave))
    note = _("n: respondents used for the coefficient; alpha uses complete answers only.")
    rows = scales.where(wave=wave, lead="1")
    return table_by_group(c, title, columns, rows, folded=folded, note=note)


def _every_coefficient(c: Context) -> Block:
    """All coefficients of the latest wave, of all groups together where they were asked."""
    _, rows = c._, c.tables["by_scale"].where(wave=c.wave)
    whole = {r["scale"] for r in rows if r["group"] == c.whole}
    columns = [
        *_who(c),
        Column(_("Coefficient"), lambda r: statistic_word(r["statistic"], _)),
        Column("n", lambda r: r["n"], True),
        *_estimate(_("Estimate")),
        Column(_("Interval by"), lambda r: method_word(r["ci_method"], _)),
        Column(_("Remark"), lambda r: note_word(r["note"], _)),
    ]
    title = _("All coefficients, {wave}").format(wave=c.wave_name(c.wave))
    kept = [r for r in rows if r["group"] == c.whole or r["scale"] not in whole]
    note = _("Of each scale all groups together that were asked it; the table of scales has each.")
    return table_by_group(c, title, columns, kept, folded=True, note=note)


def _items(c: Context) -> Block:
    _, items = c._, c.tables["by_item"]
    columns = [
        *_who(c),
        Column(_("Item"), lambda r: r["item"]),
        Column("n", lambda r: r["n"], True),
        *_estimate(_("Item-rest r")),
        Column(
            _("α if deleted"),
            lambda r: number(
                items.value(
                    "est",
                    wave=r["wave"],
                    group=r["group"],
                    item=r["item"],
                    statistic="alpha_if_deleted",
                ),
                2,
                bounded=True,
            ),
            True,
        ),
        Column(_("Remark"), lambda r: note_word(r["note"], _)),
    ]
    rows = items.where(wave=c.wave, statistic="item_rest", group=c.whole)
    title = _("Items, {wave}").format(wave=c.wave_name(c.wave))
    return table_by_group(c, title, columns, rows, folded=True)


def _keying(c: Context) -> list[Section]:
    """Items whose answers contradict their keying, with the line of the instrument to change.

    The whole sample decides; a group alone only for scales that no other group was asked.
    """
    _, items = c._, c.tables["by_item"].where(wave=c.wave, statistic="item_rest")
    whole = {r["scale"] for r in items if r["group"] == c.whole}
    wrong = [
        r
        for r in items
        if r["note"].startswith(("probably keyed", "perhaps keyed"))
        and (r["group"] == c.whole or r["scale"] not in whole)
    ]
    if not wrong:
        return []
    columns = [
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column("n", lambda r: r["n"], True),
        *_estimate(_("Item-rest r")),
        Column(_("What to change"), lambda r: _line(c, r["item"])),
        Column(
            _("Consequence"),
            # an interval there is none where a correlation is exactly -1 (ranks, say)
            lambda r: _("stops the models") if float(r["ci_upper"] or "nan") < 0 else _("caution"),
        ),
    ]
    return [
        Section(
            "keying",
            _("Are items keyed the right way round?"),
            _("{n} items run against their scale: probably a mistake in column `reverse`.").format(
                n=len(wrong)
            ),
            [
                table_by_group(
                    c,
                    _("Probable keying mistakes, {wave}").format(wave=c.wave_name(c.wave)),
                    columns,
                    wrong,
                )
            ],
            how=_(
                "No item is turned by the machine. Read the item: if a high answer means little of "
                "the construct, change the line named. Models on the scale stop only where the "
                "whole interval lies below zero (Weijters & Baumgartner, 2012)."
            ),
            links=[(_("items"), c.tables["by_item"].link)],
            rule=RULE,
            warn=True,
        )
    ]


def _line(c: Context, item: str) -> str:
    """The cell of the instrument that says how an item is keyed, and what it might say."""
    entry = c.plan["items"][item]
    return c._("{file}, row {row}, column reverse: {old} → {new}").format(
        file=c.plan["instrument"],
        row=entry["line"],
        old=int(entry["reverse"]),
        new=int(not entry["reverse"]),
    )
