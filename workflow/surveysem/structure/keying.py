"""Items whose keying the data contradict: they stop the models that use them."""

import pandas as pd

from surveysem.asked import EVERYONE


def contradicted(items: pd.DataFrame) -> list[str]:
    """Items whose item-rest correlation lies below zero with its whole 95 % interval.

    items: the table reliability/items.csv of a wave. The whole sample decides where there
    is one; a group alone only for scales that no other group was asked.
    """
    rest = items[items["statistic"] == "item_rest"]
    whole = rest[rest["group"] == EVERYONE]
    alone = rest[~rest["scale"].isin(whole["scale"])]
    table = pd.concat([whole, alone])
    return list(dict.fromkeys(table.loc[table["ci_upper"] < 0, "item"]))
