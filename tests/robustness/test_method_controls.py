"""Structural paths with a method controlled, against lavaan, planted truths, and in words."""

import numpy as np
import pandas as pd
import pytest

from reference_data import SCALES, frozen, leadership
from surveysem.models import measurement_text
from surveysem.robustness.method import COLUMNS, NAMED, method_controls

FROZEN = frozen("measurement", "method")
FACTORS = {code: SCALES[code] for code in ("LEAD", "TSIG")}
THEORY = measurement_text(FACTORS) + "TSIG ~ H1*LEAD\n"
MARK = {"MARK": SCALES["HOSTILE"]}


def controlled(table, texts, markers=MARK, reverse=(), groups=("all",)):
    found = method_controls(table, texts, model="m", wave="w", groups=list(groups),
                            markers=markers, reverse=reverse)  # fmt: skip
    assert found.columns.tolist() == COLUMNS
    return found.set_index("control")


@pytest.fixture(scope="module")
def found():
    return controlled(leadership(), {"theory": THEORY}, reverse=FROZEN["turned"])


@pytest.mark.parametrize(("control", "name"), [("ulmc", "ulmc"), ("marker:MARK", "method_c")])
def test_a_single_path_is_lavaans_correlation_with_the_method_controlled(found, control, name):
    """Of two constructs, one path is their correlation, with the method as without."""
    r = found.loc[control]
    assert (r["lhs"], r["rhs"], r["estimator"]) == ("TSIG", "LEAD", "ML")
    assert r["std_with"] == pytest.approx(FROZEN[name]["correlation"], abs=1e-4)
    assert r["change"] == pytest.approx(r["std_with"] - r["std"], abs=1e-12)
    assert (r["note"] == "changed") == (abs(r["change"]) > NAMED)


def test_a_negative_method_variance_gives_no_path(found):
    r = found.loc["ulmc_keyed"]
    assert np.isnan(r["std_with"])
    assert r["note"] == "inadmissible: negative variance of method: -0.015"


def planted(n=4000, seed=5) -> pd.DataFrame:
    """A true path of .3 from A to B; every item leans the same way, as does the marker M."""
    rng = np.random.default_rng(seed)
    a, lean = rng.standard_normal((2, n))
    b = 0.3 * a + np.sqrt(1 - 0.09) * rng.standard_normal(n)
    factors = {"a": a, "b": b, "m": rng.standard_normal(n)}
    weight = {"a": 0.7, "b": 0.7, "m": 0.4}
    return pd.DataFrame({
        f"{f}{k}": weight[f] * values + 0.5 * lean + 0.5 * rng.standard_normal(n)
        for f, values in factors.items() for k in range(4)
    })  # fmt: skip


PLANTED = measurement_text({c: [f"{c.lower()}{k}" for k in range(4)] for c in "AB"}) + "B ~ A\n"
M = {"M": [f"m{k}" for k in range(4)]}


def test_a_planted_leaning_makes_a_path_that_a_marker_takes_away():
    r = controlled(planted(), {"theory": PLANTED}, markers=M).loc["marker:M"]
    assert r["std"] > 0.45
    assert abs(r["std_with"] - 0.3) < abs(r["std"] - 0.3) / 2
    assert r["note"] == "changed"


def test_both_fits_have_the_rows_that_answered_the_marker():
    table = planted(n=400)
    table.loc[:99, "m0"] = np.nan
    found = controlled(table, {"theory": PLANTED}, markers=M)
    assert found["n"].to_dict() == {"ulmc": 400, "marker:M": 300}


def test_full_information_where_most_left_an_item_out():
    table = planted(n=400)
    table.loc[:149, "a0"] = table.loc[150:299, "b0"] = np.nan
    found = controlled(table, {"theory": PLANTED}, markers={})
    assert found[["estimator", "n"]].values.tolist() == [["MLR", 400]]


def test_models_without_paths_are_left_out():
    assert controlled(leadership(), {"cfa": measurement_text(FACTORS)}).empty


def test_what_cannot_be_controlled_ends_in_words():
    table = leadership(rows=300)
    found = controlled(table, {"theory": THEORY}, markers={"LEAD": SCALES["LEAD"]})
    assert found.loc["marker:LEAD", "note"] == "marker_in_model: LEAD"
    table["TSIG01"] = 2.0
    found = controlled(table, {"theory": THEORY})
    assert found["note"].str.startswith("not_fitted").all()
    found = controlled(table.assign(group="north"), {"theory": THEORY}, groups=("south",))
    assert set(found["note"]) == {"no_data: south"}
