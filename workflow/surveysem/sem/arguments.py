"""Arguments of `fit` that are of the wrong kind, found before anything is computed."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from surveysem.errors import nearest
from surveysem.sem.errors import DataError, ModelError


def require_flags(flags: Mapping[str, object]) -> None:
    """Raise ModelError for a switch that is neither True nor False (0 and 1 will do)."""
    for name, value in flags.items():
        if not isinstance(value, (bool, np.bool_, int)) or value not in (0, 1):
            raise ModelError(f"{name}={value!r} is no switch\n  hint: True or False")


def names_of(argument: str, value: object) -> tuple:
    """Names given one by one, as text or as any collection of names.

    Raises ModelError for what is none of these.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise ModelError(f"{argument}={value!r} is no list of names\n  hint: ['name', ...]")
    return tuple(value)


def require_column_names(columns: Mapping[str, object]) -> None:
    """Raise DataError for what should name one column and is a list, a Series or the like."""
    for argument, value in columns.items():
        try:
            hash(value)
        except TypeError:
            raise DataError(
                f"{argument}: {type(value).__name__} is not the name of a column\n"
                f"  hint: {argument}='name of one column'"
            ) from None


def require_no_rows(arguments: Mapping[str, object]) -> None:
    """Raise DataError for arguments that name columns beside moments, which have none."""
    for argument, value in arguments.items():
        if value is not None:
            raise DataError(
                f"{argument}={value!r} names a column, and sample_cov has no rows\n"
                "  hint: give data=, or leave it out; groups are lists of matrices"
            )


def require_ordered_known(ordered: Iterable, data: pd.DataFrame) -> None:
    """Raise DataError for an ordinal variable that is no column (one outside the model may be)."""
    for name in ordered:
        if name not in data.columns:
            close = nearest(str(name), data.columns)
            raise DataError(
                f"ordered: '{name}' is not in the data\n"
                f"  hint: {f'did you mean {close!r}?' if close else 'check the column names'}"
            )


def group_order(value: object) -> list | None:
    """Groups in order as a list. Raises DataError where it is none."""
    if value is None:
        return None
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise DataError(f"group_order: '{value}' is not a list of groups\n  hint: ['{value}', ...]")
    return list(value)
