"""Whom the survey asked, and whom it should stand for: sample, weights and their file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from surveysem.errors import describe, nearest
from surveysem.study.grouping import Grouping
from surveysem.study.objects import EVERYONE, Margin
from surveysem.study.rows import read_rows
from surveysem.study.sources import names
from surveysem.text import number_hint

COUNTS = ("complete", "partial", "refusal", "noncontact", "other", "unknown_household",
          "unknown_other")  # fmt: skip
ROLES = ("group", "project", "cluster", "form")  # text columns of intake's tables
COLUMNS = ("variable", "level", "share", "count", "wave", "group")


def invited(full: Mapping, wave: str, groups: Sequence[str]) -> dict[str, int]:
    """Number invited in a wave by group; under EVERYONE where it is given for all together."""
    given = full["sample"]["invited"].get(wave, {})
    found = {EVERYONE: given} if isinstance(given, int) else dict(given)
    return {group: found[group] for group in (*groups, EVERYONE) if group in found}


def dispositions(full: Mapping, wave: str) -> dict[str, dict]:
    """Entries of sample.dispositions of a wave by group (EVERYONE where they name none)."""
    return {
        entry.get("group", EVERYONE): {k: v for k, v in entry.items() if k not in ("wave", "group")}
        for entry in full["sample"]["dispositions"]
        if entry["wave"] == wave
    }


def contradictions(full: Mapping, groups: Grouping) -> list[str]:
    """Problems of `sample` and `weights` with themselves, the waves and the groups, worded."""
    sample, weights, problems, waves = full["sample"], full["weights"], [], names(full)
    if sample["partial"] > sample["complete"]:
        problems.append(
            describe("config.yaml, sample.partial", f"{sample['partial']} is more than "
                     f"sample.complete, {sample['complete']}", hint="partial asks for less")
        )  # fmt: skip
    for wave, given in sample["invited"].items():
        problems += _unknown("config.yaml, sample.invited", "wave", wave, waves)
        for group in given if isinstance(given, Mapping) else ():
            problems += groups.unknown(f"config.yaml, sample.invited.{wave}", group)
    seen: dict[tuple, int] = {}
    for k, entry in enumerate(sample["dispositions"]):
        where, group = f"config.yaml, sample.dispositions[{k}]", entry.get("group", EVERYONE)
        problems += _unknown(f"{where}.wave", "wave", entry["wave"], waves)
        if "group" in entry:
            problems += groups.unknown(f"{where}.group", group)
        first = seen.setdefault((entry["wave"], group), k)
        if first != k:
            problems.append(describe(where, f"the same wave and group as entry {first}",
                                     hint="remove one"))  # fmt: skip
        problems += _sum(
            full, where, entry, invited(full, entry["wave"], list(groups.groups)).get(group)
        )
    if not weights["margins"] and (weights["trim_lower"] or weights["trim_upper"]):
        problems.append(describe("config.yaml, weights", "limits for trimming, but no margins",
                                 hint="name a file in weights.margins, or remove the limits"))  # fmt: skip
    return problems


def _sum(full: Mapping, where: str, entry: Mapping, number: int | None) -> list[str]:
    if number is None or any(name not in entry for name in COUNTS):
        return []
    total = sum(entry[name] for name in COUNTS)
    if total == number:
        return []
    return [
        describe(where, f"the dispositions are {total} together, but {number} were invited",
                 hint="correct one, or remove the number in sample.invited")
    ]  # fmt: skip


def _unknown(where: str, what: str, name: str, known) -> list[str]:
    if name in known:
        return []
    close = nearest(name, known)
    hint = f"did you mean '{close}'?" if close else ""
    return [describe(where, f"'{name}' is no {what} of the study", known, hint)]


def column_of(full: Mapping, variable: str) -> str | None:
    """Column of intake's tables that holds a margin's variable: a role (by its own name or
    its column's) or one of respondents.extra; None where there is none."""
    who = full["respondents"]
    if variable in who["extra"]:
        return variable
    return next((r for r in ROLES if variable == (who[r] or "") or (variable == r and
                 (who[r] or r == "group"))), None)  # fmt: skip


def read_margins(
    full: Mapping, root: Path, groups: Grouping
) -> tuple[tuple[Margin, ...], list[str]]:
    """Population margins, and what is wrong with their file."""
    name = full["weights"]["margins"]
    if not name:
        return (), []
    table = read_rows(root / name, name, ["variable", "level"], COLUMNS[2:])
    if table.lacking:
        return (), table.problems
    problems, waves, margins = list(table.problems), names(full), []
    for row in table.whole:
        found = _row_problems(full, row, name, waves, groups)
        problems += found
        if not found:
            kind = "share" if row.get("share") else "count"
            margins.append(
                Margin(row["variable"], row["level"], kind, float(row[kind]),
                       row.get("wave") or "", row.get("group") or "", row["#row"])
            )  # fmt: skip
    return tuple(margins), problems or _sets(margins, name, waves)


def _row_problems(full: Mapping, row: Mapping, name: str, waves, groups) -> list[str]:
    where, problems = f"{name}, row {row['#row']}", []
    if not column_of(full, row["variable"]):
        who = full["respondents"]
        known = [*who["extra"], *(who[r] for r in ROLES if who[r])]
        hint = "list the column in respondents.extra"
        problems.append(describe(f"{where}, column variable",
                                 f"'{row['variable']}' is no column about respondents", known,
                                 hint))  # fmt: skip
    if not row["level"]:
        problems.append(describe(f"{where}, column level", "the cell is empty"))
    given = [kind for kind in ("share", "count") if row.get(kind)]
    if len(given) != 1:
        problems.append(describe(where, "needs a share or a count, one of the two"))
    for kind in given:
        if not _number(row[kind]):
            problems.append(describe(f"{where}, column {kind}", f"'{row[kind]}' is no number",
                                     ["0 or more"], number_hint(row[kind])))  # fmt: skip
    if row.get("wave"):
        problems += _unknown(f"{where}, column wave", "wave", row["wave"], waves)
    if row.get("group"):
        problems += groups.unknown(f"{where}, column group", row["group"])
    return problems


def _number(text: str) -> bool:
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False


def _sets(margins: Sequence[Margin], name: str, waves: Sequence[str]) -> list[str]:
    """Problems of the rows together: levels twice, shares that do not add up, mixed kinds."""
    problems, sets = [], {}
    for m in margins:
        levels = sets.setdefault((m.variable, m.wave, m.group), {})
        if m.level in levels:
            problems.append(describe(name, f"the level '{m.level}' of {m.variable} stands there twice",
                                     hint="remove one, or name its wave or group"))  # fmt: skip
        levels[m.level] = m
    for (variable, wave, group), levels in sets.items():
        of = ", ".join(part for part in (wave, group) if part)
        where = f"{name}, {variable}" + (f" ({of})" if of else "")
        kinds = {m.kind for m in levels.values()}
        total = sum(m.value for m in levels.values())
        if len(kinds) > 1:
            problems.append(describe(where, "has shares and counts", hint="use one of the two"))
        elif kinds == {"share"} and not any(abs(total - one) <= 0.005 * one for one in (1, 100)):
            problems.append(describe(where, f"the shares add up to {total:g}", ["1", "100"],
                                     "is a level missing?"))  # fmt: skip
        elif total == 0:
            problems.append(describe(where, "all counts are 0"))
        if wave and (variable, "", group) in sets:
            problems.append(describe(where, "has rows with a wave and rows for all waves",
                                     hint="use one of the two"))  # fmt: skip
    for wave in waves:
        here = [m for m in margins if m.wave in ("", wave)]
        if len({bool(m.group) for m in here}) > 1:
            problems.append(
                describe(name, f"{wave} has rows with a group and rows for all groups together",
                         hint="rake within groups or over all of them; counts by group give the "
                         "groups their sizes too")
            )  # fmt: skip
            break
    return problems
