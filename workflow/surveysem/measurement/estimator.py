"""Which estimator suits a model's answers: chosen once for all groups and waves."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

FEW, SKEWED = 4, 2.0
COLUMNS = ["kind", "name", "estimator", "alternative", "reason", "item", "wave", "group", "value"]
OTHER = {"WLSMV": "MLR", "MLR": "WLSMV", "ML": "WLSMV"}


def choose(moments: pd.DataFrame, items: Mapping[str, int], asked: str) -> dict:
    """The estimator of one model, the one shown beside it, and why.

    moments: item, wave, group, skew of the answers. items: number of an item's answer
    categories. asked: of config.yaml, or `auto`: WLSMV where an item has four categories or
    fewer (Rhemtulla, Brosseau-Liard and Savalei 2012, Psychological Methods 17, 354-373) or
    an absolute skew above 2 in some group and wave (West, Finch and Curran 1995; conventions,
    not laws); otherwise MLR with full information. reason: configured, few_categories, skew or
    continuous, with the item that decided and its value.
    """
    found = {"item": "", "wave": "", "group": "", "value": np.nan}
    if asked != "auto":
        return {"estimator": asked, "alternative": OTHER[asked], "reason": "configured", **found}
    few = {item: count for item, count in items.items() if count <= FEW}
    if few:
        item = min(few, key=few.get)
        found |= {"item": item, "value": float(few[item])}
        return {"estimator": "WLSMV", "alternative": "MLR", "reason": "few_categories", **found}
    own = moments[moments["item"].isin(list(items))].dropna(subset=["skew"])
    if own.empty:
        return {"estimator": "MLR", "alternative": "WLSMV", "reason": "continuous", **found}
    top = own.loc[own["skew"].abs().idxmax()]
    found = {"item": top["item"], "wave": top["wave"], "group": top["group"], "value": top["skew"]}
    if abs(top["skew"]) > SKEWED:
        return {"estimator": "WLSMV", "alternative": "MLR", "reason": "skew", **found}
    return {"estimator": "MLR", "alternative": "WLSMV", "reason": "continuous", **found}


def estimators(
    parts: Sequence[pd.DataFrame],
    models: Mapping[str, Mapping],
    scales: Mapping[str, Mapping[str, int]],
) -> pd.DataFrame:
    """Choices of every model and of every scale by itself, COLUMNS.

    parts: description's items.csv of each wave. models: name to `items`, `asked` and `groups`;
    scales: construct to its items with their categories.
    """
    moments = pd.concat(parts, ignore_index=True)
    rows = []
    for name, model in models.items():
        own = moments[moments["group"].isin(model["groups"])]
        rows.append({"kind": "model", "name": name, **choose(own, model["items"], model["asked"])})
    for name, items in scales.items():
        rows.append({"kind": "scale", "name": name, **choose(moments, items, "auto")})
    return pd.DataFrame(rows, columns=COLUMNS)
