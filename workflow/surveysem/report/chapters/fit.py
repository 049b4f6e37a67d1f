"""Lines that several chapters share: a model's fit, and who and how many."""

from collections.abc import Sequence

from surveysem.report import words
from surveysem.report.blocks import Block, Column, table
from surveysem.report.context import Context
from surveysem.report.privacy import holds_small
from surveysem.report.tables import Row, unique
from surveysem.report.words import interval, number, p_value


def fit_block(c: Context, name: str, rows: Sequence[Row]) -> Block:
    """Fit measures, one line a fit; `rows` are long rows of a fit table."""
    _ = c._
    keys = unique((r["wave"], r["fit"]) for r in rows)
    lines = []
    for wave, fit in keys:
        mine = {r["statistic"]: r for r in rows if r["wave"] == wave and r["fit"] == fit}
        hidden = any(holds_small(c, wave, r["model"]) for r in mine.values())
        lines.append({"wave": wave, "fit": fit, "mine": mine, "hidden": hidden})

    def best(r, statistic):
        """The robust form of a measure where there is one, else the scaled, else the plain."""
        forms = (f"{statistic}_robust", f"{statistic}_scaled", statistic)
        found = (r["mine"][n] for n in forms if r["mine"].get(n, {}).get("est"))
        return next(found, {"est": ""})

    def value(statistic, digits=2, bounded=False):
        return lambda r: (
            number(best(r, statistic)["est"], digits, bounded=bounded)
            if r["mine"].get(statistic, {}).get("est")
            else "–"
        )

    def rmsea(r):
        if "rmsea" not in r["mine"]:
            return "–"
        ends = (best(r, "rmsea_ci_lower")["est"], best(r, "rmsea_ci_upper")["est"])
        ci = interval(*ends, 3, bounded=True)
        return f"{number(best(r, 'rmsea')['est'], 3, bounded=True)} {ci}"

    def remark(r):
        notes = [row["note"] for row in r["mine"].values()
                 if row["note"] and row["statistic"] != "estimator"]  # fmt: skip
        return words.reason(notes[0], _, c.name) if notes else ""

    columns = [
        Column(_("Wave"), lambda r: c.wave_name(r["wave"])),
        Column(_("Model"), lambda r: fit_name(r["fit"], c)),
        Column("n", lambda r: "–" if r["hidden"] else value("ntotal", 0)(r), True),
        Column(_("Estimator"), lambda r: r["mine"].get("estimator", {}).get("note", "")),
        Column("χ²", value("chisq", 1), True),
        Column("df", value("df", 0), True),
        Column("p", lambda r: p_value(best(r, "pvalue")["est"]).removeprefix("= ")
               if "pvalue" in r["mine"] else "–", True),
        Column("CFI", value("cfi", 3, True), True),
        Column("TLI", value("tli", 3, True), True),
        Column("RMSEA [90 %]", rmsea, True),
        Column("SRMR", value("srmr", 3, True), True),
        Column(_("Remark"), remark),
    ]  # fmt: skip
    return table(name, columns, lines)


def fit_name(name: str, c: Context) -> str:
    """Words for a fit: the factor model, the theory's, or an outcome on all its causes."""
    _ = c._
    base, equal = name.removesuffix("_equal"), name.endswith("_equal")
    if base == "cfa_alternative":
        text = _("factor model, the other estimator")
    elif base == "cfa":
        text = _("factor model")
    elif base == "theory":
        text = _("theory's model")
    else:
        text = _("{outcome} on all causes side by side").format(
            outcome=c.name(base.removeprefix("total_"))
        )
    return f"{text}, {_('paths equal over groups')}" if equal else text


def meta(c: Context, model: str, rows: Sequence[Row], fit: str) -> str:
    """Who, how many of how many, by which method."""
    latest = {r["statistic"]: r["est"] for r in rows if r["wave"] == c.wave and r["fit"] == fit}
    if "ntotal" not in latest or holds_small(c, c.wave, model):
        return f"{c.groups_in_words(model)} · {c.wave_name(c.wave)}"
    _ = c._
    estimator = next((r["note"] for r in rows if r["wave"] == c.wave and r["fit"] == fit
                      and r["statistic"] == "estimator"), "")  # fmt: skip
    method = {
        "ML": _("maximum likelihood, complete cases"),
        "MLR": _("MLR, full information on missing answers"),
        "WLSMV": _("WLSMV, pairs of answers"),
    }.get(estimator, estimator)
    return _("{groups} · {wave} · n {used} of {received} · {method}").format(
        method=method,
        groups=c.groups_in_words(model),
        wave=c.wave_name(c.wave),
        used=words.count(latest["ntotal"]),
        received=words.count(latest.get("n_received", "")),
    )  # fmt: skip
