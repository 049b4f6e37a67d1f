"""What each column of an export holds, as far as its values show."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from surveysem.intake.raw import RawTable
from surveysem.study.draft import reasons, vocabulary
from surveysem.text import normalise

RARE = 0.005  # share of a column's answers below which a value may be a mistake
ODD = 0.05  # share of odd answers that does not yet make a scale something else
FEW = 10  # answers from which one may be called odd
FEWEST, MOST = 3, 11  # points of an answer scale: two make no scale, more is a quantity
MOST_WORDS = 7  # answers in words of unknown order
WHOLE = re.compile(r"-?\d{1,3}(\.0+)?\Z")
NUMBERED = re.compile(r"(-?\d{1,2})\s*(?:[-–=.:、:)）]\s*|[(（])(\D.*)\Z")


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
        """What columns of one answer scale share, upper and lower case aside. Numbers and texts
        may lack an answer that nobody gave, so any of them may belong together."""
        loose = self.how in ("numbers", "texts", "numbered")
        steps = tuple((code, normalise(label)) for code, label in self.steps.values())
        return (self.how, None if loose else steps)

    def has(self, value: str) -> bool:
        """Whether a value is one of the answers, or stands for none."""
        plain = re.sub(r"\.0+$", "", value)
        if value in self.missing or value in self.steps:
            return True
        known = {normalise(text) for step in self.steps.values() for text in step}
        return bool({normalise(value), plain} & known)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One column. at: its number (from 0). label: its question. counts: how often each value stands
    there. kind, reason: of its answers, or why it is no item. tool: recorded by the survey tool.
    stem: the text that it shares with the rows of its matrix. export: number of its file. values:
    its value labels."""

    at: int
    name: str
    label: str
    counts: Mapping[str, int] = field(repr=False)
    kind: Kind | None
    reason: str = ""
    tool: bool = False
    stem: str = ""
    export: int = 0
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def question(self) -> str:
        """The wording: the file's label, or a header that is a question itself."""
        return self.label or (self.name if re.search(r"\s|[？?，。]", self.name) else "")


def look(table: RawTable, export: int = 0) -> list[Seen]:
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
        kind, reason = None, reasons.recorded(table, k)
        if not reason:
            kind, reason = kind_of(rest, labels, declared)
        head = (k, column.name, column.label, counts, kind, reason, column.tool, column.stem)
        seen.append(Seen(*head, export, labels))
    return seen


def kind_of(
    counts: Mapping[str, int], labels: Mapping[str, str], declared=()
) -> tuple[Kind | None, str]:
    """The kind of answers that a column's values are, or None and the reason: quantities, free
    text, two answers."""
    silent = [v for v in counts if _silent(v, labels)]
    values = {v: n for v, n in counts.items() if v not in silent}
    missing = (*declared, *silent)
    named = {v: t for v, t in labels.items() if WHOLE.match(v) and not vocabulary.no_answer(t)
             and v not in declared}  # fmt: skip
    if not values:
        return None, reasons.EMPTY
    for usual in _usual(values):
        kind = _ordered(usual, values, labels, named, missing)
        if kind:
            return kind, ""
    kind = _unordered(values, labels, missing)
    return kind, "" if kind else reasons.no_scale(values)


def _silent(value: str, labels: Mapping[str, str]) -> bool:
    """Whether a value stands for no answer, by its label or by its own word."""
    own = not WHOLE.match(value) and vocabulary.no_answer(value)
    return own or vocabulary.no_answer(labels.get(value, value))


def _often(values: Mapping[str, int]) -> list[str]:
    n = sum(values.values())
    return [v for v in values if values[v] >= RARE * n]


def _usual(values: Mapping[str, int]) -> Iterator[list[str]]:
    """The answers less those that hardly anyone gave; then less one more of those that few gave
    each time, for a typing mistake or two make no other kind of column."""
    yield _often(values)
    n = sum(values.values())
    allowed = max(1, ODD * n) if n >= FEW else 0
    kept, dropped = list(values), 0
    for v in sorted(values, key=lambda v: (_likely(v), values[v])):
        dropped += values[v]
        if dropped > allowed:
            return
        kept.remove(v)
        yield kept


def _likely(value: str) -> bool:
    """Whether a value alone looks like an answer of a scale."""
    small = WHOLE.match(value) and abs(float(value)) <= MOST
    return bool(small or NUMBERED.match(value) or normalise(value) in vocabulary.WORDS)


def _ordered(
    usual: Sequence[str],
    values: Mapping[str, int],
    labels: Mapping[str, str],
    named: Mapping[str, str],
    missing: tuple[str, ...],
) -> Kind | None:
    if usual and all(WHOLE.match(v) for v in usual):
        numbers = [int(float(v)) for v in usual]
        if len(named) >= 2:
            return _labelled({int(float(v)): t for v, t in named.items()}, numbers, missing)
        return _numbers(numbers, missing)
    return _in_words(usual, values, labels, missing)


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


def _in_words(
    usual: Sequence[str], values: Mapping[str, int], labels: Mapping[str, str], missing
) -> Kind | None:
    if not usual or len(usual) > MOST:
        return None
    numbered = {v: NUMBERED.match(v) for v in usual if not WHOLE.match(v)}
    if numbered and all(numbered.values()):
        codes = {v: int(numbered[v][1]) if v in numbered else int(float(v)) for v in usual}
        if len(set(codes.values())) == len(codes) >= FEWEST:
            by_code = {code: v for v, code in codes.items()}
            span = range(min(*by_code, 1), max(by_code) + 1)
            if len(span) <= MOST:
                steps = {by_code.get(c, str(c)): (c, by_code.get(c, str(c))) for c in span}
                return Kind("numbered", steps, missing)
    word = {v: labels.get(v, v) for v in values}
    known = vocabulary.in_order([word[v] for v in usual], list(word.values()))
    if not known:
        return None
    value = {w: v for v, w in word.items()}
    steps = {value.get(w, w): (k, w) for k, w in enumerate(known, start=1)}
    return Kind("known", steps, missing)


def _unordered(values: Mapping[str, int], labels: Mapping[str, str], missing) -> Kind | None:
    """Few answers, each given often: with few rows any text looks like that."""
    usual = _often(values)
    worded = all(any(letter.isalpha() for letter in v) for v in usual)
    few = FEWEST <= len(usual) <= MOST_WORDS and 3 * len(usual) <= sum(values.values())
    if not (worded and few) or max(map(len, usual)) > 60 or reasons.joined_by(values):
        return None
    listed = [v for v in labels if v in usual]  # in the order of the questionnaire
    return Kind("texts", {v: (None, labels.get(v, v)) for v in listed or usual}, missing)
