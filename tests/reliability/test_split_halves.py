"""Split halves, standardised alpha, two-item scales, and the draws behind their intervals."""

import numpy as np
import pandas as pd
import pytest
from likert import by_statistic, likert
from scipy import stats

from reference_data import FOLDER, SCALES, frozen, leadership
from surveysem.reliability import classical, resample, wave

FROZEN = frozen("reliability", "psych")
HALVES = ("split_half_min", "split_half_max", "split_half_odd_even", "split_half_mean")


def data(items) -> np.ndarray:
    """Answers to items of the leadership study, or of Holzinger and Swineford's."""
    if items[0] == "x1":
        return pd.read_csv(FOLDER / "sem" / "hs.csv")[items].to_numpy()
    return leadership(items).to_numpy()


def coefficients(answers: np.ndarray, draws: int = 100, seed: int = 1):
    """Classical coefficients of answers, by name."""
    names = [f"q{j + 1}" for j in range(answers.shape[1])]
    return by_statistic(wave._classical(answers, names, draws, np.random.default_rng(seed)))


@pytest.mark.parametrize("name", FROZEN["halves"])
def test_split_halves_against_all_splits_in_r(name):
    theirs = FROZEN["halves"][name]
    found = coefficients(data(theirs["items"]))
    for statistic in HALVES:
        assert found[statistic].est == pytest.approx(
            theirs[statistic.removeprefix("split_half_")], abs=1e-10
        )


@pytest.mark.parametrize("name", ["four", "six", "ten"])
def test_split_halves_against_psych(name):
    """splitHalf(covar = TRUE); of an odd number of items it looks at half of the splits."""
    theirs = FROZEN["halves"][name]
    found = coefficients(data(theirs["items"]))
    for statistic in ("min", "max", "mean"):
        assert found[f"split_half_{statistic}"].est == pytest.approx(theirs["psych"][statistic])


@pytest.mark.parametrize("scale", ["LEAD", "HOSTILE"])
def test_standardised_alpha_against_psych(scale):
    found = coefficients(data(SCALES[scale]))
    alpha, mean_r = FROZEN["standardised"][scale]
    assert found["alpha_std"].est == pytest.approx(alpha, abs=1e-10)
    assert found["mean_r"].est == pytest.approx(mean_r, abs=1e-10)


@pytest.mark.parametrize("items", range(3, 10))
def test_mean_of_all_splits_from_alpha(items):
    cov = np.cov(likert(100, np.linspace(0.3, 0.9, items)).T)
    every = classical.split_halves(cov, classical.splits(items))
    assert every.mean() == pytest.approx(
        classical.mean_split_half(float(classical.alpha_of(cov)), items), rel=1e-12
    )


@pytest.mark.parametrize(("items", "number"), [(3, 3), (4, 3), (5, 10), (6, 10), (12, 462)])
def test_every_split_once(items, number):
    signs = classical.splits(items)
    assert len(signs) == number
    both = {tuple(s) for s in signs} | {tuple(-s) for s in signs}
    assert len(both) == 2 * number
    assert (np.abs(signs.sum(axis=1)) == items % 2).all()


def test_more_than_twelve_items():
    found = coefficients(likert(200, np.full(13, 0.6)).to_numpy())
    assert found["split_half_max"].note == "more than 12 items: not every split is tried"
    assert np.isfinite(found["split_half_mean"].est)
    assert np.isfinite(found["split_half_odd_even"].lower)


def test_the_extremes_of_many_splits_have_no_interval():
    found = coefficients(likert(200, [0.8, 0.7, 0.6, 0.5]).to_numpy())
    assert np.isnan([found["split_half_min"].lower, found["split_half_max"].upper]).all()
    note = found["split_half_max"].note
    assert note == "the highest of 3 splits goes with chance: no interval"


# Two items --------------------------------------------------------------------------------------------


def test_spearman_browns_interval_is_that_of_the_correlation():
    x = likert(100, [0.8, 0.7]).to_numpy()
    found = coefficients(x)["spearman_brown"]
    r = stats.pearsonr(*x.T)
    bounds = r.confidence_interval()
    theirs = np.array([r.statistic, bounds.low, bounds.high])
    mine = [found.est, found.lower, found.upper]
    np.testing.assert_allclose(mine, 2 * theirs / (1 + theirs), rtol=1e-9)
    assert found.note.startswith("two items")
    assert "split_half_mean" not in coefficients(x)


def test_two_items_lead_with_spearman_and_brown():
    answers = likert(100, [0.8, 0.7])
    entry = {"scale": "S", "group": "all", "groups": ["all"], "items": ["q1", "q2"]}
    told = {"categories": {"q1": 5, "q2": 5}, "facets": {}, "draws": 100, "seed": 1}
    for frame in (answers, answers.assign(q2=3.0)):
        scales = wave.assess(frame, "w", [entry], **told)[0].set_index("statistic")
        assert scales.index[scales["lead"] == 1].tolist() == ["spearman_brown"]
        assert scales.loc["omega", "note"] == "two items: a factor behind them is not identified"


# Draws ------------------------------------------------------------------------------------------------


def test_covariances_of_draws_are_those_of_the_rows_drawn():
    x = likert(40, [0.8, 0.7, 0.6]).to_numpy()
    drawn = resample.covariances(x, 7, np.random.default_rng(5))
    times = np.concatenate(list(resample.counts(40, 7, np.random.default_rng(5))))
    assert (times.sum(axis=1) == 40).all()
    for cov, t in zip(drawn, times, strict=True):
        np.testing.assert_allclose(cov, np.cov(np.repeat(x, t.astype(int), axis=0).T), atol=1e-12)


def test_draws_do_not_depend_on_how_many_are_taken_at_once(monkeypatch):
    x = likert(40, [0.8, 0.7]).to_numpy()
    whole = resample.covariances(x, 50, np.random.default_rng(5))
    monkeypatch.setattr(resample, "AT_ONCE", 100)
    np.testing.assert_array_equal(resample.covariances(x, 50, np.random.default_rng(5)), whole)


def test_bootstrap_error_of_the_mean_correlation_against_theory():
    """Of two normal variables: (1 - r^2)^2 / n."""
    rng = np.random.default_rng(8)
    x = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 1000)
    drawn = resample.covariances(x, 2000, rng)
    assert classical.mean_correlation(drawn).std() == pytest.approx(0.75 / np.sqrt(1000), rel=0.08)


def test_basic_interval_goes_back_what_resampling_moved():
    """Draws half a logit below the estimate: bounds half a logit above."""
    rng = np.random.default_rng(2)
    logit = stats.logistic.ppf(0.7)
    drawn = stats.logistic.cdf(logit - 0.5 + 0.2 * rng.standard_normal(100_000))
    lower, upper = stats.logistic.ppf(resample.basic_interval(0.7, drawn)) - logit
    assert (lower, upper) == (pytest.approx(0.5 - 0.392, abs=0.01), pytest.approx(0.892, abs=0.01))
    assert np.isnan(resample.basic_interval(1.0, drawn)).all()
    assert np.isnan(resample.basic_interval(0.7, np.full(100, 1.0))).all()


def test_p_of_draws():
    values = np.arange(-10, 90.0)
    assert resample.two_sided_p(values) == pytest.approx(2 * 12 / 101)
    assert resample.two_sided_p(-values) == resample.two_sided_p(values)
    assert resample.two_sided_p(np.r_[-1, 1, 0]) == 1
    assert np.isnan(resample.two_sided_p(np.array([1, np.nan])))


def test_the_same_seed_and_name_give_the_same_interval():
    answers = likert(100, [0.8, 0.7, 0.6])
    entry = {"scale": "S", "group": "all", "groups": ["all"], "items": list(answers)}
    told = {"categories": dict.fromkeys(answers, 9), "facets": {}, "draws": 100}
    tables = [
        wave.assess(answers, w, [entry | {"scale": s}], **told, seed=seed)[0]
        .set_index("statistic")
        .loc["mean_r", ["ci_lower", "ci_upper"]]
        .tolist()
        for w, s, seed in (
            ("w", "S", 1),
            ("w", "S", 1),
            ("v", "S", 1),
            ("w", "T", 1),
            ("w", "S", 2),
        )
    ]
    assert tables[0] == tables[1]
    assert all(other != tables[0] for other in tables[2:])
