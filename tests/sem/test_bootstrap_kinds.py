"""The bootstrap of incomplete, ordinal and other least-squares data, and se="bootstrap".

Frozen values: tests/reference/sem/bootstrap/more.R, lavaan 0.6-14.
"""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from fiml_cases import holes
from scipy import stats
from sem_cases import FOLDER, HS, table

from surveysem.sem import bootstrap as boot
from surveysem.sem import draws as machine
from surveysem.sem import factorform, fit, infinitesimal, intervals, resample, together
from surveysem.sem.errors import DataError, NotAvailableError, ResamplingError
from surveysem.sem.missing.fiml import saturated
from surveysem.sem.missing.patterns import patterns
from surveysem.sem.ordinal import ordinal_moments

ITEMS = [f"y{k}" for k in range(1, 9)]
FACTORS = "f =~ y1 + y2 + y3 + y4\ng =~ y5 + y6 + y7 + y8\ng ~ b*f\nhalf := b / 2"


@cache
def frozen(name: str) -> dict:
    return json.loads((FOLDER / "bootstrap" / f"{name}.json").read_text(encoding="utf-8"))


def incomplete() -> pd.DataFrame:
    frame = table("hs").copy()
    columns = [f"x{k}" for k in range(1, 10)]
    frame[columns] = holes(frame[columns])
    frame["weight"] = 0.5 + (np.arange(len(frame)) % 5) / 2
    frame["own"] = frame["school"] + (np.arange(len(frame)) % 40).astype(str)
    return frame


def items() -> pd.DataFrame:
    frame = table("sim").iloc[:500].copy()
    frame["weight"] = 0.5 + np.arange(500) % 3
    frame["part"] = np.arange(500) % 2
    frame["class"] = np.arange(500) // 10
    frame["age"] = np.sin(np.arange(500.0)) + frame["y1"] / 5
    return frame


CASES = {
    "fiml": (HS, incomplete, {"missing": "fiml"}),
    "fiml, robust, weights": (
        HS, incomplete, {"missing": "fiml", "estimator": "MLR", "weights": "weight"}
    ),
    "fiml, clusters, groups": (
        HS, incomplete, {"missing": "fiml", "cluster": "own", "group": "school",
                         "group_equal": ["loadings", "intercepts"]},
    ),
    "fiml, covariates": (HS + "\nspeed ~ ageyr + visual", incomplete, {"missing": "fiml"}),
    "ordinal": (FACTORS, items, {"ordered": ITEMS}),
    "ordinal, weights": (FACTORS, items, {"ordered": ITEMS, "weights": "weight"}),
    "ordinal, clusters": (FACTORS, items, {"ordered": ITEMS, "cluster": "class"}),
    "ordinal, groups": (
        FACTORS.replace("b*", "").replace("\nhalf := b / 2", ""), items,
        {"ordered": ITEMS, "group": "part", "group_equal": ["loadings"]},
    ),
    "ordinal, covariate": (FACTORS + "\nf ~ age", items, {"ordered": ITEMS}),
    "mixed, theta": (FACTORS, items, {"ordered": ITEMS[:3], "parameterization": "theta"}),
    "continuous": (FACTORS, items, {"estimator": "DWLS"}),
}  # fmt: skip


@cache
def fitted(name: str):
    model, data, options = CASES[name]
    return fit(model, data(), **options)


def resampled(found, frame: pd.DataFrame, by: str | None, counts: np.ndarray) -> pd.DataFrame:
    """The frame of one draw, made without the engine's own code for it; copies of a cluster
    are clusters of their own."""
    of = resample.units(together.rows_of(found))
    labels = found.group_labels or (None,)
    parts = []
    for label, unit in zip(labels, of.of_row, strict=True):
        rows = frame if label is None else frame[frame[by] == label]
        index = rows.index.repeat(counts[unit])
        copy = pd.Series(index).groupby(index).cumcount().to_numpy()
        part = rows.loc[index]
        for column in ("class", "own"):
            if column in part:
                part = part.assign(**{column: part[column].astype(str) + "/" + copy.astype(str)})
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


# Draws ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_each_draw_is_the_fit_of_its_resampled_frame(name):
    model, data, options = CASES[name]
    found = fitted(name)
    counts, compared = together.drawn(found, 3), 0
    for draw, one in enumerate(machine.fits(found, counts, 2, estimates=True)):
        frame = resampled(found, data(), options.get("group"), counts(draw))
        alone = fit(model, frame, **{**options, "group_order": found.group_labels or None})
        if alone.admissible:
            np.testing.assert_allclose(one.values, alone.values, rtol=1e-4, atol=1e-5)
            compared += 1
    assert compared


def _with_lavaans_rows(case: dict, frame: pd.DataFrame, tolerance: float) -> None:
    found = fit(case["model"], frame, **case["arguments"])
    index, order = np.array(case["index"]), np.arange(len(frame))
    if found.group_labels:
        labels = found.group_labels
        order = np.concatenate([order[frame["school"] == label] for label in labels])
    counts = [np.bincount(row, minlength=len(frame))[order] for row in index]
    draws = machine.fits(found, lambda draw: counts[draw], len(counts), estimates=True)
    theirs = {
        (*key,): k
        for k, key in enumerate(
            zip(case["lhs"], case["op"], case["rhs"], case["group"], strict=True)
        )
    }
    rows = [
        (k, theirs[r.lhs, r.op, r.rhs, r.group])
        for k, r in enumerate(found.table.rows)
        if not r.exogenous and (r.lhs, r.op, r.rhs, r.group) in theirs
    ]
    ours, other = np.array(rows).T
    assert len(ours) > 20
    for draw, expected in zip(draws, np.array(case["est"]), strict=True):
        np.testing.assert_allclose(
            draw.values[ours], expected[other], rtol=tolerance, atol=tolerance
        )


@pytest.mark.parametrize("name", ["plain", "groups", "covariate"])
def test_incomplete_draws_with_lavaans_rows(name):
    """bootstrapLavaan(keep.idx = TRUE) with missing = "ml"."""
    _with_lavaans_rows(frozen("draws_fiml")[name], incomplete(), 1e-5)


@pytest.mark.parametrize("name", ["wlsmv", "theta", "ulsmv", "wls", "mixed"])
def test_ordinal_draws_with_lavaans_rows(name):
    """The same with `ordered`: correlations and weights are each draw's own."""
    _with_lavaans_rows(frozen("draws_ordinal")[name], table("sim").iloc[:500], 2e-5)


@pytest.mark.parametrize("name", ["fiml", "ordinal", "mixed, theta", "continuous"])
def test_estimates_alone_are_those_of_whole_fits(name):
    found = fitted(name)
    alone = found.bootstrap(3, 1, keep_inadmissible=True)
    whole = found.bootstrap(
        3, 1, statistic=lambda f: f.parameters["std_all"], keep_inadmissible=True
    )
    np.testing.assert_allclose(whole.draws, alone.standardized, atol=1e-6)
    few = found.bootstrap(2, 1, keep_inadmissible=True)
    np.testing.assert_allclose(few.draws, alone.draws[:2], atol=1e-7)


@pytest.mark.parametrize("name", ["fiml, robust, weights", "ordinal", "continuous"])
def test_fit_measures_of_every_draw(name):
    model, data, options = CASES[name]
    found = fitted(name)
    wanted = ["chisq", "cfi", "srmr", "chisq_scaled" if name != "continuous" else "rmsea"]
    result = found.bootstrap(2, 11, statistic=lambda f: {k: f.measures[k] for k in wanted})
    counts = together.drawn(found, 11)
    alone = fit(model, resampled(found, data(), None, counts(1)), **options)
    np.testing.assert_allclose(result.draws[1], [alone.measures[k] for k in wanted], rtol=1e-4)
    assert list(result.intervals("basic")["name"]) == wanted


# Intervals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fiml, clusters, groups", "ordinal, covariate", "mixed, theta"])
def test_every_interval_of_every_row(name):
    found = fitted(name)
    result = found.bootstrap(14, 2, keep_inadmissible=True)
    K = found.objective.parameters.K.any(axis=1)
    for kind in intervals.KINDS:
        for type in ("est", "std_all"):
            rows = result.intervals(kind, type=type)
            assert np.isfinite(rows[["ci_lower", "ci_upper"]].to_numpy()[: len(K)][K]).mean() > 0.9
            assert (rows["ci_lower"].to_numpy() <= rows["ci_upper"].to_numpy() + 1e-12)[: len(K)][
                K
            ].mean() > 0.9


def test_residual_variances_that_follow_from_the_others_have_intervals():
    rows = fitted("ordinal").bootstrap(12, 2).intervals()
    own = rows[(rows["op"] == "~~") & (rows["lhs"] == "y2")].iloc[0]
    assert own["ci_lower"] < own["est"] < own["ci_upper"]
    assert fitted("ordinal").parameters.set_index("lhs").loc["y2", "se"].min() == 0


@pytest.mark.parametrize("name", ["fiml", "fiml, robust, weights", "ordinal", "mixed, theta",
                                  "continuous"])  # fmt: skip
def test_influence_of_rows_is_the_derivative_by_their_counts(name):
    """Against refits with one row doubled and left out: the infinitesimal jackknife."""
    found = fitted(name)
    of = resample.units(together.rows_of(found))
    ours = infinitesimal.influence(found)
    rows, moved = [2, 77, 140], []
    for row in rows:
        ends = []
        for times in (2, 0):
            counts = np.ones(of.size, dtype=int)
            counts[row] = times
            ends.append(next(machine.fits(found, lambda _, c=counts: c, 1, estimates=True)).values)
        moved.append((ends[0] - ends[1]) / 2)
    K = found.objective.parameters.K.any(axis=1)
    scale = ours[:, K].std(axis=0)
    gap = np.abs(ours[rows][:, K] - np.array(moved)[:, K]) / scale
    correlation = np.corrcoef(ours[rows][:, K].ravel(), np.array(moved)[:, K].ravel())[0, 1]
    if name == "mixed, theta":
        # five-point items taken as normal: the influence on a polyserial correlation has squared
        # scores for information, as in lavaan, and is not its derivative where the model errs
        assert np.median(gap) < 0.15
        assert correlation > 0.97
    else:
        assert np.median(gap) < 0.05
        assert gap.max() < 0.75
        assert correlation > 0.99


# Standard errors -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fiml", "dwls"])
def test_standard_errors_are_lavaans_but_for_chance(name):
    """sem(se = "bootstrap", bootstrap = 1000).

    The log of a ratio of standard deviations of R and R' draws has the variance
    (kurtosis - 1) / 4 (1 / R + 1 / R'). Rows whose draws have wild tails are left out.
    """
    case, R = frozen("errors_more")[name], frozen("errors_more")["draws"]
    if name == "fiml":
        found = fit(case["model"], incomplete(), missing="fiml")
        draws = 300
    else:
        found = fit(case["model"], table("sim").iloc[:500], ordered=ITEMS, estimator="DWLS")
        draws = 200
    result = found.bootstrap(draws, 4, keep_inadmissible=True)
    keys = ["lhs", "op", "rhs"]
    ours = result.intervals()[[*keys, "se"]].assign(column=range(len(result.names)))
    theirs = pd.DataFrame({k: case[k] for k in (*keys, "se", "ci_lower", "ci_upper")})
    both = ours.merge(theirs, on=keys, suffixes=("", "_lavaan"))
    both = both[both["se_lavaan"] > 0]
    seen = result.draws[:, both["column"]]
    kurtosis = stats.kurtosis(seen, fisher=False)
    assert (kurtosis < 8).sum() > 20
    z = np.log(both["se"] / both["se_lavaan"]).to_numpy()
    z = z / np.sqrt((kurtosis - 1) / 4 * (1 / draws + 1 / R))
    assert np.abs(z[kurtosis < 8]).max() < 4
    assert abs(z[kurtosis < 8].mean()) < 1  # rows go together: not 1 / sqrt(rows)
    # ends of lavaan's percentile intervals: the share of our draws beyond is 2.5 %
    margin = 4 * np.sqrt(0.025 * 0.975 * (1 / draws + 1 / R))
    for end, sign in (("ci_lower", 1), ("ci_upper", -1)):
        beyond = np.mean(sign * seen < sign * both[end].to_numpy(), axis=0)
        assert np.abs(beyond - 0.025).max() < margin


def test_a_fit_with_bootstrap_errors_is_its_bootstrap():
    model = HS + "\ntextual ~ a*visual\nspeed ~ b*textual + c*visual\nind := a*b\ntot := c + ind"
    found = fit(model, table("hs"), se="bootstrap", bootstrap=80, seed=5)
    result = found.bootstrap(80, 5, keep_inadmissible=True)
    rows, p = result.intervals(), found.parameters
    K = found.objective.parameters.K
    free = K.any(axis=1)
    se = rows["se"].to_numpy()
    # lavaan: divided by R for free parameters, by R - 1 for defined ones
    np.testing.assert_allclose(p["se"][: len(K)], se[: len(K)] * np.sqrt(79 / 80) * free)
    np.testing.assert_allclose(p["se"][len(K) :], se[len(K) :])
    np.testing.assert_allclose(p[["ci_lower", "ci_upper"]], rows[["ci_lower", "ci_upper"]])
    moving = p["se"] > 0
    np.testing.assert_allclose(p["z"][moving], (p["est"] / p["se"])[moving])
    np.testing.assert_allclose(p["pvalue"][moving], 2 * stats.norm.sf(np.abs(p["z"][moving])))
    np.testing.assert_allclose(
        found.vcov(), np.cov(result.draws[:, : len(K)] * free, rowvar=False, ddof=0)
    )
    assert found.draws.tally == result.tally
    plain = fit(model, table("hs"))
    np.testing.assert_allclose(found.chisq, plain.chisq)
    np.testing.assert_allclose(found.standardized()["est"], plain.standardized()["est"])
    assert (found.standardized()["se"][: len(K)][free] > 0).any()
    assert np.isnan(found.bootstrap(2, 1, statistic=lambda f: f.parameters["se"]).draws).any()


@pytest.mark.parametrize("name", ["fiml", "ordinal"])
def test_bootstrap_errors_of_every_kind(name):
    model, data, options = CASES[name]
    found = fit(model, data(), **options, se="boot", bootstrap=12, seed=3)
    rows = found.bootstrap(12, 3, keep_inadmissible=True).intervals()
    free = found.objective.parameters.K.any(axis=1)
    p = found.parameters.iloc[: len(free)]
    np.testing.assert_allclose(p["ci_upper"][free], rows["ci_upper"][: len(free)][free])
    assert (p["se"][~free] == 0).all()
    assert (p["ci_upper"][~free] == p["est"][~free]).all()


def test_influence_of_a_fit_with_bootstrap_errors_takes_no_draws():
    plain = fit(HS, table("hs")).influence(chosen=[0, 1])
    drawn = fit(HS, table("hs"), se="bootstrap", seed=1).influence(chosen=[0, 1])
    pd.testing.assert_frame_equal(plain, drawn)


def test_bollen_stine_beside_bootstrap_errors_as_in_lavaan():
    """sem(se = "bootstrap", test = "bollen.stine"): both from rows for which the model holds."""
    case, R = frozen("errors_more")["both"], frozen("errors_more")["draws"]
    found = fit(
        case["model"], table("hs"), se="bootstrap", test="bollen.stine", bootstrap=R, seed=4
    )
    p = found.parameters
    theirs = np.array(case["se"])
    free = theirs > 0
    kurtosis = stats.kurtosis(found.draws.draws[:, : len(theirs)][:, free], fisher=False)
    fair = kurtosis < 8
    z = np.log(p["se"][free] / theirs[free]) / np.sqrt((kurtosis - 1) / 4 * 2 / R)
    assert fair.sum() > 15
    assert np.abs(z[fair]).max() < 4
    assert found.measures["pvalue_bollen_stine"] == found.bollen_stine.pvalue
    assert found.measures["pvalue"] == fit(case["model"], table("hs")).measures["pvalue"]
    share = max(case["p"], 1 / R)
    assert found.bollen_stine.pvalue == pytest.approx(case["p"], abs=5 * np.sqrt(2 * share / R))


# Bollen and Stine, incomplete ----------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in CASES if "fiml" in name])
def test_transformed_rows_have_the_models_saturated_moments(name):
    """Savalei and Yuan (2009): the model holds exactly in what is drawn from."""
    found = fitted(name)
    for part, im, rows in zip(found.parts, found.implied_moments, boot.null_rows(found),
                              strict=True):  # fmt: skip
        again = saturated(patterns(rows.values, rows.weights))
        unit = np.sqrt(np.diag(im.sigma))
        np.testing.assert_allclose(again.sigma / np.outer(unit, unit),
                                   im.sigma / np.outer(unit, unit), atol=1e-7)  # fmt: skip
        np.testing.assert_allclose((again.mu - im.mu) / unit, 0, atol=1e-7)
        np.testing.assert_array_equal(np.isnan(rows.values), np.isnan(part.rows.values))


def test_transformed_complete_rows_are_bollen_and_stines():
    found = fit(HS, table("hs"), missing="fiml")
    im, part = found.implied_moments[0], found.parts[0]
    expected = resample.transformed(part.rows, im.sigma, im.mu)
    np.testing.assert_allclose(boot.null_rows(found)[0].values, expected.values, atol=1e-7)
    complete = boot.bollen_stine(fit(HS, table("hs"), meanstructure=True), 6, 2)
    ours = boot.bollen_stine(found, 6, 2)
    np.testing.assert_allclose(ours.chisq, complete.chisq, rtol=1e-4, atol=1e-4)


def test_bollen_stine_of_incomplete_rows_rejects_at_its_level():
    """Skewed data with a third of one item gone, a model that holds: p is about uniform."""
    rng = np.random.default_rng(8)
    p = []
    for _ in range(12):
        f = rng.standard_exponential((150, 1)) ** 1.5
        x = pd.DataFrame(f + rng.standard_exponential((150, 4)) ** 1.5, columns=list("abcd"))
        x.loc[:49, "a"] = np.nan
        x.loc[120:, "c"] = np.nan
        found = fit("f =~ a + b + c + d\na ~~ 0*b", x, missing="fiml", test="bollen_stine",
                    bootstrap=16, seed=1)  # fmt: skip
        p.append(found.bollen_stine.pvalue)
    assert 0.3 < np.mean(p) < 0.7
    assert np.mean(np.array(p) < 0.1) < 0.27


# Parts ---------------------------------------------------------------------------------------


def test_the_diagonal_of_gamma_is_gammas_diagonal():
    frame = items()
    values, ordered = frame[ITEMS].to_numpy(dtype=float), np.arange(8) < 6
    for clusters, weights in ((None, None), (frame["class"].to_numpy(), None),
                              (None, frame["weight"].to_numpy(dtype=float))):  # fmt: skip
        given = {"clusters": clusters, "weights": weights}
        whole = ordinal_moments(values, ITEMS, ordered, **given)
        diagonal = ordinal_moments(values, ITEMS, ordered, **given, gamma="diagonal",
                                   start=np.full((8, 8), 0.3))  # fmt: skip
        np.testing.assert_allclose(diagonal.gamma, np.diag(whole.gamma), rtol=1e-8)
        np.testing.assert_allclose(diagonal.statistics, whole.statistics, atol=1e-9)


def test_the_saturated_model_from_a_start_is_the_same():
    pats = patterns(incomplete()[[f"x{k}" for k in range(1, 10)]].to_numpy())
    plain = saturated(pats)
    near = saturated(pats, (plain.mu + 0.1, plain.sigma * 1.1))
    np.testing.assert_allclose(near.sigma, plain.sigma, atol=1e-8)
    assert saturated(pats, (plain.mu, plain.sigma)).evaluations <= 2


SECOND = HS + "\ngen =~ visual + textual + speed"
PATHS = HS + "\nspeed ~ textual + visual\ntextual ~ visual"


@pytest.mark.parametrize(
    ("model", "options"),
    [(HS, {}), (HS, {"meanstructure": True, "weights": "weight"}), (SECOND, {}), (PATHS, {}),
     (PATHS, {"group": "school", "group_equal": ["loadings", "intercepts"]})],
)  # fmt: skip
def test_the_shorter_way_to_the_likelihood_is_the_long_one(model, options):
    frame = table("hs").assign(weight=incomplete()["weight"])
    found = fit(model, frame, **options)
    some = next(
        together.solutions(found, together.rows_of(found), together.drawn(found, 1), 4)
    ).batch
    assert all(factor is not None for factor in some.factors)
    x = found.estimate.x * (1 + 0.05 * np.random.default_rng(2).standard_normal((4, found.npar)))
    F, gradient = some(x[: len(some)])
    longer = type(some)(some.patterns, some.samples, some.K, some.constants, some.means,
                        (None,) * len(some.factors))  # fmt: skip
    np.testing.assert_allclose(F, longer(x[: len(some)])[0], rtol=1e-12)
    np.testing.assert_allclose(gradient, longer(x[: len(some)])[1], atol=1e-12)


def test_the_shorter_way_leaves_what_it_cannot_do_to_the_long_one():
    found = fit(HS, table("hs"))
    some = next(
        together.solutions(found, together.rows_of(found), together.drawn(found, 1), 3)
    ).batch
    row = next(k for k, r in enumerate(found.table.rows) if (r.lhs, r.rhs) == ("x1", "x1"))
    column = int(np.flatnonzero(found.objective.parameters.K[row])[0])
    x = np.tile(found.estimate.x, (3, 1))
    x[1, column] = -0.05  # a Heywood case whose Sigma is positive definite
    fine = factorform.evaluate(some.factors[0], some.samples[0], some.values(x), means=False)[2]
    np.testing.assert_array_equal(fine, [True, False, True])
    longer = type(some)(some.patterns, some.samples, some.K, some.constants, some.means, (None,))
    np.testing.assert_allclose(some(x)[0], longer(x)[0], rtol=1e-12)
    np.testing.assert_allclose(some(x)[1], longer(x)[1], atol=1e-12)


@pytest.mark.parametrize("model", ["x4 ~ x1\nx7 ~ x4", HS + "\nx1 ~~ x4", HS + "\nspeed ~ ageyr",
                                   HS + "\nx1 ~~ 0*x1"])  # fmt: skip
def test_the_shorter_way_is_closed_to_other_models(model):
    found = fit(model, table("hs"))
    assert together._factors(found) == (None,)


# What cannot be ------------------------------------------------------------------------------


def test_a_draw_with_an_empty_category_is_counted_by_name():
    frame = items().iloc[:150]
    frame.loc[frame.index[3:], "y2"] = frame["y2"].clip(lower=2).iloc[3:]
    frame.loc[frame.index[:2], "y2"] = 1
    frame["y3"] = frame["y3"].clip(lower=3)
    found = fit("f =~ y1 + y2 + y3 + y4", frame, ordered=ITEMS[:4])
    result = found.bootstrap(30, 1, keep_inadmissible=True)
    assert result.tally.failed > 0
    assert result.tally.reasons[0] == ("'y2' has no answer 1: an empty category",
                                       result.tally.failed)  # fmt: skip
    assert "because 'y2' has no answer 1: an empty category" in result.tally.note
    assert len(result.draws) + result.tally.failed + result.tally.not_converged == 30
    same = found.bootstrap(30, 1, statistic=lambda f: f.values[1], keep_inadmissible=True)
    assert same.tally == result.tally


def test_a_draw_whose_pairs_nobody_answered_is_counted_by_name():
    frame = table("hs")[["x1", "x4", "x5", "x6"]].copy()
    frame.loc[frame.index >= 150, "x1"] = np.nan
    frame.loc[frame.index < 148, "x4"] = np.nan
    found = fit("f =~ x5 + x6 + x4 + x1", frame, missing="fiml")
    result = found.bootstrap(24, 2, keep_inadmissible=True)
    assert result.tally.failed > 0
    assert "nobody answered both" in result.tally.note


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"se": "bootstrap"}, ResamplingError, "there is no seed"),
        ({"test": "bollen_stine"}, ResamplingError, "there is no seed"),
        ({"seed": 1}, ResamplingError, "seed belongs to"),
        ({"bootstrap": 50}, ResamplingError, "bootstrap belongs to"),
        ({"se": "bootstrap", "seed": -1}, ResamplingError, "seed=-1"),
        ({"se": "bootstrap", "seed": 1.5}, ResamplingError, "seed=1.5"),
        ({"se": "bootstrap", "seed": 1, "bootstrap": 1}, ResamplingError, "bootstrap=1"),
        ({"test": "bollen.stine", "seed": 1, "ordered": ["x1"]}, NotAvailableError,
         "no transformation of categories"),
        ({"test": "bollen.stine", "seed": 1, "estimator": "WLS"}, NotAvailableError, "WLS"),
        ({"missing": "two_stage", "seed": 1}, ResamplingError, "seed belongs to"),
        ({"missing": "two_stage", "se": "boot", "seed": 1}, NotAvailableError, "two_stage"),
        ({"missing": "fiml", "auxiliary": ["ageyr"], "se": "boot", "seed": 1}, NotAvailableError,
         "auxiliary variables"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly(options, error, said):
    with pytest.raises(error, match=said) as caught:
        fit(HS, table("hs").round(), **options)
    assert "hint:" in str(caught.value)


def test_draws_that_cannot_be_had():
    cov = table("hs")[[f"x{k}" for k in range(1, 10)]].cov()
    with pytest.raises(DataError, match="needs the rows"):
        fit(HS, sample_cov=cov, sample_nobs=301, se="bootstrap", seed=1)
    found = fit(HS, table("hs"))
    with pytest.raises(ResamplingError, match="seed=None"):
        found.bootstrap(10, None)
    with pytest.raises(ResamplingError, match="do not come from draws"):
        _ = found.draws
    with pytest.raises(ResamplingError, match="does not come from draws"):
        _ = found.bollen_stine
    with pytest.raises(NotAvailableError, match="no transformation of categories"):
        boot.bollen_stine(fitted("ordinal"), 10, 1)
