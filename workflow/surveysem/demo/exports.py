"""The demonstration survey as survey tools export it, byte for byte the same each time.

A wave is one plain table (who, where, seconds, answers as codes); each writer puts it into the
shape of its tool. Addresses and times are made up; IP addresses are those set aside for
documentation (RFC 5737).
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from surveysem.files import replace
from surveysem.questionnaire.archive import settled
from surveysem.study.objects import Item

ROLES = ("respondent", "stakeholder", "project", "district", "form")
SPSS_DATE = slice(92, 109)  # creation date and time in the header of a .sav file


def write(
    tool: str, frame: pd.DataFrame, path: Path, *, items: Mapping[str, Item], texts, start: str, rng
) -> int:
    """Write a wave as `tool` exports it, and return the file's row number of its first answer.

    frame: respondent, stakeholder, project, district, form, seconds, then items as code
    texts. texts: answer scale to code to text by language. start: ISO date of the first
    answer. Raises KeyError for a tool that there is no writer for.
    """
    times = _times(frame["seconds"].astype(int), start, rng)
    return WRITERS[tool](frame, path, items, texts, times)


def _times(seconds: pd.Series, start: str, rng) -> list[tuple[datetime, datetime]]:
    """Begin and end of each answer, one after another as rows are."""
    gaps = rng.exponential(900, len(seconds)).astype(int)
    ends = datetime.fromisoformat(start) + np.array(
        [timedelta(seconds=int(s)) for s in gaps.cumsum()]
    )
    return [(end - timedelta(seconds=int(s)), end) for end, s in zip(ends, seconds, strict=True)]


def _said(frame: pd.DataFrame, item: Item, texts, language: str) -> list[str]:
    """Answers to an item as texts; a code that no one can give stays a number."""
    words = {str(code): by[language] for code, by in texts[item.scale].items()}
    return [words.get(code, code) for code in frame[item.name]]


def _asked(frame: pd.DataFrame, item: Item) -> pd.Series:
    """Whether the questionnaire showed an item."""
    group = frame["stakeholder"].isin(item.groups) | (not item.groups)
    return group & (frame["form"].isin(item.forms) | (not item.forms))


def qualtrics(frame, path: Path, items, texts, times) -> int:
    """Qualtrics' CSV with choice texts, in English: names, questions and ImportIds on top."""
    n = len(frame)
    own = {
        "StartDate": ("Start Date", [f"{a:%Y-%m-%d %H:%M:%S}" for a, _ in times]),
        "EndDate": ("End Date", [f"{b:%Y-%m-%d %H:%M:%S}" for _, b in times]),
        "Status": ("Response Type", ["IP Address"] * n),
        "IPAddress": ("IP Address", [f"192.0.2.{k % 254 + 1}" for k in range(n)]),
        "Progress": ("Progress", ["100"] * n),
        "Duration (in seconds)": ("Duration (in seconds)", list(frame["seconds"])),
        "Finished": ("Finished", ["True"] * n),
        "RecordedDate": ("Recorded Date", [f"{b:%Y-%m-%d %H:%M:%S}" for _, b in times]),
        "ResponseId": ("Response ID", [f"R_{k:015d}" for k in range(n)]),
        "DistributionChannel": ("Distribution Channel", ["anonymous"] * n),
        "UserLanguage": ("User Language", ["EN"] * n),
    }
    ids = ("startDate", "endDate", "status", "ipAddress", "progress", "duration", "finished",
           "recordedDate", "_recordId", "distributionChannel", "userLanguage")  # fmt: skip
    table = pd.DataFrame({name: values for name, (_, values) in own.items()})
    second, third = [label for label, _ in own.values()], list(ids)
    for name in ROLES:
        table[name] = frame[name].to_numpy()
        second.append(name)
        third.append(name)
    stem = "Please say how far you agree."
    for k, item in enumerate(items, start=1):
        table[item.name] = _said(frame, item, texts, "en")
        second.append(f"{stem} - {item.text['en']}")
        third.append(f"QID{k // 12 + 1}_{k % 12 + 1}")
    heads = [second, [json.dumps({"ImportId": name}, separators=(",", ":")) for name in third]]
    head = pd.DataFrame(heads, columns=table.columns)
    whole = pd.concat([head, table.astype(object)], ignore_index=True)
    replace(path, lambda to: whole.to_csv(to, index=False, lineterminator="\n"))
    return 4


WENJUANXING_ROLES = {
    "respondent": "您的受访编号是", "stakeholder": "您属于哪一类受访者", "project": "您评价的合作项目",
    "district": "您所在的区县", "form": "问卷版本",
}  # fmt: skip


def wenjuanxing(frame, path: Path, items, texts, times) -> int:
    """问卷星's workbook with option texts, in Chinese: numbered questions, seconds as '179秒'."""
    from openpyxl import Workbook

    n = len(frame)
    table = pd.DataFrame(
        {
            "序号": range(1, n + 1),
            "提交答卷时间": [f"{b:%Y/%m/%d %H:%M:%S}" for _, b in times],
            "所用时间": [f"{s}秒" for s in frame["seconds"]],
            "来源": ["微信"] * n,
            "来源详情": ["N/A"] * n,
            "来自IP": [f"198.51.100.{k % 254 + 1}" for k in range(n)],
        }
    )
    groups = {"government": "政府", "enterprise": "企业", "public": "公众", "": ""}
    for k, (name, question) in enumerate(WENJUANXING_ROLES.items(), start=1):
        values = frame[name].map(groups) if name == "stakeholder" else frame[name]
        table[f"{k}、{question}？"] = values.to_numpy()
    for k, item in enumerate(items, start=len(WENJUANXING_ROLES) + 1):
        asked = _asked(frame, item)
        said = _said(frame, item, texts, "zh")
        table[f"{k}、{item.text['zh']}"] = [
            text or ("(空)" if yes else "(跳过)") for text, yes in zip(said, asked, strict=True)
        ]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(list(table.columns))
    for row in table.itertuples(index=False):
        sheet.append([None if value == "" else value for value in row])
    data = io.BytesIO()
    book.save(data)
    replace(path, lambda to: Path(to).write_bytes(settled(data.getvalue())))
    return 2


def spss(frame, path: Path, items, texts, times) -> int:
    """An SPSS file: codes with value labels, questions as labels, 99 as user-missing."""
    import pyreadstat

    table = frame[list(ROLES)].copy()
    numbers = {name: k for k, name in enumerate(("government", "enterprise", "public"), start=1)}
    table["stakeholder"] = frame["stakeholder"].map(numbers).astype(float)
    table["seconds"] = frame["seconds"].astype(float)
    labels = {"stakeholder": {k: name.capitalize() for name, k in numbers.items()}}
    questions = {"stakeholder": "Stakeholder group", "seconds": "Seconds taken"}
    for item in items:
        table[item.name] = pd.to_numeric(frame[item.name])
        labels[item.name] = {code: by["en"] for code, by in texts[item.scale].items()}
        labels[item.name][99] = "No answer"
        questions[item.name] = item.text["en"]

    def save(to: str) -> None:
        pyreadstat.write_sav(
            table,
            to,
            column_labels=questions,
            variable_value_labels=labels,
            missing_ranges={item.name: [99] for item in items},
            row_compress=True,
        )
        with open(to, "r+b") as handle:  # the writer puts the time of writing there
            handle.seek(SPSS_DATE.start)
            handle.write(b"01 Jan 2000:00:00"[: SPSS_DATE.stop - SPSS_DATE.start])

    replace(path, save)
    return 1


WRITERS: Mapping[str, Callable[..., int]] = {
    "qualtrics": qualtrics,
    "wenjuanxing": wenjuanxing,
    "spss": spss,
}
SUFFIXES: Mapping[str, str] = {"qualtrics": "csv", "wenjuanxing": "xlsx", "spss": "sav"}


def file_name(number: int, tool: str) -> str:
    """Name of a wave's file."""
    return f"wave{number}_{tool}.{SUFFIXES[tool]}"


def ordered(items: Sequence[Item], frame: pd.DataFrame) -> list[Item]:
    """The items that a wave has, in the order of its columns."""
    by_name = {item.name: item for item in items}
    return [by_name[name] for name in frame.columns if name in by_name]
