"""Indices of careless answering: frozen R results, examples by hand, and what always holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import mahalanobis as scipy_mahalanobis

from reference_data import SCALES, frozen, holes, leadership
from surveysem.cleaning import indices
from surveysem.cleaning.moments import item_pairs, moments

NAN = np.nan
REVERSED = {"LEAD02", "LEAD05", "LEAD09", "TSIG02", "HOSTIL03"}
SHORT = [range(4), range(4, 8), range(8, 11), range(11, 14), range(14, 16), range(16, 19)]
NAMES = [name for scale in SCALES.values() for name in scale]
MIXED = [
    ([NAMES.index(n) for n in s if n not in REVERSED], [NAMES.index(n) for n in s if n in REVERSED])
    for s in SCALES.values()
]


@pytest.fixture(params=["complete", "holes"])
def case(request):
    """Answers of 60 soldiers, and what R says of them (tests/reference/cleaning/generate.R)."""
    frame = leadership(rows=60)
    frame = holes(frame) if request.param == "holes" else frame
    return frame.to_numpy(), frozen("cleaning", "indices")[request.param]


def of_r(values, rel=1e-9):
    """What R says, of 30 respondents at least, to compare with."""
    values = np.array([NAN if v is None else v for v in values], dtype=float)
    assert np.isfinite(values).sum() > 30
    return pytest.approx(values, rel=rel, abs=1e-9, nan_ok=True)


def turned(x):
    at = np.array([n in REVERSED for n in NAMES])
    return np.where(at, 6 - x, x)


# Against R --------------------------------------------------------------------------------


def test_longstring_agrees_with_r(case):
    x, r = case
    assert indices.longest_runs(x) == of_r(r["longstring"])


def test_irv_agrees_with_r(case):
    x, r = case
    assert indices.spread(x) == of_r(r["irv"])


def test_inter_item_sd_agrees_with_r(case):
    x, r = case
    assert indices.inter_item_sd(turned(x), SHORT) == of_r(r["isd"])


def test_even_odd_agrees_with_r(case):
    x, r = case
    assert indices.even_odd(turned(x), SHORT) == of_r(r["even_odd"])


def test_moments_agree_with_r(case):
    x, r = case
    m = moments([x[:17], x[17:]])
    np.testing.assert_allclose(m.covariance, np.array(r["covariance"]), rtol=1e-9)
    np.testing.assert_allclose(m.correlation, np.array(r["correlation"]), rtol=1e-9)


@pytest.mark.parametrize(("name", "critical"), [("synonym", 0.5), ("antonym", -0.2)])
def test_synonyms_and_antonyms_agree_with_r(case, name, critical):
    x, r = case
    pairs = item_pairs(moments([x]).correlation, critical)
    assert len(pairs) == r[f"{name}_pairs"] >= 3
    assert indices.pair_consistency(x, pairs) == of_r(r[f"{name}s"])


def test_person_total_agrees_with_r(case):
    x, r = case
    m = moments([x])
    found = indices.person_total(x, m.total, m.count, np.ones(len(x), bool))
    assert found == of_r(r["person_total"])


def test_mahalanobis_agrees_with_r(case):
    x, r = case
    m = moments([x])
    d2, df = indices.mahalanobis(x, m.mean, m.precision)
    assert d2 == of_r(r["mahalanobis"], rel=1e-7)
    assert df.tolist() == r["df"]


def test_mahalanobis_of_complete_answers_is_that_of_psych():
    x = leadership(rows=60).to_numpy()
    m = moments([x])
    theirs = frozen("cleaning", "indices")["complete"]["psych_outlier"]
    assert indices.mahalanobis(x, m.mean, m.precision)[0] == of_r(theirs, rel=1e-7)


def test_misresponse_agrees_with_r(case):
    x, r = case
    same, pairs = indices.contradictions(x, np.full(x.shape[1], 3.0), MIXED)
    assert np.column_stack([same, pairs]).tolist() == r["misresponse"]


# By hand ----------------------------------------------------------------------------------


def test_spread_by_hand():
    """1 2 3: sd 1; 2 and 4: root 2; one answer has no spread."""
    x = np.array([[1, 2, 3], [2, NAN, 4], [5, NAN, NAN], [3, 3, 3]])
    np.testing.assert_allclose(indices.spread(x), [1, np.sqrt(2), NAN, 0])


def test_even_odd_by_hand():
    """Halves (1, 3, 5) and (2, 2, 5): r = .866; stepped up 2 r / (1 + r) = .928."""
    x = np.array([[1, 2, 3, 2, 5, 5]])
    r = 6 / np.sqrt(8 * 6)
    found = indices.even_odd(x.astype(float), [(0, 1), (2, 3), (4, 5)])
    np.testing.assert_allclose(found, 2 * r / (1 + r))


def test_even_odd_stops_at_minus_one():
    """r = -1 / 3 and below would step up to -1 and beyond."""
    x = np.array([[1, 5, 3, 3, 5, 1], [3, 3, 3, 3, 3, 3]], dtype=float)
    found = indices.even_odd(x, [(0, 1), (2, 3), (4, 5)])
    np.testing.assert_array_equal(found, [-1, NAN])


def test_a_straight_line_has_no_correlation_within():
    x = np.full((1, 6), 4.0)
    assert np.isnan(indices.pair_consistency(x, [(1, 0), (3, 2), (5, 4)])).all()


def test_contradictions_by_hand():
    """Keyed 4, 5, 3 and reversed 4, 1: 4-4 and 5-4 agree with both; the middle contradicts nothing."""
    x = np.array([[4, 5, 3, 4, 1], [4, NAN, 2, 3, 1]])
    same, pairs = indices.contradictions(x, np.full(5, 3.0), [((0, 1, 2), (3, 4))])
    assert same.tolist() == [2, 1]
    assert pairs.tolist() == [6, 4]


def test_item_pairs_keep_each_pair_once():
    R = np.array([[1, 0.7, -0.8], [0.7, 1, 0.6], [-0.8, 0.6, 1]])
    assert item_pairs(R, 0.6) == [(1, 0)]
    assert item_pairs(R, -0.6) == [(2, 0)]


def test_covariances_without_inverse_are_said_to_have_none():
    x = np.array([[1, 2, 3], [2, 4, 5], [3, 6, 1], [4, 8, 2.0]])  # the second is twice the first
    assert moments([x]).precision is None


# Whatever the answers ---------------------------------------------------------------------

CODES = st.sampled_from([NAN, 1.0, 2.0, 3.0, 4.0, 5.0])
SHEETS = st.integers(1, 8).flatmap(lambda n: arrays(float, (n, 12), elements=CODES))
SIX = [(0, 1, 2), (3, 4), (5, 6, 7), (8, 9), (10, 11)]


@given(SHEETS)
def test_indices_stay_within_their_range(x):
    within = [
        indices.even_odd(x, SIX),
        indices.pair_consistency(x, [(1, 0), (5, 2), (9, 3), (11, 4)]),
    ]
    for values in within:
        known = values[~np.isnan(values)]
        assert ((known >= -1) & (known <= 1)).all()
    spread = indices.spread(x)
    assert (spread[~np.isnan(spread)] >= 0).all()


@given(SHEETS, st.randoms())
def test_a_persons_index_does_not_depend_on_the_other_rows(x, random):
    order = random.sample(range(len(x)), len(x))
    for index in (indices.spread, indices.longest_runs, lambda a: indices.even_odd(a, SIX)):
        np.testing.assert_array_equal(index(x[order]), index(x)[order])


@given(SHEETS)
def test_turning_every_answer_changes_no_spread_and_no_consistency(x):
    np.testing.assert_allclose(indices.spread(6 - x), indices.spread(x), atol=1e-12)
    np.testing.assert_allclose(
        indices.even_odd(6 - x, SIX), indices.even_odd(x, SIX), atol=1e-9, equal_nan=True
    )


@given(SHEETS)
def test_row_correlations_are_numpys(x):
    found, count = indices.row_correlations(x[:, :6], x[:, 6:])
    for r, n, row in zip(found, count, x, strict=True):
        a, b = row[:6], row[6:]
        both = ~(np.isnan(a) | np.isnan(b))
        assert n == both.sum()
        if n >= 3 and np.ptp(a[both]) and np.ptp(b[both]):
            assert r == pytest.approx(np.corrcoef(a[both], b[both])[0, 1], abs=1e-9)
        else:
            assert np.isnan(r)


@given(SHEETS)
def test_mahalanobis_is_scipys_in_the_items_answered(x):
    rng = np.random.default_rng(1)
    root = rng.standard_normal((12, 12)) + 3 * np.eye(12)
    S, mean = root @ root.T, rng.standard_normal(12)
    d2, df = indices.mahalanobis(x, mean, np.linalg.inv(S))
    for value, n, row in zip(d2, df, x, strict=True):
        o = ~np.isnan(row)
        assert n == o.sum()
        if n:
            inverse = np.linalg.inv(S[np.ix_(o, o)])
            expected = scipy_mahalanobis(row[o], mean[o], inverse) ** 2
            assert value == pytest.approx(expected, rel=1e-7)
        else:
            assert np.isnan(value)


@given(SHEETS, st.integers(1, 7))
def test_moments_in_pieces_are_those_of_the_whole(x, cut):
    whole, pieces = moments([x]), moments([x[:cut], x[cut:]])
    np.testing.assert_array_equal(whole.n, pieces.n)
    np.testing.assert_allclose(whole.covariance, pieces.covariance, atol=1e-9)
