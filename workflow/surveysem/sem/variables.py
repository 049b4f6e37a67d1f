"""Which variables a model has, and in which roles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from surveysem.sem.errors import ModelError
from surveysem.sem.syntax import EXPRESSION_OPERATORS, Statement


@dataclass(frozen=True)
class Variables:
    """Roles that the model gives to its variables, each in order of appearance.

    others: only in (co)variances, intercepts and thresholds. stated: with a (co)variance
    or an intercept that the user wrote. thresholded: with thresholds that the user wrote.
    """

    latent: tuple[str, ...]
    indicators: tuple[str, ...]
    dependents: tuple[str, ...]
    predictors: tuple[str, ...]
    others: tuple[str, ...]
    stated: frozenset[str]
    thresholded: tuple[str, ...]

    @cached_property
    def _only_predictors(self) -> tuple[str, ...]:
        outside = {*self.latent, *self.indicators, *self.dependents}
        return tuple(v for v in self.predictors if v not in outside)

    @cached_property
    def covariates(self) -> tuple[str, ...]:
        """Observed, only ever a predictor, without a (co)variance or mean of the user's."""
        return tuple(v for v in self._only_predictors if v not in self.stated)

    @cached_property
    def observed(self) -> tuple[str, ...]:
        """Indicators, dependents, predictors, then others, as lavaan orders them."""
        names = [*self.indicators, *self.dependents, *self._only_predictors, *self.others]
        return tuple(dict.fromkeys(v for v in names if v not in self.latent))

    @cached_property
    def exogenous_latent(self) -> tuple[str, ...]:
        """Latent, neither measured by others' arrows nor explained: they covary."""
        inside = {*self.dependents, *self.indicators}
        return tuple(v for v in self.latent if v not in inside)

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """Explained and explaining nothing, latent first: their residuals covary."""
        ends = {*self.dependents} - {*self.predictors, *self.indicators}
        return tuple(v for v in (*self.latent, *self.observed) if v in ends)


def variables(statements: Sequence[Statement]) -> Variables:
    """Roles of the variables in parsed statements, of whatever group.

    For who has to know a model's variables before its table can be built, as its ordinal
    variables' categories are counted in the data. Raises ModelError for a variable that
    measures or predicts itself.
    """
    user = [s for s in statements if s.op not in EXPRESSION_OPERATORS]
    for s in user:
        if s.op in ("=~", "~") and s.lhs == s.rhs:
            verb = "measure" if s.op == "=~" else "predict"
            raise ModelError(
                f"model, line {s.line}: '{s.lhs}' cannot {verb} itself\n"
                f"  hint: remove it from the right of '{s.op}'"
            )
    pairs = [s for s in user if s.op == "~~"]
    means = [s.lhs for s in user if s.op == "~1"]
    covarying = [*(s.lhs for s in pairs), *(s.rhs for s in pairs)]
    return Variables(
        latent=_unique(s.lhs for s in user if s.op == "=~"),
        indicators=_unique(s.rhs for s in user if s.op == "=~"),
        dependents=_unique(s.lhs for s in user if s.op == "~"),
        predictors=_unique(s.rhs for s in user if s.op == "~"),
        others=_unique([*covarying, *(s.lhs for s in user if s.op in ("~1", "|"))]),
        stated=frozenset([*covarying, *means]),
        thresholded=_unique(s.lhs for s in user if s.op == "|"),
    )


def _unique(names) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def turned(statements: Sequence[Statement], roles: Variables) -> list[Statement]:
    """Covariances turned around so that the first variable comes first: latent, then observed."""
    position = {name: k for k, name in enumerate((*roles.latent, *roles.observed))}
    return [
        replace(s, lhs=s.rhs, rhs=s.lhs)
        if s.op == "~~" and position[s.lhs] > position[s.rhs]
        else s
        for s in statements
    ]
