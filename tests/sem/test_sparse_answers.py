"""Ordinal answers too sparse for their correlations are findings, by name."""

import numpy as np
import pandas as pd

from surveysem.sem import fit, simulate

MODEL = "f =~ a + b + c + d"
POPULATION = "f =~ 0.7*a + 0.7*b + 0.7*c + 0.7*d"
NAMES = list("abcd")


def answers(n: int, cuts, seed: int = 1) -> pd.DataFrame:
    data = simulate(POPULATION, n, seed, thresholds=dict.fromkeys(NAMES, cuts), standardized=True)
    return data


def kinds(found) -> list[str]:
    return [problem.kind for problem in found.problems]


def test_full_tables_are_no_finding():
    assert kinds(fit(MODEL, answers(2000, [-0.5, 0.5]), ordered=NAMES)) == []


def test_empty_cells_are_counted_as_in_the_tables():
    data = answers(150, [-1.2, -0.5, 0.5, 1.2])
    found = fit(MODEL, data, ordered=NAMES)
    tables = {
        (x, y): int((pd.crosstab(data[x], data[y]) == 0).sum().sum())
        for k, x in enumerate(NAMES)
        for y in NAMES[:k]
    }
    (problem,) = found.problems
    assert (problem.kind, problem.inadmissible) == ("empty_cells", False)
    assert problem.message.startswith(f"{sum(n > 0 for n in tables.values())} of 6 pairs")
    assert f"({max(tables.values())} of 25 cells)" in problem.message
    assert found.admissible


def test_a_group_is_named():
    data = pd.concat(
        [answers(2000, [-0.5, 0.5]).assign(g="many"), answers(25, [-0.5, 0.5], 3).assign(g="few")]
    )
    found = fit(MODEL, data, ordered=NAMES, group="g")
    cells = [p for p in found.problems if p.kind == "empty_cells"]
    assert len(cells) == 1
    assert "(group few)" in cells[0].message


def test_items_that_repeat_each_other():
    data = answers(400, [0.0])
    data["b"] = np.where(np.arange(400) == np.flatnonzero(data["a"] == 1)[0], 2, data["a"])
    found = fit(MODEL, data, ordered=NAMES)
    (at_bound,) = [p for p in found.problems if p.kind == "bound_correlation"]
    assert at_bound.subject in ("a ~~ b", "b ~~ a")
