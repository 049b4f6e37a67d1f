"""Common method: Harman, unmeasured factor, marker technique, against lavaan and psych."""

import numpy as np
import pandas as pd
import pytest

from reference_data import SCALES, close, frozen, leadership
from surveysem.measurement import methodmodels
from surveysem.measurement.latent import unit_text
from surveysem.measurement.method import COLUMNS, common_method, harman
from surveysem.models import attempt

FROZEN = frozen("measurement", "method")
FACTORS = {code: SCALES[code] for code in ("LEAD", "TSIG")}
MARK = {"MARK": SCALES["HOSTILE"]}


def made(table, factors, markers=None, reverse=(), groups=("all",)):
    found = common_method(table, model="m", wave="w", groups=list(groups), factors=factors,
                          markers=markers or {}, reverse=reverse)  # fmt: skip
    assert found.columns.tolist() == COLUMNS
    return found


@pytest.fixture(scope="module")
def table():
    return made(leadership(), FACTORS, MARK, FROZEN["turned"])


def value(table, technique, name, statistic, construct="", other=""):
    mine = table[(table["technique"] == technique) & (table["fit"] == name)
                 & (table["statistic"] == statistic) & (table["construct"] == construct)
                 & (table["with"] == other)]  # fmt: skip
    return mine["est"].item()


def planted(method=0.0, acquiescence=0.0, n=1500, seed=3):
    """Two constructs and a marker of four items each; two of each four items are turned.

    method: loading of a leaning in the direction scored; acquiescence: in the direction asked.
    """
    rng = np.random.default_rng(seed)
    F = rng.multivariate_normal(np.zeros(3), [[1, 0.3, 0], [0.3, 1, 0], [0, 0, 1]], n)
    lean, agree = rng.standard_normal((2, n))
    data, scales = {}, {}
    for j, code in enumerate("ABM"):
        scales[code] = [f"{code.lower()}{k}" for k in range(4)]
        for k, item in enumerate(scales[code]):
            data[item] = (0.7 + 0.05 * k) * F[:, j] + method * lean + 0.6 * rng.standard_normal(n)
            data[item] += acquiescence * agree * (-1 if k % 2 else 1)
    turned = [item for items in scales.values() for item in items[1::2]]
    return pd.DataFrame(data), {c: scales[c] for c in "AB"}, {"M": scales["M"]}, turned


# Against lavaan and psych --------------------------------------------------------------------------


def test_harman_against_psych(table):
    R = leadership([i for items in FACTORS.values() for i in items]).corr().to_numpy()
    assert close(harman(R), [FROZEN["harman"]["component"], FROZEN["harman"]["axis"]])
    assert close(value(table, "harman", "", "share_component"), FROZEN["harman"]["component"])


@pytest.mark.parametrize("name", ["cfa", "baseline", "method_c", "method_u", "method_r"])
def test_models_of_the_marker_technique_against_lavaan(table, name):
    for statistic in ("chisq", "df"):
        assert close(value(table, "marker:MARK", name, statistic), FROZEN[name][statistic], 1e-6)


def test_differences_of_the_marker_technique_against_lavaan(table):
    for name, one, other in (
        ("method_c", "baseline", "method_c"),
        ("method_u", "method_c", "method_u"),
        ("method_r", "method_r", "method_u"),
    ):
        gap = FROZEN[one]["chisq"] - FROZEN[other]["chisq"]
        assert close(value(table, "marker:MARK", name, "chisq_diff"), gap, 1e-5)
        assert (
            value(table, "marker:MARK", name, "df_diff") == FROZEN[one]["df"] - FROZEN[other]["df"]
        )
    assert value(table, "marker:MARK", "method_u", "kept") == 1  # equal loadings do not suffice


@pytest.mark.parametrize(("technique", "name"), [
    ("ulmc", "ulmc"), ("marker:MARK", "method_c"), ("marker:MARK", "method_u"),
])  # fmt: skip
def test_shares_of_the_method_against_lavaan(table, technique, name):
    theirs = FROZEN[name]
    assert close(value(table, technique, name, "method_share"), theirs["share"], 1e-4)
    for construct in FACTORS:
        for ours, key in (("method_share", "share"), ("reliability_substance", "substance"),
                          ("reliability_method", "method")):  # fmt: skip
            assert close(
                value(table, technique, name, ours, construct), theirs[construct][key], 1e-4
            )
    r = value(table, technique, name, "latent_correlation", "LEAD", "TSIG")
    assert close(r, theirs["correlation"], 1e-4)


def test_unmeasured_factor_against_lavaan(table):
    plain = attempt(unit_text(FACTORS), leadership(), ["all"])
    for name, turned in (("ulmc", ()), ("ulmc_keyed", FROZEN["turned"])):
        tried = attempt(
            methodmodels.unmeasured(unit_text(FACTORS), "method", turned),
            leadership(),
            ["all"],
            after=plain.fit,
        )
        assert close(tried.fit.chisq, FROZEN[name]["chisq"], 1e-6)
        p = tried.fit.parameters
        own = p[(p["lhs"] == "method") & (p["rhs"] == "method")]["est"].item()
        assert close(own, FROZEN[name]["variance"], 1e-4)
    gap = FROZEN["plain"]["chisq"] - FROZEN["ulmc"]["chisq"]
    assert close(value(table, "ulmc", "ulmc", "chisq_diff"), gap, 1e-5)


def test_a_negative_method_variance_is_flagged_and_not_reported(table):
    mine = table[table["technique"] == "ulmc_keyed"]
    assert mine["statistic"].tolist() == ["not_reported"]
    assert mine["note"].item() == "inadmissible: negative variance of method: -0.015"


# Planted method ------------------------------------------------------------------------------------


def test_a_planted_leaning_is_found_by_the_marker():
    data, factors, markers, turned = planted(method=0.45)
    found = made(data, factors, markers, turned)
    assert value(found, "marker:M", "method_c", "p_diff") < 1e-6
    # the leaning is .45^2 of about 1.3; the marker is only partly made of it
    share = value(found, "marker:M", "method_c", "method_share")
    assert 0.02 < share < 0.16
    before = value(found, "marker:M", "baseline", "chisq")
    assert before > value(found, "marker:M", "method_c", "chisq")
    r = value(found, "marker:M", "method_c", "latent_correlation", "A", "B")
    assert r < r - value(found, "marker:M", "method_c", "change", "A", "B")


def test_a_planted_acquiescence_is_found_by_the_turned_items():
    data, factors, markers, turned = planted(acquiescence=0.4)
    found = made(data, factors, markers, turned)
    true = np.mean([0.16 / (0.16 + 0.36 + (0.7 + 0.05 * k) ** 2) for k in range(4)])
    assert close(value(found, "ulmc_keyed", "ulmc_keyed", "method_share"), true, 0.02)
    assert value(found, "ulmc_keyed", "ulmc_keyed", "p_diff") < 1e-6


def test_without_a_method_none_is_found():
    data, factors, markers, turned = planted()
    found = made(data, factors, markers, turned)
    c = found[(found["fit"] == "method_c") & (found["statistic"] == "p_diff")]
    assert c["note"].item() == "not_distinct_from_none"
    changes = found[(found["fit"] == "method_c") & (found["statistic"] == "change")]["est"]
    assert (changes.abs() < 0.02).all()


# Model text ----------------------------------------------------------------------------------------


def test_method_factor_has_a_name_of_its_own():
    assert methodmodels.free_name(["a", "b"]) == "method"
    assert methodmodels.free_name(["method", "method."]) == "method.."


def test_items_of_higher_order_models_are_the_observed_ones():
    text = "f =~ x1 + x2\ng =~ x3 + x4\nh =~ f + g\n"
    assert methodmodels.measured_by(text) == (["f", "g", "h"], ["x1", "x2", "x3", "x4"])


def test_a_method_named_construct_is_no_obstacle():
    data, factors, _, turned = planted(acquiescence=0.4, n=400)
    factors = {"method": factors["A"], "B": factors["B"]}
    found = made(data, factors, reverse=turned)
    assert value(found, "ulmc_keyed", "ulmc_keyed", "method_share") > 0.05


# Where it cannot be computed -------------------------------------------------------------------------


def note(table, technique, statistic="not_computed"):
    mine = table[(table["technique"] == technique) & (table["statistic"] == statistic)]
    return mine["note"].item()


def test_no_marker_ends_in_words():
    found = made(leadership(rows=200), FACTORS)
    assert note(found, "marker") == "no_marker: no construct with role marker was asked"
    assert "ulmc_keyed" not in set(found["technique"])  # no item is turned


def test_the_estimator_is_named_and_keeps_the_incomplete_where_most_are(table):
    assert set(table["estimator"]) == {"", "ML"}  # none of Harman's
    data, factors, _, _ = planted(n=300)
    data.loc[:99, "a0"] = data.loc[100:199, "b0"] = np.nan
    found = made(data, factors)
    assert set(found["estimator"]) == {"", "MLR"}
    assert set(found[found["technique"] == "ulmc"]["n"]) == {300}


def test_one_construct_has_no_unmeasured_factor_but_a_marker():
    found = made(leadership(), {"LEAD": SCALES["LEAD"]}, MARK)
    assert note(found, "ulmc") == "few_constructs: a method factor needs two constructs"
    assert value(found, "marker:MARK", "method_c", "p_diff") < 1e-6
    assert "method_r" not in set(found["fit"])


def test_an_item_without_variance_ends_in_words():
    table = leadership(rows=200)
    table["TSIG01"] = 2.0
    found = made(table, FACTORS, MARK)
    assert note(found, "harman", "left_out") == "no_variance: TSIG01"
    assert np.isfinite(value(found, "harman", "", "share_component"))
    for technique in ("ulmc", "marker:MARK"):
        assert "TSIG01" in note(found, technique)


def test_no_answers_and_too_few_end_in_words():
    table = leadership(rows=30)
    found = made(table.assign(**dict.fromkeys(table.columns, np.nan)), FACTORS, MARK)
    assert note(found, "harman") == "few_items: 0 with answers that differ"
    found = made(leadership(rows=12), FACTORS, MARK)
    assert note(found, "harman") == "few_respondents: 12 for 14 items"
    assert note(found, "ulmc").startswith("not_fitted")
    assert note(found, "marker:MARK").startswith("not_fitted")


def test_groups_alone_and_harman_together():
    data, factors, markers, turned = planted(acquiescence=0.4, n=600)
    data["group"] = np.where(np.arange(600) % 2, "north", "south")
    found = made(data, factors, markers, turned, ("south", "north"))
    together = found[found["group"] == "all"]
    assert set(together["technique"]) == {"harman"}
    for group in ("south", "north"):
        mine = found[found["group"] == group]
        assert value(mine, "ulmc_keyed", "ulmc_keyed", "method_share") > 0.05
