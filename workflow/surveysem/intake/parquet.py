"""Parquet files, by pyarrow."""

import json
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from surveysem.errors import describe
from surveysem.intake import assemble
from surveysem.intake.cells import cell_text, number_text
from surveysem.intake.damage import reading
from surveysem.intake.raw import Column
from surveysem.intake.rows import RowsError, refuse_wide


def read_parquet(
    path: str | os.PathLike, shown: str
) -> tuple[list[Column], pd.DataFrame, list[tuple[str, str]]]:
    """Columns (k), cells (n x k, encoded) and findings.

    An index that pandas wrote is a column if it has a name, and is left out if it has none
    (it numbers the rows). Raises RowsError for a column that holds bytes.
    """
    with reading(shown, "parquet"), pq.ParquetFile(path) as file:
        refuse_wide(len(file.schema_arrow), shown)
        table = file.read()
    unnamed = _unnamed_index(table.schema)
    findings = []
    if unnamed:
        findings.append(("index", f"left out: {', '.join(unnamed)} (pandas' numbers of the rows)"))
    columns, cells = [], []
    for field in table.schema:
        if field.name in unnamed:
            continue
        columns.append(Column(field.name.strip()))
        values = table.column(table.schema.get_field_index(field.name))
        with reading(shown, "parquet", pa.ArrowException, OverflowError):  # times beyond Python's
            cells.append(_cells(values, field, shown))
    return columns, assemble.frame(cells), findings


def _unnamed_index(schema: pa.Schema) -> list[str]:
    """Columns that pandas made of an index without a name."""
    try:
        index = json.loads((schema.metadata or {})[b"pandas"])["index_columns"]
    except (KeyError, ValueError, TypeError):
        return []
    return [name for name in index if isinstance(name, str) and name.startswith("__index_level_")]


def _cells(values: pa.ChunkedArray, field: pa.Field, shown: str) -> pd.Categorical:
    """Texts of a column, each distinct value turned into text once."""
    kind = field.type
    if pa.types.is_nested(kind):
        return assemble.factorised(
            np.array([cell_text(v) for v in values.to_pylist()], object), str
        )
    coded = values if pa.types.is_dictionary(kind) else values.dictionary_encode()
    coded = coded.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # older pyarrow where there are no rows
        coded = pa.concat_arrays(coded.chunks) if coded.num_chunks else pa.array([], coded.type)
    try:
        texts = _texts(coded.dictionary)
    except UnicodeDecodeError:
        found = "holds bytes that are no UTF-8 text"
        hint = "write it as text, or leave the column out"
        raise RowsError(describe(f"{shown}, column {field.name}", found, hint=hint)) from None
    texts.append("")
    codes = coded.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)
    return assemble.categorical(codes.astype(np.int64, copy=False), texts)


def _texts(values: pa.Array) -> list[str]:
    if pa.types.is_floating(values.type):
        # Each width keeps its own shortest digits.
        return [number_text(value) for value in values.to_numpy(zero_copy_only=False)]
    return [cell_text(value) for value in values.to_pylist()]
