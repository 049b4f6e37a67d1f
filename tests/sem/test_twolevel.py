"""Two-level models: against lavaan, against densities written out, and known truth.

tests/reference/sem/twolevel/generate.R holds the calls of lavaan::sem(model, cluster = "clus")
and says where lavaan 0.6-14 has something else.
"""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sem_cases import FOLDER

from surveysem.sem import compare, fit
from surveysem.sem.errors import DataError, ModelError, ModelSyntaxError, NotAvailableError
from surveysem.sem.simulate import simulate
from surveysem.sem.table import build
from surveysem.sem.twolevel import likelihood

NAMES = sorted(path.stem for path in (FOLDER / "twolevel").glob("*.json"))
# lavaan's likelihood of covariates at both levels is that of independent rows
OTHER_LOGL = ("split_covariate", "path")
LIKELIHOOD = ("logl", "unrestricted_logl", "aic", "bic", "bic2")
# its scores of clusters are wrong where a variable has no part between clusters: see
# test_scores_are_the_derivatives_of_each_clusters_density; and its robust errors in several
# groups are not those of each group alone: see test_groups_apart
OTHER_SCORES = ("covariates_mlr", "groups_mlr")
CFA = "level: 1\nfw =~ y1 + y2 + y3 + y4\nlevel: 2\nfb =~ y1 + y2 + y3 + y4"
COVARIATES = (
    "level: 1\nfw =~ y1 + y2 + y3\nfw ~ x1 + x2\nlevel: 2\nfb =~ y1 + y2 + y3\nfb ~ w1 + x2"
)

# equal over groups, lavaan weighs the groups otherwise: see test_equal_over_groups_...
OTHER_WEIGHTS = ("groups_equal",)

each_case = pytest.mark.parametrize("name", [n for n in NAMES if n not in OTHER_WEIGHTS])


@cache
def data() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "twolevel" / "data.csv")


@cache
def case(name: str) -> dict:
    return json.loads((FOLDER / "twolevel" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def fitted(name: str):
    c = case(name)
    return fit(c["model"], data(), cluster="clus", **(c["arguments"] or {}))


def close(ours, theirs, relative, floor=0.01):
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    gap = np.abs(ours - theirs) / np.maximum(floor, np.abs(theirs))
    assert np.nanmax(gap, initial=0.0) <= relative


@each_case
def test_rows_are_lavaans(name):
    rows, p = case(name)["rows"], fitted(name).parameters
    for key in ("lhs", "op", "rhs", "block", "level"):
        assert list(p[key]) == rows[key]
    table = fitted(name).table
    assert [r.exogenous for r in table.rows] == rows["exo"][: len(table.rows)]


@each_case
def test_estimates(name):
    close(fitted(name).parameters["est"], case(name)["est"], 5e-5)
    close(fitted(name).standardized()["est"], case(name)["std_all"], 5e-5)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in (*OTHER_SCORES, *OTHER_WEIGHTS)])
def test_standard_errors(name):
    close(fitted(name).parameters["se"], case(name)["se"], 5e-5)
    close(fitted(name).standardized()["se"], case(name)["std_se"], 5e-5)


@each_case
def test_fit_measures(name):
    ours, theirs = fitted(name).measures, case(name)["measures"]
    names = [k for k in theirs if not k.startswith("rmsea_ci")]
    if len(fitted(name).parts) > 1:  # lavaan's is half of it with two groups
        names.remove("fmin")
    if name in OTHER_LOGL:
        names = [k for k in names if k not in LIKELIHOOD]
    if name in OTHER_SCORES:
        names = [k for k in names if "scal" not in k and "robust" not in k]
    values = [np.nan if theirs[k] is None else theirs[k] for k in names]
    if fitted(name).df == 0:  # lavaan's chi-square of a saturated model is rounding error
        names, values = zip(*[(k, v) for k, v in zip(names, values, strict=True)
                              if k in ("npar", "df", "logl", "baseline_chisq", "srmr")],
                            strict=True)  # fmt: skip
    close([ours[k] for k in names], values, 1e-5, floor=1.0)
    if name not in OTHER_LOGL:
        close([ours[k] for k in LIKELIHOOD], [theirs[k] for k in LIKELIHOOD], 1e-8)


def test_equal_over_groups_the_likelihood_is_higher_than_lavaans():
    ours, theirs = fitted("groups_equal").measures, case("groups_equal")["measures"]
    assert ours["unrestricted_logl"] == pytest.approx(theirs["unrestricted_logl"], abs=1e-5)
    assert ours["logl"] > theirs["logl"] + 1e-3
    assert ours["df"] == theirs["df"]


@each_case
def test_chi_square(name):
    theirs = case(name)["measures"]
    assert fitted(name).chisq == pytest.approx(theirs["chisq"], abs=1e-5)
    assert fitted(name).baseline.chisq == pytest.approx(theirs["baseline_chisq"], abs=1e-4)


@each_case
def test_intraclass_correlations_and_r_squared(name):
    found = fitted(name).intraclass_correlations()
    for g, theirs in enumerate(case(name)["icc"], start=1):
        own = found[found["group"] == g].set_index("lhs")["icc"]
        close(own, [theirs[k] for k in own.index], 1e-4)
    r2 = fitted(name).r_squared()
    for block, theirs in enumerate(case(name)["r2"]):
        own = r2[(r2["group"] - 1) * 2 + r2["level"] - 1 == block].set_index("lhs")["r2"]
        close(own, [theirs[k] for k in own.index], 1e-4)


# Derivatives and the likelihood itself --------------------------------------------------


@pytest.fixture(scope="module", params=[{}, {"fixed_x": False}], ids=["fixed", "random"])
def found(request):
    return fit(COVARIATES, data(), cluster="clus", estimator="MLR", **request.param)


def cluster_densities(part, values, frame) -> np.ndarray:
    """Log-density of each cluster, its covariance matrix written out."""
    im = part.implied(values)
    within, between = ["y1", "y2", "y3", "x1", "x2"], ["y1", "y2", "y3", "w1", "x2"]
    both = [x for x in between if x in within]
    p, at_b = len(within), [between.index(x) for x in both]
    at_w = [within.index(x) for x in both]
    B, mean_b, to_w = np.zeros((p, p)), np.zeros(p), np.zeros(p)
    B[np.ix_(at_w, at_w)] = im.between.sigma[np.ix_(at_b, at_b)]
    mean_b[at_w], w = im.between.mu[at_b], between.index("w1")
    to_w[at_w] = im.between.sigma[at_b, w]
    out = []
    for code in frame["clus"].unique():
        rows = frame[frame["clus"] == code]
        n = len(rows)
        C = np.zeros((n * p + 1,) * 2)
        C[:-1, :-1] = np.kron(np.eye(n), im.within.sigma) + np.kron(np.ones((n, n)), B)
        C[:-1, -1] = C[-1, :-1] = np.tile(to_w, n)
        C[-1, -1] = im.between.sigma[w, w]
        mean = np.append(np.tile(im.within.mu + mean_b, n), im.between.mu[w])
        x = np.append(rows[within].to_numpy().ravel(), rows["w1"].iloc[0])
        out.append(multivariate_normal(mean, C).logpdf(x))
    return np.array(out)


def test_the_likelihood_is_that_of_the_clusters_densities(found):
    (part,) = found.parts
    whole = cluster_densities(part, found.values, data()).sum()
    F, _ = part.value(found.implied_moments[0])
    assert part.saturated.logl - F * part.size / 2 == pytest.approx(whole, rel=1e-10)


def test_scores_are_the_derivatives_of_each_clusters_density(found):
    (part,) = found.parts
    few = data()[data()["clus"] <= 8]
    scores = part.scores(found.implied_moments[0])[:8]
    for row in range(len(found.values)):
        step, sides = 1e-5, []
        for sign in (1, -1):
            values = found.values.copy()
            values[row] += sign * step
            sides.append(cluster_densities(part, values, few))
        slope = (sides[0] - sides[1]) / (2 * step)
        np.testing.assert_allclose(scores[:, row], slope, rtol=1e-5, atol=1e-5)


def test_gradient_and_observed_information_by_differences(found):
    (part,) = found.parts
    values = found.values + 0.02 * np.cos(np.arange(len(found.values)))  # not at the minimum
    im = part.implied(values)
    slope, info = part.value(im)[1], part.observed(im)
    np.testing.assert_allclose(part.scores(im).sum(axis=0), -slope * part.size / 2, atol=1e-7)
    for row in range(len(values)):
        step, F, slopes = 1e-5, [], []
        for sign in (1, -1):
            moved = values.copy()
            moved[row] += sign * step
            f, g = part.value(part.implied(moved))
            F.append(f)
            slopes.append(g)
        assert slope[row] == pytest.approx((F[0] - F[1]) / (2 * step), rel=1e-5, abs=1e-7)
        np.testing.assert_allclose(
            info[row], (slopes[0] - slopes[1]) / (4 * step), rtol=1e-5, atol=1e-6
        )


def test_expected_information_is_the_observed_one_of_implied_moments(found):
    (part,) = found.parts
    (im,) = found.implied_moments
    V, mu = likelihood.joint(part.data, im)
    free = part.data.nobs - part.data.clusters
    exact = replace(
        part.data, means=np.tile(mu, (len(V), 1)), covs=V, pooled=free * im.within.sigma
    )
    observed = likelihood.information(exact, part.layout, im, observed=True)
    expected = likelihood.information(exact, part.layout, im, observed=False)
    np.testing.assert_allclose(observed, expected, rtol=1e-9, atol=1e-8)


def test_balanced_clusters_have_a_closed_form():
    """Analysis of variance: the means' and the deviations' covariance matrices."""
    rng = np.random.default_rng(8)
    who = np.repeat(np.arange(40), 5)
    y = rng.standard_normal((200, 2)) + 0.8 * rng.standard_normal((40, 2))[who]
    frame = pd.DataFrame(y, columns=["a", "b"]).assign(c=who)
    found = fit("level: 1\na ~~ b\nlevel: 2\na ~~ b", frame, cluster="c")
    means = frame.groupby("c")[["a", "b"]].transform("mean")
    inside = frame[["a", "b"]] - means
    W = inside.T @ inside / 160
    B = means.groupby(frame["c"]).first().cov() * 39 / 40 - W / 5
    within, between = (block["cov"] for block in found.implied())
    np.testing.assert_allclose(within, W, atol=1e-7)
    np.testing.assert_allclose(between, B, atol=1e-7)
    assert found.df == 0
    assert found.chisq == pytest.approx(0, abs=1e-8)
    np.testing.assert_allclose(found.implied()[1]["mean"], frame[["a", "b"]].mean(), atol=1e-8)


def test_recovery():
    """Paths of both levels within their errors, and the errors the estimates' spread."""
    rng = np.random.default_rng(11)
    model = "level: 1\nfw =~ y1 + y2 + y3\nfw ~ w*x\nlevel: 2\nfb =~ y1 + y2 + y3\nfb ~ b*z"
    estimates, errors = [], []
    for _ in range(40):
        size = rng.integers(3, 9, 80)
        who = np.repeat(np.arange(80), size)
        n = len(who)
        x, z = rng.standard_normal(n), rng.standard_normal(80)
        fw, fb = 0.5 * x + rng.standard_normal(n), 0.6 * z + 0.7 * rng.standard_normal(80)
        y = fw[:, None] + (fb[:, None] + 0.4 * rng.standard_normal((80, 3)))[who]
        y = y + rng.standard_normal((n, 3))
        frame = pd.DataFrame(y, columns=["y1", "y2", "y3"]).assign(x=x, z=z[who], c=who)
        p = fit(model, frame, cluster="c").parameters.set_index("label")
        estimates.append(p.loc[["w", "b"], "est"])
        errors.append(p.loc[["w", "b"], "se"])
    spread, error = np.std(estimates, axis=0), np.mean(errors, axis=0)
    assert (np.abs(np.mean(estimates, axis=0) - [0.5, 0.6]) < 3 * spread / np.sqrt(40)).all()
    np.testing.assert_allclose(spread, error, rtol=0.3)


def test_groups_apart():
    """Without equalities groups are fits of their own."""
    together = fitted("groups_mlr")
    model = "level: 1\nfw =~ y1 + y2 + y3\nlevel: 2\nfb =~ y1 + y2 + y3"
    for label in "ab":
        alone = fit(model, data()[data()["kind"] == label], cluster="clus", estimator="MLR")
        own = together.parameters.query("group_label == @label")
        np.testing.assert_allclose(own["est"], alone.parameters["est"], rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(own["se"], alone.parameters["se"], rtol=1e-5, atol=1e-7)


# The object ---------------------------------------------------------------------------


def test_blocks_of_the_object():
    found = fitted("covariates")
    within, between = found.implied()
    assert list(within["cov"]) == ["y1", "y2", "y3", "y4", "x1"]
    assert list(between["cov"]) == ["y1", "y2", "y3", "y4", "w1"]
    for kind in ("raw", "cor", "cor_bentler"):
        assert [list(r["cov"]) for r in found.residuals(kind)] == [list(within["cov"]),
                                                                   list(between["cov"])]  # fmt: skip
    gap = found.residuals("raw")[1]["mean"]
    saturated = found.moments[0].between
    np.testing.assert_allclose(gap, saturated.mean - between["mean"], atol=1e-12)
    assert set(found.parameters["level"]) == {1, 2}
    assert "Fit ML" in repr(found)
    assert found.nobs == (len(data()),)


def test_order_of_the_blocks_does_not_matter():
    """Unlike in lavaan, where the first block is level 1 whatever its name."""
    turned = fit("level: between\nfb =~ y1 + y2 + y3 + y4\nlevel: Within\nfw =~ y1 + y2 + y3 + y4",
                 data(), cluster="clus")  # fmt: skip
    assert turned.chisq == pytest.approx(fitted("cfa").chisq, abs=1e-7)
    assert list(turned.parameters["lhs"]) == list(fitted("cfa").parameters["lhs"])


def test_rows_in_another_order():
    mixed = data().sample(frac=1, random_state=1)
    again = fit(COVARIATES, mixed, cluster="clus", estimator="MLR")
    first = fit(COVARIATES, data(), cluster="clus", estimator="MLR")
    np.testing.assert_allclose(again.parameters["se"], first.parameters["se"], rtol=1e-6)


def test_comparison_and_wald_test():
    model = CFA.replace("+ y2", "+ a*y2", 1).replace("fb =~ y1 + y2", "fb =~ y1 + b*y2")
    free, equal = (fit(m, data(), cluster="clus") for m in (model, model + "\na == b"))
    test = compare(equal, free)
    assert test["df_diff"] == 1
    assert test["chisq_diff"] == pytest.approx(equal.chisq - free.chisq)
    wald = free.wald_test("a == b")
    gap = free.values[[r.label in ("a", "b") for r in free.table.rows]]
    at = [k for k, r in enumerate(free.table.rows) if r.label in ("a", "b")]
    variance = np.array([1, -1]) @ free.vcov()[np.ix_(at, at)] @ np.array([1, -1])
    assert wald["chisq"] == pytest.approx((gap[0] - gap[1]) ** 2 / variance)
    robust = [fit(m, data(), cluster="clus", estimator="MLR") for m in (model + "\na == b", model)]
    assert np.isfinite(compare(*robust)["chisq_diff"])
    for method in ("satorra_2000", "satorra_bentler_2010"):
        with pytest.raises(NotAvailableError, match="two-level"):
            compare(*robust, method=method)


def test_corrections_and_reference():
    plain = fit(CFA, data(), cluster="clus", estimator="MLR")
    corrected = fit(CFA, data(), cluster="clus", estimator="MLR", cluster_correction="cr1",
                    reference="t")  # fmt: skip
    np.testing.assert_allclose(
        corrected.parameters["se"], plain.parameters["se"] * np.sqrt(80 / 79), rtol=1e-6
    )
    assert corrected.scaled.factor == pytest.approx(plain.scaled.factor * 80 / 79)
    assert corrected.reference_df == 79


def test_equal_loadings_over_groups():
    model = "level: 1\nfw =~ y1 + y2 + y3\nlevel: 2\nfb =~ y1 + y2 + y3"
    found = fit(model, data(), cluster="clus", group="kind", group_equal=["loadings"])
    labels = found.parameters.query("op == '=~' and label != ''")
    assert len(labels) == 8
    assert labels.groupby("label")["level"].nunique().eq(1).all()
    assert labels.groupby("label")["est"].nunique().eq(1).all()
    scalar = fit(model, data(), cluster="clus", group="kind",
                 group_equal=["loadings", "intercepts"])  # fmt: skip
    means = scalar.parameters.query("op == '~1' and group == 2 and lhs in ('fw', 'fb')")
    assert list(means["est"] != 0) == [False, True]  # latent means differ between clusters only


def test_few_clusters():
    few = data()[data()["clus"] <= 30]
    (problem,) = [p for p in fit(CFA, few, cluster="clus").problems if p.kind == "few_clusters"]
    assert "parameters between clusters" in problem.message


NO = NotAvailableError
REFUSED = {
    "no cluster": (CFA, {"cluster": None}, ModelError, "no clusters are named"),
    "ordered": (CFA, {"ordered": ["y1"]}, NO, "ordinal data"),
    "weights": (CFA, {"weights": "x1"}, NO, "weights"),
    "fiml": (CFA, {"missing": "fiml"}, NO, "missing='fiml'"),
    "MLM": (CFA, {"estimator": "MLM"}, NO, "estimator MLM"),
    "WLS": (CFA, {"estimator": "WLS"}, NO, "estimator WLS"),
    "wishart": (CFA, {"likelihood": "wishart"}, NO, "wishart"),
    "growth": (CFA, {"model_type": "growth"}, NO, "growth"),
    "conditional": (CFA, {"conditional_x": True}, NO, "conditional_x"),
    "means": (CFA, {"meanstructure": False}, NO, "meanstructure"),
    "se": (CFA, {"se": "robust_sem"}, NO, "robust_sem"),
    "test": (CFA, {"test": "satorra_bentler"}, NO, "satorra_bentler"),
    "groups": (CFA, {"group": "half"}, NO, "members in several groups"),
    "one level": ("level: 1\nf =~ y1 + y2 + y3", {}, ModelError, "level 2 has no statements"),
    "above": ("y1 ~~ y2\n" + CFA, {}, ModelError, "above the first 'level:'"),
    "unknown": (CFA.replace("2\nfb", "3\nfb"), {}, ModelSyntaxError, "no level '3'"),
    "nothing": ("level:\nf =~ y1 + y2", {}, ModelSyntaxError, "nothing behind 'level:'"),
    "varies": (CFA + "\nfb ~ x1", {}, DataError, "'x1' stands at level 2 only"),
    "constant": (CFA.replace("level: 2", "fw ~ w1\nlevel: 2"), {}, DataError, "does not vary"),
    "label": (CFA.replace("fw =~ y1", "fw =~ a*y1").replace("fb =~ y1 + y2", "fb =~ y1 + a*y2"), {},
              ModelError, "the label 'a'"),
    "partial": (CFA, {"group": "kind", "group_partial": ["fw=~y9"]}, ModelError, "fw=~y9"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    model, arguments, error, said = REFUSED[name]
    frame = data().assign(half=np.arange(len(data())) % 2)
    with pytest.raises(error, match=said) as caught:
        fit(model, frame, **({"cluster": "clus"} | arguments))
    assert "hint:" in str(caught.value) or "they have" in str(caught.value)


def test_moments_are_refused():
    with pytest.raises(NotAvailableError, match="sample_cov"):
        fit(CFA, sample_cov=np.eye(4), sample_nobs=100, cluster="clus")


@pytest.mark.parametrize(
    ("rows", "said"), [(slice(0, 12), "clusters for"), ("singles", "too few members")]
)
def test_too_few_clusters_or_members(rows, said):
    frame = data().drop_duplicates("clus") if rows == "singles" else data()[rows]
    with pytest.raises(DataError, match=said):
        fit(CFA, frame, cluster="clus")


@pytest.mark.parametrize(
    "call",
    [
        lambda f: f.modification_indices(),
        lambda f: f.factor_scores(),
        lambda f: f.factor_score_errors(),
        lambda f: f.factor_determinacy(),
        lambda f: f.casewise_log_likelihood(),
        lambda f: f.influence(),
        lambda f: f.bootstrap(5, 1),
        lambda f: f.score_test(),
        lambda f: f.residuals("standardized"),
    ],
)
def test_methods_without_levels(call):
    with pytest.raises(NotAvailableError, match="of a two-level fit"):
        call(fitted("metric"))


def test_intraclass_correlations_need_levels():
    with pytest.raises(NotAvailableError, match="two-level"):
        fit("f =~ y1 + y2 + y3", data()).intraclass_correlations()


def test_table_of_two_levels():
    table = build(CFA)
    assert [len(level.rows) for level in table.levels] == [14, 14]
    assert table.levels[0].split == ("y1", "y2", "y3", "y4")
    assert [table.block(r) for r in table.rows] == [1] * 14 + [2] * 14


@pytest.mark.parametrize("kind", [lambda f: CFA, lambda f: f, lambda f: f.parameters])
def test_simulation_is_refused(kind):
    model = kind(fitted("cfa"))
    with pytest.raises(NotAvailableError, match="two-level"):
        simulate(model, 100, 1)
