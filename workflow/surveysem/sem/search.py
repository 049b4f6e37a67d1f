"""The search for a model's solution: from where, and how often again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from surveysem.sem import implied as ram
from surveysem.sem.admission import admitted
from surveysem.sem.constrained import minimised
from surveysem.sem.errors import ModelError
from surveysem.sem.estimate import Estimate, Objective, fixed_values, parametrise
from surveysem.sem.optimiser import minimise
from surveysem.sem.restrictions import restrictions
from surveysem.sem.start import Manner, starting_point
from surveysem.sem.table import Table

if TYPE_CHECKING:
    from surveysem.sem.result import Fit


def search(table: Table, parts: Sequence, made: Callable[[Objective, Estimate], "Fit"]) -> "Fit":
    """The best fit of a table to the data of `parts` (whose layouts belong to another table).

    An inadmissible solution may be a local minimum, and curved constraints have several:
    another try starts elsewhere (a third where none converges), and the best is returned.
    made: the fit of a solution.
    Raises ModelError for starting values that give no covariance matrix and for
    contradicting constraints.
    """
    parts = [
        replace(part, layout=layout) for part, layout in zip(parts, ram.layouts(table), strict=True)
    ]
    moments = [part.moments for part in parts]
    objective = Objective(parts, parametrise(table, fixed_values(table, moments)))
    rules = restrictions(table)

    def attempt(manner: Manner = "informed", *, free: bool = False) -> "Fit":
        start = starting_point(
            objective, table, moments, manner=manner,
            admit=lambda x: x if free else admitted(objective, x, rules),
        )  # fmt: skip
        if free:  # from the minimum without the constraints, which is near the one with them
            start = minimise(objective, start).x
        return made(*minimised(objective, start, rules))

    found = attempt()
    if rules.curved:
        with suppress(ModelError):  # the model may need its constraints to be identified
            found = _better(found, attempt(free=True))
    if not found.admissible:
        found = _better(found, attempt("plain"))
    return found if found.converged else _better(found, attempt("weak"))


def _better(found: "Fit", again: "Fit") -> "Fit":
    if again.converged == found.converged:
        return again if again.estimate.F < found.estimate.F - 1e-9 else found
    return again if again.converged else found
