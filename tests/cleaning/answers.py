"""Small typed tables, as intake hands them to cleaning."""

import numpy as np
import pandas as pd

from surveysem.cleaning.block import Block
from surveysem.study.config import complete

NAN = np.nan
ITEM = {
    "construct": "", "check": "", "passes": [], "reverse": False, "low": 1, "high": 5,
    "groups": [], "forms": [],
}  # fmt: skip
# The defaults without the rules on patterns: tests switch on what they are about.
SETTINGS = complete({"waves": []})["cleaning"] | {
    "grouped": True, "identical_answers": None, "irv_low": None, "item_sd_high": None,
    "even_odd": None, "synonyms": None, "antonyms": None, "reversed_pairs": None,
    "mahalanobis": None,
}  # fmt: skip


def table(answers, **columns) -> pd.DataFrame:
    """Respondents x items q1, q2, ...; everything else unremarkable unless given."""
    answers = np.array(answers, dtype=float)
    n = len(answers)
    roles = {
        "file": "wave.csv", "row": range(2, n + 2), "respondent": [f"id{k}" for k in range(n)], "group": "a",
        "project": "", "cluster": "", "weight": NAN, "duration": NAN, "form": "",
        "started": "", "submitted": "", "finished": "", "language": "",
    } | columns  # fmt: skip
    frame = pd.DataFrame(roles, index=range(n))
    names = [f"q{k + 1}" for k in range(answers.shape[1])]
    return pd.concat([frame, pd.DataFrame(answers, columns=names)], axis=1)


def block(answers, scales=None, reverse=(), low=1, high=5, reference=None) -> Block:
    """Answers of one group as the rules on patterns see them."""
    answers = np.array(answers, dtype=np.float32)
    n, p = answers.shape
    scales = scales or [range(p)]
    return Block(
        group="a", index=pd.RangeIndex(n), answers=answers,
        low=np.broadcast_to(np.array(low, float), p), high=np.broadcast_to(np.array(high, float), p),
        reverse=np.array([k in reverse for k in range(p)]),
        scales=tuple(tuple(s) for s in scales),
        reference=np.ones(n, bool) if reference is None else np.array(reference),
    )  # fmt: skip


def names(frame: pd.DataFrame) -> list[str]:
    """The item columns of a table."""
    return [c for c in frame if c.startswith("q")]


def analysed(result) -> list[int]:
    """Rows of the file that are analysed; the clean table has just their respondents in order."""
    fates = result["fates"]
    kept = fates[fates["fate"] == "analysed"]
    assert result["clean"]["respondent"].tolist() == kept["respondent"].tolist()
    assert not {"row", "file", "duration"} & set(result["clean"])
    return kept["row"].tolist()
