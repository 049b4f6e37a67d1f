"""Inequality and nonlinear constraints: optimality, inference, and what else is asked of such fits.

The estimates, standard errors and measures of 26 such models are compared with lavaan's in
test_against_lavaan (nonlinear..., inequality...); tests and differences of chi-squares here:
Rscript tests/reference/sem/constraints/generate.R.
"""

import json
import warnings
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from sem_cases import FOLDER, HS, fitted, table
from test_derivatives import differences

from surveysem.sem import SurveySemError, compare, fit, pool, quadratic
from surveysem.sem.bootstrap import bollen_stine
from surveysem.sem.compare import METHODS
from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.simulate import simulate

LAVAAN = json.loads((FOLDER / "constraints" / "constraints.json").read_text(encoding="utf-8"))
LABELS = "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + d*x6\nspeed =~ x7 + x8 + x9\n"
TWO = "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + d*x6\ntextual ~ p*visual\n"
PATHS = "x4 ~ a*x1 + b*x2\nx9 ~ c*x4 + d*x1\n"
HEYWOOD = "f =~ x1 + x2 + x7 + x8\n"
THREE = "f1 =~ y1 + y2 + y3 + y4\nf2 =~ y5 + y6 + y7 + y8\nf3 =~ y9 + y10 + y11 + y12\n"
ITEMS = [f"y{k}" for k in range(1, 13)]


def same(one, other, columns=("est", "se")):
    """Assert that two fits say the same about each parameter."""
    for column in columns:
        np.testing.assert_allclose(
            one.parameters[column], other.parameters[column], rtol=1e-6, atol=1e-7
        )


def labelled(found, label):
    return found.parameters.set_index("label").loc[label]


# Optimality -----------------------------------------------------------------------------

SOLUTIONS = ["nonlinear", "nonlinear_two", "nonlinear_groups", "fiml_nonlinear", "inequality_several",
             "inequality_linear", "inequality_nonlinear", "ordinal_nonlinear_groups",
             "inequality_variance", "inequality_groups"]  # fmt: skip


@pytest.mark.parametrize("name", SOLUTIONS)
def test_gradient_of_the_lagrangian_is_zero(name):
    """Karush, Kuhn and Tucker, all derivatives by differences, in units of standard errors."""
    found = fitted(name)
    whole, rules = found.objective.parameters.whole, found.restrictions
    objective = type(found.objective)(found.parts, whole)
    x = whole.nearest(found.values)
    np.testing.assert_allclose(whole.rows(x), whole.rows(whole.nearest(whole.rows(x))))
    scale = 1 / np.sqrt(np.diag(objective.information(x)))
    equalities, inequalities = rules.equalities, rules.inequalities

    def constraints(z):
        values = whole.rows(z * scale)
        parts = (rules.evaluate(e, values)[0] for e in (equalities, inequalities))
        return np.concatenate(list(parts))

    z = x / scale
    value = constraints(z)
    slack, active = value[len(equalities) :], list(found.estimate.active)
    assert np.abs(value[: len(equalities)]).max(initial=0) < 1e-9
    assert slack.min(initial=0) > -1e-9
    assert np.abs(slack[active]).max(initial=0) < 1e-9
    gradient = differences(lambda z: np.array([objective(z * scale)[0]]), z)[0]
    jacobian = differences(constraints, z)
    jacobian = jacobian[[*range(len(equalities)), *(len(equalities) + k for k in active)]]
    multipliers = np.linalg.lstsq(jacobian.T, gradient, rcond=None)[0]
    assert np.linalg.norm(gradient - jacobian.T @ multipliers) < 1e-7
    assert multipliers[len(equalities) :].min(initial=0) >= 0


def test_the_gradient_along_the_constraints_is_as_small_as_without_them():
    found = fit(LABELS + "a*b == 0.5\nc > 1.2", table("hs"))
    _, gradient = found.objective(found.estimate.x)
    step = np.linalg.solve(found.estimate.information, gradient) / 2
    assert np.sqrt(gradient @ step) < 1e-8


@pytest.mark.parametrize("seed", range(12))
def test_quadratic_program_is_the_best_of_all_active_sets(seed):
    rng = np.random.default_rng(seed)
    n, e, i = 6, seed % 3, 1 + seed % 5
    root = np.tril(rng.standard_normal((n, n))) + 3 * np.eye(n)
    H, g = root @ root.T, rng.standard_normal(n) * 5
    A, h = rng.standard_normal((e, n)), rng.standard_normal(e)
    C, c = rng.standard_normal((i, n)), rng.standard_normal(i)
    step = quadratic.solve(root, g, A, h, C, c)
    best = np.inf
    for size in range(i + 1):
        for chosen in combinations(range(i), size):
            J, off = np.vstack([A, C[list(chosen)]]), np.concatenate([h, c[list(chosen)]])
            if len(J) > n:
                continue
            system = np.block([[H, J.T], [J, np.zeros((len(J),) * 2)]])
            d = np.linalg.solve(system, -np.concatenate([g, off]))[:n]
            if (C @ d + c > -1e-9).all():
                best = min(best, g @ d + d @ H @ d / 2)
    assert step.feasible
    assert g @ step.d + step.d @ H @ step.d / 2 == pytest.approx(best, abs=1e-9)
    np.testing.assert_allclose(H @ step.d + g, A.T @ step.equal + C.T @ step.unequal, atol=1e-8)


def test_a_quadratic_program_without_solution_says_so():
    C, c = np.array([[1.0, 0], [-1.0, 0]]), np.array([-1.0, 0.0])  # d >= 1 and d <= 0
    none = np.zeros((0, 2)), np.zeros(0)
    assert not quadratic.solve(np.eye(2), np.ones(2), *none, C, c).feasible


def test_derivatives_of_constraints():
    found = fit(LABELS + "a*b == 0.5\nexp(a) - c^2*d > 0\nx1 ~~ lower(0.1)*x1", table("hs"))
    rules = found.restrictions
    both = (*rules.equalities, *rules.inequalities)
    weights = np.array([1.5, -0.7, 2.0])
    values = found.values + 0.1
    _, jacobian = rules.evaluate(both, values)
    numeric = differences(lambda v: rules.evaluate(both, v)[0], values)
    np.testing.assert_allclose(jacobian, numeric, atol=1e-8)
    bent = differences(lambda v: weights @ rules.evaluate(both, v)[1], values)
    np.testing.assert_allclose(rules.curvature(both, weights, values), bent, atol=1e-7)


def test_observed_information_and_curvature_are_the_hessian_along_the_constraint():
    """Against the model with the constraint solved for b by hand: b = 0.5 / a."""
    found = fit(LABELS + "a*b == 0.5", table("hs"))
    whole = found.objective.parameters.whole
    objective = type(found.objective)(found.parts, whole)
    x = whole.nearest(found.values)
    rows = {r.label: k for k, r in enumerate(found.table.rows) if r.label}
    at = {name: int(np.flatnonzero(whole.K[rows[name]])[0]) for name in "ab"}

    def by_free(free):
        y = np.insert(free, at["b"], 0.0)
        y[at["b"]] = 0.5 / y[at["a"]]
        _, gradient = objective(y)
        gradient[at["a"]] -= gradient[at["b"]] * 0.5 / y[at["a"]] ** 2
        return np.delete(gradient, at["b"])

    free = np.delete(x, at["b"])
    by_hand = np.linalg.inv(differences(by_free, free) / 2)
    K = np.delete(found.objective.parameters.K, rows["b"], axis=0)
    ours = found.objective.observed_information(found.estimate.x) + found.estimate.curvature
    keep = np.flatnonzero(np.delete(whole.K, rows["b"], axis=0).any(axis=1))
    np.testing.assert_allclose((K @ np.linalg.inv(ours) @ K.T)[np.ix_(keep, keep)], by_hand,
                               rtol=1e-5, atol=1e-7)  # fmt: skip


@pytest.mark.parametrize(
    "constraints", ["a*b > 0.9", "exp(a/2) - b == 0.9\nc < 1", "a^2 == b\nb > a"]
)
def test_the_minimum_does_not_depend_on_where_it_is_sought(constraints):
    plain = fit(LABELS + constraints, table("hs"))
    text = LABELS.replace("a*x2", "start(3)*a*x2").replace("b*x3", "start(-1)*b*x3")
    assert fit(text + constraints, table("hs")).chisq == pytest.approx(plain.chisq, abs=1e-7)


def test_the_units_of_the_data_do_not_matter():
    data = table("hs").copy()
    plain = fit(LABELS + "a*b == 0.5\nc > 1.2", data)
    data["x2"] *= 1e4
    data["x5"] *= 1e-4
    scaled = fit(LABELS + "a*b == 0.5e4\nc > 1.2e-4", data)
    assert scaled.admissible
    assert scaled.chisq == pytest.approx(plain.chisq, abs=1e-7)
    assert labelled(scaled, "a")["se"] == pytest.approx(1e4 * labelled(plain, "a")["se"], rel=1e-6)


# Equivalent ways of saying the same --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (LABELS, {}),
        (LABELS, {"estimator": "MLR"}),
        (LABELS, {"estimator": "MLM"}),
        (LABELS, {"missing": "fiml", "estimator": "MLR"}),
        (LABELS, {"estimator": "WLSMV"}),
        (LABELS, {"group": "school"}),
    ],
)
@pytest.mark.parametrize(("curved", "straight"), [("log(a) == log(0.6)", "a == 0.6"),
                                                  ("exp(a) == exp(b)", "a == b"),
                                                  ("(c + d)^2 == 4", "c + d == 2")])  # fmt: skip
def test_a_nonlinear_constraint_that_says_what_a_linear_one_says(text, options, curved, straight):
    """All of inference, since the linear one is removed by a change of parameters."""
    if "group" in options:
        text = text.replace("a*", "c(a, a2)*").replace("b*", "c(b, b2)*")
        text = text.replace("c*x5", "c(c, c2)*x5").replace("d*x6", "c(d, d2)*x6")
    one, other = (fit(text + c, table("hs"), **options) for c in (curved, straight))
    same(one, other)
    assert one.npar == other.npar
    ours, theirs = one.measures, other.measures
    for name in theirs:
        assert ours[name] == pytest.approx(theirs[name], rel=1e-6, abs=1e-7, nan_ok=True), name
    np.testing.assert_allclose(one.vcov(), other.vcov(), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(one.standardized()["se"], other.standardized()["se"], atol=1e-7)


@pytest.mark.parametrize(
    "options", [{}, {"estimator": "MLR"}, {"missing": "fiml"}, {"estimator": "WLSMV"}]
)
def test_an_active_inequality_is_an_equation_but_in_the_counts(options):
    held, equal = (fit(LABELS + c, table("hs"), **options) for c in ("a > 1", "a == 1"))
    free = fit(LABELS, table("hs"), **options)
    same(held, equal)
    assert (held.npar, held.df) == (free.npar, free.df)
    assert held.chisq == pytest.approx(equal.chisq, rel=1e-9)
    assert labelled(held, "a")["se"] == 0
    np.testing.assert_allclose(held.standardized()["se"], equal.standardized()["se"], atol=1e-7)


def test_an_inactive_inequality_changes_nothing():
    held, free = (fit(LABELS + c, table("hs")) for c in ("a > 0\nb < 2*c\nx1 ~~ lower(0)*x1", ""))
    same(held, free)
    assert held.measures == pytest.approx(free.measures, rel=1e-7, abs=1e-7)
    assert held.problems == ()


def test_a_bound_is_an_inequality():
    """A variance held at zero (a Heywood case without it): exactly zero, and admissible."""
    bound = fit(HEYWOOD + "x8 ~~ lower(0)*x8", table("hs"))
    same(bound, fit(HEYWOOD + "x8 ~~ v*x8\nv > 0", table("hs")))
    row = bound.parameters.query("lhs == 'x8' and op == '~~'").iloc[0]
    assert (row["est"], row["se"]) == (0, 0)
    assert bound.admissible
    same(bound, fit(HEYWOOD + "x8 ~~ 0*x8", table("hs")))


@pytest.mark.parametrize(
    "bounds", ["lower(0.9)*a*x2", "upper(0.2)*a*x2", "lower(0.9)*upper(0.9)*a*x2"]
)
def test_bounds_on_either_side(bounds):
    found = fit(LABELS.replace("a*x2", bounds), table("hs"))
    value = 0.2 if bounds.startswith("upper") else 0.9
    same(found, fit(LABELS.replace("a*x2", f"{value}*x2"), table("hs")))
    assert [p.kind for p in found.problems] == ["active_bound"]


def test_bounds_by_group():
    text = LABELS.replace("a*x2", "lower(c(0.9, 0))*x2")
    found = fit(text, table("hs"), group="school")
    fixed = fit(LABELS.replace("a*x2", "c(0.9, NA)*x2"), table("hs"), group="school")
    same(found, fixed)
    assert "bound 0.9 of visual =~ x2 (group 1)" in found.problems[0].message


def test_bounds_of_a_parameter_that_stands_twice():
    text = LABELS.replace("a*x2", "lower(0.9)*q*x2").replace("b*x3", "q*x3")
    found = fit(text, table("hs"))
    assert list(found.parameters.query("label == 'q'")["est"]) == [0.9, 0.9]
    assert len(found.problems) == 1


def test_ordinal_models_have_bounds():
    data = table("sim")
    held = fit(THREE + "f3 ~ lower(0.6)*f1 + f2", data, ordered=ITEMS)
    fixed = fit(THREE + "f3 ~ 0.6*f1 + f2", data, ordered=ITEMS)
    same(held, fixed)
    assert held.problems[0].subject == "f3 ~ f1"


def test_constraints_may_identify_a_model():
    held = fit("f =~ NA*x1 + a*x1 + b*x2 + x3 + x4\na^2 + b^2 == 1.5", table("hs"))
    assert held.admissible
    assert held.chisq == pytest.approx(fit("f =~ x1 + x2 + x3 + x4", table("hs")).chisq, abs=1e-7)


def test_covariates_and_defined_parameters():
    found = fit(PATHS + "a*c == 0.1\nindirect := a*c\nrest := a*c - 0.1 + d", table("hs"))
    assert labelled(found, "indirect")["est"] == pytest.approx(0.1, abs=1e-12)
    assert labelled(found, "indirect")["se"] == pytest.approx(0, abs=1e-9)
    assert labelled(found, "rest")["se"] == pytest.approx(labelled(found, "d")["se"], rel=1e-7)


# What a reader is told -----------------------------------------------------------------------


def test_an_active_bound_is_a_finding_that_does_not_forbid_interpretation():
    found = fit(LABELS + "a > 1\nb < 5", table("hs"))
    (problem,) = found.problems
    assert (problem.kind, problem.subject, problem.inadmissible) == ("active_bound", "a > 1", False)
    assert "a > 1" in problem.message
    assert "chi-bar-square" in problem.hint
    assert found.admissible


@pytest.mark.parametrize(
    ("constraints", "named"),
    [
        ("a > 1\na < 0", ["a > 1", "a < 0"]),
        ("a*b == 1\na*b == 2", ["a*b == 1", "a*b == 2"]),
        ("a^2 == -1\nc > 0", ["a^2 == -1", "all of them"]),
        ("a == 1\na > 2", ["a > 2"]),
        ("x2 ~~ lower(3)*v*x2\nv < 1", ["lower bound 3 of x2 ~~ x2", "v < 1"]),
    ],
)
def test_contradicting_constraints_are_named(constraints, named):
    with pytest.raises(ModelError, match="no values of the parameters") as caught:
        fit(LABELS + constraints, table("hs"))
    for text in (*named, "hint"):
        assert text in str(caught.value)


def test_a_constraint_on_a_fixed_parameter_that_fails():
    text = LABELS + "x5 ~~ 0.3*e*x5\n"
    fit(text + "e < 1", table("hs"))
    with pytest.raises(ModelError, match="e > 1"):
        fit(text + "e > 1", table("hs"))


def test_a_model_without_free_parameters():
    text = "x1 ~~ 1.5*u*x1 + 0*x2\nx2 ~~ 1*x2\n"
    assert fit(text + "u > 1", table("hs")).npar == 0
    with pytest.raises(ModelError, match="u > 2"):
        fit(text + "u > 2", table("hs"))


def test_starting_values_where_a_constraint_is_not_defined():
    with pytest.raises(ModelError, match=r"give no number in a constraint: sqrt\(a - 9\) == b"):
        fit(LABELS + "sqrt(a - 9) == b", table("hs"))
    found = fit(LABELS + "sqrt(0.5 - a) == b - 0.5", table("hs"))  # a starts at 0.7: moved
    a, b = (labelled(found, name)["est"] for name in "ab")
    assert np.sqrt(0.5 - a) == pytest.approx(b - 0.5)


def test_more_parameters_than_moments_but_for_the_constraints():
    fit("f =~ x1 + a*x2 + b*x3\nx1 ~~ u*x1\nx2 ~~ v*x2\nu == exp(v)", table("hs"))
    with pytest.raises(SurveySemError, match="5 free parameters, but only 3"):
        fit("f =~ NA*x1 + a*x2\na > 0", table("hs"))


@pytest.mark.parametrize("constraints", ["a*b == 0.5", "a > 1", "a*b < 0.2\nx1 ~~ lower(0)*x1"])
def test_everything_can_be_asked_of_a_constrained_fit(constraints):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit(LABELS + constraints, table("hs"), estimator="MLR")
        assert np.isfinite(found.modification_indices()["mi"]).any()
        assert found.vcov().shape == (len(found.table.rows),) * 2
        for kind in ("raw", "cor", "standardized"):
            found.residuals(kind)
        assert len(found.factor_scores()) == len(found.factor_score_errors()) == 301
        assert len(found.r_squared()) == 9


# Tests and comparisons -------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAVAAN["score"])
def test_score_tests_release_nonlinear_equalities(name):
    frozen = LAVAAN["score"][name]
    single, total = fit(LABELS + frozen["constraints"], table("hs")).score_test()
    np.testing.assert_allclose(single["mi"], np.atleast_1d(frozen["single"]), rtol=1e-5)
    assert total["chisq"] == pytest.approx(frozen["total"], rel=1e-5)
    assert total["df"] == frozen["df"]


def test_score_tests_of_equalities_beside_an_active_inequality():
    """It goes on holding: as if the parameter were fixed there."""
    equal = "c == d\nvisual ~~ q*textual + q*speed\n"
    held = fit(LABELS + equal + "a > 1", table("hs")).score_test()
    fixed = fit(LABELS.replace("a*x2", "1*x2") + equal, table("hs")).score_test()
    np.testing.assert_allclose(held[0]["mi"], fixed[0]["mi"], rtol=1e-6)
    assert held[1] == pytest.approx(fixed[1], rel=1e-6)


def test_modification_indices_at_a_bound_are_those_of_the_fixed_parameter():
    held = fit(LABELS + "a > 1", table("hs")).modification_indices()
    fixed = fit(LABELS.replace("a*x2", "1*x2"), table("hs")).modification_indices()
    keys = ["lhs", "op", "rhs"]
    both = held.merge(fixed, on=keys)
    assert len(both) == len(held)
    np.testing.assert_allclose(both["mi_x"], both["mi_y"], rtol=1e-6, atol=1e-6)


def test_wald_tests():
    found = fit(LABELS + "a*b == 0.5", table("hs"))
    z = labelled(found, "c")["z"]
    assert found.wald_test("c")["chisq"] == pytest.approx(z**2)
    with pytest.raises(ModelError, match="at a bound"):
        fit(LABELS + "a > 1", table("hs")).wald_test("a == 2")
    with pytest.raises(ModelError, match="redundant"):
        found.wald_test("a\nb")  # one follows from the other


@pytest.mark.parametrize("method", LAVAAN["difference"])
def test_difference_of_chi_squares_against_lavaan(method):
    options = {} if method == "standard" else {"estimator": "MLR"}
    pair = [fit(LABELS + c, table("hs"), **options) for c in ("a*b == 0.5", "")]
    found, frozen = compare(*pair, method), LAVAAN["difference"][method]
    assert found["df_diff"] == frozen["df_diff"]
    assert found["chisq_diff"] == pytest.approx(frozen["chisq_diff"], rel=2e-5)
    assert found["pvalue"] == pytest.approx(frozen["pvalue"], rel=2e-5)


@pytest.mark.parametrize("method", METHODS)
def test_difference_of_chi_squares_is_that_of_the_linear_constraint(method):
    """Also where the freer model is nonlinear itself."""
    texts = [
        ("exp(a) == exp(b)\nlog(c) == log(d)", "exp(a) == exp(b)"),
        ("a == b\nc == d", "a == b"),
    ]
    one, other = (
        compare(*(fit(LABELS + c, table("hs"), estimator="MLM") for c in pair), method)
        for pair in texts
    )
    assert one == pytest.approx(other, rel=1e-5, abs=1e-7)


def test_difference_of_chi_squares_of_ordinal_data():
    found = [
        compare(fit(THREE + "f3 ~ a*f1 + b*f2\n" + c, table("sim"), ordered=ITEMS), fit(
            THREE + "f3 ~ a*f1 + b*f2", table("sim"), ordered=ITEMS))
        for c in ("exp(a) == exp(b)", "a == b")
    ]  # fmt: skip
    assert found[0] == pytest.approx(found[1], rel=1e-5, abs=1e-7)


def test_no_difference_of_chi_squares_at_the_border_of_an_inequality():
    held, free = (fit(LABELS + c, table("hs")) for c in ("a > 1\nc == d", ""))
    with pytest.raises(NotAvailableError, match=r"a > 1.*chi-bar-square"):
        compare(held, free)
    inside = fit(LABELS + "a > 0\nc == d", table("hs"))
    expected = compare(fit(LABELS + "c == d", table("hs")), free)
    assert compare(inside, free) == pytest.approx(expected, rel=1e-6, abs=1e-7)


# Resampling, influence, simulation -----------------------------------------------------------


def test_bootstrap_draws_satisfy_the_constraints():
    found = fit(TWO + "p*c == 0.5\na > 0.5\npc := p*c", table("hs")).bootstrap(12, 1)
    draws = pd.DataFrame(found.draws, columns=found.names)
    np.testing.assert_allclose(draws["pc"], 0.5, atol=1e-8)
    assert (draws["visual =~ x2"] >= 0.5).all()
    assert found.tally.failed == 0


def test_bootstrap_of_a_nonlinear_constraint_is_that_of_the_linear_one():
    one, other = (fit(TWO + c, table("hs")) for c in ("exp(c) == exp(d)", "c == d"))
    draws = [f.bootstrap(6, 3, keep_inadmissible=True).draws for f in (one, other)]
    np.testing.assert_allclose(*draws, rtol=1e-5, atol=1e-6)
    stine = [bollen_stine(f, 6, 3).chisq for f in (one, other)]
    np.testing.assert_allclose(*stine, rtol=1e-6)


def test_bootstrap_of_a_parameter_at_its_bound_leaves_it():
    found = fit(TWO + "a > 0.62", table("hs"))
    assert found.estimate.active
    row = found.bootstrap(15, 2).intervals().query("label == 'a'").iloc[0]
    assert row["ci_lower"] == pytest.approx(0.62)
    assert row["ci_upper"] > 0.63


def test_influence_of_rows():
    """One Newton step against the refit, under a constraint that bends and one that holds."""
    data = table("hs").iloc[:150]
    found = fit(TWO + "p*c == 0.9\na > 1", data)
    near, exact = found.influence(), found.influence(refit=True, chosen=[3, 77])
    columns = [c for c in near.columns if c not in ("converged",)]
    gap = (near.loc[[3, 77], columns] - exact[columns]).abs()
    assert (gap < 0.15 * exact[columns].abs() + 2e-3).to_numpy().all()


def test_pooling_needs_straight_constraints():
    data = [table("hs"), table("hs").iloc[::-1]]
    free = pool(LABELS, data)
    inside = pool(LABELS + "a > 0", data)
    np.testing.assert_allclose(inside.parameters["se"], free.parameters["se"], rtol=1e-6)
    assert inside.measures["chisq"] == pytest.approx(free.measures["chisq"], rel=1e-6)
    for constraint, named in (("a*b == 0.5", "nonlinear"), ("a > 1", "border of a > 1")):
        with pytest.raises(NotAvailableError, match=named):
            pool(LABELS + constraint, data)


def test_a_population_outside_its_bounds_is_refused():
    with pytest.raises(ModelError, match="contradict 'a > 1'"):
        simulate("y ~ 0.5*a*x\na > 1", 10, 1)
    with pytest.raises(ModelError, match="contradict 'lower bound 1 of y ~ x'"):
        simulate("y ~ lower(1)*start(0.5)*x", 10, 1)


def test_recovery_under_a_true_constraint():
    """Intervals cover, and the constraint makes the errors smaller where it binds two paths."""
    population = """
    f =~ 1*x1 + 0.8*x2 + 0.7*x3
    g =~ 1*y1 + 0.9*y2 + 0.8*y3
    h =~ 1*z1 + 0.9*z2 + 1.1*z3
    g ~ 0.6*f
    h ~ 0.36*g
    f ~~ 1*f
    g ~~ 0.6*g
    h ~~ 0.6*h
    """
    model = "f =~ x1 + x2 + x3\ng =~ y1 + y2 + y3\nh =~ z1 + z2 + z3\ng ~ a*f\nh ~ b*g\n"
    covered, errors, chisq, widths = [], [], [], []
    for seed in range(40):
        data = simulate(population, 300, seed)
        found = fit(model + "b == a^2", data)
        row = labelled(found, "a")
        covered.append(row["ci_lower"] < 0.6 < row["ci_upper"])
        errors.append(row["est"] - 0.6)
        widths.append(row["se"])
        chisq.append(found.chisq)
    assert found.df == 26
    assert np.mean(covered) > 0.85
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(40)
    assert np.mean(widths) == pytest.approx(np.std(errors), rel=0.3)
    assert np.mean(chisq) == pytest.approx(26, abs=4 * np.sqrt(52 / 40))
    assert np.mean(widths) < labelled(fit(model, data), "a")["se"]


def test_an_estimate_at_the_border_of_its_truth():
    """A path that is zero in the population and may not be negative: at zero half of the time."""
    held = 0
    for seed in range(24):
        data = simulate("y ~ 0*x1 + 0.5*x2\nx1 ~~ 0.3*x2", 200, seed)
        found = fit("y ~ a*x1 + x2\na > 0", data)
        free = labelled(fit("y ~ a*x1 + x2", data), "a")["est"]
        assert labelled(found, "a")["est"] == pytest.approx(max(free, 0), abs=1e-7)
        held += bool(found.estimate.active)
    assert 6 <= held <= 18


def test_hs_with_every_variance_bounded_is_the_free_fit():
    bounds = "\n".join(f"x{k} ~~ lower(0)*x{k}" for k in range(1, 10))
    same(fit(f"{HS}\n{bounds}", table("hs")), fit(HS, table("hs")))


def test_two_level_models_have_constraints():
    """A nonlinear constraint that says what a linear one says, and a variance held between."""
    within = "level: 1\nw =~ y1 + a*y2 + b*y3\nlevel: 2\nv =~ y1 + c*y2 + d*y3\n"
    rng = np.random.default_rng(4)
    clus = np.repeat(np.arange(60), 12)
    of_cluster = np.outer(0.7 * rng.standard_normal(60), [1, 0.9, 1.1])
    of_cluster += 0.5 * rng.standard_normal((60, 3))
    values = np.outer(rng.standard_normal(720), [1, 0.8, 0.9]) + of_cluster[clus]
    data = pd.DataFrame(values + 0.7 * rng.standard_normal((720, 3)), columns=["y1", "y2", "y3"])
    data["clus"] = clus
    one, other = (fit(within + c, data, cluster="clus") for c in ("exp(a) == exp(b)", "a == b"))
    same(one, other)
    assert (one.npar, one.df) == (other.npar, other.df)
    held, fixed = (
        fit(within + c, data, cluster="clus") for c in ("y1 ~~ lower(0.5)*y1", "y1 ~~ 0.5*y1")
    )
    same(held, fixed)
    (message,) = (p.message for p in held.problems if p.kind == "active_bound")
    assert "lower bound 0.5 of y1 ~~ y1 (level 2)" in message
