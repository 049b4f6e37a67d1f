"""One raw answer: what it says, and whether it counts.

Imports nothing heavy: the check of a study reads answers by the same function.
"""

import math
from collections.abc import Mapping, Sequence

from surveysem.text import normalise

ANSWERED, UNANSWERED, DECLARED, INVALID = "answered", "unanswered", "declared_missing", "invalid"


def read_answer(
    value: str, codes: Sequence[int], labels: Mapping[str, int], missing: Sequence
) -> tuple[float, str]:
    """Code (nan where there is none) and status of an answer as typed.

    An answer is a code ('4', '4.0'), a label of the answer scale in any language, empty,
    or one of `missing` (from `missing_codes`). Anything else is INVALID.
    """
    text = normalise(value)
    if not text:
        return math.nan, UNANSWERED
    if text in missing:
        return math.nan, DECLARED
    if text in labels:
        return float(labels[text]), ANSWERED
    try:
        number = float(text.replace("_", " "))  # Python would read 1_0 as 10
    except ValueError:
        return math.nan, INVALID
    if number in missing:
        return math.nan, DECLARED
    return (number, ANSWERED) if number in codes else (math.nan, INVALID)


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
