"""Sections of chapter measurement on invariance: do scales mean the same to everyone, always?"""

from collections.abc import Sequence

from surveysem.report import words
from surveysem.report.blocks import Block, Column, Section, table
from surveysem.report.chapters import invarianceladder
from surveysem.report.chapters.fit import meta
from surveysem.report.chapters.invarianceladder import level_name
from surveysem.report.context import Context
from surveysem.report.figures import block
from surveysem.report.privacy import is_small
from surveysem.report.tables import Row, unique
from surveysem.report.words import number, p_value


def of_model(c: Context, model: str) -> Section:
    """The factor model of one structural model over its groups."""
    _, invariance = c._, c.tables["invariance"]
    items = c.tables["noninvariance"].where(model=model)
    latest = c.tables["comparable"].where(model=model, wave=c.wave)
    rows = invariance.where(model=model)
    blocks = [
        *(block(c, figure) for figure in invarianceladder.of_model(c, model)),
        _levels(c, _("Invariance over groups"), rows, ("wave",)),
        _items(c, items, ("wave",)),
        _means(c, c.tables["latent_means"].where(model=model, wave=c.wave)),
    ]
    return Section(
        f"invariance-{model}",
        _("Do the scales mean the same in every group? Model {model}").format(model=model),
        " ".join([_answer(c, latest), _disagreement(c, rows)]).strip(),
        [b for b in blocks if b.rows or b.html],
        meta=meta(c, model, c.tables["fit"].where(model=model), "cfa"),
        how=_how(c),
        links=[
            (_("invariance"), invariance.link),
            (_("items"), c.tables["noninvariance"].link),
            (_("what may be compared"), c.tables["comparable"].link),
        ],
        rule="measurement_wave · surveysem.measurement.invariance.assess",
        warn=any(r["paths"] == "no" for r in latest),
    )


def of_scales(c: Context) -> Section:
    """Each scale by itself, over groups, languages and waves."""
    _ = c._
    seen = [r for r in c.tables["scale_comparable"].rows if not hidden(c, r)]
    comparable = c.tables["scale_comparable"]
    tested = [r for r in seen if not r["reason"].startswith("too_few_items")]
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Compared"), lambda r: compared(c, r)),
        Column(_("Within"), lambda r: within(c, r)),
        Column(_("Paths"), lambda r: _standing(c, r["paths"])),
        Column(_("Means"), lambda r: _standing(c, r["means"])),
        Column(_("Items that differ"), lambda r: words.join(r["freed"].split(";"), _)
               if r["freed"] else "–"),
        Column(_("Remark"), lambda r: _reason(c, r["reason"])),
    ]  # fmt: skip
    whole = [r for r in tested if r["paths"] == r["means"] == "yes"]
    fails = [r for r in tested if "no" in (r["paths"], r["means"])]
    answer = _("In {n} of {all} comparisons every item means the same.").format(
        n=len(whole), all=len(tested)
    )
    if fails:
        names = unique(c.name(r["scale"]) for r in fails)
        answer += " " + _("Not comparable: {names}.").format(names=words.join(names[:6], _))
    items = [r for r in c.tables["scale_noninvariance"].rows if not hidden(c, r)]
    return Section(
        "invariance-scales",
        _("Does each scale mean the same to every group, in every language and wave?"),
        answer,
        [
            b
            for b in (
                table(_("What may be compared, scale by scale"), columns, seen, folded=True),
                _items(c, items, ("scale", "across", "within")),
            )
            if b.rows
        ],
        how=_how(c)
        + " "
        + _(
            "Each scale is a one-factor model here, so that groups can be compared that no model "
            "has together; with two items it is not identified by itself. Over the waves of a "
            "panel the residuals of an item correlate."
        ),
        links=[
            (_("levels"), c.tables["scale_invariance"].link),
            (_("items"), c.tables["scale_noninvariance"].link),
            (_("what may be compared"), comparable.link),
        ],
        rule="measurement_scales, measurement_waves · surveysem.measurement.scales",
    )


def _how(c: Context) -> str:
    return c._(
        "Levels in order: the same items (configural), equal thresholds (ordinal items), equal "
        "loadings (metric: paths may be compared), equal intercepts (scalar: means too), equal "
        "residuals (strict). The scaled chi-square difference and the changes of CFI, RMSEA and "
        "SRMR (Chen, 2007; Cheung & Rensvold, 2002) are read together and may disagree; both may "
        "miss a single item. So each item is tested by the score of its equality (Yoon & Millsap, "
        "2007): the largest is freed while it is significant after Bonferroni's correction, at "
        ".075 for loadings and .02 for intercepts, a fifth of that for each further item. A scale "
        "keeps half of its items, and two, equal, or the level fails. dMACS says how much the "
        "difference moves answers, in standard deviations (Nye & Drasgow, 2011)."
    )


def _answer(c: Context, latest: Sequence[Row]) -> str:
    _ = c._
    if not latest or all(r["reason"].startswith("not_reached: configural") for r in latest):
        return _("The comparison could not be computed in the latest wave; the table says why.")
    differing = [i for r in latest for i in r["freed"].split(";") if i]
    failing = [c.name(r["construct"]) for r in latest if r["paths"] == "no"]
    no_means = [c.name(r["construct"]) for r in latest if r["paths"] != "no" == r["means"]]
    parts = []
    if not differing and not failing and not no_means:
        parts.append(_("Yes: no item differs between groups beyond chance."))
    if differing:
        parts.append(
            _("Yes, but for {items}, left free to differ: paths and means can be compared.").format(
                items=words.join(differing, _)
            )
            if not failing and not no_means
            else _("Items that differ: {items}.").format(items=words.join(differing, _))
        )
    if failing:
        parts.append(_("Paths cannot be compared: {names}.").format(names=words.join(failing, _)))
    if no_means:
        parts.append(_("Means cannot be compared: {names}.").format(names=words.join(no_means, _)))
    return " ".join(parts)


def _disagreement(c: Context, rows: Sequence[Row]) -> str:
    """Where the difference test and the fit indices contradict each other in the latest wave."""
    says = {
        (r["level"], r["statistic"]): float(r["est"])
        for r in rows
        if r["wave"] == c.wave and r["statistic"].startswith("holds_by")
    }
    levels = unique(level for level, _s in says if not level.endswith("_partial"))
    apart = [
        level
        for level in levels
        if says.get((level, "holds_by_test"), 1) < says.get((level, "holds_by_indices"), 0)
    ]
    if not apart:
        return ""
    return c._("The difference test rejects {levels}, the changes in fit do not.").format(
        levels=words.join([level_name(c, level) for level in apart], c._)
    )


def _levels(c: Context, title: str, rows: Sequence[Row], keys: Sequence[str]) -> Block:
    _ = c._
    lines = []
    for key in unique((*(r[k] for k in keys), r["level"]) for r in rows):
        mine = {r["statistic"]: r for r in rows if (*(r[k] for k in keys), r["level"]) == key}
        lines.append({"wave": key[0], "level": key[-1], "mine": mine})

    def value(names: Sequence[str], digits: int, bounded: bool = False):
        def cell(r):
            found = next((r["mine"][n]["est"] for n in names if n in r["mine"]), "")
            return number(found, digits, bounded=bounded) if found else "–"

        return cell

    def holds(statistic: str):
        return lambda r: (
            {"1": _("holds"), "0": _("rejected")}[r["mine"][statistic]["est"]]
            if statistic in r["mine"]
            else "–"
        )

    def remark(r) -> str:
        notes = [m["note"] for m in r["mine"].values() if m["note"]]
        return words.reason(notes[0], _, c.name) if notes else ""

    columns = [
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Level"), lambda r: level_name(c, r["level"])),
        Column("χ²", value(("chisq_scaled", "chisq"), 1), True),
        Column("df", value(("df",), 0), True),
        Column("CFI", value(("cfi_robust", "cfi"), 3, True), True),
        Column("ΔCFI", value(("delta_cfi",), 3, True), True),
        Column("ΔRMSEA", value(("delta_rmsea",), 3, True), True),
        Column("ΔSRMR", value(("delta_srmr",), 3, True), True),
        Column(_("by fit"), holds("holds_by_indices")),
        Column("Δχ²", value(("chisq_diff",), 1), True),
        Column("Δdf", value(("df_diff",), 0), True),
        Column("p", lambda r: p_value(r["mine"]["p_diff"]["est"]).removeprefix("= ")
               if "p_diff" in r["mine"] else "–", True),
        Column(_("Remark"), remark),
    ]  # fmt: skip
    return table(title, columns, lines)


def _items(c: Context, rows: Sequence[Row], keys: Sequence[str]) -> Block:
    _ = c._
    where = (
        [Column(_("Wave"), lambda r: c.wave_name(r["wave"]))]
        if keys == ("wave",)
        else [
            Column(_("Compared"), lambda r: compared(c, r)),
            Column(_("Within"), lambda r: within(c, r)),
        ]
    )
    columns = [
        *where,
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Wording"), lambda r: c.text(c.plan["items"][r["item"]]["text"])),
        Column(_("Level"), lambda r: level_name(c, r["level"])),
        Column("χ²", lambda r: number(r["chisq"], 1), True),
        Column("df", lambda r: r["df"], True),
        Column(_("p adjusted"), lambda r: p_value(r["p_adj"]).removeprefix("= "), True),
        Column("dMACS", lambda r: number(r["dmacs"], 2) if r["dmacs"] else "–", True),
        Column(_("Consequence"), lambda r: _("left free") if r["freed"] == "1"
               else _("too few items left equal: the level fails")),
    ]  # fmt: skip
    return table(_("Items that differ"), columns, rows)


def _means(c: Context, rows: Sequence[Row]) -> Block:
    _ = c._
    columns = [
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("Group"), lambda r: c.group_name(r["member"])),
        Column(_("Model"), lambda r: level_name(c, r["level"])),
        Column(_("Difference"), lambda r: number(r["est"], 2), True),
        Column(_("Standard error"), lambda r: number(r["se"], 2), True),
        Column("p", lambda r: p_value(r["p"]).removeprefix("= "), True),
    ]
    title = _("Latent means against the first group, in its standard deviations, {wave}")
    return table(title.format(wave=c.wave_name(c.wave)), columns, rows, folded=True)


def hidden(c: Context, row: Row) -> bool:
    """Whether a comparison is about a group too small to be shown."""
    if row["across"] == "wave":
        return any(is_small(c, wave, row["within"]) for wave in row["members"].split(";"))
    if row["across"] != "group":
        return False
    return any(is_small(c, row["within"], group) for group in row["members"].split(";"))


def compared(c: Context, row: Row) -> str:
    """Names of the groups, waves or other members that a row compares."""
    name = {"group": c.group_name, "wave": c.wave_name}.get(row["across"], str)
    return " – ".join(name(m) for m in row["members"].split(";"))


def within(c: Context, row: Row) -> str:
    """Name of the wave within which a row compares; over waves, of the group."""
    wave = row["across"] == "wave"
    return c.group_name(row["within"]) if wave else c.wave_name(row["within"])


def _standing(c: Context, value: str) -> str:
    _ = c._
    return {"yes": _("comparable"), "partial": _("comparable, items freed"), "no": _("no")}[value]


def _reason(c: Context, text: str) -> str:
    """Why a scale is not fully comparable; 'code: detail' as docs/results.md lists."""
    _ = c._
    code, _sep, detail = text.partition(": ")
    if code == "fails":
        return _("fails at: {level}").format(level=level_name(c, detail))
    if code == "not_reached":
        return _("not computed: {level}").format(level=level_name(c, detail))
    return {
        "": "",
        "freed": "",
        "one_item": _("one item"),
        "too_few_items": _("{n} items: not identified by itself").format(n=detail),
    }.get(code, text)
