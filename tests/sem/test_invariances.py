"""What must not change a fit, or must change it in a known way, for any item, order or scale."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sem_cases import table

from surveysem.sem import fit

FACTORS = {
    "visual": ("x1", "x2", "x3"),
    "textual": ("x4", "x5", "x6"),
    "speed": ("x7", "x8", "x9"),
}
STRUCTURE = "speed ~ visual + textual\ntextual ~ visual"
ITEMS = [item for items in FACTORS.values() for item in items]
MARKERS = [items[0] for items in FACTORS.values()]
KEYS = ["lhs", "op", "rhs", "group_label"]

few = settings(max_examples=15, deadline=None, derandomize=True)
scales = st.sampled_from([1e-9, 1e-6, 1e-3, 0.1, 3.0, 1e2, 1e5, 1e9])
items = st.sampled_from(ITEMS)
followers = st.sampled_from([item for item in ITEMS if item not in MARKERS])


def model(factors=FACTORS, markers=None):
    """Text of the model, with the markers named or the first item of each."""
    lines = []
    for factor, names in factors.items():
        marker = (markers or {}).get(factor)
        terms = [f"{'1' if name == marker else 'NA' if marker else ''}*{name}" for name in names]
        lines.append(f"{factor} =~ " + " + ".join(term.removeprefix("*") for term in terms))
    return "\n".join([*lines, STRUCTURE])


def run(data=None, text=None, **arguments):
    return fit(text or model(), table("hs") if data is None else data, **arguments)


@pytest.fixture(scope="module")
def plain():
    return run()


def std_all(found):
    """Standardised estimates and their standard errors, by parameter."""
    return found.standardized().set_index(KEYS)[["est", "se"]].sort_index()


def raw(found):
    """Estimates and standard errors by parameter."""
    return found.parameters.set_index(KEYS)[["est", "se"]].sort_index()


def same(ours, theirs, tolerance=1e-6):
    """Assert equality of two frames with the same keys."""
    assert list(ours.index) == list(theirs.index)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def same_fit(ours, theirs):
    """Assert equality of chi-square and of everything standardised."""
    assert ours.converged
    assert ours.measures["chisq"] == pytest.approx(theirs.measures["chisq"], rel=1e-9)
    same(std_all(ours), std_all(theirs))


@few
@given(item=items, scale=scales, shift=st.floats(-100, 100))
def test_the_unit_of_an_item_is_free(plain, item, scale, shift):
    data = table("hs").copy()
    data[item] = (data[item] + shift) * scale
    same_fit(run(data), plain)


@few
@given(item=followers, scale=scales)
def test_loading_and_residual_follow_the_unit_of_an_item(plain, item, scale):
    data = table("hs").copy()
    data[item] = data[item] * scale
    expected = raw(plain).copy()
    expected[expected.index.get_level_values("rhs") == item] *= scale
    expected[expected.index.get_level_values("lhs") == item] *= scale  # the residual, twice
    same(raw(run(data)) / expected.where(expected != 0, 1), expected * 0 + (expected != 0))


@few
@given(scale=scales)
def test_a_marker_lends_its_unit_to_its_latent(plain, scale):
    data = table("hs").copy()
    data["x1"] = data["x1"] * scale
    ours, theirs = raw(run(data))["est"], raw(plain)["est"]
    assert ours["visual", "=~", "x2", ""] == pytest.approx(theirs["visual", "=~", "x2", ""] / scale)
    assert ours["speed", "~", "visual", ""] == pytest.approx(
        theirs["speed", "~", "visual", ""] / scale
    )
    assert ours["visual", "~~", "visual", ""] == pytest.approx(
        theirs["visual", "~~", "visual", ""] * scale**2
    )


@few
@given(item=items, shift=st.floats(-1000, 1000))
def test_only_the_intercept_follows_the_mean_of_an_item(item, shift):
    data = table("hs").copy()
    data[item] = data[item] + shift
    expected = raw(run(meanstructure=True)).copy()
    expected.loc[(item, "~1", "", ""), "est"] += shift
    same(raw(run(data, meanstructure=True)), expected)


@few
@given(reversed_items=st.sets(items, min_size=1))
def test_reverse_keyed_items_turn_the_sign_of_their_loading(plain, reversed_items):
    data = table("hs").copy()
    data[sorted(reversed_items)] *= -1
    found = run(data)
    assert found.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-9)
    same(std_all(found).abs(), std_all(plain).abs())
    turned = {factor for factor, names in FACTORS.items() if names[0] in reversed_items}
    for factor, names in FACTORS.items():
        for item in names:
            sign = -1 if (item in reversed_items) != (factor in turned) else 1
            assert np.sign(std_all(found).loc[(factor, "=~", item, ""), "est"]) == sign


@few
@given(seed=st.integers(0, 10**6), group=st.sampled_from([None, "school"]))
def test_the_order_of_rows_is_free(seed, group):
    data = table("hs").sample(frac=1, random_state=seed)
    order = ["Pasteur", "Grant-White"] if group else None
    same(raw(run(data, group=group, group_order=order)), raw(run(group=group, group_order=order)))


@few
@given(rows=st.lists(st.integers(0, 300), max_size=5), columns=st.permutations(ITEMS))
def test_the_order_of_columns_and_the_index_are_free(plain, rows, columns):
    data = table("hs")[columns]
    data.index = [rows[k] if k < len(rows) else 7 for k in range(len(data))]
    same(raw(run(data)), raw(plain))


@few
@given(
    orders=st.tuples(*(st.permutations(names[1:]) for names in FACTORS.values())),
    factors=st.permutations(sorted(FACTORS)),
)
def test_the_order_of_items_and_factors_is_free(plain, orders, factors):
    rest = dict(zip(FACTORS, orders, strict=True))
    text = model({factor: (FACTORS[factor][0], *rest[factor]) for factor in factors})
    found = run(text=text)
    same_fit(found, plain)
    same(raw(found), raw(plain))


@few
@given(markers=st.tuples(*(st.sampled_from(names) for names in FACTORS.values())))
def test_the_marker_is_free(plain, markers):
    chosen = dict(zip(FACTORS, markers, strict=True))
    found = run(text=model(markers=chosen))
    same_fit(found, plain)
    ours, theirs = raw(found)["est"], raw(plain)["est"]
    for factor, names in FACTORS.items():
        for item in names:
            unit = theirs[factor, "=~", chosen[factor], ""]
            expected = theirs[factor, "=~", item, ""] / unit
            assert ours[factor, "=~", item, ""] == pytest.approx(expected, rel=1e-6)


def test_the_way_of_scaling_latents_is_free(plain):
    same_fit(run(std_lv=True), plain)


@few
@given(
    order=st.permutations(["A", "B", "C"]),
    equal=st.sampled_from([(), ("loadings",), ("loadings", "intercepts"), ("regressions",)]),
)
def test_the_order_of_groups_is_free(order, equal):
    text = "f =~ y1 + y2 + y3 + y4\ng =~ y13 + y14 + y15\ng ~ f"
    reference = fit(text, table("sim"), group="grp", group_equal=equal)
    found = fit(text, table("sim"), group="grp", group_order=order, group_equal=equal)
    assert list(found.group_labels) == order
    assert found.measures["chisq"] == pytest.approx(reference.measures["chisq"], rel=1e-9)
    if "intercepts" not in equal:  # else the first group is where the latent means are zero
        same(raw(found), raw(reference))


@few
@given(copies=st.integers(2, 5))
def test_copies_of_the_data_multiply_chi_square_and_shrink_errors(plain, copies):
    found = run(pd.concat([table("hs")] * copies))
    expected = copies * plain.measures["chisq"]
    assert found.measures["chisq"] == pytest.approx(expected, rel=1e-9)
    same(raw(found), raw(plain) / [1, np.sqrt(copies)])


@few
@given(order=st.permutations(ITEMS))
def test_moments_do_as_well_as_data(plain, order):
    data = table("hs")[order]
    same(raw(run_moments(data.cov(), len(data))), raw(plain))


def run_moments(cov, n):
    return fit(model(), sample_cov=cov, sample_nobs=n)


@few
@given(covariates=st.permutations(["sex", "ageyr", "grade"]), means=st.booleans())
def test_fixed_and_random_covariates_give_the_same_structure(covariates, means):
    data = table("hs").dropna()
    text = model() + "\nvisual + textual ~ " + " + ".join(covariates)
    fixed = run(data, text, meanstructure=means)
    free = run(data, text, meanstructure=means, fixed_x=False)
    assert free.measures["chisq"] == pytest.approx(fixed.measures["chisq"], rel=1e-9)
    ours, theirs = raw(free), raw(fixed)
    moments = theirs.index.get_level_values("lhs").isin(covariates)
    same(ours[~moments], theirs[~moments])
    same(ours.loc[moments, ["est"]], theirs.loc[moments, ["est"]])


# Incomplete and ordinal data ------------------------------------------------------

ORDINAL = "f =~ y1 + y2 + y3\ng =~ y9 + y10 + y11\ng ~ f"
ORDERED = ["y1", "y2", "y9", "y10"]


def with_holes(data, names):
    """Answers of each column missing in every 17th row, in other rows for each."""
    holes = {n: data[n].mask((np.arange(len(data)) + 7 * k) % 17 == 0) for k, n in enumerate(names)}
    return data.assign(**holes)


@pytest.fixture(scope="module")
def incomplete():
    return run(with_holes(table("hs"), ITEMS), missing="fiml")


@pytest.fixture(scope="module")
def mixed():
    return fit(ORDINAL, table("sim").head(400), ordered=ORDERED)


@few
@given(item=items, scale=scales, shift=st.floats(-100, 100))
def test_the_unit_of_an_incomplete_item_is_free(incomplete, item, scale, shift):
    data = with_holes(table("hs"), ITEMS)
    data[item] = (data[item] + shift) * scale
    found = run(data, missing="fiml")
    assert found.converged
    assert found.measures["chisq"] == pytest.approx(incomplete.measures["chisq"], rel=1e-6)
    covariances = ~std_all(found).index.isin([(item, "~1", "", "")])  # its mean is shifted
    same(std_all(found)[covariances], std_all(incomplete)[covariances], 1e-5)


@few
@given(seed=st.integers(0, 10**6), markers=st.tuples(*map(st.sampled_from, FACTORS.values())))
def test_rows_and_markers_of_incomplete_data_are_free(incomplete, seed, markers):
    data = with_holes(table("hs"), ITEMS).sample(frac=1, random_state=seed)
    found = run(data, model(markers=dict(zip(FACTORS, markers, strict=True))), missing="fiml")
    assert found.measures["chisq"] == pytest.approx(incomplete.measures["chisq"], rel=1e-8)
    same(std_all(found), std_all(incomplete))


@few
@given(item=st.sampled_from(["y3", "y11"]), scale=scales)
def test_the_unit_of_a_numeric_item_beside_ordinal_ones_is_free(mixed, item, scale):
    data = table("sim").head(400).copy()
    data[item] = data[item] * scale
    found = fit(ORDINAL, data, ordered=ORDERED)
    for measure in ("chisq", "chisq_scaled", "cfi_scaled", "rmsea_scaled", "srmr"):
        assert found.measures[measure] == pytest.approx(mixed.measures[measure], rel=1e-6)
    same(std_all(found), std_all(mixed), 1e-5)


@few
@given(item=st.sampled_from(ORDERED), seed=st.integers(0, 10**6))
def test_a_turned_ordinal_item_turns_its_thresholds_and_its_loading(mixed, item, seed):
    data = table("sim").head(400).sample(frac=1, random_state=seed)
    data[item] = -data[item]
    found = fit(ORDINAL, data, ordered=ORDERED)
    assert found.measures["chisq_scaled"] == pytest.approx(mixed.measures["chisq_scaled"], rel=1e-6)
    ours, theirs = std_all(found)["est"], std_all(mixed)["est"]
    cuts = theirs.index.get_level_values("op") == "|"
    own = cuts & (theirs.index.get_level_values("lhs") == item)
    np.testing.assert_allclose(ours[own], -theirs[own][::-1], atol=1e-6)
    np.testing.assert_allclose(ours[~cuts].abs(), theirs[~cuts].abs(), atol=1e-6)


@settings(few, max_examples=6)
@given(marker=st.sampled_from(["y9", "y10", "y11"]), order=st.permutations(["A", "B", "C"]))
def test_markers_and_groups_of_ordinal_data_are_free(marker, order):
    terms = [f"{'1' if n == marker else 'NA'}*{n}" for n in ("y9", "y10", "y11")]
    text = "f =~ y1 + y2 + y3\ng =~ " + " + ".join(terms)
    arguments = {"ordered": ORDERED, "group": "grp", "group_equal": ["loadings"]}
    reference = fit("f =~ y1 + y2 + y3\ng =~ y9 + y10 + y11", table("sim"), **arguments)
    found = fit(text, table("sim"), group_order=order, **arguments)
    assert found.measures["chisq"] == pytest.approx(reference.measures["chisq"], rel=1e-6)
    same(std_all(found)["est"], std_all(reference)["est"], 1e-5)


@few
@given(covariate=st.sampled_from(["ageyr", "grade"]), shift=st.floats(-50, 50))
def test_scores_without_a_mean_structure_are_those_with_one(covariate, shift):
    """lavaan 0.6-14 has the same: lavPredict(sem(..., meanstructure = FALSE))."""
    data = table("hs").dropna().copy()
    data[covariate] += shift
    text = model() + f"\nvisual + speed ~ {covariate}"
    scores = [run(data, text, meanstructure=m).factor_scores() for m in (False, True)]
    np.testing.assert_allclose(*scores, atol=1e-6)
