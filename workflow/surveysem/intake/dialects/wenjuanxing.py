"""问卷星 (Wenjuanxing, wjx.cn).

The first columns are 序号, 提交答卷时间, 所用时间, 来源, 来源详情, 来自IP, sometimes 总分; then each
question by its number and text ('1、...', '1.…', '1：...'). Rows of a matrix: the first '5、stem—row',
the others '5、stem—row' or just '5、row', also '5、stem(row)' and '5、stem:row', in older files
'第5题(row)'. Exports by option number
(按选项序号) hold numbers, by option text (按选项文本) texts. A question that the respondent was led
past reads '(跳过)' or -3, one left empty '(空)' or -2. Several answers are joined by ┋, an order by →.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from surveysem.intake.dialects.common import (
    Dialect,
    first,
    noted,
    stems_and_rows,
    tidy,
    with_columns,
    with_declared,
    with_roles,
)
from surveysem.intake.dialects.times import with_duration, with_times
from surveysem.intake.raw import Column, RawTable

_OWN = {
    "提交答卷时间": 2,
    "序号": 1,
    "所用时间": 1,
    "来源": 1,
    "来源详情": 1,
    "来自IP": 1,
    "总分": 0,
}
_NUMBERED = re.compile(r"\s*[Qq]?(\d{1,3})\s*(?:[、．:：]|\.(?!\d))\s*(.*)", re.DOTALL)
_OLD_ROW = re.compile(r"\s*第\s*(\d{1,3})\s*题\s*[（(](.*)[)）]\s*", re.DOTALL)
# One dash: a text may hold the double dash of Chinese prose.
_DASH = re.compile(r"(.*)(?<!—)—(?!—)(.*)", re.DOTALL)
_MARKS = ":：(（"
_SKIPPED, _EMPTY = "skipped by the questionnaire", "left empty"
_MISSING = {
    "(跳过)": _SKIPPED,
    "（跳过）": _SKIPPED,
    "-3": _SKIPPED,
    "(空)": _EMPTY,
    "（空）": _EMPTY,
    "-2": _EMPTY,
}


def _heading(column: Column) -> tuple[str, str] | None:
    """Number and text of a question, None for another column."""
    for text in (column.name, column.label):
        match = _OLD_ROW.fullmatch(text) or _NUMBERED.fullmatch(text)
        if match:
            return match[1], tidy(match[2])
    return None


def marks(table: RawTable) -> Mapping[str, int]:
    """The marks of 问卷星."""
    found = {}
    for name, weight in _OWN.items():
        if weight and first(table, (name,)) is not None:
            found[f"column {name}"] = weight
    headings = [heading for heading in map(_heading, table.columns) if heading]
    if found and len(headings) * 2 >= len(table.columns):
        found["questions by number"] = 1
    return found


def normalise(table: RawTable) -> RawTable:
    """Texts without numbers as labels, matrix rows with stems, seconds, times, skipped answers."""
    headings = [_heading(column) for column in table.columns]
    table = with_columns(table, _named(table, headings))
    questions = [number for number, heading in enumerate(headings) if heading]
    words = f"wenjuanxing: {len(questions)} columns of questions by number"
    table = noted(table, ("dialect", words))
    table = with_roles(table, id=first(table, ("序号",)))
    table = with_times(table, submitted=first(table, ("提交答卷时间",)))
    table = with_duration(table, first(table, ("所用时间",)))
    return with_declared(table, questions, _MISSING)


def _named(table: RawTable, headings: list[tuple[str, str] | None]) -> list[Column]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, heading in enumerate(headings):
        if heading:
            groups[heading[0]].append(number)
    columns = [replace(column, name=tidy(column.name)) for column in table.columns]
    for numbers in groups.values():
        stem = ""
        shared = stems_and_rows([headings[number][1] for number in numbers], _MARKS)
        for number, part in zip(numbers, shared, strict=True):
            text = headings[number][1]
            dash = _DASH.fullmatch(text) if len(numbers) > 1 else None
            if dash and dash[1].strip() and dash[2].strip():
                # The last dash: the stem, the longer text, is the likelier to hold another.
                stem, text = dash[1].strip(), dash[2].strip()
            text = re.fullmatch(r"[（(](.*)[)）]", text)[1] if _bracketed(text, numbers) else text
            # Rows after a first one with a dash have no stem of their own.
            own = (stem, text) if stem else part if part[0] else ("", text)
            columns[number] = replace(columns[number], label=own[1], stem=own[0])
    return columns


def _bracketed(text: str, numbers: list[int]) -> bool:
    """Whether a text is a choice in brackets: '5、(乘车不安全)', one column of several."""
    return len(numbers) > 1 and bool(re.fullmatch(r"[（(][^()（）]*[)）]", text))


DIALECT = Dialect(
    name="wenjuanxing",
    looked_for="columns 序号, 提交答卷时间, 所用时间, 来源, 来源详情, 来自IP, questions by number such as "
    "'1、...'",
    marks=marks,
    enough=3,
    normalise=normalise,
    own=("序号|提交答卷时间|所用时间|来源|来源详情|来自 ?ip|总分|用户名|昵称|openid|来源渠道",),
    private=(
        "来自 ?ip|ip|来源详情|用户名|昵称|微信昵称|openid|来源渠道|经纬度|地理位置",
        r".*(姓名|手机号|手机号码|电话|邮箱|微信号|qq号|身份证|住址|详细地址|收货地址|学号|工号).*",
    ),
)
