"""SurveyMonkey.

Its exports have two header rows: the question's text, then for each column the choice, row or
field ('Response', 'Open-Ended Response' where there is one answer); a question of several
columns leaves the header empty above all but its first (SurveyMonkey, 'Exporting survey
data'). A re-saved file may have lost the second row: then nothing but the tool's own
columns tells it.
"""

from collections.abc import Mapping
from dataclasses import replace

from surveysem.intake.dialects.common import (
    Dialect,
    first,
    noted,
    row_of,
    tidy,
    with_columns,
    with_roles,
    without_first_rows,
)
from surveysem.intake.dialects.times import with_duration_between, with_times
from surveysem.intake.raw import Column, RawTable
from surveysem.text import normalise as folded

_OWN = {
    "respondentid": 2,
    "collectorid": 2,
    "startdate": 1,
    "enddate": 1,
    "ipaddress": 1,
    "emailaddress": 1,
    "customdata1": 1,
}
_ANSWER = frozenset(
    (
        "response",
        "open-ended response",
        "réponse",
        "réponse ouverte",
        "antwort",
        "beantwortung mit offenem ende",
        "respuesta",
        "respuesta abierta",
        "resposta",
        "risposta",
        "回复",
        "响应",
        "回應",
    )
)


def _second(table: RawTable) -> list[str]:
    """The second header row, [] where the first row below the header is an answer already:
    the tool's own columns are empty in a header row."""
    cells = row_of(table, 0)
    own = first(table, ("respondentid",))
    if not cells or own is None or cells[own]:
        return []
    return cells


def marks(table: RawTable) -> Mapping[str, int]:
    """The marks of SurveyMonkey."""
    numbers = {name: first(table, (name,)) for name in _OWN}
    # Other tools have start and end dates too.
    told = any(number is not None and _OWN[name] > 1 for name, number in numbers.items())
    found = {
        f"column {table.columns[number].name}": _OWN[name]
        for name, number in numbers.items()
        if number is not None and told
    }
    second = _second(table)
    answers = sum(folded(text) in _ANSWER for text in second)
    if answers > 1:
        found["a second header row with 'Response'"] = 2
    under = sum(not c.name and bool(t) for c, t in zip(table.columns, second, strict=False))
    if under > 1:
        found[f"{under} columns without a name under a question"] = 1
    return found


def normalise(table: RawTable) -> RawTable:
    """One header row, each column under its question; the tool's columns under their roles."""
    second = _second(table)
    how = f"two header rows, the second in row {table.rows[0]}" if second else "one header row"
    table = with_columns(table, _named(table, second))
    table = without_first_rows(table, 1 if second else 0)
    table = noted(table, ("dialect", f"surveymonkey: {how}"))
    start, end = first(table, ("startdate",)), first(table, ("enddate",))
    table = with_roles(table, id=first(table, ("respondentid",)))
    table = with_times(table, started=start, submitted=end)
    return with_duration_between(table, start, end)


def _named(table: RawTable, second: list[str]) -> list[Column]:
    """Columns by their question and, where it has several, by their own text as well."""
    second = second or [""] * len(table.columns)
    names = [tidy(column.name) for column in table.columns]
    columns = []
    question = ""
    for number, (column, below) in enumerate(zip(table.columns, second, strict=True)):
        below = tidy(below)
        name = names[number]
        if name:
            question = name
        follows = number + 1 < len(names) and not names[number + 1] and bool(second[number + 1])
        several = not name or follows
        if not several or not below or not question:
            label = column.label or name or below
            columns.append(replace(column, name=name or below, label=label))
        elif folded(below) in _ANSWER:
            # The choice itself, beside a column such as 'Other (please specify)'.
            columns.append(replace(column, name=question, label=question))
        else:
            columns.append(
                replace(column, name=f"{question} - {below}", label=below, stem=question)
            )
    return columns


DIALECT = Dialect(
    name="surveymonkey",
    looked_for="columns Respondent ID, Collector ID, Start Date, End Date, a second header row "
    "with 'Response' or the choices of a question",
    marks=marks,
    enough=4,
    normalise=normalise,
    own=(
        "respondent ?id|collector ?id|(start|end|date) ?(date|created|modified)|ip ?address",
        r"email ?address|(first|last) ?name|custom ?(data|variable) ?\d*",
    ),
    private=(
        "ip ?address|email ?address|first ?name|last ?name",
        r"custom ?(data|variable) ?\d*",
        r".* - (name|company|address( 2)?|city/town|zip/postal code|email address|phone number)",
    ),
)
