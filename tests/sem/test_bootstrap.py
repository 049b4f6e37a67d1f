"""The bootstrap against lavaan's draws and intervals, and against fits of resampled frames."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sem_cases import FOLDER, HS, table

from surveysem.sem import (
    batch,
    casewise,
    definitions,
    estimate,
    fit,
    intervals,
    problems,
    resample,
    stacks,
    together,
)
from surveysem.sem import bootstrap as boot
from surveysem.sem import draws as machine
from surveysem.sem.errors import (
    DataError,
    ModelError,
    NotAvailableError,
    ResamplingError,
    SurveySemError,
)
from surveysem.sem.expressions import Expression
from surveysem.sem.montecarlo import monte_carlo

COVARIATES = HS + "\nspeed ~ ageyr + sex + visual\ntextual ~ sex"
PATH = "x4 ~ a*x1\nx7 ~ c*x1 + b*x4\nind := a*b\ntot := c + ind"
KINDS = {"perc": "percentile", "basic": "basic", "norm": "normal", "bca.simple": "bc"}


def frozen(name: str) -> dict:
    path = FOLDER / "bootstrap" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def data() -> pd.DataFrame:
    frame = table("hs").copy()
    frame["weight"] = 0.5 + (np.arange(len(frame)) % 5) / 2
    frame["own"] = frame["school"] + (np.arange(len(frame)) % 40).astype(str)
    frame["spanning"] = np.arange(len(frame)) % 60
    return frame


CASES = {
    "one group": (HS, {}),
    "means": (HS, {"meanstructure": True}),
    "covariates": (COVARIATES, {"meanstructure": True}),
    "covariates, groups": (COVARIATES, {"group": "school", "group_equal": ["loadings"]}),
    "constraints": (HS.replace("x2 +", "a*x2 +").replace("x5 +", "b*x5 +") + "\na == 2*b - 1", {}),
    "wishart": (COVARIATES, {"likelihood": "wishart"}),
    "weights": (HS, {"weights": "weight", "meanstructure": True}),
    "weights, groups": (
        HS, {"weights": "weight", "group": "school", "group_equal": ["loadings", "intercepts"]}
    ),
    "clusters": (HS, {"cluster": "spanning"}),
    "clusters in groups": (
        HS, {"cluster": "own", "group": "school", "group_equal": ["loadings", "intercepts"]}
    ),
    "clusters over groups, weights": (
        HS, {"cluster": "spanning", "weights": "weight", "group": "school",
             "group_equal": ["loadings", "intercepts"]},
    ),
}  # fmt: skip


def resampled(frame: pd.DataFrame, found, of, counts) -> pd.DataFrame:
    """The frame of one draw, made without the engine's own code for it."""
    labels = found.group_labels or (None,)
    parts = []
    for label, unit in zip(labels, of.of_row, strict=True):
        rows = frame if label is None else frame[frame["school"] == label]
        parts.append(rows.loc[rows.index.repeat(counts[unit])])
    return pd.concat(parts, ignore_index=True)


# Draws --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_each_draw_is_the_fit_of_its_resampled_frame(name):
    model, arguments = CASES[name]
    found = fit(model, data(), **arguments)
    counts = together.drawn(found, 3)
    of = resample.units(together.rows_of(found))
    compared = 0
    for some in together.solutions(found, together.rows_of(found), counts, 4):
        values = some.batch.values(some.x)
        for draw, row in zip(some.draws, values, strict=True):
            frame = resampled(data(), found, of, counts(draw))
            # copies of a cluster count as clusters, which estimates do not see
            alone = fit(model, frame, **arguments)
            if alone.admissible:
                np.testing.assert_allclose(row, alone.values, rtol=1e-6, atol=1e-6)
                compared += 1
    assert compared >= 2


@pytest.mark.parametrize("name", ["pd", "groups", "covariate", "wishart"])
def test_draws_with_lavaans_rows(name):
    """bootstrapLavaan(keep.idx = TRUE): the same rows give the same estimates.

    Covariates' moments are the draw's own. lavaan keeps the sample's, which leaves the
    estimates as they are but not the chi-square: sem() on the same rows gives ours.
    """
    case = frozen("draws")[name]
    found, index = _of(case), np.array(case["index"])
    solved = list(
        together.solutions(found, together.rows_of(found), _counts(found, case, index), len(index))
    )
    values = np.vstack([s.batch.values(s.x) for s in solved])
    values = np.hstack([values, definitions.evaluate(found.table, values)])
    estimated = [k for k, row in enumerate(found.table.rows) if not row.exogenous]
    estimated += range(len(found.table.rows), values.shape[1])
    expected = np.array(case["est"])
    np.testing.assert_allclose(values[:, estimated], expected[:, estimated], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["pd_stine", "groups_stine"])
def test_bollen_stine_draws_with_lavaans_rows(name, monkeypatch):
    case = frozen("draws")[name]
    found, index = _of(case), np.array(case["index"])
    monkeypatch.setattr(boot, "drawn", lambda *_: _counts(found, case, index))
    result = boot.bollen_stine(found, len(index), 0)
    np.testing.assert_allclose(result.chisq, case["chisq"], rtol=1e-7)
    assert result.tally.note == ""


def _of(case: dict):
    return fit(case["model"], table(case["data"]), **case["arguments"])


def _counts(found, case: dict, index: np.ndarray):
    """How often each row comes up: the engine's rows stand group by group."""
    frame, labels = table(case["data"]), found.group_labels
    order = np.arange(len(frame))
    if labels:
        order = np.concatenate([order[frame["school"] == label] for label in labels])
    return lambda draw: np.bincount(index[draw], minlength=len(frame))[order]


def test_the_slow_way_is_the_fast_way(monkeypatch):
    found = fit(*_path())
    fast = found.bootstrap(12, 4)
    monkeypatch.setattr(together, "Normal", str)
    slow = found.bootstrap(12, 4)
    assert (fast.tally, fast.names) == (slow.tally, slow.names)
    np.testing.assert_allclose(slow.draws, fast.draws, atol=1e-6)
    np.testing.assert_allclose(slow.standardized, fast.standardized, atol=1e-6)


def test_standardised_draws_are_those_of_the_draws_fit():
    found = fit(COVARIATES, data(), group="school")
    seen, _ = machine.one_by_one(
        found, 5, 1, lambda f: f.parameters["std_all"].to_numpy(), keep_inadmissible=True
    )
    fast = found.bootstrap(5, 1, keep_inadmissible=True)
    np.testing.assert_allclose(fast.standardized, np.array(seen), atol=1e-7)


def test_a_draw_depends_on_the_seed_and_its_number_only(monkeypatch):
    found = fit(*_path())
    many, few = found.bootstrap(30, 7), found.bootstrap(20, 7)
    np.testing.assert_allclose(few.draws, many.draws[:20], atol=1e-9)
    np.testing.assert_array_equal(found.bootstrap(20, 7).draws, few.draws)
    assert not np.allclose(found.bootstrap(20, 8).draws, few.draws)
    monkeypatch.setattr(batch, "CACHE", 1)
    monkeypatch.setattr(resample, "MEMORY", 1000)
    monkeypatch.setattr(resample, "CHUNK", 17)
    np.testing.assert_allclose(found.bootstrap(20, 7).draws, few.draws, atol=1e-9)


def test_admissible_by_the_same_rules_as_a_fit():
    found = fit("f =~ x1 + x2 + x3\ng =~ x4 + x7 + x9", table("hs").iloc[:40])
    seen, tally = machine.one_by_one(found, 40, 2, lambda f: f.values, keep_inadmissible=False)
    values, _, counted = together.together(found, 40, 2, keep_inadmissible=False)
    assert tally == counted
    assert tally.inadmissible > 3
    np.testing.assert_allclose(values, np.array(seen), atol=1e-6)
    kept = found.bootstrap(40, 2, keep_inadmissible=True)
    assert len(kept.draws) == len(values) + tally.inadmissible
    assert f"{tally.inadmissible} inadmissible draws are in" in kept.tally.note


def test_latent_correlations_by_the_rules_of_problems():
    rng = np.random.default_rng(1)
    V = rng.standard_normal((200, 3, 3))
    V = V + V.swapaxes(1, 2) + 3 * np.eye(3)
    V[0], V[1] = np.eye(3), -np.eye(3)
    found = fit(HS, table("hs"))
    im = found.implied_moments[0]
    expected = []
    for one in V:
        whole = np.zeros_like(im.V)
        whole[9:, 9:] = one
        moved = type(im)(im.sigma, im.mu, im.B, whole, im.centre, im.S, im.p)
        expected.append(not problems._latent_correlations(found.table, moved, ""))
    np.testing.assert_array_equal(together._latent_admissible(V), expected)


# Batches ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["covariates, groups", "weights", "constraints"])
def test_the_batch_is_the_objective(name):
    """F and its gradient for many draws at once, away from the minimum."""
    model, arguments = CASES[name]
    found = fit(model, data(), **arguments)
    some = next(together.solutions(found, together.rows_of(found), together.drawn(found, 1), 3))
    rng = np.random.default_rng(2)
    x = some.x * (1 + 0.05 * rng.standard_normal(some.x.shape))
    _, grad = some.batch(x)
    fits = list(machine.fits(found, together.drawn(found, 1), 3))
    for k, draw in enumerate(some.draws):
        f, g = fits[draw].objective(x[k])
        np.testing.assert_allclose(grad[k], g, atol=1e-9)
        shares = np.array(fits[draw].objective.shares)
        assert some.batch.discrepancies(x)[k] @ shares == pytest.approx(f)
    for q in range(x.shape[1]):
        step = 1e-6 * np.eye(x.shape[1])[q]
        slope = (some.batch(x + step)[0] - some.batch(x - step)[0]) / 2e-6
        np.testing.assert_allclose(grad[:, q], slope, rtol=1e-4, atol=1e-6)


def test_a_step_out_of_bounds_is_infinite_for_its_draw_alone():
    found = fit(HS, table("hs"))
    some = next(together.solutions(found, together.rows_of(found), together.drawn(found, 1), 3))
    x = some.x.copy()
    x[1] = -10 * np.abs(x[1])
    F, grad = some.batch(x)
    np.testing.assert_array_equal(np.isfinite(F), [True, False, True])
    assert np.isfinite(grad[[0, 2]]).all()


def test_a_loop_of_arrows():
    """B by the inverse over the senders is (I - A)^-1 with feedback as well."""
    frame = table("hs")
    found = fit("x4 ~ x1 + x7\nx7 ~ x4 + x2", frame)
    some = next(together.solutions(found, together.rows_of(found), together.drawn(found, 1), 2))
    stack = stacks.implied(some.batch.patterns[0], some.batch.values(some.x), 4)
    for k, x in enumerate(some.x):
        parameters = estimate.Parametrisation(some.batch.K, some.batch.constants[k])
        im = estimate.Objective(found.parts, parameters).implied(x)[0]
        np.testing.assert_allclose(stack.C[k], im.V, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_moments_of_draws_are_those_of_their_rows(seed, weighted, clustered):
    rng = np.random.default_rng(seed)
    rows = [
        casewise.Rows(
            rng.standard_normal((n, 3)) + 5,
            rng.uniform(0.5, 2, n) if weighted else None,
            rng.integers(0, 9, n) if clustered else None,
        )
        for n in (20, 30)
    ]
    of = resample.units(rows)
    counts = of.counts(seed, 0)
    for group, unit, drawn in zip(rows, of.of_row, resample.redraw(rows, of, counts), strict=True):
        found = resample.samples(group, unit, counts[None], wishart=True)
        cov = np.cov(drawn.values, rowvar=False, aweights=drawn.weights, ddof=0)
        n = len(drawn.values)
        np.testing.assert_allclose(found.cov[0], cov * n / (n - 1), atol=1e-12)
        np.testing.assert_allclose(found.mean[0], drawn.mean(drawn.values))
        assert found.nobs[0] == n


# Units --------------------------------------------------------------------------------


def test_clusters_within_groups_are_drawn_within_groups():
    found = fit(HS, data(), cluster="own", group="school")
    of = resample.units(together.rows_of(found))
    assert [len(s) for s in of.strata] == [40, 40]
    assert [of.counts(1, 0)[s].sum() for s in of.strata] == [40, 40]


def test_clusters_that_span_groups_are_drawn_over_all_groups():
    found = fit(HS, data(), cluster="spanning", group="school")
    of = resample.units(together.rows_of(found))
    assert [len(s) for s in of.strata] == [60]
    counts = of.counts(1, 0)
    assert counts.sum() == 60
    # one cluster's rows come up equally often in both groups
    for unit in of.of_row:
        np.testing.assert_array_equal(counts[unit] == 2, np.isin(unit, np.flatnonzero(counts == 2)))


def test_copies_of_a_cluster_are_clusters_of_their_own():
    rows = [casewise.Rows(np.arange(8.0).reshape(4, 2), None, np.array([5, 5, 7, 7]))]
    of = resample.units(rows)
    drawn = resample.redraw(rows, of, np.array([2, 0]))[0]
    assert len(drawn.values) == 4
    assert len(np.unique(drawn.clusters)) == 2
    for code in np.unique(drawn.clusters):
        np.testing.assert_array_equal(drawn.values[drawn.clusters == code], rows[0].values[:2])


def test_transformed_rows_have_the_models_moments():
    found = fit(HS, data(), meanstructure=True, weights="weight")
    im, rows = found.implied_moments[0], together.rows_of(found)[0]
    moved = resample.transformed(rows, im.sigma, im.mu)
    y = moved.values - im.mu
    np.testing.assert_allclose(rows.weights @ y, 0, atol=1e-9)
    np.testing.assert_allclose((y * rows.weights[:, None]).T @ y / 301, im.sigma, atol=1e-10)


# Intervals ----------------------------------------------------------------------------


def _path():
    return PATH, table("hs")


@pytest.fixture(scope="module")
def lavaans() -> tuple[dict, boot.Bootstrap]:
    """Lavaan's draws of the path model in the place of ours."""
    case = frozen("intervals")
    found = fit(*_path())
    draws = np.tile(found.values, (len(case["draws"]), 1))
    draws[:, np.array(case["free"]) - 1] = case["draws"]
    draws = np.hstack([draws, definitions.evaluate(found.table, draws)])
    own = found.bootstrap(2, 1)
    return case, boot.Bootstrap(
        found, None, own.names, own.observed, draws, own.observed_standardized, draws, own.tally
    )


@pytest.mark.parametrize("level", ["0.95", "0.9"])
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_are_lavaans(lavaans, kind, level):
    """parameterEstimates(boot.ci.type = kind, level = level), with the same draws."""
    case, ours = lavaans
    found = ours.intervals(KINDS[kind], level=float(level))
    expected = case["levels"][level][kind]
    free = np.array(case["free"]) - 1
    rows = np.ones(len(found), dtype=bool)
    low, high = found["ci_lower"].to_numpy(), found["ci_upper"].to_numpy()
    if kind == "norm":
        # lavaan divides the variance by R for free parameters, boot (and we) by R - 1; its
        # bias of a defined parameter is that of the mean parameters
        rows = np.isin(np.arange(len(found)), free)
        centre, R = (low + high) / 2, len(ours.draws)
        low = centre - (centre - low) * np.sqrt((R - 1) / R)
        high = 2 * centre - low
    np.testing.assert_allclose(low[rows], np.array(expected["lower"])[rows], atol=2e-6)
    np.testing.assert_allclose(high[rows], np.array(expected["upper"])[rows], atol=2e-6)
    assert list(found["lhs"]) == case["rows"]["lhs"]
    assert list(found["rhs"]) == case["rows"]["rhs"]


@pytest.mark.parametrize(("kind", "theirs"), [("bca", "bca"), ("normal", "norm")])
def test_intervals_by_boots_formulas(lavaans, kind, theirs):
    """boot.ci's bca and normal, computed in R with empirical influence values."""
    case, ours = lavaans
    by_hand = case["by_hand"]
    found = ours.intervals(kind).iloc[np.array(by_hand["rows"]) - 1]
    np.testing.assert_allclose(found["ci_lower"], by_hand[theirs]["lower"], atol=2e-5)
    np.testing.assert_allclose(found["ci_upper"], by_hand[theirs]["upper"], atol=2e-5)


@pytest.mark.parametrize(
    ("name", "type"), [("pd", "est"), ("pd", "std_all"), ("hs", "est"), ("path", "est")]
)
def test_acceleration_from_scores(name, type):
    """The influence by scores against refits in lavaan with one weight moved."""
    if name == "path":
        case, rows = frozen("intervals"), np.array(frozen("intervals")["by_hand"]["rows"]) - 1
        found, expected = fit(*_path()), case["by_hand"]["acceleration"]
    else:
        case, rows = frozen("acceleration")[name], slice(None)
        found, expected = _of(case), case[type]
    values = found.standardized_with_jacobian()[0]
    own = found.bootstrap(2, 1, keep_inadmissible=True)
    assert len(values) <= len(own.observed)
    a = intervals.acceleration(own._influence(type))[rows]
    expected = np.array(expected)
    moving = np.abs(expected) > 0
    np.testing.assert_allclose(a[moving], expected[moving], rtol=5e-3, atol=2e-4)


def test_the_jackknife_is_close_to_the_influence():
    """Leaving a row out against its score, for the same statistic, 75 rows."""
    found = fit("y1 ~ a*x1\ny5 ~ b*y1 + x1\nind := a*b", table("pd"))

    def indirect(f):
        return dict(f.parameters.set_index("lhs")["est"].loc[["ind"]])

    by_rows = found.bootstrap(60, 3, statistic=indirect)
    by_score = found.bootstrap(60, 3)
    np.testing.assert_allclose(by_rows.draws[:, 0], by_score.draws[:, -1])
    one, other = by_rows.intervals("bca"), by_score.intervals("bca")
    assert one["ci_lower"][0] == pytest.approx(other["ci_lower"].iloc[-1], rel=0.05)
    a, b = (intervals.acceleration(x._influence("est"))[-1] for x in (by_rows, by_score))
    assert a == pytest.approx(b, rel=0.1)


@pytest.mark.parametrize("kind", intervals.KINDS)
def test_intervals_move_with_the_statistic(kind):
    """Shifted and stretched draws have shifted and stretched intervals."""
    draws = np.random.default_rng(3).gamma(3, size=333)
    low, high = intervals.KINDS[kind](draws, 3.1, 0.9, 0.05)
    moved = intervals.KINDS[kind](5 + 2 * draws, 5 + 2 * 3.1, 0.9, 0.05)
    np.testing.assert_allclose(moved, (5 + 2 * low, 5 + 2 * high))
    assert low < 3.1 < high


def test_quantiles_at_the_edges():
    """(R + 1) alpha below 1 or above R: the extreme draws; whole: that order statistic."""
    t = np.array([3.0, 1, 2])
    np.testing.assert_allclose(
        intervals.quantiles(t, [0.001, 0.25, 0.5, 0.75, 0.999]), [1, 1, 2, 3, 3]
    )


def test_draws_on_one_side_have_no_bias_correction():
    assert np.isnan(intervals.bca(np.array([1.0, 2, 3]), 0.0, 0.95, 0.0)).all()


def test_fixed_rows_and_columns_that_are_not_finite():
    frame = table("hs")
    found = fit("x4 ~ a*x1\nx7 ~ x4 + x1\nr := log(a - 0.3)", frame)
    result = found.bootstrap(50, 1)
    for kind in intervals.KINDS:
        rows = result.intervals(kind)
        fixed = rows[(rows["lhs"] == "x1")]
        assert (fixed["ci_lower"] == fixed["est"]).all()
        assert (fixed["se"] == 0).all()
    bad = ~np.isfinite(result.draws[:, -1])
    assert 0 < bad.sum() < 50
    last = result.intervals().iloc[-1]
    assert last["se"] == pytest.approx(result.draws[~bad, -1].std(ddof=1))


# Statistics, errors, tests ------------------------------------------------------------


def test_a_fit_measure_of_every_draw():
    found = fit(HS, data(), estimator="MLR")
    wanted = ["chisq", "cfi", "srmr", "chisq_scaled"]
    result = found.bootstrap(6, 11, statistic=lambda f: {k: f.measures[k] for k in wanted})
    assert result.names == tuple(wanted)
    of = resample.units(together.rows_of(found))
    frame = resampled(data(), found, of, of.counts(11, 2))
    alone = fit(HS, frame, estimator="MLR")
    np.testing.assert_allclose(result.draws[2], [alone.measures[k] for k in wanted], rtol=1e-5)
    rows = result.intervals("basic")
    assert list(rows["name"]) == wanted
    assert found.bootstrap(4, 1, statistic=lambda f: f.chisq).names == ("1",)


@pytest.mark.parametrize("name", ["hs", "pd"])
def test_standard_errors_are_lavaans_but_for_chance(name):
    """sem(se = "bootstrap", bootstrap = 1000): two runs differ by sqrt(2 / 2000) and tails."""
    case = frozen("errors")[name]
    found = fit(case["model"], table(case["data"]))
    ours = found.bootstrap(1000, 1, keep_inadmissible=True).intervals()["se"].to_numpy()
    theirs = np.array(case["se"])
    free = theirs > 0
    ratio = ours[free] / theirs[free]
    assert abs(np.log(ratio).mean()) < 0.03
    assert np.abs(np.log(ratio)).max() < 0.2


def test_covariance_over_draws():
    found = fit(*_path())
    V = boot.bootstrap_covariance(found, 40, 2)
    se = found.bootstrap(40, 2).intervals()["se"].to_numpy()[: len(V)]
    np.testing.assert_allclose(np.sqrt(np.diag(V)), se, atol=1e-12)
    assert not V[~found.objective.parameters.K.any(axis=1)].any()


def test_bollen_stine_p_is_lavaans_but_for_chance():
    case = frozen("errors")["pd"]
    ours = boot.bollen_stine_p(fit(case["model"], table("pd")), 1000, 3)
    p = case["p"]
    assert ours == pytest.approx(p, abs=3.5 * np.sqrt(2 * p * (1 - p) / 1000))


def test_bollen_stine_rejects_at_its_level():
    """Under a model that holds, small p values are as rare as they should be."""
    rng = np.random.default_rng(8)
    p = []
    for _ in range(40):
        f = rng.standard_normal((100, 1))
        x = pd.DataFrame(f + rng.standard_exponential((100, 4)), columns=list("abcd"))
        found = fit("f =~ a + b + c + d", x)
        p.append(boot.bollen_stine_p(found, 100, 1))
    assert 0.3 < np.mean(p) < 0.7
    assert np.mean(np.array(p) < 0.1) < 0.25


def test_what_cannot_be_fitted_is_counted():
    """A group of few rows in a few clusters: some draws have none, or too few, of them."""
    frame = data().assign(who=np.arange(301) % 60)
    frame = pd.concat([frame[frame["school"] != "Pasteur"],
                       frame[(frame["school"] == "Pasteur") & (frame["who"] < 3)]])  # fmt: skip
    model = "f =~ x1 + x2 + x3 + x4"
    found = fit(model, frame, group="school", cluster="who", group_equal=["loadings"])
    result = found.bootstrap(200, 1)
    assert result.tally.failed > 0
    assert "could not be fitted" in result.tally.note
    lost = sum((result.tally.failed, result.tally.not_converged, result.tally.inadmissible))
    assert len(result.draws) == 200 - lost
    assert result.tally.note in repr(result)
    same = found.bootstrap(200, 1, statistic=lambda f: f.values)
    assert same.tally == result.tally
    np.testing.assert_allclose(same.draws, result.draws[:, : same.draws.shape[1]], atol=1e-9)


# Monte Carlo --------------------------------------------------------------------------


def test_monte_carlo_intervals_are_semtools():
    """semTools::monteCarloCI(fit, nRep = 400000), apart from chance."""
    case = frozen("montecarlo")
    found = fit(case["model"], table("pd"))
    ours = monte_carlo(found, 400_000, 1)
    assert list(ours["name"]) == case["defined"]["name"]
    for column, theirs in (("est", "est"), ("ci_lower", "lower"), ("ci_upper", "upper")):
        np.testing.assert_allclose(ours[column], case["defined"][theirs], atol=0.005)
    ratio = monte_carlo(found, 400_000, 1, {"ratio": "a*b/cp"}, level=0.9)
    np.testing.assert_allclose(
        ratio[["est", "ci_lower", "ci_upper"]].iloc[0], list(case["ratio"].values()), rtol=0.02
    )


def test_monte_carlo_p_value():
    found = fit(*_path())
    rows = monte_carlo(found, 20_000, 5, {"a": "a", "none": "a - a", "twice": "2 * a"})
    wald = found.parameters.set_index("label")["pvalue"]
    assert rows["pvalue"][0] == pytest.approx(max(wald["a"], 2 / 20_001), rel=0.2, abs=2e-4)
    assert rows["pvalue"][1] == 1
    assert rows["se"][0] == pytest.approx(found.parameters.set_index("label")["se"]["a"], rel=0.03)
    assert rows["est"][2] == pytest.approx(2 * rows["est"][0])


def test_derivatives_of_defined_parameters():
    found = fit(
        "x4 ~ a*x1\nx7 ~ c*x1 + b*x4\ni := a*b\nt := i + abs(-c)^2\nu := log(-t)", _path()[1]
    )
    J = definitions.jacobian(found.table, found.values)
    for k in range(2):
        for row in range(len(found.values)):
            moved = np.tile(found.values, (2, 1))
            moved[:, row] += [1e-6, -1e-6]
            up, down = definitions.evaluate(found.table, moved)[:, k]
            assert J[k, row] == pytest.approx((up - down) / 2e-6, abs=1e-7)
    assert np.isnan(J[2]).all()


def test_expressions_take_arrays():
    x = np.array([-1.5, 2.0])
    np.testing.assert_allclose(Expression("abs(a) + a^2")({"a": x}), np.abs(x) + x**2)
    np.testing.assert_array_equal(np.isnan(Expression("2 * sqrt(a)")({"a": x})), [True, False])


# Bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda f: f.bootstrap(1, 1), ResamplingError, "draws=1"),
        (lambda f: f.bootstrap(10.5, 1), ResamplingError, "draws=10.5"),
        (lambda f: f.bootstrap(True, 1), ResamplingError, "draws=True"),
        (lambda f: f.bootstrap(3, 1).intervals("bac"), NotAvailableError, "kind='bac'"),
        (lambda f: f.bootstrap(3, 1).intervals(type="std"), NotAvailableError, "type='std'"),
        (lambda f: f.bootstrap(3, 1).intervals(level=95), ResamplingError, "level=95"),
        (lambda f: monte_carlo(f, 1, 1), ResamplingError, "draws=1"),
        (lambda f: monte_carlo(f, 9, 1, {"x": "aa*b"}), ModelError, "did you mean 'a'"),
    ],
)
def test_what_is_asked_wrongly(call, error, said):
    with pytest.raises(error, match=said):
        call(fit(*_path()))


def test_a_fit_that_cannot_be_resampled():
    frame = table("hs")
    moments = {"sample_cov": frame[["x1", "x4", "x7"]].cov(), "sample_nobs": 301}
    with pytest.raises(DataError, match="needs the rows"):
        fit("x4 ~ x1\nx7 ~ x4", **moments).bootstrap(9, 1)
    with pytest.raises(ResamplingError, match="no defined parameters"):
        monte_carlo(fit(HS, frame), 9, 1)
    with pytest.raises(ResamplingError, match="no standard errors"):
        monte_carlo(fit(*_path(), se="none"), 9, 1)
    with pytest.raises(ResamplingError, match="no solution to start from") as caught:
        fit("f =~ x1 + x2\ng =~ x4 + x5 + x6 + x7\nf ~~ 0*g", frame).bootstrap(9, 1)
    assert "hint:" in str(caught.value)
    assert issubclass(ResamplingError, SurveySemError)
