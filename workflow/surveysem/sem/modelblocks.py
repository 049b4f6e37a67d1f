"""The blocks of a fitted model: groups, or in a two-level model the levels of each group.

Whatever a reader sees of a model, variable by variable, is seen block by block.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from surveysem.sem.implied import Implied, Layout, Levels
from surveysem.sem.moments import Moments
from surveysem.sem.table import Table

LEVELS = ("", "within", "between")


@dataclass(frozen=True, slots=True)
class Block:
    """One block. table: its variables (and rows of all groups). layout: of its rows in the whole
    table. group: from 1. level: 0, or 1 (within clusters) or 2 (between). moments: the
    sample's, of a two-level model the saturated one's. place: words for messages.
    """

    table: Table
    layout: Layout
    implied: Implied
    moments: Moments
    group: int
    level: int
    place: str

    @property
    def names(self) -> tuple[str, ...]:
        """Its variables, observed before latent, in the order of `implied`."""
        return (*self.table.observed, *self.table.latent)


def blocks(table: Table, parts: Sequence, implied: Sequence, labels: Sequence) -> list[Block]:
    """Blocks of a model, group by group and within them level by level."""
    out = []
    for g, (part, im) in enumerate(zip(parts, implied, strict=True), start=1):
        where = f" (group {labels[g - 1]})" if labels else ""
        if not isinstance(part.layout, Levels):
            out.append(Block(table, part.layout, im, part.moments, g, 0, where))
            continue
        for level, own in enumerate(table.levels, start=1):
            name = LEVELS[level]
            out.append(
                Block(
                    own,
                    getattr(part.layout, name),
                    getattr(im, name),
                    getattr(part.moments, name),
                    g,
                    level,
                    f" ({name} clusters{f', group {labels[g - 1]}' if labels else ''})",
                )
            )
    return out
