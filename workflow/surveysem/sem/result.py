"""What a fit returns: estimates, inference and measures, all derived from one table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from surveysem.sem import implied as ram
from surveysem.sem.availability import require
from surveysem.sem.baseline import independence
from surveysem.sem.bootstrap import (
    BollenStine,
    Bootstrap,
    bollen_stine,
    bootstrap,
    of_settings,
    with_draws,
)
from surveysem.sem.caseinfluence import influence, log_likelihood
from surveysem.sem.clusters import degrees_of_freedom, few_clusters
from surveysem.sem.constrainttests import score_test, wald_test
from surveysem.sem.errors import ResamplingError
from surveysem.sem.estimate import Estimate, Objective
from surveysem.sem.explained import intraclass_correlations, r_squared
from surveysem.sem.factorscores import fit_determinacy, fit_errors, fit_scores
from surveysem.sem.fitmeasures import collect
from surveysem.sem.inference import covariance
from surveysem.sem.modelblocks import Block, blocks
from surveysem.sem.modification import modification_indices
from surveysem.sem.moments import Moments
from surveysem.sem.parameterframe import parameter_frame
from surveysem.sem.problems import Problem, at_bounds, find
from surveysem.sem.residuals import residuals
from surveysem.sem.restrictions import Restrictions, restrictions
from surveysem.sem.search import search
from surveysem.sem.settings import SCALED, Settings
from surveysem.sem.sparse import sparse_answers
from surveysem.sem.standardise import fit_standardise, fit_standardised
from surveysem.sem.table import Table
from surveysem.sem.teststats import Scaled, complete_test, scaled


@dataclass(frozen=True, repr=False)
class Fit:
    """A fitted model. Shapes: r rows of the table, q free parameters, p observed variables.

    objective: what was minimised, with one part a group. `problems` has to be read first:
    `admissible` tells whether the estimates may be interpreted at all.
    """

    table: Table
    objective: Objective
    estimate: Estimate
    group_labels: tuple
    settings: Settings

    def __repr__(self) -> str:
        """One line: what was fitted, and how well."""
        return (
            f"<Fit {self.estimator}: {self.npar} free parameters, n = {sum(self.nobs)}, "
            f"chi-square {self.chisq:.3f} on {self.df} df, {len(self.problems)} problems>"
        )

    @property
    def estimator(self) -> str:
        """Name of the estimator."""
        return self.settings.estimator

    @property
    def converged(self) -> bool:
        """Whether the optimiser reached a minimum."""
        return self.estimate.converged

    @property
    def parts(self) -> tuple:
        """The data of each group as the estimator sees them."""
        return self.objective.parts

    @property
    def moments(self) -> tuple[Moments, ...]:
        """Sample moments of each group."""
        return tuple(part.moments for part in self.parts)

    @property
    def correlates(self) -> tuple[str, ...]:
        """Auxiliary variables that the table has for full information; users see none of them."""
        return tuple(v for v in self.settings.auxiliary if v in self.table.observed)

    @property
    def observed(self) -> list[str]:
        """Names of the model's observed variables; auxiliary ones stand behind them."""
        return [v for v in self.table.observed if v not in self.correlates]

    @property
    def nobs(self) -> tuple[int, ...]:
        """Rows used, for each group."""
        return tuple(m.nobs for m in self.moments)

    @property
    def npar(self) -> int:
        """Free parameters after equality constraints; one held at a bound counts, as in lavaan."""
        return self.objective.parameters.count

    @cached_property
    def restrictions(self) -> Restrictions:
        """Its nonlinear equality constraints, inequality constraints and bounds."""
        return restrictions(self.table)

    @cached_property
    def values(self) -> np.ndarray:
        """Value of each row of the table, r."""
        values = self.objective.parameters.rows(self.estimate.x)
        for part, im in zip(self.parts, self.implied_moments, strict=True):
            rows, found = part.completed(im)
            values[part.layout.rows[rows]] = found
        return values

    @property
    def layouts(self) -> list[ram.Layout]:
        """Layout of each group."""
        return [part.layout for part in self.parts]

    @cached_property
    def implied_moments(self) -> list[ram.Implied]:
        """Implied moments of each group, as arrays."""
        return self.objective.implied(self.estimate.x)

    @property
    def blocks(self) -> list[Block]:
        """The model's groups, or levels of groups, as a reader sees them."""
        return blocks(self.table, self.parts, self.implied_moments, self.group_labels)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Findings such as no convergence or a negative variance."""
        found = find(
            self.table,
            self.values,
            self.blocks,
            self.estimate.information,
            self.converged,
            self.objective.parameters.K,
            self.correlates,
        )
        places = [f" (group {label})" for label in self.group_labels] or [""]
        robust = self.settings.se.startswith("robust") or self.settings.test in SCALED
        few = few_clusters(self.clusters, self.npar, robust=robust) if self.clusters else ()
        sparse = sparse_answers(self.parts, places) if self.settings.least_squares else ()
        bounds = at_bounds(self.restrictions, self.estimate.active)
        return (*found, *bounds, *sparse, *few)

    @property
    def admissible(self) -> bool:
        """False where a problem forbids interpreting the estimates."""
        return not any(problem.inadmissible for problem in self.problems)

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Implied `cov` and `mean` of the observed variables, for each group.

        Of a two-level model for each level within each group.
        """
        out = []
        for block in self.blocks:
            names, im = self.shown_of(block), block.implied
            p = len(names)
            cov = pd.DataFrame(im.sigma[:p, :p], names, names)
            out.append({"cov": cov, "mean": pd.Series(im.mu[:p], names)})
        return out

    def shown_of(self, block: Block) -> list[str]:
        """Observed variables of a block without the auxiliary ones, which stand behind them."""
        return [v for v in block.table.observed if v not in self.correlates]

    @property
    def size(self) -> float:
        """Rows used in all groups, or the sum of their weights."""
        return self.objective.size

    # Tests ----------------------------------------------------------------------------

    @cached_property
    def divisor(self) -> float:
        """Multiplier of information and F: N, or N minus the groups under Wishart."""
        return sum(part.multiplier for part in self.parts)

    @cached_property
    def discrepancies(self) -> list[float]:
        """F of each group."""
        pairs = zip(self.parts, self.implied_moments, strict=True)
        return [part.value(im)[0] for part, im in pairs]

    @cached_property
    def chisq(self) -> float:
        """The likelihood-ratio statistic against the saturated model."""
        return float(np.dot([part.multiplier for part in self.parts], self.discrepancies))

    @property
    def df(self) -> int:
        """Degrees of freedom."""
        return sum(part.statistics for part in self.parts) - self.npar

    @cached_property
    def scaled(self) -> Scaled:
        """The scaled statistic that `settings.test` names."""
        return scaled(self.objective, self.estimate.x, self.settings, self.chisq, self.df)

    @cached_property
    def complete_test(self) -> tuple[float, float] | None:
        """For incomplete data, chi-square of the saturated moments and its factor."""
        return complete_test(self.objective, self.estimate.x, self.df, self.settings)

    @cached_property
    def baseline(self) -> "Fit":
        """The independence model, fitted in the same way."""
        table = independence(self.table, self.correlates)
        return fit_table(table, self.parts, self.group_labels, self.settings)

    @cached_property
    def measures(self) -> dict[str, float]:
        """Fit measures under lavaan's names with `_` for `.`."""
        return collect(self)

    # Inference ------------------------------------------------------------------------

    def vcov(self) -> np.ndarray:
        """Covariance matrix of the values of all rows, r x r (zero for fixed rows).

        nan where the information is singular, or no standard errors were asked for.
        """
        return self._vcov

    @cached_property
    def _vcov(self) -> np.ndarray:
        K = self.objective.parameters.K
        if not K.shape[1]:
            return np.zeros((len(K), len(K)))
        free, drawn = K.any(axis=1), self.settings.se == "bootstrap"
        singular = any(p.kind == "identification" for p in self.problems)
        if singular or self.settings.se == "none" or (drawn and not self.converged):
            return np.where(np.outer(free, free), np.nan, 0.0)
        if drawn:  # divided by their number, as in lavaan
            return np.atleast_2d(np.cov(self.draws.draws[:, : len(K)] * free, rowvar=False, ddof=0))
        found = covariance(self.objective, self.estimate.x, self.settings)
        return self.objective.parameters.spread(found) / self.divisor

    @cached_property
    def draws(self) -> Bootstrap:
        """The bootstrap behind se="bootstrap" (see bootstrap.of_settings)."""
        if self.settings.se != "bootstrap":
            raise ResamplingError(
                "the fit's standard errors do not come from draws\n"
                "  hint: se='bootstrap' with a seed, or the method bootstrap()"
            )
        return of_settings(self)

    @cached_property
    def bollen_stine(self) -> BollenStine:
        """The bootstrap behind test="bollen_stine" (see bootstrap.bollen_stine)."""
        if self.settings.test != "bollen_stine":
            raise ResamplingError(
                "the fit's test does not come from draws\n  hint: test='bollen_stine' with a seed"
            )
        return bollen_stine(self, self.settings.bootstrap, self.settings.seed)

    def standardized_values(self, type: str = "std_all") -> np.ndarray:
        """Standardised values of all rows, r."""
        return fit_standardised(self, type)

    def standardized_with_jacobian(self, type: str = "std_all") -> tuple[np.ndarray, np.ndarray]:
        """Standardised values (r) and their Jacobian by the rows (r x r)."""
        return fit_standardise(self, type)

    def _frame(self, values, jacobian, more=None) -> pd.DataFrame:
        df = self.reference_df
        return parameter_frame(
            self.table, self.group_labels, values, jacobian, self._vcov, df, more
        )

    def shown(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame with a row a row of the table, without those of auxiliary variables."""
        if not self.correlates:
            return frame
        theirs = frame["lhs"].isin(self.correlates) | frame["rhs"].isin(self.correlates)
        return frame[~theirs].reset_index(drop=True)

    @cached_property
    def clusters(self) -> list[np.ndarray]:
        """Cluster of each row used, for each group; an empty list without clusters."""
        rows = [part.rows for part in self.parts]
        return [] if rows[0] is None or rows[0].clusters is None else [r.clusters for r in rows]

    @property
    def reference_df(self) -> float:
        """Degrees of freedom of the parameters' t distribution, infinite for the normal one."""
        return degrees_of_freedom(self.clusters) if self.settings.reference == "t" else np.inf

    def group_label(self, group: int):
        """Label of a group by its number, '' where there is one group."""
        return self.group_labels[group - 1] if self.group_labels else ""

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """One row a parameter, in lavaan's order, with inference and standardised values."""
        more = {type: self.standardized_values(type) for type in ("std_lv", "std_all")}
        frame = self._frame(self.values, None, more)
        if self.settings.se == "bootstrap" and np.isfinite(self._vcov).all():
            frame = with_draws(frame, self.draws)
        return self.shown(frame)

    def standardized(self, type: str = "std_all") -> pd.DataFrame:
        """Standardised estimates with delta-method standard errors.

        type: std_all (all variables), std_lv (the latent ones), std_nox (all but covariates).
        """
        return self.shown(self._frame(*self.standardized_with_jacobian(type)))

    def modification_indices(self, **options) -> pd.DataFrame:
        """What the chi-square would fall by, were a parameter free (see modification.py)."""
        require(self, "modification_indices()")
        return modification_indices(self, **options)

    def score_test(self) -> tuple[pd.DataFrame, dict[str, float]]:
        """Tests of releasing the equality constraints (see constrainttests.py)."""
        require(self, "score_test()")
        return score_test(self)

    def wald_test(self, constraints: str) -> dict[str, float]:
        """Wald test of constraints on labelled parameters (see constrainttests.py)."""
        return wald_test(self, constraints)

    def residuals(self, type: str = "raw") -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Residual moments of each group (see residuals.py for the types)."""
        plain = type.replace(".", "_") in ("raw", "cor", "cor_bollen", "cor_bentler")
        require(self, "plain residuals()" if plain else "residuals()")
        return residuals(self, type)

    def factor_scores(self, method: str = "regression", **options) -> pd.DataFrame:
        """Scores of the fit's rows, or of other data (see factorscores.fit_scores)."""
        require(self, "factor_scores()")
        return fit_scores(self, method, **options)

    def factor_score_errors(self, method: str = "regression", **options) -> pd.DataFrame:
        """Standard errors of the factor scores, for the same rows."""
        require(self, "factor_score_errors()")
        return fit_errors(self, method, **options)

    def factor_determinacy(self, method: str = "regression") -> pd.DataFrame:
        """Correlation of each factor with its score: a row a group, a column a factor."""
        require(self, "factor_determinacy()")
        return fit_determinacy(self, method)

    def casewise_log_likelihood(self) -> np.ndarray:
        """Each row's part in the log-likelihood, n, groups one after another."""
        require(self, "casewise_log_likelihood()")
        return log_likelihood(self)

    def influence(self, **options) -> pd.DataFrame:
        """What estimates and fit owe to each row or unit (see caseinfluence.influence)."""
        require(self, "influence()")
        return influence(self, **options)

    def bootstrap(
        self,
        draws: int,
        seed: int,
        statistic: Callable | None = None,
        *,
        keep_inadmissible: bool = False,
    ) -> Bootstrap:
        """Refit resampled rows (or clusters) `draws` times: see bootstrap.bootstrap."""
        require(self, "bootstrap()")
        return bootstrap(self, draws, seed, statistic, keep_inadmissible=keep_inadmissible)

    def r_squared(self) -> pd.DataFrame:
        """Explained share of each dependent variable's variance: lhs, group, r2.

        nan where the residual variance is negative, as in lavaan. A two-level model has `level`
        beside `group`.
        """
        return r_squared(self)

    def intraclass_correlations(self) -> pd.DataFrame:
        """Share of each split variable's variance between clusters: lhs, group, group_label, icc.

        Of the saturated two-level model; raises NotAvailableError for a model of one level.
        """
        return intraclass_correlations(self)


def fit_table(table: Table, parts: Sequence, group_labels: tuple, settings: Settings) -> Fit:
    """Fit a table to the data of `parts`, whose layouts belong to another table (see search.py)."""
    return search(table, parts, lambda *found: Fit(table, *found, group_labels, settings))
