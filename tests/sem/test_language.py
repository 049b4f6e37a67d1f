"""The model language: what is read, what is refused, where and in which words."""

import pytest
from sem_cases import HS, table

from surveysem.sem import SurveySemError, fit
from surveysem.sem.errors import ModelError, ModelSyntaxError, NotAvailableError
from surveysem.sem.syntax import parse
from surveysem.sem.table import build


def rows(text):
    """(lhs, op, rhs) of the statements of a model."""
    return [(s.lhs, s.op, s.rhs) for s in parse(text)]


def only(text):
    """The modifier of the last statement of a model."""
    return parse(text)[-1].modifier


def parameter(text, name, group=1, **arguments):
    """A row of the table by its name, such as f=~x1."""
    return next(
        r
        for r in build(text, **arguments).rows
        if f"{r.lhs}{r.op}{r.rhs}" == name and r.group == group
    )


def free(text, **arguments):
    """Names of the free parameters of the first group, in order."""
    return [
        f"{r.lhs}{r.op}{r.rhs}"
        for r in build(text, **arguments).rows
        if r.value is None and not r.exogenous and r.group == 1
    ]


# What is read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f =~ x1 + x2", [("f", "=~", "x1"), ("f", "=~", "x2")]),
        ("y ~ x + z", [("y", "~", "x"), ("y", "~", "z")]),
        ("x ~~ y", [("x", "~~", "y")]),
        ("x ~ 1", [("x", "~1", "")]),
        ("x ~ 0", [("x", "~1", "")]),
        ("y ~ 1 + x", [("y", "~1", ""), ("y", "~", "x")]),
        ("a + b ~ x + 1", [("a", "~", "x"), ("a", "~1", ""), ("b", "~", "x"), ("b", "~1", "")]),
        ("y ~ a*x\ni := a^2", [("y", "~", "x"), ("i", ":=", "a^2")]),
        ("y ~ a*x\na == 2", [("y", "~", "x"), ("a", "==", "2")]),
        ("y ~ x; z ~ y", [("y", "~", "x"), ("z", "~", "y")]),
        ("y ~ x;; z ~ y;", [("y", "~", "x"), ("z", "~", "y")]),
        ("# first\ny ~ x # last\n! another", [("y", "~", "x")]),
        ("\n\n  y~x  \n\t\n", [("y", "~", "x")]),
        ("y ~ x +\n  z", [("y", "~", "x"), ("y", "~", "z")]),
        ("y ~ x\n  + z", [("y", "~", "x"), ("y", "~", "z")]),
        ("y ~\n x", [("y", "~", "x")]),
        ("y ~ + x", [("y", "~", "x")]),
        ("f =~ c(a,\n b)*x1 # two\n + x2", [("f", "=~", "x1"), ("f", "=~", "x2")]),
        ("信任 =~ 题1 + 题_2", [("信任", "=~", "题1"), ("信任", "=~", "题_2")]),
        ("f.1 =~ x.1 + .x", [("f.1", "=~", "x.1"), ("f.1", "=~", ".x")]),
        ("y ~ x\r\nz ~ y", [("y", "~", "x"), ("z", "~", "y")]),
        ("y | t1 + t2", [("y", "|", "t1"), ("y", "|", "t2")]),
        ("y|t1\n + a*t2", [("y", "|", "t1"), ("y", "|", "t2")]),
        ("x + y | t1", [("x", "|", "t1"), ("y", "|", "t1")]),
        ("题1 | t1", [("题1", "|", "t1")]),
        ("y ~*~ 1*y", [("y", "~*~", "y")]),
        ("y ~ a*x\na > 0.3", [("y", "~", "x"), ("a", ">", "0.3")]),
        (
            "y ~ a*x + b*z; a + b < exp(a)",
            [("y", "~", "x"), ("y", "~", "z"), ("a + b", "<", "exp(a)")],
        ),
    ],
)
def test_statements(text, expected):
    assert rows(text) == expected


@pytest.mark.parametrize(
    ("term", "fixed"),
    [
        ("0.5*x", (0.5,)),
        ("1*x", (1.0,)),
        ("-1.5*x", (-1.5,)),
        ("+2*x", (2.0,)),
        (".5*x", (0.5,)),
        ("1e-3*x", (0.001,)),
        ("1e+2*x", (100.0,)),
        ("sqrt(16)*x", (4.0,)),
        ("(1/4)*x", (0.25,)),
        ("c(0.5, 0.7)*x", (0.5, 0.7)),
        ("c(NA, 1)*x", (None, 1.0)),
        ("c( 1 ,NA )*x", (1.0, None)),
    ],
)
def test_fixed_values(term, fixed):
    assert only(f"y ~ {term}").fixed == fixed


@pytest.mark.parametrize("term", ["NA*x", "c(NA, NA)*x", "NA * x"])
def test_freed_parameters(term):
    assert only(f"f =~ {term}").free


@pytest.mark.parametrize(
    ("term", "start"),
    [
        ("start(0.5)*x", (0.5,)),
        ("0.5?x", (0.5,)),
        ("-0.5?x", (-0.5,)),
        ("(-0.8)?x", (-0.8,)),
        ("start(c(1.2, 0.6))*x", (1.2, 0.6)),
        ("start(1.2, 0.6)*x", (1.2, 0.6)),
    ],
)
def test_starting_values(term, start):
    assert only(f"y ~ {term}").start == start


@pytest.mark.parametrize(
    ("term", "labels"),
    [
        ("a*x", ("a",)),
        ("a.b_1*x", ("a.b_1",)),
        ('"a"*x', ("a",)),
        ("'a'*x", ("a",)),
        ("c(a, b)*x", ("a", "b")),
        ('c("a", "b")*x', ("a", "b")),
        ("c(a, NA)*x", ("a", "NA")),
        ('label("a")*x', ("a",)),
        ('label("two words")*x', ("two words",)),
        ("lambda*x", ("lambda",)),
        ("路径*x", ("路径",)),
        ('equal("y ~ z")*x', ("y~z",)),
        ("equal(a)*x", ("a",)),
    ],
)
def test_labels(term, labels):
    assert only(f"y ~ {term}").labels == labels


@pytest.mark.parametrize(
    ("term", "lower", "upper"),
    [
        ("lower(0)*x", (0.0,), ()),
        ("upper(1)*x", (), (1.0,)),
        ("lower(-1)*upper(1/2)*x", (-1.0,), (0.5,)),
        ("lower(c(0, 0.5))*x", (0.0, 0.5), ()),
        ("lower(0)*x + upper(2)*x + a*x", (0.0,), (2.0,)),
    ],
)
def test_bounds(term, lower, upper):
    assert (only(f"y ~ {term}").lower, only(f"y ~ {term}").upper) == (lower, upper)


def test_blocks_of_groups():
    text = "group: 1\ny ~ x\nz ~ y\nGROUP : Grant White\ny ~ x\ngroup: '甲'\ny ~ z"
    assert [s.group for s in parse(text)] == ["1", "1", "GrantWhite", "甲"]


def test_several_modifiers_of_a_term():
    m = only("y ~ start(0.3)*a*x")
    assert (m.start, m.labels) == ((0.3,), ("a",))


def test_several_modifiers_as_several_terms():
    """As in lavaan: f =~ x1 + x2 + 4*x3 + x3.loading*x3."""
    statements = parse("f =~ x1 + 4*x3 + x2 + b*x3")
    assert [s.rhs for s in statements] == ["x1", "x3", "x2"]
    assert (statements[1].modifier.fixed, statements[1].modifier.labels) == ((4.0,), ("b",))


def test_statements_know_their_line():
    assert [s.line for s in parse("# one\nf =~ x1 +\n  x2\n\ny ~ f; z ~ y")] == [2, 3, 5, 5]


# What the table makes of it ---------------------------------------------------------


def test_the_first_loading_is_the_marker():
    assert parameter("f =~ x1 + x2 + x3", "f=~x1").value == 1


def test_std_lv_fixes_the_variance_instead():
    assert parameter("f =~ x1 + x2 + x3", "f=~x1", std_lv=True).value is None
    assert parameter("f =~ x1 + x2 + x3", "f~~f", std_lv=True).value == 1


def test_std_lv_fixes_a_written_variance_too():
    assert parameter("f =~ x1 + x2 + x3\nf ~~ f", "f~~f", std_lv=True).value == 1


def test_a_freed_variance_stays_free_under_std_lv():
    assert parameter("f =~ x1 + x2 + x3\nf ~~ NA*f", "f~~f", std_lv=True).value is None


def test_a_freed_first_loading_leaves_no_marker():
    assert "f=~x1" in free("f =~ NA*x1 + x2 + 1*x3")


def test_the_only_indicator_of_a_latent_has_no_error():
    """lavaan's auto.fix.single."""
    assert parameter("f =~ x1\ny ~ f", "x1~~x1").value == 0


def test_an_indicator_of_two_latents_keeps_its_error():
    assert parameter("f =~ x1\ng =~ x1 + x2 + x3", "x1~~x1").value is None


def test_a_label_on_a_fixed_and_a_free_parameter_fixes_both():
    """As in lavaan: the marker's label makes the other loading 1."""
    assert parameter("f =~ a*x1 + a*x2 + x3", "f=~x2").value == 1


def test_a_starting_value_on_the_marker_fixes_it_there():
    """lavaan's manual: a starting value does not free a parameter."""
    assert parameter("f =~ start(0.7)*x1 + x2 + x3", "f=~x1").value == 0.7


def test_covariances_are_put_in_the_order_of_the_variables():
    names = [f"{r.lhs}{r.op}{r.rhs}" for r in build("f =~ x1 + x2 + x3\nx3 ~~ x1\nx2 ~~ f").rows]
    assert names[3:5] == ["x1~~x3", "f~~x2"]


def test_covariates_are_fixed_to_their_moments():
    assert parameter("y ~ x + z", "x~~z").exogenous
    assert not parameter("y ~ x + z", "x~~z", fixed_x=False).exogenous


def test_a_covariate_with_a_written_variance_is_random():
    model = build("y ~ x + z\nx ~~ x")
    assert model.covariates == ("z",)
    assert free("y ~ x + z\nx ~~ x") == ["y~x", "y~z", "x~~x", "y~~y"]


def test_observed_variables_stand_in_lavaans_order():
    text = "f =~ x3 + x1\ny ~ f + z\nw ~~ x1\nv ~ 1"
    assert build(text).observed == ("x3", "x1", "y", "z", "w", "v")


def test_outcomes_covary_and_predictors_among_them_do_not():
    assert "y1~~y2" in free("y1 ~ x\ny2 ~ x")
    assert "y1~~y2" not in free("y1 ~ x\ny2 ~ x + y1")


def test_labels_of_groups_outweigh_group_equal():
    model = build("f =~ x1 + c(a, b)*x2 + x3", groups=2, group_equal=["loadings"])
    assert [r.label for r in model.rows if r.rhs in ("x2", "x3") and r.op == "=~"] == [
        "a", ".p3.", "b", ".p3."]  # fmt: skip


def test_one_label_is_equal_over_groups():
    model = build("f =~ x1 + a*x2 + x3", groups=2)
    assert [r.label for r in model.rows if r.rhs == "x2" and r.op == "=~"] == ["a", "a"]


def test_na_among_labels_gives_that_group_none():
    model = build("f =~ x1 + c(a, NA)*x2 + x3", groups=2)
    assert [r.label for r in model.rows if r.rhs == "x2" and r.op == "=~"] == ["a", ""]


def test_group_equal_takes_lavaans_spelling_and_a_single_name():
    for spelling in ("lv_variances", "lv.variances", ["lv_variances"]):
        assert parameter(HS, "speed~~speed", 2, groups=2, group_equal=spelling).label == ".p21."


def test_group_partial_releases_a_parameter():
    arguments = {"groups": 2, "group_equal": ["loadings"], "group_partial": ["speed =~ x8"]}
    assert parameter(HS, "speed=~x8", **arguments).label == ""
    assert parameter(HS, "speed=~x9", **arguments).label == ".p9."


def test_random_covariates_are_never_held_equal_over_groups():
    arguments = {"groups": 2, "group_equal": ["residuals", "intercepts"], "fixed_x": False}
    assert parameter("y ~ x", "x~~x", meanstructure=True, **arguments).label == ""
    assert parameter("y ~ x", "y~~y", meanstructure=True, **arguments).label == ".p2."


def test_equal_intercepts_bring_in_and_free_the_latent_means():
    arguments = {"groups": 2, "group_equal": ["intercepts"]}
    assert parameter(HS, "speed~1", 1, **arguments).value == 0
    assert parameter(HS, "speed~1", 2, **arguments).value is None


def test_written_latent_means_stay_as_written():
    arguments = {"groups": 2, "group_equal": ["intercepts"]}
    assert parameter(HS + "\nspeed ~ 0*1", "speed~1", 2, **arguments).value == 0


def test_equal_names_another_parameter():
    model = "f =~ x1 + x2 + equal('f=~x2')*x3"
    assert parameter(model, "f=~x3").label == parameter(model, "f=~x2").label != ""


def test_equal_names_the_label_of_another_parameter():
    model = "f =~ x1 + a*x2 + equal('f=~x2')*x3 + equal(a)*x4"
    assert {parameter(model, f"f=~x{k}").label for k in (2, 3, 4)} == {"a"}


def test_definitions_may_use_definitions():
    model = build("m ~ a*x\ny ~ b*m + c*x\nind := a*b\ntotal := ind + c\nshare := ind / total")
    assert [name for name, _ in model.defined] == ["ind", "total", "share"]


def test_constraints_may_use_definitions():
    model = build("m ~ a*x\ny ~ b*m\ngap := a - b\ngap == 0.1")
    assert model.constraints[0]({"a": 0.5, "b": 0.3}) == pytest.approx(0.1)


def test_constraints_may_stand_in_their_argument():
    model = build("f =~ x1 + a*x2 + b*x3", constraints="a == b; gap := a - 2")
    assert (len(model.constraints), len(model.defined)) == (1, 1)


# What is refused, and where -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "the model is empty"),
        ("# nothing\n\n", 1, 1, "the model is empty"),
        ("f x1 x2", 1, 1, "no operator in 'f x1 x2'"),
        ("y ~ x\n ~ z", 2, 2, "nothing on the left of '~'"),
        ("y ~ x\nz =~", 2, 3, "nothing on the right of '=~'"),
        ("f =~ x1 + + x2", 1, 10, "an empty term on the right of '=~'"),
        ("f =~ x1 +", 1, 9, "an empty term on the right of '=~'"),
        ("f =~ x1\n\n  y ~ 2x", 3, 7, "'2x' is not a variable name"),
        ("y ~ 2", 1, 5, "'2' is not a variable name"),
        ("y ~ x z", 1, 5, "'x z' is not a variable name"),
        ("y ~ x - z", 1, 5, "'x - z' is not a variable name"),
        ("y ~ x +\n  a b", 2, 3, "'a b' is not a variable name"),
        ("2f =~ x", 1, 1, "'2f' is not a variable name"),
        ("f + =~ x", 1, 4, "'' is not a variable name"),
        ("y ~ x; z ~ @", 1, 12, "'@' is not a variable name"),
        ("y ~ w + 1.2.3*x", 1, 9, "'1.2.3*' is not a modifier"),
        ("y ~ f(2)*x", 1, 5, "'f(2)*' is not a modifier"),
        ("y ~ c()*x", 1, 5, "'c()*' is not a modifier"),
        ("y ~ c(a,)*x", 1, 5, "'c(a,)*' is not a modifier"),
        ("y ~ c(1, a)*x", 1, 5, "'a' among numbers in 'c(1, a)'"),
        ("y ~ start(a)*x", 1, 5, "'start(a)' needs a number"),
        ("y ~ start()*x", 1, 5, "'start()' needs a number"),
        ("y ~ a?x", 1, 5, "'start(a)' needs a number"),
        ('y ~ label("")*x', 1, 5, "needs a name"),
        ("y ~ a*b*x", 1, 5, "'b*' contradicts another modifier"),
        ("y ~ 1*2*x", 1, 5, "'2*' contradicts another modifier"),
        ("y ~ 1*NA*x", 1, 5, "'NA*' contradicts another modifier"),
        ("y ~ 0.5*0", 1, 5, "'0*' contradicts another modifier"),
        ("y ~ x + x", 1, 1, "'x' stands in 'y ~ x + x' twice"),
        ("y ~ a*x + b*x", 1, 1, "'x' stands in 'y ~ a*x + b*x' twice"),
        ("y ~ 1 + 1", 1, 1, "'1' stands in 'y ~ 1 + 1' twice"),
        ("y ~ a*x\n2i := a", 2, 1, "'2i' is not a name"),
        ("信任 =~ 题1 ＋ 题2", 1, 7, "'题1 ＋ 题2' is not a variable name"),
        ("y | t0 + t1", 1, 5, "'t0' is not the name of a threshold"),
        ("y | t1 +\n  2", 2, 3, "'2' is not the name of a threshold"),
        ("y ~ a*x\na >= 0", 2, 3, "'>=' is not an operator"),
        ("y ~ x\nb = 2", 2, 1, "'x b = 2' is not a variable name"),
        ("b = 2", 1, 1, "no operator in 'b = 2'"),
        ("y ~ x\n  z", 2, 3, "'x z' is not a variable name"),
        ("y ~ lower(a)*x", 1, 5, "'lower(a)' needs a number"),
        ("y ~ upper()*x", 1, 5, "'upper()' needs a number"),
        ("y ~ lower(0)*lower(1)*x", 1, 5, "'lower(1)*' contradicts another modifier"),
        ("y ~ strat(0.5)*x", 1, 5, "'strat(0.5)*' is not a modifier"),
        ("y ~ x\ngroup:\ny ~ z", 2, 6, "nothing behind 'group:'"),
        ("group: 1\nx1 x2", 2, 1, "no operator in 'x1 x2'"),
    ],
)
def test_errors_of_syntax_say_where(text, line, column, said):
    with pytest.raises(ModelSyntaxError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert said in str(caught.value)
    assert f"line {line}, column {column}" in str(caught.value)
    assert "\n  hint: " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("f ＝~ x1", "type '='"),
        ("f =~ 题1 ＋ 题2", "type '+'"),
        ("f =~ 0.5＊题1", "type '*'"),
        ("y ～ x", "type '~'"),
        ("y ~ ０．５*x", "type '0'"),
        ("y ~ “a”*x", "type '\"'"),
        ("y ~ c(a、b)*x", "type ','"),
        ("题1 ｜ t1", "type '|'"),
        ("y ~ a*x；a ＞ 0", "type ';'"),
        ("group：1\ny ~ x", "type ':'"),
    ],
)
def test_full_width_signs_get_a_hint(text, hint):
    with pytest.raises(ModelSyntaxError, match="full-width") as caught:
        parse(text)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("y ~ a*x\na >= 0.3", "write a > 0.3"),
        ("y ~ strat(0.5)*x", "did you mean 'start()'"),
        ("y ~ a*x\na = 2", "== for an equality"),
        ("y | threshold1", "thresholds are t1, t2"),
        ("f =~ x1 - x2", "terms are joined by '+'"),
    ],
)
def test_what_was_meant_is_said(text, hint):
    with pytest.raises(ModelSyntaxError) as caught:
        parse(text)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f =~ x1 + x2\nf =~ x2", "line 2: 'f =~ x2' stands in the model twice"),
        ("y ~ x\n\ny ~ x", "line 3: 'y ~ x' stands in the model twice"),
        ("x ~~ y\ny ~~ x", "line 2: 'x ~~ y' stands in the model twice"),
        ("x ~~ y\nx ~~ y", "line 2: 'x ~~ y' stands in the model twice"),
        ("x ~ 1\nx ~ 1", "stands in the model twice"),
        ("f =~ x1 + x2\nx1 ~ f", "line 2: 'x1 ~ f' stands in the model twice"),
        ("f =~ f + x1", "line 1: 'f' cannot measure itself"),
        ("y ~ y + x", "line 1: 'y' cannot predict itself"),
        ("f =~ x1 + c(a, b, d)*x2", "3 labels for 1 group(s) in 'f =~ x2'"),
        ("f =~ x1 + c(1, 2)*x2", "2 values for 1 group(s)"),
        ("f =~ x1 + start(1, 2)*x2", "2 starting values for 1 group(s)"),
        ("y ~ a*x\ni := a +", "line 2: 'a +' is not an arithmetic expression"),
        ("y ~ a*x\ni := f(a)", "line 2: 'f(a)' is not allowed"),
        ("y ~ a*x\na == b == 2", "line 2: "),
        ("y ~ a*x\na := 2", "line 2: 'a' is a label already"),
        ("y ~ a*x\ni := a\ni := a^2", "line 3: 'i' is a label already"),
        ("y ~ a*x\nj := i\ni := a", "line 2: 'i' in 'i' is not a label"),
        ("y ~ x\ni := a", "none; label a path as in y ~ a*x"),
        ("f =~ x1 + x2 + equal('f=~x9')*x3", "names no other parameter"),
    ],
)
def test_errors_of_models_name_the_thing(text, said):
    with pytest.raises(ModelError) as caught:
        build(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("m ~ indir*x\ny ~ b*m\ni := indri*b", "indir"),
        ("m ~ path_a*x\ny ~ path_b*m\npath_a == pathb", "path_b"),
        ("f =~ x1 + x2 + equal('f=~x22')*x3", "f=~x2"),
    ],
)
def test_an_unknown_label_gets_the_nearest_one(text, near):
    with pytest.raises(ModelError, match=f"hint: did you mean '{near}'"):
        build(text)


def test_an_unknown_class_of_parameters_gets_the_nearest_one():
    with pytest.raises(ModelError, match="did you mean 'loadings'"):
        build(HS, groups=2, group_equal=["loading"])


def test_an_unknown_parameter_in_group_partial_gets_the_nearest_one():
    with pytest.raises(ModelError, match="did you mean 'speed=~x9'"):
        build(HS, groups=2, group_equal=["loadings"], group_partial=["sped=~x9"])


def test_equal_parameters_fixed_to_different_values():
    with pytest.raises(ModelError, match=r"'f =~ x2' .* different values: 0\.5, 0\.7"):
        build("f =~ x1 + c(0.5, 0.7)*x2 + x3", groups=2, group_equal=["loadings"])


def test_a_formula_is_not_a_constraint():
    with pytest.raises(ModelError, match="constraints, line 1: 'f =~ x4' is not a constraint"):
        build("f =~ x1 + x2 + x3", constraints="f =~ x4")


def test_contradicting_constraints():
    with pytest.raises(ModelError, match=r"contradict each other: a == b; a == b \+ 1"):
        fit("f =~ x1 + a*x2 + b*x3\na == b\na == b + 1", table("hs"))


# What this version does not have ------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f <~ x1 + x2", "line 1: formative constructs (<~)"),
        ("class: 1\nf =~ x1 + x2", "line 1: 'class:' blocks"),
        ("f =~ x1 + x2\nClass : 1\nf ~ y", "line 2: 'Class:' blocks"),
        ("y ~ x\ny ~ x:z", "line 2: interaction terms ('x:z')"),
        ("f =~ x1 + rv('s')*x2", "line 1: the modifier 'rv()'"),
        ("f =~ x1 +\n prior('normal(0, 1)')*x2", "line 2: the modifier 'prior()'"),
        ('efa("block")*f =~ x1 + x2', "line 1: the modifier 'efa()'"),
    ],
)
def test_language_that_is_not_available_is_refused_by_name(text, said):
    with pytest.raises(NotAvailableError) as caught:
        fit(text, table("hs"))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("missing", "pairwise"),
        ("likelihood", "poisson"),
        ("se", "jackknife"),
        ("model_type", "efa"),
        ("estimator", "PML"),
    ],
)
def test_arguments_that_are_not_available_are_refused_by_name(name, value):
    with pytest.raises(NotAvailableError) as caught:
        fit(HS, table("hs"), **{name: value})
    assert name in str(caught.value)


@pytest.mark.parametrize("value", [None, False, (), []])
def test_no_ordered_variables(value):
    assert fit(HS, table("hs"), ordered=value).converged


def test_a_standardisation_that_is_not_available():
    with pytest.raises(NotAvailableError, match="std_nothing"):
        fit(HS, table("hs")).standardized("std_nothing")


def test_every_error_is_one_family():
    for error in (ModelError, ModelSyntaxError, NotAvailableError):
        assert issubclass(error, SurveySemError)
