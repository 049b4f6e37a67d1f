"""Answers that the instrument does not allow, in as few messages as their causes are.

The same values in the columns of one answer scale are one cause; so is a row in which hardly
any item holds an answer: a second header, a line of totals.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from surveysem.errors import describe, nearest
from surveysem.intake.codes import SHOWN, first_of
from surveysem.intake.dialects.common import DECIMAL_COMMA
from surveysem.text import number_hint

ODD_ROWS = 3  # at most so many rows are odd ones; more are answers on another scale
LEAST = 3  # invalid items that make a row odd, if they are half of its items at least
ANOTHER = (
    "correct the file, list the value in intake.missing_codes, or set intake.on_invalid: missing; "
    "a wave with other answers names their scale in responses:"
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Invalid answers to one item: rows and values (n each) in a column of the file. allowed:
    the item's codes and labels."""

    column: str
    rows: np.ndarray
    values: np.ndarray
    allowed: tuple[str, ...]


def messages(file: str, wrong: Sequence[Wrong], items: int) -> list[str]:
    """Words for all invalid answers in a file with a number of items."""
    odd = _odd_rows(wrong, items)
    problems = [_odd(file, row, wrong, items) for row in odd]
    causes: dict[tuple, list[Wrong]] = {}
    for one in (_without(w, odd) for w in wrong):
        if len(one.rows):
            causes.setdefault((one.allowed, frozenset(one.values)), []).append(one)
    return problems + [_words(file, alike) for alike in causes.values()]


def _odd_rows(wrong: Sequence[Wrong], items: int) -> list[int]:
    rows, times = np.unique(np.concatenate([w.rows for w in wrong] or [[]]), return_counts=True)
    odd = rows[(times >= LEAST) & (2 * times >= items)]
    return [int(row) for row in odd] if len(odd) <= ODD_ROWS else []


def _odd(file: str, row: int, wrong: Iterable[Wrong], items: int) -> str:
    cells = [(w.column, w.values[list(w.rows).index(row)]) for w in wrong if row in w.rows]
    shown = ", ".join(f"{column}: '{value[:30]}'" for column, value in cells[:SHOWN])
    return describe(
        f"{file}, row {row}",
        f"{len(cells)} of {items} items hold no answer here ({shown}"
        f"{', ...' if len(cells) > SHOWN else ''})",
        hint="is it a line of question texts, of totals or of notes? Remove it from the file; "
        "lines above the columns' names are left out by options: {header: number of their row}",
    )


def _without(wrong: Wrong, rows: Sequence[int]) -> Wrong:
    keep = ~np.isin(wrong.rows, rows)
    return Wrong(wrong.column, wrong.rows[keep], wrong.values[keep], wrong.allowed)


def _words(file: str, alike: Sequence[Wrong]) -> str:
    """Words for the columns of one answer scale with the same wrong values."""
    first, *others = alike
    hint = "; ".join(filter(None, [_meant(first.values[0], first.allowed), ANOTHER]))
    found = first_of(
        file,
        first.rows,
        first.values,
        first.column,
        "is not an answer to this item",
        first.allowed,
        hint,
    )
    if not others:
        return found
    names = [w.column[:60] for w in others[:20]]
    more = f" and {len(others) - 20} more" if len(others) > 20 else ""
    return f"{found}\n  the same in column{'s' if len(others) > 1 else ''} {', '.join(names)}{more}"


def _meant(value: str, allowed: Sequence[str]) -> str:
    """What a wrong value may mean, as a hint."""
    if re.match(r"\d{4}-\d\d-\d\d", value):
        return "a spreadsheet turned it into a date: make the column text there, and type it again"
    if any(char.isdigit() for char in value):
        return "" if DECIMAL_COMMA.fullmatch(value) else number_hint(value)  # first_of says it
    close = nearest(value, allowed)
    return (f"did you mean '{close}'? " if close else "") + (
        "A label in other words may stand in a further language column of the answer scales"
    )
