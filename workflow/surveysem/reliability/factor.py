"""Coefficients of a factor model of one scale: omega, composite reliability, AVE.

The model is fitted once by the engine: maximum likelihood with robust errors (MLR), with full
information from everyone who answered at least one item where answers are missing. k items; the
factor has unit variance.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.correlation import pearson
from surveysem.errors import SurveySemError
from surveysem.reliability.coefficient import Coefficient, gradient, logit_interval
from surveysem.sem import fit
from surveysem.sem.incomplete import Incomplete
from surveysem.sem.infinitesimal import influence
from surveysem.sem.missing import casewise
from surveysem.sem.result import Fit

DELTA = "delta, logit"


@dataclass(frozen=True, slots=True)
class Tried:
    """A fit of a scale's items, called y1, y2, ... in it; or None and why not, in words.

    n: rows with an answer. A fit with a note may not be interpreted.
    """

    fit: Fit | None
    n: int
    note: str = ""

    @property
    def usable(self) -> bool:
        """Whether the estimates may be interpreted."""
        return self.fit is not None and not self.note


def one_factor(items: int) -> str:
    """Model text of one factor behind the items y1, y2, ..."""
    loads = " + ".join(f"y{j + 1}" for j in range(items))
    return f"general =~ NA*{loads}\ngeneral ~~ 1*general"


def maximum_likelihood(answers: np.ndarray) -> dict:
    """Options of the engine for answers, n x k with nan. Complete ones give the same either way."""
    known = ~np.isnan(answers)
    complete = bool(known[known.any(axis=1)].all())
    missing = "listwise" if complete else "fiml"
    return {"estimator": "MLR", "missing": missing, "meanstructure": True}


def attempt(
    text: str, answers: np.ndarray, names: Sequence[str], facets: Sequence[str] = (), **options
) -> Tried:
    """Fit a model of the items y1, y2, ... to answers, n x k with nan.

    names: of the items, for the notes; facets: of latent variables facet1, facet2, ... options:
    of `fit`.
    """
    answered = answers[(~np.isnan(answers)).any(axis=1)]
    note = why_no_fit(answered, names)
    if note:
        return Tried(None, len(answered), note)
    data = pd.DataFrame(answered, columns=[f"y{j + 1}" for j in range(len(names))])
    try:
        found = fit(text, data, model_type="cfa", **options)
    except SurveySemError as error:
        return Tried(None, len(answered), f"not fitted: {_named(one_line(error), names, facets)}")
    return Tried(found, sum(found.nobs), _problem(found, names, facets))


def one_line(error: SurveySemError) -> str:
    """An error's message without its hint."""
    return " ".join(str(error).split("\n  hint: ")[0].split())


def why_no_fit(answered: np.ndarray, names: Sequence[str]) -> str:
    """Why no model can be fitted to answers, n x k with nan, in words; '' where one can be tried."""
    if len(answered) < 3:
        return f"{len(answered)} respondents with an answer: too few"
    known = [column[~np.isnan(column)] for column in answered.T]
    empty = [n for n, x in zip(names, known, strict=True) if not len(x)]
    if empty:
        return f"nobody answered {', '.join(empty)}"
    flat = [n for n, x in zip(names, known, strict=True) if np.ptp(x) == 0]
    if flat:
        return f"everyone gave the same answer to {', '.join(flat)}"
    alike = np.argwhere(np.triu(np.abs(pearson(answered)[0]) > 1 - 1e-9, 1))
    return perfectly(*(names[j] for j in alike[0])) if len(alike) else ""


def perfectly(one: str, other: str) -> str:
    """Two items that are one, in words."""
    return f"answers that go together perfectly: {one} and {other}"


def _named(text: str, names: Sequence[str], facets: Sequence[str]) -> str:
    """A message with the study's names in place of the model's."""
    known = {"y": names, "facet": [f"facet {name}" for name in facets]}
    return re.sub(r"\b(y|facet)(\d+)\b", lambda m: known[m[1]][int(m[2]) - 1], text)


def _problem(found: Fit, names: Sequence[str], facets: Sequence[str]) -> str:
    """The first finding that forbids interpreting a fit, in words; '' where there is none."""
    for problem in found.problems:
        if not problem.inadmissible:
            continue
        if problem.kind == "heywood":
            subject = _named(problem.subject.partition(" ~~")[0], names, facets)
            return f"Heywood case: negative variance of {subject}"
        if problem.kind == "no_convergence":
            return "the factor model did not converge"
        return f"inadmissible: {_named(problem.message, names, facets)}"
    return ""


# Functions of loadings and residual variances, k each -----------------------------------------------


def omega(loadings: np.ndarray, residuals: np.ndarray) -> float:
    """Omega total of the sum of the answers, with the model's total variance.

    McDonald (1999), eq. 6.20a; Raykov (2001). As semTools' compRelSEM(obs.var = FALSE).
    """
    common = loadings.sum() ** 2
    return common / (common + residuals.sum())


def composite_reliability(loadings: np.ndarray, residuals: np.ndarray) -> float:
    """Omega of the sum of the standardised items (Fornell and Larcker 1981, eq. 10)."""
    sd = np.sqrt(loadings**2 + residuals)
    return omega(loadings / sd, residuals / sd**2)


def average_variance_extracted(loadings: np.ndarray, residuals: np.ndarray) -> float:
    """Mean squared standardised loading (Fornell and Larcker 1981, eq. 11)."""
    return (loadings**2 / (loadings**2 + residuals)).mean()


# Inference ----------------------------------------------------------------------------------------


def positions(found: Fit, op: str) -> np.ndarray:
    """Rows of the table with loadings (=~), residual variances of items (~~), thresholds (|)."""
    items = set(found.table.observed)
    return np.array(
        [
            k
            for k, row in enumerate(found.table.rows)
            if row.op == op and (op != "~~" or (row.lhs == row.rhs and row.lhs in items))
        ],
        dtype=int,
    )


def interval_of(
    found: Fit, rows: np.ndarray, function: Callable[[np.ndarray], float]
) -> tuple[float, float, float]:
    """A function of some rows' values: estimate, and bounds by the delta method through the logit."""
    values = found.values[rows]
    slope = gradient(function, values)
    se = np.sqrt(slope @ found.vcov()[np.ix_(rows, rows)] @ slope)
    est = float(function(values))
    return est, *logit_interval(est, float(se))


def moment_influence(found: Fit) -> np.ndarray:
    """What each row adds to the moments of continuous answers, n x (means, vech of covariances).

    Of the saturated model's where answers are missing.
    """
    part = found.parts[0]
    x, at = part.rows.values, np.tril_indices(part.layout.p)
    if isinstance(part, Incomplete):
        saturated = part.saturated
        scores = casewise.scores(x, part.patterns, saturated.sigma, saturated.mu)
        return scores @ part.saturation.acov / part.size
    y = x - part.moments.mean
    return np.column_stack([y, y[:, at[0]] * y[:, at[1]] - part.moments.cov[at]]) / part.size


def joint_error(
    found: Fit, by_rows: np.ndarray, by_moments: np.ndarray, moments: np.ndarray
) -> float:
    """Standard error of a function of estimates (r) and sample moments (m), from its derivatives.

    By what each row adds to both: the infinitesimal jackknife (Jaeckel 1972), which holds where
    the model does not. moments: n x m, what the rows add to those.
    """
    each = influence(found) @ by_rows + moments @ by_moments
    return float(np.sqrt(each @ each))


def _observed(found: Fit, loads: np.ndarray) -> tuple[float, float, float]:
    """Omega with the sample's total variance in place of the model's (semTools' default)."""
    S = found.parts[0].moments.cov
    a, b = np.tril_indices(len(S))
    common, total = found.values[loads].sum(), S.sum()
    est = common**2 / total
    by_rows = np.zeros(len(found.values))
    by_rows[loads] = 2 * common / total
    by_moments = np.concatenate([np.zeros(len(S)), np.where(a == b, 1.0, 2.0) * -est / total])
    se = joint_error(found, by_rows, by_moments, moment_influence(found))
    return float(est), *logit_interval(float(est), se)


STATISTICS = ("omega", "omega_observed", "cr", "ave")


def unidimensional(answers: np.ndarray, names: Sequence[str]) -> list[Coefficient]:
    """Coefficients of the one-factor model of a scale's answers, n x k with nan.

    omega, omega_observed: of the sum of the answers; cr, ave: of standardised items.
    """
    tried = attempt(one_factor(len(names)), answers, names, **maximum_likelihood(answers))
    if not tried.usable:
        return [Coefficient(s, tried.n, missing="fiml", note=tried.note) for s in STATISTICS]
    loads, errors = positions(tried.fit, "=~"), positions(tried.fit, "~~")
    rows, k = np.concatenate([loads, errors]), len(names)
    functions = (omega, composite_reliability, average_variance_extracted)
    found = [interval_of(tried.fit, rows, _split(f, k)) for f in functions]
    found.insert(1, _observed(tried.fit, loads))
    return [
        Coefficient(name, tried.n, *values, DELTA, "fiml")
        for name, values in zip(STATISTICS, found, strict=True)
    ]


def _split(function: Callable, k: int) -> Callable[[np.ndarray], float]:
    return lambda values: function(values[:k], values[k:])
