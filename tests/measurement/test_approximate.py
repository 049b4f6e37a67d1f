"""Tables of aligned scales: recovery, on data whose truth is known, and edges in words."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from surveysem.measurement import alignment, approximate, invariance
from surveysem.measurement.ladder import Groups
from surveysem.measurement.scales import in_one_wave, over_waves
from surveysem.sem import simulate

FIVE = [f"y{k}" for k in range(1, 6)]
MEANS, VARIANCES = np.array([0, 0.3, -0.2, 0.5, 0.1]), np.array([1, 1.2, 0.8, 1, 0.9])


def answers(seed: int, n: int, shift: float, groups: int = 5) -> pd.DataFrame:
    """Five items; in the last group the third one's intercept is higher."""
    parts = []
    for g in range(groups):
        text = "f =~ .7*y1 + .7*y2 + .8*y3 + .7*y4 + .7*y5\n"
        text += f"f ~~ {VARIANCES[g]}*f\nf ~ {MEANS[g]}*1\n"
        text += f"y3 ~ {shift * (g == groups - 1)}*1\n" + "\n".join(f"{y} ~~ .5*{y}" for y in FIVE)
        parts.append(simulate(text, n, 10 * seed + g).assign(group=f"g{g}"))
    data = pd.concat(parts, ignore_index=True)
    return data.assign(respondent=[str(k) for k in range(len(data))])


def aligned(data: pd.DataFrame, estimator: str = "MLR", items=FIVE, changed=()) -> pd.DataFrame:
    names = list(data["group"].unique())
    design = Groups(data, {"f": items}, names, estimator, changed=changed)
    return approximate.assess(design, invariance.assess(design), names)


def aligned_without_ladder(data: pd.DataFrame, items) -> pd.DataFrame:
    """The same where it is known that the higher levels fail; to fit them takes minutes."""
    names = list(data["group"].unique())
    design = Groups(data, {"f": items}, names, "MLR")
    rung = SimpleNamespace(full=design.fit("configural"))
    rejected = pd.DataFrame({"construct": ["f"], "means": ["no"]})
    ladder = SimpleNamespace(
        found=SimpleNamespace(rung=lambda level: rung), tables={"comparable": rejected}
    )
    return approximate.assess(design, ladder, names)


def test_the_means_come_back_and_the_item_that_differs_is_named():
    means, named = [], []
    for seed in range(4):
        table = aligned(answers(seed, 500, 0.6))
        means.append(table.loc[table["statistic"] == "mean", "est"].to_numpy())
        own = table[table["differs"] == 1]
        named += list(zip(own["parameter"], own["item"], own["member"], strict=True))
    assert np.mean(means, axis=0) == pytest.approx(MEANS, abs=0.1)
    assert named.count(("intercept", "y3", "g4")) == 4
    assert len(named) <= 5


def test_the_table_says_how_much_differs_and_how_much_is_explained():
    data = answers(1, 500, 0.6)
    table = aligned(data).set_index(["statistic", "parameter", "item"]).sort_index()
    assert table.loc["share_differing"]["est"].item() == 1 / 50
    assert table.loc["share_differing"]["note"].item() == ""
    spread = table.loc[("r2", "intercept"), "est"]
    assert spread["y3"] < 0.6 < spread.drop("y3").min()
    for kind in ("loading", "location"):
        agreeing, starts = map(int, table.loc[("loss", kind), "note"].item().split("/"))
        assert 1 <= agreeing <= starts == 7
    first = table.loc["mean"].query("member == 'g0'")
    assert (first["est"].item(), first["se"].item()) == (0, 0)


def test_many_differences_are_not_to_be_trusted():
    data, rng = answers(2, 500, 0.0), np.random.default_rng(1)
    for g in range(5):
        own = data["group"] == f"g{g}"
        data.loc[own, FIVE] = data.loc[own, FIVE] * np.exp(rng.normal(0, 0.5, 5))
        data.loc[own, FIVE] += rng.normal(0, 2, 5)
    table = aligned_without_ladder(data, FIVE)
    row = table[table["statistic"] == "share_differing"].iloc[0]
    assert row["est"] > 0.25
    assert row["note"] == "untrustworthy"


def test_thresholds_are_aligned_as_intercepts_are():
    data = answers(3, 500, 0.8, groups=3)
    data[FIVE] = np.searchsorted([-0.7, 0.7], data[FIVE]).astype(float)
    table = aligned(data, "WLSMV")
    means = table.loc[table["statistic"] == "mean", "est"].to_numpy()
    assert means == pytest.approx(MEANS[:3], abs=0.2)
    own = table[table["differs"] == 1]
    assert {*zip(own["item"], own["member"], strict=True)} == {("y3", "g2")}
    moved = table[table["parameter"].eq("t1") & table["item"].eq("y3")].set_index("member")["est"]
    assert moved["g2"] < moved["g0"] - 0.5  # higher answers: lower thresholds


def test_a_factor_s_direction_in_a_group_does_not_matter():
    data = answers(1, 300, 0.6, groups=3)
    design = Groups(data, {"f": FIVE}, ["g0", "g1", "g2"], "MLR")
    fit = design.fit("configural").fit
    x, _, _ = approximate.configural(design, fit, "f")
    turned = fit.values.copy()
    for k, row in enumerate(fit.table.rows):
        if row.group == 2 and row.op == "=~":
            turned[k] *= -1
    fit.__dict__["values"] = turned
    y, _, _ = approximate.configural(design, fit, "f")
    assert (y.loadings == x.loadings).all()


# Edges ------------------------------------------------------------------------------------------------


def reason(table: pd.DataFrame) -> str:
    assert table["statistic"].tolist() == ["not_computed"]
    return table["note"].item()


def heywood() -> pd.DataFrame:
    """The first item's loading squared is .7 .7 / .3, more than its variance."""
    correlations = [[1, 0.7, 0.7], [0.7, 1, 0.3], [0.7, 0.3, 1]]
    found = np.random.default_rng(1).multivariate_normal(np.zeros(3), correlations, 600)
    return pd.DataFrame(found, columns=FIVE[:3]).assign(group=["g0", "g1", "g2"] * 200)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: aligned(answers(1, 300, 0.6, groups=2)), "too_few_groups: 2"),
        (lambda: aligned(answers(1, 300, 0.0, groups=3)), "scalar_holds"),
        (lambda: aligned_without_ladder(heywood(), FIVE[:3]), "inadmissible"),
        (lambda: aligned(answers(1, 300, 0.6, groups=3), items=FIVE[:4], changed=["y1", "y2"]),
         "too_few_items: 2"),
        (lambda: aligned(answers(1, 300, 0.6, groups=3).assign(y1=lambda d: d["y2"])),
         "not_fitted"),
    ],
)  # fmt: skip
def test_what_is_not_aligned_ends_in_words(make, said):
    assert reason(make()).startswith(said)


def test_a_group_without_data_ends_in_words():
    data = answers(1, 200, 0.6, groups=3)
    names = ["g0", "g1", "g2", "g3"]
    design = Groups(data, {"f": FIVE}, names, "MLR")
    table = approximate.assess(design, invariance.assess(design), names)
    assert reason(table) == "no_data: g3"


def test_without_a_minimum_nothing_is_told(monkeypatch):
    monkeypatch.setattr(alignment, "align", lambda x: SimpleNamespace(converged=False))
    assert reason(aligned(answers(1, 300, 0.6, groups=3))) == "no_minimum"


@pytest.mark.parametrize("items", [FIVE, FIVE[:2]])
def test_scales_of_a_wave_are_aligned(items):
    data = answers(1, 400, 0.6, groups=3)
    received = pd.DataFrame({"respondent": data["respondent"], "language": ""})
    entry = {"scale": "F", "groups": ["g0", "g1", "g2"], "items": items,
             "categories": dict.fromkeys(items, 7)}  # fmt: skip
    found = in_one_wave(
        data, received, wave="w", scales=[entry], estimator="MLR", by=["group"]
    )["alignment"]  # fmt: skip
    assert set(found["scale"]) == {"F"}
    if len(items) < 3:
        assert reason(found) == "too_few_items: 2"
    else:
        assert found.loc[found["differs"] == 1, ["item", "member"]].values.tolist() == [
            ["y3", "g2"]
        ]


@pytest.mark.parametrize("same_people", [True, False])
@pytest.mark.parametrize("changed", [{}, {"w1": ["y5"]}])
def test_waves_are_aligned_under_their_names(same_people, changed):
    data = answers(1, 400, 0.6, groups=3)
    tables = {
        f"w{g}": part.assign(group="all", respondent=[f"r{k}" for k in range(len(part))])
        for g, (_, part) in enumerate(data.groupby("group"))
    }
    entry = {"scale": "F", "group": "all", "items": FIVE, "categories": dict.fromkeys(FIVE, 7),
             "waves": {w: FIVE[:4] if same_people and w == "w0" else FIVE for w in tables}}  # fmt: skip
    found = over_waves(
        tables, scales=[entry], estimator="MLR", panel=same_people, changed=changed
    )["alignment"]  # fmt: skip
    assert found.loc[found["differs"] == 1, ["item", "member"]].values.tolist() == [["y3", "w2"]]
    assert found.loc[found["statistic"] == "mean", "member"].tolist() == ["w0", "w1", "w2"]
    seen = found[found["item"].eq("y5") & found["parameter"].eq("loading")]["member"].tolist()
    asked = ["w1", "w2"] if same_people else ["w0", "w1", "w2"]
    assert [m for m in seen if m] == ([] if changed else asked)
