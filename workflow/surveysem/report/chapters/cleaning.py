"""Chapter cleaning: which answers count."""

from surveysem.report import words
from surveysem.report.blocks import Column, Section, table
from surveysem.report.context import Context
from surveysem.report.privacy import is_small, note
from surveysem.report.tables import unique


def cleaning(c: Context) -> list[Section]:
    """Sample flow, rules that fired."""
    _, flow = c._, c.tables["flow"]
    fates, waves = c.tables["fates"], list(c.plan["waves"])
    received, analysed = len(fates.rows), len(fates.where(fate="analysed"))
    steps = unique(r["step"] for r in flow.rows)
    groups = [g for g in (*c.plan["groups"], "") if flow.where(group=g)]
    blocks = []
    for wave in reversed(waves):
        columns = [Column(_("Step"), lambda r: words.rule(r["step"], _))]
        for group in groups:
            columns.append(
                Column(c.group_name(group), lambda r, g=group: r["cells"].get(g, "–"), True)
            )
        rows, small = [], [g for g in groups if is_small(c, wave, g)]
        for step in steps:
            cells = {}
            for r in flow.where(wave=wave, step=step):
                out = int(r["n_in"]) - int(r["n_out"])
                end = step in ("received", "analysed")
                cells[r["group"]] = r["n_out"] if end else (f"−{out}" if out else "0")
            for group in small:
                cells[group] = "–"
            rows.append({"step": step, "cells": cells})
        blocks.append(
            table(
                _("Sample flow, {wave}").format(wave=c.wave_name(wave)),
                columns,
                rows,
                folded=wave != waves[-1],
                note=" ".join(
                    [
                        _(
                            "Each exclusion subtracts from the line above; the last line is what "
                            "is left."
                        ),
                        *([note(c)] if small else []),
                    ]
                ),
            )
        )
    rules = unique(r["rule"] for r in c.tables["decisions"].rows)
    fired = [
        {"rule": rule, "cells": {w: len(c.tables["decisions"].where(rule=rule, wave=w)) for w in waves}}
        for rule in rules
    ]  # fmt: skip
    blocks.append(
        table(
            _("Rules that fired (respondents)"),
            [
                Column(_("Rule"), lambda r: words.rule(r["rule"], _)),
                *[Column(c.wave_name(w), lambda r, w=w: r["cells"][w], True) for w in waves],
            ],
            fired,
            note=_("One sign alone excludes nobody unless it is about identity or completeness."),
        )
    )
    return [
        Section(
            "flow",
            _("Who is analysed, and why not the others?"),
            _("{analysed} of {received} rows received are analysed ({left} excluded).").format(
                analysed=words.count(analysed),
                received=words.count(received),
                left=words.count(received - analysed),
            ),
            blocks,
            how=_(
                "Warning signs of careless answering come in families: attention checks, "
                "self-report, speed, invariability. A respondent is excluded when {k} or more "
                "families agree (Meade & Craig, 2012; Curran, 2016). Duplicates, unknown groups and "
                "too many missing answers exclude alone. The rules are fixed in config.yaml before "
                "the results are seen; every decision is in the log."
            ).format(k=c.plan["cleaning"]["exclude_when"]),
            links=[
                (_("fate of each row"), fates.link),
                (_("decisions"), c.tables["decisions"].link),
                (_("flow"), flow.link),
            ],
            rule="cleaning_wave · surveysem.cleaning.wave.clean_wave",
        )
    ]
