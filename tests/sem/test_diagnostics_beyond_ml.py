"""Modification indices, score tests and residuals of incomplete and ordinal data.

lavaan's numbers come from tests/reference/sem/diagnostics/generate_other.R, for cases of
tests/reference/sem/generate.R.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sem_cases import FOLDER, HS, case, fitted, table
from test_diagnostics import by_parameter

from surveysem.sem import compare, fit
from surveysem.sem.errors import IdentificationError, NotAvailableError
from surveysem.sem.estimate import Objective, fixed_values, parametrise
from surveysem.sem.implied import layouts
from surveysem.sem.optimiser import minimise
from surveysem.sem.result import fit_table
from surveysem.sem.rows import Row

FROZEN = json.loads((FOLDER / "diagnostics" / "other.json").read_text(encoding="utf-8"))
ITEMS = [f"y{k}" for k in range(1, 13)]


def close(ours, theirs, tolerance):
    np.testing.assert_allclose(
        np.array(ours, dtype=float), np.array(theirs, dtype=float), rtol=tolerance, atol=tolerance
    )


# Modification indices ---------------------------------------------------------------------


def both(name, frozen, **options):
    ours = by_parameter(fitted(name).modification_indices(**options))
    theirs = by_parameter(pd.DataFrame(frozen))
    assert list(ours.index) == list(theirs.index)
    return ours, theirs


@pytest.mark.parametrize("name", FROZEN["indices"])
def test_modification_indices_against_lavaan(name):
    """lavaan's polyserial correlations, and its saturated means, have six to seven digits."""
    ours, theirs = both(name, FROZEN["indices"][name])
    close(ours["mi"], theirs["mi"], 1e-4)
    for kind, theirs_kind in (("epc", "epc"), ("sepc_lv", "sepc.lv"), ("sepc_all", "sepc.all")):
        close(ours[kind], theirs[theirs_kind], 2e-5)
    # lavaan standardises a covariate that is explained, which is one no longer
    plain = ~ours["lhs"].isin(fitted(name).table.predictors)
    close(ours["sepc_nox"][plain], theirs["sepc.nox"][plain], 2e-5)


@pytest.mark.parametrize("name", FROZEN["observed"])
def test_indices_by_the_observed_information_against_lavaan(name):
    ours, theirs = both(name, FROZEN["observed"][name], information="observed")
    close(ours["mi"], theirs["mi"], 1e-4)
    close(ours["epc"], theirs["epc"], 2e-5)


@pytest.mark.parametrize("name", ["fiml", "fiml_groups", "ordinal_metric", "ordinal_outcome"])
def test_indices_are_the_curve_of_the_chi_square(name):
    """With the parameter held h away and the others free, T = T0 - 2 U h + V h^2.

    V is the curve of maximum likelihood only, and there the observed information: that of
    least squares leaves out what depends on the misfit. ordinal_outcome has y9 ~ y10, where
    lavaan 0.6-14 leaves the residual variance of y9 as it is and has twice the slope U; it
    also lists the scale of y9, which changes nothing.
    """
    found = fitted(name)
    information = "expected" if found.settings.least_squares else "observed"
    indices = found.modification_indices(information=information).sort_values("mi")
    if name == "ordinal_outcome":
        assert set(indices["op"]) == {"~"}
        indices = indices[indices["lhs"] == "y9"]
    for row in indices.tail(2).itertuples():
        key = (row.lhs, row.op, row.rhs, row.group)
        rows = [r for r in found.table.rows if (r.lhs, r.op, r.rhs, r.group) != key]
        (known,) = [r.value for r in found.table.rows if r not in rows] or [0.0]

        def chisq(step, rows=rows, held=known, key=key):
            held = replace(found.table, rows=(*rows, Row(*key, held + step)))
            return fit_table(held, found.parts, found.group_labels, found.settings).chisq

        h = 0.002 * abs(row.epc)
        below, at, above = (chisq(step) for step in (-h, 0, h))
        U, V = (below - above) / (4 * h), (below - 2 * at + above) / (2 * h * h)
        assert pytest.approx(row.mi / row.epc, rel=1e-3) == U
        if information == "observed":
            assert pytest.approx(row.mi / row.epc**2, rel=1e-3) == V


SECOND_ORDER = """visual =~ x1 + x2 + x9
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x3
g =~ visual + textual + speed"""


def test_indices_of_a_negative_variance_are_the_curve_at_its_minimum():
    """Two minima, both with a negative variance: 145.607 here, 145.865 where lavaan 0.6-14 ends,
    whose indices are those of that place (textual =~ x2: 0.801 by the observed information, here
    0.052). Refits from here stay on this side and agree."""
    found = fit(SECOND_ORDER, table("hs"))
    assert found.chisq == pytest.approx(145.6070, abs=1e-4)
    assert {problem.subject for problem in found.problems} >= {"visual ~~ visual"}
    indices = found.modification_indices(information="observed").set_index(["lhs", "op", "rhs"])
    for key in (
        ("textual", "=~", "x2"),
        ("x2", "~~", "x7"),
        ("x9", "~~", "x3"),
        ("speed", "=~", "x5"),
    ):
        row = indices.loc[key]

        def chisq(step, key=key):
            held = replace(found.table, rows=(*found.table.rows, Row(*key, 1, step)))
            parts = [replace(p, layout=own) for p, own in
                     zip(found.parts, layouts(held), strict=True)]  # fmt: skip
            values = fixed_values(held, [p.moments for p in parts])
            objective = Objective(parts, parametrise(held, values))
            return minimise(objective, found.estimate.x).F * found.divisor

        h = 0.002 * abs(row["epc"])
        below, at, above = (chisq(step) for step in (-h, 0, h))
        assert at == pytest.approx(found.chisq, rel=1e-10)
        U, V = (below - above) / (4 * h), (below - 2 * at + above) / (2 * h * h)
        close([row["mi"], row["epc"]], [U**2 / V, U / V], 1e-3)


def test_indices_beside_a_covariance_of_a_negative_variance():
    """x9 has variance -0.45 in the first group, and a covariance with x1 that it cannot have.

    Estimates and chi-square are lavaan 0.6-14's (80.1305897), its indices of that group are not:
    0.664 for textual =~ x1, where the curve of the chi-square and the engine have 9.97 by the
    expected information's V.
    """
    found = fit(f"{HS}\nx7 ~~ x8\nx1 ~~ x9", table("hs"), group="school")
    assert found.chisq == pytest.approx(80.13058967756, rel=1e-9)
    indices = found.modification_indices().set_index(["lhs", "op", "rhs", "group"])
    for key in (("textual", "=~", "x1", 1), ("visual", "=~", "x5", 1), ("visual", "=~", "x8", 1)):
        row, h = indices.loc[key], 1e-4
        held = [replace(found.table, rows=(*found.table.rows, Row(*key, s))) for s in (-h, h)]
        values = []
        for t in held:
            parts = [replace(p, layout=own) for p, own in
                     zip(found.parts, layouts(t), strict=True)]  # fmt: skip
            fixed = fixed_values(t, [p.moments for p in parts])
            objective = Objective(parts, parametrise(t, fixed))
            values.append(objective(found.estimate.x)[0] * found.divisor)
        # the others' slopes are zero: that of the chi-square is -2 U wherever they stand
        assert row["mi"] / row["epc"] == pytest.approx((values[0] - values[1]) / (4 * h), rel=1e-5)


ONE_DF = "f =~ NA*y1 + a*y1 + a*y2 + y3\nf ~~ 1*f"  # three items and one equality


@pytest.mark.parametrize("options", [{"estimator": "MLM"}, {"estimator": "WLSM", "ordered": ITEMS},
                                     {"estimator": "ULSM", "ordered": ["y1", "y3"]}])  # fmt: skip
def test_scaled_indices_on_one_degree_of_freedom(options):
    """Where a release saturates the model its scaling factor is tr(U Gamma), that of the fit."""
    found = fit("f =~ y1 + y2 + y3 + y4\ny1 ~~ y2", table("sim"), **options)
    assert found.df == 1
    indices = found.modification_indices()
    assert len(indices) >= 2
    factor = found.measures["chisq_scaling_factor"]
    close(indices["mi"] / indices["mi_scaled"], np.full(len(indices), factor), 1e-6)
    tied = fit(ONE_DF, table("sim"), **options)
    single, total = tied.score_test()
    assert tied.df == total["df"] == 1
    factor = tied.measures["chisq_scaling_factor"]
    close(single["mi"] / single["mi_scaled"], [factor], 1e-6)
    assert total["chisq_scaled"] == pytest.approx(total["chisq"] / factor, rel=1e-6)


@pytest.mark.parametrize("options", [{"ordered": ITEMS}, {"estimator": "MLM"}])
def test_a_scaled_index_is_about_the_scaled_difference(options):
    model = case("ordinal")["model"]
    found = fit(model, table("sim"), **options)
    row = found.modification_indices().sort_values("mi_scaled").iloc[-1]
    free = fit(f"{model}\n{row.lhs} {row.op} {row.rhs}", table("sim"), **options)
    difference = compare(found, free)["chisq_diff"]
    assert difference == pytest.approx(row["mi_scaled"], rel=0.05)
    assert abs(difference - row["mi"]) > abs(difference - row["mi_scaled"])


def test_scaled_indices_have_the_mean_of_a_chi_square():
    """A path that is zero, over 50 small samples: plain indices of ULS are far from it."""
    rng = np.random.default_rng(12)
    L, plain, scaled = np.array([0.8, 0.7, 0.6, 0.7]), [], []
    for _ in range(50):
        f = rng.normal(size=(300, 1))
        y = f * L + rng.normal(size=(300, 4)) * np.sqrt(1 - L**2)
        data = pd.DataFrame(np.digitize(y, [-0.5, 0.7]), columns=list("abcd"))
        found = fit("f =~ a + b + c + d", data, ordered=True, estimator="ULSMV")
        row = found.modification_indices().query("lhs == 'a' and rhs == 'b'").iloc[0]
        plain.append(row["mi"])
        scaled.append(row["mi_scaled"])
    assert np.mean(scaled) == pytest.approx(1, abs=3 * np.sqrt(2 / 50))
    assert stats.kstest(scaled, stats.chi2(1).cdf).pvalue > 0.01
    assert stats.kstest(plain, stats.chi2(1).cdf).pvalue < 0.01


def test_indices_are_scaled_where_the_fit_is_robust_alone():
    assert "mi_scaled" not in fitted("fiml").modification_indices()
    assert "mi_scaled" not in fitted("ordinal_dwls").modification_indices()
    assert "mi_scaled" in fitted("mlr").modification_indices()


def test_clusters_and_weights_count_in_scaled_indices():
    """Each row a cluster: the same but for C / (C - 1). Weights of 1: the same."""
    data = table("sim").assign(row=range(1200), one=1.0)
    data.loc[::7, "y1"] = np.nan
    model = "f =~ y1 + y2 + y3 + y4 + y5"
    options = {"estimator": "MLR", "missing": "fiml"}
    plain = fit(model, data, **options).modification_indices()["mi_scaled"]
    each = fit(model, data, cluster="row", **options).modification_indices()["mi_scaled"]
    close(plain * 1199 / 1200, each, 1e-8)
    same = fit(model, data, weights="one", **options).modification_indices()["mi_scaled"]
    close(plain, same, 1e-8)


def test_indices_that_cannot_be():
    with pytest.raises(NotAvailableError, match="observed information of estimator WLSMV"):
        fitted("ordinal").modification_indices(information="observed")
    with pytest.raises(NotAvailableError, match="'first_order'"):
        fitted("fiml").modification_indices(information="first_order")


def test_models_that_are_not_identified_have_none():
    loose = fit("f =~ NA*x1 + a*x2 + a*x3 + x4", table("hs"))
    for ask in (loose.modification_indices, loose.score_test):
        with pytest.raises(IdentificationError, match="identified model"):
            ask()
    with pytest.raises(IdentificationError, match="identified model"):
        loose.residuals("standardized")
    assert len(loose.residuals("normalized")) == 1


@pytest.mark.parametrize("asked", [{"information": "observed"}, {"information": "first.order"},
                                   {"se": "robust.huber.white"}, {"test": "yuan.bentler"}])  # fmt: skip
def test_least_squares_have_no_likelihood(asked):
    with pytest.raises(NotAvailableError, match="does not go with estimator WLSMV"):
        fit("f =~ y1 + y2 + y3", table("sim"), ordered=True, **asked)
    assert fit("f =~ y1 + y2 + y3", table("sim"), ordered=True, se="robust").admissible


# Score tests --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FROZEN["scores"])
def test_score_tests_against_lavaan(name):
    """lavaan lists thresholds elsewhere, and counts constraints that others determine."""
    single, total = fitted(name).score_test()
    theirs = FROZEN["scores"][name]
    close(np.sort(single["mi"]), np.sort(theirs["uni"]), 1e-5)
    assert total["chisq"] == pytest.approx(theirs["total"], rel=1e-5)
    assert len(single) == theirs["df"]


@pytest.mark.parametrize(("name", "free"), [("fiml_groups", ["x"]), ("ordinal_metric", None)])
def test_a_score_test_has_the_degrees_of_freedom_of_the_difference(name, free):
    if free:
        c = case(name)
        data = table(c["data"]).copy()
        for j, column in enumerate(c["holes"], start=1):
            data[column] = data[column].mask((np.arange(1, len(data) + 1) + 7 * j) % 17 == 0)
        free = fit(HS, data, **{k: v for k, v in c["arguments"].items() if k != "group_equal"})
    else:
        free = fitted("ordinal_groups")
    restricted = fitted(name)
    _, total = restricted.score_test()
    found = compare(restricted, free)
    assert total["df"] == found["df_diff"]
    assert total["chisq_scaled"] == pytest.approx(found["chisq_diff"], rel=0.2)


# Residuals ----------------------------------------------------------------------------------

TYPES = ("raw", "cor_bollen", "cor_bentler", "normalized", "standardized")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", FROZEN["residuals"])
def test_residuals_against_lavaan(name, kind):
    frozen = FROZEN["residuals"][name][kind]
    ours = fitted(name).residuals(kind)
    z = kind in ("normalized", "standardized")
    if not frozen:  # lavaan: "not ready yet!"
        assert z
        return
    parts = fitted(name).parts
    total = sum(part.size for part in parts)
    for part, theirs, p in zip(ours, frozen, parts, strict=True):
        # of ordinal data lavaan divides the sampling variances by the rows of all groups
        factor = np.sqrt(p.size / total) if z and name.startswith("ordinal") else 1.0
        for key, found in part.items():
            if key in ("mean", "th"):
                expected = np.array([theirs[key][label] for label in found.index], dtype=float)
            else:
                expected = np.array(theirs[key], dtype=float)
            # z of a residual, or by an error, that is zero but for rounding is noise in both
            kept = (
                (np.abs(expected) > 2e-4) & (np.abs(expected) < 20) if z else expected == expected
            )
            assert kept.any() or not z or key != "cov"
            close(found.to_numpy()[kept], expected[kept] * factor, 2e-4 if z else 1e-5)


def test_standard_errors_of_mixed_residuals_follow_from_gamma():
    """lavaan has none. Residuals of perturbed statistics, refitted: Q; and Q Gamma Q'.

    The model has a covariate, numeric items and groups of different sizes.
    """
    data = table("sim").iloc[:900]
    model = "f =~ y1 + y2 + y3 + y4\ng =~ y5 + y6 + y7\nf + g ~ y20"
    options = {"ordered": ["y1", "y3", "y6"], "group": "grp", "group_equal": ["loadings"]}
    found = fit(model, data, **options)
    sizes = [part.size for part in found.parts]
    assert len(set(sizes)) > 1
    objective, x = found.objective, found.estimate.x

    def gap(g, k, h):
        part = found.parts[g]
        moved = part.observed.statistics.copy()
        moved[k] += h
        other = replace(part, observed=replace(part.observed, statistics=moved))
        parts = [other if m == g else p for m, p in enumerate(found.parts)]
        again = type(objective)(parts, objective.parameters)
        at = minimise(again, x).x
        return moved - other.sigma(other.implied(again.parameters.rows(at)))

    z = found.residuals("standardized")
    raw = found.residuals("raw")
    g, part = 1, found.parts[1]
    h = 1e-4
    Q = np.array([(gap(g, k, h) - gap(g, k, -h)) / (2 * h) for k in range(part.statistics)]).T
    variance = np.diag(Q @ part.observed.gamma @ Q.T) / part.size
    at = part.places
    se = (raw[g]["cov"] / z[g]["cov"]).to_numpy()
    kept = np.abs(raw[g]["cov"].to_numpy()[at.row, at.column]) > 1e-3
    assert kept.sum() > 10
    # the refit moves by the Hessian, Q by Delta' W Delta: the same where the model fits
    close(se[at.row, at.column][kept], np.sqrt(variance[at.pairs_at])[kept], 0.02)
    slopes = (raw[g]["slopes"] / z[g]["slopes"]).to_numpy().ravel()
    close(slopes, np.sqrt(variance[at.slopes_at.ravel()]), 0.02)


def test_residuals_of_ordinal_fits_have_names():
    found = fitted("ordinal_mixed").residuals()[0]
    assert list(found["mean"].index) == ["y5", "y8", "y9", "y10", "y12"]
    assert list(found["th"].index[:5]) == ["y1|t1", "y1|t2", "y1|t3", "y1|t4", "y2|t1"]
    assert list(fitted("ordinal_covariates").residuals()[0]["slopes"].columns) == ["y20", "y21"]


def test_residuals_that_cannot_be():
    found = fit(HS, table("hs"), estimator="MLF")
    assert len(found.residuals("cor")) == 1
    with pytest.raises(NotAvailableError, match="first_order"):
        found.residuals("normalized")


# Root mean square residuals -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ordinal_covariates", "ordinal_covariates_theta",
                                  "ordinal_outcome"])  # fmt: skip
def test_lavaan_counts_covariates_in_srmr(name):
    """lavaan 0.6-14 divides by the variances of all variables, covariates among them.

    These have no residual: their moments are given. All other summands are ours.
    """
    theirs, ours, part = case(name)["measures"], fitted(name).measures, fitted(name).parts[0]
    y, x = len(part.places.dependents), len(part.places.covariates)
    pairs, cuts = y * (y - 1) // 2, len(part.places.thresholds)
    for measure, count in (("srmr", 0), ("srmr_bentler_nomean", 0), ("rmr_nomean", 0),
                           ("srmr_bentler", cuts), ("rmr", cuts)):  # fmt: skip
        theirs_count = pairs + y + x + count
        ours_count = pairs + y + count
        sums = theirs[measure] ** 2 * theirs_count, ours[measure] ** 2 * ours_count
        assert sums[1] == pytest.approx(sums[0], rel=1e-5, abs=1e-12)
    for measure in ("crmr", "crmr_nomean"):
        assert ours[measure] == pytest.approx(theirs[measure], rel=1e-5, abs=1e-8)


def test_lavaan_leaves_variances_out_of_srmr_and_counts_them():
    """Of numeric variables beside ordinal ones: lavaan 0.6-14 divides by as many summands as
    there are variances, but adds up those of the correlations only. A variance that the model
    misses (of the random covariates in ordinal_joint, whose free variances serve their
    correlations too) is a residual like any other.
    """
    name = "ordinal_joint"
    theirs, ours, found = case(name)["measures"], fitted(name).measures, fitted(name)
    raw, bentler = (np.diag(found.residuals(k)[0]["cov"]) for k in ("raw", "cor_bentler"))
    assert np.abs(raw).max() > 0.2
    p, cuts = len(raw), len(found.parts[0].places.thresholds)
    for measure, left_out, count in (("srmr", bentler, 0), ("rmr_nomean", raw, 0),
                                     ("srmr_bentler", bentler, cuts), ("rmr", raw, cuts)):  # fmt: skip
        count += p * (p + 1) // 2
        sums = theirs[measure] ** 2 * count, ours[measure] ** 2 * count
        assert sums[1] == pytest.approx(sums[0] + (left_out**2).sum(), rel=1e-5)
    for measure in ("crmr", "crmr_nomean"):
        assert ours[measure] == pytest.approx(theirs[measure], rel=1e-5)
