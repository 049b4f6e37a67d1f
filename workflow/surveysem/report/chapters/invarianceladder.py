"""The picture of a model's ladder of invariance over its groups in the latest wave."""

from collections.abc import Mapping, Sequence

from surveysem.report import words
from surveysem.report.context import Context
from surveysem.report.figures import Figure
from surveysem.report.ladder import Index, Lane, Rung, Value, ladder
from surveysem.report.tables import Row, unique
from surveysem.report.words import number, p_value

INDICES = {"cfi": "ΔCFI", "rmsea": "ΔRMSEA", "srmr": "ΔSRMR"}
PARTIAL = "_partial"
Found = Mapping[tuple[str, str], Row]  # (level, statistic) to its row


def level_name(c: Context, level: str) -> str:
    """A level in words; LEVEL_partial: with the items freed that differ."""
    _ = c._
    name = {
        "configural": _("same items (configural)"),
        "thresholds": _("equal thresholds"),
        "metric": _("equal loadings (metric)"),
        "scalar": _("equal intercepts too (scalar)"),
        "strict": _("equal residuals too (strict)"),
    }[level.removesuffix(PARTIAL)]
    return name + (", " + _("items freed") if level.endswith(PARTIAL) else "")


def figures(c: Context) -> list[Figure]:
    """A picture a model of several groups whose loosest level could be computed."""
    return [f for model in c.plan["models"] for f in of_model(c, model)]


def of_model(c: Context, model: str) -> list[Figure]:
    """The ladder of the latest wave; no picture where no level has a value."""
    _ = c._
    rows = c.tables["invariance"].where(model=model, wave=c.wave)
    found = {(r["level"], r["statistic"]): r for r in rows}
    if not any(statistic == "df" for _level, statistic in found):
        return []
    levels = unique(level.removesuffix(PARTIAL) for level, _s in found)
    items = c.tables["noninvariance"].where(model=model, wave=c.wave)
    rungs = [_rung(c, level, found, [r for r in items if r["level"] == level]) for level in levels]
    title = _("Ladder of invariance, model {model}, {wave}").format(
        model=model, wave=c.wave_name(c.wave)
    )
    said = _("all items equal"), _("items freed that differ"), _("change beyond the cut-off")
    drawn = ladder(rungs, [_index(key, levels, found) for key in INDICES], said, title,
                   ". ".join(_said(rung) for rung in rungs))  # fmt: skip
    text = c.groups_in_words(model) + ". "
    text += _(
        "Changes against the level before; a level is judged worse by its fit when CFI and one of "
        "the others pass the dashed lines (Chen, 2007)."
    )
    return [Figure(f"invariance_{model}_{c.language}", drawn, text)]


def _index(key: str, levels: Sequence[str], found: Found) -> Index:
    """An index with the cut-offs that were used at each level."""
    limits = [_number(found, level, f"limit_{key}") for level in levels]
    return Index(
        INDICES[key],
        limits,
        ["" if v is None else number(v, 3, bounded=True) for v in limits],
        -1 if key == "cfi" else 1,
    )


def _number(found: Found, level: str, statistic: str) -> float | None:
    for name in (level, level + PARTIAL):
        row = found.get((name, statistic))
        if row and row["est"] != "":
            return float(row["est"])
    return None


def _rung(c: Context, level: str, found: Found, items: Sequence[Row]) -> Rung:
    _ = c._
    names = [n for n in (level, level + PARTIAL) if (n, "df") in found]
    notes = unique(r["note"] for (n, _s), r in found.items() if n == level and r["note"])
    remark = " ".join(words.reason(text, _, c.name) for text in notes)
    if not names:
        return Rung(level_name(c, level), _("not computed"), [Lane((), ())], remark, passed=False)
    lanes = [_lane(c, name, found) for name in names]
    freed = unique(r["item"] for r in items if r["freed"] == "1")
    failing = unique(r["construct"] for r in items if r["freed"] != "1")
    if failing:
        verdict = _("fails: {names}").format(names=words.join([c.name(k) for k in failing], _))
    elif freed:
        verdict = _("holds but for {items}").format(items=words.join(freed, _))
    elif (level, "df_diff") not in found and (level + PARTIAL, "df_diff") not in found:
        verdict = _("the start: nothing is held equal")
    elif len(names) > 1:
        verdict = _("no further item differs")
    else:
        verdict = _("no item differs")
    return Rung(level_name(c, level), verdict, lanes, remark, passed=not failing)


def _lane(c: Context, name: str, found: Found) -> Lane:
    """One model's changes and tests; of the first level, which changes nothing, its fit."""
    _ = c._

    def est(*statistics: str) -> str:
        return next((found[name, s]["est"] for s in statistics if (name, s) in found), "")

    changes = [
        Value(float(v), number(v, 3, bounded=True)) if (v := est(f"delta_{key}")) else None
        for key in INDICES
    ]
    if not any(changes):
        fit = (("CFI", "cfi"), ("RMSEA", "rmsea"), ("SRMR", "srmr"))
        said = [
            f"{word} {number(est(f'{k}_robust', f'{k}_scaled', k), 3, bounded=True)}"
            for word, k in fit
        ]
        return Lane((), said)
    said = []
    if test := est("chisq_diff"):
        df = number(est("df_diff"), 0)
        said.append(f"Δχ²({df}) = {number(test, 1)}, p {p_value(est('p_diff'))}")
    for statistic, holds, rejected in (
        ("holds_by_test", _("holds by the test"), _("rejected by the test")),
        ("holds_by_indices", _("holds by its fit"), _("rejected by its fit")),
    ):
        if (value := est(statistic)) != "":
            said.append(holds if float(value) else rejected)
    return Lane(changes, said, name.endswith(PARTIAL))


def _said(rung: Rung) -> str:
    """A rung in words, for those who do not see it."""
    lanes = [
        ", ".join([f"{name} {v.text}" for name, v in zip(INDICES.values(), lane.changes, strict=False)
                   if v] + list(lane.said))
        for lane in rung.lanes
    ]  # fmt: skip
    return "; ".join(part for part in (f"{rung.name}: {rung.verdict}", *lanes, rung.remark) if part)
