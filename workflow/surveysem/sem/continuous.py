"""What the parts of continuous data share, complete or not."""

import numpy as np

from surveysem.sem.implied import Implied


class Continuous:
    """No row of the table follows from others, and no moment is conditional on covariates."""

    __slots__ = ()

    def completed(self, im: Implied) -> tuple[np.ndarray, np.ndarray]:
        """Rows whose value follows from the others', and their values: none."""
        return np.zeros(0, dtype=int), np.zeros(0)

    def by_given(self, im: Implied, slope: np.ndarray) -> np.ndarray:
        """Derivatives by all rows (k x r_g) as derivatives by the rows that others do not fix."""
        return slope

    def unconditional(self, im: Implied) -> Implied:
        """Implied moments of all observed variables."""
        return im
