"""Exports made up for drafts, and the files that a draft makes of them."""

import csv
from pathlib import Path

import numpy as np
import yaml

from rawtables import table
from surveysem.study.draft import texts_of
from surveysem.study.draft.source import Export

AGREE = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]


def answers(n: int = 90, items: int = 3, seed: int = 1) -> np.ndarray:
    """Codes 1 to 5 of n respondents to items of one factor, the last one keyed the other way."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((n, 1))
    sign = np.array([1] * (items - 1) + [-1])
    response = 0.8 * factor * sign + 0.6 * rng.standard_normal((n, items))
    return np.searchsorted([-1.2, -0.4, 0.4, 1.2], response) + 1


def batch(stem: str, codes: np.ndarray) -> dict:
    """Columns stem1, stem2, ... of codes (n x k)."""
    return {f"{stem}{k + 1}": list(codes[:, k]) for k in range(codes.shape[1])}


def drafted(*exports: dict, **more) -> dict:
    """Files of a draft from exports (columns of values), read back: rows by file name, the config
    as a mapping and as text, and what is said."""
    made = []
    for k, columns in enumerate(exports, start=1):
        name = "export.csv" if len(exports) == 1 else f"export{k}.csv"
        made.append(Export(Path(name), {}, table(columns, name, **more)))
    texts, lines = texts_of(made, "t")
    found = {name: list(csv.DictReader(text.splitlines())) for name, text in texts.items()
             if name.endswith(".csv")}  # fmt: skip
    text = texts["config.yaml"]
    return {**found, "config": yaml.safe_load(text), "text": text, "lines": lines}


def items(found: dict) -> dict[str, dict]:
    """Rows of a drafted instrument by item."""
    return {row["item"]: row for row in found["data/instrument.csv"]}


def reasons(found: dict) -> dict[str, str]:
    """Why columns are not used, by name."""
    rows = found["data/draft_columns.csv"]
    return {row["name"]: row["reason"] for row in rows if not row["used_as"]}
