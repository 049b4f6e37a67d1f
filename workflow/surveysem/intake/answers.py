"""One raw answer: what it says, and whether it counts.

Imports nothing heavy: the check of a study reads answers by the same functions.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from surveysem.text import normalise

ANSWERED, UNANSWERED, DECLARED, INVALID = "answered", "unanswered", "declared_missing", "invalid"

# '5 - Strongly agree', '5. 非常同意', '(5) Agree', 'Agree (5)': a number beside a label
_LEADING = re.compile(r"[(\[]?(-?\d+)[)\]]?\s*[-.:、,=]?\s*(.+)")
_TRAILING = re.compile(r"(.+?)\s*[(\[]\s*(-?\d+)\s*(?:分|points?)?\s*[)\]]")
_LETTERED = re.compile(r"[a-z]\s*[.、:)]\s*(.+)")  # 'A. Agree' of a list of options
_ALONE = re.compile(r"[(\[]?(-?\d+)(?:[)\]]|[.、])?\s*(?:分|points?)?")


@dataclass(frozen=True, slots=True)
class Reader:
    """How the answers in one column to one item are read.

    codes: the allowed ones. labels: answer label (normalised) to code. missing: declared
    in the config (see `missing_codes`). values: value of this file (normalised) to its
    label. declared: value (normalised) to reason, of values that the file itself declares
    missing. recoded: whether the file's numbers are other than the instrument's codes, so
    that a value counts by its label or not at all.
    """

    codes: tuple[int, ...]
    labels: Mapping[str, int]
    missing: tuple = ()
    values: Mapping[str, str] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)
    recoded: bool = False


def reader(
    codes: Sequence[int],
    labels: Mapping[str, int],
    missing: Sequence = (),
    values: Mapping[str, str] | None = None,
    declared: Mapping[str, str] | None = None,
) -> Reader:
    """A reader for a column with the file's own value labels and missing values.

    A value whose label the instrument lacks counts by its number, unless the column's
    labels show that its numbers are not the instrument's codes.
    """
    folded = {normalise(value): label for value, label in (values or {}).items()}
    known = {value: labels.get(normalise(label)) for value, label in folded.items()}
    recoded = any(code not in (None, _number(value)) for value, code in known.items())
    return Reader(
        tuple(codes),
        labels,
        tuple(missing),
        folded,
        {normalise(value): reason for value, reason in (declared or {}).items()},
        recoded,
    )


def read_answer(value: str, by: Reader) -> tuple[float, str]:
    """Code (nan where there is none) and status of an answer as typed.

    An answer is a value that the file labels, a code ('4', '4.0'), a label of the answer
    scale in any language, both together ('4 - Agree'), empty, or one that the file or the
    config declares missing. Anything else is INVALID, and so is a number that contradicts
    the label beside it.
    """
    text = normalise(value)
    if not text:
        return math.nan, UNANSWERED
    label = normalise(by.values.get(text, ""))
    if text in by.declared or text in by.missing or (label and label in by.missing):
        return math.nan, DECLARED
    for word in (label, text):
        if word in by.labels:
            return float(by.labels[word]), ANSWERED
    number = _number(text)
    if number is not None and number in by.missing:
        return math.nan, DECLARED
    if by.recoded and number is not None:
        return math.nan, INVALID
    if number is None:
        number = _labelled(text, by.labels)
    return (number, ANSWERED) if number in by.codes else (math.nan, INVALID)


def reason(value: str, by: Reader) -> str:
    """Why an answer is declared missing: its label where the file has one, or the answer."""
    text = normalise(value)
    return by.declared.get(text) or by.values.get(text) or str(value).strip()


def _number(text: str) -> float | None:
    try:
        return float(text.replace("_", " "))  # Python would read 1_0 as 10
    except ValueError:
        return None


def _labelled(text: str, labels: Mapping[str, int]) -> float | None:
    """The code of a label with a number or letter before or behind it; None where they disagree."""
    found = _ALONE.fullmatch(text)
    if found:
        return float(found[1])
    found = _LEADING.fullmatch(text)
    if found and labels.get(found[2]) == int(found[1]):
        return float(found[1])
    found = _TRAILING.fullmatch(text)
    if found and labels.get(found[1]) == int(found[2]):
        return float(found[2])
    found = _LETTERED.fullmatch(text)
    return float(labels[found[1]]) if found and found[1] in labels else None


def missing_codes(entries: Sequence) -> tuple:
    """Config's missing codes: numbers as floats, texts normalised."""
    folded: list = []
    for entry in entries:
        folded.append(normalise(str(entry)))
        try:
            folded.append(float(entry))
        except ValueError:
            continue
    return tuple(folded)
