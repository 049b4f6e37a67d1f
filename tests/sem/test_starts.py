"""Minima that are hard to reach are those that lavaan finds, or lower ones.

Values of F from tests/reference/sem/starts/generate.R.
"""

import json

import pytest
from sem_cases import FOLDER, table

from surveysem.sem import fit

CASES = json.loads((FOLDER / "starts" / "starts.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("name", CASES)
def test_the_minimum_is_lavaans(name):
    c = CASES[name]
    data = table(c["data"]).copy()
    data[c["reverse"]] = -data[c["reverse"]]
    given = {key.replace(".", "_"): value for key, value in (c["arguments"] or {}).items()}
    found = fit(c["model"], data, **given)
    assert found.converged
    if c["F"] is not None:
        assert pytest.approx(c["F"], rel=1e-6, abs=1e-8) == found.estimate.F
