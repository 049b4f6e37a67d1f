"""Several rows of one respondent in what should be one wave: how many, and what tells them apart.

Someone who answered twice by mistake is cleaning's business (rule duplicate_id). Where a column
says that the rows are occasions (an event, a year, an instance of a repeating questionnaire),
each occasion is a wave of its own, and one row an id would throw answers away.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveysem.intake.look import Repeats
from surveysem.intake.raw import RawTable

MOST_OCCASIONS = 60
APART = 0.98  # share of the rows that a column has to tell apart: someone may answer one twice
SHOWN = 6


def by_tool(table: RawTable) -> Repeats | None:
    """Rows of one respondent as the tool itself tells them apart; None where there are none."""
    if "id" not in table.roles or not table.occasions:
        return None
    ids = table.cells[table.roles["id"]].astype(object).to_numpy()
    found = counted(ids)
    if found is None:
        return None
    ids_, rows, twice = found
    several = [k for k in table.occasions if _differs(ids[twice], table.cells[k][twice])]
    if not several:
        return None
    return Repeats(ids_, rows, {table.columns[k].name: _values(table, k, twice) for k in several})


def counted(ids: np.ndarray) -> tuple[int, int, np.ndarray] | None:
    """How many ids stand in several rows, how many rows these have beyond the first, and which
    of the n rows they are; None where there are none. An empty id is nobody's."""
    numbers, names = pd.factorize(ids)
    counts = np.bincount(numbers, minlength=len(names))
    counts[np.asarray(names, dtype=object) == ""] = 0
    several = counts > 1
    if not several.any():
        return None
    return int(several.sum()), int((counts[several] - 1).sum()), several[numbers]


def telling(table: RawTable, ids: np.ndarray, candidates: Sequence[int]) -> Repeats | None:
    """The same by any of the columns `candidates`, for a file whose tool says nothing of it.

    ids: n. A column tells rows apart where hardly any two rows of an id share its value, and
    where it has few values, each of them often.
    """
    found = counted(ids)
    if found is None:
        return None
    ids_, rows, twice = found
    columns = [(len(values), k, values) for k in candidates
               if (values := _tells(table, k, ids, twice))]  # fmt: skip
    named = {table.columns[k].name: values[:SHOWN] for _, k, values in sorted(columns)}
    return Repeats(ids_, rows, named)


def _tells(table: RawTable, k: int, ids: np.ndarray, twice: np.ndarray) -> list[str]:
    """All values of a column that tells rows of one id apart, or []."""
    cells, of = table.cells[k][twice].astype(object).to_numpy(), ids[twice]
    if (cells == "").mean() > 1 - APART:
        return []
    pairs = pd.DataFrame({"id": of, "cell": cells})
    different = len(pairs.drop_duplicates())
    values = list(dict.fromkeys(cells[cells != ""]))
    enough = 2 <= len(values) <= MOST_OCCASIONS and 2 * len(values) <= len(cells)
    return sorted(values) if enough and different >= APART * len(pairs) else []


def _differs(ids: np.ndarray, cells: pd.Series) -> bool:
    """Whether any id has several values of a column ('' is one)."""
    pairs = pd.DataFrame({"id": ids, "cell": cells.astype(object).to_numpy()})
    return bool((pairs.drop_duplicates().groupby("id").size() > 1).any())


def _values(table: RawTable, k: int, rows: np.ndarray) -> list[str]:
    cells = table.cells[k][rows].astype(object)
    return [text for text in dict.fromkeys(cells) if text][:SHOWN]
