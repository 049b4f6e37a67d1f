"""One wave's raw export as a typed table in the instrument's terms."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, asked_of
from surveysem.intake import answers as statuses
from surveysem.intake import codes, rows

LOG_COLUMNS = ["wave", "file", "row", "column", "event", "value", "count"]
ROLES = ("group", "project", "cluster", "weight", "duration", "form")


def read_raw(path: str) -> pd.DataFrame:
    """All cells as text, one row a respondent; '#row' is the row in the file as a
    spreadsheet shows it (the header is row 1); blank rows are left out, kept in number.

    Raises RowsError for a file that is no table of comma-separated cells."""
    header, numbered = rows.read(path, path)
    wrong = rows.uneven(header, numbered, path)
    if wrong:
        raise rows.RowsError(wrong)
    width = len(header)
    frame = pd.DataFrame(
        [row + [""] * (width - len(row)) for _, row in numbered], columns=header, dtype=str
    )
    frame.insert(0, "#row", [number for number, _ in numbered])
    return frame


def hash_id(value: str, key: str) -> str:
    """Pseudonym of a respondent's id: BLAKE2b keyed by the study, 12 hex digits."""
    return hashlib.blake2b(value.encode(), digest_size=6, key=key.encode()[:64]).hexdigest()


def import_wave(
    raw: pd.DataFrame,
    *,
    wave: str,
    file: str,
    columns: Mapping[str, str | None],
    items: Mapping[str, Mapping],
    absent: Sequence[str],
    on_invalid: str,
    missing: Sequence,
    key: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Typed table and import log of a wave.

    columns: role (id, group, ...) to column. items: for each its codes, labels, groups,
    forms. absent: items that the wave did not ask. The table has row, respondent, the
    roles, then one column an item: codes as in the questionnaire (reverse-keyed items
    not yet turned), nan where there is no answer. Raises AnswerError with a problem for
    each column that holds a weight or duration that is none, or, when `on_invalid` is
    'error', an answer that is not allowed.
    """
    table = pd.DataFrame({"row": raw["#row"]})
    table["respondent"] = _respondents(raw, columns["id"], wave, key)
    problems: list[str] = []
    for role in ROLES:
        table[role], wrong = _role(raw, role, columns.get(role), file)
        problems += wrong
    if not columns["group"]:
        table["group"] = EVERYONE
    log: list[tuple] = []
    missing = statuses.missing_codes(missing)
    answers = {}
    for name, item in items.items():
        if name in absent:
            answers[name] = np.full(len(raw), np.nan)
            log.append((wave, file, "", name, "not_in_wave", "", len(raw)))
            continue
        coded, status = codes.code_answers(raw[name], item["codes"], item["labels"], missing)
        asked = asked_of(table, item["groups"], item["forms"])
        log += _log_item(wave, file, raw, name, status, asked)
        wrong = raw.loc[(status == statuses.INVALID) & asked, ["#row", name]]
        if len(wrong) and on_invalid == "error":
            problems.append(codes.invalid_message(file, wrong, name, item))
        answers[name] = coded.where(asked).to_numpy()
    if problems:
        raise codes.AnswerError(problems)
    used = {"#row", *items, *filter(None, columns.values())}
    log += [(wave, file, "", c, "column_dropped", "", len(raw)) for c in raw if c not in used]
    table = pd.concat([table, pd.DataFrame(answers, index=table.index)], axis=1)
    return table, pd.DataFrame(log, columns=LOG_COLUMNS)


def _respondents(raw: pd.DataFrame, column: str | None, wave: str, key: str) -> list[str]:
    """Hashed ids; rows without an id are told apart by wave and row."""
    ids = raw[column].str.strip() if column else pd.Series("", index=raw.index)
    return [
        hash_id(value or f"{wave} row {row}", key)
        for value, row in zip(ids, raw["#row"], strict=True)
    ]


def _role(raw: pd.DataFrame, role: str, column: str | None, file: str):
    """A role's values, and the problem with them in words, if there is one."""
    if role not in ("weight", "duration"):
        return (raw[column].str.strip() if column else ""), []
    if not column:
        return np.full(len(raw), np.nan), []
    text = raw[column].str.strip()
    number = pd.to_numeric(text.where(text != ""), errors="coerce")
    wrong = raw[(~np.isfinite(number) & (text != "")) | (number < 0)]
    if wrong.empty:
        return number, []
    allowed = ["a number that is not negative"]
    hint = "leave the cell empty if it is unknown"
    return number, [codes.first_of(file, wrong, column, f"is not a {role}", allowed, hint)]


def _log_item(wave, file, raw, name, status, asked) -> list[tuple]:
    """Log of one item: counts by event; invalid answers and answers not asked for by row.

    A declared missing code is no answer: survey tools write it where they asked nothing.
    """
    entries = []
    for event in (statuses.ANSWERED, statuses.UNANSWERED, statuses.DECLARED):
        count = int(((status == event) & asked).sum())
        entries.append((wave, file, "", name, event, "", count))
    entries.append((wave, file, "", name, "not_asked", "", int((~asked).sum())))
    for event, which in (
        (statuses.INVALID, (status == statuses.INVALID) & asked),
        ("answered_not_asked", status.isin((statuses.ANSWERED, statuses.INVALID)) & ~asked),
    ):
        for row, value in raw.loc[which, ["#row", name]].itertuples(index=False):
            entries.append((wave, file, row, name, event, str(value)[:40], 1))
    return entries
