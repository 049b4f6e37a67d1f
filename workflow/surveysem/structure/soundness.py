"""What forbids reading a fit, or calls for care, beyond the findings of the engine."""

from collections.abc import Sequence

import numpy as np

from surveysem.models import Attempt
from surveysem.sem.result import Fit


def sound(tried: Attempt) -> Attempt:
    """The attempt, unusable where matrices of the fit cannot belong to any data."""
    if not tried.usable:
        return tried
    found = _impossible(tried.fit)
    return Attempt(tried.fit, f"inadmissible: {'; '.join(found[:3])}") if found else tried


def _impossible(result: Fit) -> list[str]:
    found = []
    names = [*result.table.observed, *result.table.latent]
    p = len(result.table.observed)
    for g, im in enumerate(result.implied_moments, start=1):
        place = f" (group {result.group_label(g)})" if result.group_labels else ""
        matrices = {
            "implied covariance matrix": im.V,
            "covariance matrix of the items' residuals": im.S[:p, :p],
        }
        for name, matrix in matrices.items():
            worst = _negative_direction(matrix)
            if worst is not None:
                found.append(f"the {name} is not positive definite, see {names[worst]}{place}")
    if not np.isfinite(result.vcov()).all():
        found.append("the estimates have no standard errors")
    return found


def _negative_direction(matrix: np.ndarray) -> int | None:
    """Position of the variable that a negative eigenvalue concerns most; None without one."""
    if (np.diag(matrix) < 0).any():
        return int(np.argmin(np.diag(matrix)))
    size = np.sqrt(np.diag(matrix))
    size = np.where(size > 0, size, 1.0)  # a fixed zero variance is allowed
    values, vectors = np.linalg.eigh(matrix / np.outer(size, size))
    return int(np.argmax(np.abs(vectors[:, 0]))) if values[0] < -1e-8 else None


def cautions_of(result: Fit, given: Sequence[str], *, all_sound: bool) -> list[str]:
    """Names of what a reader has to know beside the verdict (docs/results.md lists them).

    given: the study's own. all_sound: whether free and equal paths both have a solution.
    """
    m = result.measures
    out = list(given)
    if m["rmsea"] > 0.08 or m["srmr"] > 0.10 or m["cfi"] < 0.90:
        out.append("fit")
    if m["ntotal"] < 5 * m["npar"]:
        out.append("few_cases")
    if m["ntotal"] < 0.95 * sum(x.ntotal for x in result.moments):
        out.append("listwise")
    # a residual that goes against its own cause can make a variable vary less than it
    if (result.r_squared()["r2"] < 0).any():
        out.append("negative_r2")
    if not all_sound:
        out.append("other_fit")
    return out
