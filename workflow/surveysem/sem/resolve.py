"""From the arguments of `fit` to settings: names checked, lavaan's defaults and couplings."""

from dataclasses import replace

from surveysem.errors import nearest
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.settingrules import (
    require_clusters,
    require_draws,
    require_of_squares,
    require_two_level,
    require_two_level_inference,
)
from surveysem.sem.settings import Settings

_ESTIMATORS = {
    "ML": ("standard", "standard", "expected"),
    "MLR": ("robust_huber_white", "yuan_bentler_mplus", "observed"),
    "MLM": ("robust_sem", "satorra_bentler", "expected"),
    "MLMV": ("robust_sem", "scaled_shifted", "expected"),
    "MLMVS": ("robust_sem", "mean_var_adjusted", "expected"),
    "MLF": ("standard", "standard", "first_order"),
    "WLS": ("standard", "standard", "expected"),
    "DWLS": ("standard", "standard", "expected"),
    "ULS": ("standard", "standard", "expected"),
    "WLSM": ("robust_sem", "satorra_bentler", "expected"),
    "WLSMV": ("robust_sem", "scaled_shifted", "expected"),
    "WLSMVS": ("robust_sem", "mean_var_adjusted", "expected"),
    "ULSM": ("robust_sem", "satorra_bentler", "expected"),
    "ULSMV": ("robust_sem", "scaled_shifted", "expected"),
    "ULSMVS": ("robust_sem", "mean_var_adjusted", "expected"),
}

_ALLOWED = {
    "estimator": tuple(_ESTIMATORS),
    "missing": ("listwise", "fiml", "two_stage", "robust_two_stage", "pairwise"),
    "likelihood": ("normal", "wishart"),
    "information": ("expected", "observed", "first_order"),
    "se": ("standard", "robust_sem", "robust_huber_white", "two_stage", "robust_two_stage",
           "bootstrap", "none"),
    "test": ("standard", "satorra_bentler", "scaled_shifted", "mean_var_adjusted",
             "yuan_bentler_mplus", "bollen_stine", "none"),
    "cluster_correction": ("cr1", "cr0"),
    "reference": ("normal", "t"),
}  # fmt: skip

_ALIASES = {
    "se": {"robust_cluster": "robust_huber_white", "robust_cluster_sem": "robust_sem",
           "boot": "bootstrap"},
    "test": {"yuan_bentler": "yuan_bentler_mplus", "boot": "bollen_stine",
             "bootstrap": "bollen_stine"},
    "missing": {"ml": "fiml", "direct": "fiml", "twostage": "two_stage",
                "robust_twostage": "robust_two_stage"},
}  # fmt: skip


def resolve(
    *,
    estimator: str,
    missing: str,
    likelihood: str,
    information: str | None,
    se: str | None,
    test: str | None,
    sandwich: bool,
    ordinal: bool,
    auxiliary: tuple[str, ...] = (),
    bootstrap: int = 1000,
    seed: int | None = None,
    clustered: bool = False,
    two_level: bool = False,
    cluster_correction: str | None = None,
    reference: str = "normal",
) -> Settings:
    """Settings of a call.

    sandwich: clusters or weights ask for robust errors, as in lavaan. ordinal: some
    variables are; maximum likelihood, the default, then gives way to WLSMV. clustered: there
    are clusters; DWLS and ULS then get robust errors and a scaled test, as in lavaan. two_level:
    the model has levels, whose likelihood knows the clusters.

    Raises NotAvailableError naming the argument, and what it may be; ResamplingError for
    draws without a seed, and for a seed that nothing uses.
    """
    estimator, missing = _name("estimator", estimator), _name("missing", missing)
    likelihood = _name("likelihood", likelihood)
    if ordinal and estimator == "ML":
        estimator = "WLSMV"
    least_squares = estimator.startswith(("WLS", "DWLS", "ULS"))
    if se == "robust":  # as in lavaan, the moments' where data are complete
        rows = missing == "fiml" or (sandwich and estimator == "ML")
        se = "robust_huber_white" if rows else "robust_sem"
    se, test = (None if v is None else _name(k, v) for k, v in (("se", se), ("test", test)))
    information = None if information is None else _name("information", information)
    if ordinal and not least_squares:
        raise NotAvailableError(
            f"estimator {estimator} is for continuous variables, and `ordered` names ordinal ones\n"
            "  hint: estimator='WLSMV', or leave out `ordered`"
        )
    if missing == "pairwise" and not least_squares:
        raise NotAvailableError(
            f"missing='pairwise' goes with least squares, not with estimator {estimator}\n"
            "  hint: missing='fiml' uses every answer"
        )
    if missing == "fiml" and estimator not in ("ML", "MLR", "MLF"):
        raise NotAvailableError(
            f"missing='fiml' does not go with estimator {estimator}\n"
            f"  hint: {'missing=pairwise' if least_squares else 'estimator MLR is robust too'}"
        )
    if two_level:
        require_two_level(estimator, missing, likelihood)
    if auxiliary and (least_squares or missing in ("listwise", "pairwise")):
        raise NotAvailableError(
            f"auxiliary variables do not go with missing={missing!r} (estimator {estimator})\n"
            "  hint: missing='fiml', or missing='two_stage', for continuous variables"
        )
    if auxiliary and (se == "bootstrap" or test == "bollen_stine"):
        raise NotAvailableError(
            "auxiliary variables do not go with draws (se='bootstrap', test='bollen_stine')\n"
            "  hint: estimator='MLR' has robust errors and tests"
        )
    if likelihood == "wishart" and missing != "listwise":
        raise NotAvailableError(
            f"likelihood='wishart' is of complete rows, and does not go with missing={missing!r}\n"
            "  hint: leave out one of the two"
        )
    if missing.endswith("two_stage"):
        found = _two_stage(estimator, missing, information, se, test, sandwich, auxiliary)
        found = replace(
            found,
            bootstrap=bootstrap,
            seed=seed,
            cluster_correction=_name("cluster_correction", cluster_correction or "cr1"),
            reference=_name("reference", reference),
        )
        require_draws(found)
        require_clusters(found, clustered, cluster_correction)
        return found
    if se in ("two_stage", "robust_two_stage"):
        raise NotAvailableError(
            f"se={se!r} goes with missing={se!r}, not with missing={missing!r}\n"
            "  hint: leave out `se`"
        )
    if sandwich and estimator == "ML" and not two_level:
        _se, _test, _information = _ESTIMATORS["MLR"]
    else:
        _se, _test, _information = _ESTIMATORS[estimator]
    if clustered and estimator in ("DWLS", "ULS"):
        _se, _test = "robust_sem", "satorra_bentler"
    if estimator == "ML" and (two_level or missing == "fiml"):
        _information = "observed"
    if se is not None:
        _information = _bread(_information, se, missing)
    if least_squares:
        require_of_squares(estimator, information, se, test)
    found = Settings(
        estimator=estimator,
        missing=missing,
        likelihood=likelihood,
        information=_information if information is None else information,
        se=_se if se is None else se,
        test=_test if test is None else test,
        auxiliary=auxiliary,
        bootstrap=bootstrap,
        seed=seed,
        # lavaan corrects the errors of one-level models only
        cluster_correction=_name(
            "cluster_correction", cluster_correction or ("cr0" if two_level else "cr1")
        ),
        reference=_name("reference", reference),
    )
    require_draws(found)
    if two_level:
        require_two_level_inference(found)
    else:
        require_clusters(found, clustered, cluster_correction)
    return found


def _two_stage(
    estimator: str,
    missing: str,
    information: str | None,
    se: str | None,
    test: str | None,
    sandwich: bool,
    auxiliary: tuple[str, ...],
) -> Settings:
    """Settings of a fit in two stages, with lavaan's defaults."""
    wrong = hint = None
    if estimator != "ML":
        wrong, hint = f"estimator {estimator}", "estimator='ML' has robust errors and tests here"
    elif se not in (None, missing, "none"):
        wrong, hint = f"se={se!r}", f"leave out `se`, it is {missing!r}"
    elif test in ("yuan_bentler_mplus", "bollen_stine"):
        wrong, hint = f"test={test!r}", "test='satorra_bentler'"
    elif information == "first_order":
        wrong, hint = f"information={information!r}", "information='observed'"
    elif sandwich and missing == "two_stage":
        wrong, hint = "clusters or weights", "missing='robust_two_stage'"
    if wrong:
        raise NotAvailableError(f"missing={missing!r} does not go with {wrong}\n  hint: {hint}")
    return Settings(
        estimator=estimator,
        missing=missing,
        likelihood="normal",
        information=information or "observed",
        se=se or missing,
        test=test or "satorra_bentler",
        auxiliary=auxiliary,
    )


def _bread(default: str, se: str, missing: str) -> str:
    """Default information of standard errors that were asked for by name, as in lavaan."""
    if default == "first_order":
        return default
    return "observed" if missing == "fiml" or se == "robust_huber_white" else "expected"


def _name(argument: str, value: object):
    allowed = _ALLOWED[argument]
    plain = value
    if isinstance(value, str) and argument in ("information", "se", "test", "missing"):
        plain = value.replace(".", "_").replace("-", "_").lower()
        plain = _ALIASES.get(argument, {}).get(plain, plain)
    elif isinstance(value, str) and argument == "estimator":
        plain = value.upper()
    if any(plain is choice or (isinstance(plain, str) and plain == choice) for choice in allowed):
        return plain
    options = ", ".join(repr(choice) for choice in allowed)
    close = nearest(str(value), [str(choice) for choice in allowed])
    hint = f"\n  hint: {f'did you mean {close!r}?' if close else 'choose one of these'}"
    raise NotAvailableError(
        f"{argument}={value!r} is not available in this version of the engine (it has: {options})"
        + hint
    )
