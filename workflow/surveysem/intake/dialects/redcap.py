"""REDCap.

Raw exports have variable names as headers and codes as answers, label exports field labels
and texts: see REDCap, 'Export Records' and 'Data exports'. A longitudinal project has a row
for each record and event (`redcap_event_name`), a repeating instrument a row for each
instance; checkboxes are a column a choice (`field___1`, 'Label (choice=One)'). An instrument
ends in its status, `form_complete`: 0 incomplete, 1 unverified, 2 complete.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from surveysem.intake.dialects.common import (
    Dialect,
    column_of,
    first,
    noted,
    recoded,
    some,
    texts_in,
    tidy,
    with_cells,
    with_columns,
    with_extra,
    with_roles,
)
from surveysem.intake.dialects.times import with_times
from surveysem.intake.raw import RawTable

_CHECKBOX = re.compile(r"(\w+)___\w+")
_CHECKBOX_LABEL = re.compile(r"(.*) \(choice=(.*)\)", re.DOTALL)
_EVENT = ("redcap_event_name", "Event Name")
_REPEATS = (
    ("redcap_repeat_instrument", "Repeat Instrument"),
    ("redcap_repeat_instance", "Repeat Instance"),
)
_OWN = {
    3: ("redcap_event_name",),
    2: ("redcap_repeat_instrument", "redcap_repeat_instance", "redcap_survey_identifier"),
    1: ("redcap_data_access_group", "Event Name", "Repeat Instrument", "Repeat Instance"),
}
_STATUS = {"0": "0", "1": "0", "2": "1", "incomplete": "0", "unverified": "0", "complete": "1"}
_OPEN = "[not completed]"


def _statuses(table: RawTable) -> list[int]:
    """Columns that hold an instrument's status."""
    return [
        number
        for number, column in enumerate(table.columns)
        if (column.name.endswith("_complete") or column.name == "Complete?")
        and {text.casefold() for text in texts_in(table.cells[number])} <= set(_STATUS)
    ]


def marks(table: RawTable) -> Mapping[str, int]:
    """The marks of REDCap."""
    names = [column.name for column in table.columns]
    found = {
        f"column {name}": weight for weight, own in _OWN.items() for name in own if name in names
    }
    if names and names[0] in ("record_id", "Record ID", "study_id", "Study ID"):
        found[f"column {names[0]} first"] = 1
    boxes = [n for n in names if _CHECKBOX.fullmatch(n) or _CHECKBOX_LABEL.fullmatch(n)]
    if len(boxes) > 1:
        found[f"checkboxes such as {boxes[0]}"] = 2
    status = _statuses(table)
    if status:
        found[f"status column {names[status[0]]}"] = 1
    forms = {names[n].removesuffix("_complete") for n in status}
    if any(
        name.removesuffix("_timestamp") in forms for name in names if name.endswith("_timestamp")
    ):
        found["a timestamp for an instrument"] = 2
    return found


def normalise(table: RawTable) -> RawTable:
    """Checkboxes with stems, completion over all instruments of a row, events and repeats."""
    columns = []
    for column in table.columns:
        match = _CHECKBOX_LABEL.fullmatch(column.label or column.name)
        if match:
            column = replace(column, label=tidy(match[2]), stem=tidy(match[1]))
        columns.append(column)
    table = with_columns(table, columns)
    event = first(table, _EVENT)
    labels = any(column.name in ("Complete?", "Event Name", "Record ID") for column in columns)
    words = "label export" if labels else "raw export"
    table = noted(table, ("dialect", f"redcap: {words}"), ("events", _events(table, event)))
    table = with_roles(table, id=0)
    told_by = (event, *(first(table, names) for names in _REPEATS))
    table = replace(table, occasions=tuple(number for number in told_by if number is not None))
    status = _statuses(table)
    stamps = [
        number
        for number, column in enumerate(table.columns)
        if column.name.endswith("_timestamp") or column.name == "Survey Timestamp"
    ]
    if len(stamps) > 1:
        table = noted(table, ("time", f"no time of submission: {len(stamps)} instruments have one"))
    elif stamps:
        known = recoded(table.cells[stamps[0]], lambda text: "" if text == _OPEN else text)
        table = with_times(with_cells(table, stamps[0], known), submitted=stamps[0])
    if status:
        table = with_extra(table, "finished", _finished(table, status), _of(table, status))
    return table


def _of(table: RawTable, status: list[int]) -> str:
    return "1 where complete: " + some([table.columns[number].name for number in status])


def _finished(table: RawTable, status: list[int]):
    """'1' where every instrument filled on a row is complete, '' where none is filled."""
    filled = np.zeros(len(table.rows), dtype=bool)
    done = np.ones(len(table.rows), dtype=bool)
    for number in status:
        cells = recoded(table.cells[number], lambda text: _STATUS.get(text.casefold(), ""))
        filled |= (cells != "").to_numpy()
        done &= (cells != "0").to_numpy()
    texts = np.where(filled, np.where(done, "1", "0"), "")
    return column_of(texts, table.cells.index)


def _events(table: RawTable, event: int | None) -> str:
    """Words for the events of a longitudinal project: each may be a wave of its own."""
    if event is None:
        return ""
    counts = table.cells[event].value_counts(sort=False)
    known = [f"{text} ({rows})" for text, rows in counts.items() if rows and text]
    if len(known) < 2:
        return ""
    return f"{table.columns[event].name}: {some(known, 20)}; `where` on a wave chooses"


DIALECT = Dialect(
    name="redcap",
    looked_for="columns redcap_event_name, redcap_repeat_instrument, record_id, checkboxes such "
    "as field___1 or 'Label (choice=One)', columns that end in _complete or _timestamp",
    marks=marks,
    enough=3,
    normalise=normalise,
    own=(
        r"redcap_.*|.*_(complete|timestamp)|complete\?|survey (timestamp|identifier)",
        "event name|repeat (instrument|instance)|data access group",
    ),
    private=(
        "redcap_survey_identifier|survey identifier",
        r"(.*_)?(first|last|middle|full|sur)_?name",
        r"(.*_)?e_?mail(_address)?|(.*_)?(phone|telephone|mobile)(_\w+)?",
        r"(.*_)?(street|address|zip|postcode|postal_code)(_\w+)?|dob|date_of_birth|mrn|ssn",
    ),
)
