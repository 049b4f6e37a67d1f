"""Arguments of fit() in random combinations: right, or refused with a hint, and never silent.

Fixed seeds, small data: every combination either fits without a warning of numpy or scipy and
without numbers that are missing for no reason, or raises a SurveySemError with a hint.
"""

import random
import warnings

import numpy as np
import pytest
from sem_cases import table

from surveysem.sem import SurveySemError, fit

MODELS = {
    "measurement": "f =~ y1 + y2 + y3\ng =~ y9 + y10 + y11",
    "structure": "f =~ y1 + y2 + y3\ng =~ y9 + y10 + y11\ng ~ a*f + b*y20\nab := a*b",
    "growth": "i =~ 1*y1 + 1*y2 + 1*y3\ns =~ 0*y1 + 1*y2 + 2*y3\ni ~ y20",
    "paths": "y1 ~ y2 + y20\ny2 ~ y20",
}
# None: left out
CHOICES = {
    "estimator": [None] * 3 + ["ML", "MLR", "MLM", "MLMV", "MLMVS", "MLF", "WLS", "DWLS", "ULS",
                               "WLSM", "WLSMV", "WLSMVS", "ULSM", "ULSMV", "ULSMVS"],
    "ordered": [None] * 2 + [True, ["y1", "y9"], ["y10", "y11"]],
    "missing": [None] * 3 + ["fiml", "pairwise"],
    "group": [None] * 3 + ["grp"],
    "cluster": [None] * 5 + ["clus"],
    "weights": [None] * 5 + ["wt"],
    "likelihood": [None] * 5 + ["wishart"],
    "se": [None] * 5 + ["standard", "robust", "robust_sem", "robust_huber_white", "none"],
    "test": [None] * 5 + ["standard", "satorra_bentler", "scaled_shifted", "mean_var_adjusted",
                          "yuan_bentler_mplus", "none"],
    "information": [None] * 5 + ["expected", "observed", "first_order"],
    "conditional_x": [None] * 4 + [True, False],
    "fixed_x": [None] * 4 + [False],
    "parameterization": [None] * 4 + ["theta"],
    "id_cat": [None] * 4 + ["wu_estabrook"],
    "std_lv": [None] * 3 + [True],
    "meanstructure": [None] * 4 + [True, False],
    "model_type": [None] * 3 + ["cfa", "growth"],
    "group_equal": [None] * 2 + [["loadings"], ["loadings", "intercepts"], ["residuals"],
                                 ["thresholds", "loadings"], ["regressions", "means"]],
}  # fmt: skip
# documented: of saturated models, weighted squares, and where the null model fits too well
WITHOUT_VALUE = ("pvalue", "baseline_pvalue", "nfi", "rfi", "rmsea", "cn_", "chisq_", "scaling",
                 "srmr_mplus", "cfi_robust", "tli_robust", "nnfi_robust", "rni_robust",
                 "pvalue_scaled", "baseline_", "tli", "nnfi", "crmr")  # fmt: skip


def combination(seed):
    """Model, data and arguments of a seed."""
    rng = random.Random(seed)
    arguments = {k: rng.choice(v) for k, v in CHOICES.items()}
    data = table("sim").iloc[::4].copy()
    if rng.random() < 0.4:
        for k, name in enumerate(["y1", "y2", "y9", "y11"]):
            data[name] = data[name].mask(np.arange(len(data)) % 13 == k)
    given = {k: v for k, v in arguments.items() if v is not None}
    return rng.choice(list(MODELS.values())), data, given


@pytest.mark.parametrize("seed", range(150))
def test_a_combination_is_fitted_or_refused(seed):
    model, data, arguments = combination(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = fit(model, data, **arguments)
            table_, measures = found.parameters, found.measures
            found.standardized()
        except SurveySemError as error:
            refusal = str(error)
        else:
            refusal = ""
    if refusal:
        assert "hint:" in refusal or "allowed:" in refusal
        return
    assert found.problems or table_["est"].notna().all()
    silent = found.problems or found.settings.se == "none"
    assert silent or table_["se"].notna().all()
    missing = {k for k, v in measures.items() if np.isnan(v)}
    assert found.problems or all(k.startswith(WITHOUT_VALUE) for k in missing)
