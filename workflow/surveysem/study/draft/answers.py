"""What each column of an export holds, as far as its values show."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from surveysem.intake.raw import RawTable
from surveysem.study.draft import vocabulary

RARE = 0.005  # share of a column's answers below which a value may be a mistake
FEWEST, MOST = 3, 11  # points of an answer scale: two make no scale, more is a quantity
WHOLE = re.compile(r"-?\d{1,3}(\.0+)?\Z")
NUMBERED = re.compile(r"(-?\d{1,2})\s*(?:[-–=.:、:)）]\s*|[(（])(\D.*)\Z")
# Names (not questions) of what a tool or a contact form records: the whole name or its last word,
# so that items such as time_pressure1 or sentiment2 are not among them.
OTHER = re.compile(
    r"(?:^|[\W_])(?:e-?mail|phone|mobile|address|latitude|longitude|location|birth|dob|date|time"
    r"|uuid|guid|imei|device|browser|url|first_?name|last_?name|comments?|other|text|weight|ip)$"
    r"|邮箱|邮件|电话|手机|地址|姓名|时间|日期|来源|来自|微信|总分|备注|权重",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A column's answers. how: labelled, known, numbered, numbers or texts (order unknown).

    steps: answer as it stands in the file to its code (None where the order is unknown) and
    its label. missing: values that stand for no answer.
    """

    how: str
    steps: Mapping[str, tuple[int | None, str]]
    missing: tuple[str, ...] = ()

    @property
    def key(self) -> tuple:
        """What columns of one answer scale share. Numbers and texts may lack an answer that
        nobody gave, so any of them may belong together."""
        loose = self.how in ("numbers", "texts")
        return (self.how, None if loose else tuple(self.steps.values()))

    def has(self, value: str) -> bool:
        """Whether a value is one of the answers, or stands for none."""
        plain = re.sub(r"\.0+$", "", value)
        return value in self.missing or value in self.steps or plain in self.steps


@dataclass(frozen=True, slots=True)
class Seen:
    """One column: its number, name, question, how often each value stands there, its kind, whether
    it is the survey tool's own, and the text that it shares with the rows of its matrix."""

    at: int
    name: str
    label: str
    counts: Mapping[str, int] = field(repr=False)
    kind: Kind | None
    tool: bool = False
    stem: str = ""

    @property
    def question(self) -> str:
        """The wording: the file's label, or a header that is a question itself."""
        return self.label or (self.name if re.search(r"\s|[？?，。]", self.name) else "")


def look(table: RawTable) -> list[Seen]:
    """Every column that has a name."""
    seen = []
    for k, column in enumerate(table.columns):
        if not column.name:
            continue
        counts = table.cells.iloc[:, k].value_counts()
        counts = {str(v): int(n) for v, n in counts.items() if n and str(v)}
        declared = tuple(v for v in counts if v in column.missing)
        rest = {v: n for v, n in counts.items() if v not in declared}
        labels = {v: label for v, label in column.values.items() if v not in column.missing}
        kind = None if _recorded(table, k) else kind_of(rest, labels, declared)
        seen.append(Seen(k, column.name, column.label, counts, kind, column.tool, column.stem))
    return seen


def _recorded(table: RawTable, k: int) -> bool:
    name, tool = table.columns[k].name, table.columns[k].tool
    short = len(name) <= 30 and " " not in name
    return tool or k in table.roles.values() or (short and bool(OTHER.search(name)))


def kind_of(counts: Mapping[str, int], labels: Mapping[str, str], declared=()) -> Kind | None:
    """The kind of answers that a column's values are; None for quantities and free text."""
    silent = [v for v in counts if vocabulary.no_answer(labels.get(v, v))]
    values = [v for v in counts if v not in silent]
    missing = (*declared, *silent)
    named = {v: t for v, t in labels.items() if WHOLE.match(v) and not vocabulary.no_answer(t)
             and v not in declared}  # fmt: skip
    if not values and len(named) < FEWEST:
        return None
    # a typing mistake or two make no other kind of column
    n = sum(counts[v] for v in values)
    usual = [v for v in values if counts[v] >= RARE * n]
    if usual and all(WHOLE.match(v) for v in usual):
        numbers = [int(float(v)) for v in usual]
        if len(named) >= 2:
            return _labelled({int(float(v)): t for v, t in named.items()}, numbers, missing)
        return _numbers(numbers, missing)
    return _texts(usual or values, n, missing)


def _labelled(named: Mapping[int, str], values: list[int], missing) -> Kind | None:
    low, high = min(named), max(named)
    inside = all(low <= v <= high for v in values)
    if not inside or not FEWEST <= high - low + 1 <= MOST:
        return None
    steps = {str(c): (c, named.get(c, str(c))) for c in range(low, high + 1)}
    return Kind("labelled", steps, missing)


def _numbers(values: list[int], missing) -> Kind | None:
    low, high = min(values), max(values)
    low = min(low, 1)
    if low < -5 or high > MOST or not FEWEST <= high - low + 1 <= MOST:
        return None
    return Kind("numbers", {str(c): (c, str(c)) for c in range(low, high + 1)}, missing)


def _texts(values: list[str], n: int, missing) -> Kind | None:
    if len(values) > MOST:
        return None
    numbered = {v: NUMBERED.match(v) for v in values if not WHOLE.match(v)}
    if numbered and all(numbered.values()):
        codes = {v: int(numbered[v][1]) if v in numbered else int(float(v)) for v in values}
        if len(set(codes.values())) == len(codes) >= FEWEST:
            by_code = {code: v for v, code in codes.items()}
            span = range(min(*by_code, 1), max(by_code) + 1)
            if len(span) <= MOST:
                steps = {by_code.get(c, str(c)): (c, by_code.get(c, str(c))) for c in span}
                return Kind("numbered", steps, missing)
    known = vocabulary.in_order(values)
    if known:
        return Kind("known", {v: (k, v) for k, v in enumerate(known, start=1)}, missing)
    # few answers, each given often: with few rows any text looks like that
    worded = all(any(letter.isalpha() for letter in v) for v in values)
    few = FEWEST <= len(values) <= 7 and 3 * len(values) <= n
    if worded and few and max(map(len, values)) <= 60:
        return Kind("texts", {v: (None, v) for v in values}, missing)
    return None
