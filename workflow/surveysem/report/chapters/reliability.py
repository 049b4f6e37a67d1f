"""Chapter reliability: do the scales hang together?"""

from surveysem.report import words
from surveysem.report.blocks import Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import shown, table_by_group
from surveysem.report.tables import unique
from surveysem.report.words import interval, number


def reliability(c: Context) -> list[Section]:
    """Alpha of each scale and group; items that fit badly."""
    _, scales, items = c._, c.tables["by_scale"], c.tables["by_item"]
    alphas = scales.where(wave=c.wave, statistic="alpha")
    seen = shown(c, alphas)
    low = [r for r in seen if r["est"] != "" and float(r["est"]) < 0.70]
    weak = [
        r
        for r in shown(c, items.where(wave=c.wave, statistic="item_rest"))
        if r["est"] != "" and float(r["est"]) < 0.30
    ]
    known = [r for r in seen if r["est"] != ""]
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Items"), lambda r: r["items"], True),
        Column("n", lambda r: r["n"], True),
        Column("α", lambda r: number(r["est"], 2, bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 2, bounded=True), True),
        Column(
            _("Mean r"),
            lambda r: number(
                scales.value(
                    "est", wave=r["wave"], group=r["group"], scale=r["scale"], statistic="mean_r"
                ),
                2,
                bounded=True,
            ),
            True,
        ),
        Column(_("Remark"), lambda r: _note(r["note"], _)),
    ]
    item_columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Item"), lambda r: r["item"]),
        Column("n", lambda r: r["n"], True),
        Column(_("Item-rest r"), lambda r: number(r["est"], 2, bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 2, bounded=True), True),
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
        Column(_("Remark"), lambda r: _note(r["note"], _)),
    ]
    answer = _("{good} of {all} alphas reach .70.").format(
        good=len(known) - len(low), all=len(known)
    )
    if low:
        names = unique(f"{c.name(r['scale'])} ({c.group_name(r['group'])})" for r in low)
        more = [_("{n} more").format(n=len(names) - 6)] if len(names) > 6 else []
        answer += " " + _("Below: {names}.").format(names=words.join(names[:6] + more, c._))
    waves = [w for w in c.plan["waves"] if w != c.wave]
    blocks = [
        table_by_group(
            c, _("Cronbach's alpha, {wave}").format(wave=c.wave_name(c.wave)), columns, alphas
        )
    ]
    blocks += [
        table_by_group(
            c,
            _("Cronbach's alpha, {wave}").format(wave=c.wave_name(w)),
            columns,
            scales.where(wave=w, statistic="alpha"),
            folded=True,
        )
        for w in reversed(waves)
    ]
    rest = items.where(wave=c.wave, statistic="item_rest", group=c.whole)
    blocks.append(
        table_by_group(
            c, _("Items, {wave}").format(wave=c.wave_name(c.wave)), item_columns, rest, folded=True
        )
    )
    return [
        Section(
            "alpha",
            _("Does each scale hang together?"),
            answer
            + (
                " " + _("{n} item-rest correlations are below .30.").format(n=len(weak))
                if weak
                else ""
            ),
            blocks,
            meta=_("Cronbach's alpha with Feldt's interval · n with complete answers to the scale"),
            how=_(
                "Alpha of .70 is a convention for research, .80 a better one (Nunnally & Bernstein, "
                "1994); above .95 items repeat each other. An item-rest correlation below .30 marks "
                "a weak item; no item is deleted by the machine. A negative one with its whole "
                "interval below zero means a probable keying mistake and stops the models."
            ),
            links=[(_("scales"), scales.link), (_("items"), items.link)],
            rule="reliability_wave · surveysem.reliability.wave.assess",
        ),
        *_keying(c),
    ]


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
        Column(_("Item-rest r"), lambda r: number(r["est"], 2, bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 2, bounded=True), True),
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
            rule="reliability_wave · surveysem.reliability.wave.assess",
            warn=True,
        )
    ]  # fmt: skip


def _line(c: Context, item: str) -> str:
    """The cell of the instrument that says how an item is keyed, and what it might say."""
    entry = c.plan["items"][item]
    return c._("{file}, row {row}, column reverse: {old} → {new}").format(
        file=c.plan["instrument"],
        row=entry["line"],
        old=int(entry["reverse"]),
        new=int(not entry["reverse"]),
    )


def _note(note: str, _) -> str:
    if note.startswith("two items"):
        return _("Two items: alpha is a lower bound (Eisinga et al., 2013).")
    if note.startswith("one item"):
        return _("One item: internal consistency cannot be computed.")
    if note.startswith("probably keyed"):
        return _("Probably keyed the wrong way round: check column `reverse` of the instrument.")
    if note.startswith("perhaps keyed"):
        return _("Negative: perhaps keyed the wrong way round.")
    if note.startswith("runs against"):
        return _("Runs against its scale: look again once the lowest item is mended.")
    if note.startswith("everyone gave"):
        return _("Everyone gave the same answer to {items}.").format(items=note.split(" to ")[1])
    if note.endswith("too few"):
        return _("{n} complete answers are too few.").format(n=note.split()[0])
    return note
