"""Section on distinctness: are the scales apart from each other?"""

from surveysem.report.blocks import Block, Column, Section
from surveysem.report.chapters import htmtmap
from surveysem.report.context import Context
from surveysem.report.figures import block
from surveysem.report.privacy import shown, table_by_group
from surveysem.report.remarks import overlap, remark
from surveysem.report.tables import Row, unique
from surveysem.report.words import first, interval, number, p_value

LIMIT = 0.85


def distinctness(c: Context, model: str) -> Section:
    """Ratios of correlations, latent correlations and loadings elsewhere of the latest wave."""
    _, validity, cross = c._, c.tables["validity"], c.tables["cross_loadings"]
    rows = shown(c, validity.where(model=model, wave=c.wave))
    pairs = _pairs(rows)
    blocks = [block(c, figure) for figure in htmtmap.of_model(c, model)]
    blocks += [_quality(c, model), _ratios(c, pairs), _latent(c, pairs), _loadings(c, model)]
    return Section(
        f"distinct-{model}",
        _("Are the scales distinct? Model {model}").format(model=model),
        _answer(c, rows, pairs, c.lead_group(model)),
        blocks,
        meta=f"{c.groups_in_words(model)} · {c.wave_name(c.wave)}",
        how=_(
            "HTMT compares correlations between the items of two constructs with those within "
            "them, by arithmetic means (Henseler, Ringle & Sarstedt, 2015), HTMT2 by geometric "
            "ones, which allows for unequal loadings (Roemer, Schuberth & Henseler, 2021); .85 (.90 "
            "for close concepts) is the customary limit. Intervals: 95 % percentile bootstrap. "
            "Overlap is classed by the upper limit of the latent correlation: marginal from .80, "
            "moderate from .90, severe from 1 (Rönkkö & Cho, 2022). Only pairs in such doubt are "
            "tested against models with the correlation held at .85 and .90, by maximum likelihood "
            "of complete answers. Fornell & Larcker's (1981) comparison is given for tradition. CR "
            "of .70 and AVE of .50 are conventions."
        ),
        links=[(_("validity"), validity.link), (_("cross-loadings"), cross.link)],
        rule="measurement_checks · surveysem.measurement.distinctness.distinctness",
    )


def _pairs(rows: list[Row]) -> list[dict]:
    """One entry a group and pair of constructs, with its statistics."""
    of_pairs = [r for r in rows if r["with"]]
    keys = unique((r["group"], r["construct"], r["with"]) for r in of_pairs)
    found: dict = {key: {} for key in keys}
    for r in of_pairs:
        found[r["group"], r["construct"], r["with"]][r["statistic"]] = r
    return [{"group": g, "a": a, "b": b, "mine": mine} for (g, a, b), mine in found.items()]


def _answer(c: Context, rows: list[Row], pairs: list[dict], group: str) -> str:
    _ = c._
    mine = [p for p in pairs if p["group"] == group and "htmt" in p["mine"]]
    mine = [p for p in mine if p["mine"]["htmt"]["est"] != ""]
    if not mine:
        of_group = [r for r in rows if r["group"] == group and r["statistic"] == "htmt"]
        why = [remark(r["note"], _, c.name) for r in of_group]
        return " ".join([_("Not computed in the latest wave."), *why])

    def upper(p):
        r = p["mine"]["htmt"]
        return float(r["ci_upper"] or r["est"])

    def in_words(p):
        r = p["mine"]["htmt"]
        return _("{a} and {b}: HTMT {value} {interval}").format(
            a=c.name(p["a"]),
            b=c.name(p["b"]),
            value=number(r["est"], 2, bounded=True),
            interval=interval(r["ci_lower"], r["ci_upper"], 2, bounded=True),
        )

    close = sorted((p for p in mine if upper(p) >= LIMIT), key=lambda p: -upper(p))
    if close:
        return _("Yes for {n} of {all} pairs. Close together: {pairs}.").format(
            n=len(mine) - len(close),
            all=len(mine),
            pairs=first([in_words(p) for p in close], _),
        )
    top = max(mine, key=lambda p: float(p["mine"]["htmt"]["est"]))
    return _("Yes for all {all} pairs; the closest are {pair}.").format(
        all=len(mine), pair=in_words(top)
    )


def _ends(c: Context) -> list[Column]:
    _ = c._
    return [
        Column(_("Construct"), lambda r: c.name(r["a"])),
        Column(_("and"), lambda r: c.name(r["b"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
    ]


def _cell(statistic: str, digits: int = 2):
    """Estimate of a statistic, with its interval where it has one."""

    def cell(r):
        mine = r["mine"].get(statistic)
        if not mine:
            return "–"
        bounds = interval(mine["ci_lower"], mine["ci_upper"], digits, bounded=True)
        est = number(mine["est"], digits, bounded=True)
        return est if bounds == "–" else f"{est} {bounds}"

    return cell


def _ratios(c: Context, pairs: list[dict]) -> Block:
    _ = c._
    names = {
        "htmt": "HTMT",
        "htmt2": "HTMT2",
        "htmt_polychoric": _("HTMT, polychoric"),
        "htmt2_polychoric": _("HTMT2, polychoric"),
    }
    columns = [*_ends(c), *(Column(text, _cell(key), True) for key, text in names.items())]
    rows = [p for p in pairs if "htmt" in p["mine"]]
    return table_by_group(
        c,
        _("Ratios of correlations, with 95 % bootstrap intervals"),
        columns,
        rows,
        folded=True,
        note=_("Several groups together: correlations within groups."),
    )


def _latent(c: Context, pairs: list[dict]) -> Block:
    _ = c._

    def p_of(statistic):
        return lambda r: (
            p_value(r["mine"][statistic]["est"]).removeprefix("= ")
            if statistic in r["mine"]
            else "–"
        )

    columns = [
        *_ends(c),
        Column(_("Latent r"), _cell("latent_correlation"), True),
        Column(_("Overlap"), lambda r: overlap(r["mine"]["latent_upper"]["note"], _)
               if "latent_upper" in r["mine"] else "–"),
        Column(_("p of |r| ≥ .85"), p_of("p_below_85"), True),
        Column(_("p of |r| ≥ 1"), p_of("p_below_100"), True),
        Column(_("p (χ²) of .85"), p_of("p_chisq_85"), True),
        Column(_("p (χ²) of .90"), p_of("p_chisq_90"), True),
        Column("AVE − r²", _cell("fornell_larcker"), True),
    ]  # fmt: skip
    rows = [p for p in pairs if "latent_correlation" in p["mine"]]
    return table_by_group(
        c,
        _("Correlations between constructs"),
        columns,
        rows,
        folded=True,
        note=_(
            "p values are one-sided: small ones speak for a correlation below the limit. AVE − r²: "
            "the smaller AVE of the two (Fornell and Larcker, for tradition)."
        ),
    )


def _quality(c: Context, model: str) -> Block:
    _, validity = c._, c.tables["validity"]
    rows = validity.where(model=model, wave=c.wave, statistic="cr")
    columns = [
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column("n", lambda r: r["n"] or "–", True),
        Column("CR", lambda r: number(r["est"], 2, bounded=True), True),
        Column(
            "AVE",
            lambda r: number(
                validity.value("est", model=model, wave=c.wave, group=r["group"],
                               construct=r["construct"], statistic="ave"), 2, bounded=True),
            True,
        ),
    ]  # fmt: skip
    return table_by_group(
        c, _("Composite reliability and average variance extracted"), columns, rows
    )


def _loadings(c: Context, model: str) -> Block:
    """Expected loadings on other factors: those that are named, else the largest of each group."""
    _, cross = c._, c.tables["cross_loadings"]
    rows = cross.where(model=model, wave=c.wave, statistic="expected_loading")
    named = [r for r in rows if r["note"]]
    lines = named
    if not named:
        groups = unique(r["group"] for r in rows)
        lines = [
            max((r for r in rows if r["group"] == g), key=lambda r: abs(float(r["est"])))
            for g in groups
        ]
    p = {
        (r["group"], r["item"], r["with"]): r["est"]
        for r in cross.where(model=model, wave=c.wave, statistic="p_adj")
    }
    columns = [
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Wording"), lambda r: c.text(c.plan["items"][r["item"]]["text"])),
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("would load on"), lambda r: c.name(r["with"])),
        Column("λ", lambda r: number(r["est"], 2), True),
        Column(_("adjusted p"), lambda r: p_value(p[r["group"], r["item"], r["with"]])
               .removeprefix("= "), True),
        Column(_("Remark"), lambda r: remark(r["note"], _, c.name)),
    ]  # fmt: skip
    title = (
        _("Items that would load on another factor by .30 or more")
        if named
        else _("Largest expected loading on another factor (none reaches .30)")
    )
    return table_by_group(c, title, columns, lines, folded=True)
