"""Why a column is not drafted as an item, in words that its author can check."""

import re
from collections import Counter
from collections.abc import Mapping

from surveysem.intake.raw import RawTable

TOOL = "recorded by the survey tool"
PRIVATE = "a contact, an address or a name"
NAMED = "named like a time, a place, a comment or a weight"
EMPTY = "nobody answered"
ONE = "one answer only"
TWO = "two answers: no scale"
CHOICE = "yes or no, or a choice of several"
JOINED = "several answers in a cell"
RANKS = "ranks: each answer rules out the others"
QUANTITY = "numbers of a wide range"
WORDS = "words or ranges of no known order"
MANY = "many different answers: free text or a list"
ALONE = "no other column has these answers"
# Names (not questions) of what a tool or a contact form records: the whole name or its last word,
# so that items such as time_pressure1 or sentiment2 are not among them.
_CONTACT = re.compile(
    r"(?:^|[\W_])(?:e-?mail|phone|mobile|address|latitude|longitude|uuid|guid|imei|device|ip"
    r"|first_?name|last_?name)$|邮箱|邮件|电话|手机|地址|姓名|微信",
    re.I,
)
_OTHER = re.compile(
    r"(?:^|[\W_])(?:location|birth|dob|date|time|browser|url|comments?|other|text|weight)$"
    r"|时间|日期|来源|来自|总分|备注|权重",
    re.I,
)
_SIGNS = ("┋", ";", "；", ", ", "，", "|")  # what tools put between several answers in a cell
_NUMBER = re.compile(r"-?\d*[.,]?\d+\Z")


def recorded(table: RawTable, k: int) -> str:
    """The reason why column k is none of the questions, '' where it may be one."""
    column = table.columns[k]
    if column.tool or k in table.roles.values():
        return TOOL
    short = len(column.name) <= 30 and " " not in column.name
    if column.private or (short and _CONTACT.search(column.name)):
        return PRIVATE
    return NAMED if short and _OTHER.search(column.name) else ""


def no_scale(values: Mapping[str, int]) -> str:
    """The reason why answers (value to how often) make no scale."""
    if len(values) < 3:
        return {0: EMPTY, 1: ONE, 2: TWO}[len(values)]
    if all(_NUMBER.match(v) for v in values):
        return QUANTITY
    sign = joined_by(values)
    if sign:
        return f"{JOINED} (joined by {sign.strip()})"
    return WORDS if len(values) <= 11 else MANY


def joined_by(values: Mapping[str, int]) -> str:
    """The sign that joins several answers in a cell, '' if none does: its parts come again in
    other cells, which the parts of free text hardly do."""
    for sign in _SIGNS:
        cells = [v for v in values if sign in v]
        if not cells:
            continue
        parts = Counter(part.strip() for v in values for part in set(v.split(sign)))
        again = sum(parts[part.strip()] > 1 for v in cells for part in v.split(sign))
        total = sum(len(v.split(sign)) for v in cells)
        if again >= 0.8 * total and max(map(len, parts)) <= 120:
            return sign
    return ""
