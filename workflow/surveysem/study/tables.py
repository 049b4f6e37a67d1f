"""The study's CSV files: instrument, answer scales, constructs, hypotheses.

Each reader returns the objects and a list of problems worded with file and row.
"""

import csv
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from surveysem.errors import describe, nearest
from surveysem.study.objects import KINDS, TIERS, Construct, Hypothesis, Item
from surveysem.text import normalise

CHECKS = ("attention", "self_report")
NAME = re.compile(r"[^\W\d][\w.]*\Z")
# Columns of the typed tables that intake makes: no item can have such a name.
RESERVED = ("row", "respondent", "group", "project", "cluster", "weight", "duration", "form")


def read_rows(
    path: Path,
    shown: str,
    required: Sequence[str],
    optional: Sequence[str] = (),
    may_be_empty: bool = False,
) -> tuple[list[dict], list[str]]:
    """Rows of a CSV file with their row numbers under '#row' (the header is row 1).

    Other columns are left to people, but not one that looks like a misspelt `optional` one.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, restval="", strict=True)
            rows = [{**row, "#row": number} for number, row in enumerate(reader, start=2)]
            header = reader.fieldnames or []
    except FileNotFoundError:
        return [], [
            describe(shown, "the file does not exist", hint="check the path in config.yaml")
        ]
    except UnicodeDecodeError as error:
        return [], [
            describe(shown, f"byte {error.start} is not UTF-8", hint="save the file as CSV UTF-8")
        ]
    except csv.Error as error:
        hint = "look for a quotation mark that is not closed"
        return [], [describe(shown, f"not a CSV file: {error}", hint=hint)]
    missing = [name for name in required if name not in header]
    if missing:
        close = nearest(missing[0], header)
        return [], [
            describe(
                f"{shown}, row 1",
                f"the column '{missing[0]}' is missing",
                hint=f"is it '{close}'?" if close else f"the file has: {', '.join(header)}",
            )
        ]
    found = [
        describe(
            f"{shown}, row 1",
            f"the column '{name}' is unknown",
            hint=f"did you mean '{close}'? If not, give it a name less alike",
        )
        for name, close in _misspelt(header, (*required, *optional))
    ]
    for row in rows:
        if None in row:
            found.append(
                describe(
                    f"{shown}, row {row['#row']}",
                    f"more cells than the header has columns ({len(header)})",
                    hint="put texts that hold commas between quotation marks",
                )
            )
            del row[None]
    rows = [
        {key: value.strip() if isinstance(value, str) else value for key, value in row.items()}
        for row in rows
    ]
    rows = [row for row in rows if any(v for k, v in row.items() if k != "#row")]
    if not rows and not found and not may_be_empty:
        found.append(describe(shown, "the file has a header and no rows"))
    return rows, found


def _misspelt(header: Sequence[str], known: Sequence[str]) -> list[tuple[str, str]]:
    """Columns that are nearly a known one which the header lacks, with its name."""
    lacking = {name.casefold(): name for name in known if name not in header}
    pairs = []
    for column in (name for name in header if name and name not in known):
        close = difflib.get_close_matches(column.strip().casefold(), lacking, n=1, cutoff=0.8)
        pairs += [(column, lacking[name]) for name in close]
    return pairs


def split(text: str) -> tuple[str, ...]:
    """Entries of a cell that holds a list, separated by semicolons."""
    return tuple(part.strip() for part in (text or "").split(";") if part.strip())


def _languages(row: Mapping, prefix: str = "", *, reserved: Iterable[str] = ()) -> dict[str, str]:
    """Texts by language, from the columns named `prefix` + a language code."""
    texts = {}
    for key, value in row.items():
        code = key.removeprefix(prefix) if isinstance(key, str) else ""
        if key not in reserved and key.startswith(prefix) and 2 <= len(code) <= 3:
            texts[code] = value or ""
    return texts


class _Collector:
    """Problems of one file; refuses values that a column does not allow."""

    def __init__(self, shown: str):
        self.shown, self.problems = shown, []

    def add(self, row: Mapping, column: str, found: str, allowed=(), hint: str = "") -> None:
        where = f"{self.shown}, row {row['#row']}, column {column}"
        self.problems.append(describe(where, found, allowed, hint))

    def known(self, row: Mapping, column: str, value: str, allowed: Sequence[str]) -> bool:
        if value in allowed:
            return True
        close = nearest(value, allowed)
        hint = f"did you mean '{close}'?" if close else ""
        self.add(row, column, f"'{value}' is unknown", allowed, hint)
        return False

    def unique(self, rows: Sequence[Mapping], column: str) -> None:
        first: dict[str, int] = {}
        for row in rows:
            if row[column] in first:
                at = first[row[column]]
                self.add(
                    row, column, f"'{row[column]}' stands in row {at} already", hint="rename one"
                )
            elif not row[column]:
                self.add(row, column, "the cell is empty")
            else:
                first[row[column]] = row["#row"]

    def alike(self, rows: Sequence[Mapping], column: str) -> None:
        """Names that differ in upper and lower case only: people and file systems mix them up."""
        first: dict[str, Mapping] = {}
        for row in rows:
            other = first.setdefault(row[column].casefold(), row)
            if other[column] != row[column]:
                found = f"'{row[column]}' differs from '{other[column]}' (row {other['#row']}) in case only"
                self.add(row, column, found, hint="write both alike, or give one another name")

    def usable(self, rows: Sequence[Mapping], column: str, taken: Iterable[str] = ()) -> None:
        """Names that models and tables can hold: no spaces or signs, and none that is taken."""
        for row in rows:
            name = row[column]
            if name and not NAME.match(name):
                self.add(
                    row,
                    column,
                    f"'{name}' is not a usable name",
                    ["a letter (of any script), then letters, digits, underscores or dots"],
                    "rename it here and in the raw files",
                )
            elif name in taken:
                self.add(row, column, f"the name '{name}' is taken", hint="rename it, e.g. "
                         f"'{name}_1'")  # fmt: skip

    def number(self, row: Mapping, column: str, convert: Callable, kind: str):
        try:
            return convert(row[column])
        except ValueError:
            self.add(row, column, f"'{row[column]}' is not {kind}", [kind])
            return None


def read_responses(path: Path, shown: str):
    """Answer scales: {scale: {'codes': tuple, 'labels': {normalised label: code}, 'texts': ...}}."""
    rows, found = read_rows(path, shown, ["scale", "code"])
    collect, scales = _Collector(shown), {}
    collect.alike(rows, "scale")
    for row in rows:
        # a scale without usable codes is known all the same: one problem, not one an item
        scale = scales.setdefault(row["scale"], {"codes": [], "labels": {}, "texts": {}})
        code = collect.number(row, "code", int, "a whole number")
        if code is None:
            continue
        if code in scale["codes"]:
            collect.add(row, "code", f"code {code} stands in scale '{row['scale']}' twice")
        scale["codes"].append(code)
        texts = _languages(row, reserved=("scale", "code"))
        scale["texts"][code] = texts
        for text in filter(None, texts.values()):
            if scale["labels"].setdefault(normalise(text), code) != code:
                collect.add(row, "code", f"the label '{text}' stands for two codes")
    for name, scale in scales.items():
        if len(scale["codes"]) < 2 and not collect.problems:
            collect.problems.append(describe(shown, f"scale '{name}' has fewer than two codes"))
        scale["codes"] = tuple(sorted(scale["codes"]))
    return scales, found + collect.problems


def read_constructs(path: Path, shown: str) -> tuple[dict[str, Construct], list[str]]:
    """Constructs by code."""
    rows, found = read_rows(path, shown, ["code", "role"], ["facets"])
    collect = _Collector(shown)
    collect.unique(rows, "code")
    collect.alike(rows, "code")
    collect.usable(rows, "code")
    constructs = {}
    for row in rows:
        names = _languages(row, "name_")
        constructs[row["code"]] = Construct(
            code=row["code"],
            name={language: text or row["code"] for language, text in names.items()},
            role=row["role"],
            facets=split(row.get("facets", "")),
        )
    return constructs, found + collect.problems


def read_instrument(
    path: Path, shown: str, constructs: Mapping, scales: Mapping
) -> tuple[dict[str, Item], set[str], list[str]]:
    """Items by name in the order of the questionnaire; all names that the file mentions,
    those of faulty rows included; problems."""
    rows, found = read_rows(
        path,
        shown,
        ["item", "construct", "responses"],
        ["groups", "reverse", "facet", "forms", "check", "pass", "optional"],
    )
    collect = _Collector(shown)
    collect.unique(rows, "item")
    collect.usable(rows, "item", {*RESERVED, *constructs})
    items = {}
    columns = ("item", "construct", "groups", "reverse", "facet", "responses", "forms")
    for row in rows:
        known = collect.known(row, "construct", row["construct"], list(constructs))
        if not collect.known(row, "responses", row["responses"], list(scales)) or not known:
            continue
        for column in ("reverse", "optional"):
            if row.get(column, "") not in ("", "0", "1"):
                collect.add(row, column, f"'{row[column]}' is not allowed", ["0", "1"])
        check, scale = row.get("check", ""), scales[row["responses"]]
        if check:
            collect.known(row, "check", check, CHECKS)
        passes = [p for p in split(row.get("pass", "")) if p.lstrip("-").isdigit()]
        if bool(check) != bool(passes) or any(int(p) not in scale["codes"] for p in passes):
            collect.add(
                row,
                "pass",
                f"'{row.get('pass', '')}' does not name the codes that pass the check",
                scale["codes"],
                "a check needs its passing codes, separated by ';'",
            )
        items[row["item"]] = Item(
            name=row["item"],
            construct=row["construct"],
            text=_languages(row, reserved=(*columns, "check", "pass", "optional")),
            groups=split(row.get("groups", "")),
            reverse=row.get("reverse", "") == "1",
            facet=row.get("facet", ""),
            scale=row["responses"],
            codes=scale["codes"],
            labels=scale["labels"],
            forms=split(row.get("forms", "")),
            check=check,
            passes=tuple(int(p) for p in passes),
            optional=row.get("optional", "") == "1",
            line=row["#row"],
        )
    return items, {row["item"] for row in rows}, found + collect.problems


def read_hypotheses(
    path: Path, shown: str, constructs: Mapping[str, Construct]
) -> tuple[dict[str, Hypothesis], list[str]]:
    """Hypotheses by id."""
    rows, found = read_rows(
        path,
        shown,
        ["id", "tier", "kind", "from", "to", "sign"],
        ["via", "contrast", "groups", "design", "sesoi"],
        may_be_empty=True,  # a study may begin with its scales
    )
    collect = _Collector(shown)
    collect.unique(rows, "id")
    hypotheses = {}
    for row in rows:
        collect.known(row, "kind", row["kind"], KINDS)
        collect.known(row, "tier", row["tier"], TIERS)
        if row["sign"] or row["kind"] not in ("equality", "rival"):
            collect.known(row, "sign", row["sign"], ("+", "-", "0"))
        names = {column: split(row.get(column, "")) for column in ("from", "via", "to")}
        for column, entries in names.items():
            for entry in entries:
                code, _, facet = entry.partition(":")
                if collect.known(row, column, code, list(constructs)) and facet:
                    collect.known(row, column, facet, constructs[code].facets)
        if row["kind"] in ("total", "path", "indirect"):
            for column in ("from", "to"):
                if len(names[column]) != 1:
                    collect.add(
                        row,
                        column,
                        f"'{row[column]}': a hypothesis of kind '{row['kind']}' names one construct",
                    )
            if row["kind"] == "indirect" and not names["via"]:
                collect.add(
                    row, "via", "an indirect effect needs the construct that it runs through"
                )
        sesoi = None
        if row.get("sesoi", ""):
            sesoi = collect.number(row, "sesoi", float, "a number")
        hypotheses[row["id"]] = Hypothesis(
            id=row["id"],
            tier=row["tier"],
            kind=row["kind"],
            causes=names["from"],
            via=names["via"],
            outcomes=names["to"],
            sign=row["sign"],
            contrast=row.get("contrast", ""),
            status=row.get("status", ""),
            clause=row.get("clause", ""),
            groups=split(row.get("groups", "")),
            design=row.get("design", "") or "any",
            sesoi=sesoi,
        )
    return hypotheses, found + collect.problems
