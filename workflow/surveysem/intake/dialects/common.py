"""What the dialects of all tools share: their shape, and small changes to a raw table.

Everything here works on the categories of a column rather than on its cells: a column has
few different texts, however many rows.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from surveysem.errors import SurveySemError
from surveysem.intake.cells import number_text
from surveysem.intake.raw import Column, RawTable
from surveysem.text import normalise

# What people and programs write for 'done' and 'not done'.
DONE = frozenset(
    ("1", "true", "yes", "wahr", "vrai", "verdadero", "vero", "verdadeiro", "complete", "真", "是")
)
NOT_DONE = frozenset(
    ("0", "false", "no", "falsch", "faux", "falso", "incomplete", "partial", "假", "否")
)

DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)
_CLOSING = {"(": ")", "（": "）"}


class DialectError(SurveySemError):
    """A file that does not have the dialect that the config names."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one survey tool exports.

    looked_for: its marks in words. marks: the marks that a table has, each in words with its
    weight. enough: the weight from which the table is taken for this tool's. normalise: puts
    such a table into the one shape. own: patterns (for the whole name, in small letters) of
    the columns that the tool adds, private: of those that say who or where a respondent is.
    """

    name: str
    looked_for: str
    marks: Callable[[RawTable], Mapping[str, int]]
    enough: int
    normalise: Callable[[RawTable], RawTable]
    own: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Letters and digits alone: 'Duration (in seconds)' and 'Duration__in_seconds_' agree."""
    return re.sub(r"[\W_]+", "", normalise(text))


def tidy(text: str) -> str:
    """One line without outer, repeated or invisible spaces."""
    return " ".join(visible(text).split())


def visible(text: str) -> str:
    """Text without byte-order marks and zero-width spaces, which tools leave inside cells."""
    return text.replace("\ufeff", "").replace("\u200b", "")


def first(table: RawTable, wanted: Iterable[str], fold: Callable[[str], str] = fold) -> int | None:
    """Number of the first column that is called as one of `wanted`, the earlier wish first.

    Labels count too, after all names: a statistics file may keep the tool's heading there.
    """
    by_label = {fold(c.label): n for n, c in reversed(list(enumerate(table.columns)))}
    by_name = {fold(c.name): n for n, c in reversed(list(enumerate(table.columns)))}
    for known in (by_name, by_label):
        for name in wanted:
            if fold(name) and fold(name) in known:
                return known[fold(name)]
    return None


def row_of(table: RawTable, number: int) -> list[str]:
    """Cells of one row (from 0), [] where the table is shorter."""
    if number >= len(table.rows):
        return []
    return [str(table.cells[column].iat[number]) for column in range(len(table.columns))]


def categories(cells: pd.Series) -> pd.Series:
    """The texts that a column may have, in the order of its codes."""
    return pd.Series(cells.cat.categories.to_numpy(dtype=object), dtype=str)


def texts_in(cells: pd.Series) -> list[str]:
    """The different texts of a column, without ''."""
    used = np.unique(cells.cat.codes.to_numpy())
    texts = cells.cat.categories.to_numpy(dtype=object)[used[used >= 0]]
    return [str(text) for text in texts if text]


def without_first_rows(table: RawTable, count: int) -> RawTable:
    """The table less its first rows; the others keep their numbers."""
    if not count:
        return table
    kept = {
        number: table.cells[number]
        .iloc[count:]
        .reset_index(drop=True)
        .cat.remove_unused_categories()
        for number in range(len(table.columns))
    }
    index = pd.RangeIndex(max(len(table.rows) - count, 0))
    return replace(table, cells=pd.DataFrame(kept, index=index), rows=table.rows[count:])


def recoded(cells: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """A column with each of its texts changed."""
    return coded(cells, [change(text) for text in categories(cells).tolist()])


def coded(cells: pd.Series, texts: Sequence[str]) -> pd.Series:
    """Column with the codes of `cells`, whose categories now read `texts` ('' for no code)."""
    different = list(dict.fromkeys([*texts, ""]))
    place = {text: code for code, text in enumerate(different)}
    codes = np.array([*(place[text] for text in texts), place[""]])[cells.cat.codes.to_numpy()]
    return pd.Series(pd.Categorical.from_codes(codes, categories=different), index=cells.index)


def column_of(texts: Sequence[str], index: pd.Index) -> pd.Series:
    """A new column of texts."""
    return pd.Series(pd.Categorical(np.asarray(texts, dtype=object)), index=index)


def with_cells(table: RawTable, number: int, cells: pd.Series) -> RawTable:
    """The table with other cells in one column."""
    frame = table.cells.copy(deep=False)
    frame[number] = cells
    return replace(table, cells=frame)


def with_extra(table: RawTable, role: str, cells: pd.Series, label: str) -> RawTable:
    """The table with a computed column at its end, under `role`."""
    number = len(table.columns)
    frame = table.cells.copy(deep=False)
    frame[number] = cells
    columns = (*table.columns, Column(f"({role})", label=label))
    return replace(table, columns=columns, cells=frame, roles={**table.roles, role: number})


def with_columns(table: RawTable, columns: Iterable[Column]) -> RawTable:
    """The table with its columns described anew."""
    return replace(table, columns=tuple(columns))


def with_roles(table: RawTable, **numbers: int | None) -> RawTable:
    """The table with tool roles; None where there is no such column."""
    found = {role: number for role, number in numbers.items() if number is not None}
    return replace(table, roles={**table.roles, **found})


def noted(table: RawTable, *findings: tuple[str, str]) -> RawTable:
    """The table with further findings; those without words are left out."""
    return replace(table, findings=(*table.findings, *(f for f in findings if f[1])))


def with_finished(table: RawTable, number: int | None) -> RawTable:
    """The table with '1' and '0' in the column that says whether a response is complete.

    Words that are neither leave the column as it is, without the role, on record.
    """
    if number is None:
        return table
    cells = table.cells[number]
    unknown = [t for t in texts_in(cells) if normalise(t) not in DONE | NOT_DONE]
    if unknown:
        name = table.columns[number].name
        words = f"column {name} says whether a response is complete in words that are not known"
        return noted(table, ("finished", words))
    done = recoded(cells, lambda text: text and str(int(normalise(text) in DONE)))
    return with_roles(with_cells(table, number, done), finished=number)


def with_decimal_points(table: RawTable) -> RawTable:
    """The table with points for decimal commas, in the columns where each comma is one."""
    changed = []
    for number, column in enumerate(table.columns):
        cells = table.cells[number]
        texts = [text for text in texts_in(cells) if "," in text]
        if texts and all(map(DECIMAL_COMMA.fullmatch, texts)):
            numbers = {text: number_text(float(text.replace(",", "."))) for text in texts}
            table = with_cells(table, number, recoded(cells, lambda t, n=numbers: n.get(t, t)))
            changed.append(column.name)
    words = changed and f"read in {count(len(changed), 'column')}: {some(changed)}"
    return noted(table, ("decimal comma", words))


def with_declared(table: RawTable, numbers: Iterable[int], reasons: Mapping[str, str]) -> RawTable:
    """The table whose columns declare those values in `reasons` missing that they have, be it
    among their value labels only."""
    columns = list(table.columns)
    for number in numbers:
        known = {*texts_in(table.cells[number]), *columns[number].values}
        present = known & set(reasons)
        if present:
            missing = {value: reasons[value] for value in reasons if value in present}
            columns[number] = replace(
                columns[number], missing={**missing, **columns[number].missing}
            )
    return with_columns(table, columns)


def shared_stem(texts: Sequence[str], separators: Sequence[str] = (" - ", "-")) -> str:
    """The longest beginning that all share and that ends in a separator, '' if there is none."""
    if len(texts) < 2:
        return ""
    low, high = min(texts), max(texts)  # what these two share, those between share too
    differ = (n for n, (a, b) in enumerate(zip(low, high, strict=False)) if a != b)
    begin = low[: next(differ, min(len(low), len(high)))]
    for separator in separators:
        at = begin.rfind(separator)
        if at > 0:
            return begin[: at + len(separator)]
    return ""


def stems_and_rows(texts: Sequence[str], marks: str) -> list[tuple[str, str]]:
    """Stem and row of each text: the longest beginning before one of the `marks` that several of
    the texts share, and what follows it. '' and the text where there is none.

    After an opening bracket the row reaches to the closing one, which has to end the text.
    """
    parts = [_parts(text, marks) for text in texts]
    often = Counter(stem for found in parts for stem in found)
    shared = [{stem: row for stem, row in found.items() if often[stem] > 1} for found in parts]
    return [
        (stem, found[stem]) if (stem := max(found, key=len, default="")) else ("", text)
        for text, found in zip(texts, shared, strict=True)
    ]


def _parts(text: str, marks: str) -> dict[str, str]:
    """What stands before each of the marks in a text, with what stands behind it."""
    found = {}
    for at, letter in enumerate(text):
        if letter not in marks:
            continue
        stem, row = tidy(text[:at]), text[at + 1 :]
        if letter in _CLOSING:
            row = row.removesuffix(_CLOSING[letter]) if row.endswith(_CLOSING[letter]) else ""
        if stem and row.strip():
            found[stem] = tidy(row)
    return found


def some(things: Sequence, most: int = 5) -> str:
    """The first few of many, in words."""
    words = ", ".join(str(thing) for thing in things[:most])
    return words + (f", ... ({len(things)} in all)" if len(things) > most else "")


def count(number: int, what: str) -> str:
    """'1 row', '2 rows'."""
    return f"{number} {what}" + ("" if number == 1 else "s")
