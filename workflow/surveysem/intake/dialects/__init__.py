"""Which survey tool wrote a table, and that table in the one shape that later steps read.

A dialect is a module with a `DIALECT` (see `common.Dialect`); a further tool is a further
module and a line in `DIALECTS`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from surveysem.errors import describe, nearest
from surveysem.intake.dialects import (
    google_forms,
    kobo,
    limesurvey,
    plain,
    qualtrics,
    redcap,
    surveymonkey,
    wenjuanxing,
)
from surveysem.intake.dialects.common import (
    Dialect,
    DialectError,
    categories,
    count,
    noted,
    recoded,
    some,
    visible,
    with_cells,
    with_columns,
)
from surveysem.intake.raw import Column, RawTable
from surveysem.text import normalise as folded

__all__ = ["DIALECTS", "PRIVATE", "DialectError", "normalise", "private", "recognise"]

# In this order: where two would do, the one with the more distinctive marks comes first.
DIALECTS: dict[str, Dialect] = {
    module.DIALECT.name: module.DIALECT
    for module in (
        qualtrics,
        wenjuanxing,
        redcap,
        kobo,
        limesurvey,
        surveymonkey,
        google_forms,
        plain,
    )
}

# Columns that say who or where a respondent is, whatever the tool; then each tool's own.
_ANYWHERE = (
    r"ip|ip[ _-]?addr(ess)?|e-?mail([ _-]?address)?|(phone|mobile|telephone)([ _-]?(number|no))?",
    r"(first|last|full|sur|family|given)[ _-]?name|name|姓名|名字|手机|手机号码?|电话|联系方式|邮箱|微信号?",
    r"(home|postal|street)?[ _-]?address|地址|住址|(gps|location)?[ _-]?(latitude|longitude)|经度|纬度",
)
PRIVATE: dict[str, tuple[str, ...]] = {
    name: (*dialect.private, *_ANYWHERE) for name, dialect in DIALECTS.items()
}


def private(columns: Sequence[Column], dialect: str) -> tuple[int, ...]:
    """Numbers of the columns that look like contacts, addresses, places or names of persons.

    By the whole name or label, so that a question about e-mail is not one. Meant for columns
    that no item is mapped to: these are listed by name and never shown.
    """
    pattern = re.compile("|".join(f"(?:{part})" for part in PRIVATE[dialect]))
    return tuple(
        number
        for number, column in enumerate(columns)
        if pattern.fullmatch(folded(column.name)) or pattern.fullmatch(folded(column.label))
    )


def recognise(table: RawTable) -> tuple[str, str]:
    """The dialect of a table, and what speaks for it in words.

    A tool is named where several of its marks are found, else the table is plain.
    """
    for name, dialect in DIALECTS.items():
        found = dialect.marks(table)
        if found and sum(found.values()) >= dialect.enough:
            return name, some(sorted(found, key=found.get, reverse=True))
    return "plain", "no survey tool's marks"


def normalise(table: RawTable, dialect: str | None = None) -> RawTable:
    """The table in the shape that later steps read; the dialect is recognised where none is given.

    Raises DialectError for a name that is no dialect, and where a tool's dialect is asked for
    and the table has none of its marks.
    """
    if dialect is None:
        dialect = recognise(table)[0]
    if dialect not in DIALECTS:
        near = nearest(dialect, DIALECTS)
        hint = f"did you mean '{near}'?" if near else "leave `dialect` out to have it recognised"
        raise DialectError(describe(table.file, f"no dialect '{dialect}'", DIALECTS, hint))
    asked = DIALECTS[dialect]
    if asked.enough and not sum(asked.marks(table).values()):
        raise DialectError(_unfit(table, asked))
    return _finished(asked.normalise(_without_marks(table)), asked)


def _unfit(table: RawTable, asked: Dialect) -> str:
    names = [column.name for column in table.columns if column.name]
    other, why = recognise(table)
    hint = f"leave `dialect` out: the file looks like {other} ({why})"
    if other == "plain":
        hint = "leave `dialect` out, or export the file from the tool again without re-saving it"
    found = (
        f"not an export of {asked.name}: looked for {asked.looked_for}; found columns {some(names)}"
        if names
        else f"not an export of {asked.name}: looked for {asked.looked_for}; found no column names"
    )
    return describe(table.file, found, hint=hint)


def _without_marks(table: RawTable) -> RawTable:
    """The table without byte-order marks and zero-width spaces inside names, labels and cells."""
    touched = 0
    for number in range(len(table.columns)):
        cells = table.cells[number]
        if categories(cells).str.contains("[\ufeff\u200b]").any():
            table = with_cells(table, number, recoded(cells, lambda text: visible(text).strip()))
            touched += 1
    columns = (
        replace(
            column,
            name=visible(column.name).strip(),
            label=visible(column.label).strip(),
            values={value: visible(label).strip() for value, label in column.values.items()},
        )
        for column in table.columns
    )
    words = touched and f"removed from the cells of {count(touched, 'column')}"
    return noted(with_columns(table, columns), ("invisible characters", words))


def _finished(table: RawTable, dialect: Dialect) -> RawTable:
    """The table with the tool's own columns marked and names that stand there twice on record.

    Equal names stay, since to rename one would be to choose: whoever looks for it is told.
    """
    own = re.compile("|".join(f"(?:{part})" for part in (*dialect.own, "(?!)")))
    roles = set(table.roles.values())
    named = set(private(table.columns, dialect.name))
    columns = [
        replace(
            column,
            tool=number in roles or bool(column.name and own.fullmatch(folded(column.name))),
            private=number in named,
        )
        for number, column in enumerate(table.columns)
    ]
    often = Counter(column.name for column in columns)
    twice = [name for name in often if name and often[name] > 1]
    words = twice and f"{count(len(twice), 'name')} over several columns: {some(twice)}"
    return noted(with_columns(table, columns), ("repeated names", words))
