"""What a fit returns: estimates, inference and measures, all derived from one table."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from surveysem.sem import discrepancy, measures
from surveysem.sem import implied as ram
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.estimate import Estimate, Parametrisation
from surveysem.sem.moments import Moments, sizes
from surveysem.sem.problems import Problem, find
from surveysem.sem.standardise import standardise
from surveysem.sem.table import Table

Z95 = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, repr=False)
class Fit:
    """A fitted model. Shapes: r rows of the table, q free parameters, p observed variables.

    `problems` has to be read first: `admissible` tells whether the estimates may be
    interpreted at all.
    """

    table: Table
    moments: tuple[Moments, ...]
    parametrisation: Parametrisation
    estimate: Estimate
    group_labels: tuple
    estimator: str
    likelihood: str

    def __repr__(self) -> str:
        """One line: what was fitted, and how well."""
        n, m = sum(self.nobs), self.measures
        return (
            f"<Fit {self.estimator}: {self.npar} free parameters, n = {n}, "
            f"chi-square {m['chisq']:.3f} on {m['df']} df, {len(self.problems)} problems>"
        )

    @property
    def converged(self) -> bool:
        """Whether the optimiser reached a minimum."""
        return self.estimate.converged

    @property
    def nobs(self) -> tuple[int, ...]:
        """Rows used, for each group."""
        return tuple(m.nobs for m in self.moments)

    @property
    def npar(self) -> int:
        """Free parameters after equality constraints."""
        return len(self.estimate.x)

    @cached_property
    def values(self) -> np.ndarray:
        """Value of each row of the table, r."""
        return self.parametrisation.rows(self.estimate.x)

    @cached_property
    def layouts(self) -> list[ram.Layout]:
        """Layout of each group."""
        return ram.layouts(self.table)

    @cached_property
    def _implied(self) -> list[ram.Implied]:
        return [ram.implied(layout, self.values) for layout in self.layouts]

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Findings such as no convergence or a negative variance."""
        return find(
            self.table,
            self.values,
            self._implied,
            self.estimate.information,
            self.converged,
            self.group_labels,
            self.parametrisation.K,
        )

    @property
    def admissible(self) -> bool:
        """False where a problem forbids interpreting the estimates."""
        return not any(problem.inadmissible for problem in self.problems)

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Implied `cov` and `mean` of the observed variables, for each group."""
        names = list(self.table.observed)
        return [
            {"cov": pd.DataFrame(im.sigma, names, names), "mean": pd.Series(im.mu, names)}
            for im in self._implied
        ]

    @cached_property
    def _divisor(self) -> int:
        """Multiplier of information and F: N, or N minus the groups under Wishart."""
        return sum(sizes(self.moments, self.likelihood))

    def vcov(self) -> np.ndarray:
        """Covariance matrix of the values of all rows, r x r (zero for fixed rows).

        The inverse of the expected information (Bollen 1989, eq. 4.68); nan where the
        information is singular.
        """
        return self._vcov

    @cached_property
    def _vcov(self) -> np.ndarray:
        K = self.parametrisation.K
        info = self.estimate.information * self._divisor
        if not len(info):
            return np.zeros((len(K), len(K)))
        if any(p.kind == "identification" for p in self.problems):
            return np.where(K.any(axis=1)[:, None] & K.any(axis=1)[None, :], np.nan, 0.0)
        scale = np.sqrt(np.diag(info))  # units apart by 10^9 must not cost digits
        return K @ (np.linalg.inv(info / np.outer(scale, scale)) / np.outer(scale, scale)) @ K.T

    def standardized_with_jacobian(self, *, observed: bool = True):
        """Standardised values (r) and their Jacobian by the rows (r x r)."""
        out, jacobian = np.zeros(len(self.values)), np.zeros((len(self.values),) * 2)
        for layout, im in zip(self.layouts, self._implied, strict=True):
            part, slope = standardise(layout, im, self.values, observed=observed)
            out[layout.rows] = part
            jacobian[np.ix_(layout.rows, layout.rows)] = slope
        return out, jacobian

    def _defined(self, values: np.ndarray, jacobian: np.ndarray):
        """Values of the `:=` rows and their derivatives by the rows, in order."""
        at = {row.label: k for k, row in reversed(list(enumerate(self.table.rows))) if row.label}
        known = {label: float(values[k]) for label, k in at.items()}
        slopes = {label: jacobian[k] for label, k in at.items()}
        for name, expression in self.table.defined:
            at_point = {n: known[n] for n in expression.names}
            partial = expression.gradient(at_point)
            known[name] = float(np.real(expression(at_point)))
            slopes[name] = sum(
                (partial[n] * slopes[n] for n in expression.names), np.zeros(len(values))
            )
        names = [name for name, _ in self.table.defined]
        return [known[n] for n in names], [slopes[n] for n in names]

    def _frame(self, values, jacobian) -> pd.DataFrame:
        extra, slopes = self._defined(values, jacobian)
        est = np.concatenate([values, extra])
        J = np.vstack([jacobian, *slopes])
        variance = ((J @ self._vcov) * J).sum(axis=1)
        # what only rounding keeps from zero: a standardised variance is 1 by definition
        size = ((np.abs(J) @ np.abs(self._vcov)) * np.abs(J)).sum(axis=1)
        se = np.sqrt(np.where(variance <= 1e-14 * size, 0.0, variance))
        rows = [
            (r.lhs, r.op, r.rhs, r.group, r.group, self._label(r.group), r.label)
            for r in self.table.rows
        ]
        rows += [(n, ":=", e.text.replace(" ", ""), 0, 0, "", n) for n, e in self.table.defined]
        frame = pd.DataFrame(
            rows, columns=["lhs", "op", "rhs", "block", "group", "group_label", "label"]
        )
        frame["est"], frame["se"] = est, se
        with np.errstate(divide="ignore", invalid="ignore"):
            frame["z"] = np.where(se > 0, est / se, np.nan)
        frame["pvalue"] = 2 * stats.norm.sf(np.abs(frame["z"]))
        frame["ci_lower"] = est - Z95 * se
        frame["ci_upper"] = est + Z95 * se
        return frame

    def _label(self, group: int):
        return self.group_labels[group - 1] if self.group_labels else ""

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """One row a parameter, in lavaan's order, with inference and standardised values."""
        frame = self._frame(self.values, np.eye(len(self.values)))
        for column, observed in (("std_lv", False), ("std_all", True)):
            values, jacobian = self.standardized_with_jacobian(observed=observed)
            frame[column] = np.concatenate([values, self._defined(values, jacobian)[0]])
        return frame

    def standardized(self, type: str = "std_all") -> pd.DataFrame:
        """Standardised estimates with delta-method standard errors (`std_all` or `std_lv`)."""
        if type not in ("std_all", "std_lv"):
            raise NotAvailableError(
                f"type={type!r} is not available in this version of the engine "
                "(it has: 'std_all', 'std_lv')"
            )
        values, jacobian = self.standardized_with_jacobian(observed=type == "std_all")
        return self._frame(values, jacobian)

    def r_squared(self) -> pd.DataFrame:
        """Explained share of each dependent variable's variance: lhs, group, r2.

        nan where the residual variance is negative, as in lavaan.
        """
        rows = []
        for g, im in enumerate(self._implied, start=1):
            names = (*self.table.observed, *self.table.latent)
            depends = {r.rhs if r.op == "=~" else r.lhs for r in self.table.rows
                       if r.op in ("=~", "~") and r.group == g}  # fmt: skip
            for k, name in enumerate(names):
                if name in depends:
                    r2 = 1 - im.S[k, k] / im.V[k, k] if im.S[k, k] >= 0 else np.nan
                    rows.append((name, g, self._label(g), r2))
        return pd.DataFrame(rows, columns=["lhs", "group", "group_label", "r2"])

    @cached_property
    def measures(self) -> dict[str, float]:
        """Fit measures under lavaan's names with `_` for `.`."""
        n, groups = sum(self.nobs), len(self.moments)
        p, t = len(self.table.observed), self.table
        covariates = [t.observed.index(x) for x in t.covariates]
        predictors = [t.observed.index(x) for x in t.predictors]
        fixed, kept = len(covariates), len(predictors)
        means = t.meanstructure
        statistics = p * (p + 1) // 2 - fixed * (fixed + 1) // 2 + (p - fixed) * means
        df = groups * statistics - self.npar
        base_df = groups * ((p - kept) * (p - kept - 1) // 2 + kept * (p - kept))
        F = [
            discrepancy.ml(m, im, means=means)[0]
            for m, im in zip(self.moments, self._implied, strict=True)
        ]
        base_F = [measures.baseline_discrepancy(m.cov, predictors) for m in self.moments]
        multipliers = np.array(sizes(self.moments, self.likelihood))
        chisq, base = float(multipliers @ F), float(multipliers @ base_F)
        logl = measures.log_likelihood(self.moments, F, covariates)
        out = {
            "npar": self.npar,
            "fmin": self.estimate.F / 2,
            "chisq": chisq,
            "df": df,
            "pvalue": measures.chi_square_p(chisq, df),
            "baseline_chisq": base,
            "baseline_df": base_df,
            "baseline_pvalue": measures.chi_square_p(base, base_df),
            **measures.incremental(chisq, df, base, base_df),
            "logl": logl,
            "unrestricted_logl": measures.log_likelihood(self.moments, None, covariates),
            **measures.information_criteria(logl, self.npar, n),
            "ntotal": n,
            **measures.rmsea(chisq, df, self._divisor, groups),
            "cn_05": measures.hoelter(chisq / self._divisor, df, 0.05),
            "cn_01": measures.hoelter(chisq / self._divisor, df, 0.01),
            "mfi": measures.mcdonald(chisq, df, self._divisor),
            "ecvi": measures.expected_cross_validation(chisq, self.npar, self._divisor),
        }
        weights = [m.nobs / n for m in self.moments]
        parts = [
            measures.residual_summaries(m, im.sigma, im.mu if means else None)
            for m, im in zip(self.moments, self._implied, strict=True)
        ]
        for name in parts[0]:
            out[name] = float(sum(w * part[name] for w, part in zip(weights, parts, strict=True)))
        return out
