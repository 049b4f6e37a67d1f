"""What a call of `fit` asks for: names checked, defaults filled in as lavaan fills them."""

from dataclasses import dataclass, replace
from numbers import Integral

from surveysem.errors import nearest
from surveysem.sem.errors import DataError, NotAvailableError, ResamplingError

# estimator: its default standard errors, test and information
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
NO_POPULATION = (
    "no transformation of categories or weighted moments makes a model hold that keeps the "
    "answers what they are\n"
    "  hint: its scaled tests (scaled_shifted); or simulate() from the model, and refit"
)
_OF_LIKELIHOOD = ("observed", "first_order", "robust_huber_white", "yuan_bentler_mplus")
SCALED = ("satorra_bentler", "scaled_shifted", "mean_var_adjusted", "yuan_bentler_mplus")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is estimated and tested.

    se: standard (inverse information), robust_sem (Satorra and Bentler 1994),
    robust_huber_white (sandwich of scores), two_stage and robust_two_stage (see twostage.py),
    bootstrap, none. information: the bread of each; in two stages that of the saturated moments.
    auxiliary: variables outside the model that inform about missing answers.
    bootstrap, seed: draws of se="bootstrap" and test="bollen_stine", and the randomness of
    these; None without them.
    cluster_correction, reference: see clusters.py.
    """

    estimator: str
    missing: str
    likelihood: str
    information: str
    se: str
    test: str
    auxiliary: tuple[str, ...] = ()
    bootstrap: int = 1000
    seed: int | None = None
    cluster_correction: str = "cr1"
    reference: str = "normal"

    def without_bootstrap(self) -> "Settings":
        """The same without what takes draws: what a draw's own fit has."""
        se = "none" if self.se == "bootstrap" else self.se
        test = "standard" if self.test == "bollen_stine" else self.test
        return replace(self, se=se, test=test, seed=None)

    @property
    def least_squares(self) -> bool:
        """Whether the moments are fitted by least squares, as those of ordinal data are."""
        return self.estimator.startswith(("WLS", "DWLS", "ULS"))

    @property
    def weight(self) -> str:
        """Weight of least squares: full (WLS), diagonal (DWLS and WLSM...), identity (ULS...)."""
        if self.estimator == "WLS":
            return "full"
        return "identity" if self.estimator.startswith("ULS") else "diagonal"

    @property
    def incomplete(self) -> bool:
        """Whether the likelihood is that of rows with missing answers."""
        return self.missing == "fiml"

    @property
    def two_stage(self) -> bool:
        """Whether the model is fitted to saturated moments of rows with missing answers."""
        return self.missing.endswith("two_stage")

    @property
    def robust(self) -> bool:
        """Whether single rows are needed, beyond their moments."""
        rows = (
            self.least_squares or self.se.startswith("robust") or self.information == "first_order"
        )
        return rows or self.test in SCALED or self.resampled

    @property
    def resampled(self) -> bool:
        """Whether standard errors or the test take draws of the rows."""
        return self.se == "bootstrap" or self.test == "bollen_stine"


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
        _require_two_level(estimator, missing, likelihood)
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
        _require_draws(found)
        _require_clusters(found, clustered, cluster_correction)
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
        _require_of_squares(estimator, information, se, test)
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
    _require_draws(found)
    if two_level:
        _require_two_level_inference(found)
    else:
        _require_clusters(found, clustered, cluster_correction)
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


def _require_clusters(settings: Settings, clustered: bool, correction: str | None) -> None:
    """Raise NotAvailableError for what goes with clusters only, or does not know them."""
    if not clustered:
        _refuse_without_clusters(correction, settings.reference)
    elif settings.se == "standard" and settings.estimator != "WLS":
        # the weight of WLS is the inverse of the clustered Gamma
        name = settings.estimator
        raise NotAvailableError(
            f"standard errors of estimator {name} with se='standard' know no clusters\n"
            f"  hint: {'estimator MLR' if name == 'MLF' else 'leave out `se`'}, "
            "or leave out `cluster`"
        )


def _require_two_level(estimator: str, missing: str, likelihood: str) -> None:
    asked = {
        f"estimator {estimator}": (estimator not in ("ML", "MLR"), "estimator='ML' or 'MLR'"),
        f"missing={missing!r}": (missing != "listwise", "missing='listwise'"),
        f"likelihood={likelihood!r}": (likelihood != "normal", "likelihood='normal'"),
    }
    for name, (is_asked, hint) in asked.items():
        if is_asked:
            raise NotAvailableError(
                f"{name} is not available for two-level models\n  hint: {hint}, "
                "or a model of one level with `cluster`"
            )


def _require_two_level_inference(settings: Settings) -> None:
    for name, value, allowed in (
        ("se", settings.se, ("standard", "robust_huber_white", "none")),
        ("test", settings.test, ("standard", "yuan_bentler_mplus", "none")),
    ):
        if value not in allowed:
            raise NotAvailableError(
                f"{name}={value!r} is not available for two-level models (they have: "
                f"{', '.join(allowed)})\n  hint: estimator='MLR' is robust"
            )


def _refuse_without_clusters(cluster_correction: str | None, reference: str) -> None:
    for name, given in (
        ("cluster_correction", cluster_correction is not None),
        ("reference='t'", reference == "t"),
    ):
        if given:
            raise NotAvailableError(
                f"{name} belongs to cluster-robust errors, and there are no clusters\n"
                f"  hint: name their column in `cluster`, or leave out {name.split('=')[0]}"
            )


def _require_draws(settings: Settings) -> None:
    """Raise where draws are asked for that cannot be made, or arguments of draws for nothing."""
    seed, draws = settings.seed, settings.bootstrap
    what = "test='bollen_stine'" if settings.test == "bollen_stine" else "se='bootstrap'"
    if not settings.resampled:
        for name, given in (("seed", seed is not None), ("bootstrap", draws != 1000)):
            if given:
                raise ResamplingError(
                    f"{name} belongs to se='bootstrap' and test='bollen_stine', and neither is "
                    "asked for\n  hint: leave it out, or add se='bootstrap'"
                )
        return
    if settings.least_squares and settings.test == "bollen_stine":
        raise NotAvailableError(
            f"{what} does not go with estimator {settings.estimator}: {NO_POPULATION}"
        )
    if seed is None:
        raise ResamplingError(
            f"{what} draws at random and there is no seed\n"
            "  hint: seed=1, or any whole number; the same one gives the same draws"
        )
    require_seed(seed)
    if isinstance(draws, bool) or not isinstance(draws, Integral) or draws < 2:
        raise ResamplingError(f"bootstrap={draws!r}\n  hint: a whole number, such as 2000")


def require_seed(seed: object) -> None:
    """Raise ResamplingError unless a seed is a whole number from 0 on."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ResamplingError(f"seed={seed!r}\n  hint: a whole number from 0 on, such as 1")


def _require_of_squares(estimator: str, information: object, se: object, test: object) -> None:
    """Raise NotAvailableError for what needs a likelihood, which least squares do not have."""
    asked = {"information": information, "se": se, "test": test}
    for argument, value in asked.items():
        if value is not None and _name(argument, value) in _OF_LIKELIHOOD:
            raise NotAvailableError(
                f"{argument}={value!r} does not go with estimator {estimator}: least squares have "
                "no likelihood\n"
                f"  hint: leave `{argument}` out"
            )


def _bread(default: str, se: str, missing: str) -> str:
    """Default information of standard errors that were asked for by name, as in lavaan."""
    if default == "first_order":
        return default
    return "observed" if missing == "fiml" or se == "robust_huber_white" else "expected"


def require_consistent(settings: Settings) -> None:
    """Raise NotAvailableError for arguments that contradict each other (lavaan refuses most)."""
    s = settings
    if s.incomplete and (s.se == "robust_sem" or s.test in SCALED[:3]):
        raise NotAvailableError(
            f"se={s.se!r} with test={s.test!r} needs complete rows, and missing='fiml' has others\n"
            "  hint: estimator='MLR', or missing='listwise'"
        )
    if s.least_squares and s.likelihood == "wishart":
        raise NotAvailableError(
            f"likelihood='wishart' does not go with estimator {s.estimator}: least squares has no "
            "likelihood\n  hint: leave it out"
        )
    if s.information == "first_order" and (s.se.startswith("robust") or s.test in SCALED):
        raise NotAvailableError(
            f"information='first_order' does not go with se={s.se!r} and test={s.test!r}\n"
            "  hint: information='observed', or se='standard' and test='standard'"
        )


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


def require_rows(settings: Settings, given: bool) -> None:
    """Raise DataError where the settings need raw data and only moments were given."""
    if settings.missing != "listwise" and not given and not settings.least_squares:
        raise DataError(
            f"missing={settings.missing!r} needs the rows with missing answers\n"
            "  hint: give data= in place of sample_cov"
        )
    if settings.robust and not given:
        raise DataError(
            f"estimator {settings.estimator} with se={settings.se!r} and test={settings.test!r} "
            "needs the rows behind the moments\n"
            "  hint: give data= in place of sample_cov, or estimator='ML'"
        )
