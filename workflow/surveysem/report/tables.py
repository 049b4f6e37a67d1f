"""The stages' tables as the report reads them: rows of texts, selected, never computed on."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

Row = Mapping[str, str]


class Table:
    """A CSV table. `link` is where the page's reader finds it, relative to the page."""

    def __init__(self, path: str | None):
        self.rows: list[Row] = []
        self.link = ""
        if path:
            with open(path, encoding="utf-8", newline="") as handle:
                self.rows = list(csv.DictReader(handle))
            self.link = "../" + Path(path).as_posix().removeprefix("results/")

    def where(self, **values: str) -> list[Row]:
        """Rows whose columns have the values given."""
        return [r for r in self.rows if all(r[k] == v for k, v in values.items())]

    def one(self, **values: str) -> Row | None:
        """The first such row, or None."""
        return next(iter(self.where(**values)), None)

    def value(self, column: str, **values: str) -> str:
        """A cell of the first such row, '' where there is none."""
        row = self.one(**values)
        return row[column] if row else ""


def unique(values: Iterable[str]) -> list[str]:
    """Values in order of appearance, each once."""
    return list(dict.fromkeys(values))
