"""The file in which a researcher keeps or drops single respondents, each with a reason.

It holds raw ids: it stays outside git, and its ids are hashed as soon as they are read.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from surveysem.errors import describe, nearest
from surveysem.privacy import read_key
from surveysem.study.objects import Override
from surveysem.study.rows import read_rows
from surveysem.study.sources import names

DECISIONS = ("keep", "drop")


def read(
    full: Mapping, root: Path, pseudonyms: Mapping[str, str]
) -> tuple[tuple[Override, ...], list[str]]:
    """Overrides of a completed config, and what is wrong with their file."""
    file = full["cleaning"]["overrides"]
    if not file:
        return (), []
    table = read_rows(
        root / file,
        file,
        ("wave", "decision", "reason"),
        ("respondent", "row"),
        may_be_empty=True,  # a header alone decides nothing, and is no mistake
    )
    rows, problems = table.whole, list(table.problems)
    if rows and not {"respondent", "row"} & set(rows[0]):
        hint = "add column respondent (ids as in the wave's file) or row"
        return (), [*problems, describe(f"{file}, row 1", "no column says who is meant", hint=hint)]
    if table.lacking:
        return (), problems
    waves = names(full)
    for row in rows:
        problems += [f"{file}, row {row['#row']}{p}" for p in _wrong(row, waves, full)]
    if problems or not rows:
        return (), problems
    from surveysem.intake.wave import hash_id  # brings pandas, which few runs need here

    key = read_key(pseudonyms, root)
    return tuple(_override(row, lambda value: hash_id(value, key)) for row in rows), []


def _wrong(row: Mapping, waves: Collection[str], full: Mapping) -> list[str]:
    """Problems of one row, each from the comma after its place on."""
    found = []
    for column, allowed in (("wave", waves), ("decision", DECISIONS)):
        if row[column] not in allowed:
            close = nearest(row[column], allowed)
            hint = f"did you mean '{close}'?" if close else ""
            unknown = f"'{row[column]}' is unknown" if row[column] else "the cell is empty"
            found.append(describe(f", column {column}", unknown, allowed, hint))
    if not row["reason"]:
        hint = "say why, without naming the person: the reason stands in the log"
        found.append(describe(", column reason", "the cell is empty", hint=hint))
    respondent, number = row.get("respondent", ""), row.get("row", "")
    if bool(respondent) == bool(number):
        what = "both respondent and row are" if respondent else "neither respondent nor row is"
        found.append(describe("", f"{what} given", hint="give one of them"))
    elif number and not number.isdecimal():
        hint = "a row's number is the one that a spreadsheet shows (the header is row 1)"
        found.append(describe(", column row", f"'{number}' is not a whole number", hint=hint))
    elif respondent and not full["respondents"]["id"]:
        hint = "respondents.id names no column: give the row"
        found.append(describe(", column respondent", "the study has no ids", hint=hint))
    return found


def _override(row: Mapping, pseudonym: Callable[[str], str]) -> Override:
    return Override(
        line=row["#row"],
        wave=row["wave"],
        respondent=pseudonym(row["respondent"]) if row.get("respondent") else "",
        row=int(row.get("row") or 0),
        decision=row["decision"],
        reason=row["reason"],
    )
