"""Sections on correlations, and on differences between groups and waves."""

from collections.abc import Sequence

from surveysem.report import words
from surveysem.report.blocks import Block, Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import few, is_small, note, shown, table_by_group
from surveysem.report.tables import Row, unique
from surveysem.report.words import count, interval, number, p_value

DUPLICATE = 0.90  # polychoric correlation of two items that ask nearly the same


def correlations(c: Context) -> Section:
    """Correlations of scales of the latest wave, by group; item pairs that nearly coincide."""
    _, found = c._, c.tables["correlations"]
    rows = shown(c, found.where(wave=c.wave), counts=("n",))
    scales = [r for r in rows if r["kind"] == "scale" and r["pearson"]]
    whole = [r for r in scales if r["group"] == c.whole]
    if whole:
        top = max(whole, key=lambda r: abs(float(r["pearson"])))
        answer = _("Of the scales, {a} and {b} go together most: r = {r} {interval}.").format(
            a=c.name(top["name"]), b=c.name(top["with"]),
            r=number(top["pearson"], bounded=True),
            interval=interval(top["ci_lower"], top["ci_upper"], bounded=True),
        )  # fmt: skip
    elif is_small(c, c.wave, c.whole):
        answer = note(c)
    else:
        answer = _("No two scales can be correlated.")
    close = [r for r in rows if r["kind"] == "item" and r["group"] == c.whole
             and abs(float(r["polychoric"] or 0)) >= DUPLICATE]  # fmt: skip
    if close:
        pairs = [
            f"{r['name']}–{r['with']} ({number(r['polychoric'], bounded=True)})" for r in close
        ]
        answer += " " + _("Items that ask nearly the same (polychoric correlation of .90 or more): "
                          "{pairs}.").format(pairs=words.first(pairs, _))  # fmt: skip
    groups = unique(r["group"] for r in scales)
    groups.sort(key=lambda group: group != c.whole)
    return Section(
        "correlations",
        _("What goes with what?"),
        answer,
        [_matrix(c, group, scales) for group in groups],
        meta=_("{wave} · scale scores, pairwise").format(wave=c.wave_name(c.wave)),
        how=_(
            "Pearson correlations of scale scores, of those who answered both scales wholly; "
            "intervals (Fisher, 1921), n of each pair and all pairs of items, with polychoric "
            "correlations, are in the CSV. Correlations of scores are weaker than those of what "
            "the scales measure, since scores hold error. All groups together mix differences "
            "between groups with those among respondents."
        ),
        links=[(_("correlations"), found.link)],
        rule="description_wave · surveysem.description.correlations",
    )


def _matrix(c: Context, group: str, rows: Sequence[Row]) -> Block:
    """Lower triangle with means and SDs, as the APA sets it."""
    mine = {(r["name"], r["with"]): r for r in rows if r["group"] == group}
    names = unique(name for pair in mine for name in pair)
    moments = {r["scale"]: r for r in c.tables["scale_moments"].where(wave=c.wave, group=group)}

    def cell(a: str, b: str) -> str:
        r = mine.get((a, b)) or mine.get((b, a))
        return number(r["pearson"], bounded=True) if r else "–"

    lines = [
        [
            f"{k}. {c.name(name)}",
            *_moments(c, moments.get(name)),
            *(cell(name, other) for other in names[: k - 1]),
            *[""] * (len(names) - k),
        ]
        for k, name in enumerate(names, start=1)
    ]
    headings = [(c._("Scale"), False), ("M", True), ("SD", True)]
    headings += [(str(k), True) for k in range(1, len(names))]
    title = c._("Correlations of scales, {group}").format(group=c.group_name(group))
    return Block(title=title, headings=headings, rows=lines, folded=True)


def _moments(c: Context, r: Row | None) -> list[str]:
    usable = r is not None and not few(c, r["n"])
    return [number(r["mean"]), number(r["sd"])] if usable else ["–", "–"]


def _shared(c: Context) -> list[Column]:
    """Columns of both kinds of differences."""
    _ = c._
    return [
        Column("n", lambda r: f"{count(r['n_first'])} / {count(r['n_second'])}", True),
        Column("M", lambda r: f"{number(r['mean_first'])} / {number(r['mean_second'])}", True),
        Column(_("Difference"), lambda r: number(r["difference"]), True),
        Column("g", lambda r: number(r["est"]), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"]), True),
        Column("t (df)", lambda r: f"{number(r['test'])} ({number(r['df'], 1)})" if r["test"] else "–",
               True),
        Column(_("p (Holm)"), lambda r: p_value(r["p_adj"]).removeprefix("= "), True),
    ]  # fmt: skip


def _caution(c: Context) -> str:
    return c._(
        "A difference of means is one of what a scale measures only where its items work alike "
        "(scalar invariance): see the chapter on measurement before you interpret it."
    )


def group_differences(c: Context) -> Section:
    """Pairs of groups in the latest wave; all groups at once where there are three."""
    _, found = c._, c.tables["differences"]
    rows = found.where(wave=c.wave, comparison="pair")
    usable = shown(c, [r for r in rows if r["est"]], groups=("first", "second"),
                   counts=("n_first", "n_second"))  # fmt: skip
    clear = [r for r in usable if float(r["p_adj"]) < c.plan["alpha"]]
    if not usable:
        answer = _("No two groups can be compared.")
    else:
        top = max(usable, key=lambda r: abs(float(r["est"])))
        answer = _("{n} of {all} comparisons of two groups are significant; the largest difference: "
                   "{scale}, {second} against {first}, g = {g} {interval}.").format(
            n=len(clear), all=len(usable), scale=c.name(top["scale"]),
            second=c.group_name(top["second"]), first=c.group_name(top["first"]),
            g=number(top["est"]), interval=interval(top["ci_lower"], top["ci_upper"]),
        )  # fmt: skip
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Groups"), lambda r: f"{c.group_name(r['first'])} / {c.group_name(r['second'])}"),
        Column(_("Items"), lambda r: r["items"], True),
        *_shared(c),
    ]
    several = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Items"), lambda r: r["items"], True),
        Column("n", lambda r: count(r["n_first"]), True),
        Column("ω²", lambda r: number(r["est"], 3, bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 3, bounded=True), True),
        Column("F (df)", lambda r: f"{number(r['test'])} ({count(r['df'])}, {number(r['df2'], 1)})"
               if r["test"] else "–", True),
        Column(_("p (Holm)"), lambda r: p_value(r["p_adj"]).removeprefix("= "), True),
    ]  # fmt: skip
    whole = found.where(wave=c.wave, comparison="groups")
    blocks = [
        table_by_group(c, _("Differences between groups"), columns, rows,
                       groups=("first", "second"), counts=("n_first", "n_second"),
                       folded=True),
        table_by_group(c, _("All groups at once"), several, whole, counts=("n_first",), folded=True),
    ]  # fmt: skip
    return Section(
        "group-differences",
        _("Do the groups differ?"),
        f"{answer} {_caution(c)}" if usable else answer,
        [b for b in blocks if b.rows],
        meta=_("{wave} · second group minus first, by the items that both were asked").format(
            wave=c.wave_name(c.wave)),
        how=_(
            "g is the difference in standard deviations (Hedges, 1981); .20, .50 and .80 are "
            "called small, medium and large (Cohen, 1988). Tests are Welch's, adjusted over all "
            "pairs and scales of the wave (Holm, 1979). ω² is the share of variance between all "
            "groups. Respondents count as independent: with clusters, p is too small (see design "
            "effects)."
        ),
        links=[(_("differences"), found.link)],
        rule="description_wave · surveysem.description.differences.group_differences",
    )  # fmt: skip


def wave_differences(c: Context) -> Section:
    """The latest wave against the one before, and all other pairs."""
    _, found = c._, c.tables["differences"]
    rows = [r for r in found.where(comparison="waves") if r["statistic"] != "g_z"]
    before = list(c.plan["waves"])[-2]
    latest = [r for r in rows if (r["first"], r["second"]) == (before, c.wave)]
    usable = [r for r in _enough(c, latest) if r["est"]]
    clear = [r for r in usable if float(r["p_adj"]) < c.plan["alpha"]]
    if not usable:
        answer = _("{first} and {second} cannot be compared.").format(
            first=c.wave_name(before), second=c.wave_name(c.wave))  # fmt: skip
    elif not clear:
        answer = _("No scale changed significantly from {first} to {second}.").format(
            first=c.wave_name(before), second=c.wave_name(c.wave))  # fmt: skip
    else:
        named = [f"{c.name(r['scale'])}, {c.group_name(r['group'])} ({number(r['est'])})"
                 for r in sorted(clear, key=lambda r: -abs(float(r["est"])))]  # fmt: skip
        answer = _("From {first} to {second} these changed (g): {scales}.").format(
            first=c.wave_name(before), second=c.wave_name(c.wave),
            scales=words.first(named, _),
        )  # fmt: skip
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Waves"), lambda r: f"{c.wave_name(r['first'])} / {c.wave_name(r['second'])}"),
        *_shared(c),
    ]
    others = [r for r in rows if r not in latest]
    titles = (_("Latest change"), _("All other pairs of waves"))
    blocks = []
    for title, part in zip(titles, (latest, others), strict=True):
        kept = _enough(c, part)
        hidden = note(c, counted=True) if len(kept) < len(part) else ""
        blocks.append(table_by_group(c, title, columns, kept, note=hidden, folded=True))
    who = (
        _("respondents of both waves, paired")
        if c.plan["panel"]
        else _("separate samples of respondents")
    )
    return Section(
        "wave-differences",
        _("Did the scales change?"),
        f"{answer} {_caution(c)}" if clear else answer,
        [b for b in blocks if b.rows],
        meta=_("later wave minus earlier · {who}").format(who=who),
        how=_(
            "g is the change in standard deviations. In a panel it is the change of the same "
            "respondents by the root of the mean variance of both waves (Cumming, 2012), with the "
            "interval of Algina and Keselman (2003); by the standard deviation of the changes it "
            "is in the CSV (g_z). Those who left are not in it. Without a panel, samples are "
            "compared as groups are. Only items that both waves asked with the same answers count. "
            "p is adjusted over the scales of one pair of waves and group (Holm, 1979)."
        ),
        links=[(_("differences"), found.link)],
        rule="description_changes · surveysem.description.differences.wave_differences",
    )  # fmt: skip


def _enough(c: Context, rows: Sequence[Row]) -> list[Row]:
    """Rows of groups that are large enough in both waves."""
    earlier = [{**r, "wave": r["first"]} for r in shown(c, rows, counts=("n_first", "n_second"))]
    return [{**r, "wave": r["second"]} for r in shown(c, earlier)]
