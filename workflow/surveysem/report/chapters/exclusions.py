"""Section on the careless: what the results would be if they had been kept."""

from collections.abc import Sequence

from surveysem.asked import EVERYONE
from surveysem.report import words
from surveysem.report.blocks import Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import shown, table_by_group
from surveysem.report.tables import Row
from surveysem.report.words import interval, number


def exclusions(c: Context) -> Section:
    """Verdicts and alphas with and without the respondents excluded as careless."""
    _, both = c._, c.tables["exclusions"]
    question = _("Would the results differ if the careless had been kept?")
    if not both.rows:
        return Section(
            "exclusions",
            question,
            _("Not compared: `cleaning.compare: true` in config.yaml sets both side by side."),
        )
    verdicts, alphas = both.where(kind="verdict"), both.where(kind="alpha")
    lead = [r for r in verdicts if r["headline"] == "1"]
    others = [r for r in verdicts if r["headline"] != "1"]
    latest = [r for r in alphas if r["wave"] == c.wave]
    answer = " ".join(part for part in (_of_verdicts(c, lead), _of_alphas(c, latest)) if part)
    place = [
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Group"), lambda r: _who(c, r)),
    ]
    columns = _verdict_columns(c)
    head, every = ([columns[0], *some, *columns[1:]] for some in (place[1:], place))
    return Section(
        "exclusions",
        question,
        answer,
        [
            table_by_group(c, _("Headline verdicts without and with the careless"), head, lead),
            table_by_group(c, _("All other tests without and with the careless"), every, others,
                           folded=True),
            table_by_group(c, _("Alphas without and with the careless"),
                           [Column(_("Scale"), lambda r: c.name(r["name"])), *place,
                            *_alpha_columns(c)], alphas, folded=True),
        ],
        meta=_("First without, then with those whom signs of careless answering exclude"),
        how=_(
            "Alphas and verdicts are computed again from respondents analysed and those excluded as "
            "careless. Those without consent, the ineligible, doubles and the incomplete stay out "
            "of both. "
            "Careless answers weaken correlations or make them, as straight lines do; where "
            "results differ, say so and report both (Meade & Craig, 2012)."
        ),
        links=[(_("without and with"), both.link)],
        rule="robustness_exclusions · surveysem.robustness.exclusions.side_by_side",
        warn=any(r["changed"] == "1" for r in lead),
    )  # fmt: skip


def _who(c: Context, r: Row) -> str:
    """The groups that a row is about; 'all' of a model are its own."""
    whole = r["model"] and r["group"] == EVERYONE
    return c.groups_in_words(r["model"]) if whole else c.group_name(r["group"])


def _of_verdicts(c: Context, lead: Sequence[Row]) -> str:
    _, changed = c._, [r["name"] for r in lead if r["changed"] == "1"]
    if not lead:
        return ""
    if not changed:
        return _("None of {n} headline verdicts changes with the careless kept.").format(
            n=len(lead)
        )
    return _("{k} of {n} headline verdicts change with the careless kept: {names}.").format(
        k=len(changed), n=len(lead), names=words.listed(changed, _)
    )


def _of_alphas(c: Context, rows: Sequence[Row]) -> str:
    known = [r for r in shown(c, rows) if r["difference"] != ""]
    if not known:
        return ""
    top = max(known, key=lambda r: abs(float(r["difference"])))
    text = c._("The largest change of an alpha is {gap} ({scale}, {group}).")
    return text.format(
        gap=number(top["difference"], 3, bounded=True), scale=c.name(top["name"]),
        group=c.group_name(top["group"]),
    )  # fmt: skip


def _twice(r: Row, cell) -> str:
    """A cell of both analyses: without, with."""
    return f"{cell('')} → {cell('with_')}"


def _verdict_columns(c: Context) -> list[Column]:
    _ = c._

    def word(r: Row, which: str) -> str:
        verdict = r[f"{which}verdict"]
        return words.verdict(verdict, _) if verdict else "–"

    return [
        Column("", lambda r: r["name"]),
        Column(_("Claim"), lambda r: c.claim(r["name"])),
        Column("n", lambda r: _twice(r, lambda w: r[f"{w}n"] or "–"), True),
        Column("β", lambda r: _twice(r, lambda w: number(r[f"{w}est"])), True),
        Column("95 % CI", lambda r: _twice(
            r, lambda w: interval(r[f"{w}ci_lower"], r[f"{w}ci_upper"])), True),
        Column(_("Verdict"), lambda r: word(r, "") if r["changed"] == "0"
               else _twice(r, lambda w: word(r, w))),
    ]  # fmt: skip


def _alpha_columns(c: Context) -> list[Column]:
    return [
        Column("n", lambda r: _twice(r, lambda w: r[f"{w}n"] or "–"), True),
        Column("α", lambda r: _twice(r, lambda w: number(r[f"{w}est"], 2, bounded=True)), True),
        Column("95 % CI", lambda r: _twice(
            r, lambda w: interval(r[f"{w}ci_lower"], r[f"{w}ci_upper"], 2, bounded=True)), True),
    ]  # fmt: skip
