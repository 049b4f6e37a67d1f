"""Two-level data of one group as the optimiser and the inference see them."""

from dataclasses import dataclass, replace

import numpy as np

from surveysem.sem import implied as ram
from surveysem.sem.casewise import Rows
from surveysem.sem.moments import Moments
from surveysem.sem.twolevel import likelihood
from surveysem.sem.twolevel.likelihood import LOG_2PI, Likelihood, TwoLevelImplied
from surveysem.sem.twolevel.saturated import Saturated, layout_of, values_of


@dataclass(frozen=True, slots=True)
class LevelMoments:
    """Moments of one group within and between clusters: those of the saturated model.

    nobs: members. ntotal: rows before listwise deletion. total: covariances of the clusters'
    means in the order of the level between.
    """

    within: Moments
    between: Moments
    total: np.ndarray
    nobs: int
    ntotal: int

    def sound(self) -> "LevelMoments":
        """The same with a positive-definite matrix between, for starting values."""
        sd = np.sqrt(np.maximum(np.diag(self.between.cov), 0.05 * np.diag(self.total)))
        values, vectors = np.linalg.eigh(self.between.cov / np.outer(sd, sd))
        cov = (vectors * np.maximum(values, 0.05)) @ vectors.T * np.outer(sd, sd)
        return replace(self, between=replace(self.between, cov=cov))


@dataclass(frozen=True, slots=True)
class TwoLevel(Likelihood):
    """Clusters of one group under maximum likelihood.

    saturated: the maximum of the likelihood without a model. covariates: positions of the
    fixed variables of each level. F is twice the distance of the log-likelihood from the
    saturated one's per member; all functions are per member, by this group's rows of the
    table, those within before those between (r_g). factor: of the outer products of the
    clusters' scores.
    """

    moments: LevelMoments
    saturated: Saturated
    covariates: tuple[tuple[int, ...], tuple[int, ...]]
    factor: float = 1.0

    @property
    def rows(self) -> Rows:
        """The clusters, each with its means: they are what is drawn independently."""
        return Rows(self.data.own, clusters=self.data.codes, factor=self.factor)

    @property
    def log_constant(self) -> float:
        """What log(2 pi) takes from the log-likelihood."""
        p, alone = self.data.p, self.data.means.shape[1] - self.data.p
        return LOG_2PI / 2 * (self.data.nobs * p + self.data.clusters * alone)

    def kept(self) -> np.ndarray:
        """Rows of the saturated model that are not covariates' own moments, bool."""
        layout = self.saturated.layout
        of = [
            np.isin(part.i, fixed) & np.isin(part.j, fixed)
            for part, fixed in zip((layout.within, layout.between), self.covariates, strict=True)
        ]
        return ~np.concatenate(of)

    @property
    def statistics(self) -> int:
        """Saturated moments that the model explains: fixed covariates' own do not count."""
        return int(self.kept().sum())

    def saturated_logl(self) -> float:
        """Log-likelihood of the saturated model, given the fixed covariates.

        Their own part is left out: that of covariates which are so at every level that they
        have a part of.
        """
        within, between = self._covariates_alone()
        if not len(within) + len(between):
            return self.saturated.logl
        data = self.data.subset(within, between)
        own = self.saturated.implied
        at = TwoLevelImplied(_marginal(own.within, within), _marginal(own.between, between))
        return self.saturated.logl + likelihood.minus_two_log_likelihood(data, at)[0] / 2

    def _covariates_alone(self) -> tuple[list[int], list[int]]:
        """Positions of the covariates of each level that are nothing else at the other one."""
        within, between = self.covariates
        # where each variable of the level between stands within, if it is there
        at = {int(b): k for k, b in enumerate(self.data.between) if b < self.data.p}
        own_w = [k for k in within if k not in at or at[k] in between]
        own_b = [k for k in between if self.data.between[k] >= self.data.p
                 or self.data.between[k] in within]  # fmt: skip
        return own_w, own_b

    def value(self, im: TwoLevelImplied) -> tuple[float, np.ndarray]:
        """F and its derivative, r_g; infinite outside the likelihood's domain."""
        value, slope = Likelihood.value(self, im)
        return value + 2 * self.saturated.logl / self.size, slope

    def completed(self, im: TwoLevelImplied) -> tuple[np.ndarray, np.ndarray]:
        """Rows whose value follows from the others', and their values: none."""
        return np.zeros(0, dtype=int), np.zeros(0)

    def by_given(self, im: ram.Implied, slope: np.ndarray) -> np.ndarray:
        """Derivatives by the rows of a level as derivatives by those that others do not fix."""
        return slope

    def unconditional(self, im: ram.Implied) -> ram.Implied:
        """Implied moments of all observed variables of a level."""
        return im

    def saturated_trace(self, im: TwoLevelImplied | None = None) -> float:
        """tr(A^-1 B) of the saturated model (Yuan and Bentler 2000, eq. 12)."""
        layout, own, keep = self.saturated.layout, self.saturated.implied, self.kept()
        A = likelihood.information(self.data, layout, own, observed=True)[np.ix_(keep, keep)]
        scores = likelihood.scores(self.data, layout, own)[:, keep]
        return self.factor * float(np.trace(np.linalg.solve(A, scores.T @ scores)))


def _marginal(im: ram.Implied, keep: list[int]) -> ram.Implied:
    """Implied moments of some observed variables of the saturated model."""
    p = len(keep)
    values = values_of(im.sigma[np.ix_(keep, keep)], im.mu[keep])
    return ram.implied(layout_of(p, np.ones(p, dtype=bool), 0), values)
