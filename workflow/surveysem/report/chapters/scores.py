"""Section on factor scores: how well the answers tell each respondent's place on a construct."""

from surveysem.report.blocks import Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import shown, table_by_group
from surveysem.report.remarks import remark
from surveysem.report.tables import Row
from surveysem.report.words import number

GOOD = 0.90


def scores(c: Context, model: str) -> Section:
    """Determinacy of a model's scores in the latest wave, and where the scores are."""
    _, found = c._, c.tables["determinacy"]
    rows = found.where(model=model, wave=c.wave)
    lines = [r for r in rows if r["statistic"] in ("determinacy", "not_computed")]

    def least(r: Row) -> str:
        keys = ("model", "wave", "group", "construct", "method")
        same = {key: r[key] for key in keys}
        return found.value("est", **same, statistic="least_correlation")

    columns = [
        Column(_("Construct"), lambda r: c.name(r["construct"]) if r["construct"] else "–"),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Scores"), lambda r: _method(c, r["method"])),
        Column("n", lambda r: r["n"], True),
        Column(_("Determinacy"), lambda r: number(r["est"], 2, bounded=True), True),
        Column(_("Least correlation"), lambda r: number(least(r), 2, bounded=True), True),
        Column(_("Remark"), lambda r: _said(c, r["note"])),
    ]
    title = _("Determinacy of the factor scores, {wave}").format(wave=c.wave_name(c.wave))
    return Section(
        f"scores-{model}",
        _("How well do the answers tell each respondent's place? Model {model}").format(
            model=model
        ),
        _answer(c, lines),
        [table_by_group(c, title, columns, lines, folded=True)],
        meta=f"{c.groups_in_words(model)} · {c.wave_name(c.wave)}",
        how=_(
            "Determinacy is the correlation of a score with the factor that it stands for. Scores "
            "that are used in place of the factor should have .90 or more, .80 is the least for "
            "research (Gorsuch, 1983; Grice, 2001; conventions). Many sets of scores fit a factor "
            "model equally well; the least correlation is that of the two which differ most "
            "(Guttman, 1955). Regression scores correlate most with the factor, Bartlett's are not "
            "drawn towards the mean; of ordinal answers the scores are means of the factor given the "
            "answers. The factors have mean zero and variance one in every group, so that scores "
            "compare respondents of one group and wave, and no groups or waves. Paths between scores "
            "are not those between factors: the structural models do not use them. The file of "
            "scores has a row for each respondent (by pseudonym): it is for the team."
        ),
        links=[
            (_("determinacy"), found.link),
            (_("scores"), found.link.removesuffix("determinacy.csv") + "scores.csv"),
        ],
        rule="measurement_wave · surveysem.measurement.scores.scored",
    )


def _answer(c: Context, lines: list[Row]) -> str:
    """How many of the best scores reach .90."""
    _ = c._
    best = [r for r in shown(c, lines) if r["est"] != "" and r["method"] != "bartlett"]
    if not best:
        return _("Not computed in the latest wave; the table says why.")
    low = [r for r in best if float(r["est"]) < GOOD]
    text = _("The scores of {n} of {all} constructs by group have a determinacy of .90 or more.").format(
        n=len(best) - len(low), all=len(best)
    )  # fmt: skip
    if low:
        text += " " + _("Below: {names}.").format(names=c.named(low, "construct"))
    return text


def _method(c: Context, code: str) -> str:
    _ = c._
    return {
        "regression": _("regression"),
        "bartlett": _("Bartlett"),
        "eap": _("mean given all answers"),
        "eap_each": _("mean given the construct's own answers"),
        "": "–",
    }.get(code, code)


def _said(c: Context, note: str) -> str:
    if note == "no_scores":
        return c._("No respondent has a score.")
    return remark(note, c._, c.name) if note else ""
