"""Rules that exclude alone: may these answers be used at all, and are they someone's only ones?

Sources: JARS-Quant (Appelbaum et al. 2018), American Psychologist 73, 3-25, for eligibility and
exclusions; Kuriakose and Robbins (2016), Statistical Journal of the IAOS 32, 283-291, for
identical answers.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.cleaning.findings import findings
from surveysem.tables import values
from surveysem.text import answer_key


def allowed_answers(
    table: pd.DataFrame, columns: Mapping[str, Sequence], rule: str
) -> pd.DataFrame:
    """Respondents whose answer in one of `columns` is not among the allowed ones.

    columns: extra column (of respondents.extra) to allowed answers, compared after folding
    width, case and spaces. An empty answer is not allowed unless it is listed.
    """
    shown = np.full(len(table), "", dtype=object)
    for column, allowed in columns.items():
        answers = table[column].fillna("").astype(str)
        wanted = {answer_key(a) for a in allowed}
        passes = {a: answer_key(a) in wanted for a in answers.unique()}
        wrong = ~answers.map(passes).to_numpy(dtype=bool) & (shown == "")
        shown[wrong] = (f"{column}=" + answers[wrong].str.slice(0, 40)).to_numpy()
    index = table.index[shown != ""]
    threshold = "; ".join(f"{c} in {', '.join(map(str, a))}" for c, a in columns.items())
    return findings(index, rule, "eligibility", shown[shown != ""], threshold, "exclude")


def no_group(table: pd.DataFrame) -> pd.DataFrame:
    """Respondents whose stakeholder group is unknown."""
    index = table.index[table["group"] == ""]
    return findings(index, "no_group", "eligibility", "", "a group", "exclude")


def kept_twin(keys: np.ndarray, *worse: np.ndarray) -> np.ndarray:
    """Position of the row that stays among those with the same key; n entries.

    keys: n texts or whole numbers; '' has no twins. worse: rankings by falling weight, low is
    better; the earliest row stays among equals.
    """
    codes, names = pd.factorize(keys)
    alone = np.array([name == "" for name in names]) if names.dtype == object else None
    order = np.lexsort((np.arange(len(codes)), *reversed(worse)))
    first = np.full(len(names), -1)
    first[codes[order][::-1]] = order[::-1]  # the last one written is the best
    kept = first[codes]
    return kept if alone is None else np.where(alone[codes], np.arange(len(codes)), kept)


def _repeats(table: pd.DataFrame, kept: np.ndarray, rule: str, what: str, threshold: str):
    again = kept != np.arange(len(table))
    rows = table["row"].to_numpy()[kept[again]]
    value = [f"{what} as row {row}" for row in rows]
    return findings(table.index[again], rule, "identity", value, threshold, "exclude")


def duplicates(
    table: pd.DataFrame,
    settled: np.ndarray | None = None,
    answered: np.ndarray | None = None,
) -> pd.DataFrame:
    """Rows with a respondent that the wave has already.

    Of several, one stays: a row that no other rule excludes (settled: n, whether one does)
    before one that is excluded anyway; then the most complete one, where `answered` (n,
    numbers of answers) is given; then the first.
    """
    worse = [np.zeros(len(table), dtype=bool) if settled is None else settled]
    worse += [] if answered is None else [-answered]
    kept = kept_twin(table["respondent"].to_numpy(dtype=object), *worse)
    return _repeats(table, kept, "duplicate_id", "same id", "one row an id")


def same_person(table: pd.DataFrame, columns: Sequence[str], settled: np.ndarray) -> pd.DataFrame:
    """Rows whose device or contact (hashed at intake, in any of `columns`) the wave has already.

    Those with the same id are `duplicates` already, and rows that another rule excludes
    (settled) do not push a good one out. An empty value matches nothing.
    """
    found = []
    for column in columns:
        keys = table[column].fillna("").astype(str).to_numpy(dtype=object)
        found.append(
            _repeats(
                table,
                kept_twin(keys, settled),
                "same_person",
                f"same {column}",
                "one row a person",
            )
        )
    return pd.concat(found, ignore_index=True).drop_duplicates("index")


def identical_answers(
    table: pd.DataFrame, items: Sequence[str], least: int, settled: np.ndarray
) -> pd.DataFrame:
    """Rows with just the answers of another respondent, missing ones included.

    Only rows with `least` answers or more that are not all the same: short questionnaires and
    straight lines coincide by chance.
    """
    n = len(table)
    count, mix = np.zeros(n, dtype=int), np.zeros(n, dtype=np.uint64)
    lowest, highest = np.full(n, np.inf), np.full(n, -np.inf)
    for name in items:
        answer = table[name].to_numpy(dtype=float, na_value=np.nan)
        count += ~np.isnan(answer)
        lowest, highest = np.fmin(lowest, answer), np.fmax(highest, answer)
        bits = np.where(np.isnan(answer), -1e9, answer + 0.0).view(np.uint64)
        mix = (mix ^ bits) * np.uint64(0x9E3779B97F4A7C15)  # the golden ratio's multiplier
        mix ^= mix >> np.uint64(29)
    able = np.flatnonzero((count >= least) & (lowest < highest))
    kept = np.arange(n)
    kept[able] = able[kept_twin(mix[able], settled[able])]
    again = np.flatnonzero(kept != np.arange(n))
    mine, theirs = (values(table.iloc[rows], items) for rows in (again, kept[again]))
    differ = ~((mine == theirs) | (np.isnan(mine) & np.isnan(theirs))).all(axis=1)
    kept[again[differ]] = again[differ]  # two answer sheets with one hash
    threshold = f"{least} answers or more, not all those of another row"
    return _repeats(table, kept, "identical_answers", "same answers", threshold)
