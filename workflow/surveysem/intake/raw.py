"""A survey tool's export as it is read: cells as text, and what the file says of its columns.

Readers make it, dialects put it into one shape (one name a column, question texts as
labels, the tool's own columns under their roles), and everything after that reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

# What survey tools record beside answers. `duration` is in seconds, `started` and
# `submitted` are ISO times, `finished` is '1' or '0'.
TOOL_ROLES = ("id", "duration", "started", "submitted", "finished", "language")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. name: its header, '' where it has none. label: the question's text; where
    several columns are rows or choices of one question, the text of this one, and stem: the
    text that they share (readers leave it '', dialects tell it apart).

    values: label of a value (both as text), where the file has value labels. missing: value
    (as text) to reason, of values that the file itself declares missing. tool: whether it is
    the survey tool's own, not a question. private: whether it says who or where a respondent
    is (a contact, an address, a name), by the tool's own name for it.
    """

    name: str
    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    tool: bool = False
    stem: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """n rows of k columns.

    file: as users know it. columns: k; names may stand there twice. cells: n x k, columns
    numbered from 0, each categorical with texts as categories ('' for an empty cell;
    surrounding spaces removed; whole numbers without decimals; times in ISO form). rows: n,
    the number of each row as a spreadsheet shows it (a statistics file's rows from 1).
    roles: tool role (of TOOL_ROLES) to column number, what the dialect found. findings:
    what was found out about the file, in order, such as ("encoding", "gb18030"). occasions:
    numbers of the columns by which the tool tells several rows of one respondent apart.
    """

    file: str
    columns: tuple[Column, ...]
    cells: pd.DataFrame
    rows: np.ndarray
    roles: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[tuple[str, str], ...] = ()
    occasions: tuple[int, ...] = ()
