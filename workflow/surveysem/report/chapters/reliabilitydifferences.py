"""Sections of chapter reliability on differences: between groups, between waves."""

from collections.abc import Sequence

from surveysem.report import words
from surveysem.report.blocks import Column, Section
from surveysem.report.chapters.coefficients import note_word
from surveysem.report.context import Context
from surveysem.report.privacy import few, is_small, note, shown, table_by_group
from surveysem.report.tables import Row, unique
from surveysem.report.words import interval, number, p_value


def between_groups(c: Context) -> list[Section]:
    """Alphas of one group against another in the latest wave; nothing for one group."""
    _, table = c._, c.tables["comparisons"]
    rows = table.where(wave=c.wave, statistic="groups_difference")
    if not rows:
        return []
    both = {"groups": ("group", "other_group")}
    kept = shown(c, rows, **both)
    different = _different(c, kept)
    names = unique(
        f"{c.name(r['scale'])} ({c.group_name(r['group'])}, {c.group_name(r['other_group'])})"
        for r in different
    )
    known = [r for r in kept if r["p_adj"] != ""]
    if different:
        text = _("{n} of {all} pairs of groups differ in alpha: {names}.")
        answer = text.format(n=len(different), all=len(known), names=words.first(names, _))
    else:
        answer = _(
            "No difference in alpha is shown in {all} pairs of groups; that is not to say that the "
            "alphas are equal: the intervals tell how much they may differ."
        ).format(all=len(known))
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("against"), lambda r: c.group_name(r["other_group"])),
        *_columns(c),
    ]
    title = _("Differences in alpha between groups, {wave}").format(wave=c.wave_name(c.wave))
    return [
        Section(
            "reliability-groups",
            _("Are the scales as reliable in one group as in another?"),
            answer,
            [table_by_group(c, title, columns, rows, folded=not different, **both)],
            meta=_("items that both groups were asked · complete answers · p adjusted by Holm"),
            how=_(
                "Hakstian and Whalen's (1976) test of equal alphas; the interval of a difference is "
                "Zou's (2007), from the two intervals of Feldt. Scores of a scale that measures less "
                "reliably in one group correlate less there for that reason alone; latent variables "
                "allow for it."
            ),
            links=[(_("comparisons"), table.link)],
            rule="reliability_wave · surveysem.reliability.compare.between_groups",
        )
    ]


def between_waves(c: Context) -> list[Section]:
    """Alphas of the latest wave against those of the wave before; nothing for one wave."""
    _, table = c._, c.tables["comparisons"]
    rows = table.where(other_wave=c.wave, statistic="waves_difference")
    if not rows:
        return []
    before = rows[0]["wave"]
    kept = [
        r for r in rows if not (is_small(c, before, r["group"]) or is_small(c, c.wave, r["group"]))
    ]
    different, known = _different(c, kept), [r for r in kept if r["p"] != ""]
    names = unique(f"{c.name(r['scale'])} ({c.group_name(r['group'])})" for r in different)
    if different:
        text = _("{n} of {all} alphas have changed since {wave}: {names}.")
    else:
        text = _("No change in alpha is shown since {wave}, in {all} scales by group.")
    answer = text.format(
        n=len(different), all=len(known), wave=c.wave_name(before), names=words.first(names, _)
    )

    def retest(r: Row) -> Row:
        keys = {"wave": before, "group": r["group"], "scale": r["scale"]}
        found = table.one(**keys, statistic="retest_r")
        empty = {"est": "", "ci_lower": "", "ci_upper": "", "n": ""}
        return found if found and not few(c, found["n"]) else empty

    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        *_columns(c),
    ]
    if c.plan["panel"]:
        columns += [
            Column(_("n in both"), lambda r: retest(r)["n"], True),
            Column(_("Retest r"), lambda r: number(retest(r)["est"], 2, bounded=True), True),
            Column(
                _("95 % CI of r"),
                lambda r: interval(retest(r)["ci_lower"], retest(r)["ci_upper"], 2, bounded=True),
                True,
            ),
        ]
    title = _("Changes in alpha, {before} to {wave}").format(
        before=c.wave_name(before), wave=c.wave_name(c.wave)
    )
    more = {"note": note(c)} if len(kept) < len(rows) else {}
    return [
        Section(
            "reliability-waves",
            _("Are the scales as reliable as in the wave before?"),
            answer,
            [table_by_group(c, title, columns, kept, folded=True, **more)],
            meta=_("items that both waves asked with the same answers · complete answers"),
            how=_(
                "In a panel respondents are drawn with their answers in both waves (bootstrap); "
                "otherwise the waves are independent samples. One in twenty differences is "
                "'significant' by chance. A retest correlation mixes reliability with real change: "
                "it is low where respondents changed, however well the scale measures."
            ),
            links=[(_("comparisons"), table.link)],
            rule="reliability_change · surveysem.reliability.compare.between_waves",
        )
    ]


def _different(c: Context, rows: Sequence[Row]) -> list[Row]:
    return [r for r in rows if r["p_adj"] != "" and float(r["p_adj"]) < c.plan["alpha"]]


def _columns(c: Context) -> list[Column]:
    """Items, respondents, difference with interval, p and remark of a comparison."""
    _ = c._
    return [
        Column(_("Items"), lambda r: r["items"], True),
        Column("n", lambda r: f"{r['n']}, {r['other_n']}", True),
        Column(_("Difference in α"), lambda r: number(r["est"], 2, bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 2, bounded=True), True),
        Column("p", lambda r: p_value(r["p_adj"]), True),
        Column(_("Remark"), lambda r: note_word(r["note"], _, lambda who: _name(c, who))),
    ]


def _name(c: Context, who: str) -> str:
    """Label of a wave, or else of a group."""
    return c.wave_name(who) if who in c.plan["waves"] else c.group_name(who)
