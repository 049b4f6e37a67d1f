"""One group's answers as rules see them: an array, and what the instrument says of its columns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from surveysem.cleaning.moments import Moments, moments

ROWS = 4_000  # a piece: some MB for a hundred items, whatever the size of the survey


@dataclass(frozen=True)
class Block:
    """n respondents of one group and the p items that they were asked.

    index: of the table, n. answers: n x p float32 (codes are whole numbers), as answered.
    low, high, reverse: p, from the instrument. scales: columns of each scale. reference: n,
    whether a respondent belongs to the sample that others are compared with.
    """

    group: str
    index: pd.Index
    answers: np.ndarray
    low: np.ndarray
    high: np.ndarray
    reverse: np.ndarray
    scales: tuple[tuple[int, ...], ...]
    reference: np.ndarray

    def pieces(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Rows in pieces, as double precision."""
        for start in range(0, len(self.index), ROWS):
            part = slice(start, start + ROWS)
            yield part, self.answers[part].astype(float)

    def each(self, function: Callable[..., np.ndarray]) -> np.ndarray:
        """function(answers of a piece), its results below each other."""
        return np.concatenate([function(x) for _, x in self.pieces()])

    @property
    def long_scales(self) -> tuple[tuple[int, ...], ...]:
        """Scales of two items or more."""
        return tuple(scale for scale in self.scales if len(scale) > 1)

    @property
    def mixed_scales(self) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
        """Columns keyed and reverse-keyed of each scale that has both."""
        split = (
            (tuple(k for k in s if not self.reverse[k]), tuple(k for k in s if self.reverse[k]))
            for s in self.scales
        )
        return tuple((keyed, turned) for keyed, turned in split if keyed and turned)

    def alike(self, answers: np.ndarray) -> np.ndarray:
        """Answers on one scale: as they are where all items have the same codes, else as a
        share of the way from each item's lowest code to its highest."""
        if len(set(zip(self.low.tolist(), self.high.tolist(), strict=True))) == 1:
            return answers
        return (answers - self.low) / (self.high - self.low)

    def turned(self, answers: np.ndarray) -> np.ndarray:
        """Answers with reverse-keyed items turned, on one scale."""
        return self.alike(np.where(self.reverse, self.low + self.high - answers, answers))

    @cached_property
    def moments(self) -> Moments:
        """Moments of the reference sample."""
        return moments(x[self.reference[part]] for part, x in self.pieces())


def blocks(
    table: pd.DataFrame, items: Mapping[str, Mapping], groups: Sequence[str], reference: np.ndarray
) -> Iterator[Block]:
    """One block a group, of the substantive items that the group was asked.

    reference: n of the table. The table has nan where an item was not asked.
    """
    group_of = table["group"].to_numpy()
    for group in groups:
        rows = np.flatnonzero(group_of == group)
        names = [
            name
            for name, item in items.items()
            if not item["check"] and (not item["groups"] or group in item["groups"])
        ]
        if not len(rows) or not names:
            continue
        answers = np.empty((len(rows), len(names)), dtype=np.float32)
        for k, name in enumerate(names):
            answers[:, k] = table[name].to_numpy(dtype=float, na_value=np.nan)[rows]
        scales: dict[str, list[int]] = {}
        for k, name in enumerate(names):
            scales.setdefault(items[name]["construct"], []).append(k)
        yield Block(
            group=group,
            index=table.index[rows],
            answers=answers,
            low=np.array([items[n]["low"] for n in names], dtype=float),
            high=np.array([items[n]["high"] for n in names], dtype=float),
            reverse=np.array([items[n]["reverse"] for n in names], dtype=bool),
            scales=tuple(map(tuple, scales.values())),
            reference=reference[rows],
        )
