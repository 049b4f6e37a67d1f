"""Rules of the table that no frozen case holds: constraints, bounds, ordinal rows, blocks."""

import pytest
from sem_cases import HS

from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.expressions import Expression
from surveysem.sem.syntax import parse
from surveysem.sem.table import build
from surveysem.sem.variables import variables

F = "f =~ y1 + y2 + y3"
ORDERED = {"y1": 2, "y2": 2, "y3": 2}


def row(table, name, group=1):
    """A row of a table by its name, such as f=~x1."""
    return next(r for r in table.rows if r.name == name and r.group == group)


def ordinal(text=F, **arguments):
    """A model of the ordinal items y1, y2 and y3."""
    return build(text, **{"ordered": ORDERED} | arguments)


# Constraints ------------------------------------------------------------------------


def test_equalities_and_inequalities_are_kept_apart():
    table = build("f =~ x1 + a*x2 + b*x3\na == 2*b\na > 0.3\nb < a^2")
    assert [e.text for e in table.constraints] == ["a == 2*b"]
    assert [e.text for e in table.inequalities] == ["a > 0.3", "b < a^2"]


@pytest.mark.parametrize(
    ("constraint", "value"),
    [
        ("a > 0.3", 0.2),
        ("0.3 > a", -0.2),
        ("a < 0.3", -0.2),
        ("a - b > b - a", 0.6),
        ("b < a", 0.3),
    ],
)
def test_inequalities_are_zero_or_more_where_they_hold(constraint, value):
    table = build(f"f =~ x1 + a*x2 + b*x3\n{constraint}")
    assert table.inequalities[0]({"a": 0.5, "b": 0.2}) == pytest.approx(value)


@pytest.mark.parametrize("operator", ["==", "<", ">"])
def test_definitions_stand_for_what_they_define(operator):
    """Wherever they stand, and with the right precedence: 2*gap is 2*(a - b)."""
    table = build(f"f =~ x1 + a*x2 + b*x3\n2*twice {operator} 0.1\ngap := a - b\ntwice := 2*gap")
    (expression,) = table.constraints + table.inequalities
    sign = -1 if operator == "<" else 1
    at = {"a": 0.5, "b": 0.2}
    assert set(expression.names) == {"a", "b"}
    assert expression(at) == pytest.approx(sign * (4 * 0.3 - 0.1))
    assert expression.gradient(at) == pytest.approx({"a": sign * 4, "b": sign * -4})
    assert expression.text == f"2*twice {operator} 0.1"


def test_a_definition_may_bear_the_name_of_a_function():
    table = build("f =~ x1 + a*x2\nexp := a^2\nexp(exp) > 1")
    assert table.inequalities[0]({"a": 0.5}) == pytest.approx(2.718281828**0.25 - 1)


def test_many_definitions_do_not_grow():
    """Forty that double each other: written out, they would be 2^40 labels."""
    lines = [f"d{k + 1} := d{k} + d{k}" for k in range(40)]
    table = build("\n".join(["f =~ x1 + d0*x2", *lines, "d40 < 1"]))
    assert table.inequalities[0]({"d0": 2.0**-40}) == 0


@pytest.mark.parametrize("text", ["(" * 5000 + "a" + ")" * 5000, "+".join(["a"] * 20000)])
def test_expressions_that_are_too_long(text):
    with pytest.raises(ModelError, match=r"too many parts|not an arithmetic") as caught:
        Expression(text)
    assert len(str(caught.value)) < 300


def test_long_expressions_have_values_and_gradients():
    expression = Expression("+".join(["a"] * 400))
    assert expression({"a": 0.5}) == 200
    assert expression.gradient({"a": 0.5})["a"] == pytest.approx(400)


# Bounds -----------------------------------------------------------------------------


def test_a_fixed_parameter_has_no_bounds():
    table = build("f =~ lower(0)*x1 + x2 + lower(0)*0.5*x3")
    assert [(r.value, r.lower) for r in table.rows[:3]] == [(1, None), (None, None), (0.5, None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f =~ x1 + lower(1)*upper(0)*x2", "lower bound (1) above its upper bound (0)"),
        ("f =~ x1 + lower(0)*-1*x2", "is fixed to -1, outside its bounds 0 and inf"),
        ("f =~ upper(0.5)*x1 + x2", "'f =~ x1' is fixed to 1, outside its bounds -inf and 0.5"),
        ("f =~ x1 + lower(1)*a*x2 + upper(0)*a*x3", "lower bound (1) above an upper bound (0)"),
        ("f =~ x1 + lower(c(0, 1))*x2", "2 lower bounds for 1 group(s)"),
    ],
)
def test_bounds_that_contradict(text, said):
    with pytest.raises(ModelError) as caught:
        build(text)
    assert said in str(caught.value)


# Ordinal ----------------------------------------------------------------------------


def test_the_table_knows_its_ordinal_variables_in_the_order_of_the_moments():
    table = build("f =~ y1 + z + y2", ordered={"y2": 3, "y1": 1, "elsewhere": 4})
    assert (table.ordered, table.parameterization) == ((("y1", 1), ("y2", 3)), "delta")
    assert table.meanstructure


def test_conditional_moments_need_covariates():
    assert ordinal(F + "\nf ~ x", conditional_x=True).conditional_x
    assert not ordinal(conditional_x=True).conditional_x


def test_variables_can_be_asked_for_before_the_data():
    found = variables(parse("f =~ y1 + y2\ny2 | t1\nf ~ x\na > 1"))
    assert (found.observed, found.latent) == (("y1", "y2", "x"), ("f",))
    assert (found.covariates, found.thresholded) == (("x",), ("y2",))


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("y1 | t3", "'y1' has 2 thresholds (3 categories), so there is no t3", "y1 | t1 + t2"),
        ("f | t1", "'f' is latent; thresholds belong to ordinal", "f ~ 1"),
        ("f ~*~ f", "'f' is latent; scaling factors belong to", "indicators"),
        ("f ~ x\nx | t1", "'x' is a covariate", "x ~~ x"),
        ("z ~~ f\nz | t1", "'z' is not ordinal", "name it in the argument `ordered`: ['z']"),
        ("y11 | t1", "'y11' is not ordinal", "did you mean 'y1'"),
        ("y1 ~*~ y2", "a scaling factor is of one variable", "y1 ~*~ y1"),
        ("y1 ~~ y1", "no parameter of parameterization 'delta'", "parameterization='theta'"),
        ("y1 ~~ 0.5*y1", "no parameter of parameterization 'delta'", "y1 ~*~ y1"),
        ("y1 | t1\ny1 | t1", "line 3: 'y1 | t1' stands in the model twice", "remove one"),
    ],
)
def test_ordinal_statements_out_of_place(text, said, hint):
    with pytest.raises(ModelError) as caught:
        ordinal(f"{F}\n{text}")
    assert said in str(caught.value)
    assert hint in str(caught.value).split("hint:")[1]


def test_scaling_factors_belong_to_delta():
    with pytest.raises(ModelError, match="no parameters of parameterization 'theta'"):
        ordinal(F + "\ny1 ~*~ y1", parameterization="theta")


def test_a_residual_variance_may_be_fixed_to_what_it_is():
    assert row(ordinal(F + "\ny1 ~~ 1*y1"), "y1~~y1").value == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"ordered": {"y1": 0}}, "ordered: 'y1' has 0 thresholds, so one category at most"),
        ({"ordered": {"f": 2}}, "ordered: 'f' is latent"),
        (
            {"parameterization": "gamma"},
            "parameterization 'gamma' is not available; allowed: delta",
        ),
        ({"id_cat": "wu"}, "allowed: lavaan, wu_estabrook"),
        ({"conditional_x": True, "fixed_x": False}, "conditional_x: the covariates are random"),
        (
            {"id_cat": "wu_estabrook", "group_equal": ["residuals"], "groups": 2},
            "no parameters of parameterization 'delta'",
        ),
    ],
)
def test_arguments_that_do_not_fit(arguments, said):
    with pytest.raises(ModelError) as caught:
        ordinal(**arguments)
    assert said in str(caught.value)


def test_wu_and_estabrook_with_a_marker_frees_the_same_but_for_the_scale_of_the_latent():
    steps = {"groups": 2, "id_cat": "wu_estabrook", "group_equal": ["thresholds", "loadings"]}
    marker, unit = ordinal(**steps), ordinal(**steps, std_lv=True)

    def fixed(table):
        return {(r.name, r.group) for r in table.rows if r.value is not None}

    assert fixed(marker) - fixed(unit) == {("f=~y1", 1), ("f=~y1", 2)}
    assert fixed(unit) - fixed(marker) == {("f~~f", 1)}


# Growth -----------------------------------------------------------------------------


def test_growth_frees_latent_means_and_fixes_intercepts():
    table = build("i =~ 1*x1 + 1*x2 + 1*x3\ns =~ 0*x1 + 1*x2 + 2*x3", model_type="growth")
    assert table.meanstructure
    assert [r.value for r in table.rows if r.op == "~1"] == [0, 0, 0, None, None]


# Blocks of groups ---------------------------------------------------------------------


BLOCKS = "group: {}\n" + HS + "\ngroup: {}\n" + HS + "\nx1 ~~ k*x2"


@pytest.mark.parametrize(
    ("words", "labels", "group"),
    [
        ((1, 2), (), 2),
        ((2, 1), (), 1),
        (("Grant White", "Pasteur"), ("Pasteur", "Grant White"), 1),
        (("乙", "甲"), ("甲", "乙"), 1),
        (("1", "Pasteur"), ("Grant", "Pasteur"), 2),
        ((1, 2), (1, 2), 2),
    ],
)
def test_blocks_go_to_the_group_that_they_name(words, labels, group):
    table = build(BLOCKS.format(*words), groups=2, group_labels=labels)
    assert [r.group for r in table.rows if r.name == "x1~~x2"] == [group]
    assert [r.group for r in table.rows] == sorted(r.group for r in table.rows)


def test_blocks_take_part_in_group_equal():
    """lavaan 0.6-14 ties them, but leaves the latent means fixed, or ignores it for labels."""
    table = build(BLOCKS.format(1, 2), groups=2, group_equal=["loadings", "intercepts"])
    assert row(table, "visual=~x2", 1).label == row(table, "visual=~x2", 2).label == ".p2."
    assert row(table, "visual~1", 1).value == 0
    assert row(table, "visual~1", 2).value is None


@pytest.mark.parametrize(
    ("text", "labels", "error", "said"),
    [
        (
            HS + "\ngroup: 1\nx1 ~~ x2",
            (),
            ModelError,
            "line 1: 'visual =~ x1' stands above the first",
        ),
        (BLOCKS.format(1, 3), (), ModelError, "there is no group '3'\n  allowed: 1, 2"),
        (BLOCKS.format(1, "Pastor"), ("A", "Pasteur"), ModelError, "did you mean 'Pasteur'"),
        ("group: 1\n" + HS, (), ModelError, "group 2 of 2 has no statements"),
        (BLOCKS.format(1, 2), (2, 1), ModelError, "'group: 2' may be the group with that label"),
        (BLOCKS.format(1, 2) + "\nx1 ~ z", (), NotAvailableError, "'z' is among the observed"),
        (
            "group: 1\nf =~ x1 + c(a, b)*x2\ngroup: 2\nf =~ x1 + x2",
            (),
            ModelError,
            "2 labels for 1",
        ),
    ],
)
def test_blocks_that_cannot_be(text, labels, error, said):
    with pytest.raises(error) as caught:
        build(text, groups=2, group_labels=labels)
    assert said in str(caught.value)
