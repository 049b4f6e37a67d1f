"""Omega, composite reliability and AVE of one factor, and omega hierarchical of declared facets."""

import numpy as np
import pandas as pd
import pytest
from likert import by_statistic, jackknife_error, likert
from scipy import stats

from reference_data import FOLDER, SCALES, frozen, holes, leadership
from surveysem.reliability import facets, factor
from surveysem.reliability.coefficient import gradient, log_interval, logit_interval

NAN = np.nan
FROZEN = frozen("reliability", "factor")
CASES = [*SCALES, *(f"{scale}_holes" for scale in SCALES)]
each_case = pytest.mark.parametrize("name", CASES)


def data(name: str) -> pd.DataFrame:
    """The answers of a frozen case."""
    items = SCALES[name.partition("_")[0]]
    return holes(leadership(items, rows=300)) if "_" in name else leadership(items)


def of(answers: pd.DataFrame):
    """The coefficients of one factor behind answers, by name."""
    return by_statistic(factor.unidimensional(answers.to_numpy(), list(answers)))


def close(ours, theirs, tolerance=1e-6):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)
    return True


# Against lavaan and semTools --------------------------------------------------------------------------


@each_case
@pytest.mark.parametrize("statistic", ["omega", "cr", "ave"])
def test_estimates_and_intervals_against_lavaan(name, statistic):
    """Defined parameters of cfa(estimator = "MLR", missing = "ml"), through the logit."""
    found = of(data(name))[statistic]
    assert found.n == FROZEN["continuous"][name]["n"]
    assert (found.method, found.missing, found.note) == ("delta, logit", "fiml", "")
    theirs = FROZEN["continuous"][name][statistic]
    assert close(found.est, theirs[0])
    assert close([found.lower, found.upper], theirs[1:], 1e-5)


@each_case
def test_omegas_against_semtools(name):
    """compRelSEM(obs.var = FALSE) and its default, the sample's total variance."""
    found, theirs = of(data(name)), FROZEN["continuous"][name]
    assert close(found["omega"].est, theirs["omega_semtools"])
    assert close(found["omega_observed"].est, theirs["omega_observed"], 1e-5)


# Errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [False, True])
def test_error_of_omega_with_the_samples_variance_against_the_jackknife(missing):
    answers = likert(150, [0.8, 0.7, 0.6, 0.5])
    x = (holes(answers) if missing else answers).to_numpy()
    names = list(answers)
    found = by_statistic(factor.unidimensional(x, names))["omega_observed"]
    se = jackknife_error(
        lambda rows: by_statistic(factor.unidimensional(rows, names))["omega_observed"].est, x, 2
    )
    assert close([found.lower, found.upper], logit_interval(found.est, se), 0.004)


def test_the_interval_is_symmetric_for_the_logit():
    lower, upper = logit_interval(0.8, 0.03)
    z = stats.norm.ppf(0.975)
    assert stats.logistic.ppf(upper) - stats.logistic.ppf(0.8) == pytest.approx(z * 0.03 / 0.16)
    assert stats.logistic.ppf(0.8) - stats.logistic.ppf(lower) == pytest.approx(z * 0.03 / 0.16)
    assert np.log((1 - 0.8) / (1 - log_interval(0.8, 0.03)[1])) == pytest.approx(z * 0.03 / 0.2)


@pytest.mark.parametrize("interval", [logit_interval, log_interval])
def test_no_interval_where_there_is_no_error_or_the_estimate_is_one(interval):
    assert np.isnan(interval(0.5, NAN)).all()
    assert np.isnan(interval(1.0, 0.1)).all()


@pytest.mark.parametrize(
    "function",
    [factor.omega, factor.composite_reliability, factor.average_variance_extracted],
)
def test_gradients_against_finite_differences(function):
    x = np.array([0.8, 0.9, 0.3, 0.5, 0.2, 1.4])

    def whole(v):
        return function(v[:3], v[3:])

    e = 1e-6 * np.eye(6)
    numeric = [(whole(x + row) - whole(x - row)) / 2e-6 for row in e]
    np.testing.assert_allclose(gradient(whole, x), numeric, rtol=1e-7)


# By hand ----------------------------------------------------------------------------------------------


def test_parallel_items_have_one_reliability():
    """k items of equal loadings and errors: Spearman-Brown of one item's reliability."""
    loadings, residuals = np.full(4, 1.2), np.full(4, 0.9)
    one = 1.44 / 2.34
    expected = 4 * one / (1 + 3 * one)
    assert factor.omega(loadings, residuals) == pytest.approx(expected, rel=1e-14)
    assert factor.composite_reliability(loadings, residuals) == pytest.approx(expected, rel=1e-14)
    assert factor.average_variance_extracted(loadings, residuals) == pytest.approx(one, rel=1e-14)


def test_omega_is_of_raw_answers_and_cr_of_standardised_ones():
    """With q1 counted a hundredfold the sum is q1: its reliability is omega's limit."""
    answers = likert(300, [0.8, 0.7, 0.6])
    wide = answers.assign(q1=100 * answers["q1"])
    before, after = of(answers), of(wide)
    assert after["cr"].est == pytest.approx(before["cr"].est, abs=1e-6)
    assert after["omega"].est == pytest.approx(reliability_of_q1(answers), abs=0.02)
    assert abs(after["omega"].est - before["omega"].est) > 0.02


def reliability_of_q1(answers: pd.DataFrame) -> float:
    """Of one factor behind three items (just identified): r12 r13 / r23."""
    R = np.corrcoef(answers.T)
    return R[0, 1] * R[0, 2] / R[1, 2]


# Where it cannot be computed --------------------------------------------------------------------------


def note(answers: pd.DataFrame) -> str:
    """The note of a scale without omega."""
    found = of(answers)
    assert set(found) == set(factor.STATISTICS)
    assert len({c.note for c in found.values()}) == 1
    for c in found.values():
        assert np.isnan([c.est, c.lower, c.upper]).all()
    return found["omega"].note


GOOD = likert(200, [0.8, 0.7, 0.6, 0.5])


def test_a_constant_item():
    assert note(GOOD.assign(q2=3.0)) == "everyone gave the same answer to q2"


def test_an_item_that_nobody_answered():
    assert note(GOOD.assign(q2=NAN)) == "nobody answered q2"


def test_items_that_are_one():
    assert note(GOOD.assign(q3=6 - GOOD["q1"])) == "answers that go together perfectly: q1 and q3"


def test_everything_missing():
    assert note(GOOD * NAN) == "0 respondents with an answer: too few"


def test_too_few_respondents():
    assert note(GOOD.head(4)).startswith("not fitted: ")


def test_items_never_answered_together():
    even = GOOD.index % 2 == 0
    split = GOOD.assign(q1=GOOD["q1"].where(even), q2=GOOD["q2"].where(~even))
    assert note(split).startswith("not fitted: nobody answered both 'q1' and 'q2'")


def test_a_heywood_case_names_the_item():
    """q1 correlates .9 with two items that correlate .5: its loading is beyond its variance."""
    R = np.array([[1, 0.9, 0.8], [0.9, 1, 0.5], [0.8, 0.5, 1]])
    rows = np.random.default_rng(1).standard_normal((100, 3))
    rows -= rows.mean(axis=0)
    exact = rows @ np.linalg.inv(np.linalg.cholesky(np.cov(rows.T))).T @ np.linalg.cholesky(R).T
    answers = pd.DataFrame(exact, columns=["q1", "q2", "q3"])
    assert note(answers) == "Heywood case: negative variance of q1"


def test_thirty_respondents():
    found = of(likert(30, [0.8, 0.7, 0.6]))
    assert {c.note for c in found.values()} == {""}
    assert 0 < found["omega"].lower < found["omega"].est < found["omega"].upper < 1


# Facets -----------------------------------------------------------------------------------------------


def three(frame: pd.DataFrame) -> dict:
    """Three facets of three items, in order."""
    names = list(frame)
    return {"first": names[:3], "second": names[3:6], "third": names[6:]}


def bifactor() -> pd.DataFrame:
    """Answers simulated from a bifactor model (generate_factor.R)."""
    return pd.read_csv(FOLDER / "reliability" / "bifactor.csv", dtype=float)


def hierarchical(frame: pd.DataFrame, of_facets=None):
    """Coefficients of a scale with facets, by name."""
    found = facets.hierarchical(frame.to_numpy(), list(frame), of_facets or three(frame))
    return by_statistic(found)


@pytest.mark.parametrize("missing", [False, True])
def test_omega_hierarchical_against_lavaan_and_semtools(missing):
    """omega_h of the second-order model is omegaL1 of reliabilityL2()."""
    theirs = FROZEN["hierarchical"]["bifactor_holes" if missing else "bifactor"]
    found = hierarchical(holes(bifactor()) if missing else bifactor())
    for model in ("bifactor", "second_order"):
        for statistic in ("omega_h", "omega_t", "ecv"):
            mine = found[f"{statistic}_{model}"]
            assert close(mine.est, theirs[f"{statistic}_{model}"], 1e-5)
            assert mine.lower < mine.est < mine.upper
    assert found["puc"].est == pytest.approx(27 / 36)


def test_a_real_scale_with_facets_and_a_heywood_case():
    """Holzinger and Swineford: lavaan too finds a negative variance in the bifactor model."""
    hs = pd.read_csv(FOLDER / "sem" / "hs.csv")[[f"x{k}" for k in range(1, 10)]]
    theirs = FROZEN["hierarchical"]["hs"]
    found = hierarchical(hs)
    assert not theirs["admissible"]
    assert found["omega_h_bifactor"].note == "Heywood case: negative variance of x1"
    assert np.isnan(found["omega_h_bifactor"].est)
    for statistic in ("omega_h", "omega_t", "ecv"):
        mine = found[f"{statistic}_second_order"]
        assert close(mine.est, theirs[f"{statistic}_second_order"], 1e-5)


def test_error_of_omega_hierarchical_against_the_jackknife():
    few = bifactor().head(200)
    names, of_facets = list(few), three(few)
    found = hierarchical(few)["omega_h_second_order"]

    def statistic(rows):
        return by_statistic(facets.hierarchical(rows, names, of_facets))["omega_h_second_order"].est

    se = jackknife_error(statistic, few.to_numpy(), size=5)
    assert close([found.lower, found.upper], logit_interval(found.est, se), 0.01)


def test_facets_of_two_items_have_no_bifactor_model():
    frame = bifactor()[["b1", "b2", "b4", "b5", "b7", "b8", "b9"]]
    found = hierarchical(frame, {"a": ["b1", "b2"], "b": ["b4", "b5"], "c": ["b7", "b8", "b9"]})
    assert found["omega_h_bifactor"].note == "not identified: facet of two items: a, b"
    assert found["omega_h_second_order"].note == ""


def test_an_item_of_no_facet_measures_the_general_factor_itself():
    frame = bifactor()
    most = {"a": ["b1", "b2", "b3"], "b": ["b4", "b5", "b6"]}
    found = hierarchical(frame, most)
    assert found["puc"].est == pytest.approx(1 - 12 / 72)
    assert found["omega_h_second_order"].note == ""
    two = hierarchical(frame[list(frame)[:6]], most)
    assert two["omega_h_second_order"].note == "not identified: 2 parts: too few"


def test_a_facet_that_adds_nothing_is_named():
    answers = likert(600, np.full(7, 0.7), seed=4)
    names = list(answers)
    found = hierarchical(answers, {"early": names[:2], "mid": names[2:4], "late": names[4:6]})
    assert found["omega_h_second_order"].note.startswith("Heywood case: negative variance of facet")


def test_no_facets_no_rows():
    assert facets.hierarchical(GOOD.to_numpy(), list(GOOD), {}) == []
    assert facets.hierarchical(GOOD.to_numpy(), list(GOOD), {"a": ["q1", "q2"], "b": ["q3"]}) == []
