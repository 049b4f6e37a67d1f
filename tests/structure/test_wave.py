"""One model in one wave: models from hypotheses, and fits that cannot be done end in words."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from surveysem.job import generator
from surveysem.models import (
    Attempt,
    attempt,
    path_label,
    read_texts,
    structure_text,
    unlabelled,
    write_texts,
)
from surveysem.sem.syntax import parse
from surveysem.structure import wave
from surveysem.structure.comparability import Comparability
from surveysem.structure.keying import contradicted
from surveysem.structure.wave import analyse, theory_paths, total_paths

FACTORS = {c: [f"{c.lower()}{k}" for k in (1, 2, 3)] for c in ("X", "M", "Y")}


def hypothesis(id_, kind, cause, outcome, via=(), **more):
    return {"id": id_, "tier": "asserted", "kind": kind, "from": cause, "via": list(via),
            "to": outcome, "sign": "+", "sesoi": 0.1, "reason": "", **more}  # fmt: skip


HYPOTHESES = [
    hypothesis("T1", "total", "X", "Y"),
    hypothesis("H1", "path", "X", "M"),
    hypothesis("H2", "path", "M", "Y"),
    hypothesis("I1", "indirect", "X", "Y", ["M"]),
    hypothesis("C1", "contrast", "X", "Y"),
    hypothesis("N1", "path", "Z", "Y", reason="not_asked: Z"),
]


def sample(n=250, groups=("a", "b"), seed=3, path=0.6) -> pd.DataFrame:
    """x -> m -> y with standardised paths of .6 and .5 in every group."""
    rng = np.random.default_rng(seed)
    parts = []
    for group in groups:
        x = rng.standard_normal(n)
        m = path * x + 0.8 * rng.standard_normal(n)
        y = 0.5 * m + np.sqrt(0.75) * rng.standard_normal(n)
        columns = {
            f"{name}{k}": 0.8 * f + 0.6 * rng.standard_normal(n)
            for name, f in (("x", x), ("m", m), ("y", y))
            for k in (1, 2, 3)
        }
        parts.append(pd.DataFrame({"group": group, **columns}))
    return pd.concat(parts, ignore_index=True)


def analysed(table, keying=(), **changes):
    settings = {
        "model": "m", "wave": "w1", "groups": ["a", "b"], "estimator": "ML", "factors": FACTORS,
        "hypotheses": HYPOTHESES, "syntax": None, "cautions": ["clusters_ignored"], "draws": 4000,
        "rng_for": partial(generator, 1, "test"),
    }  # fmt: skip
    return analyse(table, list(keying), **{**settings, **changes})


@pytest.fixture(scope="module")
def result():
    return analysed(sample())


def row(result, hypothesis, group="all"):
    frame = result["hypotheses"]
    return frame[(frame["hypothesis"] == hypothesis) & (frame["group"] == group)].iloc[0]


def test_hypotheses_make_the_model():
    assert theory_paths(HYPOTHESES[:5]) == {"M": [("H1", "X")], "Y": [("H2", "M")]}
    assert total_paths(HYPOTHESES, "Y") == {"Y": [("T1", "X")]}


IDS = (
    "1",
    "2a",
    "H1-a",
    "H1/2",
    "H1 (b)",
    "H 1*",
    "NA",
    "c",
    "start(1)",
    "equal",
    "id.1",
    "假设 1",
)


def test_any_id_makes_a_free_path():
    """An id such as 2 fixed the path at 2."""
    labels = [path_label(id_) for id_ in IDS]
    assert len({*labels}) == len(IDS)
    for id_, label in zip(IDS, labels, strict=True):
        modifier = parse(structure_text({"Y": [(id_, "X")]}))[0].modifier
        assert (modifier.labels, modifier.kinds) == ((label,), {"label"})
    assert [path_label(id_) for id_ in ("H1", "H1.a", "假设1")] == ["H1", "H1.a", "假设1"]


def test_results_name_paths_by_their_ids(result):
    renamed = {"H1": "2", "H2": "H1 (b)"}
    other = analysed(sample(), hypotheses=[{**h, "id": renamed.get(h["id"], h["id"])}
                                           for h in HYPOTHESES])  # fmt: skip
    theory = other["paths"][other["paths"]["fit"] == "theory"]
    assert {*theory["label"]} == {"2", "H1 (b)"}
    assert other["paths"]["est"].tolist() == result["paths"]["est"].tolist()


def test_one_row_for_each_hypothesis_and_group(result):
    frame = result["hypotheses"]
    assert len(frame) == len(HYPOTHESES) * 3
    assert not frame.duplicated(["hypothesis", "group"]).any()


@pytest.mark.parametrize(
    ("hypothesis", "true"), [("H1", 0.6), ("H2", 0.5), ("I1", 0.3), ("T1", 0.3)]
)
def test_true_effects_are_recovered(result, hypothesis, true):
    for group in ("all", "a", "b"):
        found = row(result, hypothesis, group)
        assert abs(found["std"] - true) < 3.3 * found["std_se"]
        assert found["n"] == (500 if group == "all" else 250)


def test_equal_paths_lie_between_the_groups(result):
    a, b, both = (row(result, "H1", g)["std"] for g in ("a", "b", "all"))
    assert min(a, b) < both < max(a, b)


def test_total_by_theory_stands_beside_the_total(result):
    effects = result["effects"].query("group == 'all' and to == 'Y' and `from` == 'X'")
    assert set(effects["effect"]) == {"total", "total_by_theory", "indirect"}
    by_route = effects.set_index("effect")["std"]
    assert by_route["total_by_theory"] == pytest.approx(by_route["indirect"])


def test_untested_kinds_and_unasked_constructs_say_so(result):
    assert row(result, "C1")["reason"] == "kind_not_available: contrast"
    assert row(result, "N1")["reason"] == "not_asked: Z"
    assert np.isnan(row(result, "C1")["std"])


def test_cautions_stand_beside_the_estimate(result):
    assert row(result, "H1")["cautions"] == "clusters_ignored"


def test_a_group_without_respondents_stops_the_model_in_words():
    found = analysed(sample(groups=("a",)))
    assert set(found["hypotheses"].query("kind == 'path' and hypothesis != 'N1'")["reason"]) == {
        "no_data: b"
    }
    assert found["paths"].empty
    assert "no_data: b" in found["fit"]["note"].tolist()


def test_too_few_respondents_stop_the_model_in_words():
    found = analysed(sample(n=6))
    reason = row(found, "H1")["reason"]
    assert reason.startswith("not_fitted: ")
    assert "6 complete rows" in reason


def test_an_inadmissible_solution_gives_no_estimates():
    """Two constructs that are one: the latent correlation runs beyond 1."""
    rng = np.random.default_rng(5)
    table = sample(n=120, groups=("a",))
    for k in (1, 2, 3):  # the second construct's items copy the first's common part
        table[f"m{k}"] = table["x1"] + table["x2"] + table["x3"] + 0.4 * rng.standard_normal(120)
    found = analysed(table, groups=["a"])
    assert row(found, "H1", "a")["reason"].startswith("inadmissible: ")
    assert np.isnan(row(found, "H1", "a")["std"])


def test_a_negative_explained_share_is_a_caution():
    """The residual of M goes against its own cause: M varies less than its residual."""
    found = analysed(sample(groups=("a",)), groups=["a"], syntax="M ~ 2*X\nX ~~ M\nY ~ M\n")
    assert found["rsquared"].query("construct == 'M'")["r2"].iloc[0] < 0
    assert "negative_r2" in row(found, "H1", "a")["cautions"].split(";")


@pytest.mark.parametrize(("broken", "left"), [("free", ["all"]), ("equal", ["a", "b"])])
def test_where_one_of_two_fits_is_inadmissible_the_other_says_so(monkeypatch, broken, left):
    """Free and equal paths are two fits; each speaks for its own rows."""

    def one(text, table, groups, *, equal, **more):
        tried = attempt(text, table, groups, equal=equal, **more)
        wrong = ("regressions" in equal) == (broken == "equal")
        reason = "inadmissible: the information matrix is singular"
        return Attempt(tried.fit, reason) if wrong else tried

    monkeypatch.setattr(wave, "attempt", one)
    found = analysed(sample())
    rows = found["hypotheses"].query("hypothesis == 'H1'").set_index("group")
    for group in ("all", "a", "b"):
        r = rows.loc[group]
        if group in left:
            assert "other_fit" in r["cautions"].split(";")
        else:
            assert r["reason"] == "inadmissible: the information matrix is singular"


def test_robust_errors_and_all_answers_with_mlr():
    data = sample(n=300)
    plain, robust = analysed(data), analysed(data, estimator="MLR")
    assert row(robust, "H1")["estimator"] == "MLR"
    assert row(robust, "H1")["est"] == pytest.approx(row(plain, "H1")["est"], rel=1e-3)
    assert row(robust, "H1")["se"] != row(plain, "H1")["se"]


def test_what_differs_between_groups_is_free_and_a_caution():
    alike = Comparability({"A": "partial", "B": "yes", "C": "no"}, [("A", "a2")])
    assert alike.partial("A =~ a1 + a2\nB =~ b1 + b2") == ["A=~a2"]
    assert alike.partial("A =~ a1 + a3") == []
    assert alike.cautions(["A", "B"]) == ["partial_invariance"]
    assert alike.cautions(["A", "C"]) == ["noninvariance", "partial_invariance"]
    assert alike.cautions(["B", "Z"]) == []


def test_a_wrongly_keyed_item_stops_the_model():
    found = analysed(sample(n=60), keying=["x2", "other"])
    assert row(found, "H1")["reason"] == "keying: x2"
    assert row(found, "C1")["reason"] == "keying: x2"


def test_the_users_own_model_gets_its_measurement_and_loses_shared_labels():
    syntax = "M ~ H1*X\nY ~ M + X\n"
    found = analysed(sample(), syntax=syntax)
    assert "X =~ x1 + x2 + x3" in found["texts"]["theory"]
    free = found["paths"].query("lhs == 'M' and group != 'all'").set_index("group")["est"]
    assert free["a"] != pytest.approx(free["b"], abs=1e-6)
    assert {"X", "M"} == set(found["paths"].query("lhs == 'Y' and fit == 'theory'")["rhs"])


def test_labels_that_a_definition_needs_stay():
    text = "Y ~ a*X + b*M + 0.5*Z\nx1 ~~ NA*x2\nab := a*b\nX =~ start(0.8)*x1 + c(1, 2)*x3\n"
    left = {(s.lhs, s.op, s.rhs): s.modifier for s in parse(unlabelled(text))}
    assert left["Y", "~", "X"].labels == ("a",)
    assert left["Y", "~", "Z"].fixed == (0.5,)
    assert left["x1", "~~", "x2"].free
    assert left["X", "=~", "x1"].start == (0.8,)
    assert left["X", "=~", "x3"].fixed == (1.0, 2.0)
    assert parse(unlabelled("Y ~ h*X\n"))[0].modifier.labels == ()


def test_model_texts_survive_their_file(tmp_path):
    texts = {"theory": "X =~ x1 + x2\nY ~ X\n", "total_Y": "Y ~ X\n"}
    write_texts(texts, tmp_path / "models.txt")
    assert {k: v.strip() for k, v in read_texts(tmp_path / "models.txt").items()} == {
        k: v.strip() for k, v in texts.items()
    }


def test_random_numbers_depend_on_the_jobs_name_only():
    first, again = analysed(sample(n=80)), analysed(sample(n=80))
    pd.testing.assert_frame_equal(first["hypotheses"], again["hypotheses"])
    other = generator(1, "test", "x").standard_normal(3)
    assert not np.allclose(other, generator(1, "test", "y").standard_normal(3))


def test_keying_is_judged_by_the_whole_sample_where_there_is_one():
    items = pd.DataFrame(
        [("all", "X", "x1", "item_rest", 0.4, 0.5), ("a", "X", "x1", "item_rest", -0.4, -0.2),
         ("all", "X", "x2", "item_rest", -0.3, -0.1), ("b", "Y", "y1", "item_rest", -0.3, -0.1),
         ("b", "Y", "y2", "item_rest", -0.3, 0.1), ("all", "X", "x3", "alpha_if_deleted", 0.1, -1)],
        columns=["group", "scale", "item", "statistic", "est", "ci_upper"],
    )  # fmt: skip
    assert contradicted(items) == ["x2", "y1"]
