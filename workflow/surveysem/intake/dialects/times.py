"""Times and durations as survey tools and spreadsheets write them.

A time becomes ISO 8601 ('2024-05-01T09:12:33', with an offset where one is written; names of zones
such as EST, which stand for several, are left out). 'n/n/year' may be day-month or month-day: the
columns of times together tell which by a number above 12 in them; where none does, they stay as they
are and the finding says so, since a guess would be silent. The seconds between two of them are known
all the same, where both readings agree.
"""

import re
from collections.abc import Iterable
from datetime import datetime

import numpy as np
import pandas as pd

from surveysem.intake.dialects.common import (
    categories,
    coded,
    column_of,
    count,
    noted,
    recoded,
    texts_in,
    with_cells,
    with_extra,
    with_roles,
)
from surveysem.intake.raw import RawTable

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_BEFORE_NOON = r"a\.?\s?m\.?|上午|凌晨|早上|오전|午前"
_AFTER_NOON = r"p\.?\s?m\.?|下午|中午|晚上|오후|午後"
_HALF = rf"(?:{_BEFORE_NOON}|{_AFTER_NOON})"
_DATE = re.compile(
    r"(?P<a>\d{1,4})\s?(?P<mark>[-/.年])\s?(?P<b>\d{1,2})\s?[-/.月]\s?(?P<c>\d{1,4})日?"
    rf"(?:[T,\s]*(?P<before>{_HALF})?\s*(?P<hour>\d{{1,2}})[:时](?P<minute>\d\d)"
    rf"(?:[:分](?P<second>\d\d)(?:\.\d+)?秒?)?\s*(?P<after>{_HALF})?"
    r"\s*(?P<zone>Z|(?:GMT|UTC)?(?:[+-]\d{1,2}(?::?\d\d)?)?|[A-Z]{3,4}))?",
    re.ASCII | re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d\d(?:\.\d+)?)", re.ASCII)
_SPOKEN = re.compile(
    r"(?:(\d+)\s*(?:天|d(?:ays?)?))?\s*(?:(\d+)\s*(?:小时|小時|时|時|h(?:ours?|rs?)?))?\s*"
    r"(?:(\d+)\s*(?:分钟|分鐘|分|m(?:in(?:ute)?s?)?))?\s*"
    r"(?:(\d+(?:\.\d+)?)\s*(?:秒钟|秒|s(?:ec(?:ond)?s?)?))?",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)


def iso_times(cells: pd.Series, beside: Iterable[pd.Series] = ()) -> tuple[pd.Series, str]:
    """A column of times in ISO form, and '' or what could not be read.

    beside: further columns of times, written alike. Texts that are no times stay as they are.
    """
    if _all_iso(cells):
        texts = categories(cells)
        date, rest = texts.str.slice(stop=10), texts.str.slice(start=11).str.replace(" ", "")
        return coded(cells, (date + rest.where(rest == "", "T" + rest)).tolist()), ""
    dates = _dates(cells)
    every = [*dates.values(), *(found for other in beside for found in _dates(other).values())]
    day_first, problem = _order([found for found in every if found])
    if problem:
        return cells, problem
    read = {text: _iso(found, day_first) if found else "" for text, found in dates.items()}
    unread = sum(not iso for iso in read.values())
    known = recoded(cells, lambda text: read[text] or text if text in read else _with_t(text))
    return known, f"{count(unread, 'text')} not read as times" if unread else ""


def _dates(cells: pd.Series) -> dict[str, re.Match | None]:
    """The texts of a column that are not ISO times, with their parts."""
    return {text: _DATE.fullmatch(text) for text in texts_in(cells) if not _ISO.fullmatch(text)}


def _all_iso(cells: pd.Series) -> bool:
    """Whether a column holds ISO times alone; at the speed of a column, not of its texts."""
    texts = categories(cells)
    fit = (texts == "") | texts.str.fullmatch(_ISO.pattern)
    return bool(fit.to_numpy(dtype=bool)[np.unique(cells.cat.codes[cells.cat.codes >= 0])].all())


def _with_t(text: str) -> str:
    """An ISO time with T between date and time and nothing before the offset."""
    if not _ISO.fullmatch(text):
        return text
    return text[:10] + ("T" + text[11:].replace(" ", "") if len(text) > 10 else "")


def _order(dates: list[re.Match]) -> tuple[bool, str]:
    """Whether the day stands before the month, or why that cannot be told."""
    open_ones = [d for d in dates if len(d["a"]) < 3 and d["mark"] != "."]
    by_day = any(int(d["a"]) > 12 for d in open_ones)
    by_month = any(int(d["b"]) > 12 for d in open_ones)
    if by_day and by_month:
        return True, "day and month stand in both orders, so the times were left as text"
    if open_ones and not by_day and not by_month:
        return True, "day and month cannot be told apart, so the times were left as text"
    return not by_month, ""


def _iso(found: re.Match, day_first: bool) -> str:
    """One time in ISO form, '' where there is no such day or hour."""
    a, b, c = found["a"], found["b"], found["c"]
    if len(a) == 4:
        year, month, day = a, b, c
    elif day_first or found["mark"] == ".":
        day, month, year = a, b, c
    else:
        month, day, year = a, b, c
    hour = int(found["hour"] or 0)
    half = found["before"] or found["after"]
    if half and re.fullmatch(_AFTER_NOON, half, re.IGNORECASE):
        hour += 12 if hour < 12 else 0
    elif half and hour == 12:
        hour = 0
    try:
        time = datetime(
            int(year) + (2000 if len(year) == 2 else 0),
            int(month),
            int(day),
            hour,
            int(found["minute"] or 0),
            int(found["second"] or 0),
        )
    except ValueError:
        return ""
    if found["hour"] is None:
        return time.date().isoformat()
    return time.isoformat() + _offset(found["zone"] or "")


def _offset(zone: str) -> str:
    if not zone or (zone.isalpha() and zone.upper() not in ("Z", "GMT", "UTC")):
        return ""
    shift = re.sub(r"[A-Z]", "", zone.upper())
    if not shift:
        return "+00:00"
    digits = shift[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) < 3 else (digits[:-2], digits[-2:])
    return f"{shift[0]}{int(hours):02}:{int(minutes):02}"


def seconds(text: str) -> str | None:
    """A duration in seconds ('179秒', '3分20秒', '1:02:03', '12.5'), None where it is none."""
    if _NUMBER.fullmatch(text):
        return _plain(float(text.replace(",", ".")))
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, rest = clock.groups()
        return _plain(int(hours or 0) * 3600 + int(minutes) * 60 + float(rest))
    spoken = _SPOKEN.fullmatch(text)
    if spoken and any(spoken.groups()):
        days, hours, minutes, rest = (float(part or 0) for part in spoken.groups())
        return _plain(((days * 24 + hours) * 60 + minutes) * 60 + rest)
    return None


def _plain(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")


def with_times(table: RawTable, **numbers: int | None) -> RawTable:
    """The table with the columns of `started` and `submitted` in ISO form, under their roles.

    Where they could not be read, the column keeps its text and its role, on record.
    """
    there = {role: number for role, number in numbers.items() if number is not None}
    raw = {number: table.cells[number] for number in there.values()}
    for role, number in there.items():
        cells, problem = iso_times(raw[number], (raw[other] for other in raw if other != number))
        found = problem and f"column {table.columns[number].name}: {problem}"
        table = noted(with_cells(table, number, cells), ("time", found))
        table = with_roles(table, **{role: number})
    return table


def with_duration(table: RawTable, number: int | None) -> RawTable:
    """The table with a duration in seconds taken from a column that has it in any form.

    The column itself has the role where it holds seconds already, else a computed one.
    """
    if number is None:
        return table
    cells = table.cells[number]
    read = {text: seconds(text) for text in texts_in(cells)}
    if all(found == text for text, found in read.items()):
        return with_roles(table, duration=number)
    name = table.columns[number].name
    unread = sum(found is None for found in read.values())
    words = f"seconds computed from column {name}"
    if unread:
        words += f"; {count(unread, 'text')} there not read as a duration"
    table = noted(table, ("duration", words))
    known = recoded(cells, lambda text: read.get(text) or "")
    return with_extra(table, "duration", known, f"seconds, from {name}")


def _instants(cells: pd.Series, day_first: bool) -> np.ndarray | None:
    """Seconds since 1970 of each row, nan for an empty cell; None where a text is no time of day."""
    texts = categories(cells)
    if not _all_iso(cells):
        dates = _dates(cells)
        if not all(dates.values()):
            return None
        texts = texts.map(lambda text: _iso(dates[text], day_first) if text in dates else text)
    if not (texts.str.len().isin([0]) | (texts.str.len() > 10)).all():
        return None
    read = pd.to_datetime(texts.where(texts != ""), utc=True, format="ISO8601", errors="coerce")
    seconds_of = (read - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
    return np.append(seconds_of, np.nan)[cells.cat.codes.to_numpy()]


def with_duration_between(table: RawTable, start: int | None, end: int | None) -> RawTable:
    """The table with a duration computed from two columns of times.

    Where day and month cannot be told apart, both readings have to give it; where they do not
    (midnight in between), it stays empty, and so does a negative one. Nothing is computed where
    a column holds other texts.
    """
    if start is None or end is None or "duration" in table.roles:
        return table
    lengths = []
    for day_first in (True, False):
        starts, ends = (_instants(table.cells[number], day_first) for number in (start, end))
        if starts is None or ends is None:
            return table
        lengths.append(np.round(ends - starts, 3))
    unclear = int((np.isfinite(lengths[0]) & (lengths[0] != lengths[1])).sum())
    length = np.where(lengths[0] == lengths[1], lengths[0], np.nan)
    negative = int((length < 0).sum())
    different, place = np.unique(length, return_inverse=True)
    texts = [_plain(value) if value >= 0 else "" for value in different.tolist()]
    names = f"{table.columns[end].name} minus {table.columns[start].name}"
    words = f"seconds computed as {names}"
    if negative:
        words += f"; {count(negative, 'row')} that would be negative left empty"
    if unclear:
        words += f"; {count(unclear, 'row')} with different days left empty"
    table = noted(table, ("duration", words))
    computed = column_of(np.array([*texts, ""], dtype=object)[place], table.cells.index)
    return with_extra(table, "duration", computed, f"seconds, {names}")
