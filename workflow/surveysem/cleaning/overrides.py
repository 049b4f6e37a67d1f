"""A researcher's decisions about single respondents, over what the rules say."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.cleaning.findings import FINDING_COLUMNS, OVERRIDE, findings
from surveysem.errors import SurveySemError, describe


class OverrideError(SurveySemError):
    """Overrides that fit no row, or contradict each other; `problems` holds a text for each."""

    def __init__(self, problems: Sequence[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def overridden(table: pd.DataFrame, entries: Sequence[Mapping], file: str) -> pd.DataFrame:
    """Findings of rule 'override', with action 'keep' or 'drop' and the researcher's reason.

    entries: this wave's, each with `line` of the file, `respondent` (hashed as intake does;
    '' where the row is named), `row`, `decision`, `reason`. A respondent's rows are all
    dropped; to keep one of several, the row has to be named. Raises OverrideError with a
    problem for each entry that names nothing, and for rows named twice.
    """
    found, problems, taken = [], [], {}
    for entry in entries:
        where = f"{file}, row {entry['line']}"
        column = "respondent" if entry["respondent"] else "row"
        at = np.flatnonzero((table[column] == entry[column]).to_numpy())
        shown = ", ".join(map(str, table["row"].to_numpy()[at]))
        named = "this respondent" if entry["respondent"] else f"the number {entry['row']}"
        if not len(at):
            problems.append(
                describe(
                    where,
                    f"no row of the wave's file has {named}",
                    hint="the id stands as in the file; a row's number is the one that a "
                    "spreadsheet shows",
                )
            )
        elif len(at) > 1 and column == "row":
            what = f"{len(at)} files of the wave have a row {entry['row']}"
            problems.append(describe(where, what, hint="name the respondent in its place"))
        elif len(at) > 1 and entry["decision"] == "keep":
            problems.append(
                describe(
                    where,
                    f"this respondent has rows {shown} of the wave's file",
                    hint="name the one to keep in column row, and leave respondent empty",
                )
            )
        elif any(k in taken for k in at):
            first = next(taken[k] for k in at if k in taken)
            problems.append(
                describe(where, f"row {first} decides about this row already", hint="remove one")
            )
        else:
            taken.update(dict.fromkeys(at, entry["line"]))
            decision = entry["decision"]
            found.append(
                findings(table.index[at], OVERRIDE, OVERRIDE, decision, "", decision,
                         entry["reason"])
            )  # fmt: skip
    if problems:
        raise OverrideError(problems)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=FINDING_COLUMNS)


def kept_twice(fates: pd.DataFrame, kept: pd.DataFrame, file: str) -> None:
    """Raise OverrideError where a row that was kept stands beside another analysed row of the
    same respondent.

    fates: rows with `row`, `respondent`, `fate`. kept: those of them that were kept by hand.
    """
    analysed = fates[fates["fate"] == "analysed"]
    twice = analysed[analysed.duplicated("respondent", keep=False)]
    twice = twice[twice["respondent"].isin(kept["respondent"])]
    if twice.empty:
        return
    _who, rows = next(iter(twice.groupby("respondent", sort=False)["row"]))
    raise OverrideError(
        [
            describe(
                file,
                f"rows {', '.join(map(str, rows))} of one respondent would all be analysed",
                hint="drop all but one of them by their row",
            )
        ]
    )
