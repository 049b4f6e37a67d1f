"""Who of a panel's wave did not take part in the next, and does that go with their answers?

Only the answers of the earlier wave can say so: a dropout that depends on what would have
been answered later leaves no trace in the data (Enders 2022, chapter 1).
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, asked_table, members, parts
from surveysem.sem.distributions import chi_square_sf, normal_ppf

COLUMNS = ["wave", "next", "group", "n", "analysed", "excluded", "lost", "share", "ci_lower",
           "ci_upper", "lr", "df", "p", "note"]  # fmt: skip
PREDICTOR_COLUMNS = ["wave", "next", "group", "predictor", "statistic", "n", "est", "ci_lower",
                     "ci_upper", "p"]  # fmt: skip
LEVEL = 0.95
EVENTS = 5  # lost (and kept) respondents a predictor: Vittinghoff and McCulloch 2007


def fate_in_next(respondents: pd.Series, fates: pd.DataFrame) -> pd.Series:
    """'analysed', 'excluded' or 'lost' for each respondent of a wave, by the next wave's fates.

    Someone whom cleaning left out of the next wave did take part in it.
    """
    came = respondents.isin(fates["respondent"])
    kept = respondents.isin(fates.loc[fates["fate"] == "analysed", "respondent"])
    return pd.Series(np.select([kept, came], ["analysed", "excluded"], "lost"), respondents.index)


def scores(table: pd.DataFrame, items: Mapping[str, Mapping], names: Sequence[str]) -> np.ndarray:
    """Mean of the answers to a scale, where at least half of the items asked were answered.

    Complete answers only would leave out exactly those who are on their way out. n floats.
    """
    asked = asked_table(table, {n: items[n] for n in names}).to_numpy()
    x = table[list(names)].to_numpy(dtype=float, na_value=np.nan)
    answered = asked & ~np.isnan(x)
    count = answered.sum(axis=1)
    enough = (count > 0) & (2 * count >= asked.sum(axis=1))
    return np.where(enough, np.where(answered, x, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def mean_difference(x: np.ndarray, lost: np.ndarray) -> tuple[int, float, float, float, float]:
    """n, standardised difference of means lost - kept, its 95 % interval, and Welch's p.

    d by the pooled SD; interval by its large-sample variance (Hedges and Olkin 1985, p. 86);
    p of Welch's t test. x: n with nan; lost: n booleans.
    """
    a, b = x[lost & ~np.isnan(x)], x[~lost & ~np.isnan(x)]
    n1, n2 = len(a), len(b)
    if min(n1, n2) < 2:
        return n1 + n2, np.nan, np.nan, np.nan, np.nan
    pooled = np.sqrt(((n1 - 1) * a.var(ddof=1) + (n2 - 1) * b.var(ddof=1)) / (n1 + n2 - 2))
    if pooled == 0:
        return n1 + n2, np.nan, np.nan, np.nan, np.nan
    d = float((a.mean() - b.mean()) / pooled)
    from scipy.stats import ttest_ind  # a second to import

    half = normal_ppf(0.5 + LEVEL / 2) * np.sqrt((n1 + n2) / (n1 * n2) + d**2 / (2 * (n1 + n2)))
    return n1 + n2, d, d - half, d + half, float(ttest_ind(a, b, equal_var=False).pvalue)


def wilson(k: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Brown, Cai and DasGupta 2001)."""
    from statsmodels.stats.proportion import proportion_confint

    return proportion_confint(k, n, 1 - LEVEL, method="wilson") if n else (np.nan, np.nan)


def logistic(frame: pd.DataFrame, lost: np.ndarray, controls: Sequence[str]):
    """Logistic regression of being lost on the frame's columns (statsmodels).

    Returns a table (index: columns; odds_ratio, ci_lower, ci_upper, p), the likelihood-ratio
    test of all columns but `controls` (lr, df, p), n used, and a note: '' or why there is
    no result. Scores are standardised, so that an odds ratio is that of one SD.
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

    use = frame.notna().all(axis=1).to_numpy()
    x, y = frame[use], lost[use].astype(float)
    x = x.loc[:, x.nunique() > 1]
    tested = [c for c in x if c not in controls]
    if not tested:
        return None, (np.nan, 0, np.nan), len(y), "no_predictors"
    if min(y.sum(), len(y) - y.sum()) < EVENTS * x.shape[1]:
        return None, (np.nan, len(tested), np.nan), len(y), "few_lost"
    z = x.copy()
    z[tested] = (x[tested] - x[tested].mean()) / x[tested].std()
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            full = sm.Logit(y, sm.add_constant(z)).fit(disp=0)
            plain = sm.Logit(y, sm.add_constant(z[[c for c in z if c in controls]])).fit(disp=0)
        except (PerfectSeparationWarning, ConvergenceWarning, np.linalg.LinAlgError):
            return None, (np.nan, len(tested), np.nan), len(y), "separation"
    bounds = np.exp(full.conf_int(1 - LEVEL))
    found = pd.DataFrame(
        {"odds_ratio": np.exp(full.params), "ci_lower": bounds[0], "ci_upper": bounds[1],
         "p": full.pvalues}
    ).drop(index="const")  # fmt: skip
    lr = 2 * (full.llf - plain.llf)
    return found, (lr, len(tested), float(chi_square_sf(lr, len(tested)))), len(y), ""


def attrition_tables(
    table: pd.DataFrame,
    fates: pd.DataFrame,
    *,
    wave: str,
    following: str,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    scales: Sequence[Mapping],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts with the test of all answers together (COLUMNS), and each predictor
    (PREDICTOR_COLUMNS): standardised mean differences and odds ratios.

    table: analysed respondents of a wave. fates: of the following wave, all rows received.
    """
    fate = fate_in_next(table["respondent"], fates)
    rows, predictors = [], []
    for group, part in parts(table, groups):
        mine = fate[part.index]
        lost = (mine == "lost").to_numpy()
        entries = [e for e in scales if e["group"] == group]
        frame = pd.DataFrame(index=part.index)
        for e in entries:
            those = members(part, e["groups"])
            frame[e["scale"]] = pd.Series(scores(those, items, e["items"]), those.index)
        for name in frame:
            found = mean_difference(frame[name].to_numpy(), lost)
            predictors.append((wave, following, group, name, "smd", *found))
        # the regression of all together has the scales that every group was asked
        frame = frame[[e["scale"] for e in entries if group != EVERYONE or _of_all(e, groups)]]
        dummies = []
        if group == EVERYONE:
            for other in [g for g in groups if g != EVERYONE][1:]:
                dummies.append(f"group:{other}")
                frame[dummies[-1]] = (part["group"] == other).astype(float)
        odds, test, used, note = logistic(frame, lost, dummies)
        if odds is not None:
            predictors += [
                (wave, following, group, name, "odds_ratio", used, *one)
                for name, one in zip(odds.index, odds.to_numpy(), strict=True)
            ]
        n, k = len(part), int(lost.sum())
        rows.append(
            (wave, following, group, n, int((mine == "analysed").sum()),
             int((mine == "excluded").sum()), k, k / n if n else np.nan, *wilson(k, n), *test, note)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(predictors, columns=PREDICTOR_COLUMNS)


def _of_all(entry: Mapping, groups: Sequence[str]) -> bool:
    return list(entry["groups"]) in ([EVERYONE], list(groups))
