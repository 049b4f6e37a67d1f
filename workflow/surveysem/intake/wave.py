"""One wave's raw export as a typed table in the instrument's terms."""

import csv
import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, asked_of
from surveysem.errors import SurveySemError, describe
from surveysem.intake import codes

LOG_COLUMNS = ["wave", "file", "row", "column", "event", "value", "count"]
ROLES = ("group", "project", "cluster", "weight", "duration", "form")


def read_raw(path: str) -> pd.DataFrame:
    """All cells as text, one row a respondent; '#row' is the row in the file as a
    spreadsheet shows it (the header is row 1); blank rows are left out, kept in number."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle)
            header = [name.strip() for name in next(reader, [])]
            numbered = [
                (number, row)
                for number, row in enumerate(reader, start=2)
                if any(cell.strip() for cell in row)
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SurveySemError(describe(path, f"not a UTF-8 CSV file: {error}")) from None
    width = len(header)
    frame = pd.DataFrame(
        [row[:width] + [""] * (width - len(row)) for _, row in numbered], columns=header, dtype=str
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
    not yet turned), nan where there is no answer. Raises SurveySemError for an answer
    that is not allowed when `on_invalid` is 'error'.
    """
    table = pd.DataFrame({"row": raw["#row"]})
    table["respondent"] = _respondents(raw, columns["id"], wave, key)
    for role in ROLES:
        table[role] = _role(raw, role, columns.get(role), file)
    if not columns["group"]:
        table["group"] = EVERYONE
    log: list[tuple] = []
    missing = codes.missing_codes(missing)
    answers = {}
    for name, item in items.items():
        if name in absent:
            answers[name] = np.full(len(raw), np.nan)
            log.append((wave, file, "", name, "not_in_wave", "", len(raw)))
            continue
        coded, status = codes.code_answers(raw[name], item["codes"], item["labels"], missing)
        asked = asked_of(table, item["groups"], item["forms"])
        log += _log_item(wave, file, raw, name, status, asked)
        wrong = raw.loc[(status == codes.INVALID) & asked, ["#row", name]]
        if len(wrong) and on_invalid == "error":
            row, value = wrong.iloc[0]
            more = f"\n  {len(wrong) - 1} more in this column" if len(wrong) > 1 else ""
            raise codes.AnswerError(codes.invalid_message(file, row, name, value, item) + more)
        answers[name] = coded.where(asked).to_numpy()
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
    if role in ("weight", "duration"):
        if not column:
            return np.full(len(raw), np.nan)
        text = raw[column].str.strip()
        number = pd.to_numeric(text.where(text != ""), errors="coerce")
        wrong = (~np.isfinite(number) & (text != "")) | (number < 0)
        if wrong.any():
            row, value = raw.loc[wrong, ["#row", column]].iloc[0]
            raise SurveySemError(
                describe(
                    f"{file}, row {row}, column {column}",
                    f"'{value}' is not a {role}",
                    ["a number that is not negative"],
                    "leave the cell empty if it is unknown",
                )
            )
        return number
    return raw[column].str.strip() if column else ""


def _log_item(wave, file, raw, name, status, asked) -> list[tuple]:
    """Log of one item: counts by event; invalid answers and answers not asked for by row.

    A declared missing code is no answer: survey tools write it where they asked nothing.
    """
    rows = []
    for event in (codes.ANSWERED, codes.UNANSWERED, codes.DECLARED):
        count = int(((status == event) & asked).sum())
        rows.append((wave, file, "", name, event, "", count))
    rows.append((wave, file, "", name, "not_asked", "", int((~asked).sum())))
    for event, which in (
        (codes.INVALID, (status == codes.INVALID) & asked),
        ("answered_not_asked", status.isin((codes.ANSWERED, codes.INVALID)) & ~asked),
    ):
        for row, value in raw.loc[which, ["#row", name]].itertuples(index=False):
            rows.append((wave, file, row, name, event, str(value)[:40], 1))
    return rows
