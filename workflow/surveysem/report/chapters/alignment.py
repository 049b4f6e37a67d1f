"""Section of chapter measurement on alignment: means where equal intercepts are rejected."""

from collections.abc import Sequence

from surveysem.report import words
from surveysem.report.blocks import Block, Column, Section, table
from surveysem.report.chapters.invariance import compared, hidden, within
from surveysem.report.context import Context
from surveysem.report.tables import Row, unique
from surveysem.report.words import number, p_value, percent

KEYS = ("scale", "across", "within", "members")
NOT_NEEDED = ("too_few_groups", "scalar_holds", "too_few_items")  # codes of `not_computed`


def of_scales(c: Context) -> list[Section]:
    """Aligned means of the scales that need them; nothing where no scale was compared."""
    _, source = c._, c.tables["scale_alignment"]
    rows = [r for r in source.rows if not hidden(c, r)]
    if not rows:
        return []
    parts = [[r for r in rows if _key(r) == key] for key in unique(map(_key, rows))]
    needed = [p for p in parts if p[0]["note"].partition(":")[0] not in NOT_NEEDED]
    doubtful = [p for p in needed if _one(p, "share_differing").get("note") or not _done(p)]
    blocks = [_overview(c, needed), _means(c, [p for p in needed if _done(p)])]
    return [
        Section(
            "alignment-scales",
            _("Where a scale is not quite the same to everyone: can means still be compared?"),
            _answer(c, parts, needed, doubtful),
            [b for b in blocks if b.rows],
            how=_how(c),
            links=[(_("aligned parameters"), source.link)],
            rule="measurement_scales, measurement_waves · surveysem.measurement.alignment.align",
            warn=bool(doubtful),
        )
    ]


def _answer(c: Context, parts: Sequence, needed: Sequence, doubtful: Sequence) -> str:
    _ = c._
    if not needed:
        return _(
            "Not needed: wherever three groups, languages or waves or more were compared, the "
            "means of the scale may be compared as they are, or the scale has too few items."
        ) if any(not p[0]["note"].startswith("too_few_groups") for p in parts) else _(
            "Does not apply: no scale was compared over three groups, languages or waves or more."
        )  # fmt: skip
    answer = _(
        "Equal intercepts fail in {n} comparisons over three or more; aligned means can be used "
        "in {good} of them."
    ).format(n=len(needed), good=len(needed) - len(doubtful))
    if doubtful:
        names = unique(c.name(p[0]["scale"]) for p in doubtful)
        answer += " " + _("Not in all comparisons of: {names}.").format(names=words.join(names, _))
    return answer


def _how(c: Context) -> str:
    return c._(
        "Alignment (Asparouhov & Muthén, 2014) sets no loading or intercept equal. It takes the means and "
        "variances of the factor under which few of them differ much, instead of many a little. "
        "Read the means as differences from the first group, in its standard deviations. An item "
        "differs in a group where its loading, intercept or threshold lies outside the groups that "
        "agree (p < .001). R²: how much of the differences in loadings, or in intercepts, the factor's "
        "means and variances explain; it is also low where there is little to explain. With more "
        "than 25 % of the parameters differing the means are not to be trusted (Muthén & Asparouhov, 2014: a "
        "rule of thumb). An item that differs still draws its group's mean a little to its side."
    )


def _overview(c: Context, parts: Sequence[Sequence[Row]]) -> Block:
    _ = c._
    columns = [
        Column(_("Scale"), lambda p: c.name(p[0]["scale"])),
        Column(_("Compared"), lambda p: compared(c, p[0])),
        Column(_("Within"), lambda p: within(c, p[0])),
        Column(_("Differing, %"),
               lambda p: percent(_one(p, "share_differing").get("est", ""), 0), True),
        Column(_("R² of loadings"), lambda p: _explained(p, "loading"), True),
        Column(_("R² of intercepts"), lambda p: _explained(p, "location"), True),
        Column(_("Items that differ"), lambda p: _differing(c, p)),
        Column(_("Remark"), lambda p: _remark(c, p)),
    ]  # fmt: skip
    return table(_("Alignment, scale by scale"), columns, parts)


def _means(c: Context, parts: Sequence[Sequence[Row]]) -> Block:
    _ = c._
    rows = [
        {**r, "variance": _one(p, "variance", member=r["member"])["est"]}
        for p in parts
        for r in p
        if r["statistic"] == "mean"
    ]
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Within"), lambda r: within(c, r)),
        Column(_("Group or wave"), lambda r: _member(c, r)),
        Column(_("Mean"), lambda r: number(r["est"], 2), True),
        Column(_("Standard error"), lambda r: number(r["se"], 2) if r["p"] else "–", True),
        Column("p", lambda r: p_value(r["p"]).removeprefix("= "), True),
        Column(_("Variance"), lambda r: number(r["variance"], 2), True),
    ]
    title = _("Aligned means and variances of the factor; the first one's are 0 and 1")
    return table(title, columns, rows, folded=True)


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[key] for key in KEYS)


def _one(part: Sequence[Row], statistic: str, **values: str) -> Row:
    """The row of a statistic, empty where there is none."""
    values["statistic"] = statistic
    return next((r for r in part if all(r[k] == v for k, v in values.items())), {})


def _done(part: Sequence[Row]) -> bool:
    return part[0]["statistic"] != "not_computed"


def _explained(part: Sequence[Row], parameter: str) -> str:
    row = _one(part, "r2", parameter=parameter, item="")
    return number(row.get("est", ""), 2, bounded=True)


def _differing(c: Context, part: Sequence[Row]) -> str:
    """Items that differ, each with the groups or waves where they do."""
    found = [r for r in part if r["differs"] == "1"]
    where = {i: unique(_member(c, r) for r in found if r["item"] == i)
             for i in unique(r["item"] for r in found)}  # fmt: skip
    entries = [f"{item} ({words.listed(names, c._)})" for item, names in where.items()]
    return words.first(entries, c._) or "–"


def _member(c: Context, row: Row) -> str:
    name = {"group": c.group_name, "wave": c.wave_name}.get(row["across"], str)
    return name(row["member"])


def _remark(c: Context, part: Sequence[Row]) -> str:
    _ = c._
    if not _done(part):
        note = part[0]["note"]
        return {
            "no_minimum": _("not computed: no minimum of the alignment was found"),
            "no_standard_errors": _("not computed: the model has no standard errors"),
        }.get(note) or words.reason(note, _, c.name)
    untrustworthy = _one(part, "share_differing").get("note") == "untrustworthy"
    return _("too many parameters differ") if untrustworthy else ""
