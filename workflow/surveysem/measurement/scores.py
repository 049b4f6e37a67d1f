"""Factor scores of a fitted factor model, one row a respondent and construct, and how good they are.

Scores of a model whose factors have mean zero and variance one in each group: they order the
respondents of a group, and tell no group (or wave) from another.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveysem.models import Attempt, one_line
from surveysem.sem import SurveySemError
from surveysem.sem.factorscores import scores_and_errors
from surveysem.sem.result import Fit

COLUMNS = {
    "scores": ["respondent", "group", "construct", "method", "score", "se"],
    "determinacy": ["group", "construct", "method", "n", "statistic", "est", "note"],
}
JOINT = 3  # factors, up to which the answers' posterior is integrated over all of them together
CONTINUOUS = {"regression": "regression", "bartlett": "Bartlett"}


def methods(fit: Fit) -> dict[str, str]:
    """Scores that suit a fit, name to the engine's: linear ones of continuous answers, posterior
    means of ordinal ones: of all factors given all answers where they are up to JOINT, else of each
    factor given the answers to its own items, since the integral's size grows with their power."""
    if not fit.table.ordered:
        return CONTINUOUS
    return {"eap": "EAP"} if len(fit.table.latent) <= JOINT else {"eap_each": "EAP_each"}


def scored(tried: Attempt, table: pd.DataFrame, groups: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Tables scores and determinacy of a factor model, by the names of COLUMNS.

    table: respondents of the groups, with the answers that were fitted; also those with missing
    answers are scored, by what they answered. An inadmissible fit has no scores.
    """
    scores = pd.DataFrame(columns=COLUMNS["scores"])
    if not tried.usable:
        return {"scores": scores, "determinacy": _refused(groups, tried.reason)}
    parts, quality = [], []
    wanted = list(methods(tried.fit).items())
    for name, method in wanted:  # which may grow
        try:
            found = _long(tried.fit, table, groups, name, method)
        except SurveySemError as error:
            quality.append(_refused(groups, f"not_available: {one_line(error)}", name))
            if method == "EAP":  # items that tell so much ask for too fine a grid
                wanted.append(("eap_each", "EAP_each"))
            continue
        parts.append(found)
        quality.append(_determinacy(tried.fit, found, groups, name, method))
    return {
        "scores": pd.concat(parts, ignore_index=True) if parts else scores,
        "determinacy": pd.concat(quality, ignore_index=True),
    }


def _refused(groups: Sequence[str], why: str, method: str = "") -> pd.DataFrame:
    rows = [(group, "", method, 0, "not_computed", np.nan, why) for group in groups]
    return pd.DataFrame(rows, columns=COLUMNS["determinacy"])


def _long(fit: Fit, table, groups: Sequence[str], name: str, method: str) -> pd.DataFrame:
    """Scores of one method below each other, in the order of the respondents."""
    several = len(groups) > 1
    scores, errors = scores_and_errors(fit, method, table, "group" if several else None)
    constructs, n = list(scores.columns), len(scores)
    group = table["group"] if several else pd.Series(groups[0], index=table.index)
    found = pd.DataFrame({
        "respondent": np.repeat(table["respondent"].to_numpy(), len(constructs)),
        "group": np.repeat(group.to_numpy(), len(constructs)),
        "construct": np.tile(constructs, n),
        "method": name,
        "score": scores.to_numpy().ravel(),
        "se": errors.to_numpy().ravel(),
    })  # fmt: skip
    return found[found["score"].notna()].reset_index(drop=True)


def _determinacy(
    fit: Fit, found: pd.DataFrame, groups: Sequence[str], name: str, method: str
) -> pd.DataFrame:
    """Correlation of the scores with the factor, by group and construct.

    Of linear scores that of complete answers (Grice 2001, Psychological Methods 6, 430-450, eq. 5)
    and, of the regression score, the least correlation that two sets of scores can have which both
    fit the model (2 rho^2 - 1; Guttman 1955). Of posterior means the root of one minus the mean
    posterior variance over the factor's (Bechger et al. 2003; Adams 2005).
    """
    rows = []
    linear = None if fit.table.ordered else fit.factor_determinacy(method)
    counted = found.groupby(["group", "construct"])
    for g, group in enumerate(groups):
        for construct in fit.table.latent:
            at = (group, construct)
            mine = counted.get_group(at) if at in counted.groups else found.iloc[:0]
            if linear is not None:
                rho = float(linear.iloc[g][construct])
            else:
                unsure = float((mine["se"] ** 2).mean()) if len(mine) else np.nan
                rho = np.sqrt(max(0.0, 1 - unsure / _variance(fit, g, construct)))
            why = "" if len(mine) and np.isfinite(rho) else "no_scores"
            rows.append((*at, name, len(mine), "determinacy", rho, why))
            if name == "regression":
                rows.append((*at, name, len(mine), "least_correlation", 2 * rho**2 - 1, why))
    return pd.DataFrame(rows, columns=COLUMNS["determinacy"])


def _variance(fit: Fit, g: int, construct: str) -> float:
    """A factor's variance in a group."""
    p = len(fit.table.observed)
    k = p + list(fit.table.latent).index(construct)
    return float(fit.implied_moments[g].V[k, k])
