"""The export as a RawTable: the one place where a draft reads a file."""

from pathlib import Path

import numpy as np
import pandas as pd

from surveysem.errors import SurveySemError, describe
from surveysem.intake import rows
from surveysem.intake.raw import Column, RawTable


def read_export(path: Path) -> RawTable:
    """Read a survey tool's export. Raises SurveySemError with one message if it cannot be read."""
    shown = path.name
    try:
        header, numbered = rows.read(path, shown)
    except FileNotFoundError:
        raise SurveySemError(describe(str(path), "the file does not exist")) from None
    except IsADirectoryError:
        raise SurveySemError(describe(str(path), "is a folder, not a file")) from None
    wrong = rows.uneven(header, numbered, shown)
    if wrong:
        raise rows.RowsError(wrong)
    width = len(header)
    cells = [[cell.strip() for cell in row] + [""] * (width - len(row)) for _, row in numbered]
    return RawTable(
        file=shown,
        columns=tuple(Column(name) for name in header),
        cells=pd.DataFrame(cells, columns=range(width), dtype=str).astype("category"),
        rows=np.array([number for number, _ in numbered]),
    )
