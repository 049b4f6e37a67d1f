"""Green and Yang's omega and the alpha of latent responses, against semTools and by simulation."""

import numpy as np
import pandas as pd
import pytest
from likert import by_statistic, jackknife_error, likert

from reference_data import SCALES, frozen, holes, leadership
from surveysem.reliability import ordinal
from surveysem.reliability.coefficient import log_interval, logit_interval
from surveysem.reliability.wave import assess
from surveysem.sem.ordinal import ordinal_moments

FROZEN = frozen("reliability", "factor")["ordinal"]
each_case = pytest.mark.parametrize("name", FROZEN)


def data(name: str) -> pd.DataFrame:
    """The answers of a frozen case."""
    items = SCALES[name.partition("_")[0]]
    return holes(leadership(items, rows=300)) if "_" in name else leadership(items)


def of(answers: pd.DataFrame):
    """Both omegas and the latent alpha, by name."""
    x, names = answers.to_numpy(), list(answers)
    omegas, moments = ordinal.omegas(x, names)
    return by_statistic([*omegas, ordinal.latent_alpha(x, names, moments)])


def close(ours, theirs, tolerance=1e-6):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)
    return True


# Against lavaan and semTools --------------------------------------------------------------------------


@each_case
def test_omega_of_ordinal_items_against_semtools(name):
    """compRelSEM() with the model's variance and with the sample's, its default."""
    found, theirs = of(data(name)), FROZEN[name]
    assert found["omega_ordinal"].n == theirs["n"]
    assert found["omega_ordinal"].missing == "pairwise"
    assert close(found["omega_ordinal"].est, theirs["omega_ordinal_semtools"])
    assert close(found["omega_ordinal_observed"].est, theirs["omega_ordinal_observed"])


@each_case
def test_its_interval_against_lavaans_covariances(name):
    found, theirs = of(data(name))["omega_ordinal"], FROZEN[name]["omega_ordinal"]
    assert close([found.lower, found.upper], theirs[1:], 1e-5)


@each_case
def test_latent_alpha_against_semtools_and_lavaans_gamma(name):
    found, theirs = of(data(name))["alpha_ordinal_latent"], FROZEN[name]
    assert close(found.est, theirs["alpha_semtools"])
    assert close([found.lower, found.upper], theirs["alpha_ordinal_latent"][1:], 1e-5)


# Errors, derivatives ------------------------------------------------------------------------------------


def test_errors_against_the_jackknife():
    answers = likert(400, [0.8, 0.7, 0.6, 0.5], categories=4)
    intervals = {
        "omega_ordinal": logit_interval,
        "omega_ordinal_observed": logit_interval,
        "alpha_ordinal_latent": log_interval,
    }

    def estimates(rows):
        found = of(pd.DataFrame(rows, columns=list(answers)))
        return [found[statistic].est for statistic in intervals]

    errors, found = jackknife_error(estimates, answers.to_numpy(), size=4), of(answers)
    for (statistic, interval), se in zip(intervals.items(), errors, strict=True):
        mine, theirs = found[statistic], interval(found[statistic].est, se)
        assert mine.upper - mine.lower == pytest.approx(theirs[1] - theirs[0], rel=0.1)


def test_derivatives_against_finite_differences():
    rng = np.random.default_rng(2)
    cuts = np.sort(rng.standard_normal((3, 3)), axis=1)
    cuts[2, 2] = 40.0  # an item with a category less
    steps = np.array([[1.0, 1, 1], [1, 3, 1], [1, 2, 0]])
    loadings = np.array([0.8, 0.6, 0.7])
    total = np.outer(loadings, loadings) + 0.05
    np.fill_diagonal(total, 1.0)
    est, by_loading, by_cut, by_total = ordinal.green_yang(
        ordinal.Margins(cuts, steps), loadings, total
    )

    def value(loadings=loadings, cuts=cuts, total=total):
        return ordinal.green_yang(ordinal.Margins(cuts, steps), loadings, total)[0]

    h = 1e-6
    for j in range(3):
        e = h * np.eye(3)[j]
        numeric = (value(loadings + e) - value(loadings - e)) / (2 * h)
        assert by_loading[j] == pytest.approx(numeric, abs=1e-8)
    for at in np.ndindex(3, 3):
        e = np.zeros((3, 3))
        e[at] = h
        if cuts[at] < 40:
            numeric = (value(cuts=cuts + e) - value(cuts=cuts - e)) / (2 * h)
            assert by_cut[at] == pytest.approx(numeric, abs=1e-8)
        if at[0] > at[1]:
            both = e + e.T
            numeric = (value(total=total + both) - value(total=total - both)) / (2 * h)
            assert by_total[at] == pytest.approx(numeric, abs=1e-8)
    assert 0 < est < 1


# By simulation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codes", [[1.0, 2, 3, 4], [1.0, 2, 4, 9]])
def test_covariances_of_coded_answers_against_a_large_sample(codes):
    """Also where codes are not one apart."""
    rng = np.random.default_rng(7)
    rho = 0.6
    y = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 400_000)
    cuts = np.array([[-1.0, 0.2, 0.9], [-0.5, 0.5, 1.5]])
    x = np.array([np.array(codes)[np.digitize(y[:, j], cuts[j])] for j in (0, 1)])
    m = ordinal.Margins(cuts, np.tile(np.diff(codes), (2, 1)))
    cov = ordinal.covariances(m, np.array([[0.0, rho], [rho, 0.0]]))[0]
    expected = np.cov(x)
    assert cov[0, 1] == pytest.approx(expected[0, 1], rel=0.01)
    assert ordinal.variances(m)[0] == pytest.approx(np.diag(expected), rel=0.01)


def test_sample_margins_give_the_samples_variances():
    answers = likert(500, [0.7, 0.6, 0.5], categories=4)
    coded = answers.assign(q2=answers["q2"].map({1: 1, 2: 2, 3: 5, 4: 6}))
    moments = ordinal_moments(coded.to_numpy(), list(coded), np.ones(3, bool))
    m = ordinal.Margins.of(moments)
    np.testing.assert_allclose(ordinal.variances(m)[0], coded.var(ddof=0), rtol=1e-10)


def test_omega_is_the_correlation_of_two_parallel_sums():
    """Reliability by its definition: the correlation of two sums with the same true scores."""
    lam = np.array([0.8, 0.6, 0.7, 0.5])
    rng = np.random.default_rng(3)
    factor = rng.standard_normal((200_000, 1))
    cuts = np.linspace(-1.5, 1.5, 3)

    def answers():
        noise = rng.standard_normal((len(factor), 4)) * np.sqrt(1 - lam**2)
        return np.digitize(factor * lam + noise, cuts)

    first, second = answers(), answers()
    parallel = np.corrcoef(first.sum(axis=1), second.sum(axis=1))[0, 1]
    m = ordinal.Margins(np.tile(cuts, (4, 1)), np.ones((4, 3)))
    assert ordinal.green_yang(m, lam, np.outer(lam, lam))[0] == pytest.approx(parallel, abs=0.004)


# Where it cannot be computed ------------------------------------------------------------------------------

GOOD = likert(200, [0.8, 0.7, 0.6, 0.5])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda x: x.assign(q2=3.0), "everyone gave the same answer to q2"),
        (lambda x: x.assign(q2=np.nan), "nobody answered q2"),
        (lambda x: x.assign(q3=x["q1"]), "answers that go together perfectly: q1 and q3"),
        (lambda x: x * np.nan, "0 respondents with an answer: too few"),
    ],
)
def test_why_not_in_words(change, expected):
    found = of(change(GOOD))
    assert {c.note for c in found.values()} == {expected}
    assert np.isnan([c.est for c in found.values()]).all()


def test_answers_that_order_respondents_alike():
    """Not equal, but one's categories follow from the other's: a polychoric correlation of 1."""
    found = of(GOOD.assign(q3=np.minimum(GOOD["q1"], 4)))
    assert found["omega_ordinal"].note == "answers that go together perfectly: q1 and q3"


def test_thirty_respondents():
    found = of(likert(30, [0.8, 0.7, 0.6, 0.6], seed=2))
    assert {c.note for c in found.values()} == {""}


# When items are ordinal -----------------------------------------------------------------------------------


def whole(answers: pd.DataFrame, categories: int) -> pd.DataFrame:
    """scales.csv of one scale."""
    entry = {"scale": "S", "group": "all", "groups": ["all"], "items": list(answers)}
    told = {"categories": dict.fromkeys(answers, categories), "facets": {}, "draws": 100, "seed": 1}
    return assess(answers, "w", [entry], **told)[0].set_index("statistic")


@pytest.mark.parametrize(("categories", "lead"), [(4, "omega_ordinal"), (5, "omega")])
def test_four_categories_or_fewer_lead_with_the_ordinal_omega(categories, lead):
    scales = whole(likert(200, [0.7, 0.6, 0.5], categories), categories)
    assert scales.index[scales["lead"] == 1].tolist() == [lead]


def test_a_skewed_item_counts_as_ordinal():
    rare = GOOD.assign(q4=np.where(np.arange(200) < 8, 5.0, np.where(np.arange(200) < 12, 2, 1)))
    for answers, lead in ((GOOD, "omega"), (rare, "omega_ordinal"), (GOOD * 0 + 3, "omega")):
        scales = whole(answers, 5)
        assert scales.index[scales["lead"] == 1].tolist() == [lead]


def test_more_than_seven_categories_are_not_ordinal():
    assert "omega_ordinal" in whole(GOOD, 7).index
    scales = whole(GOOD, 8)
    assert not scales.index.str.contains("ordinal").any()
    assert scales.index[scales["lead"] == 1].tolist() == ["omega"]
