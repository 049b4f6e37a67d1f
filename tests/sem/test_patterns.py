"""Incomplete data summed up by pattern, against plain loops over the rows."""

import numpy as np
import pytest
from fiml_cases import holes
from hypothesis import given, settings
from hypothesis import strategies as st
from sem_cases import table

from surveysem.sem.missing.patterns import patterns

few = settings(max_examples=30, deadline=None, derandomize=True)


def punched(n=60, p=5, share=0.25, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, p))
    x[rng.random(x.shape) < share] = np.nan
    return x


def by_hand(x, weights):
    """Size, mean and covariance of each pattern, by its tuple of answered variables."""
    found = {}
    answered = ~np.isnan(x)
    for seen in {tuple(row) for row in answered if row.any()}:
        at = (answered == seen).all(axis=1)
        part, w = x[at][:, np.array(seen)], weights[at]
        mean = w @ part / w.sum()
        found[seen] = w.sum(), mean, ((part - mean).T * w) @ (part - mean) / w.sum()
    return found


@pytest.mark.parametrize("weighted", [False, True])
def test_moments_of_each_pattern(weighted):
    x = punched()
    x[[3, 17]] = np.nan
    weights = np.random.default_rng(2).uniform(0.5, 2, len(x)) if weighted else np.ones(len(x))
    pats = patterns(x, weights if weighted else None)
    expected = by_hand(x, weights)
    assert len(pats.sizes) == len(expected)
    assert (pats.nobs, pats.ntotal) == (58, 60)
    assert pats.weight == pytest.approx(np.delete(weights, [3, 17]).sum())
    for k, seen in enumerate(pats.observed):
        size, mean, cov = expected[tuple(seen)]
        assert pats.sizes[k] == pytest.approx(size)
        np.testing.assert_allclose(pats.means[k, seen], mean, atol=1e-14)
        assert not pats.means[k, ~seen].any()
        if k < len(pats.covs):
            np.testing.assert_allclose(pats.covs[k][np.ix_(seen, seen)], cov, atol=1e-14)
            assert not pats.covs[k][~seen].any()
            assert not pats.covs[k][:, ~seen].any()
        else:
            np.testing.assert_allclose(cov, 0, atol=1e-14)


def test_rows_of_each_pattern():
    x = punched()
    x[8] = np.nan
    pats = patterns(x)
    assert sorted(pats.order) == [k for k in range(60) if k != 8]
    sizes = np.diff(pats.starts)
    for k, seen in enumerate(pats.observed):
        rows = pats.order[pats.starts[k] : pats.starts[k + 1]]
        assert (~np.isnan(x[rows]) == seen).all()
        assert list(rows) == sorted(rows)
    assert (sizes[: len(pats.covs)] > 1).all()
    assert (sizes[len(pats.covs) :] == 1).all()


def test_complete_data_are_one_pattern():
    x = punched(share=0)
    pats = patterns(x)
    assert pats.observed.tolist() == [[True] * 5]
    np.testing.assert_allclose(pats.covs[0], np.cov(x.T, bias=True), atol=1e-14)
    np.testing.assert_array_equal(pats.coverage, np.ones((5, 5)))


def test_coverage_is_the_share_of_rows_that_answer_both():
    x = holes(table("hs")[["x1", "x4", "x9"]], empty=(2, 3)).to_numpy()
    seen = ~np.isnan(x[~np.isnan(x).all(axis=1)])
    expected = [[(seen[:, a] & seen[:, b]).mean() for b in range(3)] for a in range(3)]
    np.testing.assert_allclose(patterns(x).coverage, expected)


def test_more_variables_than_a_word_has_bits():
    """130 variables; rows that differ in one answer only, in any of the three words."""
    x = np.zeros((260, 130))
    x[np.arange(130), np.arange(130)] = np.nan
    x[np.arange(130, 260), np.arange(130)] = np.nan
    pats = patterns(x)
    assert len(pats.sizes) == 130
    assert (pats.sizes == 2).all()
    assert len({tuple(row) for row in pats.observed}) == 130


@few
@given(st.integers(0, 10**6))
def test_the_order_of_the_rows_does_not_matter(seed):
    x = punched()
    order = np.random.default_rng(seed).permutation(len(x))
    one, other = patterns(x), patterns(x[order])
    place = {tuple(seen): k for k, seen in enumerate(other.observed)}
    match = [place[tuple(seen)] for seen in one.observed]
    np.testing.assert_array_equal(one.sizes, other.sizes[match])
    np.testing.assert_allclose(one.means, other.means[match], atol=1e-14)
    several = len(one.covs)
    np.testing.assert_allclose(one.covs, other.covs[match[:several]], atol=1e-14)


@few
@given(st.integers(1, 5))
def test_a_weight_counts_rows(times):
    """A row of weight w is the same as w rows."""
    x = punched(n=20, p=3)
    w = 1 + np.arange(20) % times
    weighted, repeated = patterns(x, w.astype(float)), patterns(np.repeat(x, w, axis=0))
    place = {tuple(seen): k for k, seen in enumerate(repeated.observed)}
    for k, seen in enumerate(weighted.observed):
        m = place[tuple(seen)]
        assert weighted.sizes[k] == repeated.sizes[m]
        np.testing.assert_allclose(weighted.means[k], repeated.means[m], atol=1e-14)
        if k < len(weighted.covs):
            np.testing.assert_allclose(weighted.covs[k], repeated.covs[m], atol=1e-14)
