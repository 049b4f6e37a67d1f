"""Input that cannot be fitted: one family of errors, each naming the thing, with a hint."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sem_cases import HS, table

from surveysem.sem import SurveySemError, fit
from surveysem.sem.errors import DataError, ModelError

ONE = "f =~ x1 + x2 + x3 + x4"
PATH = "x1 ~ x2"
CHINESE = {"x1": "题1", "x2": "题2", "x3": "题3", "ageyr": "年龄", "school": "学校"}


def hs(**columns):
    """The data with columns replaced."""
    return table("hs").assign(**columns)


def refused(kind, model, data=None, **arguments):
    """Message of the error that a fit raises, without any warning before it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(kind) as caught:
            fit(model, data, **arguments)
    assert isinstance(caught.value, SurveySemError)
    assert "hint:" in str(caught.value)
    return str(caught.value)


# Data -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"x2": np.where(np.arange(301) == 5, np.inf, 1.0)}, "'x2' holds an infinite value"),
        ({"x2": -np.inf}, "'x2' holds an infinite value"),
        ({"x2": 1}, "'x2' has one value only"),
        ({"x2": 1e8 + 0.1}, "'x2' has one value only"),
        ({"x2": np.nan}, "0 complete row(s) of 301"),
        ({"x2": pd.Series([None] * 301, dtype=object)}, "'x2' is not numeric"),
        ({"x2": "text"}, "'x2' is not numeric"),
        ({"x2": [str(k % 5) for k in range(301)]}, "'x2' is not numeric"),
        ({"x2": pd.Categorical([k % 5 for k in range(301)])}, "'x2' is not numeric"),
        ({"x2": pd.Timestamp("2024-05-01")}, "'x2' is not numeric"),
        ({"x2": np.arange(301) * 1j}, "'x2' is not numeric"),
        ({"x2": np.arange(301) * 1e200}, "'x2' is too large or too small"),
        ({"x2": np.arange(301) * 1e-200}, "'x2' is too large or too small"),
    ],
    ids=str,
)
def test_columns_that_cannot_be_used(columns, said):
    assert said in refused(DataError, ONE, hs(**columns))


def test_a_column_without_answers_is_the_hint():
    assert "most missing answers: x2\n" in refused(DataError, ONE, hs(x2=np.nan)) + "\n"


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda d: d["x1"], "x1, x2"),
        (lambda d: 3 * d["x1"] - 7, "x1, x2"),
        (lambda d: d["x1"] + d["x3"], "x1, x2, x3"),
        (lambda d: (d["x1"] + d["x3"] + d["x4"]) / 3, "x1, x2, x3, x4"),
    ],
    ids=["duplicate", "rescaled duplicate", "sum of two", "mean of three"],
)
def test_linearly_dependent_columns_are_named(make, names):
    message = refused(DataError, ONE, hs(x2=make(table("hs"))))
    assert f"linearly dependent: {names}\n" in message


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_rows_to_have_a_variance(rows):
    assert f"{rows} complete row(s) of {rows}" in refused(DataError, HS, table("hs").head(rows))


@pytest.mark.parametrize("rows", [2, 5, 9])
def test_fewer_rows_than_variables(rows):
    message = refused(DataError, HS, table("hs").head(rows))
    assert f"{rows} complete rows for 9 observed variables" in message or "one value" in message


def test_incomplete_rows_do_not_count():
    gaps = table("hs").copy()
    gaps.loc[10:, "x5"] = np.nan
    assert fit(HS, gaps.head(10)).nobs == (10,)
    assert fit(HS, gaps).nobs == (10,)
    assert "9 complete rows" in refused(DataError, HS, gaps.iloc[1:])


def test_listwise_deletion_is_a_fit_of_the_complete_rows():
    gaps = table("hs").copy()
    gaps.loc[::7, "x2"] = np.nan
    gaps.loc[3::11, "x9"] = np.nan
    ours, theirs = fit(HS, gaps), fit(HS, gaps.dropna(subset=["x2", "x9"]))
    assert ours.measures == pytest.approx(theirs.measures, nan_ok=True)
    assert [m.ntotal for m in ours.moments] == [301]


@pytest.mark.parametrize("kind", ["Int64", "Float64", "int8", "float32", "boolean"])
def test_any_numeric_type_will_do(kind):
    data = table("hs").copy()
    data["x2"] = (data["x2"] > data["x2"].median()).astype(kind)
    assert fit(ONE, data).converged


def test_missing_values_of_a_nullable_column_are_missing():
    data = table("hs").copy()
    data["x2"] = data["x2"].round().astype("Int64")
    data.loc[3, "x2"] = pd.NA
    assert fit(ONE, data).nobs == (300,)


def test_bad_rows_outside_the_model_do_not_matter():
    assert fit(ONE, hs(x9=np.inf, x8="text", x7=np.nan)).nobs == (301,)


@pytest.mark.parametrize("data", [[1, 2], np.zeros((5, 4)), {"x1": [1, 2]}, "hs.csv"])
def test_data_that_is_no_table(data):
    assert type(data).__name__ in refused(DataError, ONE, data)


# Names ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "missing", "near"),
    [
        ("f =~ x1 + x2 + x33", "x33", "x3"),
        ("f =~ x1 + x2 + X3", "X3", "x3"),
        ("f =~ x1 + x2 + x3\nf ~ agyr", "agyr", "ageyr"),
        ("f =~ x1 + x2 + x3\nx1 ~~ scool", "scool", "school"),
    ],
)
def test_unknown_variables_get_the_nearest_name(model, missing, near):
    message = refused(DataError, model, table("hs"))
    assert f"not in the data: {missing}" in message
    assert f"did you mean '{near}'" in message


def test_unknown_variables_are_all_named():
    assert "u1, u2, u3" in refused(DataError, "f =~ u1 + u2 + u3 + x1", table("hs"))


def test_a_column_that_stands_twice():
    data = pd.concat([table("hs"), table("hs")[["x1"]]], axis=1)
    assert "'x1' stands in the data twice" in refused(DataError, ONE, data)


def test_a_latent_variable_with_the_name_of_a_column():
    """As in lavaan: latent variable names must not collide with observed ones."""
    assert "'sex' is a latent variable" in refused(ModelError, "sex =~ x1 + x2 + x3", table("hs"))


def test_chinese_names():
    text = "能力 =~ 题1 + 路径*题2 + 题3\n能力 ~ b*年龄\n效应 := 路径*b"
    data = table("hs").rename(columns=CHINESE)
    plain = "f =~ x1 + l*x2 + x3\nf ~ b*ageyr\ne := l*b"
    found, expected = fit(text, data), fit(plain, table("hs"))
    assert list(found.parameters["est"]) == list(expected.parameters["est"])
    assert found.parameters["lhs"].iloc[-1] == "效应"


def test_chinese_groups():
    data = table("hs").rename(columns=CHINESE)
    data["学校"] = data["学校"].map({"Pasteur": "甲校", "Grant-White": "乙校"})
    found = fit("能力 =~ 题1 + 题2 + 题3", data, group="学校", group_order=["乙校", "甲校"])
    assert list(dict.fromkeys(found.parameters["group_label"])) == ["乙校", "甲校"]


def test_chinese_names_in_messages():
    data = table("hs").rename(columns=CHINESE)
    assert "did you mean '题3'" in refused(DataError, "能力 =~ 题1 + 题2 + 题3a", data)
    assert "'题2' has one value only" in refused(
        DataError, "能力 =~ 题1 + 题2 + 题3", data.assign(题2=1)
    )


# Groups ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"group": "schol"}, "did you mean 'school'"),
        ({"group": ["school"]}, "column '['school']' is not in the data"),
        ({"group_order": ["Pasteur"]}, "group_order without group"),
        ({"group": "school", "group_order": ["Pasteur"]}, "one group only ('Pasteur')"),
        ({"group": "school", "group_order": "Pasteur"}, "is not a list of groups"),
        ({"group": "school", "group_order": ["Pasteur", "Grant"]}, "did you mean 'Grant-White'"),
        ({"group": "school", "group_order": ["Pasteur"] * 2}, "'Pasteur' stands there twice"),
    ],
)
def test_groups_that_are_not_there(arguments, said):
    assert said in refused(DataError, ONE, table("hs"), **arguments)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("a", "one group only ('a')"),
        (np.nan, "no group in any row"),
        (["b"] + ["a"] * 300, "1 complete row(s) in group 'b' of 1"),
        (["b"] * 4 + ["a"] * 297, "4 complete rows for 4 observed variables"),
    ],
)
def test_groups_that_cannot_be_fitted(groups, said):
    assert said in refused(DataError, ONE, hs(school=groups), group="school")


def test_a_constant_column_in_one_group_names_the_group():
    constant = table("hs")["x2"].where(table("hs")["school"] == "Pasteur", 3)
    message = refused(DataError, ONE, hs(x2=constant), group="school")
    assert "'x2' has one value only in group 'Grant-White' (n = 145)" in message


def test_rows_without_a_group_are_left_out():
    data = hs(school=table("hs")["school"].where(table("hs").index > 9))
    assert sum(fit(ONE, data, group="school").nobs) == 291


@pytest.mark.parametrize("value", [None, (), []])
def test_nothing_held_equal(value):
    found = fit(ONE, table("hs"), group="school", group_equal=value, group_partial=value)
    assert found.npar == 24


# Moments --------------------------------------------------------------------------

UNIT = np.array([[1.0, 0.3], [0.3, 1.0]])
LABELLED = pd.DataFrame(UNIT, ["x1", "x2"], ["x1", "x2"])


@pytest.mark.parametrize(
    ("cov", "said"),
    [
        (np.array([[1, 0.2], [0.3, 1]]), "finite and symmetric: x1 with x2 is 0.2 and 0.3"),
        (np.array([[1, 0.3], [0, 1]]), "give the full matrix, not a triangle"),
        ([[1, 0.2], [0.3, 1]], "finite and symmetric"),
        (np.array([[1, np.nan], [np.nan, 1]]), "finite and symmetric: x1 with x2 is nan"),
        (np.array([[1, np.inf], [np.inf, 1]]), "finite and symmetric"),
        (np.eye(3), "sample_cov is (3, 3), the model has 2 observed variables"),
        (np.ones(4), "sample_cov is (4,)"),
        (np.ones((2, 2, 2)), "sample_cov is (2, 2, 2)"),
        (1.0, "sample_cov is ()"),
        (np.array([["a", "b"], ["b", "c"]]), "something other than numbers"),
        (np.array([[1, 2.0], [2, 1]]), "not positive definite"),
        (np.ones((2, 2)), "singular"),
        (np.array([[-1, 0.2], [0.2, 1]]), "the variance of 'x1' is -1"),
        (np.array([[1, 0], [0, 0]]), "the variance of 'x2' is 0"),
        (LABELLED.rename(columns={"x2": "x3"}), "not in the data: x2"),
        (LABELLED.rename(index={"x2": "x3"}), "not in the data: x2"),
        (pd.concat([LABELLED, LABELLED]), "'x1' stands in the data twice"),
    ],
    ids=str,
)
def test_covariance_matrices_that_cannot_be_used(cov, said):
    assert said in refused(DataError, PATH, sample_cov=cov, sample_nobs=100)


@pytest.mark.parametrize("nobs", [None, 0, 1, -5, 10.5, np.nan, "many", [100]])
def test_numbers_of_rows_that_cannot_be_used(nobs):
    assert "sample_nobs" in refused(DataError, PATH, sample_cov=UNIT, sample_nobs=nobs)


@pytest.mark.parametrize(
    ("mean", "said"),
    [
        ([1.0], "sample_mean needs 2 finite numbers, it has 1"),
        (1.0, "sample_mean needs 2 finite numbers"),
        ([1.0, np.nan], "sample_mean needs 2 finite numbers"),
        (["a", "b"], "something other than numbers"),
        (pd.Series({"x1": 1.0}), "not in the data: x2"),
        ({"x1": 1.0, "x3": 2.0}, "not in the data: x2"),
    ],
)
def test_means_that_cannot_be_used(mean, said):
    message = refused(DataError, PATH, sample_cov=UNIT, sample_nobs=100, sample_mean=mean)
    assert said in message


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "give either data or sample_cov"),
        ({"data": table("hs"), "sample_cov": UNIT}, "give either data or sample_cov"),
        ({"data": table("hs"), "sample_mean": [1, 2]}, "sample_mean belongs to sample_cov"),
        ({"data": table("hs"), "sample_nobs": 301}, "sample_nobs belongs to sample_cov"),
        ({"sample_cov": [UNIT, UNIT], "sample_nobs": 100}, "one entry for each group"),
        ({"sample_cov": [UNIT, UNIT], "sample_nobs": [100]}, "one entry for each group"),
        ({"sample_cov": [], "sample_nobs": []}, "one entry for each group"),
        ({"sample_cov": [UNIT] * 2, "sample_nobs": [9, 9], "sample_mean": 3}, "one entry for each"),
        ({"sample_cov": [UNIT] * 2, "sample_nobs": [9, 9]}, "give sample_mean beside"),
        ({"sample_cov": UNIT, "sample_nobs": 9, "meanstructure": True}, "give sample_mean beside"),
        ({"sample_cov": [UNIT] * 2, "sample_nobs": [9, 9], "group_order": ["a"]}, "group_order"),
    ],
)
def test_moments_that_do_not_go_together(arguments, said):
    assert said in refused(DataError, PATH, **arguments)


def test_a_matrix_may_be_a_list_of_rows():
    as_list = fit(PATH, sample_cov=UNIT.tolist(), sample_nobs=100)
    assert as_list.measures == fit(PATH, sample_cov=UNIT, sample_nobs=100).measures


def test_labels_put_a_matrix_in_order():
    data = table("hs")[[f"x{k}" for k in (9, 3, 1, 7, 2, 8, 5, 4, 6)]]
    shuffled = fit(HS, sample_cov=data.cov(), sample_mean=data.mean(), sample_nobs=301)
    assert shuffled.measures["chisq"] == pytest.approx(85.3055217, rel=1e-7)
    by_dict = fit(HS, sample_cov=data.cov(), sample_mean=dict(data.mean()), sample_nobs=301)
    assert list(by_dict.parameters["est"]) == list(shuffled.parameters["est"])


# Models ---------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["", "  \n ", "# nothing", None, 3, ["f =~ x1"]])
def test_models_that_say_nothing(model):
    assert "model" in refused(SurveySemError, model, table("hs"))


@pytest.mark.parametrize(
    "model",
    [
        "x1 ~ 1*x2\nx2 ~ 1*x1",
        "x1 ~~ -1*x1",
        "x1 ~~ 9*x2\nx1 ~~ 1*x1\nx2 ~~ 1*x2",
    ],
    ids=["feedback without equilibrium", "negative variance", "covariance too large"],
)
def test_fixed_values_that_no_covariance_matrix_has(model):
    assert "positive-definite" in refused(ModelError, model, table("hs"))


def test_a_large_starting_covariance_is_no_obstacle():
    text = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nf ~~ start(4)*g"
    assert fit(text, table("hs")).converged


def test_a_definition_that_is_not_defined_is_not_a_number():
    found = fit("x1 ~ a*x2 + b*x3\nr := a / (b - b)\ns := sqrt(-a^2)", table("hs"))
    values = found.parameters.set_index("lhs").loc[["r", "s"], ["est", "se", "std_all"]]
    assert np.isinf(values.loc["r", "est"])
    assert np.isnan(values.loc["s"]).all()
    assert np.isnan(values["se"]).all()


# Arguments ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"std_lv": "yes"}, "std_lv='yes' is no switch"),
        ({"fixed_x": None}, "fixed_x=None is no switch"),
        ({"meanstructure": "no"}, "meanstructure='no' is no switch"),
        ({"conditional_x": "x"}, "conditional_x='x' is no switch"),
        ({"cluster": ["school"]}, "cluster: list is not the name of a column"),
        ({"weights": table("hs")["agemo"]}, "weights: Series is not the name of a column"),
        ({"ordered": 3}, "ordered=3 is no list of names"),
        ({"ordered": ["scool"]}, "ordered: 'scool' is not in the data"),
        ({"constraints": 3}, "constraints=3 is no text"),
        ({"group": "school", "group_order": 3}, "group_order: '3' is not a list of groups"),
        ({"group": "school", "group_equal": 3}, "group_equal=3 is no list of names"),
        ({"group": "school", "group_partial": ["zz~1"]}, "'zz~1' is not a parameter"),
        ({"missing": "drop"}, "missing='drop' is not available"),
        ({"information": "first_order", "estimator": "MLR"}, "'first_order' does not go with se="),
        ({"information": "observed", "estimator": "ULS"}, "does not go with estimator ULS"),
        ({"likelihood": "wishart", "estimator": "ULS"}, "does not go with estimator ULS"),
        ({"se": "robust_huber_white", "estimator": "WLSMV"}, "least squares have no likelihood"),
        ({"se": "robust_sem", "missing": "fiml"}, "needs complete rows"),
        ({"test": "scaled_shifted", "missing": "fiml"}, "needs complete rows"),
        ({"meanstructure": False, "missing": "fiml"}, "needs the means"),
    ],
    ids=str,
)
def test_arguments_that_are_wrong_or_contradict_each_other(arguments, said):
    assert said in refused(SurveySemError, ONE, table("hs"), **arguments)


@pytest.mark.parametrize("argument", ["group", "weights"])
def test_columns_beside_moments(argument):
    asked = {argument: "school", "se": "standard", "test": "standard"}
    message = refused(DataError, PATH, sample_cov=UNIT, sample_nobs=100, **asked)
    assert f"{argument}='school' names a column" in message


def test_complex_weights():
    assert "holds '1j'" in refused(DataError, ONE, hs(agemo=1j), weights="agemo")


@pytest.mark.parametrize("kind", [list, tuple, set, np.array, pd.Index, iter])
def test_ordinal_names_in_any_collection(kind):
    data = table("sim")
    found = fit("f =~ y1 + y2 + y3", data, ordered=kind(["y1", "y2", "y3"]))
    assert found.estimator == "WLSMV"


def test_the_case_of_an_estimators_name_is_free():
    assert fit(ONE, table("hs"), estimator="mlr").estimator == "MLR"


@pytest.mark.parametrize(
    "answers",
    [
        lambda x: x - 1,
        lambda x: 7 * x - 3,
        lambda x: x / 2,
        lambda x: x.astype("Int64"),
        lambda x: np.exp(x),
    ],
    ids=["from 0", "gaps", "halves", "nullable", "unequal steps"],
)
def test_only_the_order_of_ordinal_codes_counts(answers):
    items, data = ["y1", "y2", "y3"], table("sim").head(300)
    expected = fit("f =~ y1 + y2 + y3", data, ordered=items).parameters["est"]
    coded = data.assign(y1=answers(data["y1"]))
    found = fit("f =~ y1 + y2 + y3", coded, ordered=items).parameters["est"]
    np.testing.assert_allclose(found, expected, atol=1e-12)
