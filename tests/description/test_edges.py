"""Whatever a study lacks, every table of the description is written, and says what is lacking."""

import warnings

import numpy as np
import pandas as pd
import pytest

from surveysem.description.agreement import agreement_table
from surveysem.description.answers import answer_table
from surveysem.description.clusters import cluster_table
from surveysem.description.correlations import correlation_table
from surveysem.description.differences import group_differences, wave_differences
from surveysem.description.informants import informant_table
from surveysem.description.normality import normality_table
from surveysem.description.wave import item_table, scale_table

NAMES = ["q1", "q2", "q3", "q4"]
ESTIMATES = {
    "correlations": ["pearson"], "normality": ["est"], "groups": ["est"], "waves": ["est"],
    "clusters": ["icc"], "agreement": ["icc1"], "informants": ["est"], "items": ["mean"],
    "scales": ["mean"], "answers": ["share"],
}  # fmt: skip


def people(sizes: dict[str, int], seed: int = 1) -> pd.DataFrame:
    """Answers 1 to 5 to four items by groups of the sizes given."""
    rng = np.random.default_rng(seed)
    group = [name for name, n in sizes.items() for _ in range(n)]
    frame = pd.DataFrame(rng.integers(1, 6, (len(group), 4)).astype(float), columns=NAMES)
    frame["group"], frame["form"] = group, "full"
    frame["respondent"] = [f"r{k}" for k in range(len(group))]
    frame["project"] = frame["cluster"] = [f"p{k % 3}" for k in range(len(group))]
    return frame


def everything(table: pd.DataFrame, groups: list[str], asked: dict | None = None) -> dict:
    """All tables; asked: item to the groups that it was asked of (empty: all)."""
    asked = {name: (asked or {}).get(name, []) for name in NAMES}
    items = {
        name: {"construct": "C", "codes": [1, 2, 3, 4, 5], "reverse": name == "q2",
               "groups": asked[name], "forms": []}
        for name in NAMES
    }  # fmt: skip

    def scale(group, of):
        names = [n for n in NAMES if not asked[n] or set(of) <= set(asked[n])]
        return {"scale": "S", "group": group, "groups": of, "items": names}

    scales = [scale(g, [g]) for g in groups]
    scales += [scale("all", groups)] if len(groups) > 1 else []
    scales = [entry for entry in scales if entry["items"]]
    pairs = [{**scale("all", [a, b]), "first": a, "second": b}
             for k, a in enumerate(groups) for b in groups[k + 1 :]]  # fmt: skip
    pairs = [pair for pair in pairs if pair["items"]]
    changes = [{**entry, "first": "w0", "second": "w1", "reworded": []} for entry in scales]
    waves = {"w0": table.iloc[: len(table) // 2], "w1": table}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return {
            "items": item_table(table, "w1", items, groups),
            "scales": scale_table(table, "w1", items, scales),
            "answers": answer_table(table, "w1", items, groups),
            "correlations": correlation_table(table, "w1", items, groups, scales),
            "normality": normality_table(table, "w1", items, groups, scales),
            "groups": group_differences(table, "w1", pairs, scales),
            "waves": wave_differences(waves, changes, panel=len(table) % 2 == 0),
            "clusters": cluster_table(table, "w1", items, groups, scales),
            "agreement": agreement_table(table, "w1", items, scales),
            "informants": informant_table(table, "w1", pairs),
        }


ONE_CATEGORY = people({"a": 30, "b": 30, "c": 30}).assign(q3=2.0)
NO_ANSWER = people({"a": 30, "b": 30, "c": 30}).assign(q1=np.nan, q2=np.nan, q3=np.nan, q4=np.nan)
HALF = people({"a": 30, "b": 30})
HALF.loc[HALF["group"] == "b", NAMES] = np.nan
CASES = {
    "nobody": (people({}), ["a", "b", "c"]),
    "a group of one": (people({"a": 1, "b": 40, "c": 40}), ["a", "b", "c"]),
    "a group of two": (people({"a": 2, "b": 40}), ["a", "b"]),
    "a group of three": (people({"a": 3, "b": 40}), ["a", "b"]),
    "one respondent": (people({"a": 1}), ["a"]),
    "a group that is not there": (people({"a": 30}), ["a", "b", "c"]),
    "no groups": (people({"": 40}), ["all"]),
    "no groups, nobody": (people({}), ["all"]),
    "an item of one category": (ONE_CATEGORY, ["a", "b", "c"]),
    "no answers": (NO_ANSWER, ["a", "b", "c"]),
    "no answers of a group": (HALF, ["a", "b"]),
    "no clusters": (people({"a": 30, "b": 30}).assign(cluster="", project=""), ["a", "b"]),
    "one cluster": (people({"a": 30, "b": 30}).assign(cluster="x", project="x"), ["a", "b"]),
    "all the same": (people({"a": 30, "b": 30}).assign(**dict.fromkeys(NAMES, 3.0)), ["a", "b"]),
}  # fmt: skip
CASES["a project each"] = (people({"a": 9, "b": 9}), ["a", "b"])
CASES["a project each"][0]["project"] = [f"p{k}" for k in range(18)]


@pytest.mark.parametrize("case", CASES)
def test_every_table_is_written(case):
    """Without a warning; what has no estimate has a note."""
    found = everything(*CASES[case])
    for name, frame in found.items():
        lacking = frame[ESTIMATES[name]].isna().any(axis=1)
        if name == "answers":
            assert (frame["n"][lacking] == 0).all()
        else:
            assert (frame["note"][lacking] != "").all(), (name, frame[lacking])


def test_what_a_group_was_not_asked_has_no_row():
    """b was asked none of the items, c not q1."""
    asked = {name: ["a", "c"] for name in NAMES} | {"q1": ["a"]}
    found = everything(people({"a": 30, "b": 30, "c": 30}), ["a", "b", "c"], asked)
    for name in ("items", "scales", "answers", "clusters", "agreement"):
        assert "b" not in set(found[name]["group"]), name
    assert set(found["groups"]["second"]) == set(found["informants"]["second"]) == {"c"}
    assert set(found["groups"]["items"]) == {3}


def test_all_tables_keep_their_columns_without_rows():
    found = everything(people({}), ["all"])
    full = everything(people({"": 40}), ["all"])
    for name, frame in found.items():
        assert list(frame.columns) == list(full[name].columns)
