"""One wave's exports as a typed table in the instrument's terms."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, asked_of
from surveysem.intake import answers as statuses
from surveysem.intake import codes
from surveysem.intake.dialects.times import seconds
from surveysem.intake.invalid import Wrong, messages
from surveysem.intake.raw import TOOL_ROLES, RawTable

REASON_COLUMNS = ["file", "row", "item", "status", "reason"]
LOG_COLUMNS = ["wave", "file", "row", "column", "event", "value", "count"]
TEXTS = ("group", "project", "cluster", "form")
NUMBERS = {
    "weight": "a number that is not negative",
    "duration": "seconds, or another form of a duration such as 3:20 or 3分20秒",
}
TOOL = tuple(role for role in TOOL_ROLES if role not in ("id", *NUMBERS))


def hash_id(value: str, key: str) -> str:
    """Pseudonym of a respondent's id: BLAKE2b keyed by the study, 12 hex digits."""
    return hashlib.blake2b(value.encode(), digest_size=6, key=key.encode()[:64]).hexdigest()


def import_wave(
    raws: Sequence[RawTable],
    *,
    wave: str,
    sources: Sequence[Mapping],
    items: Mapping[str, Mapping],
    extra: Sequence[str],
    absent: Sequence[str],
    reworded: Sequence[str],
    changed: Sequence[str],
    grouped: bool,
    groups: Mapping[str, str],
    on_invalid: str,
    missing: Sequence,
    key: str,
    hashed: Sequence[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Typed table, import log and reasons of a wave.

    sources: for each of `raws` its file, the columns of items and roles, fixed values, and
    whether it is the wave's only one.
    items: for each its codes, labels, groups, forms. absent: items that the wave did not ask.
    groups: what files call a group, to the group. hashed: extra columns that tell persons
    apart (a device, a contact) and become pseudonyms like ids. The table has file, row, respondent, the
    roles, extra columns, then one column an item: codes as in the questionnaire (reverse-
    keyed items not yet turned), nan where there is no answer. The reasons (REASON_COLUMNS)
    say of each answer declared missing, or invalid, what stood there. Raises AnswerError with a
    problem for each column that holds a weight or duration that is none, or, when
    `on_invalid` is 'error', an answer that is not allowed.
    """
    tables, log, problems, reasons = [], [], [], []
    missing = statuses.missing_codes(missing)
    for raw, source in zip(raws, sources, strict=True):
        one = _Import(raw, source, wave)
        one.respondents(key)
        one.roles(extra, groups, grouped=grouped)
        one.hide(hashed, key)
        one.log_file()
        for name, item in items.items():
            one.item(name, item, missing, absent=name in absent, strict=on_invalid == "error")
        one.log_dropped()
        tables.append(one.frame())
        log += one.log
        reasons += one.reasons
        problems += one.problems + messages(source["file"], one.wrong, len(items))
    if problems:
        raise codes.AnswerError(problems)
    for event, names in (("reworded", reworded), ("other_responses", changed)):
        log += [(wave, "", "", name, event, "", 1) for name in names]
    empty = pd.DataFrame({"row": np.zeros(0, dtype=int)}, columns=REASON_COLUMNS)
    return (
        pd.concat(tables, ignore_index=True),
        pd.DataFrame(log, columns=LOG_COLUMNS),
        pd.concat([empty, *reasons], ignore_index=True) if reasons else empty,
    )


def _as_numbers(texts: Sequence[str], role: str) -> np.ndarray:
    """Numbers of a role's texts, a duration's in seconds; nan for what is none."""
    given = pd.Series(texts, dtype=object)
    numbers = pd.to_numeric(given.where(given != ""), errors="coerce").to_numpy(float, copy=True)
    if role == "duration":
        for k in np.flatnonzero(np.isnan(numbers)):
            # A comma may part thousands: nothing is guessed.
            read = None if "," in texts[k] else seconds(texts[k])
            numbers[k] = np.nan if read is None else float(read)
    return numbers


class _Import:
    """One file on its way into the typed table: columns so far, log and problems."""

    def __init__(self, raw: RawTable, source: Mapping, wave: str):
        self.raw, self.source, self.wave = raw, source, wave
        self.n, self.columns = len(raw.rows), {}
        self.log: list[tuple] = []
        self.reasons: list[pd.DataFrame] = []
        self.problems: list[str] = []
        self.wrong: list[Wrong] = []
        self.columns["file"] = np.full(self.n, source["file"], dtype=object)
        self.columns["row"] = raw.rows

    def frame(self) -> pd.DataFrame:
        """The typed table of this file."""
        return pd.DataFrame(self.columns)

    def _positions(self, name: str) -> Sequence[int]:
        return self.source["columns"].get(name, ())

    def _name(self, k: int) -> str:
        return self.raw.columns[k].name or f"column {k + 1}"

    def _texts(self, role: str) -> np.ndarray:
        """Values of a role as text: what the file fixes, or its column by value labels."""
        if role in self.source["fixed"]:
            return np.full(self.n, str(self.source["fixed"][role]), dtype=object)
        out = np.full(self.n, "", dtype=object)
        for k in self._positions(role):
            cells, labels = self.raw.cells[k], self.raw.columns[k].values
            words = np.array([labels.get(t, t).strip() for t in cells.cat.categories], dtype=object)
            found = words[cells.cat.codes.to_numpy()] if len(words) else out
            out = np.where(out == "", found, out)
        return out

    def respondents(self, key: str) -> None:
        """Hashed ids; rows without an id are told apart by wave, file and row."""
        ids = self._texts("id")
        more = "" if self.source["only"] else f" of {self.source['file']}"
        self.columns["respondent"] = [
            hash_id(value or f"{self.wave} row {row}{more}", key)
            for value, row in zip(ids, self.raw.rows, strict=True)
        ]

    def roles(self, extra: Sequence[str], groups: Mapping[str, str], *, grouped: bool) -> None:
        """Columns of the roles, what the tool recorded, and the extra columns."""
        for role in TEXTS:
            self.columns[role] = self._texts(role)
        if not grouped:
            self.columns["group"] = np.full(self.n, EVERYONE, dtype=object)
        else:
            self.columns["group"] = self._groups(groups)
        for role in NUMBERS:
            self.columns[role] = self._numbers(role)
        for name in (*TOOL, *extra):
            self.columns[name] = self._texts(name)

    def hide(self, names: Sequence[str], key: str) -> None:
        """Replace the values of columns by pseudonyms; an empty one stays empty."""
        for name in names:
            known = {v: hash_id(v, key) if v else "" for v in set(self.columns[name])}
            self.columns[name] = np.array([known[v] for v in self.columns[name]], dtype=object)

    def _groups(self, groups: Mapping[str, str]) -> np.ndarray:
        if "group" in self.source["fixed"]:
            value = str(self.source["fixed"]["group"])
            return np.full(self.n, groups.get(value, value), dtype=object)
        out = np.full(self.n, "", dtype=object)
        for k in self._positions("group"):
            cells = self.raw.cells[k]
            words = np.array([groups.get(t, t) for t in cells.cat.categories], dtype=object)
            out = np.where(out == "", words[cells.cat.codes.to_numpy()], out)
        return out

    def _numbers(self, role: str) -> np.ndarray:
        out = np.full(self.n, np.nan)
        for k in self._positions(role):
            cells = self.raw.cells[k]
            number = _as_numbers(cells.cat.categories, role)
            wrong = (~np.isfinite(number) & (cells.cat.categories != "")) | (number < 0)
            at = cells.cat.codes.to_numpy()
            bad = np.flatnonzero(wrong[at])
            if len(bad):
                self.problems.append(
                    codes.first_of(
                        self.source["file"],
                        self.raw.rows[bad],
                        cells.iloc[bad].to_numpy(),
                        self._name(k),
                        f"is not a {role}",
                        [NUMBERS[role]],
                        "leave the cell empty if it is unknown",
                    )
                )
            out = np.where(np.isnan(out), number[at], out)
        return out

    def log_file(self) -> None:
        """What was found out about the file, and which column holds what."""
        file = self.source["file"]
        for what, found in self.raw.findings:
            self.log.append((self.wave, file, "", "", what, found, self.n))
        for name, how in self.source["how"].items():
            for k in self._positions(name):
                if self._name(k) != name:
                    told = f"{self._name(k)[:80]} (by {how})"
                    self.log.append((self.wave, file, "", name, "column_matched", told, self.n))

    def item(self, name: str, item: Mapping, missing: tuple, *, absent: bool, strict: bool) -> None:
        """Answers to one item: from its column, or the first answered one of several."""
        file, positions = self.source["file"], self._positions(name)
        if absent or not positions:
            self.columns[name] = np.full(self.n, np.nan)
            self.log.append((self.wave, file, "", name, "not_in_wave", "", self.n))
            return
        code, status = np.full(self.n, np.nan), np.full(self.n, statuses.UNANSWERED, dtype=object)
        values = np.full(self.n, "", dtype=object)
        reasons: dict[str, str] = {}
        for k in positions:
            column, cells = self.raw.columns[k], self.raw.cells[k]
            by = statuses.reader(
                item["codes"], item["labels"], missing, column.values, column.missing
            )
            own_code, own_status = codes.code_answers(cells, by)
            texts = cells.astype(object).to_numpy()
            free = status == statuses.UNANSWERED
            twice = ~free & (own_status != statuses.UNANSWERED) & (texts != values)
            own_status = np.where(twice, statuses.INVALID, own_status)
            use = free | twice
            code = np.where(use, np.where(twice, np.nan, own_code), code)
            values = np.where(use & (own_status != statuses.UNANSWERED), texts, values)
            status = np.where(use, own_status, status)
            reasons |= {t: statuses.reason(t, by) for t in cells.cat.categories}
        table = pd.DataFrame({role: self.columns[role] for role in ("group", "form")})
        asked = asked_of(table, item["groups"], item["forms"]).to_numpy()
        self._log_item(name, status, values, asked, reasons)
        why = np.isin(status, (statuses.DECLARED, statuses.INVALID)) & asked
        if why.any():
            self.reasons.append(
                pd.DataFrame(
                    {
                        "file": file,
                        "row": self.raw.rows[why],
                        "item": name,
                        "status": status[why],
                        "reason": [reasons.get(v, v)[:40] for v in values[why]],
                    }
                )
            )
        wrong = np.flatnonzero((status == statuses.INVALID) & asked)
        if len(wrong) and strict:
            allowed = tuple(map(str, [*item["codes"], *item["labels"]]))
            column = self._name(positions[0])
            self.wrong.append(Wrong(column, self.raw.rows[wrong], values[wrong], allowed))
        self.columns[name] = np.where(asked, code, np.nan)

    def _log_item(self, name, status, values, asked, reasons) -> None:
        """Log of one item: counts by event; declared missing ones by reason; invalid answers
        and answers not asked for by row.

        A declared missing code is no answer: survey tools write it where they asked nothing.
        """
        wave, file = self.wave, self.source["file"]
        for event in (statuses.ANSWERED, statuses.UNANSWERED):
            self.log.append(
                (wave, file, "", name, event, "", int(((status == event) & asked).sum()))
            )
        declared = (status == statuses.DECLARED) & asked
        words = pd.Series([reasons[v] for v in values[declared]], dtype=object).value_counts(
            sort=False
        )
        for word, count in sorted(words.items()):
            self.log.append((wave, file, "", name, statuses.DECLARED, word[:40], int(count)))
        self.log.append((wave, file, "", name, "not_asked", "", int((~asked).sum())))
        given = (status == statuses.ANSWERED) | (status == statuses.INVALID)
        for event, which in (
            (statuses.INVALID, (status == statuses.INVALID) & asked),
            ("answered_not_asked", given & ~asked),
        ):
            for k in np.flatnonzero(which):
                row, value = self.raw.rows[k], str(values[k])[:40]
                self.log.append((wave, file, row, name, event, value, 1))

    def log_dropped(self) -> None:
        """Columns that nothing uses, by name only."""
        used = {k for columns in self.source["columns"].values() for k in columns}
        for k in range(len(self.raw.columns)):
            if k not in used:
                name = self._name(k)[:120]
                entry = (self.wave, self.source["file"], "", name, "column_dropped", "", self.n)
                self.log.append(entry)
