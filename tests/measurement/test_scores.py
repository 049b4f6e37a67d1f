"""Tables of factor scores and determinacy: who is scored, by what, and how well."""

import numpy as np
import pandas as pd
import pytest

from reference_data import FOLDER
from surveysem.measurement.scores import COLUMNS, methods, scored
from surveysem.measurement.wave import SCORE_COLUMNS, measure, prepared
from surveysem.models import attempt, measurement_text
from surveysem.sem import posteriormean

HS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
SCHOOLS = ["Pasteur", "Grant-White"]
ITEMS = [item for own in HS.values() for item in own]


def schools() -> pd.DataFrame:
    table = pd.read_csv(FOLDER / "measurement" / "holzinger_swineford.csv")
    table = table.rename(columns={"school": "group"})
    table.insert(0, "respondent", [f"r{k:03}" for k in range(len(table))])
    return table


def measured(table, factors, groups, estimator):
    categories = {item: 5 for own in factors.values() for item in own}
    found = measure(table, model="m", wave="w", groups=groups, estimator=estimator,
                    factors=factors, categories=categories)  # fmt: skip
    for name, columns in SCORE_COLUMNS.items():
        assert found[name].columns.tolist() == columns == ["model", "wave", *COLUMNS[name]]
    return found["scores"], found["determinacy"]


def scored_by(estimator, table, factors=HS, groups=SCHOOLS):
    """The tables of one factor model, as `measure` makes them, without all that it does beside."""
    design = prepared(table, factors, groups, estimator)
    found = scored(design.fit("configural"), design.table, groups)
    assert {name: list(frame) for name, frame in found.items()} == COLUMNS
    return found["scores"], found["determinacy"]


@pytest.fixture(scope="module")
def continuous():
    table = schools()
    table.loc[3, "x2"] = np.nan
    table.loc[5, ITEMS] = np.nan
    return table, *scored_by("ML", table.sample(frac=1, random_state=1))


def simulated(n=3000, seed=1, factors=2):
    """Five-point answers to three items a factor, and the factors."""
    rng = np.random.default_rng(seed)
    F = rng.multivariate_normal(np.zeros(factors), 0.5 * np.eye(factors) + 0.5, n)
    L = np.repeat(np.eye(factors), 3, axis=0) * np.tile([0.8, 0.7, 0.6], factors)[:, None]
    y = F @ L.T + np.sqrt(1 - (L**2).sum(axis=1)) * rng.standard_normal((n, 3 * factors))
    table = pd.DataFrame(np.searchsorted([-1.2, -0.4, 0.5, 1.3], y).astype(float),
                         columns=[f"y{j}" for j in range(3 * factors)])  # fmt: skip
    table["respondent"], table["group"] = [f"p{k}" for k in range(n)], "north"
    own = {f"F{k}": [f"y{3 * k + j}" for j in range(3)] for k in range(factors)}
    return table, own, F


def of(scores, respondent, construct, method):
    mine = scores[(scores["respondent"] == respondent) & (scores["construct"] == construct)
                  & (scores["method"] == method)]  # fmt: skip
    return mine.iloc[0]


def test_every_respondent_who_answered_is_scored_by_his_own_answers(continuous):
    table, scores, _ = continuous
    assert set(scores["method"]) == {"regression", "bartlett"}
    assert set(scores["respondent"]) == set(table["respondent"]) - {"r005"}
    keys = ["respondent", "construct", "method"]
    assert len(scores) == len(scores.drop_duplicates(keys)) == 300 * 3 * 2
    group = table.set_index("respondent")["group"]
    assert (scores["group"] == scores["respondent"].map(group)).all()
    for k, school in enumerate(SCHOOLS):  # each school alone, where order cannot mix rows up
        part = table[table["group"] == school]
        alone = attempt(measurement_text(HS), part, [school], std_lv=True).fit
        for name, method in (("regression", "regression"), ("bartlett", "Bartlett")):
            theirs = alone.factor_scores(method, data=part).set_axis(part["respondent"])
            errors = alone.factor_score_errors(method, data=part).set_axis(part["respondent"])
            for respondent in (*part["respondent"].head(3), "r003" if k == 0 else "r299"):
                if respondent not in theirs.index:
                    continue
                row = of(scores, respondent, "speed", name)
                assert row["score"] == pytest.approx(theirs.loc[respondent, "speed"], abs=1e-5)
                assert row["se"] == pytest.approx(errors.loc[respondent, "speed"], abs=1e-5)


def test_a_missing_answer_makes_a_score_less_sure(continuous):
    _, scores, _ = continuous
    other = scores[(scores["construct"] == "visual") & (scores["method"] == "regression")
                   & (scores["group"] == of(scores, "r003", "visual", "regression")["group"])]  # fmt: skip
    assert of(scores, "r003", "visual", "regression")["se"] > other["se"].median() + 0.002


def test_scores_have_no_group_means(continuous):
    """They say nothing of differences between groups, and docs/results.md says so."""
    _, scores, _ = continuous
    means = scores.groupby(["group", "construct", "method"])["score"].mean()
    assert (means.abs() < 0.02).all()


def test_determinacy_is_that_of_the_fit(continuous):
    table, _, found = continuous
    assert set(found["statistic"]) == {"determinacy", "least_correlation"}
    part = table[table["group"] == "Pasteur"]
    alone = attempt(measurement_text(HS), part, ["Pasteur"], std_lv=True).fit
    for method, name in (("regression", "regression"), ("bartlett", "Bartlett")):
        mine = found[(found["group"] == "Pasteur") & (found["method"] == method)
                     & (found["statistic"] == "determinacy")].set_index("construct")  # fmt: skip
        theirs = alone.factor_determinacy(name).iloc[0]
        for construct in HS:
            assert mine.loc[construct, "est"] == pytest.approx(theirs[construct], abs=1e-5)
            assert mine.loc[construct, "n"] == part[ITEMS].notna().any(axis=1).sum()
    rho = found[found["statistic"] == "determinacy"].set_index(["group", "construct", "method"])[
        "est"
    ]
    least = found[found["statistic"] == "least_correlation"]
    assert set(least["method"]) == {"regression"}
    for r in least.itertuples():
        expected = 2 * rho[r.group, r.construct, "regression"] ** 2 - 1
        assert r.est == pytest.approx(expected)
        assert rho[r.group, r.construct, "bartlett"] <= rho[r.group, r.construct, "regression"]


@pytest.mark.parametrize(("factors", "method"), [(2, "eap"), (4, "eap_each")])
def test_scores_of_ordinal_answers_correlate_with_the_factors_as_said(factors, method):
    table, own, F = simulated(factors=factors)
    scores, found = measured(table, own, ["north"], "WLSMV")
    assert set(scores["method"]) == set(found["method"]) == {method}
    wide = scores.pivot(index="respondent", columns="construct", values="score")
    wide = wide.loc[table["respondent"]]
    for k, construct in enumerate(own):
        rho = found[found["construct"] == construct]["est"].item()
        assert np.corrcoef(wide[construct], F[:, k])[0, 1] == pytest.approx(rho, abs=0.02)
    together = found["est"].mean()
    assert together > (0.84 if method == "eap" else 0.82)


def test_all_factors_together_tell_more_than_each_alone():
    table, own, _ = simulated(factors=2)
    fit = attempt(measurement_text(own), table, ["north"], estimator="WLSMV", std_lv=True).fit
    both = {m: fit.factor_score_errors(m, data=table) for m in ("EAP", "EAP_each")}
    assert (both["EAP"].mean() < both["EAP_each"].mean() - 0.01).all()
    assert methods(fit) == {"eap": "EAP"}


def test_factors_that_need_too_fine_a_grid_together_are_scored_each(monkeypatch):
    table, own, _ = simulated(factors=2)
    monkeypatch.setattr(posteriormean, "NODES", 200)
    scores, found = measured(table, own, ["north"], "WLSMV")
    assert set(scores["method"]) == {"eap_each"}
    why = found.loc[found["method"] == "eap", "note"]
    assert why.str.startswith("not_available: ").all()
    assert set(found["method"]) == {"eap", "eap_each"}


def test_an_inadmissible_model_has_no_scores():
    rng = np.random.default_rng(5)
    f = rng.standard_normal(80)
    table = pd.DataFrame({f"y{k}": f * (0.99 if k == 0 else 0.4) + 0.7 * rng.standard_normal(80)
                          for k in range(3)})  # fmt: skip
    table["y0"] = f + 0.02 * rng.standard_normal(80)
    table["y1"] = table["y0"] * 0.9 + table["y2"] * 0.5 + 0.01 * rng.standard_normal(80)
    table["respondent"], table["group"] = [f"p{k}" for k in range(80)], "north"
    scores, found = scored_by("ML", table, {"F": ["y0", "y1", "y2"]}, ["north"])
    assert len(scores) == 0
    assert found["statistic"].tolist() == ["not_computed"]
    assert found["note"].item().startswith(("inadmissible: ", "not_fitted: "))


def test_scores_of_a_group_without_answers_end_in_words():
    scores, found = scored_by("ML", schools().query("group == 'Pasteur'"))
    assert len(scores) == 0
    assert found["group"].tolist() == SCHOOLS
    assert set(found["note"]) == {"no_data: Grant-White"}
