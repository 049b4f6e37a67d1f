"""Columns of cells as categoricals of texts: each text kept once, each cell a number."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd


class Cells:
    """Rows of texts that arrive in blocks, encoded column by column as they arrive, so that
    a million rows never stand in memory as a million lists."""

    def __init__(self, width: int):
        self._codes: list[list[np.ndarray]] = [[] for _ in range(width)]
        self._seen: list[defaultdict] = []
        for _ in range(width):
            seen: defaultdict = defaultdict()
            seen.default_factory = seen.__len__  # a text met first gets the next number
            self._seen.append(seen)

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Append rows, each of `width` texts."""
        columns = zip(*rows, strict=True)
        for seen, parts, column in zip(self._seen, self._codes, columns, strict=True):
            codes = np.fromiter(map(seen.__getitem__, column), np.int32, len(rows))
            parts.append(codes.astype(np.min_scalar_type(-len(seen) - 1)))

    def frame(self) -> pd.DataFrame:
        """All rows: columns numbered from 0. Gives the memory of the parts away, so once."""
        columns = {}
        for k, seen in enumerate(self._seen):
            parts, self._codes[k] = self._codes[k], []
            codes = np.concatenate(parts) if parts else np.zeros(0, np.int8)
            columns[k] = categorical(codes, list(seen))
            seen.clear()
        return frame(columns.values())


def categorical(codes: np.ndarray, texts: Sequence[str]) -> pd.Categorical:
    """Categorical of n `codes` into `texts`, from which surrounding spaces are removed;
    texts that are then the same become one category."""
    place: dict[str, int] = {}
    moved = [place.setdefault(text.strip(), len(place)) for text in texts]
    if len(place) < len(texts):
        codes = np.asarray(moved, np.int32)[codes]
    names = pd.Index(list(place)) if place else pd.Index([], dtype=object)
    return pd.Categorical.from_codes(codes, categories=names)


def factorised(values: object, text_of) -> pd.Categorical:
    """Categorical of an array's values by `text_of`, called once for each distinct value;
    '' for what pandas takes as missing."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    texts = [text_of(value) for value in distinct]
    if (codes < 0).any():
        codes = np.where(codes < 0, len(texts), codes)
        texts.append("")
    return categorical(codes, texts)


def frame(columns: Iterable[pd.Categorical]) -> pd.DataFrame:
    """Columns side by side, numbered from 0."""
    return pd.DataFrame(dict(enumerate(columns)), copy=False)


def without_blank(cells: pd.DataFrame, rows: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows (n x k and their n numbers) that have any text."""
    filled = np.zeros(len(cells), dtype=bool)
    for k in cells:
        values = cells[k].array
        if "" not in values.categories:
            return cells, rows
        filled |= values.codes != values.categories.get_loc("")
        if filled.all():
            return cells, rows
    return cells[filled].reset_index(drop=True), rows[filled]
