"""Section on which answers were given: diverging bars, a picture a construct."""

from collections.abc import Sequence

from surveysem.report import words
from surveysem.report.bars import Bar, Question, Scale, diverging, reach
from surveysem.report.blocks import Section
from surveysem.report.context import Context
from surveysem.report.figures import Figure, block
from surveysem.report.privacy import is_small, note, shown
from surveysem.report.tables import Row, unique
from surveysem.report.words import count, percent

LEAST = 0.25  # room to each side of the line, as a share


def answers(c: Context) -> Section:
    """Answers of the latest wave by construct, item and group."""
    _, table = c._, c.tables["answers"]
    rows = _rows(c)
    return Section(
        "answers",
        _("Which answers were given?"),
        _answer(c, rows),
        [block(c, figure) for figure in figures(c)],
        meta=_("{wave} · respondents who answered an item").format(wave=c.wave_name(c.wave)),
        how=_(
            "Each bar is all the answers that a group gave to an item, in the order of the scale, "
            "as asked: reverse-keyed items are not turned. Bars are set so that the middle of the "
            "scale lies on one line: what is left of it are the lower answers, what is right of "
            "it the higher ones; a middle answer is halved (Heiberger & Robbins, 2014). Numbers "
            "are per cent; where a piece is too narrow for its number, the CSV table has it. All "
            "pictures have the same scale."
        ),
        links=[(_("answers"), table.link)],
        rule="description_wave · surveysem.description.answers.answer_table",
    )


def _rows(c: Context) -> list[Row]:
    """Rows of groups and items that may be shown."""
    rows = c.tables["answers"].where(wave=c.wave)
    return shown(c, [r for r in rows if r["group"] in c.plan["groups"]], counts=("n",))


def _answer(c: Context, rows: Sequence[Row]) -> str:
    _ = c._
    given = [r for r in rows if int(r["n"])]
    if not given:
        small = any(is_small(c, c.wave, g) for g in c.plan["groups"])
        return note(c) if small else _("Nobody answered in the latest wave.")
    ends: dict[str, list[Row]] = {"low": [], "high": []}
    for item in unique(r["item"] for r in given):
        codes = sorted({int(r["code"]) for r in given if r["item"] == item})
        for end, code in (("low", codes[0]), ("high", codes[-1])):
            ends[end] += [r for r in given if r["item"] == item and int(r["code"]) == code]

    def most(end: str) -> str:
        r = max(ends[end], key=lambda r: float(r["share"]))
        return _("{item}, {group}: {share} %").format(
            item=r["item"], group=c.group_name(r["group"]), share=percent(r["share"], 0)
        )

    return _("The highest answer is given most often to {high}; the lowest to {low}.").format(
        high=most("high"), low=most("low")
    )


def figures(c: Context) -> list[Figure]:
    """A picture a construct that was asked, the first one open."""
    rows = _rows(c)
    ends = _ends(rows)
    constructs = unique(r["construct"] for r in rows)
    return [_figure(c, code, rows, ends, folded=k > 0) for k, code in enumerate(constructs)]


def _ends(rows: Sequence[Row]) -> tuple[float, float]:
    """Room to the left and right that all pictures need, in twentieths."""
    bars: dict[tuple, list[Row]] = {}
    for r in rows:
        if int(r["n"]):
            bars.setdefault((r["group"], r["item"]), []).append(r)
    sides = [reach([float(r["share"]) for r in bar]) for bar in bars.values()] or [(0.0, 0.0)]
    left, right = (max(LEAST, *(side[k] for side in sides)) for k in (0, 1))
    return -(-left * 20 // 1) / 20, -(-right * 20 // 1) / 20


def _figure(c: Context, construct: str, rows, ends, *, folded: bool) -> Figure:
    _ = c._
    mine = [r for r in rows if r["construct"] == construct]
    groups = [g for g in c.plan["groups"] if any(r["group"] == g for r in mine)]
    scales: dict[tuple, list[Question]] = {}
    for item in unique(r["item"] for r in mine):
        codes = unique(r["code"] for r in mine if r["item"] == item)
        bars = [
            _bar(c, g, [r for r in mine if (r["group"], r["item"]) == (g, item)]) for g in groups
        ]
        scales.setdefault(_labels(c, item, codes), []).append(_question(c, item, bars))
    name = c.name(construct)
    title = _("Answers: {construct}, {wave}").format(construct=name, wave=c.wave_name(c.wave))
    said = [f"{q.code}: " + _("; ").join(_said(bar, c) for bar in q.bars)
            for questions in scales.values() for q in questions]  # fmt: skip
    drawn = diverging(
        [Scale(labels, questions) for labels, questions in scales.items()], ends, title,
        ". ".join([*(words.listed(labels, _) for labels in scales), *said]),
    )  # fmt: skip
    return Figure(f"answers_{construct}_{c.language}", drawn, _remarks(c, groups), folded)


def _labels(c: Context, item: str, codes: Sequence[str]) -> tuple[str, ...]:
    """The answers' labels in the page's language, as they were asked in the latest wave."""
    plan = c.plan["items"][item]
    scale = c.plan["waves"][c.wave]["scales"].get(item, plan["scale"])
    labels = c.plan["answers"].get(scale, {})
    return tuple(c.text(labels.get(code, {})) or code for code in codes)


def _question(c: Context, item: str, bars: Sequence[Bar]) -> Question:
    _, plan = c._, c.plan["items"][item]
    turned = [_("reverse-keyed")] if plan["reverse"] else []
    return Question(" · ".join([item, *turned]), c.text(plan["text"]), bars)


def _bar(c: Context, group: str, rows: Sequence[Row]) -> Bar:
    _, name = c._, c.group_name(group)
    if not rows:
        return Bar(name, (), (), "", _("not asked"))
    if not int(rows[0]["n"]):
        return Bar(name, (), (), "", _("no answers"))
    return Bar(
        name,
        [float(r["share"]) for r in rows],
        [percent(r["share"], 0) for r in rows],
        f"n = {count(rows[0]['n'])}",
    )


def _said(bar: Bar, c: Context) -> str:
    """A bar in words, for those who do not see it."""
    shares = " / ".join(bar.texts) + " %"
    return f"{bar.name} {bar.words or f'{shares}, {bar.n}'}"


def _remarks(c: Context, groups: Sequence[str]) -> str:
    """Groups that the picture does not show, and why."""
    _ = c._
    hidden = [g for g in c.plan["groups"] if is_small(c, c.wave, g)]
    unasked = [c.group_name(g) for g in c.plan["groups"] if g not in (*groups, *hidden)]
    said = [_("Shares in per cent.")]
    if unasked:
        said.append(
            _("Not shown, since not asked: {groups}.").format(groups=words.join(unasked, _))
        )
    return " ".join([*said, *([note(c)] if hidden else [])])
