"""How much do clusters cost? ICC(1) and design effect of each item and scale, by group."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import members, parts
from surveysem.description.oneway import oneway
from surveysem.description.wave import was_asked
from surveysem.tables import values

COLUMNS = ["wave", "group", "kind", "name", "n", "clusters", "size_min", "size_median",
           "size_max", "icc", "ci_lower", "ci_upper", "deff", "note"]  # fmt: skip
FEW = 50  # clusters: below, intervals and cluster-robust errors are too narrow (Maas and Hox 2005)


def cluster_table(
    table: pd.DataFrame,
    wave: str,
    items: Mapping[str, Mapping],
    groups: Sequence[str],
    scales: Sequence[Mapping],
) -> pd.DataFrame:
    """Intraclass correlation and design effect by group: COLUMNS.

    Respondents whose cluster is not known are left out. deff is that of the mean of the item
    or scale. note: `few_clusters` (fewer than FEW), or why there is no estimate: `nobody`,
    `one_cluster`, `singles` (no cluster has two respondents), `constant`.
    """
    rows = []
    for group, part in parts(table, groups):
        known, cluster = _clustered(part)
        for name in (name for name, item in items.items() if was_asked(item, group)):
            x = known[name].to_numpy(float)
            rows.append(_row((wave, group, "item", name), x, cluster))
    for entry in scales:
        known, cluster = _clustered(members(table, entry["groups"]))
        x = values(known, entry["items"]).mean(axis=1)
        rows.append(_row((wave, entry["group"], "scale", entry["scale"]), x, cluster))
    return pd.DataFrame(rows, columns=COLUMNS)


def _clustered(part: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Respondents whose cluster is known, and its number: sorting names takes far longer."""
    known = part[part["cluster"] != ""]
    return known, pd.factorize(known["cluster"])[0]


def _row(head: tuple, x: np.ndarray, cluster: np.ndarray) -> tuple:
    answered = ~np.isnan(x)
    found, why = oneway(x[answered], cluster[answered])
    sizes = np.unique(cluster[answered], return_counts=True)[1]
    about = (
        (int(sizes.min()), float(np.median(sizes)), int(sizes.max())) if len(sizes) else (0, 0, 0)
    )
    head = (*head, int(answered.sum()), len(sizes), *about)
    if found is None:
        return (*head, *(np.nan,) * 4, {"one_unit": "one_cluster"}.get(why, why))
    note = "few_clusters" if len(sizes) < FEW else ""
    return (*head, found.icc1, *found.icc1_interval(), found.design_effect(), note)
