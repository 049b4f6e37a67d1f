"""What calls for care beside a verdict."""

from collections.abc import Sequence

from surveysem.measurement.invariance import variant
from surveysem.sem.result import Fit


def cautions_of(result: Fit, given: Sequence[str], *, all_sound: bool) -> list[str]:
    """Names of what a reader has to know beside the verdict (docs/results.md lists them).

    given: the study's own. all_sound: whether free and equal paths both have a solution.
    """
    m = result.measures
    best = {name: m[name + variant(result)] for name in ("rmsea", "cfi")}
    out = list(given)
    if best["rmsea"] > 0.08 or m["srmr"] > 0.10 or best["cfi"] < 0.90:
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
