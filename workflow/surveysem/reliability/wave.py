"""Does each scale hang together? Cronbach's alpha, item-rest correlations, alpha if deleted."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from surveysem.asked import members
from surveysem.correlation import fisher_interval
from surveysem.tables import values

SCALE_COLUMNS = ["wave", "group", "scale", "items", "n", "statistic", "est", "ci_lower",
                 "ci_upper", "ci_method", "note"]  # fmt: skip
ITEM_COLUMNS = ["wave", "group", "scale", "item", "n", "statistic", "est", "ci_lower",
                "ci_upper", "note"]  # fmt: skip


def alpha(answers: np.ndarray) -> float:
    """Cronbach's alpha of respondents x items (pingouin), over complete rows.

    nan where it does not exist: fewer than two items, or no variance.
    """
    import pingouin

    if answers.shape[1] < 2 or (~np.isnan(answers)).all(axis=1).sum() < 3:
        return np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(pingouin.cronbach_alpha(data=pd.DataFrame(answers), nan_policy="listwise")[0])


def alpha_interval(est: float, n: int, items: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of alpha (Feldt 1965; Feldt, Woodruff and Salih 1987).

    The same formula as pingouin's, which rounds its interval to three decimals.
    """
    if items < 2 or n < 2 or not est < 1:
        return np.nan, np.nan
    df1, df2 = n - 1, (n - 1) * (items - 1)
    tail = (1 - level) / 2
    lower = 1 - (1 - est) * stats.f.ppf(1 - tail, df1, df2)
    upper = 1 - (1 - est) * stats.f.ppf(tail, df1, df2)
    return float(lower), float(upper)


def item_rest(answers: np.ndarray, k: int) -> tuple[float, int]:
    """Correlation of item k with the sum of the others, and n, over complete rows."""
    complete = answers[~np.isnan(answers).any(axis=1)]
    rest = np.delete(complete, k, axis=1).sum(axis=1)
    if len(complete) < 4 or np.ptp(complete[:, k]) == 0 or np.ptp(rest) == 0:
        return np.nan, len(complete)
    return float(np.corrcoef(complete[:, k], rest)[0, 1]), len(complete)


def mean_correlation(answers: np.ndarray) -> float:
    """Mean of the correlations between items, over complete rows."""
    complete = answers[~np.isnan(answers).any(axis=1)]
    if answers.shape[1] < 2 or len(complete) < 3 or (np.ptp(complete, axis=0) == 0).any():
        return np.nan
    R = np.corrcoef(complete.T)
    return float(R[np.tril_indices(len(R), -1)].mean())


def _why_not(answers: np.ndarray, names: Sequence[str]) -> str:
    """Why alpha cannot be computed, in words; '' where it can."""
    complete = answers[~np.isnan(answers).any(axis=1)]
    if answers.shape[1] < 2:
        return "one item: internal consistency needs two or more"
    if len(complete) < 3:
        return f"{len(complete)} complete answers: too few"
    flat = [n for n, spread in zip(names, np.ptp(complete, axis=0), strict=True) if spread == 0]
    return f"everyone gave the same answer to {', '.join(flat)}" if flat else ""


def _keying(r: float, upper: float, all_r: Sequence[float]) -> str:
    """What a negative item-rest correlation says of an item's keying; '' where it says nothing.

    One wrongly keyed item drags its neighbours' correlations below zero too, so only the
    lowest of a scale is called the probable culprit. Only an interval that lies below zero
    as a whole stops models (structure.keying); the rest is a caution.
    """
    lowest = r <= np.nanmin([*all_r, np.inf])
    if not upper < 0:
        return "perhaps keyed the wrong way round" if r < 0 and lowest else ""
    if lowest:
        return "probably keyed the wrong way round"
    return "runs against its scale: look again once the lowest item is mended"


def assess(
    table: pd.DataFrame, wave: str, scales: Sequence[Mapping]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables scales.csv and items.csv of a wave. `table` has reverse-keyed items turned.

    scales: one entry a scale and group with its `scale`, `group`, `groups`, `items`.
    Everything is of the respondents with complete answers to the scale; n counts them.
    """
    scale_rows, item_rows = [], []
    for entry in scales:
        names = entry["items"]
        answers = values(members(table, entry["groups"]), names)
        complete = (~np.isnan(answers)).all(axis=1)
        n = int(complete.sum())
        note = _why_not(answers, names)
        est = alpha(answers) if not note else np.nan
        head = (wave, entry["group"], entry["scale"])
        bounds = alpha_interval(est, n, len(names))
        if not note and len(names) == 2:
            note = "two items: alpha underestimates (Eisinga et al. 2013)"
        scale_rows.append((*head, len(names), n, "alpha", est, *bounds, "Feldt", note))
        mean_r = mean_correlation(answers)
        scale_rows.append((*head, len(names), n, "mean_r", mean_r, np.nan, np.nan, "", ""))
        rest_r = [
            item_rest(answers, k) if len(names) > 1 else (np.nan, n) for k in range(len(names))
        ]
        for k, name in enumerate(names):
            r, used = rest_r[k]
            lower, upper = map(float, fisher_interval(r, used))
            keyed = _keying(r, upper, [other for other, _ in rest_r])
            item_rows.append((*head, name, used, "item_rest", r, lower, upper, keyed))
            rest = np.delete(answers[complete], k, axis=1)  # of the same respondents
            dropped = alpha(rest) if not np.isnan(est) and len(names) > 2 else np.nan
            item_rows.append((*head, name, n, "alpha_if_deleted", dropped, np.nan, np.nan, ""))
    return (
        pd.DataFrame(scale_rows, columns=SCALE_COLUMNS),
        pd.DataFrame(item_rows, columns=ITEM_COLUMNS),
    )
