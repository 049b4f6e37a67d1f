"""Ordinal moments: against lavaan, and what must hold for any data.

Frozen values: tests/reference/sem/ordinal/generate.R, saturated models of lavaan 0.6-14.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from sem_cases import table

from surveysem.sem.errors import DataError
from surveysem.sem.ordinal import influence, ordinal_moments

FOLDER = Path(__file__).parents[1] / "reference" / "sem" / "ordinal"
NAMES = sorted(path.stem for path in (FOLDER / "frozen").glob("*.json"))
FIVE = ["a", "b", "c", "u", "v"]
ORDERED = np.array([True, True, True, False, False])

few = settings(max_examples=12, deadline=None, derandomize=True)


@cache
def data(name):
    return table("sim") if name == "sim" else pd.read_csv(FOLDER / f"{name}.csv")


@cache
def case(name):
    return json.loads((FOLDER / "frozen" / f"{name}.json").read_text(encoding="utf-8"))


def moments(frame, names=FIVE, ordered=ORDERED, *, weights=None, covariates=None, **arguments):
    """Moments of columns of a frame; weights as lavaan scales them, to a mean of 1."""
    return ordinal_moments(
        frame[list(names)].to_numpy(dtype=float),
        names,
        ordered,
        weights=None if weights is None else (frame[weights] / frame[weights].mean()).to_numpy(),
        covariates=None if covariates is None else frame[covariates].to_numpy(dtype=float),
        **arguments,
    )


@pytest.fixture(scope="module")
def mixed():
    return moments(data("mixed"))


# Against lavaan ----------------------------------------------------------------------------------


def signs(m):
    """Signs that lavaan gives the statistics: minus for means."""
    return np.concatenate(
        [np.ones(len(t)) if o else [-1.0] for o, t in zip(m.ordered, m.thresholds, strict=True)]
    )


@pytest.mark.parametrize("name", NAMES)
def test_against_lavaan(name):
    c = case(name)
    frame, arguments = data(c["data"]), dict(c["arguments"])
    by = arguments.pop("group", None)
    parts = [frame[frame[by] == label] for label in c["labels"]] if by else [frame]
    for part, frozen, n in zip(parts, c["groups"], c["nobs"], strict=True):
        found = moments(part, c["variables"], np.isin(c["variables"], c["ordered"]), **arguments)
        m = len(found.statistics)
        turn = np.ones(m)
        turn[: len(signs(found))] = signs(found)
        lower = np.zeros((m, m))
        lower.T[np.triu_indices(m)] = frozen["gamma"]
        gamma = (lower + np.tril(lower, -1).T) * np.outer(turn, turn)
        spread = np.sqrt(np.diag(gamma))
        assert found.nobs == n
        assert found.size == pytest.approx(n)
        np.testing.assert_allclose(found.statistics, turn * frozen["observed"], rtol=0, atol=1e-6)
        scaled = (found.gamma - gamma) / np.outer(spread, spread)
        np.testing.assert_allclose(scaled, 0, atol=1e-6)
        if part is parts[0] and "covariates" not in arguments:
            assert len(found.empty_cells) == c["pairs_with_empty_cells"]


# Parts and statistics ----------------------------------------------------------------------------


def test_statistics_hold_the_parts_in_order():
    found = moments(data("mixed"), covariates=["x", "d"])
    assert [len(t) for t in found.thresholds] == [1, 2, 4, 0, 0]
    expected = [*np.concatenate(found.thresholds), *found.means[3:], *found.slopes.T.ravel()]
    expected += [*np.diag(found.cov)[3:], *found.cov.T[np.triu_indices(5, 1)]]
    np.testing.assert_allclose(
        found.statistics, expected, rtol=1e-13
    )  # sd**2 is not cov to the bit
    np.testing.assert_array_equal(np.diag(found.cov)[:3], 1)
    np.testing.assert_array_equal(found.cov, found.cov.T)
    np.testing.assert_array_equal(found.means[:3], 0)


def test_first_stage_in_closed_form(mixed):
    frame = data("mixed")
    share = np.cumsum(frame["c"].value_counts(normalize=True).sort_index())
    np.testing.assert_allclose(mixed.thresholds[2], ndtri(share[:-1]), atol=1e-12)
    np.testing.assert_allclose(mixed.means[3:], frame[["u", "v"]].mean(), rtol=1e-12)
    numeric = frame[["u", "v"]].cov(ddof=0)
    np.testing.assert_allclose(mixed.cov[3:, 3:], numeric, rtol=1e-9)
    assert mixed.categories[0].tolist() == [0, 1]
    assert mixed.categories[2].tolist() == [1, 2, 3, 4, 5]
    assert len(mixed.categories[3]) == 0


def test_numeric_data_have_the_usual_asymptotic_covariance():
    rng = np.random.default_rng(3)
    y = rng.multivariate_normal([0, 0], [[2, 0.9], [0.9, 1]], 200_000)
    found = ordinal_moments(y, ["u", "v"], np.zeros(2, dtype=bool))
    S = found.cov
    expected = np.zeros((5, 5))
    expected[:2, :2] = S
    ij = [(0, 0), (1, 1), (1, 0)]
    expected[2:, 2:] = [[S[i, k] * S[j, m] + S[i, m] * S[j, k] for k, m in ij] for i, j in ij]
    # The widest sampling error, of a variance's own variance, is 1 / 119 of it at this n.
    spread = np.sqrt(np.diag(expected))
    difference = (found.gamma - expected) / np.outer(spread, spread)
    np.testing.assert_allclose(difference, 0, atol=4 / 119)


def test_a_single_variable():
    found = moments(data("mixed"), ["c"], ORDERED[2:3])
    assert found.statistics.shape == (4,)
    share = np.cumsum(data("mixed")["c"].value_counts(normalize=True).sort_index())[:-1].to_numpy()
    density = np.exp(-(found.thresholds[0] ** 2) / 2) / np.sqrt(2 * np.pi)
    expected = (np.minimum.outer(share, share) - np.outer(share, share)) / np.outer(
        density, density
    )
    np.testing.assert_allclose(found.gamma, expected, rtol=1e-10)


# Influence -----------------------------------------------------------------------------------------

KINDS = {
    "ordered": {"names": ["a", "b", "c"], "ordered": ORDERED[:3]},
    "mixed": {},
    "covariates": {"covariates": ["x", "d"]},
    "weights": {"weights": "w"},
}


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
@pytest.mark.parametrize("kind", KINDS)
def test_influence_adds_up_to_gamma(kind, missing):
    found = moments(data("gaps"), **KINDS[kind], missing=missing)
    parts = list(influence(found, rows=37))
    psi = np.concatenate([part for _, _, part in parts])
    assert [start for start, _, _ in parts] == list(range(0, found.nobs, 37))
    assert parts[-1][1] == found.nobs == len(psi)
    np.testing.assert_allclose(psi.T @ psi / found.size, found.gamma, rtol=1e-10, atol=1e-10)
    spread = np.sqrt(np.diag(found.gamma))
    np.testing.assert_allclose(psi.sum(axis=0) / found.size / spread, 0, atol=1e-7)
    np.testing.assert_array_equal(found.gamma, found.gamma.T)


def test_influence_on_thresholds_is_the_derivative_by_a_row_s_weight():
    frame = data("gaps")[["a", "b", "c"]]
    plain = ordinal_moments(frame.to_numpy(), list("abc"), ORDERED[:3], missing="pairwise")
    psi = np.concatenate([part for _, _, part in influence(plain)])
    for row in (0, 3, 250):
        ends = []
        for step in (1e-5, -1e-5):
            w = np.ones(len(frame))
            w[plain.source.rows[row]] += step
            ends.append(
                ordinal_moments(
                    frame.to_numpy(), list("abc"), ORDERED[:3], missing="pairwise", weights=w
                ).statistics
            )
        slope = (ends[0] - ends[1]) / 2e-5 * plain.size
        np.testing.assert_allclose(psi[row, :7], slope[:7], rtol=1e-5, atol=1e-6)


def test_clusters_are_summed_before_the_products():
    frame = data("mixed")
    labels = np.random.default_rng(4).integers(0, 40, len(frame)).astype(str)
    found = moments(frame, clusters=labels)
    psi = next(influence(found, rows=len(frame)))[2]
    sums = pd.DataFrame(psi).groupby(labels).sum().to_numpy()
    expected = sums.T @ sums / found.size * 40 / 39
    np.testing.assert_allclose(found.gamma, expected, rtol=1e-9, atol=1e-9)


def test_clusters_of_one_row_change_the_factor_only(mixed):
    n = mixed.nobs
    found = moments(data("mixed"), clusters=np.arange(n))
    np.testing.assert_allclose(found.gamma, mixed.gamma * n / (n - 1), rtol=1e-9, atol=1e-12)


def test_clusters_longer_than_a_chunk(monkeypatch):
    frame = data("mixed")
    labels = np.repeat([3, 1, 2], [150, 150, 100])
    whole = moments(frame, clusters=labels)
    monkeypatch.setattr("surveysem.sem.ordinal.influences._CHUNK", 21 * 33)
    np.testing.assert_allclose(
        moments(frame, clusters=labels).gamma, whole.gamma, rtol=1e-9, atol=1e-9
    )


def test_gamma_is_the_covariance_over_repeated_samples():
    rng = np.random.default_rng(6)
    R = np.array([[1, 0.5, 0.3], [0.5, 1, -0.4], [0.3, -0.4, 1]])
    drawn, expected = [], []
    for _ in range(600):
        y = rng.multivariate_normal(np.zeros(3), R, 400)
        y[:, 0] = np.digitize(y[:, 0], [-0.8, 0.2, 1])
        y[:, 1] = y[:, 1] > 0.4
        found = ordinal_moments(y, list("abu"), np.array([True, True, False]))
        drawn.append(found.statistics)
        expected.append(np.diag(found.gamma) / 400)
    ratio = np.std(drawn, axis=0) / np.sqrt(np.mean(expected, axis=0))
    np.testing.assert_allclose(ratio, 1, atol=0.1)
    error = (np.mean(drawn, axis=0)[-3:] - [0.5, 0.3, -0.4]) / np.std(drawn, axis=0)[-3:]
    np.testing.assert_allclose(error, 0, atol=0.15)


# What must not matter --------------------------------------------------------------------------------


@few
@given(st.lists(st.floats(0.01, 5), min_size=5, max_size=5), st.floats(-1e3, 1e3))
def test_codes_of_categories_do_not_matter(steps, origin):
    frame = data("mixed").copy()
    plain = moments(frame)
    codes = origin + np.cumsum(steps)
    frame["c"] = codes[frame["c"] - 1]
    found = moments(frame)
    np.testing.assert_array_equal(found.statistics, plain.statistics)
    np.testing.assert_array_equal(found.gamma, plain.gamma)
    np.testing.assert_array_equal(found.categories[2], codes)


@few
@given(st.permutations(range(5)), st.integers(0, 2**32 - 1), st.booleans())
def test_order_of_rows_and_variables_does_not_matter(order, seed, conditional):
    frame = data("gaps")
    options = {"missing": "pairwise", "covariates": ["x"] if conditional else None}
    plain = moments(frame, **options)
    shuffled = frame.sample(frac=1, random_state=seed)
    found = moments(shuffled, [FIVE[v] for v in order], ORDERED[list(order)], **options)
    np.testing.assert_allclose(found.cov, plain.cov[np.ix_(order, order)], rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found.means, plain.means[list(order)], rtol=1e-8)
    for at, v in enumerate(order):
        np.testing.assert_allclose(found.thresholds[at], plain.thresholds[v], rtol=1e-8, atol=1e-8)

    def spread(m):
        return np.sort(np.diag(m.gamma))

    np.testing.assert_allclose(spread(found), spread(plain), rtol=1e-6)


@few
@given(st.sampled_from(FIVE[:3]))
def test_reversing_an_ordered_variable_turns_its_signs(name):
    frame = data("mixed").copy()
    plain, v = moments(frame), FIVE.index(name)
    frame[name] = -frame[name]
    found = moments(frame)
    turn = np.where(np.arange(5) == v, -1, 1)
    np.testing.assert_allclose(found.cov, plain.cov * np.outer(turn, turn), atol=1e-9)
    np.testing.assert_allclose(found.thresholds[v], -plain.thresholds[v][::-1], atol=1e-12)
    diagonal = np.diag(plain.gamma)[-10:]
    np.testing.assert_allclose(np.diag(found.gamma)[-10:], diagonal, rtol=1e-8)


@few
@given(st.sampled_from([1e-6, 0.01, 3.0, 1e5]), st.sampled_from([-2e3, 0.0, 40.0]))
def test_scales_of_numeric_variables_and_covariates(scale, origin):
    frame = data("mixed").copy()
    plain = moments(frame, covariates=["x", "d"])
    frame["u"] = frame["u"] * scale
    frame["x"] = frame["x"] * scale + origin * scale
    found = moments(frame, covariates=["x", "d"])
    by = np.where(np.arange(5) == 3, scale, 1.0)
    np.testing.assert_allclose(found.cov / np.outer(by, by), plain.cov, rtol=1e-6, atol=1e-7)
    slopes = found.slopes / by[:, None] * [scale, 1]
    np.testing.assert_allclose(slopes, plain.slopes, rtol=1e-6, atol=1e-8)
    relative = np.diag(found.gamma)[-10:] / np.diag(plain.gamma)[-10:]
    pairs = np.outer(by, by).T[np.triu_indices(5, 1)]
    np.testing.assert_allclose(relative, pairs**2, rtol=1e-5)


def test_weights_of_whole_numbers_are_repeated_rows():
    frame = data("mixed").head(150).copy()
    frame["w"] = np.random.default_rng(8).integers(1, 4, 150)
    repeated = frame.loc[frame.index.repeat(frame["w"])]
    for covariates in (None, ["x"]):
        weighted = ordinal_moments(
            frame[FIVE].to_numpy(),
            FIVE,
            ORDERED,
            weights=frame["w"].to_numpy(),
            covariates=None if covariates is None else frame[covariates].to_numpy(),
        )
        found = moments(repeated, covariates=covariates, clusters=repeated.index.to_numpy())
        np.testing.assert_allclose(weighted.statistics, found.statistics, rtol=1e-8, atol=1e-8)
        assert weighted.size == found.size == len(repeated)
        # Repeated rows are a cluster each: the products then are the same up to G / (G - 1).
        np.testing.assert_allclose(weighted.gamma * 150 / 149, found.gamma, rtol=1e-6, atol=1e-7)


def test_pairwise_is_listwise_without_gaps(mixed):
    found = moments(data("mixed"), missing="pairwise")
    np.testing.assert_array_equal(found.statistics, mixed.statistics)
    np.testing.assert_array_equal(found.gamma, mixed.gamma)
    assert moments(data("mixed"), gamma=False).gamma is None


def test_a_known_correlation_is_recovered():
    rng = np.random.default_rng(11)
    y = rng.multivariate_normal(
        np.zeros(3), [[1, 0.7, 0.5], [0.7, 1, 0.35], [0.5, 0.35, 1]], 200_000
    )
    y[:, 0], y[:, 1] = np.digitize(y[:, 0], [-1, 0, 0.5, 2]), y[:, 1] > 1
    found = ordinal_moments(y, list("abu"), np.array([True, True, False]))
    se = np.sqrt(np.diag(found.gamma)[-3:] / 200_000)
    assert (np.abs(found.statistics[-3:] - [0.7, 0.5, 0.35]) < 4 * se).all()
    np.testing.assert_allclose(found.thresholds[0], [-1, 0, 0.5, 2], atol=0.02)


# Findings and errors -------------------------------------------------------------------------------


def test_empty_cells_and_categories_are_findings():
    frame = data("binary")
    names = ["e1", "e2", "e5"]
    levels = [np.arange(2), None, np.arange(6)]
    found = moments(frame, names, np.ones(3, dtype=bool), levels=levels)
    crossed = pd.crosstab(frame["e1"], frame["e5"])
    assert ("e1", "e5", int((crossed == 0).sum().sum())) in found.empty_cells
    assert found.empty_categories == (("e5", 4.0), ("e5", 5.0))
    assert len(found.thresholds[2]) == 3


def test_perfect_tables_are_findings():
    rng = np.random.default_rng(2)
    same = rng.integers(0, 2, 80)
    y = np.column_stack([same, 1 - same, rng.integers(0, 3, 80)]).astype(float)
    found = ordinal_moments(y, list("abc"), np.ones(3, dtype=bool))
    assert found.at_bound == (("a", "b", -1.0),)
    assert (found.gamma[4] == 0).all()
    assert np.isfinite(found.gamma).all()
    assert found.cov[0, 1] == -1


def test_pairs_with_flat_likelihoods_are_findings():
    a = np.repeat([0, 0, 1, 2], [135, 146, 12, 7])
    b = np.repeat([0, 1, 0, 0], [135, 146, 12, 7])
    u = np.random.default_rng(3).normal(size=300)
    found = ordinal_moments(np.column_stack([a, b, u]), list("abu"), np.array([True, True, False]))
    ((one, two, rho),) = found.at_bound
    assert (one, two) == ("a", "b")
    assert rho == pytest.approx(-0.999, abs=1e-9)
    assert np.isfinite(found.gamma).all()
    assert found.gamma[5, 5] == 0


def test_polyserial_correlations_count_improbable_rows():
    """lavaan 0.6-14 leaves rows of a density below 1.5e-8 out, in the numeric variable's unit."""
    rng = np.random.default_rng(3)
    f = rng.normal(size=400)
    u = f + 0.2 * rng.normal(size=400)
    a = np.digitize(f, [1.5, 2])
    plain = ordinal_moments(np.column_stack([a, u]), ["a", "u"], np.array([True, False]))
    scaled = ordinal_moments(np.column_stack([a, 1e6 * u]), ["a", "u"], np.array([True, False]))
    z = (u - u.mean()) / u.std()
    edges = np.array([-np.inf, *plain.thresholds[0], np.inf])

    def log_likelihood(rho):
        root = np.sqrt(1 - rho * rho)
        upper, lower = (edges[a + 1] - rho * z) / root, (edges[a] - rho * z) / root
        flip = lower > 0
        return np.log(
            ndtr(np.where(flip, -lower, upper)) - ndtr(np.where(flip, -upper, lower))
        ).sum()

    rho = plain.cov[0, 1] / u.std()
    assert scaled.cov[0, 1] / 1e6 == pytest.approx(plain.cov[0, 1], rel=1e-8)
    grid = np.linspace(0.9, 0.998, 400)
    assert log_likelihood(rho) >= max(log_likelihood(r) for r in grid)


BAD = {
    "one category": ({"a": 1}, {}, "'a' has one value only"),
    "constant": ({"u": 1.5}, {}, "'u' has one value only"),
    "no answer": ({"a": np.nan}, {"missing": "pairwise"}, "'a'"),
    "infinite": ({"v": np.inf}, {}, "'v' holds an infinite value"),
    "too many": ({"c": np.arange(400)}, {}, "'c' is ordered and has 400 different values"),
    "explained": (
        {"u": np.arange(400), "x": np.arange(400)},
        {"covariates": ["x"]},
        "'u' is a lin",
    ),
    "separated": ({"x": np.arange(400), "a": np.arange(400) > 99}, {"covariates": ["x"]}, "'a'"),
    "collinear": ({"d": data("mixed")["x"] * 2}, {"covariates": ["x", "d"]}, "linearly dependent"),
    "flat covariate": ({"d": 1}, {"covariates": ["x", "d"]}, "covariate 2"),
    "weights": ({"w": -1}, {"weights": "w"}, "weight"),
    "no rows": ({"a": np.nan}, {}, r"0 usable row\(s\) of 400"),
    "clusters": ({}, {"clusters": np.ones(400)}, "one cluster"),
    "no cluster": ({}, {"clusters": np.where(np.arange(400) > 3, 1.0, np.nan)}, "no cluster"),
    "short": ({}, {"clusters": np.ones(3)}, "clusters: 3 rows"),
    "level": ({}, {"levels": [None, None, np.arange(1, 5), None, None]}, "'c' holds 5"),
    "missing": ({}, {"missing": "fiml"}, "allowed: listwise, pairwise"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named(name):
    columns, arguments, message = BAD[name]
    frame = data("mixed").assign(**columns)
    if name == "weights":
        frame["w"] = np.where(np.arange(400) == 7, -1, frame["w"] + 3)
    with pytest.raises(DataError, match=message) as error:
        moments(frame, **arguments)
    assert any(word in str(error.value) for word in ("hint: ", "allowed: "))


def test_pairs_without_joint_answers_are_named():
    frame = data("mixed").astype(float)
    frame.loc[:199, "a"] = np.nan
    frame.loc[200:, "v"] = np.nan
    with pytest.raises(DataError, match="both 'a' and 'v'"):
        moments(frame, missing="pairwise")


def test_text_and_wrong_shapes_are_named():
    with pytest.raises(DataError, match="other than numbers"):
        ordinal_moments(np.array([["x"], ["y"]]), ["a"], np.array([True]))
    with pytest.raises(DataError, match="2 columns, 1 names"):
        ordinal_moments(np.ones((4, 2)), ["a"], np.array([True]))
