"""Are the scales distinct? One wave: ratios of correlations, and models of pairs in doubt.

Latent correlations and loadings elsewhere are those of the factor model (wave.py).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, members
from surveysem.measurement import htmt, latent
from surveysem.measurement.correlations import (
    PEARSON,
    POLYCHORIC,
    answers_of,
    bootstrap_counts,
    correlations,
    not_ordinal,
    resampled_pearson,
    too_few,
)
from surveysem.measurement.estimator import quick
from surveysem.measurement.polychoricdraws import resampled_polychoric
from surveysem.measurement.wave import VALIDITY_COLUMNS
from surveysem.models import attempt

SUFFIX = {PEARSON: "", POLYCHORIC: "_polychoric"}
METHOD = {PEARSON: "percentile bootstrap", POLYCHORIC: "percentile bootstrap, linearised"}


def distinctness(
    table: pd.DataFrame,
    *,
    model: str,
    wave: str,
    groups: Sequence[str],
    factors: Mapping[str, Sequence[str]],
    draws: int,
    rng_for: Callable[[str], np.random.Generator],
) -> pd.DataFrame:
    """Rows of table validity of one model in one wave.

    factors: construct to items that all groups were asked. draws: of the bootstrap. rng_for:
    random numbers by a group's name. Ratios of several groups together are of correlations
    within groups; the models of pairs in doubt are of each group alone, by `quick`'s estimator.
    """
    rows = []
    for group in groups:
        head = (model, wave, group)
        rows += _ratio_rows(head, table, [group], factors, draws, rng_for(group))
        rows += _held_rows(head, table, group, factors)
    if len(groups) > 1:
        head = (model, wave, EVERYONE)
        rows += _ratio_rows(head, table, groups, factors, draws, rng_for(EVERYONE))
    return pd.DataFrame(rows, columns=VALIDITY_COLUMNS)


def _ratio_rows(head, table, groups, factors, draws, rng) -> list[tuple]:
    answers = answers_of(table, groups, factors)
    samples, names = answers.samples, answers.names
    at = htmt.places(factors, names)
    n = sum(int((~np.isnan(x)).any(axis=1).sum()) for x in samples)

    def refused(statistic, why):
        return (*head, "", "", n, statistic, np.nan, np.nan, np.nan, "", why)

    rows = [refused("left_out", why) for why in answers.left_out.values()]
    problem = too_few(samples, names)
    if len(at) < 2:
        problem = "few_items: two constructs of two items each are needed"
    if problem:
        return [*rows, refused("htmt", problem)]
    counts = bootstrap_counts(samples, draws, rng)
    made = {PEARSON: lambda: resampled_pearson(samples, counts)}
    numeric = not_ordinal(samples, names)
    if numeric:
        rows.append(refused("htmt" + SUFFIX[POLYCHORIC], numeric))
    else:
        made[POLYCHORIC] = lambda: resampled_polychoric(samples, names, counts)
    for basis, drawn in made.items():
        found = htmt.with_intervals(correlations(samples, names, basis).R, at, drawn)
        for name, r in found.items():
            for k, (a, b) in enumerate(r.pairs):
                lost = draws - r.used[k]
                note = f"draws_without_value: {lost} of {draws}" if lost else ""
                rows.append((*head, a, b, n, name + SUFFIX[basis], r.est[k], r.lower[k], r.upper[k],
                             METHOD[basis], note))  # fmt: skip
    return rows


def _held_rows(head, table, group, factors) -> list[tuple]:
    """Tests of the pairs whose correlation may reach .80 against models that hold it higher."""
    items = [item for own in factors.values() for item in own]
    estimator = quick(members(table, [group]), items)
    tried = attempt(latent.unit_text(factors), table, [group], estimator=estimator)
    if not tried.usable:
        return [(*head, "", "", 0, "chisq", np.nan, np.nan, np.nan, "", tried.reason)]
    rows, n = [], tried.fit.nobs[0]
    for r in latent.latent_correlations(tried.fit.standardized(), list(factors)).itertuples():
        if latent.upper_size(r.est, r.ci_lower, r.ci_upper) < latent.DOUBTFUL:
            continue  # no doubt that a test could settle
        for cut in latent.CUTS:
            chisq, p, why = latent.held_at(tried.fit, factors, (r.a, r.b), r.est, cut)
            for name, est, how in (
                ("chisq", chisq, estimator),
                ("p_chisq", p, f"{estimator}, chi-square difference, one-sided"),
            ):
                rows.append((*head, r.a, r.b, n, f"{name}_{100 * cut:.0f}", est, np.nan, np.nan,
                             how, why))  # fmt: skip
    return rows
