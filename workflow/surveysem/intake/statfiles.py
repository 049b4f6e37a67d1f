"""Files of SPSS (.sav, .zsav) and Stata (.dta), by pyreadstat: cells, labels, missing codes."""

import datetime
import os
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyreadstat

from surveysem.intake import assemble, encodings
from surveysem.intake.cells import cell_text, number_text
from surveysem.intake.damage import reading
from surveysem.intake.raw import Column
from surveysem.intake.rows import refuse_wide

UNNAMED = "user-missing"  # reason of a missing value that has no label
Findings = list[tuple[str, str]]


def read_statfile(
    path: str | os.PathLike, shown: str, kind: str, encoding: str | None
) -> tuple[list[Column], pd.DataFrame, Findings]:
    """Columns (k), cells (n x k, encoded) and findings of a file.

    Raises RowsError for a damaged file and for one whose encoding cannot be found.
    """
    data, meta, findings = _decoded(path, shown, kind, encoding)
    refuse_wide(len(meta.column_names), shown)
    columns, cells = [], []
    for k, name in enumerate(meta.column_names):
        texts = _cells(data.iloc[:, k], name, meta)
        cells.append(texts)
        columns.append(_column(name, meta, list(texts.categories)))
    return columns, assemble.frame(cells), findings


def _decoded(path, shown: str, kind: str, encoding: str | None):
    """Data, metadata and findings, by the encoding wanted, the file's own, or a guess."""
    if encoding is not None:
        data, meta = _read(path, shown, kind, encoding)
        return data, meta, [("encoding", f"{encoding} (set in options)")]
    data, meta = _as_it_says(path, shown, kind)
    if meta is None:
        return _guessed(path, shown, kind, "; the file names another in vain")
    # Before Stata 14 a file names no encoding, and ReadStat takes it for Western.
    if kind == "dta" and not meta.file_encoding and _old_stata(path):
        return _guessed(path, shown, kind, "")
    return data, meta, [("encoding", (meta.file_encoding or "utf-8").lower())]


def _guessed(path, shown: str, kind: str, remark: str):
    """Read each byte as a character, so that all bytes are there to guess from."""
    data, meta = _read(path, shown, kind, "LATIN1")
    codec, words = encodings.of_texts(_all_bytes(data, meta), shown)
    if words != "ascii":
        iconv = {"mac_roman": "MACINTOSH", "cp1252": "WINDOWS-1252"}.get(codec, codec.upper())
        data, meta = _read(path, shown, kind, iconv)
    return data, meta, [("encoding", words + remark)]


def _as_it_says(path, shown: str, kind: str):
    """Data and metadata by the encoding that the file names; (None, None) where that is wrong."""
    with reading(shown, kind):
        try:
            return _library(path, kind, None)
        except pyreadstat.ReadstatError as error:
            if "encoding" not in str(error):
                raise
            return None, None


def _read(path, shown: str, kind: str, encoding: str):
    with reading(shown, kind):
        return _library(path, kind, encoding)


def _library(path, kind: str, encoding: str | None):
    reader = pyreadstat.read_dta if kind == "dta" else pyreadstat.read_sav
    return reader(
        os.fspath(path), user_missing=True, dates_as_pandas_datetime=True, encoding=encoding
    )


def _all_bytes(data: pd.DataFrame, meta) -> list[bytes]:
    texts = [*meta.column_names, *(label or "" for label in meta.column_labels)]
    for labels in meta.variable_value_labels.values():
        texts += [label for label in labels.values() if isinstance(label, str)]
    for k, name in enumerate(meta.column_names):
        if meta.readstat_variable_types[name] == "string":
            texts += [text for text in data.iloc[:, k].unique() if isinstance(text, str)]
    return [text.encode("latin-1", errors="ignore") for text in texts]


def _old_stata(path) -> bool:
    with open(path, "rb") as handle:
        head = handle.read(64)
    return not head.startswith(b"<stata_dta>") or b"<release>117" in head


def _cells(values: pd.Series, name: str, meta) -> pd.Categorical:
    """Texts of one variable. Times are dates unless the variable's format has hours."""
    kind = meta.readstat_variable_types[name]
    if kind == "string":
        return assemble.factorised(values.astype(object), cell_text)
    if values.dtype.kind == "M":
        shape = str(meta.original_variable_types[name]).lower()
        hours = any(word in shape for word in ("time", "hms", "mdyhm", "%tc", "%-tc"))
        return assemble.factorised(values, _moment if hours else _date)
    if values.dtype.kind in "iuf":
        # Stata's float has seven digits: 0.1 is not to become 0.10000000149.
        narrow = values.astype(np.float32) if kind == "float" else values
        return assemble.factorised(narrow.to_numpy(), number_text)
    return assemble.factorised(values.astype(object), _mixed)


def _mixed(value: object) -> str:
    """A number, a time, or the letter of one of Stata's tagged missing values."""
    return f".{value}" if isinstance(value, str) else cell_text(value)


def _moment(value: pd.Timestamp) -> str:
    return pd.Timestamp(value).isoformat()


def _date(value: pd.Timestamp) -> str:
    return pd.Timestamp(value).date().isoformat()


def _column(name: str, meta, texts: Sequence[str]) -> Column:
    """Label, value labels and missing codes; `texts` are the values that occur."""
    tagged = meta.readstat_variable_types[name] != "string"
    labels = {
        _key(value, tagged): str(label).strip()
        for value, label in meta.variable_value_labels.get(name, {}).items()
    }
    missing: dict[str, str] = {}
    for value in meta.missing_user_values.get(name, ()):
        key = _key(value, tagged)
        missing[key] = labels.get(key, UNNAMED)
    for bounds in meta.missing_ranges.get(name, ()):
        for text in _within(bounds, [*labels, *texts]):
            missing[text] = labels.get(text, UNNAMED)
    label = (meta.column_names_to_labels.get(name) or "").strip()
    return Column(name, label, labels, missing)


def _key(value: object, tagged: bool) -> str:
    """A labelled or missing value as its cells have it."""
    if isinstance(value, datetime.date | datetime.time):
        return cell_text(value)
    return _mixed(value) if tagged else cell_text(value)


def _within(bounds: Mapping, texts: Sequence[str]) -> list[str]:
    """The ends of a range of missing values if they are one, and the texts inside it."""
    low, high = bounds["lo"], bounds["hi"]
    if low == high or isinstance(low, str):
        return [cell_text(low)]
    inside = []
    for text in texts:
        try:
            if low <= float(text) <= high:
                inside.append(text)
        except ValueError:
            continue
    return inside
