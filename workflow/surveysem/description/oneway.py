"""How alike are members of one unit (cluster, project)? One-way analysis of variance.

Intraclass correlations of one member, ICC(1), and of a unit's mean, ICC(2) (Shrout and Fleiss
1979; Bliese 2000), with F-based intervals: exact for units of one size (Searle 1971), close to
it with n0 in the place of the size where sizes differ (Donner 1986).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, fdtri

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Oneway:
    """n scores in k units of `sizes`; mean squares between and within; n0, the size that the
    expected mean square between has, n0 = (n - sum(size^2) / n) / (k - 1)."""

    n: int
    sizes: np.ndarray
    between: float
    within: float

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.sizes)

    @property
    def df(self) -> tuple[int, int]:
        """Degrees of freedom between and within."""
        return self.units - 1, self.n - self.units

    @property
    def n0(self) -> float:
        """The size that stands for those of all units."""
        return float((self.n - (self.sizes**2).sum() / self.n) / (self.units - 1))

    @property
    def f(self) -> float:
        """F of the differences between units."""
        return self.between / self.within

    @property
    def p(self) -> float:
        """p of F."""
        return float(fdtrc(*self.df, self.f))

    @property
    def icc1(self) -> float:
        """ICC(1) = (MSB - MSW) / (MSB + (n0 - 1) MSW); below 0 where members differ more
        within units than between."""
        return self._icc1(self.f)

    @property
    def icc2(self) -> float:
        """ICC(2) = (MSB - MSW) / MSB, the reliability of unit means."""
        return 1 - 1 / self.f

    def _icc1(self, f: float) -> float:
        return float((f - 1) / (f + self.n0 - 1))

    def _limits(self) -> tuple[float, float]:
        tail = (1 + LEVEL) / 2
        return self.f / fdtri(*self.df, tail), self.f * fdtri(*self.df[::-1], tail)

    def icc1_interval(self) -> tuple[float, float]:
        """95 % interval of ICC(1)."""
        low, high = self._limits()
        return self._icc1(low), self._icc1(high)

    def icc2_interval(self) -> tuple[float, float]:
        """95 % interval of ICC(2)."""
        low, high = self._limits()
        return float(1 - 1 / low), float(1 - 1 / high)

    def design_effect(self) -> float:
        """By how much clusters inflate the variance of a mean: 1 + (m - 1) ICC(1), with
        m = sum(size^2) / n, the size of the cluster of an average member (Kish 1987;
        Gabler, Haeder and Lahiri 1999)."""
        return float(1 + ((self.sizes**2).sum() / self.n - 1) * self.icc1)


def oneway(x: np.ndarray, unit: np.ndarray) -> tuple[Oneway | None, str]:
    """Analysis of n scores (no nan) by unit (n codes or labels), or None and why there is none:
    `one_unit`, `singles` (no unit has two members), `constant` (no variance within units)."""
    labels, code = np.unique(unit, return_inverse=True)
    sizes = np.bincount(code).astype(float)
    n, k = len(x), len(labels)
    if k < 2:
        return None, "one_unit" if k else "nobody"
    if n == k:
        return None, "singles"
    means = np.bincount(code, x) / sizes
    within = ((x - means[code]) ** 2).sum() / (n - k)
    between = (sizes * (means - x.mean()) ** 2).sum() / (k - 1)
    if within <= 1e-12 * (within + between) or not within > 0:
        return None, "constant"
    return Oneway(n, sizes, float(between), float(within)), ""
