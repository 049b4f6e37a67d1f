"""`level: 1` and `level: 2` lines: which statements hold within clusters, which between them."""

from collections.abc import Sequence
from dataclasses import replace

from surveysem.sem.errors import ModelError
from surveysem.sem.rows import Row
from surveysem.sem.syntax import Statement


def statements_by_level(user: Sequence[Statement]) -> list[list[Statement]]:
    """All statements, or those within and those between clusters if the model has levels.

    (lavaan takes the first block for level 1, whatever it is called.) Raises ModelError for
    a statement above the first line, and where one of the two levels has none.
    """
    if not any(s.level for s in user):
        return [list(user)]
    for s in user:
        if not s.level:
            raise ModelError(
                f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}' stands above the first 'level:' "
                "line of its block\n  hint: give every level its own statements"
            )
    found = [[s for s in user if s.level == level] for level in (1, 2)]
    for level, part in enumerate(found, start=1):
        if not part:
            raise ModelError(
                f"model: level {level} has no statements\n  hint: write 'level: {level}' and its "
                "formulas; y1 ~~ y1 + y2 and so on leave a level unrestricted"
            )
    return found


def joined(levels: Sequence[Sequence[Row]], groups: int) -> tuple[Row, ...]:
    """Rows of all levels, level by level within each group.

    Labels that equalities over groups gave are numbered anew, by the row that has them first.
    Raises ModelError where a label stands for a fixed parameter of one level and a free one
    of the other.
    """
    rows = [
        (level, row)
        for group in range(1, groups + 1)
        for level, own in enumerate(levels, start=1)
        for row in own
        if row.group == group
    ]
    names: dict[tuple[int, str], str] = {}
    for k, (level, row) in enumerate(rows, start=1):
        if row.label:
            automatic = row.label.startswith(".p")
            names.setdefault((level, row.label), f".p{k}." if automatic else row.label)
    out = tuple(
        replace(row, level=level, label=names.get((level, row.label), "")) for level, row in rows
    )
    fixed = {row.label for row in out if row.label and row.value is not None}
    for row in out:
        if row.label in fixed and row.value is None:
            raise ModelError(
                f"the label '{row.label}' stands for a fixed parameter of one level and a free one "
                "of the other\n  hint: fix both, or free both by NA*"
            )
    return out
