"""Sections on common method: in the answers (measurement), and in the paths (robustness)."""

from surveysem.report import words
from surveysem.report.blocks import Block, Column, Section
from surveysem.report.chapters.fit import fit_name
from surveysem.report.context import Context
from surveysem.report.privacy import shown, table_by_group
from surveysem.report.remarks import remark
from surveysem.report.tables import Row, unique
from surveysem.report.words import number, p_value

STEPS = ("cfa", "baseline", "method_c", "method_u", "method_r")


def method(c: Context, model: str) -> Section:
    """How much of a model's answers may be the method of asking, in the latest wave."""
    _, found = c._, c.tables["method"]
    return Section(
        f"method-{model}",
        _("How much may be the way of asking? Model {model}").format(model=model),
        _answer(c, model),
        [_techniques(c, model), _models(c, model)],
        meta=f"{c.groups_in_words(model)} · {c.wave_name(c.wave)}",
        how=_(
            "Nothing here shows that there is no common method. Harman's first factor below 50 % is "
            "no evidence of absence (Podsakoff et al., 2003; Fuller et al., 2016). An unmeasured "
            "method factor is fragile: where its variance turns negative it is flagged and not "
            "reported (Richardson, Simmering & Sturman, 2009); with reversed items it can also be a "
            "leaning to agree (Billiet & McClendon, 2000). The marker technique asks whether a "
            "construct that should go with nothing loads on the items: not (Baseline), alike "
            "(Method-C), freely (Method-U), and whether the correlations of the constructs are "
            "biased by it (Method-R; Williams, Hartman & Cavazotte, 2010). Its answer is as good as "
            "the marker. Procedures while asking remedy more than any of these (Podsakoff et al., "
            "2012). Each group is fitted alone, by maximum likelihood (ML) of complete answers "
            "whatever the estimator of the factor model, with full information (MLR) where fewer than half "
            "answered every item."
        ),
        links=[(_("common method"), found.link)],
        rule="measurement_checks · surveysem.measurement.method.common_method",
    )


def technique_name(c: Context, code: str) -> str:
    """Words for a technique of common method."""
    _ = c._
    kind, _sep, marker = code.partition(":")
    text = {
        "harman": _("Harman's first factor"),
        "ulmc": _("unmeasured factor"),
        "ulmc_keyed": _("unmeasured leaning to agree"),
        "marker": _("marker"),
    }[kind]
    return _("{technique}: {name}").format(technique=text, name=c.name(marker)) if marker else text


def _of(c: Context, model: str) -> list[Row]:
    rows = c.tables["method"].where(model=model, wave=c.wave)
    return [r for r in shown(c, rows) if not r["construct"] or r["statistic"] == "largest_change"]


def _lines(c: Context, model: str) -> list[dict]:
    """One entry a group, technique and fit that says how much is method, or why not."""
    rows = [r for r in _of(c, model) if r["statistic"] != "left_out"]
    told = ("share_component", "method_share", "not_reported", "not_computed")
    keys = unique((r["group"], r["technique"], r["fit"]) for r in rows if r["statistic"] in told)
    return _lined(rows, keys)


def _lined(rows: list[Row], keys: list[tuple[str, str, str]]) -> list[dict]:
    """An entry a group, technique and fit, with its rows by statistic."""
    return [
        {
            "group": key[0],
            "technique": key[1],
            "fit": key[2],
            "mine": {
                r["statistic"]: r for r in rows if (r["group"], r["technique"], r["fit"]) == key
            },
        }
        for key in keys
    ]


def _answer(c: Context, model: str) -> str:
    _, lines = c._, _lines(c, model)
    parts = []
    first = [r for r in lines if r["technique"] == "harman" and r["group"] == c.lead_group(model)]
    if first and "share_component" in first[0]["mine"]:
        share = words.percent(first[0]["mine"]["share_component"]["est"])
        parts.append(
            _(
                "The first unrotated factor has {share} % of the items' variance, which says little."
            ).format(share=share)
        )
    asked = [r for r in lines if r["technique"].startswith("marker:")]
    marked = [r for r in asked if r["fit"] == "method_c" and "method_share" in r["mine"]]
    parts += [_found(c, r) for r in marked]
    if not asked:
        parts.append(_("There is no marker to compare with."))
    elif not marked:
        parts.append(_("The models of the marker could not be used; the table says why."))
    return " ".join(parts)


def _found(c: Context, r: dict) -> str:
    """What a marker has of the items of a group, and how much it changes."""
    _ = c._
    text = _("{group}: the marker has {share} % of the items' variance.")
    if "largest_change" in r["mine"]:
        text = _(
            "{group}: the marker has {share} % of the items' variance and changes no correlation "
            "of constructs by more than {change}."
        )
    return text.format(
        group=c.group_name(r["group"]),
        share=words.percent(r["mine"]["method_share"]["est"]),
        change=_change(r).removeprefix("−"),
    )


def _change(r: dict) -> str:
    mine = r["mine"].get("largest_change")
    return number(mine["est"], 3, bounded=True) if mine else "–"


def _techniques(c: Context, model: str) -> Block:
    _ = c._

    def share(r):
        mine = r["mine"].get("method_share") or r["mine"].get("share_component")
        return words.percent(mine["est"]) if mine else "–"

    def test(r):
        mine = r["mine"]
        if "chisq_diff" not in mine:
            return "–"
        p = p_value(mine["p_diff"]["est"])
        return (
            f"{number(mine['chisq_diff']['est'], 1)} ({number(mine['df_diff']['est'], 0)}), p {p}"
        )

    def why(r):
        notes = [x["note"] for x in r["mine"].values() if x["note"]]
        return remark(notes[0], _, c.name) if notes else ""

    def pair(r):
        mine = r["mine"].get("largest_change")
        return f"{c.name(mine['construct'])} – {c.name(mine['with'])}" if mine else ""

    columns = [
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Technique"), lambda r: technique_name(c, r["technique"])),
        Column(_("Model"), lambda r: step_name(c, r["fit"])),
        Column(_("Estimator"), lambda r: next(iter(r["mine"].values()))["estimator"] or "–"),
        Column("n", lambda r: next(iter(r["mine"].values()))["n"] or "–", True),
        Column(_("Δχ² (df), p"), test, True),
        Column(_("% of variance"), share, True),
        Column(_("Largest change of r"), _change, True),
        Column(_("of"), pair),
        Column(_("Remark"), why),
    ]
    return table_by_group(c, _("What each technique finds"), columns, _lines(c, model))


def step_name(c: Context, code: str) -> str:
    """Words for a model of a technique."""
    _ = c._
    return {
        "cfa": _("factor model"),
        "baseline": "Baseline",
        "method_c": _("Method-C (equal loadings)"),
        "method_u": _("Method-U (free loadings)"),
        "method_r": _("Method-R (correlations held)"),
    }.get(code, "")


def _models(c: Context, model: str) -> Block:
    """The marker technique's models, one after the other."""
    _ = c._
    rows = [r for r in _of(c, model) if r["fit"] in STEPS]
    keys = unique((r["group"], r["technique"], r["fit"]) for r in rows)
    order = unique((group, technique) for group, technique, _fit in keys)
    keys.sort(key=lambda key: (order.index(key[:2]), STEPS.index(key[2])))
    lines = _lined(rows, keys)

    def est(statistic, digits=1, bounded=False):
        return lambda r: (
            number(r["mine"][statistic]["est"], digits, bounded=bounded)
            if statistic in r["mine"]
            else "–"
        )

    columns = [
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Technique"), lambda r: technique_name(c, r["technique"])),
        Column(_("Model"), lambda r: step_name(c, r["fit"])),
        Column("n", lambda r: next(iter(r["mine"].values()))["n"] or "–", True),
        Column("χ²", est("chisq"), True),
        Column("df", est("df", 0), True),
        Column("CFI", est("cfi", 3, True), True),
        Column("Δχ²", est("chisq_diff"), True),
        Column("Δdf", est("df_diff", 0), True),
        Column("p", lambda r: p_value(r["mine"]["p_diff"]["est"]).removeprefix("= ")
               if "p_diff" in r["mine"] else "–", True),
        Column(_("kept"), lambda r: _("yes") if "kept" in r["mine"] else ""),
    ]  # fmt: skip
    return table_by_group(
        c,
        _("Models of the marker technique"),
        columns,
        lines,
        folded=True,
        note=_(
            "Method-C is compared with Baseline, Method-U with Method-C, Method-R with the one of "
            "the two that is kept."
        ),
    )


def controlled_paths(c: Context) -> Section:
    """Structural paths with a method controlled, in the latest wave (chapter robustness)."""
    _, found = c._, c.tables["method_paths"]
    rows = shown(c, found.where(wave=c.wave))
    told = [r for r in rows if r["change"] != ""]
    named = [r for r in told if r["note"] == "changed"]
    failed = [r for r in rows if r["change"] == ""]
    if named:
        answer = _("{n} of {all} standardised paths change by more than .10.").format(
            n=len(named), all=len(told)
        )
    elif told:
        top = max(told, key=lambda r: abs(float(r["change"])))
        answer = _("None of {all} standardised paths changes by more than .10 (at most {change}).").format(
            all=len(told), change=number(abs(float(top["change"])), 3, bounded=True)
        )  # fmt: skip
    else:
        answer = _("No model with a method controlled could be fitted.")
    if failed:
        answer += " " + _("{n} fits are not reported; the table says why.").format(n=len(failed))
    columns = [
        Column(_("Model"), lambda r: f"{r['model']}: {fit_name(r['fit'], c)}"),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Controlled"), lambda r: technique_name(c, r["control"])),
        Column(_("Estimator"), lambda r: r["estimator"]),
        Column(_("Cause"), lambda r: c.name(r["rhs"])),
        Column(_("Outcome"), lambda r: c.name(r["lhs"])),
        Column("n", lambda r: r["n"] or "–", True),
        Column(_("without"), lambda r: number(r["std"]), True),
        Column(_("with"), lambda r: number(r["std_with"]), True),
        Column(_("Change"), lambda r: number(r["change"], 3), True),
        Column(_("Remark"), lambda r: remark(r["note"], _, c.name)),
    ]
    return Section(
        "method-paths",
        _("Would the paths be others without a common method?"),
        answer,
        [
            table_by_group(
                c,
                _("Standardised paths without and with a method controlled"),
                columns,
                rows,
                folded=True,
            )
        ],
        meta=c.wave_name(c.wave),
        how=_(
            "Each structural model is fitted again in each group with an unmeasured method factor "
            "and with each marker (equal loadings), on the same respondents as without. Both fits "
            "are by maximum likelihood (ML) of complete answers, with full information (MLR) where "
            "fewer than half answered every item, so that the path without may differ a little from "
            "the verdict's: the change is what counts. A change of .10 is a convention. A path "
            "that stays is not proved free of method."
        ),
        links=[(_("paths with a method controlled"), found.link)],
        rule="robustness_wave · surveysem.robustness.method.method_controls",
    )
