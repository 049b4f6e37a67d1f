"""KoboToolbox and ODK (Collect, Aggregate, Briefcase, Central).

A column is called by its path: groups, question, for select_multiple also the choice, joined by
'/' (KoboToolbox, or what its user chose), '-' (ODK Central), ':' (older Aggregate) or '.'
(files that went through R). The variable's name is the last part: see KoboToolbox, 'Advanced
data exports', ODK, 'Briefcase export format'. Labels may stand in place of names; then the
XLSForm tells which variable they are (`surveysem.intake.dialects.xlsform`).
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from surveysem.intake.dialects.common import (
    Dialect,
    first,
    noted,
    stems_and_rows,
    with_columns,
    with_roles,
)
from surveysem.intake.dialects.times import with_duration_between, with_times
from surveysem.intake.raw import Column, RawTable

_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_PATH = re.compile(rf"{_WORD}(?:/[A-Za-z0-9_]+)+")
_SEPARATORS = "/.:-"
_MARKS = {
    2: (
        "_submission_time",
        "formhub/uuid",
        "meta/instanceID",
        "meta-instanceID",
        "meta.instanceID",
    ),
    1: (
        "_id",
        "_uuid",
        "_index",
        "_validation_status",
        "_submitted_by",
        "__version__",
        "instanceID",
        "KEY",
        "SubmissionDate",
        "SubmitterID",
        "ReviewState",
        "meta:instanceID",
    ),
}
_DEVICE = (
    "deviceid",
    "subscriberid",
    "simserial",
    "simid",
    "phonenumber",
    "imei",
    "devicephonenum",
)
_FIELDS = {
    "id": ("_id", "_uuid", "instanceID", "meta/instanceID", "meta-instanceID", "KEY"),
    "started": ("start", "starttime"),
    "ended": ("end", "endtime"),
    "submitted": ("_submission_time", "SubmissionDate"),
    "language": ("_language", "language"),
}


def separator(table: RawTable) -> str:
    """What joins the parts of a path, '' where no column has a path."""
    votes = Counter(
        mark
        for column in table.columns
        for mark in _SEPARATORS
        # A choice, the last part, may be called by a number.
        if re.fullmatch(rf"{_WORD}(?:{re.escape(mark)}[A-Za-z0-9_]+)+", column.name)
    )
    best = max(votes, key=lambda mark: (votes[mark], -_SEPARATORS.index(mark)), default="")
    return best if votes[best] > 1 else ""


def _number(table: RawTable, wanted: tuple[str, ...]) -> int | None:
    return first(table, wanted, fold=str)


def marks(table: RawTable) -> Mapping[str, int]:
    """The marks of KoboToolbox and ODK."""
    found = {
        f"column {name}": weight
        for weight, names in _MARKS.items()
        for name in names
        if _number(table, (name,)) is not None
    }
    device = [name for name in _DEVICE if _number(table, (name,)) is not None]
    if device:
        found[f"column {device[0]}"] = 1
    others = ("end", "today", "endtime")
    if _number(table, ("start", "starttime")) is not None and _number(table, others) is not None:
        found["columns of start and end"] = 1
    mark = separator(table)
    paths = sum(mark in column.name for column in table.columns) if mark else 0
    if paths > 2 and paths * 4 > len(table.columns):
        found[f"paths joined by '{mark}'"] = 1
    return found


def normalise(table: RawTable) -> RawTable:
    """Questions by the last part of their path, as far as that is one column's alone."""
    mark = separator(table)
    fields = {what: _number(table, wanted) for what, wanted in _FIELDS.items()}
    names = variable_names([column.name for column in table.columns], mark)
    how = f"paths joined by '{mark}'" if mark else "no groups"
    table = with_columns(table, _named(table, names))
    table = noted(table, ("dialect", f"kobo: {how}"))
    table = with_roles(table, id=fields["id"], language=fields["language"])
    submitted = fields["submitted"] if fields["submitted"] is not None else fields["ended"]
    table = with_times(table, started=fields["started"], submitted=submitted)
    if fields["ended"] not in (None, submitted):
        roles = table.roles
        table = replace(with_times(table, submitted=fields["ended"]), roles=roles)
    return with_duration_between(table, fields["started"], fields["ended"])


def _named(table: RawTable, names: list[str]) -> list[Column]:
    """Columns by their variables; where headers are labels, questions apart from their groups."""
    paths = [column.name for column in table.columns]
    columns = []
    parts = zip(table.columns, names, stems_and_rows(paths, "/"), strict=True)
    for column, name, (group, question) in parts:
        labelled = group and not _PATH.fullmatch(column.name)
        label = column.label or (question if labelled else "")
        columns.append(replace(column, name=name, label=label))
    return columns


def variable_names(paths: list[str], mark: str) -> list[str]:
    """The variable of each path: 'group/question' is question, 'group/question/choice' is
    question/choice; where two columns would get one name, both keep their paths."""
    if not mark:
        return paths
    whole = set(paths)
    short = []
    for path in paths:
        above, _, last = path.rpartition(mark)
        is_path = re.fullmatch(rf"{_WORD}(?:{re.escape(mark)}[A-Za-z0-9_]+)+", path)
        if not is_path or path.startswith("_"):
            short.append(path)
        elif above in whole or not re.fullmatch(_WORD, last):
            # A choice of a select_multiple: its question is a column too, or no variable
            # could be called as it is.
            short.append(above.rpartition(mark)[2] + mark + last)
        else:
            short.append(last)
    often = Counter(short)
    return [path if often[name] > 1 else name for path, name in zip(paths, short, strict=True)]


DIALECT = Dialect(
    name="kobo",
    looked_for="columns _id, _uuid, _submission_time, __version__, instanceID, KEY, start, end, "
    "headers with a path such as group/question",
    marks=marks,
    enough=3,
    normalise=normalise,
    own=(
        "start|end|today|_.*|(meta[/.:-])?(instanceid|instancename|rootuuid)|formhub/uuid|key",
        "submissiondate|submitter(id|name)|reviewstate|devicei?d|formversion|attachments",
        "imei|subscriberid|simserial|simid|devicephonenum|phonenumber|username|edits",
    ),
    private=(
        "imei|deviceid|subscriberid|simserial|simid|devicephonenum|username|phonenumber",
        "email|caseid|_submitted_by|submitter(id|name)|device ?id",
        r"_?(geolocation|gps|location|coordinates?)",
        r".*_?(latitude|longitude|altitude|precision)",
        r".*[-.:](latitude|longitude|altitude|accuracy)",
        r"(.*[/.:_-])?(first|last|full|enumerator|respondent|interviewer)_?names?",
        r"(.*[/.:_-])?(phone|telephone|mobile)(_?(number|no))?",
    ),
)
