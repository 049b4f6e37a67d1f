"""One cell's value as text: the same text whatever format the value comes from."""

import datetime
import decimal
import json
import math


def number_text(value: float) -> str:
    """'3' for 3.0, the shortest digits that tell other numbers apart, '' for nan.

    A numpy float32 keeps its own shortest digits ('0.1').
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    # Above this, a double has no more digits of its own.
    if float(value).is_integer() and abs(value) < 1e16:
        return str(int(value))
    return str(value)


def cell_text(value: object) -> str:
    """Text of a cell: numbers as `number_text`, booleans as spreadsheets write them, times
    in ISO form, durations as hours:minutes:seconds, lists and records as JSON.

    Raises ValueError for bytes that are no UTF-8 text.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return duration_text(value)
    if isinstance(value, decimal.Decimal):
        whole = value == value.to_integral_value()
        return f"{value:.0f}" if whole else f"{value.normalize():f}"
    if isinstance(value, bytes):
        return value.decode("utf-8").strip()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=cell_text)
    return str(value).strip()


def duration_text(value: datetime.timedelta) -> str:
    """Hours may be more than 24, as in a spreadsheet's [h]:mm:ss."""
    sign = "-" if value < datetime.timedelta(0) else ""
    value = abs(value)
    minutes, seconds = divmod(value.days * 86400 + value.seconds, 60)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{fraction}"
