"""What a call of `fit` asks for: names checked, defaults filled in as lavaan fills them."""

from dataclasses import dataclass

from surveysem.errors import nearest
from surveysem.sem.errors import DataError, NotAvailableError

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
    "missing": ("listwise", "fiml", "pairwise"),
    "likelihood": ("normal", "wishart"),
    "information": ("expected", "observed", "first_order"),
    "se": ("standard", "robust_sem", "robust_huber_white", "none"),
    "test": ("standard", "satorra_bentler", "scaled_shifted", "mean_var_adjusted",
             "yuan_bentler_mplus", "none"),
}  # fmt: skip
_ALIASES = {
    "se": {"robust": "robust_huber_white", "robust_cluster": "robust_huber_white",
           "robust_cluster_sem": "robust_sem"},
    "test": {"yuan_bentler": "yuan_bentler_mplus"},
    "missing": {"ml": "fiml", "direct": "fiml"},
}  # fmt: skip
_OF_LIKELIHOOD = ("observed", "first_order", "robust_huber_white", "yuan_bentler_mplus")
SCALED = ("satorra_bentler", "scaled_shifted", "mean_var_adjusted", "yuan_bentler_mplus")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is estimated and tested.

    se: standard (inverse information), robust_sem (Satorra and Bentler 1994),
    robust_huber_white (sandwich of scores), none. information: the bread of each.
    """

    estimator: str
    missing: str
    likelihood: str
    information: str
    se: str
    test: str

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
        """Whether rows with missing answers are used."""
        return self.missing == "fiml"

    @property
    def robust(self) -> bool:
        """Whether single rows are needed, beyond their moments."""
        rows = (
            self.least_squares or self.se.startswith("robust") or self.information == "first_order"
        )
        return rows or self.test in SCALED


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
) -> Settings:
    """Settings of a call.

    sandwich: clusters or weights ask for robust errors, as in lavaan. ordinal: some
    variables are; maximum likelihood, the default, then gives way to WLSMV.

    Raises NotAvailableError naming the argument, and what it may be.
    """
    estimator, missing = _name("estimator", estimator), _name("missing", missing)
    if ordinal and estimator == "ML":
        estimator = "WLSMV"
    least_squares = estimator.startswith(("WLS", "DWLS", "ULS"))
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
    if sandwich and estimator == "ML":
        _se, _test, _information = _ESTIMATORS["MLR"]
    else:
        _se, _test, _information = _ESTIMATORS[estimator]
    if missing == "fiml" and estimator == "ML":
        _information = "observed"
    if least_squares:
        se = "robust_sem" if se == "robust" else se  # as in lavaan
        _require_of_squares(estimator, information, se, test)
    return Settings(
        estimator=estimator,
        missing=missing,
        likelihood=_name("likelihood", likelihood),
        information=_information if information is None else _name("information", information),
        se=_se if se is None else _name("se", se),
        test=_test if test is None else _name("test", test),
    )


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


def _name(argument: str, value: object):
    allowed = _ALLOWED[argument]
    plain = value
    if isinstance(value, str) and argument in ("information", "se", "test", "missing"):
        plain = value.replace(".", "_").lower()
        plain = _ALIASES.get(argument, {}).get(plain, plain)
    if any(plain is choice or (isinstance(plain, str) and plain == choice) for choice in allowed):
        return plain
    options = ", ".join(repr(choice) for choice in allowed)
    close = nearest(str(value), [str(choice) for choice in allowed])
    hint = f"\n  hint: did you mean {close!r}?" if close else ""
    raise NotAvailableError(
        f"{argument}={value!r} is not available in this version of the engine (it has: {options})"
        + hint
    )


def require_rows(settings: Settings, given: bool) -> None:
    """Raise DataError where the settings need raw data and only moments were given."""
    if settings.robust and not given:
        raise DataError(
            f"estimator {settings.estimator} with se={settings.se!r} and test={settings.test!r} "
            "needs the rows behind the moments\n"
            "  hint: give data= in place of sample_cov, or estimator='ML'"
        )
