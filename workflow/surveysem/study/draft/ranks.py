"""Ranking questions: columns of which each row holds an order of options.

Their answers rule each other out (Cattell's ipsative scores, Psychological Review 51, 1944): a
row's sum is fixed, so that the columns correlate negatively whatever they mean, and no scale can
be made of them.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from surveysem.intake.raw import RawTable
from surveysem.study.draft import reasons
from surveysem.study.draft.answers import Seen
from surveysem.study.draft.scales import matrix, runs, stem

FEWEST = 3  # options: of two, the one answer is the other's complement
MOST_OPTIONS = 30
DIFFERENT = 0.95  # share of the rows in which all answers differ
CHANCE = 0.001  # that independent answers would differ so


def without_ranks(table: RawTable, seen: Sequence[Seen]) -> list[Seen]:
    """The columns, ranks as no items with that reason."""
    ranked: set[Seen] = set()
    for columns in _questions(seen):
        if not ranked & set(columns) and are_ranks(table, columns):
            ranked |= set(columns)
    return [replace(c, kind=None, reason=reasons.RANKS) if c in ranked else c for c in seen]


def _questions(seen: Sequence[Seen]) -> list[list[Seen]]:
    """Columns that may be the options of one question."""
    asked = [c for c in seen if c.counts and not c.tool]
    found: list[list[Seen]] = []
    for key in (lambda c: c.stem or matrix(c.question), lambda c: stem(c.name)):
        for name in dict.fromkeys(map(key, asked)):
            if name:
                found.append([c for c in asked if key(c) == name])
    for run in runs([c for c in asked if c.kind and c.kind.how == "numbers"]):
        # beside each other, a full ranking of k options is k columns of ranks up to k
        most = [max(map(int, c.kind.steps)) for c in run]
        found += [run[i : i + k] for i, k in enumerate(most) if i + k <= len(run)]
    return [columns for columns in found if len(columns) >= FEWEST]


def are_ranks(table: RawTable, columns: Sequence[Seen]) -> bool:
    """Whether the answers of nearly every row are all different, which is no chance.

    The columns share their options: ranks 1 to k, or the options themselves where a column is
    a place.
    """
    held = Counter(v for c in columns for v in c.counts)
    several = sum(count > 1 for count in held.values())
    if not len(columns) <= len(held) <= MOST_OPTIONS or several < 0.8 * len(held):
        return False
    cells = np.column_stack([table.cells[c.at].astype(object).to_numpy() for c in columns])
    empty = cells == ""
    n_options, n_places = len(held), cells.shape[1]
    codes = pd.factorize(cells.ravel())[0].reshape(cells.shape)
    codes = np.where(empty, -1 - np.arange(n_places), codes)  # what is empty equals nothing
    different = (np.diff(np.sort(codes, axis=1), axis=1) > 0).all(axis=1)
    answered = n_places - empty.sum(axis=1)
    rows = np.bincount(answered[answered > 1], minlength=n_places + 1)
    if not rows.any() or different[answered > 1].mean() < DIFFERENT:
        return False
    by_chance = sum(
        count * (math.log(math.perm(n_options, k)) - k * math.log(n_options))
        for k, count in enumerate(rows)
        if count
    )
    return by_chance < math.log(CHANCE)
