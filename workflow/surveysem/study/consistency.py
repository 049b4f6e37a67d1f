"""Settings that are right each for itself and wrong together, or with the instrument."""

from collections.abc import Mapping
from pathlib import Path

from surveysem.errors import describe, nearest
from surveysem.study.objects import Construct, Item
from surveysem.study.sources import ROLES, entries, numbered


def contradictions(
    full: Mapping, items: Mapping[str, Item], constructs: Mapping[str, Construct]
) -> list[str]:
    """Problems of a completed config with itself and with the instrument, worded."""
    return [*_respondents(full, items), *_waves(full), *_intake(full, items), *_cleaning(full),
            *_instrument(full, items, constructs)]  # fmt: skip


def _respondents(full: Mapping, items: Mapping[str, Item]) -> list[str]:
    who, problems = full["respondents"], []
    roles = [role for role in ROLES if who[role]]
    for k, role in enumerate(roles):
        where, column = f"config.yaml, respondents.{role}", who[role]
        if column in items:
            problems.append(describe(where, f"'{column}' is an item of the instrument",
                                     hint="name the column that says who answered"))  # fmt: skip
        twin = next((r for r in roles[:k] if who[r] == column and {r, role} != {"id", "cluster"}),
                    None)  # fmt: skip
        if twin:
            problems.append(
                describe(where, f"'{column}' is respondents.{twin} already", hint="remove one")
            )
    if who["panel"] and not who["id"]:
        problems.append(
            describe(
                "config.yaml, respondents.panel",
                "a panel needs to know its respondents, and respondents.id names no column",
                hint="set respondents.id, or panel: false",
            )
        )
    return problems


def _waves(full: Mapping) -> list[str]:
    problems, files = [], {}
    for k, entry in numbered(full):
        if bool(entry.get("file")) == bool(entry.get("files")):
            found = "both file and files" if entry.get("file") else "neither file nor files"
            problems.append(
                describe(
                    f"config.yaml, waves[{k}]",
                    f"the wave has {found}",
                    hint="file: one file; files: a list, one entry a file",
                )
            )
    for where, _, entry in entries(full):
        own = (entry["file"], repr(entry.get("where")))
        if own in files:
            problems.append(
                describe(
                    f"{where}.file",
                    f"'{entry['file']}' is the file of {files[own]} already",
                    hint="give each wave its own file, or tell its rows by where:",
                )
            )
        files.setdefault(own, where.split(", ")[1])
    return problems


def _intake(full: Mapping, items: Mapping[str, Item]) -> list[str]:
    intake, problems = full["intake"], []
    for name in intake["ignore_columns"]:
        if name in items:
            problems.append(
                describe(
                    "config.yaml, intake.ignore_columns",
                    f"'{name}' is an item of the instrument",
                    hint="remove it here, or its row in the instrument",
                )
            )
    for code in intake["missing_codes"]:
        for item in items.values():
            if code in item.codes:
                problems.append(
                    describe(
                        "config.yaml, intake.missing_codes",
                        f"{code} is an answer of the scale '{item.scale}' "
                        f"(codes {', '.join(map(str, item.codes))})",
                        hint="remove it here, or the code in the answer scales",
                    )
                )
                break
    return problems


def _cleaning(full: Mapping) -> list[str]:
    """Columns that cleaning looks at have to be carried through, once each for one purpose."""
    extra, settings, problems = full["respondents"]["extra"], full["cleaning"], []
    for key in ("consent", "eligible", "same_person"):
        for name in settings[key]:
            where = f"config.yaml, cleaning.{key}"
            if name not in extra:
                close = nearest(name, extra)
                hint = f"did you mean '{close}'?" if close else (
                    f"say which column it is: respondents.extra: {{{name}: its name in the file}}"
                )  # fmt: skip
                problems.append(
                    describe(where, f"'{name}' is no column of respondents.extra", extra, hint)
                )
            elif key == "same_person" and name in {**settings["consent"], **settings["eligible"]}:
                problems.append(
                    describe(where, f"'{name}' is hashed here and read elsewhere", hint="name it once")
                )  # fmt: skip
    return problems


def _instrument(
    full: Mapping, items: Mapping[str, Item], constructs: Mapping[str, Construct]
) -> list[str]:
    problems = []
    for item in items.values():
        known = constructs.get(item.construct)
        facets = known.facets if known else ()
        if item.facet and facets and item.facet not in facets:
            problems.append(
                describe(
                    f"{full['instrument']}, item {item.name}, column facet",
                    f"'{item.facet}' is no facet of {item.construct}",
                    facets,
                    f"list it in {full['constructs']}, column facets (separated by ;)",
                )
            )
    planned = next((item.name for item in items.values() if item.forms), None)
    if planned and not full["respondents"]["form"]:
        problems.append(
            describe(
                f"{full['instrument']}, item {planned}, column forms",
                "forms are named, but respondents.form names no column",
                hint="set respondents.form to the column that holds the form",
            )
        )
    return problems


def truth(full: Mapping, root: Path) -> list[str]:
    """The files with the truth have to exist where a folder for them is named."""
    folder = full["study"]["truth"]
    if not folder:
        return []
    missing = [f for f in ("paths.csv", "troubles.csv") if not (root / folder / f).is_file()]
    if not missing:
        return []
    names = " and ".join(f"{folder}/{name}" for name in missing)
    hint = "only synthetic data have a known truth: leave the key out for real data"
    return [describe("config.yaml, study.truth", f"no file {names}", hint=hint)]
