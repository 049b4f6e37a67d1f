"""The parameter table's objects: a row a parameter, and all rows of a model."""

from dataclasses import dataclass

import numpy as np

from surveysem.sem.expressions import Expression


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter of one group.

    value: the fixed value, or None where the parameter is free. label: the user's, or
    one given by an equality over groups. exogenous: fixed to the sample moment. lower,
    upper: bounds of a free parameter, None where it has none. op is one of `=~`, `~`,
    `~~`, `~1` (rhs empty), `|` (threshold rhs of lhs: t1, t2, ...) and `~*~` (scaling
    factor of lhs, which is 1 / standard deviation of the latent response). level: 1 within
    clusters, 2 between them, 0 in a model without levels.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    value: float | None
    label: str = ""
    start: float | None = None
    exogenous: bool = False
    lower: float | None = None
    upper: float | None = None
    level: int = 0

    @property
    def name(self) -> str:
        """Name of the parameter within its group, as in lavaan: `f=~x1`."""
        return f"{self.lhs}{self.op}{self.rhs}"


@dataclass(frozen=True, slots=True)
class Table:
    """All parameters of a model.

    observed, latent: variable names, observed in the order of the moments.
    rows: length r, groups one after another. defined: (name, expression) of `:=`.
    constraints: expressions that equal zero, linear or not; inequalities: expressions
    that are zero or more (both use labels only: what `:=` defines is put in its place).
    covariates: the observed variables fixed to their sample moments; predictors: the
    same, be they fixed or (fixed_x false) not. ordered: (variable, number of thresholds)
    of the ordinal ones, in the order of `observed`. parameterization: "delta" (scaling
    factors `~*~` are the parameters) or "theta" (residual variances are).
    conditional_x: the moments are those given the covariates.
    levels: of a two-level model the tables within and between clusters, whose rows together
    are those of this one, within before between in every group; observed and latent then are
    the variables of either. split: of the table within, the variables that have a part between
    clusters too (their means are there).
    """

    rows: tuple[Row, ...]
    observed: tuple[str, ...]
    latent: tuple[str, ...]
    covariates: tuple[str, ...]
    groups: int
    meanstructure: bool
    defined: tuple[tuple[str, Expression], ...] = ()
    constraints: tuple[Expression, ...] = ()
    predictors: tuple[str, ...] = ()
    inequalities: tuple[Expression, ...] = ()
    ordered: tuple[tuple[str, int], ...] = ()
    parameterization: str = "delta"
    conditional_x: bool = False
    levels: tuple["Table", ...] = ()
    split: tuple[str, ...] = ()

    def at(self, level: int) -> np.ndarray:
        """Positions of the rows of a level, in the order of that level's own table."""
        return np.array([k for k, row in enumerate(self.rows) if row.level == level], dtype=int)

    def block(self, row: Row) -> int:
        """Number of the block that a row stands in: of its group, or of group and level."""
        return (row.group - 1) * max(len(self.levels), 1) + max(row.level, 1)
