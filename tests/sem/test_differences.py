"""Differences of chi-squares of nested models against lavaan's lavTestLRT.

Numbers from tests/reference/sem/differences/generate.R.
"""

import json
from functools import cache

import numpy as np
import pytest
from sem_cases import FOLDER, HS, table

from surveysem.sem import compare, fit

PAIRS = json.loads((FOLDER / "differences" / "differences.json").read_text("utf-8"))["pairs"]
ITEMS = [f"y{k}" for k in range(1, 13)]
GENERAL = "g =~ " + " + ".join(f"x{k}" for k in range(1, 10))
ORTHOGONAL = f"{HS}\nvisual ~~ 0*textual + 0*speed\ntextual ~~ 0*speed"
CROSS = f"{HS}\nvisual =~ x9"
THREE = "f1 =~ y1 + y2 + y3 + y4\nf2 =~ y5 + y6 + y7 + y8\nf3 =~ y9 + y10 + y11 + y12\nf3 ~ f1 + f2"
MODELS = {
    "orthogonal": (ORTHOGONAL, HS),
    "general": (GENERAL, HS),
    "cross": (HS, CROSS),
    "metric": (HS, HS),
    "path": (THREE.replace("f1 + f2", "f1 + 0*f2"), THREE),
}


@cache
def pair(name):
    """The restricted and the free model of a frozen pair."""
    estimator, _, kind = name.partition("_")
    options, data = {"estimator": "MLR" if estimator == "fiml" else estimator.upper()}, table("hs")
    if estimator == "fiml":
        options["missing"] = "fiml"
        row = np.arange(1, len(data) + 1)
        data = data.assign(
            **{f"x{j}": data[f"x{j}"].mask((row + 7 * j) % 17 == 0) for j in range(1, 10)}
        )
    if kind == "path":
        data, options["ordered"] = table("sim"), ITEMS
    equal = {}
    if kind == "metric":
        options["group"], equal = "school", {"group_equal": ["loadings"]}
    restricted, free = MODELS[kind]
    return fit(restricted, data, **options, **equal), fit(free, data, **options)


@pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name, found in PAIRS.items() for method in found]
)
def test_differences_against_lavaan(name, method):
    theirs = PAIRS[name][method]
    ours = compare(*pair(name), None if method == "default" else method)
    assert ours["df_diff"] == theirs["df_diff"]
    if theirs["chisq_diff"] is None:  # the factor is negative
        assert np.isnan(ours["chisq_diff"])
        assert ours["scaling_factor"] < 0
        return
    # c of a few df is a small difference: lavaan's numeric derivatives have it to fewer digits
    assert ours["chisq_diff"] == pytest.approx(theirs["chisq_diff"], rel=2e-5)


@pytest.mark.parametrize("estimator", ["mlmv", "mlmvs"])
@pytest.mark.parametrize("method", ["satorra_bentler_2001", "satorra_bentler_2010"])
def test_a_scaled_difference_takes_the_mean_of_the_statistic(estimator, method):
    """U Gamma is that of MLM, whose c is tr(U Gamma) / df; lavaan takes a factor that also
    holds the variance and has 35.0 (MLMV) and 24.0 (MLMVS) in place of 55.9."""
    found = compare(*pair(f"{estimator}_orthogonal"), method)
    assert found == pytest.approx(compare(*pair("mlm_orthogonal"), method), rel=1e-8)


def test_a_factor_close_to_zero_makes_the_difference_useless():
    """MLR with one df, in lavaan as here: 161 where the plain difference is 33.

    The score test, the Wald test and satorra_2000, which take no difference of two traces, agree.
    """
    restricted, free = pair("mlr_cross")
    found = compare(restricted, free)
    assert found["scaling_factor"] < 0.25
    indices = restricted.modification_indices().set_index(["lhs", "op", "rhs"])
    frame = free.parameters.set_index(["lhs", "op", "rhs"])
    wald = frame.loc[("visual", "=~", "x9"), "z"] ** 2
    score = indices.loc[("visual", "=~", "x9"), "mi_scaled"]
    scaled = compare(restricted, free, "satorra_2000")["chisq_diff"]
    assert all(20 < value < 35 for value in (wald, score, scaled))
    assert found["chisq_diff"] > 4 * scaled
