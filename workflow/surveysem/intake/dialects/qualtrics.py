"""Qualtrics.

CSV and TSV have three header rows (names, question texts, {"ImportId": ...}), spreadsheets and
the older two-row form lack the third, statistics files keep the texts as labels: see
Qualtrics, 'Understanding your data set'. Names and texts of the tool's columns follow the
language of whoever exports; the ImportId never does, so it counts first. The older export
names them V1, V2, ... and says in the second row what they are.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from surveysem.intake.dialects.common import (
    Dialect,
    count,
    fold,
    noted,
    row_of,
    shared_stem,
    some,
    texts_in,
    tidy,
    with_columns,
    with_declared,
    with_finished,
    with_roles,
    without_first_rows,
)
from surveysem.intake.dialects.times import with_duration, with_duration_between, with_times
from surveysem.intake.raw import Column, RawTable

# JSON, or what is left of it after a re-save by a program that prefers other quotes.
_IMPORT_ID = re.compile(r"""\{\s*["']+ImportId["']+\s*:\s*["']+([^"']*)["']+.*\}""", re.DOTALL)
_QUESTION = re.compile(r"(QID\d+(?:#\d+)?)(?:[-_](.+))?")
_ROW_NAME = re.compile(r"(.+?)_(\d+(?:_\d+)*(?:_TEXT)?)")
_RESPONSE = re.compile(r"R_\w{8,}", re.ASCII)

# The tool's columns by folded name; several wishes, the best first.
_FIELDS = {
    "id": ("responseid", "recordid"),
    "duration": ("durationinseconds", "duration"),
    "started": ("startdate",),
    "submitted": ("recordeddate", "enddate"),
    "finished": ("finished",),
    "language": ("userlanguage", "qlanguage"),
}
_NAMES = {
    **dict.fromkeys(("responseid", "recordeddate", "distributionchannel", "userlanguage"), 2),
    **dict.fromkeys(("startdate", "enddate", "status", "finished", "progress", "ipaddress"), 1),
    **dict.fromkeys(("durationinseconds", "responseset", "externaldatareference"), 2),
}
_PREVIEWS = frozenset(
    [
        "survey preview",
        "survey test",
        "survey preview spam",
        "offline survey preview",
        "1",
        "2",
        "9",
        "17",
    ]
)
_SEEN = {"-99": "seen but not answered"}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Header rows below the first: how many, the texts of each column, its ImportId ('' if none)."""

    extra: int
    texts: list[str]
    ids: list[str]


def _layout(table: RawTable) -> _Layout:
    none = [""] * len(table.columns)
    for number in range(min(3, len(table.rows))):
        cells = row_of(table, number)
        found = [_IMPORT_ID.fullmatch(cell) for cell in cells]
        filled = sum(bool(cell) for cell in cells)
        if sum(map(bool, found)) * 2 > filled > 0:
            texts = row_of(table, 0) if number else none
            return _Layout(number + 1, texts, [match[1] if match else "" for match in found])
    second = row_of(table, 0)
    if second and _second_row_is_header(table, second):
        return _Layout(1, second, none)
    return _Layout(0, none, none)


def _second_row_is_header(table: RawTable, second: list[str]) -> bool:
    """Whether the first row below the names holds texts: its id is none, those below are."""
    if {"responseid", "startdate", "finished"} <= {fold(text) for text in second}:
        return True
    ids = [n for n, column in enumerate(table.columns) if fold(column.name) == "responseid"]
    below = row_of(table, 1)
    if not ids or not below:
        return False
    return not _RESPONSE.fullmatch(second[ids[0]]) and bool(_RESPONSE.fullmatch(below[ids[0]]))


def _keys(table: RawTable, layout: _Layout) -> list[str]:
    """What each column is in the tool's own words, folded: ImportId, else name, else text."""
    keys = []
    for column, text, import_id in zip(table.columns, layout.texts, layout.ids, strict=True):
        own = re.sub(r"^(panel|Location)-", "", import_id)
        named = fold(own) if import_id else fold(column.name)
        if not import_id and re.fullmatch(r"V\d+", column.name) and fold(text) in _NAMES:
            named = fold(text)
        keys.append(named)
    return keys


def marks(table: RawTable) -> Mapping[str, int]:
    """The marks of Qualtrics."""
    found: dict[str, int] = {}
    layout = _layout(table)
    if any(layout.ids):
        found[f"ImportId in row {table.rows[layout.extra - 1]}"] = 4
    own = [(number, key) for number, key in enumerate(_keys(table, layout)) if key in _NAMES]
    # Other tools have start and end dates too.
    if found or any(_NAMES[key] > 1 for _, key in own):
        for number, key in own:
            found[f"column {table.columns[number].name or layout.texts[number]}"] = _NAMES[key]
    return found


def normalise(table: RawTable) -> RawTable:
    """One header row; texts as labels; the tool's columns under their roles; previews counted."""
    layout = _layout(table)
    keys = _keys(table, layout)
    how = "one header row"
    if layout.extra:
        how = {1: "two", 2: "three"}.get(layout.extra, str(layout.extra + 1)) + " header rows"
    if any(layout.ids):
        how += f", ImportId in row {table.rows[layout.extra - 1]}"
    table = with_columns(table, _named(table, layout, keys))
    table = noted(without_first_rows(table, layout.extra), ("dialect", f"qualtrics: {how}"))
    numbers = {
        role: next((keys.index(key) for key in wanted if key in keys), None)
        for role, wanted in _FIELDS.items()
    }
    table = with_roles(table, id=numbers["id"], language=numbers["language"])
    table = with_times(table, started=numbers["started"], submitted=numbers["submitted"])
    end = keys.index("enddate") if "enddate" in keys else numbers["submitted"]
    if end != numbers["submitted"]:
        roles = table.roles
        table = replace(with_times(table, submitted=end), roles=roles)
    table = with_finished(table, numbers["finished"])
    table = with_duration(table, numbers["duration"])
    table = with_duration_between(table, numbers["started"], end)
    questions = [n for n, key in enumerate(keys) if key not in _NAMES]
    table = with_declared(table, questions, _SEEN)
    return noted(table, ("preview rows", _previews(table, keys)))


def _named(table: RawTable, layout: _Layout, keys: list[str]) -> list[Column]:
    """Columns with their texts; rows and choices of one question split into stem and own text."""
    texts = [
        # Line breaks and the ellipsis of a text cut off say nothing about the question.
        tidy(text or column.label)
        for text, column in zip(layout.texts, table.columns, strict=True)
    ]
    names = [
        text if re.fullmatch(r"V\d+", column.name) and key in _NAMES else column.name
        for text, column, key in zip(texts, table.columns, keys, strict=True)
    ]
    columns = [
        replace(column, name=name, label=text)
        for column, name, text in zip(table.columns, names, texts, strict=True)
    ]
    mains: dict[str, int] = {}
    parts: dict[str, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        if key in _NAMES:
            continue
        question, part = _question(names[number], layout.ids[number])
        if part and part != "TEXT":
            parts[question].append(number)
        else:
            mains[question] = number
    for question, numbers in parts.items():
        group = [*([mains[question]] if question in mains else []), *numbers]
        stem = shared_stem([texts[number] for number in group])
        for number in group if stem else ():
            own = tidy(texts[number][len(stem) :])
            if number == mains.get(question):
                # 'Which one? - Selected Choice' beside 'Which one? - Other - Text'.
                columns[number] = replace(columns[number], label=_stripped(stem))
            elif own:
                columns[number] = replace(columns[number], label=own, stem=_stripped(stem))
    return columns


def _stripped(stem: str) -> str:
    return stem.strip().removesuffix("-").strip()


def _question(name: str, import_id: str) -> tuple[str, str]:
    """The question that a column belongs to, and which part of it the column is."""
    match = _QUESTION.fullmatch(import_id) if import_id else _ROW_NAME.fullmatch(name)
    return (match[1], match[2] or "") if match else (name, "")


def _previews(table: RawTable, keys: list[str]) -> str:
    """Words for the rows that Qualtrics marks as previews or tests; they stay rows."""
    if "status" not in keys:
        return ""
    cells = table.cells[keys.index("status")]
    hits = [text for text in texts_in(cells) if text.casefold() in _PREVIEWS]
    if not hits:
        return ""
    rows = table.rows[cells.isin(hits).to_numpy()]
    return f"{count(len(rows), 'row')} with status {some(hits)}: {some(list(rows))}"


DIALECT = Dialect(
    name="qualtrics",
    looked_for='a header row of {"ImportId": ...}, columns ResponseId, StartDate, EndDate, '
    "RecordedDate, Status, Finished, Duration (in seconds), UserLanguage",
    marks=marks,
    enough=4,
    normalise=normalise,
    own=(
        "(start|end|recorded)date|status|ip ?address|progress|duration.*seconds.?|finished",
        "responseid|responseset|recipient(last|first)name|recipientemail|distributionchannel",
        "external(data)?reference|location(latitude|longitude|accuracy)|userlanguage|q_language",
        "q_.*",
    ),
    private=(
        "ip ?address",
        "recipient ?(last|first)? ?(name|email)",
        "recipientemail",
        "email ?(address)?",
        "external ?(data ?)?reference",
        "location ?(latitude|longitude|accuracy)",
        r".*_(browser|version|operating system|resolution|user agent)",
    ),
)
