"""Further models of the same data, and what releasing some of their rows would bring."""

import json

import numpy as np
import pandas as pd
import pytest
from sem_cases import FOLDER, HS, table

from surveysem.sem import fit, refit, release_tests, simulate
from surveysem.sem.errors import ModelError, NotAvailableError

FROZEN = json.loads((FOLDER / "release" / "release.json").read_text(encoding="utf-8"))
LADDER = [("loadings",), ("loadings", "intercepts"), ("loadings", "intercepts", "residuals")]
ORDINAL = [
    ("thresholds",),
    ("thresholds", "loadings"),
    ("thresholds", "loadings", "intercepts"),
]
ONE = "f =~ .7*a + .8*b + .6*c + .5*d"


def holes(rows):
    """Every eleventh answer to each item is missing, another row for each."""
    n = np.arange(len(rows))
    items = [f"x{k}" for k in range(1, 10)]
    return rows.assign(**{x: rows[x].mask((n + 3 * k) % 11 == 0) for k, x in enumerate(items)})


def ordinal_data():
    parts = []
    for group, seed in (("p", 3), ("q", 4)):
        part = simulate(ONE + "\nf ~~ 1*f", 300, seed, thresholds={x: [-1, 0, 1] for x in "abcd"})
        parts.append(part.assign(group=group))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def scalar():
    return fit(HS, table("hs"), group="school", group_equal=LADDER[1])


@pytest.mark.parametrize(
    "options", [{}, {"estimator": "MLR"}, {"estimator": "MLR", "missing": "fiml"}]
)
def test_a_refit_says_what_a_fit_says(options):
    rows = holes(table("hs")) if options.get("missing") else table("hs")
    before = fit(HS, rows, group="school", std_lv=True, **options)
    for equal in LADDER:
        before = refit(before, HS, std_lv=True, group_equal=equal)
        anew = fit(HS, rows, group="school", std_lv=True, group_equal=equal, **options)
        assert before.df == anew.df
        np.testing.assert_allclose(before.parameters["est"], anew.parameters["est"], atol=2e-5)
        np.testing.assert_allclose(before.parameters["se"], anew.parameters["se"], atol=2e-5)
        for name, value in anew.measures.items():
            assert before.measures[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name


def test_a_refit_of_ordinal_items_says_what_a_fit_says():
    rows, model = ordinal_data(), "f =~ a + b + c + d"
    more = {"id_cat": "wu_estabrook", "std_lv": True}
    asked = {"estimator": "WLSMV", "ordered": True, "group": "group", "parameterization": "theta"}
    before = fit(model, rows, **asked, **more)
    for equal in ORDINAL:
        before = refit(before, model, group_equal=equal, **more)
        anew = fit(model, rows, group_equal=equal, **asked, **more)
        np.testing.assert_allclose(before.parameters["est"], anew.parameters["est"], atol=2e-5)
        for name, value in anew.measures.items():
            assert before.measures[name] == pytest.approx(value, rel=1e-5, abs=1e-6, nan_ok=True)


def test_a_refit_needs_the_same_variables(scalar):
    with pytest.raises(ModelError, match="same order"):
        refit(scalar, "visual =~ x2 + x1 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9")


def test_a_refit_refuses_auxiliary_variables():
    found = fit("f =~ x1 + x2 + x3", table("hs"), missing="fiml", auxiliary=["x4"])
    with pytest.raises(NotAvailableError, match="auxiliary"):
        refit(found, "f =~ x1 + x2 + x3")


def positions(result, names, group=2):
    return [k for k, r in enumerate(result.table.rows) if r.name in names and r.group == group]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("x3", ["visual=~x3", "x3~1"]),
        ("visual", ["visual=~x2", "visual=~x3"]),
        ("x7", ["x7~1"]),
    ],
)
def test_joint_releases_agree_with_lavaan(scalar, name, rows):
    found = release_tests(scalar, {name: positions(scalar, rows)}).iloc[0]
    theirs = FROZEN["sets"][name]
    assert found["df"] == theirs["df"]
    assert found["chisq"] == pytest.approx(theirs["X2"], rel=1e-5)
    assert found["pvalue"] == pytest.approx(theirs["p.value"], rel=1e-4)


def test_all_releases_together_are_the_total_score_test(scalar):
    table, total = scalar.score_test()
    markers = {"visual=~x1", "textual=~x4", "speed=~x7"}
    names = {f"{f}=~x{k}" for k in range(1, 10) for f in ("visual", "textual", "speed")}
    rows = positions(scalar, names - markers | {f"x{k}~1" for k in range(1, 10)})
    found = release_tests(scalar, {"every": rows}).iloc[0]
    assert len(rows) == len(table)
    assert (found["chisq"], found["df"]) == (pytest.approx(total["chisq"], rel=1e-9), total["df"])


def test_a_fixed_row_released_is_its_modification_index():
    found = fit(HS + "\nx1 ~~ 0*x2", table("hs"), estimator="MLM")
    row = [k for k, r in enumerate(found.table.rows) if r.name == "x1~~x2"]
    test = release_tests(found, {"x": row}).iloc[0]
    indices = found.modification_indices()
    mi = indices[(indices["lhs"] == "x1") & (indices["rhs"] == "x2")].iloc[0]
    assert test["chisq"] == pytest.approx(mi["mi"], rel=1e-8)
    assert test["chisq_scaled"] == pytest.approx(mi["mi_scaled"], rel=1e-8)


def test_a_release_that_changes_nothing_has_no_test():
    found = fit("f =~ x1 + x2 + x3", table("hs"), std_lv=True, meanstructure=True)
    mean = [k for k, r in enumerate(found.table.rows) if r.name == "f~1"]
    test = release_tests(found, {"mean": mean}).iloc[0]
    assert (test["df"], np.isnan(test["chisq"])) == (0, True)


def test_equal_thresholds_alone_leave_no_robust_rmsea():
    """Three items fit their correlations by construction; all df are of the thresholds."""
    rows = ordinal_data()
    asked = {"estimator": "WLSMV", "ordered": True, "group": "group", "parameterization": "theta"}
    found = fit(
        "f =~ a + b + c", rows, **asked, group_equal=["thresholds"], id_cat="wu_estabrook",
        std_lv=True,
    )  # fmt: skip
    assert found.df > 0
    assert np.isnan(found.measures["rmsea_robust"])
    assert np.isfinite(found.measures["rmsea_scaled"])
