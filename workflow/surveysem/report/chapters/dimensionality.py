"""Sections on dimensionality: how many factors, and which items load where."""

from surveysem.report.blocks import Block, Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import table_by_group
from surveysem.report.remarks import remark
from surveysem.report.tables import Row, unique
from surveysem.report.words import first, number, p_value


def dimensionality(c: Context, model: str) -> Section:
    """How many dimensions the items of a model have, in the latest wave."""
    _, found, loadings = c._, c.tables["dimensionality"], c.tables["exploratory"]
    return Section(
        f"dimensionality-{model}",
        _("How many dimensions do the items have? Model {model}").format(model=model),
        _answer(c, model),
        [_criteria(c, model), _elsewhere(c, model), _sorted(c, model)],
        meta=f"{c.groups_in_words(model)} · {c.wave_name(c.wave)}",
        how=_(
            "KMO of .70 is a convention for items that share enough, .60 the least (Kaiser, 1974). "
            "Parallel analysis keeps factors whose eigenvalue exceeds the 95th percentile of "
            "random data (Horn, 1965; Glorfeld, 1995): components tend to be too few where factors "
            "correlate, axis factors too many (Lim & Jahng, 2019); MAP is Velicer's (1976) minimum "
            "average partial. Exploratory loadings are principal axis factors with oblimin "
            "rotation; .40 is a convention for a loading, .30 for one that is too large elsewhere "
            "(Howard, 2016). They come from the same respondents as the confirmatory model and "
            "change nothing in it. Several groups together: correlations within groups."
        ),
        links=[(_("dimensionality"), found.link), (_("exploratory"), loadings.link)],
        rule="measurement_checks · surveysem.measurement.dimensionality.dimensionality",
    )


def _answer(c: Context, model: str) -> str:
    _, found, group = c._, c.tables["dimensionality"], c.lead_group(model)
    basis = _basis(c, model, group)
    mine = {r["statistic"]: r for r in found.where(model=model, wave=c.wave, group=group,
                                                   basis=basis, item="", factor="")}  # fmt: skip
    if "constructs" not in mine:
        return _("Not computed in the latest wave; the table says why.")
    text = _(
        "For {k} constructs, parallel analysis finds {pc} components and {paf} axis factors, MAP "
        "{map}."
    ).format(
        k=number(mine["constructs"]["est"], 0),
        pc=number(mine["factors_pc_p95"]["est"], 0),
        paf=number(mine["factors_paf_p95"]["est"], 0),
        map=number(mine["factors_map"]["est"], 0),
    )
    own = [r for r in _named(c, model) if r["group"] == group and _by_constructs(r)]
    if own:
        items = unique(r["item"] for r in own)
        return text + " " + _("With a factor for each construct, these load elsewhere: {items}.").format(
            items=first(items, _)
        )  # fmt: skip
    if any(_by_constructs(r) for r in _solution(c, model, group)):
        text += " " + _("With a factor for each construct, every item loads on its own.")
    return text


def _basis(c: Context, model: str, group: str) -> str:
    """Correlations that the exploratory factors are of."""
    return c.tables["exploratory"].value("basis", model=model, wave=c.wave, group=group)


def _by_constructs(r: Row) -> bool:
    return "constructs" in r["solution"].split(";")


def _solution(c: Context, model: str, group: str) -> list[Row]:
    rows = c.tables["exploratory"].where(model=model, wave=c.wave, group=group)
    return [r for r in rows if r["statistic"] == "loading"]


def _named(c: Context, model: str) -> list[Row]:
    return c.tables["exploratory"].where(model=model, wave=c.wave, statistic="elsewhere")


def _criteria(c: Context, model: str) -> Block:
    _, found = c._, c.tables["dimensionality"]
    rows = [r for r in found.where(model=model, wave=c.wave) if not r["item"] and not r["factor"]]
    lines = [
        {
            "group": group,
            "basis": basis,
            "mine": {r["statistic"]: r for r in rows if (r["group"], r["basis"]) == (group, basis)},
        }
        for group, basis in unique((r["group"], r["basis"]) for r in rows)
    ]
    bases = {"pearson": "Pearson", "polychoric": _("polychoric")}

    def est(statistic, digits=0, bounded=False):
        return lambda r: (
            number(r["mine"][statistic]["est"], digits, bounded=bounded)
            if statistic in r["mine"]
            else "–"
        )

    def why(r):
        note = next((x["note"] for x in r["mine"].values() if x["note"]), "")
        return remark(note, _, c.name)

    columns = [
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Correlations"), lambda r: bases[r["basis"]]),
        Column("n", lambda r: next(iter(r["mine"].values()))["n"] or "–", True),
        Column("KMO", est("kmo", 2, True), True),
        Column("Bartlett χ²", est("bartlett_chisq", 1), True),
        Column("df", est("bartlett_df"), True),
        Column("p", lambda r: p_value(r["mine"]["bartlett_p"]["est"]).removeprefix("= ")
               if "bartlett_p" in r["mine"] else "–", True),
        Column(_("Constructs"), est("constructs"), True),
        Column(_("Components"), est("factors_pc_p95"), True),
        Column(_("Axis factors"), est("factors_paf_p95"), True),
        Column("MAP", est("factors_map"), True),
        Column("MAP (4)", est("factors_map4"), True),
        Column(_("Remark"), why),
    ]  # fmt: skip
    return table_by_group(
        c,
        _("Sampling adequacy, and how many factors each criterion keeps"),
        columns,
        lines,
        note=_(
            "n: the smallest number of respondents who answered two items. Components and axis "
            "factors: above the 95th percentile of random data. MAP (4): with fourth powers."
        ),
    )


def _elsewhere(c: Context, model: str) -> Block:
    _ = c._
    columns = [
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column(_("Factors"), lambda r: r["factors"], True),
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Wording"), lambda r: c.text(c.plan["items"][r["item"]]["text"])),
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("Loads on"), lambda r: _factor(c, r["factor"])),
        Column("λ", lambda r: number(r["est"], 2), True),
        Column(_("Remark"), lambda r: remark(r["note"], _, c.name)),
    ]
    return table_by_group(c, _("Items that load elsewhere"), columns, _named(c, model), folded=True)


def _factor(c: Context, name: str) -> str:
    return " + ".join(c.name(part) for part in name.split("+"))


def _sorted(c: Context, model: str) -> Block:
    """Items by construct and size: own loading, and the largest of the others."""
    _, group = c._, c.lead_group(model)
    rows = [r for r in _solution(c, model, group) if _by_constructs(r)]
    lines = []
    for item in unique(r["item"] for r in rows):
        mine = [r for r in rows if r["item"] == item]
        own = next((r for r in mine if r["construct"] in r["factor"].split("+")), None)
        others = [r for r in mine if r is not own]
        top = max(others, key=lambda r: abs(float(r["est"])), default=None)
        lines.append({"group": group, "item": item, "construct": mine[0]["construct"], "own": own,
                      "top": top})  # fmt: skip
    place = {code: k for k, code in enumerate(unique(r["construct"] for r in rows))}
    lines.sort(key=lambda r: (place[r["construct"]],
                              -abs(float(r["own"]["est"])) if r["own"] else 0.0))  # fmt: skip

    def loading(part):
        return lambda r: number(r[part]["est"], 2) if r[part] else "–"

    columns = [
        Column(_("Construct"), lambda r: c.name(r["construct"])),
        Column(_("Item"), lambda r: r["item"]),
        Column(_("Wording"), lambda r: c.text(c.plan["items"][r["item"]]["text"])),
        Column("λ", loading("own"), True),
        Column(_("Largest other λ"), loading("top"), True),
        Column(_("on factor"), lambda r: _factor(c, r["top"]["factor"]) if r["top"] else "–"),
    ]
    return table_by_group(
        c,
        _("Exploratory loadings with a factor for each construct, {group}").format(
            group=c.group_name(group)
        ),
        columns,
        lines,
        folded=True,
    )
