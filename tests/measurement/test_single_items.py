"""A construct of one ordinal item: a model that is identified, and that holds nothing equal."""

import numpy as np
import pandas as pd
import pytest

from surveysem.measurement import invariance
from surveysem.measurement.ladder import Groups
from surveysem.models import ESTIMATORS, measurement_text, structure_text
from surveysem.sem import fit

CUTS = (-0.9, 0.0, 0.9)
FACTORS = {"F": ["a0", "a1", "a2", "a3"], "G": ["b"]}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Four items of F and one of G in four categories, a correlation of .6; two groups."""
    rng, n = np.random.default_rng(1), 800
    f = rng.standard_normal((n, 1))
    g = 0.6 * f + 0.8 * rng.standard_normal((n, 1))
    answers = np.hstack([0.8 * f + 0.6 * rng.standard_normal((n, 4)), g])
    out = pd.DataFrame(np.searchsorted(CUTS, answers), columns=[*FACTORS["F"], "b"])
    return out.assign(group=np.where(np.arange(n) < n // 2, "x", "y"))


def standardised(found, op: str) -> tuple[float, float]:
    rows = found.standardized()
    row = rows[(rows["op"] == op) & (rows["lhs"] != rows["rhs"]) & ~rows["rhs"].str.startswith("t")]
    row = row[row["rhs"].isin(["F", "G", "b"])].iloc[0]
    return row["est"], row["se"]


def test_it_is_the_item_itself(table):
    """The factor's correlation with the item's latent response, which needs no second factor."""
    item = fit("F =~ a0 + a1 + a2 + a3\nF ~~ b\n", table, **ESTIMATORS["WLSMV"])
    text = measurement_text(FACTORS, ordinal=True)
    for more, op in (({"std_lv": True}, "~~"), ({}, "~")):
        paths = structure_text({"G": [("H1", "F")]}) if op == "~" else ""
        found = fit(text + paths, table, **ESTIMATORS["WLSMV"], **more)
        assert found.admissible
        assert found.df == item.df
        assert found.chisq == pytest.approx(item.chisq, rel=1e-8)
        assert standardised(found, op) == pytest.approx(standardised(item, "~~"), rel=1e-6)


def test_no_level_holds_anything_of_it_equal(table):
    both = Groups(table, FACTORS, ["x", "y"], "WLSMV")
    alone = Groups(table, {"F": FACTORS["F"]}, ["x", "y"], "WLSMV")
    for level in both.steps:
        found = both.fit(level)
        assert not found.reason
        assert found.fit.df - alone.fit(level).fit.df == 6  # 4 - 1 correlations a group
    tables = invariance.assess(both).tables
    assert set(tables["latent_means"]["construct"]) == {"F"}
    said = tables["comparable"].set_index("construct").loc["G"]
    assert (said["means"], said["reason"]) == ("no", "one_item")
