"""All tables that describe one wave."""

from collections.abc import Mapping, Sequence

import pandas as pd

from surveysem.description import agreement, clusters, informants, missing, response
from surveysem.description.answers import answer_table
from surveysem.description.correlations import correlation_table
from surveysem.description.differences import group_differences
from surveysem.description.mcar import mcar_table
from surveysem.description.normality import normality_table
from surveysem.description.wave import item_table, scale_table


def described(
    clean: pd.DataFrame,
    *,
    received: pd.DataFrame,
    reasons: pd.DataFrame,
    fates: pd.DataFrame,
    decisions: pd.DataFrame,
    wave: str,
    groups: Sequence[str],
    items: Mapping[str, Mapping],
    scales: Sequence[Mapping],
    takes_part: Mapping[str, float],
    asked: Mapping,
) -> dict[str, pd.DataFrame]:
    """Tables of items, scales, answers, missing answers and of who took part.

    clean: the analysed respondents; received: all rows; reasons: why answers are missing; fates,
    decisions: of cleaning. The rest: of study.respondents.description.
    """
    table = missing.located(clean, fates)
    left_out = response.not_respondents(decisions)
    seen = response.participation(received, items, groups, left_out, **takes_part)
    rates, counts = response.response_tables(seen, wave, groups, **asked)
    return {
        "by_item": item_table(table, wave, items, groups),
        "by_scale": scale_table(table, wave, items, scales),
        "answers": answer_table(table, wave, items, groups),
        "missing": missing.missing_table(table, wave, items, groups, reasons),
        "reasons": missing.reason_table(table, wave, groups, reasons),
        "patterns": missing.pattern_table(table, wave, items, groups),
        "mcar": mcar_table(table, wave, items, groups, scales),
        "response": rates,
        "dispositions": counts,
    }


def related(
    clean: pd.DataFrame,
    *,
    wave: str,
    groups: Sequence[str],
    items: Mapping[str, Mapping],
    scales: Sequence[Mapping],
    pairs: Sequence[Mapping],
    cluster: bool,
    project: bool,
) -> dict[str, pd.DataFrame]:
    """Tables of how answers go with each other, with groups, clusters and projects.

    What is keyed by clusters or projects is empty where respondents name none. The arguments: of
    study.respondents.relations.
    """
    named, clustered = (items, scales) if cluster else ({}, [])
    judged, judges = (scales, pairs) if project else ([], [])
    return {
        "correlations": correlation_table(clean, wave, items, groups, scales),
        "normality": normality_table(clean, wave, items, groups, scales),
        "differences": group_differences(clean, wave, pairs, scales),
        "clusters": clusters.cluster_table(clean, wave, named, groups, clustered),
        "agreement": agreement.agreement_table(clean, wave, items, judged),
        "informants": informants.informant_table(clean, wave, judges),
    }
