"""Sections on how answers are distributed: scales, items, categories, normality."""

from collections.abc import Sequence

from surveysem.report import words
from surveysem.report.blocks import Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import is_small, note, shown, table_by_group
from surveysem.report.tables import Row, unique
from surveysem.report.words import count, number, p_value, percent

SKEWED, PEAKED, AT_THE_END = {"skewed"}, {"peaked"}, {"floor", "ceiling"}
ROBUST = 5  # normalised kurtosis: Bentler 2006


def _codes(r: Row) -> set[str]:
    return set(filter(None, r["note"].split(";")))


def _shape(c: Context) -> list[Column]:
    """Columns that items and scales share."""
    _ = c._
    return [
        Column("M", lambda r: number(r["mean"]), True),
        Column("SD", lambda r: number(r["sd"]), True),
        Column(_("Median"), lambda r: number(r["median"]), True),
        Column(_("Quartiles"), lambda r: _range(r["q1"], r["q3"]), True),
        Column(_("Skew"), lambda r: number(r["skew"]), True),
        Column(_("Kurtosis"), lambda r: number(r["kurtosis"]), True),
        Column(_("Lowest %"), lambda r: percent(r["floor"]), True),
        Column(_("Highest %"), lambda r: percent(r["ceiling"]), True),
    ]


def _range(low: str, high: str) -> str:
    return f"{number(low)} – {number(high)}" if low else "–"


def scales(c: Context) -> Section:
    """Distribution of scale scores and items of the latest wave."""
    _, scored, items = c._, c.tables["scale_moments"], c.tables["item_moments"]
    rows = scored.where(wave=c.wave)
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Items"), lambda r: r["items"], True),
        Column("n", lambda r: f"{count(r['n'])} / {count(r['n_asked'])}", True),
        *_shape(c),
    ]
    item_columns = [
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Wording"), lambda r: c.text(c.plan["items"][r["item"]]["text"])),
        Column("n", lambda r: count(r["n"]), True),
        Column(_("Unanswered"), lambda r: count(r["missing"]), True),
        *_shape(c),
    ]
    return Section(
        "scale-means",
        _("How do the groups answer?"),
        _scales_answer(c, rows),
        [
            table_by_group(
                c, _("Scale scores (means of items, reverse-keyed items turned)"), columns, rows,
                counts=("n",), folded=True,
            ),
            table_by_group(
                c, _("Items (reverse-keyed ones turned)"), item_columns, items.where(wave=c.wave),
                counts=("n",), folded=True,
            ),
        ],
        meta=_("{wave} · n with all items answered / n asked").format(wave=c.wave_name(c.wave)),
        how=_(
            "A scale score is the mean of its items, of those who answered all of them. The row of "
            "all groups together uses only the items that every group was asked. Lowest and "
            "highest: shares with the lowest and the highest possible score; more than 15 % is "
            "called a floor or ceiling effect (Terwee et al., 2007): differences among those "
            "respondents are invisible. Skew beyond 2 or kurtosis beyond 7 troubles maximum "
            "likelihood (West, Finch & Curran, 1995)."
        ),
        links=[(_("scales"), scored.link), (_("items"), items.link)],
        rule="description_wave · surveysem.description.wave",
    )  # fmt: skip


def _scales_answer(c: Context, rows: Sequence[Row]) -> str:
    _ = c._
    whole = [r for r in shown(c, rows, counts=("n",)) if r["group"] == c.whole and r["mean"]]
    if is_small(c, c.wave, c.whole):
        return note(c)
    if not whole:
        return _("No scale has answers of all groups together in {wave}; the table has each "
                 "group.").format(wave=c.wave_name(c.wave))  # fmt: skip
    low, high = (pick(whole, key=lambda r: float(r["mean"])) for pick in (min, max))
    answer = _("Scale means in {wave} go from {low} ({a}) to {high} ({b}).").format(
        wave=c.wave_name(c.wave), low=number(low["mean"]), a=c.name(low["scale"]),
        high=number(high["mean"]), b=c.name(high["scale"]),
    )  # fmt: skip
    ends = [r for r in shown(c, rows, counts=("n",)) if _codes(r) & AT_THE_END]
    if ends:
        named = [f"{c.name(r['scale'])} ({c.group_name(r['group'])})" for r in ends]
        answer += " " + _("Floor or ceiling effects: {scales}.").format(
            scales=words.first(named, _)
        )
    return answer


def categories(c: Context) -> Section:
    """Answers that hardly anybody gave, in the latest wave."""
    _, answers = c._, c.tables["answers"]
    rows = [r for r in shown(c, answers.where(wave=c.wave)) if int(r["n"])]
    lines = []
    for group, item in unique((r["group"], r["item"]) for r in rows if r["note"]):
        mine = [r for r in rows if (r["group"], r["item"]) == (group, item)]
        codes = {
            note: [r["code"] for r in mine if r["note"] == note] for note in ("empty", "sparse")
        }
        lines.append({"group": group, "item": item, "n": mine[0]["n"], **codes})
    empty = [r for r in lines if r["empty"] and r["group"] != "all"] or [
        r for r in lines if r["empty"]
    ]
    if not lines:
        answer = _("Every answer to every item was given five times or more in each group.")
    elif empty:
        answer = _("Some answers were given by nobody: {items}.").format(
            items=words.first(
                [f"{r['item']} ({c.group_name(r['group'])}: {words.listed(r['empty'], _)})"
                 for r in empty], _)
        )  # fmt: skip
    else:
        answer = _("Every answer was given by someone in each group; {n} of {all} items have one "
                   "that fewer than five gave in some group.").format(
            n=len(unique(r["item"] for r in lines)), all=len(unique(r["item"] for r in rows)))  # fmt: skip
    columns = [
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Wording"), lambda r: c.text(c.plan["items"][r["item"]]["text"])),
        Column("n", lambda r: count(r["n"]), True),
        Column(_("Given by nobody"), lambda r: words.listed(r["empty"], _) or "–"),
        Column(_("Given by fewer than five"), lambda r: words.listed(r["sparse"], _) or "–"),
    ]
    return Section(
        "categories",
        _("Which answers are hardly ever given?"),
        answer,
        [table_by_group(c, _("Empty and sparse answers (codes as asked)"), columns, lines,
                        counts=("n",), folded=True)] if lines else [],
        meta=_("{wave} · analysed respondents").format(wave=c.wave_name(c.wave)),
        how=_(
            "Ordinal models estimate a threshold between neighbouring answers. One that nobody in a "
            "group gave has none there: such answers have to be joined with their neighbours, in "
            "all groups and waves alike (Rutkowski, Svetina & Liaw, 2019). Few answers make "
            "thresholds and polychoric correlations unstable (DiStefano et al., 2021)."
        ),
        links=[(_("answers"), answers.link)],
        rule="description_wave · surveysem.description.answers.answer_table",
    )  # fmt: skip


def normality(c: Context) -> Section:
    """Mardia's tests of the latest wave, and the items that are far from normal."""
    _, tests, items = c._, c.tables["normality"], c.tables["item_moments"]
    odd = [r for r in shown(c, items.where(wave=c.wave), counts=("n",))
           if _codes(r) & (SKEWED | PEAKED)]  # fmt: skip
    rows = [
        {**r, "kurtosis": k}
        for r in tests.where(wave=c.wave, statistic="skewness_corrected")
        if (k := tests.one(wave=c.wave, group=r["group"], scale=r["scale"],
                           statistic="kurtosis_corrected"))["test"] != ""
    ]  # fmt: skip
    joint = [r for r in rows if r["scale"] == "all"]
    beyond = [r for r in shown(c, joint, counts=("n",)) if float(r["kurtosis"]["test"]) > ROBUST]
    if odd:
        named = unique(f"{r['item']} ({c.group_name(r['group'])})" for r in odd)
        answer = _("Far from normal by skew or kurtosis: {items}.").format(
            items=words.first(named, _)
        )
    else:
        answer = _("No item is skewed beyond 2 or has a kurtosis beyond 7.")
    if beyond:
        answer += " " + _("Taken together, answers are not normal ({groups}): robust statistics "
                          "are needed.").format(
            groups=words.join([c.group_name(r["group"]) for r in beyond], _))  # fmt: skip
    elif joint:
        answer += " " + _("Taken together, their tails are not too heavy for normal theory.")
    columns = [
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Scale"), lambda r: _("All items") if r["scale"] == "all" else c.name(r["scale"])),
        Column(_("Items"), lambda r: r["items"], True),
        Column("n", lambda r: count(r["n"]), True),
        Column(_("Skewness"), lambda r: number(r["est"]), True),
        Column("χ²", lambda r: number(r["test"], 1), True),
        Column("df", lambda r: count(r["df"]), True),
        Column("p", lambda r: p_value(r["p"]).removeprefix("= "), True),
        Column(_("Kurtosis"), lambda r: number(r["kurtosis"]["est"]), True),
        Column("z", lambda r: number(r["kurtosis"]["test"]), True),
        Column("p", lambda r: p_value(r["kurtosis"]["p"]).removeprefix("= "), True),
    ]
    return Section(
        "normality",
        _("Are the answers normally distributed?"),
        answer,
        [
            table_by_group(c, _("Mardia's tests, all items"), columns, joint, counts=("n",), folded=True),
            table_by_group(c, _("Mardia's tests, by scale"), columns,
                           [r for r in rows if r["scale"] != "all"], counts=("n",), folded=True),
        ],
        meta=_("{wave} · respondents who answered all items of a row").format(
            wave=c.wave_name(c.wave)),
        how=_(
            "Answers in a few categories are never normal; the question is how far off they are. "
            "Mardia's statistics (1970) are of all items jointly; the tests are corrected for the "
            "number of items (Mardia, 1974). A z of kurtosis above 5, heavy tails, calls for robust "
            "statistics (Bentler, 2006). With many respondents any departure is significant."
        ),
        links=[(_("normality"), tests.link), (_("items"), items.link)],
        rule="description_wave · surveysem.description.normality.mardia",
    )  # fmt: skip
