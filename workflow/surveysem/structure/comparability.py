"""What the measurement stage lets structural models compare between groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from surveysem.sem.syntax import parse


@dataclass(frozen=True, slots=True)
class Comparability:
    """standing: construct to yes, partial or no. free: (construct, item) pairs whose loadings
    differ over groups."""

    standing: Mapping[str, str] = field(default_factory=dict)
    free: Sequence[tuple[str, str]] = ()

    def partial(self, text: str) -> list[str]:
        """Names of the loadings of a model text that are left free to differ."""
        loads = {(s.lhs, s.rhs) for s in parse(text) if s.op == "=~"}
        return [
            f"{construct}=~{item}" for construct, item in self.free if (construct, item) in loads
        ]

    def cautions(self, constructs: Sequence[str]) -> list[str]:
        """Names of the cautions for a claim about some constructs."""
        found = {self.standing.get(construct, "yes") for construct in constructs}
        names = {"no": "noninvariance", "partial": "partial_invariance"}
        return [name for value, name in names.items() if value in found]


def comparability(comparable: pd.DataFrame, noninvariance: pd.DataFrame) -> Comparability:
    """From the tables comparable.csv and noninvariance.csv of one model and wave."""
    loadings = noninvariance[
        (noninvariance["freed"] == 1) & noninvariance["level"].isin(["thresholds", "metric"])
    ]
    return Comparability(
        dict(zip(comparable["construct"], comparable["paths"], strict=True)),
        list(zip(loadings["construct"], loadings["item"], strict=True)),
    )
