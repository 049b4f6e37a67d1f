"""Who was asked what: absent by design is not the same as unanswered."""

from collections.abc import Mapping, Sequence

import pandas as pd

EVERYONE = "all"


def asked_of(table: pd.DataFrame, groups: Sequence[str], forms: Sequence[str]) -> pd.Series:
    """Whether each respondent was asked an item: by stakeholder group and by form.

    A respondent whose group (or form) is unknown counts as asked.
    """
    asked = pd.Series(True, index=table.index)
    if groups:
        asked &= table["group"].isin(groups) | (table["group"] == "")
    if forms:
        asked &= table["form"].isin(forms) | (table["form"] == "")
    return asked


def asked_table(table: pd.DataFrame, items: Mapping[str, Mapping]) -> pd.DataFrame:
    """`asked_of` for every item that has `groups` and `forms`: respondents x items."""
    return pd.DataFrame(
        {name: asked_of(table, item["groups"], item["forms"]) for name, item in items.items()},
        index=table.index,
    )


def parts(table: pd.DataFrame, groups: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    """The groups of a table in order, and all together where there are several."""
    if list(groups) == [EVERYONE]:
        return [(EVERYONE, table)]
    split = [(group, table[table["group"] == group]) for group in groups]
    return [*split, (EVERYONE, table)] if len(groups) > 1 else split


def members(table: pd.DataFrame, groups: Sequence[str], by: str = "group") -> pd.DataFrame:
    """Respondents of the groups named; of a study without groups, everyone."""
    return table if list(groups) in ([], [EVERYONE]) else table[table[by].isin(groups)]
