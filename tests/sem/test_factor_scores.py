"""Factor scores, continuous and ordinal: against lavaan, closed forms and invariances.

lavaan's numbers come from tests/reference/sem/scores/generate.R.
"""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sem_cases import FOLDER, HS, table

from surveysem.sem import factorscores, fit
from surveysem.sem.caseinfluence import log_density
from surveysem.sem.errors import DataError, NotAvailableError
from surveysem.sem.ordinalscores import Measurement, posterior_mode

FROZEN = json.loads((FOLDER / "scores" / "scores.json").read_text(encoding="utf-8"))
MIMIC = HS + "\nvisual + textual ~ ageyr + sex\nspeed ~ ageyr + visual\nx9 ~ sex"
PD = """ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8"""
MODELS = {
    "hs": (HS, "hs", {}),
    "means": (HS, "hs", {"meanstructure": True}),
    "groups": (HS, "hs", {"group": "school", "group_equal": ["loadings", "intercepts"]}),
    "mimic": (MIMIC, "hs", {"meanstructure": True}),
    "pd": (PD, "pd", {}),
    "outcome": (HS + "\ngrade ~ visual + speed", "hs", {"meanstructure": True}),
}
SECOND = HS + "\nability =~ visual + textual + speed"


@pytest.fixture(scope="module")
def fits():
    data = {"hs": table("hs").assign(ageyr=table("hs")["ageyr"] - 13), "pd": table("pd")}
    return {name: fit(m, data[of], **options) for name, (m, of, options) in MODELS.items()}


@pytest.fixture(scope="module")
def second():
    return fit(SECOND, table("hs"))


def numbers(x):
    return np.array(x, dtype=float)


def close(ours, theirs, tolerance=1e-6):
    np.testing.assert_allclose(numbers(ours), numbers(theirs), rtol=tolerance, atol=tolerance)


def measured(L, V, theta, mu, mean):
    """Factors of a measurement model."""
    p = len(L)
    sigma, residuals = L @ V @ L.T + np.diag(theta), np.diag(theta)
    return factorscores.Factors(sigma, mu, V @ L.T, V, mean, L, np.zeros((p, p)), residuals)


# Against lavaan ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", factorscores.METHODS)
@pytest.mark.parametrize("name", FROZEN["scores"])
def test_scores_and_their_errors_against_lavaan(fits, name, method):
    theirs = FROZEN["scores"][name][method]
    close(fits[name].factor_scores(method), np.vstack([numbers(x) for x in theirs["scores"]]))
    parts = [np.repeat(numbers(e), len(s), axis=0)
             for e, s in zip(theirs["errors"], theirs["scores"], strict=True)]  # fmt: skip
    close(fits[name].factor_score_errors(method), np.vstack(parts))


def test_second_order_scores_against_lavaan(second):
    theirs = FROZEN["second"]["regression"]
    close(second.factor_scores(), theirs["scores"][0])
    close(second.factor_score_errors().iloc[:1], theirs["errors"][0])


def test_bartlett_has_no_score_for_a_factor_without_items_of_its_own(second):
    """lavaan gives that factor's mean to every row, and no standard error."""
    theirs = FROZEN["second"]["Bartlett"]
    ours = second.factor_scores("Bartlett")
    close(ours.iloc[:, :3], numbers(theirs["scores"][0])[:, :3])
    close(second.factor_score_errors("Bartlett").iloc[0, :3], theirs["errors"][0][0][:3])
    assert ours["ability"].isna().all()
    assert (numbers(theirs["scores"][0])[:, 3] == 0).all()


def with_holes() -> np.ndarray:
    """The answers of generate.R with some taken away."""
    values = table("hs")[[f"x{k}" for k in range(1, 10)]].to_numpy(float)
    i, k = np.arange(1, len(values) + 1)[:, None], np.arange(1, 10)
    values[(i * (7 + k)) % 23 < 4] = np.nan
    values[4, :3] = np.nan
    return values


@pytest.fixture(scope="module")
def incomplete():
    """Factors at lavaan's FIML estimates."""
    est = pd.DataFrame(FROZEN["incomplete"]["table"])
    latent, observed = ["visual", "textual", "speed"], [f"x{k}" for k in range(1, 10)]
    L, V, theta, mu = np.zeros((9, 3)), np.zeros((3, 3)), np.zeros(9), np.zeros(9)
    for lhs, op, rhs, value in est.itertuples(index=False):
        if op == "=~":
            L[observed.index(rhs), latent.index(lhs)] = value
        elif op == "~1" and lhs in observed:
            mu[observed.index(lhs)] = value
        elif op == "~~" and lhs in latent:
            a, b = latent.index(lhs), latent.index(rhs)
            V[a, b] = V[b, a] = value
        elif op == "~~":
            theta[observed.index(lhs)] = value
    return measured(L, V, theta, mu, np.zeros(3))


@pytest.mark.parametrize("method", factorscores.METHODS)
def test_scores_of_rows_with_holes_against_lavaan(incomplete, method):
    """nan where a row says nothing of a factor."""
    scores, errors = factorscores.score(with_holes(), incomplete, method)
    theirs = numbers(FROZEN["incomplete"][method]["scores"][0])
    assert np.isnan(theirs).any()
    close(scores, theirs)
    close(errors, FROZEN["incomplete"][method]["errors"][0])


def test_log_likelihood_of_rows_with_holes_against_lavaan(incomplete):
    ours = log_density(with_holes(), incomplete.mu, incomplete.sigma)
    theirs = numbers(FROZEN["incomplete"]["casewise"])
    close(ours, np.nan_to_num(theirs), 1e-7)


def test_data_may_have_holes_and_another_order(fits):
    data = table("hs").sample(frac=1, random_state=1)
    found = fits["groups"].factor_scores(data=data, group="school")
    assert found.index.equals(data.index)
    own = fits["groups"].factor_scores().to_numpy()
    schools = table("hs")["school"]
    order = np.concatenate([np.flatnonzero(schools == s) for s in fits["groups"].group_labels])
    close(found.loc[order], own, 1e-12)
    data.loc[0, "x1"] = np.nan
    data.loc[1, [f"x{k}" for k in range(1, 10)]] = np.nan
    holed = fits["groups"].factor_scores(data=data, group="school")
    assert holed.loc[0].notna().all()
    assert holed.loc[1].isna().all()
    errors = fits["groups"].factor_score_errors(data=data, group="school")
    assert errors.loc[0, "visual"] > errors.loc[2, "visual"]


def test_an_item_says_nothing_to_bartlett_without_what_predicts_it(fits):
    """x9 depends on sex: without sex its part is that of a row without x9."""
    data = table("hs").assign(ageyr=table("hs")["ageyr"] - 13.0).iloc[:2].astype({"sex": float})
    data.loc[0, "sex"] = np.nan
    data.loc[1, "x9"] = np.nan
    scores = fits["mimic"].factor_scores("Bartlett", data=data)
    errors = fits["mimic"].factor_score_errors("Bartlett", data=data)
    assert scores.notna().all(axis=None)
    close(errors.loc[0], errors.loc[1], 1e-12)
    data.loc[0, "x9"] = np.nan
    close(fits["mimic"].factor_scores("Bartlett", data=data).loc[0], scores.loc[0], 1e-12)


# Determinacy --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", factorscores.METHODS)
def test_determinacy_of_one_factor_has_a_closed_form(method):
    """rho^2 = a / (1 + a), a = sum of lambda^2 / theta, for either method."""
    loading = np.array([0.8, 0.7, 0.6, 0.5])
    L, theta = loading[:, None], 1 - loading**2
    f = measured(L, np.eye(1), theta, np.zeros(4), np.zeros(1))
    a = (loading**2 / theta).sum()
    close(factorscores.determinacy(f, method), np.sqrt(a / (1 + a)), 1e-12)


def test_determinacy_is_that_of_the_standard_errors(fits):
    """Regression: 1 - se^2 / psi. Bartlett: 1 / (1 + se^2 / psi)."""
    share = fits["pd"].factor_score_errors().iloc[0] ** 2 / np.diag(
        fits["pd"].implied_moments[0].V[11:, 11:]
    )
    close(fits["pd"].factor_determinacy().iloc[0] ** 2, 1 - share, 1e-10)
    share = fits["pd"].factor_score_errors("Bartlett").iloc[0] ** 2 / np.diag(
        fits["pd"].implied_moments[0].V[11:, 11:]
    )
    close(fits["pd"].factor_determinacy("Bartlett").iloc[0] ** 2, 1 / (1 + share), 1e-10)
    assert list(fits["groups"].factor_determinacy().index) == list(fits["groups"].group_labels)


# Invariances ----------------------------------------------------------------------------------


@given(st.lists(st.floats(0.1, 10), min_size=9, max_size=9))
@settings(max_examples=5, deadline=None)
def test_units_of_items_do_not_change_standardised_scores(units):
    data = table("hs").copy()
    names = [f"x{k}" for k in range(1, 10)]
    data[names] *= units
    for method in factorscores.METHODS:
        ours = fit(HS, data, std_lv=True).factor_scores(method)
        close(ours, fit(HS, table("hs"), std_lv=True).factor_scores(method), 1e-5)


@pytest.mark.parametrize("method", factorscores.METHODS)
def test_factors_may_have_units_far_apart(method):
    data = table("hs").copy()
    data[["x1", "x2", "x3"]] *= 1e6
    ours = fit(HS, data).factor_scores(method) / [1e6, 1, 1]
    close(ours, fit(HS, table("hs")).factor_scores(method), 1e-5)


def test_bartlett_does_without_residuals():
    """A single item without error is its own score."""
    found = fit(HS + "\nage =~ ageyr", table("hs")).factor_scores("Bartlett")
    close(found["age"], table("hs")["ageyr"] - table("hs")["ageyr"].mean(), 1e-8)


# Ordinal ---------------------------------------------------------------------------------------


def ordinal(name):
    """A frozen case: answers counted from 0, measurement and means."""
    case = FROZEN["ordinal"][name]
    cuts = [numbers(t) if len(t) else None for t in case["thresholds"]]
    answers = numbers(case["answers"]) - [t is not None for t in cuts]
    parts = (numbers(case[key]) for key in ("loadings", "residuals", "intercepts", "cov"))
    L, theta, nu, V = parts
    return answers, Measurement(L, theta, cuts, nu, V), numbers(case["mean"])


@pytest.mark.parametrize("name", FROZEN["ordinal"])
def test_posterior_modes_against_lavaan(name):
    """lavaan's optimiser stops at four digits; `tight` is R's from lavaan's parameters.

    Under theta lavaan 0.6-14 takes standardised thresholds and loadings with residual
    variances of 1, and so has scores of no scale: see the next test.
    """
    scores, _ = posterior_mode(*ordinal(name))
    close(scores, FROZEN["ordinal"][name]["tight"], 1e-7)
    if name != "theta":
        close(scores, FROZEN["ordinal"][name]["scores"], 4e-4)


def test_modes_do_not_depend_on_the_parametrisation():
    """Delta and theta fits are one model: scores differ by the factors' units alone."""
    delta, theta = (posterior_mode(*ordinal(name))[0] for name in ("wlsmv", "theta"))
    units = np.sqrt(ordinal("wlsmv")[1].residuals[[0, 3]])
    close(delta, theta * units, 1e-4)


def log_posterior(eta, answers, ms, mean):
    value = stats.multivariate_normal(mean, ms.cov).logpdf(eta)
    predictor = ms.intercepts + ms.loadings @ eta
    for j, y in enumerate(answers):
        law = stats.norm(predictor[j], np.sqrt(ms.residuals[j]))
        if np.isnan(y):
            continue
        if ms.thresholds[j] is None:
            value += law.logpdf(y)
        else:
            ends = np.concatenate([[-np.inf], ms.thresholds[j], [np.inf]])
            value += np.log(law.cdf(ends[int(y) + 1]) - law.cdf(ends[int(y)]))
    return value


def test_modes_are_stationary_and_errors_the_curvature():
    answers, ms, mean = ordinal("missing")
    scores, errors = posterior_mode(answers, ms, mean)
    for i in (0, 1, 2):
        h = 1e-4 * np.eye(2)
        at = [[log_posterior(scores[i] + s * a + t * b, answers[i], ms, mean)
               for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))] for a in h for b in h]  # fmt: skip
        hessian = np.array([(x[0] - x[1] - x[2] + x[3]) / 4e-8 for x in at]).reshape(2, 2)
        close(np.sqrt(np.diag(np.linalg.inv(-hessian))), errors[i], 1e-4)
        slope = [log_posterior(scores[i] + e, answers[i], ms, mean)
                 - log_posterior(scores[i] - e, answers[i], ms, mean) for e in h]  # fmt: skip
        assert np.abs(slope).max() < 1e-9


def test_normal_items_have_regression_scores():
    """Without thresholds the mode is the regression score, also where cov is singular."""
    rng = np.random.default_rng(1)
    L = rng.uniform(0.4, 0.9, (6, 3))
    root = rng.normal(size=(3, 2))
    V, theta, nu, mean = root @ root.T, rng.uniform(0.3, 1, 6), rng.normal(size=6), np.ones(3)
    y = rng.normal(size=(20, 6))
    y[rng.random(y.shape) < 0.2] = np.nan
    scores, errors = posterior_mode(y, Measurement(L, theta, [None] * 6, nu, V), mean)
    f = measured(L, V, theta, nu + L @ mean, mean)
    theirs, their_errors = factorscores.score(y, f, "regression")
    close(scores, theirs, 1e-8)
    close(errors, their_errors, 1e-6)


def test_extreme_answers_have_finite_scores():
    cuts = [np.array([-1.0, 1.0])] * 4
    ms = Measurement(np.full((4, 1), 3.0), np.full(4, 1e-4), cuts, np.zeros(4), np.eye(1) * 9)
    answers = np.array([[0.0, 0, 0, 0], [2, 2, 2, 2], [1, 1, 1, 1], [0, 2, 0, 2]])
    scores, errors = posterior_mode(answers, ms, np.zeros(1))
    assert np.isfinite(scores).all()
    assert (errors > 0).all()
    close(scores[0], -scores[1], 1e-8)
    close(scores[2:], 0, 1e-8)


def test_means_may_differ_by_row():
    answers, ms, _ = ordinal("wlsmv")
    mean = np.arange(len(answers) * 2).reshape(-1, 2) / 100
    together, _ = posterior_mode(answers, ms, mean)
    close(together[7], posterior_mode(answers[7:8], ms, mean[7])[0][0], 1e-9)


# What cannot be ---------------------------------------------------------------------------------


def test_scores_that_cannot_be(fits):
    with pytest.raises(NotAvailableError, match="'EAPS' is not available"):
        fits["hs"].factor_scores("EAPS")
    with pytest.raises(DataError, match="not in the data: x9"):
        fits["hs"].factor_scores(data=table("hs").drop(columns="x9"))
    with pytest.raises(DataError, match="name the column"):
        fits["groups"].factor_scores(data=table("hs"))
    with pytest.raises(DataError, match="'Elsewhere' in column 'school' is not in the fit"):
        fits["groups"].factor_scores(data=table("hs").assign(school="Elsewhere"), group="school")
    moments = fit(HS, sample_cov=table("hs").select_dtypes("number").cov(), sample_nobs=301)
    with pytest.raises(DataError, match="no rows to score"):
        moments.factor_scores()
    assert len(moments.factor_scores(data=table("hs"))) == 301
