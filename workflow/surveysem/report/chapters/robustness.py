"""Chapter robustness: would another analysis say the same?"""

from surveysem.report import words
from surveysem.report.blocks import Column, Section, table
from surveysem.report.chapters.exclusions import exclusions
from surveysem.report.chapters.fit import fit_name
from surveysem.report.chapters.method import controlled_paths
from surveysem.report.context import Context
from surveysem.report.privacy import table_by_group
from surveysem.report.tables import unique
from surveysem.report.words import interval, number


def robustness(c: Context) -> list[Section]:
    """The second engine, a method controlled, the careless kept; for synthetic data, the truth."""
    out = [_engines(c), controlled_paths(c), exclusions(c)]
    if c.tables["troubles"].rows:
        out += [_troubles(c), _recovery(c)]
    return out


def _engines(c: Context) -> Section:
    _, engines = c._, c.tables["engines"]
    beyond = [r for r in engines.rows if r["note"] == "beyond tolerance"]
    failed = [r for r in engines.rows if r["statistic"] == "not_computed"]
    gaps = [r for r in engines.rows if r["statistic"] == "estimate" and r["difference"] != ""]
    if gaps:
        top = max(gaps, key=lambda r: float(r["difference"]))
        answer = _("The largest difference of a loading or path is {gap}, over {n} fits.").format(
            gap=number(top["difference"], 4), n=len(gaps)
        )
    else:
        answer = _("The second engine fitted none of the models.")
    if beyond:
        answer += " " + _("{n} figures differ beyond the tolerance.").format(n=len(beyond))
    if failed:
        answer += " " + _("{n} fits could not be compared.").format(n=len(failed))
    names = {"estimate": _("estimate"), "se": _("standard error"), "chisq": "χ²"}
    columns = [
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Model"), lambda r: f"{r['model']}: {fit_name(r['fit'], c)}"),
        Column("n", lambda r: r["n"], True),
        Column(_("Figure"), lambda r: names.get(r["statistic"], "–")),
        Column("surveysem", lambda r: number(r["est"], 4), True),
        Column("semopy", lambda r: number(r["second"], 4), True),
        Column(_("Largest difference"), lambda r: number(r["difference"], 4), True),
        Column(_("Remark"), lambda r: words.reason(r["note"], _, c.name)),
    ]
    return Section(
        "engines",
        _("Does a second engine agree?"),
        answer,
        [
            table_by_group(
                c, _("surveysem and semopy on the same models"), columns, engines.rows, folded=True
            )
        ],
        how=_(
            "semopy has no multi-group models, so each group is fitted alone by both engines with "
            "complete-data maximum likelihood. The pair of figures that differs most is shown."
        ),
        links=[(_("engines"), engines.link)],
        rule="robustness_wave · surveysem.robustness.engines.compare",
    )


def _troubles(c: Context) -> Section:
    _, troubles = c._, c.tables["troubles"]
    planted = [r for r in troubles.rows if r["trouble"] != "clean_excluded"]
    clean = [r for r in troubles.rows if r["trouble"] == "clean_excluded"]
    columns = [
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Trouble"), lambda r: words.rule(r["trouble"], _)),
        Column(_("Rows"), lambda r: r["planted"], True),
        Column(_("Found or excluded"), lambda r: r["found"], True),
        Column("%", lambda r: number(100 * float(r["share"]), 1), True),
    ]
    return Section(
        "troubles",
        _("Were the planted troubles found?"),
        _("{found} of {n} planted troubles found; {wrong} of {clean} clean rows wrongly excluded.").format(
            found=words.count(sum(int(r["found"]) for r in planted)),
            n=words.count(sum(int(r["planted"]) for r in planted)),
            wrong=words.count(sum(int(r["found"]) for r in clean)),
            clean=words.count(sum(int(r["planted"]) for r in clean)),
        ),
        [table(_("Planted troubles and clean rows"), columns, troubles.rows), *_by_rule(c)],
        links=[
            (_("troubles"), troubles.link),
            (_("by rule"), c.tables["troubles_by_rule"].link),
        ],
        rule="robustness_recovery · surveysem.robustness.recovery.troubles",
    )  # fmt: skip


def _by_rule(c: Context):
    """For each wave, which rules fired for which troubles."""
    _, hits = c._, c.tables["troubles_by_rule"]
    for wave in reversed(c.plan["waves"]):
        mine = hits.where(wave=wave)
        sizes = {r["trouble"]: r["planted"] for r in mine}
        columns = [Column(_("Rule"), lambda r: words.rule(r["rule"], _))]
        for trouble, n in sizes.items():
            heading = f"{words.rule(trouble, _)} (n = {n})"
            columns.append(Column(heading, lambda r, t=trouble: r["cells"][t], True))
        rows = [
            {"rule": rule, "cells": {r["trouble"]: r["fired"] for r in mine if r["rule"] == rule}}
            for rule in unique(r["rule"] for r in mine)
        ]
        title = _("Rows that each rule fired for, {wave}").format(wave=c.wave_name(wave))
        yield table(title, columns, rows, folded=wave != c.wave)


def _recovery(c: Context) -> Section:
    _, recovery = c._, c.tables["recovery"]
    rows = [r for r in recovery.where(wave=c.wave) if r["group"] == c.lead_group(r["model"])]
    signed = [r for r in rows if r["same_sign"] != ""]
    columns = [
        Column(_("Model"), lambda r: f"{r['model']}: {fit_name(r['fit'], c)}"),
        Column(_("Cause"), lambda r: c.name(r["rhs"])),
        Column(_("Outcome"), lambda r: c.name(r["lhs"])),
        Column(_("True"), lambda r: number(r["true"]), True),
        Column(_("Estimated"), lambda r: number(r["std"]), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"]), True),
        Column(_("Covers the truth"), lambda r: _("yes") if r["covered"] == "1" else _("no")),
    ]
    return Section(
        "recovery",
        _("Is the truth behind the synthetic data recovered?"),
        _("{signs} of {n} signs are right; {covered} of {all} intervals hold the true value.").format(
            signs=sum(float(r["same_sign"]) == 1 for r in signed),
            n=len(signed),
            covered=sum(r["covered"] == "1" for r in rows),
            all=len(rows),
        ),
        [table(_("True and estimated standardised effects"), columns, rows)],
        meta=_("{wave} · headline groups").format(wave=c.wave_name(c.wave)),
        links=[(_("recovery"), recovery.link)],
        rule="robustness_recovery · surveysem.robustness.recovery.paths",
    )  # fmt: skip
