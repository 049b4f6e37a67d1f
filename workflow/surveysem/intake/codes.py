"""Raw answers to codes, each answer accounted for."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.errors import SurveySemError, describe
from surveysem.text import normalise

ANSWERED, UNANSWERED, DECLARED, INVALID = "answered", "unanswered", "declared_missing", "invalid"


class AnswerError(SurveySemError):
    """An answer that the instrument does not allow."""


def code_answers(
    raw: pd.Series, codes: Sequence[int], labels: Mapping[str, int], missing: Sequence[str]
) -> tuple[pd.Series, pd.Series]:
    """Codes (float, nan where missing) and status of each answer.

    An answer is a code ('4', '4.0'), a label of the answer scale in any language, empty,
    or one of `missing` (normalised). Anything else is INVALID.
    """
    known = {value: _code(value, codes, labels, missing) for value in raw.unique()}
    code = raw.map({value: pair[0] for value, pair in known.items()}).astype(float)
    status = raw.map({value: pair[1] for value, pair in known.items()}).astype(object)
    return code, status


def _code(value: str, codes, labels, missing) -> tuple[float, str]:
    text = normalise(value)
    if not text:
        return np.nan, UNANSWERED
    if text in missing:
        return np.nan, DECLARED
    if text in labels:
        return float(labels[text]), ANSWERED
    try:
        number = float(text.replace("_", " "))  # Python would read 1_0 as 10
    except ValueError:
        return np.nan, INVALID
    if number in missing:
        return np.nan, DECLARED
    return (number, ANSWERED) if number in codes else (np.nan, INVALID)


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


def invalid_message(file: str, row: int, column: str, value: str, item: Mapping) -> str:
    """Words for an answer outside the allowed codes."""
    return describe(
        f"{file}, row {row}, column {column}",
        f"'{value}' is not an answer to this item",
        [*item["codes"], *item["labels"]],
        "correct the file, list the value in intake.missing_codes, or set "
        "intake.on_invalid: missing",
    )
