"""Raw answers to codes, each answer accounted for."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.errors import SurveySemError, describe
from surveysem.intake.answers import Reader, read_answer


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


def invalid_message(file: str, rows, values, column: str, item: Mapping) -> str:
    """Words for the answers outside the allowed codes of one item: their rows and values."""
    return first_of(
        file,
        rows,
        values,
        column,
        "is not an answer to this item",
        [*item["codes"], *item["labels"]],
        "correct the file, list the value in intake.missing_codes, or set "
        "intake.on_invalid: missing; a wave with other answers names their scale in responses:",
    )


def first_of(file: str, rows, values, column: str, what: str, allowed, hint: str) -> str:
    """Words for the first wrong value of a column, and how many more there are."""
    more = f"\n  {len(rows) - 1} more in this column" if len(rows) > 1 else ""
    where = f"{file}, row {rows[0]}, column {column}"
    return describe(where, f"'{values[0]}' {what}", allowed, hint) + more
