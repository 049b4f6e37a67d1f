"""Section on the weights: whom the respondents stand for."""

from collections.abc import Sequence

from surveysem.report.blocks import Block, Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import is_small, note, table_by_group
from surveysem.report.tables import Row
from surveysem.report.words import count, number, percent


def weights(c: Context) -> Section:
    """What weighting did and costs, or that nothing is weighted."""
    _, summary, margins = c._, c.tables["weight_summary"], c.tables["margins"]
    whole = summary.one(wave=c.wave, group=c.whole)
    if not whole:
        answer = _("Nothing is weighted: config.yaml names neither margins nor a weight column.")
    elif is_small(c, c.wave, c.whole):
        answer = note(c)
    else:
        answer = _(
            "In {wave}, {n} respondents weigh as much as {effective} of a simple random sample "
            "(design effect of weighting {deff})."
        ).format(
            wave=c.wave_name(c.wave), n=count(whole["n"]), effective=count(whole["n_eff"]),
            deff=number(whole["deff"]),
        )  # fmt: skip
        if any(r["converged"] == "0" for r in summary.rows):
            answer += " " + _("Some margins are not met exactly; the table says by how much.")
    return Section(
        "weights", _("Whom do the respondents stand for?"), answer,
        _weight_blocks(c, summary.rows, margins.rows) if whole else [], warn="0" in
        [r["converged"] for r in summary.rows],
        how=_(
            "Raking multiplies weights until their shares in each margin are those of the "
            "population (Deville & Särndal, 1992). It mends differences in these variables only. "
            "The design effect 1 + CV² (Kish, 1965) says how much precision unequal weights cost. "
            "The models of this version do not use the weights; a caution at each verdict says so."
        ),
        links=[(_("weights"), summary.link), (_("margins"), margins.link)] if whole else (),
        rule="description_weights · surveysem.description.weights.weight_tables",
    )  # fmt: skip


def _weight_blocks(c: Context, summary: Sequence[Row], margins: Sequence[Row]) -> list[Block]:
    _ = c._
    place = [
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
    ]
    columns = [
        *place,
        Column("n", lambda r: r["n"], True),
        Column(_("Not raked"), lambda r: r["unraked"], True),
        Column(_("Smallest"), lambda r: number(r["min"]), True),
        Column(_("Largest"), lambda r: number(r["max"]), True),
        Column(_("Trimmed"), lambda r: r["trimmed"], True),
        Column(_("Effective n"), lambda r: count(r["n_eff"]), True),
        Column(_("Design effect"), lambda r: number(r["deff"]), True),
        Column(_("Off the margins (%)"), lambda r: percent(r["difference"], 3), True),
    ]
    margin_columns = [
        *place,
        Column(_("Variable"), lambda r: r["variable"]),
        Column(_("Level"), lambda r: c.name(r["level"])),
        Column(_("Population %"), lambda r: percent(r["target"]), True),
        Column(_("Before %"), lambda r: percent(r["before"]), True),
        Column(_("After %"), lambda r: percent(r["after"]), True),
    ]
    low, high = c.plan["trimming"]
    limits = _("Trimmed to between {low} and {high} times the mean.").format(
        low=number(low or 0), high=number(high) if high else "∞"
    )
    cells = [r for r in margins if not 0 < int(r["n"]) < c.plan["minimum_cell"]]
    blocks = [table_by_group(c, _("Weights"), columns, summary, note=limits if low or high else "")]
    if margins:
        blocks.append(
            table_by_group(c, _("Margins before and after raking"), margin_columns, cells)
        )
    return blocks
