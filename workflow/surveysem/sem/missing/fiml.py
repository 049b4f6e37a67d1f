"""Full-information maximum likelihood for incomplete normal data, one group at a time.

F = sum_k n_k / n [log|Sigma_k| + tr(Sigma_k^-1 T_k)], T_k = S_k + (m_k - mu_k)(m_k - mu_k)',
over the patterns k of missing answers, with Sigma_k and mu_k the rows and columns that
pattern k answers: -2 log-likelihood / n without the constant in 2 pi (Arbuckle 1996; Enders
and Bandalos 2001). Moments stand in the order (mu, vech Sigma), where vech takes the lower
triangle row by row, as numpy.tril_indices does: p + p* in all, p* = p (p + 1) / 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surveysem.sem.missing.patterns import Patterns

SINGULAR = 1e-10  # a variable's variance given those before it, as a share of its variance
BATCH = 2**16  # numbers in the matrices of the patterns treated at once: what a cache holds
TOLERANCE = 1e-10  # length of the EM step at the saturated maximum, in standard errors / root n
STALLED = 1e-6  # the same, where rounding lets F fall no further
MAX_EVALUATIONS = 1000
TILE = 256  # rows and columns that are transposed at a time
MEMORY = 8  # earlier EM steps that the acceleration looks at


@dataclass(frozen=True, slots=True)
class Saturated:
    """Means (p) and covariances (p x p) that maximise the likelihood without a model.

    loglik: with the constant in 2 pi. evaluations: of F and its gradient.
    """

    mu: np.ndarray
    sigma: np.ndarray
    loglik: float
    evaluations: int
    converged: bool


def discrepancy(
    pats: Patterns, sigma: np.ndarray, mu: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """F, dF/dSigma (p x p, symmetric) and dF/dmu (p), in the sense of implied.gradient.

    F is infinite where Sigma is not positive definite, or singular to ten digits.
    """
    p = len(mu)
    F, d_sigma, d_mu = 0.0, np.zeros((p, p)), np.zeros(p)
    if _inverse(sigma) is None:
        return np.inf, d_sigma, d_mu
    for at, W, log_det in inverses(pats, sigma):
        share = pats.sizes[at] / pats.weight
        d, z = _residuals(pats, at, W, mu)
        F += float(share @ (log_det + (d * z).sum(axis=1)))
        d_mu -= 2 * share @ z
        d_sigma += np.tensordot(share, W, 1) - (z.T * share) @ z
        S = pats.covs[at]
        if len(S):
            WS = share[:, None, None] * (W @ S)
            F += float(np.trace(WS, axis1=1, axis2=2).sum())
            d_sigma -= np.tensordot(WS, W, ((0, 2), (0, 1)))
    return F, (d_sigma + d_sigma.T) / 2, d_mu


def log_likelihood(pats: Patterns, F: float) -> float:
    """Log-likelihood of the group, with the constant in 2 pi, from F."""
    answers = float(pats.sizes @ pats.observed.sum(axis=1))
    return -(pats.weight * F + answers * np.log(2 * np.pi)) / 2


def inverses(pats: Patterns, sigma: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Batches of patterns: which, Sigma_k^-1 (b x p x p, 0 where missing), log|Sigma_k| (b).

    With W = Sigma^-1 of all variables and M the missing ones of a pattern, the inverse for
    the others is W - W[:, M] W[M, M]^-1 W[M, :], and log|Sigma_k| = log|Sigma| + log|W[M, M]|:
    only matrices as large as the number of missing answers are inverted. Sigma has to be
    positive definite.
    """
    scale = np.sqrt(np.diag(sigma))
    W, log_det = _inverse(sigma)
    W = W * np.outer(scale, scale)  # of the correlations: no unit dwarfs another
    P, p = pats.observed.shape
    step, several = max(1, BATCH // p**2), len(pats.covs)
    starts = [*range(0, several, step), *range(several, P, step)]
    for start, stop in zip(starts, [*starts[1:], P], strict=True):
        observed = pats.observed[start:stop]
        most = p - int(observed.sum(axis=1).min())
        M = np.argsort(observed, axis=1, kind="stable")[:, :most]
        missing = ~np.take_along_axis(observed, M, axis=1)
        rows = W[M] * missing[:, :, None]
        square = np.take_along_axis(rows, M[:, None, :], axis=2) * missing[:, None, :]
        square[:, range(most), range(most)] += ~missing  # identity where M is padded
        inverse = W - rows.transpose(0, 2, 1) @ np.linalg.solve(square, rows)
        inverse *= observed[:, :, None] / scale[:, None]
        inverse *= observed[:, None, :] / scale
        scales = np.where(observed, 0.0, 2 * np.log(scale)).sum(axis=1)
        yield slice(start, stop), inverse, log_det + np.linalg.slogdet(square)[1] - scales


def _residuals(
    pats: Patterns, at: slice, W: np.ndarray, mu: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Deviations d_k of a batch's means from mu (b x p, 0 where missing), and W_k d_k."""
    d = pats.means[at] - np.where(pats.observed[at], mu, 0.0)
    return d, np.matmul(W, d[:, :, None])[:, :, 0]


def _inverse(sigma: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Sigma^-1 and log|Sigma|; None where Sigma is not positive definite.

    Nor where it is so close to singular that the patterns' inverses would keep few digits.
    """
    try:
        root = np.linalg.cholesky(sigma)
    except np.linalg.LinAlgError:
        return None
    if not (np.diag(root) ** 2 > SINGULAR * np.diag(sigma)).all():
        return None
    inverse_root = np.linalg.inv(root)
    return inverse_root.T @ inverse_root, 2 * float(np.log(np.diag(root)).sum())


def saturated(pats: Patterns, start: tuple[np.ndarray, np.ndarray] | None = None) -> Saturated:
    """Maximum of the likelihood over all means and covariances: EM, accelerated.

    start: mu (p) and Sigma (p x p) near it, such as those of the sample that a draw comes from.

    Anderson's mixing of the last steps (Walker and Ni 2011) speeds EM up; where the mixed
    point is no better, the plain step is taken, which always is. Not converged where the
    likelihood rises towards a singular matrix (too few rows, or never answered together).
    Every variable needs answers that differ.
    """
    mu, sigma = _available(pats)
    sd = np.sqrt(np.diag(sigma))
    if start is not None and _inverse(start[1]) is not None:
        mu, sigma = start
    i, j = np.tril_indices(len(mu))
    unit = np.concatenate([sd, sd[i] * sd[j]])

    def joined(mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        return np.concatenate([mu, sigma[i, j]]) / unit

    def parted(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        moments, p = theta * unit, len(mu)
        sigma = np.zeros((p, p))
        sigma[i, j] = sigma[j, i] = moments[p:]
        return moments[:p], sigma

    F, length, theta, step = np.inf, np.inf, joined(mu, sigma), np.zeros(len(unit))
    points, steps, target, mixed = [], [], theta, False
    evaluations = 0
    while evaluations < MAX_EVALUATIONS:
        F_new, length_new, *after = _em(pats, *parted(target))
        evaluations += 1
        rounding = 1e-13 * (1 + abs(F_new))
        equal = abs(F_new - F) <= rounding
        if (F_new < F and not equal) or (equal and length_new < length):
            F, length, theta = F_new, length_new, target
            if length < TOLERANCE:
                break
            step = joined(*after) - theta
            points, steps = [*points, theta][-MEMORY:], [*steps, step][-MEMORY:]
            target, mixed = theta + step, len(points) > 1
            if mixed:
                changes = np.diff(steps, axis=0).T
                weights = np.linalg.lstsq(changes, step, rcond=1e-10)[0]
                target = target - (np.diff(points, axis=0).T + changes) @ weights
        elif mixed:
            target, mixed, points, steps = theta + step, False, [], []
        else:
            break
    mu, sigma = parted(theta)
    return Saturated(mu, sigma, log_likelihood(pats, F), evaluations, length < STALLED)


def _em(
    pats: Patterns, mu: np.ndarray, sigma: np.ndarray
) -> tuple[float, float, np.ndarray, np.ndarray]:
    """F, the length of the EM step in standard errors / root n, and mu and Sigma after it.

    The step (Little and Rubin 2002, section 11.2) is the gradient in the metric of complete
    data (Xu and Jordan 1996): mu less Sigma dF/dmu / 2, and Sigma less Sigma dF/dSigma Sigma
    and less the square of the change in mu.
    """
    F, d_sigma, d_mu = discrepancy(pats, sigma, mu)
    if not np.isfinite(F):
        return np.inf, np.inf, mu, sigma
    by_sigma, by_mu = sigma @ d_sigma, sigma @ d_mu / 2
    square = ((by_sigma * by_sigma.T).sum() + d_mu @ by_mu) / 2
    after = sigma - by_sigma @ sigma - np.outer(by_mu, by_mu)
    return F, float(np.sqrt(max(square, 0.0))), mu - by_mu, (after + after.T) / 2


def _available(pats: Patterns) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances (as a diagonal matrix) of the answers that there are."""
    counts = pats.sizes @ pats.observed
    mu = pats.sizes @ pats.means / counts
    d = np.where(pats.observed, pats.means - mu, 0.0)
    squares = pats.sizes @ d**2
    squares += pats.sizes[: len(pats.covs)] @ pats.covs.diagonal(axis1=1, axis2=2)
    return mu, np.diag(squares / counts)


def observed_information(pats: Patterns, sigma: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Half the second derivatives of F by (mu, vech Sigma), square of p + p*.

    Per unit of weight; the information of the data is `pats.weight` times as much (Savalei
    2010). Sigma has to be positive definite.
    """
    return derivatives(pats, sigma, mu)[2]


def expected_information(pats: Patterns, sigma: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Expectation of `observed_information` where answers are missing completely at random.

    Given the patterns; block-diagonal in mu and Sigma (Savalei 2010).
    """
    p = len(mu)
    size = p * (p + 1) // 2
    by_mu, products = np.zeros((p, p)), Products(size)
    for at, W, _ in inverses(pats, sigma):
        share = pats.sizes[at] / pats.weight
        by_mu += np.tensordot(share, W, 1)
        products.add(np.sqrt(share)[:, None] * _entries(W))
    return _framed(by_mu, np.zeros((p, size)), products.total())


def derivatives(
    pats: Patterns, sigma: np.ndarray, mu: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dF/dSigma (p x p), dF/dmu (p) and `observed_information`, all in one go.

    In directions D_1 and D_2 of Sigma the second derivative of F is the sum over k of
    n_k / n tr(D_1 W_k D_2 E_k), with W_k = Sigma_k^-1 and E_k = 2 W_k T_k W_k - W_k. One
    product of two P x p* matrices sums every entry of W times every entry of E over the
    patterns; what the derivatives need of it is looked up.
    """
    p = len(mu)
    i, j = np.tril_indices(p)
    d_sigma, d_mu = np.zeros((p, p)), np.zeros(p)
    by_mu, cross, products = np.zeros((p, p)), np.zeros((len(i), p)), Products(len(i))
    for at, W, _ in inverses(pats, sigma):
        share = pats.sizes[at] / pats.weight
        z = _residuals(pats, at, W, mu)[1]
        WTW = z[:, :, None] * z[:, None, :]
        if len(pats.covs[at]):
            WTW += W @ pats.covs[at] @ W
        sum_W = np.tensordot(share, W, 1)
        by_mu += sum_W
        d_sigma += sum_W - np.tensordot(share, WTW, 1)
        d_mu -= 2 * share @ z
        entries = _entries(W)
        weighted = share[:, None] * entries
        cross += weighted.T @ z
        products.add(weighted, 2 * _entries(WTW) - entries)
    place = _places(p)
    half = np.where(i == j, 0.5, 1.0)
    between = half * (cross[place[:, i], j] + cross[place[:, j], i])
    return d_sigma, d_mu, _framed(by_mu, between, _symmetrised(products.total()))


def _framed(by_mu: np.ndarray, between: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Information of (mu, vech Sigma) from its blocks; `products` as for `_directions`."""
    p, size = between.shape
    out = np.empty((p + size, p + size))
    out[:p, :p], out[:p, p:], out[p:, :p] = by_mu, between, between.T
    _directions(products, p, out[p:, p:])
    return out


class Products:
    """Sum of left' right over batches; a few large products cost less than many small ones.

    Without `right` it is left' left, for half the price.
    """

    def __init__(self, size: int):
        self._size, self._sum, self._left, self._right = size, None, [], []

    def add(self, left: np.ndarray, right: np.ndarray | None = None) -> None:
        """Take in a batch: both have a row a term and as many columns as the sum."""
        self._left.append(left)
        self._right.append(right)
        if sum(map(len, self._left)) >= self._size:
            self.total()

    def total(self) -> np.ndarray:
        """The sum so far."""
        if self._left:
            left = np.concatenate(self._left)
            right = left if self._right[0] is None else np.concatenate(self._right)
            found = left.T @ right
            self._sum = found if self._sum is None else np.add(self._sum, found, out=found)
            self._left, self._right = [], []
        return self._sum


def _entries(matrices: np.ndarray) -> np.ndarray:
    """vech of each of b symmetric matrices, b x p*."""
    p = matrices.shape[1]
    i, j = np.tril_indices(p)
    return matrices.reshape(len(matrices), -1).take(i * p + j, axis=1)


def _places(p: int) -> np.ndarray:
    """Where vech keeps each entry of a symmetric matrix, p x p."""
    i, j = np.tril_indices(p)
    place = np.zeros((p, p), dtype=int)
    place[i, j] = place[j, i] = np.arange(len(i))
    return place


def _symmetrised(matrix: np.ndarray) -> np.ndarray:
    """Half of a square matrix and its transpose, in its place: tiles that a cache holds."""
    starts = range(0, len(matrix), TILE)
    for a in starts:
        for b in starts[: a // TILE + 1]:
            here, there = matrix[a : a + TILE, b : b + TILE], matrix[b : b + TILE, a : a + TILE]
            half = (here + there.T) / 2
            here[:], there[:] = half, half.T
    return matrix


def _directions(products: np.ndarray, p: int, out: np.ndarray) -> None:
    """tr(D_r W D_s E) / 2 for the directions of vech Sigma, into `out`, p* x p*.

    products: p* x p*, entries of W by entries of E, symmetric. D_r = e_i e_j' + e_j e_i', or half
    of it where i = j, as an entry off the diagonal stands in Sigma twice.
    """
    i, j = np.tril_indices(p)
    half, place = np.where(i == j, 0.5, 1.0), _places(p)
    for k in range(p):  # row by row: a look-up in all of a large matrix misses the cache
        m, own = k + 1, slice(k * (k + 1) // 2, (k + 1) * (k + 2) // 2)
        at = i[: own.stop], j[: own.stop]  # entries (a, b) with b <= a <= k
        entries = products[place[k, :m]].take(place[:m, :m], axis=1)  # a, b, l: (k, a) by (b, l)
        found = entries[at]
        found += entries[at[::-1]]
        found *= half[: own.stop, None] * half[own]
        out[: own.stop, own] = found
        out[own, : own.start] = found[: own.start].T
