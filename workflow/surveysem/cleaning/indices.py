"""Indices of careless answering, one person a row: arrays in, one number a person out.

Everywhere, answers are respondents x items with nan where an answer is missing; an index is
nan where a person's answers do not determine it. Nothing here judges: see rules.py.

Sources: Johnson (2005), Journal of Research in Personality 39, 103-129; Dunn et al. (2018),
Journal of Business and Psychology 33, 105-121; Marjanovic et al. (2015), Personality and
Individual Differences 84, 79-83; Meade and Craig (2012), Psychological Methods 17, 437-455;
Curran (2016), Journal of Experimental Social Psychology 66, 4-19; Swain, Weathers and
Niedrich (2008), Journal of Marketing Research 45, 116-131.
"""

from collections.abc import Sequence

import numpy as np


def longest_runs(answers: np.ndarray) -> np.ndarray:
    """Length of the longest run of one identical answer in each row; missing ones are skipped.

    answers: respondents x items in the order of the questionnaire, before reverse-keyed
    items are turned (Johnson 2005; careless::longstring with missing answers left out).
    """
    longest = np.zeros(len(answers), dtype=int)
    run = np.zeros(len(answers), dtype=int)
    last = np.full(len(answers), np.nan)
    for column in answers.T:
        seen = ~np.isnan(column)
        run = np.where(seen, np.where(column == last, run + 1, 1), run)
        last = np.where(seen, column, last)
        longest = np.maximum(longest, run)
    return longest


def spread(answers: np.ndarray) -> np.ndarray:
    """Standard deviation (n - 1) of each row's answers; nan for fewer than two.

    Over all items as answered it is the intra-individual response variability (IRV; Dunn et
    al. 2018; careless::irv).
    """
    seen = ~np.isnan(answers)
    count = seen.sum(axis=1)
    filled = np.where(seen, answers, 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(seen, answers - mean[:, None], 0.0) ** 2).sum(axis=1)
    return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def inter_item_sd(turned: np.ndarray, scales: Sequence[Sequence[int]]) -> np.ndarray:
    """Mean over the scales of a person's standard deviation within each (Marjanovic et al. 2015).

    turned: reverse-keyed items turned. scales: for each its columns.
    """
    within = np.column_stack([spread(turned[:, list(k)]) for k in scales])
    return _mean(within)


def row_correlations(x: np.ndarray, y: np.ndarray, least: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Pearson correlation of each row of x with that of y, and its number of pairs.

    x, y: respondents x pairs. nan where fewer than `least` pairs have both values, or one
    side does not vary.
    """
    both = ~(np.isnan(x) | np.isnan(y))
    count = both.sum(axis=1)
    n = np.maximum(count, 1)
    x, y = np.where(both, x, 0.0), np.where(both, y, 0.0)
    x = np.where(both, x - (x.sum(axis=1) / n)[:, None], 0.0)
    y = np.where(both, y - (y.sum(axis=1) / n)[:, None], 0.0)
    sxx, syy = (x * x).sum(axis=1), (y * y).sum(axis=1)
    # means of equal numbers leave dust of 1e-32 where there is no variance
    defined = (count >= least) & (sxx > 1e-12) & (syy > 1e-12)
    size = np.sqrt(np.where(defined, sxx * syy, 1.0))
    r = np.clip((x * y).sum(axis=1) / size, -1, 1)
    return np.where(defined, r, np.nan), count


def even_odd(turned: np.ndarray, scales: Sequence[Sequence[int]], least: int = 3) -> np.ndarray:
    """Even-odd consistency (Johnson 2005; Meade and Craig 2012; careless::evenodd with its sign
    turned, so that 1 is consistent).

    Within a person, the correlation over the scales of the means of the odd and of the even
    items, stepped up by Spearman-Brown, 2 r / (1 + r), and not below -1.
    turned: reverse-keyed items turned. scales: columns of each, two or more.
    """
    odd = np.column_stack([_mean(turned[:, list(k)[0::2]]) for k in scales])
    even = np.column_stack([_mean(turned[:, list(k)[1::2]]) for k in scales])
    r, _ = row_correlations(odd, even, least)
    low = r <= -1 / 3  # there 2 r / (1 + r) reaches -1
    return np.where(low, -1.0, 2 * r / (1 + np.where(low, 0.0, r)))


def pair_consistency(
    answers: np.ndarray, pairs: Sequence[tuple[int, int]], least: int = 3
) -> np.ndarray:
    """Psychometric synonyms or antonyms: a person's correlation over pairs of items that go
    together (or against each other) in the sample (Meade and Craig 2012; careless::psychsyn
    without its resampling)."""
    later, earlier = (list(part) for part in zip(*pairs, strict=True))
    return row_correlations(answers[:, later], answers[:, earlier], least)[0]


def person_total(
    answers: np.ndarray,
    total: np.ndarray,
    count: np.ndarray,
    member: np.ndarray,
    least: int = 3,
) -> np.ndarray:
    """Correlation of a person's answers with the means of all others' (Curran 2016); nan for
    fewer than `least` answers.

    total, count: sums and numbers of answers by item in the reference sample. member:
    whether a row is part of that sample, so that its own answers have to be left out.
    """
    own = member[:, None] & ~np.isnan(answers)
    others = count - own
    sums = total - np.where(own, answers, 0.0)
    means = np.where(others > 0, sums / np.maximum(others, 1), np.nan)
    return row_correlations(answers, means, least)[0]


def mahalanobis(
    answers: np.ndarray, mean: np.ndarray, precision: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Squared Mahalanobis distance of what each person answered, and its degrees of freedom.

    The distance in the answered items o alone, d_o' inv(S_oo) d_o, on as many degrees of
    freedom as there are answers: each pattern of missing answers has its own. With K the
    inverse of the whole S, inv(S_oo) = K_oo - K_om inv(K_mm) K_mo, so that a person costs a
    system in the missing items or in the answered ones, whichever are fewer.
    mean: items. precision: items x items.
    """
    seen = ~np.isnan(answers)
    d = np.where(seen, answers - mean, 0.0)
    u = d @ precision
    distance = (d * u).sum(axis=1)
    df = seen.sum(axis=1)
    missing = answers.shape[1] - df
    for m in np.unique(missing[missing > 0]):
        rows = np.flatnonzero(missing == m)
        if m == answers.shape[1]:
            distance[rows] = np.nan
            continue
        at = np.nonzero(~seen[rows])[1].reshape(len(rows), m)
        block = precision[at[:, :, None], at[:, None, :]]
        right = np.take_along_axis(u[rows], at, axis=1)
        solved = np.linalg.solve(block, right[:, :, None])[:, :, 0]
        distance[rows] -= (right * solved).sum(axis=1)
    return np.maximum(distance, 0.0), df


def contradictions(
    answers: np.ndarray,
    middle: np.ndarray,
    scales: Sequence[tuple[Sequence[int], Sequence[int]]],
) -> tuple[np.ndarray, np.ndarray]:
    """Number of pairs of a keyed and a reverse-keyed item of one scale that a person answered
    on the same side of the middle, and number of pairs answered (misresponse to reversed
    items; Swain, Weathers and Niedrich 2008).

    answers: before reverse-keyed items are turned. middle: of each item's answer scale.
    scales: for each, the columns keyed and those reverse-keyed. The middle itself contradicts
    nothing.
    """
    same, all_pairs = np.zeros(len(answers), dtype=int), np.zeros(len(answers), dtype=int)
    above, below, seen = answers > middle, answers < middle, ~np.isnan(answers)
    for keyed, turned in scales:
        keyed, turned = list(keyed), list(turned)
        for side in (above, below):
            same += side[:, keyed].sum(axis=1) * side[:, turned].sum(axis=1)
        all_pairs += seen[:, keyed].sum(axis=1) * seen[:, turned].sum(axis=1)
    return same, all_pairs


def _mean(x: np.ndarray) -> np.ndarray:
    """Mean of each row without its nan; nan for a row without values."""
    seen = ~np.isnan(x)
    count = seen.sum(axis=1)
    return np.where(count, np.where(seen, x, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
