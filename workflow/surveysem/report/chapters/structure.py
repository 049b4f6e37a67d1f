"""Chapter structure: what do the data say of each hypothesis?"""

from collections.abc import Sequence

from markupsafe import Markup

from surveysem.report import charts, words
from surveysem.report.blocks import Block, Column, Section, table
from surveysem.report.chapters.fit import fit_block, meta
from surveysem.report.context import Context
from surveysem.report.privacy import table_by_group
from surveysem.report.tables import Row, unique
from surveysem.report.words import interval, number, p_value


def structure(c: Context) -> list[Section]:
    """All verdicts; then each model with its diagram, fit and totals."""
    if not c.plan["hypotheses"] and not c.tables["paths"].rows:
        return [_nothing_yet(c)]
    return [_verdicts(c), *[_model(c, m) for m in c.plan["models"]]]


def _nothing_yet(c: Context) -> Section:
    _ = c._
    answer = _("The study states no hypothesis yet; the chapters below examine its scales.")
    links = [(_("verdicts"), c.tables["hypotheses"].link)]
    return Section("verdicts", _("Which hypotheses hold?"), answer, links=links)


def verdict_cells(c: Context, row: Row) -> str:
    """A verdict's word with its mark."""
    word = words.verdict(row["verdict"], c._)
    return f'<span class="verdict v-{row["verdict"].replace(" ", "-")}">{word}</span>'


def _verdict_columns(c: Context, rows: Sequence[Row]) -> list[Column]:
    """Columns of a verdict table; cautions that all its rows share stand in its note."""
    shared = _common_cautions(rows)
    _ = c._
    return [
        Column("", lambda r: r["hypothesis"]),
        Column(_("Claim"), lambda r: c.claim(r["hypothesis"])),
        Column(_("Expected"), lambda r: c.sign(r["hypothesis"])),
        Column("n", lambda r: r["n"] or "–", True),
        Column("β", lambda r: number(r["std"]), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"]), True),
        Column(
            _("p adjusted"),
            lambda r: p_value(r["p_adj"]).removeprefix("= ") if r["p_adj"] else "–",
            True,
        ),
        Column(_("Verdict"), lambda r: Markup(verdict_cells(c, r))),
        Column(_("Reason, cautions"), lambda r: _why(c, r, shared)),
    ]


def _common_cautions(rows: Sequence[Row]) -> list[str]:
    """Cautions that every row with an estimate has."""
    lists = [r["cautions"].split(";") for r in rows if r["std"]]
    return [code for code in lists[0] if code and all(code in x for x in lists)] if lists else []


def _shared(c: Context, rows: Sequence[Row]) -> str:
    codes = _common_cautions(rows)
    if not codes:
        return ""
    names = words.listed([words.caution(code, c._)[0] for code in codes], c._)
    return c._("Cautions for every estimate: {names} (see Read with care).").format(names=names)


def _why(c: Context, row: Row, shared: Sequence[str]) -> str:
    parts = [words.reason(row["reason"], c._, c.name)] if row["reason"] else []
    codes = [code for code in row["cautions"].split(";") if code and code not in shared]
    if codes:
        parts.append(
            c._("Cautions: {names}.").format(
                names=words.listed([words.caution(code, c._)[0] for code in codes], c._)
            )
        )
    return " ".join(parts)


def _verdicts(c: Context) -> Section:
    _, hypotheses = c._, c.tables["hypotheses"]
    lead, blocks = c.headline(), []
    for model in c.plan["models"]:
        for tier in unique(r["tier"] for r in lead if r["model"] == model):
            rows = [r for r in lead if r["tier"] == tier and r["model"] == model]
            title = f"{words.tier(tier, _)} · {c.groups_in_words(model)}"
            columns = _verdict_columns(c, rows)
            blocks.append(table_by_group(c, title, columns, rows, note=_shared(c, rows)))
        blocks += _details(c, model)
    order = ("supported", "opposite", "negligible", "undecided", "not testable")
    counts = {v: sum(r["verdict"] == v for r in lead) for v in order}
    answer = _("Of {n} hypothesis tests in {wave}: {counts}.").format(
        n=len(lead),
        wave=c.wave_name(c.wave),
        counts=words.listed(
            [
                _("{n} {verdict}").format(n=n, verdict=words.verdict(v, _))
                for v, n in counts.items()
                if n
            ],
            _,
        ),
    )
    return Section(
        "verdicts",
        _("Which hypotheses hold?"),
        answer,
        blocks,
        meta=_(
            "β: standardised estimate, weighted mean over the groups of a model; 95 % intervals "
            "are unadjusted, p is adjusted by Holm within a tier, model, group and wave"
        ),
        how=_(
            "Supported: the adjusted p is below {alpha} and the sign is as expected. Opposite: the "
            "sign is the other way round. Negligible: the 90 % interval lies within the smallest "
            "effect of interest, by an adjusted equivalence test (Lakens, 2017). Undecided: "
            "anything else; not significant does not mean equal to zero. Not testable: the design "
            "or the fit forbids an answer. Indirect paths use Monte Carlo intervals. Associations "
            "are not causes: a survey at one time cannot show them."
        ).format(alpha=number(c.plan["alpha"], 2, bounded=True)),
        links=[(_("verdicts"), hypotheses.link), (_("effects"), c.tables["effects"].link)],
        rule="structure_verdicts · surveysem.structure.verdicts.judge",
    )


_BY_DESIGN = ("not_claimed", "kind_not_available", "design_panel", "design_waves")


def _details(c: Context, model: str) -> list[Block]:
    """Folded tables of what does not head the page: by group and wave, and what has no test.

    What the design rules out in every wave stands in the headline's rows.
    """
    _ = c._
    rows = [r for r in c.tables["hypotheses"].where(model=model)
            if r["headline"] != "1" and r["reason"].partition(":")[0] not in _BY_DESIGN]  # fmt: skip
    tested = [r for r in rows if r["verdict"] != "not testable"]
    untested = [r for r in rows if r["verdict"] == "not testable"]
    wave = Column(_("Wave"), lambda r: c.wave_name(r["wave"]))
    group = Column(_("Group"), lambda r: c.group_name(r["group"]))
    groups, blocks = c.groups_in_words(model), []
    if tested:
        columns = _verdict_columns(c, tested)
        title = _("By group and wave: {groups}").format(groups=groups)
        chosen = [columns[0], wave, group, columns[1], *columns[3:]]
        note = _shared(c, tested)
        blocks.append(table_by_group(c, title, chosen, tested, folded=True, note=note))
    if untested:
        keys = unique((r["wave"], r["group"], r["reason"]) for r in untested)
        lines = [
            {"wave": w, "group": g, "reason": why, "hypotheses": words.listed(
                [r["hypothesis"] for r in untested
                 if (r["wave"], r["group"], r["reason"]) == (w, g, why)], _)}
            for w, g, why in keys
        ]  # fmt: skip
        columns = [
            wave,
            group,
            Column(_("Hypotheses"), lambda r: r["hypotheses"]),
            Column(_("Why there is no test"), lambda r: words.reason(r["reason"], _, c.name)),
        ]
        title = _("Not testable, by group and wave: {groups}").format(groups=groups)
        blocks.append(table_by_group(c, title, columns, lines, folded=True))
    return blocks


def _model(c: Context, model: str) -> Section:
    _, paths = c._, c.tables["paths"]
    group = c.lead_group(model)
    rows = paths.where(model=model, wave=c.wave, group=group, fit="theory")
    fit = c.tables["structure_fit"]
    blocks = []
    if rows:
        blocks.append(Block(html=_diagram(c, model, group, rows), note=_diagram_note(c)))
    blocks.append(fit_block(c, _("Fit of the structural models"), fit.where(model=model)))
    totals = _totals(c, model, group)
    if totals:
        blocks.append(totals)
    if rows:
        answer = _("{n} paths between {k} constructs.").format(
            n=len(rows), k=len(unique(x for r in rows for x in (r["lhs"], r["rhs"])))
        )
    else:
        reasons = unique(
            r["reason"]
            for r in c.tables["hypotheses"].where(model=model, wave=c.wave, kind="path")
            if r["reason"]
        )
        answer = (
            _("The theory's model gave no usable solution.")
            + " "
            + " ".join(words.reason(r, _, c.name) for r in reasons[:2])
        )
    return Section(
        f"model-{model}",
        _("What does the model look like? Model {model}").format(model=model),
        answer,
        blocks,
        meta=meta(c, model, fit.where(model=model), "theory"),
        how=_(
            "Ellipses are constructs, arrows are paths of the theory from causes on the left to "
            "outcomes on the right; an arrow is as wide as the standardised path is large. Items, "
            "disturbances and correlations of causes are left out of the picture; the model's full "
            "text stands in models.txt of the model's folder under results/structure/."
        ),
        links=[
            (_("paths"), paths.link),
            (_("effects"), c.tables["effects"].link),
            (_("model text"), f"../structure/{model}/{c.wave}/models.txt"),
        ],
        rule="structure_wave · surveysem.structure.wave.analyse",
        warn=not rows,
    )


def _diagram(c: Context, model: str, group: str, rows: Sequence[Row]) -> str:
    _ = c._
    verdicts = {}
    plan = c.plan["hypotheses"]
    for r in c.tables["hypotheses"].where(model=model, wave=c.wave, group=group, kind="path"):
        h = plan[r["hypothesis"]]
        verdicts[h["from"][0], h["to"][0]] = r
    codes = [x for x in c.plan["constructs"] if any(x in (r["lhs"], r["rhs"]) for r in rows)]
    codes += [x for r in rows for x in (r["rhs"], r["lhs"]) if x not in codes]
    nodes = [
        {
            "code": code,
            "name": c.name(code),
            "r2": c.tables["rsquared"].value(
                "r2", model=model, wave=c.wave, group=group, fit="theory", construct=code
            ),
        }
        for code in unique(codes)
    ]
    edges = []
    for r in rows:
        row = verdicts.get((r["rhs"], r["lhs"]))
        label = f"{c.name(r['rhs'])} → {c.name(r['lhs'])}: {number(r['std'])}"
        if row:
            ci = interval(row["ci_lower"], row["ci_upper"])
            label = f"{row['hypothesis']} · {label} {ci}, {words.verdict(row['verdict'], _)}"
        edges.append(
            {
                "from": r["rhs"],
                "to": r["lhs"],
                "std": r["std"],
                "verdict": row["verdict"] if row else "not testable",
                "label": label,
            }
        )
    title = _("Path diagram of model {model}").format(model=model)
    return charts.path_diagram(nodes, edges, title, "; ".join(e["label"] for e in edges))


def _diagram_note(c: Context) -> str:
    _ = c._
    return _(
        "Solid: supported or opposite. Dashed: undecided. Dotted: negligible. Numbers are "
        "standardised paths; point at one for its interval."
    )


def _totals(c: Context, model: str, group: str) -> Block | None:
    """Total effects side by side with what the theory's routes imply."""
    _, effects = c._, c.tables["effects"]
    rows = effects.where(model=model, wave=c.wave, group=group, effect="total")
    if not rows:
        return None

    def implied(r, column):
        return effects.value(
            column, model=model, wave=c.wave, group=group, effect="total_by_theory",
            **{"from": r["from"], "to": r["to"]},
        )  # fmt: skip

    columns = [
        Column(_("Cause"), lambda r: c.name(r["from"])),
        Column(_("Outcome"), lambda r: c.name(r["to"])),
        Column(_("Total, causes side by side"), lambda r: number(r["std"]), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"]), True),
        Column(
            _("Total by the theory's routes"),
            lambda r: number(implied(r, "std")) if implied(r, "std") else _("no route"),
            True,
        ),
        Column(
            "95 % CI",
            lambda r: interval(implied(r, "ci_lower"), implied(r, "ci_upper")),
            True,
        ),
    ]
    return table(
        _("Total effects: estimated side by side, and implied by the theory's routes"),
        columns,
        rows,
        note=_(
            "With all routes free the two would be the same model; where they differ, the theory's "
            "routes leave something out. The difference itself is not tested in this version."
        ),
    )
