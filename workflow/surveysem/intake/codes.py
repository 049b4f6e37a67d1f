"""Raw answers to codes, each answer accounted for."""

from collections.abc import Mapping, Sequence

import pandas as pd

from surveysem.errors import SurveySemError, describe
from surveysem.intake.answers import read_answer


class AnswerError(SurveySemError):
    """Values that the instrument or a respondents' column does not allow; `problems` holds
    a text for each column."""

    def __init__(self, problems: Sequence[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def code_answers(
    raw: pd.Series, codes: Sequence[int], labels: Mapping[str, int], missing: Sequence
) -> tuple[pd.Series, pd.Series]:
    """Codes (float, nan where missing) and status of each answer, as `read_answer` has them."""
    known = {value: read_answer(value, codes, labels, missing) for value in raw.unique()}
    code = raw.map({value: pair[0] for value, pair in known.items()}).astype(float)
    status = raw.map({value: pair[1] for value, pair in known.items()}).astype(object)
    return code, status


def invalid_message(file: str, wrong: pd.DataFrame, column: str, item: Mapping) -> str:
    """Words for the answers outside the allowed codes of one item (columns '#row', `column`)."""
    return first_of(
        file,
        wrong,
        column,
        "is not an answer to this item",
        [*item["codes"], *item["labels"]],
        "correct the file, list the value in intake.missing_codes, or set "
        "intake.on_invalid: missing",
    )


def first_of(file: str, wrong: pd.DataFrame, column: str, what: str, allowed, hint: str) -> str:
    """Words for the first wrong value of a column, and how many more there are."""
    row, value = wrong[["#row", column]].iloc[0]
    more = f"\n  {len(wrong) - 1} more in this column" if len(wrong) > 1 else ""
    return (
        describe(f"{file}, row {row}, column {column}", f"'{value}' {what}", allowed, hint) + more
    )
