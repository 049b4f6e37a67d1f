"""RawTables made up for tests."""

import numpy as np
import pandas as pd

from surveysem.intake.raw import Column, RawTable


class Head(Column):
    """A column that can be a key: its labels are left out of its hash."""

    def __hash__(self):
        return hash(self.name)


def table(columns: dict, file: str = "export.csv", **more) -> RawTable:
    """A RawTable of columns of values; a name may come with label and value labels."""
    heads = [c if isinstance(c, Column) else Column(c) for c in columns]
    cells = {k: [str(v) for v in values] for k, values in enumerate(columns.values())}
    frame = pd.DataFrame(cells, dtype=str).astype("category")
    return RawTable(file, tuple(heads), frame, np.arange(2, len(frame) + 2), **more)
