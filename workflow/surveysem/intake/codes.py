"""Raw answers to codes, each answer accounted for."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveysem.errors import SurveySemError, describe
from surveysem.intake.answers import Reader, read_answer
from surveysem.intake.dialects.common import DECIMAL_COMMA

SHOWN = 5  # different values named in one message
WIDTH = 40  # characters of a value that are shown


class AnswerError(SurveySemError):
    """Values that the instrument or a respondents' column does not allow; `problems` holds
    a text for each column."""

    def __init__(self, problems: Sequence[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def code_answers(raw: pd.Series, by: Reader) -> tuple[np.ndarray, np.ndarray]:
    """Codes (float, nan where missing) and status (object) of each answer of a categorical
    column, as `read_answer` has them: n each."""
    known = [read_answer(text, by) for text in raw.cat.categories]
    codes = np.array([code for code, _ in known], dtype=float)
    statuses = np.array([status for _, status in known], dtype=object)
    at = raw.cat.codes.to_numpy()
    return codes[at], statuses[at]


def first_of(file: str, rows, values, column: str, what: str, allowed, hint: str) -> str:
    """Words for the first wrong value of a column, and how many more there are of which."""
    if DECIMAL_COMMA.fullmatch(str(values[0])):
        hint = (
            f'numbers with a decimal comma need options: {{decimal: ","}} on the wave; else {hint}'
        )
    where = f"{file}, row {rows[0]}, column {column}"
    return describe(where, f"'{values[0]}' {what}", allowed, hint) + _more(values)


def _more(values: Sequence[str]) -> str:
    """How often which wrong values stand in a column, behind the first."""
    if len(values) == 1:
        return ""
    others = Counter(value for value in values if value != values[0])
    shown = [
        f"'{value[:WIDTH]}'" + (f" ({n} times)" if n > 1 else "")
        for value, n in others.most_common(SHOWN)
    ]
    more = f" and {len(others) - SHOWN} other values" if len(others) > SHOWN else ""
    also = f", also {', '.join(shown)}{more}" if shown else ""
    return f"\n  {len(values) - 1} more in this column{also}"
