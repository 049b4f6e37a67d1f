"""Clusters: strata, corrections, t reference, clusters that span groups, ordinal data.

Beside lavaan's results (tests/reference/sem/clusters, and the frozen cases cluster_*) the
checks are identities that hold whatever the data: copies of a sample, summed by hand.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.linalg import block_diag
from sem_cases import FOLDER, HS, table

from surveysem.sem import clusters, fit
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.inference import meat
from surveysem.sem.teststats import satorra_bentler, traces

LAVAAN = json.loads((FOLDER / "clusters" / "clusters.json").read_text(encoding="utf-8"))
TWO = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6"
SCALAR = {"group": "school", "group_equal": ["loadings", "intercepts"]}
ITEMS = ["y1", "y2", "y3", "y4"]
ONE = "f1 =~ y1 + y2 + y3 + y4"
ESTIMATORS = {
    "MLR": {"estimator": "MLR"},
    "MLM": {"estimator": "MLM"},
    "FIML": {"estimator": "MLR", "missing": "fiml"},
    "WLSMV": {"ordered": ITEMS},
    "ULSMV, mixed": {"ordered": ITEMS[:2], "estimator": "ULSMV"},
    "pairwise": {"ordered": ITEMS, "missing": "pairwise"},
    "weights": {"ordered": ITEMS, "weights": "wt"},
    "MLR, weights": {"estimator": "MLR", "weights": "wt"},
}


def sim(holes: bool = False) -> pd.DataFrame:
    frame = table("sim")[[*ITEMS, "grp", "clus", "wt"]].copy()
    if holes:
        for j, name in enumerate(ITEMS[:2]):
            frame[name] = frame[name].mask((np.arange(len(frame)) + 7 * j) % 17 == 0)
    frame["over"] = np.arange(len(frame)) % 50
    return frame


def equal_in_groups(ordered) -> str:
    """The one-factor model with every parameter labelled equal over two groups."""
    lines = ["f1 =~ c(1, 1)*y1 + " + " + ".join(f"c(l{k}, l{k})*y{k}" for k in (2, 3, 4))]
    lines += ["f1 ~~ c(v, v)*f1", "f1 ~ c(0, 0)*1"]
    for name in ITEMS:
        if name in ordered:
            cuts = " + ".join(f"c({name}c{k}, {name}c{k})*t{k}" for k in range(1, 5))
            lines += [f"{name} | {cuts}", f"{name} ~*~ c(1, 1)*{name}"]
        else:
            lines += [f"{name} ~~ c({name}v, {name}v)*{name}", f"{name} ~ c({name}m, {name}m)*1"]
    return "\n".join(lines)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_two_groups_of_the_same_rows_are_one(name):
    """A sample and its copy as two groups, each row a cluster over both: known errors.

    With all parameters equal the scores of a cluster are twice the row's, and so is the
    information: the errors are the sample's own robust ones, times G / (G - 1). Not summed
    over groups they would be smaller by the root of two.
    """
    kind = ESTIMATORS[name]
    frame = sim(holes="missing" in kind)
    alone = fit(ONE, frame, **({"estimator": "MLR"} | kind if "ordered" not in kind else kind),
                meanstructure=True)  # fmt: skip
    frame["who"] = np.arange(len(frame))
    both = pd.concat([frame.assign(half="a"), frame.assign(half="b")])
    found = fit(equal_in_groups(kind.get("ordered", ())), both, group="half", cluster="who", **kind)
    own = alone.parameters.set_index(["lhs", "op", "rhs"])["se"]
    first = found.parameters.query("group == 1").set_index(["lhs", "op", "rhs"])["se"]
    n = len(frame)
    np.testing.assert_allclose(first, own[first.index] * np.sqrt(n / (n - 1)), rtol=1e-4)


@pytest.mark.parametrize("estimator", ["MLR", "MLM"])
def test_lavaan_takes_every_group_for_a_stratum(estimator):
    """Its errors where clusters span groups are those of clusters that end at the groups."""
    frame = table("hs").copy()
    frame["own"] = frame["school"] + frame["ageyr"].astype(str)
    theirs = LAVAAN["spanning"][estimator]["se"]
    apart = fit(TWO, frame, estimator=estimator, cluster="own", **SCALAR)
    np.testing.assert_allclose(apart.parameters["se"], theirs, rtol=2e-4)
    summed = fit(TWO, frame, estimator=estimator, cluster="ageyr", **SCALAR)
    assert not np.allclose(summed.parameters["se"], theirs, rtol=0.05)


def test_lavaan_ignores_clusters_of_ordinal_data():
    assert LAVAAN["ordinal"]["kind"] == "robust.cluster.sem"
    np.testing.assert_allclose(LAVAAN["ordinal"]["se"], LAVAAN["ordinal"]["ignored"])
    plain = fit(ONE, sim(), ordered=ITEMS)
    np.testing.assert_allclose(
        plain.parameters["se"].fillna(0), LAVAAN["ordinal"]["se"], rtol=1e-4, atol=1e-6
    )
    clustered = fit(ONE, sim(), ordered=ITEMS, cluster="clus")
    assert not np.allclose(clustered.parameters["se"], plain.parameters["se"], rtol=0.05)


@pytest.mark.parametrize("name", ["MLM", "WLSMV", "ULSMV, mixed", "weights"])
def test_two_ways_to_the_trace_where_clusters_span_groups(name):
    kind = ESTIMATORS[name]
    found = fit(ONE, sim(), group="grp", group_equal=["loadings"], cluster="over", **kind)
    short = satorra_bentler(found.objective, found.estimate.x, found.chisq, found.df)
    trace, square = traces(found.objective, found.estimate.x)
    assert trace == pytest.approx(short.trace)
    assert clusters.share_clusters(found.parts)
    UG = u_gamma(found)
    assert trace == pytest.approx(np.trace(UG))
    assert square == pytest.approx(np.trace(UG @ UG))


def u_gamma(found) -> np.ndarray:
    """U Gamma with both matrices written out, Gamma from sums over clusters of all groups."""
    K = found.objective.parameters.K
    weight, delta, psi, at, P = [], [], 0.0, 0, sum(len(p.gamma()) for p in found.parts)
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        m, share = len(part.gamma()), part.size / found.size
        weight.append(share * part.weigh(im, np.eye(m)))
        delta.append(part.jacobian(im) @ K[part.layout.rows])
        codes, sums = part.cluster_sums()
        assert len(codes) == 50
        psi = psi + np.hstack([np.zeros((50, at)), sums / share, np.zeros((50, P - at - m))])
        at += m
    A, D = block_diag(*weight), np.vstack(delta)
    U = A - A @ D @ np.linalg.solve(D.T @ A @ D, D.T @ A)
    return U @ psi.T @ psi / found.size * 50 / 49


@pytest.mark.parametrize("name", ["WLSMV", "pairwise"])
def test_one_matrix_or_row_by_row(name):
    """The meat of ordinal fits by the groups' Gamma, and by each row's influence."""
    kind = ESTIMATORS[name]
    found = fit(ONE, sim("missing" in kind), group="grp", cluster="clus", **kind)
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        rows = part.moment_scores(im)
        sums = pd.DataFrame(rows).groupby(part.rows.clusters).sum().to_numpy()
        by_rows = sums.T @ sums / part.size * 20 / 19
        np.testing.assert_allclose(by_rows, part.moment_meat(im), rtol=1e-9, atol=1e-9)


def test_incomplete_data_have_one_covariance_over_groups():
    """The factor of the robust indices of incomplete data, by one matrix over the groups."""
    frame = sim(holes=True)
    kind = ESTIMATORS["FIML"] | {"group": "grp", "group_equal": ["loadings", "intercepts"]}
    found = fit(ONE, frame, cluster="over", **kind)
    K = found.objective.parameters.K
    A, C, delta, psi = [], [], [], 0.0
    for part, im in zip(found.parts, found.implied_moments, strict=True):
        h1, share = part.saturation, part.size / found.size
        A.append(h1.information * share)
        C.append(h1.complete(np.eye(len(h1.kept))) * share)
        delta.append(part.jacobian(im) @ K[part.layout.rows])
        codes, sums = part.cluster_sums()
        assert list(codes) == list(range(50))
        blocks = [np.zeros_like(sums)] * 3
        blocks[len(A) - 1] = sums
        psi = psi + np.hstack(blocks)
    A, C, delta = block_diag(*A), block_diag(*C), np.vstack(delta)
    inverse = np.linalg.inv(A)
    gamma = inverse @ psi.T @ psi @ inverse / found.size * 50 / 49
    P = np.eye(len(A)) - delta @ np.linalg.solve(delta.T @ A @ delta, delta.T @ A)
    c = np.trace(P.T @ C @ P @ gamma) / found.df
    assert found.complete_test[1] == pytest.approx(c)


def test_strata():
    codes = [np.array([0, 1]), np.array([2, 3]), np.array([3, 4]), np.array([1, 5]), np.array([6])]
    assert clusters.strata(codes) == [0, 1, 1, 0, 4]
    assert clusters.counts(codes) == {0: 3, 1: 3, 4: 1}
    assert clusters.degrees_of_freedom(codes) == 4


def test_corrections():
    frame = table("hs").copy()
    usual = fit(HS, frame, cluster="agemo")
    plain = fit(HS, frame, cluster="agemo", cluster_correction="cr0")
    G = frame["agemo"].nunique()
    np.testing.assert_allclose(
        usual.parameters["se"], plain.parameters["se"] * np.sqrt(G / (G - 1)), rtol=1e-6
    )
    assert usual.scaled.factor == pytest.approx(plain.scaled.factor * G / (G - 1))
    assert meat(usual.objective, usual.estimate.x, "scores") == pytest.approx(
        meat(plain.objective, plain.estimate.x, "scores") * G / (G - 1)
    )
    said = fit(HS, frame, cluster="agemo", cluster_correction="cr1")
    assert said.parameters.equals(usual.parameters)


def test_strata_have_their_own_corrections():
    """Groups without a common cluster: as lavaan, G / (G - 1) by group."""
    found = fit(ONE, sim(), group="grp", cluster="clus")
    assert [part.rows.factor for part in found.parts] == pytest.approx([20 / 19] * 3)
    over = fit(ONE, sim(), group="grp", cluster="over")
    assert [part.rows.factor for part in over.parts] == pytest.approx([50 / 49] * 3)


def test_t_reference():
    frame = table("hs").copy()
    normal = fit(HS, frame, cluster="agemo").parameters
    found = fit(HS, frame, cluster="agemo", reference="t")
    df = frame["agemo"].nunique() - 1
    assert found.reference_df == df
    p = found.parameters
    np.testing.assert_allclose(p[["est", "se"]], normal[["est", "se"]])
    np.testing.assert_allclose(p["pvalue"], 2 * stats.t.sf(p["z"].abs(), df), rtol=1e-10)
    half = stats.t.ppf(0.975, df) * p["se"]
    np.testing.assert_allclose(p["ci_upper"] - p["est"], half, atol=1e-10)
    np.testing.assert_allclose(p["est"] - p["ci_lower"], half, atol=1e-10)
    s = found.standardized()
    np.testing.assert_allclose(s["pvalue"], 2 * stats.t.sf(s["z"].abs(), df), rtol=1e-10)


def test_wald_test_by_the_f_distribution():
    model = "visual =~ x1 + a*x2 + b*x3"
    found = fit(model, table("hs"), cluster="agemo", reference="t")
    test = found.wald_test("a == b\na == 0.5")
    assert test["df2"] == found.reference_df
    assert test["pvalue"] == pytest.approx(stats.f.sf(test["chisq"] / 2, 2, test["df2"]))
    single = found.wald_test("a")
    row = found.parameters.query("label == 'a'").iloc[0]
    assert single["pvalue"] == pytest.approx(row["pvalue"])


def few(found):
    return [p for p in found.problems if p.kind == "few_clusters"]


def test_few_clusters_are_a_finding():
    frame = sim()
    (problem,) = few(fit(ONE, frame.assign(c=np.arange(len(frame)) % 12), cluster="c"))
    assert "12 clusters" in problem.message
    assert "reference='t'" in problem.hint
    assert not problem.inadmissible
    assert fit(ONE, frame.assign(c=np.arange(len(frame)) % 12), cluster="c").admissible
    assert not few(fit(ONE, frame, cluster="clus"))
    assert not few(fit(ONE, frame))
    (problem,) = few(fit(ONE, frame, ordered=ITEMS, group="grp", cluster="clus"))
    assert "rank of 57" in problem.message


REFUSED = {
    "standard": ({"cluster": "clus", "se": "standard"}, "know no clusters"),
    "MLF": ({"cluster": "clus", "estimator": "MLF"}, "MLF"),
    "correction": ({"cluster_correction": "cr0"}, "cluster_correction belongs"),
    "reference": ({"reference": "t"}, "reference='t' belongs"),
    "unknown": ({"cluster": "clus", "cluster_correction": "cr2"}, "cr2"),
    "unknown reference": ({"cluster": "clus", "reference": "f"}, "reference='f'"),
    "continuous": ({"cluster": "clus", "estimator": "WLSMV"}, "cluster does not go"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    arguments, said = REFUSED[name]
    with pytest.raises(NotAvailableError, match=said) as caught:
        fit(ONE, sim(), **arguments)
    assert "hint:" in str(caught.value) or "it has" in str(caught.value)


def test_two_stages_know_no_clusters_that_span_groups():
    arguments = {"missing": "robust_two_stage", "group": "grp"}
    with pytest.raises(NotAvailableError, match="span groups"):
        fit(ONE, sim(holes=True), cluster="over", **arguments)
    assert fit(ONE, sim(holes=True), cluster="clus", **arguments).converged


def test_unweighted_least_squares_with_clusters_is_robust():
    found = fit(ONE, sim(), ordered=ITEMS, estimator="DWLS", cluster="clus")
    same = fit(ONE, sim(), ordered=ITEMS, estimator="WLSMV", cluster="clus")
    assert found.settings.test == "satorra_bentler"
    np.testing.assert_allclose(found.parameters["se"], same.parameters["se"])
