"""The study's CSV files: instrument, answer scales, constructs, hypotheses.

Each reader returns the objects, None where the file does not tell any, and a list of problems
worded with file and row. What a reader cannot know, since another file is unreadable, it is
told as None and leaves unchecked.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from surveysem.errors import describe
from surveysem.study.objects import KINDS, TIERS, Construct, Hypothesis, Item
from surveysem.study.rows import Collector, read_rows, several, split
from surveysem.text import normalise

CHECKS = ("attention", "self_report")
# Columns of the typed tables that intake makes: no item can have such a name.
RESERVED = (
    "file", "row", "respondent", "group", "project", "cluster", "weight", "duration", "form",
    "started", "submitted", "finished", "language",
)  # fmt: skip


def _languages(row: Mapping, prefix: str = "", *, reserved: Iterable[str] = ()) -> dict[str, str]:
    """Texts by language, from the columns named `prefix` + a language code."""
    texts = {}
    for key, value in row.items():
        code = key.removeprefix(prefix)
        if key not in reserved and key.startswith(prefix) and 2 <= len(code) <= 3:
            texts[code] = value
    return texts


def read_responses(path: Path, shown: str) -> tuple[dict[str, dict] | None, list[str]]:
    """Answer scales: {scale: {'codes': tuple, 'labels': {normalised label: code}, 'texts': ...}}.

    A scale with a problem has no codes, so that its answers are not laid on the data.
    """
    table = read_rows(path, shown, ["scale", "code"])
    collect, scales, faulty = Collector(shown, table), {}, set()
    collect.alike(table.rows, "scale")
    for row in table.rows:
        name = row["scale"]
        if not name:
            collect.add(row, "scale", "the cell is empty")
            continue
        scale = scales.setdefault(name, {"codes": [], "labels": {}, "texts": {}})
        code = collect.number(row, "code", int, "a whole number")
        if code is None or not _add_code(collect, row, scale, code):
            faulty.add(name)
    problems = collect.problems
    for name, scale in scales.items():
        if len(scale["codes"]) < 2 and name not in faulty:
            problems.append(describe(shown, f"scale '{name}' has fewer than two codes"))
            faulty.add(name)
        scale["codes"] = () if name in faulty else tuple(sorted(scale["codes"]))
    return (None if "scale" in table.lacking or not table.readable else scales), problems


def _add_code(collect: Collector, row: Mapping, scale: Mapping, code: int) -> bool:
    """Whether a scale's further code and its labels are new to it."""
    new = code not in scale["codes"]
    if not new:
        collect.add(row, "code", f"code {code} stands in scale '{row['scale']}' twice")
    scale["codes"].append(code)
    texts = _languages(row, reserved=("scale", "code"))
    scale["texts"][code] = texts
    for text in filter(None, texts.values()):
        other = scale["labels"].setdefault(normalise(text), code)
        if other != code:
            found = f"the label '{text}' stands for the codes {other} and {code}"
            collect.add(row, "code", found, hint="each code has labels of its own")
            new = False
    return new


def read_constructs(path: Path, shown: str) -> tuple[dict[str, Construct] | None, list[str]]:
    """Constructs by code."""
    table = read_rows(path, shown, ["code", "role"], ["facets"])
    collect = Collector(shown, table)
    collect.unique(table.rows, "code")
    collect.alike(table.rows, "code")
    collect.usable(table.rows, "code", "rename it in the instrument and the hypotheses too")
    constructs = {}
    for row in (row for row in table.rows if row["code"]):
        names = _languages(row, "name_")
        constructs[row["code"]] = Construct(
            code=row["code"],
            name={language: text or row["code"] for language, text in names.items()},
            role=row["role"],
            facets=split(row.get("facets", "")),
        )
    readable = table.readable and "code" not in table.lacking
    return (constructs if readable else None), collect.problems


def read_instrument(
    path: Path, shown: str, constructs: Mapping | None, scales: Mapping | None
) -> tuple[dict[str, Item] | None, set[str], list[str]]:
    """Items by name in the order of the questionnaire; all names that the file mentions,
    those of faulty rows included; problems. An item of an unknown scale has no codes."""
    table = read_rows(
        path,
        shown,
        ["item", "construct", "responses"],
        ["groups", "reverse", "facet", "forms", "check", "pass", "optional"],
    )
    collect = Collector(shown, table)
    collect.unique(table.rows, "item")
    hint = "columns: {{{new}: '{old}'}} on the wave says which column holds it"
    collect.usable(table.rows, "item", hint, {*RESERVED, *(constructs or ())})
    items = {
        row["item"]: _item(row, collect, constructs, scales) for row in table.rows if row["item"]
    }
    readable = table.readable and "item" not in table.lacking
    return (items if readable else None), set(items), collect.problems


def _item(row: Mapping, collect: Collector, constructs, scales) -> Item:
    collect.known(row, "construct", row["construct"], constructs)
    collect.known(row, "responses", row["responses"], scales)
    unknown = {"codes": (), "labels": {}}
    scale = (scales or {}).get(row["responses"], unknown)
    yes = {}
    for column in ("reverse", "optional"):
        answer = normalise(row.get(column, ""))
        yes[column] = answer == "1"
        if answer not in ("", "0", "1"):
            collect.add(row, column, f"'{row[column]}' is not allowed", ["0", "1"])
    check = row.get("check", "")
    if check:
        collect.known(row, "check", check, CHECKS)
    passes = [p for p in split(row.get("pass", "")) if p.lstrip("-").isdigit()]
    strange = scale["codes"] and any(int(p) not in scale["codes"] for p in passes)
    if bool(check) != bool(passes) or strange:
        found = f"'{row.get('pass', '')}' does not name the codes that pass the check"
        hint = "a check needs its passing codes, separated by ';'"
        collect.add(row, "pass", found, scale["codes"], hint)
    columns = ("item", "construct", "groups", "reverse", "facet", "responses", "forms")
    return Item(
        name=row["item"],
        construct=row["construct"],
        text=_languages(row, reserved=(*columns, "check", "pass", "optional")),
        groups=split(row.get("groups", "")),
        reverse=yes["reverse"],
        facet=row.get("facet", ""),
        scale=row["responses"],
        codes=scale["codes"],
        labels=scale["labels"],
        forms=split(row.get("forms", "")),
        check=check,
        passes=tuple(int(p) for p in passes),
        optional=yes["optional"],
        line=row["#row"],
    )


def read_hypotheses(
    path: Path, shown: str, constructs: Mapping[str, Construct] | None
) -> tuple[dict[str, Hypothesis], list[str]]:
    """Hypotheses by id."""
    table = read_rows(
        path,
        shown,
        ["id", "tier", "kind", "from", "to", "sign"],
        ["via", "contrast", "groups", "design", "sesoi"],
        may_be_empty=True,  # a study may begin with its scales
    )
    collect = Collector(shown, table)
    collect.unique(table.rows, "id")
    hypotheses = {row["id"]: _hypothesis(row, collect, constructs) for row in table.rows}
    hypotheses.pop("", None)
    return hypotheses, collect.problems


def _hypothesis(row: Mapping, collect: Collector, constructs: Mapping | None) -> Hypothesis:
    collect.known(row, "kind", row["kind"], KINDS)
    collect.known(row, "tier", row["tier"], TIERS)
    sign = normalise(row["sign"])  # full-width signs and the minus of typesetters too
    if sign or row["kind"] not in ("equality", "rival"):
        collect.known(row, "sign", sign, ("+", "-", "0"))
    names = {column: split(row.get(column, "")) for column in ("from", "via", "to")}
    _names(row, collect, names, constructs)
    sesoi = None
    if row.get("sesoi", ""):
        sesoi = collect.number(row, "sesoi", float, "a number")
    return Hypothesis(
        id=row["id"],
        tier=row["tier"],
        kind=row["kind"],
        causes=names["from"],
        via=names["via"],
        outcomes=names["to"],
        sign=sign,
        contrast=row.get("contrast", ""),
        status=row.get("status", ""),
        clause=row.get("clause", ""),
        groups=split(row.get("groups", "")),
        design=row.get("design", "") or "any",
        sesoi=sesoi,
    )


def _names(row: Mapping, collect: Collector, names: Mapping, constructs: Mapping | None) -> None:
    """The constructs that a hypothesis names: known ones, and as many as its kind needs."""
    fitted = row["kind"] in ("total", "path", "indirect")
    known = None if constructs is None else list(constructs)
    for column, entries in names.items():
        single = fitted and column != "via"
        if single and (len(entries) != 1 or several(row[column], known or ())):
            found = f"'{row[column]}': a hypothesis of kind '{row['kind']}' names one construct"
            collect.add(row, column, found, hint="write a row for each" if entries else "")
            continue
        for entry in entries:
            code, _, facet = entry.partition(":")
            if collect.known(row, column, code, known) and facet and constructs:
                collect.known(row, column, facet, constructs[code].facets)
    if row["kind"] == "indirect" and not names["via"]:
        collect.add(row, "via", "an indirect effect needs the construct that it runs through")
