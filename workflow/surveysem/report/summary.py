"""The first screen: what goes with the outcomes, in a picture and in plain words."""

from collections.abc import Mapping, Sequence

from surveysem.report import charts, words
from surveysem.report.context import Context
from surveysem.report.tables import Row, unique
from surveysem.report.words import interval, number


def headline_rows(c: Context) -> list[Row]:
    """Rows of the first screen: the headline tier, or where there is none every direct path."""
    lead = c.headline()
    rows = [r for r in lead if r["tier"] == "headline"]
    return rows or [r for r in lead if r["kind"] in ("path", "total")]


def pictures(c: Context) -> list[Mapping]:
    """Interval plots by outcome: title, rows (name, picture, figures, verdict, remark)."""
    out = []
    rows = headline_rows(c)
    scale = charts.limits(rows) if rows else (-0.1, 0.1)
    plan = c.plan["hypotheses"]
    for outcome in unique(";".join(plan[r["hypothesis"]]["to"]) for r in rows):
        mine = [r for r in rows if ";".join(plan[r["hypothesis"]]["to"]) == outcome]
        mine = sorted(mine, key=lambda r: -abs(float(r["std"])) if r["std"] else 0.0)
        lines = []
        for r in mine:
            h = plan[r["hypothesis"]]
            name = c.name(h["from"][0]) if h["from"] else c.claim(r["hypothesis"])
            figures = f"{number(r['std'])} {interval(r['ci_lower'], r['ci_upper'])}"
            word = words.verdict(r["verdict"], c._)
            sesoi = float(r["sesoi"]) if r["sesoi"] else None
            lines.append(
                {
                    "id": r["hypothesis"],
                    "name": name,
                    "picture": charts.interval_svg(r, scale, sesoi, f"{name}: {figures}, {word}"),
                    "figures": figures if r["std"] else "–",
                    "verdict": word,
                    "class": r["verdict"].replace(" ", "-"),
                    "remark": words.reason(r["reason"], c._, c.name),
                }
            )
        axis = charts.axis_svg(scale)
        out.append({"outcome": _outcome(c, outcome), "lines": lines, "axis": axis})
    return out


def _outcome(c: Context, codes: str) -> str:
    return words.join([c.running(x) for x in codes.split(";") if x], c._)


def plain_words(c: Context) -> list[str]:
    """Sentences that say no more than the rows: association, direction, order by size."""
    _, plan, out = c._, c.plan["hypotheses"], []
    rows = headline_rows(c)
    for outcome in unique(";".join(plan[r["hypothesis"]]["to"]) for r in rows):
        mine = [r for r in rows if ";".join(plan[r["hypothesis"]]["to"]) == outcome]
        name = _outcome(c, outcome)
        found = sorted(
            (r for r in mine if r["verdict"] in ("supported", "opposite")),
            key=lambda r: -abs(float(r["std"])),
        )
        sentences = {
            True: _(
                "Higher scores on {causes} go with higher scores on {outcome}, other factors equal."
            ),
            False: _(
                "Higher scores on {causes} go with lower scores on {outcome}, other factors equal."
            ),
        }
        for positive, sentence in sentences.items():
            named = _causes(c, [r for r in found if (float(r["std"]) > 0) == positive])
            if named:
                out.append(sentence.format(causes=named, outcome=name))
        against = _causes(c, [r for r in found if r["verdict"] == "opposite"])
        if against:
            out.append(_("Against expectation: {causes}.").format(causes=against))
        none = _causes(c, [r for r in mine if r["verdict"] == "negligible"])
        if none:
            out.append(
                _("For {causes} the data show no association worth speaking of.").format(
                    causes=none
                )
            )
        open_ = _causes(c, [r for r in mine if r["verdict"] == "undecided"])
        if open_:
            out.append(
                _("For {causes} the data leave it open; that is not the same as no association.").format(
                    causes=open_
                )
            )  # fmt: skip
        not_tested = _causes(c, [r for r in mine if r["verdict"] == "not testable"])
        if not_tested:
            out.append(_("Not testable: {causes}.").format(causes=not_tested))
    out.append(_("These are associations in a survey, not causes."))
    return out


def _causes(c: Context, rows: Sequence[Row]) -> str:
    names = unique(
        c.running(code) for r in rows for code in c.plan["hypotheses"][r["hypothesis"]]["from"]
    )
    return words.join(names, c._)


def cautions(c: Context) -> list[tuple[str, str]]:
    """Cautions of the headline rows: short name and what it means."""
    codes = unique(code for r in c.headline() for code in r["cautions"].split(";") if code)
    return [words.caution(code, c._) for code in codes]
