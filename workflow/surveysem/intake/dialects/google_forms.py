"""Google Forms, as its sheet or CSV.

The first column is the time of submission, called in the form's language; every other header
is the question's text, a row of a grid 'stem [row]', and several answers stand in one cell,
joined by ', ' (Google, 'View & manage form responses'). Dates follow the sheet's region.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from surveysem.intake.dialects.common import Dialect, noted, texts_in, tidy, with_columns
from surveysem.intake.dialects.times import with_times
from surveysem.intake.raw import Column, RawTable
from surveysem.text import normalise as folded

_STAMPS = frozenset(
    map(
        folded,
        (
            "Timestamp",
            "Marca temporal",
            "时间戳记",
            "时间戳",
            "時間戳記",
            "Horodateur",
            "Zeitstempel",
            "Carimbo de data/hora",
            "Informazioni cronologiche",
            "タイムスタンプ",
            "타임스탬프",
            "Отметка времени",
            "Позначка часу",
            "Tijdstempel",
            "Sygnatura czasowa",
            "Zaman damgası",
            "Stempel waktu",
            "Cap waktu",
            "Dấu thời gian",
            "طابع زمني",
            "Tidstämpel",
            "Tidsstempel",
            "Aikaleima",
            "Časové razítko",
            "Időbélyeg",
            "ประทับเวลา",
        ),
    )
)
_GRID = re.compile(r"(.*\S)\s*\[([^\]]+)\]", re.DOTALL)
_CONTACT = re.compile(
    r"e-?mail address|username|direcci[oó]n de correo electr[oó]nico|adresse e-mail|"
    r"e-mail-adresse|endereço de e-mail|电子邮件地址|電子郵件地址|用户名|メールアドレス|이메일 주소"
)


def marks(table: RawTable) -> Mapping[str, int]:
    """The marks of Google Forms."""
    if len(table.columns) < 2 or folded(table.columns[0].name) not in _STAMPS:
        return {}
    found = {f"'{table.columns[0].name}' first": 2}
    texts = [column.name for column in table.columns[1:]]
    # Chinese and Japanese write without spaces: a question mark or its length tells there.
    asked = [t for t in texts if len(t.split()) > 2 or t.endswith(("?", "？")) or _wide(t) > 5]
    if len(asked) * 2 >= len(texts):
        found["headers that are questions"] = 1
    grids = [text for text in texts if _GRID.fullmatch(text)]
    if len(grids) > 1:
        found[f"grid rows such as '[{_GRID.fullmatch(grids[0])[2]}]'"] = 1
    if any(_CONTACT.fullmatch(folded(text)) for text in texts):
        found["a column of addresses"] = 1
    stamps = texts_in(table.cells[0])[:50]
    if stamps and all(re.match(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b", text) for text in stamps):
        found["times in the first column"] = 1
    return found


def _wide(text: str) -> int:
    return sum(ord(letter) > 0x2E80 for letter in text)


def normalise(table: RawTable) -> RawTable:
    """Texts as names and labels, grid rows with their stems, the time under its role."""
    table = with_columns(table, _named(table))
    words = f"google_forms: '{table.columns[0].name}' first" if table.columns else ""
    table = noted(table, ("dialect", words))
    if table.columns and folded(table.columns[0].name) in _STAMPS:
        table = with_times(table, submitted=0)
    return table


def _named(table: RawTable) -> list[Column]:
    matches = [_GRID.fullmatch(column.name) for column in table.columns]
    stems = Counter(match[1] for match in matches if match)
    columns = []
    for column, match in zip(table.columns, matches, strict=True):
        # A question may end in brackets by itself; rows of a grid share their stem.
        if match and stems[match[1]] > 1:
            label, stem = tidy(match[2]), tidy(match[1])
        else:
            label, stem = column.label or tidy(column.name), ""
        columns.append(replace(column, name=tidy(column.name), label=label, stem=stem))
    return columns


DIALECT = Dialect(
    name="google_forms",
    looked_for="a first column Timestamp (Marca temporal, 时间戳记, ...) with times, questions as "
    "the other headers, grid rows such as 'question [row]'",
    marks=marks,
    enough=3,
    normalise=normalise,
    own=(
        _CONTACT.pattern,
        "score|puntuación|得分|总分",
    ),
    private=(_CONTACT.pattern,),
)
