"""Cronbach's alpha and item-rest correlations, against psych, pingouin and R."""

import numpy as np
import pandas as pd
import pingouin
import pytest

from reference_data import SCALES, frozen, holes, leadership
from surveysem.correlation import fisher_interval
from surveysem.reliability.classical import alpha, alpha_interval, item_rest, spearman_brown
from surveysem.reliability.wave import ITEM_COLUMNS, SCALE_COLUMNS, assess
from surveysem.structure.keying import contradicted

NAN = np.nan
CASES = frozen("reliability", "alpha")["cases"]
each_case = pytest.mark.parametrize("name", CASES)


def data(name: str) -> pd.DataFrame:
    """The answers of a frozen case."""
    if name == "two_items":
        return leadership(SCALES["TSIG"][:2], rows=300)
    if name == "wrongly_keyed":
        answers = leadership(SCALES["TSIG"], rows=300)
        return answers.assign(TSIG02=6 - answers["TSIG02"])
    scale, _, missing = name.partition("_")
    items = SCALES[scale]
    return holes(leadership(items, rows=300)) if missing else leadership(items)


def settings(items, answers: int = 9) -> dict:
    """What else `assess` is told; with nine answers nothing ordinal is computed."""
    return {"categories": dict.fromkeys(items, answers), "facets": {}, "draws": 100, "seed": 1}


def assessed(frame: pd.DataFrame, items=None):
    """Scale rows by statistic, and item rows by statistic and item, of one scale."""
    items = list(frame) if items is None else items
    entry = {"scale": "S", "group": "all", "groups": ["all"], "items": items}
    scales, by_item = assess(frame, "w1", [entry], **settings(items))
    assert scales.columns.tolist() == SCALE_COLUMNS
    assert by_item.columns.tolist() == ITEM_COLUMNS
    return scales.set_index("statistic"), by_item.set_index(["statistic", "item"])


def close(ours, theirs, tolerance=1e-9):
    """Equal within a tolerance, nan alike."""
    ours, theirs = np.array(ours, dtype=float), np.array(theirs, dtype=float)
    same_size = ours.shape == theirs.shape
    return same_size and np.allclose(ours, theirs, tolerance, tolerance, equal_nan=True)


# Against psych and R ------------------------------------------------------------------------


@each_case
def test_alpha_against_psych(name):
    scales, _ = assessed(data(name))
    assert scales.loc["alpha", "n"] == CASES[name]["n"]
    assert scales.loc["alpha", "items"] == len(CASES[name]["items"])
    assert close(scales.loc["alpha", "est"], CASES[name]["alpha"])


@each_case
def test_feldts_interval_against_psych(name):
    """psych::alpha.ci(), with n the complete respondents."""
    scales, _ = assessed(data(name))
    row = scales.loc["alpha"]
    assert row["ci_method"] == "Feldt"
    assert close(
        [row["ci_lower"], row["ci_upper"]], [CASES[name]["ci_lower"], CASES[name]["ci_upper"]]
    )


@each_case
def test_item_rest_correlation_against_psych(name):
    """r.drop of psych::alpha() on complete rows."""
    _, items = assessed(data(name))
    assert close(items.loc["item_rest", "est"], CASES[name]["r_drop"])
    assert set(items.loc["item_rest", "n"]) == {CASES[name]["n"]}


@each_case
def test_fishers_interval_against_cor_test(name):
    _, items = assessed(data(name))
    assert close(items.loc["item_rest", "ci_lower"], CASES[name]["r_lower"])
    assert close(items.loc["item_rest", "ci_upper"], CASES[name]["r_upper"])


@each_case
def test_alpha_without_an_item_against_psych(name):
    _, items = assessed(data(name))
    assert close(items.loc["alpha_if_deleted", "est"], CASES[name]["alpha_if_deleted"])


@each_case
def test_interval_of_alpha_without_an_item(name):
    """Feldt's, as psych::alpha.ci() gives it for the scale."""
    _, items = assessed(data(name))
    for row in items.loc["alpha_if_deleted"].dropna(subset="est").itertuples():
        expected = alpha_interval(row.est, CASES[name]["n"], len(CASES[name]["items"]) - 1)
        assert (row.ci_lower, row.ci_upper, row.ci_method) == (*expected, "Feldt")


@each_case
def test_mean_correlation(name):
    scales, _ = assessed(data(name))
    assert close(scales.loc["mean_r", "est"], CASES[name]["mean_r"])


@pytest.mark.parametrize("scale", SCALES)
def test_interval_against_pingouin_to_its_three_decimals(scale):
    answers = leadership(SCALES[scale], rows=300)
    est, theirs = pingouin.cronbach_alpha(answers)
    ours = alpha_interval(est, *answers.shape)
    np.testing.assert_array_equal(np.round(ours, 3), theirs)


@pytest.mark.parametrize("level", [0.90, 0.99])
def test_a_wider_level_gives_a_wider_interval(level):
    inner, outer = alpha_interval(0.8, 100, 5), alpha_interval(0.8, 100, 5, level)
    assert (outer[0] < inner[0] and inner[1] < outer[1]) == (level > 0.95)
    near, far = fisher_interval(0.4, 50), fisher_interval(0.4, 50, level)
    assert (far[0] < near[0] and near[1] < far[1]) == (level > 0.95)


# By hand --------------------------------------------------------------------------------------


def test_alpha_of_parallel_items_is_spearman_and_browns():
    """Two items of equal variance and correlation r: alpha = 2 r / (1 + r)."""
    answers = np.array([[1, 2], [2, 1], [3, 4], [4, 3], [5, 5.0]])
    r = np.corrcoef(answers.T)[0, 1]
    assert alpha(answers) == pytest.approx(2 * r / (1 + r), rel=1e-12)


def test_item_rest_by_hand():
    answers = np.array([[1, 2, 3], [2, 2, 4], [3, 5, 1], [4, 4, 5], [NAN, 1, 1], [5, 3, 5.0]])
    r, n = item_rest(answers, 1)
    assert n == 5
    assert r == pytest.approx(np.corrcoef([2, 2, 5, 4, 3], [4, 6, 4, 9, 10])[0, 1], rel=1e-12)


# Where it cannot be computed ---------------------------------------------------------------------

GOOD = [1.0, 2, 2, 3, 4, 4, 5, 1, 5, 3]
FAIR = [2.0, 1, 2, 3, 5, 4, 4, 1, 5, 2]
OTHER = [1.0, 3, 2, 2, 4, 5, 5, 2, 3, 3]


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=float)


def not_computed(answers):
    """The note of a scale without alpha."""
    scales, items = assessed(answers)
    row = scales.loc["alpha"]
    assert row[["est", "ci_lower", "ci_upper"]].isna().all()
    assert items.loc["alpha_if_deleted", "est"].isna().all()
    return row["note"]


def test_two_items():
    scales, items = assessed(frame(q1=GOOD, q2=FAIR))
    assert scales.loc["alpha", "est"] == pytest.approx(pingouin.cronbach_alpha(
        frame(q1=GOOD, q2=FAIR))[0])  # fmt: skip
    assert scales.loc["alpha", "note"].startswith("two items: alpha underestimates")
    r = np.corrcoef(GOOD, FAIR)[0, 1]
    assert items.loc["item_rest", "est"].tolist() == pytest.approx([r, r])
    assert items.loc["alpha_if_deleted", "est"].isna().all()


def test_three_items_need_no_note():
    scales, items = assessed(frame(q1=GOOD, q2=FAIR, q3=OTHER))
    assert scales.loc["alpha", "note"] == ""
    assert set(items["note"]) == {""}


def test_one_item():
    answers = frame(q1=GOOD)
    assert not_computed(answers) == "one item: internal consistency needs two or more"
    scales, items = assessed(answers)
    assert np.isnan(scales.loc["mean_r", "est"])
    assert items.loc["item_rest", "est"].isna().all()
    assert items.loc["item_rest", "n"].tolist() == [10]


def test_a_constant_item():
    answers = frame(q1=GOOD, q2=[3] * 10, q3=OTHER)
    assert not_computed(answers) == "everyone gave the same answer to q2"
    scales, items = assessed(answers)
    assert np.isnan(scales.loc["mean_r", "est"])
    rest = items.loc["item_rest", "est"]
    assert rest[["q1", "q3"]].tolist() == pytest.approx([np.corrcoef(GOOD, OTHER)[0, 1]] * 2)
    assert np.isnan(rest["q2"])


def test_an_item_constant_among_complete_rows_is_named():
    varied = [3.0] * 8 + [1, 5]
    other = [*OTHER[:8], NAN, NAN]
    note = not_computed(frame(q1=GOOD, q2=varied, q3=other))
    assert note == "everyone gave the same answer to q2"


def test_everything_missing():
    answers = frame(q1=[NAN] * 10, q2=[NAN] * 10, q3=[NAN] * 10)
    assert not_computed(answers) == "0 complete answers: too few"


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_complete_answers(n):
    answers = frame(q1=GOOD, q2=FAIR, q3=OTHER)
    answers.loc[n:, "q3"] = NAN
    assert not_computed(answers) == f"{n} complete answers: too few"


def test_no_respondents():
    assert not_computed(frame(q1=[], q2=[])) == "0 complete answers: too few"


def test_items_that_are_one_have_no_interval():
    scales, _ = assessed(frame(q1=GOOD, q2=GOOD, q3=GOOD))
    assert scales.loc["alpha", "est"] == pytest.approx(1)
    assert not np.isfinite(fisher_interval(1.0, 50)).any()
    assert not np.isfinite(alpha_interval(1.0, 50, 3)).any()


@pytest.mark.parametrize(("r", "n"), [(0.5, 3), (NAN, 50), (-1.0, 50)])
def test_a_correlation_without_an_interval(r, n):
    assert np.isnan(fisher_interval(r, n)).all()


# Keying --------------------------------------------------------------------------------------------


def test_a_wrongly_keyed_item_gets_its_note():
    """It drags TSIG03 below zero with it; only the lowest item is accused."""
    _, items = assessed(data("wrongly_keyed"))
    notes, upper = items.loc["item_rest", "note"], items.loc["item_rest", "ci_upper"]
    assert notes["TSIG02"] == "probably keyed the wrong way round"
    assert upper["TSIG03"] < 0 < upper["TSIG01"]
    assert notes["TSIG03"].startswith("runs against its scale")
    assert notes["TSIG01"] == ""
    assert (items.loc["alpha_if_deleted", "note"] == "").all()


def test_a_negative_correlation_that_may_be_chance_is_a_caution():
    rng = np.random.default_rng(3)
    factor, noise = rng.standard_normal((20, 1)), rng.standard_normal((20, 4))
    answers = pd.DataFrame(factor * [0.8, 0.8, 0.8, -0.1] + noise, columns=list("abcd"))
    _, items = assessed(answers)
    row = items.loc[("item_rest", "d")]
    assert row["ci_lower"] < row["est"] < 0 < row["ci_upper"]  # so that it stops no model
    assert row["note"] == "perhaps keyed the wrong way round"


def test_two_items_that_are_opposites_have_a_note_and_no_interval():
    """Their correlation is exactly -1, where Fisher's z is infinite: a caution that stops no model."""
    _, items = assessed(frame(q1=GOOD, q2=[5 - answer for answer in GOOD]))
    rest = items.loc["item_rest"]
    assert rest["est"].tolist() == pytest.approx([-1, -1])
    assert rest[["ci_lower", "ci_upper"]].isna().all(axis=None)
    assert "perhaps keyed the wrong way round" in set(rest["note"])
    assert contradicted(items.reset_index()) == []


def test_answers_that_cancel_out_have_no_coefficients():
    """The sum of two opposites is the same for everyone: nothing that could be reliable."""
    scales, _ = assessed(frame(q1=GOOD, q2=[5 - answer for answer in GOOD]))
    for statistic in ("alpha", "mean_r", "spearman_brown"):
        assert np.isnan(scales.loc[statistic, "est"])
        assert scales.loc[statistic, "note"] == "answers cancel out: everyone has the same sum"
    assert np.isnan(spearman_brown(-1 + 1e-16))


def test_every_scale_and_group_has_one_coefficient_to_read_first():
    """Also where a group was asked one item or two of a scale whose omega is the ordinal one."""
    table = data("TSIG").assign(group="a")
    entries = [
        {"scale": "T", "group": f"g{k}", "groups": ["a"], "items": SCALES["TSIG"][:k]}
        for k in (1, 2, 3)
    ]
    scales, _ = assess(table, "w1", entries, **settings(SCALES["TSIG"], answers=4))
    lead = scales[scales["lead"] == 1].set_index("group")["statistic"]
    assert lead.to_dict() == {"g1": "omega", "g2": "spearman_brown", "g3": "omega_ordinal"}


def test_right_keying_leaves_no_note():
    _, items = assessed(data("TSIG"))
    assert set(items["note"]) == {""}


# Groups --------------------------------------------------------------------------------------------


def test_each_entry_uses_its_groups_and_items():
    both = pd.concat(
        [leadership(SCALES["TSIG"], rows=100).assign(group="a"),
         leadership(SCALES["TSIG"]).tail(150).assign(group="b", TSIG03=NAN)]
    )  # fmt: skip
    two = SCALES["TSIG"][:2]
    entries = [
        {"scale": "T", "group": "all", "groups": ["a", "b"], "items": two},
        {"scale": "T", "group": "a", "groups": ["a"], "items": SCALES["TSIG"]},
        {"scale": "T", "group": "b", "groups": ["b"], "items": two},
    ]
    scales, items = assess(both, "w1", entries, **settings(SCALES["TSIG"]))
    found = scales[scales["statistic"] == "alpha"].set_index("group")
    assert found["n"].to_dict() == {"all": 250, "a": 100, "b": 150}
    assert found.loc["a", "est"] == alpha(both.query("group == 'a'")[SCALES["TSIG"]].to_numpy())
    assert found.loc["b", "est"] == alpha(both.query("group == 'b'")[two].to_numpy())
    assert found.loc["all", "est"] == alpha(both[two].to_numpy())
    assert items.groupby("group")["item"].nunique().to_dict() == {"all": 2, "a": 3, "b": 2}
