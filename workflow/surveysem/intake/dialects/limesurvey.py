"""LimeSurvey.

Its export writes headings as code (`Q1`, `Q1[SQ001]`), as text ('stem [row]') or as both
('Q1[SQ001]. stem [row]', the separator '. ' unless changed), and answers as codes or in full:
see the LimeSurvey manual, 'Exporting results'. An empty `submitdate` means that the last
page was not reached. Anonymous surveys without date stamps write 1980-01-01 there.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from surveysem.intake.dialects.common import (
    Dialect,
    first,
    noted,
    recoded,
    tidy,
    with_cells,
    with_columns,
    with_declared,
    with_extra,
    with_roles,
)
from surveysem.intake.dialects.times import with_duration, with_duration_between, with_times
from surveysem.intake.raw import Column, RawTable

_CODE = r"[A-Za-z]\w*(?:\[[^\]]*\])*"
_CODE_AND_TEXT = re.compile(rf"({_CODE})\s?[.:：]\s+(.*)", re.ASCII | re.DOTALL)
_CODE_WITH_PART = re.compile(r"[A-Za-z]\w*(?:\[[^\]]*\])+", re.ASCII)
_TEXT_WITH_PART = re.compile(r"(.*?)\s?((?:\[[^\]]*\]\s?)+)", re.DOTALL)

# Code, and what the tool calls it in headings as text (English, German).
_FIELDS = {
    "id": ("id", "response id", "antwort id", "antwort-id"),
    "submitted": ("submitdate", "date submitted", "datum abgeschickt"),
    "lastpage": ("lastpage", "last page", "letzte seite"),
    "language": ("startlanguage", "start language", "start-sprache", "startsprache"),
    "started": ("startdate", "date started", "datum gestartet"),
    "last action": ("datestamp", "date last action", "datum letzte aktivität"),
    "duration": ("interviewtime", "total time", "gesamtzeit"),
}
_WEIGHTS = {"submitted": 2, "language": 2, "lastpage": 1, "last action": 1, "duration": 1}
_NO_DATE = "1980-01-01"
_NOT_SHOWN = {"N/A": "not shown"}


def _split(table: RawTable) -> list[tuple[str, str]]:
    """Code and text of each column; a heading of one kind alone is its name, text ''."""
    pairs = []
    for column in table.columns:
        match = _CODE_AND_TEXT.fullmatch(column.name.strip())
        pairs.append((match[1], tidy(match[2])) if match else (tidy(column.name), ""))
    return pairs


def _field(table: RawTable, what: str) -> int | None:
    named = with_columns(table, (Column(code, label=text) for code, text in _split(table)))
    return first(named, _FIELDS[what], fold=lambda text: tidy(text).casefold())


def marks(table: RawTable) -> Mapping[str, int]:
    """The marks of LimeSurvey."""
    found: dict[str, int] = {}
    for what, weight in _WEIGHTS.items():
        number = _field(table, what)
        if number is not None:
            found[f"column {table.columns[number].name}"] = weight
    names = [column.name for column in table.columns if column.name]
    split = [code for code, text in _split(table) if text]
    parts = [code for code in split if _CODE_WITH_PART.fullmatch(code)]
    if len(parts) > 1 and len(split) * 2 > len(names):
        found[f"headers of code and text such as '{parts[0]}. ...'"] = 3
    bare = [name for name in names if _CODE_WITH_PART.fullmatch(name)]
    if len(bare) > 1:
        found[f"headers with sub-questions such as {bare[0]}"] = 2
    return found


def normalise(table: RawTable) -> RawTable:
    """Codes as names, texts as labels, the tool's columns under their roles."""
    fields = {what: _field(table, what) for what in _FIELDS}
    split = _split(table)
    how = "headers of code and text" if any(text for _, text in split) else "one kind of header"
    table = noted(with_columns(table, _named(table, split)), ("dialect", f"limesurvey: {how}"))
    table = with_roles(table, id=fields["id"], language=fields["language"])
    table = _with_finished(table, fields["submitted"])
    table = with_times(table, started=fields["started"], submitted=fields["submitted"])
    table = with_duration(table, fields["duration"])
    table = with_duration_between(table, fields["started"], fields["submitted"])
    known = {number for number in fields.values() if number is not None}
    questions = [number for number in range(len(split)) if number not in known]
    return with_declared(table, questions, _NOT_SHOWN)


def _named(table: RawTable, split: list[tuple[str, str]]) -> list[Column]:
    """Columns with code and text apart, and 'stem [row]' apart where the code has a part too or
    where several texts share the stem: a text may end in brackets by itself."""
    texts = [
        text or tidy(c.label) or code for (code, text), c in zip(split, table.columns, strict=True)
    ]
    matches = [_TEXT_WITH_PART.fullmatch(text) for text in texts]
    stems = Counter(match[1] for match in matches if match)
    columns = []
    for number, (column, text, match) in enumerate(zip(table.columns, texts, matches, strict=True)):
        code = split[number][0]
        label, stem = ("" if text == code else text), ""
        coded = text != code and bool(_CODE_WITH_PART.fullmatch(code))
        shared = match is not None and stems[match[1]] > 1 and " " in text
        if match and (coded or shared):
            own = tidy(" ".join(re.findall(r"\[([^\]]*)\]", match[2])))
            # '[]' is an empty sub-question: the stem is all there is.
            label, stem = (own, match[1].strip()) if own else (match[1].strip(), "")
        columns.append(replace(column, name=code, label=label, stem=stem))
    return columns


def _with_finished(table: RawTable, number: int | None) -> RawTable:
    """The table with a computed column: whether the response was submitted."""
    if number is None:
        return table
    cells = table.cells[number]
    none = ("", "N/A", "NULL")
    done = recoded(cells, lambda text: "0" if text in none else "1")
    known = recoded(cells, lambda text: "" if text in none or text.startswith(_NO_DATE) else text)
    table = with_cells(table, number, known)
    return with_extra(table, "finished", done, f"1 where {table.columns[number].name} is filled")


DIALECT = Dialect(
    name="limesurvey",
    looked_for="columns submitdate, startlanguage, lastpage, datestamp, interviewtime (or their "
    "names as text), headers such as Q1[SQ001] or 'Q1[SQ001]. text'",
    marks=marks,
    enough=3,
    normalise=normalise,
    own=(
        "id|submitdate|lastpage|startlanguage|seed|startdate|datestamp|ipaddr|refurl|token",
        r"interviewtime|group ?time.*|\w*time\d*_?\d+|question time.*|attribute_\d+",
        "response id|date submitted|last page|start language|date started|date last action",
        "ip address|referrer url|total time|antwort-? ?id|datum abgeschickt|letzte seite",
        "start-?sprache|zufallsstartwert|datum gestartet|datum letzte aktivität|gesamtzeit",
    ),
    private=(
        r"ipaddr|ip[- ]address|ip-adresse",
        r"refurl|referrer url",
        "token|zugangscode|access code",
        r"(participant|teilnehmer)?_?(firstname|lastname|email)",
        r"first name|last name|vorname|nachname|email address|e-mail-adresse",
        r"attribute_\d+",
    ),
)
