"""Rules on the pattern of a person's answers: invariability, inconsistency, outliers.

Each takes the answers of one group (a Block) and a threshold, and returns findings or why the
group's answers do not allow the rule: 'few_scales: 6 of 10' where ten are needed, 'singular'.

Which family: longstring and a low IRV see the same thing, one answer again and again
(invariability). Even-odd consistency, synonyms, antonyms, reversed pairs and the spread
within scales see answers that contradict each other (inconsistency); a straight line does
that too wherever items are reversed, so that inconsistency beside invariability is no second
sign (findings.SAME_CAUSE). Mahalanobis distance and person-total correlation see answers
unlike those of the others (outlier).
"""

import math

import numpy as np
import pandas as pd

from surveysem.cleaning import indices
from surveysem.cleaning.block import Block
from surveysem.cleaning.findings import beyond
from surveysem.cleaning.moments import item_pairs
from surveysem.sem.distributions import chi_square_sf

Found = pd.DataFrame | str


def tail(values: np.ndarray, reference: np.ndarray, share: float) -> float:
    """The value that the lowest `share` of the reference sample does not exceed: its k-th
    lowest, k = the whole part of share x n; -inf where that is none. nan do not count."""
    known = np.sort(values[reference & ~np.isnan(values)])
    k = int(share * len(known) + 1e-9)
    return float(known[k - 1]) if k else -np.inf


def longstring(block: Block, share: float) -> Found:
    """One identical answer over at least a `share` of the items answered (Johnson 2005). Where
    answer scales differ, the same place on them counts as the same answer."""
    counts = block.each(
        lambda x: np.column_stack(
            [indices.longest_runs(block.alike(x)), (~np.isnan(x)).sum(axis=1)]
        )
    )
    run, count = counts.T
    wrong = (run > 1) & (run / np.maximum(count, 1) >= share)  # one answer alone is no run
    full = np.full(len(counts), "", dtype=object)
    full[wrong] = [f"{r} of {n}" for r, n in counts[wrong]]
    threshold = f"run < {share:g} of the items answered"
    return beyond(block.index, full, wrong, "longstring", "invariability", threshold, "{}")


def _levelled(values: np.ndarray) -> np.ndarray:
    """Values without the dust of rounding, so that equal ones fall on one side of a cut."""
    return np.round(values, 10)


def low_irv(block: Block, share: float) -> Found:
    """Among the lowest `share` of the group in intra-individual response variability, the
    standard deviation of all answers as given (Dunn et al. 2018)."""
    irv = _levelled(block.each(lambda x: indices.spread(block.alike(x))))
    cut = tail(irv, block.reference, share)
    if cut == -np.inf:
        return _few("respondents", _known(irv, block), _least(share))
    with np.errstate(invalid="ignore"):
        wrong = irv <= cut
    threshold = f"IRV > {cut:.4g}, the group's lowest {share:.3g}"
    return beyond(block.index, irv, wrong, "irv_low", "invariability", threshold, "{:.4g}")


def high_item_sd(block: Block, share: float) -> Found:
    """Among the highest `share` of the group in inter-item standard deviation, the mean
    spread within scales once items are turned (Marjanovic et al. 2015)."""
    scales = block.long_scales
    if not scales:
        return _few("scales", 0, 1)
    isd = _levelled(block.each(lambda x: indices.inter_item_sd(block.turned(x), scales)))
    cut = -tail(-isd, block.reference, share)
    if cut == np.inf:
        return _few("respondents", _known(isd, block), _least(share))
    with np.errstate(invalid="ignore"):
        wrong = isd >= cut
    threshold = f"spread within scales < {cut:.4g}, the group's highest {share:.3g}"
    return beyond(block.index, isd, wrong, "item_sd_high", "inconsistency", threshold, "{:.4g}")


def even_odd(block: Block, least_r: float, least: int) -> Found:
    """Even-odd consistency below `least_r` (Johnson 2005; Meade and Craig 2012), over
    `least` scales or more."""
    scales = block.long_scales
    if len(scales) < least:
        return _few("scales", len(scales), least)
    r = block.each(lambda x: indices.even_odd(block.turned(x), scales, least))
    threshold = f"even-odd consistency >= {least_r:g}"
    return beyond(block.index, r, _below(r, least_r), "even_odd", "inconsistency", threshold)


def synonyms(block: Block, least_r: float, critical: float, least: int) -> Found:
    """Correlation over psychometric synonyms (pairs of items that correlate above `critical`
    in the group) below `least_r`, over `least` pairs or more (Meade and Craig 2012)."""
    pairs = _pairs(block, critical, least)
    if isinstance(pairs, str):
        return pairs
    r = block.each(lambda x: indices.pair_consistency(block.alike(x), pairs, least))
    threshold = f"correlation over {len(pairs)} synonyms >= {least_r:g}"
    return beyond(block.index, r, _below(r, least_r), "synonyms", "inconsistency", threshold)


def antonyms(block: Block, most_r: float, critical: float, least: int) -> Found:
    """Correlation over psychometric antonyms (pairs of items that correlate below `critical`
    in the group) above `most_r`, over `least` pairs or more (Johnson 2005)."""
    pairs = _pairs(block, critical, least)
    if isinstance(pairs, str):
        return pairs
    r = block.each(lambda x: indices.pair_consistency(block.alike(x), pairs, least))
    threshold = f"correlation over {len(pairs)} antonyms <= {most_r:g}"
    return beyond(block.index, r, _below(-r, -most_r), "antonyms", "inconsistency", threshold)


def _pairs(block: Block, critical: float, least: int) -> list[tuple[int, int]] | str:
    """Pairs of items that go together in the group, or why they cannot be known."""
    few = _few_for_correlations(block)
    if few:
        return few
    pairs = item_pairs(block.moments.correlation, critical)
    return pairs if len(pairs) >= least else _few("pairs", len(pairs), least)


def reversed_pairs(block: Block, most: float, least: int) -> Found:
    """More than a share `most` of the pairs of a keyed and a reverse-keyed item of one scale
    answered on the same side of the middle (Swain et al. 2008), of `least` pairs or more."""
    scales = block.mixed_scales
    possible = sum(len(keyed) * len(turned) for keyed, turned in scales)
    if possible < least:
        return _few("pairs", possible, least)
    middle = (block.low + block.high) / 2
    count = block.each(lambda x: np.column_stack(indices.contradictions(x, middle, scales)))
    same, pairs = count.T
    share = same / np.maximum(pairs, 1)
    wrong = (pairs >= least) & (share > most)
    full = np.full(len(share), "", dtype=object)
    full[wrong] = [f"{s} of {n}" for s, n in count[wrong]]
    threshold = f"share of reversed pairs contradicted <= {most:g}"
    return beyond(block.index, full, wrong, "reversed_pairs", "inconsistency", threshold, "{}")


def person_total(block: Block, least_r: float, least: int) -> Found:
    """Correlation with the item means of the others below `least_r` (Curran 2016), over
    `least` items or more."""
    p = block.answers.shape[1]
    if p < least:
        return _few("items", p, least)
    m = block.moments
    r = np.concatenate(
        [
            indices.person_total(
                block.alike(x),
                block.alike(m.mean[None, :])[0] * m.count,
                m.count,
                block.reference[part],
                least,
            )
            for part, x in block.pieces()
        ]
    )
    threshold = f"person-total correlation >= {least_r:g}"
    return beyond(block.index, r, _below(r, least_r), "person_total", "outlier", threshold)


def mahalanobis(block: Block, p_value: float) -> Found:
    """Squared Mahalanobis distance from the group's means with a chi-square p below `p_value`
    (Meade and Craig 2012).

    Means and covariances are those of all available answers; a person's distance is that of
    the items answered, on as many degrees of freedom.
    """
    few = _few_for_correlations(block)
    if few:
        return few
    precision = block.moments.precision
    if precision is None:
        return "singular"
    mean = block.moments.mean
    d2, df = block.each(lambda x: np.column_stack(indices.mahalanobis(x, mean, precision))).T
    p_of = chi_square_sf(d2, np.maximum(df, 1))
    threshold = f"p of Mahalanobis distance >= {p_value:g}"
    return beyond(block.index, p_of, _below(p_of, p_value), "mahalanobis", "outlier", threshold,
                  "{:.2g}")  # fmt: skip


def _few(what: str, found: int, needed: int) -> str:
    """Why a rule is silent: too few of something."""
    return f"few_{what}: {found} of {needed}"


def _few_for_correlations(block: Block) -> str:
    """Why a group is too small to say which items go together: with fewer than two respondents
    an item, many pairs correlate highly by chance."""
    n, p = int(block.reference.sum()), block.answers.shape[1]
    return _few("respondents", n, 2 * p) if n < 2 * p else ""


def _known(values: np.ndarray, block: Block) -> int:
    """How many of the reference sample have a value."""
    return int((block.reference & ~np.isnan(values)).sum())


def _least(share: float) -> int:
    """How many respondents a group needs for its tail of `share` to hold one."""
    return math.ceil(1 / share - 1e-9)


def _below(values: np.ndarray, cut: float) -> np.ndarray:
    """Whether a value is known and below the cut."""
    with np.errstate(invalid="ignore"):
        return values < cut
