"""Chapter cleaning: which answers count."""

from surveysem.report import words
from surveysem.report.blocks import Block, Column, Section, table
from surveysem.report.chapters import sampleflow
from surveysem.report.context import Context
from surveysem.report.figures import block
from surveysem.report.flow import counts
from surveysem.report.privacy import is_small, note
from surveysem.report.tables import unique


def cleaning(c: Context) -> list[Section]:
    """Sample flow, rules that fired."""
    return [_flow(c), _rules(c)]


def _pictures(c: Context, wave: str) -> list[Block]:
    return [block(c, figure) for figure in sampleflow.of_wave(c, wave)]


def _steps(c: Context, wave: str) -> Block:
    """Each step of a wave with what it excluded, a column a group."""
    _, flow = c._, c.tables["flow"]
    groups = [g for g in (*c.plan["groups"], "") if flow.where(group=g)]
    small = [g for g in groups if is_small(c, wave, g)]
    columns = [Column(_("Step"), lambda r: words.rule(r["step"], _))]
    for group in groups:
        columns.append(Column(c.group_name(group), lambda r, g=group: r["cells"].get(g, "–"), True))
    rows = []
    for step in unique(r["step"] for r in flow.rows):
        cells = {}
        for r in flow.where(wave=wave, step=step):
            out = int(r["n_in"]) - int(r["n_out"])
            end = step in ("received", "analysed")
            cells[r["group"]] = r["n_out"] if end else (f"−{out}" if out else "0")
        rows.append({"step": step, "cells": {g: n for g, n in cells.items() if g not in small}})
    told = _("Each exclusion subtracts from the line above; the last line is what is left.")
    return table(
        _("Step by step, {wave}").format(wave=c.wave_name(wave)),
        columns,
        rows,
        folded=True,
        note=f"{told} {note(c)}" if small else told,
    )


def _rules(c: Context) -> Section:
    """What each rule is set to, where that comes from, and what it found."""
    _, rules = c._, c.tables["cleaning_rules"]
    groups = [g for g in (*c.plan["groups"], "") if rules.where(group=g)]
    blocks = []
    for wave in reversed(c.plan["waves"]):
        small = [g for g in groups if is_small(c, wave, g)]
        rows = [
            {**mine[0], "by_group": {r["group"]: r for r in mine if r["group"] not in small}}
            for name in unique(r["rule"] for r in rules.where(wave=wave))
            if (mine := rules.where(wave=wave, rule=name))
        ]
        columns = [
            Column(_("Rule"), lambda r: words.rule(r["rule"], _)),
            Column(_("Family"), lambda r: words.family(r["family"], _)),
            Column(_("Setting"), lambda r: _setting(c, r)),
            Column(_("Source"), lambda r: _source(c, r)),
            *[
                Column(c.group_name(g), lambda r, g=g: _fired(r["by_group"].get(g)), True)
                for g in groups
            ],
            Column(_("Remark"), lambda r: _silences(c, r["by_group"])),
        ]
        title = _("What each rule found (respondents), {wave}").format(wave=c.wave_name(wave))
        told = note(c) if small else ""
        blocks.append(table(title, columns, rows, folded=wave != c.wave, note=told))
    return Section(
        "cleaning-rules",
        _("Which rules looked, and what did they find?"),
        _("{n} rules are on.").format(n=len(unique(r["rule"] for r in rules.rows))),
        blocks,
        meta=_("A respondent may stand in several lines · a dash: the rule could not look"),
        how=_(
            "The sources define the indices; a threshold that none of them states is called a "
            "convention. One answer again and again contradicts itself wherever an item is "
            "reversed: invariability and inconsistency of one respondent count as one family."
        ),
        links=[(_("rules"), rules.link)],
        rule="cleaning_wave · surveysem.cleaning.rules.apply_all",
    )


def _setting(c: Context, row) -> str:
    """A rule's setting, and its default where it is another one."""
    default = c.plan["cleaning_defaults"].get(row["key"])
    if row["setting"] == "on":
        return c._("on")
    if default in (None, {}, []) or str(default) == row["setting"]:
        return row["setting"]
    return c._("{setting} (default {default})").format(setting=row["setting"], default=default)


def _source(c: Context, row) -> str:
    """Where a rule's index comes from, and its threshold if that is from elsewhere."""
    source, threshold = row["source"], row["threshold_source"]
    if threshold in ("", source):
        return source or "–"
    if threshold == "convention":
        return c._("{source}; threshold: a convention").format(source=source)
    return c._("{source}; threshold: {threshold}").format(source=source, threshold=threshold)


def _fired(row) -> str:
    return "–" if row is None or row["note"] else row["fired"]


def _silences(c: Context, by_group) -> str:
    said = [
        f"{c.group_name(group)}: {words.silence(row['note'], c._)}"
        for group, row in by_group.items()
        if row["note"]
    ]
    return "; ".join(said)


def _flow(c: Context) -> Section:
    """Who is analysed: a picture and a table a wave, the latest first."""
    _, flow, fates, rows = c._, c.tables["flow"], c.tables["fates"], counts(c)
    waves = list(reversed(c.plan["waves"]))
    return Section(
        "flow",
        _("Who is analysed, and why not the others?"),
        _("{analysed} of {received} rows received are analysed ({left} excluded).").format(
            analysed=words.count(rows.analysed),
            received=words.count(rows.received),
            left=words.count(rows.received - rows.analysed),
        )
        + ("" if rows.whole else " " + note(c)),
        [b for wave in waves for b in (*_pictures(c, wave), _steps(c, wave))],
        how=_(
            "Warning signs of careless answering come in families: attention checks, "
            "self-report, speed, invariability, inconsistency, outliers. A respondent is "
            "excluded when {k} or more families agree: no single sign is enough (Meade & Craig, "
            "2012; Curran, 2016), and how many have to agree is a convention. "
            "Consent, eligibility, duplicates, unknown groups and too many missing answers "
            "exclude alone. The rules are fixed in config.yaml before "
            "the results are seen; every decision is in the log."
        ).format(k=c.plan["cleaning"]["exclude_when"]),
        links=[
            (_("fate of each row"), fates.link),
            (_("decisions"), c.tables["decisions"].link),
            (_("flow"), flow.link),
        ],
        rule="cleaning_wave · surveysem.cleaning.wave.clean_wave",
    )
