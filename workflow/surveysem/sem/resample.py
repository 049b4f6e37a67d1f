"""Resampling with replacement: what is drawn, how often, and the moments that follow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from surveysem.sem.batch import Samples
from surveysem.sem.casewise import Rows
from surveysem.sem.clusters import with_factors
from surveysem.sem.errors import ResamplingError
from surveysem.sem.missing.fiml import Saturated, saturated
from surveysem.sem.missing.patterns import patterns
from surveysem.sem.momentspace import CHUNK, lower

TRANSFORMATIONS = 200  # of incomplete rows, before it is given up
EXACT = 1e-8  # how near the saturated moments come to the model's, in standard deviations
MEMORY = 20_000_000  # numbers that one stack of draws may hold: 160 MB


@dataclass(frozen=True, slots=True)
class Units:
    """What the bootstrap draws: rows, or whole clusters.

    of_row: for each group, the unit of each of its rows, n_g. strata: units that are drawn
    from together, as many as there are. Rows are drawn within groups. So are clusters if
    each lies within one group; where one spans groups, they are drawn over all groups
    (Davison and Hinkley 1997, chapter 3).
    """

    of_row: tuple[np.ndarray, ...]
    strata: tuple[np.ndarray, ...]

    @property
    def size(self) -> int:
        """Number of units."""
        return sum(len(stratum) for stratum in self.strata)

    def counts(self, seed: int, draw: int) -> np.ndarray:
        """How often each unit comes up in one draw.

        Each draw has a stretch of the generator's stream of its own, 2^192 numbers long: it
        does not depend on how many draws there are.
        """
        rng = _generator(seed, draw)
        out = np.zeros(self.size, dtype=int)
        for stratum in self.strata:
            size = len(stratum)
            out[stratum] = np.bincount(rng.integers(0, size, size), minlength=size)
        return out

    def sums(self, by_row: np.ndarray) -> np.ndarray:
        """Sums over the rows of each unit, groups one after another: units x k."""
        out = np.zeros((self.size, by_row.shape[1]))
        np.add.at(out, np.concatenate(self.of_row), by_row)
        return out


def _generator(seed: int, draw: int) -> np.random.Generator:
    """The Philox generator of a seed, where the stretch of a draw begins.

    Setting a counter takes a tenth of the time of making a generator (Salmon and others
    2011: numbers are a function of key and counter).
    """
    rng = _of_seed(seed)
    state = rng.bit_generator.state
    state["state"]["counter"][:] = (0, 0, 0, draw)
    state["buffer_pos"], state["has_uint32"] = 4, 0  # nothing left of an earlier draw
    rng.bit_generator.state = state
    return rng


@lru_cache(maxsize=1)
def _of_seed(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def units(rows: Sequence[Rows]) -> Units:
    """The units of some groups' rows."""
    if rows[0].clusters is None:
        bounds = np.cumsum([0, *(len(r.values) for r in rows)])
        each = tuple(np.arange(a, b) for a, b in pairwise(bounds))
        return Units(each, each)
    codes = np.concatenate([r.clusters for r in rows])
    _, index = np.unique(codes, return_inverse=True)
    of_row = tuple(np.split(index, np.cumsum([len(r.values) for r in rows])[:-1]))
    strata = tuple(np.unique(index) for index in of_row)
    if sum(len(s) for s in strata) > index.max() + 1:
        strata = (np.arange(index.max() + 1),)
    return Units(of_row, strata)


def batches(draws: int, rows: Sequence[Rows]) -> list[range]:
    """Ranges of draws whose counts and moments fit the memory together."""
    n, p = sum(len(r.values) for r in rows), rows[0].values.shape[1]
    size = max(1, MEMORY // max(n, len(rows) * p * p))
    return [range(a, min(a + size, draws)) for a in range(0, draws, size)]


def samples(rows: Rows, of_row: np.ndarray, counts: np.ndarray, *, wishart: bool) -> Samples:
    """Moments of one group in d draws, from the units' counts, d x units.

    All draws at once are a product of the counts with the rows' values and products.
    Under the Wishart likelihood covariances are divided by n - 1.
    """
    d, p = len(counts), rows.values.shape[1]
    centre = rows.mean(rows.values)
    a, b = lower(p)
    nobs, size = np.zeros(d), np.zeros(d)
    first, second = np.zeros((d, p)), np.zeros((d, len(a)))
    for start in range(0, len(rows.values), CHUNK):
        part = slice(start, start + CHUNK)
        count = counts[:, of_row[part]].astype(float)
        nobs += count.sum(axis=1)
        if rows.weights is not None:
            count *= rows.weights[part]
        size += count.sum(axis=1)
        y = rows.values[part] - centre
        first += count @ y
        second += count @ (y[:, a] * y[:, b])
    with np.errstate(divide="ignore", invalid="ignore"):  # a group without a row
        mean = first / size[:, None]
        second /= size[:, None]
        cov = np.empty((d, p, p))
        cov[:, a, b] = cov[:, b, a] = second
        cov -= mean[:, :, None] * mean[:, None]
        if wishart:
            cov *= (nobs / (nobs - 1))[:, None, None]
    return Samples(cov, mean + centre, size, nobs)


def redraw(rows: Sequence[Rows], of: Units, counts: np.ndarray) -> list[Rows]:
    """The rows of one draw themselves, for each group; copies of a cluster are clusters.

    Weights have a mean of one over all groups again.
    """
    out = []
    for group, unit in zip(rows, of.of_row, strict=True):
        times = counts[unit]
        index = np.repeat(np.arange(len(unit)), times)
        copy = np.arange(len(index)) - np.repeat(np.cumsum(times) - times, times)
        out.append(
            Rows(
                group.values[index],
                None if group.weights is None else group.weights[index],
                None if group.clusters is None else copy * of.size + unit[index],
                group.covariates,
            )
        )
    out = with_factors(out, "cr1" if max(r.factor for r in rows) > 1 else "cr0")
    if rows[0].weights is None:
        return out
    mean = np.concatenate([group.weights for group in out]).mean()
    return [replace(group, weights=group.weights / mean) for group in out]


def counted(rows: Sequence[Rows], of: Units, counts: np.ndarray) -> list[Rows]:
    """The rows of one draw, each once, with weights that count them.

    For likelihoods, to which a row that comes up twice is a row with twice the weight.
    """
    out = []
    for group, unit in zip(rows, of.of_row, strict=True):
        times = counts[unit]
        seen = np.flatnonzero(times)
        weights = times[seen].astype(float)
        if group.weights is not None:
            weights *= group.weights[seen]
        out.append(Rows(group.values[seen], weights, None, group.covariates))
    return out


def transformed(rows: Rows, sigma: np.ndarray, mu: np.ndarray | None) -> Rows:
    """Rows for which the model holds: their covariance is sigma, their mean mu (or as it was).

    y -> Sigma^1/2 S^-1/2 (y - ybar) + mu with symmetric roots (Bollen and Stine 1992;
    Yung and Bentler 1996).
    """
    centre = rows.mean(rows.values)
    y = rows.values - centre
    weight = np.ones(len(y)) if rows.weights is None else rows.weights
    cov = (y * weight[:, None]).T @ y / weight.sum()
    values, vectors = np.linalg.eigh(cov)
    inverse_root = (vectors / np.sqrt(values)) @ vectors.T
    root = symmetric_root(sigma)
    return replace(rows, values=y @ inverse_root @ root + (centre if mu is None else mu))


def transformed_incomplete(rows: Rows, sigma: np.ndarray, mu: np.ndarray, found: Saturated) -> Rows:
    """Incomplete rows whose saturated maximum-likelihood moments are sigma and mu.

    found: the saturated moments of the rows as they are. Enders (2002) takes each pattern's
    answers from the saturated moments to the model's, as with complete rows. The model then
    holds but nearly (Savalei and Yuan 2009); doing it again with the moments of what comes
    out, as often as it takes, makes it exact. Raises ResamplingError where it never does.
    """
    values, unit = rows.values.copy(), np.sqrt(np.diag(sigma))
    seen = ~np.isnan(values)
    kinds, of = np.unique(seen, axis=0, return_inverse=True)
    for _ in range(TRANSFORMATIONS):
        gap = np.abs(found.sigma - sigma) / np.outer(unit, unit)
        if max(gap.max(), (np.abs(found.mu - mu) / unit).max()) < EXACT:
            return replace(rows, values=values)
        for k, kind in enumerate(kinds):
            at = np.ix_(of.ravel() == k, kind)
            own = np.ix_(kind, kind)
            root = np.linalg.inv(symmetric_root(found.sigma[own])) @ symmetric_root(sigma[own])
            values[at] = (values[at] - found.mu[kind]) @ root + mu[kind]
        found = saturated(patterns(values, rows.weights), (mu, sigma))
    raise ResamplingError(
        "no transformation was found that makes the model hold for these incomplete rows\n"
        "  hint: the scaled test of estimator='MLR'"
    )


def symmetric_root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric root of a matrix without negative eigenvalues (else their part is zero)."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
