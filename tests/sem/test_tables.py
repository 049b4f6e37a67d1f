"""Parameter tables against lavaan's and semTools', row by row.

The R calls stand in tests/reference/sem/tables/generate.R: `parTable` of cfa, sem or growth
with do.fit = FALSE, and of the syntax that measEq.syntax writes.
"""

import json
from functools import cache

import pytest
from sem_cases import FOLDER

from surveysem.sem.table import build

GROUPS = {"g": 2, "h": 4}


@cache
def cases(name: str) -> dict:
    """Frozen tables by the name of the case."""
    found = json.loads((FOLDER / "tables" / f"{name}.json").read_text(encoding="utf-8"))
    found.pop("versions")
    return found


def built(case: dict, **more):
    """The engine's table of a case."""
    arguments = {k: v for k, v in case["arguments"].items() if k != "group"}
    groups = GROUPS.get(case["arguments"].get("group"), 1)
    arguments.setdefault("meanstructure", groups > 1)  # `fit` does so, as lavaan
    return build(
        case["model"],
        model_type=case["type"],
        groups=groups,
        ordered=case["ordered"],
        **arguments,
        **more,
    )


def parameters(rows) -> list[int]:
    """Number of the row (from 1) that a row is equal to: the first with its label; 0 if fixed."""
    first: dict[str, int] = {}
    return [
        0 if r.value is not None or r.exogenous else first.setdefault(r.label or f"#{k}", k + 1)
        for k, r in enumerate(rows)
    ]


@pytest.mark.parametrize("name", cases("tables"))
def test_rows_are_lavaans(name):
    case = cases("tables")[name]
    table = built(case)
    rows = sorted(table.rows, key=lambda r: case["group"].index(r.group))  # blocks in their order
    assert [(r.lhs, r.op, r.rhs, r.group) for r in rows] == list(
        zip(*(case[key] for key in ("lhs", "op", "rhs", "group")), strict=True)
    )
    none = [None] * len(rows)
    assert [r.value for r in rows] == case.get("value", none)
    assert [r.exogenous for r in rows] == case.get("exogenous", [False] * len(rows))
    assert parameters(rows) == case["parameter"]
    assert [r.label for r in rows] == case.get("label", [""] * len(rows))
    assert [r.start if r.value is None else None for r in rows] == case.get("start", none)
    assert [r.lower for r in rows] == case.get("lower", none)
    assert [r.upper for r in rows] == case.get("upper", none)


@pytest.mark.parametrize("name", cases("measeq"))
def test_rows_of_wu_and_estabrook_are_semtools(name):
    """The same parameters fixed, free and equal; semTools writes them in another order."""
    case = cases("measeq")[name]
    rows = built(case, id_cat="wu_estabrook", std_lv=True).rows
    ours = _settings([(r.lhs, r.op, r.rhs, r.group) for r in rows], [r.value for r in rows],
                     parameters(rows))  # fmt: skip
    keys = zip(*(case[key] for key in ("lhs", "op", "rhs", "group")), strict=True)
    theirs = _settings(list(keys), case["value"], case["parameter"])
    numeric = [key for key in theirs if key[1] == "~*~" and key[0] not in case["ordered"]]
    assert all(theirs.pop(key) == (1, frozenset()) for key in numeric)  # semTools fixes them
    assert ours == theirs


def _settings(keys, values, numbers) -> dict:
    """Of each row its fixed value, or the rows that are one parameter with it."""
    members: dict[int, set] = {}
    for key, number in zip(keys, numbers, strict=True):
        members.setdefault(number, set()).add(key)
    members[0] = set()
    return {
        key: (value, frozenset(members[number]))
        for key, value, number in zip(keys, values, numbers, strict=True)
    }
